//! What a tool is about to install, and why.

use std::fmt;
use std::path::PathBuf;

use crate::{Digest, Fact, Gap, PackageName, Quoted, SafeUrl, Version};

/// The wrapped tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tool {
    /// `pip`.
    Pip,
    /// `uv`.
    Uv,
    /// `poetry`.
    Poetry,
    /// `pipx`.
    Pipx,
    /// Any other command, run by `spip exec`.
    Command,
    /// None: `spip scan` looks at files without installing anything.
    Scan,
    /// None: `spip audit` looks at what is installed already.
    Audit,
}

impl Tool {
    /// The tool's command.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pip => "pip",
            Self::Uv => "uv",
            Self::Poetry => "poetry",
            Self::Pipx => "pipx",
            Self::Command => "spip exec",
            Self::Scan => "spip scan",
            Self::Audit => "spip audit",
        }
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Everything that one run of a tool selected, in the tool's order.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Whose plan this is.
    pub tool: Tool,
    /// The packages.
    pub packages: Vec<Package>,
    /// What could not be read of the plan itself.
    pub gaps: Vec<Gap>,
}

/// Names one package of one run; unique within that run, never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageId(pub u32);

/// One package of a plan.
#[derive(Clone, Debug)]
pub struct Package {
    /// The key of this package within the run.
    pub id: PackageId,
    /// Its name.
    pub name: PackageName,
    /// Its version; `None` where only building would tell (a checkout, a directory).
    pub version: Option<Version>,
    /// Why it is here.
    pub why: Why,
    /// What would be installed.
    pub artifact: Artifact,
}

impl Package {
    /// `name version`, or the name alone where no version is known.
    pub fn label(&self) -> String {
        match &self.version {
            Some(version) => format!("{} {version}", self.name),
            None => self.name.to_string(),
        }
    }
}

/// Why a package is part of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The user asked for it.
    Requested,
    /// Other packages of the plan need it.
    Needed {
        /// Which ones.
        by: Vec<PackageName>,
    },
    /// It is needed to build another package.
    Build {
        /// Which one.
        of: Quoted,
    },
    /// The tool does not say; it fetched it on its own account.
    Untold,
    /// It is installed already.
    Installed,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requested => f.write_str("requested"),
            Self::Needed { by } => {
                f.write_str("needed by ")?;
                for (index, name) in by.iter().enumerate() {
                    if index > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{name}")?;
                }
                Ok(())
            }
            Self::Build { of } => write!(f, "build requirement of {of}"),
            Self::Untold => f.write_str("the tool fetched it"),
            Self::Installed => f.write_str("installed already"),
        }
    }
}

impl RemoteFile {
    /// Where it comes from: the page that listed it, else its own address.
    pub fn source(&self) -> &SafeUrl {
        match &self.origin {
            Origin::Index { page } | Origin::FindLinks { page: Some(page) } => page,
            _ => &self.url,
        }
    }
}

/// What would be installed.
#[derive(Clone, Debug)]
pub enum Artifact {
    /// A wheel (PEP 427).
    Wheel(RemoteFile),
    /// A source archive (PEP 625 and older shapes).
    Sdist(RemoteFile),
    /// A checkout of a version-control repository.
    Checkout {
        /// The address as the tool used it, `git+https://…`.
        url: SafeUrl,
        /// The commit, if the tool knows it.
        commit: Option<CommitId>,
        /// Whether the connection proved whom it talked to.
        transport: Transport,
        /// Where the checkout is on this machine.
        path: Option<PathBuf>,
    },
    /// A directory on this machine.
    Directory {
        /// The directory.
        path: PathBuf,
        /// Whether the environment will point at it instead of holding a copy.
        editable: bool,
    },
    /// One file that is no distribution; nothing but `spip scan` looks at such a thing.
    Module {
        /// The file.
        path: PathBuf,
    },
}

impl Artifact {
    /// The name used in reports: `wheel`, `sdist`, `checkout`, `directory` or `module`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Wheel(_) => "wheel",
            Self::Sdist(_) => "sdist",
            Self::Checkout { .. } => "checkout",
            Self::Directory { .. } => "directory",
            Self::Module { .. } => "module",
        }
    }

    /// The file, for the kinds that are one.
    pub fn file(&self) -> Option<&RemoteFile> {
        match self {
            Self::Wheel(file) | Self::Sdist(file) => Some(file),
            Self::Checkout { .. } | Self::Directory { .. } | Self::Module { .. } => None,
        }
    }

    /// Whether an index's page offered it.
    pub fn is_from_index(&self) -> bool {
        matches!(
            self.file(),
            Some(RemoteFile {
                origin: Origin::Index { .. },
                ..
            })
        )
    }
}

/// One distribution file.
#[derive(Clone, Debug)]
pub struct RemoteFile {
    /// The file name that decides its meaning (PEP 427, PEP 625), from [`Self::url`].
    pub filename: String,
    /// Where it came from: the index's address even when the bytes came out of a cache.
    pub url: SafeUrl,
    /// How the tool learned of it.
    pub origin: Origin,
    /// Whether the connections involved proved whom they talked to.
    pub transport: Transport,
    /// Where the bytes lie on this machine; `None` when the tool has only its metadata.
    pub path: Option<PathBuf>,
    /// Digests that the page which offered the file stated.
    pub promised: Vec<Fact<Digest>>,
    /// Digests that the user's requirements or a lock file allow; empty: anything is allowed.
    pub required: Vec<Fact<Digest>>,
    /// The tool built these bytes itself (an earlier build of [`Self::url`] from its cache), so no
    /// published digest can match them.
    pub built_here: bool,
    /// The source tree on this machine that it was built from, if that outlives the build: an editable
    /// install points there.
    pub built_from: Option<PathBuf>,
}

/// How a tool learned of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From a page of a package index (PEP 503, PEP 691).
    Index {
        /// The address of the project's page.
        page: SafeUrl,
    },
    /// From a `--find-links` location.
    FindLinks {
        /// The page or directory; `None` when the tool did not say.
        page: Option<SafeUrl>,
    },
    /// From a lock file that names the file itself (PEP 751).
    Lock {
        /// The lock file, as the tool names it.
        file: Quoted,
    },
    /// The user named it by path or URL.
    Requested,
    /// Another package's metadata named it by URL (PEP 508).
    Dependency {
        /// Which package.
        of: PackageName,
    },
}

/// Whether a connection proved whom it talked to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transport {
    /// TLS with a checked certificate, ssh, or no network at all.
    Verified,
    /// Plain text, or a host that the user exempted from checking.
    Unverified {
        /// What exactly, for people: `plain http`, `--trusted-host`.
        because: Quoted,
    },
}

/// A commit of a version-control system, as the tool named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitId(pub Quoted);
