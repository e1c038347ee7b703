//! Code that is kept from being read: protectors and their loaders.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

use crate::layout::ending;

/// How much of a source file is looked at: loaders stand at its beginning.
const HEAD: usize = 1 << 14;

/// Texts of loaders and the protector they belong to.
const TEXTS: &[(&str, &str)] = &[
    ("__pyarmor__", "PyArmor"),
    ("from pyarmor_runtime", "PyArmor"),
    ("import pyarmor_runtime", "PyArmor"),
    ("from pytransform import", "PyArmor"),
    ("pyarmor_runtime()", "PyArmor"),
    ("import sourcedefender", "SOURCEdefender"),
    ("from sourcedefender", "SOURCEdefender"),
    ("---BEGIN PYE FILE---", "SOURCEdefender"),
    ("__pyconcrete__", "pyconcrete"),
    ("import pyconcrete", "pyconcrete"),
];

/// What one of stands in each of the texts: looking for these is faster by far.
const NEEDLES: &[&str] = &[
    "pyarmor",
    "pytransform",
    "sourcedefender",
    "BEGIN PYE",
    "pyconcrete",
];

/// What a file's name says.
pub(crate) fn by_name(path: &str) -> Option<String> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let protector = if name.starts_with("pyarmor_runtime") || name.starts_with("_pytransform.") {
        "the loader of PyArmor"
    } else if ending(name) == "pye" {
        "a file of SOURCEdefender or pyconcrete"
    } else {
        return None;
    };
    Some(protector.to_owned())
}

/// What the beginning of a source file says.
pub(crate) fn by_text(bytes: &[u8]) -> Option<String> {
    static PATTERNS: OnceLock<AhoCorasick> = OnceLock::new();
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    let mut needles = NEEDLES.iter().map(|needle| needle.as_bytes());
    if !needles.any(|needle| memchr::memmem::find(head, needle).is_some()) {
        return None;
    }
    let patterns = PATTERNS.get_or_init(|| {
        let texts = TEXTS.iter().map(|(text, _)| text);
        AhoCorasick::new(texts).expect("a few texts make an automaton")
    });
    let found = patterns.find(head)?;
    let (text, protector) = TEXTS[found.pattern().as_usize()];
    // A protected file has next to nothing but its data; programs that deal with protectors do.
    let lines = head.split(|byte| *byte == b'\n').count();
    (lines < 60).then(|| format!("protected by {protector}: `{text}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_for_first_stands_in_every_text() {
        for (text, _) in TEXTS {
            assert!(NEEDLES.iter().any(|needle| text.contains(needle)), "{text}");
        }
    }

    #[test]
    fn protected_files_and_their_loaders_are_told() {
        assert!(by_name("a/pyarmor_runtime_000000/pyarmor_runtime.so").is_some());
        assert!(
            by_text(b"# x\nfrom pyarmor_runtime_000000 import __pyarmor__\n__pyarmor__(1)")
                .is_some()
        );
        assert!(by_name("a/b.py").is_none());
        assert!(by_text(b"import os\n").is_none());
        assert!(
            by_text(format!("{}import sourcedefender", "x\n".repeat(100)).as_bytes()).is_none()
        );
    }
}
