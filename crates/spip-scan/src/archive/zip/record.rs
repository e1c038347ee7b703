//! The two headers of a zip member, and whether they agree.

use std::io;

use rawzip::ZipFileHeaderRecord;
use spip_core::Odd;

use crate::input::{ReadAt, read_part};

/// Encryption, patches, strong encryption, masked headers: what the flags of both headers must say
/// alike. The others are hints of the packer or tell how names are encoded.
const WEIGHTY_FLAGS: u16 = 1 | PATCHED | 1 << 6 | 1 << 13;

/// The flag for data that is a patch of another file.
const PATCHED: u16 = 1 << 5;

/// The flag for sizes that follow the data.
const DESCRIPTOR: u16 = 1 << 3;

/// The extra field that gives a member another name (Info-ZIP's Unicode path).
const UNICODE_PATH: u16 = 0x7075;

/// The extra field with sizes of 64 bits.
const ZIP64: u16 = 1;

/// What the directory says about a member.
pub(super) struct Central {
    pub(super) path: String,
    name: Vec<u8>,
    flags: u16,
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) packed: u64,
    pub(super) size: u64,
    pub(super) header: u64,
    pub(super) mode: u32,
    other_name: Option<Vec<u8>>,
}

impl Central {
    pub(super) fn new(found: &ZipFileHeaderRecord<'_>) -> Self {
        let name = found.file_path().as_ref().to_vec();
        // Only archives made on Unix keep a mode in the upper half.
        let mode = found.external_attributes() >> 16;
        let other_name = found
            .extra_fields()
            .find(|(id, _)| id.as_u16() == UNICODE_PATH)
            .map(|(_, data)| data.get(5..).unwrap_or_default().to_vec());
        Self {
            path: String::from_utf8_lossy(&name).into_owned(),
            name,
            flags: flags(found),
            method: found.compression_method().as_u16(),
            crc: found.crc32(),
            packed: found.compressed_size_hint(),
            size: found.uncompressed_size_hint(),
            header: found.local_header_offset(),
            mode,
            other_name,
        }
    }

    pub(super) fn encrypted(&self) -> bool {
        self.flags & WEIGHTY_FLAGS & !PATCHED != 0
    }

    pub(super) fn patched(&self) -> bool {
        self.flags & PATCHED != 0
    }
}

/// The flags as a number.
fn flags(found: &ZipFileHeaderRecord<'_>) -> u16 {
    found.flags().bits()
}

/// How long the extra fields of a directory entry are.
pub(super) fn extra_length(found: &ZipFileHeaderRecord<'_>) -> usize {
    let fields = found.extra_fields();
    fields.remaining_bytes().len()
}

/// What stands right before a member's data.
pub(super) struct Local {
    name: Vec<u8>,
    flags: u16,
    method: u16,
    crc: u32,
    packed: u64,
    size: u64,
    other_name: Option<Vec<u8>>,
    /// Where the data begins.
    pub(super) data: u64,
}

impl Local {
    /// Reads the header at an offset.
    pub(super) fn read(bytes: &dyn ReadAt, at: u64) -> io::Result<Self> {
        let part = read_part(bytes, at, 30)?;
        let header: &[u8; 30] = part
            .as_slice()
            .try_into()
            .map_err(|_| io::Error::other("the file ends before"))?;
        if header[..4] != *b"PK\x03\x04" {
            return Err(io::Error::other("no signature there"));
        }
        let name_length = usize::from(u16_at(header, 26));
        let extra_length = usize::from(u16_at(header, 28));
        let rest = read_part(bytes, at + 30, name_length + extra_length)?;
        if rest.len() < name_length + extra_length {
            return Err(io::Error::other("the file ends before"));
        }
        let (name, extra) = rest.split_at(name_length);
        let mut local = Self {
            name: name.to_vec(),
            flags: u16_at(header, 6),
            method: u16_at(header, 8),
            crc: u32_at(header, 14),
            packed: u64::from(u32_at(header, 18)),
            size: u64::from(u32_at(header, 22)),
            other_name: None,
            data: at + 30 + rest.len() as u64,
        };
        local.extra(extra);
        Ok(local)
    }

    /// Reads the extra fields that matter.
    fn extra(&mut self, mut extra: &[u8]) {
        while extra.len() >= 4 {
            let (id, length) = (u16_at(extra, 0), usize::from(u16_at(extra, 2)));
            let Some(data) = extra.get(4..4 + length) else {
                return;
            };
            extra = &extra[4 + length..];
            match id {
                ZIP64 => self.wide_sizes(data),
                UNICODE_PATH => {
                    self.other_name = Some(data.get(5..).unwrap_or_default().to_vec());
                }
                _ => {}
            }
        }
    }

    fn wide_sizes(&mut self, data: &[u8]) {
        let mut words = data.chunks_exact(8).map(u64_of);
        for value in [&mut self.size, &mut self.packed] {
            if *value == u64::from(u32::MAX)
                && let Some(wide) = words.next()
            {
                *value = wide;
            }
        }
    }

    /// In what the two headers differ.
    pub(super) fn compare(&self, central: &Central) -> Vec<(Odd, String)> {
        let mut found = Vec::new();
        let mut differ = |what: &str, here: String, there: String| {
            let detail =
                format!("the {what} is {here} before the data and {there} in the directory");
            found.push((Odd::HeaderMismatch, detail));
        };
        if self.name != central.name {
            let here = String::from_utf8_lossy(&self.name);
            differ("name", format!("`{here}`"), format!("`{}`", central.path));
        }
        if (self.flags ^ central.flags) & WEIGHTY_FLAGS != 0 {
            let (here, there) = (self.flags, central.flags);
            differ("flag word", format!("{here:#x}"), format!("{there:#x}"));
        }
        if self.method != central.method {
            differ(
                "method",
                self.method.to_string(),
                central.method.to_string(),
            );
        }
        // Sizes that follow the data are left out of the local header, or are a guess.
        let follows = (self.flags | central.flags) & DESCRIPTOR != 0;
        let empty = |value: u64| follows && (value == 0 || value == u64::from(u32::MAX));
        if self.crc != central.crc && !empty(u64::from(self.crc)) {
            let (here, there) = (self.crc, central.crc);
            differ("checksum", format!("{here:08x}"), format!("{there:08x}"));
        }
        for (what, here, there) in [
            ("packed size", self.packed, central.packed),
            ("size", self.size, central.size),
        ] {
            if here != there && !empty(here) {
                differ(what, here.to_string(), there.to_string());
            }
        }
        for other in [&self.other_name, &central.other_name]
            .into_iter()
            .flatten()
        {
            if *other != central.name {
                let other = String::from_utf8_lossy(other);
                differ(
                    "name in an extra field",
                    format!("`{other}`"),
                    format!("`{}`", central.path),
                );
            }
        }
        found
    }
}

/// Whether bytes behind a member's data repeat its checksum and sizes, in one of the ways that
/// tools write them.
pub(super) fn is_descriptor(found: &[u8], crc: u32, packed: u64, size: u64) -> bool {
    let body = found.strip_prefix(b"PK\x07\x08").unwrap_or(found);
    let Some((sum, sizes)) = body.split_first_chunk::<4>() else {
        return false;
    };
    let told = match sizes.len() {
        8 => (u64::from(u32_at(sizes, 0)), u64::from(u32_at(sizes, 4))),
        16 => (u64_of(&sizes[..8]), u64_of(&sizes[8..])),
        _ => return false,
    };
    u32::from_le_bytes(*sum) == crc && told == (packed, size)
}

/// What the records at the end say about the directory.
pub(super) struct End {
    /// Where the first of the end records begins.
    pub(super) begin: u64,
    offset: u64,
    length: u64,
    split: bool,
}

impl End {
    /// Reads the end record at an offset, and the two of ZIP64 before it if they are there.
    pub(super) fn read(bytes: &dyn ReadAt, at: u64) -> io::Result<Self> {
        let record = read_part(bytes, at, 22)?;
        if record.len() < 22 {
            return Err(io::Error::other("the end record is cut off"));
        }
        let end = Self {
            begin: at,
            offset: u64::from(u32_at(&record, 16)),
            length: u64::from(u32_at(&record, 12)),
            split: u32_at(&record, 4) != 0 || record[8..10] != record[10..12],
        };
        let Some(before) = at.checked_sub(76) else {
            return Ok(end);
        };
        let wide = read_part(bytes, before, 76)?;
        if wide.len() < 76 || wide[56..60] != *b"PK\x06\x07" || wide[..4] != *b"PK\x06\x06" {
            return Ok(end);
        }
        Ok(Self {
            begin: before,
            offset: u64_of(&wide[48..]),
            length: u64_of(&wide[40..]),
            split: end.split || u64_of(&wide[64..]) != before,
        })
    }

    /// In what they differ from what was found.
    pub(super) fn compare(&self, begin: u64, end: u64) -> Vec<String> {
        let mut found = Vec::new();
        if self.split {
            found.push("the end record speaks of several disks or counts".to_owned());
        }
        let mut differ = |what: &str, told: u64, real: u64| {
            if told != real {
                found.push(format!(
                    "the end record says that the directory {what} {told}, it is {real}"
                ));
            }
        };
        differ("begins at", self.offset, begin);
        differ("has a length of", self.length, end.saturating_sub(begin));
        found
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

fn u64_of(bytes: &[u8]) -> u64 {
    u64::from(u32_at(bytes, 0)) | u64::from(u32_at(bytes, 4)) << 32
}
