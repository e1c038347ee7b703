//! Errors of this program itself: told in one line, in which nothing of a package can act.

use std::io::{self, Write};
use std::panic::PanicHookInfo;

use spip_core::Quoted;

/// From now on a panic leaves one escaped line: its message may hold what a package holds.
pub(crate) fn tell_plainly() {
    std::panic::set_hook(Box::new(|info| {
        // Nobody can be told that nobody can be told.
        let _told = writeln!(io::stderr(), "{}", line(info));
    }));
}

fn line(info: &PanicHookInfo<'_>) -> String {
    let message = info.payload_as_str().unwrap_or_default();
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    format!("spip: internal error at {place}: {}", Quoted::new(message))
}
