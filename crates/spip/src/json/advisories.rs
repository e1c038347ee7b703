//! What lists of known-bad releases said of a package, for machines.

use serde::Serialize;
use spip_core::{Advisory, AdvisoryKind, Facts, MatchedBy, Package};

use crate::gathered::Gathered;

#[derive(Clone, Debug, Serialize)]
pub(super) struct AdvisoryRecord {
    id: String,
    aliases: Vec<String>,
    kind: &'static str,
    matched_by: &'static str,
    withdrawn: bool,
    rating: Option<String>,
    fixed_in: Vec<String>,
    summary: String,
    at: String,
    reference: Option<String>,
}

/// Everything that is known of one package, also what was taken back. What is not known is a gap of
/// the checks.
pub(super) fn of(package: &Package, facts: &Gathered) -> Vec<AdvisoryRecord> {
    match facts.advisories(package) {
        Ok(Some(told)) => told.found.iter().map(AdvisoryRecord::of).collect(),
        Ok(None) | Err(_) => Vec::new(),
    }
}

impl AdvisoryRecord {
    fn of(advisory: &Advisory) -> Self {
        Self {
            id: advisory.id.to_string(),
            aliases: advisory.aliases.iter().map(ToString::to_string).collect(),
            kind: match advisory.kind {
                AdvisoryKind::Malicious => "malicious",
                AdvisoryKind::Vulnerability => "vulnerability",
            },
            matched_by: match advisory.matched_by {
                MatchedBy::Digest => "digest",
                MatchedBy::Version => "version",
                MatchedBy::WholeProject => "whole-project",
            },
            withdrawn: advisory.withdrawn,
            rating: advisory.rating.as_ref().map(ToString::to_string),
            fixed_in: advisory.fixed_in.iter().map(ToString::to_string).collect(),
            summary: advisory.summary.to_string(),
            at: advisory.read_at.to_string(),
            reference: advisory.reference.as_ref().map(ToString::to_string),
        }
    }
}
