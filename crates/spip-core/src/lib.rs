//! The vocabulary and the judgement: plan, finding, gap, policy, verdict.
//!
//! Nothing in this crate touches a file, a socket, a process, the environment or the clock.

mod advisory;
mod changes;
mod check;
mod contents;
mod digest;
mod evidence;
mod facts;
mod finding;
mod gap;
mod link;
mod mail;
mod name;
mod plan;
mod policy;
mod previous;
mod quoted;
mod remembered;
mod report;
mod repository;
mod settings;
mod taints;
#[cfg(test)]
mod testing;
mod url;
mod verdict;
mod version;

pub use crate::advisory::{Advisories, Advisory, AdvisoryKind, MatchedBy, Rating};
pub use crate::changes::{Changes, Difference, How, Part};
pub use crate::check::{Check, CheckId, Context, Describe, Meta, Needs, Stop};
pub use crate::contents::{Act, Contents, Deed, Makeup, Odd, Oddity, Site, Trigger, Unread};
pub use crate::digest::{Algorithm, Digest, DigestError, Sha256};
pub use crate::evidence::{Evidence, Excerpt, Fact, Location};
pub use crate::facts::{
    Answer, Facts, ListedFile, Listing, Measured, Metadata, Project, ProjectFile, ProjectStatus,
    ProjectUrl,
};
pub use crate::finding::{Confidence, Finding, Severity, SeverityError};
pub use crate::gap::{Cause, Gap};
pub use crate::name::{NameError, PackageName};
pub use crate::plan::{
    Artifact, CommitId, Origin, Package, PackageId, Plan, RemoteFile, Tool, Transport, Why,
};
pub use crate::policy::{Decision, Policy, Scope, Sensitivity, Waiver, WaiverError, Written};
pub use crate::previous::{Previous, Step};
pub use crate::quoted::Quoted;
pub use crate::remembered::{ReleaseProfile, Remembered, index_of};
pub use crate::report::{Assessment, Examined, Outcome, Report, Tally};
pub use crate::repository::Repository;
pub use crate::settings::{
    AdvisoryAge, AgeLimits, IndexRules, Level, NamePattern, ReleaseAge, Settings,
};
pub use crate::taints::Taints;
pub use crate::url::{SafeUrl, UrlError};
pub use crate::verdict::{Agreed, Approved, Concern, Consent, Reason, Refused, Verdict};
pub use crate::version::{Version, VersionError};
