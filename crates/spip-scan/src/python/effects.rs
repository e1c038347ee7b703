//! What calling a name outside this file does.

use super::costs::{failing, reading};
use std::rc::Rc;

use ruff_text_size::TextRange;
use spip_core::{Deed, Taints};

use super::facts::Facts;
use super::interpreter::Interpreter;
use super::methods;
use super::models::Effect;
use super::results::{basename, decode, decode_by, dirname, expanded, first_key, join, members_of};
use super::streams::names_a_peer;
use super::value::{Arguments, Kind, Value};

impl<'a> Interpreter<'a> {
    /// Calls a dotted name. `hidden`: how the name itself was disguised.
    pub(super) fn call_path(
        &mut self,
        path: &Rc<str>,
        hidden: Taints,
        base: Option<&Value<'a>>,
        arguments: Arguments<'a>,
        range: TextRange,
    ) -> Value<'a> {
        if let Some(name) = path.strip_prefix("method.") {
            let mut arguments = arguments;
            if arguments.positional.is_empty() {
                return Value::unknown(arguments.taints());
            }
            let receiver = arguments.positional.remove(0);
            let affordable = self.affords_method(&receiver, name, &arguments);
            let folded = affordable
                .then(|| methods::call(&receiver, name, &arguments))
                .flatten();
            if let Some(value) = &folded {
                self.pay_for(value, Some(&receiver));
            }
            return folded
                .unwrap_or_else(|| Value::unknown(receiver.all_taints().with(arguments.taints())));
        }
        if let Some(name) = path.strip_prefix("spip.") {
            return self.call_operator(name, arguments, range);
        }
        let facts = self.facts(path);
        let Some(effect) = facts.effect else {
            if let Some(value) = self.call_special(path, &facts, hidden, &arguments, range) {
                return value;
            }
            return self.call_other(path, &facts, hidden, base, &arguments, range);
        };
        if effect.is_hungry() {
            let runs = matches!(
                effect,
                Effect::Execute | Effect::Compile | Effect::Decode(_)
            );
            self.wants(&arguments, runs);
        }
        match effect {
            Effect::Execute => self.execute(path, hidden, &arguments, range),
            Effect::Compile => self.compile(path, &arguments),
            Effect::Import => self.import_by_name(path, hidden, &arguments, range),
            Effect::RunFile => self.run_file(path, hidden, base, &arguments, range),
            Effect::GetAttribute => self.get_attribute(&arguments, range),
            Effect::Open => self.open_path(path, &arguments, range),
            Effect::Decode(decoder) => self.decoded(&arguments, |known| decode(decoder, known)),
            Effect::DecodeBy => self.decoded(&arguments, decode_by),
            Effect::Pure if path.starts_with("io.") => match base {
                Some(base) if path.contains('(') => self.buffered(base),
                _ if arguments.positional.is_empty() => self.buffer(path, &arguments),
                _ => self.pure(path, &arguments, range),
            },
            Effect::Pure => self.pure(path, &arguments, range),
            Effect::Mix(taints) => {
                let given = base
                    .map_or(Taints::NONE, |base| base.taints)
                    .with(arguments.taints());
                Value::unknown(given.with(taints)).keyed(first_key(&arguments))
            }
            Effect::Source(taints) => Value::path(facts.gives.clone()).tainted(taints),
            Effect::Read(taints) => {
                let at = self.act_of(Deed::Read, path, hidden, &arguments, range);
                self.taint(at, taints);
                Value::path(facts.gives.clone()).tainted(taints)
            }
            Effect::Place(text, taints) => Value::string(text).tainted(taints),
            Effect::Temporary => {
                let place = self.temporary_path(&arguments);
                if &**path == "tempfile.mkstemp" {
                    let key = self.key_of(&place);
                    let handle = Value::path("os.open()")
                        .tainted(Taints::TEMPORARY)
                        .keyed(key);
                    return Value::list(vec![handle, place]);
                }
                place
            }
            Effect::WriteInto => self.write_into(&arguments, range),
            Effect::Does(deed) => self.does(deed, path, hidden, base, &arguments, range),
            Effect::Spawn => self.spawn(path, hidden, base, &arguments, range),
            Effect::Fetch => self.fetch(path, hidden, base, &arguments, range),
            Effect::FetchToFile => self.fetch_to_file(path, hidden, &arguments, range),
            Effect::Copy => self.copy_file(path, hidden, &arguments, range),
            Effect::ReadFile => {
                let first = arguments
                    .positional
                    .first()
                    .cloned()
                    .unwrap_or_else(Value::none);
                let read = self.read_file(&first, path, range);
                let listing = [
                    "os.walk",
                    "os.listdir",
                    "glob.glob",
                    "os.scandir",
                    "glob.iglob",
                ]
                .contains(&&**path);
                if listing {
                    super::files::walked(&first, read)
                } else {
                    read
                }
            }
            Effect::WriteFile => {
                self.act_of(Deed::Write, path, hidden, &arguments, range);
                Value::none()
            }
            Effect::Runs => {
                self.runs(&arguments, range);
                Value::path(facts.gives.clone()).tainted(arguments.taints())
            }
            Effect::Maps => self.maps(path, &arguments, range),
            Effect::Binds => self.binds(path, hidden, arguments),
            Effect::JoinPath => join(&arguments),
            Effect::Same => {
                if &**path == "os.path.dirname" {
                    return dirname(&arguments);
                }
                if &**path == "os.path.basename" {
                    return basename(&arguments);
                }
                if matches!(&**path, "os.path.expanduser" | "os.path.expandvars") {
                    return expanded(&arguments);
                }
                if &**path == "json.loads"
                    && let Some(value) = arguments
                        .positional
                        .first()
                        .cloned()
                        .and_then(|text| self.literal(&text))
                {
                    return value;
                }
                let held = self.held_by(&arguments);
                match arguments.positional.first() {
                    Some(first) => first.clone().tainted(arguments.taints().with(held)),
                    None => Value::unknown(arguments.taints()),
                }
            }
        }
    }

    /// Functions that change classes and modules, and methods that are called on their class.
    fn call_special(
        &mut self,
        path: &Rc<str>,
        facts: &Facts,
        hidden: Taints,
        arguments: &Arguments<'a>,
        range: TextRange,
    ) -> Option<Value<'a>> {
        match (&**path, &arguments.positional[..]) {
            ("builtins.setattr", [target, name, value]) => {
                let name = self.keep(name.as_str()?);
                self.set_member(target, name, value.clone(), range);
                return Some(Value::none());
            }
            ("builtins.type", [name, bases, members]) => {
                return self.make_class(name, bases, members, arguments, range);
            }
            _ => {}
        }
        let method = facts.method.as_ref()?;
        let this = arguments.positional.first()?.clone();
        let mut rest = arguments.clone();
        rest.positional.remove(0);
        Some(self.call_path(method, hidden, Some(&this), rest, range))
    }

    /// What a decoder gives, if there is budget for it. Those that fail late cost as much.
    fn decoded(
        &mut self,
        arguments: &Arguments<'a>,
        decode: impl Fn(&Arguments<'a>) -> Value<'a>,
    ) -> Value<'a> {
        let first = arguments.values().next();
        if !self.affords(first.map_or(0, reading) * 2) {
            return Value::unknown(arguments.taints().with(Taints::DECODED));
        }
        let value = decode(arguments);
        if matches!(value.kind, Kind::Unknown) {
            self.steps += first.map_or(0, failing);
        }
        self.pay_for(&value, first);
        value
    }

    /// What `operator.attrgetter` and its like made.
    pub(super) fn call_operator(
        &mut self,
        name: &str,
        mut arguments: Arguments<'a>,
        range: TextRange,
    ) -> Value<'a> {
        let Some(target) = arguments.positional.pop() else {
            return Value::unknown(Taints::NONE);
        };
        if arguments.positional.is_empty() {
            return target;
        }
        let first = arguments.positional.remove(0);
        if name == "itemgetter" {
            return self.item(&target, &first, range);
        }
        let found = self.get_attribute(&Arguments::of(vec![target, first]), range);
        if name == "attrgetter" {
            found
        } else {
            self.call(&found, arguments, range)
        }
    }

    /// A name of which nothing is known: what it gives comes from what it is given.
    fn call_other(
        &mut self,
        path: &Rc<str>,
        facts: &Facts,
        hidden: Taints,
        base: Option<&Value<'a>>,
        arguments: &Arguments<'a>,
        range: TextRange,
    ) -> Value<'a> {
        self.uses_module(path, true);
        self.note_given(path, arguments);
        if path.ends_with(".setup")
            && let Some(wanted) = arguments.named("setup_requires").cloned()
        {
            self.note_requirements(&wanted, range);
        }
        let given = base
            .map_or(Taints::NONE, |base| base.taints)
            .with(arguments.taints());
        let key = base.map_or(0, |base| base.key);
        let key = if key == 0 { first_key(arguments) } else { key };
        if let Some(value) = self.call_library(path, facts, hidden, base, arguments, range) {
            return value;
        }
        if let Some((owner, name)) = path.rsplit_once('.')
            && let Some(value) =
                self.call_result_method(owner, name, hidden, base, arguments, range)
        {
            return value;
        }
        if facts.is_wire
            && let Some(value) = self.over_wire(path, hidden, base, arguments, range)
        {
            return value;
        }
        let given = given.with(base.map_or(Taints::NONE, |base| self.held_in(base)));
        if path.ends_with(".connect") && names_a_peer(arguments)
            || path.contains("()") && path.ends_with(".post") && given.any(Taints::SECRETS)
        {
            let deed = if path.ends_with(".post") {
                Deed::Send
            } else {
                Deed::Connect
            };
            self.act_of(deed, path, hidden, arguments, range);
        }
        Value::path(facts.gives.clone())
            .tainted(given.without(Taints::ASSEMBLED))
            .keyed(key)
    }

    /// A method of what a known name gave.
    pub(super) fn call_result_method(
        &mut self,
        owner: &str,
        name: &str,
        hidden: Taints,
        base: Option<&Value<'a>>,
        arguments: &Arguments<'a>,
        range: TextRange,
    ) -> Option<Value<'a>> {
        let base = base?;
        match (owner, name) {
            (_, "exec_module" | "load_module") => Some(self.run_file(
                &format!("{owner}.{name}").into(),
                hidden,
                Some(base),
                arguments,
                range,
            )),
            ("builtins.open()" | "os.open()", "write" | "writelines") => {
                let mut all = arguments.clone();
                let text = self.written_path(base.key);
                all.positional
                    .insert(0, Value::text(text).tainted(base.taints));
                self.act_of(Deed::Write, "builtins.open().write", hidden, &all, range);
                let target = Value::unknown(Taints::NONE).keyed(base.key);
                self.note_write(&target, Self::data_of(arguments));
                if let Some(data) = arguments.positional.first() {
                    self.keep_content(&target, data);
                }
                Some(Value::none())
            }
            ("os.environ", "get" | "pop" | "setdefault" | "__getitem__") => {
                let name = arguments.positional.first()?.clone();
                let found = self.variable_of_environment(&name, range);
                Some(match arguments.positional.get(1) {
                    Some(default) => found.or(default.clone()),
                    None => found,
                })
            }
            ("os.environ", "items" | "copy" | "values" | "keys" | "__repr__" | "__str__") => {
                let at = self.act_of(
                    Deed::Read,
                    "os.environ",
                    hidden,
                    &Arguments::default(),
                    range,
                );
                self.taint(at, Taints::ENVIRONMENT);
                Some(Value::unknown(Taints::ENVIRONMENT))
            }
            ("builtins", "get" | "pop" | "__getitem__") => {
                let name = arguments.positional.first()?;
                Some(self.path_item(base, "builtins", &name.clone(), range))
            }
            (
                "builtins.globals()" | "builtins.locals()" | "builtins.vars()",
                "update" | "setdefault",
            ) => {
                self.update_namespace(arguments);
                Some(Value::none())
            }
            (_, "items" | "values" | "keys") if owner.ends_with(".__dict__") => {
                Some(members_of(owner.trim_end_matches(".__dict__"), name))
            }
            ("subprocess.Popen()", "communicate") | ("subprocess.Popen().stdin", "write") => {
                let data = arguments.get(0, "input").cloned()?;
                let command = self.written_path(base.key);
                self.feeds(&command, &data, range);
                Some(Value::path("subprocess.Popen().communicate()").tainted(base.taints))
            }
            ("sys.path", "insert" | "append" | "extend") => {
                self.extends_path(arguments, range);
                Some(Value::none())
            }
            ("sys.modules", "get" | "pop" | "__getitem__") => {
                let name = arguments.positional.first()?;
                Some(self.path_item(base, "sys.modules", &name.clone(), range))
            }
            (
                "builtins.globals()"
                | "builtins.locals()"
                | "builtins.vars()"
                | super::namespaces::SOMEBODYS_GLOBALS,
                "get" | "__getitem__" | "pop",
            ) => {
                let name = arguments.positional.first()?;
                Some(self.path_item(base, owner, &name.clone(), range))
            }
            (_, "get" | "__getitem__" | "pop") if owner.ends_with(".__dict__") => {
                let name = arguments.positional.first()?;
                Some(self.path_item(base, owner, &name.clone(), range))
            }
            (_, "__getattribute__" | "__getattr__") => {
                let name = arguments.positional.last()?.as_str()?.to_owned();
                let of = arguments
                    .positional
                    .first()
                    .filter(|_| arguments.positional.len() > 1);
                let owner = of
                    .and_then(Value::as_path)
                    .map_or(owner.to_owned(), std::string::ToString::to_string);
                Some(self.resolved(&format!("{owner}.{name}"), arguments.taints(), range))
            }
            ("sys.meta_path" | "sys.path_hooks", "insert" | "append") => {
                for value in arguments.positional.clone() {
                    self.patch(owner, &value, range);
                }
                Some(Value::none())
            }
            _ => None,
        }
    }
}
