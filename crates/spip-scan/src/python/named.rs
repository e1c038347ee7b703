//! Dotted names outside this file: what they stand for, worked out once for each.

use std::rc::Rc;

use hashbrown::HashMap;
use spip_core::{Taints, Trigger};

use super::facts::Facts;
use super::interpreter::Interpreter;
use super::models;
use super::tables::PLACES;
use super::value::Value;

/// How many names are remembered with what they stand for.
const MOST_REMEMBERED: usize = 10_000;

/// A dotted name longer than this is forgotten.
const LONGEST_PATH: usize = 160;

/// How many modules of which everything was imported may hold a name, once the budget is spent.
const FEW_STARS: usize = 32;

/// What is remembered of names outside this file.
#[derive(Default)]
pub(super) struct Names<'a> {
    /// What their attributes stand for, as far as they were looked up.
    attributes: HashMap<String, HashMap<&'a str, Value<'a>>>,
    /// The built-in functions that were looked up.
    builtins: HashMap<&'a str, Value<'a>>,
    /// What their texts tell, as far as they were called.
    pub(super) facts: HashMap<Rc<str>, Rc<Facts>>,
}

impl<'a> Interpreter<'a> {
    /// What a dotted name outside this file stands for.
    pub(super) fn named(path: &str) -> Value<'a> {
        if path.len() > LONGEST_PATH {
            return Value::unknown(Taints::NONE);
        }
        let canonical = models::canonical(path);
        let path = canonical.as_deref().unwrap_or(path);
        if let Some((_, text, taints)) = PLACES.iter().find(|(name, ..)| *name == path) {
            return Value::string(*text).tainted(*taints);
        }
        let taints = match path {
            "os.environ" => Taints::ENVIRONMENT,
            // Whoever starts the program decides.
            "sys.argv" | "sys.stdin" => Taints::PARAMETER,
            "sys.version" | "sys.platform" | "os.name" | "sys.version_info" => Taints::PLATFORM,
            _ => Taints::NONE,
        };
        Value::path(path).tainted(taints)
    }

    /// The same for `path.name`, remembered.
    pub(super) fn named_within(&mut self, path: &str, name: &'a str) -> Value<'a> {
        if let Some(known) = self
            .names
            .attributes
            .get(path)
            .and_then(|names| names.get(name))
        {
            return known.clone();
        }
        let value = Self::named(&format!("{path}.{name}"));
        if self.names.attributes.len() < MOST_REMEMBERED {
            let names = self.names.attributes.entry_ref(path).or_default();
            if names.len() < MOST_REMEMBERED {
                names.insert(name, value.clone());
            }
        }
        value
    }

    pub(super) fn builtin(&mut self, name: &'a str) -> Value<'a> {
        if let Some(known) = self.names.builtins.get(name) {
            return known.clone();
        }
        let path = format!("builtins.{name}");
        if models::effect(&path).is_some() || OTHER_BUILTINS.contains(&name) {
            let value = Value::path(path);
            self.names.builtins.insert(name, value.clone());
            return value;
        }
        let count = self.stars.len();
        let is_spent = self.steps >= self.most_steps;
        let most = if is_spent { FEW_STARS } else { count };
        self.steps += count as u64;
        for star in 0..count.min(most) {
            let module = self.stars[star].clone();
            if self.library.is_some()
                && let Some(value) = self.of_another(&format!("{module}.{name}"))
            {
                return value;
            }
            let known = self.named_within(&module, name);
            let is_known = known
                .as_path()
                .is_none_or(|path| models::effect(path).is_some());
            if is_known || ["os", "sys", "subprocess"].contains(&name) {
                return known;
            }
            let own = self.role.module.as_deref().unwrap_or_default();
            let is_own = !own.is_empty() && own.split('.').next() == module.split('.').next();
            if is_own || self.role.trigger == Trigger::Build {
                return known;
            }
        }
        Value::unknown(Taints::NONE)
    }
}

const OTHER_BUILTINS: &[&str] = &[
    "type",
    "super",
    "input",
    "setattr",
    "delattr",
    "vars",
    "help",
    "breakpoint",
    "exit",
    "quit",
    "object",
    "Exception",
    "BaseException",
    "open",
    "__build_class__",
    "aiter",
    "anext",
    "complex",
    "reload",
    "cmp",
    "coerce",
    "intern",
];
