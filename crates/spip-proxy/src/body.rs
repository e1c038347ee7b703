//! Judged bytes, in memory or in a file that has no name.

use std::fmt;
use std::fs::File;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::OwnedSemaphorePermit;

/// The bytes of one file. Cheap to clone.
#[derive(Clone)]
pub struct Body(Arc<Held>);

struct Held {
    place: Place,
    size: u64,
    _room: Option<OwnedSemaphorePermit>,
}

enum Place {
    Memory(Bytes),
    Disk(File),
}

impl Body {
    pub(crate) fn in_memory(bytes: Bytes, room: Option<OwnedSemaphorePermit>) -> Self {
        Self(Arc::new(Held {
            size: bytes.len() as u64,
            place: Place::Memory(bytes),
            _room: room,
        }))
    }

    pub(crate) fn on_disk(file: File, size: u64, room: Option<OwnedSemaphorePermit>) -> Self {
        Self(Arc::new(Held {
            place: Place::Disk(file),
            size,
            _room: room,
        }))
    }

    /// How many bytes it has.
    pub fn size(&self) -> u64 {
        self.0.size
    }

    /// The bytes, where they are in memory.
    pub fn bytes(&self) -> Option<&Bytes> {
        match &self.0.place {
            Place::Memory(bytes) => Some(bytes),
            Place::Disk(_) => None,
        }
    }

    /// The file, where they are on disk. It has no name; its position is nobody's to rely on.
    pub fn file(&self) -> Option<&File> {
        match &self.0.place {
            Place::Memory(_) => None,
            Place::Disk(file) => Some(file),
        }
    }

    /// Reads from this offset on; 0 at the end. Blocks where the bytes are on disk.
    pub fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        match &self.0.place {
            Place::Memory(bytes) => {
                let start = usize::try_from(offset).map_or(bytes.len(), |at| at.min(bytes.len()));
                let length = buffer.len().min(bytes.len() - start);
                buffer[..length].copy_from_slice(&bytes[start..start + length]);
                Ok(length)
            }
            Place::Disk(file) => read_file_at(file, buffer, offset),
        }
    }
}

#[cfg(unix)]
fn read_file_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_file_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match &self.0.place {
            Place::Memory(_) => "memory",
            Place::Disk(_) => "disk",
        };
        write!(f, "Body({} bytes in {place})", self.0.size)
    }
}
