//! Code and names that are found at run time: `exec`, `__import__`, `getattr`.

use super::interpreter::{Body, Interpreter};
use super::models::{self};
use super::value::{Arguments, HOLE, Kind, Partial, Value};
use ruff_python_ast::Expr;
use ruff_text_size::{Ranged, TextRange};
use spip_core::{Deed, Taints, Trigger};
use std::rc::Rc;

/// Names that are longer name nothing.
pub(super) const LONGEST_NAME: usize = 4096;

impl<'a> Interpreter<'a> {
    pub(super) fn execute(
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
        if code.key != 0 && code.taints.any(Taints::FILE) {
            let text = self.written_path(code.key);
            self.uses_file(&text);
            self.runs_text_of(at, &text);
        }
        let mut result = Value::unknown(code.taints.only(Taints::HIDDEN.with(Taints::DOWNLOADED)));
        for one in code.alternatives().to_vec() {
            let one = one.tainted(code.taints);
            if let Some(value) = self.nested(&one, path == "builtins.eval", range) {
                result = value;
            }
            match unseen(&one) {
                Unseen::All => self.taint(at, Taints::UNSEEN),
                // Mostly it is what it says.
                Unseen::Lines => {
                    self.taint(at, Taints::UNSEEN);
                    self.untaint(at, Taints::OWN_TEXT);
                }
                Unseen::Nothing => self.untaint(at, Taints::OWN_TEXT),
            }
        }
        result
    }

    /// What a loader gives for source or code becomes a module, as soon as somebody imports it.
    pub(super) fn imports_use(&mut self, id: usize, given: &Value<'a>) {
        let name = self.functions[id].name.clone();
        let is_asked = ["get_source", "get_data", "get_code"]
            .iter()
            .any(|method| name.rsplit('.').next() == Some(method));
        let taints = given.all_taints();
        if is_asked && name.contains('.') && taints.any(Taints::DOWNLOADED) {
            let trigger = self.at.trigger;
            self.at.trigger = trigger.max(self.role.trigger.min(Trigger::Import));
            let range = match self.functions[id].body {
                Body::Statements([.., last]) => last.range(),
                Body::Statements([]) => TextRange::default(),
                Body::Expression(expression) => expression.range(),
            };
            let only = Arguments::of(vec![given.clone()]);
            let at = self.act(
                Deed::Execute,
                "importlib.abc.Loader.exec_module",
                &only,
                range,
            );
            self.taint(at, taints);
            self.at.trigger = trigger;
        }
    }

    /// `exec code in namespace`.
    pub(super) fn old_exec(&mut self, code: &'a Expr) {
        let code = match code {
            Expr::Compare(inner) => &*inner.left,
            other => other,
        };
        let value = self.expression(code);
        let only = Arguments::of(vec![value]);
        self.execute("builtins.exec", Taints::NONE, &only, code.range());
    }

    /// Whether the bytes of a pickle are known, and reading them calls what no data needs.
    pub(super) fn pickled(&mut self, arguments: &Arguments<'a>, range: TextRange) -> bool {
        let Some(bytes) = arguments.positional.first().and_then(Value::as_bytes) else {
            return false;
        };
        let walked = crate::member::pickle::walk(&bytes);
        let Some(callee) = walked.dangerous.first().cloned() else {
            return false;
        };
        let data = Arguments::of(vec![Value::unknown(
            Taints::UNMARSHALLED.with(arguments.taints()),
        )]);
        self.act(Deed::Execute, &callee, &data, range);
        true
    }

    pub(super) fn compile(&mut self, path: &str, arguments: &Arguments<'a>) -> Value<'a> {
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

    pub(super) fn import_by_name(
        &mut self,
        path: &str,
        hidden: Taints,
        arguments: &Arguments<'a>,
        range: TextRange,
    ) -> Value<'a> {
        let Some(name) = arguments.get(0, "name").cloned() else {
            return Value::unknown(Taints::NONE);
        };
        let Some(text) = name.as_str().filter(|text| text.len() <= LONGEST_NAME) else {
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
        self.import_from_path(&whole, range);
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

    pub(super) fn get_attribute(
        &mut self,
        arguments: &Arguments<'a>,
        range: TextRange,
    ) -> Value<'a> {
        let (Some(base), Some(name)) = (arguments.positional.first(), arguments.positional.get(1))
        else {
            return Value::unknown(arguments.taints());
        };
        let mut result: Option<Value<'a>> = None;
        for one in name.alternatives().to_vec() {
            let Some(text) = one.as_str().filter(|text| text.len() <= LONGEST_NAME) else {
                continue;
            };
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
}

/// How much of code is not known.
enum Unseen {
    Nothing,
    /// Whole lines.
    Lines,
    All,
}

fn unseen(code: &Value<'_>) -> Unseen {
    let is_hole = |text: &str| {
        let mut letters = text.chars();
        text.contains(HOLE) && letters.all(|letter| letter == HOLE || letter.is_whitespace())
    };
    match &code.kind {
        Kind::Unknown | Kind::Path(_) => Unseen::All,
        Kind::Text(text) if is_hole(text) => Unseen::All,
        Kind::Text(text) if text.lines().any(is_hole) => Unseen::Lines,
        _ => Unseen::Nothing,
    }
}
