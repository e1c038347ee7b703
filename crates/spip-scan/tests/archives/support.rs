//! Writes zip and tar archives, right or wrong, and scans them.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use sha2::{Digest as _, Sha256};
use spip_core::{Contents, Odd};
use spip_scan::{Input, Limits, scan};

/// A member of a zip archive; every field can be made to lie.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) name: Vec<u8>,
    pub(crate) local_name: Option<Vec<u8>>,
    pub(crate) data: Vec<u8>,
    pub(crate) method: u16,
    pub(crate) flags: u16,
    pub(crate) local_flags: Option<u16>,
    pub(crate) crc: Option<u32>,
    pub(crate) local_crc: Option<u32>,
    pub(crate) size: Option<u32>,
    pub(crate) mode: u32,
    pub(crate) extra: Vec<u8>,
    pub(crate) local_extra: Vec<u8>,
    pub(crate) behind: Vec<u8>,
    pub(crate) offset: Option<u32>,
    pub(crate) unlisted: bool,
}

pub(crate) fn member(name: &str, data: &[u8]) -> Member {
    Member {
        name: name.as_bytes().to_vec(),
        local_name: None,
        data: data.to_vec(),
        method: 8,
        flags: 0,
        local_flags: None,
        crc: None,
        local_crc: None,
        size: None,
        mode: 0o100_644,
        extra: Vec::new(),
        local_extra: Vec::new(),
        behind: Vec::new(),
        offset: None,
        unlisted: false,
    }
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap()
}

fn short(bytes: &[u8]) -> [u8; 2] {
    u16::try_from(bytes.len()).unwrap().to_le_bytes()
}

pub(crate) fn crc(data: &[u8]) -> u32 {
    let mut sum = flate2::Crc::new();
    sum.update(data);
    sum.sum()
}

pub(crate) fn deflated(data: &[u8]) -> Vec<u8> {
    let mut packer = DeflateEncoder::new(Vec::new(), Compression::default());
    packer.write_all(data).unwrap();
    packer.finish().unwrap()
}

pub(crate) fn gzipped(data: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(data).unwrap();
    packer.finish().unwrap()
}

/// The local part of an archive and its directory.
pub(crate) fn zip_parts(members: &[Member]) -> (Vec<u8>, Vec<u8>) {
    let (mut local, mut directory) = (Vec::new(), Vec::new());
    for member in members {
        let packed = match member.method {
            0 => member.data.clone(),
            _ => deflated(&member.data),
        };
        let at = member.offset.unwrap_or(length(&local));
        let sum = crc(&member.data);
        let flags = member.local_flags.unwrap_or(member.flags);
        let streamed = flags & 8 != 0;
        let shown = |value: u32| if streamed { 0 } else { value };
        let fields = |flags: u16, sum: u32, packed: u32, size: u32| {
            let mut part = vec![0x14, 0];
            part.extend(flags.to_le_bytes());
            part.extend(member.method.to_le_bytes());
            part.extend([0, 0, 0x21, 0x5a]);
            for value in [sum, packed, size] {
                part.extend(value.to_le_bytes());
            }
            part
        };
        let size = member.size.unwrap_or(length(&member.data));
        let name = member.local_name.as_ref().unwrap_or(&member.name);
        local.extend(b"PK\x03\x04");
        let here = member.local_crc.unwrap_or(shown(sum));
        local.extend(fields(flags, here, shown(length(&packed)), shown(size)));
        local.extend(short(name));
        local.extend(short(&member.local_extra));
        local.extend(name);
        local.extend(&member.local_extra);
        local.extend(&packed);
        local.extend(&member.behind);
        if member.unlisted {
            continue;
        }
        directory.extend(b"PK\x01\x02\x14\x03");
        let there = member.crc.unwrap_or(sum);
        directory.extend(fields(member.flags, there, length(&packed), size));
        directory.extend(short(&member.name));
        directory.extend(short(&member.extra));
        directory.extend([0; 6]);
        directory.extend((member.mode << 16).to_le_bytes());
        directory.extend(at.to_le_bytes());
        directory.extend(&member.name);
        directory.extend(&member.extra);
    }
    (local, directory)
}

/// The record at the end of an archive.
pub(crate) fn end_record(count: usize, directory: &[u8], at: u32, comment: &[u8]) -> Vec<u8> {
    let count = u16::try_from(count).unwrap().to_le_bytes();
    let mut end = b"PK\x05\x06\0\0\0\0".to_vec();
    end.extend(count);
    end.extend(count);
    end.extend(length(directory).to_le_bytes());
    end.extend(at.to_le_bytes());
    end.extend(short(comment));
    end.extend(comment);
    end
}

pub(crate) fn zip(members: &[Member]) -> Vec<u8> {
    let (mut whole, directory) = zip_parts(members);
    let at = length(&whole);
    let count = members.iter().filter(|member| !member.unlisted).count();
    whole.extend(&directory);
    whole.extend(end_record(count, &directory, at, b""));
    whole
}

/// An archive of more members than the classic end record can count.
pub(crate) fn zip64(members: &[Member]) -> Vec<u8> {
    let (mut whole, directory) = zip_parts(members);
    let (at, count) = (whole.len() as u64, members.len() as u64);
    whole.extend(&directory);
    let end = whole.len() as u64;
    whole.extend(b"PK\x06\x06");
    whole.extend(44_u64.to_le_bytes());
    whole.extend([45, 3, 45, 0]);
    whole.extend([0; 8]);
    for value in [count, count, directory.len() as u64, at] {
        whole.extend(value.to_le_bytes());
    }
    whole.extend(b"PK\x06\x07\0\0\0\0");
    whole.extend(end.to_le_bytes());
    whole.extend(1_u32.to_le_bytes());
    let at = u32::try_from(at).unwrap();
    whole.extend(end_record(0xffff, &directory, at, b""));
    whole
}

/// Python source such as honest projects have, of about so many bytes.
pub(crate) fn honest_source(bytes: usize) -> String {
    let mut text = String::from("import re\nimport subprocess\n\nDEFAULTS = {}\n");
    let mut number = 0;
    while text.len() < bytes {
        number += 1;
        text.push_str(&HONEST.replace("NUMBER", &number.to_string()));
    }
    text
}

const HONEST: &str = r#"

class ItemNUMBER(dict):
    """Holds the values of item NUMBER and tells which of them were given."""

    limit = NUMBER
    names = ("first", "second", "third-NUMBER")

    def __init__(self, values, parent=None):
        super().__init__(values)
        self.parent = parent
        self.pattern = re.compile(r"^item-NUMBER-(\d+)$")

    def find(self, name, default=None):
        value = self.get(name, DEFAULTS.get(name, default))
        if value is None and self.parent is not None:
            return self.parent.find(name)
        return [part.strip() for part in str(value).split(",")]


def build_NUMBER(values, *, strict=False):
    item = ItemNUMBER(values)
    for name in item.names:
        if strict and name not in values:
            raise KeyError(f"{name} of item NUMBER")
    return helper(item.find("first"), NUMBER)


def helper(parts, width):
    return "\n".join(part.rjust(width) for part in parts)


ITEM_NUMBER = build_NUMBER
"#;

/// Base64 as RECORD has it.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits: Vec<u8> = bytes
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1))
        .collect();
    let six = |bits: &[u8]| (0..6).fold(0, |sum, at| sum << 1 | bits.get(at).copied().unwrap_or(0));
    bits.chunks(6)
        .map(|bits| char::from(ALPHABET[usize::from(six(bits))]))
        .collect()
}

pub(crate) const FILENAME: &str = "demo-1.0-py3-none-any.whl";
pub(crate) const METADATA: &str = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n\nAbout.\n";
pub(crate) const WHEEL: &str = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n";

/// A line of RECORD.
pub(crate) fn record_line(name: &str, data: &[u8]) -> String {
    let digest = base64(&Sha256::digest(data));
    format!("{name},sha256={digest},{}\n", data.len())
}

/// The members of a wheel with these files and the metadata that belongs to them.
pub(crate) fn wheel_members(files: &[(&str, &[u8])]) -> Vec<Member> {
    let own = [
        ("demo-1.0.dist-info/METADATA", METADATA.as_bytes()),
        ("demo-1.0.dist-info/WHEEL", WHEEL.as_bytes()),
    ];
    let all: Vec<(&str, &[u8])> = files.iter().chain(&own).copied().collect();
    let lines = all.iter().map(|(name, data)| record_line(name, data));
    let record: String = lines
        .chain(["demo-1.0.dist-info/RECORD,,\n".to_owned()])
        .collect();
    let mut members: Vec<Member> = all.iter().map(|(name, data)| member(name, data)).collect();
    members.push(member("demo-1.0.dist-info/RECORD", record.as_bytes()));
    members
}

pub(crate) fn wheel(files: &[(&str, &[u8])]) -> Vec<u8> {
    zip(&wheel_members(files))
}

pub(crate) fn scan_wheel(bytes: &[u8]) -> Contents {
    scan_named(FILENAME, bytes)
}

pub(crate) fn scan_named(filename: &str, bytes: &[u8]) -> Contents {
    scan(
        Input::Wheel {
            filename,
            bytes: &bytes,
        },
        &Limits::default(),
        &|| false,
    )
}

pub(crate) fn scan_sdist(filename: &str, bytes: &[u8]) -> Contents {
    scan(
        Input::Sdist {
            filename,
            bytes: &bytes,
        },
        &Limits::default(),
        &|| false,
    )
}

/// What is odd, sorted and each once.
pub(crate) fn odd(contents: &Contents) -> Vec<Odd> {
    let mut odd: Vec<Odd> = contents.oddities.iter().map(|odd| odd.what).collect();
    odd.sort_unstable();
    odd.dedup();
    odd
}

/// What is odd in a wheel with these files.
pub(crate) fn odd_in(files: &[(&str, &[u8])]) -> Vec<Odd> {
    let contents = scan_wheel(&wheel(files));
    assert_eq!(contents.unread, [], "{files:?}");
    odd(&contents)
}

/// Asserts that nothing is odd and everything was read.
#[track_caller]
pub(crate) fn assert_clean(contents: &Contents) {
    assert_eq!(contents.oddities, []);
    assert_eq!(contents.unread, []);
}

/// A tar archive of files.
pub(crate) fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, data) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(data.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append_data(&mut header, name, *data).unwrap();
    }
    builder.into_inner().unwrap()
}

/// One tar member whose header says anything.
pub(crate) fn tar_member(name: &[u8], kind: u8, link: &[u8], data: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.as_old_mut().name[..name.len()].copy_from_slice(name);
    header.as_old_mut().linkname[..link.len()].copy_from_slice(link);
    header.set_size(data.len() as u64);
    header.set_mode(0o644);
    header.set_entry_type(tar::EntryType::new(kind));
    header.set_cksum();
    let mut whole = header.as_bytes().to_vec();
    whole.extend(data);
    whole.resize(whole.len().next_multiple_of(512), 0);
    whole
}

/// A tar archive of members made by [`tar_member`], with its end.
pub(crate) fn tar_of(members: &[Vec<u8>]) -> Vec<u8> {
    let mut whole = members.concat();
    whole.resize(whole.len() + 1024, 0);
    whole
}
