//! Text from templates: `%`, `str.format`.

use ruff_python_ast::{FStringPart, InterpolatedStringElement};
use spip_core::Taints;

use super::fold::{LONGEST, hole_text};
use super::value::{Arguments, HOLE, Kind, Value};

/// Letters that the lines of a template hold at least when it is a text for readers.
const READABLE: usize = 40;

/// Whether a template is a program of several lines that a reader sees, some of it filled in.
pub(super) fn is_program(template: &ruff_python_ast::ExprFString) -> bool {
    let mut literals = String::new();
    for part in template.value.as_slice() {
        match part {
            FStringPart::Literal(literal) => push(&mut literals, &literal.value),
            FStringPart::FString(inner) => {
                for element in &inner.elements {
                    if let InterpolatedStringElement::Literal(literal) = element {
                        push(&mut literals, &literal.value);
                    }
                }
            }
        }
    }
    is_readable(&literals)
}

/// Whether the fixed part of a template is long and has lines.
fn is_readable(literals: &str) -> bool {
    literals.len() >= READABLE && literals.contains('\n')
}

/// The taint of a text that was made from a template.
fn assembled(template: &str) -> Taints {
    if is_readable(template) {
        Taints::NONE
    } else {
        Taints::ASSEMBLED
    }
}

/// `template % values`.
pub(super) fn percent<'a>(template: &Value<'a>, values: &Value<'a>) -> Option<Value<'a>> {
    let text = match &template.kind {
        Kind::Bytes(bytes) => std::str::from_utf8(bytes).ok()?,
        _ => template.as_str()?,
    };
    let (mut items, named) = match &values.kind {
        Kind::List(items) => (items.borrow().clone(), None),
        Kind::Dict(pairs) => (Vec::new(), Some(pairs.borrow().clone())),
        _ => (vec![values.clone()], None),
    };
    let mut out = String::new();
    if items.is_empty() && !text.contains("%(") {
        items.push(values.clone());
    }
    let mut items = items.iter();
    let taints = assembled(text).with(values.all_taints());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        push(&mut out, &rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        let mut value = None;
        if let Some(inner) = rest.strip_prefix('(') {
            let end = inner.find(')')?;
            let name = &inner[..end];
            let pairs = named.as_deref().unwrap_or_default();
            value = pairs
                .iter()
                .rev()
                .find(|(key, _)| key.as_str() == Some(name))
                .map(|(_, value)| value);
            rest = &inner[end + 1..];
        }
        let end = rest.find(|letter: char| letter.is_ascii_alphabetic())?;
        let kind = rest[end..].chars().next()?;
        rest = &rest[end + 1..];
        let value = value.or_else(|| items.next());
        match (kind, value.and_then(Value::as_int)) {
            ('c', Some(code)) => out.push(u32::try_from(code).ok().and_then(char::from_u32)?),
            ('x', Some(number)) => out.push_str(&format!("{number:x}")),
            _ => push_value(&mut out, value),
        }
    }
    push(&mut out, rest);
    Some(Value::text(out).tainted(taints))
}

/// `template.format(…)`.
pub(super) fn braces<'a>(template: &str, arguments: &Arguments<'a>) -> Value<'a> {
    let mut out = String::new();
    let mut taints = assembled(template).with(arguments.rest);
    let mut next = 0;
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        push(&mut out, &rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            out.push_str(brace);
            rest = after;
            continue;
        }
        let Some(end) = rest.find('}') else { break };
        let field = &rest[..end];
        rest = &rest[end + 1..];
        let name = field.split(['!', ':', '.', '[']).next().unwrap_or_default();
        let value = match name.parse::<usize>() {
            Ok(index) => arguments.positional.get(index),
            Err(_) if name.is_empty() => {
                next += 1;
                arguments.positional.get(next - 1)
            }
            Err(_) => arguments.named(name),
        };
        taints = taints.with(value.map_or(Taints::NONE, Value::all_taints));
        if field == name || field.ends_with(":s") || field.ends_with("!s") {
            push_value(&mut out, value);
        } else if let (true, Some(code)) = (field.ends_with(":c"), value.and_then(Value::as_int)) {
            out.extend(u32::try_from(code).ok().and_then(char::from_u32));
        } else {
            out.push(HOLE);
        }
    }
    push(&mut out, rest);
    Value::text(out).tainted(taints)
}

/// `string.Template(template).substitute(…)`.
pub(super) fn dollars<'a>(template: &str, arguments: &Arguments<'a>) -> Option<Value<'a>> {
    let mut taints = Taints::ASSEMBLED.with(arguments.rest);
    let mut parts = template.split('$');
    let mut out = parts.next()?.to_owned();
    let is_name = |letter: char| letter == '_' || letter.is_ascii_alphanumeric();
    while let Some(part) = parts.next() {
        if part.is_empty() {
            out.push('$');
            out.push_str(parts.next().unwrap_or_default());
            continue;
        }
        let (name, rest) = match part.strip_prefix('{') {
            Some(inner) => inner.split_once('}')?,
            None => part.split_at(part.find(|it| !is_name(it)).unwrap_or(part.len())),
        };
        let pairs = arguments.positional.first().map(|first| &first.kind);
        let listed = match pairs {
            Some(Kind::Dict(pairs)) => {
                let pairs = pairs.borrow();
                let found = pairs.iter().find(|(key, _)| key.as_str() == Some(name));
                found.map(|(_, value)| value.clone())
            }
            _ => None,
        };
        let value = arguments.named(name).cloned().or(listed);
        taints = taints.with(value.as_ref().map_or(Taints::NONE, Value::all_taints));
        push_value(&mut out, value.as_ref());
        push(&mut out, rest);
    }
    Some(Value::text(out).tainted(taints))
}

/// Adds to a text; what makes it too long is a hole.
pub(super) fn push(out: &mut String, text: &str) {
    if out.len() + text.len() <= LONGEST {
        out.push_str(text);
    } else if !out.ends_with(HOLE) {
        out.push(HOLE);
    }
}

/// Adds what `str()` of a value gives, without a copy of it.
pub(super) fn push_plain(out: &mut String, value: &Value<'_>) {
    match &value.kind {
        Kind::Str(text) => push(out, text),
        Kind::Text(text) => push(out, text),
        _ => push(out, &plain(value)),
    }
}

fn push_value(out: &mut String, value: Option<&Value<'_>>) {
    match value {
        Some(value) => push_plain(out, value),
        None => push(out, "\u{fffc}"),
    }
}

/// What `str()` of a value gives, as far as it is known.
pub(super) fn plain(value: &Value<'_>) -> String {
    match &value.kind {
        Kind::Bool(true) => "True".to_owned(),
        Kind::Bool(false) => "False".to_owned(),
        Kind::None => "None".to_owned(),
        _ => hole_text(value),
    }
}
