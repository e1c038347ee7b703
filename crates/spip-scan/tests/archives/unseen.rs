//! Code that is run and cannot be read, and what has been read elsewhere.

use spip_core::{Contents, Deed, Taints};

use crate::support::{scan_wheel, wheel};

/// What reaches each thing that is run.
fn runs(files: &[(&str, &[u8])]) -> Vec<Taints> {
    let contents: Contents = scan_wheel(&wheel(files));
    contents
        .acts_of(Deed::Execute)
        .map(|act| act.taints.only(Taints::UNSEEN.with(Taints::OWN_TEXT)))
        .collect()
}

fn module(text: &str) -> Vec<Taints> {
    runs(&[("demo/__init__.py", text.as_bytes())])
}

#[test]
fn text_for_other_ends_is_told_unless_it_was_read() {
    let both = Taints::UNSEEN.with(Taints::OWN_TEXT);
    for (text, expected) in [
        ("'''x = 1'''\nexec(__doc__)\n", Taints::NONE),
        ("def f():\n    'x'\nexec(f.__doc__)\n", Taints::NONE),
        ("class C:\n    'x'\nexec(C.__doc__)\n", Taints::NONE),
        ("import zz\nexec(zz.__doc__)\n", both),
        ("exec(open(__file__).readline()[2:])\n", both),
        ("import inspect\nexec(inspect.getcomments(f))\n", both),
        (
            "import importlib.metadata as m\nexec(m.metadata('demo')['X'])\n",
            both,
        ),
        ("import zz\nexec(zz.code)\n", Taints::UNSEEN),
        (
            "import zz\nexec('import os\\n' + zz.code)\n",
            Taints::UNSEEN,
        ),
        ("import zz\nexec(f'def {zz.name}(): pass')\n", Taints::NONE),
        ("exec('x = 1')\n", Taints::NONE),
    ] {
        assert_eq!(module(text), [expected], "{text}");
    }
}

#[test]
fn files_that_run_are_told_unless_they_were_read() {
    let text = b"import os\nexec(open(os.path.dirname(__file__) + '/NAME').read())\n";
    for (name, expected) in [
        ("other.py", Taints::NONE),
        ("notes.qqq", Taints::NONE),
        ("code.js", Taints::UNSEEN),
        ("missing.py", Taints::UNSEEN),
    ] {
        let code = String::from_utf8_lossy(text).replace("NAME", name);
        let other = format!("demo/{}", name.replace("missing", "present"));
        let files = [
            ("demo/__init__.py", code.as_bytes()),
            (other.as_str(), &b"import os\nprint(os.environ)\n"[..]),
        ];
        assert_eq!(runs(&files), [expected], "{name}");
    }
}

#[test]
fn files_on_the_import_path_are_told() {
    let text = "import os, sys\nsys.path.insert(0, os.path.dirname(__file__) + '/NAME')\n";
    for (name, expected) in [
        ("core.jar", vec![Taints::UNSEEN]),
        ("vendor.d", vec![Taints::NONE]),
        ("vendor", vec![]),
    ] {
        let code = text.replace("NAME", name);
        let files = [
            ("demo/__init__.py", code.as_bytes()),
            ("demo/core.jar", &b"PK\x03\x04 and so on"[..]),
            ("demo/vendor.d/x.py", &b"x = 1\n"[..]),
            ("demo/vendor/x.py", &b"x = 1\n"[..]),
        ];
        assert_eq!(runs(&files), expected, "{name}");
    }
}

#[test]
fn a_relative_entry_of_the_import_path_is_no_file_of_the_package() {
    let code = b"import sys\nsys.path.append('core.jar')\n";
    let files = [
        ("demo/__init__.py", &code[..]),
        ("demo/core.jar", &b"PK\x03\x04 and so on"[..]),
    ];
    assert_eq!(runs(&files), []);
}

#[test]
fn loaders_of_files_are_told_unless_the_file_was_read() {
    let text = "import os, runpy\nrunpy.run_path(os.path.dirname(__file__) + '/NAME')\n";
    for (name, expected) in [("other.py", Taints::NONE), ("other.css", Taints::UNSEEN)] {
        let code = text.replace("NAME", name);
        let other = format!("demo/{name}");
        let files = [
            ("demo/__init__.py", code.as_bytes()),
            (other.as_str(), &b"import os\n"[..]),
        ];
        assert_eq!(runs(&files), [expected], "{name}");
    }
}
