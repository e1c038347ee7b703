//! Small questions about acts that several checks ask.

use spip_core::{Act, Taints, Trigger};

use super::commands::HOLE;

/// Whether it runs without anybody calling it.
pub(crate) fn is_early(trigger: Trigger) -> bool {
    trigger >= Trigger::Import
}

/// Where data comes from that the code itself does not hold.
const OUTSIDE: Taints = Taints(
    Taints::DOWNLOADED.0
        | Taints::PACKAGE_DATA.0
        | Taints::FILE.0
        | Taints::PARAMETER.0
        | Taints::COMMAND_OUTPUT.0
        | Taints::FILE_LISTING.0
        | Taints::ENVIRONMENT.0
        | Taints::SECRET_VARIABLE.0,
);

/// Whether nothing from outside reaches it: the code itself holds everything.
pub(crate) fn is_constant(taints: Taints) -> bool {
    !taints.any(OUTSIDE)
}

/// Whether a text of the act names this member's file.
pub(crate) fn mentions(act: &Act, member: &str) -> bool {
    let file = member.rsplit('/').next().unwrap_or(member);
    file.len() >= 3 && act.texts.iter().any(|text| text.contains(file))
}

/// Words of Python, JavaScript or shell code that do what a payload does.
const CODE_WORDS: &[&str] = &[
    "exec(",
    "eval(",
    "b64decode",
    "urlopen",
    "urlretrieve",
    "requests.get",
    "requests.post",
    "subprocess",
    "os.system",
    "os.popen",
    "socket.socket",
    "__import__",
    "marshal",
    "fromhex",
    "zlib.decompress",
    "pty.spawn",
];

/// Whether this text is a program that does what payloads do.
pub(crate) fn carries_code(text: &str) -> bool {
    CODE_WORDS.iter().any(|word| text.contains(word))
}

/// Endings of files that a machine runs.
const PROGRAMS: &[&str] = &[
    ".py", ".pyw", ".pyc", ".pyz", ".pth", ".exe", ".dll", ".scr", ".so", ".pyd", ".dylib", ".sh",
    ".bat", ".cmd", ".ps1", ".vbs", ".vbe", ".js", ".jse", ".wsf", ".hta", ".jar", ".elf", ".bin",
    ".command", ".lnk", ".msi", ".run",
];

/// Whether a file of this name is one that a machine runs: by its ending, or because it has none.
pub(crate) fn runs_as_program(path: &str) -> bool {
    let file = path
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or(path)
        .to_ascii_lowercase();
    let is_plain = !file.is_empty() && !file.contains(['.', HOLE]);
    is_plain || PROGRAMS.iter().any(|ending| file.ends_with(ending))
}

/// Programs that build, unpack or look things up.
const BUILD_TOOLS: &[&str] = &[
    "make",
    "gmake",
    "nmake",
    "cmake",
    "ctest",
    "ninja",
    "meson",
    "configure",
    "autoreconf",
    "autoconf",
    "automake",
    "libtoolize",
    "cc",
    "gcc",
    "g++",
    "c++",
    "clang",
    "clang++",
    "cl",
    "link",
    "ld",
    "ar",
    "ranlib",
    "strip",
    "nm",
    "objdump",
    "otool",
    "install_name_tool",
    "lipo",
    "patchelf",
    "rustc",
    "cargo",
    "go",
    "swig",
    "cython",
    "gfortran",
    "nvcc",
    "hipcc",
    "tar",
    "unzip",
    "gunzip",
    "gzip",
    "xz",
    "bzip2",
    "7z",
    "unxz",
    "zip",
    "patch",
    "cp",
    "mv",
    "mkdir",
    "ln",
    "touch",
    "git",
    "hg",
    "svn",
    "bzr",
    "pkg-config",
    "uname",
    "sw_vers",
    "xcrun",
    "xcode-select",
    "xcodebuild",
    "ldconfig",
    "ldd",
    "which",
    "where",
    "dpkg-architecture",
    "lscpu",
    "sysctl",
    "getconf",
    "mysql_config",
    "pg_config",
    "llvm-config",
    "curl-config",
    "xml2-config",
    "xslt-config",
    "gdal-config",
    "krb5-config",
    "nvidia-smi",
    "protoc",
    "vswhere",
    "vcvarsall.bat",
    "bazel",
    "msbuild",
    "qmake",
    "doxygen",
    "gettext",
    "msgfmt",
    "flex",
    "bison",
    "yacc",
    "nasm",
    "yasm",
    "file",
    "sed",
    "awk",
    "grep",
    "cat",
    "ls",
    "echo",
    "true",
    "dumpbin",
    "lib",
    "rc",
];

/// Whether the program builds, unpacks or looks things up.
pub(crate) fn is_build_tool(program: &str) -> bool {
    let plain = program.trim_end_matches(|it: char| it.is_ascii_digit() || matches!(it, '.' | '-'));
    // Cross compilers carry their target in front: `x86_64-linux-gnu-gcc`.
    let last = plain.rsplit('-').next().unwrap_or(plain);
    [program, plain, last]
        .iter()
        .any(|it| BUILD_TOOLS.contains(it))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::act;
    use spip_core::Deed;

    #[test]
    fn a_file_is_mentioned_by_its_name_wherever_it_lies() {
        let act = act(Deed::Spawn, "subprocess.run").texts(&["\u{fffc}/data/core.bin --go"]);
        assert!(mentions(&act, "demo/data/core.bin"));
        assert!(!mentions(&act, "demo/data/other.bin"));
        assert!(!mentions(&act, "demo/c"));
    }

    #[test]
    fn what_a_parameter_decides_is_not_constant() {
        assert!(is_constant(Taints::DECODED));
        assert!(!is_constant(Taints::DECODED.with(Taints::PARAMETER)));
    }
}
