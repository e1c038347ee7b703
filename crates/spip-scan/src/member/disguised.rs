//! Programs under the name of data: texts that read as Python and do what payloads do.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

use crate::layout::ending;

/// Nothing larger is taken for a program.
const LARGEST: u64 = 1 << 17;

/// Endings of texts in other languages and of what people read: nobody hands those to Python, and
/// there are too many of them to look into each.
const OTHERS: &[&str] = &[
    "c", "h", "cc", "cpp", "cxx", "hh", "hpp", "hxx", "m", "mm", "cu", "cuh", "s", "asm", "f",
    "f90", "for", "rs", "go", "java", "kt", "js", "mjs", "cjs", "jsx", "ts", "tsx", "css", "scss",
    "less", "map", "po", "pot", "mo", "ipynb", "proto", "cmake", "m4", "r", "pxd", "vue", "ttf",
    "woff", "woff2", "eot", "pdf", "exe", "dll", "so", "a", "lib", "o", "whl", "egg", "jar", "zip",
    "gz", "bz2", "xz", "tar", "npy", "npz", "parquet",
];

/// Words that a program needs to do something grave.
const WORDS: &[&str] = &[
    "exec(",
    "eval(",
    "urlopen",
    "requests.",
    "subprocess",
    "os.system",
    "os.popen",
    "socket.",
    "b64decode",
    "marshal",
    "os.environ",
    "http.client",
    "ctypes",
    "__import__",
];

/// Whether the file's name and beginning leave it open.
pub(crate) fn may_be_python(path: &str, size: u64, head: &[u8]) -> bool {
    size <= LARGEST
        && !head.contains(&0)
        && !OTHERS.contains(&ending(path).to_ascii_lowercase().as_str())
}

/// Whether the text has the marks of a program.
pub(crate) fn is_python(bytes: &[u8]) -> bool {
    static PATTERNS: OnceLock<AhoCorasick> = OnceLock::new();
    let patterns =
        PATTERNS.get_or_init(|| AhoCorasick::new(WORDS).expect("a few words make an automaton"));
    let begins = |line: &[u8]| {
        [
            &b"import "[..],
            b"from ",
            b"exec(",
            b"eval(",
            b"__import__(",
        ]
        .iter()
        .any(|start| line.starts_with(start))
    };
    patterns.is_match(bytes) && bytes.split(|byte| *byte == b'\n').any(begins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_under_the_name_of_data_are_told() {
        let program = b"# notes\nimport os\nos.system('id')\n";
        assert!(may_be_python("demo/notes.txt", 30, program));
        assert!(is_python(program));
        assert!(may_be_python("demo/notes.qqq", 30, program));
        assert!(!may_be_python("demo/x.c", 30, program));
        assert!(!is_python(b"How to import os.system into your mind"));
        assert!(!is_python(b"import a\n"));
    }
}
