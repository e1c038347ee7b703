//! `spip-python`: what pip runs itself with when `PIP_PYTHON` says so; `spip` lies beside it.

#[path = "../launch.rs"]
mod launch;

use std::process::ExitCode;

fn main() -> ExitCode {
    launch::spip_as("spip-python")
}
