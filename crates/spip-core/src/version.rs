//! Package versions as PEP 440 orders them; other spellings are kept but do not compare.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

/// A version. Text that PEP 440 does not know (old pips still install such releases) is kept as it
/// is and equals only itself.
#[derive(Clone)]
pub struct Version {
    text: String,
    parsed: Option<pep440_rs::Version>,
}

/// Why a text is no version at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// Empty or longer than [`Version::MAX_LENGTH`] bytes.
    #[error("a version of {0} bytes is out of bounds (1 to {max})", max = Version::MAX_LENGTH)]
    Length(usize),
    /// Holds something else than ASCII letters, digits and `. + ! - _`.
    #[error("\"{0}\" is not a version")]
    Malformed(crate::Quoted),
}

impl Version {
    /// The longest accepted version, in bytes.
    pub const MAX_LENGTH: usize = 128;

    /// The version as PEP 440 reads it, if it does.
    pub fn pep440(&self) -> Option<&pep440_rs::Version> {
        self.parsed.as_ref()
    }

    /// The text as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        if text.is_empty() || text.len() > Self::MAX_LENGTH {
            return Err(VersionError::Length(text.len()));
        }
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".+!-_".contains(&byte);
        if !text.bytes().all(allowed) {
            return Err(VersionError::Malformed(text.into()));
        }
        Ok(Self {
            text: text.to_owned(),
            parsed: text.parse().ok(),
        })
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        match (&self.parsed, &other.parsed) {
            (Some(one), Some(two)) => one == two,
            (None, None) => self.text == other.text,
            _ => false,
        }
    }
}

impl Eq for Version {}

impl Hash for Version {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.parsed {
            Some(parsed) => parsed.hash(state),
            None => self.text.hash(state),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn equal_as_pep_440_says() {
        assert_eq!(version("1.0"), version("1.0.0"));
        assert_ne!(version("1.0"), version("1.0+local"));
        assert_eq!(version("2004d-x"), version("2004d-x"));
        assert_ne!(version("2004d-x"), version("1.0"));
    }

    #[test]
    fn refuses_what_no_index_would_serve() {
        for text in [
            "",
            "1 0",
            "1\n",
            "1\u{202e}",
            "1;ls",
            "1$(x)",
            &"1".repeat(129),
        ] {
            assert!(text.parse::<Version>().is_err(), "{text:?}");
        }
    }
}
