//! `spip`: pip, judged before anything runs.

use std::process::ExitCode;

fn main() -> ExitCode {
    spip::main(spip_core::Tool::Pip)
}
