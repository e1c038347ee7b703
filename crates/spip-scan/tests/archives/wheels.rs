//! Wheels: RECORD, names and tags.

use spip_core::{Odd, Trigger};

use crate::support::{
    METADATA, Member, WHEEL, assert_clean, member, odd, odd_in, scan_named, scan_wheel, wheel,
    wheel_members, zip,
};

/// A wheel in which the text of one member is replaced, RECORD left as it was or corrected.
fn replaced(name: &str, text: &str) -> Vec<Odd> {
    let mut members = wheel_members(&[("demo/__init__.py", b"x = 1\n")]);
    let own = format!("demo-1.0.dist-info/{name}");
    let found: Option<&mut Member> = members.iter_mut().find(|one| one.name == own.as_bytes());
    found.unwrap().data = text.as_bytes().to_vec();
    odd(&scan_wheel(&zip(&members)))
}

fn record(change: impl Fn(&str) -> String) -> Vec<Odd> {
    let members = wheel_members(&[("demo/__init__.py", b"x = 1\n")]);
    let text = String::from_utf8(members.last().unwrap().data.clone()).unwrap();
    replaced("RECORD", &change(&text))
}

#[test]
fn record_is_compared_with_the_members() {
    assert_eq!(record(str::to_owned), []);
    let first = |text: &str| text.lines().next().unwrap().to_owned();
    assert_eq!(
        record(|text| text.replace(&first(text), "")),
        [Odd::NotRecorded]
    );
    assert_eq!(
        record(|text| text.replace(&first(text), "demo/__init__.py,sha256=AAAA,6")),
        [Odd::RecordMismatch]
    );
    let longer = |text: &str| text.replace(&first(text), &first(text).replace(",6", ",7"));
    assert_eq!(record(longer), [Odd::RecordMismatch]);
    let weak = |text: &str| text.replace(&first(text), "demo/__init__.py,md5=abc,6");
    assert_eq!(record(weak), [Odd::RecordMismatch]);
    let none = |text: &str| text.replace(&first(text), "demo/__init__.py,,");
    assert_eq!(record(none), [Odd::RecordMismatch]);
    let more = |text: &str| format!("{text}demo/gone.py,sha256=AAAA,1\n");
    assert_eq!(record(more), [Odd::RecordedButMissing]);
    let twice = |text: &str| format!("{}\n{text}", first(text));
    assert_eq!(record(twice), [Odd::RecordMismatch]);
    let broken = |text: &str| format!("{text}what is this\n");
    assert_eq!(record(broken), [Odd::NoRecord]);
}

#[test]
fn a_member_that_record_does_not_mention_takes_effect_when_it_is_imported() {
    let mut members = wheel_members(&[("demo/__init__.py", b"x = 1\n")]);
    members.push(member("demo/extra.py", b"y = 1\n"));
    members.push(member("demo-1.0.dist-info/RECORD.jws", b"{}"));
    let contents = scan_wheel(&zip(&members));
    assert_eq!(odd(&contents), [Odd::NotRecorded]);
    assert_eq!(contents.oddities[0].trigger, Trigger::Import);
    assert_eq!(contents.oddities[0].site.member, "demo/extra.py");
}

#[test]
fn a_wheel_without_record_is_told() {
    let mut members = wheel_members(&[("demo/__init__.py", b"x = 1\n")]);
    members.pop();
    assert_eq!(odd(&scan_wheel(&zip(&members))), [Odd::NoRecord]);
}

#[test]
fn record_may_use_longer_digests_and_quotes() {
    use sha2::{Digest as _, Sha512};
    let digest = crate::support::base64(&Sha512::digest(b"x = 1\n"));
    let change = |text: &str| {
        let rest: Vec<&str> = text.lines().skip(1).collect();
        format!(
            "\"demo/__init__.py\",sha512={digest},6\n{}\n",
            rest.join("\n")
        )
    };
    assert_eq!(record(change), []);
}

#[test]
fn the_file_name_and_the_metadata_must_agree() {
    let bytes = wheel(&[("demo/__init__.py", b"")]);
    assert_clean(&scan_named("Demo-1.0.0-1-py3-none-any.whl", &bytes));
    for name in [
        "other-1.0-py3-none-any.whl",
        "demo-1.1-py3-none-any.whl",
        "demo-1.0-cp311-cp311-manylinux_2_17_x86_64.whl",
        "demo.whl",
    ] {
        let contents = scan_named(name, &bytes);
        assert!(odd(&contents).contains(&Odd::NameMismatch), "{name}");
    }
    let wrong = METADATA.replace("Name: demo", "Name: other");
    assert!(replaced("METADATA", &wrong).contains(&Odd::NameMismatch));
    let twice = METADATA.replace("Name: demo", "Name: demo\nName: other");
    assert!(replaced("METADATA", &twice).contains(&Odd::NameMismatch));
    let tags = WHEEL.replace("py3-none-any", "cp311-cp311-win_amd64");
    assert!(replaced("WHEEL", &tags).contains(&Odd::NameMismatch));
    let format = WHEEL.replace("1.0", "2.0");
    assert!(replaced("WHEEL", &format).contains(&Odd::Malformed));
}

#[test]
fn two_directories_for_metadata_are_told() {
    let odd = odd_in(&[
        ("demo/__init__.py", b""),
        ("other-2.0.dist-info/METADATA", b"Name: other"),
    ]);
    assert_eq!(odd, [Odd::SeveralTops]);
}

#[test]
fn entry_points_are_looked_at() {
    let points = |text: &str| {
        odd_in(&[
            ("demo/__init__.py", b""),
            ("demo-1.0.dist-info/entry_points.txt", text.as_bytes()),
        ])
    };
    assert_eq!(points("[console_scripts]\ndemo = demo:main\n"), []);
    assert_eq!(
        points("[console_scripts]\n../x = demo:main\n"),
        [Odd::StrangeEntryPoint]
    );
    assert_eq!(
        points("[console_scripts]\npip = demo:main\n"),
        [Odd::ShadowedCommand]
    );
}

#[test]
fn names_of_others_are_told() {
    assert_eq!(
        odd_in(&[("demo/__init__.py", b""), ("queue.py", b"")]),
        [Odd::ShadowedStdlib]
    );
    assert_eq!(odd_in(&[("requests/hooks.py", b"")]), [Odd::ForeignPackage]);
    assert_eq!(
        odd_in(&[("demo-1.0.data/scripts/sudo", b"#!python\n")]),
        [Odd::ShadowedCommand]
    );
    assert_eq!(
        odd_in(&[("demo-1.0.data/data/bin/pip3", b"#!/bin/sh\n")]),
        [Odd::ShadowedCommand]
    );
}

#[test]
fn start_files_act_where_the_interpreter_looks() {
    let code = b"import os; print(1)\n";
    for path in [
        "demo.pth",
        "demo-1.0.data/purelib/demo.pth",
        "demo-1.0.data/data/lib/python3.12/site-packages/demo.pth",
        "sitecustomize.py",
        "demo-1.0.data/platlib/usercustomize.py",
    ] {
        let contents = scan_wheel(&wheel(&[(path, code)]));
        assert_eq!(odd(&contents), [Odd::StartFile], "{path}");
        assert_eq!(contents.oddities[0].trigger, Trigger::Start, "{path}");
    }
    assert_eq!(
        odd_in(&[("demo.start", b"demo.boot:run\n")]),
        [Odd::StartFile]
    );
    assert_eq!(
        odd_in(&[("demo/x.pth", code), ("demo/sitecustomize.py", code)]),
        []
    );
    assert_eq!(odd_in(&[("demo.pth", b"../elsewhere\n")]), [Odd::StartPath]);
}
