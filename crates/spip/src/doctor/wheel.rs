//! The package to try with: a wheel that holds one module and a program that does nothing, made in
//! memory.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use sha2::{Digest as _, Sha256};

/// The project's name.
pub(super) const NAME: &str = "spip-doctor-probe";

/// Its only version.
pub(super) const VERSION: &str = "1.0";

/// The file's name.
pub(super) const FILE: &str = "spip_doctor_probe-1.0-py3-none-any.whl";

/// The module that shows that it was installed.
pub(super) const MODULE: &str = "spip_doctor_probe.py";

const CODE: &str = "\"\"\"Does nothing: `spip doctor` looks whether it is refused.\"\"\"\n\n\n\
    def main():\n    pass\n";

/// pipx keeps nothing in which there is no program.
const PROGRAMS: &str = "[console_scripts]\nspip-doctor-probe = spip_doctor_probe:main\n";

const METADATA: &str = "Metadata-Version: 2.1\nName: spip-doctor-probe\nVersion: 1.0\n\
    Summary: Does nothing; spip doctor looks whether it is refused\n";

const WHEEL: &str =
    "Wheel-Version: 1.0\nGenerator: spip\nRoot-Is-Purelib: true\nTag: py3-none-any\n";

/// The bytes of the wheel.
pub(super) fn bytes() -> Vec<u8> {
    let own = |name: &str| format!("spip_doctor_probe-1.0.dist-info/{name}");
    let mut members = vec![
        (MODULE.to_owned(), CODE.to_owned()),
        (own("entry_points.txt"), PROGRAMS.to_owned()),
        (own("METADATA"), METADATA.to_owned()),
        (own("WHEEL"), WHEEL.to_owned()),
    ];
    let mut record: String = members.iter().map(|(name, text)| row(name, text)).collect();
    record += &own("RECORD");
    record += ",,\n";
    members.push((own("RECORD"), record));
    stored(&members)
}

/// The digest that an index page announces.
pub(super) fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

fn row(name: &str, text: &str) -> String {
    let digest = BASE64URL_NOPAD.encode(&Sha256::digest(text));
    format!("{name},sha256={digest},{}\n", text.len())
}

/// A zip archive without compression (APPNOTE 4.3).
fn stored(members: &[(String, String)]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, text) in members {
        let place = small(archive.len());
        let shared = shared_header(name, text);
        archive.extend(b"PK\x03\x04");
        archive.extend(&shared);
        archive.extend(name.as_bytes());
        archive.extend(text.as_bytes());
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&shared);
        // No comment, the first disk, no attributes but an ordinary file's rights.
        directory.extend([0; 6]);
        directory.extend((0o100_644_u32 << 16).to_le_bytes());
        directory.extend(place.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let count = u16::try_from(members.len()).unwrap_or_default();
    let (size, place) = (small(directory.len()), small(archive.len()));
    archive.extend(&directory);
    archive.extend(b"PK\x05\x06\0\0\0\0");
    archive.extend([count, count].map(u16::to_le_bytes).as_flattened());
    archive.extend([size, place].map(u32::to_le_bytes).as_flattened());
    archive.extend([0; 2]);
    archive
}

/// What a member's own header and its entry in the directory have in common.
fn shared_header(name: &str, text: &str) -> Vec<u8> {
    // Version 2.0, no flags, stored, midnight of the first day of 1980.
    let mut header = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
    let size = small(text.len()).to_le_bytes();
    header.extend(crc32(text.as_bytes()).to_le_bytes());
    header.extend([size, size].as_flattened());
    let length = u16::try_from(name.len()).unwrap_or_default();
    header.extend([length, 0].map(u16::to_le_bytes).as_flattened());
    header
}

/// The members are constants of a few hundred bytes.
fn small(length: usize) -> u32 {
    u32::try_from(length).unwrap_or_default()
}

fn crc32(bytes: &[u8]) -> u32 {
    let rest = bytes.iter().fold(u32::MAX, |rest, byte| {
        (0..8).fold(rest ^ u32::from(*byte), |rest, _| {
            (rest >> 1) ^ (0xedb8_8320 & (rest & 1).wrapping_neg())
        })
    });
    !rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_zip() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn the_wheel_is_one_that_other_programs_can_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        std::fs::write(&file, bytes()).unwrap();
        let script = "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); \
                      assert z.testzip() is None; print(*z.namelist())";
        let mut python = std::process::Command::new("python3");
        let said = python.args(["-c", script]).arg(&file).output().unwrap();
        assert!(said.status.success(), "{said:?}");
        assert!(said.stdout.starts_with(MODULE.as_bytes()));
    }
}
