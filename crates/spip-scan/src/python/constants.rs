//! Whether a module's variable is a plain constant, as setuptools tells without importing it.

use ruff_python_ast::{Expr, Stmt};

use super::depth::shape;
use super::{parse, source};

/// How many tokens of one file are read for the sake of one variable.
const MOST_TOKENS: u64 = 1_000_000;

/// Whether the first assignment to a variable at the top level of a module gives it a literal. Then
/// its text is enough; else, and where the text is broken, the module is imported.
pub(crate) fn is_constant(bytes: &[u8], variable: &str) -> bool {
    let text = source::decode(bytes).text;
    let shape = shape(&text, MOST_TOKENS);
    if shape.too_deep || shape.tokens > MOST_TOKENS {
        return false;
    }
    let tree = parse::file(&text, |_| {});
    let named = |target: &Expr| matches!(target, Expr::Name(name) if name.id.as_str() == variable);
    let value = tree.body.iter().find_map(|statement| match statement {
        Stmt::Assign(inner) => inner.targets.iter().any(named).then_some(&*inner.value),
        Stmt::AnnAssign(inner) if named(&inner.target) => inner.value.as_deref(),
        _ => None,
    });
    value.is_some_and(is_literal)
}

/// What `ast.literal_eval` takes.
fn is_literal(value: &Expr) -> bool {
    match value {
        Expr::StringLiteral(_)
        | Expr::BytesLiteral(_)
        | Expr::NumberLiteral(_)
        | Expr::BooleanLiteral(_)
        | Expr::NoneLiteral(_) => true,
        Expr::Tuple(inner) => inner.elts.iter().all(is_literal),
        Expr::List(inner) => inner.elts.iter().all(is_literal),
        Expr::Set(inner) => inner.elts.iter().all(is_literal),
        Expr::UnaryOp(inner) => matches!(*inner.operand, Expr::NumberLiteral(_)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_is_read_without_an_import() {
        for text in [
            "v = '1.0'",
            "v: str = \"1.0\"  # x",
            "v = (1, 2, 'x')",
            "'''v = f()'''\nv = '1.0'",
            "a = v = '1.0'\nv = f()",
        ] {
            assert!(is_constant(text.as_bytes(), "v"), "{text}");
        }
        for text in [
            "v = f()",
            "v = '.'.join(x)",
            "v = x",
            "v = (f(1), 2)",
            "if x:\n v = '1'",
            "vv = '1'",
            "'''\nv = '1.0'\n'''\nv = f()",
            "x = \\\n\"\"\"\nv = '1'\n\"\"\"\nimport x",
            "v = f()\nv = '1.0'",
            "v = f'{f()}'",
        ] {
            assert!(!is_constant(text.as_bytes(), "v"), "{text}");
        }
    }
}
