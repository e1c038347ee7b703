//! Tools without a hook: their own run behind the proxy, judged file by file.

mod access;
mod arguments;
mod attended;
mod cache;
mod command;
mod delivered;
mod desk;
mod ending;
mod journal;
mod local;
mod lock;
mod pipx;
mod place;
mod poetry;
pub(crate) mod program;
mod referee;
mod run;
mod set_up;
mod uv;

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::Command;

use spip_adapters::Reading;
use spip_core::Tool;

pub(crate) use self::attended::ATTENDANT;
pub(crate) use self::cache::ToolCache;
pub(crate) use self::run::run;
use self::set_up::{Call, SetUp};

/// Why a guarded run could not begin or end properly; each says what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ToolError {
    #[error(transparent)]
    Policy(#[from] spip_policy::PolicyError),
    #[error("find {0}: it is not on PATH")]
    NoProgram(String),
    #[error("start {0}: {1}")]
    Start(String, std::io::Error),
    #[error("start the proxy: failed to {0}")]
    Proxy(#[from] spip_proxy::ProxyError),
    #[error("{0}")]
    Refused(String),
    #[error("write the report: {0}")]
    Report(std::io::Error),
    #[error("keep what a refusal would restore: {0}")]
    Journal(std::io::Error),
    #[error("run: {0}")]
    Io(#[from] std::io::Error),
}

impl ToolError {
    /// Something that no proxy sees on its way.
    fn unseen(address: &str) -> Self {
        Self::Refused(format!(
            "{} cannot be looked at on its way: use git over https, or install it \
             without the guard",
            spip_core::Quoted::new(address)
        ))
    }
}

/// What a command line means to a tool.
pub(crate) fn read(tool: Tool, arguments: &[OsString]) -> Reading {
    match tool {
        Tool::Uv => spip_adapters::uv::read(arguments),
        Tool::Poetry => spip_adapters::poetry::read(arguments),
        Tool::Pipx => spip_adapters::pipx::read(arguments),
        Tool::Pip | Tool::Command | Tool::Scan | Tool::Audit => Reading {
            intent: spip_adapters::Intent::Unknown,
            command: Vec::new(),
            program: None,
        },
    }
}

/// What a guarded run of this command needs.
fn set_up(call: &Call) -> Result<SetUp, ToolError> {
    match call.tool {
        Tool::Uv => uv::set_up(call),
        Tool::Poetry => {
            let set_up = poetry::set_up(call)?;
            match poetry::unseen(call, &set_up) {
                Some(address) => Err(ToolError::unseen(&address)),
                None => Ok(set_up),
            }
        }
        Tool::Pipx => pipx::set_up(call),
        Tool::Pip | Tool::Command | Tool::Scan | Tool::Audit => command::set_up(call),
    }
}

/// A script from an address would run as soon as it is there.
fn refuse_address(program: &std::ffi::OsStr) -> Result<(), ToolError> {
    let program = program.to_string_lossy();
    if program.starts_with("http:") || program.starts_with("https:") {
        return Err(ToolError::Refused(format!(
            "a script from an address runs before anybody could look at it: \
             download {} and run the file",
            spip_core::Quoted::new(&program)
        )));
    }
    Ok(())
}

/// Becomes the tool itself, without these variables. Only returns when that fails.
fn become_tool(call: &Call, arguments: &[OsString], without: &[&str]) -> ToolError {
    let mut command = Command::new(&call.program);
    for name in without {
        command.env_remove(name);
    }
    let error = command.args(arguments).exec();
    ToolError::Start(call.program.display().to_string(), error)
}
