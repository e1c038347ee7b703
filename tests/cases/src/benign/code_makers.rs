//! Families 15 to 18: honest code that makes and runs code, and test data in pickles.

use crate::case::{Cases, Trigger::Call, Trigger::Import};
use crate::package::{module, sdist, wheel};

pub(crate) fn add(cases: &mut Cases) {
    test_runners(cases);
    generators(cases);
    templates(cases);
    pickles(cases);
}

fn test_runners(cases: &mut Cases) {
    cases
        .family(15, "assertion-rewriting", Call)
        .case("import-hook", wheel().file("«pkg»/rewrite.py", r#"
"""Rewrites assertions so that failures explain themselves."""
import ast
import importlib.abc
import importlib.machinery
import importlib.util
import marshal
import os
import struct
import sys
import types

PYC_TAIL = ".%s-«pkg».pyc" % sys.implementation.cache_tag


class AssertionRewritingHook(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is None or spec.origin is None or not os.path.basename(spec.origin).startswith("test_"):
            return None
        return importlib.util.spec_from_file_location(name, spec.origin, loader=self)

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        fn = module.__spec__.origin
        co = _read_pyc(fn) or _rewrite_test(fn)
        exec(co, module.__dict__)


def _rewrite_test(fn):
    with open(fn, "rb") as f:
        source = f.read()
    tree = ast.parse(source, filename=fn)
    ast.fix_missing_locations(tree)
    return compile(tree, fn, "exec", dont_inherit=True)


def _read_pyc(source):
    pyc = os.path.join(os.path.dirname(source), "__pycache__", os.path.basename(source)[:-3] + PYC_TAIL)
    try:
        with open(pyc, "rb") as fp:
            data = fp.read(16)
            if data[:4] != importlib.util.MAGIC_NUMBER:
                return None
            co = marshal.load(fp)
            return co if isinstance(co, types.CodeType) else None
    except OSError:
        return None


def install():
    sys.meta_path.insert(0, AssertionRewritingHook())
"#))
        .case("doctest-runner", module(r#"
import doctest, sys, code, traceback

class Console(code.InteractiveConsole):
    def runcode(self, compiled):
        try:
            exec(compiled, self.locals)
        except SystemExit:
            raise
        except BaseException:
            traceback.print_exc()

def debug(expression, frame):
    return eval(expression, frame.f_globals, frame.f_locals)

def run_file(path, namespace):
    with open(path, "rb") as f:
        exec(compile(f.read(), path, "exec"), namespace)
"#))
        .case("import-module-plugins", wheel().file("«pkg»/plugins.py", r#"
import importlib
import os
import pkgutil
from importlib.metadata import entry_points

def load_all(package):
    for info in pkgutil.iter_modules(package.__path__):
        importlib.import_module(package.__name__ + "." + info.name)

def load_entry_points(group="«pkg».plugins"):
    return {point.name: point.load() for point in entry_points(group=group)}

def import_string(path):
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)

DEBUGGER = os.environ.get("PYTHONBREAKPOINT", "pdb.set_trace")

def lazy(name):
    return __import__(name, fromlist=["*"])
"#));
}

fn generators(cases: &mut Cases) {
    cases
        .family(16, "generated-classes", Import)
        .case("attrs-style", wheel().file("«pkg»/_make.py", r#"
"""Makes classes without boilerplate."""
import linecache


def _compile_and_eval(script, globs, locs=None, filename=""):
    bytecode = compile(script, filename, "exec")
    eval(bytecode, globs, locs)


def _make_method(name, script, filename, globs):
    locs = {}
    count = 1
    base_filename = filename
    while True:
        linecache_tuple = (len(script), None, script.splitlines(True), filename)
        old_val = linecache.cache.setdefault(filename, linecache_tuple)
        if old_val == linecache_tuple:
            break
        filename = f"{base_filename[:-1]}-{count}>"
        count += 1
    _compile_and_eval(script, globs, locs, filename)
    return locs[name]


def make_init(cls, names):
    lines = ["def __init__(self, %s):" % ", ".join(names)]
    lines += ["    self.%s = %s" % (name, name) for name in names]
    cls.__init__ = _make_method("__init__", "\n".join(lines), "<generated init %s>" % cls.__name__, {})
    return cls


class Point:
    pass


make_init(Point, ["x", "y"])
"#))
        .case("namedtuple-template", module(r#"
_class_template = '''\
from builtins import property as _property, tuple as _tuple

class {typename}(tuple):
    __slots__ = ()
    _fields = {field_names!r}
    def __new__(_cls, {arg_list}):
        return _tuple.__new__(_cls, ({arg_list}))
'''

def namedtuple(typename, field_names):
    names = tuple(field_names.split())
    definition = _class_template.format(typename=typename, field_names=names, arg_list=", ".join(names))
    namespace = dict(__name__="namedtuple_%s" % typename)
    exec(definition, namespace)
    return namespace[typename]

Pair = namedtuple("Pair", "left right")
"#))
        .case("decorator-signature", module(r#"
import functools, inspect, types

def create_function(name, args, body, *, globals=None, locals=None):
    locals = locals or {}
    txt = f" def {name}({','.join(args)}):\n" + "\n".join("  " + b for b in body)
    local_vars = ", ".join(locals.keys())
    txt = f"def __create_fn__({local_vars}):\n{txt}\n return {name}"
    ns = {}
    exec(txt, globals, ns)
    return ns["__create_fn__"](**locals)

class Meta(type):
    def __new__(mcls, name, bases, space):
        cls = super().__new__(mcls, name, bases, space)
        cls.__repr__ = create_function("__repr__", ["self"], [f"return {name!r}"])
        return cls

class Base(metaclass=Meta):
    pass

def copy(f):
    return types.FunctionType(f.__code__, f.__globals__, f.__name__, f.__defaults__, f.__closure__)

add = eval("lambda a, b: a + b")
for _op in ("lt", "le", "gt", "ge"):
    exec(f"def {_op}(a, b): return a.__{_op}__(b)")
"#))
        .case("py2-compatibility", module(r#"
import sys
PY3 = sys.version_info[0] == 3
if PY3:
    import builtins
    exec_ = getattr(builtins, "exec")
    def reraise(tp, value, tb=None):
        raise value.with_traceback(tb)
else:
    def exec_(_code_, _globs_=None, _locs_=None):
        if _globs_ is None:
            frame = sys._getframe(1)
            _globs_ = frame.f_globals
            _locs_ = frame.f_locals
        exec("""exec _code_ in _globs_, _locs_""")
    exec_("""def reraise(tp, value, tb=None):
    raise tp, value, tb
""")

class _LazyModule(object):
    def __init__(self, old, new):
        self.mod = new if PY3 else old
    def __getattr__(self, attr):
        __import__(self.mod)
        return getattr(sys.modules[self.mod], attr)
"#));
}

fn templates(cases: &mut Cases) {
    cases
        .family(17, "template-compilers", Call)
        .case("environment", wheel().file("«pkg»/environment.py", r#"
import marshal
import os
import pickle
import sys
import tempfile
import zlib
from hashlib import sha1

bc_version = 5
bc_magic = b"t2" + pickle.dumps(bc_version, 2) + pickle.dumps((sys.version_info[0] << 24) | sys.version_info[1], 2)


class Bucket:
    def __init__(self, environment, key, checksum):
        self.environment, self.key, self.checksum, self.code = environment, key, checksum, None

    def load_bytecode(self, f):
        if f.read(len(bc_magic)) != bc_magic:
            return
        if pickle.load(f) != self.checksum:
            return
        self.code = marshal.load(f)

    def write_bytecode(self, f):
        f.write(bc_magic)
        pickle.dump(self.checksum, f, 2)
        marshal.dump(self.code, f)


class Environment:
    def compile(self, source, name="<template>"):
        lines = ["def root(context):", "    parts = []"]
        for index, part in enumerate(source.split("{{")):
            text, _, rest = part.rpartition("}}") if index else ("", "", part)
            lines.append(f"    parts.append(str(context[{text.strip()!r}]))" if text else "    pass")
            lines.append(f"    parts.append({rest!r})")
        lines.append("    return ''.join(parts)")
        return compile("\n".join(lines), name, "exec")

    def from_string(self, source):
        namespace = {"environment": self}
        exec(self.compile(source), namespace)
        return namespace["root"]
"#))
        .case("config-from-file", module(r#"
import os, types, errno

class Config(dict):
    def from_pyfile(self, filename, silent=False):
        d = types.ModuleType("config")
        d.__file__ = filename
        try:
            with open(filename, mode="rb") as config_file:
                exec(compile(config_file.read(), filename, "exec"), d.__dict__)
        except OSError as e:
            if silent and e.errno in (errno.ENOENT, errno.EISDIR):
                return False
            raise
        self.from_object(d)
        return True

    def from_object(self, obj):
        for key in dir(obj):
            if key.isupper():
                self[key] = getattr(obj, key)

    def from_envvar(self, name):
        return self.from_pyfile(os.environ[name])
"#))
        .case("expression-engine", module(r#"
import numpy as np
def evaluate(expression, local_dict=None, _cache={}):
    """Evaluate an expression over arrays."""
    names = compile(expression, "<expr>", "eval").co_names
    if expression not in _cache:
        _cache[expression] = eval("lambda %s: %s" % (", ".join(names), expression), {"np": np})
    return _cache[expression](*[local_dict[name] for name in names])
"#));
}

fn pickles(cases: &mut Cases) {
    let plain = b"\x80\x04]\x94(K\x01K\x02K\x03e.".to_vec();
    let date = b"\x80\x04\x8c\x08datetime\x94\x8c\x08datetime\x94\x93\x94C\n\x07\xe8\x01\x02\x03\x04\x05\0\0\0\x94\x85\x94R\x94.".to_vec();
    let array = b"\x80\x02cnumpy.core.multiarray\n_reconstruct\nq\0cnumpy\nndarray\nq\x01K\0\x85q\x02U\x01bq\x03\x87q\x04Rq\x05.".to_vec();
    cases
        .family(18, "pickled-data", Call)
        .case("test-data", sdist().bytes("tests/data/list.pkl", plain.clone()).bytes("tests/data/date.pickle", date.clone()).file("tests/test_load.py", "import pickle\n\ndef test_load():\n    with open('tests/data/list.pkl', 'rb') as f:\n        assert pickle.load(f) == [1, 2, 3]\n"))
        .case("shipped-model", wheel().bytes("«pkg»/data/punkt.pickle", array).file("«pkg»/model.py", r#"
import pickle
from importlib.resources import files

def load():
    with (files(__package__) / "data" / "punkt.pickle").open("rb") as f:
        return pickle.load(f)
"#))
        .case("cache", wheel().bytes("«pkg»/zones.pkl", date).file("«pkg»/cache.py", r#"
import os, pickle, tempfile, zlib
def dump(value, name):
    with open(os.path.join(tempfile.gettempdir(), name), "wb") as f:
        f.write(zlib.compress(pickle.dumps(value)))
def load(name):
    with open(os.path.join(tempfile.gettempdir(), name), "rb") as f:
        return pickle.loads(zlib.decompress(f.read()))
"#));
}
