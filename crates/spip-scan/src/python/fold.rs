//! Operators on known values: what an expression gives without running it.

use ruff_python_ast::{CmpOp, Operator, UnaryOp};
use spip_core::Taints;

use super::format;
use super::value::{HOLE, Kind, LONGEST_TEXT, Value};

/// The longest text or list that an operator may give.
pub(super) const LONGEST: usize = 8 << 20;

/// `left op right`. Text that an operator puts together counts as assembled.
pub(super) fn binary<'a>(left: &Value<'a>, op: Operator, right: &Value<'a>) -> Value<'a> {
    let taints = left.taints.with(right.taints);
    let key = if left.key == 0 { right.key } else { left.key };
    let folded = match op {
        Operator::Add => add(left, right),
        Operator::Mult => repeat(left, right).or_else(|| repeat(right, left)),
        Operator::Mod if is_text(left) => format::percent(left, right),
        Operator::Div if is_text(left) || is_text(right) => Some(join_paths(left, right)),
        _ => None,
    };
    let taints = taints.with(undone(left, op, right));
    match folded.or_else(|| numbers(left, op, right)) {
        Some(value) => value.tainted(taints).keyed(key),
        None => Value::unknown(taints.with(inner(left)).with(inner(right))).keyed(key),
    }
}

/// Data from elsewhere.
pub(super) const DATA: Taints =
    Taints(Taints::FILE.0 | Taints::PACKAGE_DATA.0 | Taints::DOWNLOADED.0 | Taints::DROPPED.0);

/// Whether this undoes an encoding by hand: `byte ^ key`, `(byte - 3) % 256`, bits put together.
fn undone(left: &Value<'_>, op: Operator, right: &Value<'_>) -> Taints {
    let from_data = left.taints.with(right.taints).any(DATA);
    let is_number = |value: &Value<'_>| matches!(value.kind, Kind::Int(_));
    let undoes = match op {
        Operator::BitXor => from_data || is_number(left) && is_number(right),
        Operator::Mod => from_data && right.as_int() == Some(256),
        Operator::BitAnd | Operator::BitOr | Operator::LShift | Operator::RShift => from_data,
        _ => false,
    };
    if undoes {
        Taints::DECODED
    } else {
        Taints::NONE
    }
}

fn inner(value: &Value<'_>) -> Taints {
    match value.kind {
        Kind::List(_) | Kind::Dict(_) => value.all_taints(),
        _ => Taints::NONE,
    }
}

fn is_text(value: &Value<'_>) -> bool {
    matches!(value.kind, Kind::Str(_) | Kind::Text(_) | Kind::Bytes(_))
}

fn add<'a>(left: &Value<'a>, right: &Value<'a>) -> Option<Value<'a>> {
    match (&left.kind, &right.kind) {
        (Kind::Str(one), Kind::Str(two)) if one.len() + two.len() <= LONGEST => {
            Some(Value::string([&**one, &**two].concat()).tainted(Taints::ASSEMBLED))
        }
        (Kind::Bytes(one), Kind::Bytes(two)) if one.len() + two.len() <= LONGEST => {
            Some(Value::bytes([&**one, &**two].concat()).tainted(Taints::ASSEMBLED))
        }
        (Kind::List(one), Kind::List(two)) => {
            let mut items = one.borrow().clone();
            items.extend(two.borrow().iter().cloned());
            Some(Value::list(items))
        }
        (Kind::Unknown | Kind::Path(_), Kind::List(known)) => {
            Some(Value::list(known.borrow().clone()))
        }
        (Kind::List(known), Kind::Unknown | Kind::Path(_)) => {
            Some(Value::list(known.borrow().clone()))
        }
        (Kind::List(one), Kind::Bytes(two)) => {
            let mut items = one.borrow().clone();
            items.extend(two.iter().map(|byte| Value::int(*byte)));
            Some(Value::list(items))
        }
        (Kind::Bytes(one), Kind::List(_)) => {
            Some(Value::bytes([&**one, &right.as_bytes()?].concat()).tainted(Taints::ASSEMBLED))
        }
        (Kind::Str(_), Kind::Str(_)) | (Kind::Bytes(_), Kind::Bytes(_)) => None,
        (Kind::Str(_) | Kind::Text(_) | Kind::Bytes(_), _)
        | (_, Kind::Str(_) | Kind::Text(_) | Kind::Bytes(_)) => {
            Some(Value::text(begin_of(left) + &begin_of(right)))
        }
        _ => None,
    }
}

/// What is known of a text; a hole where nothing is.
pub(super) fn hole_text(value: &Value<'_>) -> String {
    match &value.kind {
        Kind::Str(text) => text.to_string(),
        Kind::Text(text) => text.to_string(),
        Kind::Int(number) => number.get().to_string(),
        Kind::Bytes(bytes) if bytes.len() <= LONGEST_TEXT => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => HOLE.to_string(),
        },
        Kind::Either(_) => value.shown().unwrap_or_else(|| HOLE.to_string()),
        _ => HOLE.to_string(),
    }
}

/// The same, cut off where texts with holes are.
fn begin_of(value: &Value<'_>) -> String {
    let Kind::Str(text) = &value.kind else {
        return hole_text(value);
    };
    let mut end = text.len().min(LONGEST_TEXT + 1);
    while !text.is_char_boundary(end) {
        end += 1;
    }
    let mut begin = text[..end].to_owned();
    if end < text.len() {
        begin.push(HOLE);
    }
    begin
}

/// `a / b` of paths; an absolute second part replaces the first.
pub(super) fn join_paths<'a>(left: &Value<'a>, right: &Value<'a>) -> Value<'a> {
    let (one, two) = (begin_of(left), begin_of(right));
    let taints = left.taints.with(right.taints).without(Taints::ASSEMBLED);
    if two.starts_with('/') || one.is_empty() {
        return Value::text(two).tainted(taints);
    }
    Value::text(format!("{}/{two}", one.trim_end_matches('/'))).tainted(taints)
}

fn repeat<'a>(value: &Value<'a>, times: &Value<'a>) -> Option<Value<'a>> {
    let times = usize::try_from(times.as_int()?.max(0)).ok()?;
    let fits = |length: usize| length.checked_mul(times).is_some_and(|all| all <= LONGEST);
    match &value.kind {
        Kind::Str(text) if fits(text.len()) => Some(Value::string(text.repeat(times))),
        Kind::Bytes(bytes) if fits(bytes.len()) => Some(Value::bytes(bytes.repeat(times))),
        Kind::List(items) if fits(items.borrow().len().saturating_mul(64)) => {
            let items = items.borrow();
            Some(Value::list(
                (0..times).flat_map(|_| items.iter().cloned()).collect(),
            ))
        }
        _ => None,
    }
}

fn numbers<'a>(left: &Value<'a>, op: Operator, right: &Value<'a>) -> Option<Value<'a>> {
    let (Some(one), Some(two)) = (left.as_int(), right.as_int()) else {
        return floats(left, op, right);
    };
    let shift = || u32::try_from(two).ok().filter(|by| *by < 120);
    let result = match op {
        Operator::Add => one.checked_add(two)?,
        Operator::Sub => one.checked_sub(two)?,
        Operator::Mult => one.checked_mul(two)?,
        Operator::FloorDiv => floor_div(one, two)?,
        Operator::Div if one.checked_rem(two) == Some(0) => return Some(float(one / two)),
        Operator::Div => return floats(left, op, right),
        Operator::Mod => one.checked_sub(floor_div(one, two)?.checked_mul(two)?)?,
        Operator::Pow => one.checked_pow(u32::try_from(two).ok()?)?,
        Operator::LShift => one.checked_mul(1_i128.checked_shl(shift()?)?)?,
        Operator::RShift => one >> shift()?,
        Operator::BitOr => one | two,
        Operator::BitXor => one ^ two,
        Operator::BitAnd => one & two,
        Operator::MatMult => return None,
    };
    Some(Value::int(result))
}

fn floor_div(one: i128, two: i128) -> Option<i128> {
    let quotient = one.checked_div(two)?;
    let exact = quotient.checked_mul(two)? == one;
    Some(if !exact && (one < 0) != (two < 0) {
        quotient - 1
    } else {
        quotient
    })
}

#[expect(clippy::cast_precision_loss, reason = "Python converts the same way")]
fn float<'a>(value: i128) -> Value<'a> {
    Kind::Float(value as f64).into()
}

#[expect(clippy::cast_precision_loss, reason = "Python converts the same way")]
fn floats<'a>(left: &Value<'a>, op: Operator, right: &Value<'a>) -> Option<Value<'a>> {
    let number = |value: &Value<'a>| match value.kind {
        Kind::Float(number) => Some(number),
        _ => value.as_int().map(|number| number as f64),
    };
    let (one, two) = (number(left)?, number(right)?);
    let result = match op {
        Operator::Add => one + two,
        Operator::Sub => one - two,
        Operator::Mult => one * two,
        Operator::Div if two != 0.0 => one / two,
        _ => return None,
    };
    Some(Kind::Float(result).into())
}

/// `op value`.
pub(super) fn unary<'a>(op: UnaryOp, value: &Value<'a>) -> Value<'a> {
    let whole = |number: i128| Kind::Int(number.into());
    let kind = match (op, value.as_int()) {
        (UnaryOp::Not, _) => value.truth().map(|truth| Kind::Bool(!truth)),
        (UnaryOp::USub, Some(number)) => number.checked_neg().map(whole),
        (UnaryOp::UAdd, Some(number)) => Some(whole(number)),
        (UnaryOp::Invert, Some(number)) => Some(whole(!number)),
        _ => None,
    };
    Value::from(kind.unwrap_or(Kind::Unknown)).tainted(value.taints)
}

/// One comparison; `None`: not known.
pub(super) fn compare<'a>(left: &Value<'a>, op: CmpOp, right: &Value<'a>) -> Option<bool> {
    Some(match op {
        CmpOp::Eq | CmpOp::Is => equal(left, right)?,
        CmpOp::NotEq | CmpOp::IsNot => !equal(left, right)?,
        CmpOp::Lt => order(left, right)?.is_lt(),
        CmpOp::LtE => order(left, right)?.is_le(),
        CmpOp::Gt => order(left, right)?.is_gt(),
        CmpOp::GtE => order(left, right)?.is_ge(),
        CmpOp::In => holds(right, left)?,
        CmpOp::NotIn => !holds(right, left)?,
    })
}

fn is_constant(value: &Value<'_>) -> bool {
    matches!(
        value.kind,
        Kind::None | Kind::Bool(_) | Kind::Int(_) | Kind::Str(_) | Kind::Bytes(_)
    )
}

fn equal<'a>(left: &Value<'a>, right: &Value<'a>) -> Option<bool> {
    if !is_constant(left) || !is_constant(right) {
        return None;
    }
    Some(match (&left.kind, &right.kind) {
        (Kind::Str(one), Kind::Str(two)) => **one == **two,
        (Kind::Bytes(one), Kind::Bytes(two)) => **one == **two,
        _ => match (left.as_int(), right.as_int()) {
            (Some(one), Some(two)) => one == two,
            _ => left.same(right),
        },
    })
}

fn order<'a>(left: &Value<'a>, right: &Value<'a>) -> Option<std::cmp::Ordering> {
    match (left.as_str(), right.as_str()) {
        (Some(one), Some(two)) => Some(one.cmp(two)),
        _ => Some(left.as_int()?.cmp(&right.as_int()?)),
    }
}

fn holds<'a>(container: &Value<'a>, item: &Value<'a>) -> Option<bool> {
    match &container.kind {
        Kind::Str(text) => Some(text.contains(item.as_str()?)),
        Kind::Bytes(bytes) => {
            let wanted = u8::try_from(item.as_int()?).ok()?;
            Some(bytes.contains(&wanted))
        }
        Kind::List(items) if is_constant(item) => {
            let items = items.borrow();
            let mut sure = true;
            for known in items.iter() {
                match equal(known, item) {
                    Some(true) => return Some(true),
                    Some(false) => {}
                    None => sure = false,
                }
            }
            sure.then_some(false)
        }
        Kind::Dict(pairs) if is_constant(item) => {
            Some(pairs.borrow().iter().any(|(key, _)| key.same(item)))
        }
        _ => None,
    }
}

/// The bounds of a slice, as far as they are given.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Slice {
    pub(super) lower: Option<i128>,
    pub(super) upper: Option<i128>,
    pub(super) step: Option<i128>,
}

/// `value[slice]`; a text that was cut up or turned around counts as assembled.
pub(super) fn slice<'a>(value: &Value<'a>, bounds: Slice) -> Option<Value<'a>> {
    let picked = match &value.kind {
        Kind::Str(text) if text.is_ascii() => {
            let bytes = pick(text.as_bytes(), bounds)?;
            Value::string(String::from_utf8(bytes).ok()?).tainted(Taints::ASSEMBLED)
        }
        Kind::Str(text) => {
            let letters: Vec<char> = text.chars().collect();
            let picked = pick(&letters, bounds)?;
            Value::string(picked.into_iter().collect::<String>()).tainted(Taints::ASSEMBLED)
        }
        Kind::Bytes(bytes) => Value::bytes(pick(bytes, bounds)?).tainted(Taints::ASSEMBLED),
        Kind::List(items) => Value::list(pick(&items.borrow(), bounds)?),
        _ => return None,
    };
    Some(picked.tainted(value.taints).keyed(value.key))
}

fn pick<T: Clone>(items: &[T], bounds: Slice) -> Option<Vec<T>> {
    let length = i128::try_from(items.len()).ok()?;
    let step = bounds.step.unwrap_or(1);
    if step == 0 {
        return None;
    }
    let place = |at: i128| if at < 0 { at + length } else { at };
    let (low, high) = if step > 0 {
        (0, length)
    } else {
        (-1, length - 1)
    };
    let (first, last) = if step > 0 { (low, high) } else { (high, low) };
    let start = bounds.lower.map_or(first, |at| place(at).clamp(low, high));
    let stop = bounds.upper.map_or(last, |at| place(at).clamp(low, high));
    let mut picked = Vec::new();
    let mut at = start;
    while (step > 0 && at < stop) || (step < 0 && at > stop) {
        picked.push(items.get(usize::try_from(at).ok()?)?.clone());
        at = at.saturating_add(step);
    }
    Some(picked)
}

/// `value[index]`.
pub(super) fn index<'a>(value: &Value<'a>, index: &Value<'a>) -> Option<Value<'a>> {
    let at = |length: usize| {
        let number = index.as_int()?;
        let number = if number < 0 {
            number + i128::try_from(length).ok()?
        } else {
            number
        };
        usize::try_from(number).ok()
    };
    let found = match &value.kind {
        Kind::Str(text) => {
            let letter = if text.is_ascii() {
                char::from(*text.as_bytes().get(at(text.len())?)?)
            } else {
                text.chars().nth(at(text.chars().count())?)?
            };
            Value::string(letter.to_string()).tainted(Taints::ASSEMBLED)
        }
        Kind::Bytes(bytes) => Value::int(*bytes.get(at(bytes.len())?)?),
        Kind::List(items) => {
            let items = items.borrow();
            items.get(at(items.len())?)?.clone()
        }
        Kind::Dict(pairs) => {
            let pairs = pairs.borrow();
            pairs
                .iter()
                .rev()
                .find(|(key, _)| key.same(index))?
                .1
                .clone()
        }
        _ => return None,
    };
    Some(found.tainted(value.taints))
}
