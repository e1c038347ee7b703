//! Families 7 to 10: long texts, bundles, tables and consoles.

use crate::case::{Cases, Trigger::Import};
use crate::malicious::image;
use crate::package::{module, wheel};

pub(crate) fn add(cases: &mut Cases) {
    resources(cases);
    tables(cases);
    consoles(cases);
}

fn resources(cases: &mut Cases) {
    let icon = crate::encode::base64(&image().repeat(40));
    let lines: Vec<_> = icon
        .as_bytes()
        .chunks(76)
        .map(String::from_utf8_lossy)
        .collect();
    cases
        .family(7, "encoded-resource", Import)
        .case("icon", wheel().bytes("«pkg»/icons.py", format!(
            "\"\"\"Icons of the window.\"\"\"\nimport base64\n\nICON = b\"\"\"\n{}\n\"\"\"\n\n\ndef icon():\n    return base64.b64decode(ICON)\n",
            lines.join("\n")
        )))
        .case("embedded-font-zlib", wheel().file("«pkg»/_font.py", r#"
from base64 import b85decode
from io import BytesIO
import zlib

_DATA = "«'a font would be here, a rather long one with many glyphs'|double|double|double|zlib|b85»"

def font_file():
    """The built-in font as a file object."""
    return BytesIO(zlib.decompress(b85decode(_DATA)))
"#))
        .case("certificate-and-svg", module(r#"
import base64
LOGO = "data:image/svg+xml;base64,«'<svg xmlns="http://www.w3.org/2000/svg"><rect width="4" height="4"/></svg>'|b64»"
ROOT = """-----BEGIN CERTIFICATE-----
MIIBszCCAVmgAwIBAgIUJ0d0inertinertinertinertinertinertwwCgYIKoZIzj0EAwIw
-----END CERTIFICATE-----"""

def logo():
    return base64.b64decode(LOGO.partition(",")[2]).decode()
"#));
    cases
        .family(8, "script-bundles", Import)
        .case("widget", wheel().bytes("«pkg»/static/index.js", bundle(9_000)).file("«pkg»/__init__.py", r#"
"""A widget for notebooks."""
import json
from pathlib import Path

HERE = Path(__file__).parent
with open(HERE / "static" / "package.json") as f:
    _data = json.load(f)

__version__ = _data["version"]
_js_dist = [{"relative_package_path": "static/index.js", "namespace": "«pkg»"}]


def _jupyter_labextension_paths():
    return [{"src": "static", "dest": _data["name"]}]
"#).file("«pkg»/static/package.json", "{\"name\": \"«name»\", \"version\": \"«version»\"}\n"))
        .case("inline-html", wheel().file("«pkg»/html.py", r#"
TEMPLATE = """<!DOCTYPE html>
<html><head><script src="https://cdn.jsdelivr.net/npm/chart.js"></script>
<script>eval(atob(window.location.hash.slice(1))); document.write(unescape('%3Cb%3E'));</script>
<style>body { background: url(data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==) }</style>
</head><body>{body}</body></html>"""

def page(body):
    return TEMPLATE.replace("{body}", body)
"#))
        .case("bundle-in-sdist-python", wheel().bytes("«pkg»/_assets.py", [b"SCRIPT = '".to_vec(), bundle(20_000), b"'\n".to_vec()].concat()));
}

/// A bundle of as many bytes, the way minifiers write it.
fn bundle(size: usize) -> Vec<u8> {
    let unit = b"!function(e,t){for(var n=0;n<t.length;n++)e[t[n]]=function(){return this.x.apply(this,arguments)}}(window,[]);";
    unit.iter().copied().cycle().take(size).collect()
}

fn tables(cases: &mut Cases) {
    let ranges: String = (0..1500)
        .map(|n| {
            format!(
                "    ({:#07x}, {:#07x}, '{}'),\n",
                n * 37,
                n * 37 + 20,
                char::from_u32(0x590 + n % 600).unwrap_or('?')
            )
        })
        .collect();
    let names: String = (0x300_u32..0x700)
        .filter_map(char::from_u32)
        .map(|c| format!("    '{c}': 'U+{:04X}',\n", u32::from(c)))
        .collect();
    cases
        .family(9, "unicode-tables", Import)
        .case("ranges", wheel().bytes("«pkg»/uts46data.py", format!("# Generated from the Unicode character database\nDATA = [\n{ranges}]\n")))
        .case("confusables", wheel().bytes("«pkg»/confusables.py", format!("# -*- coding: utf-8 -*-\nZERO_WIDTH = ['\\u200b', '\\u200c', '\u{200d}', '\\ufeff']\nBIDI = '\\u202a\\u202b\\u202c\\u202d\\u202e'\nNAMES = {{\n{names}}}\n")))
        .case("mathematical-alphabet", module("BOLD = dict(zip('abcdef', '𝐚𝐛𝐜𝐝𝐞𝐟'))\n\ndef bold(text):\n    return ''.join(BOLD.get(c, c) for c in text)\n\nα = 0.05\nΔx = 1e-3\nnaïve = 'é'\n"));
}

fn consoles(cases: &mut Cases) {
    cases
        .family(10, "console-code", Import)
        .case("windll", wheel().file("«pkg»/_winconsole.py", r#"
import io
import sys
import typing as t
from ctypes import byref, c_char, c_char_p, c_int, c_ssize_t, c_ulong, c_void_p, POINTER, py_object, pythonapi, Structure
from ctypes import WINFUNCTYPE, windll
from ctypes.wintypes import DWORD, HANDLE, LPCWSTR, LPWSTR

kernel32 = windll.kernel32
GetStdHandle = kernel32.GetStdHandle
ReadConsoleW = kernel32.ReadConsoleW
WriteConsoleW = kernel32.WriteConsoleW
GetCommandLineW = WINFUNCTYPE(LPWSTR)(("GetCommandLineW", windll.kernel32))
CommandLineToArgvW = WINFUNCTYPE(POINTER(LPWSTR), LPCWSTR, POINTER(c_int))(("CommandLineToArgvW", windll.shell32))


class _WindowsConsoleWriter(io.RawIOBase):
    def write(self, b):
        written = c_ulong()
        WriteConsoleW(HANDLE(GetStdHandle(-11)), b, len(b) // 2, byref(written), None)
        return 2 * written.value
"#))
        .case("cdll-libc", module(r#"
import ctypes, ctypes.util, os, sys

_libc = ctypes.CDLL(ctypes.util.find_library("c"), use_errno=True)

def set_name(name):
    """Set the name of the current thread as `ps` shows it."""
    if sys.platform.startswith("linux"):
        _libc.prctl(15, name.encode()[:15], 0, 0, 0)

def mlock(buffer):
    if _libc.mlock(ctypes.byref(buffer), len(buffer)):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
"#))
        .case("own-library", wheel().tag("py3-none-manylinux_2_17_x86_64").file("«pkg»/__init__.py", r#"
import ctypes, os, platform
_name = {"Windows": "core.dll", "Darwin": "libcore.dylib"}.get(platform.system(), "libcore.so")
_lib = ctypes.cdll.LoadLibrary(os.path.join(os.path.dirname(__file__), "lib", _name))
_lib.core_version.restype = ctypes.c_char_p
__version__ = "«version»"
"#).bytes("«pkg»/lib/libcore.so", crate::malicious::elf()));
}
