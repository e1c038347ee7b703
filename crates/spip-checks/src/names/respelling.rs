//! Names that are a popular name with one or two letters different.

use super::letters::LOOK_ALIKE_SEQUENCES;
use super::list::{Names, Popular};
use super::reach::{LAST_FOR_SHORT_NAMES, LAST_FOR_TWO_EDITS, weigh};
use super::slip::{Slip, slips};
use super::{Relation, Suspicion};

/// Adds what this name could be a respelling of.
pub(super) fn look(names: &Names, name: &str, found: &mut Vec<Suspicion>) {
    for target in names.near(name, 1, u32::MAX) {
        found.extend(one_edit(names, target, name));
    }
    for target in names.near(name, 2, LAST_FOR_TWO_EDITS) {
        found.extend(two_edits(target, name));
    }
    first_words(names, name, found);
    short_names(names, name, found);
    look_alikes(names, name, found);
}

fn one_edit(names: &Names, target: Popular, name: &str) -> Option<Suspicion> {
    let slips = slips(target.name, name, 1)?;
    let slip = *slips.first()?;
    // Hyphens are the business of `words`, which also sees several of them.
    if slip.relation == Relation::Separator {
        return None;
    }
    // Without its number a name is that of the older project: `jinja`, `boto`.
    if slip.relation == Relation::Numeral && name.len() < target.name.len() {
        return None;
    }
    let length = telling_length(target.name, slip).min(name.len());
    // Another first letter or number makes another word, whatever is named after the target.
    let rank = match slip.relation {
        Relation::FirstLetter | Relation::Numeral => target.rank,
        _ => names.renown(target),
    };
    let strength = weigh(slip.relation, length, rank)?;
    Some(Suspicion::new(target, slip.relation, strength))
}

/// How many characters speak against a coincidence. In `types-aiobotocore-ecs` the first words are
/// everybody's; an unrelated letter in a short last word makes an honest sibling.
fn telling_length(target: &str, slip: Slip) -> usize {
    let certain = matches!(
        slip.relation,
        Relation::Swap | Relation::Doubled | Relation::Plural | Relation::Separator
    );
    let start = target[..slip.at].rfind('-').map_or(0, |hyphen| hyphen + 1);
    let end = target[slip.at..]
        .find('-')
        .map_or(target.len(), |hyphen| slip.at + hyphen);
    let word = end - start;
    if certain || word >= 6 {
        target.len()
    } else {
        // The other words count for one letter together.
        target.len().min(word + 1)
    }
}

fn two_edits(target: Popular, name: &str) -> Option<Suspicion> {
    let slips = slips(target.name, name, 2)?;
    let [first, second] = slips[..] else {
        return None;
    };
    // Another beginning of two letters is another word: `biopandas` is no slip of `geopandas`.
    if second.at <= 1 {
        return None;
    }
    let slipped = is_common(first) && is_companion(second)
        || is_companion(first) && is_common(second)
        || same_letters(target.name, name);
    let relation = if slipped {
        Relation::TwoEdits
    } else {
        Relation::TwoUnrelated
    };
    let length = telling_length(target.name, first).min(telling_length(target.name, second));
    let strength = weigh(relation, length, target.rank)
        .or_else(|| weigh(Relation::TwoUnrelated, length, target.rank))?;
    Some(Suspicion::new(target, relation, strength))
}

/// Whether fingers and ears make this slip, rather than a choice of another word.
fn is_common(slip: Slip) -> bool {
    matches!(
        slip.relation,
        Relation::Swap
            | Relation::Doubled
            | Relation::Omission
            | Relation::Neighbour
            | Relation::SoundAlike
            | Relation::LookAlike
    )
}

/// Whether this may come together with a common slip.
fn is_companion(slip: Slip) -> bool {
    let end = matches!(
        slip.relation,
        Relation::Separator | Relation::Plural | Relation::Singular | Relation::LastLetter
    );
    end || is_common(slip)
}

/// Whether the names consist of the same letters: one of them moved.
fn same_letters(one: &str, two: &str) -> bool {
    let sorted = |name: &str| {
        let mut letters = name.as_bytes().to_vec();
        letters.sort_unstable();
        letters
    };
    sorted(one) == sorted(two)
}

/// Unmistakable slips on words after which many popular projects are named.
fn first_words(names: &Names, name: &str, found: &mut Vec<Suspicion>) {
    let close = |word: &&Popular| word.name.len().abs_diff(name.len()) <= 1;
    for word in names.first_words().iter().filter(close) {
        let slips = slips(word.name, name, 1).unwrap_or_default();
        if let [slip] = slips[..]
            && matches!(
                slip.relation,
                Relation::Swap | Relation::Doubled | Relation::Omission
            )
            && let Some(strength) = weigh(slip.relation, word.name.len(), word.rank)
        {
            // The word has no place of its own in the list.
            let suspicion = Suspicion::new(*word, slip.relation, strength);
            found.push(Suspicion {
                rank: None,
                ..suspicion
            });
        }
    }
}

/// Slips on what people call a project whose name begins with `py` or `python-`: `dateuitl`.
fn short_names(names: &Names, name: &str, found: &mut Vec<Suspicion>) {
    for prefix in ["py", "python-"] {
        for target in names.near(&format!("{prefix}{name}"), 1, LAST_FOR_SHORT_NAMES) {
            let Some(short) = target.name.strip_prefix(prefix) else {
                continue;
            };
            let slips = slips(short, name, 1).unwrap_or_default();
            if let [slip] = slips[..]
                && matches!(
                    slip.relation,
                    Relation::Swap | Relation::Doubled | Relation::Omission | Relation::Plural
                )
                && let Some(strength) = weigh(Relation::MisspeltBare, short.len(), target.rank)
            {
                found.push(Suspicion::new(target, Relation::MisspeltBare, strength));
            }
        }
    }
}

/// Look-alikes of several characters, and several at once: `rn` for `m`, `t3ns0rfl0w`.
fn look_alikes(names: &Names, name: &str, found: &mut Vec<Suspicion>) {
    let mut everything = name.to_owned();
    let mut readings = Vec::new();
    for (drawn, read) in LOOK_ALIKE_SEQUENCES {
        for (from, to) in [(drawn, read), (read, drawn)] {
            for (at, _) in name.match_indices(from) {
                readings.push(format!("{}{to}{}", &name[..at], &name[at + from.len()..]));
            }
        }
        if drawn.bytes().all(|byte| byte.is_ascii_digit()) {
            everything = everything.replace(drawn, read);
        }
    }
    readings.push(everything);
    for reading in readings {
        if let Some(target) = names.find(&reading)
            && let Some(strength) = weigh(Relation::LookAlike, reading.len(), target.rank)
        {
            found.push(Suspicion::new(target, Relation::LookAlike, strength));
        }
    }
}
