//! What calls of known names give that do nothing else.

use spip_core::Taints;

use super::decoders::Decoder;
use super::value::{Arguments, Kind, Value};
use super::{fold, methods, models};

/// The members of a module that are known by name: as pairs, values or names.
pub(super) fn members_of<'a>(module: &str, what: &str) -> Value<'a> {
    let members = models::members(module).into_iter().map(|name| {
        let key = Value::string(name);
        let value = Value::path(format!("{module}.{name}")).tainted(Taints::ASSEMBLED);
        match what {
            "items" => Value::list(vec![key, value]),
            "values" => value,
            _ => key,
        }
    });
    Value::list(members.collect())
}

pub(super) fn first_key(arguments: &Arguments<'_>) -> u32 {
    arguments.positional.first().map_or(0, |first| first.key)
}

pub(super) fn join<'a>(arguments: &Arguments<'a>) -> Value<'a> {
    let mut parts = arguments.positional.iter();
    let Some(first) = parts.next().cloned() else {
        return Value::string(".");
    };
    let first = match first.kind {
        Kind::Str(_) | Kind::Text(_) => first,
        _ => Value::text(fold::hole_text(&first))
            .tainted(first.taints)
            .keyed(first.key),
    };
    parts
        .fold(first, |path, part| fold::join_paths(&path, part))
        .tainted(arguments.rest)
}

/// `~` and variables in a path lead to somebody's home.
pub(super) fn expanded<'a>(arguments: &Arguments<'a>) -> Value<'a> {
    let Some(first) = arguments.positional.first() else {
        return Value::unknown(arguments.taints());
    };
    let text = first.shown().unwrap_or_default();
    let leads_home = [
        "~",
        "$HOME",
        "%USERPROFILE%",
        "%APPDATA%",
        "%LOCALAPPDATA%",
        "$USERPROFILE",
    ];
    let taints = if leads_home.iter().any(|start| text.starts_with(start)) {
        Taints::HOME
    } else {
        Taints::NONE
    };
    first.clone().tainted(taints)
}

pub(super) fn basename<'a>(arguments: &Arguments<'a>) -> Value<'a> {
    let Some(first) = arguments.positional.first() else {
        return Value::unknown(Taints::NONE);
    };
    let text = fold::hole_text(first);
    let name = text.rsplit('/').next().unwrap_or_default();
    // What a path that is not known ends with is not known either.
    let whole = name.is_empty() || !text.contains('/');
    let name = if whole { text.clone() } else { name.to_owned() };
    Value::text(name).tainted(first.taints).keyed(first.key)
}

pub(super) fn dirname<'a>(arguments: &Arguments<'a>) -> Value<'a> {
    let Some(first) = arguments.positional.first() else {
        return Value::unknown(Taints::NONE);
    };
    let text = fold::hole_text(first);
    let parent = match text.trim_end_matches('/').rsplit_once('/') {
        Some((parent, _)) => parent.to_owned(),
        None => text,
    };
    Value::text(parent).tainted(first.taints)
}

pub(super) fn decode<'a>(decoder: Decoder, arguments: &Arguments<'a>) -> Value<'a> {
    let Some(first) = arguments
        .positional
        .first()
        .or_else(|| arguments.values().next())
    else {
        return Value::unknown(Taints::DECODED);
    };
    let taints = arguments.taints().with(Taints::DECODED);
    let bytes = match &first.kind {
        Kind::Str(text) => Some(text.as_bytes().to_vec()),
        Kind::Path(path) if path.contains("BytesIO") => None,
        _ => first.as_bytes(),
    };
    let decoded = bytes.and_then(|bytes| methods::by(decoder, &bytes, false));
    decoded
        .unwrap_or_else(|| Value::unknown(Taints::NONE))
        .tainted(taints)
        .keyed(first.key)
}

pub(super) fn decode_by<'a>(arguments: &Arguments<'a>) -> Value<'a> {
    let taints = arguments.taints();
    let first = arguments.positional.first();
    let codec = arguments
        .get(1, "encoding")
        .and_then(Value::as_str)
        .unwrap_or("utf-8");
    let decoded = first.and_then(|first| match &first.kind {
        Kind::Str(text) => {
            methods::encode(text, codec).or_else(|| methods::decode_text(text.as_bytes(), codec))
        }
        Kind::Bytes(bytes) => methods::decode_text(bytes, codec),
        _ => None,
    });
    match decoded {
        Some(value) => value.tainted(taints),
        None if ["utf-8", "utf8", "ascii", "latin-1", "latin1"].contains(&codec) => {
            Value::unknown(taints)
        }
        None => Value::unknown(taints.with(Taints::DECODED)),
    }
}
