//! Reads wheels, sdists, source trees and modules: what their code does and when, and what is odd.
//!
//! Nothing is extracted and nothing is executed. This crate touches only the bytes it is handed.

mod across;
mod archive;
mod build;
mod findings;
mod input;
mod layout;
mod limits;
mod link;
mod makeup;
mod member;
mod module;
mod pool;
mod proven;
mod python;
mod scan;
mod spread;
mod startup;
mod tables;
mod watch;
mod wheel;

pub use crate::input::{Input, ReadAt, TreeEntry, TreeWhat};
pub use crate::limits::Limits;
pub use crate::makeup::makeup_of_files;
pub use crate::scan::{core_metadata, scan};

/// The version of what this crate reads out of files: a digest of its own source code, so that no
/// change of the rules is forgotten. Features kept under another one are stale.
pub const RULES: &str = env!("SPIP_SCAN_RULES");
