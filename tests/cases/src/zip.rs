//! Writes zip files, sound ones and ones whose parts disagree.

use crate::encode;

/// One member as both places of the archive describe it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The name in the header before the member.
    pub(crate) local_name: Vec<u8>,
    /// The name in the directory at the end; `None`: it is left out there.
    pub(crate) central_name: Option<Vec<u8>>,
    /// The content.
    pub(crate) bytes: Vec<u8>,
    /// The size in the header before the member, where it is to be wrong.
    pub(crate) local_size: Option<u32>,
    /// The Unix mode: type and permissions.
    pub(crate) mode: u32,
    /// General purpose flags, for instance 1 for "encrypted".
    pub(crate) flags: u16,
    /// The extra field in the directory at the end.
    pub(crate) extra: Vec<u8>,
}

impl Entry {
    /// A plain file.
    pub(crate) fn file(name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            local_name: name.into(),
            central_name: Some(name.into()),
            bytes: bytes.into(),
            local_size: None,
            mode: 0o100_644,
            flags: 0,
            extra: Vec::new(),
        }
    }

    /// A symbolic link.
    pub(crate) fn link(name: &str, target: &str) -> Self {
        Self {
            mode: 0o120_777,
            ..Self::file(name, target)
        }
    }
}

/// Packs the members.
pub(crate) fn pack(entries: &[Entry]) -> Vec<u8> {
    let mut archive = Vec::new();
    let mut directory = Vec::new();
    let mut count = 0;
    for entry in entries {
        let offset = small(archive.len());
        let packed = encode::deflate(&entry.bytes);
        archive.extend(b"PK\x03\x04");
        archive.extend(common(entry, &packed, entry.local_size, &entry.local_name));
        archive.extend([0, 0]);
        archive.extend(&entry.local_name);
        archive.extend(&packed);
        let Some(name) = &entry.central_name else {
            continue;
        };
        count += 1;
        directory.extend(b"PK\x01\x02");
        directory.extend([20, 3]);
        directory.extend(common(entry, &packed, None, name));
        directory.extend(short(entry.extra.len()));
        directory.extend([0; 6]); // no comment, first disk, no internal attributes
        directory.extend((entry.mode << 16).to_le_bytes());
        directory.extend(offset);
        directory.extend(name);
        directory.extend(&entry.extra);
    }
    let (start, size) = (small(archive.len()), small(directory.len()));
    archive.extend(directory);
    archive.extend(b"PK\x05\x06\0\0\0\0");
    archive.extend(short(count));
    archive.extend(short(count));
    archive.extend(size);
    archive.extend(start);
    archive.extend([0, 0]);
    archive
}

/// From "version needed" to the length of the name: the same in both places.
fn common(entry: &Entry, packed: &[u8], size: Option<u32>, name: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(&entry.bytes);
    let mut bytes = vec![20, 0];
    bytes.extend(entry.flags.to_le_bytes());
    bytes.extend([8, 0]); // deflated
    bytes.extend([0, 0, 0x21, 0x58]); // 2024-01-01 00:00
    bytes.extend(crc.sum().to_le_bytes());
    bytes.extend(small(packed.len()));
    bytes.extend(size.map_or_else(|| small(entry.bytes.len()), u32::to_le_bytes));
    bytes.extend(short(name.len()));
    bytes
}

fn small(value: usize) -> [u8; 4] {
    u32::try_from(value).expect("cases are small").to_le_bytes()
}

fn short(value: usize) -> [u8; 2] {
    u16::try_from(value).expect("cases are small").to_le_bytes()
}
