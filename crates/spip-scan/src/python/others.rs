//! Values of other modules of the artifact, where these are at hand.

use ruff_text_size::TextRange;
use spip_core::{Taints, Trigger};

use super::interpreter::{Context, Frame, Interpreter};
use super::value::{Arguments, Kind, Value};
use super::{parse, source};

/// Stands for everything that a file imports: what it runs is not known.
pub(super) const EVERYTHING: &str = "*";

/// How many modules one file may pull in.
const MOST: usize = 24;

impl<'a> Interpreter<'a> {
    /// What a dotted name of another module of the artifact stands for.
    pub(super) fn of_another(&mut self, path: &str) -> Option<Value<'a>> {
        let library = self.library?;
        if path.contains('(') {
            return None;
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
        let text = source::decode(module.source.as_deref()?).text;
        let tree = parse::file(&text, |_| {});
        let tree = &*self.arena.alloc(tree);
        self.frames.push(Frame::default());
        let frame = self.frames.len() - 1;
        let (acts, uses) = (self.acts.len(), std::mem::take(&mut self.uses));
        let functions = self.functions.len();
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
        (self.at, self.frame, self.role) = outer;
        self.acts.truncate(acts);
        self.known_acts.retain(|_, index| *index < acts);
        self.uses = uses;
        for function in &mut self.functions[functions..] {
            function.foreign = true;
            // Nobody enters them for their own sake.
            self.entered.insert(function.origin, Trigger::Build);
        }
        self.loaded.insert(name, Some(frame));
        Some(frame)
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
