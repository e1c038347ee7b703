//! The most downloaded projects by rank, and which of them are spelled almost like a given name.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use super::letters::Signature;
use super::slip::slips;

static POPULAR: LazyLock<Names> =
    LazyLock::new(|| Names::parse(include_str!("../../data/popular-names.txt")));

/// A list of popular names. [`Names::popular`] is the one that ships with the program.
#[derive(Debug)]
pub struct Names {
    /// In rank order: the first is the most popular.
    ranked: Vec<&'static str>,
    ranks: HashMap<&'static str, u32>,
    /// For each length the names of that length, in rank order.
    by_length: Vec<Vec<Entry>>,
    families: OnceLock<Families>,
}

/// What comparing needs, close together in memory.
#[derive(Debug)]
struct Entry {
    signature: Signature,
    rank: u32,
}

/// One popular name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Popular {
    /// The normalised name.
    pub(super) name: &'static str,
    /// Its rank, from 1.
    pub(super) rank: u32,
}

#[derive(Debug)]
struct Families {
    by_word: HashMap<&'static str, Family>,
    first_words: Vec<Popular>,
}

/// The popular names that begin with one word and a hyphen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Family {
    members: u32,
    best: u32,
}

/// So many popular projects named after a word are no coincidence.
const SEVERAL: u32 = 5;

/// So many make the word a name of its own.
const MANY: u32 = 10;

/// From so many characters on a name gains by the projects named after it.
const LONG: usize = 6;

impl Family {
    /// Each further eight members are worth as much as the most popular one.
    fn renown(self, own: u32) -> u32 {
        if self.members < SEVERAL {
            return own;
        }
        (own.min(self.best) / (1 + self.members / 8)).max(1)
    }
}

impl Names {
    /// The list that ships with the program.
    pub fn popular() -> &'static Self {
        &POPULAR
    }

    /// Reads a list: normalised names in rank order, one a line; lines that begin with `#` are
    /// remarks.
    pub fn parse(text: &'static str) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let ranked: Vec<_> = lines.collect();
        let mut ranks = HashMap::with_capacity(ranked.len());
        let mut by_length = Vec::new();
        for (rank, &name) in (1..).zip(&ranked) {
            ranks.insert(name, rank);
            if by_length.len() <= name.len() {
                by_length.resize_with(name.len() + 1, Vec::new);
            }
            by_length[name.len()].push(Entry {
                signature: Signature::of(name),
                rank,
            });
        }
        Self {
            ranked,
            ranks,
            by_length,
            families: OnceLock::new(),
        }
    }

    /// The rank of a name, from 1; `None`: it is not in the list.
    pub fn rank(&self, name: &str) -> Option<u32> {
        self.ranks.get(name).copied()
    }

    /// Every name, the most popular one first.
    pub fn ranked(&self) -> impl Iterator<Item = &'static str> {
        self.ranked.iter().copied()
    }

    /// The popular project of this name.
    pub(super) fn find(&self, name: &str) -> Option<Popular> {
        let (name, rank) = self.ranks.get_key_value(name)?;
        Some(Popular { name, rank: *rank })
    }

    /// The most popular names, down to a rank.
    pub(super) fn most_popular(&self, last_rank: u32) -> impl Iterator<Item = Popular> {
        let ranked = (1..=last_rank).zip(&self.ranked);
        ranked.map(|(rank, name)| Popular { name, rank })
    }

    /// The popular names at most `edits` away (optimal string alignment) and at most `last_rank`
    /// down the list, without the name itself.
    pub(super) fn near(&self, name: &str, edits: u32, last_rank: u32) -> Vec<Popular> {
        let signature = Signature::of(name);
        let reach = edits as usize;
        let lengths = name.len().saturating_sub(reach)..=name.len() + reach;
        let mut found = Vec::new();
        for entries in lengths.filter_map(|length| self.by_length.get(length)) {
            for entry in entries.iter().take_while(|entry| entry.rank <= last_rank) {
                if !entry.signature.allows(signature, edits) {
                    continue;
                }
                let candidate = self.ranked[entry.rank as usize - 1];
                if candidate != name && slips(candidate, name, reach).is_some() {
                    found.push(Popular {
                        name: candidate,
                        rank: entry.rank,
                    });
                }
            }
        }
        found
    }

    /// How far up the list a name counts as being: its own rank, or, for a name after which several
    /// popular projects are named, a better one the more there are. `pytorch` itself is rarely
    /// installed, yet everybody knows it. Short names gain nothing: too much resembles them.
    pub(super) fn renown(&self, target: Popular) -> u32 {
        match self.families().by_word.get(target.name) {
            Some(family) if target.name.len() >= LONG => family.renown(target.rank),
            _ => target.rank,
        }
    }

    /// First words of many popular names that are no popular name themselves, each with its renown.
    pub(super) fn first_words(&self) -> &[Popular] {
        &self.families().first_words
    }

    fn families(&self) -> &Families {
        self.families.get_or_init(|| {
            let mut by_word: HashMap<&'static str, Family> = HashMap::new();
            for (rank, name) in (1_u32..).zip(&self.ranked) {
                if let Some((word, _)) = name.split_once('-') {
                    let first = Family {
                        members: 0,
                        best: rank,
                    };
                    by_word.entry(word).or_insert(first).members += 1;
                }
            }
            let mut first_words: Vec<_> = by_word
                .iter()
                .filter(|(word, family)| family.members >= MANY && self.rank(word).is_none())
                .map(|(name, family)| Popular {
                    name,
                    rank: family.renown(u32::MAX),
                })
                .collect();
            first_words.sort_unstable_by_key(|word| word.name);
            Families {
                by_word,
                first_words,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use spip_core::PackageName;

    use super::*;

    const TEXT: &str = include_str!("../../data/popular-names.txt");

    fn header(field: &str) -> &'static str {
        let prefix = format!("# {field}: ");
        let line = TEXT.lines().find_map(|line| line.strip_prefix(&prefix));
        line.expect("the header has the field")
    }

    #[test]
    fn the_data_file_is_normalised_unique_and_complete_with_its_header() {
        let names: Vec<&str> = TEXT.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(names.len().to_string(), header("count"));
        assert_eq!(names.len(), 15_000);
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
        for name in names {
            assert_eq!(name.parse::<PackageName>().unwrap().as_str(), name);
        }
        assert!(header("source").starts_with("guarddog "));
        assert!(header("sha256").parse::<spip_core::Sha256>().is_ok());
        assert!(header("date").parse::<jiff::civil::Date>().is_ok());
    }

    #[test]
    fn ranks_count_from_one() {
        let names = Names::parse("# remark\nfirst\nsecond");
        assert_eq!(names.rank("first"), Some(1));
        assert_eq!(names.rank("second"), Some(2));
        assert_eq!(names.rank("# remark"), None);
    }

    #[test]
    fn the_last_rank_is_looked_at_too() {
        let names = Names::parse("abcdef\nabcdeg");
        let near = |last_rank| names.near("abcdex", 1, last_rank).len();
        assert_eq!((near(0), near(1), near(2), near(3)), (0, 1, 2, 2));
    }

    #[test]
    fn the_index_finds_exactly_what_comparing_with_every_name_finds() {
        let names = Names::popular();
        for name in names.ranked.iter().step_by(307) {
            for query in mutations(name) {
                for (edits, last_rank) in [(1, 15_000), (2, 2_000)] {
                    let mut found = names.near(&query, edits, last_rank);
                    found.sort_by_key(|popular| popular.rank);
                    let brute: Vec<_> = (1..=last_rank)
                        .zip(&names.ranked)
                        .filter(|(_, other)| **other != query)
                        .filter(|(_, other)| strsim::osa_distance(other, &query) <= edits as usize)
                        .map(|(rank, name)| Popular { name, rank })
                        .collect();
                    assert_eq!(found, brute, "{query}");
                }
            }
        }
    }

    /// The name itself and some spellings one and two edits away.
    fn mutations(name: &str) -> Vec<String> {
        let middle = name.len() / 2;
        let mut letters: Vec<char> = name.chars().collect();
        letters.swap(middle, middle.saturating_sub(1));
        vec![
            name.to_owned(),
            letters.iter().collect(),
            format!("{}x{}", &name[..middle], &name[middle..]),
            format!(
                "{}{}s",
                &name[..middle],
                &name[(middle + 1).min(name.len())..]
            ),
        ]
    }

    #[test]
    fn a_family_lends_its_renown_to_the_name_it_is_named_after() {
        let text =
            "a\nb\nserver-1\nserver-2\nlonely-1\nserver-3\nserver-4\nserver-5\nserver\nlonely";
        let names = Names::parse(text);
        assert_eq!(names.renown(names.find("server").unwrap()), 3);
        assert_eq!(names.renown(names.find("lonely").unwrap()), 10);
    }

    #[test]
    fn many_projects_make_their_first_word_a_name() {
        let words: Vec<_> = Names::popular()
            .first_words()
            .iter()
            .map(|word| word.name)
            .collect();
        assert!(words.contains(&"opentelemetry"));
        assert!(!words.contains(&"django"), "it is in the list itself");
    }
}
