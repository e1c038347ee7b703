//! Lists of words that are looked up all the time.

use std::sync::OnceLock;

use hashbrown::HashSet;

/// How many parts of a dotted name are looked up at most, but for the whole of it.
const MOST_PARTS: usize = 4;

/// A list of words, written as text with blanks between them.
pub(super) struct Words {
    text: &'static str,
    sorted: OnceLock<Sorted>,
}

/// The words, ready to be looked up.
struct Sorted {
    words: HashSet<&'static str>,
    /// A bit for each length that a word has: most of what is asked for has none of them.
    lengths: u64,
}

impl Words {
    /// The words of a text.
    pub(super) const fn new(text: &'static str) -> Self {
        Self {
            text,
            sorted: OnceLock::new(),
        }
    }

    /// Each of them, in the order of the text.
    pub(super) fn iter(&self) -> impl Iterator<Item = &'static str> {
        self.text.split_whitespace()
    }

    /// Whether a word is one of them.
    pub(super) fn has(&self, word: &str) -> bool {
        self.sorted().has(word)
    }

    /// Whether a dotted name, or the first one to four parts of it, is one of them.
    pub(super) fn has_begin_of(&self, path: &str) -> bool {
        let sorted = self.sorted();
        let mut parts = 0;
        for (at, byte) in path.bytes().enumerate() {
            if matches!(byte, b'.' | b'(') {
                if sorted.has(&path[..at]) {
                    return true;
                }
                parts += 1;
                if parts == MOST_PARTS {
                    break;
                }
            }
        }
        sorted.has(path)
    }

    fn sorted(&self) -> &Sorted {
        self.sorted.get_or_init(|| Sorted {
            words: self.iter().collect(),
            lengths: self
                .iter()
                .fold(0, |lengths, word| lengths | bit(word.len())),
        })
    }
}

impl Sorted {
    fn has(&self, word: &str) -> bool {
        self.lengths & bit(word.len()) != 0 && self.words.contains(word)
    }
}

/// The bit of a length; long words share one.
fn bit(length: usize) -> u64 {
    1 << length.min(63)
}

#[cfg(test)]
mod tests {
    use super::*;

    static SOME: Words = Words::new(
        "one two.three
         a.b.c.d.e a_word_that_is_longer_than_sixty_three_bytes_and_so_shares_the_last_bit",
    );

    #[test]
    fn has_whole_words_only() {
        assert!(SOME.iter().all(|word| SOME.has(word)));
        for other in ["", "on", "ones", "two", "three", "a_word_that_is_not_it"] {
            assert!(!SOME.has(other), "{other}");
        }
        assert!(!SOME.has(&"x".repeat(80)));
    }

    #[test]
    fn has_the_begin_of_a_dotted_name() {
        for path in ["one", "one.more", "one().more", "two.three(", "a.b.c.d.e"] {
            assert!(SOME.has_begin_of(path), "{path}");
        }
        // Five parts are looked up only where they are all.
        for path in ["", ".one", "ones.more", "two.four", "two", "a.b.c.d.e.f"] {
            assert!(!SOME.has_begin_of(path), "{path}");
        }
    }
}
