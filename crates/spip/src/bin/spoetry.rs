//! `spoetry`: a front-end of `spip`, which lies beside it.

#[path = "../launch.rs"]
mod launch;

use std::process::ExitCode;

fn main() -> ExitCode {
    launch::spip_as("spoetry")
}
