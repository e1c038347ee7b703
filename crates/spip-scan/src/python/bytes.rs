//! Bytes and numbers into each other.

use spip_core::Taints;

use super::methods;
use super::value::{Arguments, Kind, MOST_ITEMS, Value};

/// As many numbers in a row are no byte order mark or magic number any more.
const LETTERS_IN_NUMBERS: usize = 16;

pub(super) fn bytes_of<'a>(
    first: Option<&Value<'a>>,
    codec: Option<&Value<'a>>,
) -> Option<Value<'a>> {
    let Some(first) = first else {
        return Some(Value::bytes(Vec::new()));
    };
    match &first.kind {
        Kind::Str(text) => methods::encode(text, codec.and_then(Value::as_str).unwrap_or("utf-8")),
        Kind::Bytes(_) => Some(first.clone()),
        Kind::List(items) => {
            let made = Value::bytes(first.as_bytes()?).tainted(Taints::ASSEMBLED);
            // Numbers in the code that are a text when they are run.
            let is_long = items.borrow().len() >= LETTERS_IN_NUMBERS;
            let hidden = if is_long {
                Taints::DECODED
            } else {
                Taints::NONE
            };
            Some(made.tainted(first.all_taints().only(Taints::HIDDEN).with(hidden)))
        }
        Kind::Int(length) => {
            let length = usize::try_from(length.get())
                .ok()
                .filter(|it| *it <= MOST_ITEMS)?;
            Some(Value::bytes(vec![0; length]))
        }
        _ => None,
    }
}

/// What can be changed in place: a list of numbers, unless it is very long.
pub(super) fn byte_list<'a>(bytes: &Value<'a>) -> Value<'a> {
    const LONGEST: usize = 1 << 16;
    match &bytes.kind {
        Kind::Bytes(inner) if inner.len() <= LONGEST => {
            let items = inner.iter().map(|byte| Value::int(*byte));
            Value::list(items.collect()).tainted(bytes.taints)
        }
        _ => bytes.clone(),
    }
}

pub(super) fn int_of<'a>(first: &Value<'a>, base: Option<&Value<'a>>) -> Option<Value<'a>> {
    if let Some(number) = first.as_int() {
        return Some(Value::int(number));
    }
    if let Kind::Float(number) = first.kind {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "Python cuts the fraction off as well"
        )]
        return Some(Value::int(number as i64));
    }
    let text = match &first.kind {
        Kind::Bytes(bytes) => String::from_utf8(bytes.to_vec()).ok()?,
        _ => first.as_str()?.to_owned(),
    };
    let text = text.trim().replace('_', "").to_lowercase();
    let base = base.map_or(Some(10), Value::as_int)?;
    let (digits, base) = match (base, text.get(..2)) {
        (0 | 16, Some("0x")) => (&text[2..], 16),
        (0 | 8, Some("0o")) => (&text[2..], 8),
        (0 | 2, Some("0b")) => (&text[2..], 2),
        (0, _) => (text.as_str(), 10),
        _ => (text.as_str(), base),
    };
    let base = u32::try_from(base)
        .ok()
        .filter(|base| (2..=36).contains(base))?;
    Some(Value::int(i128::from_str_radix(digits, base).ok()?))
}

pub(super) fn from_bytes<'a>(arguments: &Arguments<'a>) -> Option<Value<'a>> {
    let mut bytes = arguments.positional.first()?.as_bytes()?;
    if arguments.get(1, "byteorder").and_then(Value::as_str) == Some("little") {
        bytes.reverse();
    }
    if bytes.len() > 15 {
        return None;
    }
    let number = bytes
        .iter()
        .fold(0_i128, |number, byte| number << 8 | i128::from(*byte));
    Some(Value::int(number))
}

pub(super) fn power(mut base: i128, mut exponent: u32, modulus: i128) -> Option<i128> {
    let mut result = 1_i128;
    base = base.checked_rem(modulus)?;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result.checked_mul(base)?.checked_rem(modulus)?;
        }
        base = base.checked_mul(base)?.checked_rem(modulus)?;
        exponent >>= 1;
    }
    Some(result)
}

pub(super) fn unquote<'a>(text: &str) -> Value<'a> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        let code = tail.get(..2).filter(|_| *first == b'%');
        match code.and_then(|code| data_encoding::HEXLOWER_PERMISSIVE.decode(code).ok()) {
            Some(decoded) => {
                out.extend(decoded);
                rest = &tail[2..];
            }
            None => out.push(*first),
        }
    }
    let changed = out.len() != text.len();
    let value = Value::string(String::from_utf8_lossy(&out).into_owned());
    if changed {
        value.tainted(Taints::DECODED)
    } else {
        value
    }
}

pub(super) fn byte_table<'a>(from: &Value<'a>, to: &Value<'a>) -> Option<Value<'a>> {
    let mut table: Vec<u8> = (0..=255).collect();
    for (from, to) in from.as_bytes()?.into_iter().zip(to.as_bytes()?) {
        table[usize::from(from)] = to;
    }
    Some(Value::bytes(table))
}

/// `struct.pack(format, numbers…)`.
pub(super) fn packed<'a>(arguments: &Arguments<'a>) -> Option<Value<'a>> {
    let mut values = arguments.positional.iter();
    let format = values.next()?.as_str()?;
    let is_little = !format.starts_with(['>', '!']);
    let mut out = Vec::new();
    let mut count = 0_usize;
    let mut counted = false;
    for letter in format.trim_start_matches(['>', '<', '!', '=', '@']).chars() {
        if let Some(digit) = letter.to_digit(10) {
            count = count.checked_mul(10)?.checked_add(digit as usize)?;
            counted = true;
            continue;
        }
        let times = if counted { count } else { 1 };
        (count, counted) = (0, false);
        let size = match letter {
            'b' | 'B' | 'c' | 'x' => 1,
            'h' | 'H' => 2,
            'i' | 'I' | 'l' | 'L' => 4,
            'q' | 'Q' => 8,
            's' => {
                let mut bytes = values.next()?.as_bytes()?;
                bytes.resize(times.min(MOST_ITEMS), 0);
                out.extend(bytes);
                continue;
            }
            ' ' => continue,
            _ => return None,
        };
        for _ in 0..times.min(MOST_ITEMS) {
            let number = if letter == 'x' {
                0
            } else {
                values.next()?.as_int()?
            };
            let bytes = number.to_le_bytes();
            let bytes = bytes.get(..size)?;
            if is_little {
                out.extend(bytes);
            } else {
                out.extend(bytes.iter().rev());
            }
        }
    }
    Some(Value::bytes(out).tainted(Taints::DECODED))
}
