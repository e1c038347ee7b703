//! How old releases must be: in general, of some projects, from some indexes.

use spip_core::{AgeLimits, SafeUrl};
use toml::Spanned;

use super::{Effective, Merging, values};
use crate::PolicyError;
use crate::document::{MinAge, MinAges};

impl Merging<'_> {
    pub(super) fn age(&self, whole: &mut Effective) -> Result<(), PolicyError> {
        let Some(value) = &self.source.document.min_age else {
            return Ok(());
        };
        let ages = match value.get_ref() {
            MinAge::All(text) => &MinAges {
                default: Some(text.clone()),
                ..MinAges::default()
            },
            MinAge::Some(ages) => ages,
        };
        if let Some(text) = &ages.default {
            self.default_age(whole, value, text)?;
        }
        for (name, text) in &ages.packages {
            self.age_of_package(whole, value, name, text)?;
        }
        for (index, text) in &ages.indexes {
            self.age_of_index(whole, value, index, text)?;
        }
        Ok(())
    }

    fn default_age(
        &self,
        whole: &mut Effective,
        value: &Spanned<MinAge>,
        text: &str,
    ) -> Result<(), PolicyError> {
        let new = values::duration(text).map_err(|why| self.value("min-age", value, &why))?;
        let limits = &whole.settings.release_age;
        self.may(whole, "min-age", value, new < limits.ask_under)?;
        let limits = &mut whole.settings.release_age;
        limits.warn_under = limits.warn_under.max(new);
        limits.ask_under = new;
        self.row(whole, "min-age", text.to_owned(), value);
        Ok(())
    }

    fn age_of_package(
        &self,
        whole: &mut Effective,
        value: &Spanned<MinAge>,
        name: &str,
        text: &str,
    ) -> Result<(), PolicyError> {
        let package = name
            .parse()
            .map_err(|_| self.no_name("min-age", value, name))?;
        // It counts instead of the limits of indexes, and so may not be lower than any of them.
        let before = whole.settings.release_age.strictest(&package);
        let new = self.changed(whole, value, before, text)?;
        self.row(whole, &format!("min-age.{package}"), text.to_owned(), value);
        whole.settings.release_age.packages.insert(package, new);
        Ok(())
    }

    fn age_of_index(
        &self,
        whole: &mut Effective,
        value: &Spanned<MinAge>,
        address: &str,
        text: &str,
    ) -> Result<(), PolicyError> {
        let index = address.parse::<SafeUrl>();
        let index = index.map_err(|error| self.value("min-age", value, &error.to_string()))?;
        let before = whole.settings.release_age.limits_of_index(&index);
        let new = self.changed(whole, value, before, text)?;
        self.row(
            whole,
            &format!("min-age.{}", index.bare()),
            text.to_owned(),
            value,
        );
        let indexes = &mut whole.settings.release_age.indexes;
        indexes.retain(|(known, _)| !(known.is_below(&index) && index.is_below(known)));
        indexes.push((index, new));
        Ok(())
    }

    fn changed(
        &self,
        whole: &Effective,
        value: &Spanned<MinAge>,
        before: AgeLimits,
        text: &str,
    ) -> Result<AgeLimits, PolicyError> {
        let new = values::duration(text).map_err(|why| self.value("min-age", value, &why))?;
        self.may(whole, "min-age", value, new < before.ask_under)?;
        Ok(before.asking_under(new))
    }
}
