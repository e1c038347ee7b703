//! Functions that put known lists together.

use ruff_python_ast::Operator;

use super::fold;
use super::value::{Arguments, Kind, MOST_ITEMS, Value};

/// Sums of numbers; lists are chained, so that none is copied again and again.
pub(super) fn sum<'a>(start: Value<'a>, items: &[Value<'a>]) -> Option<Value<'a>> {
    match start.kind {
        Kind::Int(_) | Kind::Float(_) | Kind::Bool(_) => Some(
            items
                .iter()
                .fold(start, |sum, item| fold::binary(&sum, Operator::Add, item)),
        ),
        Kind::List(_) => chain(std::iter::once(&start).chain(items)),
        _ => None,
    }
}

pub(super) fn zip<'a>(arguments: &Arguments<'a>) -> Option<Value<'a>> {
    let lists = lists(&arguments.positional)?;
    let length = lists.iter().map(Vec::len).min()?;
    let row = |at: usize| Value::list(lists.iter().map(|list| list[at].clone()).collect());
    Some(Value::list((0..length).map(row).collect()))
}

/// The items of each, as long as they are not too many altogether.
fn lists<'a: 'v, 'v>(
    values: impl IntoIterator<Item = &'v Value<'a>>,
) -> Option<Vec<Vec<Value<'a>>>> {
    let mut left = MOST_ITEMS * 2;
    let mut lists = Vec::new();
    for value in values {
        let items = items(value)?;
        left = left.checked_sub(items.len())?;
        lists.push(items);
    }
    Some(lists)
}

pub(super) fn chain<'a: 'v, 'v>(
    parts: impl IntoIterator<Item = &'v Value<'a>>,
) -> Option<Value<'a>> {
    Some(Value::list(lists(parts)?.concat()))
}

/// The items of a list or of the letters of a text.
pub(super) fn items<'a>(value: &Value<'a>) -> Option<Vec<Value<'a>>> {
    Some(match &value.kind {
        Kind::List(items) => items.borrow().clone(),
        Kind::Str(text) if text.len() <= MOST_ITEMS => text
            .chars()
            .map(|letter| Value::string(letter.to_string()))
            .collect(),
        Kind::Bytes(bytes) if bytes.len() <= MOST_ITEMS => {
            bytes.iter().map(|byte| Value::int(*byte)).collect()
        }
        Kind::Dict(pairs) => pairs.borrow().iter().map(|(key, _)| key.clone()).collect(),
        _ => return None,
    })
}
