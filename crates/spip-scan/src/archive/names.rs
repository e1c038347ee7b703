//! Paths of members: what no archive should hold, and names that get in each other's way.

use hashbrown::HashMap;

use spip_core::Odd;
use unicode_normalization::UnicodeNormalization as _;

use crate::archive::{Entry, Manners, What};
use crate::findings::Findings;

/// What is wrong with a path, if anything.
pub(crate) fn problem(path: &str, manners: Manners) -> Option<&'static str> {
    let bytes = path.as_bytes();
    if bytes.is_empty() {
        return Some("the name is empty");
    }
    if bytes[0] == b'/' {
        return Some("the path is absolute");
    }
    if bytes.len() > 1 && bytes[1] == b':' && bytes[0].is_ascii_alphabetic() {
        return Some("the path names a drive");
    }
    if path.chars().any(char::is_control) {
        return Some("the name holds control characters");
    }
    if path.chars().any(turns_or_hides) {
        return Some("the name holds characters that are not seen or turn text around");
    }
    if path.contains('\u{fffd}') {
        return Some("the name is not UTF-8");
    }
    if bytes.contains(&b'\\') {
        return Some("the name holds a backslash");
    }
    let parts = || path.strip_suffix('/').unwrap_or(path).split('/');
    if parts().any(|part| part == "..") {
        return Some("the path leads out of the archive");
    }
    if manners == Manners::Source {
        return None;
    }
    if bytes.contains(&b':') {
        return Some("the name holds a colon");
    }
    if parts().any(|part| part.is_empty() || part == ".") {
        return Some("the path has empty parts");
    }
    parts()
        .any(|part| part.ends_with(['.', ' ']))
        .then_some("the name ends in a dot or blank")
}

/// Characters that have no width or turn the direction of text around.
fn turns_or_hides(letter: char) -> bool {
    matches!(letter,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Finds members whose names get in each other's way.
pub(crate) fn conflicts(entries: &[Entry], manners: Manners, findings: &mut Findings) {
    let mut folded: HashMap<String, &str> = HashMap::with_capacity(entries.len());
    for entry in entries {
        let path = entry.path.trim_end_matches('/');
        match folded.insert(fold(path), path) {
            Some(other) if other != path => findings.odd(
                Odd::ConflictingName,
                manners.trigger(),
                &entry.path,
                format!(
                    "differs from {} only in case or in how letters are composed",
                    quoted(other)
                ),
            ),
            _ => {}
        }
    }
    let mut paths: Vec<&str> = entries.iter().map(|entry| entry.path.as_str()).collect();
    paths.sort_unstable();
    for entry in entries {
        if entry.what == What::Directory {
            continue;
        }
        let prefix = format!("{}/", entry.path);
        let next = paths.partition_point(|path| *path < prefix.as_str());
        let below = paths.get(next).filter(|path| path.starts_with(&prefix));
        // Members below a link are a matter of the link.
        if let (Some(below), What::File | What::Other(_)) = (below, &entry.what) {
            findings.odd(
                Odd::ConflictingName,
                manners.trigger(),
                &entry.path,
                format!("is a file and the directory of {}", quoted(below)),
            );
        }
    }
}

/// The key under which forgetful file systems keep a name.
fn fold(path: &str) -> String {
    if path.is_ascii() {
        return path.to_ascii_lowercase();
    }
    let lower: String = path.nfc().flat_map(char::to_lowercase).collect();
    lower.nfc().collect()
}

/// A name inside a sentence, cut to a length that fits.
pub(crate) fn quoted(name: &str) -> String {
    if name.len() <= 120 {
        return format!("`{name}`");
    }
    format!("`{}…`", &name[..name.floor_char_boundary(119)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str) -> Entry {
        let what = if path.ends_with('/') {
            What::Directory
        } else {
            What::File
        };
        Entry {
            path: path.to_owned(),
            size: 0,
            what,
        }
    }

    fn conflicting(paths: &[&str]) -> usize {
        let entries: Vec<_> = paths.iter().map(|path| entry(path)).collect();
        let mut findings = Findings::default();
        conflicts(&entries, Manners::Wheel, &mut findings);
        findings.oddities.len()
    }

    #[test]
    fn ordinary_paths_are_fine() {
        for path in [
            "a.py",
            "a/b.py",
            "a/",
            "ünï/cödé.py",
            "a..b/c",
            ".hidden",
            "a b/c+d~e",
        ] {
            assert_eq!(problem(path, Manners::Wheel), None, "{path}");
        }
        for path in ["./a/b", "a//b", "tests/12:30.txt"] {
            assert_eq!(problem(path, Manners::Source), None, "{path}");
            assert!(problem(path, Manners::Wheel).is_some(), "{path}");
        }
    }

    #[test]
    fn paths_that_leave_the_archive_or_fit_no_file_system_are_named() {
        for path in [
            "",
            "/etc/x",
            "C:/x",
            "c:x",
            "a\\b",
            "../x",
            "a/../../x",
            "a/..",
            "a\0b",
            "a\nb",
            "a\u{202e}b",
            "a\u{200b}b",
            "a\u{fffd}b",
        ] {
            assert!(problem(path, Manners::Source).is_some(), "{path:?}");
        }
        for path in ["a/b.", "a /b", "x/./y"] {
            assert!(problem(path, Manners::Wheel).is_some(), "{path:?}");
        }
    }

    #[test]
    fn names_that_differ_in_case_or_composition_conflict() {
        assert_eq!(conflicting(&["a/B.py", "a/b.py"]), 1);
        assert_eq!(conflicting(&["\u{e9}.py", "e\u{301}.py"]), 1);
        assert_eq!(
            conflicting(&["a/b.py", "a/c.py", "ab/c.py", "a/", "a.py"]),
            0
        );
    }

    #[test]
    fn a_file_that_is_also_a_directory_conflicts() {
        assert_eq!(conflicting(&["a", "a/b.py"]), 1);
        assert_eq!(conflicting(&["a/b", "a/b/c/d.py", "a-b"]), 1);
        assert_eq!(conflicting(&["a/", "a/b.py", "a.b"]), 0);
    }
}
