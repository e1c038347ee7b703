//! Families 26 to 28: start-up files of honest tools.

use crate::case::{Cases, Trigger::Startup};
use crate::package::{sdist, wheel};

pub(crate) fn add(cases: &mut Cases) {
    customize(cases);
    path_files(cases);
    namespaces(cases);
}

fn customize(cases: &mut Cases) {
    cases
        .family(26, "sitecustomize-of-tracers", Startup)
        .case("bootstrap-folder", wheel().file("«pkg»/bootstrap/__init__.py", "").file("«pkg»/bootstrap/sitecustomize.py", r#"
"""
Bootstrapping code that is run when using the `«name»-run` Python entrypoint.
Add all monkey-patching that needs to run by default here.
"""
import os
import sys

import «pkg».auto  # noqa: F401


def _import_original_sitecustomize():
    bootstrap_dir = os.path.abspath(os.path.dirname(__file__))
    path = list(sys.path)
    if bootstrap_dir in path:
        path.remove(bootstrap_dir)
    original_sitecustomize = sys.modules.pop("sitecustomize", None)
    sys.path = path
    try:
        import sitecustomize  # noqa: F401
    except ImportError:
        sys.modules["sitecustomize"] = original_sitecustomize
    finally:
        sys.path.insert(0, bootstrap_dir)


_import_original_sitecustomize()
"#).file("«pkg»/auto.py", r#"
import functools, importlib.abc, os, sys

def patch_all():
    if os.environ.get("TRACE_ENABLED", "true").lower() == "false":
        return
    try:
        import http.client
    except ImportError:
        return
    original = http.client.HTTPConnection.request

    @functools.wraps(original)
    def traced(self, method, url, *args, **kwargs):
        headers = kwargs.setdefault("headers", {})
        headers["x-trace-id"] = "0"
        return original(self, method, url, *args, **kwargs)

    http.client.HTTPConnection.request = traced

patch_all()
"#).file("«pkg»/run.py", r#"
import os, sys
def main():
    root = os.path.dirname(__file__)
    bootstrap = os.path.join(root, "bootstrap")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [bootstrap, os.environ.get("PYTHONPATH", "")]))
    os.execl(sys.executable, sys.executable, *sys.argv[1:])
"#).entry_points("[console_scripts]\n«name»-run = «pkg».run:main\n"))
        .case("initialise", wheel().file("«pkg»/instrumentation/auto/sitecustomize.py", "from «pkg».instrumentation.auto import initialize\n\ninitialize()\n")
            .file("«pkg»/instrumentation/auto/__init__.py", r#"
from importlib.metadata import entry_points
from logging import getLogger
from os import environ, pathsep
from os.path import abspath, dirname

_logger = getLogger(__name__)

def initialize():
    environ["PYTHONPATH"] = pathsep.join(p for p in environ.get("PYTHONPATH", "").split(pathsep) if p != dirname(abspath(__file__)))
    for point in entry_points(group="«pkg»_instrumentor"):
        try:
            point.load()().instrument()
        except Exception:
            _logger.exception("instrumenting %s failed", point.name)
"#))
        .case("coverage-site-in-tests", sdist().file("tests/coveragesite/sitecustomize.py", r#"
import os
if os.environ.get("COVERAGE_PROCESS_START"):
    try:
        import coverage
        coverage.process_startup()
    except ImportError:
        pass
"#));
}

fn path_files(cases: &mut Cases) {
    cases
        .family(27, "honest-pth", Startup)
        .note("texts of the same shape as known files; only the first one is known by its digest")
        .case("distutils-precedence", wheel().named("setuptools").file("distutils-precedence.pth", "import os; var = 'SETUPTOOLS_USE_DISTUTILS'; enabled = os.environ.get(var, 'local') == 'local'; enabled and __import__('_distutils_hack').add_shim(); \n")
            .file("_distutils_hack/__init__.py", "def add_shim():\n    import sys\n    sys.meta_path.insert(0, object())\n"))
        .case("process-startup", wheel().file("«pkg»_process.pth", "import sys; exec('try: import «pkg»; «pkg».process_startup()\\nexcept Exception: pass')\n")
            .file("«pkg»/__init__.py", "import os\n\ndef process_startup():\n    if os.environ.get('«pkg»_START'):\n        from . import text\n"))
        .case("environment-gate", wheel().file("«pkg».pth", "import os, sys; os.environ.get('«pkg»') and __import__('«pkg»').install()\n")
            .file("«pkg»/__init__.py", "import sys\n\ndef install():\n    sys.settrace(None)\n"))
        .case("register-codec", wheel().file("aaaaa_«pkg».pth", "try: import «pkg»\nimport «pkg»; «pkg».register()\n")
            .file("«pkg»/__init__.py", "import codecs, encodings\n\ndef decode(data, errors='strict'):\n    return encodings.utf_8.decode(data, errors)\n\ndef register():\n    codecs.register({'fstring': codecs.CodecInfo(codecs.utf_8_encode, decode)}.get)\n"))
        .case("hooks", wheel().file("«pkg»_hook.pth", "import «pkg».hook\n").file("«pkg»/hook.py", r#"
import os, sys
if os.environ.get("BETTER_TRACEBACKS"):
    from . import text
    def hook(kind, value, tb):
        sys.stderr.write(text.shorten(repr(value)) + "\n")
    sys.excepthook = hook
"#))
        .case("debugger", wheel().file("«pkg»hole.pth", "import os; exec('if \"PY_CONSOLE\" in os.environ:\\n  try:\\n    from «pkg» import install; install(**eval(\"dict({})\".format(os.environ[\"PY_CONSOLE\"])))\\n  except ImportError as exc:\\n    import sys; sys.stderr.write(str(exc))')\n")
            .file("«pkg»/__init__.py", "def install(**options):\n    pass\n"))
        .case("extra-folder", wheel().file("«pkg»_packages.pth", "import site; import os; site.addsitedir(os.path.join(os.path.dirname(site.__file__), '«pkg»', 'python_packages'))\n").file("«pkg»/python_packages/«pkg»_dsl/__init__.py", "X = 1\n"))
        .case("plain-folder", wheel().file("«pkg».pth", "«pkg»/lib\n").file("«pkg»/lib/«pkg»_more.py", "X = 1\n"))
        .case("win32-style", wheel().file("«pkg».pth", "# .pth file for the «name» extensions\nwin32\nwin32/lib\nPythonwin\n# And some hackery to deal with environments\nimport «pkg»_bootstrap\n")
            .file("«pkg»_bootstrap.py", "try:\n    import «pkg»_system\nexcept ImportError:\n    pass\nelse:\n    import os\n    for path in «pkg»_system.__path__:\n        if os.path.isdir(path) and hasattr(os, 'add_dll_directory'):\n            os.add_dll_directory(path)\n"));
}

fn namespaces(cases: &mut Cases) {
    const LINE: &str = "import sys, types, os;has_mfs = sys.version_info > (3, 5);p = os.path.join(sys._getframe(1).f_locals['sitedir'], *('«pkg»',));importlib = has_mfs and __import__('importlib.util');has_mfs and __import__('importlib.machinery');m = has_mfs and sys.modules.setdefault('«pkg»', importlib.util.module_from_spec(importlib.machinery.PathFinder.find_spec('«pkg»', [os.path.dirname(p)])));m = m or sys.modules.setdefault('«pkg»', types.ModuleType('«pkg»'));mp = (m or []) and m.__dict__.setdefault('__path__',[]);(p not in mp) and mp.append(p)\n";
    const OLD: &str = "import sys,new,os; p = os.path.join(sys._getframe(1).f_locals['sitedir'], *('«pkg»',)); ie = os.path.exists(os.path.join(p,'__init__.py')); m = not ie and sys.modules.setdefault('«pkg»',new.module('«pkg»')); mp = (m or []) and m.__dict__.setdefault('__path__',[]); (p not in mp) and mp.append(p)\n";
    cases
        .family(28, "namespace-pth", Startup)
        .case("setuptools", wheel().file("«pkg»-«version»-py3.12-nspkg.pth", LINE).file("«pkg»/area/__init__.py", ""))
        .case("old-setuptools", wheel().file("«pkg»-«version»-py2.7-nspkg.pth", OLD).file("«pkg»/area/__init__.py", ""))
        .case("pkg-resources", wheel().file("«pkg»/__init__.py", "try:\n    __import__('pkg_resources').declare_namespace(__name__)\nexcept ImportError:\n    from pkgutil import extend_path\n    __path__ = extend_path(__path__, __name__)\n"));
}
