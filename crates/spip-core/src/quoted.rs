//! Text that came from outside: bounded when taken in, escaped when shown.

use std::fmt;

/// Outside text. `Display` and `Debug` escape everything that could move a cursor, reorder or hide
/// text; taking it in cuts it to [`Quoted::MAX_CHARS`] characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Quoted(String);

impl Quoted {
    /// The longest text that is kept, in characters. What is cut off is replaced by `…`.
    pub const MAX_CHARS: usize = 400;

    /// Takes in outside text, cut to [`Self::MAX_CHARS`] characters.
    pub fn new(text: &str) -> Self {
        let mut chars = text.char_indices();
        match chars.nth(Self::MAX_CHARS) {
            None => Self(text.to_owned()),
            Some((end, _)) => Self(format!("{}…", &text[..end])),
        }
    }

    /// The text as it was taken in. Not for showing to people.
    pub fn raw(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Quoted {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Quoted {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

impl fmt::Display for Quoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            if is_treacherous(character) {
                write!(f, "{}", character.escape_unicode())?;
            } else {
                fmt::Write::write_char(f, character)?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Quoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// Control, bidirectional, zero-width, line-separating, tag and variation characters.
fn is_treacherous(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_terminal_and_bidirectional_characters() {
        let hostile = Quoted::new("a\x1b[2K\r\n\u{202e}b\u{200b}é");
        assert_eq!(
            hostile.to_string(),
            "a\\u{1b}[2K\\u{d}\\u{a}\\u{202e}b\\u{200b}é"
        );
        assert!(!format!("{hostile:?}").contains('\x1b'));
    }

    #[test]
    fn is_bounded_when_taken_in() {
        let long = "é".repeat(Quoted::MAX_CHARS + 1);
        assert_eq!(
            Quoted::new(&long).raw().chars().count(),
            Quoted::MAX_CHARS + 1
        );
        let exact = "é".repeat(Quoted::MAX_CHARS);
        assert_eq!(Quoted::new(&exact).raw(), exact);
    }
}
