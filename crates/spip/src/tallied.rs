//! The sums over everything that one run judges, for its last lines.

use std::collections::BTreeSet;

use spip_core::{Report, Tally, Verdict, Waiver};

use crate::notes;
use crate::render::Screen;

/// How everything came out so far.
#[derive(Debug, Default)]
pub(crate) struct Tallied {
    tally: Tally,
    packages: usize,
    checks: usize,
    used: Vec<Waiver>,
    unused: Vec<Waiver>,
    notes: BTreeSet<String>,
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

    /// Remembers what is to be said of exceptions. One that fits one of several judgements is used.
    pub(crate) fn watch_exceptions(
        &mut self,
        report: &Report,
        verdict: &Verdict<'_>,
        expired: &[Waiver],
    ) {
        for waiver in verdict.used_waivers() {
            self.unused.retain(|unused| unused != waiver);
            if !self.used.contains(waiver) {
                self.used.push(waiver.clone());
            }
        }
        for waiver in verdict.unused_waivers() {
            if !self.used.contains(waiver) && !self.unused.contains(waiver) {
                self.unused.push((*waiver).clone());
            }
        }
        self.notes.extend(notes::broad(verdict));
        self.notes.extend(notes::expired(expired, report));
    }

    /// Whether there is more to say than that all is well.
    pub(crate) fn is_remarkable(&self) -> bool {
        let is_noted = !self.unused.is_empty() || !self.notes.is_empty();
        self.tally.found + self.tally.unknown > 0 || is_noted
    }

    /// Says what there is to say of exceptions.
    pub(crate) fn show_exceptions(&self, screen: &mut Screen) {
        let unused: Vec<&Waiver> = self.unused.iter().collect();
        for note in self.notes.iter().cloned().chain(notes::unused(&unused)) {
            screen.line(format_args!("{note}"));
        }
    }

    /// Says all of it.
    pub(crate) fn show(&self, screen: &mut Screen) {
        self.show_exceptions(screen);
        screen.counts(self.packages, self.checks, self.tally);
    }
}
