//! Literals: numbers, and texts in disguise.

use ruff_python_ast::Number;
use spip_core::Taints;

use super::value::{Kind, Value};

/// Whether plain letters were written as escapes (`\\x65\\x78`): the literal is much longer than its text.
pub(super) fn is_escaped(range: ruff_text_size::TextRange, text: &str) -> bool {
    let written = usize::from(range.len());
    text.len() >= 8 && written >= 3 * text.len() && text.is_ascii()
}

pub(super) fn number<'a>(number: &Number) -> Value<'a> {
    match number {
        Number::Int(value) => match value.as_i64() {
            Some(value) => Value::int(value),
            None => big(&value.to_string()),
        },
        Number::Float(value) => Kind::Float(*value).into(),
        Number::Complex { .. } => Value::unknown(Taints::NONE),
    }
}

/// An integer that may be larger than 64 bits, as written.
fn big<'a>(text: &str) -> Value<'a> {
    let clean: String = text.chars().filter(|letter| *letter != '_').collect();
    let (digits, radix) = match clean.get(..2) {
        Some("0x" | "0X") => (&clean[2..], 16),
        Some("0o" | "0O") => (&clean[2..], 8),
        Some("0b" | "0B") => (&clean[2..], 2),
        _ => (clean.as_str(), 10),
    };
    match i128::from_str_radix(digits, radix) {
        Ok(value) => Value::int(value),
        Err(_) => Value::unknown(Taints::NONE),
    }
}
