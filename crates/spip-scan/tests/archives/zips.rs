//! Zip archives that readers read differently are told, those of honest tools are not.

use spip_core::{Cause, Odd};

use crate::support::{
    Member, assert_clean, crc, deflated, end_record, member, odd, scan_named, scan_wheel,
    wheel_members, zip, zip_parts,
};

const CODE: &[u8] = b"print('demo')\n";

/// A wheel with one member changed by the test.
fn changed(change: impl FnOnce(&mut Member)) -> Vec<u8> {
    let mut members = wheel_members(&[("demo/__init__.py", CODE)]);
    change(&mut members[0]);
    zip(&members)
}

#[track_caller]
fn assert_odd(bytes: &[u8], expected: Odd) {
    let contents = scan_wheel(bytes);
    assert!(
        odd(&contents).contains(&expected),
        "{:?} {:?}",
        contents.oddities,
        contents.unread
    );
}

#[test]
fn an_ordinary_wheel_is_clean() {
    let contents = scan_wheel(&changed(|_| {}));
    assert_clean(&contents);
    assert_eq!(contents.members, 4);
}

#[test]
fn what_honest_tools_write_is_clean() {
    let packed = u32::try_from(deflated(CODE).len()).unwrap().to_le_bytes();
    let size = u32::try_from(CODE.len()).unwrap().to_le_bytes();
    let sum = crc(CODE).to_le_bytes();
    let wide = |value: [u8; 4]| [value, [0; 4]].concat();
    let bare = [sum, packed, size].concat();
    let signed = [&b"PK\x07\x08"[..], &bare].concat();
    let long = [&b"PK\x07\x08"[..], &sum, &wide(packed), &wide(size)].concat();
    for descriptor in [bare, signed, long] {
        let bytes = changed(|member| {
            member.flags = 8;
            member.behind = descriptor;
        });
        assert_clean(&scan_wheel(&bytes));
    }
    // A flag for UTF-8, hints of the packer, an extra field with times, stored members.
    for change in [
        |member: &mut Member| member.flags = 0x800,
        |member: &mut Member| member.local_flags = Some(0x800),
        |member: &mut Member| member.flags = 6,
        |member: &mut Member| member.extra = b"UT\x05\0\x01abcd".to_vec(),
        |member: &mut Member| member.local_extra = b"UT\x05\0\x01abcd".to_vec(),
        |member: &mut Member| member.method = 0,
        |member: &mut Member| member.mode = 0,
    ] {
        assert_clean(&scan_wheel(&changed(change)));
    }
    let mut members = wheel_members(&[("demo/__init__.py", CODE)]);
    members.insert(0, member("demo/", b""));
    assert_clean(&scan_wheel(&zip(&members)));
}

#[test]
fn the_end_records_of_zip64_are_understood() {
    let members = wheel_members(&[("demo/__init__.py", CODE)]);
    let (mut whole, directory) = zip_parts(&members);
    let (at, length) = (whole.len() as u64, directory.len() as u64);
    whole.extend(&directory);
    let record = whole.len() as u64;
    let count = (members.len() as u64).to_le_bytes();
    whole.extend(b"PK\x06\x06\x2c\0\0\0\0\0\0\0\x2d\x03\x2d\0\0\0\0\0\0\0\0\0");
    whole.extend([count, count, length.to_le_bytes(), at.to_le_bytes()].concat());
    whole.extend(b"PK\x06\x07\0\0\0\0");
    whole.extend(record.to_le_bytes());
    whole.extend([1, 0, 0, 0]);
    let at = u32::try_from(at).unwrap();
    whole.extend(end_record(members.len(), &directory, at, b""));
    assert_clean(&scan_wheel(&whole));
}

#[test]
fn headers_that_disagree_are_told() {
    for change in [
        |member: &mut Member| member.local_name = Some(b"demo/__xnit__.py".to_vec()),
        |member: &mut Member| member.local_crc = Some(1),
        |member: &mut Member| member.crc = Some(1),
        |member: &mut Member| member.local_flags = Some(1),
        |member: &mut Member| member.extra = b"\x75\x70\x0c\0\x01....evil.py".to_vec(),
        |member: &mut Member| member.local_extra = b"\x75\x70\x0c\0\x01....evil.py".to_vec(),
    ] {
        assert_odd(&changed(change), Odd::HeaderMismatch);
    }
}

#[test]
fn an_offset_that_leads_nowhere_is_told() {
    let bytes = changed(|member| member.offset = Some(3));
    assert_odd(&bytes, Odd::HeaderMismatch);
    let contents = scan_wheel(&bytes);
    assert_eq!(contents.unread[0].member, "demo/__init__.py");
}

#[test]
fn wrong_counts_and_places_in_the_end_record_are_told() {
    let members = wheel_members(&[("demo/__init__.py", CODE)]);
    let (local, directory) = zip_parts(&members);
    let at = u32::try_from(local.len()).unwrap();
    let whole = |end: Vec<u8>| [&local[..], &directory, &end].concat();
    let end = end_record(members.len() - 1, &directory, at, b"");
    assert_odd(&whole(end), Odd::HeaderMismatch);
    // Readers that trust the length begin at another entry.
    let end = end_record(members.len(), &directory[80..], at, b"");
    assert_odd(&whole(end), Odd::HeaderMismatch);
}

#[test]
fn data_before_between_and_behind_is_told() {
    let good = changed(|_| {});
    assert_odd(&[b"#!/bin/sh\n", &good[..]].concat(), Odd::DataOutside);
    assert_odd(&[&good[..], b"x"].concat(), Odd::DataOutside);
    assert_odd(
        &changed(|member| member.behind = b"hidden".to_vec()),
        Odd::DataOutside,
    );
    let mut members = wheel_members(&[("demo/__init__.py", CODE), ("demo/a.py", CODE)]);
    members[1].unlisted = true;
    assert_odd(&zip(&members), Odd::DataOutside);
    let contents = scan_wheel(&[&good[..], &good].concat());
    assert!(odd(&contents).contains(&Odd::Malformed));
    assert_eq!(contents.unread[0].cause, Cause::Malformed);
}

#[test]
fn a_comment_is_data_behind() {
    let members = wheel_members(&[("demo/__init__.py", CODE)]);
    let (local, directory) = zip_parts(&members);
    let at = u32::try_from(local.len()).unwrap();
    let end = end_record(
        members.len(),
        &directory,
        at,
        b"PK\x05\x06 and more than twenty bytes",
    );
    let contents = scan_wheel(&[&local[..], &directory, &end].concat());
    assert!(!contents.oddities.is_empty() || !contents.unread.is_empty());
    let end = end_record(members.len(), &directory, at, b"a word");
    assert_odd(&[&local[..], &directory, &end].concat(), Odd::DataOutside);
}

#[test]
fn members_that_share_their_data_are_told() {
    let mut members = wheel_members(&[("demo/__init__.py", CODE)]);
    let mut other = member("demo/other.py", CODE);
    other.local_name = Some(b"demo/__init__.py".to_vec());
    other.offset = Some(0);
    members.push(other);
    let (local, directory) = zip_parts(&members[..4]);
    let (_, more) = zip_parts(&members[4..]);
    let at = u32::try_from(local.len()).unwrap();
    let directory = [directory, more].concat();
    let end = end_record(5, &directory, at, b"");
    assert_odd(&[local, directory, end].concat(), Odd::Malformed);
}

#[test]
fn names_twice_or_nearly_twice_are_told() {
    let twice = zip(&wheel_members(&[
        ("demo/a.py", CODE),
        ("demo/a.py", b"x = 1"),
    ]));
    assert_odd(&twice, Odd::DuplicateName);
    let cases = zip(&wheel_members(&[("demo/a.py", CODE), ("demo/A.py", CODE)]));
    assert_odd(&cases, Odd::ConflictingName);
    let both = zip(&wheel_members(&[("demo", CODE), ("demo/a.py", CODE)]));
    assert_odd(&both, Odd::ConflictingName);
}

#[test]
fn paths_that_leave_the_archive_are_told() {
    for name in [
        "../../evil.py",
        "/etc/evil",
        "C:/evil",
        "a\\b.py",
        "a\0b.py",
        "./a.py",
        "x//a.py",
        "a/../b.py",
        "a:b",
        "a\u{202e}b",
    ] {
        assert_odd(&zip(&wheel_members(&[(name, CODE)])), Odd::UnsafePath);
    }
    let bytes = changed(|member| member.name = b"demo/\xff\xfe.py".to_vec());
    assert_odd(&bytes, Odd::UnsafePath);
}

#[test]
fn links_devices_and_directories_with_data_are_told() {
    assert_odd(&changed(|member| member.mode = 0o120_777), Odd::Link);
    assert_odd(&changed(|member| member.mode = 0o020_666), Odd::Device);
    assert_odd(&changed(|member| member.mode = 0o010_666), Odd::Device);
    assert_odd(&zip(&wheel_members(&[("demo/x/", CODE)])), Odd::Malformed);
}

#[test]
fn what_cannot_be_unpacked_is_unread() {
    let contents = scan_wheel(&changed(|member| member.flags = 1));
    assert!(odd(&contents).contains(&Odd::Encrypted));
    assert_eq!(contents.unread.len(), 1);
    let contents = scan_wheel(&changed(|member| member.method = 14));
    assert!(odd(&contents).contains(&Odd::Malformed));
    assert_eq!(contents.unread.len(), 1);
    for change in [
        |member: &mut Member| member.size = Some(3),
        |member: &mut Member| member.size = Some(300),
        |member: &mut Member| {
            member.crc = Some(7);
            member.local_crc = Some(7);
        },
    ] {
        let contents = scan_wheel(&changed(change));
        assert_eq!(contents.unread[0].cause, Cause::Malformed);
        assert_eq!(contents.unread[0].member, "demo/__init__.py");
    }
}

#[test]
fn what_is_no_archive_is_unread() {
    for bytes in [&b""[..], b"PK", b"not a zip archive at all", &[0; 5000]] {
        let contents = scan_named("demo-1.0-py3-none-any.whl", bytes);
        assert_eq!(contents.unread[0].member, "");
        assert_eq!(contents.unread[0].cause, Cause::Malformed);
    }
}
