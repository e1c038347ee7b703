//! Texts with parts and parts of values.

use super::costs::indexing;
use super::fold::{self, Slice};
use super::format;
use super::interpreter::Interpreter;
use super::value::{Arguments, HOLE, Kind, Value};
use ruff_python_ast::{self as ast, Expr, FStringPart, InterpolatedStringElement};
use ruff_text_size::{Ranged, TextRange};
use spip_core::Taints;

impl<'a> Interpreter<'a> {
    pub(super) fn f_string(&mut self, inner: &'a ast::ExprFString) -> Value<'a> {
        let mut out = String::new();
        let mut value = Value::unknown(Taints::NONE);
        let mut holes = false;
        for part in inner.value.as_slice() {
            match part {
                FStringPart::Literal(literal) => format::push(&mut out, &literal.value),
                FStringPart::FString(inner) => {
                    for element in &inner.elements {
                        holes |= matches!(element, InterpolatedStringElement::Interpolation(_));
                        self.f_element(element, &mut out, &mut value);
                    }
                }
            }
        }
        let assembled = if holes && !format::is_program(inner) {
            Taints::ASSEMBLED
        } else {
            Taints::NONE
        };
        self.steps += out.len() as u64 / 32;
        Value::text(out)
            .tainted(value.taints.with(assembled))
            .keyed(value.key)
    }

    pub(super) fn t_string(&mut self, inner: &'a ast::ExprTString) -> Value<'a> {
        let mut out = String::new();
        let mut value = Value::unknown(Taints::NONE);
        for element in inner.value.elements() {
            self.f_element(element, &mut out, &mut value);
        }
        Value::text(out).tainted(value.taints).keyed(value.key)
    }

    pub(super) fn f_element(
        &mut self,
        element: &'a InterpolatedStringElement,
        out: &mut String,
        all: &mut Value<'a>,
    ) {
        match element {
            InterpolatedStringElement::Literal(literal) => format::push(out, &literal.value),
            InterpolatedStringElement::Interpolation(inner) => {
                let value = self.expression(&inner.expression);
                let value = self.spelled_out(value, inner.range());
                let character = inner.format_spec.as_ref().is_some_and(|spec| {
                    matches!(&spec.elements[..], [InterpolatedStringElement::Literal(text)] if &*text.value == "c")
                });
                match value.as_int().filter(|_| character) {
                    Some(code) => out.extend(u32::try_from(code).ok().and_then(char::from_u32)),
                    None if inner.format_spec.is_some() && !character => out.push(HOLE),
                    None => format::push_plain(out, &value),
                }
                all.taints = all.taints.with(value.all_taints());
                all.key = if all.key == 0 { value.key } else { all.key };
            }
        }
    }

    /// What an object of the file is in a text.
    fn spelled_out(&mut self, value: Value<'a>, range: TextRange) -> Value<'a> {
        if !matches!(value.kind, Kind::Instance(_)) {
            return value;
        }
        let ways = ["__format__", "__str__", "__repr__"].into_iter();
        let mut given = ways.filter_map(|name| self.special(&value, name, Vec::new(), range));
        given.next().unwrap_or(value)
    }

    pub(super) fn subscript(&mut self, inner: &'a ast::ExprSubscript) -> Value<'a> {
        let base = self.expression(&inner.value);
        if let Expr::Slice(slice) = &*inner.slice {
            let mut bound = |part: &'a Option<Box<Expr>>| {
                let value = self.expression(part.as_deref()?);
                Some(value)
            };
            let (lower, upper, step) =
                (bound(&slice.lower), bound(&slice.upper), bound(&slice.step));
            let known = |value: &Option<Value<'a>>| match value {
                None => Some(None),
                Some(value) if matches!(value.kind, Kind::None) => Some(None),
                Some(value) => value.as_int().map(Some),
            };
            let bounds = known(&lower).zip(known(&upper)).zip(known(&step));
            let affordable = self.affords(indexing(&base));
            let sliced = bounds
                .filter(|_| affordable)
                .and_then(|((lower, upper), step)| {
                    fold::slice(&base, Slice { lower, upper, step })
                });
            if let Some(value) = &sliced {
                self.pay_for(value, None);
            }
            let is_turned = step.as_ref().and_then(Value::as_int) == Some(-1);
            let base = if is_turned && base.taints.any(fold::DATA) {
                base.tainted(Taints::DECODED)
            } else {
                base
            };
            return sliced.unwrap_or_else(|| match base.kind {
                Kind::Path(_) => base.clone(),
                _ => Value::unknown(base.all_taints()).keyed(base.key),
            });
        }
        let index = self.expression(&inner.slice);
        self.item(&base, &index, inner.range())
    }

    /// `base[index]` where either may be one of several values.
    fn item_of_alternatives(
        &mut self,
        base: &Value<'a>,
        index: &Value<'a>,
        range: ruff_text_size::TextRange,
    ) -> Value<'a> {
        let mut all: Option<Value<'a>> = None;
        for one in base.alternatives() {
            let one = one.clone().tainted(base.taints);
            for at in index.alternatives() {
                let at = at.clone().tainted(index.taints);
                let value = self.item(&one, &at, range);
                all = Some(match all {
                    Some(known) => known.or(value),
                    None => value,
                });
            }
        }
        all.unwrap_or_else(Value::none)
    }

    /// `base[index]`.
    pub(super) fn item(
        &mut self,
        base: &Value<'a>,
        index: &Value<'a>,
        range: ruff_text_size::TextRange,
    ) -> Value<'a> {
        if matches!(base.kind, Kind::Either(_)) || matches!(index.kind, Kind::Either(_)) {
            return self.item_of_alternatives(base, index, range);
        }
        if self.affords(indexing(base))
            && let Some(found) = fold::index(base, index)
        {
            return found;
        }
        if let Some(value) = self.special(base, "__getitem__", vec![index.clone()], range) {
            return value;
        }
        if let Kind::Class(_) = &base.kind
            && let Some(method) = self.local_member(base, "__class_getitem__")
        {
            let both = Arguments::of(vec![base.clone(), index.clone()]);
            return self.call(&method, both, range);
        }
        if let (Kind::Dict(pairs), Kind::Unknown | Kind::Path(_) | Kind::Text(_)) =
            (&base.kind, &index.kind)
        {
            let values: Vec<Value<'a>> = pairs
                .borrow()
                .iter()
                .take(8)
                .map(|(_, it)| it.clone())
                .collect();
            let some = values.into_iter().reduce(Value::or);
            return some.unwrap_or_else(Value::none).tainted(base.taints);
        }
        if let Kind::Path(path) = &base.kind {
            let path = path.clone();
            return self.path_item(base, &path, index, range);
        }
        self.item_of(base)
            .tainted(index.taints.only(Taints::HIDDEN))
    }
}
