//! What this file uses of other modules.

use crate::module::{MAIN, Use};

use super::dynamic::LONGEST_NAME;
use super::interpreter::Interpreter;

impl Interpreter<'_> {
    pub(super) fn uses_module(&mut self, target: &str, called: bool) {
        if target.is_empty() || target.ends_with(')') || target.len() > LONGEST_NAME {
            return;
        }
        if !self.folders.is_empty()
            && target.starts_with(|it: char| it.is_alphabetic() || it == '_')
        {
            self.uses_in_folders(target, called);
        }
        self.note_module(target, called);
    }

    pub(super) fn note_module(&mut self, target: &str, called: bool) {
        let within = match self.at.within.as_deref() {
            // What only a program's start reaches is not what an import reaches.
            None if self.at.trigger < self.role.trigger => Some(MAIN),
            within => within,
        };
        let seen = Seen(target, within, called);
        if !self.uses.contains(&seen) {
            self.uses.insert(Use {
                target: target.to_owned(),
                within: within.map(str::to_owned),
                called,
            });
        }
    }
}

/// A use, looked up without owning it.
#[derive(Hash)]
struct Seen<'t>(&'t str, Option<&'t str>, bool);

impl hashbrown::Equivalent<Use> for Seen<'_> {
    fn equivalent(&self, other: &Use) -> bool {
        self.0 == other.target && self.1 == other.within.as_deref() && self.2 == other.called
    }
}
