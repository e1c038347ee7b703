//! The checks, one module each, over facts that are already there.

mod checks;
mod link;
mod planned;
#[cfg(test)]
mod testing;

pub use crate::checks::{ALL, find};
