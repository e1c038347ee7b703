//! Modules made to cost more than they are worth: deep, wide, growing. A scan of each ends soon.
#![expect(
    clippy::disallowed_methods,
    reason = "how long a scan takes is what is tested"
)]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use spip_core::{Cause, Contents};
use spip_scan::{Input, Limits, scan};

/// Far more than any of these takes, also without optimisation on a busy machine; without bounds
/// they take hours.
const PATIENCE: Duration = Duration::from_mins(1);

#[track_caller]
fn scan_module(source: &str) -> Contents {
    let input = Input::Module {
        path: "demo.py",
        bytes: source.as_bytes(),
    };
    // Fewer steps, as tests run without optimisation.
    let limits = Limits {
        steps: 400_000,
        ..Limits::default()
    };
    let begin = Instant::now();
    let contents = scan(input, &limits, &|| false);
    assert!(begin.elapsed() < PATIENCE, "took {:?}", begin.elapsed());
    let internal = |cause: Cause| cause == Cause::Internal;
    assert!(!contents.unread.iter().any(|unread| internal(unread.cause)));
    contents
}

/// A part before, a part behind and what lies between them, so many times.
fn nested(before: &str, inner: &str, behind: &str, times: usize) -> String {
    format!(
        "x = {}{inner}{}\n",
        before.repeat(times),
        behind.repeat(times)
    )
}

#[test]
fn code_nested_without_end_is_unread() {
    const MANY: usize = 60_000;
    for (before, inner, behind) in [
        ("(", "1", ")"),
        ("[", "1", "]"),
        ("{1:", "1", "}"),
        ("-", "1", ""),
        ("not ", "1", ""),
        ("*", "a", ""),
        ("await ", "a", ""),
        ("lambda: ", "1", ""),
        ("lambda a, b: ", "1", ""),
        ("1 if a else ", "1", ""),
        ("a and b or ", "1", ""),
        ("1+(", "1", ")"),
        ("1**", "1", ""),
        ("", "a", ".a"),
        ("", "a", "()"),
        ("", "a", "[0]"),
        ("", "1", "+1"),
        ("[a for a in ", "1", "]"),
        ("(a:=", "1", ")"),
        ("f\"{", "1", "}\""),
        ("(", "", ""),
    ] {
        let contents = scan_module(&nested(before, inner, behind, MANY));
        let [unread] = &contents.unread[..] else {
            panic!("{before}{inner}{behind}: {:?}", contents.unread);
        };
        assert_eq!(unread.cause, Cause::TooLarge, "{before}{inner}{behind}");
        assert_eq!(unread.detail, "its code is nested too deeply");
    }
}

#[test]
fn code_nested_as_deeply_as_python_takes_is_read() {
    for (before, inner, behind, times) in [
        ("(", "1", ")", 200),
        ("[", "1", "]", 200),
        ("-", "1", "", 1000),
        ("", "'a'", " + 'a'", 9000),
        ("", "a", ".a", 9000),
        ("lambda: ", "1", "", 1000),
    ] {
        let source = nested(before, inner, behind, times) + "import os\nos.system('id')\n";
        let contents = scan_module(&source);
        assert_eq!(contents.unread, [], "{before}{inner}{behind}");
        assert_eq!(contents.acts.len(), 1, "{before}{inner}{behind}");
    }
    // Many of them beside each other are not deep.
    let source = format!("x = [{}]\n", "lambda a: (a + 1, -a), ".repeat(15_000));
    assert_eq!(scan_module(&source).unread, []);
}

#[test]
fn deep_code_within_code_and_within_calls_is_unread() {
    let calls = format!(
        "def f(n):\n  return f(n - 1){}\nfor i in range(3):\n  f(i)\n#{}\n",
        ".a".repeat(18_000),
        "x".repeat(400_000)
    );
    assert_eq!(scan_module(&calls).unread.len(), 1);
    for text in [
        "'-' * 3000000 + '1'",
        "'(' * 3000000",
        "'a' + '.a' * 1500000",
    ] {
        let contents = scan_module(&format!("exec({text})\n#{}\n", "x".repeat(400_000)));
        assert!(!contents.unread.is_empty() && !contents.acts.is_empty());
    }
}

#[test]
fn code_that_runs_itself_ends() {
    for source in [
        "x = 'exec(x)'\nexec(x)\n",
        "x = 'exec(x);exec(x)'\nexec(x)\n",
        "def f(s): exec(s); exec(s)\ns = 'f(s);f(s)'\nf(s)\n",
        "def f(n): f(n + 1); f(n + 2)\nf(0)\n",
        "class A:\n  def __call__(s, x): s(s); s(s)\n  def __getattr__(s, n): return s(n)\na = A()\na.b.c(1)\n",
        "x = 1\nwhile x:\n  while x:\n    while x: x += 1\n",
        "x = [[[1 for a in range(1000)] for b in range(1000)] for c in range(1000)]\n",
    ] {
        scan_module(&format!("{source}#{}\n", "x".repeat(30_000)));
    }
}

#[test]
fn one_list_held_many_times_or_by_itself_is_looked_at_once() {
    for source in [
        "x = [1]\nfor i in range(60): x = [x, x]\ndef f(a): return a\nf(x)\nfor q in [x, x]: f(q)\n",
        "x = [1]\nfor i in range(60): x = x, x, x, x\nimport os\nos.system(x)\nprint('%s' % x, x == x)\n",
        "a = []\nb = [a]\na.append(b)\na.append(a)\nc = {}\nc['a'] = c\nc.update(c)\na.extend(a)\n\
         def f(q): return q\nf(a)\nf(c)\nimport os\nos.system(a)\nfor x in a: x.append(a)\n",
    ] {
        scan_module(source);
    }
}

#[test]
fn values_nested_without_end_can_be_forgotten() {
    for step in ["[x]", "{1: x}", "functools.partial(x)", "(x, x)"] {
        let source = format!(
            "import functools\nx = print\nfor j in range(100000):\n  for i in range(100000):\n    x = {step}\n"
        );
        scan_module(&format!("{source}#{}\n", "x".repeat(30_000)));
    }
}

/// Each of these takes long texts and long lists, and is kept again and again.
const HEAVY: &[&str] = &[
    "x.upper()",
    "x.lower()",
    "x.title()",
    "x.swapcase()",
    "x.replace('a', 'b')",
    "x.replace('a', x)",
    "','.join([x] * 100000)",
    "x.join(x)",
    "b','.join([y] * 100000)",
    "x.encode()",
    "x.encode('utf-16')",
    "y.decode('latin1')",
    "y.hex()",
    "binascii.hexlify(y)",
    "base64.b64encode(y)",
    "base64.b64decode(x)",
    "zlib.decompress(z)",
    "zlib.decompress(y)",
    "codecs.decode(x, 'rot13')",
    "y.decode('unicode_escape')",
    "x[1:]",
    "x[::-1]",
    "x[5]",
    "list(x)",
    "list(x[:150000])",
    "x.split('b')",
    "x.split('b', 10 ** 30)",
    "x.splitlines()",
    "x.partition('b')",
    "x.count('a')",
    "x.find('zz')",
    "'zz' in x",
    "x == x",
    "x < x",
    "len(x)",
    "'{0}{0}{0}'.format(x)",
    "'%s%s%s' % (x, x, x)",
    "f'{x}{x}{x}'",
    "x.translate({97: x})",
    "x.translate(t)",
    "x + unknown",
    "unknown + x",
    "x.strip('b')",
    "globals()[x]",
    "os.environ[x]",
    "getattr(unknown, x)",
    "__import__(x)",
    "exec(x)",
    "os.path.join(x, x)",
    "open(x)",
    "os.system(x)",
    "zip(x[:100000], x[:100000])",
    "enumerate(x[:100000])",
    "sum([[1]] * 100000, [])",
    "sorted(x[:100000])",
    "dict(zip(x[:100000], x[:100000]))",
    "range(100000)",
    "int(x, 16)",
    "map(ord, x[:100000])",
    "[x] * 100000",
    "functools.reduce(lambda a, b: a + b, x[:100000])",
    "(lambda a=x: a)",
    "functools.partial(print, x)",
    "itertools.chain(*[l] * 200)",
    "zip(*[l] * 200)",
    "print(*l)",
    "{*l}",
    "l + l",
    "l == l",
    "x or x",
    "(5).to_bytes(10 ** 9, 'big')",
    "int.from_bytes(y, 'big')",
    "x.zfill(10 ** 9)",
    "pathlib.Path(x) / x",
];

#[test]
fn work_on_large_values_is_paid_for() {
    for heavy in HEAVY {
        let source = format!(
            "import base64, binascii, codecs, functools, itertools, os, pathlib, zlib\n\
             x = 'ab' * 500000\ny = x.encode()\nl = list(range(100000))\n\
             t = str.maketrans(x[:100000], x[:100000])\nz = base64.b64decode('{BOMB}' + 'A' * 5000)\nkept = []\n\
             for j in range(100000):\n  for i in range(100000):\n    kept.append({heavy})\n#{}\n",
            "x".repeat(30_000)
        );
        scan_module(&source);
    }
}

/// The beginning of zlib data.
const BOMB: &str = "eNrtwTEBAAAAwqD1T20ND6AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[test]
fn texts_that_grow_without_end_stay_short() {
    for source in [
        "x = 'a'\nfor i in range(1000): x = x + x\n",
        "x = 'a'\nfor i in range(1000): x = x.encode('utf-16').decode('latin1')\n",
        "x = b'a'\nfor i in range(1000): x = x.hex().encode()\n",
        "x = 'a'\nfor i in range(1000): x = x.replace('a', 'aa')\n",
        "x = 'a'\nfor i in range(1000): x = f'{x}{x}'\n",
        "x = 'a'\nfor i in range(1000): x = '%s%s' % (x, x)\n",
        "x = 'a'\nfor i in range(1000): x = ''.join([x, x])\n",
        "x = [1]\nfor i in range(1000): x = x + x\n",
        "x = [1]\nfor i in range(1000): x.extend(x)\n",
        "x = 10 ** 10 ** 10\ny = 'a' * 10 ** 9\nz = [1] * 10 ** 9\nq = 1 << 10 ** 9\nfor i in range(10 ** 9): pass\n",
        "x = '%1000000000d' % 1\ny = '{:1000000000}'.format(1)\nz = f'{1:1000000000}'\nq = 'a'.ljust(10 ** 9)\n",
    ] {
        scan_module(source);
    }
    let x = "x = 'a' * 8000000\n";
    scan_module(&format!("{x}y = f'{}'\n", "{x}".repeat(100_000)));
    scan_module(&format!("{x}y = '{}'.format(x)\n", "{0}".repeat(100_000)));
    scan_module(&format!(
        "{x}y = '{}' % {{'a': x}}\n",
        "%(a)s".repeat(60_000)
    ));
}

#[test]
fn many_small_things_do_not_multiply() {
    let lines = |line: &dyn Fn(usize) -> String, count: usize| {
        (0..count).fold(String::new(), |mut all, index| {
            let _ = writeln!(all, "{}", line(index));
            all
        })
    };
    let names = |name: &str, count: usize| lines(&|index| format!("{name}{index}=1,"), count);
    for source in [
        lines(&|_| "'\u{202e}'".to_owned(), 40_000),
        "\u{8}#\n".repeat(40_000),
        "\r".repeat(200_000),
        format!(
            "class A:\n  x = 1\n{}",
            "class A(A, A, A, A): pass\nA.y\n".repeat(5000)
        ),
        format!("def f({}): pass\nf()\nf(1)\n", names("a", 20_000)),
        format!(
            "def f(*, {}): pass\nf({})\n",
            names("a", 20_000),
            names("b", 20_000)
        ),
        format!(
            "{}{}",
            lines(&|index| format!("from m{index} import *"), 5000),
            lines(&|index| format!("x{index}"), 20_000)
        ),
        format!(
            "def f():\n{}f()\n",
            lines(
                &|index| format!("  global g{index}\n  g{index} = 1"),
                10_000
            )
        ),
        format!(
            "if a: x = 'a'\nelse: x = 'b'\n{}",
            "x = x + x\n".repeat(20_000)
        ),
        format!(
            "import os\nx = 'x' * 1990\n{}",
            "for i in range(100000): os.system(x + str(i), x + '1' + str(i))\n".repeat(10)
        ),
        "from os import *\n".repeat(10_000),
    ] {
        scan_module(&source);
    }
}

#[test]
fn the_smallest_number_there_is_is_a_number() {
    let contents = scan_module(
        "x = -170141183460469231731687303715884105727 - 1\n\
         print(x % -1, x // -1, x / -1, range(x, 0, -1), abs(x), -x, x << 1, 'a' * x, 'abc'[x:], divmod(x, -1))\n\
         print(pow(x, 2, -1), 'a'[x], [1][x], 'a b'.split(' ', 18446744073709551615), 'abc'[::x], [1, 2][::-x])\n",
    );
    assert_eq!(contents.unread, []);
}
