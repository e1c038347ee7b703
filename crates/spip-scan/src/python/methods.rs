//! Methods of known texts, lists and dictionaries.

pub(super) use super::codecs::{by, decode_text, encode};
use spip_core::Taints;

use super::containers::{of_dict, of_list};
use super::fold::{self, LONGEST, hole_text};
use super::format;
use super::texts::{bounded, join, replace, translate};
use super::value::{Arguments, Kind, MOST_ITEMS, Value};

/// `receiver.name(arguments)`, where all that matters is known.
pub(super) fn call<'a>(
    receiver: &Value<'a>,
    name: &str,
    arguments: &Arguments<'a>,
) -> Option<Value<'a>> {
    let result = match &receiver.kind {
        Kind::Str(text) => of_text(text, receiver, name, arguments),
        Kind::Text(_) => of_partial_text(receiver, name, arguments),
        Kind::Bytes(bytes) => of_bytes(bytes, name, arguments),
        Kind::List(_) => {
            of_list(receiver, name, arguments).or_else(|| of_byte_list(receiver, name, arguments))
        }
        Kind::Dict(_) => of_dict(receiver, name, arguments),
        Kind::Int(_) if name == "to_bytes" => to_bytes(receiver, arguments),
        _ => None,
    }?;
    let keeps = !matches!(
        name,
        "pop" | "get" | "items" | "values" | "keys" | "append" | "update"
    );
    let taints = if keeps {
        receiver.taints.with(arguments.taints())
    } else {
        Taints::NONE
    };
    let key = if result.key == 0 {
        receiver.key
    } else {
        result.key
    };
    Some(result.tainted(taints).keyed(key))
}

/// A `bytearray` has the methods of bytes too.
fn of_byte_list<'a>(
    receiver: &Value<'a>,
    name: &str,
    arguments: &Arguments<'a>,
) -> Option<Value<'a>> {
    const METHODS: [&str; 9] = [
        "decode",
        "hex",
        "translate",
        "tobytes",
        "split",
        "replace",
        "strip",
        "join",
        "rstrip",
    ];
    if !METHODS.contains(&name) {
        return None;
    }
    of_bytes(&receiver.as_bytes()?, name, arguments)
}

pub(super) fn assembled<'a>(text: String) -> Value<'a> {
    Value::string(text).tainted(Taints::ASSEMBLED)
}

fn of_text<'a>(
    text: &str,
    receiver: &Value<'a>,
    name: &str,
    arguments: &Arguments<'a>,
) -> Option<Value<'a>> {
    let first = arguments.positional.first();
    let first_text = first.and_then(Value::as_str);
    Some(match name {
        "join" => join(text, first?)?,
        "format" => format::braces(text, arguments),
        "replace" => {
            let with = arguments.positional.get(1)?.as_str()?;
            assembled(replace(text, first_text?, with)?)
        }
        "translate" => assembled(translate(text, first?)?),
        "substitute" | "safe_substitute" => format::dollars(text, arguments)?,
        "encode" => encode(text, first_text.unwrap_or("utf-8"))?,
        "decode" => decode_text(text.as_bytes(), first_text.unwrap_or("utf-8"))?,
        "lower" | "casefold" => assembled(bounded(text.to_lowercase())?),
        "upper" => assembled(bounded(text.to_uppercase())?),
        "swapcase" => assembled(text.chars().map(swap_case).collect()),
        "capitalize" | "title" => assembled(capitalize(text)),
        "strip" => Value::string(strip(text, first_text, true, true)),
        "lstrip" => Value::string(strip(text, first_text, true, false)),
        "rstrip" => Value::string(strip(text, first_text, false, true)),
        "removeprefix" => assembled(text.strip_prefix(first_text?).unwrap_or(text).to_owned()),
        "removesuffix" => assembled(text.strip_suffix(first_text?).unwrap_or(text).to_owned()),
        "split" => split(text, arguments)?,
        "splitlines" => Value::list(
            text.lines()
                .take(MOST_ITEMS + 1)
                .map(|line| Value::string(line.to_owned()))
                .collect(),
        ),
        "rpartition" => {
            let by = first_text?;
            let (before, middle, after) = match text.rsplit_once(by) {
                Some((before, after)) => (before, by, after),
                None => ("", "", text),
            };
            let parts = [before, middle, after].map(|part| assembled(part.to_owned()));
            Value::list(parts.to_vec())
        }
        "rsplit" => {
            let most = arguments.get(1, "maxsplit").and_then(Value::as_int);
            let by = first_text.filter(|by| !by.is_empty())?;
            let most = most.map_or(Some(MOST_ITEMS), |most| usize::try_from(most).ok())?;
            let mut parts: Vec<&str> = text.rsplitn(most.saturating_add(1), by).collect();
            parts.reverse();
            let parts = parts.into_iter().map(|part| assembled(part.to_owned()));
            Value::list(parts.collect())
        }
        "partition" => {
            let (before, after) = text.split_once(first_text?).unwrap_or((text, ""));
            let middle = if before.len() == text.len() {
                ""
            } else {
                first_text?
            };
            Value::list(
                [before, middle, after]
                    .map(|part| assembled(part.to_owned()))
                    .to_vec(),
            )
        }
        "zfill" | "ljust" | "rjust" | "center" => {
            let width = usize::try_from(first?.as_int()?).unwrap_or(0);
            (text.chars().count() >= width).then(|| receiver.clone())?
        }
        "expandtabs" if !text.contains('\t') => receiver.clone(),
        "startswith" => Kind::Bool(text.starts_with(first_text?)).into(),
        "endswith" => Kind::Bool(text.ends_with(first_text?)).into(),
        "find" | "index" => Value::int(match text.find(first_text?) {
            Some(at) => i128::try_from(text[..at].chars().count()).ok()?,
            None => -1,
        }),
        "count" => Value::int(i128::try_from(text.matches(first_text?).count()).ok()?),
        "isalpha" => Kind::Bool(!text.is_empty() && text.chars().all(char::is_alphabetic)).into(),
        "isdigit" => {
            Kind::Bool(!text.is_empty() && text.chars().all(|letter| letter.is_ascii_digit()))
                .into()
        }
        "isalnum" => Kind::Bool(!text.is_empty() && text.chars().all(char::is_alphanumeric)).into(),
        "isupper" => Kind::Bool(
            text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase),
        )
        .into(),
        "islower" => Kind::Bool(
            text.chars().any(char::is_lowercase) && !text.chars().any(char::is_uppercase),
        )
        .into(),
        "isspace" => Kind::Bool(!text.is_empty() && text.chars().all(char::is_whitespace)).into(),
        "__add__" => fold::binary(receiver, ruff_python_ast::Operator::Add, first?),
        "__getitem__" => fold::index(receiver, first?)?,
        "joinpath" => fold::join_paths(receiver, first?),
        "with_suffix" | "with_name" | "with_stem" => renamed(text, name, first?),
        "expanduser" | "resolve" | "absolute" | "as_posix" | "__str__" | "__fspath__" => {
            receiver.clone()
        }
        _ => return None,
    })
}

fn of_partial_text<'a>(
    receiver: &Value<'a>,
    name: &str,
    arguments: &Arguments<'a>,
) -> Option<Value<'a>> {
    let first = arguments.positional.first();
    Some(match name {
        "joinpath" => fold::join_paths(receiver, first?),
        "with_suffix" | "with_name" | "with_stem" => renamed(&hole_text(receiver), name, first?),
        "strip" | "rstrip" | "lstrip" | "expanduser" | "resolve" | "absolute" | "as_posix"
        | "__str__" | "__fspath__" | "encode" | "decode" | "lower" => receiver.clone(),
        "format" => format::braces(&hole_text(receiver), arguments),
        "rpartition" | "rsplit" | "partition" | "split" => {
            let by = first?.as_str()?;
            let text = hole_text(receiver);
            let (before, after) = if name.starts_with('r') {
                text.rsplit_once(by)?
            } else {
                text.split_once(by)?
            };
            let mut parts = vec![
                Value::text(before.to_owned()),
                Value::text(after.to_owned()),
            ];
            if name.ends_with("partition") {
                parts.insert(1, Value::string(by));
            }
            Value::list(parts)
        }
        "replace" => {
            let (from, to) = (first?.as_str()?, arguments.positional.get(1)?);
            Value::text(replace(&hole_text(receiver), from, &hole_text(to))?)
        }
        _ => return None,
    })
}

/// `path.with_suffix(…)` and its like.
fn renamed<'a>(path: &str, method: &str, with: &Value<'a>) -> Value<'a> {
    let with = hole_text(with);
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let (stem, suffix) = match name.rsplit_once('.') {
        Some((stem, suffix)) if !stem.is_empty() => (stem, suffix),
        _ => (name, ""),
    };
    let name = match method {
        "with_suffix" => format!("{stem}{with}"),
        "with_stem" if suffix.is_empty() => with,
        "with_stem" => format!("{with}.{suffix}"),
        _ => with,
    };
    let slash = if path.contains('/') { "/" } else { "" };
    Value::text(format!("{folder}{slash}{name}"))
}

fn swap_case(letter: char) -> char {
    if letter.is_lowercase() {
        letter.to_ascii_uppercase()
    } else {
        letter.to_ascii_lowercase()
    }
}

fn capitalize(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().collect::<String>());
    first.unwrap_or_default() + &letters.as_str().to_lowercase()
}

fn strip(text: &str, what: Option<&str>, left: bool, right: bool) -> String {
    let dropped = |letter: char| match what {
        Some(what) => what.contains(letter),
        None => letter.is_whitespace(),
    };
    let text = if left {
        text.trim_start_matches(dropped)
    } else {
        text
    };
    let text = if right {
        text.trim_end_matches(dropped)
    } else {
        text
    };
    text.to_owned()
}

fn split<'a>(text: &str, arguments: &Arguments<'a>) -> Option<Value<'a>> {
    let parts: Vec<&str> = match arguments.positional.first().map(|by| &by.kind) {
        None | Some(Kind::None) => text.split_whitespace().take(MOST_ITEMS + 1).collect(),
        Some(Kind::Str(by)) if !by.is_empty() => match arguments.get(1, "maxsplit") {
            Some(most) => text
                .splitn(
                    usize::try_from(most.as_int()?).ok()?.saturating_add(1),
                    &**by,
                )
                .take(MOST_ITEMS + 1)
                .collect(),
            None => text.split(&**by).take(MOST_ITEMS + 1).collect(),
        },
        _ => return None,
    };
    let parts = parts
        .into_iter()
        .map(|part| Value::string(part.to_owned()).tainted(Taints::ASSEMBLED));
    Some(Value::list(parts.collect()))
}

fn of_bytes<'a>(bytes: &[u8], name: &str, arguments: &Arguments<'a>) -> Option<Value<'a>> {
    let first = arguments.positional.first();
    let text = String::from_utf8_lossy(bytes);
    Some(match name {
        "decode" => {
            let codec = arguments.get(0, "encoding").and_then(Value::as_str);
            decode_text(bytes, codec.unwrap_or("utf-8"))?
        }
        "hex" => Value::string(bounded(data_encoding::HEXLOWER.encode(bytes))?),
        "join" => {
            let Kind::List(items) = &first?.kind else {
                return None;
            };
            let items = items.borrow();
            let mut out = Vec::new();
            for (index, item) in items.iter().enumerate() {
                out.extend_from_slice(if index > 0 { bytes } else { b"" });
                match &item.kind {
                    Kind::Bytes(part) if out.len() + part.len() <= LONGEST => out.extend(&**part),
                    Kind::Bytes(_) => return None,
                    _ => out.extend(item.as_bytes()?),
                }
                if out.len() > LONGEST {
                    return None;
                }
            }
            Value::bytes(out).tainted(Taints::ASSEMBLED)
        }
        "replace" if text.is_ascii() => {
            let (from, to) = (first?.as_bytes()?, arguments.positional.get(1)?.as_bytes()?);
            let (from, to) = (String::from_utf8(from).ok()?, String::from_utf8(to).ok()?);
            Value::bytes(replace(&text, &from, &to)?.into_bytes()).tainted(Taints::ASSEMBLED)
        }
        "strip" | "rstrip" | "lstrip" if first.is_none() => Value::bytes(bytes.trim_ascii()),
        "translate" => {
            let table = first?.as_bytes().filter(|table| table.len() == 256)?;
            let out: Vec<u8> = bytes.iter().map(|byte| table[usize::from(*byte)]).collect();
            Value::bytes(out).tainted(Taints::DECODED)
        }
        "split" | "splitlines" => {
            let by = first
                .and_then(Value::as_bytes)
                .unwrap_or_else(|| b"\n".to_vec());
            let by = String::from_utf8(by)
                .ok()
                .filter(|by| !by.is_empty() && text.is_ascii())?;
            Value::list(
                text.split(&by)
                    .take(MOST_ITEMS + 1)
                    .map(|part| Value::bytes(part.as_bytes()))
                    .collect(),
            )
        }
        "tobytes" => Value::bytes(bytes),
        _ => return None,
    })
}

fn to_bytes<'a>(number: &Value<'a>, arguments: &Arguments<'a>) -> Option<Value<'a>> {
    let length = usize::try_from(arguments.get(0, "length")?.as_int()?).ok()?;
    let order = arguments
        .get(1, "byteorder")
        .and_then(Value::as_str)
        .unwrap_or("big");
    let bytes = number.as_int()?.to_be_bytes();
    let mut picked = bytes.get(bytes.len().checked_sub(length)?..)?.to_vec();
    if order == "little" {
        picked.reverse();
    }
    Some(Value::bytes(picked).tainted(Taints::ASSEMBLED))
}
