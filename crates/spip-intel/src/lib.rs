//! Lists of known-bad releases: OSV records, a compact database of them, what they say of a package.
//!
//! [`Record::parse`] reads one record of the [OSV schema](https://ossf.github.io/osv-schema/),
//! [`Builder`] makes a database file of many, and [`Database`] answers from it. Nothing here uses the
//! network; what is read is bounded, and a file that is not what was written is an error.

mod build;
mod cvss;
mod database;
mod form;
mod historic;
mod matching;
mod osv;
mod scope;
pub mod service;
mod sources;

pub use crate::build::{BuildError, Builder};
pub use crate::database::{Database, DatabaseError, Summary};
pub use crate::form::Source;
pub use crate::historic::historic;
pub use crate::matching::{Subject, collapse};
pub use crate::osv::{Record, RecordError};
pub use crate::sources::{Progress, SourceError, read_folder, read_zip};
