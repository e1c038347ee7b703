//! `spip explain [CHECK]`: the documentation of the checks, offline.

use std::ffi::OsString;
use std::io::{self, Write};

use spip_core::Quoted;

use crate::exit::Exit;

/// Prints the list of checks, or one check's page.
pub(crate) fn run(arguments: &[OsString], output: &mut impl Write) -> io::Result<Exit> {
    let Some(wanted) = arguments.first() else {
        for check in spip_checks::ALL {
            let meta = check.meta();
            writeln!(output, "{:<20} {:<8} {}", meta.id, meta.worst, meta.summary)?;
        }
        return Ok(Exit::Tool(0));
    };
    let wanted = wanted.to_string_lossy();
    let Some(check) = spip_checks::find(&wanted) else {
        writeln!(
            io::stderr(),
            "spip: there is no check {:?}; `spip explain` lists them",
            Quoted::new(&wanted)
        )?;
        return Ok(Exit::Failed);
    };
    let meta = check.meta();
    writeln!(
        output,
        "{}: {} (at worst {})\n",
        meta.id, meta.summary, meta.worst
    )?;
    for line in meta.docs.lines() {
        writeln!(output, "{}", line.strip_prefix(' ').unwrap_or(line))?;
    }
    Ok(Exit::Tool(0))
}
