//! Looks into a command line without understanding all of it: values of options that matter here.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// The values of these options, in order: `--name value`, `--name=value`, `-nvalue`.
pub(super) fn values<'a>(arguments: &'a [OsString], names: &[&str]) -> Vec<&'a str> {
    let texts: Vec<&str> = arguments.iter().filter_map(|it| it.to_str()).collect();
    let mut found = Vec::new();
    for (place, text) in texts.iter().enumerate() {
        if *text == "--" {
            break;
        }
        for name in names {
            if text == name {
                found.extend(texts.get(place + 1).copied());
            } else if let Some(rest) = text.strip_prefix(name) {
                match rest.strip_prefix('=') {
                    Some(value) => found.push(value),
                    None if !name.starts_with("--") => found.push(rest),
                    None => {}
                }
            }
        }
    }
    found
}

/// Whether one of these words stands there.
pub(super) fn has(arguments: &[OsString], words: &[&str]) -> bool {
    let before = arguments.iter().take_while(|it| *it != "--");
    before
        .filter_map(|it| it.to_str())
        .any(|it| words.contains(&it))
}

/// The command line without these options; those that take a value lose it too.
pub(super) fn without(arguments: &[OsString], flags: &[&str], valued: &[&str]) -> Vec<OsString> {
    let mut rest = Vec::new();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let text = word.to_str().unwrap_or_default();
        let glued = valued.iter().any(|name| {
            let value = text.strip_prefix(name).unwrap_or_default();
            value.starts_with('=') || !name.starts_with("--") && !value.is_empty()
        });
        if valued.contains(&text) {
            words.next();
        } else if !glued && !flags.contains(&text) {
            rest.push(word.clone());
        }
    }
    rest
}

/// A path as the tool would find it from there.
pub(super) fn from(base: &Path, path: impl AsRef<OsStr>) -> PathBuf {
    base.join(Path::new(path.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<OsString> {
        text.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn finds_values_in_every_spelling() {
        let line = words("pip install -r a.txt --requirements=b.txt -rc.txt x -- -r d.txt");
        let found = values(&line, &["-r", "--requirements"]);
        assert_eq!(found, ["a.txt", "b.txt", "c.txt"]);
        assert!(has(&line, &["install"]));
        assert!(!has(&line, &["d.txt"]));
    }

    #[test]
    fn leaves_options_out_with_their_values() {
        let line = words("run --with rich -wx --with=y -q -m app");
        let rest = without(&line, &["-m"], &["--with", "-w"]);
        assert_eq!(rest, words("run -q app"));
    }
}
