//! What an artifact holds: what its code does and when, and what is odd about its files.
//!
//! Features, not judgements: `spip-scan` fills these types, checks weigh them.
//! Other than the rest of this crate these types are serializable, because features are kept in a
//! private cache under the artifact's digest and the version of the rules. No reader outside
//! ever sees that form.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{Cause, Evidence, Excerpt, Gap, Location, Taints};

/// What was read in one artifact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// How many members were looked at.
    pub members: u32,
    /// What its code does.
    pub acts: Vec<Act>,
    /// What is odd about its files.
    pub oddities: Vec<Oddity>,
    /// What could not be looked at.
    pub unread: Vec<Unread>,
    /// What it is made of.
    pub makeup: Makeup,
}

/// What an artifact is made of, to compare releases by. Each list holds at most
/// [`Makeup::MOST`] entries, the first in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Makeup {
    /// The commands that it installs: entry points and scripts.
    pub commands: BTreeSet<String>,
    /// Plug-ins for other programs, each as `group: name`.
    #[serde(default)]
    pub plugins: BTreeSet<String>,
    /// The files that the interpreter looks at at every start.
    pub start_files: BTreeSet<String>,
    /// The names that its modules are imported by, without what is below.
    pub modules: BTreeSet<String>,
    /// Paths of machine code, by their names.
    pub native: BTreeSet<String>,
    /// `Requires-Dist`, each as written.
    pub requires: BTreeSet<String>,
    /// The files that direct its build, with their SHA-256.
    pub build: BTreeMap<String, String>,
}

impl Makeup {
    /// The longest list.
    pub const MOST: usize = 2_000;
}

impl Contents {
    /// An error unless everything was looked at.
    pub fn complete(&self) -> Result<(), Gap> {
        match self.unread.as_slice() {
            [] => Ok(()),
            [first, rest @ ..] => {
                let more = match rest.len() {
                    0 => String::new(),
                    count => format!(" and {count} more"),
                };
                let detail = format!("{}: {}{more}", first.member, first.detail);
                Err(Gap::new(first.cause, detail))
            }
        }
    }

    /// The acts of one kind, wherever they run.
    pub fn acts_of(&self, deed: Deed) -> impl Iterator<Item = &Act> {
        self.acts.iter().filter(move |act| act.deed == deed)
    }

    /// The oddities that a check asks for.
    pub fn odd<'a>(
        &'a self,
        wanted: impl Fn(Odd) -> bool + 'a,
    ) -> impl Iterator<Item = &'a Oddity> {
        self.oddities
            .iter()
            .filter(move |oddity| wanted(oddity.what))
    }
}

/// Something in an artifact that could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// The member's path; empty for the artifact as a whole.
    pub member: String,
    /// Why.
    pub cause: Cause,
    /// The particulars, lower case.
    pub detail: String,
}

/// When code runs, the latest first.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub enum Trigger {
    /// Nothing that is installed or built gets there: tests, documentation, examples.
    #[default]
    Never,
    /// Somebody has to call it.
    Call,
    /// Importing the package is enough.
    Import,
    /// Every start of the interpreter (`.pth`, `sitecustomize`).
    Start,
    /// Building or installing is enough (`setup.py`, build back ends, hooks).
    Build,
}

impl Trigger {
    /// Reads after "this runs".
    pub fn words(self) -> &'static str {
        match self {
            Self::Never => "only by hand: nothing installed reaches it",
            Self::Call => "when it is used",
            Self::Import => "when it is imported",
            Self::Start => "at every start of the interpreter",
            Self::Build => "when it is built",
        }
    }
}

/// Something that code does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// What it does.
    pub deed: Deed,
    /// The resolved dotted name of what is called: `subprocess.run`, `requests.Session().post`.
    pub callee: String,
    /// When it runs.
    pub trigger: Trigger,
    /// Where the data that reaches it comes from.
    pub taints: Taints,
    /// What is known of the text of its arguments, in order, each cut to 1,000 characters.
    /// `\u{fffc}` stands for a part that is not known.
    pub texts: Vec<String>,
    /// How many layers of encoded code were taken off before it showed.
    pub layers: u8,
    /// The name of what is called was put together so that no reader finds it.
    pub disguised: bool,
    /// Where it is.
    pub site: Site,
}

/// The kinds of acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Deed {
    /// Runs data as Python code: `exec`, `eval`, a code object, a loader.
    Execute,
    /// Starts a process.
    Spawn,
    /// Sends data to another machine, or asks it for some; the texts hold the address.
    Send,
    /// Opens a listening or outgoing connection at a low level (`socket.connect`).
    Connect,
    /// Reads something that is nobody's business: the taints say what.
    Read,
    /// Writes, moves or makes executable a file; the first text is its path.
    Write,
    /// Deletes files.
    Delete,
    /// Loads native code (`ctypes`, `cffi`).
    LoadNative,
    /// Unpickles.
    Unpickle,
    /// Replaces parts of other modules, the interpreter or the import system.
    Patch,
    /// Redirects the streams of this process (`os.dup2`).
    Redirect,
    /// Listens to keyboard, screen or clipboard, or writes the clipboard.
    Watch,
    /// Waits for a date, place or machine before going on.
    Gate,
    /// Reads a name or attribute that was put together at run time and turned out dangerous.
    Resolve,
}

impl Deed {
    /// Reads after the name of a package.
    pub fn words(self) -> &'static str {
        match self {
            Self::Execute => "runs data as code",
            Self::Spawn => "starts programs",
            Self::Send => "talks to other machines",
            Self::Connect => "opens connections at a low level",
            Self::Read => "reads what is nobody's business",
            Self::Write => "writes files",
            Self::Delete => "deletes files",
            Self::LoadNative => "loads native code",
            Self::Unpickle => "unpickles",
            Self::Patch => "replaces parts of other modules",
            Self::Redirect => "redirects its streams",
            Self::Watch => "watches keyboard, screen or clipboard",
            Self::Gate => "waits for a date, place or machine",
            Self::Resolve => "puts names of dangerous functions together",
        }
    }
}

/// Something odd about a file or the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Oddity {
    /// What.
    pub what: Odd,
    /// When it takes effect.
    pub trigger: Trigger,
    /// The particulars, lower case.
    pub detail: String,
    /// Where.
    pub site: Site,
}

/// The kinds of oddities. Each belongs to one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Odd {
    /// Two members have one name.
    DuplicateName,
    /// Two members have names that some file systems do not tell apart, or one is a file and a directory.
    ConflictingName,
    /// The directory of the archive and the headers before the members disagree.
    HeaderMismatch,
    /// There is data before, between or after what the archive declares.
    DataOutside,
    /// A name leaves the place where the archive is unpacked, or no file system takes it as it is.
    UnsafePath,
    /// A link.
    Link,
    /// A link that leaves the archive.
    EscapingLink,
    /// A device, pipe or another thing that is no file.
    Device,
    /// A member is encrypted.
    Encrypted,
    /// Any other way in which the archive is not what its format asks for.
    Malformed,
    /// A member that RECORD does not mention.
    NotRecorded,
    /// A member whose bytes are not what RECORD says.
    RecordMismatch,
    /// RECORD mentions a file that is not there.
    RecordedButMissing,
    /// RECORD is missing or cannot be read.
    NoRecord,
    /// Code in an environment that no installed package mentions.
    Unowned,
    /// A file of an environment that came or changed during a run, and not by what was installed.
    Appeared,
    /// The file name and the metadata inside disagree.
    NameMismatch,
    /// More than one top directory or `.dist-info`.
    SeveralTops,
    /// A file that the interpreter runs at every start, and nobody knows this one.
    StartFile,
    /// The same, recognised by its digest.
    KnownStartFile,
    /// A `.pth` line that adds a directory outside the package.
    StartPath,
    /// An extension module or library where the wheel's tags promise none.
    UnpromisedNative,
    /// An executable program.
    Executable,
    /// An executable program under a name that says otherwise.
    HiddenExecutable,
    /// Data behind the end of an image or document.
    AppendedData,
    /// Byte code without its source.
    SourcelessBytecode,
    /// Byte code that is not what its source compiles to, as far as the two can be compared.
    MismatchedBytecode,
    /// A pickle that calls what no data needs.
    DangerousPickle,
    /// A command with the name of one that people trust: `python`, `pip`, `sudo`.
    ShadowedCommand,
    /// An entry point whose name is no file name or whose target is no object.
    StrangeEntryPoint,
    /// A module with the name of one of the standard library.
    ShadowedStdlib,
    /// Files in a package that belongs to another project.
    ForeignPackage,
    /// A file where the environment, shells, services or other tools read what they run.
    SharedPlace,
    /// Characters that turn the direction of text around.
    Bidi,
    /// Characters that take no room.
    ZeroWidth,
    /// Identifiers that look like, or are normalised to, other ones.
    Homoglyph,
    /// Code pushed out of sight by blanks.
    OffScreen,
    /// An encoding declaration that makes the file read differently from how it looks.
    StrangeCodec,
    /// Control characters in code: lone carriage returns, substitute, form feeds before code.
    ControlCharacter,
    /// One very long line of encoded text.
    Blob,
    /// A build requirement named by address.
    BuildRequirementUrl,
    /// Protected byte code with its loader (`PyArmor` and its like).
    ProtectedCode,
    /// A text that holds commands no library needs, in a script or build file.
    ShellCommand,
}

/// A place in a member.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// The member's path; empty for the artifact as a whole.
    pub member: String,
    /// The line, from 1; 0: no line.
    pub line: u32,
    /// The line's text around the place, cut to 240 characters.
    pub excerpt: String,
    /// Where in the excerpt the place begins and ends, in bytes.
    pub mark: (u32, u32),
}

impl Site {
    /// The member as a whole.
    pub fn member(path: impl Into<String>) -> Self {
        Self {
            member: path.into(),
            ..Self::default()
        }
    }

    /// Makes evidence: the text says what a reader will find at the place.
    pub fn shows(&self, text: impl Into<crate::Quoted>) -> Evidence {
        let at = Location::Member {
            path: self.member.clone(),
            line: (self.line > 0).then_some(self.line),
        };
        let evidence = crate::Fact::new((), at).shows(text);
        if self.excerpt.is_empty() {
            return evidence;
        }
        evidence.with_excerpt(Excerpt::new(&self.excerpt, self.mark))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_unread_member_makes_the_answer_incomplete() {
        let mut contents = Contents::default();
        assert_eq!(contents.complete(), Ok(()));
        for member in ["a.py", "b.py"] {
            contents.unread.push(Unread {
                member: member.to_owned(),
                cause: Cause::TooLarge,
                detail: "larger than 8 MB".to_owned(),
            });
        }
        let gap = contents.complete().expect_err("two members were not read");
        assert_eq!(
            gap.to_string(),
            "too-large: a.py: larger than 8 MB and 1 more"
        );
    }
}
