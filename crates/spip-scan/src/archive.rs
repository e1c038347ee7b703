//! Archives: what members they hold, whether they are what their format asks for, and the bytes.

pub(crate) mod compression;
pub(crate) mod links;
pub(crate) mod names;
pub(crate) mod tar;
pub(crate) mod zip;

use spip_core::Trigger;

/// One member of an archive or one entry of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its path, parts separated by `/`.
    pub(crate) path: String,
    /// How many bytes it holds, as declared.
    pub(crate) size: u64,
    /// What it is.
    pub(crate) what: What,
}

/// What a member is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A file.
    File,
    /// A directory.
    Directory,
    /// A link and where it leads, as written.
    Link {
        /// The target.
        target: String,
        /// A hard link: its target is a path of the archive, not relative to the link.
        hard: bool,
    },
    /// Something that is neither: "a device".
    Other(&'static str),
}

impl Entry {
    /// Whether it is a file.
    pub(crate) fn is_file(&self) -> bool {
        self.what == What::File
    }
}

/// How strictly an archive is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manners {
    /// Wheels: every installer on every system must read the same files out of them.
    Wheel,
    /// Source archives: what is ordinary in archives made by `tar` and old tools is let pass.
    Source,
}

impl Manners {
    /// When something wrong with the archive takes effect: when it is unpacked.
    pub(crate) fn trigger(self) -> Trigger {
        match self {
            Self::Wheel => Trigger::Import,
            Self::Source => Trigger::Build,
        }
    }
}
