//! Text that a reader does not see as Python does.

use ruff_python_ast::token::{Token, TokenKind, Tokens};
use ruff_text_size::{Ranged, TextRange, TextSize};
use spip_core::{Odd, Oddity, Trigger};
use unicode_normalization::UnicodeNormalization;

use super::lines::Lines;

/// How many blanks push code out of sight.
const OUT_OF_SIGHT: usize = 100;

/// How far behind the end of the line above code is still in sight.
const BESIDE: usize = 20;

/// How many invisible characters in a row hold a payload.
const INVISIBLE_RUN: usize = 16;

/// The most oddities of one kind that one file is reported for.
const MOST: usize = 5;

/// Collects what is odd about a text.
pub(super) struct HiddenText<'t> {
    pub(super) text: &'t str,
    pub(super) lines: &'t Lines<'t>,
    pub(super) member: &'t str,
    pub(super) trigger: Trigger,
    pub(super) found: Vec<Oddity>,
}

impl HiddenText<'_> {
    pub(super) fn look(mut self, tokens: &Tokens) -> Vec<Oddity> {
        if !self.text.is_ascii() {
            self.identifiers(tokens);
            self.directions(tokens);
            self.invisible();
        }
        if has_long_blank(self.text) {
            self.off_screen(tokens);
        }
        self.controls(tokens);
        self.found
    }

    fn report(&mut self, what: Odd, trigger: Trigger, detail: String, range: TextRange) {
        if self.found.iter().filter(|known| known.what == what).count() < MOST {
            self.found.push(Oddity {
                what,
                trigger,
                detail,
                site: self.lines.site(self.member, range),
            });
        }
    }

    /// Identifiers that Python normalizes to other ones (PEP 3131), or that mix scripts.
    fn identifiers(&mut self, tokens: &Tokens) {
        let names = tokens
            .iter()
            .filter(|token| token.kind() == TokenKind::Name || token.kind().is_keyword());
        for token in names {
            let raw = &self.text[token.range()];
            if raw.is_ascii() {
                continue;
            }
            let normal: String = raw.nfkc().collect();
            if normal.is_ascii() {
                let detail = format!("an identifier that Python reads as \"{normal}\"");
                self.report(Odd::Homoglyph, self.trigger, detail, token.range());
            } else if raw.chars().any(|letter| letter.is_ascii_alphabetic())
                && raw.chars().any(looks_latin)
            {
                let detail = "an identifier that mixes Latin letters with ones that look like them"
                    .to_owned();
                self.report(
                    Odd::Homoglyph,
                    self.trigger.min(Trigger::Call),
                    detail,
                    token.range(),
                );
            }
        }
    }

    /// Characters that turn text around and are not turned back before the line ends.
    fn directions(&mut self, tokens: &Tokens) {
        let mut start = 0;
        for line in self.text.split_inclusive('\n') {
            let mut open = 0_i32;
            let mut first = None;
            for (at, letter) in line.char_indices() {
                match letter {
                    '\u{202a}'..='\u{202b}' | '\u{202d}'..='\u{202e}' | '\u{2066}'..='\u{2068}' => {
                        open += 1;
                        first = first.or(Some(at));
                    }
                    '\u{202c}' | '\u{2069}' => open -= 1,
                    _ => {}
                }
            }
            if let Some(at) = first.filter(|_| open > 0) {
                let at = start + at;
                let offset = TextSize::try_from(at).unwrap_or_default();
                let within = token_at(tokens, offset);
                // A line inside of a longer text moves nothing but that text.
                let inside = within.is_some_and(|token| {
                    let end = start + line.len();
                    usize::from(token.start()) < start && usize::from(token.end()) > end
                });
                let alone = inside || line.trim().chars().count() <= 12;
                let (place, trigger) = match within.map(Token::kind) {
                    Some(TokenKind::Comment) => ("a comment", self.trigger),
                    Some(_) if alone => ("a text for people", Trigger::Never),
                    Some(_) => ("a text", self.trigger.min(Trigger::Call)),
                    None => ("code", self.trigger),
                };
                let detail = format!("a character in {place} turns the rest of the line around");
                self.report(Odd::Bidi, trigger, detail, TextRange::at(offset, 3.into()));
            }
            start += line.len();
        }
    }

    /// Long rows of characters that take no room: a payload written in nothing.
    fn invisible(&mut self) {
        let mut run = 0;
        let mut begin = 0;
        let mut longest = (0, 0, 0);
        let mut in_flag = false;
        for (at, letter) in self.text.char_indices() {
            // Flags of countries' parts are written with such letters behind a black flag.
            in_flag =
                letter == '\u{1f3f4}' || in_flag && matches!(letter, '\u{e0020}'..='\u{e007f}');
            if is_invisible(letter) && !in_flag {
                begin = if run == 0 { at } else { begin };
                run += if is_never_in_a_row(letter) { 4 } else { 1 };
                longest = longest.max((run, begin, at + letter.len_utf8()));
            } else if !is_invisible(letter) {
                run = 0;
            }
        }
        let (length, at, end) = longest;
        if length >= INVISIBLE_RUN {
            let mut kinds: Vec<char> = self.text[at..end].chars().collect();
            kinds.sort_unstable();
            kinds.dedup();
            let at = TextSize::try_from(at).unwrap_or_default();
            let several = if kinds.len() > 1 {
                ", of several kinds"
            } else {
                ""
            };
            let detail = format!("characters in a row that nobody sees{several}");
            self.report(
                Odd::ZeroWidth,
                self.trigger,
                detail,
                TextRange::at(at, 3.into()),
            );
        }
    }

    /// Code behind so many blanks that no screen shows it.
    fn off_screen(&mut self, tokens: &Tokens) {
        let mut end = TextSize::default();
        let mut fresh = true;
        for token in tokens {
            let kind = token.kind();
            if matches!(kind, TokenKind::Indent | TokenKind::Dedent) {
                continue;
            }
            let gap = &self.text[TextRange::new(end.min(token.start()), token.start())];
            let line_gap = gap.rsplit(['\n', '\r']).next().unwrap_or(gap);
            let same_line = line_gap.len() == gap.len();
            let is_code = !matches!(
                kind,
                TokenKind::Comment
                    | TokenKind::Newline
                    | TokenKind::NonLogicalNewline
                    | TokenKind::EndOfFile
            );
            let is_hidden = line_gap.len() >= OUT_OF_SIGHT && (same_line || fresh);
            if is_code && is_hidden && !self.is_aligned(token.start(), line_gap.len()) {
                let detail = format!("code behind {} blanks", line_gap.len());
                self.report(Odd::OffScreen, self.trigger, detail, token.range());
            }
            fresh = kind == TokenKind::Newline;
            end = token.end();
        }
    }

    /// Whether blanks begin a line and reach no farther than the line above: code that a formatter
    /// has put below an open bracket.
    fn is_aligned(&self, code: TextSize, blanks: usize) -> bool {
        let before = &self.text[..usize::from(code) - blanks];
        let Some(above) = before.strip_suffix(['\n', '\r']) else {
            return false;
        };
        let above = above.trim_end_matches(['\n', '\r']);
        let above = above.rsplit(['\n', '\r']).next().unwrap_or(above);
        blanks <= above.trim_end().len() + BESIDE
    }

    /// Control characters before code that some programs show on another line or not at all.
    fn controls(&mut self, tokens: &Tokens) {
        let has_lines = self.text.contains('\n');
        for at in memchr::memchr3_iter(b'\r', 0x1a, 0x08, self.text.as_bytes()) {
            let byte = self.text.as_bytes()[at];
            let rest = &self.text[at + 1..];
            if byte == b'\r' && (rest.starts_with('\n') || !has_lines) {
                continue;
            }
            let mut line = rest.chars().take_while(|letter| !"\n\r".contains(*letter));
            if line
                .find(|letter| !letter.is_whitespace())
                .is_none_or(|first| first == '#')
            {
                continue;
            }
            let offset = TextSize::try_from(at).unwrap_or_default();
            let in_text = token_at(tokens, offset).is_some_and(|token| {
                token.kind() != TokenKind::Comment && token.range().len() > 1.into()
            });
            if in_text {
                continue;
            }
            let name = match byte {
                b'\r' => "a lone carriage return",
                0x1a => "a substitute character",
                _ => "a backspace",
            };
            let detail = format!("{name} before code");
            self.report(
                Odd::ControlCharacter,
                self.trigger,
                detail,
                TextRange::at(offset, 1.into()),
            );
            break;
        }
    }
}

/// The token that an offset lies in. There may be as many offsets to ask for as tokens.
fn token_at(tokens: &Tokens, offset: TextSize) -> Option<&Token> {
    let behind = tokens.partition_point(|token| token.end() <= offset);
    let token = tokens.get(behind)?;
    token.range().contains(offset).then_some(token)
}

fn has_long_blank(text: &str) -> bool {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | 0x0c);
    let mut rest = text.as_bytes();
    // A run of that many blanks ends nowhere before the last blank of a part of that length.
    while let Some(part) = rest.get(..OUT_OF_SIGHT) {
        match part.iter().rposition(|byte| !is_blank(byte)) {
            Some(at) => rest = &rest[at + 1..],
            None => return true,
        }
    }
    false
}

/// Tags and the second block of variation selectors: one at most stands behind a letter.
fn is_never_in_a_row(letter: char) -> bool {
    matches!(letter, '\u{e0000}'..='\u{e01ef}')
}

fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{180e}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e01ef}' | '\u{3164}' | '\u{ffa0}' | '\u{115f}'..='\u{1160}')
}

/// Cyrillic and Greek letters that a reader takes for Latin ones.
fn looks_latin(letter: char) -> bool {
    "аеорсухіјѕһԁԛԝАВЕКМНОРСТХЅІЈοΑΒΕΖΗΙΚΜΝΟΡΤΥΧνικ".contains(letter)
}
