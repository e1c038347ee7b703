//! The arguments of calls, spread out as far as they are known.

use ruff_python_ast as ast;
use spip_core::Taints;

use super::interpreter::Interpreter;
use super::value::{Arguments, Chars, Kind};

/// How many arguments of each kind are told apart in one call.
const MOST_ARGUMENTS: usize = 1000;

impl<'a> Interpreter<'a> {
    /// The values of arguments; `*` and `**` are spread where they are known.
    pub(super) fn arguments(&mut self, inner: &'a ast::Arguments) -> Arguments<'a> {
        let mut arguments = Arguments {
            positional: Vec::with_capacity(inner.args.len().min(MOST_ARGUMENTS)),
            named: Vec::with_capacity(inner.keywords.len().min(MOST_ARGUMENTS)),
            rest: Taints::NONE,
        };
        for argument in &inner.args {
            let value = self.expression(argument);
            if argument.is_starred_expr() {
                match self.items_of(&value) {
                    Some(items) if items.len() < 256 => arguments.positional.extend(items),
                    _ => arguments.rest = arguments.rest.with(value.all_taints()),
                }
            } else if arguments.positional.len() < MOST_ARGUMENTS {
                arguments.positional.push(value);
            } else {
                arguments.rest = arguments.rest.with(value.all_taints());
            }
        }
        for keyword in &inner.keywords {
            let value = self.expression(&keyword.value);
            match (&keyword.arg, &value.kind) {
                (Some(name), _) if arguments.named.len() < MOST_ARGUMENTS => {
                    arguments.named.push((name.as_str(), value));
                }
                (None, Kind::Dict(pairs)) => {
                    for (key, value) in pairs.borrow().iter().take(256) {
                        match &key.kind {
                            Kind::Str(Chars::Lit(name)) => {
                                arguments.named.push((name, value.clone()));
                            }
                            Kind::Str(Chars::Own(name)) => {
                                let name = self.keep(name);
                                arguments.named.push((name, value.clone()));
                            }
                            _ => arguments.rest = arguments.rest.with(value.all_taints()),
                        }
                    }
                }
                _ => arguments.rest = arguments.rest.with(value.all_taints()),
            }
        }
        arguments
    }
}
