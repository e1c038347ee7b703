//! The checks, one module each, over facts that are already there.

mod advisories;
mod checks;
mod contents;
mod memory;
pub mod names;
mod planned;
#[cfg(test)]
mod testing;
mod timeline;
mod upgrade;

pub use crate::checks::{ALL, compares, find};
