//! Values of other modules of the artifact, where these are at hand.

use std::rc::Rc;

use ruff_text_size::TextRange;
use spip_core::{Deed, Taints, Trigger};

use crate::module::Role;

use super::interpreter::{Context, Frame, Interpreter};
use super::models::{self, Effect};
use super::value::{Arguments, Kind, Value};
use super::{parse, source};

/// Stands for everything that a file imports: what it runs is not known.
pub(super) const EVERYTHING: &str = "*";

/// How many modules one file may pull in.
const MOST: usize = 24;

/// How many names are noted to which something is given.
const MOST_GIVEN: usize = 200;

/// How many containers of others are noted whose items are taken.
const MOST_TAKES: usize = 200;

/// How many names are handed to others.
const MOST_HANDS: usize = 200;

impl<'a> Interpreter<'a> {
    /// What a dotted name of another module of the artifact stands for.
    pub(super) fn of_another(&mut self, path: &str) -> Option<Value<'a>> {
        let library = self.library?;
        if path.contains('(') {
            return None;
        }
        if let Some(module) = library.module(path) {
            // What the import of a module runs may fill what others hold.
            self.load(module);
        }
        let (module, name) = library.split(path)?;
        if name.contains('.') || module.role.module == self.role.module {
            return None;
        }
        let frame = self.load(module)?;
        self.frames[frame].variables.get(name).cloned()
    }

    /// Walks through another module once, without noting what it does: that is its own affair.
    fn load(&mut self, module: &'a crate::module::Module) -> Option<usize> {
        let name = module.role.module.as_deref()?;
        if let Some(known) = self.loaded.get(name) {
            return *known;
        }
        self.loaded.insert(name, None);
        if self.loaded.len() > MOST || self.steps >= self.most_steps {
            return None;
        }
        let bytes = module.source.as_deref()?;
        let make = || parse::file(&source::decode(bytes).text, |_| {});
        let kept = self.library.and_then(|library| library.tree(name, make));
        let tree = match kept {
            Some(tree) => tree,
            None => &*self.arena.alloc(make()),
        };
        self.frames.push(Frame::default());
        let frame = self.frames.len() - 1;
        // Whoever imports it meanwhile sees what it holds by then.
        self.loaded.insert(name, Some(frame));
        self.roles.push((frame, &module.role));
        let entries = std::mem::take(&mut self.entries);
        let (acts, uses) = (self.acts.len(), std::mem::take(&mut self.uses));
        let at = Context {
            trigger: Trigger::Never,
            within: None,
            conditions: 0,
            tries: 0,
            decided: false,
            depth: 0,
            layers: 0,
            site: Some(TextRange::default()),
        };
        let outer = (
            std::mem::replace(&mut self.at, at),
            std::mem::replace(&mut self.frame, frame),
            std::mem::replace(&mut self.role, &module.role),
        );
        // What is left out of it is a matter of its own walk.
        let coverage = std::mem::take(&mut self.coverage);
        self.block(&tree.body);
        self.coverage = coverage;
        self.entries = entries;
        (self.at, self.frame, self.role) = outer;
        self.acts.truncate(acts);
        self.known_acts.retain(|_, index| *index < acts);
        self.late.retain(|(index, _)| *index < acts);
        self.processes.retain(|(_, index)| *index < acts);
        self.uses = uses;
        Some(frame)
    }

    /// The role of the other module in which a scope stands; `None`: it stands in this file.
    pub(super) fn role_of(&self, mut frame: usize) -> Option<&'a Role> {
        if self.roles.is_empty() {
            return None;
        }
        while let Some(parent) = self.frames[frame].parent {
            frame = parent;
        }
        let found = self.roles.iter().find(|(top, _)| *top == frame);
        found.map(|(_, role)| *role)
    }

    /// Notes that a name of another module is given something that may be run, what others made,
    /// or secrets.
    pub(super) fn note_given(&mut self, path: &Rc<str>, arguments: &Arguments<'a>) {
        if self.library.is_some() || self.at.trigger < Trigger::Import {
            return;
        }
        if arguments.taints().any(Taints::SECRETS) && self.wanted.len() < MOST_GIVEN {
            let name = path.split('(').next().unwrap_or_default();
            self.wanted.insert(name.to_owned());
        }
        let top = top_of(path);
        let is_made = |value: &Value<'a>| {
            let made = value.as_path().filter(|made| made.contains('('));
            made.is_some_and(|made| top_of(made) == top)
        };
        let mut given = arguments.values().take(4);
        if self.at.within.is_none()
            && self.gives.len() < MOST_GIVEN
            && given.any(|value| may_run(value, 1) && !path.contains('(') || is_made(value))
        {
            self.gives.insert(path.clone());
        }
    }

    /// Notes that items of what another module holds are taken: to be called, perhaps.
    pub(super) fn note_taken(&mut self, path: &str) {
        if self.library.is_none() && self.takes.len() < MOST_TAKES && path.contains('.') {
            self.takes.insert((self.at.within.clone(), path.into()));
        }
    }

    /// Names of the top level that run, start, load or send whatever they are given: what that is,
    /// other modules say.
    pub(super) fn hands(&self) -> Vec<String> {
        let named = self.frames[0].variables.iter();
        let names = named.filter(|(_, value)| value.alternatives().iter().any(runs_given));
        let mut hands: Vec<String> = names.map(|(name, _)| (*name).to_owned()).collect();
        for known in &self.acts {
            let runs = matches!(
                known.act.deed,
                Deed::Execute | Deed::Spawn | Deed::LoadNative | Deed::Send
            );
            if let (Some(within), true) = (&known.within, runs)
                && known.act.taints.any(Taints::PARAMETER.with(Taints::UNSEEN))
            {
                hands.push(within.clone());
            }
        }
        hands.sort_unstable();
        hands.dedup();
        hands.truncate(MOST_HANDS);
        hands
    }

    /// Notes that something runs which other modules may hold.
    pub(super) fn wants(&mut self, arguments: &Arguments<'a>, runs: bool) {
        let is_late = self.at.trigger < Trigger::Import;
        if self.library.is_some() || is_late && !runs {
            return;
        }
        let before = self.wanted.contains(EVERYTHING);
        for value in arguments.positional.iter().take(4) {
            self.wants_value(value, 3);
        }
        if is_late && !before {
            self.wanted.remove(EVERYTHING);
        }
    }

    fn wants_value(&mut self, value: &Value<'a>, depth: u32) {
        match &value.kind {
            Kind::Path(path) => {
                let name = path.split('(').next().unwrap_or_default();
                if self.wanted.len() < 50 {
                    self.wanted.insert(name.to_owned());
                }
            }
            Kind::Unknown | Kind::Text(_) => {
                let known = Taints::PARAMETER
                    .with(Taints::FILE)
                    .with(Taints::DOWNLOADED);
                if !value.taints.any(known) {
                    self.wanted.insert(EVERYTHING.to_owned());
                }
            }
            Kind::Either(values) if depth > 0 => {
                for value in values.iter() {
                    self.wants_value(value, depth - 1);
                }
            }
            Kind::List(items) if depth > 0 => {
                for item in items.borrow().iter().take(8) {
                    self.wants_value(item, depth - 1);
                }
            }
            _ => {}
        }
    }
}

/// The first part of a dotted name.
fn top_of(path: &str) -> &str {
    path.split('.').next().unwrap_or(path)
}

/// Whether calling this runs, starts or loads what it is given.
fn runs_given(value: &Value<'_>) -> bool {
    let effect = value.as_path().and_then(|path| models::effect(path));
    matches!(
        effect,
        Some(Effect::Execute | Effect::Spawn | Effect::RunFile | Effect::Does(Deed::LoadNative))
    )
}

/// Whether a value reads like a command, code or a path, rather than a name.
fn may_run(value: &Value<'_>, depth: u32) -> bool {
    match &value.kind {
        Kind::Str(text) => text.contains([' ', '/', '(', '.', '\n']),
        Kind::Text(_) | Kind::Bytes(_) => true,
        Kind::List(items) if depth > 0 => {
            let items = items.borrow();
            items.iter().take(8).any(|item| may_run(item, depth - 1))
        }
        _ => value.taints.any(Taints::PACKAGE_DATA),
    }
}
