//! What is wrong with a value, told with its place.

use toml::Spanned;

use super::Merging;
use crate::reading::nearest;
use crate::{PolicyError, Spot, Trouble};

impl Merging<'_> {
    pub(super) fn unknown_check(&self, check: &str) -> Trouble {
        Trouble::UnknownCheck {
            check: check.into(),
            suggestion: nearest(check, self.checks.iter().map(|(id, _)| *id)),
        }
    }

    pub(super) fn no_name<T>(&self, key: &str, value: &Spanned<T>, name: &str) -> PolicyError {
        self.value(key, value, &format!("\"{name}\" is no name of a project"))
    }

    pub(super) fn value<T>(&self, key: &str, value: &Spanned<T>, why: &str) -> PolicyError {
        let (key, why) = (key.to_owned(), why.into());
        self.error(value, Trouble::Value { key, why })
    }

    pub(super) fn error<T>(&self, value: &Spanned<T>, trouble: Trouble) -> PolicyError {
        PolicyError {
            path: Some(self.source.path.clone()),
            spot: Some(Box::new(Spot::of(&self.source.text, value.span()))),
            trouble,
        }
    }
}
