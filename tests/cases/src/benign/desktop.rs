//! Families 23 to 25: clipboards, screens and keyboards of those who asked for them.

use crate::case::{Cases, Trigger::Call};
use crate::package::{module, wheel};

pub(crate) fn add(cases: &mut Cases) {
    cases
        .family(23, "clipboard", Call)
        .case("per-platform", wheel().file("«pkg»/clipboard.py", r#"
import os
import platform
import subprocess
import time
from shutil import which

ENCODING = "utf-8"


def init_osx_pbcopy_clipboard():
    def copy_osx_pbcopy(text):
        with subprocess.Popen(["pbcopy", "w"], stdin=subprocess.PIPE, close_fds=True) as p:
            p.communicate(input=text.encode(ENCODING))

    def paste_osx_pbcopy():
        with subprocess.Popen(["pbpaste", "r"], stdout=subprocess.PIPE, close_fds=True) as p:
            return p.communicate()[0].decode(ENCODING)

    return copy_osx_pbcopy, paste_osx_pbcopy


def init_windows_clipboard():
    import ctypes
    from ctypes.wintypes import HGLOBAL, LPVOID
    windll = ctypes.windll

    def copy_windows(text):
        windll.user32.OpenClipboard(0)
        windll.user32.EmptyClipboard()
        handle = windll.kernel32.GlobalAlloc(0x0002, len(text) * 2 + 2)
        ctypes.memmove(windll.kernel32.GlobalLock(handle), text.encode("utf-16-le"), len(text) * 2)
        windll.user32.SetClipboardData(13, handle)
        windll.user32.CloseClipboard()

    def paste_windows():
        windll.user32.OpenClipboard(0)
        return ctypes.c_wchar_p(windll.user32.GetClipboardData(13)).value

    return copy_windows, paste_windows


def init_xclip_clipboard():
    def copy_xclip(text):
        subprocess.Popen(["xclip", "-selection", "c"], stdin=subprocess.PIPE).communicate(text.encode(ENCODING))

    def paste_xclip():
        return subprocess.check_output(["xclip", "-selection", "c", "-o"]).decode(ENCODING)

    return copy_xclip, paste_xclip


def wait_for_new_paste(paste):
    original = paste()
    while paste() == original:
        time.sleep(0.01)
    return paste()
"#))
        .case("notebook-table", module(r#"
import pandas as pd, pyperclip
def to_clipboard(frame):
    pyperclip.copy(frame.to_csv(sep="\t"))
def from_clipboard():
    from io import StringIO
    return pd.read_csv(StringIO(pyperclip.paste()), sep="\t")
"#));
    cases
        .family(24, "screenshots", Call)
        .case(
            "grab",
            wheel().file(
                "«pkg»/linux.py",
                r#"
import ctypes.util
import os
from ctypes import CDLL, POINTER, Structure, c_char_p, c_int, c_ulong, c_void_p

_X11 = ctypes.util.find_library("X11")
_XRANDR = ctypes.util.find_library("Xrandr")


class MSS:
    """Takes pictures of the screen."""

    def __init__(self, display=None):
        display = display or os.environ["DISPLAY"].encode()
        self.xlib = CDLL(_X11)
        self.xlib.XOpenDisplay.restype = c_void_p
        self._display = self.xlib.XOpenDisplay(display)

    def grab(self, left, top, width, height):
        root = self.xlib.XDefaultRootWindow(self._display)
        return self.xlib.XGetImage(self._display, root, left, top, width, height, 0xFFFFFF, 2)

    def save(self, output="monitor.png"):
        with open(output, "wb") as f:
            f.write(bytes(self.grab(0, 0, 1, 1)))
        return output
"#,
            ),
        )
        .case(
            "gui-testing",
            module(
                r#"
from PIL import ImageGrab, ImageChops
import pathlib
def compare(path, box=None):
    """Compare the screen with a picture taken earlier."""
    now = ImageGrab.grab(box)
    if not pathlib.Path(path).exists():
        now.save(path)
    from PIL import Image
    return ImageChops.difference(now, Image.open(path)).getbbox() is None
"#,
            ),
        );
    cases
        .family(25, "keyboard-hooks", Call)
        .case("listener", wheel().file("«pkg»/_xorg.py", r#"
import threading
from ctypes import CFUNCTYPE, POINTER, c_int, windll, byref
from ctypes.wintypes import MSG

WH_KEYBOARD_LL = 13


class Listener(threading.Thread):
    """Watches the keyboard and calls back."""

    def __init__(self, on_press=None, on_release=None, suppress=False):
        super().__init__(daemon=True)
        self.on_press, self.on_release, self.suppress = on_press, on_release, suppress

    def run(self):
        @CFUNCTYPE(c_int, c_int, c_int, POINTER(c_int))
        def handler(code, message, data):
            if self.on_press and message == 0x0100:
                self.on_press(data[0])
            return windll.user32.CallNextHookEx(None, code, message, data)

        hook = windll.user32.SetWindowsHookExW(WH_KEYBOARD_LL, handler, None, 0)
        message = MSG()
        while windll.user32.GetMessageW(byref(message), None, 0, 0) > 0:
            pass
        windll.user32.UnhookWindowsHookEx(hook)
"#))
        .case("hotkeys", module(r#"
import subprocess
from pynput import keyboard

def bind(combinations):
    """Run programs on hot keys: {'<ctrl>+<alt>+t': ['xterm']}."""
    actions = {keys: (lambda argv=argv: subprocess.Popen(argv)) for keys, argv in combinations.items()}
    with keyboard.GlobalHotKeys(actions) as hooks:
        hooks.join()
"#));
}
