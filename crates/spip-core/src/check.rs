//! What a check is.

use std::borrow::Borrow;
use std::fmt;

use jiff::Timestamp;

use crate::{Facts, Finding, Gap, Package, Plan, Settings, Severity};

/// A check's name: kebab-case, names the bad thing, never changes meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CheckId(&'static str);

impl CheckId {
    /// Names a check. The text must be kebab-case; a test over all checks holds them to it.
    pub const fn new(id: &'static str) -> Self {
        Self(id)
    }

    /// The name.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl Borrow<str> for CheckId {
    fn borrow(&self) -> &str {
        self.0
    }
}

impl fmt::Display for CheckId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

/// What has to be there before a check can answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// The artifact and what the index says: known before any package code runs.
    Artifact,
    /// What every file of the artifact holds: there as early as the artifact.
    Contents,
    /// The core metadata, which for a source archive only a build tells.
    Metadata,
}

impl Needs {
    /// What is there before any package code runs.
    pub const BEFORE_BUILD: &'static [Self] = &[Self::Artifact, Self::Contents];
    /// Everything.
    pub const ALL: &'static [Self] = &[Self::Artifact, Self::Contents, Self::Metadata];
}

/// What is known of a check without running it.
#[derive(Clone, Copy, Debug)]
pub struct Meta {
    /// Its name.
    pub id: CheckId,
    /// One line: what it reports, lower case.
    pub summary: &'static str,
    /// Its documentation page, in Markdown.
    pub docs: &'static str,
    /// The worst it can find. A gap weighs no more than that.
    pub worst: Severity,
    /// When it can run.
    pub needs: Needs,
}

/// Something that is described by a [`Meta`].
pub trait Describe {
    /// The description.
    fn meta(&self) -> &'static Meta;
}

/// What a check is given.
pub struct Context<'a> {
    /// The whole plan.
    pub plan: &'a Plan,
    /// What is known.
    pub facts: &'a dyn Facts,
    /// What was configured.
    pub settings: &'a Settings,
    /// The time of judgement.
    pub now: Timestamp,
}

/// One question about one package.
pub trait Check: Describe + Sync {
    /// Looks at one package. Findings go into `found`, also when the answer then stays incomplete.
    /// `Ok(())` is a claim: everything needed was looked at.
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop>;
}

/// Why a check did not come to an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Something could not be looked at.
    Gap(Gap),
    /// The question does not arise.
    NotApplicable(&'static str),
}

impl From<Gap> for Stop {
    fn from(gap: Gap) -> Self {
        Self::Gap(gap)
    }
}
