//! What a scan takes is bounded by what it is handed, whatever that is: bytes, reads, findings.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;
use spip_core::{Cause, Contents, Odd};
use spip_scan::{Input, Limits, ReadAt, scan};

use crate::support::{
    FILENAME, METADATA, WHEEL, gzipped, member, odd, record_line, scan_sdist, scan_wheel, tar,
    wheel, zip,
};

const CODE: &[u8] = b"import os\n\n\ndef main():\n    return os.getcwd()\n";

/// Counts what is read, and refuses to be read where there is nothing.
struct Metered<'a> {
    bytes: &'a [u8],
    read: AtomicU64,
    times: AtomicU64,
}

impl<'a> Metered<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            read: AtomicU64::new(0),
            times: AtomicU64::new(0),
        }
    }

    /// A few passes over the whole, each of at least a block: lists, headers, members.
    fn is_bounded(&self) -> bool {
        let length = self.bytes.len() as u64;
        let (read, times) = (&self.read, &self.times);
        read.load(Ordering::Relaxed) <= PASSES * (length + BLOCK)
            && times.load(Ordering::Relaxed) <= PASSES * (length + BLOCK)
    }
}

const PASSES: u64 = 4;
const BLOCK: u64 = 512;

impl ReadAt for Metered<'_> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let count = self.bytes.read_at(buffer, offset)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        self.times.fetch_add(1, Ordering::Relaxed);
        Ok(count)
    }

    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }
}

/// Small enough that archives of a few hundred bytes go beyond.
fn tight() -> Limits {
    Limits {
        members: 6,
        path: 64,
        source: 400,
        whole: 600,
        unpacked: 3000,
        nesting: 1,
        steps: 2000,
        layers: 2,
        ..Limits::default()
    }
}

/// Scans under these limits and says what was read as well.
fn metered<'a>(filename: &str, bytes: &'a [u8], limits: &Limits) -> (Contents, Metered<'a>) {
    let meter = Metered::new(bytes);
    let input = if filename == FILENAME {
        Input::Wheel {
            filename,
            bytes: &meter,
        }
    } else {
        Input::Sdist {
            filename,
            bytes: &meter,
        }
    };
    (scan(input, limits, &|| false), meter)
}

/// Whether an answer keeps to the limits and holds no error of the scanner itself.
fn is_bounded(contents: &Contents, limits: &Limits) -> bool {
    let is_own = |unread: &spip_core::Unread| unread.cause == Cause::Internal;
    let longest = |text: &str| text.chars().count() <= 5000;
    contents.members as usize <= limits.members * 3
        && !contents.unread.iter().any(is_own)
        && contents.unread.iter().all(|it| longest(&it.detail))
        && contents.oddities.iter().all(|it| longest(&it.detail))
        && contents
            .acts
            .iter()
            .all(|it| it.texts.iter().all(|text| longest(text)))
}

fn a_wheel() -> Vec<u8> {
    let inner = zip(&[member("x.py", CODE)]);
    wheel(&[
        ("demo/__init__.py", CODE),
        ("demo/inner.zip", &inner),
        ("demo.pth", b"import demo\n"),
    ])
}

fn a_source_archive() -> Vec<u8> {
    tar(&[
        ("demo-1.0/PKG-INFO", METADATA.as_bytes()),
        (
            "demo-1.0/setup.py",
            b"from setuptools import setup\nsetup()\n",
        ),
        ("demo-1.0/demo/__init__.py", CODE),
    ])
}

/// A valid archive with some bytes changed, then cut, then with something behind.
fn spoiled(whole: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    let cut = prop::option::of(any::<prop::sample::Index>());
    let behind = prop::collection::vec(any::<u8>(), 0..40);
    (changes, cut, behind).prop_map(move |(changes, cut, behind)| {
        let mut bytes = whole.clone();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        bytes.truncate(cut.map_or(bytes.len(), |cut| cut.index(bytes.len())));
        bytes.extend(behind);
        bytes
    })
}

/// A wheel whose metadata says anything.
fn wheel_saying(name: &str, text: &[u8]) -> Vec<u8> {
    let own = [
        ("METADATA", METADATA.as_bytes()),
        ("WHEEL", WHEEL.as_bytes()),
        ("RECORD", b""),
    ];
    let mut members = vec![member("demo/__init__.py", CODE)];
    for (known, data) in own {
        let data = if known == name { text } else { data };
        members.push(member(&format!("demo-1.0.dist-info/{known}"), data));
    }
    zip(&members)
}

fn record() -> String {
    let files = [
        ("demo/__init__.py", CODE),
        ("demo-1.0.dist-info/METADATA", METADATA.as_bytes()),
        ("demo-1.0.dist-info/WHEEL", WHEEL.as_bytes()),
    ];
    let lines = files.iter().map(|(name, data)| record_line(name, data));
    lines.collect::<String>() + "demo-1.0.dist-info/RECORD,,\n"
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_spoiled_wheel_takes_no_more_than_its_bounds(bytes in spoiled(a_wheel())) {
        for limits in [Limits::default(), tight()] {
            let (contents, meter) = metered(FILENAME, &bytes, &limits);
            prop_assert!(meter.is_bounded(), "{:?} {:?} of {}", meter.read, meter.times, bytes.len());
            prop_assert!(is_bounded(&contents, &limits), "{contents:?}");
        }
    }

    #[test]
    fn a_spoiled_source_archive_takes_no_more_than_its_bounds(bytes in spoiled(a_source_archive())) {
        let zipped = gzipped(&bytes);
        for limits in [Limits::default(), tight()] {
            for (name, bytes) in [("demo-1.0.tar", &bytes), ("demo-1.0.tar.gz", &zipped)] {
                let (contents, meter) = metered(name, bytes, &limits);
                prop_assert!(meter.is_bounded(), "{:?} {:?} of {}", meter.read, meter.times, bytes.len());
                prop_assert!(is_bounded(&contents, &limits), "{contents:?}");
            }
        }
    }

    #[test]
    fn any_metadata_is_read_within_the_bounds(
        name in prop::sample::select(vec!["METADATA", "WHEEL", "RECORD"]),
        lines in prop::collection::vec(line_of_metadata(), 0..30),
        end in prop::sample::select(vec![&b"\n"[..], b"\r\n", b"\r", b"\n\n", b"\0\n"]),
    ) {
        let text = lines.join(end);
        let bytes = wheel_saying(name, &text);
        for limits in [Limits::default(), tight()] {
            let (contents, meter) = metered(FILENAME, &bytes, &limits);
            prop_assert!(meter.is_bounded());
            prop_assert!(is_bounded(&contents, &limits), "{contents:?}");
        }
    }

    #[test]
    fn no_letter_of_a_digest_can_be_changed(
        line in 0_usize..3,
        at in 0_usize..43,
        letter in prop::sample::select(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".to_vec()),
    ) {
        let mut lines: Vec<Vec<u8>> = record().lines().map(|it| it.as_bytes().to_vec()).collect();
        let begin = lines[line].windows(8).position(|it| it == b",sha256=").unwrap() + 8;
        let is_same = std::mem::replace(&mut lines[line][begin + at], letter) == letter;
        let contents = scan_wheel(&wheel_saying("RECORD", &lines.join(&b'\n')));
        prop_assert_eq!(odd(&contents).contains(&Odd::RecordMismatch), !is_same);
    }

    #[test]
    fn no_other_name_or_version_passes_for_the_one_of_the_file(
        name in "[a-z]{1,6}", version in "[1-9]\\.[0-9]",
    ) {
        let metadata = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
        let is_same = name == "demo" && version == "1.0";
        let contents = scan_wheel(&wheel_saying("METADATA", metadata.as_bytes()));
        prop_assert_eq!(odd(&contents).contains(&Odd::NameMismatch), !is_same);
        let bytes = tar(&[("demo-1.0/PKG-INFO", metadata.as_bytes()), ("demo-1.0/setup.py", b"")]);
        let contents = scan_sdist("demo-1.0.tar", &bytes);
        prop_assert_eq!(odd(&contents).contains(&Odd::NameMismatch), !is_same);
    }
}

/// Half of a right line and half of anything.
fn line_of_metadata() -> impl Strategy<Value = Vec<u8>> {
    let begin = prop::sample::select(vec![
        &b""[..],
        b"Name: ",
        b"Version: ",
        b"Metadata-Version:",
        b" continued",
        b"Tag: py3-",
        b"Root-Is-Purelib: ",
        b"demo/__init__.py,",
        b"demo/__init__.py,sha256=",
        b"\"demo/,x\"\"y\",md5=",
        b"../../x,,",
        b"\xef\xbb\xbf",
    ]);
    let rest = prop::collection::vec(any::<u8>(), 0..40);
    (begin, rest).prop_map(|(begin, rest)| [begin, &rest].concat())
}
