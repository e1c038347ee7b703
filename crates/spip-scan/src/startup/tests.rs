//! Tests of the start-up files.

use super::*;
use crate::Limits;

fn looked(path: &str, text: &[u8], project: &str) -> Findings {
    let limits = Limits::default();
    let never = || false;
    let watch = Watch::new(&limits, &never);
    let mut findings = Findings::default();
    let file = StartFile {
        path,
        bytes: text,
        trigger: Trigger::Start,
        project: Some(project),
    };
    look(&file, &watch, &mut findings);
    findings
}

fn kinds(path: &str, text: &[u8]) -> Vec<Odd> {
    let oddities = looked(path, text, "demo").oddities.into_iter();
    oddities.map(|oddity| oddity.what).collect()
}

#[test]
fn lines_that_begin_with_import_are_run() {
    for text in [
        &b"import os"[..],
        b"import\tos",
        b"# first\nimport os;print(1)\n",
        b"\xef\xbb\xbfimport os",
        b"\n\r\nimport os\r\n",
        b"x\rimport os",
        b"a\x0cimport os",
        b"caf\xe9\nimport os",
    ] {
        let kinds = kinds("x.pth", text);
        assert!(kinds.contains(&Odd::StartFile), "{text:?}");
    }
}

#[test]
fn comments_blanks_and_indented_lines_are_not_run() {
    for text in [&b"# import os\n"[..], b"", b"\n  \n"] {
        assert_eq!(kinds("x.pth", text), [], "{text:?}");
    }
    for text in [&b" import os"[..], b"importlib", b"IMPORT os"] {
        assert_eq!(kinds("x.pth", text), [Odd::StartPath], "{text:?}");
    }
}

#[test]
fn each_line_of_code_is_read_with_its_number() {
    let findings = looked("x.pth", b"a\nimport b.c, d as e;x()\n\nimport f\n", "demo");
    assert_eq!(findings.modules.len(), 2);
    let roots: Vec<_> = findings
        .roots
        .iter()
        .map(|root| root.module.as_str())
        .collect();
    assert_eq!(
        roots,
        ["@a:sitecustomize", "@a:usercustomize", "b.c", "d", "f"]
    );
    let start = findings
        .oddities
        .iter()
        .find(|odd| odd.what == Odd::StartFile);
    assert_eq!(start.map(|odd| odd.site.line), Some(2));
}

#[test]
fn start_files_name_functions_that_are_called() {
    let findings = looked("x.start", b"# c\ndemo.boot:run\nnot a name\n", "demo");
    let expected = Root {
        module: "demo.boot".to_owned(),
        object: Some("run".to_owned()),
        trigger: Trigger::Start,
    };
    assert_eq!(findings.roots, [expected]);
    assert_eq!(findings.oddities[0].what, Odd::StartFile);
}

#[test]
fn a_known_file_is_known_in_its_own_project_only() {
    let text = b"import _distutils_hack";
    assert_eq!(kinds("distutils-precedence.pth", text), [Odd::StartFile]);
    let real = b"import autowrapt.bootstrap; autowrapt";
    assert_ne!(
        looked("a.pth", real, "autowrapt").oddities[0].what,
        Odd::KnownStartFile
    );
}

#[test]
fn paths_that_leave_the_package_say_so() {
    for text in [
        &b"/opt/x"[..],
        b"../x",
        b"a/../../x",
        b"C:\\x",
        b"\\\\host\\x",
    ] {
        let findings = looked("x.pth", text, "demo");
        assert_eq!(findings.oddities[0].what, Odd::StartPath);
        assert!(
            !findings.oddities[0]
                .detail
                .starts_with("adds a directory to"),
            "{text:?}"
        );
    }
}

#[test]
fn blank_lines_do_not_push_code_out_of_sight() {
    let text = format!("{}import os\n", "\n".repeat(20_000));
    assert_eq!(kinds("x.pth", text.as_bytes()), [Odd::StartFile]);
    let findings = looked("x.pth", "demo\n".repeat(20_000).as_bytes(), "demo");
    assert_eq!(findings.unread.len(), 1);
    let findings = looked("x.start", "demo:run\n".repeat(20_000).as_bytes(), "demo");
    assert_eq!(findings.unread.len(), 1);
}

#[test]
fn models_are_told_from_texts_that_begin_like_them() {
    assert!(is_model(b"PK\x03\x04\x14\0\0\0"));
    assert!(is_model(b"\x80\x02\x8a\x0al\xfc\x9c\0"));
    assert!(!is_model(b"PK\x03\x04\nimport os\n"));
    assert!(has_code(b"PK\x03\x04\0\0\nimport os\n"));
    assert!(has_code(b"\x80\0\xe2\x80\xa8import os"));
    assert!(!has_code(b"PK\x03\x04\0x import os\nimported\n"));
}

#[test]
fn shipped_lines_of_editable_installations_are_not_known() {
    let line = b"import __editable___demo_finder; __editable___demo_finder.install()\n";
    let findings = looked("demo.pth", line, "demo");
    assert_eq!(findings.oddities[0].what, Odd::StartFile);
    assert_eq!(findings.roots[0].module, "__editable___demo_finder");
}
