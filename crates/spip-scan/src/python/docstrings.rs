//! Docstrings: text for readers that code can run as well.

use ruff_python_ast::{Expr, Stmt};
use spip_core::Taints;

use super::interpreter::{Body, Interpreter};
use super::value::{Kind, Value};

impl<'a> Interpreter<'a> {
    /// Binds what `__doc__` is in a module or class.
    pub(super) fn bind_docstring(&mut self, body: &'a [Stmt]) {
        if let Some(value) = docstring(body) {
            let frame = self.frame;
            self.frames[frame].variables.insert("__doc__", value);
        }
    }

    /// `base.__doc__`.
    pub(super) fn docstring_of(&self, base: &Value<'a>) -> Value<'a> {
        let known = match &base.kind {
            Kind::Function(id, _) => match self.functions[*id].body {
                Body::Statements(body) => docstring(body),
                Body::Expression(_) => None,
            },
            Kind::Class(id) | Kind::Instance(id) => {
                self.classes[*id].attributes.get("__doc__").cloned()
            }
            Kind::Path(path) if self.role.module.as_deref() == Some(path) => {
                self.frames[0].variables.get("__doc__").cloned()
            }
            _ => None,
        };
        known.unwrap_or_else(|| Value::unknown(base.taints.with(Taints::OWN_TEXT)))
    }
}

fn docstring<'a>(body: &[Stmt]) -> Option<Value<'a>> {
    let Some(Stmt::Expr(first)) = body.first() else {
        return None;
    };
    let Expr::StringLiteral(text) = &*first.value else {
        return None;
    };
    Some(Value::string(text.value.to_str()).tainted(Taints::OWN_TEXT))
}
