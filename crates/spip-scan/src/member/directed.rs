//! What files that direct a build start: scripts of the tree, and files that they fetch.

use std::sync::OnceLock;

use regex::bytes::Regex;

/// How many scripts are taken from one file.
const MOST: usize = 50;

/// Words of lines that start something.
const COMMANDS: [&[u8]; 6] = [
    b"run_command",
    b"execute_process",
    b"COMMAND",
    b"_script",
    b"find_program",
    b"custom_target",
];

/// The Python files of the tree that commands in the file name, as paths of members.
pub(crate) fn scripts(bytes: &[u8], folder: &str) -> Vec<String> {
    static NAMES: OnceLock<Regex> = OnceLock::new();
    let names = NAMES.get_or_init(|| regex(r"[\w./${}-]+\.py\b"));
    let starts = |line: &&[u8]| {
        let is_comment = line.trim_ascii_start().starts_with(b"#");
        !is_comment
            && COMMANDS
                .iter()
                .any(|word| line.windows(word.len()).any(|it| it == *word))
    };
    let mut found = Vec::new();
    for line in bytes.split(|byte| *byte == b'\n').filter(starts) {
        for name in names.find_iter(line).take(MOST) {
            let name = String::from_utf8_lossy(name.as_bytes());
            let name = name.rsplit('}').next().unwrap_or_default();
            found.push(crate::archive::tar::normal(&format!("{folder}/{name}")));
        }
    }
    found.sort_unstable();
    found.dedup();
    found.truncate(MOST);
    found
}

/// A file that `CMake` downloads without a digest and then runs, as the command it amounts to.
pub(crate) fn runs_download(bytes: &[u8]) -> Option<String> {
    static PATTERNS: OnceLock<(Regex, Regex)> = OnceLock::new();
    let (download, run) = PATTERNS.get_or_init(|| {
        (
            regex(r#"(?is)file\s*\(\s*DOWNLOAD\s+"?([^"\s]+)"?\s+"?([^"\s)]+)"?([^)]*)\)"#),
            regex(r"(?is)(?:execute_process|add_custom_command)\s*\(([^)]*)\)"),
        )
    });
    let text =
        |part: regex::bytes::Match<'_>| String::from_utf8_lossy(part.as_bytes()).into_owned();
    for found in download.captures_iter(bytes).take(MOST) {
        let (address, path, options) = (
            text(found.get(1)?),
            text(found.get(2)?),
            text(found.get(3)?),
        );
        let is_pinned = options.to_ascii_uppercase().contains("EXPECTED_");
        let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
        let mut commands = run
            .captures_iter(bytes)
            .filter_map(|it| Some(text(it.get(1)?)));
        let starts = commands.any(|command| {
            let unpacks = ["tar ", " -E tar", "unzip", "HASH"]
                .iter()
                .any(|it| command.contains(it));
            !unpacks && command.contains(&name)
        });
        if !is_pinned && name.len() >= 3 && starts {
            return Some(format!("curl -o /tmp/{name} {address} && sh /tmp/{name}"));
        }
    }
    None
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a constant")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_that_a_build_starts_are_found() {
        let meson =
            b"rev = run_command(py, 'tools/rev.py', check: false)\n# run_command(py, 'x.py')\n";
        assert_eq!(scripts(meson, "demo-1.0"), ["demo-1.0/tools/rev.py"]);
        let cmake = b"execute_process(COMMAND ${PYTHON} ${CMAKE_SOURCE_DIR}/gen.py)\nset(X a.py)\n";
        assert_eq!(scripts(cmake, ""), ["gen.py"]);
    }

    #[test]
    fn downloads_that_are_run_are_told_unless_they_are_pinned() {
        let run = b"execute_process(COMMAND sh \"${CMAKE_BINARY_DIR}/cfg.sh\")\n";
        let plain = b"file(DOWNLOAD \"http://h.invalid/c\" \"${CMAKE_BINARY_DIR}/cfg.sh\")\n";
        let pinned = b"file(DOWNLOAD http://h.invalid/c ${X}/cfg.sh EXPECTED_HASH SHA256=00)\n";
        assert!(runs_download(&[&plain[..], run].concat()).is_some());
        assert!(runs_download(&[&pinned[..], run].concat()).is_none());
        assert!(runs_download(plain).is_none());
    }
}
