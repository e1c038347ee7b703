//! Package names, normalised as PEP 503 says.

use std::fmt;
use std::str::FromStr;

/// A package name, normalised on parse (PEP 503): lower case, runs of `-`, `_` and `.` become one
/// `-`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageName(String);

/// Why a text is no package name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The text is empty.
    #[error("a package name cannot be empty")]
    Empty,
    /// The text is longer than [`PackageName::MAX_LENGTH`] bytes.
    #[error("a package name of {0} bytes is too long")]
    TooLong(usize),
    /// The text holds something else than ASCII letters, digits, `-`, `_` and `.`, or does not
    /// begin and end with a letter or digit.
    #[error("\"{0}\" is not a package name (letters, digits, `-`, `_`, `.`)")]
    Malformed(crate::Quoted),
}

impl PackageName {
    /// The longest accepted name, in bytes.
    pub const MAX_LENGTH: usize = 214;

    /// A name made of any text, such as that of a file: `unnamed` if nothing of it can be one.
    pub fn resembling(text: &str) -> Self {
        let plain: String = text
            .chars()
            .map(|letter| {
                if letter.is_ascii_alphanumeric() {
                    letter
                } else {
                    '-'
                }
            })
            .take(Self::MAX_LENGTH)
            .collect();
        let plain = plain.trim_matches('-').parse();
        plain.unwrap_or_else(|_| Self("unnamed".to_owned()))
    }

    /// The normalised name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PackageName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if text.len() > Self::MAX_LENGTH {
            return Err(NameError::TooLong(text.len()));
        }
        let separator = |byte: u8| matches!(byte, b'-' | b'_' | b'.');
        let valid = text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || separator(byte));
        let bytes = text.as_bytes();
        if !valid || separator(bytes[0]) || separator(bytes[bytes.len() - 1]) {
            return Err(NameError::Malformed(text.into()));
        }
        let mut normalised = String::with_capacity(text.len());
        for byte in text.bytes() {
            if !separator(byte) {
                normalised.push(char::from(byte.to_ascii_lowercase()));
            } else if !normalised.ends_with('-') {
                normalised.push('-');
            }
        }
        Ok(Self(normalised))
    }
}

impl fmt::Display for PackageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for PackageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_resembles_a_name() {
        for (text, name) in [
            ("My demo_1!", "my-demo-1"),
            ("../", "unnamed"),
            ("", "unnamed"),
        ] {
            assert_eq!(PackageName::resembling(text).as_str(), name, "{text}");
        }
        let long = "é".repeat(1000) + "x";
        assert_eq!(PackageName::resembling(&long).as_str(), "unnamed");
    }

    #[test]
    fn normalises_as_pep_503_says() {
        let name: PackageName = "Foo._-Bar__baz.QUX".parse().unwrap();
        assert_eq!(name.as_str(), "foo-bar-baz-qux");
    }

    #[test]
    fn refuses_what_is_no_name() {
        for text in ["", "-a", "a-", "fooа", "a b", "a/b", "a\n"] {
            assert!(text.parse::<PackageName>().is_err(), "{text:?}");
        }
        assert!("a".repeat(215).parse::<PackageName>().is_err());
    }
}
