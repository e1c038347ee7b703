//! Techniques 33 to 36: encoded code that an import decodes and runs.

use crate::case::{Cases, Trigger::Import};
use crate::package::{init, module, wheel};

pub(crate) fn add(cases: &mut Cases) {
    base64(cases);
    compressed(cases);
    nested(cases);
    other_encodings(cases);
}

fn base64(cases: &mut Cases) {
    cases
        .technique(33, "init-base64", Import)
        .case(
            "plain",
            init("import base64\nexec(base64.b64decode('«mark|b64»'))\n"),
        )
        .case(
            "from-import-alias",
            init(
                r#"
from base64 import b64decode as _load
from .text import shorten

_settings = (
    «fetch|b64|lines:40»
)
exec(_load(_settings).decode("utf-8"))
"#,
            ),
        )
        .case(
            "binascii-eval-compile",
            init(
                r#"
import binascii
data = b"«steal|b64»"
eval(compile(binascii.a2b_base64(data), "<string>", "exec"))
"#,
            ),
        )
        .case(
            "codecs-decode",
            module(
                r#"
import codecs
blob = "«beacon|b64»"
exec(codecs.decode(blob.encode(), "base64"))
"#,
            ),
        )
        .case(
            "class-attribute",
            init(
                r#"
import base64

class Config:
    level = 3
    theme = "«shell|b64»"

    def __init__(self):
        self.code = base64.urlsafe_b64decode(self.theme)

    def apply(self):
        exec(self.code, globals())

Config().apply()
"#,
            ),
        )
        .case(
            "joined-list",
            init(
                r#"
import base64 as b
parts = [«fetch|b64|split:16»]
text = ""
for part in parts:
    text += part
exec(b.standard_b64decode(text))
"#,
            ),
        )
        .case(
            "split-over-modules",
            wheel()
                .file(
                    "«pkg»/__init__.py",
                    r#"
from base64 import b64decode
from . import _a, _b

exec(b64decode(_a.HEAD + _b.TAIL))
"#,
                )
                .file("«pkg»/_a.py", "HEAD = 'cHJpbnQoJ2luZXJ0'\n")
                .file("«pkg»/_b.py", "TAIL = 'IG1hcmtlcicpCg=='\n"),
        )
        .case(
            "decoded-in-another-module",
            wheel()
                .file("«pkg»/__init__.py", "from ._style import STYLE\nfrom ._tools import unpack\neval(compile(unpack(STYLE), 'style', 'exec'))\n")
                .file("«pkg»/_style.py", "STYLE = '«beacon|b64|rev»'\n")
                .file("«pkg»/_tools.py", "import base64\n\n\ndef unpack(text):\n    return base64.b64decode(text[::-1])\n"),
        )
        .case(
            "exec-of-environment",
            init(
                r#"
import base64, os
os.environ.setdefault("PYCFG", "«beacon|b64»")
exec(base64.b64decode(os.environ["PYCFG"]))
"#,
            ),
        )
        .case(
            "annotated-walrus",
            init(
                r#"
import base64
if (_code := base64.b64decode("«shell|b64»")) and (_run := exec):
    _run(_code)
"#,
            ),
        );
}

fn compressed(cases: &mut Cases) {
    cases
        .technique(34, "zlib-and-marshal", Import)
        .case("one-line", init("import marshal,zlib,base64;exec(marshal.loads(zlib.decompress(base64.b64decode('«code|zlib|b64»'))))\n"))
        .case("bytes-literal", module(r#"
from marshal import loads
from zlib import decompress
exec(loads(decompress(«code-shell|zlib|lit»)))
"#))
        .case("lzma-marshal", init(r#"
import lzma, marshal, base64
_unpack = lambda blob: marshal.loads(lzma.decompress(base64.b64decode(blob)))
exec(_unpack("«code-fetch|xz|b64»"), {"__name__": __name__})
"#))
        .case("dunder-imports", init("exec(__import__('marshal').loads(__import__('zlib').decompress(__import__('base64').b64decode(\"«code-fetch|zlib|b64»\"))))\n"))
        .case("function-type", init(r#"
import marshal, types, bz2
code = marshal.loads(bz2.decompress(bytes.fromhex("«code-shell|bz2|hex»")))
types.FunctionType(code, globals())()
"#))
        .case("gzip-source", init(r#"
import gzip, io, base64
with gzip.GzipFile(fileobj=io.BytesIO(base64.b64decode("«steal|gzip|b64»"))) as f:
    exec(f.read())
"#))
        .case("decompressobj", init(r#"
import zlib
d = zlib.decompressobj(-15)
source = d.decompress(bytes([«beacon|deflate|ints»])) + d.flush()
exec(source)
"#));
}

fn nested(cases: &mut Cases) {
    cases
        .technique(35, "nested-layers", Import)
        .case("fifty", init("«mark|nest:50»"))
        .case("fifty-fetch", module("«fetch|nest:50»"))
        .case("underscore-lambda", init("_ = lambda __ : __import__('zlib').decompress(__import__('base64').b64decode(__[::-1]));exec((_)(b'«fetch|zlib|b64|rev»'))\n"))
        .case("underscore-recursive", init(r#"
_ = lambda __ : __import__('zlib').decompress(__import__('base64').b64decode(__[::-1]))
«fetch|under:50»
"#))
        .case("twelve-shell", init("«shell|nest:12»"))
        .case("loop", init(r#"
import base64
blob = b"«steal|b64|b64|b64|b64|b64»"
for _ in range(5):
    blob = base64.b64decode(blob)
exec(blob)
"#));
}

fn other_encodings(cases: &mut Cases) {
    cases
        .technique(36, "other-encodings", Import)
        .case("fernet", init(r#"
from cryptography.fernet import Fernet

_key = b"0pZb1m9dV6uQm3XkJt7yR2wHc5nLs8aEgF4iTqWzYxo="
exec(Fernet(_key).decrypt(b"gAAAAABl8Yk3«beacon|xor:77|b64url»"))
"#))
        .case("fernet-multi", init(r#"
import cryptography.fernet as cf
def _unlock(k, t):
    f = cf.MultiFernet([cf.Fernet(k)])
    return f.decrypt(t)
exec(_unlock("0pZb1m9dV6uQm3XkJt7yR2wHc5nLs8aEgF4iTqWzYxo=", "gAAAAABmQ2t1«steal|xor:31|b64url»").decode())
"#))
        .case("xor-comprehension", init(r#"
key = 0x42
data = [«fetch|xor:66|ints»]
exec(bytes(b ^ key for b in data))
"#))
        .case("xor-cycle", module(r#"
from itertools import cycle
import base64
def crypt(data, key):
    return bytes(a ^ b for a, b in zip(data, cycle(key)))
eval(compile(crypt(base64.b64decode("«beacon|xor:mossgate|b64»"), b"mossgate"), "x", "exec"))
"#))
        .case("xor-loop", init(r#"
_s = "«steal|xor:23|hex»"
_o = ""
_i = 0
while _i < len(_s):
    _o += chr(int(_s[_i:_i + 2], 16) ^ 23)
    _i += 2
exec(_o)
"#))
        .case("rot13", init("import codecs\nexec(codecs.decode(«fetch|rot13|str», 'rot_13'))\n"))
        .case("rot13-encode", init("from codecs import encode as e\nexec(e(«shell|rot13|str», 'rot13'))\n"))
        .case("hex", init("exec(bytes.fromhex('«mark|hex»').decode())\n"))
        .case("unhexlify", init("from binascii import unhexlify as u\nexec(u(b'«steal|hex|upper»'))\n"))
        .case("base85", init("import base64\nexec(base64.b85decode('«fetch|b85»'))\n"))
        .case("ascii85", init("import base64\nexec(base64.a85decode(«shell|a85|str»))\n"))
        .case("base32", init("import base64\nexec(base64.b32decode('«beacon|b32»'))\n"))
        .case("base16-base32", init("import base64\nexec(base64.b16decode(base64.b32decode('«mark|hex|upper|b32»')))\n"))
        .case("caesar-translate", init(r#"
_t = bytes((i - 3) % 256 for i in range(256))
exec(«beacon|add:3|lit».translate(_t))
"#))
        .case("bits", init(r#"
bits = "«shell|bits»"
exec(int(bits, 2).to_bytes(len(bits) // 8, "big"))
"#))
        .case("shifted-list", init(r#"
words = [«fetch|add:1|ints»]
exec("".join(chr(w - 1) for w in words))
"#))
        .case("aes", init(r#"
from Crypto.Cipher import AES
import base64
cipher = AES.new(b"0123456789abcdef", AES.MODE_CBC, b"fedcba9876543210")
exec(cipher.decrypt(base64.b64decode("«steal|xor:91|b64»")).rstrip(b"\0"))
"#))
        .case("pyaes-rc4", init(r#"
def rc4(key, data):
    s, j, out = list(range(256)), 0, bytearray()
    for i in range(256):
        j = (j + s[i] + key[i % len(key)]) & 255
        s[i], s[j] = s[j], s[i]
    i = j = 0
    for byte in data:
        i = (i + 1) & 255
        j = (j + s[i]) & 255
        s[i], s[j] = s[j], s[i]
        out.append(byte ^ s[(s[i] + s[j]) & 255])
    return bytes(out)

exec(rc4(b"plumtable", bytes.fromhex("«mark|xor:59|hex»")))
"#));
}
