//! Texts put together within bounds: what would be too long is not made.

use std::collections::HashMap;

use spip_core::Taints;

use super::fold::{LONGEST, hole_text};
use super::methods::assembled;
use super::value::{Kind, Value};

/// A text, unless it is too long.
pub(super) fn bounded(text: String) -> Option<String> {
    (text.len() <= LONGEST).then_some(text)
}

/// Puts one text for another, unless that gives too much.
pub(super) fn replace(text: &str, from: &str, to: &str) -> Option<String> {
    let more = to.len().saturating_sub(from.len());
    let most = if more > 0 {
        text.matches(from).count().checked_mul(more)?
    } else {
        0
    };
    (text.len() + most <= LONGEST).then(|| text.replace(from, to))
}

pub(super) fn join<'a>(by: &str, parts: &Value<'a>) -> Option<Value<'a>> {
    let mut out = String::new();
    if let Kind::Str(text) = &parts.kind {
        let letters = text.chars().count();
        let between = letters.saturating_sub(1).checked_mul(by.len())?;
        if text.len() + between > LONGEST {
            return None;
        }
        for (index, letter) in text.chars().enumerate() {
            out.push_str(if index > 0 { by } else { "" });
            out.push(letter);
        }
        return Some(assembled(out));
    }
    let Kind::List(items) = &parts.kind else {
        return None;
    };
    let mut taints = Taints::ASSEMBLED;
    for (index, item) in items.borrow().iter().enumerate() {
        taints = taints.with(item.taints);
        out.push_str(if index > 0 { by } else { "" });
        match &item.kind {
            Kind::Str(text) if out.len() + text.len() <= LONGEST => out.push_str(text),
            Kind::Str(_) => return None,
            _ => out.push_str(&hole_text(item)),
        }
        if out.len() > LONGEST {
            return None;
        }
    }
    Some(Value::text(out).tainted(taints))
}

pub(super) fn translate(text: &str, table: &Value<'_>) -> Option<String> {
    let Kind::Dict(pairs) = &table.kind else {
        return None;
    };
    let pairs = pairs.borrow();
    let table = pairs
        .iter()
        .filter_map(|(from, to)| Some((from.as_int()?, &to.kind)));
    // Later pairs win.
    let table: HashMap<i128, &Kind<'_>> = table.collect();
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if out.len() > LONGEST {
            return None;
        }
        match table.get(&i128::from(u32::from(letter))).copied() {
            None => out.push(letter),
            Some(Kind::None) => {}
            Some(Kind::Str(to)) if out.len() + to.len() <= LONGEST => out.push_str(to),
            Some(Kind::Int(to)) => out.push(u32::try_from(to.get()).ok().and_then(char::from_u32)?),
            Some(_) => return None,
        }
    }
    Some(out)
}
