//! `spip`: pip, judged before anything runs; and every other front-end, by the name it is called by.

use std::process::ExitCode;

fn main() -> ExitCode {
    spip::main()
}
