//! Archives that no honest tool writes: each ends in something odd or unread, never in a pass.

use std::io::Write as _;

use spip_core::{Cause, Contents, Odd};
use spip_scan::{Input, Limits, scan};

use crate::support::{
    Member, deflated, end_record, gzipped, member, odd, scan_sdist, scan_wheel, tar, tar_member,
    tar_of, wheel, wheel_members, zip, zip_parts,
};

const CODE: &[u8] = b"import os\nos.system('id')\n";

/// Something is said about it, and it is not that the scanner failed.
#[track_caller]
fn assert_told(contents: &Contents, what: &str) {
    let internal = |cause: Cause| cause == Cause::Internal;
    let unread = &contents.unread;
    assert!(!unread.iter().any(|it| internal(it.cause)), "{what}");
    assert!(
        !contents.oddities.is_empty() || !unread.is_empty(),
        "{what}"
    );
}

/// A wheel of which the first member is changed.
fn changed(change: impl FnOnce(&mut Member)) -> Contents {
    let mut members = wheel_members(&[("demo/__init__.py", CODE)]);
    change(&mut members[0]);
    scan_wheel(&zip(&members))
}

/// A header of a tar member whose fields say anything.
fn header(change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let mut whole = tar_member(b"demo-1.0/x.py", b'0', b"", CODE);
    change(&mut whole);
    whole[148..156].fill(b' ');
    let sum: u32 = whole[..512].iter().map(|byte| u32::from(*byte)).sum();
    whole[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    whole
}

/// A record of a PAX header.
fn pax(text: &str) -> Vec<u8> {
    let length = (text.len() + 1..text.len() + 10)
        .find(|length| length.to_string().len() + 1 + text.len() == *length)
        .unwrap();
    tar_member(b"x", b'x', b"", format!("{length} {text}").as_bytes())
}

fn of_members(members: &[Vec<u8>]) -> Contents {
    scan_sdist("demo-1.0.tar", &tar_of(members))
}

#[test]
fn every_way_of_packing_that_is_not_known_is_unread() {
    for method in (1..=21).chain(93..=99).filter(|method| *method != 8) {
        let contents = changed(|member| member.method = method);
        assert_told(&contents, &format!("method {method}"));
        assert_eq!(contents.unread.len(), 1, "method {method}");
    }
    for flag in [1, 1 << 5, 1 << 6, 1 << 13] {
        let contents = changed(|member| member.flags = flag);
        assert_told(&contents, &format!("flag {flag}"));
    }
}

#[test]
fn names_that_hide_something_are_told() {
    for name in [
        "demo/a\nb.py",
        "demo/a\x1b[2Jb.py",
        "demo/a\u{202e}yp.b",
        "demo/a\u{200b}.py",
        "demo/\u{7f}.py",
        "demo/a\0.py",
        "",
        "/",
        ".",
        "..",
        "demo/..",
        "demo/con.py",
        "demo/a.py ",
        "demo/a.py.",
    ] {
        let mut members = wheel_members(&[("demo/__init__.py", b"")]);
        members.insert(0, member(name, CODE));
        assert_told(&scan_wheel(&zip(&members)), &format!("{name:?}"));
    }
    for name in [
        &b"demo-1.0/\xff\xfe.py"[..],
        b"demo-1.0/a\x1b[2J.py",
        b"demo-1.0/../../x",
        b"/x",
        b"",
    ] {
        let contents = of_members(&[tar_member(name, b'0', b"", CODE)]);
        assert_told(&contents, &format!("{name:?}"));
    }
    let long = format!("demo/{}.py", "a".repeat(65_000));
    assert_told(&scan_wheel(&wheel(&[(&long, CODE)])), "a long name");
    let long = tar_member(b"././@LongLink", b'L', b"", long.as_bytes());
    let contents = of_members(&[long, tar_member(b"x", b'0', b"", CODE)]);
    assert_told(&contents, "a long name in a tar archive");
}

#[test]
fn sizes_that_cannot_be_are_told() {
    for (what, size) in [
        ("nothing but ones", [0xff; 12]),
        (
            "as large as it gets",
            *b"\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        ),
        (
            "larger than a file",
            *b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff",
        ),
        ("negative", *b"-0000000001\0"),
        ("no number", *b"hello world\0"),
        ("8 GiB", *b"77777777777\0"),
    ] {
        let bytes = header(|header| header[124..136].copy_from_slice(&size));
        assert_told(&of_members(&[bytes]), what);
    }
    for text in [
        "size=99999999999999999999\n",
        "size=-5\n",
        "size=18446744073709551615\n",
    ] {
        let contents = of_members(&[pax(text), tar_member(b"demo-1.0/x.py", b'0', b"", CODE)]);
        assert_told(&contents, text);
    }
}

#[test]
fn headers_that_few_understand_are_told() {
    for text in [
        "GNU.sparse.major=1\n",
        "GNU.sparse.map=0,1\n",
        "GNU.sparse.name=demo-1.0/setup.py\n",
        "path=../../x\n",
        "path=demo-1.0/a\0b\n",
        "linkpath=/etc/passwd\n",
    ] {
        let kind = if text.starts_with("link") { b'2' } else { b'0' };
        let contents = of_members(&[pax(text), tar_member(b"demo-1.0/x.py", kind, b"x", CODE)]);
        assert_told(&contents, text);
    }
    for kind in [b'S', b'3', b'4', b'6', b'V', b'M', b'D', b'Z', 0xff] {
        let contents = of_members(&[tar_member(b"demo-1.0/x.py", kind, b"", CODE)]);
        assert_told(&contents, &format!("type {kind}"));
    }
    let contents = of_members(&[tar_member(b"x", b'x', b"", b"nonsense")]);
    assert_told(&contents, "a header that is none");
}

#[test]
fn links_that_lead_round_in_circles_are_told() {
    for (one, two, kind) in [
        ("a", "b", b'2'),
        ("demo-1.0/a", "demo-1.0/b", b'1'),
        ("a", "a", b'2'),
        ("demo-1.0/a", "demo-1.0/a", b'1'),
    ] {
        let of = |name: &str, target: &str| {
            let name = format!("demo-1.0/{}", name.trim_start_matches("demo-1.0/"));
            tar_member(name.as_bytes(), kind, target.as_bytes(), b"")
        };
        let contents = of_members(&[of(one, two), of(two, one)]);
        assert_told(&contents, &format!("{one} {two}"));
    }
    // Ten thousand links in a row.
    let links: Vec<Vec<u8>> = (0..10_000)
        .map(|at| {
            let (name, target) = (format!("demo-1.0/l{at}.py"), format!("l{}.py", at + 1));
            tar_member(name.as_bytes(), b'2', target.as_bytes(), b"")
        })
        .collect();
    assert_told(&of_members(&links), "a chain");
}

#[test]
fn members_that_overlap_are_told() {
    // As in bombs: each member's data holds the headers of those behind it.
    let members = wheel_members(&[("demo/a.py", CODE), ("demo/b.py", CODE)]);
    let (local, directory) = zip_parts(&members);
    let mut wide = member("demo/wide.txt", &local);
    wide.method = 0;
    let (first, listing) = zip_parts(&[wide]);
    let at = u32::try_from(first.len() - local.len()).unwrap();
    let moved: Vec<Member> = members
        .iter()
        .scan(at, |at, member| {
            let mut moved = member.clone();
            moved.offset = Some(*at);
            *at += u32::try_from(zip_parts(std::slice::from_ref(member)).0.len()).unwrap();
            Some(moved)
        })
        .collect();
    let directory = [listing, zip_parts(&moved).1, directory[..0].to_vec()].concat();
    let end = end_record(
        members.len() + 1,
        &directory,
        u32::try_from(first.len()).unwrap(),
        b"",
    );
    let contents = scan_wheel(&[first, directory, end].concat());
    assert_told(&contents, "overlapping");
    assert!(odd(&contents).contains(&Odd::Malformed) || !contents.unread.is_empty());
}

#[test]
fn records_of_zip64_that_lie_are_told() {
    let members = wheel_members(&[("demo/__init__.py", CODE)]);
    let (local, directory) = zip_parts(&members);
    let (at, length, count) = (
        local.len() as u64,
        directory.len() as u64,
        members.len() as u64,
    );
    let whole = |count: u64, length: u64, at: u64, record: u64, disks: u32| {
        let mut whole = [&local[..], &directory].concat();
        whole.extend(b"PK\x06\x06\x2c\0\0\0\0\0\0\0\x2d\x03\x2d\0\0\0\0\0\0\0\0\0");
        for value in [count, count, length, at] {
            whole.extend(value.to_le_bytes());
        }
        whole.extend(b"PK\x06\x07\0\0\0\0");
        whole.extend(record.to_le_bytes());
        whole.extend(disks.to_le_bytes());
        let at = u32::try_from(local.len()).unwrap();
        whole.extend(end_record(members.len(), &directory, at, b""));
        whole
    };
    let record = at + length;
    for (what, bytes) in [
        ("count", whole(count + 1, length, at, record, 1)),
        ("huge count", whole(u64::MAX, length, at, record, 1)),
        ("length", whole(count, length - 1, at, record, 1)),
        ("huge length", whole(count, u64::MAX, at, record, 1)),
        ("place", whole(count, length, at + 1, record, 1)),
        ("huge place", whole(count, length, u64::MAX, record, 1)),
        ("record", whole(count, length, at, 3, 1)),
        ("huge record", whole(count, length, at, u64::MAX, 1)),
    ] {
        assert_told(&scan_wheel(&bytes), what);
    }
    for extra in [
        b"\x01\0\x08\0\xff\xff\xff\xff\xff\xff\xff\xff".to_vec(),
        b"\x01\0\x04\0abcd".to_vec(),
        b"\x01\0\xff\xff".to_vec(),
    ] {
        assert_told(
            &changed(|member| {
                member.extra.clone_from(&extra);
                member.size = Some(u32::MAX);
            }),
            "sizes elsewhere",
        );
    }
}

#[test]
fn what_lies_behind_a_first_gzip_member_is_read() {
    let clean = tar(&[("demo-1.0/PKG-INFO", b"Name: demo\nVersion: 1.0\n")]);
    let code = tar(&[("demo-1.0/setup.py", CODE)]);
    // The end of the first archive is cut off, so that the second goes on with it.
    let both = [gzipped(&clean[..clean.len() - 1024]), gzipped(&code)].concat();
    let contents = scan_sdist("demo-1.0.tar.gz", &both);
    assert_eq!(contents.acts.len(), 1);
    // Whole archives behind each other: some tools read only the first.
    let both = [gzipped(&clean), gzipped(&code)].concat();
    assert_told(&scan_sdist("demo-1.0.tar.gz", &both), "two archives");
    let behind = [gzipped(&clean), b"behind".to_vec()].concat();
    assert_told(&scan_sdist("demo-1.0.tar.gz", &behind), "data behind");
    let empty = [gzipped(b""), gzipped(&code)].concat();
    assert_eq!(scan_sdist("demo-1.0.tar.gz", &empty).acts.len(), 1);
}

/// A small source archive in every format.
fn of_every_format() -> Vec<(&'static str, Vec<u8>)> {
    let files: &[(&str, &[u8])] = &[
        ("demo-1.0/PKG-INFO", b"Name: demo\nVersion: 1.0\n"),
        (
            "demo-1.0/setup.py",
            b"from setuptools import setup\nsetup()\n",
        ),
        ("demo-1.0/demo/__init__.py", b"x = 1\n"),
    ];
    let plain = tar(files);
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    bzip2.write_all(&plain).unwrap();
    let options = lzma_rust2::XzOptions::with_preset(0);
    let mut xz = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    xz.write_all(&plain).unwrap();
    let members: Vec<Member> = files
        .iter()
        .map(|(name, data)| member(name, data))
        .collect();
    vec![
        ("demo-1.0.tar.gz", gzipped(&plain)),
        ("demo-1.0.tar.bz2", bzip2.finish().unwrap()),
        ("demo-1.0.tar.xz", xz.finish().unwrap()),
        ("demo-1.0.zip", zip(&members)),
    ]
}

#[test]
fn archives_of_every_format_cut_off_anywhere_are_unread() {
    for (name, whole) in of_every_format() {
        for length in 0..whole.len() {
            let contents = scan_sdist(name, &whole[..length]);
            assert_told(&contents, &format!("{name} cut off at {length}"));
            assert!(!contents.unread.is_empty(), "{name} cut off at {length}");
        }
        assert_eq!(scan_sdist(name, &whole).unread, [], "{name}");
    }
}

#[test]
fn archives_of_every_format_with_one_bit_changed_are_read_honestly() {
    for (name, whole) in of_every_format() {
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            let contents = scan_sdist(name, &bytes);
            let internal = contents.unread.iter().any(|it| it.cause == Cause::Internal);
            assert!(!internal, "{name} at {at}: {:?}", contents.unread);
        }
    }
}

#[test]
fn xz_archives_that_ask_for_gigabytes_are_unread() {
    let mut options = lzma_rust2::XzOptions::with_preset(0);
    options.lzma_options.dict_size = 1 << 30;
    let mut xz = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    xz.write_all(&tar(&[("demo-1.0/setup.py", CODE)])).unwrap();
    let contents = scan_sdist("demo-1.0.tar.xz", &xz.finish().unwrap());
    assert_told(&contents, "a large dictionary");
    assert!(!contents.unread.is_empty());
}

#[test]
fn configuration_nested_without_end_is_read_or_unread() {
    for (name, text) in [
        (
            "pyproject.toml",
            format!("a = {}{}\n", "[".repeat(100_000), "]".repeat(100_000)),
        ),
        (
            "pyproject.toml",
            format!("a = {}1{}\n", "{a=".repeat(100_000), "}".repeat(100_000)),
        ),
        ("pyproject.toml", format!("{}a = 1\n", "a.".repeat(100_000))),
        ("pyproject.toml", format!("[{}a]\n", "a.".repeat(100_000))),
        ("pyproject.toml", "[a]\n".repeat(10_000)),
        ("pyproject.toml", format!("{}x", "[[".repeat(100_000))),
        ("setup.cfg", "[".repeat(200_000)),
        ("setup.cfg", "[a]\n b\n".repeat(50_000)),
        (
            "setup.cfg",
            format!("[a]\nb = {}\n", "%(b)s".repeat(50_000)),
        ),
        (
            "setup.cfg",
            format!("[options]\ncmdclass =\n{}", "  a = b.C\n".repeat(50_000)),
        ),
        ("PKG-INFO", "Name: demo\n".repeat(50_000)),
        (
            "PKG-INFO",
            format!("Name: demo\n{}", " x\n".repeat(100_000)),
        ),
        (
            "demo.egg-info/entry_points.txt",
            "[a]\na = b:c\n".repeat(50_000),
        ),
        ("demo.egg-info/requires.txt", "[a:b]\nc\n".repeat(50_000)),
    ] {
        let path = format!("demo-1.0/{name}");
        let bytes = tar(&[(&path, text.as_bytes()), ("demo-1.0/setup.py", b"")]);
        let contents = scan_sdist("demo-1.0.tar", &bytes);
        let internal = contents.unread.iter().any(|it| it.cause == Cause::Internal);
        assert!(!internal, "{name}: {:?}", contents.unread);
    }
}

#[test]
fn the_same_bytes_get_the_same_answer_and_no_more_than_the_bounds() {
    let files: Vec<String> = (0..40).map(|at| format!("demo/m{at}.py")).collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|name| (name.as_str(), CODE)).collect();
    let bytes = wheel(&files);
    for (members, unpacked) in [(10, 1 << 30), (1000, 500), (1000, 1 << 30)] {
        let limits = Limits {
            members,
            unpacked,
            ..Limits::default()
        };
        let look = || {
            let filename = "demo-1.0-py3-none-any.whl";
            let input = Input::Wheel {
                filename,
                bytes: &bytes,
            };
            scan(input, &limits, &|| false)
        };
        let contents = look();
        assert!(contents.members as usize <= members);
        let is_whole = members > 43 && unpacked > 1 << 20;
        assert_eq!(contents.unread.is_empty(), is_whole);
        if is_whole {
            assert!((0..5).all(|_| look() == contents));
        }
    }
    let packed = deflated(&vec![0; 1 << 20]);
    assert!(packed.len() < 1 << 12);
}
