//! What a scan is handed: bytes of archives and modules, files of a tree.

use std::io::{self, Read};

use spip_core::Cause;

/// Random access to the bytes of a file.
pub trait ReadAt: Sync {
    /// Reads some bytes at an offset from the beginning; 0: the file has no more.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// How many bytes there are.
    fn len(&self) -> u64;

    /// Whether there is none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl ReadAt for [u8] {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let rest = usize::try_from(offset)
            .ok()
            .and_then(|offset| self.get(offset..))
            .unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn len(&self) -> u64 {
        u64::try_from(<[u8]>::len(self)).unwrap_or(u64::MAX)
    }
}

impl ReadAt for Vec<u8> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.as_slice().read_at(buffer, offset)
    }

    fn len(&self) -> u64 {
        ReadAt::len(self.as_slice())
    }
}

impl<T: ReadAt + ?Sized> ReadAt for &T {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        (**self).read_at(buffer, offset)
    }

    fn len(&self) -> u64 {
        (**self).len()
    }
}

/// What to scan.
pub enum Input<'a> {
    /// A wheel (PEP 427).
    Wheel {
        /// Its file name: the tags and the project come from there.
        filename: &'a str,
        /// The archive.
        bytes: &'a dyn ReadAt,
    },
    /// A source distribution (PEP 625 and older shapes): `.tar.gz .tgz .tar.bz2 .tar.xz .tar .zip`.
    Sdist {
        /// Its file name: the format and the project come from there.
        filename: &'a str,
        /// The archive.
        bytes: &'a dyn ReadAt,
    },
    /// A source tree or an unpacked package.
    Tree {
        /// What a walk through it finds, directories left out.
        files: &'a mut (dyn Iterator<Item = TreeEntry> + Send),
    },
    /// Files of an environment, relative to where its modules are: what a package was unpacked into.
    Installed {
        /// The files, directories left out.
        files: &'a mut (dyn Iterator<Item = TreeEntry> + Send),
    },
    /// One file: a module, a `.pth` file.
    Module {
        /// Its name.
        path: &'a str,
        /// Its bytes.
        bytes: &'a [u8],
    },
}

/// One entry of a source tree.
#[derive(Debug)]
pub struct TreeEntry {
    /// Relative, parts separated by `/`.
    pub path: String,
    /// What is there.
    pub what: TreeWhat,
}

/// What an entry of a tree is.
#[derive(Debug)]
pub enum TreeWhat {
    /// A file.
    File {
        /// Its bytes.
        bytes: Vec<u8>,
        /// Whether it may be executed.
        executable: bool,
    },
    /// A symbolic link.
    Link {
        /// Where it leads, as written.
        target: String,
    },
    /// Something that is no file: "fifo", "device".
    Other(&'static str),
    /// A file that the walk could not read, and why.
    Unread(Cause, String),
}

/// Reads a part of a file from front to back.
pub(crate) struct Window<'a> {
    bytes: &'a dyn ReadAt,
    at: u64,
    end: u64,
}

impl<'a> Window<'a> {
    /// The part between two offsets.
    pub(crate) fn new(bytes: &'a dyn ReadAt, at: u64, end: u64) -> Self {
        Self { bytes, at, end }
    }

    /// The whole file.
    pub(crate) fn whole(bytes: &'a dyn ReadAt) -> Self {
        Self::new(bytes, 0, bytes.len())
    }
}

impl Read for Window<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let wanted = left.min(buffer.len());
        if wanted == 0 {
            return Ok(0);
        }
        let count = self.bytes.read_at(&mut buffer[..wanted], self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

/// Reads up to so many bytes at an offset.
pub(crate) fn read_part(bytes: &dyn ReadAt, at: u64, count: usize) -> io::Result<Vec<u8>> {
    let mut part = Vec::with_capacity(count.min(1 << 16));
    let end = at.saturating_add(count as u64).min(bytes.len());
    Window::new(bytes, at, end).read_to_end(&mut part)?;
    Ok(part)
}
