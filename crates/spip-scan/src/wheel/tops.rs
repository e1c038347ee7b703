//! Names that a wheel puts among the modules: whether they are its own.

use std::collections::{BTreeMap, BTreeSet};

use spip_core::{Odd, Trigger};

use crate::findings::Findings;
use crate::layout::Layout as _;
use crate::tables::{self, owners, stdlib};
use crate::wheel::layout::{Place, WheelLayout, place};
use crate::wheel::prefix;

/// Endings of what can be imported.
const IMPORTABLE: &[&str] = &[".py", ".pyc", ".so", ".pyd"];

/// Looks at all places of a wheel's files.
pub(super) fn look(paths: &[&str], layout: &WheelLayout, findings: &mut Findings) {
    let project = layout.project().unwrap_or_default();
    let mut shadowed = BTreeSet::new();
    let mut told = BTreeSet::new();
    let mut library: Option<(&str, usize)> = None;
    let mut foreign: BTreeMap<&str, (&str, usize)> = BTreeMap::new();
    for path in paths {
        match place(path) {
            Place::Modules(inner) if IMPORTABLE.iter().any(|end| inner.ends_with(end)) => {
                let module = top(inner);
                if stdlib::shadows(module, project) && shadowed.insert(module) {
                    let detail = format!("takes the name of {module} in the standard library");
                    findings.odd(Odd::ShadowedStdlib, Trigger::Import, path, detail);
                }
                let dotted = dotted(inner);
                if let Some(owner) = owners::stranger_in(&dotted, project) {
                    foreign.entry(owner).or_insert((path, 0)).1 += 1;
                }
            }
            Place::Library(_) => {
                library.get_or_insert((path, 0)).1 += 1;
            }
            Place::Prefix(inner) => {
                if let Some(shared) = prefix::shared(inner)
                    && told.insert(shared.what)
                {
                    findings.odd(Odd::SharedPlace, shared.trigger, path, shared.what);
                }
            }
            Place::Command(name) if tables::is_trusted_command(name, project) => {
                let detail = format!("installs a command `{name}`");
                findings.odd(Odd::ShadowedCommand, Trigger::Call, path, detail);
            }
            _ => {}
        }
    }
    if let Some((path, count)) = library {
        let detail = format!("{count} files in Python's own library");
        findings.odd(Odd::SharedPlace, Trigger::Import, path, detail);
    }
    for (owner, (path, count)) in foreign {
        let detail = format!("{count} files in a package that belongs to {owner}");
        findings.odd(Odd::ForeignPackage, Trigger::Import, path, detail);
    }
}

/// The top-level name that a file is imported by: its own, or that of a package with an
/// `__init__`; a directory without one gives way to the standard library.
fn top(path: &str) -> &str {
    match path.split_once('/') {
        Some((package, rest)) if rest.starts_with("__init__.") => package,
        Some(_) => "",
        None => path.split('.').next().unwrap_or(path),
    }
}

/// The dotted name of a file's module.
fn dotted(path: &str) -> String {
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.split('.').next().unwrap_or(name);
    let whole = match (directory, stem) {
        ("", stem) => stem.to_owned(),
        (directory, "__init__") => directory.to_owned(),
        (directory, stem) => format!("{directory}/{stem}"),
    };
    whole.replace('/', ".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wheel::metadata::WheelName;

    fn looked(paths: &[&str]) -> Vec<Odd> {
        let name = WheelName::parse("demo-1.0-py3-none-any.whl");
        let layout = WheelLayout::new(paths, name.as_ref());
        let mut findings = Findings::default();
        look(paths, &layout, &mut findings);
        findings.oddities.into_iter().map(|odd| odd.what).collect()
    }

    #[test]
    fn ordinary_wheels_keep_to_their_own_names() {
        assert_eq!(
            looked(&["demo/__init__.py", "demo/queue.py", "demo/json/__init__.py"]),
            []
        );
        assert_eq!(
            looked(&["demo.py", "email/data.txt", "google/cloud/demo/__init__.py"]),
            []
        );
    }

    #[test]
    fn names_of_others_are_told() {
        assert_eq!(looked(&["queue.py"]), [Odd::ShadowedStdlib]);
        assert_eq!(
            looked(&["json/__init__.py", "json/x.py"]),
            [Odd::ShadowedStdlib]
        );
        assert_eq!(
            looked(&["math.cpython-311-x86_64-linux-gnu.so"]),
            [Odd::ShadowedStdlib]
        );
        assert_eq!(
            looked(&["requests/x.py", "requests/y.py"]),
            [Odd::ForeignPackage]
        );
        assert_eq!(
            looked(&["google/protobuf/__init__.py"]),
            [Odd::ForeignPackage]
        );
        assert_eq!(
            looked(&["demo-1.data/scripts/sudo"]),
            [Odd::ShadowedCommand]
        );
        for path in [
            "demo-1.data/data/pip.conf",
            "demo-1.data/data/lib/python3.12/antigravity.py",
            "demo-1.data/scripts/activate.fish",
        ] {
            assert_eq!(looked(&[path]), [Odd::SharedPlace], "{path}");
        }
        assert_eq!(
            looked(&["demo-1.data/data/share/jupyter/kernels/demo/kernel.json"]),
            []
        );
    }
}
