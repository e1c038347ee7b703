//! A database of advisories: read whole, proved by its own digest, searched where it lies.

use std::cmp::Ordering;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use spip_core::{Advisory, Location, PackageName, Quoted};

use crate::form::{DIGEST_SLOT, Entry, Header, MAGIC, NAME_SLOT, PREFIX, Source};
use crate::matching::{Subject, collapse};
use crate::osv::bytes_of;

/// A database file that is whole.
#[derive(Debug)]
pub struct Database {
    path: PathBuf,
    header: Header,
    sha256: spip_core::Sha256,
    bytes: Vec<u8>,
    names: usize,
    digests: usize,
    entries: usize,
}

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// It could not be read.
    #[error("cannot be read: {0}")]
    Read(#[from] io::Error),
    /// Larger than [`Database::MOST`].
    #[error("is larger than {} MiB", Database::MOST >> 20)]
    TooLarge,
    /// Not one, or one of another version of this program.
    #[error("was written by another version, or is no database")]
    Foreign,
    /// Not what was written.
    #[error("is damaged")]
    Damaged,
}

/// What a database says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// When it was made.
    pub built: Timestamp,
    /// When the newest of its records was last changed.
    pub newest: Timestamp,
    /// Where its records came from.
    pub sources: Vec<Source>,
    /// How many names it knows.
    pub names: u32,
    /// How many digests of files it knows.
    pub digests: u32,
    /// How many records of malicious releases stand.
    pub malicious: u32,
    /// How many other records stand.
    pub vulnerabilities: u32,
    /// How many records were taken back.
    pub withdrawn: u32,
    /// The digest that the file carries of itself.
    pub sha256: spip_core::Sha256,
    /// Its length in bytes.
    pub size: u64,
}

impl Summary {
    /// How new what it knows is: a database is as old as its newest record, for making one anew of
    /// an old dump makes nothing newer. Records from the future count as made with the database.
    pub fn as_of(&self) -> Timestamp {
        self.newest.min(self.built)
    }

    /// How old what it knows is; never less than nothing.
    pub fn age(&self, now: Timestamp) -> SignedDuration {
        now.duration_since(self.as_of()).max(SignedDuration::ZERO)
    }
}

impl Database {
    /// The largest file that is read, in bytes.
    pub const MOST: u64 = 512 << 20;

    /// So many bytes at the beginning tell one database from another.
    pub const IDENTITY: u64 = (MAGIC.len() + 32) as u64;

    /// Reads a database. `None`: there is none.
    pub fn open(path: &Path) -> Result<Option<Self>, DatabaseError> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut bytes = Vec::new();
        file.take(Self::MOST + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > Self::MOST {
            return Err(DatabaseError::TooLarge);
        }
        Self::from_bytes(path, bytes).map(Some)
    }

    fn from_bytes(path: &Path, bytes: Vec<u8>) -> Result<Self, DatabaseError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(DatabaseError::Foreign)?;
        let (sum, body) = rest
            .split_first_chunk::<32>()
            .ok_or(DatabaseError::Damaged)?;
        if Sha256::digest(body).as_slice() != sum {
            return Err(DatabaseError::Damaged);
        }
        let sha256 = spip_core::Sha256::from_bytes(*sum);
        let (length, body) = body.split_first_chunk().ok_or(DatabaseError::Damaged)?;
        let length = size(u32::from_le_bytes(*length));
        let (header, tables) = body
            .split_at_checked(length)
            .ok_or(DatabaseError::Damaged)?;
        let header: Header = postcard::from_bytes(header).map_err(|_| DatabaseError::Damaged)?;
        let names = PREFIX + length;
        let digests = names + NAME_SLOT * size(header.names);
        let entries = digests + DIGEST_SLOT * size(header.digests);
        if entries - names > tables.len() {
            return Err(DatabaseError::Damaged);
        }
        Ok(Self {
            path: path.to_owned(),
            header,
            sha256,
            bytes,
            names,
            digests,
            entries,
        })
    }

    /// What it says of itself.
    pub fn summary(&self) -> Summary {
        let time = |seconds| Timestamp::from_second(seconds).unwrap_or_default();
        let header = &self.header;
        Summary {
            built: time(header.built),
            newest: time(header.newest),
            sources: header.sources.clone(),
            names: header.names,
            digests: header.digests,
            malicious: header.malicious,
            vulnerabilities: header.vulnerabilities,
            withdrawn: header.withdrawn,
            sha256: self.sha256,
            size: self.bytes.len() as u64,
        }
    }

    /// Everything that it says of the subject, also what was taken back.
    pub fn advisories(&self, subject: Subject<'_>) -> Result<Vec<Advisory>, DatabaseError> {
        let read_at = Location::File {
            path: self.path.clone(),
        };
        let mut entries = Vec::new();
        entries.extend(self.entry_of(subject.name)?);
        let own = entries.len();
        entries.extend(self.entries_with(subject)?);
        let mut found = Vec::new();
        for (place, entry) in entries.iter().enumerate() {
            let is_repeated = place >= own && entry.name == subject.name.as_str();
            if !is_repeated {
                let known = entry.known.iter();
                found.extend(known.filter_map(|stored| stored.about(subject, &read_at)));
            }
        }
        Ok(collapse(found))
    }

    fn entry_of(&self, name: &PackageName) -> Result<Option<Entry>, DatabaseError> {
        let (mut low, mut high) = (0, size(self.header.names));
        while low < high {
            let middle = usize::midpoint(low, high);
            let entry = self.entry(self.names + NAME_SLOT * middle)?;
            match entry.name.as_str().cmp(name.as_str()) {
                Ordering::Equal => return Ok(Some(entry)),
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
            }
        }
        Ok(None)
    }

    /// The entries that list the digest of the file, under whatever name.
    fn entries_with(&self, subject: Subject<'_>) -> Result<Vec<Entry>, DatabaseError> {
        let Some(wanted) = subject.sha256.map(bytes_of) else {
            return Ok(Vec::new());
        };
        let table = self.bytes.get(self.digests..self.entries);
        let (slots, _) = table
            .ok_or(DatabaseError::Damaged)?
            .as_chunks::<DIGEST_SLOT>();
        let first = slots.partition_point(|slot| slot[..32] < wanted[..]);
        let same = slots[first..].iter().enumerate();
        let same = same.take_while(|(_, slot)| slot[..32] == wanted[..]);
        same.map(|(place, _)| self.entry(self.digests + DIGEST_SLOT * (first + place) + 32))
            .collect()
    }

    /// The entry whose place stands at this place.
    fn entry(&self, slot: usize) -> Result<Entry, DatabaseError> {
        let place = self.bytes.get(slot..).and_then(|rest| rest.first_chunk());
        let place = size(u32::from_le_bytes(*place.ok_or(DatabaseError::Damaged)?));
        let entry = self
            .bytes
            .get(self.entries + place..)
            .ok_or(DatabaseError::Damaged)?;
        let (entry, _) = postcard::take_from_bytes(entry).map_err(|_| DatabaseError::Damaged)?;
        Ok(entry)
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where it lies, for people.
    pub fn place(&self) -> Quoted {
        self.path.display().to_string().into()
    }
}

/// A number of a file, on machines whose addresses hold at least as much.
fn size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
