//! Calls that change files, namespaces or the import path.

use ruff_text_size::TextRange;
use spip_core::{Deed, Taints, Trigger};

use super::interpreter::Interpreter;
use super::value::{Arguments, HOLE, Kind, Value};

impl<'a> Interpreter<'a> {
    /// `print(data, file=handle)`, `json.dump(data, handle)`, `os.write(handle, data)`.
    pub(super) fn write_into(&mut self, arguments: &Arguments<'a>, range: TextRange) -> Value<'a> {
        let is_handle = |value: &&Value<'a>| value.key != 0 && matches!(value.kind, Kind::Path(_));
        let named = arguments.named("file").or_else(|| arguments.named("fp"));
        let handle = named.or_else(|| arguments.positional.iter().find(is_handle));
        let Some(handle) = handle.filter(is_handle).cloned() else {
            return Value::none();
        };
        let data: Vec<Value<'a>> = arguments
            .positional
            .iter()
            .filter(|value| value.key != handle.key)
            .cloned()
            .collect();
        let data = Arguments::of(data);
        if let Some(first) = data.positional.first() {
            self.keep_content(&Value::unknown(Taints::NONE).keyed(handle.key), first);
        }
        let mut all = data.clone();
        let text = Value::text(self.written_path(handle.key)).tainted(handle.taints);
        all.positional.insert(0, text);
        self.act(Deed::Write, "builtins.open().write", &all, range);
        let target = Value::unknown(Taints::NONE).keyed(handle.key);
        self.note_write(&target, data.taints());
        Value::none()
    }

    /// `globals().update({…})`.
    pub(super) fn update_namespace(&mut self, arguments: &Arguments<'a>) {
        let mut pairs: Vec<(&'a str, Value<'a>)> = arguments.named.clone();
        match &arguments.positional[..] {
            [first, ..] if matches!(first.kind, Kind::Dict(_)) => {
                if let Kind::Dict(more) = &first.kind {
                    for (key, value) in more.borrow().iter() {
                        let Some(name) = key.as_str() else { continue };
                        pairs.push((self.keep(name), value.clone()));
                    }
                }
            }
            [name, value, ..] => {
                if let Some(name) = name.as_str() {
                    pairs.push((self.keep(name), value.clone()));
                }
            }
            _ => {}
        }
        self.frames[0].variables.extend(pairs);
    }

    /// Something is added to where modules are looked for.
    pub(super) fn extends_path(&mut self, arguments: &Arguments<'a>, range: TextRange) {
        let given: Vec<Value<'a>> = arguments.positional.clone();
        for value in given {
            for one in self
                .items_of(&value)
                .filter(|_| value.as_str().is_none())
                .unwrap_or_else(|| vec![value.clone()])
            {
                self.adds_folder(&one);
                self.adds_archive(&one, range);
                let written = self.written_to_value(&one, 1);
                // What bootstraps pip unpacks itself when it is asked to.
                let hidden = if self.at.trigger >= Trigger::Import {
                    Taints::DOWNLOADED.with(Taints::HIDDEN)
                } else {
                    Taints::DOWNLOADED
                };
                if written.any(hidden) {
                    let only = Arguments::of(vec![one]);
                    let at = self.act(Deed::Execute, "sys.path.insert", &only, range);
                    self.taint(at, written);
                }
            }
        }
    }

    pub(super) fn written_path(&self, key: u32) -> String {
        let known = self.keys.text(key);
        known.map_or_else(|| HOLE.to_string(), str::to_owned)
    }
}
