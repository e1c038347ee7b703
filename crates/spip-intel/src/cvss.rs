//! How bad a record says that something is, in words.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use spip_core::{Quoted, Rating};

/// How bad something is, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Kept {
    score: Option<u8>,
    word: String,
}

impl Kept {
    /// That of a vector of any version of CVSS. `None`: it is none.
    pub(crate) fn of_vector(vector: &str) -> Option<Self> {
        let cvss = cvss::Cvss::from_str(vector).ok()?;
        // From 0.0 to 10.0, in tenths.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a number from 0 to 100"
        )]
        let tenths = (cvss.score() * 10.0).round().clamp(0.0, 100.0) as u8;
        Some(Self {
            score: Some(tenths),
            word: cvss.severity().to_string(),
        })
    }

    /// One word without a number.
    pub(crate) fn of_word(word: &str) -> Self {
        let word = word.chars().take(32).collect::<String>();
        Self {
            score: None,
            word: word.to_ascii_lowercase(),
        }
    }

    /// The same for everybody else.
    pub(crate) fn told(&self) -> Rating {
        Rating {
            score: self.score,
            word: Quoted::new(&self.word),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rating(vector: &str) -> Option<String> {
        Some(Kept::of_vector(vector)?.told().to_string())
    }

    #[test]
    fn reads_vectors_of_each_version() {
        let three = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
        assert_eq!(rating(three).as_deref(), Some("CVSS 9.8, critical"));
        let four = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N";
        assert_eq!(rating(four).as_deref(), Some("CVSS 9.3, critical"));
        assert_eq!(rating("very bad"), None);
    }
}
