//! Policy files: what they may say, how several of them are put together, how exceptions get into
//! them.
//!
//! This crate sees texts and never a file, a variable or the clock.

mod document;
mod error;
mod layers;
mod reading;
mod schema;
mod waive;

pub use crate::document::{CheckLevel, Document, Exception, Intel, MinAge, OnGap, Strictness};
pub use crate::error::{PolicyError, Spot, Trouble};
pub use crate::layers::{Effective, Layer, Layers, Setting};
pub use crate::reading::{Home, read};
pub use crate::schema::schema;
pub use crate::waive::{Additions, add_exception, extend};
