//! Reads wheels, sdists, source trees and modules: what their code does and when, and what is odd.
//!
//! Nothing is extracted and nothing is executed. This crate touches only the bytes it is handed.

mod input;
mod limits;
mod module;

pub use crate::input::{Input, ReadAt, TreeEntry, TreeWhat, scan};
pub use crate::limits::Limits;

/// The version of what this crate reads out of files. Features kept under another one are stale.
pub const RULES: u32 = 1;
