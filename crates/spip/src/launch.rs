//! The front-ends beside `spip`: each becomes the `spip` in its own directory, under its own name.

use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

/// The exit status of a program that could not do its work.
const FAILED: u8 = 102;

/// Becomes `spip`, which goes by the name that it is called by.
pub(crate) fn spip_as(name: &str) -> ExitCode {
    let error = match std::env::current_exe() {
        Ok(own) => {
            let spip = own.with_file_name("spip");
            let error = Command::new(&spip)
                .arg0(name)
                .args(std::env::args_os().skip(1))
                .exec();
            format!("start {}: {error}", spip.display())
        }
        Err(error) => format!("find itself: {error}"),
    };
    // Nobody is left to tell if this fails too.
    let _unheard = std::io::Write::write_fmt(
        &mut std::io::stderr(),
        format_args!("{name}: failed to {error}\nrefused: nothing was installed\n"),
    );
    ExitCode::from(FAILED)
}
