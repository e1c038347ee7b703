//! What names mean where binding them may not happen, and where they are given up.

use ruff_python_ast::Expr;

use super::interpreter::Interpreter;
use super::value::{Kind, Value};

impl<'a> Interpreter<'a> {
    /// Gives a name a value. Where that may not happen, the name keeps what it meant as well, be it
    /// a built-in function: otherwise a fallback that never runs would hide what does.
    pub(super) fn rebind(&mut self, name: &'a str, value: Value<'a>) {
        let maybe = self.at.conditions > 0;
        // Whoever calls a function that changes global names may do so under a condition.
        let is_elsewhere = self.home_of(name) != self.frame;
        if !maybe && self.at.tries == 0 && !is_elsewhere {
            self.set(name, value);
            return;
        }
        let value = match self.meant(name) {
            Some(known) if maybe || stands_for_code(&known) => known.or(value),
            _ => value,
        };
        self.set(name, value);
    }

    /// What a name means before it is bound. A function never sees an outer variable of the name
    /// of its own.
    fn meant(&mut self, name: &'a str) -> Option<Value<'a>> {
        let home = self.home_of(name);
        if let Some(known) = self.frames[home].variables.get(name) {
            return Some(known.clone());
        }
        if home != 0 && self.frames[home].class.is_none() {
            return None;
        }
        let outer = std::mem::replace(&mut self.frame, home);
        let known = self.name(name);
        self.frame = outer;
        stands_for_code(&known).then_some(known)
    }

    /// `nonlocal name`.
    pub(super) fn nonlocal(&mut self, name: &'a str) {
        let mut next = self.frames[self.frame].parent;
        while let Some(at) = next {
            let frame = &self.frames[at];
            if frame.class.is_none() && frame.variables.contains_key(name) {
                self.frames[self.frame].elsewhere.insert(name, at);
                return;
            }
            next = frame.parent;
        }
    }

    /// `del target`.
    pub(super) fn delete(&mut self, target: &'a Expr) {
        match target {
            Expr::Name(name) => {
                let name = name.id.as_str();
                let home = self.home_of(name);
                let Some(known) = self.frames[home].variables.remove(name) else {
                    return;
                };
                // It may not run, and what ran before may have used it.
                let value = match self.meant(name) {
                    Some(outer) => known.or(outer),
                    None => known,
                };
                self.set(name, value);
            }
            Expr::Subscript(inner) => {
                let base = self.expression(&inner.value);
                let index = self.expression(&inner.slice);
                delete_item(&base, &index);
            }
            Expr::Attribute(inner) => {
                self.expression(&inner.value);
            }
            Expr::Tuple(inner) => self.delete_all(&inner.elts),
            Expr::List(inner) => self.delete_all(&inner.elts),
            _ => {}
        }
    }

    fn delete_all(&mut self, targets: &'a [Expr]) {
        for target in targets {
            self.delete(target);
        }
    }
}

fn delete_item<'a>(base: &Value<'a>, index: &Value<'a>) {
    match &base.kind {
        Kind::List(items) => {
            let mut items = items.borrow_mut();
            let at = index.as_int().map(|at| {
                let length = i128::try_from(items.len()).unwrap_or(0);
                if at < 0 { at + length } else { at }
            });
            let at = at.and_then(|at| usize::try_from(at).ok());
            if let Some(at) = at.filter(|at| *at < items.len()) {
                items.remove(at);
            }
        }
        Kind::Dict(pairs) => pairs.borrow_mut().retain(|(key, _)| !key.same(index)),
        _ => {}
    }
}

/// Whether a value can be called: names of such values are what hides code.
fn stands_for_code(value: &Value<'_>) -> bool {
    value.alternatives().iter().any(|value| match &value.kind {
        Kind::Path(path) => !path.contains('('),
        Kind::Function(..) | Kind::Class(_) | Kind::Partial(_) => true,
        _ => false,
    })
}
