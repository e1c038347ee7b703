//! Several policies put together: later ones win, locks and projects have their limits.

mod age;
mod exceptions;
mod intel;
mod mistakes;
mod values;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;
use spip_core::{Decision, Level, NamePattern, SafeUrl, Sensitivity, Settings, Severity, Waiver};
use toml::Spanned;

use crate::document::Document;
use crate::reading::{line, nearest};
use crate::{PolicyError, Trouble};

/// Whose file it is; the later ones win.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// The machine's.
    System,
    /// The user's.
    User,
    /// The project's in whose directory the user is. Its author may be anybody.
    Project,
}

/// The files that apply, in the order of their layers.
#[derive(Clone, Debug, Default)]
pub struct Layers(Vec<Source>);

#[derive(Clone, Debug)]
struct Source {
    layer: Layer,
    path: PathBuf,
    text: String,
    document: Arc<Document>,
}

/// A setting that is not as it is without any file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The key, with what it is about: `checks.typosquat`.
    pub key: String,
    /// The value.
    pub value: String,
    /// The file and the line.
    pub from: String,
}

/// What all files together say.
#[derive(Clone, Debug, Default)]
pub struct Effective {
    /// How sensitive.
    pub sensitivity: Sensitivity,
    /// What is dropped.
    pub ignore: Option<Severity>,
    /// What a gap leads to, where a file says so.
    pub on_gap: Option<Decision>,
    /// What the checks are told.
    pub settings: Settings,
    /// A service that is asked about known-bad releases.
    pub service: Option<SafeUrl>,
    /// The exceptions that count.
    pub waivers: Vec<Waiver>,
    /// Those whose day has passed.
    pub expired: Vec<Waiver>,
    /// Everything that a file says, in order.
    pub rows: Vec<Setting>,
    /// What may not be loosened, and who says so.
    locks: BTreeMap<&'static str, String>,
}

/// The keys that can be locked.
const KEYS: &[&str] = &[
    "sensitivity",
    "ignore",
    "on-gap",
    "min-age",
    "checks",
    "allowed-indexes",
    "indexes",
    "require-hashes",
    "only-wheels",
    "private-names",
    "exceptions",
    "intel",
];

/// Every check with the worst that it finds.
type Checks<'a> = &'a [(&'a str, Severity)];

impl Layers {
    /// Adds a file.
    pub fn add(&mut self, layer: Layer, path: PathBuf, text: String, document: Document) {
        self.0.push(Source {
            layer,
            path,
            text,
            document: Arc::new(document),
        });
    }

    /// All but one.
    #[must_use]
    pub fn without(&self, path: &Path) -> Self {
        let others = self.0.iter().filter(|source| source.path != path);
        Self(others.cloned().collect())
    }

    /// Puts them together. `checks` are all checks with the worst that each finds.
    pub fn merge(&self, checks: Checks<'_>, today: Date) -> Result<Effective, PolicyError> {
        let mut effective = Effective::default();
        let mut sources: Vec<&Source> = self.0.iter().collect();
        sources.sort_by_key(|source| source.layer);
        for source in sources {
            let merging = Merging {
                source,
                checks,
                today,
            };
            merging.apply(&mut effective)?;
        }
        Ok(effective)
    }
}

impl Effective {
    /// Fails if an option loosens what is locked: the key, and the option as the user knows it.
    pub fn allows(&self, key: &str, loosens: bool) -> Result<(), PolicyError> {
        match self.locks.get_key_value(key) {
            Some((key, by)) if loosens => Err(PolicyError {
                path: None,
                spot: None,
                trouble: Trouble::Locked {
                    key,
                    by: by.clone(),
                },
            }),
            _ => Ok(()),
        }
    }

    /// Which settings are locked, and by which file.
    pub fn locks(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.locks.iter().map(|(key, by)| (*key, by.as_str()))
    }
}

/// Where a switch of the checks is.
type Switch = fn(&mut Settings) -> &mut bool;

/// One file on its way into the whole.
struct Merging<'a> {
    source: &'a Source,
    checks: Checks<'a>,
    today: Date,
}

impl Merging<'_> {
    fn apply(&self, whole: &mut Effective) -> Result<(), PolicyError> {
        self.levels(whole)?;
        self.age(whole)?;
        self.checks(whole)?;
        self.indexes(whole)?;
        self.switches(whole)?;
        self.names(whole)?;
        self.exceptions(whole)?;
        self.intel(whole)?;
        self.locks(whole)
    }

    fn levels(&self, whole: &mut Effective) -> Result<(), PolicyError> {
        let document = &self.source.document;
        if let Some(value) = &document.sensitivity {
            let new = values::sensitivity(*value.get_ref());
            self.may(whole, "sensitivity", value, new < whole.sensitivity)?;
            whole.sensitivity = new;
            self.row(whole, "sensitivity", values::word(value.get_ref()), value);
        }
        if let Some(value) = &document.ignore {
            let new = Some(values::severity(*value.get_ref()));
            self.may(whole, "ignore", value, new > whole.ignore)?;
            // What is dropped weighs nothing, however sensitive the policy is.
            self.may(whole, "sensitivity", value, new > whole.ignore)?;
            whole.ignore = new;
            self.row(whole, "ignore", values::word(value.get_ref()), value);
        }
        if let Some(value) = &document.on_gap {
            let new = values::decision(*value.get_ref());
            let before = whole.on_gap.unwrap_or(Decision::Ask);
            self.may(whole, "on-gap", value, new < before)?;
            whole.on_gap = Some(new);
            self.row(whole, "on-gap", values::word(value.get_ref()), value);
        }
        Ok(())
    }

    fn checks(&self, whole: &mut Effective) -> Result<(), PolicyError> {
        for (check, value) in &self.source.document.checks {
            let known = self.checks.iter().find(|(id, _)| id == check);
            let Some((_, worst)) = known else {
                return Err(self.error(value, self.unknown_check(check)));
            };
            let new = values::level(*value.get_ref());
            let before = whole.settings.levels.get(check);
            let before = before.copied().unwrap_or(Level::Weighs(*worst));
            self.may(whole, "checks", value, new < before)?;
            self.row(
                whole,
                &format!("checks.{check}"),
                values::word(value.get_ref()),
                value,
            );
            whole.settings.levels.insert(check.clone(), new);
        }
        Ok(())
    }

    fn indexes(&self, whole: &mut Effective) -> Result<(), PolicyError> {
        let document = &self.source.document;
        if let Some(value) = &document.allowed_indexes {
            let parsed = value.get_ref().iter().map(|text| self.address(text, value));
            let new: Vec<SafeUrl> = parsed.collect::<Result<_, _>>()?;
            let is_more = whole
                .settings
                .indexes
                .allowed
                .as_ref()
                .is_some_and(|before| new.iter().any(|index| !before.contains(index)));
            self.may(whole, "allowed-indexes", value, is_more)?;
            self.row(whole, "allowed-indexes", value.get_ref().join(", "), value);
            whole.settings.indexes.allowed = Some(new);
        }
        let before = whole.settings.indexes.clone();
        for (text, value) in &document.indexes {
            let pattern = NamePattern::parse(text);
            let pattern = pattern.ok_or_else(|| self.no_name("indexes", value, text))?;
            let index = self.address(value.get_ref(), value)?;
            let pinned = &whole.settings.indexes.pinned;
            let known = pinned.iter().position(|(known, _)| *known == pattern);
            // A narrower pattern decides, so one that leads elsewhere takes names out of a wider one.
            let decided = before.pin_of(&pattern);
            let is_other = decided.is_some_and(|(_, before)| *before != index);
            self.may(whole, "indexes", value, is_other)?;
            self.row(
                whole,
                &format!("indexes.{pattern}"),
                value.get_ref().clone(),
                value,
            );
            let pinned = &mut whole.settings.indexes.pinned;
            match known {
                Some(place) => pinned[place].1 = index,
                None => pinned.push((pattern, index)),
            }
        }
        Ok(())
    }

    fn switches(&self, whole: &mut Effective) -> Result<(), PolicyError> {
        let document = &self.source.document;
        let switches: [(&'static str, &Option<Spanned<bool>>, Switch); 2] = [
            ("require-hashes", &document.require_hashes, |it| {
                &mut it.require_hashes
            }),
            ("only-wheels", &document.only_wheels, |it| {
                &mut it.only_wheels
            }),
        ];
        for (key, value, place) in switches {
            let Some(value) = value else { continue };
            let loosens = *place(&mut whole.settings) && !value.get_ref();
            self.may(whole, key, value, loosens)?;
            *place(&mut whole.settings) = *value.get_ref();
            self.row(whole, key, value.get_ref().to_string(), value);
        }
        Ok(())
    }

    fn names(&self, whole: &mut Effective) -> Result<(), PolicyError> {
        let Some(value) = &self.source.document.private_names else {
            return Ok(());
        };
        self.may(whole, "private-names", value, !value.get_ref().is_empty())?;
        for name in value.get_ref() {
            let parsed = name.parse();
            let parsed = parsed.map_err(|_| self.no_name("private-names", value, name))?;
            whole.settings.private_names.insert(parsed);
        }
        self.row(whole, "private-names", value.get_ref().join(", "), value);
        Ok(())
    }

    fn locks(&self, whole: &mut Effective) -> Result<(), PolicyError> {
        let Some(value) = &self.source.document.locked else {
            return Ok(());
        };
        if self.source.layer == Layer::Project {
            return Err(self.error(value, Trouble::Loosened { key: "locked" }));
        }
        for wanted in value.get_ref() {
            let Some(key) = KEYS.iter().find(|key| *key == wanted) else {
                let suggestion = nearest(wanted, KEYS.iter().copied());
                let key = wanted.as_str().into();
                return Err(self.error(value, Trouble::UnknownKey { key, suggestion }));
            };
            whole.locks.entry(key).or_insert_with(|| self.place(value));
        }
        self.row(whole, "locked", value.get_ref().join(", "), value);
        Ok(())
    }

    /// Whether this file may say so.
    fn may<T>(
        &self,
        whole: &Effective,
        key: &'static str,
        value: &Spanned<T>,
        loosens: bool,
    ) -> Result<(), PolicyError> {
        if !loosens {
            return Ok(());
        }
        if let Some(by) = whole.locks.get(key) {
            let by = by.clone();
            return Err(self.error(value, Trouble::Locked { key, by }));
        }
        if self.source.layer == Layer::Project {
            return Err(self.error(value, Trouble::Loosened { key }));
        }
        Ok(())
    }

    fn row<T>(&self, whole: &mut Effective, key: &str, text: String, value: &Spanned<T>) {
        whole.rows.retain(|row| row.key != key);
        whole.rows.push(Setting {
            key: key.to_owned(),
            value: text,
            from: self.place(value),
        });
    }

    /// `spip.toml:12`, safe to print.
    fn place<T>(&self, value: &Spanned<T>) -> String {
        let (path, line) = (&self.source.path, line(&self.source.text, value));
        format!(
            "{}:{line}",
            spip_core::Quoted::from(path.display().to_string())
        )
    }

    fn address<T>(&self, text: &str, value: &Spanned<T>) -> Result<SafeUrl, PolicyError> {
        let parsed = text.parse::<SafeUrl>();
        parsed.map_err(|error| self.value("indexes", value, &error.to_string()))
    }
}

#[cfg(test)]
mod tests;
