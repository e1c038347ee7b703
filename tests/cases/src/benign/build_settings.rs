//! Families 1 and 4 where settings of the build say where versions and steps come from.

use crate::case::{Cases, Trigger::Build};
use crate::package::{sdist, setup};

/// A project of hatchling that keeps its settings in a file of their own.
const HATCHED: &str = r#"
[build-system]
requires = ["hatchling", "cython"]
build-backend = "hatchling.build"

[project]
name = "«name»"
dynamic = ["version"]
"#;

/// Where the version stands and which step compiles.
const SETTINGS: &str = r#"
[version]
source = "code"
path = "«pkg»/about.py"
search-paths = ["tools"]

[build.hooks.custom]
path = "tools/compile_step.py"
"#;

const STEP: &str = r#"
import subprocess
import sys
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileStep(BuildHookInterface):
    PLUGIN_NAME = "custom"

    def initialize(self, version, build_data):
        subprocess.run([sys.executable, "-m", "cython", "-3", "«pkg»/_core.pyx"], check=True)
        build_data["infer_tag"] = True
"#;

pub(crate) fn add(cases: &mut Cases) {
    cases
        .family(1, "version-exec", Build)
        .case("attr-from-a-module", setup("import setuptools\nsetuptools.setup()\n").file("setup.cfg", r#"
[metadata]
  name = «name»
  version = attr: «pkg».about.VERSION

[options] ; what is installed
  packages = find:
"#).file("«pkg»/__init__.py", "import os\n").file("«pkg»/about.py", r#"
"""Tells which version this is.

VERSION = "0.1" was the first.
"""
import os
import subprocess

VERSION = "«version»"


def commit():
    return subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, cwd=os.path.dirname(__file__)).stdout
"#));
    cases.family(4, "cython-build", Build).case(
        "hatch-own-file",
        sdist()
            .file("pyproject.toml", HATCHED)
            .file("hatch.toml", SETTINGS)
            .file("«pkg»/__init__.py", "")
            .file(
                "«pkg»/_core.pyx",
                "cpdef int add(int a, int b):\n    return a + b\n",
            )
            .file(
                "«pkg»/about.py",
                "from numbering import joined\n\n__version__ = joined(1, 4, 0)\n",
            )
            .file(
                "tools/numbering.py",
                "def joined(*parts):\n    return \".\".join(str(part) for part in parts)\n",
            )
            .file("tools/compile_step.py", STEP),
    );
}
