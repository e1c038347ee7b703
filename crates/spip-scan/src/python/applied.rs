//! Functions that apply, bind or fold others.

use super::builtins;
use super::interpreter::Interpreter;
use super::skipped::Part;
use super::value::{Arguments, Kind, Partial, Value};
use ruff_text_size::TextRange;
use spip_core::Taints;
use std::rc::Rc;

use super::results::first_key;

impl<'a> Interpreter<'a> {
    pub(super) fn maps(
        &mut self,
        path: &str,
        arguments: &Arguments<'a>,
        range: TextRange,
    ) -> Value<'a> {
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
        if turns == 0 {
            for one in function.alternatives() {
                if let Kind::Function(id, _) = one.kind {
                    self.skip(Part::Function(id));
                }
            }
        }
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

    pub(super) fn reduce(
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

    pub(super) fn binds(
        &mut self,
        path: &str,
        hidden: Taints,
        mut arguments: Arguments<'a>,
    ) -> Value<'a> {
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
    pub(super) fn pure(
        &mut self,
        path: &str,
        arguments: &Arguments<'a>,
        range: TextRange,
    ) -> Value<'a> {
        if let ("builtins.iter", [callable, _]) = (path, &arguments.positional[..]) {
            return self.call(&callable.clone(), Arguments::default(), range);
        }
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
        if let (
            "builtins.dir",
            [
                Value {
                    kind: Kind::Path(of),
                    ..
                },
            ],
        ) = (path, &arguments.positional[..])
        {
            return super::results::members_of(of, "keys");
        }
        if let ("builtins.iter", [callable, _]) = (path, &arguments.positional[..]) {
            let one = self.call(&callable.clone(), Arguments::default(), range);
            return Value::unknown(one.all_taints());
        }
        if path == "operator.getitem"
            && let [base, index] = &arguments.positional[..]
        {
            return self.item(base, index, range);
        }
        if matches!(
            path,
            "builtins.str"
                | "builtins.repr"
                | "builtins.bytes"
                | "builtins.list"
                | "builtins.tuple"
                | "builtins.iter"
        ) && let Some(
            first @ Value {
                kind: Kind::Instance(_),
                ..
            },
        ) = arguments.positional.first()
        {
            let names: &[&'static str] = match path {
                "builtins.bytes" => &["__bytes__", "__iter__"],
                _ => &["__str__", "__repr__", "__iter__"],
            };
            for name in names.iter().copied() {
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
        if self.affords_call(path, arguments)
            && let Some(value) = builtins::call(path, arguments)
        {
            self.pay_for(&value, arguments.positional.first());
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
        let by_letter = matches!(path, "builtins.chr" | "builtins.unichr");
        let made = if by_letter && made.any(super::fold::DATA) {
            made.with(Taints::DECODED)
        } else {
            made
        };
        // `bytes(...)` and `str(...)` of something that has a name keep the name's meaning.
        Value::unknown(made).keyed(key)
    }
}
