//! What calling a name outside this file does.

use std::rc::Rc;

use ruff_text_size::TextRange;
use spip_core::{Deed, Taints};

use super::builtins;
use super::decoders::Decoder;
use super::fold;
use super::interpreter::Interpreter;
use super::methods;
use super::models::{self, Effect};
use super::value::{Arguments, HOLE, Kind, Partial, Value};

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
            let folded = methods::call(&receiver, name, &arguments);
            return folded
                .unwrap_or_else(|| Value::unknown(receiver.all_taints().with(arguments.taints())));
        }
        if let Some(name) = path.strip_prefix("spip.") {
            return self.call_operator(name, arguments, range);
        }
        let Some(effect) = models::effect(path) else {
            return self.call_other(path, hidden, base, &arguments, range);
        };
        match effect {
            Effect::Execute => self.execute(path, hidden, &arguments, range),
            Effect::Compile => self.compile(path, &arguments),
            Effect::Import => self.import_by_name(path, hidden, &arguments, range),
            Effect::RunFile => self.run_file(path, hidden, base, &arguments, range),
            Effect::GetAttribute => self.get_attribute(&arguments, range),
            Effect::Open => self.open_path(path, &arguments, range),
            Effect::Decode(decoder) => decode(decoder, &arguments),
            Effect::DecodeBy => decode_by(&arguments),
            Effect::Pure => self.pure(path, &arguments, range),
            Effect::Mix(taints) => {
                let given = base
                    .map_or(Taints::NONE, |base| base.taints)
                    .with(arguments.taints());
                Value::unknown(given.with(taints)).keyed(first_key(&arguments))
            }
            Effect::Source(taints) => Value::path(format!("{path}()")).tainted(taints),
            Effect::Read(taints) => {
                let at = self.act_of(Deed::Read, path, hidden, &arguments, range);
                self.taint(at, taints);
                Value::path(format!("{path}()")).tainted(taints)
            }
            Effect::Place(text, taints) => Value::string(text).tainted(taints),
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
                    read.tainted(Taints::FILE_LISTING)
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
                Value::path(format!("{path}()")).tainted(arguments.taints())
            }
            Effect::Maps => self.maps(path, &arguments, range),
            Effect::Binds => self.binds(path, hidden, arguments),
            Effect::JoinPath => join(&arguments),
            Effect::Same => {
                if &**path == "os.path.dirname" {
                    return dirname(&arguments);
                }
                match arguments.positional.first() {
                    Some(first) => first.clone().tainted(arguments.taints()),
                    None => Value::unknown(arguments.taints()),
                }
            }
        }
    }

    /// What `operator.attrgetter` and its like made.
    fn call_operator(
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
        hidden: Taints,
        base: Option<&Value<'a>>,
        arguments: &Arguments<'a>,
        range: TextRange,
    ) -> Value<'a> {
        self.uses_module(path, true);
        let given = base
            .map_or(Taints::NONE, |base| base.taints)
            .with(arguments.taints());
        let key = base.map_or(0, |base| base.key);
        let key = if key == 0 { first_key(arguments) } else { key };
        if let Some((owner, name)) = path.rsplit_once('.') {
            if let Some(value) =
                self.call_result_method(owner, name, hidden, base, arguments, range)
            {
                return value;
            }
        }
        if path.ends_with(".connect")
            || path.contains("()") && path.ends_with(".post") && given.any(Taints::SECRETS)
        {
            let deed = if path.ends_with(".post") {
                Deed::Send
            } else {
                Deed::Connect
            };
            self.act_of(deed, path, hidden, arguments, range);
        }
        Value::path(format!("{path}()"))
            .tainted(given.without(Taints::ASSEMBLED))
            .keyed(key)
    }

    /// A method of what a known name gave.
    fn call_result_method(
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
                self.note_write(&target, arguments.taints());
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
            ("sys.modules", "get" | "pop" | "__getitem__") => {
                let name = arguments.positional.first()?;
                Some(self.path_item(base, "sys.modules", &name.clone(), range))
            }
            (
                "builtins.globals()" | "builtins.locals()" | "builtins.vars()",
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
                    .map_or(owner.to_owned(), |path| path.to_string());
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

    fn written_path(&self, key: u32) -> String {
        let known = self
            .keys
            .iter()
            .find(|(_, known)| **known == key && key != 0);
        known.map_or_else(|| HOLE.to_string(), |(text, _)| text.clone())
    }

    fn execute(
        &mut self,
        path: &str,
        hidden: Taints,
        arguments: &Arguments<'a>,
        range: TextRange,
    ) -> Value<'a> {
        let Some(code) = arguments
            .get(0, "source")
            .or_else(|| arguments.get(0, "stmt"))
            .cloned()
        else {
            return Value::unknown(Taints::NONE);
        };
        let written = self.written_to_value(&code, 1);
        let only = Arguments::of(vec![code.clone()]);
        let at = self.act_of(Deed::Execute, path, hidden, &only, range);
        self.taint(at, written);
        let mut result = Value::unknown(code.taints.only(Taints::HIDDEN.with(Taints::DOWNLOADED)));
        for one in code.alternatives().to_vec() {
            let one = one.tainted(code.taints);
            if let Some(value) = self.nested(&one, path == "builtins.eval", range) {
                result = value;
            }
        }
        result
    }

    fn compile(&mut self, path: &str, arguments: &Arguments<'a>) -> Value<'a> {
        let code = arguments.positional.first().cloned();
        let code = code
            .unwrap_or_else(|| Value::unknown(Taints::NONE))
            .tainted(arguments.taints());
        if path.starts_with("types.") || path.starts_with("new.") {
            // The result is called like a function.
            let callee = Value::path("builtins.exec").tainted(code.taints.only(Taints::HIDDEN));
            let arguments = Arguments::of(vec![code]);
            return Kind::Partial(Rc::new(Partial { callee, arguments })).into();
        }
        code
    }

    fn import_by_name(
        &mut self,
        path: &str,
        hidden: Taints,
        arguments: &Arguments<'a>,
        range: TextRange,
    ) -> Value<'a> {
        let Some(name) = arguments.get(0, "name").cloned() else {
            return Value::unknown(Taints::NONE);
        };
        let Some(text) = name.as_str() else {
            return Value::unknown(name.taints.only(Taints::HIDDEN.with(Taints::DOWNLOADED)));
        };
        let how = hidden
            .with(name.taints)
            .only(Taints::HIDDEN.with(Taints::ASSEMBLED));
        let absolute = text.trim_start_matches('.');
        let whole = match (text.starts_with('.'), &self.role.module) {
            (true, Some(module)) => {
                let package = if self.role.is_package {
                    module.as_str()
                } else {
                    module.rsplit_once('.').map_or("", |(up, _)| up)
                };
                format!("{package}.{absolute}")
            }
            _ => absolute.to_owned(),
        };
        self.uses_module(&whole, false);
        let from_list = arguments
            .get(3, "fromlist")
            .is_some_and(|list| list.truth() == Some(true));
        let bound = if path == "builtins.__import__" && !from_list {
            whole.split('.').next().unwrap_or_default()
        } else {
            &whole
        };
        self.resolved(bound, how, range)
    }

    fn get_attribute(&mut self, arguments: &Arguments<'a>, range: TextRange) -> Value<'a> {
        let (Some(base), Some(name)) = (arguments.positional.first(), arguments.positional.get(1))
        else {
            return Value::unknown(arguments.taints());
        };
        let mut result: Option<Value<'a>> = None;
        for one in name.alternatives().to_vec() {
            let Some(text) = one.as_str() else { continue };
            let how = name
                .taints
                .with(base.taints)
                .only(Taints::HIDDEN.with(Taints::ASSEMBLED));
            let text = self.keep(text);
            let value = self.attribute(base, text, range).tainted(how);
            if let (false, Some(path)) = (how.is_empty(), value.as_path().cloned())
                && models::is_dangerous(&path)
            {
                self.resolved(&path, how, range);
            }
            result = Some(match result {
                Some(known) => known.or(value),
                None => value,
            });
        }
        result.unwrap_or_else(|| Value::unknown(base.taints.with(name.taints.only(Taints::HIDDEN))))
    }

    fn maps(&mut self, path: &str, arguments: &Arguments<'a>, range: TextRange) -> Value<'a> {
        let Some(function) = arguments.positional.first().cloned() else {
            return Value::unknown(Taints::NONE);
        };
        if matches!(path, "builtins.any" | "builtins.all") {
            return Value::unknown(Taints::NONE);
        }
        let lists: Vec<Option<Vec<Value<'a>>>> = arguments
            .positional
            .iter()
            .skip(1)
            .map(|list| self.items_of(list))
            .collect();
        let Some(lists) = lists
            .into_iter()
            .collect::<Option<Vec<_>>>()
            .filter(|lists| !lists.is_empty())
        else {
            let items: Vec<Value<'a>> = arguments.positional.iter().skip(1).cloned().collect();
            let items = items.iter().map(|item| self.item_of(item)).collect();
            let one = self.call(&function, Arguments::of(items), range);
            return Value::unknown(one.all_taints().with(arguments.taints()));
        };
        if path == "functools.reduce" {
            return self.reduce(&function, &lists[0], arguments.positional.get(2), range);
        }
        let turns = lists.iter().map(Vec::len).min().unwrap_or(0);
        let decided = std::mem::replace(&mut self.at.decided, true);
        let mut out = Vec::new();
        for turn in 0..turns {
            if !self.step() {
                break;
            }
            let items: Vec<Value<'a>> = lists.iter().map(|list| list[turn].clone()).collect();
            let items = match (&items[..], path) {
                ([only], "itertools.starmap") => self.items_of(only).unwrap_or_default(),
                _ => items,
            };
            let first = items.first().cloned();
            let value = self.call(&function, Arguments::of(items), range);
            match (path, value.truth()) {
                ("builtins.filter", Some(false)) => {}
                ("builtins.filter", _) => out.extend(first),
                _ => out.push(value),
            }
        }
        self.at.decided = decided;
        Value::list(out)
    }

    fn reduce(
        &mut self,
        function: &Value<'a>,
        items: &[Value<'a>],
        start: Option<&Value<'a>>,
        range: TextRange,
    ) -> Value<'a> {
        let mut items = items.iter().cloned();
        let Some(mut all) = start.cloned().or_else(|| items.next()) else {
            return Value::unknown(Taints::NONE);
        };
        for item in items {
            if !self.step() {
                break;
            }
            all = self.call(function, Arguments::of(vec![all, item]), range);
        }
        all
    }

    fn binds(&mut self, path: &str, hidden: Taints, mut arguments: Arguments<'a>) -> Value<'a> {
        if arguments.positional.is_empty() {
            return Value::unknown(arguments.taints());
        }
        let first = arguments.positional.remove(0);
        let callee = match path {
            "operator.attrgetter" => {
                arguments.positional = vec![first];
                Value::path("spip.attrgetter")
            }
            "operator.methodcaller" => {
                arguments.positional.insert(0, first);
                Value::path("spip.methodcaller")
            }
            "operator.itemgetter" => {
                arguments.positional = vec![first];
                Value::path("spip.itemgetter")
            }
            _ => first,
        };
        let callee = callee.tainted(hidden);
        Kind::Partial(Rc::new(Partial { callee, arguments })).into()
    }

    /// Pure functions, and those that are made by `operator`.
    fn pure(&mut self, path: &str, arguments: &Arguments<'a>, range: TextRange) -> Value<'a> {
        if path == "builtins.vars" {
            return match arguments.positional.first() {
                Some(Value {
                    kind: Kind::Path(of),
                    taints,
                    ..
                }) => Value::path(format!("{of}.__dict__")).tainted(*taints),
                Some(other) => Value::unknown(other.all_taints()),
                None => Value::path("builtins.locals()"),
            };
        }
        if matches!(path, "builtins.globals" | "builtins.locals") {
            return Value::path(format!("{path}()"));
        }
        if path == "operator.getitem"
            && let [base, index] = &arguments.positional[..]
        {
            return self.item(base, index, range);
        }
        if matches!(
            path,
            "builtins.str" | "builtins.repr" | "builtins.list" | "builtins.tuple" | "builtins.iter"
        ) && let Some(
            first @ Value {
                kind: Kind::Instance(_),
                ..
            },
        ) = arguments.positional.first()
        {
            for name in ["__str__", "__repr__", "__iter__"] {
                if let Some(value) = self.special(&first.clone(), name, Vec::new(), range) {
                    return value;
                }
            }
        }
        if let ("builtins.next" | "builtins.max" | "builtins.min", Some(first)) =
            (path, arguments.positional.first())
            && matches!(first.kind, Kind::List(_))
        {
            return self.item_of(&first.clone());
        }
        if let Some(value) = builtins::call(path, arguments) {
            return value;
        }
        let key = first_key(arguments);
        let made = arguments.taints();
        let made = if matches!(
            path,
            "builtins.len"
                | "builtins.isinstance"
                | "builtins.range"
                | "builtins.int"
                | "builtins.float"
                | "builtins.bool"
        ) {
            made.only(Taints::HIDDEN)
        } else {
            made
        };
        // `bytes(...)` and `str(...)` of something that has a name keep the name's meaning.
        Value::unknown(made).keyed(key)
    }
}

pub(super) fn first_key(arguments: &Arguments<'_>) -> u32 {
    arguments.positional.first().map_or(0, |first| first.key)
}

fn join<'a>(arguments: &Arguments<'a>) -> Value<'a> {
    let mut parts = arguments.positional.iter();
    let Some(first) = parts.next().cloned() else {
        return Value::string(".");
    };
    let first = match first.kind {
        Kind::Str(_) | Kind::Text(_) => first,
        _ => Value::text(fold::hole_text(&first))
            .tainted(first.taints)
            .keyed(first.key),
    };
    parts
        .fold(first, |path, part| fold::join_paths(&path, part))
        .tainted(arguments.rest)
}

fn dirname<'a>(arguments: &Arguments<'a>) -> Value<'a> {
    let Some(first) = arguments.positional.first() else {
        return Value::unknown(Taints::NONE);
    };
    let text = fold::hole_text(first);
    let parent = match text.trim_end_matches('/').rsplit_once('/') {
        Some((parent, _)) => parent.to_owned(),
        None => text,
    };
    Value::text(parent).tainted(first.taints)
}

fn decode<'a>(decoder: Decoder, arguments: &Arguments<'a>) -> Value<'a> {
    let Some(first) = arguments
        .positional
        .first()
        .or_else(|| arguments.values().next())
    else {
        return Value::unknown(Taints::DECODED);
    };
    let taints = arguments.taints().with(Taints::DECODED);
    let bytes = match &first.kind {
        Kind::Str(text) => Some(text.as_bytes().to_vec()),
        Kind::Path(path) if path.contains("BytesIO") => None,
        _ => first.as_bytes(),
    };
    let decoded = bytes.and_then(|bytes| methods::by(decoder, &bytes, false));
    decoded
        .unwrap_or_else(|| Value::unknown(Taints::NONE))
        .tainted(taints)
        .keyed(first.key)
}

fn decode_by<'a>(arguments: &Arguments<'a>) -> Value<'a> {
    let taints = arguments.taints();
    let first = arguments.positional.first();
    let codec = arguments
        .get(1, "encoding")
        .and_then(Value::as_str)
        .unwrap_or("utf-8");
    let decoded = first.and_then(|first| match &first.kind {
        Kind::Str(text) => {
            methods::encode(text, codec).or_else(|| methods::decode_text(text.as_bytes(), codec))
        }
        Kind::Bytes(bytes) => methods::decode_text(bytes, codec),
        _ => None,
    });
    match decoded {
        Some(value) => value.tainted(taints),
        None if ["utf-8", "utf8", "ascii", "latin-1", "latin1"].contains(&codec) => {
            Value::unknown(taints)
        }
        None => Value::unknown(taints.with(Taints::DECODED)),
    }
}
