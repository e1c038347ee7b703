//! Counts what became of the judged names.

use std::collections::BTreeMap;
use std::time::Instant;

use serde::Serialize;
use spip_checks::names::Names;
use spip_core::PackageName;

use super::{Judged, Kind};

/// How many names the timing judges.
const TIMED: usize = 200;

/// How often the timing judges them.
const ROUNDS: usize = 5;

/// The list is cut here to see how it judges the popular names that it then does not know.
const CUT: usize = 8_000;

/// The figures, headlines first.
#[derive(Serialize)]
pub(crate) struct Figures {
    recall: f64,
    macro_recall: f64,
    false_positive_rate: f64,
    false_positive_rate_unseen: Option<f64>,
    squats: Squats,
    legit: Legit,
    timing: Timing,
}

#[derive(Serialize)]
struct Squats {
    all: Rate,
    targets: usize,
    by_tier: BTreeMap<String, Rate>,
    macro_recall_by_tier: BTreeMap<String, f64>,
    by_relation: BTreeMap<String, Rate>,
    /// Rules that fit one half of the targets only would show here.
    by_half_of_targets: BTreeMap<String, Rate>,
    tier_a_by_half_of_targets: BTreeMap<String, Rate>,
}

#[derive(Serialize)]
struct Legit {
    all: Rate,
    by_stratum: BTreeMap<String, Rate>,
    /// The strata `outside` and `outside-near`: names that the list does not hold.
    unseen: Option<Rate>,
    /// The popular names from rank 8,001 on, judged by a list that ends before them: a check on
    /// data that has nothing to do with the given one.
    held_back: Rate,
}

/// How many of how many.
#[derive(Default, Serialize)]
pub(super) struct Rate {
    names: usize,
    /// Shown as MEDIUM or worse.
    pub(super) flagged: usize,
    flagged_share: f64,
    /// Shown at any level.
    mentioned: usize,
    mentioned_share: f64,
}

#[derive(Serialize)]
pub(super) struct Timing {
    names: usize,
    /// Reading the list and judging the first name.
    first_name_ms: f64,
    /// Judging all of them once the list is read, the median of several rounds.
    all_names_ms: f64,
    release_build: bool,
}

impl Figures {
    /// Counts.
    pub(super) fn of(judged: &[Judged], timing: Timing) -> Self {
        let squats = Squats::of(judged);
        let legit = Legit::of(judged);
        let by_target = grouped(judged.iter(), target);
        Self {
            recall: squats.all.flagged_share,
            macro_recall: mean(&by_target),
            false_positive_rate: legit.all.flagged_share,
            false_positive_rate_unseen: legit.unseen.as_ref().map(|rate| rate.flagged_share),
            squats,
            legit,
            timing,
        }
    }
}

impl Squats {
    fn of(judged: &[Judged]) -> Self {
        let squats = || judged.iter().filter(|one| tier(one).is_some());
        let in_tier = |wanted: &str| {
            let of_tier = judged
                .iter()
                .filter(|one| tier(one).as_deref() == Some(wanted));
            of_tier.collect::<Vec<_>>()
        };
        let by_tier = grouped(squats(), tier);
        let macro_recall_by_tier = by_tier.keys().map(|tier| {
            let by_target = grouped(in_tier(tier).into_iter(), target);
            (tier.clone(), mean(&by_target))
        });
        Self {
            all: rate(squats()),
            targets: grouped(squats(), target).len(),
            macro_recall_by_tier: macro_recall_by_tier.collect(),
            by_tier,
            by_relation: grouped(squats(), relation),
            by_half_of_targets: grouped(squats(), half),
            tier_a_by_half_of_targets: grouped(in_tier("A").into_iter(), half),
        }
    }
}

impl Legit {
    fn of(judged: &[Judged]) -> Self {
        let legit = || judged.iter().filter(|one| tier(one).is_none());
        let unseen: Vec<_> = legit()
            .filter(|one| stratum(one).is_some_and(|stratum| stratum.starts_with("outside")))
            .collect();
        Self {
            all: rate(legit()),
            by_stratum: grouped(legit(), stratum),
            unseen: (!unseen.is_empty()).then(|| rate(unseen.into_iter())),
            held_back: rate(held_back().iter()),
        }
    }
}

/// The less popular half of the list, judged by the more popular half.
fn held_back() -> Vec<Judged> {
    let listed: Vec<&str> = Names::popular().ranked().collect();
    let (known, unknown) = listed.split_at(CUT.min(listed.len()));
    // The list borrows its text for the rest of the program, and this runs once.
    let cut = Names::parse(Box::leak(known.join("\n").into_boxed_str()));
    let names = unknown.iter().map(|name| name.parse::<PackageName>());
    names
        .map(|name| {
            let name = name.expect("the list holds normalised names");
            let kind = Kind::Legit { stratum: None };
            Judged {
                suspicion: cut.judge(&name),
                name,
                kind,
            }
        })
        .collect()
}

impl Timing {
    /// Judges names from all over the data, the first one with a cold list.
    pub(super) fn measure(names: &[(PackageName, Kind)]) -> Self {
        let step = (names.len() / TIMED).max(1);
        let sample: Vec<_> = names
            .iter()
            .step_by(step)
            .take(TIMED)
            .map(|(name, _)| name)
            .collect();
        let time = |names: &[&PackageName]| {
            let start = Instant::now();
            for name in names {
                std::hint::black_box(Names::popular().judge(name));
            }
            start.elapsed().as_secs_f64() * 1e3
        };
        let first_name_ms = time(&sample[..sample.len().min(1)]);
        let mut rounds: Vec<f64> = (0..ROUNDS).map(|_| time(&sample)).collect();
        rounds.sort_by(f64::total_cmp);
        Self {
            names: sample.len(),
            first_name_ms,
            all_names_ms: rounds[ROUNDS / 2],
            release_build: !cfg!(debug_assertions),
        }
    }
}

fn tier(one: &Judged) -> Option<String> {
    match &one.kind {
        Kind::Squat { tier, .. } => Some(tier.clone()),
        Kind::Legit { .. } => None,
    }
}

fn target(one: &Judged) -> Option<String> {
    match &one.kind {
        Kind::Squat { target, .. } => Some(target.clone()),
        Kind::Legit { .. } => None,
    }
}

fn relation(one: &Judged) -> Option<String> {
    match &one.kind {
        Kind::Squat { relation, .. } => Some(relation.clone()),
        Kind::Legit { .. } => None,
    }
}

fn stratum(one: &Judged) -> Option<String> {
    match &one.kind {
        Kind::Legit { stratum } => stratum.clone(),
        Kind::Squat { .. } => None,
    }
}

/// Sorts targets into two halves by a hash (FNV-1a).
fn half(one: &Judged) -> Option<String> {
    let hash = target(one)?
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    let half = if (hash >> 32).is_multiple_of(2) {
        "first"
    } else {
        "second"
    };
    Some(half.to_owned())
}

fn grouped<'a>(
    judged: impl Iterator<Item = &'a Judged>,
    key: impl Fn(&Judged) -> Option<String>,
) -> BTreeMap<String, Rate> {
    let mut groups: BTreeMap<String, Vec<&Judged>> = BTreeMap::new();
    for one in judged {
        if let Some(key) = key(one) {
            groups.entry(key).or_default().push(one);
        }
    }
    groups
        .into_iter()
        .map(|(key, group)| (key, rate(group.into_iter())))
        .collect()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of names are far below 2^52"
)]
fn rate<'a>(judged: impl Iterator<Item = &'a Judged>) -> Rate {
    let mut rate = Rate::default();
    for one in judged {
        rate.names += 1;
        rate.flagged += usize::from(one.is_flagged());
        rate.mentioned += usize::from(one.suspicion.is_some());
    }
    let names = rate.names.max(1) as f64;
    rate.flagged_share = rate.flagged as f64 / names;
    rate.mentioned_share = rate.mentioned as f64 / names;
    rate
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of targets are far below 2^52"
)]
fn mean(groups: &BTreeMap<String, Rate>) -> f64 {
    groups.values().map(|rate| rate.flagged_share).sum::<f64>() / groups.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::super::tests::squat;
    use super::*;

    #[test]
    #[expect(clippy::float_cmp, reason = "these fractions are exact")]
    fn macro_recall_counts_every_target_once() {
        let judged = [
            squat("cyrptography", "cryptography"),
            squat("crpytography", "cryptography"),
            squat("unlike-anything-at-all", "numpy"),
        ];
        let timing = Timing {
            names: 0,
            first_name_ms: 0.0,
            all_names_ms: 0.0,
            release_build: false,
        };
        let figures = Figures::of(&judged, timing);
        assert_eq!(figures.squats.all.flagged, 2);
        assert_eq!(figures.macro_recall, 0.5);
        assert_eq!(figures.squats.macro_recall_by_tier["A"], 0.5);
    }
}
