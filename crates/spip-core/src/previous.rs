//! The release that another one takes the place of, and how far the two are apart.

use crate::{Contents, Location, Version};

/// A release of the same project that was there before.
#[derive(Clone, Debug, PartialEq)]
pub struct Previous {
    /// Its version; `None`: nothing says it.
    pub version: Option<Version>,
    /// What its files are laid out like: as [`crate::Artifact::kind`] tells. What is installed is
    /// laid out like a wheel.
    pub kind: &'static str,
    /// What its code and its metadata hold; what it does may be left out where the new one does
    /// nothing to compare it with.
    pub contents: Contents,
    /// Where it lies.
    pub read_at: Location,
}

/// How far one release is from another, the smallest step first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// From the third part of the version on, or no step at all: a repair.
    Patch,
    /// The second part.
    Minor,
    /// The first part or the epoch; or the versions do not compare.
    Major,
    /// Back to an older one.
    Back,
}

impl Step {
    /// How far it is.
    pub fn between(old: &Version, new: &Version) -> Self {
        let (Some(old), Some(new)) = (old.pep440(), new.pep440()) else {
            return if old == new { Self::Patch } else { Self::Major };
        };
        if new < old {
            return Self::Back;
        }
        let part = |version: &pep440_rs::Version, place| {
            let part = version.release().get(place).copied();
            part.unwrap_or_default()
        };
        if old.epoch() != new.epoch() || part(old, 0) != part(new, 0) {
            Self::Major
        } else if part(old, 1) != part(new, 1) {
            Self::Minor
        } else {
            Self::Patch
        }
    }

    /// Reads as "in …".
    pub fn words(self) -> &'static str {
        match self {
            Self::Patch => "a patch release",
            Self::Minor => "a minor release",
            Self::Major => "a major release",
            Self::Back => "an older release",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_as_large_as_the_first_part_that_differs() {
        for (old, new, expected) in [
            ("1.4.0", "1.4.1", Step::Patch),
            ("1.4", "1.4.0.post1", Step::Patch),
            ("1.4", "1.4", Step::Patch),
            ("2.32.0.20250101", "2.32.0.20250301", Step::Patch),
            ("1.4.9", "1.5", Step::Minor),
            ("1.9", "2.0rc1", Step::Major),
            ("9.0", "1!9.0", Step::Major),
            ("1.4.1", "1.4.0", Step::Back),
            ("2004d-x", "2004d-x", Step::Patch),
            ("2004d-x", "2005a", Step::Major),
        ] {
            let [one, two] = [old, new].map(|text| text.parse().unwrap());
            assert_eq!(Step::between(&one, &two), expected, "{old} {new}");
        }
    }
}
