//! The shims: small scripts that lead a tool's plain name to this program, and never around it.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::shell::quoted;
use super::{InitError, plain};
use crate::tools::program::{SHIM_MARK, is_shim};

/// The plain name of a tool, and the program of ours that stands in for it.
pub(crate) const SHIMS: [(&str, &str); 7] = [
    ("pip", "spip"),
    ("pip3", "spip"),
    ("uv", "suv"),
    ("uvx", "suvx"),
    ("poetry", "spoetry"),
    ("pipx", "spipx"),
    (STAND_IN, STAND_IN),
];

/// What pip runs itself with when `PIP_PYTHON` names it; it guards the pips of environments.
pub(super) const STAND_IN: &str = "spip-python";

/// Writes every shim that is not there as it should be; how many these were. `own` is this
/// program, beside which the others lie. A file that is not a shim is never written over.
pub(super) fn write(directory: &Path, own: &Path) -> Result<usize, InitError> {
    let failed = |error| InitError::File(directory.to_owned(), error);
    let mut wanted = Vec::new();
    for (name, program) in SHIMS {
        let (shim, program) = (directory.join(name), own.with_file_name(program));
        if shim.symlink_metadata().is_ok() && !is_shim(&shim) {
            return Err(InitError::Foreign(shim));
        }
        if !program.is_file() {
            return Err(InitError::Incomplete(program));
        }
        wanted.push((shim, text(name, plain(&program)?, plain(directory)?)));
    }
    fs::create_dir_all(directory).map_err(failed)?;
    let mut written = 0;
    for (shim, text) in wanted {
        if !is_as(&shim, &text) {
            place(directory, &shim, &text).map_err(failed)?;
            written += 1;
        }
    }
    Ok(written)
}

/// Removes the shims, and the directory if nothing else is in it; how many shims these were.
pub(super) fn remove(directory: &Path) -> Result<usize, InitError> {
    let mut removed = 0;
    for (name, _) in SHIMS {
        let shim = directory.join(name);
        if is_shim(&shim) {
            fs::remove_file(&shim).map_err(|error| InitError::File(shim, error))?;
            removed += 1;
        }
    }
    match fs::remove_dir(directory) {
        Err(error) if !is_expected(&error) => Err(InitError::File(directory.to_owned(), error)),
        _ => Ok(removed),
    }
}

/// Somebody else's files are there, or nothing ever was.
fn is_expected(error: &io::Error) -> bool {
    use io::ErrorKind::{DirectoryNotEmpty, NotADirectory, NotFound};
    matches!(error.kind(), DirectoryNotEmpty | NotADirectory | NotFound)
}

/// The script. It runs nothing when the program is gone: a guard that vanishes must be noticed.
fn text(name: &str, program: &str, directory: &str) -> String {
    let program_quoted = quoted(program);
    let shims = SHIMS.map(|(name, _)| quoted(&format!("{directory}/{name}")));
    let complaint = quoted(&format!(
        "{name}: refused: {program} is gone, so nothing would be guarded; install spip again, or \
         undo `spip init`: unset PIP_PYTHON; rm -f {}",
        shims.join(" ")
    ));
    format!(
        "#!/bin/sh\n{SHIM_MARK}\n\
         if [ -f {program_quoted} ] && [ -x {program_quoted} ]; then\n    \
             exec {program_quoted} \"$@\"\n\
         fi\n\
         printf '%s\\n' {complaint} >&2\n\
         exit 102\n"
    )
}

fn is_as(shim: &Path, text: &str) -> bool {
    let is_executable =
        |data: fs::Metadata| data.is_file() && data.permissions().mode() & 0o111 == 0o111;
    fs::symlink_metadata(shim).is_ok_and(is_executable)
        && fs::read(shim).is_ok_and(|found| found == text.as_bytes())
}

/// All at once, so that a shell never finds half a script.
fn place(directory: &Path, shim: &Path, text: &str) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(text.as_bytes())?;
    let rights = Permissions::from_mode(0o755);
    file.as_file().set_permissions(rights)?;
    file.persist(shim)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::process::{Command, Output};

    use super::*;

    /// A directory with stand-ins for this program and its sisters, and one for the shims.
    struct Place {
        root: tempfile::TempDir,
    }

    impl Place {
        fn new() -> Self {
            let root = tempfile::tempdir().unwrap();
            let place = Self { root };
            fs::create_dir(place.programs()).unwrap();
            for (_, name) in SHIMS {
                let program = place.programs().join(name);
                fs::write(&program, format!("#!/bin/sh\necho {name} \"$@\"\n")).unwrap();
                fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
            }
            place
        }

        fn programs(&self) -> PathBuf {
            self.root.path().join("it's here")
        }

        fn shims(&self) -> PathBuf {
            self.root.path().join("share/$HOME's shims")
        }

        fn write(&self) -> Result<usize, InitError> {
            write(&self.shims(), &self.programs().join("spip"))
        }

        fn run(&self, name: &str) -> Output {
            let mut command = Command::new("sh");
            let command = command.arg(self.shims().join(name));
            command.args(["add", "two words"]).output().unwrap()
        }
    }

    #[test]
    fn a_shim_starts_the_front_end_with_the_same_arguments() {
        let place = Place::new();
        assert_eq!(place.write().unwrap(), SHIMS.len());
        for (name, program) in SHIMS {
            let said = place.run(name);
            let expected = format!("{program} add two words\n");
            assert_eq!(String::from_utf8_lossy(&said.stdout), expected);
            assert!(is_shim(&place.shims().join(name)));
        }
    }

    #[test]
    fn writing_twice_writes_once_and_repairs_what_was_changed() {
        let place = Place::new();
        place.write().unwrap();
        assert_eq!(place.write().unwrap(), 0);
        let shim = place.shims().join("uv");
        fs::write(&shim, format!("#!/bin/sh\n{SHIM_MARK}\nexec other\n")).unwrap();
        assert_eq!(place.write().unwrap(), 1);
        assert_eq!(place.run("uv").stdout, b"suv add two words\n");
    }

    #[test]
    fn without_the_front_end_nothing_runs_and_the_shim_says_so() {
        let place = Place::new();
        place.write().unwrap();
        fs::remove_dir_all(place.programs()).unwrap();
        let said = place.run("pip");
        assert_eq!(said.status.code(), Some(102));
        let text = String::from_utf8(said.stderr).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        let undo = text.split("`spip init`: ").nth(1).unwrap();
        let done = Command::new("sh").args(["-c", undo]).status().unwrap();
        assert!(done.success());
        assert_eq!(fs::read_dir(place.shims()).unwrap().count(), 0, "{undo}");
    }

    #[test]
    fn undo_removes_shims_and_nothing_else() {
        let place = Place::new();
        assert_eq!(remove(&place.shims()).unwrap(), 0);
        place.write().unwrap();
        let foreign = ["notes", "pipx"].map(|name| place.shims().join(name));
        fs::write(&foreign[0], "mine").unwrap();
        fs::write(&foreign[1], "#!/bin/sh\necho mine\n").unwrap();
        assert_eq!(remove(&place.shims()).unwrap(), SHIMS.len() - 1);
        assert!(foreign.iter().all(|file| file.is_file()));
        for file in &foreign {
            fs::remove_file(file).unwrap();
        }
        assert_eq!(remove(&place.shims()).unwrap(), 0);
        assert!(!place.shims().exists());
    }

    #[test]
    fn a_foreign_file_is_not_written_over() {
        let place = Place::new();
        fs::create_dir_all(place.shims()).unwrap();
        let foreign = place.shims().join("poetry");
        fs::write(&foreign, "#!/bin/sh\necho mine\n").unwrap();
        assert!(matches!(place.write(), Err(InitError::Foreign(file)) if file == foreign));
        assert_eq!(fs::read_dir(place.shims()).unwrap().count(), 1);
        fs::remove_file(&foreign).unwrap();
        std::os::unix::fs::symlink("/nowhere", &foreign).unwrap();
        assert!(matches!(place.write(), Err(InitError::Foreign(_))));
    }

    #[test]
    fn a_front_end_that_is_missing_is_told_before_anything_is_written() {
        let place = Place::new();
        fs::remove_file(place.programs().join("spipx")).unwrap();
        assert!(matches!(place.write(), Err(InitError::Incomplete(_))));
        assert!(!place.shims().exists());
    }
}
