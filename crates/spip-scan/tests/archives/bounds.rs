//! Nothing grows without bound: bombs, nesting, members, paths, time.

use std::sync::atomic::{AtomicUsize, Ordering};

use spip_core::{Cause, Contents, Odd};
use spip_scan::{Input, Limits, scan};

use crate::support::{
    FILENAME, gzipped, member, odd, scan_sdist, scan_wheel, tar, tar_member, tar_of, wheel, zip,
};

fn bounded(bytes: &[u8], change: impl FnOnce(&mut Limits)) -> Contents {
    let mut limits = Limits::default();
    change(&mut limits);
    let input = Input::Wheel {
        filename: FILENAME,
        bytes: &bytes,
    };
    scan(input, &limits, &|| false)
}

#[track_caller]
fn assert_too_large(contents: &Contents, member: &str) {
    let found = contents
        .unread
        .iter()
        .find(|unread| unread.member == member);
    let cause = found.map(|unread| unread.cause);
    assert_eq!(cause, Some(Cause::TooLarge), "{:?}", contents.unread);
}

#[test]
fn a_bomb_is_unread() {
    let zeros = vec![0; 32 << 20];
    assert_too_large(&scan_wheel(&wheel(&[("demo/zeros", &zeros)])), "demo/zeros");
    let packed = gzipped(&tar(&[("demo-1.0/zeros", &zeros)]));
    let contents = scan_sdist("demo-1.0.tar.gz", &packed);
    assert_eq!(contents.unread[0].cause, Cause::TooLarge);
}

#[test]
fn members_larger_than_the_bounds_are_unread() {
    let code = b"x = 1\n".repeat(100);
    let bytes = wheel(&[("demo/a.py", &code), ("demo/b.pkl", &b"(".repeat(500))]);
    let contents = bounded(&bytes, |limits| limits.source = 500);
    assert_too_large(&contents, "demo/a.py");
    assert_eq!(contents.unread.len(), 1);
    let contents = bounded(&bytes, |limits| limits.unpacked = 1000);
    assert!(
        contents
            .unread
            .iter()
            .any(|unread| unread.cause == Cause::TooLarge)
    );
}

#[test]
fn more_members_than_the_bound_are_unread() {
    let files: Vec<String> = (0..50).map(|index| format!("demo/m{index}.py")).collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|name| (name.as_str(), &b""[..])).collect();
    let contents = bounded(&wheel(&files), |limits| limits.members = 20);
    assert_too_large(&contents, "");
    let packed = gzipped(&tar(&files));
    let limits = Limits {
        members: 20,
        ..Limits::default()
    };
    let input = Input::Sdist {
        filename: "demo-1.0.tar.gz",
        bytes: &packed,
    };
    let contents = scan(input, &limits, &|| false);
    assert_eq!(contents.unread[0].cause, Cause::TooLarge);
}

#[test]
fn paths_longer_than_the_bound_are_told() {
    let path = format!("demo/{}.py", "a".repeat(300));
    let contents = bounded(&wheel(&[(&path, b"")]), |limits| limits.path = 200);
    assert!(odd(&contents).contains(&Odd::UnsafePath));
}

#[test]
fn a_path_of_ten_thousand_directories_is_read() {
    let path = format!("{}x.py", "d/".repeat(10_000));
    let contents = bounded(&wheel(&[(&path, b"x = 1\n")]), |limits| {
        limits.path = 1 << 15;
    });
    assert_eq!(contents.members, 4);
    let contents = scan_wheel(&wheel(&[(&path, b"x = 1\n")]));
    assert!(odd(&contents).contains(&Odd::UnsafePath));
    let header = tar_member(b"././@LongLink", b'L', b"", path.as_bytes());
    let members = [header, tar_member(b"x", b'0', b"", b"")];
    let contents = scan_sdist("demo-1.0.tar.gz", &gzipped(&tar_of(&members)));
    assert!(odd(&contents).contains(&Odd::UnsafePath));
}

#[test]
fn archives_within_archives_end_somewhere() {
    let mut inner = zip(&[member("x.py", b"x = 1\n")]);
    for _ in 0..300 {
        let mut outer = member("inner.zip", &inner);
        outer.method = 0;
        inner = zip(&[outer]);
    }
    let contents = scan_wheel(&wheel(&[("demo/a.zip", &inner)]));
    assert_too_large(&contents, "demo/a.zip!/inner.zip!/inner.zip");
    assert_eq!(contents.unread.len(), 1);
}

#[test]
fn an_archive_full_of_bombs_within_is_bounded() {
    let zeros = vec![0; 4 << 20];
    let inner = zip(&[member("data.npz", &zeros), member("a.py", &zeros)]);
    let contents = scan_wheel(&wheel(&[("demo/a.zip", &inner)]));
    assert_too_large(&contents, "demo/a.zip!/a.py");
}

#[test]
fn a_long_header_is_not_read_into_memory() {
    let mut header = tar_member(b"././@LongLink", b'L', b"", b"");
    let size = format!("{:011o}\0", 4_u64 << 30);
    header[124..136].copy_from_slice(size.as_bytes());
    header[148..156].copy_from_slice(b"        ");
    let sum: u32 = header[..512].iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let contents = scan_sdist("demo-1.0.tar.gz", &gzipped(&header));
    assert_eq!(contents.unread[0].cause, Cause::Malformed);
}

#[test]
fn once_time_is_up_the_scan_stops_and_says_so() {
    let data = vec![b'x'; 3 << 20];
    let bytes = wheel(&[("demo/a.txt", &data), ("demo/b.py", b"x = 1\n")]);
    for asked_before in [0, 1, 3, 6] {
        let asked = AtomicUsize::new(0);
        let expired = || asked.fetch_add(1, Ordering::Relaxed) >= asked_before;
        let input = Input::Wheel {
            filename: FILENAME,
            bytes: &bytes,
        };
        let contents = scan(input, &Limits::default(), &expired);
        assert_eq!(contents.unread[0].detail, "took too long");
        assert_eq!(contents.unread[0].member, "");
        assert_too_large(&contents, "");
    }
    let packed = gzipped(&tar(&[("demo-1.0/a.txt", &data)]));
    let input = Input::Sdist {
        filename: "demo-1.0.tar.gz",
        bytes: &packed,
    };
    let contents = scan(input, &Limits::default(), &|| true);
    assert_too_large(&contents, "");
}

#[test]
fn oddities_of_one_kind_are_counted_not_piled_up() {
    let files: Vec<String> = (0..1000)
        .map(|index| format!("demo/m{index}:x.py"))
        .collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|name| (name.as_str(), &b""[..])).collect();
    let contents = scan_wheel(&wheel(&files));
    assert!(contents.oddities.len() < 300);
    assert!(
        contents
            .oddities
            .iter()
            .any(|odd| odd.detail == "and 800 more like this")
    );
}
