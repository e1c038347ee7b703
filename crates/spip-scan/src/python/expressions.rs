//! Expressions: what each gives.

use ruff_python_ast::{self as ast, BoolOp, Comprehension, Expr};
use ruff_text_size::Ranged;
use spip_core::Taints;

use super::costs::{comparing, formatting};
use super::fold::{self};
use super::interpreter::Interpreter;
use super::literals::{is_escaped, number};
use super::skipped::Part;
use super::value::{Kind, MOST_ITEMS, Octets, Value};

impl<'a> Interpreter<'a> {
    pub(super) fn expression(&mut self, expression: &'a Expr) -> Value<'a> {
        self.step();
        if !self.has_stack() {
            return Value::unknown(Taints::NONE);
        }
        match expression {
            Expr::StringLiteral(inner) => self.string_literal(inner),
            Expr::BytesLiteral(inner) => self.bytes_literal(inner),
            Expr::NumberLiteral(inner) => number(&inner.value),
            Expr::BooleanLiteral(inner) => Kind::Bool(inner.value).into(),
            Expr::NoneLiteral(_) => Value::none(),
            Expr::EllipsisLiteral(_) | Expr::IpyEscapeCommand(_) => Value::unknown(Taints::NONE),
            Expr::Name(inner) => self.name(inner.id.as_str()),
            Expr::Attribute(inner) => {
                let base = self.expression(&inner.value);
                self.attribute(&base, inner.attr.as_str(), inner.range())
            }
            Expr::Subscript(inner) => self.subscript(inner),
            Expr::Call(inner) => self.call_expression(inner),
            Expr::BinOp(inner) => {
                let left = self.expression(&inner.left);
                let right = self.expression(&inner.right);
                self.operate(&left, inner.op, &right, inner.range())
            }
            Expr::UnaryOp(inner) => {
                let value = self.expression(&inner.operand);
                fold::unary(inner.op, &value)
            }
            Expr::BoolOp(inner) => self.bool_operation(inner),
            Expr::Compare(inner) => self.comparison(inner),
            Expr::Named(inner) => {
                let value = self.expression(&inner.value);
                self.assign(&inner.target, value.clone());
                value
            }
            Expr::If(inner) => self.choice(inner),
            Expr::Lambda(inner) => self.lambda(inner),
            Expr::Tuple(inner) => self.items(&inner.elts),
            Expr::List(inner) => self.items(&inner.elts),
            Expr::Set(inner) => self.items(&inner.elts),
            Expr::Dict(inner) => self.dictionary(inner),
            Expr::FString(inner) => self.f_string(inner),
            Expr::TString(inner) => self.t_string(inner),
            Expr::ListComp(inner) => self.comprehension(&inner.generators, &[&inner.elt]),
            Expr::SetComp(inner) => self.comprehension(&inner.generators, &[&inner.elt]),
            Expr::Generator(inner) => self.comprehension(&inner.generators, &[&inner.elt]),
            Expr::DictComp(inner) => {
                let mut parts: Vec<&'a Expr> = inner.key.iter().map(|key| &**key).collect();
                parts.push(&inner.value);
                self.comprehension(&inner.generators, &parts)
            }
            Expr::Await(inner) => self.expression(&inner.value),
            Expr::Starred(inner) => self.expression(&inner.value),
            Expr::Yield(inner) => {
                if let Some(value) = &inner.value {
                    let value = self.expression(value);
                    self.yields(value);
                }
                Value::unknown(Taints::NONE)
            }
            Expr::YieldFrom(inner) => {
                let value = self.expression(&inner.value);
                self.yields(value.clone());
                value
            }
            Expr::Slice(inner) => {
                for part in [&inner.lower, &inner.upper, &inner.step]
                    .into_iter()
                    .flatten()
                {
                    self.expression(part);
                }
                Value::unknown(Taints::NONE)
            }
        }
    }

    pub(super) fn string_literal(&mut self, inner: &'a ast::ExprStringLiteral) -> Value<'a> {
        match inner.value.as_slice() {
            [only] if is_escaped(inner.range(), &only.value) => {
                Value::literal(&only.value).tainted(Taints::DECODED)
            }
            [only] => Value::literal(&only.value),
            _ => Value::string(inner.value.to_str().to_owned()),
        }
    }

    pub(super) fn bytes_literal(&mut self, inner: &'a ast::ExprBytesLiteral) -> Value<'a> {
        match inner.value.as_slice() {
            [only] => {
                let value = Value::from(Kind::Bytes(Octets::Lit(&only.value)));
                let text = std::str::from_utf8(&only.value).unwrap_or_default();
                if is_escaped(inner.range(), text) {
                    value.tainted(Taints::DECODED)
                } else {
                    value
                }
            }
            parts => {
                let all: Vec<&[u8]> = parts.iter().map(|part| &*part.value).collect();
                Value::bytes(all.concat())
            }
        }
    }

    /// Puts a text where it lives as long as the walk.
    pub(super) fn keep(&mut self, text: &str) -> &'a str {
        self.steps += text.len() as u64 / 8;
        self.texts.alloc(text.to_owned())
    }

    pub(super) fn operate(
        &mut self,
        left: &Value<'a>,
        op: ast::Operator,
        right: &Value<'a>,
        range: ruff_text_size::TextRange,
    ) -> Value<'a> {
        for (one, other, prefix) in [(left, right, "__"), (right, left, "__r")] {
            if matches!(one.kind, Kind::Instance(_)) {
                let name = format!("{prefix}{}", op.dunder().trim_start_matches("__"));
                let name = self.keep(&name);
                if let Some(value) = self.special(one, name, vec![other.clone()], range) {
                    return value;
                }
            }
        }
        if self.steps >= self.most_steps {
            return Value::unknown(left.all_taints().with(right.all_taints()));
        }
        if op == ast::Operator::Mod && !self.affords(formatting(left, right)) {
            return Value::unknown(left.all_taints().with(right.all_taints()));
        }
        let one = left.alternatives().first().unwrap_or(left);
        let two = right.alternatives().first().unwrap_or(right);
        let several = left.alternatives().len() + right.alternatives().len() > 2;
        let value = fold::binary(one, op, two);
        self.steps += value.cost();
        if !several {
            return value;
        }
        let mut all = value;
        for one in left.alternatives().iter().take(4) {
            for two in right.alternatives().iter().take(4) {
                let value = fold::binary(one, op, two);
                self.steps += value.cost();
                all = all.or(value);
            }
        }
        all.tainted(left.taints.with(right.taints))
    }

    pub(super) fn bool_operation(&mut self, inner: &'a ast::ExprBoolOp) -> Value<'a> {
        let mut result: Option<Value<'a>> = None;
        for (place, part) in inner.values.iter().enumerate() {
            let known = result.as_ref().and_then(Value::truth);
            let ends = match inner.op {
                BoolOp::And => known == Some(false),
                BoolOp::Or => known == Some(true),
            };
            if ends && self.at.decided {
                for part in &inner.values[place..] {
                    self.skip(Part::Expression(part));
                }
                break;
            }
            if self.at.decided && place > 0 {
                self.walked(Part::Expression(part));
            }
            self.at.conditions += u32::from(result.is_some());
            let value = self.expression(part);
            self.at.conditions -= u32::from(result.is_some());
            result = Some(match (result, known) {
                (None, _) | (Some(_), Some(_)) if !ends => value,
                (Some(before), _) => before.or(value),
                (None, _) => value,
            });
        }
        result.unwrap_or_else(Value::none)
    }

    pub(super) fn comparison(&mut self, inner: &'a ast::ExprCompare) -> Value<'a> {
        let mut left = self.expression(&inner.left);
        let mut all = Some(true);
        let mut taints = left.taints;
        for (op, right) in inner.ops.iter().zip(&inner.comparators) {
            let right = self.expression(right);
            taints = taints.with(right.taints);
            self.note_verification(&left, &right);
            let affordable = self.affords(comparing(&left, &right));
            let result = affordable
                .then(|| fold::compare(&left, *op, &right))
                .flatten();
            all = match (all, result) {
                (_, Some(false)) | (Some(false), _) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            };
            left = right;
        }
        Value::from(all.map_or(Kind::Unknown, Kind::Bool)).tainted(taints.only(Taints::CLOCK))
    }

    /// A digest is compared: what was downloaded is checked.
    pub(super) fn note_verification(&mut self, left: &Value<'a>, right: &Value<'a>) {
        let is_digest = |value: &Value<'a>| {
            let path = value.as_path();
            path.is_some_and(|path| {
                (path.starts_with("hashlib.") || path.contains("digest"))
                    && path.ends_with("digest()")
            })
        };
        self.verifies |= is_digest(left) || is_digest(right);
    }

    pub(super) fn choice(&mut self, inner: &'a ast::ExprIf) -> Value<'a> {
        let truth = self
            .expression(&inner.test)
            .truth()
            .filter(|_| self.at.decided);
        if let Some(truth) = truth {
            let (taken, left_out) = if truth {
                (&inner.body, &inner.orelse)
            } else {
                (&inner.orelse, &inner.body)
            };
            self.walked(Part::Expression(taken));
            self.skip(Part::Expression(left_out));
            return self.expression(taken);
        }
        self.at.conditions += 1;
        let one = self.expression(&inner.body);
        let two = self.expression(&inner.orelse);
        self.at.conditions -= 1;
        one.or(two)
    }

    pub(super) fn items(&mut self, elements: &'a [Expr]) -> Value<'a> {
        let mut items = Vec::with_capacity(elements.len());
        let mut taints = Taints::NONE;
        for element in elements {
            let value = self.expression(element);
            if element.is_starred_expr() {
                match self.items_of(&value) {
                    Some(more) if items.len() + more.len() < MOST_ITEMS => items.extend(more),
                    _ => taints = taints.with(value.all_taints()),
                }
            } else {
                items.push(value);
            }
        }
        self.steps += items.len() as u64;
        Value::list(items).tainted(taints)
    }

    pub(super) fn dictionary(&mut self, inner: &'a ast::ExprDict) -> Value<'a> {
        let mut pairs = Vec::with_capacity(inner.items.len());
        let mut taints = Taints::NONE;
        for item in &inner.items {
            let value = self.expression(&item.value);
            match &item.key {
                Some(key) => pairs.push((self.expression(key), value)),
                None => match &value.kind {
                    Kind::Dict(more) if more.borrow().len() < MOST_ITEMS => {
                        pairs.extend(more.borrow().iter().cloned());
                    }
                    _ => taints = taints.with(value.all_taints()),
                },
            }
        }
        Value::dict(pairs).tainted(taints)
    }

    pub(super) fn lambda(&mut self, inner: &'a ast::ExprLambda) -> Value<'a> {
        let id = self.new_function(
            "<lambda>",
            super::interpreter::Body::Expression(&inner.body),
            inner.parameters.as_deref(),
        );
        Kind::Function(id, None).into()
    }

    /// A comprehension; with two parts it gives pairs, as a dictionary does.
    pub(super) fn comprehension(
        &mut self,
        generators: &'a [Comprehension],
        parts: &[&'a Expr],
    ) -> Value<'a> {
        let decided = self.at.decided;
        let mut out = Vec::new();
        let mut taints = Taints::NONE;
        let outer = self.enter_scope();
        self.generate(generators, parts, &mut out, &mut taints);
        self.leave_scope(outer);
        self.at.decided = decided;
        if parts.len() == 2 {
            let pairs = out
                .chunks_exact(2)
                .map(|pair| (pair[0].clone(), pair[1].clone()));
            return Value::dict(pairs.collect()).tainted(taints);
        }
        let known = taints.is_empty() || !out.is_empty();
        if known {
            Value::list(out).tainted(taints)
        } else {
            Value::unknown(taints)
        }
    }

    pub(super) fn generate(
        &mut self,
        generators: &'a [Comprehension],
        parts: &[&'a Expr],
        out: &mut Vec<Value<'a>>,
        taints: &mut Taints,
    ) {
        let Some((first, rest)) = generators.split_first() else {
            for part in parts {
                let value = self.expression(part);
                out.push(value);
            }
            return;
        };
        let iterated = self.expression(&first.iter);
        let items = self.items_of(&iterated);
        let known = items.is_some();
        let items = items.unwrap_or_else(|| vec![self.item_of(&iterated)]);
        if !known {
            *taints = taints.with(iterated.all_taints());
        }
        let mut passed = false;
        for (turn, item) in items.into_iter().enumerate() {
            if (turn > 0 && !self.step()) || out.len() >= MOST_ITEMS {
                *taints = taints.with(iterated.all_taints());
                break;
            }
            self.assign_anyway(&first.target, item);
            let mut passes = true;
            for test in &first.ifs {
                passes &= self.expression(test).truth() != Some(false);
            }
            passed |= passes;
            if passes {
                let decided = std::mem::replace(&mut self.at.decided, known);
                self.generate(rest, parts, out, taints);
                self.at.decided = decided;
            }
        }
        if !passed {
            let tests = first.ifs.iter();
            let inner = rest
                .iter()
                .flat_map(|next| next.ifs.iter().chain([&next.iter]));
            for part in tests.chain(inner).chain(parts.iter().copied()) {
                self.skip(Part::Expression(part));
            }
        }
    }
}
