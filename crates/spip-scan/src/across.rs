//! Reads again what only several files together say: a text in one module, run by another.

use std::collections::HashMap;

use crate::module::{Module, Source};
use crate::watch::Watch;

/// How many modules of one artifact are read again.
const MOST: usize = 60;

/// The sources of an artifact's modules by their dotted names.
pub(crate) struct Library<'m> {
    modules: HashMap<&'m str, &'m Module>,
}

impl<'m> Library<'m> {
    fn new(modules: &'m [Module]) -> Self {
        let named = modules.iter().filter(|module| module.source.is_some());
        let named = named.filter_map(|module| Some((module.role.module.as_deref()?, module)));
        Self {
            modules: named.collect(),
        }
    }

    /// The module of this name.
    pub(crate) fn module(&self, name: &str) -> Option<&'m Module> {
        self.modules.get(name).copied()
    }

    /// The longest part of a dotted name that is a module, and what follows.
    pub(crate) fn split<'t>(&self, path: &'t str) -> Option<(&'m Module, &'t str)> {
        let mut end = path.len();
        loop {
            let dot = path[..end].rfind('.')?;
            if let Some(module) = self.module(&path[..dot]) {
                return Some((module, &path[dot + 1..]));
            }
            end = dot;
        }
    }
}

/// Reads again each module that runs something which other modules hold.
pub(crate) fn settle(modules: &mut [Module], watch: &Watch<'_>) {
    let again = read_again(modules, watch);
    for (index, new) in again {
        let known = &mut modules[index];
        known.acts = new.acts;
        for used in new.uses {
            if !known.uses.contains(&used) {
                known.uses.push(used);
            }
        }
    }
}

fn read_again(modules: &[Module], watch: &Watch<'_>) -> Vec<(usize, Module)> {
    let wanting = |module: &Module| !module.wants.is_empty() && module.source.is_some();
    if !modules.iter().any(wanting) {
        return Vec::new();
    }
    let library = Library::new(modules);
    let holds = |want: &String| library.split(want).is_some() || library.module(want).is_some();
    let mut again = Vec::new();
    for (index, module) in modules.iter().enumerate() {
        if again.len() == MOST || watch.is_late() {
            break;
        }
        let Some(bytes) = module
            .source
            .as_deref()
            .filter(|_| module.wants.iter().any(holds))
        else {
            continue;
        };
        let source = Source {
            path: &module.path,
            bytes,
            role: module.role.clone(),
            first_line: 1,
        };
        again.push((
            index,
            crate::python::analyse_with(&source, watch.limits, Some(&library)),
        ));
    }
    again
}
