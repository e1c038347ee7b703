//! Finds the tool that the user's shell would run, were this program not in front of it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use spip_adapters::pip::Machine;

use crate::interpreter::ThisMachine;

/// The first program of this name on the search path that is not this one in disguise.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    if name.contains('/') {
        let found = std::path::absolute(name).ok()?;
        return ThisMachine.is_program(&found).then_some(found);
    }
    let path = std::env::var_os("PATH")?;
    search(&path, name, is_own)
}

/// The first program of this name on the search path, whatever it is: what a shell would run.
pub(crate) fn first(name: &str) -> Option<PathBuf> {
    search(&std::env::var_os("PATH")?, name, |_| false)
}

fn search(path: &OsStr, name: &str, is_passed: impl Fn(&Path) -> bool) -> Option<PathBuf> {
    let folders = std::env::split_paths(path).filter(|folder| folder.is_absolute());
    let mut found = folders.map(|folder| folder.join(name));
    found.find(|found| ThisMachine.is_program(found) && !is_passed(found))
}

/// Whether a program leads to this one: a shim, or a link to it or to one of its sisters in the
/// same directory.
pub(crate) fn is_own(found: &Path) -> bool {
    let own = std::env::current_exe()
        .ok()
        .and_then(|own| fs::canonicalize(own).ok());
    let Ok(real) = fs::canonicalize(found) else {
        return false;
    };
    let sister = real.parent() == own.as_deref().and_then(Path::parent)
        && real.file_name().is_some_and(is_own_name);
    is_shim(found) || Some(real) == own || sister
}

/// Whether a file carries the mark of a shim.
pub(crate) fn is_shim(found: &Path) -> bool {
    ThisMachine
        .first_lines(found)
        .is_some_and(|head| head.lines().nth(1).is_some_and(|line| line == SHIM_MARK))
}

/// The second line of every shim that this program writes.
pub(crate) const SHIM_MARK: &str = "# written by `spip init`";

/// Whether `PIP_PYTHON` leads pip back here, which a pip that is guarded already must not follow.
pub(crate) fn pip_is_led_here() -> bool {
    let python = std::env::var_os("PIP_PYTHON").unwrap_or_default();
    Path::new(&python).file_name() == Some(OsStr::new("spip-python"))
}

fn is_own_name(name: &OsStr) -> bool {
    ["spip", "suv", "suvx", "spoetry", "spipx", "spip-python"]
        .iter()
        .any(|own| name == *own)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn program(folder: &Path, name: &str, text: &str) -> PathBuf {
        fs::create_dir_all(folder).unwrap();
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    #[test]
    fn passes_over_shims_and_over_what_cannot_run() {
        let root = tempfile::tempdir().unwrap();
        let folders = ["shims", "empty", "real"].map(|name| root.path().join(name));
        let shim = format!("#!/bin/sh\n{SHIM_MARK}\nexec suv \"$@\"\n");
        program(&folders[0], "uv", &shim);
        fs::create_dir_all(folders[1].join("uv")).unwrap();
        let real = program(&folders[2], "uv", "#!/bin/sh\ntrue\n");
        let path = std::env::join_paths(&folders).unwrap();
        assert_eq!(search(&path, "uv", is_own), Some(real));
        assert_eq!(search(&path, "pipx", is_own), None);
        let first = search(&path, "uv", |_| false).unwrap();
        assert!(is_shim(&first));
    }
}
