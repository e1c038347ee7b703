//! One Python source file: how it gets to run, and what was read in it.

use spip_core::{Act, Oddity, Trigger, Unread};

/// How a source file gets to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Role {
    /// The dotted name under which it can be imported; `None`: it cannot.
    pub(crate) module: Option<String>,
    /// Whether it is the `__init__` of a package.
    pub(crate) is_package: bool,
    /// When its top level runs, as far as its place tells. The imports of other modules may raise it.
    pub(crate) trigger: Trigger,
    /// When its functions run that nothing calls: `Build` for build scripts and back ends, whose
    /// functions the build calls by name; else `Call`, and `Never` where the top level never runs.
    pub(crate) uncalled: Trigger,
}

/// Where code of an artifact begins to run by other means than its place: entry points, back
/// ends, `.pth` lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Root {
    /// The module's dotted name.
    pub(crate) module: String,
    /// The object in it that is called; `None`: it is only imported.
    pub(crate) object: Option<String>,
    /// When.
    pub(crate) trigger: Trigger,
}

/// One source file to read.
pub(crate) struct Source<'a> {
    /// The member's path.
    pub(crate) path: &'a str,
    /// The file's bytes.
    pub(crate) bytes: &'a [u8],
    /// How it gets to run.
    pub(crate) role: Role,
    /// The number of the first line: 1, or the line of a `.pth` file that holds this code.
    pub(crate) first_line: u32,
}

/// What was read in one source file.
#[derive(Debug)]
pub(crate) struct Module {
    /// The member's path.
    pub(crate) path: String,
    /// It is no source file by its name, so nothing in it counts unless something runs it.
    pub(crate) only_if_run: bool,
    /// Its bytes, where they are kept for other modules.
    pub(crate) source: Option<Vec<u8>>,
    /// Dotted names of other modules that hold what this one runs.
    pub(crate) wants: Vec<String>,
    /// Dotted names of others that its top level gives commands, code or paths.
    pub(crate) gives: Vec<String>,
    /// What others hold of which it takes items, and the function that does; `None`: the top level.
    pub(crate) takes: Vec<(Option<String>, String)>,
    /// Names of its top level that run, start, load or send what they are given.
    pub(crate) hands: Vec<String>,
    /// How it gets to run.
    pub(crate) role: Role,
    /// What it does, with triggers as this file alone tells.
    pub(crate) acts: Vec<LocalAct>,
    /// What is odd about its text.
    pub(crate) oddities: Vec<Oddity>,
    /// What could not be read.
    pub(crate) unread: Vec<Unread>,
    /// What it uses of other modules.
    pub(crate) uses: Vec<Use>,
}

impl Module {
    /// A file that does nothing yet.
    pub(crate) fn new(path: &str, role: Role) -> Self {
        Self {
            path: path.to_owned(),
            only_if_run: false,
            source: None,
            wants: Vec::new(),
            gives: Vec::new(),
            takes: Vec::new(),
            hands: Vec::new(),
            role,
            acts: Vec::new(),
            oddities: Vec::new(),
            unread: Vec::new(),
            uses: Vec::new(),
        }
    }

    /// A file that is no Python source: it counts only where something runs it.
    pub(crate) fn foreign(path: &str, acts: Vec<LocalAct>) -> Self {
        let role = Role {
            module: None,
            is_package: false,
            trigger: Trigger::Never,
            uncalled: Trigger::Never,
        };
        Self {
            only_if_run: true,
            acts,
            ..Self::new(path, role)
        }
    }
}

/// An act and the function it stands in.
#[derive(Debug)]
pub(crate) struct LocalAct {
    /// The act.
    pub(crate) act: Act,
    /// The qualified name of the function whose call it takes; `None`: the top level.
    pub(crate) within: Option<String>,
    /// The path of the file whose text it runs, as in the target of a use.
    pub(crate) runs: Option<String>,
}

/// Begins the target of a use that runs a file.
pub(crate) const FILE: char = '#';

/// Begins the target of a use that imports from a folder.
pub(crate) const FOLDER: char = '@';

/// Stands between the path of an archive and one in it.
pub(crate) const INSIDE: &str = "!/";

/// The function that stands for what a file does only when it is run as a program.
pub(crate) const MAIN: &str = "__main__";

/// Stands between the names of a function and of one that is defined in it.
pub(crate) const NESTED: &str = ".<locals>.";

/// A module uses another one: an import or a call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Use {
    /// The absolute dotted name of what is imported or called; [`FILE`] and a path for a file that
    /// is run; [`FOLDER`], a path, a colon and a dotted name for what is imported from there.
    pub(crate) target: String,
    /// The qualified name of the function that does it; `None`: the top level.
    pub(crate) within: Option<String>,
    /// Whether it is called, not only imported.
    pub(crate) called: bool,
}
