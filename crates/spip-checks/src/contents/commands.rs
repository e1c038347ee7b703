//! Judges command lines: what a started program is told to do.

mod install;
mod menace;

use spip_core::{Contents, Deed, Odd, Severity, Site, Taints, Trigger};

pub(crate) use install::{Install, install};
pub(crate) use menace::Menace;

use super::shell::{Step, command_lines, steps};
use super::suspicions::{Suspicion, Suspicions};

/// Stands for a part of a text that is not known.
pub(crate) const HOLE: char = '\u{fffc}';

/// A command line that code starts, or that stands in a script of the artifact.
pub(crate) struct Command<'c> {
    /// When it runs.
    pub(crate) trigger: Trigger,
    /// What reaches it.
    pub(crate) taints: Taints,
    /// Where it is.
    pub(crate) site: &'c Site,
    /// The command line as far as it is known.
    pub(crate) text: String,
    /// The programs that it starts.
    pub(crate) steps: Vec<Step>,
    /// Who starts it; empty for a script of the artifact.
    pub(crate) callee: &'c str,
}

impl Command<'_> {
    /// What it does that it should not.
    pub(crate) fn menaces(&self) -> Vec<Menace> {
        menace::all(&self.text, &self.steps)
    }

    /// Whether all of it is known.
    pub(crate) fn is_known(&self) -> bool {
        !self.text.contains(HOLE)
    }

    /// Whether it hands something to a program that talks to other machines, one named in its text.
    pub(crate) fn sends_abroad(&self) -> bool {
        let is_client = self.steps.iter().any(|step| {
            let pushes = step.program == "git" && step.has("push");
            is_client(&step.program) || pushes
        });
        let addresses = super::addresses_in(&self.text);
        is_client && addresses.iter().any(super::Address::is_foreign)
    }

    /// The first program, if it is known.
    pub(crate) fn program(&self) -> Option<&str> {
        let program = self.steps.first()?.program.as_str();
        (!program.contains(HOLE)).then_some(program)
    }
}

impl<'c> Suspicions<'c> {
    /// Adds a command, unless it weighs nothing.
    pub(crate) fn command(
        &mut self,
        severity: Option<Severity>,
        what: impl Into<String>,
        command: &Command<'c>,
    ) {
        if let Some(severity) = severity {
            self.add(Suspicion {
                severity,
                what: what.into(),
                trigger: command.trigger,
                site: command.site,
                shows: shows(command),
            });
        }
    }
}

/// Programs that talk to other machines.
const CLIENTS: &[&str] = &[
    "curl",
    "wget",
    "nc",
    "ncat",
    "netcat",
    "scp",
    "sftp",
    "rsync",
    "ftp",
    "tftp",
    "socat",
    "sendmail",
    "mail",
    "mailx",
    "mutt",
    "telnet",
    "http",
    "https",
    "xh",
    "iwr",
    "irm",
    "invoke-webrequest",
    "invoke-restmethod",
];

/// Programs that ask for the names that they are given, which may carry data.
const LOOKUPS: &[&str] = &[
    "nslookup",
    "dig",
    "host",
    "drill",
    "kdig",
    "dog",
    "resolve-dnsname",
    "ping",
];

/// Whether a program asks for the name that it is given.
pub(crate) fn is_lookup(program: &str) -> bool {
    LOOKUPS.contains(&program)
}

/// Whether a program talks to other machines.
pub(crate) fn is_client(program: &str) -> bool {
    CLIENTS.contains(&program)
}

fn shows(command: &Command<'_>) -> String {
    let text: String = command.text.chars().take(160).collect();
    let text = text.replace(HOLE, "…");
    match command.callee {
        "" => text,
        callee => format!("{callee}: {text}"),
    }
}

/// Every command line of an artifact.
pub(crate) fn commands(contents: &Contents) -> Vec<Command<'_>> {
    let spawned = contents.acts_of(Deed::Spawn).map(|act| {
        let mut text = act.texts.join(" ");
        // `pip.main(["install", …])` is the program itself.
        if act.callee.starts_with("pip.") {
            text.insert_str(0, "pip ");
        }
        let mut steps = steps(&text);
        // `execvp("sh", ["sh", "-c", …])` names the program twice.
        for text in act.texts.iter().skip(1).filter(|text| text.contains(' ')) {
            steps.extend(self::steps(text));
        }
        Command {
            trigger: act.trigger,
            taints: act.taints,
            site: &act.site,
            text,
            steps,
            callee: &act.callee,
        }
    });
    let written = contents
        .odd(|what| what == Odd::ShellCommand)
        .map(|oddity| {
            let text = match oddity.site.excerpt.as_str() {
                "" => oddity.detail.as_str(),
                excerpt => excerpt,
            };
            let mut steps = steps(text);
            for inner in command_lines(&oddity.site.member, text) {
                steps.extend(self::steps(&inner));
            }
            Command {
                trigger: oddity.trigger,
                taints: Taints::NONE,
                site: &oddity.site,
                text: text.to_owned(),
                steps,
                callee: "",
            }
        });
    spawned.chain(written).collect()
}
