//! This program's own options, taken out of a command line that otherwise belongs to the tool.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::Parser;
use clap::builder::FalseyValueParser;
use spip_core::{Sensitivity, Severity, Tool, Waiver};

use crate::exit::Exit;

/// Judges what pip is about to install before any of it runs. Everything else on the command line
/// is pip's own.
#[derive(Clone, Debug, Parser)]
#[command(name = "spip", no_binary_name = true, disable_help_flag = true)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one for each switch on the command line"
)]
#[command(override_usage = USAGE)]
pub(crate) struct Options {
    /// What asks and what refuses: at `low`, MEDIUM asks and HIGH refuses; at `medium`, LOW asks
    /// and MEDIUM refuses; at `high`, everything refuses [default: what policy files say, else low]
    #[arg(long, value_name = "LEVEL", env = "SPIP_SENSITIVITY")]
    pub(crate) sensitivity: Option<Sensitivity>,

    /// Drop findings of this level (low, medium, high) and below
    #[arg(long = "spip-ignore", value_name = "LEVEL", env = "SPIP_IGNORE", value_parser = droppable)]
    pub(crate) ignore: Option<Severity>,

    /// Show findings and gaps but go on, unless one is CRITICAL
    #[arg(long = "spip-ignore-warning", env = "SPIP_IGNORE_WARNING")]
    #[arg(value_parser = FalseyValueParser::new())]
    pub(crate) ignore_warnings: bool,

    /// Allow what one check says of one package; may be repeated
    #[arg(
        long = "spip-allow",
        value_name = "CHECK:PACKAGE[==VERSION]",
        env = "SPIP_ALLOW"
    )]
    #[arg(value_delimiter = ',', value_parser = waiver)]
    pub(crate) allow: Vec<Waiver>,

    /// Write the whole report as JSON
    #[arg(long = "spip-report", value_name = "FILE", env = "SPIP_REPORT")]
    pub(crate) report: Option<PathBuf>,

    /// Show the plan and the time spent in each stage
    #[arg(long = "spip-debug", env = "SPIP_DEBUG", value_parser = FalseyValueParser::new())]
    pub(crate) debug: bool,

    /// Show these options
    #[arg(long = "spip-help")]
    pub(crate) help: bool,

    /// Show the version of this program
    #[arg(long = "spip-version")]
    pub(crate) version: bool,
}

const USAGE: &str = "spip [SPIP OPTIONS] PIP ARGUMENTS…
       spip scan PATH|NAME==VERSION…   judge files without installing
       spip diff NAME OLD NEW          say what changed between two releases
       spip history [PACKAGE]          what was installed, what was decided
       spip audit [ENVIRONMENT]        judge what is installed already
       spip exec -- COMMAND…           guard whatever a command fetches
       spip intel [update]             which known-bad releases are known here
       spip init [SHELL]               put the guard in front of the plain tools
       spip doctor                     show what is guarded, what leads around
       spip policy                     show what applies, and where it stands
       spip policy init                write a policy that today's environment fits
       spip waive CHECK NAME==VERSION  write an exception into the policy file
       spip explain [CHECK]            what a check asks, and why";

/// Option, and whether a value follows.
const OWN: &[(&str, bool)] = &[
    ("--sensitivity", true),
    ("--spip-ignore", true),
    ("--spip-ignore-warning", false),
    ("--spip-allow", true),
    ("--spip-report", true),
    ("--spip-debug", false),
    ("--spip-help", false),
    ("--spip-version", false),
];

impl Options {
    /// Splits a command line. Own options may stand anywhere before a bare `--` and before the
    /// program that the tool is to start: `program` says where that stands in a command line that
    /// holds no own options.
    pub(crate) fn split(
        arguments: &[OsString],
        program: impl Fn(&[OsString]) -> Option<usize>,
    ) -> Result<(Self, Vec<OsString>), clap::Error> {
        let (own, rest) = divide_before(arguments, program);
        Ok((Self::try_parse_from(own)?, rest))
    }

    /// The help text: options and exit statuses.
    pub(crate) fn manual(tool: Tool) -> String {
        use clap::CommandFactory;
        let statuses = Exit::MEANINGS
            .iter()
            .map(|(code, meaning)| format!("  {code}  {meaning}\n"));
        let mut command = match tool {
            Tool::Pip => Self::command(),
            _ => {
                let about = format!(
                    "Judges what {tool} is about to install before any of it runs. Everything else \
                     on the command line is {tool}'s own."
                );
                let usage = format!("s{tool} [SPIP OPTIONS] {tool} ARGUMENTS…");
                Self::command().about(about).override_usage(usage)
            }
        };
        let options = command.render_help();
        format!(
            "{options}\nExit status:\n{}  otherwise {tool}'s own\n",
            statuses.collect::<String>()
        )
    }
}

/// Finds the program in what is left, and gives back everything from there on as it stood.
fn divide_before(
    arguments: &[OsString],
    program: impl Fn(&[OsString]) -> Option<usize>,
) -> (Vec<OsString>, Vec<OsString>) {
    let (own, rest) = divide(arguments.to_vec());
    let Some(at) = program(&rest).filter(|_| !own.is_empty()) else {
        return (own, rest);
    };
    // The program is the first word at which everything before it leaves that many words.
    let end = (0..arguments.len()).find(|end| {
        let (_, before) = divide(arguments[..*end].to_vec());
        before.len() == at && arguments.get(*end) == rest.get(at)
    });
    let Some(end) = end else { return (own, rest) };
    let (own, mut before) = divide(arguments[..end].to_vec());
    before.extend_from_slice(&arguments[end..]);
    (own, before)
}

fn divide(arguments: Vec<OsString>) -> (Vec<OsString>, Vec<OsString>) {
    let (mut own, mut rest) = (Vec::new(), Vec::new());
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        if argument == "--" {
            rest.push(argument);
            rest.extend(arguments);
            break;
        }
        match takes_value(&argument) {
            None => rest.push(argument),
            Some(wants_next) => {
                own.push(argument);
                own.extend(wants_next.then(|| arguments.next()).flatten());
            }
        }
    }
    (own, rest)
}

/// `None`: not an own option. Otherwise whether its value is the next argument.
fn takes_value(argument: &OsStr) -> Option<bool> {
    let text = argument.to_str()?;
    let (name, glued) = match text.split_once('=') {
        Some((name, _)) => (name, true),
        None => (text, false),
    };
    let (_, value) = OWN.iter().find(|(own, _)| *own == name)?;
    Some(*value && !glued)
}

fn droppable(text: &str) -> Result<Severity, String> {
    match text.parse() {
        Ok(Severity::Critical) => {
            Err("critical findings can only be allowed one by one, with --spip-allow".to_owned())
        }
        Ok(severity) => Ok(severity),
        Err(error) => Err(error.to_string()),
    }
}

fn waiver(text: &str) -> Result<Waiver, String> {
    let waiver: Waiver = text.parse().map_err(|error| format!("{error}"))?;
    if spip_checks::find(&waiver.check).is_none() {
        return Err("there is no such check; `spip explain` lists them".to_owned());
    }
    Ok(waiver)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<OsString> {
        text.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn takes_own_options_from_anywhere_before_the_dashes() {
        let line = "-q install --spip-ignore low x --sensitivity=high -- --spip-debug";
        let (own, rest) = divide(words(line));
        assert_eq!(own, words("--spip-ignore low --sensitivity=high"));
        assert_eq!(rest, words("-q install x -- --spip-debug"));
    }

    #[test]
    fn leaves_the_options_of_a_program_that_the_tool_starts_alone() {
        let program = |rest: &[OsString]| rest.iter().position(|word| word == "app");
        let line = "run --spip-debug app --sensitivity high";
        let (own, rest) = divide_before(&words(line), program);
        assert_eq!(own, words("--spip-debug"));
        assert_eq!(rest, words("run app --sensitivity high"));
        let line = "--sensitivity app run app --sensitivity high";
        let (own, rest) = divide_before(&words(line), program);
        assert_eq!(own, words("--sensitivity app"));
        assert_eq!(rest, words("run app --sensitivity high"));
    }

    #[test]
    fn knows_exactly_the_options_it_parses() {
        use clap::CommandFactory;
        let command = Options::command();
        let parsed: Vec<_> = command
            .get_arguments()
            .filter_map(|argument| {
                let name = format!("--{}", argument.get_long()?);
                Some((name, argument.get_action().takes_values()))
            })
            .collect();
        let known: Vec<_> = OWN
            .iter()
            .map(|(name, value)| ((*name).to_owned(), *value))
            .collect();
        assert_eq!(parsed, known);
    }

    #[test]
    fn refuses_to_drop_critical_findings_and_unknown_checks() {
        let split = |line: &str| Options::split(&words(line), |_| None);
        assert!(split("--spip-ignore critical").is_err());
        assert!(split("--spip-allow nonsense:demo").is_err());
        assert!(split("--sensitivity").is_err());
        let (options, _) = split("--spip-allow release-age:demo==1.0").unwrap();
        assert_eq!(options.allow.len(), 1);
    }
}
