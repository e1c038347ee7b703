//! Code within code: texts that `exec` and its like run.

use ruff_python_ast::{BoolOp, CmpOp, Expr, Stmt};
use ruff_text_size::TextRange;
use spip_core::{Deed, Taints};

use super::costs::reading;
use super::depth::shape;
use super::interpreter::Interpreter;
use super::parse;
use super::value::{Arguments, Kind, Value};

/// The largest text that is looked into.
const LARGEST: usize = 4 << 20;

/// How many tokens of code within code one file may hold altogether: their trees are kept.
const MOST_TOKENS: u64 = 1_500_000;

impl<'a> Interpreter<'a> {
    /// Walks through the code in a value; `None`: its text is not known. What an expression gives
    /// is given back.
    pub(super) fn nested(
        &mut self,
        code: &Value<'a>,
        expression: bool,
        range: TextRange,
    ) -> Option<Value<'a>> {
        if reading(code) > LARGEST as u64 / 64 || self.steps >= self.most_steps {
            return None;
        }
        let text = match &code.kind {
            Kind::Str(text) => text.to_string(),
            Kind::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Kind::Text(text) => text.replace(super::value::HOLE, "_"),
            _ => return None,
        };
        let hidden = code.taints.any(Taints::HIDDEN.with(Taints::ASSEMBLED));
        if self.at.layers >= self.most_layers {
            let only = Arguments::of(vec![Value::unknown(Taints::DECODED)]);
            self.act(Deed::Execute, "builtins.exec", &only, range);
            return None;
        }
        self.steps += text.len() as u64 / 64;
        let shape = shape(&text, MOST_TOKENS - self.nested_tokens);
        if shape.too_deep || shape.tokens > MOST_TOKENS - self.nested_tokens {
            self.too_deep |= shape.too_deep;
            return None;
        }
        self.nested_tokens += shape.tokens;
        let module = parse::file(&text, |_| {});
        let module = &*self.arena.alloc(module);
        let outer = self.at.clone();
        self.at.site = Some(self.at.site.unwrap_or(range));
        self.at.layers += u8::from(hidden);
        let mut result = Value::unknown(code.taints.only(Taints::HIDDEN));
        match module.body.as_slice() {
            [Stmt::Expr(only)] if expression => result = self.expression(&only.value),
            body => {
                self.block(body);
            }
        }
        self.at = outer;
        Some(result)
    }
}

/// Whether a condition is `__name__ == "__main__"`.
pub(super) fn is_main_guard(test: &Expr) -> bool {
    let compare = match test {
        Expr::Compare(compare) => compare,
        // All of it must hold.
        Expr::BoolOp(all) if all.op == BoolOp::And => return all.values.iter().any(is_main_guard),
        _ => return false,
    };
    // Whatever else `__name__` is compared with may hold in an import as well.
    let ([CmpOp::Eq], [right]) = (&*compare.ops, &*compare.comparators) else {
        return false;
    };
    let is_name = |side: &Expr| matches!(side, Expr::Name(name) if name.id.as_str() == "__name__");
    let is_main = |side: &Expr| matches!(side, Expr::StringLiteral(text) if text.value.to_str() == "__main__");
    is_name(&compare.left) && is_main(right) || is_main(&compare.left) && is_name(right)
}
