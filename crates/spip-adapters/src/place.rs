//! Where a tool really works: options may lead it to another directory, or to another project.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// Where a command line leads the tool, as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The directory that the tool changes to.
    pub directory: Option<OsString>,
    /// The project, as seen from there.
    pub project: Option<OsString>,
}

/// Why nobody can tell where a tool works.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unclear {
    /// An option is there twice, with different values.
    #[error("{0} is given twice")]
    Twice(&'static str),
    /// Letters of several options are run together.
    #[error("write -{0} and its value as words of their own")]
    Cluster(char),
}

/// How a tool spells an option.
struct Spelling {
    long: &'static str,
    short: Option<char>,
    /// The shortest form that Python's argparse takes for it; `None`: only the whole.
    shortest: Option<&'static str>,
}

const DIRECTORY: Spelling = Spelling {
    long: "--directory",
    short: None,
    shortest: None,
};
const PROJECT: Spelling = Spelling {
    long: "--project",
    short: None,
    shortest: None,
};

/// Letters that Poetry's commands run together without a value.
const POETRY_FLAGS: &[u8] = b"hqvVnDltTao";

impl Place {
    /// Of uv: its options before the program that it is to start, and the variables that stand for
    /// them.
    pub fn of_uv(
        arguments: &[OsString],
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, Unclear> {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        Ok(Self {
            directory: DIRECTORY
                .value(arguments)?
                .or_else(|| set("UV_WORKING_DIR")),
            project: PROJECT.value(arguments)?.or_else(|| set("UV_PROJECT")),
        })
    }

    /// Of Poetry, which takes them anywhere and cut short.
    pub fn of_poetry(arguments: &[OsString]) -> Result<Self, Unclear> {
        let directory = Spelling {
            short: Some('C'),
            shortest: Some("--d"),
            ..DIRECTORY
        };
        let project = Spelling {
            short: Some('P'),
            shortest: Some("--p"),
            ..PROJECT
        };
        run_together(arguments)?;
        Ok(Self {
            directory: directory.value(arguments)?,
            project: project.value(arguments)?,
        })
    }

    /// Of PDM.
    pub fn of_pdm(
        arguments: &[OsString],
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, Unclear> {
        let project = Spelling {
            short: Some('p'),
            shortest: Some("--proj"),
            ..PROJECT
        };
        let set = variable("PDM_PROJECT").filter(|value| !value.is_empty());
        Ok(Self {
            directory: None,
            project: project.value(arguments)?.or(set),
        })
    }
}

impl Spelling {
    fn value(&self, arguments: &[OsString]) -> Result<Option<OsString>, Unclear> {
        let mut found: Option<OsString> = None;
        let mut words = arguments.iter().take_while(|word| *word != "--");
        while let Some(word) = words.next() {
            let value = match self.told_by(word) {
                Told::Else => continue,
                Told::Here(value) => value,
                Told::Next => match words.next() {
                    Some(next) => next.clone(),
                    None => continue,
                },
            };
            if found.as_ref().is_some_and(|before| *before != value) {
                return Err(Unclear::Twice(self.long));
            }
            found = Some(value);
        }
        Ok(found)
    }

    fn told_by(&self, word: &OsStr) -> Told {
        let bytes = word.as_bytes();
        if bytes.starts_with(b"--") {
            let (name, value) = match bytes.iter().position(|byte| *byte == b'=') {
                Some(at) => (&bytes[..at], Told::Here(owned(&bytes[at + 1..]))),
                None => (bytes, Told::Next),
            };
            let is_cut = self.shortest.is_some_and(|shortest| {
                name.len() >= shortest.len() && self.long.as_bytes().starts_with(name)
            });
            return if name == self.long.as_bytes() || is_cut {
                value
            } else {
                Told::Else
            };
        }
        let letter = self.short.and_then(|it| u8::try_from(it).ok());
        match bytes {
            [b'-', first, rest @ ..] if Some(*first) == letter => match rest {
                [] => Told::Next,
                [b'=', value @ ..] | value => Told::Here(owned(value)),
            },
            _ => Told::Else,
        }
    }
}

/// Where the value of an option stands.
enum Told {
    /// In this word.
    Here(OsString),
    /// It is the next word.
    Next,
    /// This is another option, or none.
    Else,
}

fn owned(bytes: &[u8]) -> OsString {
    OsString::from_vec(bytes.to_vec())
}

/// `-vC folder`: flags with an option behind them that leads elsewhere.
fn run_together(arguments: &[OsString]) -> Result<(), Unclear> {
    for word in arguments.iter().take_while(|word| *word != "--") {
        let Some(letters) = word.as_bytes().strip_prefix(b"-") else {
            continue;
        };
        let flags = letters.iter().take_while(|it| POETRY_FLAGS.contains(it));
        let flags = flags.count();
        match letters.get(flags) {
            Some(letter @ (b'C' | b'P')) if flags > 0 => {
                return Err(Unclear::Cluster(char::from(*letter)));
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    fn text(place: Result<Place, Unclear>) -> String {
        let shown = |value: Option<OsString>| {
            value.map_or_else(|| "-".to_owned(), |it| it.to_string_lossy().into_owned())
        };
        match place {
            Ok(place) => format!("{} {}", shown(place.directory), shown(place.project)),
            Err(unclear) => unclear.to_string(),
        }
    }

    #[test]
    fn uv_is_led_by_options_and_variables() {
        let uv = |line: &str| {
            text(Place::of_uv(&words(line), |name| {
                (name == "UV_PROJECT").then(|| "set".into())
            }))
        };
        assert_eq!(uv("sync"), "- set");
        assert_eq!(uv("--directory a sync --project=b"), "a b");
        assert_eq!(uv("sync -- --directory a"), "- set");
        assert_eq!(uv("sync --direct a -C b"), "- set", "uv takes whole words");
        assert_eq!(uv("--project a sync --project a"), "- a");
        assert_eq!(
            uv("--project a sync --project b"),
            "--project is given twice"
        );
    }

    #[test]
    fn poetry_is_led_by_every_spelling_that_it_takes() {
        let poetry = |line: &str| text(Place::of_poetry(&words(line)));
        for line in [
            "-C a install",
            "install -Ca",
            "install -C=a",
            "install --directory a",
            "install --dir=a",
            "install --d a",
        ] {
            assert_eq!(poetry(line), "a -", "{line}");
        }
        assert_eq!(poetry("add -P b --directory a x"), "a b");
        assert_eq!(poetry("add --proj b x --dry-run --pre"), "- b");
        assert_eq!(poetry("add -GCI x -vv"), "- -");
        for line in ["-vC a install", "install -nvCa"] {
            let expected = "write -C and its value as words of their own";
            assert_eq!(poetry(line), expected, "{line}");
        }
    }

    #[test]
    fn pdm_has_a_project_only() {
        let pdm = |line: &str| text(Place::of_pdm(&words(line), |_| None));
        assert_eq!(pdm("install -p a"), "- a");
        assert_eq!(pdm("install --project=a"), "- a");
    }
}
