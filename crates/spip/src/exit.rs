//! Exit statuses, in one place.

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The tool's own status.
    Tool(u8),
    /// Refused for findings.
    Refused,
    /// Refused because something could not be checked.
    Unchecked,
    /// This program could not do its work.
    Failed,
    /// A person said no.
    Declined,
}

impl Exit {
    /// Each status of this program's own, with its meaning, for the manual.
    pub const MEANINGS: &'static [(u8, &'static str)] = &[
        (100, "refused for findings"),
        (101, "refused because something could not be checked"),
        (102, "spip could not do its work"),
        (103, "a person said no"),
    ];

    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Tool(code) => code,
            Self::Refused => 100,
            Self::Unchecked => 101,
            Self::Failed => 102,
            Self::Declined => 103,
        }
    }
}

/// The arguments of one of this program's own commands; `Err`: help or a mistake was told instead.
pub(crate) fn parse<A: clap::Parser>(words: &[OsString]) -> io::Result<Result<A, Exit>> {
    match A::try_parse_from(words) {
        Ok(arguments) => Ok(Ok(arguments)),
        Err(message) => {
            message.print()?;
            let is_mistake = message.use_stderr();
            Ok(Err(if is_mistake {
                Exit::Failed
            } else {
                Exit::Tool(0)
            }))
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
