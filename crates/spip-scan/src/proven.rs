//! Byte code and machine code that the artifact's own code imports: it runs when that code runs.

use std::collections::HashMap;

use spip_core::{Odd, Oddity, Trigger};

use crate::link::Levels;
use crate::module::{Module, Root};

/// Directories below which modules lie as well as at the top.
const ROOTS: &[&str] = &["src", "lib", "python", "purelib", "platlib"];

/// Raises the triggers of what can be imported to those of the imports that name it.
pub(crate) fn raise(oddities: &mut [Oddity], modules: &[Module], roots: &[Root]) {
    let importable = |odd: Odd| matches!(odd, Odd::SourcelessBytecode | Odd::UnpromisedNative);
    if !oddities.iter().any(|oddity| importable(oddity.what)) {
        return;
    }
    let levels = Levels::settle(modules, roots);
    let mut targets: HashMap<&str, Trigger> = HashMap::new();
    for (index, module) in modules.iter().enumerate() {
        for used in &module.uses {
            let trigger = levels.of(index, used.within.as_deref()).unwrap_or_default();
            // `from package import module` names the module last, a call its function.
            for name in [Some(used.target.as_str()), parent(&used.target)]
                .into_iter()
                .flatten()
            {
                let known = targets.entry(name).or_default();
                *known = (*known).max(trigger);
            }
        }
    }
    for oddity in oddities.iter_mut().filter(|oddity| importable(oddity.what)) {
        let names = names_of(&oddity.site.member);
        let found = names.iter().filter_map(|name| targets.get(name.as_str()));
        if let Some(trigger) = found.max() {
            oddity.trigger = oddity.trigger.max(*trigger);
        }
    }
}

fn parent(target: &str) -> Option<&str> {
    target.rsplit_once('.').map(|(parent, _)| parent)
}

/// The dotted names by which a file may be imported.
fn names_of(path: &str) -> Vec<String> {
    if path.contains("__pycache__/") {
        return Vec::new();
    }
    let (directory, file) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = file.split('.').next().unwrap_or(file);
    let mut parts: Vec<&str> = directory
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    // The directory at the top of a source archive, and those that only hold packages.
    let is_name = |part: &str| part.chars().all(|it| it == '_' || it.is_alphanumeric());
    let outer = parts
        .iter()
        .rposition(|part| !is_name(part))
        .map_or(0, |at| at + 1);
    parts.drain(..outer);
    if stem != "__init__" {
        parts.push(stem);
    }
    let mut names = vec![parts.join(".")];
    if let Some(inner) = parts
        .first()
        .filter(|first| ROOTS.contains(first))
        .map(|_| &parts[1..])
    {
        names.push(inner.join("."));
    }
    names.retain(|name| !name.is_empty());
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_as_imports_name_them() {
        assert_eq!(
            names_of("demo/_fast.cpython-311-x86_64-linux-gnu.so"),
            ["demo._fast"]
        );
        assert_eq!(names_of("demo-1.0/_build.pyc"), ["_build"]);
        assert_eq!(
            names_of("demo-1.0/src/demo/x.pyc"),
            ["src.demo.x", "demo.x"]
        );
        assert_eq!(names_of("demo/__init__.pyc"), ["demo"]);
        assert!(names_of("demo/__pycache__/x.cpython-311.pyc").is_empty());
    }
}
