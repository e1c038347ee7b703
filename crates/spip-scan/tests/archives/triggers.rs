//! When code of one file runs that another file calls.

use spip_core::{Deed, Taints, Trigger};

use crate::support::{member, scan_wheel, wheel, zip};

const CLI: (&str, &[u8]) = (
    "demo/cli.py",
    b"import subprocess\ndef main():\n    subprocess.run(['true'])\n",
);

/// When the program starts that `demo/cli.py` starts, with this file beside it.
fn runs(path: &str, text: &str) -> Option<Trigger> {
    let contents = scan_wheel(&wheel(&[CLI, (path, text.as_bytes())]));
    contents.acts_of(Deed::Spawn).map(|act| act.trigger).max()
}

#[test]
fn a_file_started_as_a_program_is_not_an_import() {
    let guarded = "from demo.cli import main\nif __name__ == '__main__':\n    main()\n";
    assert_eq!(runs("demo/run.py", guarded), Some(Trigger::Call));
    assert_eq!(runs("demo/__main__.py", guarded), Some(Trigger::Call));
    let bare = "from demo.cli import main\nmain()\n";
    assert_eq!(runs("demo/__main__.py", bare), Some(Trigger::Call));
    assert_eq!(runs("demo/run.py", bare), Some(Trigger::Import));
}

#[test]
fn an_import_of_the_program_runs_it() {
    let mut files = vec![CLI, ("demo/__init__.py", &b"from . import __main__\n"[..])];
    files.push(("demo/__main__.py", b"from demo.cli import main\nmain()\n"));
    let contents = scan_wheel(&wheel(&files));
    assert_eq!(contents.acts[0].trigger, Trigger::Import);
    let guarded = b"from demo.cli import main\nif __name__ == '__main__':\n    main()\n";
    files[2].1 = guarded;
    let contents = scan_wheel(&wheel(&files));
    assert_eq!(contents.acts[0].trigger, Trigger::Call);
}

#[test]
fn what_tests_define_is_out_of_reach_until_something_imports_them() {
    let files = [("demo/test_cli.py", CLI.1)];
    let contents = scan_wheel(&wheel(&files));
    assert_eq!(contents.acts[0].trigger, Trigger::Never);
    let imported = [files[0], ("demo/__init__.py", b"from . import test_cli\n")];
    let contents = scan_wheel(&wheel(&imported));
    assert_eq!(contents.acts[0].trigger, Trigger::Call);
}

/// When a payload starts that lies in an archive of this name, which the package imports from, and
/// whether the import itself is told of.
fn imported_from(name: &str, archive: &[u8]) -> (Option<Trigger>, bool) {
    let code = format!(
        "import os, sys\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), '{name}'))\nimport payload\n"
    );
    let path = format!("demo/{name}");
    let contents = scan_wheel(&wheel(&[
        ("demo/__init__.py", code.as_bytes()),
        (&path, archive),
    ]));
    assert_eq!(contents.unread, [], "{name}");
    let told = contents
        .acts_of(Deed::Execute)
        .any(|act| act.taints.any(Taints::UNSEEN));
    let spawn = contents.acts_of(Deed::Spawn).map(|act| act.trigger).max();
    (spawn, told)
}

#[test]
fn modules_in_an_archive_run_when_it_is_imported_from() {
    let code = b"import subprocess\nsubprocess.run(['true'])\n";
    let archive = zip(&[member("payload.py", code)]);
    for name in ["a.zip", "a.dat", "a.egg"] {
        assert_eq!(
            imported_from(name, &archive),
            (Some(Trigger::Import), false),
            "{name}"
        );
    }
    let package = zip(&[member("payload/__init__.py", code)]);
    assert_eq!(
        imported_from("a.zip", &package),
        (Some(Trigger::Import), false)
    );
}

#[test]
fn an_archive_that_nobody_looks_into_is_told_when_it_is_imported_from() {
    let archive = zip(&[member(
        "payload.py",
        b"import subprocess\nsubprocess.run(['true'])\n",
    )]);
    for name in ["a.docx", "a.jar"] {
        assert_eq!(imported_from(name, &archive), (None, true), "{name}");
    }
    let behind = [b"GIF89a and so on", &archive[..]].concat();
    assert_eq!(imported_from("a.bin", &behind), (None, true));
}

/// What a client class does in its methods, where an import makes an object of it.
fn early_of(base: &str) -> Vec<Trigger> {
    let module = format!(
        "import {module}\nclass Client({base}):\n    def answer(self, text):\n        exec(text)\n",
        module = base.rsplit_once('.').expect("a dotted name").0
    );
    let contents = scan_wheel(&wheel(&[
        (
            "demo/__init__.py",
            b"from .client import Client\nCLIENT = Client()\n",
        ),
        ("demo/client.py", module.as_bytes()),
    ]));
    let acts = contents.acts_of(Deed::Execute);
    acts.map(|act| act.trigger).collect()
}

#[test]
fn an_object_that_an_import_makes_runs_its_methods_only_where_a_peer_calls_them() {
    assert_eq!(early_of("discord.Client"), [Trigger::Import]);
    for base in ["requests.Session", "http.client.HTTPConnection"] {
        assert_eq!(early_of(base), [Trigger::Call], "{base}");
    }
}
