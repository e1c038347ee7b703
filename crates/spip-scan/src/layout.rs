//! Which file is what: the roles that places give to files.

use spip_core::Trigger;

use crate::member::native::System;
use crate::module::Role;

/// What follows for a file from its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Duty {
    /// How it gets to run if it is Python source.
    pub(crate) role: Role,
    /// When a `.pth` or `.start` file there acts; `None`: never.
    pub(crate) starts: Option<Trigger>,
    /// When programs, scripts and data there take effect.
    pub(crate) trigger: Trigger,
    /// When a file there runs that directs a build, such as `CMakeLists.txt`.
    pub(crate) build_file: Trigger,
    /// A text there holds commands, whatever its name.
    pub(crate) commands: bool,
}

/// Which native code an artifact is expected to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Promise {
    /// None: the wheel's tags say that it runs everywhere.
    Nothing,
    /// Code for this system.
    System(System),
    /// Nobody said.
    Open,
}

/// The places of an artifact.
pub(crate) trait Layout: Sync {
    /// What a file's place means.
    fn duty(&self, path: &str) -> Duty;

    /// Other paths under which a file can be reached.
    fn names_of(&self, _path: &str) -> Vec<String> {
        Vec::new()
    }

    /// Which native code is expected.
    fn promise(&self) -> Promise {
        Promise::Open
    }

    /// The project's normalised name, where it is known.
    fn project(&self) -> Option<&str> {
        None
    }

    /// Whether byte code of this source file lies in the artifact.
    fn has_byte_code(&self, _source: &str) -> bool {
        false
    }

    /// Whether the source of this byte code lies in the artifact.
    fn has_source(&self, _source: &str) -> bool {
        true
    }

    /// The names of scripts that code of the build may start.
    fn scripts(&self) -> &[String] {
        &[]
    }

    /// The variable of a module that the build reads, if it reads one.
    fn read_by_build(&self, _path: &str) -> Option<&str> {
        None
    }
}

/// The layout of what lies somewhere without a place of its own: archives within archives.
pub(crate) struct Aside;

impl Layout for Aside {
    fn duty(&self, _path: &str) -> Duty {
        Duty::aside()
    }
}

impl Duty {
    /// Nothing gets there.
    pub(crate) fn aside() -> Self {
        Self {
            role: Role {
                module: None,
                is_package: false,
                trigger: Trigger::Never,
                uncalled: Trigger::Never,
            },
            starts: None,
            trigger: Trigger::Never,
            build_file: Trigger::Never,
            commands: false,
        }
    }

    /// A module that is imported under a dotted name. `__main__` runs when somebody starts the
    /// package as a program; nothing imports it by the way.
    pub(crate) fn module(name: String, is_package: bool) -> Self {
        let is_main = name.rsplit('.').next() == Some("__main__");
        Self {
            role: Role {
                trigger: if is_main {
                    Trigger::Call
                } else {
                    Trigger::Import
                },
                module: Some(name),
                is_package,
                uncalled: Trigger::Call,
            },
            starts: None,
            trigger: Trigger::Call,
            build_file: Trigger::Never,
            commands: false,
        }
    }

    /// The same file where nothing that is installed or built gets by itself.
    #[must_use]
    pub(crate) fn set_aside(mut self) -> Self {
        self.role.trigger = Trigger::Never;
        self.role.uncalled = Trigger::Never;
        self.trigger = Trigger::Never;
        self
    }
}

/// Directories in which tests, documentation and examples live.
const ASIDE: &[&str] = &[
    "test",
    "tests",
    "testing",
    "unittests",
    "test_suite",
    "testsuite",
    "testdata",
    "test_data",
    "doc",
    "docs",
    "documentation",
    "examples",
    "samples",
    "demos",
    "benchmark",
    "benchmarks",
    "tutorial",
    "tutorials",
    "fixtures",
];

/// Whether a path lies in a directory for tests, documentation or examples, or is a test itself.
pub(crate) fn is_aside(path: &str) -> bool {
    let (directories, file) = path.rsplit_once('/').unwrap_or(("", path));
    if is_test(file) {
        return true;
    }
    directories.split('/').any(|part| {
        let lower = part.to_ascii_lowercase();
        ASIDE.contains(&lower.as_str()) || lower.starts_with("test_") || lower.ends_with("_tests")
    })
}

/// Whether test tools look for tests in a file of this name.
fn is_test(file: &str) -> bool {
    let Some(stem) = file.strip_suffix(".py") else {
        return false;
    };
    stem == "conftest" || stem.starts_with("test_") || stem.ends_with("_test")
}

/// The part of a file's name behind its last dot, as it is written: the interpreter tells `.PY`
/// from `.py`.
pub(crate) fn ending(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or("", |(_, ending)| ending)
}

/// Whether a file is Python source by its name.
pub(crate) fn is_source(path: &str) -> bool {
    matches!(ending(path), "py" | "pyw")
}

/// The dotted name of a module by its path below an import root, and whether it is a package.
/// `None`: no import statement can name it.
pub(crate) fn module_name(path: &str) -> Option<(String, bool)> {
    let stem = path
        .strip_suffix(".py")
        .or_else(|| path.strip_suffix(".pyw"))?;
    let (stem, is_package) = match stem.strip_suffix("/__init__") {
        Some(package) => (package, true),
        None => (stem, false),
    };
    let is_name = |part: &str| {
        let mut letters = part.chars();
        letters
            .next()
            .is_some_and(|first| first == '_' || first.is_alphabetic())
            && letters.all(|letter| letter == '_' || letter.is_alphanumeric())
    };
    let valid = stem.split('/').all(is_name);
    valid.then(|| (stem.replace('/', "."), is_package))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_named_by_their_path() {
        let name = |path| module_name(path).map(|(name, package)| format!("{name} {package}"));
        assert_eq!(name("a.py").as_deref(), Some("a false"));
        assert_eq!(name("a/b/__init__.py").as_deref(), Some("a.b true"));
        assert_eq!(name("a/b.py").as_deref(), Some("a.b false"));
        for path in ["a-b.py", "a/1.py", "a.txt", "x.y/z.py"] {
            assert_eq!(name(path), None, "{path}");
        }
    }

    #[test]
    fn tests_and_documentation_lie_aside() {
        for path in [
            "a/tests/b.py",
            "docs/conf.py",
            "a/Examples/x.py",
            "test_x/y.py",
            "a/test_b.py",
            "a/b_test.py",
            "conftest.py",
        ] {
            assert!(is_aside(path), "{path}");
        }
        for path in [
            "a/b.py",
            "tests.py",
            "a/testers/x.py",
            "latest/x.py",
            "a/test_b.txt",
        ] {
            assert!(!is_aside(path), "{path}");
        }
    }
}
