//! What assignments, patterns and loops bind.

use super::costs::copying;
use ruff_python_ast::{Expr, Pattern};
use spip_core::Taints;

use super::fold;
use super::interpreter::Interpreter;
use super::value::{Kind, Value};

/// A longer text is not taken apart into letters.
const MOST_LETTERS: usize = 100_000;

impl<'a> Interpreter<'a> {
    pub(super) fn bind_pattern(&mut self, pattern: &'a Pattern, subject: &Value<'a>) {
        let inner = Value::unknown(subject.all_taints());
        match pattern {
            Pattern::MatchAs(found) => {
                if let Some(name) = &found.name {
                    self.rebind(name.as_str(), subject.clone());
                }
                if let Some(pattern) = &found.pattern {
                    self.bind_pattern(pattern, subject);
                }
            }
            Pattern::MatchSequence(found) => {
                for pattern in &found.patterns {
                    self.bind_pattern(pattern, &inner);
                }
            }
            Pattern::MatchMapping(found) => {
                for pattern in &found.patterns {
                    self.bind_pattern(pattern, &inner);
                }
            }
            Pattern::MatchClass(found) => {
                for pattern in &found.arguments.patterns {
                    self.bind_pattern(pattern, &inner);
                }
                for keyword in &found.arguments.keywords {
                    self.bind_pattern(&keyword.pattern, &inner);
                }
            }
            Pattern::MatchOr(found) => {
                for pattern in &found.patterns {
                    self.bind_pattern(pattern, subject);
                }
            }
            Pattern::MatchStar(found) => {
                if let Some(name) = &found.name {
                    self.rebind(name.as_str(), inner);
                }
            }
            Pattern::MatchValue(_) | Pattern::MatchSingleton(_) => {}
        }
    }

    /// Gives a target a value; under a condition it may also keep what it had.
    pub(super) fn assign(&mut self, target: &'a Expr, value: Value<'a>) {
        let maybe = self.at.conditions > 0 || self.at.tries > 0;
        self.store(target, value, maybe);
    }

    /// Gives a target a value that replaces what it had.
    pub(super) fn assign_anyway(&mut self, target: &'a Expr, value: Value<'a>) {
        self.store(target, value, false);
    }

    pub(super) fn store(&mut self, target: &'a Expr, value: Value<'a>, maybe: bool) {
        match target {
            Expr::Name(name) => {
                let name = name.id.as_str();
                if maybe || self.variable_here(name).is_none() {
                    self.rebind(name, value);
                } else {
                    self.set(name, value);
                }
            }
            Expr::Tuple(inner) => self.unpack(&inner.elts, &value, maybe),
            Expr::List(inner) => self.unpack(&inner.elts, &value, maybe),
            Expr::Starred(inner) => self.store(&inner.value, value, maybe),
            Expr::Attribute(inner) => self.set_attribute(inner, value),
            Expr::Subscript(inner) => self.set_item(inner, value),
            _ => {}
        }
    }

    pub(super) fn unpack(&mut self, targets: &'a [Expr], value: &Value<'a>, maybe: bool) {
        if let Kind::Either(values) = &value.kind
            && self.unpack_one_of(targets, values, value.taints, maybe)
        {
            return;
        }
        let star = targets.iter().position(Expr::is_starred_expr);
        let mut items = match &value.kind {
            // More is not needed, however many there are.
            Kind::List(items) if star.is_none() => {
                let items = items.borrow();
                let first = items.iter().take(targets.len()).cloned();
                Some(first.map(|item| item.tainted(value.taints)).collect())
            }
            _ => self.items_of(value),
        };
        if let Some(star) = star {
            items = items
                .filter(|items| items.len() + 1 >= targets.len())
                .map(|mut items| {
                    let behind = targets.len() - star - 1;
                    let middle = items.drain(star..items.len() - behind).collect();
                    items.insert(star, Value::list(middle));
                    items
                });
        }
        for (index, target) in targets.iter().enumerate() {
            let item = items.as_ref().and_then(|items| items.get(index).cloned());
            let item = item.unwrap_or_else(|| self.item_of(value));
            self.store(target, item, maybe);
        }
    }

    /// The same where one of several lists is unpacked, all of the right length.
    fn unpack_one_of(
        &mut self,
        targets: &'a [Expr],
        values: &[Value<'a>],
        taints: Taints,
        maybe: bool,
    ) -> bool {
        let fitting = |value: &Value<'a>| match &value.kind {
            Kind::List(items) if items.borrow().len() == targets.len() => {
                Some(items.borrow().clone())
            }
            _ => None,
        };
        let Some(lists) = values.iter().map(fitting).collect::<Option<Vec<_>>>() else {
            return false;
        };
        for (index, target) in targets.iter().enumerate() {
            let any = lists
                .iter()
                .map(|list| list[index].clone())
                .reduce(Value::or);
            self.store(
                target,
                any.unwrap_or_else(Value::none).tainted(taints),
                maybe,
            );
        }
        true
    }

    /// The items of a value, where all of them are known.
    pub(super) fn items_of(&mut self, value: &Value<'a>) -> Option<Vec<Value<'a>>> {
        let taints = value.taints;
        if !self.affords(copying(value)) {
            return None;
        }
        let items: Vec<Value<'a>> = match &value.kind {
            Kind::List(items) => items.borrow().clone(),
            Kind::Dict(pairs) => pairs.borrow().iter().map(|(key, _)| key.clone()).collect(),
            Kind::Bytes(bytes) => bytes.iter().map(|byte| Value::int(*byte)).collect(),
            Kind::Str(text) if text.len() <= MOST_LETTERS => {
                let letters = text.chars();
                letters
                    .map(|letter| Value::string(letter.to_string()))
                    .collect()
            }
            _ => return None,
        };
        if taints.is_empty() {
            return Some(items);
        }
        Some(items.into_iter().map(|item| item.tainted(taints)).collect())
    }

    /// Any item of a value of which the items are not known.
    pub(super) fn item_of(&mut self, value: &Value<'a>) -> Value<'a> {
        match &value.kind {
            Kind::List(items) => {
                let items = items.borrow();
                let some = items.iter().take(8).cloned();
                let some = some.map(|item| item.tainted(value.taints));
                some.reduce(Value::or)
                    .unwrap_or_else(|| Value::unknown(value.taints))
            }
            Kind::Either(values) => {
                let taints = value.taints;
                let items: Vec<Value<'a>> =
                    values.iter().map(|value| self.item_of(value)).collect();
                let some = items.into_iter().reduce(Value::or);
                some.unwrap_or_else(Value::none).tainted(taints)
            }
            Kind::Path(path) if !path.ends_with(')') => {
                self.note_taken(path);
                Value::unknown(value.taints)
            }
            Kind::Path(path) => Value::path(path.clone())
                .tainted(value.taints)
                .keyed(value.key),
            _ => fold::index(value, &Value::int(0))
                .unwrap_or_else(|| Value::unknown(value.all_taints()).keyed(value.key)),
        }
    }
}
