//! Acts: noted once per place, with everything that is known of them.

use std::rc::Rc;

use ruff_text_size::TextRange;
use spip_core::{Act, Deed, Taints};

use crate::module::LocalAct;

use super::costs::showing;
use super::interpreter::Interpreter;
use super::value::{Arguments, Kind, Value};
use super::written::{self, Written};

/// The longest text that an act keeps, in characters.
const LONGEST_TEXT: usize = 1000;

/// How many acts one file may have; of more, only the grave ones say something new.
const MOST_ACTS: usize = 5000;

/// How many acts are kept altogether; where that is not enough, the file says so.
const MOST_GRAVE_ACTS: usize = 10_000;

/// The number of an act that is not kept.
const NO_ACT: usize = usize::MAX;

/// Acts at one place are one act.
pub(super) type ActKey = (u32, Deed, Option<Rc<str>>, u8);

impl<'a> Interpreter<'a> {
    /// Notes an act and gives its number.
    pub(super) fn act(
        &mut self,
        deed: Deed,
        callee: &str,
        arguments: &Arguments<'a>,
        range: TextRange,
    ) -> usize {
        self.steps += 16 + arguments.values().take(12).map(showing).sum::<u64>();
        let place = self.at.site.unwrap_or(range);
        let key = (
            u32::from(place.start()),
            deed,
            self.at.within.clone(),
            self.at.layers,
        );
        let mut taints = arguments.taints().without(Taints::ASSEMBLED);
        if matches!(deed, Deed::Write | Deed::Delete) {
            // Where something is written to is told by the path, not by what is written.
            let path = arguments.values().next();
            let place = path.map_or(Taints::NONE, Value::all_taints);
            taints = taints
                .without(Taints::SITE_PACKAGES)
                .with(place.only(Taints::SITE_PACKAGES));
        }
        if let Some(at) = self.known_acts.get(&key).copied() {
            let act = &mut self.acts[at].act;
            act.taints = act.taints.joined(taints);
            act.trigger = act.trigger.max(self.at.trigger);
            for text in texts(deed, arguments) {
                if act.texts.len() < 12 && !act.texts.contains(&text) {
                    act.texts.push(text);
                }
            }
            return at;
        }
        if self.acts.len() >= MOST_ACTS && (!is_grave(deed) || self.has_too_many_acts()) {
            return NO_ACT;
        }
        self.acts.push(LocalAct {
            act: Act {
                deed,
                callee: callee.to_owned(),
                trigger: self.at.trigger,
                taints,
                texts: texts(deed, arguments),
                layers: self.at.layers,
                disguised: false,
                site: self.lines.site(self.path, place),
            },
            within: self.at.within.as_deref().map(str::to_owned),
            runs: None,
        });
        self.known_acts.insert(key, self.acts.len() - 1);
        self.acts.len() - 1
    }

    /// Notes an act whose callee is this value.
    pub(super) fn act_of(
        &mut self,
        deed: Deed,
        callee: &str,
        hidden: Taints,
        arguments: &Arguments<'a>,
        range: TextRange,
    ) -> usize {
        let at = self.act(deed, callee, arguments, range);
        if hidden.any(Taints::HIDDEN.with(Taints::ASSEMBLED)) {
            self.disguise(at);
        }
        at
    }

    /// What data that is written is tainted with. A template that is filled in shows what it says;
    /// only what is known to the last letter can have been put together to hide.
    pub(super) fn data_of(arguments: &Arguments<'a>) -> Taints {
        let is_open = arguments
            .values()
            .any(|value| matches!(value.kind, Kind::Text(_) | Kind::Unknown));
        if is_open {
            arguments.taints().without(Taints::ASSEMBLED)
        } else {
            arguments.taints()
        }
    }

    /// Whether acts may have been left out that can be all that an attack needs.
    pub(super) fn has_too_many_acts(&self) -> bool {
        self.acts.len() >= MOST_GRAVE_ACTS
    }

    /// Adds to what is known of the data of an act.
    pub(super) fn taint(&mut self, at: usize, taints: Taints) {
        if let Some(known) = self.acts.get_mut(at) {
            known.act.taints = known.act.taints.with(taints);
        }
    }

    /// Takes something from what is known of the data of an act.
    pub(super) fn untaint(&mut self, at: usize, taints: Taints) {
        if let Some(known) = self.acts.get_mut(at) {
            known.act.taints = known.act.taints.without(taints);
        }
    }

    /// The name of what an act calls was hidden.
    pub(super) fn disguise(&mut self, at: usize) {
        if let Some(known) = self.acts.get_mut(at) {
            known.act.disguised = true;
        }
    }

    /// A number for a file: the same text is the same file.
    pub(super) fn key_of(&mut self, path: &Value<'a>) -> u32 {
        if path.key != 0 {
            return path.key;
        }
        self.steps += showing(path);
        let Some(text) = path.shown().filter(|text| text.len() >= 2) else {
            return 0;
        };
        self.keys.number(text)
    }

    /// Something is written to a file.
    pub(super) fn note_write(&mut self, path: &Value<'a>, data: Taints) {
        let key = self.key_of(path);
        let text = path
            .shown()
            .unwrap_or_else(|| self.keys.text(key).unwrap_or_default().to_owned());
        let taints = data.with(Taints::DROPPED);
        // One of several files, a line each.
        for one in text.lines().filter(|_| text.contains('\n')).take(4) {
            if self.written.len() < 1000 {
                let one = Written::new(one.to_owned(), 0, taints);
                self.written.push(one);
            }
        }
        let same = |known: &&mut Written| {
            (known.key == key && key != 0) || (known.path == text && !text.is_empty())
        };
        if let Some(known) = self.written.iter_mut().find(same) {
            known.taints = known.taints.with(taints);
        } else if self.written.len() < 1000 {
            self.written.push(Written::new(text, key, taints));
        }
    }

    /// What was written to the files that the arguments name.
    pub(super) fn written_to(&self, arguments: &Arguments<'a>) -> Taints {
        let mut taints = Taints::NONE;
        for value in arguments.values().take(64) {
            taints = taints.with(self.written_to_value(value, 3));
        }
        taints
    }

    pub(super) fn written_to_value(&self, value: &Value<'a>, depth: usize) -> Taints {
        if self.written.is_empty() {
            return Taints::NONE;
        }
        let mut taints = Taints::NONE;
        match &value.kind {
            Kind::List(items) if depth > 0 => {
                for item in items.borrow().iter().take(64) {
                    taints = taints.with(self.written_to_value(item, depth - 1));
                }
            }
            Kind::Either(values) if depth > 0 => {
                for one in values.iter() {
                    taints = taints.with(self.written_to_value(one, depth - 1));
                }
            }
            Kind::Dict(pairs) if depth > 0 => {
                for (_, item) in pairs.borrow().iter().take(64) {
                    taints = taints.with(self.written_to_value(item, depth - 1));
                }
            }
            Kind::Str(_) | Kind::Text(_) => {
                let text = value.shown().unwrap_or_default();
                taints = written::named_in(&text, &self.written);
            }
            _ => {}
        }
        if value.key == 0 {
            return taints;
        }
        let same = self.written.iter().filter(|known| known.key == value.key);
        same.fold(taints, |taints, known| taints.with(known.taints))
    }
}

/// What is known of the text of each argument.
fn texts(deed: Deed, arguments: &Arguments<'_>) -> Vec<String> {
    // What is deleted is told by the path, not by `ignore_errors=True`.
    let most = if deed == Deed::Delete { 1 } else { 12 };
    let shown = arguments.values().take(most).filter_map(Value::shown);
    shown
        .map(|text| text.chars().take(LONGEST_TEXT).collect())
        .collect()
}

/// Whether an act can be all that an attack needs.
fn is_grave(deed: Deed) -> bool {
    matches!(
        deed,
        Deed::Execute
            | Deed::Spawn
            | Deed::Send
            | Deed::Connect
            | Deed::LoadNative
            | Deed::Unpickle
    )
}
