//! What lists of known-bad releases say of a package.

use std::fmt;

use jiff::Timestamp;

use crate::{Fact, Gap, Location, Quoted};

/// What an advisory warns of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AdvisoryKind {
    /// A weakness in an honest release.
    Vulnerability,
    /// A release made to do harm.
    Malicious,
}

/// How an advisory came to be about a package; later ones are more exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchedBy {
    /// It is about every version there is or will be.
    WholeProject,
    /// It names the version, alone or within a range.
    Version,
    /// It names the digest of the very file.
    Digest,
}

/// One advisory about one package. The text is its author's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advisory {
    /// Its name, such as `MAL-2024-0000` or `PYSEC-2024-0000`.
    pub id: Quoted,
    /// Other names of the same thing.
    pub aliases: Vec<Quoted>,
    /// What it warns of.
    pub kind: AdvisoryKind,
    /// What it is about, in one line; empty where its author wrote none.
    pub summary: Quoted,
    /// How bad its author says it is.
    pub rating: Option<Rating>,
    /// How it came to be about the package.
    pub matched_by: MatchedBy,
    /// Versions in which it is mended, if its author knows any.
    pub fixed_in: Vec<Quoted>,
    /// Its author took it back.
    pub withdrawn: bool,
    /// Where it was read.
    pub read_at: Location,
    /// Where people can read on.
    pub reference: Option<Quoted>,
}

/// How bad an advisory's author says that it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rating {
    /// The base score of CVSS in tenths, from 0 to 100.
    pub score: Option<u8>,
    /// In a word, such as `critical`.
    pub word: Quoted,
}

impl fmt::Display for Rating {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(score) = self.score {
            write!(f, "CVSS {}.{}, ", score / 10, score % 10)?;
        }
        write!(f, "{}", self.word)
    }
}

/// Everything that the lists say of one package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advisories {
    /// The advisories about it, also those that were taken back.
    pub found: Vec<Advisory>,
    /// A list that tries to know every malicious release was asked.
    pub asked_for_malicious: bool,
    /// A list that tries to know the vulnerabilities of this version was asked.
    pub asked_for_vulnerabilities: bool,
    /// How new that is which was asked, where it is not asked for anew each time.
    pub as_of: Option<Fact<Timestamp>>,
    /// Lists that should have been asked and did not answer, the gravest first.
    pub gaps: Vec<Gap>,
}

impl Advisories {
    /// Those of one kind that stand.
    pub fn standing(&self, kind: AdvisoryKind) -> impl Iterator<Item = &Advisory> {
        self.found
            .iter()
            .filter(move |advisory| advisory.kind == kind && !advisory.withdrawn)
    }
}
