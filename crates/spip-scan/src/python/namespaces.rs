//! Ways to the names of other modules that no import shows.

use ruff_text_size::TextRange;
use spip_core::Taints;

use super::interpreter::Interpreter;
use super::models;
use super::value::Value;

/// Stands for the variables of some module of the standard library.
pub(super) const SOMEBODYS_GLOBALS: &str = "builtins.object.__globals__";

/// Modules whose functions are looked for where the module is not known.
const MODULES: &[&str] = &[
    "os",
    "subprocess",
    "builtins",
    "sys",
    "socket",
    "importlib",
    "shutil",
    "ctypes",
    "marshal",
];

/// What an attribute leads to, whatever it is asked of: classes, frames and functions know their
/// module's names.
pub(super) fn attribute(name: &str) -> Option<&'static str> {
    Some(match name {
        "__class__" | "__base__" | "__bases__" | "__mro__" => "builtins.object",
        "__globals__" | "f_globals" | "func_globals" => SOMEBODYS_GLOBALS,
        "__builtins__" | "f_builtins" => "builtins",
        _ => return None,
    })
}

/// Nobody who means to be read takes this way to the builtins.
pub(super) fn disguise(name: &str) -> Taints {
    if matches!(name, "f_builtins" | "__builtins__") {
        Taints::ASSEMBLED
    } else {
        Taints::NONE
    }
}

impl<'a> Interpreter<'a> {
    /// A variable of a module that is not known: its name says whose function it must be.
    pub(super) fn global_of_somebody(
        &mut self,
        name: &str,
        hidden: Taints,
        range: TextRange,
    ) -> Value<'a> {
        if name == "__builtins__" {
            return Value::path("builtins").tainted(hidden);
        }
        let hidden = hidden.with(Taints::ASSEMBLED);
        for module in MODULES {
            let path = format!("{module}.{name}");
            if models::effect(&path).is_some() {
                return self.resolved(&path, hidden, range);
            }
        }
        Self::named(name).tainted(hidden)
    }
}
