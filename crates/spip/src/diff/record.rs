//! The comparison for machines: `spip-diff/1`.

use serde::Serialize;
use spip_core::{Act, Changes, Difference, How};

use super::Pair;
use crate::json::{EvidenceRecord, FindingRecord, GapRecord};

/// Everything that was compared.
#[derive(Serialize)]
pub(super) struct DiffRecord {
    schema: &'static str,
    pairs: Vec<PairRecord>,
}

/// Two artifacts.
#[derive(Serialize)]
pub(super) struct PairRecord {
    name: String,
    old: Option<String>,
    new: Option<String>,
    kind: &'static str,
    changes: Vec<ChangeRecord>,
    acts: Vec<ActRecord>,
    findings: Vec<FindingRecord>,
    gaps: Vec<GapRecord>,
}

#[derive(Serialize)]
struct ChangeRecord {
    part: &'static str,
    how: &'static str,
    name: String,
}

#[derive(Serialize)]
struct ActRecord {
    what: &'static str,
    when: &'static str,
    evidence: EvidenceRecord,
}

impl DiffRecord {
    pub(super) fn of(pairs: impl Iterator<Item = PairRecord>) -> Self {
        Self {
            schema: "spip-diff/1",
            pairs: pairs.collect(),
        }
    }
}

impl PairRecord {
    pub(super) fn of(pair: &Pair<'_>) -> Self {
        let nothing = Changes::default();
        let changes = pair.changes.as_ref().unwrap_or(&nothing);
        let findings = pair.findings.iter();
        let gaps = pair.gaps.iter();
        let version =
            |package: &spip_core::Package| package.version.as_ref().map(ToString::to_string);
        Self {
            name: pair.new.name.to_string(),
            old: version(pair.old),
            new: version(pair.new),
            kind: pair.new.artifact.kind(),
            changes: changes.made_of.iter().map(ChangeRecord::of).collect(),
            acts: changes.acts.iter().map(|act| ActRecord::of(act)).collect(),
            findings: findings
                .map(|(assessment, finding)| FindingRecord::of(assessment, finding))
                .collect(),
            gaps: gaps
                .map(|(assessment, gap)| GapRecord::of(assessment, gap))
                .chain(pair.changes.as_ref().err().map(|gap| GapRecord::plain(gap)))
                .collect(),
        }
    }
}

impl ChangeRecord {
    fn of(difference: &Difference<'_>) -> Self {
        Self {
            part: difference.part.as_str(),
            how: match difference.how {
                How::Came => "came",
                How::Went => "went",
                How::Changed => "changed",
            },
            name: spip_core::Quoted::new(difference.name).to_string(),
        }
    }
}

impl ActRecord {
    fn of(act: &Act) -> Self {
        Self {
            what: act.deed.words(),
            when: act.trigger.words(),
            evidence: EvidenceRecord::of(&act.site.shows(act.callee.as_str())),
        }
    }
}
