//! Names that say the words of a popular name in another way: other hyphens, another order, empty
//! words around it, one word misspelt, two names joined.

use super::list::Names;
use super::reach::{LAST_FOR_HYPHENS, LAST_FOR_WORDS, weigh};
use super::slip::slips;
use super::{Relation, Suspicion};

/// Words that say nothing about what a project does, so that adding them makes no new name. Words
/// like `async`, `api` or `client` do say something; honest extensions use them.
const EMPTY_WORDS: [&str; 61] = [
    "alpha",
    "beta",
    "darwin",
    "dev",
    "fix",
    "fixed",
    "free",
    "full",
    "get",
    "helper",
    "helpers",
    "install",
    "installer",
    "kit",
    "latest",
    "lib",
    "libs",
    "linux",
    "lite",
    "mac",
    "macos",
    "module",
    "new",
    "next",
    "official",
    "os",
    "package",
    "patch",
    "patched",
    "pip",
    "pkg",
    "plus",
    "pro",
    "py",
    "pypi",
    "python",
    "python2",
    "python3",
    "rc",
    "real",
    "safe",
    "sdk",
    "secure",
    "secured",
    "setup",
    "tool",
    "tools",
    "ultra",
    "update",
    "updated",
    "updater",
    "upgrade",
    "util",
    "utils",
    "v1",
    "v2",
    "v3",
    "win",
    "windows",
    "x",
    "x64",
];

/// Ways to say "for Python", each as what stands before and after the rest of the name.
const FOR_PYTHON: [(&str, &str); 7] = [
    ("python-", ""),
    ("python3-", ""),
    ("py-", ""),
    ("py", ""),
    ("", "-python"),
    ("", "-py"),
    ("", ""),
];

/// Names of more words than this are not tried in every order: 120 orders are enough.
const MOST_WORDS: usize = 5;

/// The shortest name that is recognised inside another one.
const SHORTEST_INSIDE: usize = 4;

/// Shorter words than this are too often a letter away from another one.
const SHORTEST_MISSPELT: usize = 6;

/// Adds what this name could be another wording of.
pub(super) fn look(names: &Names, name: &str, found: &mut Vec<Suspicion>) {
    let mut add = |target: &str| {
        if let Some(target) = names.find(target)
            && let Some(strength) = weigh(Relation::Affix, target.name.len(), target.rank)
        {
            found.push(Suspicion::new(target, Relation::Affix, strength));
        }
    };
    inside(name, &mut add);
    for_python(name, &mut add);
    reseparated(names, name, found);
    reordered(name, &mut |other| {
        found.extend(in_another_order(names, other, name));
    });
    joined(names, name, found);
    misspelt_word(names, name, found);
}

/// Popular names of the same letters and other hyphens.
fn reseparated(names: &Names, name: &str, found: &mut Vec<Suspicion>) {
    let letters = |name: &str| {
        name.bytes()
            .filter(|byte| *byte != b'-')
            .collect::<Vec<_>>()
    };
    let wanted = letters(name);
    let shortest = wanted.len();
    for target in names.most_popular(LAST_FOR_HYPHENS) {
        if target.name.len() >= shortest
            && target.name.starts_with(char::from(wanted[0]))
            && letters(target.name) == wanted
            && let Some(strength) = weigh(Relation::Separator, target.name.len(), target.rank)
        {
            found.push(Suspicion::new(target, Relation::Separator, strength));
        }
    }
}

fn in_another_order(names: &Names, other: &str, name: &str) -> Option<Suspicion> {
    let target = names.find(other).filter(|_| other != name)?;
    // Three words or more in another order are no coincidence, however rare the target.
    let rank = if other.split('-').count() > 2 {
        1
    } else {
        target.rank
    };
    let strength = weigh(Relation::WordOrder, other.len(), rank)?;
    Some(Suspicion::new(target, Relation::WordOrder, strength))
}

/// Every order of the words.
fn reordered(name: &str, add: &mut dyn FnMut(&str)) {
    fn permute(words: &mut Vec<&str>, fixed: usize, add: &mut dyn FnMut(&str)) {
        if fixed == words.len() {
            add(&words.join("-"));
        }
        for next in fixed..words.len() {
            words.swap(fixed, next);
            permute(words, fixed + 1, add);
            words.swap(fixed, next);
        }
    }
    let mut words: Vec<&str> = name.split('-').collect();
    if (2..=MOST_WORDS).contains(&words.len()) {
        permute(&mut words, 0, add);
    }
}

/// What is left without empty words: whole words at both ends, or one run on without a hyphen.
fn inside(name: &str, add: &mut dyn FnMut(&str)) {
    let is_empty = |word: &str| {
        EMPTY_WORDS.contains(&word)
            || word.len() <= 2 && word.bytes().all(|byte| byte.is_ascii_digit())
    };
    let mut add = |rest: &str| {
        if rest.len() >= SHORTEST_INSIDE && !is_empty(rest) {
            add(rest);
        }
    };
    let words: Vec<&str> = name.split('-').collect();
    let leading = words.iter().take_while(|word| is_empty(word)).count();
    let trailing = words.iter().rev().take_while(|word| is_empty(word)).count();
    for start in 0..=leading {
        for end in words.len() - trailing..=words.len() {
            if start < end && end - start < words.len() {
                add(&words[start..end].join("-"));
            }
        }
    }
    for word in EMPTY_WORDS {
        let run_on = [name.strip_prefix(word), name.strip_suffix(word)];
        let rests = run_on.into_iter().flatten();
        for rest in rests.filter(|rest| rest.len() > SHORTEST_INSIDE) {
            add(rest);
        }
    }
}

/// The same name with another way to say "for Python".
fn for_python(name: &str, add: &mut dyn FnMut(&str)) {
    for (before, after) in FOR_PYTHON {
        let rest = name
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after));
        let Some(rest) = rest.filter(|rest| rest.len() >= SHORTEST_INSIDE) else {
            continue;
        };
        if before.is_empty() && after.is_empty() {
            continue;
        }
        for (before, after) in FOR_PYTHON {
            add(&format!("{before}{rest}{after}"));
        }
    }
}

/// Two popular names run together, told as the less popular one.
fn joined(names: &Names, name: &str, found: &mut Vec<Suspicion>) {
    for middle in SHORTEST_INSIDE..=name.len().saturating_sub(SHORTEST_INSIDE) {
        let (one, two) = name.split_at(middle);
        let (Some(one), Some(two)) = (names.find(one), names.find(two)) else {
            continue;
        };
        let target = if one.rank > two.rank { one } else { two };
        if let Some(strength) = weigh(Relation::Compound, name.len(), target.rank) {
            found.push(Suspicion::new(target, Relation::Compound, strength));
        }
    }
}

/// One word of several is a misspelt popular name of a single word.
fn misspelt_word(names: &Names, name: &str, found: &mut Vec<Suspicion>) {
    let several = name.contains('-');
    let long = |word: &&str| several && word.len() >= SHORTEST_MISSPELT;
    let words = name.split('-').filter(long);
    for word in words.filter(|word| names.rank(word).is_none()) {
        for target in names.near(word, 1, LAST_FOR_WORDS) {
            let slips = slips(target.name, word, 1).unwrap_or_default();
            let telling = slips.iter().any(|slip| {
                matches!(
                    slip.relation,
                    Relation::Swap
                        | Relation::Doubled
                        | Relation::Omission
                        | Relation::SoundAlike
                        | Relation::Neighbour
                )
            });
            if telling
                && let Some(strength) = weigh(
                    Relation::MisspeltWord,
                    target.name.len(),
                    names.renown(target),
                )
            {
                found.push(Suspicion::new(target, Relation::MisspeltWord, strength));
            }
        }
    }
}
