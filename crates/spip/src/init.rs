//! `spip init [SHELL]`: puts the guard in front of pip, uv, Poetry and pipx, and takes it away again.

mod shell;
mod shims;

use std::ffi::{OsStr, OsString};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::Parser;

use self::shell::SetUp;
pub(crate) use self::shell::Shell;
pub(crate) use self::shims::SHIMS;
use crate::data;
use crate::exit::{self, Exit};
use crate::render::Screen;

/// Puts shims for pip, uv, poetry and pipx into a directory, and prints the shell code that puts
/// this directory first on PATH. No file of yours is edited.
#[derive(Clone, Debug, Parser)]
#[command(name = "spip init", no_binary_name = true)]
#[command(after_help = "For every shell to come, put this into ~/.bashrc:\n  \
    eval \"$(spip init bash)\"\n\
    To take it off again:\n  \
    eval \"$(spip init bash --undo)\"")]
struct Arguments {
    /// The shell to print code for; otherwise the one that SHELL names
    #[arg(value_enum, value_name = "SHELL")]
    shell: Option<Shell>,

    /// Where the shims are; otherwise `~/.local/share/spip/shims`
    #[arg(long, value_name = "DIRECTORY")]
    dir: Option<PathBuf>,

    /// Remove the shims, and print the code that takes their directory off PATH
    #[arg(long)]
    undo: bool,
}

/// Why the shims could not be written or removed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InitError {
    #[error("tell which shell this is: say `spip init bash`, `zsh`, `fish` or `powershell`")]
    Shell,
    #[error("find a place for the shims: set HOME, or say --dir DIRECTORY")]
    Home,
    #[error("use {0:?}: what stands on PATH must be plain text without colons and line breaks")]
    Path(PathBuf),
    #[error("write {0}: another program is there already; say --dir DIRECTORY")]
    Foreign(PathBuf),
    #[error("find {0}, which belongs to this program: install it again")]
    Incomplete(PathBuf),
    #[error("set up {0}: {1}")]
    File(PathBuf, io::Error),
    #[error("print the shell code: {0}")]
    Io(#[from] io::Error),
}

/// Writes or removes the shims and prints the shell code.
pub(crate) fn run(rest: &[OsString], output: &mut impl Write) -> Result<Exit, InitError> {
    let arguments: Arguments = match exit::parse(rest)? {
        Ok(arguments) => arguments,
        Err(exit) => return Ok(exit),
    };
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let named = || Shell::of(&variable("SHELL").unwrap_or_default());
    let shell = arguments.shell.or_else(named).ok_or(InitError::Shell)?;
    let directory = arguments.dir.as_deref();
    let directory = directory.map_or_else(|| default_directory(variable), absolute)?;
    let set_up = SetUp::new(&directory)?;
    let mut screen = Screen::stderr(false);
    if arguments.undo {
        let removed = shims::remove(&directory)?;
        writeln!(output, "{}", shell.undo(&set_up))?;
        screen.line(format_args!(
            "spip: removed {removed} shims from {}; take the line with `spip init` out of {}, \
             if you put it there",
            directory.display(),
            shell.start_file(),
        ));
        return Ok(Exit::Tool(0));
    }
    let own = std::env::current_exe().map_err(|error| InitError::File("spip".into(), error))?;
    let written = shims::write(&directory, &own)?;
    writeln!(output, "{}", shell.code(&set_up))?;
    // Once it stands in a start file, nobody wants to hear of it with every new shell.
    if written > 0 || io::stdout().is_terminal() {
        screen.line(format_args!(
            "spip: for every {} to come, put this line into {}: {}",
            shell.as_str(),
            shell.start_file(),
            shell.line(arguments.dir.is_some().then_some(&set_up)),
        ));
    }
    Ok(Exit::Tool(0))
}

fn absolute(directory: &Path) -> Result<PathBuf, InitError> {
    std::path::absolute(directory).map_err(|error| InitError::File(directory.to_owned(), error))
}

/// Where the shims lie unless somebody says otherwise.
fn default_directory(variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf, InitError> {
    let data = data::directory(variable).ok_or(InitError::Home)?;
    absolute(&data.join("shims"))
}

/// Text that may stand on PATH and in a line of shell code.
fn plain(path: &Path) -> Result<&str, InitError> {
    let text = OsStr::to_str(path.as_os_str());
    let is_plain =
        |text: &&str| !text.contains(|letter: char| letter == ':' || letter.is_control());
    text.filter(is_plain)
        .ok_or_else(|| InitError::Path(path.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_that_path_cannot_hold_is_refused() {
        for path in ["/a:b", "/a\nb"] {
            assert!(matches!(plain(Path::new(path)), Err(InitError::Path(_))));
        }
        assert!(plain(Path::new("/it's plain")).is_ok());
    }
}
