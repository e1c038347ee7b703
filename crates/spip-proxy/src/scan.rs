//! Looks for archives in what passes by, unpacked if it was packed for the journey.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;
use memchr::memmem;

use crate::Reason;
use crate::kind::{HEAD, is_archive};

/// The last record of every zip archive: what stands before it may be anything.
const END_OF_ZIP: &[u8] = b"PK\x05\x06";

/// Follows one body.
pub(crate) enum Scan {
    Plain(Look),
    Packed(Box<MultiGzDecoder<Look>>),
}

/// What has been seen so far, unpacked.
pub(crate) struct Look {
    head: Vec<u8>,
    tail: Vec<u8>,
    kept: Option<Vec<u8>>,
    size: u64,
    largest: u64,
    found: bool,
}

impl Scan {
    /// For a body with this `Content-Encoding`. `keep`: its unpacked bytes are wanted afterwards.
    pub(crate) fn new(encoding: Option<&[u8]>, largest: u64, keep: bool) -> Result<Self, Reason> {
        let look = Look {
            head: Vec::new(),
            tail: Vec::new(),
            kept: keep.then(Vec::new),
            size: 0,
            largest,
            found: false,
        };
        match encoding.unwrap_or_default().to_ascii_lowercase().as_slice() {
            b"" | b"identity" => Ok(Self::Plain(look)),
            b"gzip" | b"x-gzip" => Ok(Self::Packed(Box::new(MultiGzDecoder::new(look)))),
            _ => Err(Reason::senseless("it is encoded as nobody asked for")),
        }
    }

    /// Looks at the next piece.
    pub(crate) fn feed(&mut self, piece: &[u8]) -> Result<(), Reason> {
        let written = match self {
            Self::Plain(look) => look.write_all(piece),
            Self::Packed(decoder) => decoder.write_all(piece).and_then(|()| decoder.flush()),
        };
        let look = self.look();
        if look.found {
            return Err(Reason::Hidden);
        }
        if look.size > look.largest {
            return Err(Reason::TooLarge(look.largest));
        }
        written.map_err(|error| Reason::Broken(error.to_string().into()))
    }

    /// Whether the body that ends here is an archive by its head, and its bytes if they were kept.
    pub(crate) fn finish(self) -> Result<(bool, Vec<u8>), Reason> {
        let look = match self {
            Self::Plain(look) => look,
            Self::Packed(decoder) => decoder
                .finish()
                .map_err(|error| Reason::Broken(error.to_string().into()))?,
        };
        Ok((is_archive(&look.head), look.kept.unwrap_or_default()))
    }

    /// Whether enough was seen to know how the body begins.
    pub(crate) fn knows_head(&self) -> bool {
        self.look().head.len() >= HEAD
    }

    /// Whether the body is an archive by what was seen of its head.
    pub(crate) fn is_archive(&self) -> bool {
        is_archive(&self.look().head)
    }

    fn look(&self) -> &Look {
        match self {
            Self::Plain(look) => look,
            Self::Packed(decoder) => decoder.get_ref(),
        }
    }
}

impl Write for Look {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.size += piece.len() as u64;
        if self.size > self.largest {
            return Err(io::Error::other("it is too large"));
        }
        let missing = HEAD - self.head.len();
        self.head
            .extend_from_slice(&piece[..missing.min(piece.len())]);
        if let Some(kept) = &mut self.kept {
            kept.extend_from_slice(piece);
        }
        self.found |= self.ends_a_zip(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Look {
    fn ends_a_zip(&mut self, piece: &[u8]) -> bool {
        const OVERLAP: usize = END_OF_ZIP.len() - 1;
        self.tail
            .extend_from_slice(&piece[..piece.len().min(OVERLAP)]);
        let across = memmem::find(&self.tail, END_OF_ZIP).is_some();
        let last = &piece[piece.len().saturating_sub(OVERLAP)..];
        if piece.len() >= OVERLAP {
            self.tail.clear();
            self.tail.extend_from_slice(last);
        } else {
            let surplus = self.tail.len().saturating_sub(OVERLAP);
            self.tail.drain(..surplus);
        }
        across || memmem::find(piece, END_OF_ZIP).is_some()
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn looked(
        encoding: Option<&[u8]>,
        body: &[u8],
        step: usize,
    ) -> Result<(bool, Vec<u8>), Reason> {
        let mut scan = Scan::new(encoding, 1 << 20, true)?;
        for piece in body.chunks(step) {
            scan.feed(piece)?;
        }
        scan.finish()
    }

    #[test]
    fn finds_the_end_of_a_zip_wherever_it_is_cut() {
        let body = b"<html>not only a page PK\x05\x06 and more";
        for step in 1..body.len() {
            assert_eq!(looked(None, body, step), Err(Reason::Hidden), "{step}");
            assert_eq!(
                looked(Some(b"gzip"), &packed(body), step),
                Err(Reason::Hidden)
            );
        }
    }

    #[test]
    fn gives_back_what_was_packed_for_the_journey() {
        let body = b"<html>a page</html>".repeat(100);
        assert_eq!(looked(None, &body, 7), Ok((false, body.clone())));
        assert_eq!(
            looked(Some(b"GZIP"), &packed(&body), 7),
            Ok((false, body.clone()))
        );
        assert!(
            looked(Some(b"gzip"), &packed(&body)[..40], 7).is_err(),
            "cut off"
        );
        assert!(looked(Some(b"br"), &body, 7).is_err());
        assert!(looked(Some(b"gzip, gzip"), &body, 7).is_err());
    }

    #[test]
    fn an_archive_below_its_packing_is_still_an_archive() {
        assert!(looked(Some(b"gzip"), &packed(b"BZh9xxx"), 9).unwrap().0);
    }

    #[test]
    fn a_small_answer_does_not_unpack_to_a_large_one() {
        let bomb = packed(&vec![0; 64 << 20]);
        assert_eq!(
            looked(Some(b"gzip"), &bomb, 4096),
            Err(Reason::TooLarge(1 << 20))
        );
    }
}
