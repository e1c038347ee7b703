//! What well-known functions do: names of the standard library and of common projects.

use hashbrown::HashMap;
use std::sync::OnceLock;

use spip_core::{Deed, Taints};

use super::decoders::Decoder;

/// What calling a known name does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Runs its first argument as code.
    Execute,
    /// Turns its first argument into code; nothing runs yet.
    Compile,
    /// Gives the module that its first argument names.
    Import,
    /// Runs a file or module as code.
    RunFile,
    /// Gives the attribute that its second argument names.
    GetAttribute,
    /// Opens a file.
    Open,
    /// Undoes an encoding.
    Decode(Decoder),
    /// Undoes the encoding that its second argument names.
    DecodeBy,
    /// A pure function that is folded where its arguments are known.
    Pure,
    /// What it gives comes from its arguments, and also from this.
    Mix(Taints),
    /// What it gives comes from this alone.
    Source(Taints),
    /// The same, and that it is read is worth knowing.
    Read(Taints),
    /// A path or address of which the text is known.
    Place(&'static str, Taints),
    /// A new temporary file or folder.
    Temporary,
    /// Writes its second argument into the open file that its first or its `file` is.
    WriteInto,
    /// Does something; what it gives comes from its arguments.
    Does(Deed),
    /// Starts a process; what it gives is the process's output.
    Spawn,
    /// Asks another machine; what it gives is the answer.
    Fetch,
    /// Asks another machine and puts the answer into a file.
    FetchToFile,
    /// Copies or moves one file to another place.
    Copy,
    /// Reads a file whose path is its first argument.
    ReadFile,
    /// Writes a file whose path is its first argument.
    WriteFile,
    /// Runs the callables among its arguments.
    Runs,
    /// Applies its first argument to each item of the others.
    Maps,
    /// Binds arguments to its first argument.
    Binds,
    /// Joins paths.
    JoinPath,
    /// Gives what it is given.
    Same,
}

impl Effect {
    /// Whether what it is given matters so much that other modules are looked into for it.
    pub(super) fn is_hungry(self) -> bool {
        matches!(
            self,
            Self::Execute
                | Self::Compile
                | Self::Import
                | Self::GetAttribute
                | Self::Decode(_)
                | Self::DecodeBy
                | Self::Spawn
                | Self::Does(Deed::LoadNative | Deed::Unpickle)
                | Self::Mix(_)
        )
    }
}

/// What calling this name does, if it is known. Names are canonical: see [`canonical`].
pub(super) fn effect(path: &str) -> Option<Effect> {
    static TABLE: OnceLock<HashMap<&str, Effect>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let rows = super::tables::EFFECTS.iter();
        rows.flat_map(|(effect, names)| names.split_whitespace().map(move |name| (name, *effect)))
            .collect()
    });
    table.get(path).copied()
}

/// The known names in a module.
pub(super) fn members(module: &str) -> Vec<&'static str> {
    let rows = super::tables::EFFECTS.iter();
    let names = rows.flat_map(|(_, names)| names.split_whitespace());
    let inside = names.filter_map(|name| name.strip_prefix(module)?.strip_prefix('.'));
    inside.filter(|name| !name.contains(['.', '('])).collect()
}

/// Whether a name, found by putting text together, gives whoever did it away.
pub(super) fn is_dangerous(path: &str) -> bool {
    match effect(path) {
        Some(
            Effect::Execute
            | Effect::Compile
            | Effect::RunFile
            | Effect::Spawn
            | Effect::FetchToFile,
        ) => true,
        Some(Effect::Does(deed)) => !matches!(deed, Deed::Delete | Deed::Write),
        Some(Effect::Import) => path != "importlib.import_module",
        _ => [
            "os",
            "subprocess",
            "ctypes",
            "socket",
            "pty",
            "marshal",
            "builtins",
            "winreg",
        ]
        .contains(&path),
    }
}

/// One name for each thing: `posix.system` and `shutil.os.system` are `os.system`.
pub(super) fn canonical(path: &str) -> Option<String> {
    for (from, to) in prefixes_of(path) {
        if let Some(rest) = path.strip_prefix(from) {
            let whole = from.ends_with('.') || rest.is_empty() || rest.starts_with(['.', '(']);
            if whole {
                return Some(format!("{to}{rest}"));
            }
        }
    }
    let (module, attribute) = path.rsplit_once('.')?;
    if module.ends_with(')') {
        return None;
    }
    let plain = attribute.strip_prefix('_').unwrap_or(attribute);
    let is_module = [
        "os",
        "sys",
        "subprocess",
        "socket",
        "builtins",
        "ctypes",
        "shutil",
        "importlib",
    ]
    .contains(&plain);
    // `socket.socket` is no module, although `shutil.os` is.
    (is_module && module != plain).then(|| plain.to_owned())
}

/// The prefixes that a name may begin with, in their order.
fn prefixes_of(path: &str) -> &'static [(&'static str, &'static str)] {
    type Rows = HashMap<&'static str, Vec<(&'static str, &'static str)>>;
    static TABLE: OnceLock<Rows> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let mut table = Rows::new();
        for row in PREFIXES {
            table.entry(first_part(row.0)).or_default().push(*row);
        }
        table
    });
    table.get(first_part(path)).map_or(&[], Vec::as_slice)
}

/// What stands before the first dot or bracket of a name.
fn first_part(path: &str) -> &str {
    path.split(['.', '(']).next().unwrap_or(path)
}

const PREFIXES: &[(&str, &str)] = &[
    ("__builtin__", "builtins"),
    ("__builtins__", "builtins"),
    ("six.moves.builtins", "builtins"),
    ("future.builtins", "builtins"),
    ("posix.", "os."),
    ("nt.", "os."),
    ("posixpath.", "os.path."),
    ("ntpath.", "os.path."),
    ("genericpath.", "os.path."),
    ("io.open", "builtins.open"),
    ("_io.open", "builtins.open"),
    ("io.FileIO", "builtins.open"),
    ("codecs.open", "builtins.open"),
    ("aiofiles.open", "builtins.open"),
    ("tokenize.open", "builtins.open"),
    ("urllib2.", "urllib.request."),
    ("urllib.urlopen", "urllib.request.urlopen"),
    ("urllib.urlretrieve", "urllib.request.urlretrieve"),
    ("urllib.URLopener", "urllib.request.URLopener"),
    ("urllib.urlencode", "urllib.parse.urlencode"),
    ("urllib.quote", "urllib.parse.quote"),
    ("six.moves.urllib.", "urllib."),
    ("future.moves.urllib.", "urllib."),
    ("httplib.", "http.client."),
    ("commands.", "subprocess."),
    ("cPickle.", "pickle."),
    ("_pickle.", "pickle."),
    ("_winreg.", "winreg."),
    ("_socket.", "socket."),
    ("_posixsubprocess.", "subprocess."),
    ("requests.api.", "requests."),
    ("requests.sessions.", "requests."),
    ("requests.session()", "requests.Session()"),
    ("pip._vendor.", ""),
    ("botocore.vendored.", ""),
    ("setuptools._vendor.", ""),
    ("importlib.__import__", "builtins.__import__"),
    ("pathlib.PurePath", "pathlib.Path"),
    ("pathlib.PosixPath", "pathlib.Path"),
    ("pathlib.WindowsPath", "pathlib.Path"),
    ("pathlib2.", "pathlib."),
    ("multiprocessing.context.Process", "multiprocessing.Process"),
    ("asyncio.subprocess.create", "asyncio.create"),
    ("Cryptodome.", "Crypto."),
    ("threading.Timer", "threading.Thread"),
    ("_thread.start_new_thread", "thread.start_new_thread"),
    ("_ctypes.", "ctypes."),
    ("ctypes.cdll", "ctypes.cdll"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_one_name_for_each_thing() {
        for (path, expected) in [
            ("posix.system", "os.system"),
            ("urllib2.urlopen", "urllib.request.urlopen"),
            ("shutil._os", "os"),
            ("__builtins__.exec", "builtins.exec"),
            ("__builtin__", "builtins"),
            ("_io.open(", "builtins.open("),
            ("requests.session().get", "requests.Session().get"),
        ] {
            assert_eq!(canonical(path).as_deref(), Some(expected));
        }
        assert_eq!(canonical("os.path.join"), None);
        assert_eq!(canonical("socket.socket"), None);
        assert_eq!(canonical("commandsx.y"), None);
    }

    #[test]
    fn finds_each_prefix() {
        for (from, to) in PREFIXES {
            assert_eq!(
                canonical(&format!("{from}(")),
                Some(format!("{to}(")),
                "{from}"
            );
        }
    }

    #[test]
    fn names_each_function_once() {
        let rows = super::super::tables::EFFECTS.iter();
        let mut names: Vec<&str> = rows
            .flat_map(|(_, names)| names.split_whitespace())
            .collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
