//! Looks at this machine for the interpreter that the user's `pip` would run.

use std::ffi::OsString;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use spip_adapters::pip::Machine;

use crate::tools::program;

/// Longer first lines are no interpreter lines.
const LONGEST_SCRIPT_HEAD: u64 = 4096;

/// The real machine.
pub(crate) struct ThisMachine;

impl Machine for ThisMachine {
    fn variable(&self, name: &str) -> Option<OsString> {
        std::env::var_os(name)
    }

    fn is_program(&self, path: &Path) -> bool {
        let executable =
            |data: std::fs::Metadata| data.is_file() && data.permissions().mode() & 0o111 != 0;
        std::fs::metadata(path).is_ok_and(executable)
    }

    fn first_lines(&self, path: &Path) -> Option<String> {
        let mut head = Vec::new();
        let file = std::fs::File::open(path).ok()?;
        file.take(LONGEST_SCRIPT_HEAD).read_to_end(&mut head).ok()?;
        let text = String::from_utf8_lossy(&head);
        Some(text.lines().take(2).collect::<Vec<_>>().join("\n"))
    }

    fn is_own(&self, path: &Path) -> bool {
        program::is_own(path)
    }
}
