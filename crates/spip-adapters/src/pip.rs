//! pip: its commands, and which interpreter the user's `pip` would run.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::Intent;

/// The oldest pip with an installation report.
pub const OLDEST: &str = "22.2";

/// The newest pip that this program was tested with. Newer ones are guarded as well, as long as
/// their inside has not changed where it matters.
pub const NEWEST_TESTED: &str = "26.3";

/// What a pip command does; the name is the one pip itself resolved.
pub fn intent(command: &str) -> Intent {
    match command {
        "install" | "download" | "wheel" | "lock" => Intent::Installs,
        "uninstall" | "freeze" | "inspect" | "list" | "show" | "check" | "config" | "search"
        | "cache" | "index" | "hash" | "completion" | "debug" | "help" => Intent::Harmless,
        _ => Intent::Unknown,
    }
}

/// What looking for an interpreter needs to know of the machine.
pub trait Machine {
    /// An environment variable.
    fn variable(&self, name: &str) -> Option<OsString>;
    /// Whether there is a file that can be executed.
    fn is_program(&self, path: &Path) -> bool;
    /// The first two lines of a file, lossily read and bounded; `None` where there is no file.
    fn first_lines(&self, path: &Path) -> Option<String>;
    /// Whether a program is this one in disguise: a shim that leads to it, or a link.
    fn is_own(&self, path: &Path) -> bool;
}

/// An interpreter and the flags that the user's `pip` script gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interpreter {
    /// The program.
    pub program: PathBuf,
    /// Flags like `-sP`.
    pub flags: Vec<String>,
}

impl Interpreter {
    fn plain(program: PathBuf) -> Self {
        Self {
            program,
            flags: Vec::new(),
        }
    }
}

/// The interpreter of the active virtual environment if it has a pip, else the one that the first
/// `pip` on the search path runs, else the first `python3` or `python` there.
pub fn interpreter(machine: &dyn Machine) -> Option<Interpreter> {
    if let Some(active) = active_environment(machine) {
        return Some(Interpreter::plain(active));
    }
    let path = machine.variable("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let programs = |names: &'static [&'static str]| {
        let found = folders
            .iter()
            .flat_map(move |folder| names.iter().map(|name| folder.join(name)));
        found.filter(|program| machine.is_program(program))
    };
    let mut scripts = programs(&["pip", "pip3"]).filter(|script| !machine.is_own(script));
    if let Some(script) = scripts.next()
        && let Some(found) = of_script(machine, &script)
    {
        return Some(found);
    }
    programs(&["python3", "python"])
        .next()
        .map(Interpreter::plain)
}

/// `$VIRTUAL_ENV/bin/python`, if that environment has a pip.
fn active_environment(machine: &dyn Machine) -> Option<PathBuf> {
    let root = PathBuf::from(
        machine
            .variable("VIRTUAL_ENV")
            .filter(|root| !root.is_empty())?,
    );
    let python = root.join("bin/python");
    (machine.is_program(&python) && machine.is_program(&root.join("bin/pip"))).then_some(python)
}

/// Reads `#!/usr/bin/python3 -sP`, and the two-line form that installers write for long paths.
fn of_script(machine: &dyn Machine, script: &Path) -> Option<Interpreter> {
    let text = machine.first_lines(script)?;
    let mut lines = text.lines();
    let first = lines.next()?.strip_prefix("#!")?.trim();
    let command = match (first, lines.next()) {
        ("/bin/sh", Some(second)) => {
            let quoted = second.strip_prefix("'''exec'")?.trim();
            let end = quoted.strip_prefix('"').and_then(|rest| rest.find('"'));
            match end {
                Some(end) => return python(machine, Path::new(&quoted[1..=end]), &[]),
                None => quoted.split(" \"$0\"").next()?,
            }
        }
        _ => first,
    };
    let mut words = command.split_whitespace();
    let program = Path::new(words.next()?);
    let flags: Vec<&str> = words.collect();
    python(machine, program, &flags)
}

fn python(machine: &dyn Machine, program: &Path, flags: &[&str]) -> Option<Interpreter> {
    let name = program.file_name()?.to_str()?;
    let is_python = name.starts_with("python") || name.starts_with("pypy");
    let plain = |flag: &&str| {
        flag.strip_prefix('-')
            .is_some_and(|letters| letters.bytes().all(|letter| letter.is_ascii_alphabetic()))
    };
    if !is_python || !program.is_absolute() || !machine.is_program(program) {
        return None;
    }
    if !flags.iter().all(plain) {
        return None;
    }
    let flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
    Some(Interpreter {
        program: program.to_owned(),
        flags,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Default)]
    struct Fake {
        variables: BTreeMap<&'static str, &'static str>,
        files: BTreeMap<&'static str, &'static str>,
    }

    impl Machine for Fake {
        fn variable(&self, name: &str) -> Option<OsString> {
            self.variables.get(name).map(OsString::from)
        }
        fn is_program(&self, path: &Path) -> bool {
            self.first_lines(path).is_some()
        }
        fn first_lines(&self, path: &Path) -> Option<String> {
            self.files
                .get(path.to_str()?)
                .map(|text| (*text).to_owned())
        }
        fn is_own(&self, path: &Path) -> bool {
            let lines = self.first_lines(path).unwrap_or_default();
            lines.lines().nth(1) == Some("# own")
        }
    }

    fn found(
        variables: &[(&'static str, &'static str)],
        files: &[(&'static str, &'static str)],
    ) -> String {
        let machine = Fake {
            variables: variables.iter().copied().collect(),
            files: files.iter().copied().collect(),
        };
        interpreter(&machine).map_or_else(String::new, |found| {
            format!("{} {}", found.program.display(), found.flags.join(" "))
                .trim()
                .to_owned()
        })
    }

    #[test]
    fn takes_the_active_environment_if_it_has_a_pip() {
        let variables = [("VIRTUAL_ENV", "/v"), ("PATH", "/usr/bin")];
        let with = [
            ("/v/bin/python", ""),
            ("/v/bin/pip", ""),
            ("/usr/bin/python3", ""),
        ];
        assert_eq!(found(&variables, &with), "/v/bin/python");
        let without = [("/v/bin/python", ""), ("/usr/bin/python3", "")];
        assert_eq!(found(&variables, &without), "/usr/bin/python3");
    }

    #[test]
    fn takes_the_interpreter_of_the_first_pip_on_the_path() {
        let variables = [("PATH", "/a:/b")];
        let files = [
            ("/a/python3", ""),
            ("/b/pip", "#!/opt/python3.12 -sP\nimport sys\n"),
            ("/opt/python3.12", ""),
        ];
        assert_eq!(found(&variables, &files), "/opt/python3.12 -sP");
        let long = [
            (
                "/b/pip",
                "#!/bin/sh\n'''exec' \"/long path/python\" \"$0\" \"$@\"\n",
            ),
            ("/long path/python", ""),
        ];
        assert_eq!(found(&variables, &long), "/long path/python");
        let unquoted = [
            (
                "/b/pip",
                "#!/bin/sh\n'''exec' /long/python3 \"$0\" \"$@\"\n",
            ),
            ("/long/python3", ""),
        ];
        assert_eq!(found(&variables, &unquoted), "/long/python3");
    }

    #[test]
    fn falls_back_to_python_where_pip_is_a_shell_wrapper() {
        let variables = [("PATH", "/shims:/usr/bin")];
        let files = [
            ("/shims/pip", "#!/usr/bin/env bash\n"),
            ("/shims/python3", "#!/usr/bin/env bash\n"),
            ("/usr/bin/python3", ""),
        ];
        assert_eq!(found(&variables, &files), "/shims/python3");
        assert_eq!(found(&variables, &[]), "");
    }

    #[test]
    fn a_shim_of_this_program_is_not_the_users_pip() {
        let variables = [("PATH", "/own:/opt:/usr/bin")];
        let files = [
            ("/own/pip", "#!/bin/sh\n# own\n"),
            ("/own/pip3", "#!/bin/sh\n# own\n"),
            ("/opt/pip", "#!/opt/python3\n"),
            ("/opt/python3", ""),
            ("/usr/bin/python3", ""),
        ];
        assert_eq!(found(&variables, &files), "/opt/python3");
        let elsewhere = [("PATH", "/own:/usr/bin:/opt")];
        assert_eq!(found(&elsewhere, &files), "/opt/python3");
    }

    #[test]
    fn guards_what_it_does_not_know() {
        assert!(intent("install").is_guarded());
        assert!(intent("sync-from-the-future").is_guarded());
        assert!(!intent("list").is_guarded());
    }
}
