//! Scans of archives that the tests put together byte by byte.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod bounds;
mod hostile;
mod large;
mod members;
mod metered;
mod modules;
mod random;
mod sdists;
mod support;
mod trees;
mod triggers;
mod unseen;
mod wheels;
mod zips;
