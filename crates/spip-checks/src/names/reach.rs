//! How far down the list each kind of evidence counts.
//!
//! The numbers say: down to this rank, honest names that look like this are rare. They were read
//! off counts of honest and dishonest neighbours by kind, length and rank; neighbouring numbers are
//! kept alike, because the counts behind a single one are small.

use super::{Relation, Strength};

/// The last rank that counts, for names of 4, of 5, 6, 7, and of 8 or more characters. Shorter
/// names all resemble each other.
type Reach = [u32; 5];

/// Slips that hardly ever turn one honest name into another.
const UNMISTAKABLE: Reach = [300, 2_000, 10_000, 10_000, 15_000];
const OMITTED: Reach = [60, 300, 2_000, 2_000, 10_000];
const CONFUSED: Reach = [0, 300, 300, 1_000, 2_000];
/// The index itself refuses new names that differ only in `0`/`o` or `1`/`l`/`i`, so that such
/// pairs far down the list are old and honest.
const LOOK_ALIKE: Reach = [0, 300, 1_000, 1_000, 1_000];
const LAST: Reach = [60, 200, 300, 1_500, 1_500];
const UNRELATED: Reach = [60, 100, 300, 500, 1_000];
/// Honest names differ in their beginning and in numbers more often than anywhere else.
const FIRST: Reach = [0, 60, 60, 100, 100];
const MISSING_FIRST: Reach = [0, 100, 300, 1_500, 1_500];
const NUMBER: Reach = [0, 30, 100, 100, 100];
const PLURAL: Reach = [0, 0, 100, 300, 2_500];
const SINGULAR: Reach = [0, 0, 100, 300, 300];
const WORDS: Reach = [60, 200, 200, 200, 200];
const TWO: Reach = [0, 0, 0, 100, 1_000];
const TWO_UNRELATED: Reach = [0, 0, 0, 0, 30];
const MISSPELT_WORD: Reach = [0, 0, 0, 300, 300];
const MISSPELT_BARE: Reach = [0, 0, 2_500, 2_500, 2_500];
const WORD_ORDER: Reach = [0, 0, 0, 2_000, 2_000];
const COMPOUND: Reach = [0, 0, 0, 0, 500];
const IMPORT: Reach = [600, 600, 600, 600, 600];

const SHORTEST: usize = 4;
const LONGEST: usize = 8;

/// Hints reach this many times further than likely imitations; two edits give none, because too
/// many honest names are two edits apart.
const HINT_FACTOR: u32 = 3;

/// Up to this rank an unmistakable slip in a name of six or more characters is striking.
const STRIKING_RANK: u32 = 200;
const STRIKING_LENGTH: usize = 6;

fn reach(relation: Relation) -> Reach {
    match relation {
        Relation::Swap | Relation::Doubled => UNMISTAKABLE,
        Relation::Omission => OMITTED,
        Relation::Neighbour | Relation::SoundAlike => CONFUSED,
        Relation::LookAlike => LOOK_ALIKE,
        Relation::Substitution | Relation::Insertion => UNRELATED,
        Relation::LastLetter => LAST,
        Relation::FirstLetter => FIRST,
        Relation::MissingFirst => MISSING_FIRST,
        Relation::Numeral => NUMBER,
        Relation::Plural => PLURAL,
        Relation::Singular => SINGULAR,
        Relation::Separator | Relation::Affix => WORDS,
        Relation::TwoEdits => TWO,
        Relation::TwoUnrelated => TWO_UNRELATED,
        Relation::MisspeltWord => MISSPELT_WORD,
        Relation::MisspeltBare => MISSPELT_BARE,
        Relation::WordOrder => WORD_ORDER,
        Relation::Compound => COMPOUND,
        Relation::ImportName => IMPORT,
        Relation::StandardLibrary => [u32::MAX; 5],
    }
}

/// The weight of one relation to a target of this length, known down to this rank.
pub(super) fn weigh(relation: Relation, length: usize, rank: u32) -> Option<Strength> {
    let last = reach(relation)[length.min(LONGEST).checked_sub(SHORTEST)?];
    if rank > last {
        let hint = !matches!(relation, Relation::TwoEdits | Relation::TwoUnrelated)
            && rank <= last.saturating_mul(HINT_FACTOR);
        return hint.then_some(Strength::Hint);
    }
    let unmistakable = matches!(
        relation,
        Relation::Swap | Relation::Doubled | Relation::Omission | Relation::LookAlike
    );
    if unmistakable && rank <= STRIKING_RANK && length >= STRIKING_LENGTH {
        Some(Strength::Striking)
    } else {
        Some(Strength::Likely)
    }
}

/// The last rank at which two edits mean anything.
pub(super) const LAST_FOR_TWO_EDITS: u32 = TWO[4];

/// The last rank at which a misspelt short name means anything.
pub(super) const LAST_FOR_SHORT_NAMES: u32 = MISSPELT_BARE[4] * HINT_FACTOR;

/// The last rank at which other hyphens mean anything.
pub(super) const LAST_FOR_HYPHENS: u32 = WORDS[4] * HINT_FACTOR;

/// The last rank at which a misspelt word among others means anything; above [`MISSPELT_WORD`],
/// because many a word is better known than the project of that name.
pub(super) const LAST_FOR_WORDS: u32 = 3_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_more_of_short_names_and_of_names_far_down_the_list() {
        assert_eq!(weigh(Relation::Swap, 8, 100), Some(Strength::Striking));
        assert_eq!(weigh(Relation::Swap, 8, 9_000), Some(Strength::Likely));
        assert_eq!(weigh(Relation::Swap, 5, 9_000), None);
        assert_eq!(
            weigh(Relation::Substitution, 8, 2_001),
            Some(Strength::Hint)
        );
        assert_eq!(weigh(Relation::Substitution, 8, 9_000), None);
        assert_eq!(weigh(Relation::FirstLetter, 4, 1), None);
    }

    #[test]
    fn never_counts_more_at_a_lower_rank_or_a_shorter_length() {
        for relation in [
            Relation::Swap,
            Relation::Omission,
            Relation::Plural,
            Relation::TwoEdits,
        ] {
            for length in 4..9 {
                for rank in (1..15_000).step_by(50) {
                    assert!(weigh(relation, length, rank + 50) <= weigh(relation, length, rank));
                    assert!(weigh(relation, length, rank) <= weigh(relation, length + 1, rank));
                }
            }
        }
    }
}
