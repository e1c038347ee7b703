//! Names and attributes: what they stand for.

use std::rc::Rc;

use ruff_text_size::TextRange;
use spip_core::Taints;

use super::interpreter::{Binding, Frame, Interpreter};
use super::namespaces;
use super::value::{Arguments, Kind, Partial, Value};

/// How many entries a dictionary may get one by one.
pub(super) const MOST_PAIRS: usize = 4096;

impl<'a> Interpreter<'a> {
    pub(super) fn enter_scope(&mut self) -> usize {
        let outer = self.frame;
        self.frames.push(Frame {
            parent: Some(outer),
            ..Frame::default()
        });
        self.frame = self.frames.len() - 1;
        outer
    }

    pub(super) fn leave_scope(&mut self, outer: usize) {
        // Nothing defined inside a comprehension keeps its frame alive but lambdas.
        if self.frame == self.frames.len() - 1
            && !self.frames[self.frame].keeps
            && self
                .functions
                .last()
                .is_none_or(|function| function.frame < self.frame)
        {
            self.frames.pop();
        }
        self.frame = outer;
    }

    pub(super) fn variable_here(&self, name: &str) -> Option<&Value<'a>> {
        self.frames[self.home_of(name)].variables.get(name)
    }

    /// The frame that an assignment to a name changes.
    pub(super) fn home_of(&self, name: &str) -> usize {
        let elsewhere = self.frames[self.frame].elsewhere.get(name);
        elsewhere.copied().unwrap_or(self.frame)
    }

    pub(super) fn set(&mut self, name: &'a str, value: Value<'a>) {
        let home = self.home_of(name);
        if home == 0 && name == "__builtins__" {
            return;
        }
        self.frames[home].variables.insert(name, value);
    }

    /// What a name stands for.
    pub(super) fn name(&mut self, name: &'a str) -> Value<'a> {
        let mut frame = Some(self.frame);
        let mut own = true;
        while let Some(at) = frame {
            let here = &self.frames[at];
            // The variables of a class are seen by its body, not by its methods.
            if (own || here.class.is_none())
                && let Some(value) = here.variables.get(name)
            {
                return value.clone();
            }
            own = false;
            frame = here.parent;
        }
        match name {
            "__file__" => {
                Value::text(format!("{{package}}/{}", self.path)).tainted(Taints::PACKAGE_DATA)
            }
            "__name__" => Value::unknown(Taints::NONE),
            "__import__" => Value::path("builtins.__import__"),
            "__builtins__" | "__builtin__" | "builtins" => Value::path("builtins"),
            "__path__" => {
                let folder = self.path.rsplit_once('/').map_or("", |(folder, _)| folder);
                let folder = Value::text(format!("{{package}}/{folder}"));
                Value::list(vec![folder.tainted(Taints::PACKAGE_DATA)])
            }
            // What `site` calls the folder whose `.pth` files it reads.
            "sitedir" if self.path.ends_with(".pth") => {
                Value::string("{package}").tainted(Taints::PACKAGE_DATA)
            }
            _ => self.builtin(name),
        }
    }

    /// `base.name`.
    pub(super) fn attribute(
        &mut self,
        base: &Value<'a>,
        name: &'a str,
        range: TextRange,
    ) -> Value<'a> {
        let mut result: Option<Value<'a>> = None;
        for one in base.alternatives() {
            let value = self.attribute_of(one, name, range);
            result = Some(match result {
                Some(known) => known.or(value),
                None => value,
            });
        }
        let value = result.unwrap_or_else(Value::none);
        value.tainted(
            base.taints
                .without(Taints::ENVIRONMENT)
                .only(Taints::HIDDEN.with(Taints::ASSEMBLED)),
        )
    }

    pub(super) fn attribute_of(
        &mut self,
        base: &Value<'a>,
        name: &'a str,
        range: TextRange,
    ) -> Value<'a> {
        match &base.kind {
            _ if name == "__doc__" => self.docstring_of(base),
            Kind::Path(path) => self.path_attribute(base, &path.clone(), name),
            Kind::Instance(class) | Kind::Class(class) => {
                let class = *class;
                self.member(base, class, name, range)
            }
            Kind::Str(_) | Kind::Text(_) if ["parent", "parents"].contains(&name) => {
                Value::text(parent_of(&base.shown().unwrap_or_default())).tainted(base.taints)
            }
            Kind::Str(_) | Kind::Text(_) if ["name", "stem", "suffix"].contains(&name) => {
                Value::unknown(base.taints).keyed(base.key)
            }
            Kind::Function(..) if name == "__globals__" => Value::path("builtins.globals()"),
            _ if namespaces::attribute(name).is_some() => {
                let place = namespaces::attribute(name).map_or_else(Value::none, Value::path);
                place.tainted(namespaces::disguise(name))
            }
            Kind::Str(_) | Kind::Bytes(_) | Kind::List(_) | Kind::Dict(_) => {
                bound_method(base, name)
            }
            Kind::Function(..)
                if ["__code__", "__wrapped__", "__func__", "__call__"].contains(&name) =>
            {
                base.clone()
            }
            _ => Value::unknown(base.taints).keyed(base.key),
        }
    }

    pub(super) fn path_attribute(
        &mut self,
        base: &Value<'a>,
        path: &str,
        name: &'a str,
    ) -> Value<'a> {
        match name {
            // `vars(os)`, `os.__dict__`: items of it are attributes.
            "__dict__" | "__getattribute__" | "__getitem__" => {
                return Value::path(format!("{path}.{name}")).tainted(base.taints);
            }
            "__call__" | "__func__" | "__wrapped__" => return base.clone(),
            "address" | "public_key" | "pubkey" | "addresses"
                if super::wallets::is_wallet(path) =>
            {
                return Value::unknown(Taints::NONE);
            }
            // What the variables of whoever called hold.
            "f_locals" => return Value::unknown(Taints::CALLER_SOURCE),
            "__subclasses__" => {
                return Value::path(format!("builtins.object.{name}")).tainted(base.taints);
            }
            "__self__" if path.starts_with("builtins.") => return Value::path("builtins"),
            "modules" if path == "sys" => return Value::path("sys.modules"),
            "__file__" if !path.contains('(') => return self.file_of(path),
            "name" if path == "builtins.open()" && base.key != 0 => {
                let text = self.written_path(base.key);
                return Value::text(text).tainted(base.taints).keyed(base.key);
            }
            _ => {}
        }
        if let Some(place) = namespaces::attribute(name) {
            let hidden = namespaces::disguise(name);
            return Value::path(place).tainted(base.taints.with(hidden));
        }
        let of_dictionary =
            ["get", "pop", "items", "keys", "values", "copy", "update"].contains(&name);
        if let (Some(inner), false) = (path.strip_suffix(".__dict__"), of_dictionary) {
            return self.path_attribute(base, inner, name);
        }
        if self.library.is_some()
            && let Some(value) = self.of_another(&format!("{path}.{name}"))
        {
            return value;
        }
        let mut value = self.named_within(path, name);
        if path.contains('(') {
            value = value.tainted(base.taints).keyed(base.key);
        }
        value
    }
}

/// `text.join` without a call: a callable that remembers its text.
pub(super) fn bound_method<'a>(base: &Value<'a>, name: &'a str) -> Value<'a> {
    Kind::Partial(Rc::new(Partial {
        callee: Value::path(format!("method.{name}")),
        arguments: Arguments::of(vec![base.clone()]),
    }))
    .into()
}

fn parent_of(path: &str) -> String {
    match path.trim_end_matches('/').rsplit_once('/') {
        Some((parent, _)) => parent.to_owned(),
        None => ".".to_owned(),
    }
}

/// Whether a decorator says how a method is bound.
pub(super) fn binding_of(path: &str) -> Option<Binding> {
    match path {
        "builtins.staticmethod" => Some(Binding::Static),
        "builtins.classmethod" => Some(Binding::Class),
        "builtins.property" | "functools.cached_property" => Some(Binding::Property),
        _ => None,
    }
}
