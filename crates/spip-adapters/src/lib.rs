//! What a command line of each tool means, and how the tool is started. Touches nothing.

pub mod pip;
pub mod pipx;
pub mod poetry;
pub mod uv;

mod grammar;
mod place;

pub use crate::grammar::Reading;
pub use crate::place::{Place, Unclear};

/// What a command of a wrapped tool does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// It fetches, builds or installs packages.
    Installs,
    /// It may fetch, build or install packages, and then starts a program of the user's choice.
    RunsCode,
    /// It resolves and writes a lock file; source archives may be built to learn what they need.
    Locks,
    /// It does none of that.
    Harmless,
    /// Not known; treated like [`Intent::Installs`].
    Unknown,
}

impl Intent {
    /// Whether the guard has to be in the way.
    pub fn is_guarded(self) -> bool {
        !matches!(self, Self::Harmless)
    }
}
