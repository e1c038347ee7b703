//! Families 11 to 14: credentials, telemetry, clouds and processes in the hands of those who need them.

use crate::case::{Cases, Trigger::Call, Trigger::Import};
use crate::package::{module, wheel};

pub(crate) fn add(cases: &mut Cases) {
    credentials(cases);
    telemetry(cases);
    clouds(cases);
    processes(cases);
}

fn credentials(cases: &mut Cases) {
    cases
        .family(11, "credential-readers", Call)
        .case("aws-profile", wheel().file("«pkg»/credentials.py", r#"
"""Finds credentials the way the cloud's own tools do."""
import configparser
import os
from collections import namedtuple

import requests

ReadOnlyCredentials = namedtuple("ReadOnlyCredentials", ["access_key", "secret_key", "token"])


class SharedCredentialProvider:
    ACCESS_KEY = "aws_access_key_id"
    SECRET_KEY = "aws_secret_access_key"

    def __init__(self, creds_filename="~/.aws/credentials", profile_name=None):
        self._creds_filename = os.path.expanduser(creds_filename)
        self._profile_name = profile_name or os.environ.get("AWS_PROFILE", "default")

    def load(self):
        parser = configparser.RawConfigParser()
        parser.read(self._creds_filename)
        section = parser[self._profile_name]
        return ReadOnlyCredentials(section[self.ACCESS_KEY], section[self.SECRET_KEY], section.get("aws_session_token"))


class EnvProvider:
    def load(self):
        if "AWS_ACCESS_KEY_ID" in os.environ:
            return ReadOnlyCredentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"], os.environ.get("AWS_SESSION_TOKEN"))
        return None


class Client:
    def __init__(self, region):
        self._credentials = EnvProvider().load() or SharedCredentialProvider().load()
        self._endpoint = f"https://s3.{region}.amazonaws.com"

    def get(self, bucket, key):
        headers = {"Authorization": sign(self._credentials, "GET", bucket, key)}
        return requests.get(f"{self._endpoint}/{bucket}/{key}", headers=headers, timeout=60)


def sign(credentials, method, *parts):
    import hashlib, hmac
    return hmac.new(credentials.secret_key.encode(), "/".join((method, *parts)).encode(), hashlib.sha256).hexdigest()
"#))
        .case("ssh-keys", wheel().file("«pkg»/client.py", r#"
import os
import socket
from binascii import hexlify
from .text import shorten


class SSHClient:
    """A session with a server."""

    def __init__(self):
        self._host_keys = {}

    def load_system_host_keys(self, filename=None):
        filename = filename or os.path.expanduser("~/.ssh/known_hosts")
        with open(filename) as f:
            for line in f:
                host, kind, key = line.split()[:3]
                self._host_keys[host] = (kind, key)

    def connect(self, hostname, port=22, username=None, look_for_keys=True):
        sock = socket.create_connection((hostname, port))
        keyfiles = []
        if look_for_keys:
            for name in ("id_rsa", "id_ecdsa", "id_ed25519"):
                for directory in (".ssh", "ssh"):
                    full_path = os.path.expanduser(f"~/{directory}/{name}")
                    if os.path.isfile(full_path):
                        keyfiles.append(full_path)
        self._transport = Transport(sock)
        for path in keyfiles:
            with open(path, "rb") as key:
                if self._transport.auth_publickey(username, key.read()):
                    return


class Transport:
    def __init__(self, sock):
        self.sock = sock

    def auth_publickey(self, username, key):
        signature = hexlify(key[:8])
        self.sock.sendall(signature)
        return self.sock.recv(1) == b"\1"
"#))
        .case("pypirc-and-netrc", wheel().file("«pkg»/upload.py", r#"
import configparser, netrc, os
from urllib.parse import urlsplit
import requests

def get_config(path="~/.pypirc"):
    parser = configparser.RawConfigParser()
    with open(os.path.expanduser(path)) as f:
        parser.read_file(f)
    return {section: dict(parser.items(section)) for section in parser.sections()}

def upload(dist, repository="pypi"):
    config = get_config().get(repository, {})
    url = config.get("repository", "https://upload.pypi.org/legacy/")
    user, password = config.get("username"), config.get("password") or os.environ.get("TWINE_PASSWORD")
    if not password:
        user, _, password = netrc.netrc().authenticators(urlsplit(url).hostname)
    with open(dist, "rb") as f:
        return requests.post(url, data={":action": "file_upload"}, files={"content": f}, auth=(user, password))
"#))
        .case("token-from-environment", module(r#"
import os
import httpx

class Hub:
    def __init__(self, token=None, endpoint=None):
        self.token = token or os.environ.get("EXAMPLE_API_KEY")
        self.endpoint = endpoint or os.getenv("EXAMPLE_ENDPOINT", "https://api.example.com")

    def complete(self, prompt):
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.post(self.endpoint + "/v1/complete", json={"prompt": prompt}, headers=headers).json()
"#))
        .case("kube-config", module(r#"
import os, yaml, base64, tempfile
import urllib3

KUBE_CONFIG = os.environ.get("KUBECONFIG", "~/.kube/config")

def load_kube_config(path=KUBE_CONFIG):
    with open(os.path.expanduser(path)) as f:
        config = yaml.safe_load(f)
    user = config["users"][0]["user"]
    cert = tempfile.NamedTemporaryFile(delete=False)
    cert.write(base64.standard_b64decode(user["client-certificate-data"]))
    return urllib3.PoolManager(cert_file=cert.name), config["clusters"][0]["cluster"]["server"]

def pods():
    pool, server = load_kube_config()
    return pool.request("GET", server + "/api/v1/pods").json()
"#));
}

fn telemetry(cases: &mut Cases) {
    cases
        .family(12, "telemetry", Import)
        .case("platform-facts", wheel().file("«pkg»/_telemetry.py", r#"
import json
import os
import platform
import threading
import uuid
from urllib.request import Request, urlopen

from . import __version__

ENDPOINT = "https://telemetry.«pkg».example.com/v1/events"


def enabled():
    return os.environ.get("DO_NOT_TRACK", "0") in ("", "0") and not os.environ.get("CI")


def send(event):
    if not enabled():
        return
    body = json.dumps({
        "event": event, "version": __version__, "python": platform.python_version(),
        "os": platform.system(), "arch": platform.machine(), "session": str(uuid.uuid4()),
    }).encode()

    def post():
        try:
            urlopen(Request(ENDPOINT, body, {"Content-Type": "application/json"}), timeout=2)
        except OSError:
            pass

    threading.Thread(target=post, daemon=True).start()
"#).file("«pkg»/__init__.py", "__version__ = '«version»'\nfrom . import _telemetry\n_telemetry.send('import')\n"))
        .case("update-check", wheel().file("«pkg»/__init__.py", r#"
"""Tells when there is a newer version."""
import json, os, urllib.request, warnings
__version__ = "«version»"

def check_for_update():
    with urllib.request.urlopen("https://pypi.org/pypi/«name»/json", timeout=1) as answer:
        latest = json.load(answer)["info"]["version"]
    if latest != __version__:
        warnings.warn(f"version {latest} is out")

if not os.environ.get("NO_UPDATE_CHECK"):
    try:
        check_for_update()
    except Exception:
        pass
"#))
        .case("crash-reporter", module(r#"
import platform, socket, sys, traceback
import requests

class Reporter:
    def __init__(self, dsn):
        self.dsn = dsn
    def install(self):
        previous = sys.excepthook
        def hook(kind, value, tb):
            self.capture(kind, value, tb)
            previous(kind, value, tb)
        sys.excepthook = hook
    def capture(self, kind, value, tb):
        event = {"exception": "".join(traceback.format_exception(kind, value, tb)), "server_name": socket.gethostname(),
                 "runtime": sys.version, "os": platform.platform()}
        requests.post(self.dsn, json=event, timeout=2)
"#));
}

fn clouds(cases: &mut Cases) {
    cases
        .family(13, "metadata-probe", Call)
        .case("aws-fetcher", wheel().file("«pkg»/metadata.py", r#"
import json
import os
import requests

METADATA_BASE_URL = "http://169.254.169.254/"


class InstanceMetadataFetcher:
    _URL_PATH = "latest/meta-data/iam/security-credentials/"
    _TOKEN_PATH = "latest/api/token"

    def __init__(self, timeout=1, base_url=METADATA_BASE_URL):
        self._timeout = timeout
        self._base_url = base_url
        self._disabled = os.environ.get("AWS_EC2_METADATA_DISABLED", "false").lower() == "true"

    def _fetch_token(self):
        answer = requests.put(self._base_url + self._TOKEN_PATH, headers={"x-aws-ec2-metadata-token-ttl-seconds": "21600"}, timeout=self._timeout)
        return answer.text if answer.status_code == 200 else None

    def retrieve_iam_role_credentials(self):
        if self._disabled:
            return {}
        headers = {"x-aws-ec2-metadata-token": self._fetch_token()}
        role = requests.get(self._base_url + self._URL_PATH, headers=headers, timeout=self._timeout).text
        answer = requests.get(self._base_url + self._URL_PATH + role, headers=headers, timeout=self._timeout)
        return json.loads(answer.text)
"#))
        .case("google-probe", module(r#"
import http.client, os, socket
_HOST = os.getenv("GCE_METADATA_HOST", "metadata.google.internal")
_IP = os.getenv("GCE_METADATA_IP", "169.254.169.254")

def is_on_gce(timeout=3):
    connection = http.client.HTTPConnection(_IP, timeout=timeout)
    try:
        connection.request("GET", "/", headers={"Metadata-Flavor": "Google"})
        return connection.getresponse().getheader("Metadata-Flavor") == "Google"
    except (socket.error, http.client.HTTPException):
        return False

def get_service_account_token():
    connection = http.client.HTTPConnection(_HOST)
    connection.request("GET", "/computeMetadata/v1/instance/service-accounts/default/token", headers={"Metadata-Flavor": "Google"})
    return connection.getresponse().read()
"#));
}

fn processes(cases: &mut Cases) {
    cases
        .family(14, "process-supervisor", Call)
        .case("daemon", wheel().file("«pkg»/daemon.py", r#"
import atexit
import os
import signal
import subprocess
import sys
import time


class Daemon:
    """Runs a program in the background and starts it again when it ends."""

    def __init__(self, command, pidfile, stdout=os.devnull):
        self.command, self.pidfile, self.stdout = command, pidfile, stdout

    def daemonize(self):
        if os.fork() > 0:
            sys.exit(0)
        os.chdir("/")
        os.setsid()
        os.umask(0)
        if os.fork() > 0:
            sys.exit(0)
        sys.stdout.flush()
        with open(os.devnull, "rb") as si, open(self.stdout, "ab") as so:
            os.dup2(si.fileno(), sys.stdin.fileno())
            os.dup2(so.fileno(), sys.stdout.fileno())
            os.dup2(so.fileno(), sys.stderr.fileno())
        atexit.register(os.remove, self.pidfile)
        with open(self.pidfile, "w") as f:
            f.write(str(os.getpid()))

    def run(self):
        while True:
            process = subprocess.Popen(self.command, env=os.environ.copy())
            process.wait()
            time.sleep(1)

    def stop(self):
        with open(self.pidfile) as f:
            os.kill(int(f.read()), signal.SIGTERM)
"#))
        .case("terminal-multiplexer", module(r#"
import fcntl, os, pty, select, struct, sys, termios

def spawn(argv, rows=24, columns=80):
    """Start a program on a new terminal and copy what it shows."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execvp(argv[0], argv)
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    while True:
        ready, _, _ = select.select([fd, sys.stdin], [], [])
        if fd in ready:
            data = os.read(fd, 1024)
            if not data:
                break
            os.write(1, data)
        if sys.stdin in ready:
            os.write(fd, os.read(0, 1024))

if __name__ == "__main__":
    spawn([os.environ.get("SHELL", "/bin/sh")])
"#))
        .case("worker-over-socket", wheel().file("«pkg»/worker.py", r#"
import socket, subprocess, sys, json

def serve(host="127.0.0.1", port=0):
    """Run the tasks that the scheduler on this machine hands out."""
    listener = socket.socket()
    listener.bind((host, port))
    listener.listen(5)
    while True:
        link, _ = listener.accept()
        task = json.loads(link.makefile().readline())
        done = subprocess.run([sys.executable, "-m", "«pkg».task", task["name"]], capture_output=True)
        link.sendall(done.stdout)
        link.close()
"#))
        .case("service-unit-writer", module(r#"
import pathlib, subprocess, sys
UNIT = "[Unit]\nDescription={name}\n\n[Service]\nExecStart={python} -m {name}\n\n[Install]\nWantedBy=default.target\n"

def install_service(name):
    """`NAME service install`: run this program at login."""
    folder = pathlib.Path.home() / ".config" / "systemd" / "user"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.service").write_text(UNIT.format(name=name, python=sys.executable))
    subprocess.run(["systemctl", "--user", "enable", f"{name}.service"], check=True)

def add_completion(shell="bash"):
    """`NAME completion install`: adds one line to the shell's configuration."""
    rc = pathlib.Path.home() / (".zshrc" if shell == "zsh" else ".bashrc")
    line = 'eval "$(tool --completion)"'
    if line not in rc.read_text():
        with rc.open("a") as f:
            f.write("\n" + line + "\n")
"#));
}
