//! Named exceptions of a file.

use jiff::ToSpan;
use jiff::civil::Date;
use spip_core::{Scope, Waiver, Written};
use toml::Spanned;

use super::{Effective, Layer, Merging};
use crate::document::Exception;
use crate::{PolicyError, Trouble};

impl Merging<'_> {
    pub(super) fn exceptions(&self, whole: &mut Effective) -> Result<(), PolicyError> {
        for value in &self.source.document.exceptions {
            if let Some(by) = whole.locks.get("exceptions") {
                let (key, by) = ("exceptions", by.clone());
                return Err(self.error(value, Trouble::Locked { key, by }));
            }
            let (waiver, until) = self.exception(value)?;
            let list = if until < self.today {
                &mut whole.expired
            } else {
                &mut whole.waivers
            };
            list.push(waiver);
        }
        Ok(())
    }

    fn exception(&self, value: &Spanned<Exception>) -> Result<(Waiver, Date), PolicyError> {
        let exception = value.get_ref();
        let wrong = |why: &str| self.value("exceptions", value, why);
        if !self.checks.iter().any(|(id, _)| *id == exception.check) {
            return Err(self.error(value, self.unknown_check(&exception.check)));
        }
        let package = exception.package.parse();
        let package = package.map_err(|_| self.no_name("package", value, &exception.package))?;
        let scope = match (&exception.version, &exception.sha256) {
            (Some(version), None) if version == "*" => Scope::AnyVersion,
            (Some(version), None) => {
                let parsed = version.parse();
                let parsed = parsed.map_err(|_| wrong(&format!("\"{version}\" is no version")))?;
                Scope::Version(parsed)
            }
            (None, Some(hex)) => {
                let parsed = hex
                    .parse()
                    .map_err(|_| wrong("`sha256` is no SHA-256 digest"))?;
                Scope::File(parsed)
            }
            _ => {
                return Err(wrong(
                    "one of `version` and `sha256` must say what it covers",
                ));
            }
        };
        if exception.reason.trim().is_empty() {
            return Err(wrong("`reason` must say why"));
        }
        let until: Date = exception
            .until
            .parse()
            .map_err(|_| wrong("`until` must be a day like 2026-12-31"))?;
        let latest = self.today.saturating_add(1.year());
        if until > latest {
            return Err(wrong("`until` is more than a year ahead"));
        }
        let by = exception.by.as_ref();
        let by = by.map_or_else(String::new, |by| format!(" ({by})"));
        let waiver = Waiver {
            check: exception.check.clone(),
            package,
            scope,
            reason: format!("{}{by}", exception.reason.trim()),
            written: Written::File {
                place: self.place(value),
                until: until.to_string(),
                by_project: self.source.layer == Layer::Project,
            },
        };
        Ok((waiver, until))
    }
}
