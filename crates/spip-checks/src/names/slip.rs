//! How one spelling turns into another: the edits between two names, each with its kind.

use super::Relation;
use super::letters::{are_neighbours, look_alike, sound_alike};

/// One edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slip {
    /// What kind.
    pub(super) relation: Relation,
    /// Where in the target, in bytes.
    pub(super) at: usize,
}

/// The edits that turn `target` into `name`: at most `budget`, as few as possible (optimal string
/// alignment), or `None`. Both are normalised names, so bytes are characters.
pub(super) fn slips(target: &str, name: &str, budget: usize) -> Option<Vec<Slip>> {
    (0..=budget).find_map(|budget| {
        let mut found = Vec::new();
        let pair = Pair {
            target: target.as_bytes(),
            name: name.as_bytes(),
        };
        pair.align(0, 0, budget, &mut found).then_some(found)
    })
}

#[derive(Clone, Copy)]
struct Pair<'a> {
    target: &'a [u8],
    name: &'a [u8],
}

impl Pair<'_> {
    /// Aligns the rests that begin at `t` and `n`. Leaves `found` as it was on failure.
    fn align(self, mut t: usize, mut n: usize, budget: usize, found: &mut Vec<Slip>) -> bool {
        while t < self.target.len() && n < self.name.len() && self.target[t] == self.name[n] {
            t += 1;
            n += 1;
        }
        let (target_left, name_left) = (self.target.len() - t, self.name.len() - n);
        if target_left == 0 && name_left == 0 {
            return true;
        }
        if budget == 0 || target_left.abs_diff(name_left) > budget {
            return false;
        }
        let swapped = target_left > 1
            && name_left > 1
            && self.target[t] == self.name[n + 1]
            && self.target[t + 1] == self.name[n];
        let steps = [
            (swapped, 2, 2, Relation::Swap),
            (
                target_left > 0 && name_left > 0,
                1,
                1,
                Relation::Substitution,
            ),
            (name_left > 0, 0, 1, Relation::Insertion),
            (target_left > 0, 1, 0, Relation::Omission),
        ];
        for (possible, in_target, in_name, step) in steps {
            if !possible {
                continue;
            }
            found.push(Slip {
                relation: self.kind(t, n, step),
                at: t,
            });
            if self.align(t + in_target, n + in_name, budget - 1, found) {
                return true;
            }
            found.pop();
        }
        false
    }

    fn kind(self, t: usize, n: usize, step: Relation) -> Relation {
        match step {
            Relation::Substitution => self.substitution(t, n),
            Relation::Insertion => added(self.target, t, self.name[n], step),
            // Leaving out a letter of the target is adding it to the name, seen from the other
            // side.
            Relation::Omission => match added(self.name, n, self.target[t], step) {
                Relation::Plural => Relation::Singular,
                Relation::FirstLetter => Relation::MissingFirst,
                other => other,
            },
            other => other,
        }
    }

    fn substitution(self, t: usize, n: usize) -> Relation {
        let (was, is) = (self.target[t], self.name[n]);
        let digit = was.is_ascii_digit() || is.is_ascii_digit();
        let last = t + 1 == self.target.len() && n + 1 == self.name.len();
        if was == b'-' || is == b'-' {
            Relation::Separator
        } else if was.is_ascii_digit() && is.is_ascii_digit() || digit && last {
            Relation::Numeral
        } else if look_alike(was, is) {
            Relation::LookAlike
        } else if last {
            Relation::LastLetter
        } else if are_neighbours(was, is) {
            Relation::Neighbour
        } else if sound_alike(was, is) {
            Relation::SoundAlike
        } else if digit {
            Relation::Numeral
        } else if t == 0 {
            Relation::FirstLetter
        } else {
            Relation::Substitution
        }
    }
}

/// The kind of an edit by which `letter` stands additionally before place `at` of `text`.
fn added(text: &[u8], at: usize, letter: u8, plain: Relation) -> Relation {
    let before = at.checked_sub(1).map(|place| text[place]);
    let after = text.get(at).copied();
    if letter == b'-' {
        Relation::Separator
    } else if letter.is_ascii_digit() {
        Relation::Numeral
    } else if before == Some(letter) || after == Some(letter) {
        Relation::Doubled
    } else if at == 0 {
        Relation::FirstLetter
    } else if letter == b's' && matches!(after, None | Some(b'-')) {
        Relation::Plural
    } else if after.is_none() {
        Relation::LastLetter
    } else {
        plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(target: &str, name: &str) -> String {
        let slips = slips(target, name, 2).expect("within two edits");
        let shown: Vec<_> = slips.iter().map(|slip| slip.relation.to_string()).collect();
        shown.join(" + ")
    }

    #[test]
    fn names_the_kind_of_each_single_edit() {
        for (name, kind) in [
            ("demonstrations", "plural"),
            ("demonstrationz", "last letter"),
            ("demonstratoin", "swapped letters"),
            ("demonsration", "omitted letter"),
            ("demonstrxation", "inserted letter"),
            ("demonnstration", "doubled letter"),
            ("demonstrafion", "neighbouring key"),
            ("demonstratlon", "look-alike characters"),
            ("demonstretion", "sound-alike letters"),
            ("demonstrakion", "substituted letter"),
            ("emonstration", "missing first letter"),
            ("xdemonstration", "first letter"),
            ("kemonstration", "first letter"),
            ("demonstratio", "last letter"),
            ("demonstration2", "numeral"),
            ("demon-stration", "separator"),
        ] {
            assert_eq!(shown("demonstration", name), kind, "{name}");
        }
    }

    #[test]
    fn names_two_edits_in_order() {
        assert_eq!(
            shown("demonstration", "demmonstratoin"),
            "doubled letter + swapped letters"
        );
        assert_eq!(shown("demo", "demo"), "");
        assert_eq!(shown("demos", "demo"), "singular");
        assert!(slips("demo", "dome-x", 2).is_none());
    }

    #[test]
    fn finds_as_many_edits_as_the_textbook() {
        let words = [
            "abc", "acb", "cab", "abcd", "bacd", "aabc", "abbc", "ab", "ba", "dcba", "abdc",
        ];
        for target in words {
            for name in words {
                let found = slips(target, name, 2).map(|slips| slips.len());
                let expected = Some(strsim::osa_distance(target, name)).filter(|edits| *edits <= 2);
                assert_eq!(found, expected, "{target} {name}");
            }
        }
    }
}
