//! Many records into one database file.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::path::Path;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::form::{Entry, Header, MAGIC, Source, Stored};
use crate::osv::Record;

/// Records on their way into a database. One id is kept once.
#[derive(Debug, Default)]
pub struct Builder {
    records: HashMap<String, Record>,
    sources: Vec<Source>,
    weight: usize,
}

/// Why no database was made.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// More than fits.
    #[error("keep so many records: more than {} MiB of them", Builder::MOST >> 20)]
    TooMuch,
    /// Nothing in it.
    #[error("make a database: the sources hold no usable record about PyPI")]
    Empty,
    /// It could not be written.
    #[error("write the database: {0}")]
    Write(#[from] io::Error),
}

impl Builder {
    /// How many bytes all records may take, about.
    pub const MOST: usize = 512 << 20;

    /// Begins a source; records that follow count for it.
    pub fn begin(&mut self, source: Source) {
        self.sources.push(source);
    }

    /// Says what is known of the present source only at its end.
    pub fn source_mut(&mut self) -> Option<&mut Source> {
        self.sources.last_mut()
    }

    /// Adds a record. Of several with one id one that was taken back stays, else the one that was
    /// changed last. One that is about nothing on `PyPI` is left out.
    pub fn add(&mut self, record: Record) -> Result<(), BuildError> {
        if let Some(source) = self.sources.last_mut() {
            source.records += 1;
        }
        if record.affected.is_empty() {
            return Ok(());
        }
        let rank = |record: &Record| (record.withdrawn, record.modified);
        match self.records.get(&record.id) {
            Some(known) if rank(known) >= rank(&record) => return Ok(()),
            Some(known) => self.weight = self.weight.saturating_sub(known.weight()),
            None => {}
        }
        self.weight += record.weight();
        if self.weight > Self::MOST {
            return Err(BuildError::TooMuch);
        }
        self.records.insert(record.id.clone(), record);
        Ok(())
    }

    /// A record could not be used.
    pub fn skip(&mut self) {
        if let Some(source) = self.sources.last_mut() {
            source.unusable += 1;
        }
    }

    /// Puts the database in place of the one before it, whole or not at all.
    pub fn write(self, path: &Path, now: Timestamp) -> Result<(), BuildError> {
        if self.records.is_empty() {
            return Err(BuildError::Empty);
        }
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::Builder::new()
            .prefix(".new-")
            .tempfile_in(folder)?;
        file.write_all(&self.into_bytes(now)?)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    }

    fn into_bytes(self, now: Timestamp) -> io::Result<Vec<u8>> {
        let mut header = Header {
            built: now.as_second(),
            sources: self.sources,
            ..Header::default()
        };
        let mut by_name: BTreeMap<String, Vec<Stored>> = BTreeMap::new();
        for record in self.records.into_values() {
            header.newest = header.newest.max(record.modified);
            *match (record.withdrawn, record.malicious) {
                (true, _) => &mut header.withdrawn,
                (false, true) => &mut header.malicious,
                (false, false) => &mut header.vulnerabilities,
            } += 1;
            for part in record.parts() {
                by_name
                    .entry(part.affected.name.clone())
                    .or_default()
                    .push(part);
            }
        }
        let (mut names, mut digests, mut entries) = (Vec::new(), Vec::new(), Vec::new());
        for (name, mut known) in by_name {
            known.sort_by(|one, other| one.id.cmp(&other.id));
            let place = u32::try_from(entries.len()).map_err(io::Error::other)?;
            names.push(place);
            let listed = known.iter().flat_map(|stored| &stored.affected.digests);
            digests.extend(listed.map(|digest| (*digest, place)));
            let entry = postcard::to_allocvec(&Entry { name, known });
            entries.extend(entry.map_err(io::Error::other)?);
        }
        digests.sort_unstable();
        digests.dedup();
        header.names = u32::try_from(names.len()).map_err(io::Error::other)?;
        header.digests = u32::try_from(digests.len()).map_err(io::Error::other)?;
        let header = postcard::to_allocvec(&header).map_err(io::Error::other)?;
        let length = u32::try_from(header.len()).map_err(io::Error::other)?;

        let mut body = length.to_le_bytes().to_vec();
        body.extend(header);
        for place in names {
            body.extend(place.to_le_bytes());
        }
        for (digest, place) in digests {
            body.extend(digest);
            body.extend(place.to_le_bytes());
        }
        body.extend(entries);
        let sum = Sha256::digest(&body);
        Ok([MAGIC, sum.as_slice(), &body].concat())
    }
}
