//! What was normal for a project when its releases were installed, and a log of what was decided.
//!
//! Both are plain files of one user in one directory: a file per project that is replaced whole, and
//! a log that only grows. One damaged file costs what one project was like, never the rest.

mod log;
mod past;
mod private;
mod store;

pub use crate::log::{Ended, History, Judged, Line, Log};
pub use crate::store::{Learned, Store};
