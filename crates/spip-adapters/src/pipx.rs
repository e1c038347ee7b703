//! pipx: its commands, as of 1.18. What a newer pipx adds is unknown, and so guarded.

use std::ffi::OsString;

use crate::grammar::{Options, Strange, first_word};
use crate::{Intent, Reading};

/// Options before the command.
const GLOBAL: Options = Options {
    valued: &[],
    flags: &[
        "--global",
        "--help",
        "--quiet",
        "--verbose",
        "--version",
        "-h",
        "-q",
        "-v",
    ],
    may_be_cut: true,
};

/// Options of `pipx run`.
const RUN: Options = Options {
    valued: &[
        "--backend",
        "--cooldown",
        "--fetch-python",
        "--index-url",
        "--pip-args",
        "--python",
        "--python-args",
        "--spec",
        "--with",
        "-i",
    ],
    flags: &[
        "--editable",
        "--fetch-missing-python",
        "--global",
        "--help",
        "--no-cache",
        "--no-path-check",
        "--path",
        "--pypackages",
        "--quiet",
        "--refresh",
        "--skip-maintenance",
        "--system-site-packages",
        "--verbose",
        "-e",
        "-h",
        "-q",
        "-v",
    ],
    may_be_cut: true,
};

/// Reads the arguments behind `pipx`.
pub fn read(arguments: &[OsString]) -> Reading {
    Reading::or_unknown(command(arguments))
}

fn command(arguments: &[OsString]) -> Result<Reading, Strange> {
    let Some(at) = first_word(arguments, 0, &[GLOBAL])? else {
        return Ok(Reading::of(Intent::Harmless, Vec::new()));
    };
    let word = arguments[at].to_string_lossy().into_owned();
    let intent = match word.as_str() {
        "install" | "install-all" | "inject" | "upgrade" | "upgrade-all" | "upgrade-shared"
        | "reinstall" | "reinstall-all" | "repair" | "manifest" | "runpip" => Intent::Installs,
        // `exec` starts what is installed already.
        "uninject" | "expose" | "unexpose" | "pin" | "unpin" | "uninstall" | "uninstall-all"
        | "reset" | "list" | "cache" | "exec" | "ensurepath" | "environment" | "completions"
        | "help" => Intent::Harmless,
        "run" => {
            let program = first_word(arguments, at + 1, &[RUN])?;
            return Ok(Reading {
                intent: program.map_or(Intent::Harmless, |_| Intent::RunsCode),
                command: vec![word],
                program,
            });
        }
        _ => Intent::Unknown,
    };
    Ok(Reading::of(intent, vec![word]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(line: &str) -> (Intent, String) {
        let arguments: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        let found = read(&arguments);
        let program = found
            .program
            .map(|at| arguments[at].to_string_lossy().into_owned());
        (found.intent, program.unwrap_or_default())
    }

    #[test]
    fn tells_what_installs_from_what_does_not() {
        for line in [
            "install black",
            "runpip black install x",
            "upgrade-all",
            "inject a b",
        ] {
            assert_eq!(reading(line).0, Intent::Installs, "{line}");
        }
        for line in ["", "--version", "list", "exec black", "run --help"] {
            assert_eq!(reading(line).0, Intent::Harmless, "{line}");
        }
        for line in ["teleport", "interpreter upgrade", "run --new x app"] {
            assert_eq!(reading(line).0, Intent::Unknown, "{line}");
        }
    }

    #[test]
    fn finds_where_the_program_stands() {
        let runs = |line: &str| reading(line);
        assert_eq!(
            runs("run cowsay -t hi"),
            (Intent::RunsCode, "cowsay".into())
        );
        assert_eq!(
            runs("run --spec black==26 black -h"),
            (Intent::RunsCode, "black".into())
        );
        assert_eq!(
            runs("run --spe=black black"),
            (Intent::RunsCode, "black".into())
        );
        assert_eq!(
            runs("run -ihttps://i.invalid app"),
            (Intent::RunsCode, "app".into())
        );
        assert_eq!(runs("run --no app x"), (Intent::RunsCode, "app".into()));
        assert_eq!(runs("run --p 1 app").0, Intent::Unknown);
    }
}
