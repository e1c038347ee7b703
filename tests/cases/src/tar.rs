//! Writes gzipped tar files, sound ones and ones with members that no sdist needs.

use crate::encode;

/// One member.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Its whole path.
    pub(crate) name: String,
    /// Its content.
    pub(crate) bytes: Vec<u8>,
    /// The type: `0` file, `1` hard link, `2` symbolic link, `3` device, `6` pipe.
    pub(crate) kind: u8,
    /// Where a link leads.
    pub(crate) link: String,
}

impl Entry {
    /// A plain file.
    pub(crate) fn file(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.into(),
            bytes: bytes.into(),
            kind: b'0',
            link: String::new(),
        }
    }

    /// A member that is no file: a link, device or pipe.
    pub(crate) fn special(name: impl Into<String>, kind: u8, link: &str) -> Self {
        Self {
            kind,
            link: link.to_owned(),
            ..Self::file(name, [])
        }
    }
}

/// Packs the members.
pub(crate) fn pack(entries: &[Entry]) -> Vec<u8> {
    let mut archive = Vec::new();
    for entry in entries {
        archive.extend(header(entry));
        archive.extend(&entry.bytes);
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
    archive.resize(archive.len() + 1024, 0);
    encode::gzip(&archive)
}

fn header(entry: &Entry) -> Vec<u8> {
    let mut header = vec![0; 512];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    assert!(
        entry.name.len() <= 100,
        "the path is too long for a plain header"
    );
    put(0, entry.name.as_bytes());
    put(100, b"0000644\0");
    put(108, b"0001750\x000001750\0");
    put(124, format!("{:011o}\0", entry.bytes.len()).as_bytes());
    put(136, b"14524567600\0");
    put(148, b"        ");
    put(156, &[entry.kind]);
    put(157, entry.link.as_bytes());
    put(257, b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}
