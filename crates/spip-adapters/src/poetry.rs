//! Poetry: its commands, as of 2.5. Commands of plugins are unknown, and so guarded.

use std::ffi::OsString;

use crate::grammar::{Options, Strange, first_word};
use crate::{Intent, Reading};

/// Options that Poetry takes anywhere before the program it is to run.
const GLOBAL: Options = Options {
    valued: &["--directory", "--project", "-C", "-P"],
    flags: &[
        "--ansi",
        "--help",
        "--no-ansi",
        "--no-cache",
        "--no-interaction",
        "--no-plugins",
        "--quiet",
        "--verbose",
        "--version",
        "-V",
        "-h",
        "-n",
        "-q",
        "-v",
    ],
    may_be_cut: false,
};

/// Names that are only the first half of a command.
const SPACES: &[&str] = &["cache", "debug", "env", "python", "self", "source"];

/// Reads the arguments behind `poetry`.
pub fn read(arguments: &[OsString]) -> Reading {
    Reading::or_unknown(command(arguments))
}

fn command(arguments: &[OsString]) -> Result<Reading, Strange> {
    let Some(at) = first_word(arguments, 0, &[GLOBAL])? else {
        return Ok(Reading::of(Intent::Harmless, Vec::new()));
    };
    let first = arguments[at].to_string_lossy().into_owned();
    if !SPACES.contains(&first.as_str()) {
        let intent = one_word(&first, &arguments[at + 1..]);
        return Ok(Reading::of(intent, vec![first]));
    }
    let Some(at) = first_word(arguments, at + 1, &[GLOBAL])? else {
        return Ok(Reading::of(Intent::Harmless, vec![first]));
    };
    let second = arguments[at].to_string_lossy().into_owned();
    let intent = match (first.as_str(), second.as_str()) {
        ("self", "add" | "install" | "remove" | "sync" | "update") => Intent::Installs,
        ("self", "lock") | ("debug", "resolve") => Intent::Locks,
        ("self", "show")
        | ("debug", "info" | "tags")
        | ("cache", "clear" | "list")
        | ("env", "activate" | "info" | "list" | "remove" | "use")
        | ("python", "install" | "list" | "remove")
        | ("source", "add" | "remove" | "show") => Intent::Harmless,
        _ => Intent::Unknown,
    };
    Ok(Reading::of(intent, vec![first, second]))
}

fn one_word(word: &str, rest: &[OsString]) -> Intent {
    let has = |wanted: &[&str]| {
        let mut words = rest.iter().map(|word| word.to_string_lossy());
        words.any(|word| wanted.contains(&&*word))
    };
    match word {
        // `build` installs build requirements; `init` and `new` may resolve what they are given.
        "add" | "install" | "sync" | "update" | "remove" | "build" | "init" | "new" => {
            Intent::Installs
        }
        "publish" if has(&["--build"]) => Intent::Installs,
        "lock" => Intent::Locks,
        // `run` starts what is installed already, in the user's own environment.
        "about" | "check" | "config" | "help" | "list" | "publish" | "run" | "search" | "show"
        | "version" => Intent::Harmless,
        _ => Intent::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intent(line: &str) -> Intent {
        let arguments: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        read(&arguments).intent
    }

    #[test]
    fn finds_the_command_behind_global_options() {
        assert_eq!(intent("add requests --source internal"), Intent::Installs);
        assert_eq!(intent("-C add install"), Intent::Installs);
        assert_eq!(intent("-Cadd list"), Intent::Harmless);
        assert_eq!(intent("--project=p -nq update"), Intent::Installs);
        assert_eq!(
            intent("-vvv self add poetry-plugin-export"),
            Intent::Installs
        );
    }

    #[test]
    fn tells_what_installs_from_what_locks_and_what_does_neither() {
        for line in [
            "sync",
            "install",
            "remove x",
            "build",
            "publish --build",
            "self update",
        ] {
            assert_eq!(intent(line), Intent::Installs, "{line}");
        }
        for line in ["lock", "self lock", "debug resolve x"] {
            assert_eq!(intent(line), Intent::Locks, "{line}");
        }
        for line in [
            "",
            "--version",
            "run python app.py",
            "env list",
            "self show plugins",
            "publish",
        ] {
            assert_eq!(intent(line), Intent::Harmless, "{line}");
        }
    }

    #[test]
    fn guards_what_it_does_not_know() {
        for line in ["export", "self teleport", "--new x list"] {
            assert_eq!(intent(line), Intent::Unknown, "{line}");
        }
    }
}
