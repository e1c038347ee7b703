//! What the modules of an artifact reach of each other, as far as their names tell.

use std::collections::HashSet;

use spip_core::Deed;

use super::Library;
use crate::module::Module;

/// How many modules are looked at for one that does something.
const MOST: usize = 24;

/// How often a name is followed that a module only passes on.
const MOST_STEPS: u32 = 3;

/// Whether the top level of a module gives something to a name that runs or sends what it is given.
pub(super) fn is_handed(module: &Module, library: &Library<'_>) -> bool {
    module.gives.iter().any(|given| {
        let found = owner(given, library, MOST_STEPS);
        found.is_some_and(|(other, name)| other.hands.contains(&name))
    })
}

/// Whether the top level of a module, or a function of another that it calls, takes items of what
/// a third one holds whose functions do something.
pub(super) fn takes(module: &Module, library: &Library<'_>) -> bool {
    if takes_within(module, None, library) {
        return true;
    }
    let mut called = module.uses.iter();
    called.any(|used| {
        used.called
            && used.within.is_none()
            && owner(&used.target, library, MOST_STEPS)
                .is_some_and(|(other, name)| takes_within(other, Some(&name), library))
    })
}

fn takes_within(module: &Module, within: Option<&str>, library: &Library<'_>) -> bool {
    let mut taken = module.takes.iter();
    taken.any(|(by, held)| {
        by.as_deref() == within
            && library
                .split(held)
                .is_some_and(|(other, _)| !std::ptr::eq(other, module) && does(other, library))
    })
}

/// The module that defines a dotted name, and what it calls it.
fn owner<'m>(path: &str, library: &Library<'m>, steps: u32) -> Option<(&'m Module, String)> {
    let (module, name) = library.split(path)?;
    let name = name.replace("()", "");
    let first = name.split('.').next().unwrap_or_default();
    let mut imports = module.uses.iter();
    let passed = imports.find(|used| {
        let last = used.target.rsplit('.').next();
        !used.called && used.within.is_none() && last == Some(first)
    });
    let rest = &name[first.len()..];
    let further = passed
        .filter(|used| steps > 0 && used.target != path)
        .and_then(|used| owner(&format!("{}{rest}", used.target), library, steps - 1));
    further.or(Some((module, name)))
}

/// Whether functions of a module, or of those that it imports, run, start, load or send something.
fn does<'m>(module: &'m Module, library: &Library<'m>) -> bool {
    let mut seen: HashSet<&str> = HashSet::new();
    let mut waiting = vec![module];
    while let Some(module) = waiting.pop() {
        if module.acts.iter().any(|local| {
            let runs = matches!(
                local.act.deed,
                Deed::Execute | Deed::Spawn | Deed::LoadNative | Deed::Send
            );
            runs && local.within.is_some()
        }) {
            return true;
        }
        for used in &module.uses {
            let direct = library.module(&used.target);
            let by_name = || library.split(&used.target).map(|(module, _)| module);
            if let Some(next) = direct.or_else(by_name)
                && seen.len() < MOST
                && seen.insert(&next.path)
            {
                waiting.push(next);
            }
        }
    }
    false
}
