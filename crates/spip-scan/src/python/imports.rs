//! Imports: which names they bind.

use super::interpreter::Interpreter;
use ruff_python_ast::{StmtImport, StmtImportFrom};
use ruff_text_size::Ranged;

/// How many modules everything may be imported of.
const MOST_STARS: usize = 1000;

impl<'a> Interpreter<'a> {
    pub(super) fn import(&mut self, inner: &'a StmtImport) {
        for alias in &inner.names {
            let name = alias.name.as_str();
            self.uses_module(name, false);
            self.import_from_path(name, inner.range());
            match &alias.asname {
                Some(asname) => self.rebind(asname.as_str(), Self::named(name)),
                None => {
                    let top = name.split('.').next().unwrap_or(name);
                    self.rebind(top, Self::named(top));
                }
            }
        }
    }

    pub(super) fn import_from(&mut self, inner: &'a StmtImportFrom) {
        let module = self.absolute(
            inner.level,
            inner
                .module
                .as_ref()
                .map(ruff_python_ast::Identifier::as_str),
        );
        self.uses_module(&module, false);
        self.import_from_path(&module, inner.range());
        for alias in &inner.names {
            let name = alias.name.as_str();
            self.postpones |= module == "__future__" && name == "annotations";
            if name == "*" {
                let module = module.as_str().into();
                if !self.stars.contains(&module) && self.stars.len() < MOST_STARS {
                    self.stars.push(module);
                }
                continue;
            }
            let whole = if module.is_empty() {
                name.to_owned()
            } else {
                format!("{module}.{name}")
            };
            self.uses_module(&whole, false);
            let bound = alias.asname.as_ref().map_or(name, |asname| asname.as_str());
            let value = match self.library {
                Some(_) => self.of_another(&whole),
                None => None,
            };
            self.rebind(bound, value.unwrap_or_else(|| Self::named(&whole)));
        }
    }

    /// The absolute name of a relative import.
    pub(super) fn absolute(&self, level: u32, module: Option<&str>) -> String {
        let module = module.unwrap_or_default();
        if level == 0 {
            return module.to_owned();
        }
        let own = self.role.module.as_deref().unwrap_or_default();
        let mut parts: Vec<&str> = own.split('.').filter(|part| !part.is_empty()).collect();
        let up = level as usize - usize::from(self.role.is_package);
        parts.truncate(parts.len().saturating_sub(up));
        parts.extend(module.split('.').filter(|part| !part.is_empty()));
        parts.join(".")
    }
}
