//! What a policy file may say.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

/// A policy file: `spip.toml`, or `[tool.spip]` in `pyproject.toml`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(title = "spip policy")]
pub struct Document {
    /// What asks and what refuses: at `low` MEDIUM asks and HIGH refuses; at `medium` LOW asks and
    /// MEDIUM refuses; at `high` everything refuses.
    #[schemars(with = "Option<Strictness>")]
    pub sensitivity: Option<Spanned<Strictness>>,
    /// Findings of this level and below are dropped. Not in a project's file.
    #[schemars(with = "Option<Strictness>")]
    pub ignore: Option<Spanned<Strictness>>,
    /// What happens when something could not be checked. `allow` not in a project's file.
    #[schemars(with = "Option<OnGap>")]
    pub on_gap: Option<Spanned<OnGap>>,
    /// Releases younger than this ask: `"3d"`, `"12h"`, or a table: `default`, and others by
    /// project (`packages`) or by the address of an index (`indexes`).
    #[schemars(with = "Option<MinAge>")]
    pub min_age: Option<Spanned<MinAge>>,
    /// What findings of a check weigh, by the check's name.
    #[schemars(with = "BTreeMap<String, CheckLevel>")]
    pub checks: BTreeMap<String, Spanned<CheckLevel>>,
    /// Packages come from below these addresses only.
    #[schemars(with = "Option<Vec<String>>")]
    pub allowed_indexes: Option<Spanned<Vec<String>>>,
    /// Where packages must come from, by name; a `*` at the end of a name stands for anything, and the
    /// narrowest of several patterns decides. `allowed-indexes` counts as well.
    #[schemars(with = "BTreeMap<String, String>")]
    pub indexes: BTreeMap<String, Spanned<String>>,
    /// What is asked about known-bad releases.
    #[schemars(with = "Option<Intel>")]
    pub intel: Option<Spanned<Intel>>,
    /// Every file must match a digest that requirements or a lock file state.
    #[schemars(with = "Option<bool>")]
    pub require_hashes: Option<Spanned<bool>>,
    /// Nothing may be built from source.
    #[schemars(with = "Option<bool>")]
    pub only_wheels: Option<Spanned<bool>>,
    /// Projects of your own: their names may resemble others. Not in a project's file.
    #[schemars(with = "Option<Vec<String>>")]
    pub private_names: Option<Spanned<Vec<String>>>,
    /// Settings that nothing later may loosen: no other file, no option, no variable. Not in a
    /// project's file.
    #[schemars(with = "Option<Vec<String>>")]
    pub locked: Option<Spanned<Vec<String>>>,
    /// Named exceptions.
    #[schemars(with = "Vec<Exception>")]
    pub exceptions: Vec<Spanned<Exception>>,
}

/// Three levels.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Strictness {
    /// LOW.
    Low,
    /// MEDIUM.
    Medium,
    /// HIGH.
    High,
}

/// What happens when something could not be checked.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum OnGap {
    /// The run goes on.
    Allow,
    /// A person is asked; without one the run is refused.
    Ask,
    /// The run is refused.
    Block,
}

/// What findings of a check weigh. CRITICAL findings are never changed.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum CheckLevel {
    /// The check says nothing but CRITICAL findings, and where it could not look for such.
    Off,
    /// LOW.
    Low,
    /// MEDIUM.
    Medium,
    /// HIGH.
    High,
}

/// How old a release must be.
#[derive(Clone, Debug, JsonSchema, PartialEq, Eq)]
#[schemars(untagged)]
pub enum MinAge {
    /// The same for all.
    All(String),
    /// Not the same for all.
    Some(MinAges),
}

/// How old the releases of some projects or from some indexes must be, and all others.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct MinAges {
    /// For all others.
    pub default: Option<String>,
    /// By project.
    pub packages: BTreeMap<String, String>,
    /// By the address of an index, for projects that are not named themselves; the narrowest decides.
    pub indexes: BTreeMap<String, String>,
}

// Derived code tries one form after the other, and cannot say what is wrong with either.
impl<'de> Deserialize<'de> for MinAge {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MinAgeForms)
    }
}

struct MinAgeForms;

impl<'de> Visitor<'de> for MinAgeForms {
    type Value = MinAge;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time like \"3d\", or a table")
    }

    fn visit_str<E>(self, text: &str) -> Result<MinAge, E> {
        Ok(MinAge::All(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<MinAge, A::Error> {
        MinAges::deserialize(MapAccessDeserializer::new(table)).map(MinAge::Some)
    }
}

/// What is asked about known-bad releases.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Intel {
    /// An OSV-compatible service, asked about each plan: `https://api.osv.dev`. Not in a project's
    /// file: the service learns what is installed.
    pub service: Option<String>,
    /// A database of advisories older than this leaves a gap: `"7d"`; without it, 14 days.
    pub max_age: Option<String>,
}

/// One exception.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Exception {
    /// The check.
    pub check: String,
    /// The project.
    pub package: String,
    /// One version of it, or `*`.
    pub version: Option<String>,
    /// One file of it, by the digest of its bytes.
    pub sha256: Option<String>,
    /// Why this is all right.
    pub reason: String,
    /// The last day on which it counts: `2026-12-31`. At most a year ahead.
    pub until: String,
    /// Who decided it.
    pub by: Option<String>,
}
