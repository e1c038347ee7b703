//! Ways around the guard below the current directory, each with the line that closes it.

use std::fs;
use std::path::{Path, PathBuf};

use super::files;
use crate::tools::program;

/// How deep is looked.
const DEEPEST: usize = 4;

/// How many folders are looked into.
const MOST: usize = 4000;

/// Folders in which nobody keeps projects.
const SKIPPED: [&str; 4] = [".git", "node_modules", "__pycache__", "target"];

/// What leads around, and whether everything was looked at.
pub(super) struct Around {
    pub(super) ways: Vec<Way>,
    pub(super) is_complete: bool,
}

impl Around {
    /// No way yet, and nothing that was not looked at.
    pub(super) fn nothing() -> Self {
        Self {
            ways: Vec::new(),
            is_complete: true,
        }
    }
}

/// One way around.
pub(super) struct Way {
    pub(super) kind: &'static str,
    pub(super) path: PathBuf,
    /// Counted from one.
    pub(super) line: Option<usize>,
    /// What is there; outside text.
    pub(super) shows: String,
    /// The line that closes it.
    pub(super) close: String,
}

/// Looks below a folder.
pub(super) fn around(folder: &Path) -> Around {
    let mut around = Around::nothing();
    let mut left = vec![(folder.to_owned(), 0)];
    let mut seen = 0;
    while let Some((folder, depth)) = left.pop() {
        seen += 1;
        if seen > MOST {
            around.is_complete = false;
            break;
        }
        if folder.join("pyvenv.cfg").is_file() {
            around.ways.extend(environment(&folder));
            continue;
        }
        files::look(&folder, &mut around);
        if depth < DEEPEST {
            match folders(&folder) {
                Ok(inner) => left.extend(inner.into_iter().map(|inner| (inner, depth + 1))),
                Err(error) => {
                    tracing::debug!(%error, "a folder cannot be read");
                    around.is_complete = false;
                }
            }
        }
    }
    around
        .ways
        .sort_by(|one, other| (&one.path, one.line).cmp(&(&other.path, other.line)));
    around
}

/// Folders in a folder; links are not followed.
fn folders(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_skipped = SKIPPED.iter().any(|name| entry.file_name() == *name);
        if entry.file_type()?.is_dir() && !is_skipped {
            found.push(entry.path());
        }
    }
    Ok(found)
}

/// An environment's own tools stand before everything else on PATH while it is active.
fn environment(root: &Path) -> Vec<Way> {
    let mut ways = Vec::new();
    for (name, own) in [
        ("pip", "spip"),
        ("uv", "suv"),
        ("poetry", "spoetry"),
        ("pipx", "spipx"),
    ] {
        let path = root.join("bin").join(name);
        let is_closed = name == "pip" && program::pip_is_led_here() && pip_follows(root);
        if !path.is_file() || program::is_own(&path) || is_closed {
            continue;
        }
        let close = if name == "pip" && pip_follows(root) {
            "eval \"$(spip init)\"   # PIP_PYTHON leads this pip through the guard".to_owned()
        } else {
            format!("say `{own}` instead of `{name}` while the environment is active")
        };
        ways.push(Way {
            kind: "environment",
            path,
            line: None,
            shows: format!("an environment's own {name}"),
            close,
        });
    }
    ways
}

/// Whether the environment's pip is 22.3 or newer, which follows `PIP_PYTHON`.
fn pip_follows(root: &Path) -> bool {
    let libraries = fs::read_dir(root.join("lib"))
        .into_iter()
        .flatten()
        .flatten();
    let packages = libraries.map(|library| library.path().join("site-packages"));
    let entries = packages.flat_map(|it| fs::read_dir(it).into_iter().flatten().flatten());
    let mut names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names.any(|name| {
        let version = name.strip_prefix("pip-");
        let version = version.and_then(|it| it.strip_suffix(".dist-info"));
        let mut parts = version
            .unwrap_or_default()
            .split('.')
            .map(str::parse::<u32>);
        let mut next = || parts.next().and_then(Result::ok).unwrap_or_default();
        (next(), next()) >= (22, 3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn an_environments_own_tools_are_told_with_what_closes_them() {
        let root = tempfile::tempdir().unwrap();
        for (name, pip) in [("new", "25.0"), ("a/b/old", "22.2.2")] {
            let folder = root.path().join(name);
            write(&folder.join("pyvenv.cfg"), "");
            write(&folder.join("bin/pip"), "#!/usr/bin/python3\n");
            let package = format!("lib/python3.12/site-packages/pip-{pip}.dist-info/METADATA");
            write(&folder.join(package), "");
        }
        let found = around(root.path());
        assert!(found.is_complete);
        let closed: Vec<_> = found.ways.iter().map(|way| way.close.as_str()).collect();
        assert_eq!(closed.len(), 2);
        assert!(closed[0].starts_with("say `spip` instead"), "{closed:?}");
        assert!(closed[1].starts_with("eval "), "{closed:?}");
    }

    #[test]
    fn what_lies_too_deep_or_behind_a_link_is_left_alone() {
        let root = tempfile::tempdir().unwrap();
        let deep = root.path().join("1/2/3/4/5");
        write(&deep.join("pyvenv.cfg"), "");
        write(&deep.join("bin/pip"), "");
        std::os::unix::fs::symlink(&deep, root.path().join("link")).unwrap();
        assert!(around(root.path()).ways.is_empty());
    }
}
