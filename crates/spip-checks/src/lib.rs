//! The checks, one module each, over facts that are already there.

mod checks;
pub mod names;
#[cfg(test)]
mod testing;

pub use crate::checks::{ALL, find};
