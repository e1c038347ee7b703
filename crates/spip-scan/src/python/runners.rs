//! Callables that are handed over to be called: threads, timers, pools, loops.

use std::rc::Rc;

use ruff_text_size::TextRange;
use spip_core::{Deed, Taints};

use super::interpreter::Interpreter;
use super::value::{Arguments, Kind, Value};

impl<'a> Interpreter<'a> {
    /// Calls what a program hands to others to call.
    pub(super) fn runs(&mut self, arguments: &Arguments<'a>, range: TextRange) {
        let listed = arguments.named("args").cloned();
        let listed = listed.and_then(|given| self.items_of(&given));
        let named = self.named_by(arguments.named("kwargs"));
        let all: Vec<Value<'a>> = arguments.values().cloned().collect();
        for (index, value) in all.iter().enumerate() {
            for one in value.alternatives() {
                if !self.is_callable(one) {
                    continue;
                }
                let after = arguments.positional.get(index + 1..).unwrap_or_default();
                let positional = match &listed {
                    Some(listed) => listed.clone(),
                    None => self.spread(one, after),
                };
                let rest = arguments.rest;
                let arguments = Arguments {
                    positional,
                    named: named.clone(),
                    rest,
                };
                self.call(one, arguments, range);
            }
        }
    }

    /// The entries of a dictionary as named arguments.
    fn named_by(&mut self, given: Option<&Value<'a>>) -> Vec<(&'a str, Value<'a>)> {
        let Some(Kind::Dict(pairs)) = given.map(|given| &given.kind) else {
            return Vec::new();
        };
        let pairs: Vec<_> = pairs.borrow().iter().take(64).cloned().collect();
        let named = pairs.into_iter();
        named
            .filter_map(|(key, value)| Some((self.keep(key.as_str()?), value)))
            .collect()
    }

    /// Whether a value is called where something is to be called.
    fn is_callable(&self, value: &Value<'a>) -> bool {
        match &value.kind {
            Kind::Function(..) | Kind::Partial(_) => true,
            Kind::Instance(_) => {
                self.local_member(value, "__call__").is_some()
                    || self.local_member(value, "run").is_some()
            }
            Kind::Path(path) => {
                !path.ends_with(')')
                    && (super::models::effect(path).is_some()
                        || path.contains('(') && super::remote::is_client(path))
            }
            _ => false,
        }
    }

    /// What a callable is called with: `(f, a, b)`, or `(f, (a, b))` where that is what it takes.
    fn spread(&mut self, callable: &Value<'a>, after: &[Value<'a>]) -> Vec<Value<'a>> {
        let [
            Value {
                kind: Kind::List(items),
                ..
            },
            ..,
        ] = after
        else {
            return after.to_vec();
        };
        let items = items.borrow().clone();
        let takes = match &callable.kind {
            Kind::Function(id, this) => {
                let known = self.functions[*id].parameters;
                let count = known.map_or(0, |known| known.iter_non_variadic_params().count());
                count.saturating_sub(usize::from(this.is_some()))
            }
            _ => after.len(),
        };
        if takes == items.len() && takes != after.len() || matches!(callable.kind, Kind::Path(_)) {
            items
        } else {
            after.to_vec()
        }
    }

    /// A method of a connection that was wrapped or accepted: what it is named says what it does.
    pub(super) fn over_wire(
        &mut self,
        path: &Rc<str>,
        hidden: Taints,
        base: Option<&Value<'a>>,
        arguments: &Arguments<'a>,
        range: TextRange,
    ) -> Option<Value<'a>> {
        let (_, name) = path.rsplit_once('.')?;
        if name.starts_with("recv") || name.starts_with("read") {
            return Some(Value::path(format!("{path}()")).tainted(Taints::DOWNLOADED));
        }
        if name.starts_with("send") {
            let at = self.act_of(Deed::Send, path, hidden, arguments, range);
            self.tell_peer(at, base);
        }
        None
    }
}

/// Whether something of this name is a connection.
pub(super) fn is_wire(owner: &str) -> bool {
    const WIRES: [&str; 5] = [
        "wrap_socket()",
        "socket()",
        ".accept()",
        "create_connection()",
        "makefile()",
    ];
    WIRES.iter().any(|ending| owner.ends_with(ending))
}
