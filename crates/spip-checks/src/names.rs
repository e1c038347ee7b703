//! Which popular project a name imitates: a judgement that looks at nothing but the name.
//!
//! A name in the list of popular names imitates nothing. For every other name the rules look for
//! popular names that it could be taken for, and weigh what they find: how it was made, how long
//! the name is, and how far up the list the imitated name stands. Honest names lie close to rarely
//! used ones all the time, so the further down the list, the more unmistakable a slip has to be.

use std::fmt;

use spip_core::PackageName;

mod aliases;
mod data;
mod letters;
mod list;
mod reach;
mod respelling;
mod slip;
mod words;

pub use list::Names;

use list::Popular;

/// What a name could be taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suspicion {
    /// The imitated name.
    pub target: &'static str,
    /// Its rank in the list; `None` for a module of the standard library, and for a word after
    /// which many popular projects are named while none has that name.
    pub rank: Option<u32>,
    /// How the name was made from it.
    pub relation: Relation,
    /// How much that weighs.
    pub strength: Strength,
}

/// How much a [`Suspicion`] weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// Honest names look like this too.
    Hint,
    /// Honest names rarely look like this.
    Likely,
    /// An unmistakable slip on one of the most popular names.
    Striking,
}

/// How a name was made from the one that it imitates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    /// Two adjacent letters changed places.
    Swap,
    /// A letter is doubled, or a doubled one single.
    Doubled,
    /// A letter inside is left out.
    Omission,
    /// A letter is replaced by one from a neighbouring key.
    Neighbour,
    /// A letter is replaced by one of the same sound.
    SoundAlike,
    /// Characters are replaced by some that look like them.
    LookAlike,
    /// A letter inside is replaced by an unrelated one.
    Substitution,
    /// An unrelated letter is added inside.
    Insertion,
    /// The first letter is replaced, or one is added before it.
    FirstLetter,
    /// The first letter is left out.
    MissingFirst,
    /// The last letter is added or left out.
    LastLetter,
    /// An `s` at the end of a word is added.
    Plural,
    /// The `s` at the end of a word is left out.
    Singular,
    /// A number is added, left out or changed.
    Numeral,
    /// Hyphens are added, left out or moved.
    Separator,
    /// Two edits, one a common slip, the other one too or at the end.
    TwoEdits,
    /// Two unrelated edits.
    TwoUnrelated,
    /// One word of several is misspelt.
    MisspeltWord,
    /// The words are in another order.
    WordOrder,
    /// The name without its `py` or `python-`, misspelt.
    MisspeltBare,
    /// Words that say nothing are added (`-lib`, `python-`).
    Affix,
    /// Two popular names are joined.
    Compound,
    /// The name by which a popular project is imported.
    ImportName,
    /// The name of a module that Python brings along.
    StandardLibrary,
}

impl Relation {
    /// The name used in reports, lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Swap => "swapped letters",
            Self::Doubled => "doubled letter",
            Self::Omission => "omitted letter",
            Self::Neighbour => "neighbouring key",
            Self::SoundAlike => "sound-alike letters",
            Self::LookAlike => "look-alike characters",
            Self::Substitution => "substituted letter",
            Self::Insertion => "inserted letter",
            Self::FirstLetter => "first letter",
            Self::MissingFirst => "missing first letter",
            Self::LastLetter => "last letter",
            Self::Plural => "plural",
            Self::Singular => "singular",
            Self::Numeral => "numeral",
            Self::Separator => "separator",
            Self::TwoEdits => "two edits",
            Self::TwoUnrelated => "two unrelated edits",
            Self::MisspeltWord => "misspelt word",
            Self::WordOrder => "word order",
            Self::MisspeltBare => "misspelt short name",
            Self::Affix => "added words",
            Self::Compound => "two names joined",
            Self::ImportName => "import name",
            Self::StandardLibrary => "standard library module",
        }
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Suspicion {
    fn new(target: Popular, relation: Relation, strength: Strength) -> Self {
        Self {
            target: target.name,
            rank: Some(target.rank),
            relation,
            strength,
        }
    }
}

impl Names {
    /// What this name could be taken for: the weightiest suspicion, of equal ones the one about the
    /// more popular name. `None` for names in the list.
    pub fn judge(&self, name: &PackageName) -> Option<Suspicion> {
        let name = name.as_str();
        if self.rank(name).is_some() {
            return None;
        }
        let mut found = Vec::new();
        respelling::look(self, name, &mut found);
        words::look(self, name, &mut found);
        aliases::look(self, name, &mut found);
        // `max_by_key` takes the last of equals; reversed, a tie goes to the earlier rule.
        let weight = |suspicion: &Suspicion| {
            let rank = suspicion.rank.unwrap_or(u32::MAX);
            (suspicion.strength, std::cmp::Reverse(rank))
        };
        found.into_iter().rev().max_by_key(weight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(name: &str) -> Option<Suspicion> {
        Names::popular().judge(&name.parse().unwrap())
    }

    /// The weightiest suspicion must be a likely one, of this relation to this target.
    fn assert_flags(name: &str, relation: Relation, target: &str) {
        let found = judge(name).unwrap_or_else(|| panic!("nothing said of {name}"));
        assert_eq!((found.relation, found.target), (relation, target), "{name}");
        assert!(found.strength >= Strength::Likely, "{name} is only a hint");
    }

    #[test]
    fn flags_swapped_letters() {
        assert_flags("cyrptography", Relation::Swap, "cryptography");
        assert_flags("packagnig", Relation::Swap, "packaging");
    }

    #[test]
    fn flags_doubled_letters_and_doubled_ones_made_single() {
        assert_flags("cryptograpphy", Relation::Doubled, "cryptography");
        assert_flags("pilow", Relation::Doubled, "pillow");
    }

    #[test]
    fn flags_omitted_letters() {
        assert_flags("packging", Relation::Omission, "packaging");
    }

    #[test]
    fn flags_inserted_letters() {
        assert_flags("cryptogxraphy", Relation::Insertion, "cryptography");
    }

    #[test]
    fn flags_neighbouring_keys() {
        assert_flags("cryptogtaphy", Relation::Neighbour, "cryptography");
    }

    #[test]
    fn flags_sound_alike_letters() {
        assert_flags("criptography", Relation::SoundAlike, "cryptography");
    }

    #[test]
    fn flags_substituted_first_and_last_letters() {
        assert_flags("cryptogmaphy", Relation::Substitution, "cryptography");
        assert_flags("bryptography", Relation::FirstLetter, "cryptography");
        assert_flags("cryptograph", Relation::LastLetter, "cryptography");
    }

    #[test]
    fn flags_look_alike_characters_one_several_and_drawn_close_together() {
        assert_flags("packag1ng", Relation::LookAlike, "packaging");
        assert_flags("cryptogr4phy", Relation::LookAlike, "cryptography");
        assert_flags("crypt0gr4phy", Relation::LookAlike, "cryptography");
        assert_flags("nurnpy", Relation::LookAlike, "numpy");
    }

    #[test]
    fn flags_plurals_and_singulars() {
        assert_flags("python-dateutils", Relation::Plural, "python-dateutil");
        assert_flags(
            "charset-normalizers",
            Relation::Plural,
            "charset-normalizer",
        );
        assert_flags("typing-extension", Relation::Singular, "typing-extensions");
    }

    #[test]
    fn flags_another_numeral() {
        assert_flags("urllib4", Relation::Numeral, "urllib3");
        assert_flags("cryptography2", Relation::Numeral, "cryptography");
    }

    #[test]
    fn flags_other_separators() {
        assert_flags("crypto-graphy", Relation::Separator, "cryptography");
        assert_flags("pythondateutil", Relation::Separator, "python-dateutil");
    }

    #[test]
    fn flags_two_edits_in_a_long_popular_name() {
        assert_flags("criptograhpy", Relation::TwoEdits, "cryptography");
        assert_flags("cryptographyqz", Relation::TwoUnrelated, "cryptography");
    }

    #[test]
    fn flags_one_misspelt_word_of_several() {
        assert_flags(
            "tensorlfow-gpu-support",
            Relation::MisspeltWord,
            "tensorflow",
        );
        assert_flags("dateuitl", Relation::MisspeltBare, "python-dateutil");
    }

    #[test]
    fn flags_slips_on_words_after_which_many_projects_are_named() {
        assert_flags("opentelemtry", Relation::Omission, "opentelemetry");
        assert_eq!(judge("opentelemtry").unwrap().rank, None);
    }

    #[test]
    fn flags_another_word_order() {
        assert_flags(
            "extensions-typing",
            Relation::WordOrder,
            "typing-extensions",
        );
    }

    #[test]
    fn flags_words_added_that_say_nothing() {
        assert_flags("cryptography-lib", Relation::Affix, "cryptography");
        assert_flags("python3-cryptography", Relation::Affix, "cryptography");
        assert_flags("python-yaml", Relation::Affix, "pyyaml");
        assert_flags("cryptographytools", Relation::Affix, "cryptography");
    }

    #[test]
    fn flags_two_popular_names_joined() {
        assert_flags("urllib3certifi", Relation::Compound, "certifi");
    }

    #[test]
    fn flags_import_names_of_popular_projects_also_misspelt() {
        assert_flags("cv2", Relation::ImportName, "opencv-python");
        assert_flags("yaml", Relation::ImportName, "pyyaml");
        assert_flags("pil", Relation::ImportName, "pillow");
        assert_flags("pkgresources", Relation::ImportName, "setuptools");
        assert_flags("pkg-resourcse", Relation::ImportName, "setuptools");
    }

    #[test]
    fn flags_modules_of_the_standard_library() {
        let found = judge("telnetlib").unwrap();
        assert_eq!(
            (found.relation, found.rank),
            (Relation::StandardLibrary, None)
        );
    }

    #[test]
    fn accepts_every_popular_name_also_where_it_resembles_another() {
        for name in Names::popular().most_popular(u32::MAX) {
            assert_eq!(judge(name.name), None);
        }
    }

    #[test]
    fn accepts_honest_names_that_edit_distance_alone_would_flag() {
        for name in [
            "setuptools",
            "types-requests",
            "grpcio",
            "boto3",
            "pipx",
            "gunicorn",
            "grequests",
            "pyaml",
            "mypyc",
            "attrs",
            "click",
            "pytz",
            "redis",
            "sip",
            "coverage",
            "psutil",
            "websockets",
            "lxml",
            "jsonschema",
            "decorator",
            "httpcore",
            "tomli",
            "pluggy",
            "filelock",
            "twint",
            "scipp",
            "wheels",
            "richer",
            "dateutils",
            "parsel",
            "django-boto",
            "types-aiobotocore-dms",
            "geoip",
            "thriftpy",
        ] {
            assert_eq!(judge(name), None, "{name}");
        }
    }

    #[test]
    fn accepts_another_beginning_of_two_letters() {
        assert_eq!(judge("zbyptography"), None);
    }

    #[test]
    fn accepts_the_name_of_the_older_project_without_the_numeral() {
        assert_eq!(judge("stransfer"), None);
    }

    #[test]
    fn asks_more_of_short_words_at_the_end_of_a_long_name() {
        assert_eq!(judge("pytest-mack").unwrap().strength, Strength::Hint);
    }

    #[test]
    fn judges_names_of_any_length() {
        for name in [
            "a",
            "ab",
            "0-0-0-0-0-0-0-0",
            &"a".repeat(214),
            "a-".repeat(100).trim_end_matches('-'),
        ] {
            let _no_panic = judge(name);
        }
    }
}
