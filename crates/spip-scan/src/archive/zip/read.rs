//! Unpacks one member of a zip archive and checks its size and checksum.

use std::io::{self, BufReader, Read};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

use crate::archive::zip::ZipMember;
use crate::input::{ReadAt, Window};
use crate::watch::{Watch, Watched};

/// Reads the data of a member; its end is reached only if size and checksum are right.
pub(crate) struct ZipReader<'a> {
    data: Watched<'a, Data<'a>>,
    crc: Crc,
    size: u64,
    member: &'a ZipMember,
}

enum Data<'a> {
    Stored(Window<'a>),
    Deflated(DeflateDecoder<BufReader<Window<'a>>>),
}

impl Read for Data<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Stored(data) => data.read(buffer),
            Self::Deflated(data) => data.read(buffer),
        }
    }
}

impl<'a> ZipReader<'a> {
    /// Begins to read; `None` if the audit found that the member cannot be read.
    pub(crate) fn new(
        bytes: &'a dyn ReadAt,
        member: &'a ZipMember,
        watch: &'a Watch<'a>,
    ) -> Option<Self> {
        if !member.readable {
            return None;
        }
        let (begin, end) = member.data;
        let window = Window::new(bytes, begin, end);
        let packed = end.saturating_sub(begin);
        let data = match member.method {
            0 => Data::Stored(window),
            _ => {
                let room = usize::try_from(packed).unwrap_or(usize::MAX);
                let buffered = BufReader::with_capacity(room.clamp(512, 1 << 15), window);
                Data::Deflated(DeflateDecoder::new(buffered))
            }
        };
        Some(Self {
            data: watch.over(data, Some(packed)),
            crc: Crc::new(),
            size: 0,
            member,
        })
    }
}

impl Read for ZipReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let count = self.data.read(buffer)?;
        self.crc.update(&buffer[..count]);
        self.size += count as u64;
        let declared = self.member.entry.size;
        if self.size > declared || (count == 0 && self.size < declared) {
            return Err(io::Error::other("its size is not the declared one"));
        }
        if count == 0 && self.crc.sum() != self.member.crc {
            return Err(io::Error::other("its checksum is not the declared one"));
        }
        Ok(count)
    }
}
