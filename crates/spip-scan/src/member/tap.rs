//! Digests bytes while they are read.

use std::io::{self, Read};

use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// The digests that RECORD may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

enum Hasher {
    Sha256(Sha256),
    Sha384(Sha384),
    Sha512(Sha512),
}

/// A reader that counts and digests what goes through.
pub(crate) struct Tap<'a> {
    inner: &'a mut dyn Read,
    hasher: Option<Hasher>,
    count: u64,
}

impl<'a> Tap<'a> {
    /// Begins.
    pub(crate) fn new(inner: &'a mut dyn Read, algorithm: Option<Algorithm>) -> Self {
        let hasher = algorithm.map(|algorithm| match algorithm {
            Algorithm::Sha256 => Hasher::Sha256(Sha256::new()),
            Algorithm::Sha384 => Hasher::Sha384(Sha384::new()),
            Algorithm::Sha512 => Hasher::Sha512(Sha512::new()),
        });
        Self {
            inner,
            hasher,
            count: 0,
        }
    }

    /// Reads what is left.
    pub(crate) fn drain(&mut self) -> io::Result<()> {
        let mut buffer = [0; 1 << 14];
        while self.read(&mut buffer)? > 0 {}
        Ok(())
    }

    /// How many bytes went through.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// The digest of what went through.
    pub(crate) fn digest(self) -> Option<Vec<u8>> {
        Some(match self.hasher? {
            Hasher::Sha256(hasher) => hasher.finalize().to_vec(),
            Hasher::Sha384(hasher) => hasher.finalize().to_vec(),
            Hasher::Sha512(hasher) => hasher.finalize().to_vec(),
        })
    }
}

impl Read for Tap<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let part = &buffer[..count];
        match &mut self.hasher {
            None => {}
            Some(Hasher::Sha256(hasher)) => hasher.update(part),
            Some(Hasher::Sha384(hasher)) => hasher.update(part),
            Some(Hasher::Sha512(hasher)) => hasher.update(part),
        }
        self.count += count as u64;
        Ok(count)
    }
}
