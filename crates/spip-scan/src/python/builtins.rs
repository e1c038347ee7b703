//! Pure functions of known values.

use spip_core::Taints;

use super::bytes::{byte_list, byte_table, bytes_of, from_bytes, int_of, packed, power, unquote};
use super::fold::{self, LONGEST, Slice};
use super::format;
use super::methods;
use super::sequences::{chain, items, sum, zip};
use super::value::{Arguments, Kind, MOST_ITEMS, Value};

/// What a pure function gives; `None`: not known. Taints of the arguments are kept.
pub(super) fn call<'a>(path: &str, arguments: &Arguments<'a>) -> Option<Value<'a>> {
    let first = arguments.positional.first();
    let key = first.map_or(0, |first| first.key);
    let result = known(path, arguments)?;
    let drops = matches!(path, "builtins.len" | "builtins.isinstance");
    let taints = if drops {
        Taints::NONE
    } else {
        top_taints(arguments)
    };
    Some(result.tainted(taints).keyed(key))
}

fn top_taints(arguments: &Arguments<'_>) -> Taints {
    arguments
        .values()
        .fold(arguments.rest, |taints, value| taints.with(value.taints))
}

fn known<'a>(path: &str, arguments: &Arguments<'a>) -> Option<Value<'a>> {
    let name = path.strip_prefix("builtins.").unwrap_or(path);
    let first = arguments.positional.first();
    let second = arguments.positional.get(1);
    Some(match name {
        "chr" | "unichr" => {
            let letter = char::from_u32(u32::try_from(first?.as_int()?).ok()?)?;
            // Control characters and separators are written as numbers for a reason.
            let hidden = if letter.is_ascii_alphanumeric() {
                Taints::ASSEMBLED.with(Taints::DECODED)
            } else {
                Taints::ASSEMBLED
            };
            Value::string(letter.to_string()).tainted(hidden)
        }
        "ord" => match &first?.kind {
            Kind::Str(text) => Value::int(u32::from(text.chars().next()?)),
            Kind::Bytes(bytes) => Value::int(*bytes.first()?),
            _ => return None,
        },
        "len" => Value::int(i128::try_from(length(first?)?).ok()?),
        "range" | "xrange" => range(arguments)?,
        "reversed" => reversed(first?)?,
        "str" | "unicode" | "ascii" | "repr" => text_of(first, second)?,
        "bytes" => bytes_of(first, second)?,
        "bytearray" => byte_list(&bytes_of(first, second)?),
        "memoryview" => first?.clone(),
        "int" | "long" => int_of(first?, second.or_else(|| arguments.named("base")))?,
        "bool" => Kind::Bool(first?.truth()?).into(),
        "abs" => Value::int(first?.as_int()?.checked_abs()?),
        "hex" => Value::string(format!("{:#x}", first?.as_int()?)),
        "oct" => Value::string(format!("{:#o}", first?.as_int()?)),
        "bin" => Value::string(format!("{:#b}", first?.as_int()?)),
        "pow" => {
            let exponent = u32::try_from(second?.as_int()?).ok()?;
            match arguments.positional.get(2) {
                None => Value::int(first?.as_int()?.checked_pow(exponent)?),
                Some(modulus) => Value::int(power(first?.as_int()?, exponent, modulus.as_int()?)?),
            }
        }
        "divmod" => {
            let quotient = fold::binary(first?, ruff_python_ast::Operator::FloorDiv, second?);
            let rest = fold::binary(first?, ruff_python_ast::Operator::Mod, second?);
            Value::list(vec![quotient, rest])
        }
        "list" | "tuple" | "set" | "frozenset" | "iter" | "sorted" | "collections.deque"
        | "array.array" => list_of(name, arguments)?,
        "dict" | "collections.OrderedDict" => dict_of(arguments)?,
        "zip" => zip(arguments)?,
        "enumerate" => {
            let items = items(first?)?.into_iter().enumerate();
            let pairs = items.map(|(at, item)| Value::list(vec![Value::int(at as i128), item]));
            Value::list(pairs.collect())
        }
        "sum" => {
            let start = second.cloned().unwrap_or_else(|| Value::int(0));
            sum(start, &items(first?)?)?
        }
        "min" | "max" => {
            let numbers: Option<Vec<i128>> = items(first?)?.iter().map(Value::as_int).collect();
            let numbers = numbers?.into_iter();
            Value::int(if name == "min" {
                numbers.min()?
            } else {
                numbers.max()?
            })
        }
        "format" => match (first?.as_int(), second.and_then(Value::as_str)) {
            (Some(code), Some("c")) => {
                Value::string(char::from_u32(u32::try_from(code).ok()?)?.to_string())
                    .tainted(Taints::ASSEMBLED)
            }
            (_, None) => Value::string(format::plain(first?)),
            _ => return None,
        },
        "operator.add" | "operator.concat" => {
            fold::binary(first?, ruff_python_ast::Operator::Add, second?)
        }
        "operator.xor" => fold::binary(first?, ruff_python_ast::Operator::BitXor, second?),
        "operator.sub" => fold::binary(first?, ruff_python_ast::Operator::Sub, second?),
        "operator.mul" => fold::binary(first?, ruff_python_ast::Operator::Mult, second?),
        "operator.mod" => fold::binary(first?, ruff_python_ast::Operator::Mod, second?),
        "itertools.accumulate" if second.is_none() => {
            let mut sum = Value::int(0);
            let sums = items(first?)?.into_iter().map(|item| {
                sum = fold::binary(&sum, ruff_python_ast::Operator::Add, &item);
                sum.clone()
            });
            Value::list(sums.collect())
        }
        "struct.pack" => packed(arguments)?,
        "itertools.chain" => chain(&arguments.positional)?,
        "itertools.chain.from_iterable" => chain(&items(first?)?)?,
        "itertools.islice" => Value::list(items(first?)?),
        "str.join" | "bytes.join" | "str.replace" | "bytes.decode" | "str.encode" | "str.lower"
        | "str.translate" | "str.format" => {
            let mut rest = arguments.clone();
            first?;
            let receiver = rest.positional.remove(0);
            methods::call(&receiver, name.rsplit('.').next()?, &rest)?
        }
        "str.maketrans" | "string.maketrans" => maketrans(arguments)?,
        "bytes.maketrans" => byte_table(first?, second?)?,
        "int.from_bytes" => from_bytes(arguments)?,
        "binascii.hexlify" => {
            Value::bytes(data_encoding::HEXLOWER.encode(&short(first?)?).into_bytes())
        }
        "base64.b64encode" => {
            Value::bytes(data_encoding::BASE64.encode(&short(first?)?).into_bytes())
        }
        "re.sub" => substituted(arguments)?,
        "urllib.parse.unquote" | "urllib.parse.unquote_plus" => unquote(first?.as_str()?),
        "textwrap.dedent" | "io.StringIO" | "io.BytesIO" | "string.Template" | "html.unescape" => {
            first?.clone()
        }
        "slice" => return None,
        _ => return None,
    })
}

/// `re.sub` of a known text. What other patterns than plain texts leave is not known, but was
/// put together.
fn substituted<'a>(arguments: &Arguments<'a>) -> Option<Value<'a>> {
    let [pattern, with, text, ..] = &arguments.positional[..] else {
        return None;
    };
    let (pattern, text) = (pattern.as_str()?, text.as_str()?);
    let special = |letter: char| "\\^$.|?*+()[]{}".contains(letter);
    match with.as_str() {
        Some(with) if !pattern.is_empty() && !pattern.contains(special) => {
            Some(Value::string(text.replace(pattern, with)).tainted(Taints::ASSEMBLED))
        }
        _ => Some(Value::unknown(Taints::ASSEMBLED)),
    }
}

fn length(value: &Value<'_>) -> Option<usize> {
    Some(match &value.kind {
        Kind::Str(text) => text.chars().count(),
        Kind::Bytes(bytes) => bytes.len(),
        Kind::List(items) => items.borrow().len(),
        Kind::Dict(pairs) => pairs.borrow().len(),
        _ => return None,
    })
}

/// The bytes of a value that is to grow.
fn short(value: &Value<'_>) -> Option<Vec<u8>> {
    value.as_bytes().filter(|bytes| bytes.len() <= LONGEST / 2)
}

fn range<'a>(arguments: &Arguments<'a>) -> Option<Value<'a>> {
    let numbers: Option<Vec<i128>> = arguments.positional.iter().map(Value::as_int).collect();
    let (start, stop, step) = match numbers?[..] {
        [stop] => (0, stop, 1),
        [start, stop] => (start, stop, 1),
        [start, stop, step] if step != 0 => (start, stop, step),
        _ => return None,
    };
    let count = stop.checked_sub(start)?.checked_div(step)?;
    if count > 100_000 {
        return None;
    }
    let mut out = Vec::new();
    let mut at = start;
    while (step > 0 && at < stop) || (step < 0 && at > stop) {
        out.push(Value::int(at));
        at = at.checked_add(step)?;
    }
    Some(Value::list(out))
}

fn reversed<'a>(value: &Value<'a>) -> Option<Value<'a>> {
    let turned = Slice {
        step: Some(-1),
        ..Slice::default()
    };
    match &value.kind {
        Kind::Str(_) => {
            let turned = fold::slice(value, turned)?;
            Some(Value::list(items(&turned)?).tainted(Taints::ASSEMBLED))
        }
        _ => fold::slice(value, turned),
    }
}

fn text_of<'a>(first: Option<&Value<'a>>, codec: Option<&Value<'a>>) -> Option<Value<'a>> {
    let Some(first) = first else {
        return Some(Value::string(""));
    };
    Some(match &first.kind {
        Kind::Str(_) | Kind::Text(_) => first.clone(),
        Kind::Bytes(bytes) if codec.is_some() => {
            methods::decode_text(bytes, codec.and_then(Value::as_str).unwrap_or("utf-8"))?
        }
        Kind::Int(number) => Value::string(number.get().to_string()),
        Kind::Bool(_) | Kind::None => Value::string(format::plain(first)),
        _ => return None,
    })
}

fn list_of<'a>(name: &str, arguments: &Arguments<'a>) -> Option<Value<'a>> {
    let first = match name {
        "array.array" => arguments.positional.get(1)?,
        _ => match arguments.positional.first() {
            Some(first) => first,
            None => return Some(Value::list(Vec::new())),
        },
    };
    if let Kind::Path(path) = &first.kind {
        return Some(Value::path(path.clone()));
    }
    let mut items = items(first)?;
    if name == "sorted" {
        let keyed = arguments.named("key").is_some();
        if keyed {
            return None;
        }
        items.sort_by(|one, two| match (one.as_int(), two.as_int()) {
            (Some(one), Some(two)) => one.cmp(&two),
            _ => one.as_str().cmp(&two.as_str()),
        });
        if arguments.named("reverse").and_then(Value::truth) == Some(true) {
            items.reverse();
        }
    }
    Some(Value::list(items))
}

fn dict_of<'a>(arguments: &Arguments<'a>) -> Option<Value<'a>> {
    let mut pairs = Vec::new();
    if let Some(first) = arguments.positional.first() {
        match &first.kind {
            Kind::Dict(known) => pairs.extend(known.borrow().iter().cloned()),
            Kind::List(list) => {
                for item in list.borrow().iter() {
                    let two = items(item).filter(|two| two.len() == 2)?;
                    pairs.push((two[0].clone(), two[1].clone()));
                }
            }
            _ => return None,
        }
    }
    let named = arguments.named.iter();
    pairs.extend(named.map(|(name, value)| (Value::literal(name), value.clone())));
    Some(Value::dict(pairs).tainted(arguments.rest))
}

fn maketrans<'a>(arguments: &Arguments<'a>) -> Option<Value<'a>> {
    let first = arguments.positional.first()?;
    if let Kind::Dict(pairs) = &first.kind {
        let pairs = pairs.borrow();
        let pairs = pairs.iter().map(|(key, value)| {
            let code = key.as_str().and_then(|text| text.chars().next());
            (
                code.map_or_else(|| key.clone(), |letter| Value::int(u32::from(letter))),
                value.clone(),
            )
        });
        return Some(Value::dict(pairs.collect()));
    }
    let (from, to) = (first.as_str()?, arguments.positional.get(1)?.as_str()?);
    let pairs = from.chars().zip(to.chars()).take(MOST_ITEMS);
    let pairs = pairs.map(|(from, to)| (Value::int(u32::from(from)), Value::int(u32::from(to))));
    let dropped = arguments.positional.get(2).and_then(Value::as_str);
    let dropped = dropped.unwrap_or_default().chars();
    let pairs = pairs.chain(dropped.map(|it| (Value::int(u32::from(it)), Value::none())));
    Some(Value::dict(pairs.collect()))
}
