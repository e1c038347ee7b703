//! Points at source text that does not read as it looks.

use Severity::{High, Low, Medium};
use spip_core::{Check, Contents, Context, Finding, Odd, Oddity, Package, Severity, Stop};

use crate::contents::{self, NOTHING, Suspicions, weigh};

describe! {
    /// ## What it asks
    ///
    /// Does a source file hide code from its reader: pushed off the screen by blanks, in an encoding
    /// that reads differently from how it looks, behind characters that turn the direction of text
    /// around, in identifiers from other alphabets, in long rows of characters that nobody sees,
    /// behind control characters? An encoding that the package itself brings hides whatever it likes.
    ///
    /// Such characters inside texts for people, and scientific symbols as names, are left alone or
    /// worth a line.
    ///
    /// ## Why it matters
    ///
    /// A review sees what is shown. Python sees what is there.
    ///
    /// ## What to do
    ///
    /// Look at the bytes of the line, not at how an editor shows them.
    pub(super) struct HiddenText {
        id: "hidden-text",
        summary: "source text does not read as it looks",
        worst: High,
        needs: Contents,
    }
}

impl Check for HiddenText {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let contents = contents::read(package, cx)?;
        let mut suspicions = Suspicions::default();
        for oddity in &contents.oddities {
            if let Some((severity, what)) = judge(&contents, oddity) {
                suspicions.oddity(severity, what, oddity);
            }
        }
        suspicions.report(
            "look at the bytes of the line, not at how an editor shows them",
            found,
        );
        Ok(())
    }
}

fn judge(contents: &Contents, oddity: &Oddity) -> Option<(Option<Severity>, &'static str)> {
    let trigger = oddity.trigger;
    let excerpt = oddity.site.excerpt.as_str();
    Some(match oddity.what {
        Odd::OffScreen => (weigh(trigger, High, Medium), "has code pushed out of sight"),
        Odd::StrangeCodec => {
            // An encoding that the package itself brings says whatever it likes.
            let is_own = contents
                .acts
                .iter()
                .any(|act| act.callee == "codecs.register");
            let severity = if is_transforming(&oddity.detail) || is_own {
                High
            } else {
                Medium
            };
            (
                weigh(trigger, severity, Medium),
                "is written in an encoding that hides what it says",
            )
        }
        Odd::Bidi => (bidi(oddity), "turns the direction of its text around"),
        Odd::Homoglyph => {
            let (unasked, called) = if is_styled(marked(oddity)) {
                (High, Some(Medium))
            } else {
                (Low, NOTHING)
            };
            (
                weigh(trigger, unasked, called),
                "has names in letters that look like others",
            )
        }
        Odd::ControlCharacter => {
            let severity = if oddity.detail.contains("form feed") || excerpt.contains('\u{c}') {
                Low
            } else {
                Medium
            };
            (
                weigh(trigger, severity, Low),
                "has control characters among its code",
            )
        }
        Odd::ZeroWidth => {
            let severity = match () {
                () if oddity.detail.contains("several kinds") => High,
                () if is_long_run(excerpt) => Medium,
                () => Low,
            };
            (
                weigh(trigger, severity, NOTHING),
                "has characters that nobody sees",
            )
        }
        Odd::Blob => (
            weigh(trigger, Low, NOTHING),
            "has a long line of encoded text",
        ),
        _ => return None,
    })
}

/// Codecs that make other text of what is written; the rest are old alphabets.
fn is_transforming(detail: &str) -> bool {
    let detail = detail.to_ascii_lowercase();
    [
        "utf-7", "utf7", "\"u7\"", "utf_7", "rot", "escape", "punycode", "idna", "hex", "base64",
        "zip", "zlib", "bz2", "quopri", "uu",
    ]
    .iter()
    .any(|it| detail.contains(it))
}

/// The part of the excerpt that the place is about.
fn marked(oddity: &Oddity) -> &str {
    let (start, end) = oddity.site.mark;
    let excerpt = oddity.site.excerpt.as_str();
    let marked = excerpt
        .get(start as usize..end as usize)
        .unwrap_or_default();
    if marked.is_empty() { excerpt } else { marked }
}

/// Letters that Python reads as plain ones (NFKC): mathematical, fullwidth, small and raised ones.
/// Nobody's keyboard writes words in them.
fn is_styled(text: &str) -> bool {
    let styled = text.chars().filter(|it| {
        matches!(it, '\u{1d400}'..='\u{1d6a3}' | '\u{ff21}'..='\u{ff3a}' | '\u{ff41}'..='\u{ff5a}' | '\u{2c7c}' | '\u{1d2c}'..='\u{1d6a}'
            | '\u{2071}' | '\u{207f}' | '\u{2090}'..='\u{209c}' | '\u{17f}' | '\u{24b6}'..='\u{24e9}' | '\u{1f110}'..='\u{1f149}' | '\u{2100}'..='\u{214f}'
            | '\u{fb00}'..='\u{fb06}' | '\u{2b0}'..='\u{2b8}' | '\u{aa}' | '\u{ba}')
    });
    styled.count() >= 2
}

fn is_long_run(text: &str) -> bool {
    let hidden = text.chars().filter(|it| matches!(it, '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}'));
    hidden.count() >= 8
}

/// A direction that is turned and not turned back where its text ends moves code around it.
/// Languages that are written from the right use such characters honestly.
fn bidi(oddity: &Oddity) -> Option<Severity> {
    let excerpt = oddity.site.excerpt.as_str();
    let is_foreign = excerpt.chars().any(|it| matches!(it, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'));
    let is_open = excerpt.split(['"', '\'', '#']).any(is_unbalanced);
    if is_foreign || !is_open {
        return weigh(oddity.trigger, Low, NOTHING);
    }
    weigh(oddity.trigger, High, Medium)
}

/// Whether text of some length stands behind a turn that is not undone.
fn is_unbalanced(text: &str) -> bool {
    let (mut embedded, mut isolated) = (0, 0);
    for character in text.chars() {
        match character {
            '\u{202a}' | '\u{202b}' | '\u{202d}' | '\u{202e}' => embedded += 1,
            '\u{2066}'..='\u{2068}' => isolated += 1,
            '\u{202c}' => embedded -= 1,
            '\u{2069}' => isolated -= 1,
            _ => {}
        }
    }
    // A table of such characters holds one alone.
    let letters = text.chars().filter(char::is_ascii_alphanumeric).count();
    (embedded != 0 || isolated != 0) && letters >= 2
}

#[cfg(test)]
mod tests {
    use spip_core::{Odd, Trigger};

    use super::HiddenText;
    use crate::testing::{World, assert_shows, demo};

    fn showing(what: Odd, detail: &str, excerpt: &str) -> World {
        let mut world = demo().odd(what, Trigger::Import, "demo/core.py", detail);
        world.contents_mut().oddities[0].site.excerpt = excerpt.to_owned();
        world
    }

    #[test]
    fn flags_what_hides_code() {
        for (what, detail, excerpt, expected) in [
            (Odd::OffScreen, "", "", "high: has code pushed out of sight"),
            (
                Odd::StrangeCodec,
                "utf-7",
                "",
                "high: is written in an encoding that hides what it says",
            ),
            (
                Odd::StrangeCodec,
                "cp500",
                "",
                "medium: is written in an encoding that hides what it says",
            ),
            (
                Odd::Bidi,
                "",
                "if level != \"user\u{202e} \u{2066}# Check if admin\u{2069} \u{2066}\":",
                "high: turns the direction of its text around",
            ),
            (
                Odd::Bidi,
                "",
                "'''Subtract funds from account then \u{2067}''' ;return",
                "high: turns the direction of its text around",
            ),
            (
                Odd::Homoglyph,
                "",
                "\u{1d5f2}\u{1d605}\u{1d5f2}\u{1d5f0}(x)",
                "high: has names in letters that look like others",
            ),
            (
                Odd::ControlCharacter,
                "a lone carriage return",
                "",
                "medium: has control characters among its code",
            ),
        ] {
            let expected = format!("{expected}, when it is imported");
            assert_shows(&HiddenText, showing(what, detail, excerpt), &expected);
        }
    }

    #[test]
    fn flags_little_where_honest_text_looks_the_same() {
        for (what, detail, excerpt, expected) in [
            (
                Odd::Bidi,
                "",
                "_('\u{202b}\u{5e9}\u{5dc}\u{5d5}\u{5dd} abc')",
                "low: turns the direction of its text around",
            ),
            (
                Odd::Bidi,
                "",
                "'RLE': '\u{202b}',",
                "low: turns the direction of its text around",
            ),
            (
                Odd::Homoglyph,
                "",
                "\u{3c3} = 1",
                "low: has names in letters that look like others",
            ),
            (
                Odd::ZeroWidth,
                "",
                "'a\u{200b}b'",
                "low: has characters that nobody sees",
            ),
            (
                Odd::ControlCharacter,
                "a form feed before code",
                "",
                "low: has control characters among its code",
            ),
            (
                Odd::Blob,
                "",
                "ICON = 'aGk'",
                "low: has a long line of encoded text",
            ),
        ] {
            let expected = format!("{expected}, when it is imported");
            assert_shows(&HiddenText, showing(what, detail, excerpt), &expected);
        }
    }

    #[test]
    fn accepts_texts_that_nothing_runs_unasked() {
        for what in [Odd::Bidi, Odd::Homoglyph, Odd::ZeroWidth, Odd::Blob] {
            let world = demo().odd(what, Trigger::Call, "demo/i18n.py", "");
            assert_shows(&HiddenText, world, "complete");
        }
        assert_shows(
            &HiddenText,
            demo().odd(Odd::Link, Trigger::Import, "x", ""),
            "complete",
        );
    }

    #[test]
    fn leaves_a_gap_when_the_files_cannot_be_read() {
        assert_shows(&HiddenText, demo().offline(), "incomplete: offline");
    }
}
