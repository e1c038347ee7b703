//! Keeps containers from holding themselves: what does so is never given back to memory.

use std::rc::Rc;

use super::value::{Kind, Value};

/// How many containers within a value are looked into; a value with more counts as holding itself.
const MOST_CONTAINERS: usize = 1000;

/// How many items are looked at where that costs no steps.
pub(super) const FEW_ITEMS: usize = 4096;

impl Value<'_> {
    /// The value, unless it holds the container that it is put into: then only its taints.
    #[must_use]
    pub(super) fn apart_from(self, container: &Self, most_items: usize) -> Self {
        let mut search = Search {
            wanted: address(container),
            containers: MOST_CONTAINERS,
            items: most_items,
        };
        if search.finds(&self) {
            Self::unknown(self.all_taints()).keyed(self.key)
        } else {
            self
        }
    }
}

/// Where a container is in memory.
fn address(value: &Value<'_>) -> usize {
    match &value.kind {
        Kind::List(items) => Rc::as_ptr(items).addr(),
        Kind::Dict(pairs) => Rc::as_ptr(pairs).addr(),
        _ => 0,
    }
}

struct Search {
    wanted: usize,
    containers: usize,
    items: usize,
}

impl Search {
    /// Whether the container is within the value, or too much is.
    fn finds(&mut self, value: &Value<'_>) -> bool {
        match &value.kind {
            Kind::List(items) => {
                let Ok(items) = items.try_borrow() else {
                    return true;
                };
                self.enters(value, items.len()) || items.iter().any(|item| self.finds(item))
            }
            Kind::Dict(pairs) => {
                let Ok(pairs) = pairs.try_borrow() else {
                    return true;
                };
                self.enters(value, pairs.len())
                    || pairs
                        .iter()
                        .any(|(key, item)| self.finds(key) || self.finds(item))
            }
            Kind::Either(values) => {
                self.enters(value, values.len()) || values.iter().any(|one| self.finds(one))
            }
            Kind::Partial(partial) => {
                self.enters(value, 1)
                    || self.finds(&partial.callee)
                    || partial.arguments.values().any(|one| self.finds(one))
            }
            Kind::Function(_, Some(this)) => self.enters(value, 1) || self.finds(this),
            _ => false,
        }
    }

    /// Takes a container from the bounds; `true`: it is the one, or the bounds are met.
    fn enters(&mut self, value: &Value<'_>, count: usize) -> bool {
        let is_wanted = self.wanted != 0 && address(value) == self.wanted;
        if is_wanted || self.containers == 0 || self.items < count {
            return true;
        }
        self.containers -= 1;
        self.items -= count;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(items: Vec<Value<'static>>) -> Value<'static> {
        Value::list(items)
    }

    #[test]
    fn tells_what_holds_a_container() {
        let inner = list(vec![]);
        let outer = list(vec![Value::dict(vec![(Value::int(1), inner.clone())])]);
        let is_apart = |value: &Value<'static>, container: &Value<'static>| {
            !matches!(value.clone().apart_from(container, 10).kind, Kind::Unknown)
        };
        assert!(!is_apart(&inner, &inner));
        assert!(!is_apart(&outer, &inner));
        assert!(is_apart(&inner, &outer));
        assert!(is_apart(&Value::int(1), &outer));
        // Too much to look at counts as held.
        let long = list(vec![Value::int(1); 11]);
        assert!(!is_apart(&long, &outer));
    }
}
