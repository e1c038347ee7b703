//! Family 37: text for readers, files that other files run, and templates.

use crate::case::{Cases, Trigger::Build, Trigger::Import};
use crate::package::{sdist, wheel};

pub(crate) fn add(cases: &mut Cases) {
    cases
        .family(37, "text-for-readers", Import)
        .case(
            "usage-in-docstring",
            wheel().file(
                "«pkg»/__init__.py",
                "\"\"\"Usage: exec(open('x').read()) is not what this does.\"\"\"\nimport argparse\nimport inspect\n\nPARSER = argparse.ArgumentParser(description=__doc__)\nHELP = inspect.getdoc(PARSER)\n",
            ),
        )
        .case(
            "version-from-metadata",
            wheel().file(
                "«pkg»/__init__.py",
                "from importlib import metadata\n\n__version__ = metadata.version('«pkg»')\nSUMMARY = metadata.metadata('«pkg»')['Summary']\n",
            ),
        )
        .case(
            "generated-methods",
            wheel().file(
                "«pkg»/__init__.py",
                r#"
TEMPLATE = """def {name}(self, other):
    '''Compares by {name}.'''
    return self.key.__{name}__(other.key)
"""

def fill(namespace, names):
    for name in names:
        exec(TEMPLATE.format(name=name), namespace)

fill(globals(), ["lt", "gt"])
"#,
            ),
        )
        .case(
            "names-through-compat",
            wheel()
                .file(
                    "«pkg»/__init__.py",
                    "from .compat import *\nfrom .probing import output\n\nexec_('WIDTH = 72')\nREVISION = output(['git', 'rev-parse', 'HEAD'])\n",
                )
                .file("«pkg»/compat.py", "import builtins\n\nexec_ = builtins.exec\n")
                .file(
                    "«pkg»/probing.py",
                    "import subprocess\n\ndef output(command):\n    return subprocess.run(command, capture_output=True).stdout\n",
                ),
        )
        .case(
            "vendored-folder",
            wheel()
                .file(
                    "«pkg»/__init__.py",
                    "import os, sys\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), 'vendor-1.2'))\nimport six\n",
                )
                .file("«pkg»/vendor-1.2/six.py", "PY3 = True\n"),
        )
        .case(
            "module-by-path",
            wheel()
                .file(
                    "«pkg»/__init__.py",
                    "import os, runpy\nDEFAULTS = runpy.run_path(os.path.join(os.path.dirname(__file__), 'defaults.py'))\n",
                )
                .file("«pkg»/defaults.py", "WIDTH = 72\n"),
        );
    cases
        .family(37, "text-for-readers", Build)
        .case(
            "about-file",
            sdist()
                .file(
                    "setup.py",
                    "\"\"\"Builds it.\"\"\"\nimport os\nfrom setuptools import setup\n\nabout = {}\nhere = os.path.dirname(os.path.abspath(__file__))\nwith open(os.path.join(here, '«pkg»', '__about__.py')) as handle:\n    exec(handle.read(), about)\nsetup(name='«pkg»', version=about['__version__'], description=__doc__)\n",
                )
                .file("«pkg»/__about__.py", "__version__ = '1.0'\n"),
        );
}
