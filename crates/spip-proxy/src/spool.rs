//! Takes in a body piece by piece: hashes it, and moves it to disk when it grows.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest as _, Sha256 as Hasher};
use spip_core::Sha256;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

use crate::{Body, Limits, Reason};

/// Room is counted in blocks of this many bytes.
const BLOCK: u64 = 64 << 10;
/// Pieces are written to disk together.
const AT_ONCE: usize = 1 << 20;

/// How much room is left for bodies, and where the large ones go.
pub(crate) struct Room {
    memory: Arc<Semaphore>,
    disk: Arc<Semaphore>,
    in_memory: u64,
    largest: u64,
    directory: PathBuf,
}

impl Room {
    pub(crate) fn new(limits: &Limits, directory: PathBuf) -> Self {
        let semaphore = |bytes: u64| {
            let blocks = usize::try_from(bytes / BLOCK).unwrap_or(usize::MAX);
            Arc::new(Semaphore::new(blocks.min(Semaphore::MAX_PERMITS)))
        };
        Self {
            memory: semaphore(limits.memory),
            disk: semaphore(limits.disk),
            in_memory: limits.in_memory,
            largest: limits.file,
            directory,
        }
    }
}

fn take(room: &Arc<Semaphore>, bytes: u64) -> Option<OwnedSemaphorePermit> {
    let blocks = u32::try_from(bytes.div_ceil(BLOCK)).ok()?;
    Arc::clone(room).try_acquire_many_owned(blocks).ok()
}

/// A body that is being taken in.
pub(crate) struct Spool<'r> {
    room: &'r Room,
    hash: Hasher,
    size: u64,
    pieces: Vec<u8>,
    file: Option<File>,
    held: Option<OwnedSemaphorePermit>,
    held_bytes: u64,
}

impl<'r> Spool<'r> {
    /// A body of which this size is expected.
    pub(crate) fn new(room: &'r Room, expected: Option<u64>) -> Result<Self, Reason> {
        let mut spool = Self {
            room,
            hash: Hasher::new(),
            size: 0,
            pieces: Vec::new(),
            file: None,
            held: None,
            held_bytes: 0,
        };
        if let Some(expected) = expected {
            if expected > room.largest {
                return Err(Reason::TooLarge(room.largest));
            }
            if expected > room.in_memory {
                spool.move_to_disk()?;
            } else if spool.hold(expected) {
                spool
                    .pieces
                    .reserve_exact(usize::try_from(expected).unwrap_or(0));
            }
        }
        Ok(spool)
    }

    /// Takes in the next piece.
    pub(crate) async fn add(&mut self, piece: &[u8]) -> Result<(), Reason> {
        self.size += piece.len() as u64;
        if self.size > self.room.largest {
            return Err(Reason::TooLarge(self.room.largest));
        }
        self.hash.update(piece);
        let fits = self.size <= self.room.in_memory && self.hold(self.size);
        if self.file.is_none() && !fits {
            self.move_to_disk()?;
        }
        self.pieces.extend_from_slice(piece);
        if self.file.is_some() && self.pieces.len() >= AT_ONCE {
            self.write().await?;
        }
        Ok(())
    }

    /// The digest of everything, and the bytes.
    pub(crate) async fn finish(mut self) -> Result<(Sha256, Body), Reason> {
        if self.file.is_some() {
            self.write().await?;
        }
        let digest = Sha256::from_bytes(self.hash.finalize().into());
        let body = match self.file {
            None => Body::in_memory(Bytes::from(self.pieces), self.held),
            Some(file) => Body::on_disk(file, self.size, self.held),
        };
        Ok((digest, body))
    }

    /// Whether there is room for this many bytes where they are going.
    fn hold(&mut self, bytes: u64) -> bool {
        let room = match &self.file {
            None => &self.room.memory,
            Some(_) => &self.room.disk,
        };
        let Some(more) = bytes.checked_sub(self.held_bytes).filter(|more| *more > 0) else {
            return true;
        };
        // Whole blocks, so that small pieces do not ask each time.
        let more = more.max(BLOCK * 16);
        let Some(permit) = take(room, more) else {
            return false;
        };
        match &mut self.held {
            Some(held) => held.merge(permit),
            None => self.held = Some(permit),
        }
        self.held_bytes += more;
        true
    }

    fn move_to_disk(&mut self) -> Result<(), Reason> {
        self.held = None;
        self.held_bytes = 0;
        let file = tempfile::tempfile_in(&self.room.directory).map_err(|error| failed(&error))?;
        self.file = Some(file);
        Ok(())
    }

    async fn write(&mut self) -> Result<(), Reason> {
        if !self.hold(self.size) {
            return Err(Reason::Full);
        }
        let Some(mut file) = self.file.take() else {
            return Ok(());
        };
        let pieces = std::mem::take(&mut self.pieces);
        let written = spawn_blocking(move || file.write_all(&pieces).map(|()| (file, pieces)));
        let written = written
            .await
            .map_err(|error| failed(&io::Error::other(error)))?;
        let (file, mut pieces) = written.map_err(|error| failed(&error))?;
        pieces.clear();
        self.file = Some(file);
        self.pieces = pieces;
        Ok(())
    }
}

fn failed(error: &io::Error) -> Reason {
    Reason::Internal(format!("cannot be kept: {error}").into())
}
