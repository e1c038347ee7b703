//! What is wrong with a policy, and where.

use std::fmt;
use std::path::PathBuf;

use spip_core::Quoted;

/// A policy that cannot be used. Reads after "failed to".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct PolicyError {
    /// The file; `None`: an option or a variable.
    pub path: Option<PathBuf>,
    /// Where in it; `None`: the file as a whole.
    pub spot: Option<Box<Spot>>,
    /// What is wrong.
    pub trouble: Trouble,
}

/// A place in a text, with the line for people to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The line, from 1.
    line: usize,
    /// The character in it, from 1.
    column: usize,
    /// The line, safe to print.
    shown: String,
    /// What of it stands before the place, as wide as it is shown.
    before: usize,
    /// How much of it is meant, as wide as it is shown.
    width: usize,
}

impl Spot {
    /// What these bytes of a text are; what goes on in further lines is left out.
    pub(crate) fn of(text: &str, span: std::ops::Range<usize>) -> Self {
        let start = text.floor_char_boundary(span.start);
        let begin = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let rest = &text[begin..];
        let line = rest.lines().next().unwrap_or_default();
        let from = (start - begin).min(line.len());
        let to = text.floor_char_boundary(span.end).saturating_sub(begin);
        let to = to.clamp(from, line.len());
        let wide = |text: &str| Quoted::new(text).to_string().chars().count();
        Self {
            line: text[..begin].matches('\n').count() + 1,
            column: line[..from].chars().count() + 1,
            shown: Quoted::new(line).to_string(),
            before: wide(&line[..from]),
            width: wide(&line[from..to]).max(1),
        }
    }
}

/// The line under the message, as compilers do it.
impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let margin = " ".repeat(self.line.to_string().len());
        let marks = "^".repeat(self.width.min(Quoted::MAX_CHARS));
        let (line, shown) = (self.line, &self.shown);
        let indent = " ".repeat(self.before);
        write!(
            f,
            "{margin} |\n{line} | {shown}\n{margin} | {indent}{marks}"
        )
    }
}

/// What is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It is no TOML, or a value has another form.
    #[error("{0}")]
    Form(Quoted),
    /// There is no such key.
    #[error("there is no key `{key}`{}", meant(suggestion.as_ref()))]
    UnknownKey {
        /// As written.
        key: Quoted,
        /// What may have been meant.
        suggestion: Option<String>,
    },
    /// There is no such check.
    #[error("there is no check `{check}`{}", meant(suggestion.as_ref()))]
    UnknownCheck {
        /// As written.
        check: Quoted,
        /// What may have been meant.
        suggestion: Option<String>,
    },
    /// A value means nothing.
    #[error("`{key}`: {why}")]
    Value {
        /// Which setting.
        key: String,
        /// Why.
        why: Quoted,
    },
    /// An earlier file has locked the setting.
    #[error("`{key}` is locked by {by} and cannot be loosened here")]
    Locked {
        /// Which setting.
        key: &'static str,
        /// Which file, and the line.
        by: String,
    },
    /// A project tries to loosen what is the user's to decide.
    #[error(
        "`{key}`: a project may only tighten the policy; \
         put this into your own file if you want it"
    )]
    Loosened {
        /// Which setting.
        key: &'static str,
    },
}

fn meant(suggestion: Option<&String>) -> String {
    suggestion.map_or_else(String::new, |it| format!("; did you mean `{it}`?"))
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let trouble = &self.trouble;
        let Some(path) = &self.path else {
            return write!(f, "apply the policy: {trouble}");
        };
        let path = Quoted::from(path.display().to_string());
        match &self.spot {
            None => write!(f, "apply the policy in {path}: {trouble}"),
            Some(spot) => {
                let (line, column) = (spot.line, spot.column);
                write!(
                    f,
                    "apply the policy in {path}:{line}:{column}: {trouble}\n{spot}"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot(text: &str, part: &str) -> String {
        let start = text.find(part).unwrap();
        let spot = Spot::of(text, start..start + part.len());
        format!("{}:{}\n{spot}", spot.line, spot.column)
    }

    #[test]
    fn the_line_is_shown_with_what_is_meant() {
        let text = "# ours\nmin-age = \"soon\" # yes\n";
        let expected = "2:11\n  |\n2 | min-age = \"soon\" # yes\n  |           ^^^^^^";
        assert_eq!(spot(text, "\"soon\""), expected);
    }

    #[test]
    fn what_goes_on_in_further_lines_is_left_out() {
        let text = "[[exceptions]]\ncheck = \"x\"\n";
        assert_eq!(
            spot(text, text),
            "1:1\n  |\n1 | [[exceptions]]\n  | ^^^^^^^^^^^^^^"
        );
    }

    #[test]
    fn no_line_steers_a_terminal_and_no_place_is_outside() {
        let text = "é\u{1b}x = 1";
        assert_eq!(spot(text, "x"), "1:3\n  |\n1 | é\\u{1b}x = 1\n  |        ^");
        for span in [0..0, 99..100, 1..2] {
            assert!(Spot::of(text, span).to_string().contains('^'));
        }
        assert!(Spot::of("", 0..0).to_string().ends_with('^'));
    }
}
