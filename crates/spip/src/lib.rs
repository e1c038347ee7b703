//! The driver: starts the user's tool with the guard in the way, judges, and reports.

#[cfg(not(unix))]
compile_error!("spip talks to pip over a Unix socket pair: it runs on Linux and macOS");

mod access;
mod built;
mod channel;
mod child;
mod consent;
mod ending;
mod examining;
mod exit;
mod explain;
mod facts;
mod features;
mod frame;
mod gathered;
mod guard;
mod interpreter;
mod json;
mod judge;
mod measure;
mod options;
mod panics;
mod render;
mod scan;
mod scanner;
mod session;
mod tree;

use std::process::ExitCode;

use spip_core::Tool;

pub use crate::exit::Exit;

/// Scans make and drop very many small values, which the system's allocator is slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs one of the front-ends with the arguments of this process.
pub fn main(tool: Tool) -> ExitCode {
    session::run(tool, std::env::args_os().skip(1).collect()).into()
}
