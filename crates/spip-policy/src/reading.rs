//! From a text to a [`Document`], or to one clear message.

use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use crate::{Document, PolicyError, Spot, Trouble};

/// Where a policy stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// A file of its own.
    Own,
    /// `[tool.spip]` of a `pyproject.toml`.
    Pyproject,
}

#[derive(Deserialize)]
struct Pyproject {
    #[serde(default)]
    tool: Tool,
}

#[derive(Default, Deserialize)]
struct Tool {
    spip: Option<Document>,
}

/// Reads a policy; `None`: a `pyproject.toml` that holds none.
pub fn read(path: &Path, text: &str, home: Home) -> Result<Option<Document>, PolicyError> {
    let read = match home {
        Home::Own => toml::from_str::<Document>(text).map(Some),
        Home::Pyproject => toml::from_str::<Pyproject>(text).map(|it| it.tool.spip),
    };
    read.map_err(|error| PolicyError {
        path: Some(path.to_owned()),
        spot: error.span().map(|span| Box::new(Spot::of(text, span))),
        trouble: trouble(error.message()),
    })
}

/// The line of an offset, from 1.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    before.split(|byte| *byte == b'\n').count()
}

/// The line on which a value begins.
pub(crate) fn line<T>(text: &str, value: &Spanned<T>) -> usize {
    line_of(text, value.span().start)
}

/// An unknown field is a slip of the finger, most often; the message lists the known ones.
fn trouble(message: &str) -> Trouble {
    let unknown = message.strip_prefix("unknown field `");
    let Some((key, rest)) = unknown.and_then(|rest| rest.split_once('`')) else {
        return Trouble::Form(message.into());
    };
    let known = rest.split('`').skip(1).step_by(2);
    Trouble::UnknownKey {
        key: key.into(),
        suggestion: nearest(key, known),
    }
}

/// The known word that somebody may have meant.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    const FAR: f64 = 0.7;
    let likeness = |known: &'a str| (strsim::jaro_winkler(word, known), known);
    let best = known
        .map(likeness)
        .max_by(|one, two| one.0.total_cmp(&two.0));
    let (likeness, known) = best?;
    (likeness > FAR).then(|| known.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        let read = read(Path::new("spip.toml"), text, Home::Own);
        let said = read.unwrap_err().to_string();
        let (message, frame) = said.split_once('\n').unwrap();
        assert!(frame.ends_with('^'), "{said}");
        message.to_owned()
    }

    #[test]
    fn each_mistake_gives_one_clear_message() {
        for (text, expected) in [
            (
                "sensitivty = \"low\"",
                "apply the policy in spip.toml:1:1: there is no key `sensitivty`; did you mean `sensitivity`?",
            ),
            (
                "\nzzz = 1",
                "apply the policy in spip.toml:2:1: there is no key `zzz`",
            ),
            (
                "[[exceptions]]\ncheck = \"typosquat\"\npackage = \"demo\"\nuntil = \"2026-01-01\"",
                "apply the policy in spip.toml:1:1: missing field `reason`",
            ),
        ] {
            assert_eq!(said(text), expected);
        }
        for (text, column) in [
            ("[min-age]\ndefualt = \"30d\"", 1),
            ("\nmin-age = { defualt = \"30d\" }", 13),
        ] {
            let expected = format!(
                "apply the policy in spip.toml:2:{column}: \
                 there is no key `defualt`; did you mean `default`?"
            );
            assert_eq!(said(text), expected);
        }
        assert!(said("min-age = 3").contains("expected a time like \"3d\", or a table"));
        assert!(said("sensitivity = \"loud\"").contains("spip.toml:1:15: unknown variant `loud`"));
        assert!(said("= 1").starts_with("apply the policy in spip.toml:1:1: "));
    }

    #[test]
    fn a_pyproject_without_a_policy_says_nothing() {
        let path = Path::new("pyproject.toml");
        let none = read(path, "[project]\nname = \"demo\"\n", Home::Pyproject);
        assert!(none.unwrap().is_none());
        let some = read(path, "[tool.spip]\nonly-wheels = true\n", Home::Pyproject);
        assert!(some.unwrap().unwrap().only_wheels.unwrap().into_inner());
        let wrong = read(path, "[tool.spip]\nonly-wheel = true\n", Home::Pyproject);
        let expected = "apply the policy in pyproject.toml:2:1: \
            there is no key `only-wheel`; did you mean `only-wheels`?\n  |\n\
            2 | only-wheel = true\n  | ^^^^^^^^^^";
        assert_eq!(wrong.unwrap_err().to_string(), expected);
    }
}
