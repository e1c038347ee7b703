//! What people read at the end of a guarded run of a tool.

use spip_core::{Quoted, Tool};
use spip_proxy::{Reason, Stopped};

use crate::ending::Ending;
use crate::exit::Exit;

/// A refusal by the proxy itself. `None`: trouble on the way, which the tool reports itself.
pub(super) fn of_stopped(stopped: &Stopped) -> Option<Ending> {
    let help = match stopped.reason {
        Reason::WrongDigest { .. } => {
            "help: somebody changed the file after the index listed it; tell the index's owners"
        }
        Reason::Hidden => "help: an archive that calls itself something else has something to hide",
        Reason::TooLarge(_) => {
            return Some(Ending::Refused {
                exit: Exit::Unchecked,
                hints: vec![format!("unknown: {stopped}")],
            });
        }
        _ => return None,
    };
    Some(Ending::Refused {
        exit: Exit::Refused,
        hints: vec![format!("critical: {stopped}"), help.to_owned()],
    })
}

/// A place that the tool reached without trusting the proxy.
pub(super) fn of_distrusted(tool: Tool, host: &Quoted) -> String {
    format!(
        "note: {tool} wanted its own certificates or another proxy for {host}, \
         and could not be guarded there"
    )
}

/// The state that things are in after a refusal.
pub(super) fn state(tool: Tool, aftermath: Option<&str>, is_over: bool) -> String {
    match aftermath {
        Some(aftermath) => aftermath.to_owned(),
        None if is_over => format!("{tool} had ended well by then; look at what it installed"),
        None => "nothing was installed".to_owned(),
    }
}
