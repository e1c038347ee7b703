//! Reads again what only several files together say: a text in one module, run by another.

use std::collections::HashMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use ruff_python_ast::ModModule;

use crate::module::{Module, Source};

mod reach;
use crate::watch::Watch;

/// How many modules of one artifact are read again.
const MOST: usize = 60;

/// Of how many bytes of source the syntax trees are kept for all who ask for them. Trees take many
/// times that.
const MOST_KEPT: u64 = 1 << 20;

/// The sources of an artifact's modules by their dotted names.
pub(crate) struct Library<'m> {
    modules: HashMap<&'m str, Entry<'m>>,
    kept: AtomicU64,
}

struct Entry<'m> {
    module: &'m Module,
    tree: OnceLock<ModModule>,
}

impl<'m> Library<'m> {
    fn new(modules: &'m [Module]) -> Self {
        let named = modules.iter().filter(|module| module.source.is_some());
        let entry = |module| Entry {
            module,
            tree: OnceLock::new(),
        };
        let named =
            named.filter_map(|module| Some((module.role.module.as_deref()?, entry(module))));
        Self {
            modules: named.collect(),
            kept: AtomicU64::new(0),
        }
    }

    /// The syntax tree of a module, made once for all who ask; `None`: it is not kept.
    pub(crate) fn tree(&self, name: &str, make: impl FnOnce() -> ModModule) -> Option<&ModModule> {
        let entry = self.modules.get(name)?;
        if let Some(known) = entry.tree.get() {
            return Some(known);
        }
        let length = entry.module.source.as_ref()?.len() as u64;
        if self.kept.fetch_add(length, Ordering::Relaxed) + length > MOST_KEPT {
            return None;
        }
        Some(entry.tree.get_or_init(make))
    }

    /// The module of this name.
    pub(crate) fn module(&self, name: &str) -> Option<&'m Module> {
        self.modules.get(name).map(|entry| entry.module)
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
    let hands = modules.iter().any(|module| !module.hands.is_empty());
    let wanting = |module: &Module| {
        let gives = hands && !module.gives.is_empty();
        let asks = gives || !module.wants.is_empty() || !module.takes.is_empty();
        asks && module.source.is_some()
    };
    if !modules.iter().any(wanting) {
        return Vec::new();
    }
    let library = Library::new(modules);
    let holds = |want: &String| library.split(want).is_some() || library.module(want).is_some();
    let candidates = modules.iter().enumerate().filter_map(|(index, module)| {
        let bytes = module.source.as_deref()?;
        let is_wanting = module.wants.iter().any(holds)
            || hands && reach::is_handed(module, &library)
            || reach::takes(module, &library);
        is_wanting.then_some((index, module, bytes))
    });
    let chosen: Vec<_> = candidates.take(MOST).collect();
    let read = |(index, module, bytes): (usize, &Module, &[u8])| {
        let source = Source {
            path: &module.path,
            bytes,
            role: module.role.clone(),
            first_line: 1,
        };
        let again = crate::python::analyse_with(&source, watch.limits, Some(&library));
        (index, again)
    };
    chosen
        .into_par_iter()
        .with_max_len(1)
        .filter(|_| !watch.is_late())
        .map(read)
        .collect()
}

#[cfg(test)]
mod tests;
