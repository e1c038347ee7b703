//! Items of names outside the file: modules, namespaces, the environment.

use super::dynamic::LONGEST_NAME;
use ruff_text_size::TextRange;
use spip_core::{Deed, Taints};

use super::interpreter::Interpreter;
use super::value::{Arguments, Kind, Value};
use super::{models, namespaces, secrets};

impl<'a> Interpreter<'a> {
    /// Where a module lies: this one in the package, others among the packages.
    pub(super) fn file_of(&self, module: &str) -> Value<'a> {
        if self.role.module.as_deref() == Some(module) {
            let text = format!("{{package}}/{}", self.path);
            return Value::text(text).tainted(Taints::PACKAGE_DATA);
        }
        let text = format!("{{site-packages}}/{}/__init__.py", module.replace('.', "/"));
        Value::text(text).tainted(Taints::SITE_PACKAGES)
    }

    /// `base[index]` of a name outside this file.
    pub(super) fn path_item(
        &mut self,
        base: &Value<'a>,
        path: &str,
        index: &Value<'a>,
        range: TextRange,
    ) -> Value<'a> {
        let hidden = base
            .taints
            .with(index.taints)
            .only(Taints::HIDDEN.with(Taints::ASSEMBLED));
        let text = index.as_str();
        match (path, text) {
            ("os.environ" | "os.environb", _) => self.variable_of_environment(index, range),
            ("sys.modules", Some(name)) => Self::named(name).tainted(hidden),
            // `sys.modules[__name__]`.
            ("sys.modules", None) if matches!(index.kind, Kind::Unknown) => {
                match self.role.module.as_deref() {
                    Some(own) => Value::path(own),
                    None => Value::unknown(Taints::NONE),
                }
            }
            ("builtins", Some(name)) => self.resolved(&format!("builtins.{name}"), hidden, range),
            (
                "builtins.globals()" | "builtins.locals()" | "builtins.vars()",
                Some("__builtins__"),
            ) => Value::path("builtins").tainted(hidden),
            ("builtins.globals()" | "builtins.locals()" | "builtins.vars()", Some(name))
                if name.len() <= LONGEST_NAME =>
            {
                let name = self.keep(name);
                self.name(name).tainted(hidden)
            }
            ("sys.argv", _) if index.as_int() == Some(0) => Value::string("{main}"),
            ("sys.argv", _) => Value::unknown(Taints::PARAMETER),
            (_, Some(name)) if path.ends_with(".__dict__") => {
                let inner = path.trim_end_matches(".__dict__");
                self.resolved(&format!("{inner}.{name}"), hidden, range)
            }
            (namespaces::SOMEBODYS_GLOBALS, Some(name)) => {
                self.global_of_somebody(name, hidden, range)
            }
            ("builtins.object", _) => Value::path(path).tainted(base.taints),
            _ if path.starts_with("builtins.object.__subclasses__") => {
                Value::path("builtins.object.__subclasses__()").tainted(base.taints)
            }
            _ if path.ends_with(')') => Value::path(path).tainted(base.taints).keyed(base.key),
            _ => {
                self.note_taken(path);
                Value::unknown(base.taints).keyed(base.key)
            }
        }
    }

    /// A name found at run time; one put together to hide something dangerous is an act by itself.
    pub(super) fn resolved(&mut self, path: &str, hidden: Taints, range: TextRange) -> Value<'a> {
        let value = Self::named(path).tainted(hidden);
        let Some(path) = value.as_path().cloned() else {
            return value;
        };
        if !hidden.is_empty() && models::is_dangerous(&path) {
            let at = self.act(Deed::Resolve, &path, &Arguments::default(), range);
            self.disguise(at);
        }
        value
    }

    /// One variable of the environment.
    pub(super) fn variable_of_environment(
        &mut self,
        name: &Value<'a>,
        range: TextRange,
    ) -> Value<'a> {
        let known = name.as_str().filter(|name| name.len() <= LONGEST_NAME);
        let Some(name) = known.map(str::to_owned) else {
            // Each of its own names: the environment as a whole.
            return Value::unknown(name.taints.only(Taints::ENVIRONMENT));
        };
        let place = match name.as_str() {
            "HOME" | "USERPROFILE" | "HOMEPATH" => Some(("~", Taints::HOME)),
            "APPDATA" | "LOCALAPPDATA" | "XDG_CONFIG_HOME" => Some(("~/AppData", Taints::HOME)),
            "TEMP" | "TMP" | "TMPDIR" => Some(("{tmp}", Taints::TEMPORARY)),
            "VIRTUAL_ENV" => Some(("{venv}", Taints::NONE)),
            _ => None,
        };
        if let Some((text, taints)) = place {
            return Value::string(text).tainted(taints);
        }
        if [
            "USER",
            "USERNAME",
            "LOGNAME",
            "COMPUTERNAME",
            "HOSTNAME",
            "USERDOMAIN",
        ]
        .contains(&name.as_str())
        {
            return Value::unknown(Taints::IDENTITY);
        }
        if !secrets::is_secret_variable(&name) {
            return Value::unknown(Taints::NONE);
        }
        let named = Arguments::of(vec![Value::string(name)]);
        let at = self.act(Deed::Read, "os.environ", &named, range);
        self.taint(at, Taints::SECRET_VARIABLE);
        Value::unknown(Taints::SECRET_VARIABLE)
    }
}
