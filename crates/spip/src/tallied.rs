//! The sums over everything that one run judges, for its last lines.

use spip_core::{Report, Tally, Verdict, Waiver};

use crate::notes;
use crate::render::Screen;

/// How everything came out so far.
#[derive(Debug, Default)]
pub(crate) struct Tallied {
    tally: Tally,
    packages: usize,
    checks: usize,
    unused: Option<Vec<Waiver>>,
}

impl Tallied {
    /// Adds what one judgement came to.
    pub(crate) fn add(&mut self, report: &Report) {
        let tally = report.tally();
        self.tally.found += tally.found;
        self.tally.unknown += tally.unknown;
        self.tally.clear += tally.clear;
        self.tally.not_applicable += tally.not_applicable;
        self.packages += report.packages().len();
        self.checks = self.checks.max(report.checks());
    }

    /// An exception that fits one of several judgements is used.
    pub(crate) fn leave_out_unused(&mut self, verdict: &Verdict<'_>) {
        let unused = verdict.unused_waivers();
        match &mut self.unused {
            Some(still) => still.retain(|waiver| unused.contains(&waiver)),
            None => self.unused = Some(unused.iter().map(|waiver| (*waiver).clone()).collect()),
        }
    }

    /// Whether there is more to say than that all is well.
    pub(crate) fn is_remarkable(&self) -> bool {
        let unused = self
            .unused
            .as_ref()
            .is_some_and(|unused| !unused.is_empty());
        self.tally.found + self.tally.unknown > 0 || unused
    }

    /// Says it.
    pub(crate) fn show(&self, screen: &mut Screen) {
        let unused: Vec<&Waiver> = self.unused.iter().flatten().collect();
        for note in notes::unused(&unused) {
            screen.line(format_args!("{note}"));
        }
        screen.counts(self.packages, self.checks, self.tally);
    }
}
