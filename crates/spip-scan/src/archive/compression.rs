//! Takes the compression off a tar archive.

use std::io::{self, BufRead, BufReader, Read};

use bzip2::bufread::BzDecoder;
use flate2::bufread::GzDecoder;
use lzma_rust2::XzReader;

use crate::input::{ReadAt, Window, read_part};

/// How much memory an xz archive may ask for, in KiB: `xz -9` asks for 65 MiB.
const XZ_MEMORY: u32 = 100_000;

/// A tar archive, unpacked while it is read. The format is told by its first bytes.
pub(crate) struct Unpacked<'a> {
    kind: Kind<'a>,
    /// Bytes other than zeros behind the end of the compressed data.
    pub(crate) behind: u64,
}

enum Kind<'a> {
    Plain(Window<'a>),
    Gzip(Box<GzDecoder<BufReader<Window<'a>>>>),
    Bzip2(BzDecoder<BufReader<Window<'a>>>),
    Xz(Box<XzReader<BufReader<Window<'a>>>>),
    Ended,
}

impl<'a> Unpacked<'a> {
    /// Begins to read.
    pub(crate) fn new(bytes: &'a dyn ReadAt) -> io::Result<Self> {
        let head = read_part(bytes, 0, 6)?;
        let packed = BufReader::with_capacity(1 << 16, Window::whole(bytes));
        let kind = if head.starts_with(&[0x1f, 0x8b]) {
            Kind::Gzip(Box::new(GzDecoder::new(packed)))
        } else if head.starts_with(b"BZh") {
            Kind::Bzip2(BzDecoder::new(packed))
        } else if head.starts_with(b"\xfd7zXZ\0") {
            Kind::Xz(Box::new(XzReader::new_mem_limit(packed, true, XZ_MEMORY)))
        } else {
            Kind::Plain(Window::whole(bytes))
        };
        Ok(Self { kind, behind: 0 })
    }

    /// Goes on behind the end of one compressed stream: another one, or the end of the file.
    fn next_stream(&mut self) -> io::Result<()> {
        let (mut rest, magic) = match std::mem::replace(&mut self.kind, Kind::Ended) {
            Kind::Gzip(ended) => (ended.into_inner(), 0x1f),
            Kind::Bzip2(ended) => (ended.into_inner(), b'B'),
            Kind::Plain(_) | Kind::Xz(_) | Kind::Ended => return Ok(()),
        };
        if rest.fill_buf()?.first() == Some(&magic) {
            self.kind = if magic == b'B' {
                Kind::Bzip2(BzDecoder::new(rest))
            } else {
                Kind::Gzip(Box::new(GzDecoder::new(rest)))
            };
            return Ok(());
        }
        self.behind = count_behind(&mut rest)?;
        Ok(())
    }
}

impl Read for Unpacked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = match &mut self.kind {
                Kind::Plain(data) => data.read(buffer)?,
                Kind::Gzip(data) => data.read(buffer)?,
                Kind::Bzip2(data) => data.read(buffer)?,
                Kind::Xz(data) => data.read(buffer)?,
                Kind::Ended => return Ok(0),
            };
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            self.next_stream()?;
        }
    }
}

/// How many bytes there are up to the end of the file, if they are not zeros all the way: tapes
/// and tools pad with zeros.
pub(crate) fn count_behind(reader: &mut dyn Read) -> io::Result<u64> {
    let mut buffer = vec![0; 1 << 14];
    let (mut count, mut last) = (0_u64, 0_u64);
    loop {
        let read = reader.read(&mut buffer)?;
        if read == 0 {
            return Ok(last);
        }
        if let Some(at) = buffer[..read].iter().rposition(|byte| *byte != 0) {
            last = count + at as u64 + 1;
        }
        count += read as u64;
    }
}
