//! Programs and libraries, told by the first bytes of a file.

use crate::layout::ending;

/// A system that runs native code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum System {
    /// ELF.
    Linux,
    /// Portable executables.
    Windows,
    /// Mach-O.
    Mac,
}

impl System {
    /// For people.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Linux => "Linux (ELF)",
            Self::Windows => "Windows",
            Self::Mac => "macOS",
        }
    }
}

/// What a native file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Native {
    /// Runs by itself.
    Program(System),
    /// Is loaded by a program.
    Library(System),
    /// Is linked into one.
    Object(System),
}

/// Tells what a file is by its first bytes, 4 KiB or less, and its name where these leave a choice.
pub(crate) fn sniff(head: &[u8], path: &str) -> Option<Native> {
    match head.get(..4)? {
        b"\x7fELF" => elf(head, path),
        [b'M', b'Z', ..] => windows(head, path),
        [0xfe, 0xed, 0xfa, 0xce | 0xcf] => mach(number(head, 12, true)?),
        [0xce | 0xcf, 0xfa, 0xed, 0xfe] => mach(number(head, 12, false)?),
        // A class file of Java has its version there, 45 or more.
        [0xca, 0xfe, 0xba, 0xbe] if (1..=20).contains(&number(head, 4, true)?) => {
            Some(if is_library_name(path) {
                Native::Library(System::Mac)
            } else {
                Native::Program(System::Mac)
            })
        }
        _ => None,
    }
}

fn is_library_name(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    [".so", ".dylib", ".dll", ".pyd", ".bundle"]
        .iter()
        .any(|ending| name.ends_with(ending))
        || name.contains(".so.")
}

fn elf(head: &[u8], path: &str) -> Option<Native> {
    let wide = *head.get(4)? == 2;
    let big = *head.get(5)? == 2;
    let kind = short(head, 16, big)?;
    Some(match kind {
        1 => Native::Object(System::Linux),
        2 => Native::Program(System::Linux),
        3 if is_library_name(path) => Native::Library(System::Linux),
        3 if asks_for_interpreter(head, wide, big) => Native::Program(System::Linux),
        3 => Native::Library(System::Linux),
        _ => return None,
    })
}

/// Whether a program header names the dynamic loader, as programs do.
fn asks_for_interpreter(head: &[u8], wide: bool, big: bool) -> bool {
    const INTERPRETER: u32 = 3;
    let (table, size_at, count_at) = if wide { (32, 54, 56) } else { (28, 42, 44) };
    let headers = || {
        let begin = usize::try_from(number(head, table, big)?).ok()?;
        let size = usize::from(short(head, size_at, big)?);
        let count = usize::from(short(head, count_at, big)?.min(64));
        Some((0..count).any(|index| {
            let at = begin.saturating_add(index.saturating_mul(size));
            number(head, at, big) == Some(INTERPRETER)
        }))
    };
    headers().unwrap_or(false)
}

fn windows(head: &[u8], path: &str) -> Option<Native> {
    const LIBRARY: u16 = 0x2000;
    let at = usize::try_from(number(head, 0x3c, false)?).ok()?;
    let library = match head.get(at..at.checked_add(4)?) {
        Some(b"PE\0\0") => short(head, at + 22, false)? & LIBRARY != 0,
        // The header lies behind what was read; the stub before it is nearly always the same.
        None if at < 1 << 20 && contains(head, b"This program") => is_library_name(path),
        _ => return None,
    };
    Some(if library {
        Native::Library(System::Windows)
    } else {
        Native::Program(System::Windows)
    })
}

fn mach(kind: u32) -> Option<Native> {
    match kind {
        1 => Some(Native::Object(System::Mac)),
        2 => Some(Native::Program(System::Mac)),
        3..=9 => Some(Native::Library(System::Mac)),
        _ => None,
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

fn short(bytes: &[u8], at: usize, big: bool) -> Option<u16> {
    let pair: [u8; 2] = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
    Some(if big {
        u16::from_be_bytes(pair)
    } else {
        u16::from_le_bytes(pair)
    })
}

fn number(bytes: &[u8], at: usize, big: bool) -> Option<u32> {
    let word: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    Some(if big {
        u32::from_be_bytes(word)
    } else {
        u32::from_le_bytes(word)
    })
}

/// Endings of files that nobody takes for a program.
const DATA: &[&str] = &[
    "png",
    "jpg",
    "jpeg",
    "gif",
    "bmp",
    "ico",
    "svg",
    "webp",
    "tif",
    "tiff",
    "pdf",
    "doc",
    "docx",
    "xls",
    "xlsx",
    "txt",
    "md",
    "rst",
    "html",
    "htm",
    "css",
    "js",
    "json",
    "yaml",
    "yml",
    "toml",
    "xml",
    "csv",
    "tsv",
    "ini",
    "cfg",
    "conf",
    "log",
    "dat",
    "data",
    "db",
    "sqlite",
    "py",
    "pyi",
    "pyx",
    "pxd",
    "typed",
    "ttf",
    "otf",
    "woff",
    "woff2",
    "eot",
    "mp3",
    "mp4",
    "wav",
    "ogg",
    "avi",
    "zip",
    "gz",
    "bz2",
    "xz",
    "tar",
    "whl",
    "pkl",
    "pickle",
    "npy",
    "npz",
    "h5",
    "parquet",
    "pem",
    "crt",
    "key",
    "po",
    "mo",
    "pth",
    "in",
    "tmpl",
    "template",
    "lock",
    "map",
    "c",
    "h",
    "license",
    "cache",
    "tmp",
    "bak",
    "model",
    "onnx",
    "safetensors",
];

/// Whether a file's name says that it is data.
pub(crate) fn is_data_name(path: &str) -> bool {
    DATA.contains(&ending(path).to_ascii_lowercase().as_str())
}

#[cfg(test)]
pub(crate) mod samples {
    //! The smallest files that are told for programs and libraries.

    /// An ELF program that names a loader.
    pub(crate) fn elf_program() -> Vec<u8> {
        let mut file = elf_library();
        file[64] = 3;
        file
    }

    /// An ELF library.
    pub(crate) fn elf_library() -> Vec<u8> {
        let mut file = vec![0; 128];
        file[..6].copy_from_slice(b"\x7fELF\x02\x01");
        file[16] = 3;
        file[32] = 64;
        file[54] = 56;
        file[56] = 1;
        file
    }

    /// A program for Windows.
    pub(crate) fn windows_program() -> Vec<u8> {
        let mut file = vec![0; 256];
        file[..2].copy_from_slice(b"MZ");
        file[0x3c] = 0x80;
        file[0x80..0x84].copy_from_slice(b"PE\0\0");
        file
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_and_libraries_are_told_apart() {
        let (linux, windows) = (System::Linux, System::Windows);
        let program = samples::elf_program();
        assert_eq!(sniff(&program, "a/tool"), Some(Native::Program(linux)));
        assert_eq!(sniff(&program, "libc.so.6"), Some(Native::Library(linux)));
        let library = samples::elf_library();
        assert_eq!(sniff(&library, "x.dat"), Some(Native::Library(linux)));
        let mut program = samples::windows_program();
        assert_eq!(sniff(&program, "x.exe"), Some(Native::Program(windows)));
        program[0x80 + 23] = 0x20;
        assert_eq!(sniff(&program, "x.pyd"), Some(Native::Library(windows)));
        let mac = [0xcf, 0xfa, 0xed, 0xfe, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0];
        assert_eq!(sniff(&mac, "x"), Some(Native::Program(System::Mac)));
    }

    #[test]
    fn texts_that_begin_like_programs_are_none() {
        for text in [&b"MZ is a postal code"[..], b"\x7fEL", b"", b"MZ"] {
            assert_eq!(sniff(text, "x"), None);
        }
        let java = [0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 52];
        assert_eq!(sniff(&java, "X.class"), None);
    }
}
