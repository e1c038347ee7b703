//! The policy of one run: files, variables and options together.

mod adopt;
mod command;
mod files;
mod origins;
mod target;
mod waive;

use std::path::Path;

use jiff::Zoned;
use spip_core::{AdvisoryAge, Decision, Policy, SafeUrl, Settings, Severity, Waiver};
use spip_policy::{Effective, Layers, PolicyError};

pub(crate) use adopt::{AdoptError, run as adopt};
pub(crate) use command::{ShowError, run as show};
use files::{Found, find, unreadable};
pub(crate) use waive::{WaiveError, run as waive};

use crate::intel;
use crate::options::Options;

/// What a run is judged by.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    /// How findings and gaps weigh.
    pub(crate) policy: Policy,
    /// What the checks are told.
    pub(crate) settings: Settings,
    /// Exceptions whose day has passed.
    pub(crate) expired: Vec<Waiver>,
    /// What the files alone say.
    pub(crate) effective: Effective,
}

impl Rules {
    /// Reads the files that apply here, and puts the options on top of them.
    pub(crate) fn of(options: &Options) -> Result<Self, PolicyError> {
        let found = here()?;
        Self::put_together(options, &found)
    }

    /// The same for a tool that works in another directory.
    pub(crate) fn within(folder: &Path, options: &Options) -> Result<Self, PolicyError> {
        let found = find(folder, |name| std::env::var_os(name))?;
        Self::put_together(options, &found)
    }

    fn put_together(options: &Options, found: &Found) -> Result<Self, PolicyError> {
        let effective = merged(&found.layers)?;
        let sensitivity = options.sensitivity.unwrap_or(effective.sensitivity);
        let ignore = options.ignore.or(effective.ignore);
        // Looking away from warnings loosens all three: findings of every level pass, and gaps do.
        let away = options.ignore_warnings;
        // What is dropped weighs nothing, however sensitive the policy is.
        let drops_more = ignore > effective.ignore || away;
        let loosens = sensitivity < effective.sensitivity || drops_more;
        effective.allows("sensitivity", loosens)?;
        effective.allows("ignore", drops_more)?;
        effective.allows("on-gap", away)?;
        effective.allows("exceptions", !options.allow.is_empty())?;
        let named = intel::service_variable().map(|address| address.parse().ok());
        effective.allows("intel", named.is_some_and(|it| it != effective.service))?;
        let mut waivers = options.allow.clone();
        waivers.extend(effective.waivers.iter().cloned());
        Ok(Self {
            policy: Policy {
                sensitivity,
                ignore,
                ignore_warnings: options.ignore_warnings,
                on_gap: effective.on_gap.unwrap_or(Decision::Ask),
                waivers,
            },
            settings: effective.settings.clone(),
            expired: effective.expired.clone(),
            effective,
        })
    }

    /// What tells apart the caches of tools: what the files say. What options say, a run itself
    /// marks its cache with.
    pub(crate) fn identity(&self) -> Option<String> {
        let effective = &self.effective;
        let is_plain = effective.rows.is_empty() && effective.waivers.is_empty();
        (!is_plain).then(|| {
            format!(
                "{:?} {:?} {:?} {:?} {:?}",
                effective.settings,
                effective.ignore,
                effective.on_gap,
                effective.waivers,
                effective.service.as_ref().map(SafeUrl::bare)
            )
        })
    }
}

/// The files that apply in the directory in which the user is.
fn here() -> Result<Found, PolicyError> {
    let folder = std::env::current_dir().map_err(|error| unreadable(Path::new("."), &error))?;
    find(&folder, |name| std::env::var_os(name))
}

/// How old a list of known-bad releases may be here. A policy with a mistake is told elsewhere.
pub(crate) fn advisory_age() -> AdvisoryAge {
    let effective = here().and_then(|found| merged(&found.layers));
    effective.map_or_else(|_| AdvisoryAge::default(), |it| it.settings.advisory_age)
}

/// What these files say together today.
fn merged(layers: &Layers) -> Result<Effective, PolicyError> {
    let checks = spip_checks::ALL.iter().map(|check| check.meta());
    let checks: Vec<(&str, Severity)> = checks.map(|it| (it.id.as_str(), it.worst)).collect();
    layers.merge(&checks, Zoned::now().date())
}

#[cfg(test)]
mod tests {
    use spip_core::Sensitivity;
    use spip_policy::{Home, Layer, read};

    use super::*;

    fn rules(user: &str, line: &str) -> Result<Rules, String> {
        let words: Vec<_> = line.split_whitespace().map(Into::into).collect();
        let (options, _) = Options::split(&words, |_| None).unwrap();
        let path = Path::new("user.toml");
        let document = read(path, user, Home::Own).unwrap().unwrap();
        let mut layers = Layers::default();
        layers.add(Layer::User, path.to_owned(), user.to_owned(), document);
        let found = Found {
            layers,
            ..Found::default()
        };
        Rules::put_together(&options, &found).map_err(|error| error.to_string())
    }

    #[test]
    fn options_win_over_files() {
        let file = "sensitivity = \"high\"\non-gap = \"block\"\n";
        let chosen = |line: &str| rules(file, line).unwrap().policy;
        assert_eq!(chosen("").sensitivity, Sensitivity::High);
        assert_eq!(chosen("--sensitivity low").sensitivity, Sensitivity::Low);
        assert_eq!(chosen("").on_gap, Decision::Block);
    }

    #[test]
    fn options_cannot_loosen_what_is_locked() {
        let file =
            "locked = [\"sensitivity\", \"ignore\", \"exceptions\"]\nsensitivity = \"medium\"\n";
        for line in [
            "--sensitivity low",
            "--spip-ignore low",
            "--spip-ignore-warning",
            "--spip-allow typosquat:demo",
        ] {
            let said = rules(file, line).unwrap_err();
            assert!(said.contains("is locked by user.toml:1"), "{line}: {said}");
        }
        assert!(rules(file, "--sensitivity high").is_ok());
        // It looks away from findings of every level and from gaps.
        for key in ["sensitivity", "ignore", "on-gap"] {
            let file = format!("locked = [\"{key}\"]\n");
            if key == "sensitivity" {
                assert!(rules(&file, "--spip-ignore low").is_err());
            }
            let said = rules(&file, "--spip-ignore-warning")
                .map(|_| ())
                .unwrap_err();
            assert!(said.contains("is locked by user.toml:1"), "{key}: {said}");
        }
    }

    #[test]
    fn a_file_makes_caches_its_own() {
        assert_eq!(rules("", "").unwrap().identity(), None);
        let strict = rules("min-age = \"9d\"", "").unwrap().identity();
        assert!(strict.is_some());
        assert_ne!(strict, rules("min-age = \"8d\"", "").unwrap().identity());
    }
}
