//! The driver: starts the user's tool with the guard in the way, judges, and reports.

#[cfg(not(unix))]
compile_error!("spip talks to pip over a Unix socket pair: it runs on Linux and macOS");

mod access;
mod aftermath;
mod audit;
mod built;
mod channel;
mod child;
mod chronicle;
mod consent;
mod data;
mod diff;
mod doctor;
mod ending;
mod examining;
mod exit;
mod explain;
mod facts;
mod features;
mod frame;
mod gathered;
mod guard;
mod history;
mod init;
mod intel;
mod interpreter;
mod json;
mod judge;
mod measure;
mod metadata;
mod notes;
mod options;
mod pages;
mod panics;
mod policy;
mod previous;
mod render;
mod review;
mod scan;
mod scanner;
mod session;
mod shim;
mod tallied;
mod tools;
mod tree;

use std::path::Path;
use std::process::ExitCode;

use spip_core::Tool;

pub use crate::exit::Exit;

/// Scans make and drop very many small values, which the system's allocator is slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs the front-end whose name this process was started by, with its arguments.
pub fn main() -> ExitCode {
    let mut arguments = std::env::args_os();
    let name = arguments.next().unwrap_or_default();
    let name = Path::new(&name).file_name().unwrap_or_default();
    let (tool, words): (Tool, &[&str]) = match name.to_str() {
        Some("suv") => (Tool::Uv, &[]),
        Some("suvx") => (Tool::Uv, &["tool", "run"]),
        Some("spoetry") => (Tool::Poetry, &[]),
        Some("spipx") => (Tool::Pipx, &[]),
        _ => (Tool::Pip, &[]),
    };
    if name == "spip-python" {
        return session::stand_in(&arguments.collect::<Vec<_>>()).into();
    }
    let words = words.iter().map(Into::into);
    session::run(tool, &words.chain(arguments).collect::<Vec<_>>()).into()
}
