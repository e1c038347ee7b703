//! What scans read out of files, on disk: features under the digest of the bytes, never verdicts.

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use spip_core::{Contents, Sha256};
use spip_pypi::{Cache, Key, Shelf};
use spip_scan::{Limits, RULES};

use crate::scanner::Kind;

const SHELF: Shelf = Shelf {
    name: "scan",
    largest: 4 << 20,
    total: 256 << 20,
};

/// The form of a record. JSON, because a record of another form then fails to be read: a binary
/// form without names would read it as something else.
const FORM: &str = "json 1";

/// Features of bytes do not age; unused ones are pruned.
const LIFETIME: SignedDuration = SignedDuration::from_hours(365 * 24);

/// Who reads files: features and what is remembered of releases compare only if it is the same.
pub(crate) fn rules() -> String {
    format!("{} {RULES}", env!("CARGO_PKG_VERSION"))
}

/// The features of files that were scanned before.
#[derive(Clone, Debug)]
pub(crate) struct Features(Cache);

impl Features {
    /// Uses this directory. Nothing is read or created yet.
    pub(crate) fn open(directory: impl Into<PathBuf>) -> Self {
        Self(Cache::open_shelf(directory, SHELF))
    }

    /// Everything that features depend on: the bytes, what they are taken for, and who reads them.
    pub(crate) fn key(kind: Kind, filename: &str, sha256: Sha256, limits: &Limits) -> Key {
        Key::new(&[
            FORM.as_bytes(),
            env!("CARGO_PKG_VERSION").as_bytes(),
            RULES.as_bytes(),
            format!("{limits:?}").as_bytes(),
            kind.as_str().as_bytes(),
            filename.as_bytes(),
            sha256.to_string().as_bytes(),
        ])
    }

    /// The features, if they are known.
    pub(crate) fn read(&self, key: Key) -> Option<Contents> {
        let bytes = self.0.read(key, LIFETIME, Timestamp::now())?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Remembers features. Failing to is no failure.
    pub(crate) fn write(&self, key: Key, contents: &Contents) {
        match serde_json::to_vec(contents) {
            Ok(bytes) => self.0.write(key, &bytes, Timestamp::now()),
            Err(error) => tracing::debug!(%error, "features cannot be stored"),
        }
    }
}

#[cfg(test)]
mod tests {
    use spip_core::{Odd, Oddity, Site, Trigger};

    use super::*;

    fn contents() -> Contents {
        Contents {
            members: 3,
            oddities: vec![Oddity {
                what: Odd::StartFile,
                trigger: Trigger::Start,
                detail: "runs \u{1b}[2K".to_owned(),
                site: Site::member("a.pth"),
            }],
            ..Contents::default()
        }
    }

    #[test]
    fn tells_apart_everything_that_features_depend_on() {
        let limits = Limits::default();
        let smaller = Limits {
            steps: 1,
            ..Limits::default()
        };
        let (one, two) = (Sha256::from_bytes([1; 32]), Sha256::from_bytes([2; 32]));
        let keys = [
            Features::key(Kind::Wheel, "a", one, &limits),
            Features::key(Kind::Sdist, "a", one, &limits),
            Features::key(Kind::Wheel, "b", one, &limits),
            Features::key(Kind::Wheel, "a", two, &limits),
            Features::key(Kind::Wheel, "a", one, &smaller),
        ];
        for (place, key) in keys.iter().enumerate() {
            assert!(!keys[..place].contains(key), "{place}");
        }
    }

    #[test]
    fn gives_back_what_was_stored_and_nothing_of_another_form() {
        let directory = tempfile::tempdir().unwrap();
        let features = Features::open(directory.path());
        let sha256 = Sha256::from_bytes([1; 32]);
        let key = Features::key(Kind::Wheel, "a", sha256, &Limits::default());
        assert_eq!(features.read(key), None);
        features.write(key, &contents());
        assert_eq!(features.read(key), Some(contents()));
        features.0.write(key, b"{\"members\": 3}", Timestamp::now());
        assert_eq!(features.read(key), None);
    }
}
