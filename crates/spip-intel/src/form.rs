//! The form of a database file: a digest of the rest, a header, sorted tables, and the records.
//!
//! ```text
//! magic | sha256 of all that follows | length of the header | header
//!       | for each name, sorted: where its entry begins (4 bytes)
//!       | for each digest, sorted: the digest (32 bytes), where its entry begins (4 bytes)
//!       | entries: a name and what is known of it
//! ```
//!
//! Numbers are little-endian; header and entries are in postcard's form.

use serde::{Deserialize, Serialize};

use crate::cvss::Kept;
use crate::osv::Affected;

/// The first bytes of each file; the number changes with the form.
pub(crate) const MAGIC: &[u8] = b"spip-intel 1\n";
/// Everything before the header.
pub(crate) const PREFIX: usize = MAGIC.len() + 32 + 4;
/// Bytes of one place in the table of names.
pub(crate) const NAME_SLOT: usize = 4;
/// Bytes of one place in the table of digests.
pub(crate) const DIGEST_SLOT: usize = 36;

/// What a file says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Header {
    /// When it was made, in seconds.
    pub(crate) built: i64,
    /// When the newest of its records was last changed, in seconds.
    pub(crate) newest: i64,
    pub(crate) sources: Vec<Source>,
    pub(crate) names: u32,
    pub(crate) digests: u32,
    pub(crate) malicious: u32,
    pub(crate) vulnerabilities: u32,
    pub(crate) withdrawn: u32,
}

/// Where records of a database came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The folder, archive or address as it was given.
    pub name: String,
    /// The digest of the archive, in hexadecimal; a folder has none.
    pub sha256: Option<String>,
    /// How many records were read in it.
    pub records: u32,
    /// How many could not be used.
    pub unusable: u32,
}

/// Everything about one name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) known: Vec<Stored>,
}

/// One record's part about one package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stored {
    pub(crate) id: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) malicious: bool,
    pub(crate) withdrawn: bool,
    pub(crate) summary: String,
    pub(crate) rating: Option<Kept>,
    pub(crate) affected: Affected,
}
