//! Families 1 to 4: how honest `setup.py` files find versions and compile.

use crate::case::{Cases, Trigger::Build};
use crate::package::{sdist, setup};

pub(crate) fn add(cases: &mut Cases) {
    versions(cases);
    versioneer(cases);
    compilers(cases);
    cython(cases);
}

fn versions(cases: &mut Cases) {
    cases
        .family(1, "version-exec", Build)
        .case(
            "open-and-exec",
            setup(
                r#"
import os
from setuptools import find_packages, setup

here = os.path.abspath(os.path.dirname(__file__))
about = {}
with open(os.path.join(here, "«pkg»", "__version__.py"), encoding="utf-8") as f:
    exec(f.read(), about)

with open("README.md", encoding="utf-8") as f:
    readme = f.read()

if os.path.exists("MANIFEST"):
    os.remove("MANIFEST")

setup(
    name=about["__title__"],
    version=about["__version__"],
    long_description=readme,
    packages=find_packages(),
)
"#,
            )
            .file(
                "«pkg»/__init__.py",
                "from .__version__ import __version__\n",
            )
            .file(
                "«pkg»/__version__.py",
                "__title__ = '«name»'\n__version__ = '«version»'\n",
            )
            .file("README.md", "# «name»\n"),
        )
        .case(
            "compile-and-namespace",
            setup(
                r#"
from pathlib import Path
from setuptools import setup

description = ""
root = Path(__file__).resolve().parent
version = {}
exec(compile((root / "src" / "«pkg»" / "version.py").read_text(), "version.py", "exec"), version)

setup(name="«name»", version=version["version"], package_dir={"": "src"}, packages=["«pkg»"])
"#,
            )
            .file("src/«pkg»/__init__.py", "")
            .file("src/«pkg»/version.py", "tag = '«version»'\nversion = tag\n"),
        )
        .case(
            "exec-of-first-line",
            setup(
                r#"
import re, sys
from setuptools import setup, find_packages

for line in open("«pkg»/__init__.py"):
    if line.startswith("__version__"):
        exec(line)
        break

if sys.argv[-1] == "publish":
    import os
    os.system("python setup.py sdist bdist_wheel")
    os.system("twine upload dist/*")
    sys.exit()

setup(name="«name»", version=__version__, packages=find_packages())
"#,
            )
            .file("«pkg»/__init__.py", "__version__ = '«version»'\n"),
        )
        .case(
            "runpy-and-eval",
            setup(
                r#"
import ast
import runpy
from setuptools import setup

PKG = runpy.run_path("«pkg»/_version.py")
classifiers = ast.literal_eval(open("classifiers.txt").read())
debug = eval("1 == 1")
setup(name="«name»", version=PKG["__version__"], packages=["«pkg»"], classifiers=classifiers)
"#,
            )
            .file("«pkg»/_version.py", "__version__ = '«version»'\n")
            .file("«pkg»/__init__.py", "")
            .file("classifiers.txt", "['Programming Language :: Python']\n"),
        )
        .case(
            "load-module-by-path",
            setup(
                r#"
import importlib.util
from setuptools import setup, find_packages

spec = importlib.util.spec_from_file_location("about", "«pkg»/about.py")
about = importlib.util.module_from_spec(spec)
spec.loader.exec_module(about)
setup(name="«name»", version=about.__version__, packages=find_packages())
"#,
            )
            .file("«pkg»/about.py", "__version__ = '«version»'\n")
            .file("«pkg»/__init__.py", ""),
        );
}

const VERSIONEER: &str = r##"
"""Derives the version from version control; vendored into the source tree."""
import configparser
import errno
import os
import re
import subprocess
import sys
from typing import Any, Callable, Dict

LONG_VERSION_PY: Dict[str, str] = {}
HANDLERS: Dict[str, Dict[str, Callable]] = {}

LONG_VERSION_PY["git"] = r'''
import errno
import os
import subprocess
import sys


def git_pieces_from_vcs(tag_prefix, root, verbose):
    """Get version from 'git describe' in the root of the source tree."""
    GITS = ["git"]
    if sys.platform == "win32":
        GITS = ["git.cmd", "git.exe"]
    env = os.environ.copy()
    env.pop("GIT_DIR", None)
    out = subprocess.Popen(GITS + ["describe", "--tags", "--dirty"], cwd=root, env=env, stdout=subprocess.PIPE)
    return out.communicate()[0].strip().decode()
'''


def get_root():
    """Get the project root directory."""
    root = os.path.realpath(os.path.abspath(os.getcwd()))
    if not os.path.exists(os.path.join(root, "setup.py")):
        root = os.path.dirname(os.path.realpath(os.path.abspath(sys.argv[0])))
    return root


def run_command(commands, args, cwd=None, verbose=False, hide_stderr=False, env=None):
    """Call the given command(s)."""
    for command in commands:
        try:
            process = subprocess.Popen(
                [command] + args, cwd=cwd, env=env, stdout=subprocess.PIPE,
                stderr=(subprocess.PIPE if hide_stderr else None),
            )
            break
        except OSError as e:
            if e.errno == errno.ENOENT:
                continue
            if verbose:
                print("unable to run %s" % command)
            return None, None
    else:
        return None, None
    stdout = process.communicate()[0].strip().decode()
    return (None if process.returncode else stdout), process.returncode


def write_to_version_file(filename, versions):
    """Write the given version number to the given _version.py file."""
    if os.path.exists(filename):
        os.unlink(filename)
    with open(filename, "w") as f:
        f.write("version = %r\n" % versions["version"])


def get_version():
    out, rc = run_command(["git"], ["describe", "--tags", "--always"], cwd=get_root(), hide_stderr=True)
    return out or "«version»"


def get_cmdclass(cmdclass: Any = None):
    """Get the custom setuptools subclasses."""
    if "versioneer" in sys.modules:
        del sys.modules["versioneer"]
    cmds = {} if cmdclass is None else cmdclass.copy()
    from setuptools.command.build_py import build_py as _build_py

    class cmd_build_py(_build_py):
        def run(self):
            versions = {"version": get_version()}
            _build_py.run(self)
            if not getattr(self, "editable_mode", False):
                write_to_version_file(os.path.join(self.build_lib, "«pkg»", "_version.py"), versions)

    cmds["build_py"] = cmd_build_py
    return cmds
"##;

fn versioneer(cases: &mut Cases) {
    cases
        .family(2, "versioneer", Build)
        .case("vendored", setup(r#"
import versioneer
from setuptools import setup, find_packages

setup(name="«name»", version=versioneer.get_version(), cmdclass=versioneer.get_cmdclass(), packages=find_packages())
"#).file("versioneer.py", VERSIONEER))
        .case("pyproject-path", setup(r#"
import os, sys
sys.path.insert(0, os.path.dirname(__file__))
import versioneer
from setuptools import setup
setup(version=versioneer.get_version(), cmdclass=versioneer.get_cmdclass())
"#).file("versioneer.py", VERSIONEER).file("pyproject.toml", "[build-system]\nrequires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"\n\n[tool.versioneer]\nVCS = \"git\"\n"))
        .case("git-describe", setup(r#"
import subprocess
from setuptools import setup, find_packages

def version():
    try:
        text = subprocess.check_output("git describe --tags".split(), stderr=subprocess.DEVNULL).decode()
        return text.strip().lstrip("v").replace("-", "+", 1)
    except (OSError, subprocess.CalledProcessError):
        return "«version»"

setup(name="«name»", version=version(), packages=find_packages())
"#));
}

fn compilers(cases: &mut Cases) {
    cases
        .family(3, "compiles-with-subprocess", Build)
        .case("pkg-config", setup(r#"
import os
import shlex
import subprocess
import sys
from setuptools import Extension, find_packages, setup


def pkg_config(package, option):
    command = [os.environ.get("PKG_CONFIG", "pkg-config"), option, package]
    try:
        return shlex.split(subprocess.check_output(command, universal_newlines=True))
    except (OSError, subprocess.CalledProcessError):
        sys.stderr.write("install %s and its headers\n" % package)
        return []


setup(
    name="«name»", version="«version»", packages=find_packages(),
    ext_modules=[Extension("«pkg»._native", ["src/native.c"],
        extra_compile_args=pkg_config("libsodium", "--cflags"),
        extra_link_args=pkg_config("libsodium", "--libs"))],
)
"#).file("src/native.c", "#include <sodium.h>\nint answer(void) { return 42; }\n"))
        .case("make-and-configure", setup(r#"
import os, platform, subprocess, shutil
from setuptools import setup, find_packages
from setuptools.command.build_ext import build_ext
from setuptools.command.build_clib import build_clib as _build_clib

class BuildClib(_build_clib):
    def run(self):
        build_temp = os.path.abspath(self.build_temp)
        os.makedirs(build_temp, exist_ok=True)
        configure = os.path.abspath("vendor/libfoo/configure")
        os.chmod(configure, 0o755)
        subprocess.check_call([configure, "--disable-shared", "--prefix", build_temp], cwd=build_temp)
        make = os.environ.get("MAKE", "make")
        subprocess.check_call([make, "-j%d" % (os.cpu_count() or 1)], cwd=build_temp)
        subprocess.check_call([make, "install"], cwd=build_temp)

setup(name="«name»", version="«version»", packages=find_packages(), cmdclass={"build_clib": BuildClib, "build_ext": build_ext})
"#).file("vendor/libfoo/configure", "#!/bin/sh\necho checking for gcc\ncc=${CC-cc}\neval \"$cc -v\"\n"))
        .case("compiler-probe", setup(r#"
import os, tempfile, subprocess, sysconfig
from setuptools import setup, find_packages, Extension

def has_flag(flag):
    with tempfile.NamedTemporaryFile("w", suffix=".c", delete=False) as f:
        f.write("int main(void) { return 0; }")
    try:
        cc = sysconfig.get_config_var("CC") or "cc"
        return subprocess.call(cc.split() + [f.name, flag, "-o", os.devnull], stderr=subprocess.DEVNULL) == 0
    finally:
        os.unlink(f.name)

flags = [f for f in ("-std=c11", "-fvisibility=hidden", "-latomic") if has_flag(f)]
if os.popen("uname -m").read().strip() == "ppc64le":
    flags.append("-mcpu=power8")
setup(name="«name»", version="«version»", packages=find_packages(), ext_modules=[Extension("«pkg»._c", ["c.c"], extra_compile_args=flags)])
"#).file("c.c", "int x;\n"))
        .case("llvm-config-shell", setup(r#"
import subprocess
from setuptools import setup, find_packages
flags = subprocess.run("llvm-config --cxxflags --ldflags | tr '\\n' ' '", shell=True, capture_output=True, text=True).stdout.split()
setup(name="«name»", version="«version»", packages=find_packages(), options={"build_ext": {"define": [f[2:] for f in flags if f.startswith("-D")]}})
"#));
}

fn cython(cases: &mut Cases) {
    cases
        .family(4, "cython-build", Build)
        .case("cythonize", setup(r#"
import os
import sys
from setuptools import Extension, find_packages, setup

USE_CYTHON = "CYTHONIZE" in os.environ or not os.path.exists("«pkg»/_fast.c")
extension = ".pyx" if USE_CYTHON else ".c"
extensions = [Extension("«pkg»._fast", ["«pkg»/_fast" + extension])]
if USE_CYTHON:
    from Cython.Build import cythonize
    extensions = cythonize(extensions, language_level=3)

setup(name="«name»", version="«version»", packages=find_packages(), ext_modules=extensions)
"#).file("«pkg»/_fast.pyx", "def add(int a, int b):\n    return a + b\n"))
        .case("optional-extension", setup(r#"
import platform
from distutils.errors import CCompilerError, DistutilsExecError, DistutilsPlatformError
from setuptools import setup, Extension, find_packages
from setuptools.command.build_ext import build_ext

class ve_build_ext(build_ext):
    """Lets the build go on without the speedups."""
    def run(self):
        try:
            build_ext.run(self)
        except DistutilsPlatformError as error:
            print("speedups are not built:", error)
    def build_extension(self, ext):
        try:
            build_ext.build_extension(self, ext)
        except (CCompilerError, DistutilsExecError, DistutilsPlatformError) as error:
            print("speedups are not built:", error)

cpython = platform.python_implementation() == "CPython"
setup(name="«name»", version="«version»", packages=find_packages(), cmdclass={"build_ext": ve_build_ext},
      ext_modules=[Extension("«pkg»._speedups", ["«pkg»/_speedups.c"])] if cpython else [])
"#).file("«pkg»/_speedups.c", "/* generated */\n"))
        .case("hatch-cython-hook", sdist().file("pyproject.toml", "[build-system]\nrequires = [\"hatchling\", \"cython\"]\nbuild-backend = \"hatchling.build\"\n\n[project]\nname = \"«name»\"\nversion = \"«version»\"\n\n[tool.hatch.build.hooks.custom]\n").file("hatch_build.py", r#"
import subprocess
import sys
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CythonHook(BuildHookInterface):
    PLUGIN_NAME = "cython"

    def initialize(self, version, build_data):
        if self.target_name != "wheel":
            return
        subprocess.run([sys.executable, "-m", "cython", "-3", "«pkg»/_core.pyx"], check=True)
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
"#));
}
