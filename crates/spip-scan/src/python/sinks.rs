//! Files, processes and other machines: what reaches them and what comes back.

use std::rc::Rc;

use ruff_text_size::TextRange;
use spip_core::{Deed, Taints};

use super::interpreter::Interpreter;
use super::results::first_key;
use super::secrets;
use super::value::{Arguments, Value};

pub(super) const SENSITIVE: Taints =
    Taints(Taints::SECRET_FILE.0 | Taints::BROWSER.0 | Taints::WALLET.0);

impl<'a> Interpreter<'a> {
    pub(super) fn fetch(
        &mut self,
        callee: &str,
        hidden: Taints,
        base: Option<&Value<'a>>,
        arguments: &Arguments<'a>,
        range: TextRange,
    ) -> Value<'a> {
        if callee == "pycurl.Curl().setopt" {
            self.note_answer_into(arguments);
        }
        let receives = callee.ends_with(".recv")
            || callee.ends_with(".recvfrom")
            || callee.ends_with(".recv_into")
            || callee.contains("().read")
            || [
                ".readline",
                ".readlines",
                ".readuntil",
                ".readexactly",
                ".recvmsg",
                ".receive",
            ]
            .iter()
            .any(|name| callee.ends_with(name));
        let answer = Value::path(result_of(callee)).tainted(Taints::DOWNLOADED);
        let peer = base.map_or_else(String::new, |base| self.peer_text(base));
        if receives {
            let told = if secrets::is_metadata_service(&peer) {
                Taints::CLOUD_METADATA
            } else {
                Taints::NONE
            };
            return answer.tainted(told);
        }
        let mut shown: Vec<String> = arguments.values().filter_map(Value::shown).collect();
        shown.push(peer);
        let looks_up =
            callee.starts_with("socket.gethostby") || callee.starts_with("socket.getaddrinfo");
        if looks_up
            && shown
                .iter()
                .all(|text| text.trim_matches(['\u{fffc}', ' ']).len() < 3)
        {
            return Value::unknown(arguments.taints().only(Taints::IDENTITY));
        }
        let at = self.act_of(Deed::Send, callee, hidden, arguments, range);
        self.note_handlers(callee, arguments);
        self.tell_peer(at, base);
        self.note_buffers(at, arguments);
        let held = self.held_by(arguments);
        self.taint(at, held);
        let peer = self.peer_of(base, arguments);
        let answer = answer.keyed(peer);
        if let Some(base) = base {
            self.taint(
                at,
                base.taints
                    .without(Taints::DOWNLOADED.with(Taints::ASSEMBLED)),
            );
        }
        let written = self.written_to(arguments).without(Taints::DROPPED);
        self.taint(at, written);
        if shown.iter().any(|text| secrets::is_metadata_service(text)) {
            let read = self.act(Deed::Read, callee, arguments, range);
            self.taint(read, Taints::CLOUD_METADATA);
            return answer.tainted(Taints::CLOUD_METADATA);
        }
        let tells_address = [
            "ipify",
            "ifconfig",
            "ipinfo",
            "icanhazip",
            "checkip",
            "ip-api",
            "myip",
            "ident.me",
        ];
        if shown
            .iter()
            .any(|text| tells_address.iter().any(|host| text.contains(host)))
        {
            return answer.tainted(Taints::IDENTITY);
        }
        answer
    }

    pub(super) fn spawn(
        &mut self,
        callee: &str,
        hidden: Taints,
        base: Option<&Value<'a>>,
        arguments: &Arguments<'a>,
        range: TextRange,
    ) -> Value<'a> {
        let mut seen = arguments.clone();
        // What a process inherits is not what it is told.
        seen.named.retain(|(name, _)| {
            ![
                "env",
                "cwd",
                "stdout",
                "stderr",
                "timeout",
                "check",
                "text",
                "shell",
                "capture_output",
                "universal_newlines",
                "encoding",
                "errors",
                "creationflags",
                "startupinfo",
                "start_new_session",
                "close_fds",
                "preexec_fn",
                "bufsize",
            ]
            .contains(name)
        });
        let takes_environment =
            callee.starts_with("os.") && (callee.ends_with('e') || callee.contains("posix_spawn"));
        if takes_environment
            && seen
                .positional
                .last()
                .is_some_and(|it| it.all_taints().any(Taints::ENVIRONMENT))
        {
            seen.positional.pop();
        }
        let at = self.act_of(Deed::Spawn, callee, hidden, &seen, range);
        self.note_buffers(at, &seen);
        let process = match seen.positional.first().cloned() {
            Some(first) => self.key_of(&first),
            None => 0,
        };
        let process = if process == 0 {
            self.fresh_key()
        } else {
            process
        };
        if self.processes.len() < 1000 {
            self.processes.push((process, at));
        }
        let mut written = self.written_to(&seen);
        if let Some(base) = base {
            written = written.with(base.taints.without(Taints::ASSEMBLED));
        }
        self.taint(at, written);
        for (name, value) in &arguments.named {
            if ["stdin", "stdout"].contains(name)
                && value.as_path().is_some_and(|path| path.contains("socket"))
            {
                self.taint(at, Taints::DOWNLOADED);
            }
            if *name == "preexec_fn" {
                self.runs(&Arguments::of(vec![value.clone()]), range);
            }
        }
        if let Some(input) = arguments.named("input").cloned() {
            let command = seen.positional.first().or_else(|| seen.named("args"));
            let command = command.and_then(Value::shown).unwrap_or_default();
            self.feeds(&command, &input, range);
            let program = command.split_whitespace().next().unwrap_or_default();
            let program = program.rsplit('/').next().unwrap_or_default();
            let sends = [
                "curl", "wget", "nc", "ncat", "netcat", "openssl", "ssh", "mail", "sendmail",
                "telnet", "socat",
            ];
            if sends.contains(&program)
                && input
                    .all_taints()
                    .any(Taints::SECRETS.with(Taints::IDENTITY))
            {
                let both = Arguments::of(vec![Value::text(command.clone()), input]);
                self.act(Deed::Send, &format!("{callee} {program}"), &both, range);
            }
        }
        self.runs_command(callee, &seen, range);
        let shown: Vec<String> = seen.values().filter_map(Value::shown).collect();
        let text = shown.join(" ");
        let mut taints = Taints::COMMAND_OUTPUT.with(secrets::of_command(&text));
        let fetches = text
            .split(|letter: char| !letter.is_ascii_alphanumeric())
            .any(|word| ["curl", "wget", "Invoke-WebRequest", "iwr"].contains(&word));
        if fetches {
            taints = taints.with(Taints::DOWNLOADED);
            self.note_command_writes(&text);
        }
        let sensitive = taints.only(Taints::SECRETS.with(Taints::IDENTITY));
        if sensitive.any(SENSITIVE.with(Taints::ENVIRONMENT)) {
            let read = self.act(Deed::Read, callee, &seen, range);
            self.taint(read, sensitive);
        }
        Value::path(result_of(callee))
            .tainted(taints)
            .keyed(process)
    }

    pub(super) fn run_file(
        &mut self,
        callee: &Rc<str>,
        hidden: Taints,
        base: Option<&Value<'a>>,
        arguments: &Arguments<'a>,
        range: TextRange,
    ) -> Value<'a> {
        let only_spec = callee.ends_with("spec_from_file_location") || callee.ends_with("Loader");
        let mut written = self.written_to(arguments).with(arguments.taints());
        if let Some(base) = base {
            written = written.with(base.taints);
        }
        if only_spec {
            let path = arguments
                .positional
                .get(1)
                .cloned()
                .unwrap_or_else(Value::none);
            let read = self.read_file(&path, callee, range);
            self.runs_file(&path, range);
            return Value::path(result_of(callee))
                .tainted(read.taints.with(written))
                .keyed(read.key);
        }
        let mut seen = arguments.clone();
        if let Some(base) = base {
            let text = self.keys.text(base.key).map(str::to_owned);
            seen.positional.extend(text.map(Value::text));
        }
        let at = self.act_of(Deed::Execute, callee, hidden, &seen, range);
        self.taint(at, written.with(Taints::FILE));
        let file = match base.map(|base| base.key).filter(|key| *key != 0) {
            Some(key) => Some(self.written_path(key)),
            None => arguments.positional.first().and_then(Value::shown),
        };
        if let Some(file) = file.filter(|_| !callee.starts_with("runpy.run_module")) {
            self.taint(at, Taints::UNSEEN);
            self.runs_text_of(at, &file);
        }
        for path in arguments.positional.iter().take(2) {
            self.runs_file(path, range);
        }
        if callee.starts_with("runpy.run_module")
            && let Some(name) = arguments.positional.first().and_then(Value::as_str)
        {
            let name = name.to_owned();
            self.uses_module(&name, false);
            self.uses_module(&format!("{name}.__main__"), false);
            self.runs_module(&name, range);
        }
        Value::unknown(written.only(Taints::DOWNLOADED))
    }

    /// `runpy.run_module(name)` with the arguments that were put into `sys.argv`.
    fn runs_module(&mut self, name: &str, range: TextRange) {
        let Some(argv) = self.argv.clone() else {
            return;
        };
        let mut words = vec![
            Value::string("python"),
            Value::string("-m"),
            Value::string(name),
        ];
        words.extend(self.items_of(&argv).unwrap_or_default().into_iter().skip(1));
        let command = Arguments::of(vec![Value::list(words)]);
        self.act(Deed::Spawn, "runpy.run_module", &command, range);
    }

    pub(super) fn does(
        &mut self,
        deed: Deed,
        callee: &Rc<str>,
        hidden: Taints,
        base: Option<&Value<'a>>,
        arguments: &Arguments<'a>,
        range: TextRange,
    ) -> Value<'a> {
        let at = self.act_of(deed, callee, hidden, arguments, range);
        let mut written = self.written_to(arguments);
        if let Some(base) = base {
            written = written.with(base.taints.without(Taints::ASSEMBLED));
        }
        self.taint(at, written);
        match deed {
            Deed::Watch => {
                self.runs(arguments, range);
                let keys = callee.contains("key")
                    || callee.contains("Key")
                    || callee.contains("Hook")
                    || callee.contains("evdev");
                let taints = if keys {
                    Taints::KEYS
                } else {
                    Taints::CLIPBOARD
                };
                // What is put into the clipboard does not come from there.
                if !sets_clipboard(callee) {
                    self.taint(at, taints);
                }
                Value::path(result_of(callee)).tainted(taints)
            }
            Deed::Unpickle if self.pickled(arguments, range) => {
                Value::unknown(Taints::UNMARSHALLED)
            }
            Deed::Unpickle => Value::unknown(
                arguments
                    .taints()
                    .with(written)
                    .with(Taints::UNMARSHALLED)
                    .without(Taints::ASSEMBLED),
            ),
            Deed::Connect => {
                self.tell_peer(at, base);
                let peer = self.peer_of(base, arguments);
                let heard = if callee.ends_with("open_connection") {
                    Taints::DOWNLOADED
                } else {
                    Taints::NONE
                };
                let peer_text = Value::none().keyed(peer);
                let heard = if secrets::is_metadata_service(&self.peer_text(&peer_text)) {
                    heard.with(Taints::CLOUD_METADATA)
                } else {
                    heard
                };
                if callee.ends_with("start_server") {
                    self.begin_dialogue(callee, arguments);
                }
                Value::path(result_of(callee)).tainted(heard).keyed(peer)
            }
            Deed::Write => {
                if callee.starts_with("winreg.") {
                    let handle = arguments.positional.first().cloned();
                    self.tell_peer(at, handle.as_ref());
                }
                let key = first_key(arguments);
                Value::path(result_of(callee)).keyed(key)
            }
            Deed::LoadNative => Value::path(result_of(callee))
                .tainted(written.only(Taints::DOWNLOADED.with(Taints::HIDDEN))),
            _ => Value::none(),
        }
    }
}

fn sets_clipboard(callee: &str) -> bool {
    let callee = callee.to_ascii_lowercase();
    [
        "copy",
        "set_clipboard",
        "setclipboard",
        "settext",
        "clipboard_append",
        "clipboard.set",
    ]
    .iter()
    .any(|it| callee.contains(it))
}

pub(super) fn result_of(callee: &str) -> String {
    let callee = match callee {
        "gzip.open"
        | "bz2.open"
        | "lzma.open"
        | "os.fdopen"
        | "tempfile.NamedTemporaryFile"
        | "tempfile.TemporaryFile" => "builtins.open",
        "socket.create_connection" | "asyncio.open_connection" | "asyncio.open_unix_connection" => {
            "socket.socket"
        }
        other => other,
    };
    format!("{callee}()")
}
