//! Labelled cases for the scan: inert replicas of attack techniques and their honest twins.
//!
//! Every case is written down as readable source text and packed in memory. Nothing in it works: hosts
//! end in `.invalid` or lie in 192.0.2.0/24, hidden code prints a word, secrets are named and never
//! there. Cases are read, never built, installed or imported.

#![expect(
    clippy::needless_raw_string_hashes,
    reason = "one way of quoting Python, whatever quotes a text holds"
)]
#![expect(
    clippy::too_many_lines,
    reason = "a function is a table of cases; most of its lines are Python"
)]
#![expect(
    clippy::format_collect,
    reason = "the texts are short; reading them matters more than speed"
)]

mod benign;
mod case;
mod encode;
mod malicious;
mod marshal;
mod package;
mod tar;
mod template;
mod zip;

pub use crate::case::{Case, Label, Trigger};

/// Every case, in a fixed order.
pub fn all() -> Vec<Case> {
    let mut cases = case::Cases::default();
    malicious::add(&mut cases);
    benign::add(&mut cases);
    cases.finish()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_cases_share_a_folder() {
        let cases = all();
        let folders: BTreeSet<_> = cases.iter().map(Case::folder).collect();
        assert_eq!(folders.len(), cases.len());
    }

    #[test]
    fn every_technique_and_family_has_at_least_two_variants() {
        let cases = all();
        for (label, last) in [(Label::Malicious, 86), (Label::Benign, 37)] {
            for number in 1..=last {
                let of_it = |case: &&Case| case.label == label && case.number == number;
                assert!(
                    cases.iter().filter(of_it).count() >= 2,
                    "{label:?} {number}"
                );
            }
        }
    }
}
