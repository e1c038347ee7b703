//! The tools of this machine, and whether their plain names lead through the guard.

use std::path::PathBuf;

use spip_core::Quoted;

use super::DoctorError;
use super::index::Index;
use super::proof::{self, Proof};
use crate::tools::program;

/// One tool.
pub(super) struct Tool {
    pub(super) name: &'static str,
    /// `None`: it is not installed.
    pub(super) found: Option<Found>,
}

/// What the shell would run for a plain name.
pub(super) struct Found {
    pub(super) program: PathBuf,
    /// Whether that is a shim or a link of ours.
    pub(super) is_own: bool,
    pub(super) version: Option<Quoted>,
    pub(super) proof: Proof,
}

impl Found {
    /// Only what a run has shown counts, not what merely ought to work.
    pub(super) fn is_guarded(&self) -> bool {
        self.proof == Proof::Refused
    }
}

impl Tool {
    /// Whether there is nothing to do.
    pub(super) fn is_fine(&self) -> bool {
        self.found.as_ref().is_none_or(Found::is_guarded)
    }
}

/// Looks at each tool and tries those that can be tried.
pub(super) fn examine() -> Result<Vec<Tool>, DoctorError> {
    let index = Index::start().map_err(DoctorError::Index)?;
    ["pip", "uv", "poetry", "pipx"]
        .into_iter()
        .map(|name| {
            let found = found(name, &index)?;
            Ok(Tool { name, found })
        })
        .collect()
}

fn found(name: &str, index: &Index) -> Result<Option<Found>, DoctorError> {
    let behind = program::find(name);
    let Some(program) = program::first(name) else {
        return Ok(None);
    };
    // A shim alone is no tool; pip may still be there without a script of its own.
    if behind.is_none() && name != "pip" {
        return Ok(None);
    }
    let proof = proof::of(name, &program, index)?;
    Ok(Some(Found {
        is_own: program::is_own(&program),
        version: proof::version(behind.as_deref().unwrap_or(&program))?,
        program,
        proof,
    }))
}
