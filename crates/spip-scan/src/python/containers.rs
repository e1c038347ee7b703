//! Methods of known lists and dictionaries.

use super::cycles::FEW_ITEMS;
use super::fold::{self};
use super::value::{Arguments, Kind, MOST_ITEMS, Value};

pub(super) fn of_list<'a>(
    receiver: &Value<'a>,
    name: &str,
    arguments: &Arguments<'a>,
) -> Option<Value<'a>> {
    let Kind::List(list) = &receiver.kind else {
        return None;
    };
    let first = arguments.positional.first();
    let index = |length: usize, place: Option<&Value<'a>>| {
        let at = place.map_or(Some(-1), Value::as_int)?;
        let at = if at < 0 {
            at + i128::try_from(length).ok()?
        } else {
            at
        };
        usize::try_from(at).ok().filter(|at| *at < length)
    };
    match name {
        "append" | "add" => {
            if list.borrow().len() < MOST_ITEMS {
                let value = first?.clone().apart_from(receiver, FEW_ITEMS);
                list.borrow_mut().push(value);
            }
        }
        "insert" => {
            let length = list.borrow().len();
            let at = usize::try_from(first?.as_int()?).unwrap_or(0).min(length);
            let value = arguments.positional.get(1)?;
            if length < MOST_ITEMS {
                let value = value.clone().apart_from(receiver, FEW_ITEMS);
                list.borrow_mut().insert(at, value);
            }
        }
        "extend" | "update" => {
            let more = first?;
            if !matches!(more.kind, Kind::List(_) | Kind::Bytes(_)) {
                return None;
            }
            let length = list.borrow().len();
            if length + more.length() <= MOST_ITEMS {
                let more: Vec<Value<'a>> = match &more.kind {
                    Kind::List(more) => {
                        let more = more.borrow().clone().into_iter();
                        more.map(|item| item.apart_from(receiver, FEW_ITEMS))
                            .collect()
                    }
                    Kind::Bytes(bytes) => bytes.iter().map(|byte| Value::int(*byte)).collect(),
                    _ => Vec::new(),
                };
                list.borrow_mut().extend(more);
            }
        }
        "reverse" => list.borrow_mut().reverse(),
        "clear" => list.borrow_mut().clear(),
        "pop" => {
            let at = index(list.borrow().len(), first)?;
            return Some(list.borrow_mut().remove(at));
        }
        "copy" => return Some(Value::list(list.borrow().clone())),
        "index" => {
            let at = list
                .borrow()
                .iter()
                .position(|item| item.same(first.unwrap_or(receiver)))?;
            return Some(Value::int(i128::try_from(at).ok()?));
        }
        "__getitem__" => return fold::index(receiver, first?),
        _ => return None,
    }
    Some(Value::none())
}

pub(super) fn of_dict<'a>(
    receiver: &Value<'a>,
    name: &str,
    arguments: &Arguments<'a>,
) -> Option<Value<'a>> {
    let Kind::Dict(pairs) = &receiver.kind else {
        return None;
    };
    let first = arguments.positional.first();
    match name {
        "get" | "pop" | "setdefault" | "__getitem__" => {
            let default = arguments.positional.get(1).cloned();
            if let Some(found) = fold::index(receiver, first?) {
                return Some(found);
            }
            if !matches!(first?.kind, Kind::Str(_) | Kind::Int(_)) {
                let pairs = pairs.borrow();
                let values = pairs.iter().take(8).map(|(_, value)| value.clone());
                return values.chain(default).reduce(Value::or);
            }
            default
        }
        "items" => {
            let pairs = pairs.borrow();
            let items = pairs
                .iter()
                .map(|(key, value)| Value::list(vec![key.clone(), value.clone()]));
            Some(Value::list(items.collect()))
        }
        "keys" => Some(Value::list(
            pairs.borrow().iter().map(|(key, _)| key.clone()).collect(),
        )),
        "values" => Some(Value::list(
            pairs
                .borrow()
                .iter()
                .map(|(_, value)| value.clone())
                .collect(),
        )),
        "copy" => Some(Value::dict(pairs.borrow().clone())),
        "update" => {
            let more = match first.map(|more| &more.kind) {
                Some(Kind::Dict(more)) if more.borrow().len() < MOST_ITEMS => more.borrow().clone(),
                Some(Kind::Dict(_)) => return Some(Value::none()),
                _ => Vec::new(),
            };
            let named = arguments
                .named
                .iter()
                .map(|(name, value)| (Value::literal(name), value.clone()));
            let more = more.into_iter().chain(named).map(|(key, value)| {
                let value = value.apart_from(receiver, FEW_ITEMS);
                (key.apart_from(receiver, FEW_ITEMS), value)
            });
            let more: Vec<_> = more.collect();
            let mut pairs = pairs.try_borrow_mut().ok()?;
            if pairs.len() + more.len() < MOST_ITEMS {
                pairs.extend(more);
            }
            Some(Value::none())
        }
        _ => None,
    }
}
