//! What an artifact is made of, to compare releases by.

use std::collections::BTreeSet;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use spip_core::Makeup;

use crate::layout::{ending, is_source};
use crate::startup;
use crate::wheel::{Place, command_names, header_values, place, plugin_names};

/// The texts that direct a build, at the top of a source archive.
const BUILD_FILES: &[&str] = &["setup.py", "setup.cfg", "pyproject.toml", "hatch.toml"];

/// Endings of machine code that Python loads.
const NATIVE: &[&str] = &["so", "pyd", "dll", "dylib"];

/// The makeup of unpacked wheels as far as the paths of their files tell.
pub fn makeup_of_files(paths: &[&str]) -> Makeup {
    of_wheel(paths, None, None)
}

/// The makeup of a wheel with these files. `metadata` and `points` are its METADATA and its
/// `entry_points.txt`.
pub(crate) fn of_wheel(paths: &[&str], metadata: Option<&str>, points: Option<&str>) -> Makeup {
    let mut makeup = Makeup::default();
    for path in paths {
        match place(path) {
            Place::Modules(inside) => take(inside, &mut makeup),
            Place::Command(name) => insert(&mut makeup.commands, name),
            Place::Library(_) | Place::Prefix(_) | Place::Other => {}
        }
        if is_native(path) {
            insert(&mut makeup.native, path);
        }
    }
    for name in command_names(points.unwrap_or_default()) {
        insert(&mut makeup.commands, name);
    }
    for name in plugin_names(points.unwrap_or_default()) {
        insert(&mut makeup.plugins, &name);
    }
    requires(metadata.unwrap_or_default(), &mut makeup);
    makeup
}

/// The makeup of a source archive or tree: `top` is its directory at the top, with a slash.
pub(crate) fn of_source<'a>(
    top: &str,
    paths: impl Iterator<Item = &'a str>,
    text: impl Fn(&str) -> Option<&'a str>,
) -> Makeup {
    let mut makeup = Makeup::default();
    for path in paths.filter_map(|path| path.strip_prefix(top)) {
        take(path.strip_prefix("src/").unwrap_or(path), &mut makeup);
        if is_native(path) {
            insert(&mut makeup.native, path);
        }
    }
    for name in BUILD_FILES {
        if let Some(text) = text(&format!("{top}{name}")) {
            let digest = HEXLOWER.encode(&Sha256::digest(text.as_bytes()));
            makeup.build.insert((*name).to_owned(), digest);
        }
    }
    requires(
        text(&format!("{top}PKG-INFO")).unwrap_or_default(),
        &mut makeup,
    );
    makeup
}

/// A file among the modules.
fn take(path: &str, makeup: &mut Makeup) {
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    let is_start = matches!(ending(first), "pth" | "start") || startup::is_customize(path);
    if is_start && (rest.is_empty() || startup::is_customize(path)) {
        insert(&mut makeup.start_files, path);
    }
    if rest.is_empty() && (is_source(path) || is_native(path)) {
        insert(&mut makeup.modules, path.split('.').next().unwrap_or(path));
    } else if matches!(rest, "__init__.py" | "__init__.pyc")
        || is_native(rest) && !rest.contains('/')
    {
        insert(&mut makeup.modules, first);
    }
}

fn requires(metadata: &str, makeup: &mut Makeup) {
    for requirement in header_values(metadata, "Requires-Dist") {
        insert(&mut makeup.requires, requirement.trim());
    }
}

/// `libx.so.1` is one as well.
fn is_native(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    NATIVE.contains(&ending(name)) || name.contains(".so.")
}

fn insert(list: &mut BTreeSet<String>, entry: &str) {
    const LONGEST: usize = 400;
    if list.len() < Makeup::MOST && !entry.is_empty() {
        list.insert(entry.chars().take(LONGEST).collect());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(list: &BTreeSet<String>) -> Vec<&str> {
        list.iter().map(String::as_str).collect()
    }

    #[test]
    fn tells_what_a_wheel_is_made_of() {
        let paths = [
            "demo/__init__.py",
            "demo/inner/x.py",
            "demo/_fast.cpython-311-x86_64-linux-gnu.so",
            "single.py",
            "helper.pth",
            "demo/not.pth",
            "demo-1.0.data/scripts/tool",
            "demo-1.0.dist-info/METADATA",
        ];
        let metadata = "Name: demo\nRequires-Dist: other>=1\n\nRequires-Dist: none\n";
        let points = "[console_scripts]\nrun = demo:main\n[plug.ins]\nx = demo:x\n";
        let makeup = of_wheel(&paths, Some(metadata), Some(points));
        assert_eq!(listed(&makeup.modules), ["demo", "single"]);
        assert_eq!(listed(&makeup.start_files), ["helper.pth"]);
        assert_eq!(listed(&makeup.commands), ["run", "tool"]);
        assert_eq!(listed(&makeup.plugins), ["plug.ins: x"]);
        assert_eq!(listed(&makeup.requires), ["other>=1"]);
        assert_eq!(makeup.native.len(), 1);
    }

    #[test]
    fn tells_what_a_source_archive_is_made_of() {
        let paths = ["demo-1.0/setup.py", "demo-1.0/src/demo/__init__.py"];
        let text = |path: &str| (path == "demo-1.0/setup.py").then_some("abc");
        let makeup = of_source("demo-1.0/", paths.into_iter(), text);
        assert_eq!(listed(&makeup.modules), ["demo", "setup"]);
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(makeup.build["setup.py"], digest);
    }
}
