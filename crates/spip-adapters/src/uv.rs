//! uv: its commands and options, as of 0.13. What a newer uv adds is unknown, and so guarded.

use std::ffi::OsString;

use crate::grammar::{Options, Strange, first_word};
use crate::{Intent, Reading};

/// Options that uv takes anywhere before the program it is to run; the hidden ones too.
const GLOBAL: Options = Options {
    valued: &[
        "--allow-insecure-host",
        "--cache-dir",
        "--color",
        "--config-file",
        "--directory",
        "--preview-features",
        "--project",
        "--python-fetch",
        "--python-preference",
        "--trusted-host",
    ],
    flags: &[
        "--allow-python-downloads",
        "--help",
        "--managed-python",
        "--native-tls",
        "--no-cache",
        "--no-cache-dir",
        "--no-color",
        "--no-config",
        "--no-managed-python",
        "--no-native-tls",
        "--no-offline",
        "--no-preview",
        "--no-progress",
        "--no-python-downloads",
        "--no-system-certs",
        "--offline",
        "--preview",
        "--quiet",
        "--system-certs",
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

/// What `uv run` and `uv tool run` share.
const RESOLVING: Options = Options {
    valued: &[
        "--build-constraint",
        "--build-constraints",
        "--config-setting",
        "--config-settings",
        "--config-settings-package",
        "--constraint",
        "--constraints",
        "--default-index",
        "--env-file",
        "--exclude-newer",
        "--exclude-newer-package",
        "--extra-index-url",
        "--find-links",
        "--fork-strategy",
        "--from",
        "--index",
        "--index-strategy",
        "--index-url",
        "--keyring-provider",
        "--link-mode",
        "--no-binary-package",
        "--no-build-isolation-package",
        "--no-build-package",
        "--no-sources-package",
        "--override",
        "--overrides",
        "--prerelease",
        "--prerelease-package",
        "--python",
        "--python-platform",
        "--refresh-package",
        "--reinstall-package",
        "--resolution",
        "--torch-backend",
        "--upgrade-group",
        "--upgrade-package",
        "--with",
        "--with-editable",
        "--with-requirements",
        "-C",
        "-P",
        "-b",
        "-c",
        "-f",
        "-i",
        "-p",
        "-w",
    ],
    flags: &[
        "--binary",
        "--build",
        "--build-isolation",
        "--compile-bytecode",
        "--index-versions",
        "--isolated",
        "--lfs",
        "--no-binary",
        "--no-build",
        "--no-build-isolation",
        "--no-compile-bytecode",
        "--no-env-file",
        "--no-index",
        "--no-refresh",
        "--no-reinstall",
        "--no-require-build-hashes",
        "--no-sources",
        "--no-upgrade",
        "--pre",
        "--refresh",
        "--reinstall",
        "--require-build-hashes",
        "--show-resolution",
        "--upgrade",
        "-U",
    ],
    may_be_cut: false,
};

/// What only `uv run` knows.
const PROJECT: Options = Options {
    valued: &[
        "--extra",
        "--group",
        "--max-recursion-depth",
        "--no-editable-package",
        "--no-extra",
        "--no-group",
        "--only-group",
        "--package",
    ],
    flags: &[
        "--active",
        "--all-extras",
        "--all-groups",
        "--all-packages",
        "--dev",
        "--exact",
        "--frozen",
        "--gui-script",
        "--inexact",
        "--locked",
        "--module",
        "--no-active",
        "--no-all-extras",
        "--no-default-groups",
        "--no-dev",
        "--no-editable",
        "--no-frozen",
        "--no-locked",
        "--no-project",
        "--no-sync",
        "--only-dev",
        "--script",
        "-m",
        "-s",
    ],
    may_be_cut: false,
};

/// Reads the arguments behind `uv`.
pub fn read(arguments: &[OsString]) -> Reading {
    Reading::or_unknown(command(arguments))
}

fn command(arguments: &[OsString]) -> Result<Reading, Strange> {
    let Some(at) = first_word(arguments, 0, &[GLOBAL])? else {
        return Ok(Reading::of(Intent::Harmless, Vec::new()));
    };
    let first = arguments[at].to_string_lossy().into_owned();
    if !matches!(first.as_str(), "pip" | "tool") {
        return one_word(first, arguments, at + 1);
    }
    // `uv pip --cert FILE install` is the one option that stands between the two words.
    let between = Options {
        valued: &["--cert"],
        flags: &[],
        may_be_cut: false,
    };
    let Some(at) = first_word(arguments, at + 1, &[GLOBAL, between])? else {
        return Ok(Reading::of(Intent::Harmless, vec![first]));
    };
    let second = arguments[at].to_string_lossy().into_owned();
    let command = vec![first, second];
    let intent = match (command[0].as_str(), command[1].as_str()) {
        ("pip", "install" | "sync") | ("tool", "install" | "upgrade") => Intent::Installs,
        ("pip", "compile") => Intent::Locks,
        ("pip", "uninstall" | "freeze" | "list" | "show" | "tree" | "check" | "debug" | "help")
        | ("tool", "list" | "uninstall" | "update-shell" | "dir" | "help") => Intent::Harmless,
        ("tool", "run") => return program(command, arguments, at + 1, &[GLOBAL, RESOLVING]),
        _ => Intent::Unknown,
    };
    Ok(Reading::of(intent, command))
}

fn one_word(word: String, arguments: &[OsString], rest: usize) -> Result<Reading, Strange> {
    let intent = match word.as_str() {
        // `version --bump` locks and installs the project again, `check` and `format` fetch the
        // program that does it.
        "add" | "remove" | "sync" | "build" | "venv" | "virtualenv" | "v" | "version" | "check"
        | "format" => Intent::Installs,
        "lock" | "export" | "tree" | "audit" => Intent::Locks,
        "auth"
        | "init"
        | "python"
        | "publish"
        | "workspace"
        | "cache"
        | "self"
        | "help"
        | "generate-shell-completion" => Intent::Harmless,
        "run" => {
            return program(vec![word], arguments, rest, &[GLOBAL, RESOLVING, PROJECT]);
        }
        _ => Intent::Unknown,
    };
    Ok(Reading::of(intent, vec![word]))
}

/// Without a program both commands only list what there is to run, after having installed it.
fn program(
    command: Vec<String>,
    arguments: &[OsString],
    start: usize,
    options: &[Options],
) -> Result<Reading, Strange> {
    let Some(at) = first_word(arguments, start, options)? else {
        return Ok(Reading::of(Intent::Installs, command));
    };
    Ok(Reading {
        intent: Intent::RunsCode,
        command,
        program: Some(at),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(line: &str) -> (Intent, String, Option<String>) {
        let arguments: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        let found = read(&arguments);
        let program = found
            .program
            .map(|at| arguments[at].to_string_lossy().into_owned());
        (found.intent, found.command.join(" "), program)
    }

    fn intent(line: &str) -> Intent {
        reading(line).0
    }

    #[test]
    fn finds_the_command_behind_global_options() {
        assert_eq!(intent("pip install x"), Intent::Installs);
        assert_eq!(intent("--native-tls pip install x"), Intent::Installs);
        assert_eq!(intent("--preview add x"), Intent::Installs);
        assert_eq!(intent("-qq pip install x"), Intent::Installs);
        assert_eq!(
            intent("--color never pip --cert a.pem sync r.txt"),
            Intent::Installs
        );
        assert_eq!(
            intent("--directory pip list"),
            Intent::Unknown,
            "`list` is no command"
        );
        assert_eq!(intent("--directory=d pip list"), Intent::Harmless);
    }

    #[test]
    fn tells_what_installs_from_what_locks_and_what_does_neither() {
        for line in [
            "sync",
            "add x",
            "remove x",
            "tool upgrade --all",
            "build",
            "venv --seed",
        ] {
            assert_eq!(intent(line), Intent::Installs, "{line}");
        }
        for line in ["lock", "export", "pip compile r.in", "tree"] {
            assert_eq!(intent(line), Intent::Locks, "{line}");
        }
        for line in [
            "",
            "--version",
            "-h",
            "cache clean",
            "python list",
            "pip freeze",
            "tool dir",
        ] {
            assert_eq!(intent(line), Intent::Harmless, "{line}");
        }
    }

    #[test]
    fn guards_what_it_does_not_know() {
        for line in [
            "teleport x",
            "pip teleport",
            "--new-option x pip list",
            "run --new x app",
        ] {
            assert_eq!(intent(line), Intent::Unknown, "{line}");
            assert!(intent(line).is_guarded());
        }
    }

    #[test]
    fn finds_where_the_program_stands() {
        let runs = |line: &str| reading(line).2.unwrap_or_default();
        assert_eq!(runs("run --with rich -p 3.12 app.py --help"), "app.py");
        assert_eq!(runs("run -m http.server"), "http.server");
        assert_eq!(runs("run -- -strange"), "-strange");
        assert_eq!(
            runs("--offline tool run --from black==26 black -h"),
            "black"
        );
        assert_eq!(runs("tool run -wrich cowsay -t hi"), "cowsay");
        assert_eq!(runs("run - "), "-");
        assert_eq!(reading("tool run").0, Intent::Installs);
        assert_eq!(
            runs("tool run --extra x app"),
            "",
            "only `uv run` has extras"
        );
    }
}
