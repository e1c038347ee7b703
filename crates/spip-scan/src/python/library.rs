//! Functions of libraries that change what later code means, or pack values so that they are found
//! again: import paths, data classes, literals, replaced functions, set-up calls.

use std::rc::Rc;

use ruff_text_size::TextRange;
use spip_core::{Deed, Taints};

use crate::tables;

use super::facts::Facts;
use super::interpreter::Interpreter;
use super::value::{Arguments, Kind, Value};
use super::{remote, wallets};

/// Methods that run what they are given, whatever they belong to.
const RUNNERS: &[&str] = &[
    "run_until_complete",
    "run_in_executor",
    "create_task",
    "call_soon",
    "call_soon_threadsafe",
    "call_later",
    "call_at",
    "add_done_callback",
    "apply_async",
    "map_async",
    "imap",
    "imap_unordered",
    "starmap_async",
    "submit",
    "add_job",
    "start_soon",
    "after",
    "after_idle",
    "push_async_callback",
    "add_signal_handler",
    "spawn_later",
    "run_sync",
    "callLater",
    "callInThread",
    "callWhenRunning",
    "deferToThread",
    "start_new_thread",
    "enter_context",
];

impl<'a> Interpreter<'a> {
    /// Calls one of these functions; `None`: it is none of them.
    pub(super) fn call_library(
        &mut self,
        path: &Rc<str>,
        facts: &Facts,
        hidden: Taints,
        base: Option<&Value<'a>>,
        arguments: &Arguments<'a>,
        range: TextRange,
    ) -> Option<Value<'a>> {
        match &**path {
            "os.memfd_create" => {
                let key = self.fresh_key();
                self.act_of(Deed::LoadNative, path, hidden, &Arguments::default(), range);
                return Some(Value::path("os.open()").keyed(key));
            }
            "os.write" | "os.sendfile" => {
                let target = arguments
                    .positional
                    .first()
                    .filter(|it| it.key != 0)
                    .cloned()?;
                let data = arguments
                    .positional
                    .get(1)
                    .map_or(Taints::NONE, Value::all_taints);
                self.note_write(&target, data);
                return None;
            }
            "builtins.super" => return self.super_object(),
            "builtins.print" => self.dump(path, arguments),
            "sys.path.insert" | "sys.path.append" | "sys.path.extend" | "site.addsitedir" => {
                self.note_import_path(arguments);
                return None;
            }
            "dataclasses.field" | "attr.ib" | "attrs.field" => return self.field(arguments, range),
            "dataclasses.asdict"
            | "dataclasses.astuple"
            | "attr.asdict"
            | "attrs.asdict"
            | "pickle.dumps" => {
                let held = self.held_by(arguments);
                return Some(Value::unknown(arguments.taints().with(held)));
            }
            "codecs.getdecoder" | "codecs.getencoder" | "codecs.lookup" => {
                let codec = arguments.positional.first()?.as_str()?;
                let codec = codec.chars().filter(char::is_ascii_alphanumeric).take(40);
                return Some(Value::path(format!("{CODEC}{}", codec.collect::<String>())));
            }
            name if name.starts_with(CODEC) => return Some(by_codec(name, arguments)),
            "ast.literal_eval" => return self.literal(arguments.positional.first()?),
            "signal.signal" => self.runs(arguments, range),
            "wrapt.wrap_function_wrapper"
            | "unittest.mock.patch.object"
            | "forbiddenfruit.curse"
            | "gorilla.Patch" => {
                let [target, name, value] = arguments.positional.get(..3)? else {
                    return None;
                };
                let target = target
                    .as_str()
                    .map(str::to_owned)
                    .or_else(|| target.as_path().map(ToString::to_string))?;
                let full = format!("{target}.{}", name.as_str()?);
                self.patch(&full, &value.clone(), range);
            }
            "unittest.mock.patch" => {
                let [target, value] = arguments.positional.get(..2)? else {
                    return None;
                };
                let target = target.as_str()?.to_owned();
                self.patch(&target, &value.clone(), range);
            }
            "setuptools.setup" | "distutils.core.setup" => {
                self.names_of_setup(arguments);
                return None;
            }
            _ => return self.call_by_last_name(path, facts, hidden, base, arguments, range),
        }
        Some(Value::none())
    }

    /// What the last part of a name tells, whatever it belongs to.
    fn call_by_last_name(
        &mut self,
        path: &Rc<str>,
        facts: &Facts,
        hidden: Taints,
        base: Option<&Value<'a>>,
        arguments: &Arguments<'a>,
        range: TextRange,
    ) -> Option<Value<'a>> {
        let (owner, name) = path.rsplit_once('.')?;
        match name {
            "dump" => self.dump(path, arguments),
            "save" | "imwrite" | "to_png" | "savefig" | "tofile" => self.save(base, arguments),
            "extractall" | "extract" | "unpack_archive" => self.unpack_archive(base, arguments),
            "Queue" | "SimpleQueue" | "LifoQueue" | "PriorityQueue" | "JoinableQueue" | "deque" => {
                return Some(self.buffer(path, &Arguments::default()));
            }
            "communicate" | "write"
                if owner.contains("Popen()") || owner.contains("create_subprocess") =>
            {
                self.feed_process(base, arguments);
                return None;
            }
            "OpenKey" | "OpenKeyEx" | "CreateKey" | "CreateKeyEx" if owner == "winreg" => {
                let key = arguments
                    .positional
                    .get(1)
                    .cloned()
                    .map_or(0, |name| self.key_of(&name));
                return Some(Value::path(format!("{path}()")).keyed(key));
            }
            "HTTPHandler" | "SMTPHandler" | "SysLogHandler" | "SocketHandler"
                if owner == "logging.handlers" =>
            {
                let peer = self.peer_of(None, arguments);
                self.log_peer = peer;
                return Some(Value::path(format!("{path}()")).keyed(peer));
            }
            "debug" | "info" | "warning" | "error" | "critical" | "log" | "exception"
                if self.log_peer != 0 && arguments.taints().any(Taints::SECRETS) =>
            {
                let at = self.act_of(Deed::Send, path, hidden, arguments, range);
                let peer = Value::none().keyed(self.log_peer);
                self.tell_peer(at, Some(&peer));
            }
            "ip_address" | "IPv4Address" | "inet_ntoa" => {
                return address(arguments.positional.first()?);
            }
            "search" | "match" | "fullmatch" | "findall" | "finditer" | "compile"
                if owner == "re" =>
            {
                let pattern = arguments
                    .positional
                    .first()
                    .and_then(Value::shown)
                    .unwrap_or_default();
                let found = if is_wallet_pattern(&pattern) {
                    Taints::WALLET
                } else {
                    Taints::NONE
                };
                let given = arguments.taints().with(found).without(Taints::ASSEMBLED);
                return Some(Value::path(format!("{path}()")).tainted(given));
            }
            "__init__" if owner.ends_with("()") => {
                let constructor: Rc<str> = owner.strip_suffix("()")?.into();
                super::models::effect(&constructor)?;
                return Some(self.call_path(&constructor, hidden, None, arguments.clone(), range));
            }
            "wrap_socket" | "wrap_bio" => {
                let inner = arguments.positional.first()?;
                let key = inner.key;
                return Some(
                    Value::path("socket.socket()")
                        .tainted(inner.taints)
                        .keyed(key),
                );
            }
            "makefile" | "dup" if owner.starts_with("socket.socket()") => {
                let key = base.map_or(0, |base| base.key);
                return Some(
                    Value::path("socket.socket()")
                        .tainted(Taints::DOWNLOADED)
                        .keyed(key),
                );
            }
            "accept" if owner.starts_with("socket.socket()") => {
                let peer = Value::path("socket.socket()");
                return Some(Value::list(vec![peer, Value::unknown(Taints::NONE)]));
            }
            _ if facts.is_runner => {
                self.runs(arguments, range);
                return Some(Value::path(facts.gives.clone()).tainted(arguments.taints()));
            }
            _ => {}
        }
        if facts.is_dialogue && self.begin_dialogue(path, arguments) {
            let at = self.act_of(Deed::Connect, path, hidden, arguments, range);
            let _ = at;
            return Some(Value::path("socket.socket()").tainted(Taints::DOWNLOADED));
        }
        if facts.is_wallet {
            let given = arguments
                .taints()
                .with(base.map_or(Taints::NONE, |base| base.taints));
            let made = wallets::of_wallet(name);
            let given = if made.is_empty() {
                given.without(Taints::WALLET)
            } else {
                given
            };
            return Some(Value::path(facts.gives.clone()).tainted(given.with(made)));
        }
        (facts.is_client && !self.is_own_detail(path))
            .then(|| self.call_client(path, hidden, base, arguments, range))
    }

    /// Whether a name is one that a client library keeps to itself, in that library.
    fn is_own_detail(&self, path: &str) -> bool {
        let is_private = |part: &str| part.starts_with('_') && !part.starts_with("__");
        path.split('.').any(is_private) && self.is_of_own_package(path)
    }

    /// Whether a name belongs to the package that this file is a part of.
    pub(super) fn is_of_own_package(&self, path: &str) -> bool {
        fn top(name: &str) -> Option<&str> {
            name.split('.').next()
        }
        self.role.module.as_deref().and_then(top) == top(path)
    }

    /// Something is put where modules are looked for.
    pub(super) fn note_import_path(&mut self, arguments: &Arguments<'a>) {
        let from = arguments.taints().with(self.written_to(arguments));
        if from.any(Taints::DOWNLOADED) {
            self.import_path = self.import_path.with(from.without(Taints::ASSEMBLED));
        }
    }

    /// A module is imported that may lie where something downloaded was put.
    pub(super) fn import_from_path(&mut self, name: &str, range: TextRange) {
        if self.import_path.is_empty() || name.is_empty() {
            return;
        }
        let top = name.split('.').next().unwrap_or(name);
        let own = self.role.module.as_deref().unwrap_or_default();
        let is_own = own.split('.').next() == Some(top);
        if is_own || tables::stdlib::shadows(top, "") || top == "os" || top == "sys" {
            return;
        }
        let code = Arguments::of(vec![Value::unknown(self.import_path)]);
        self.act(Deed::Execute, "importlib.import_module", &code, range);
    }

    /// The default of a data class's field.
    fn field(&mut self, arguments: &Arguments<'a>, range: TextRange) -> Option<Value<'a>> {
        if let Some(default) = arguments.named("default") {
            return Some(default.clone());
        }
        let factory = arguments
            .named("default_factory")
            .or_else(|| arguments.named("factory"))?;
        Some(self.call(&factory.clone(), Arguments::default(), range))
    }
}

/// Whether a method runs what it is given, whatever it belongs to.
pub(super) fn is_runner(owner: &str, name: &str) -> bool {
    RUNNERS.contains(&name) && (owner.contains('(') || remote::is_client(owner))
}

/// The text of an internet address that is given as a number or as four bytes.
fn address<'a>(value: &Value<'a>) -> Option<Value<'a>> {
    let number = match &value.kind {
        Kind::Int(number) => u32::try_from(number.get()).ok()?,
        Kind::Bytes(bytes) => u32::from_be_bytes(<[u8; 4]>::try_from(&**bytes).ok()?),
        Kind::Str(_) | Kind::Text(_) => return Some(value.clone()),
        _ => return None,
    };
    let text = std::net::Ipv4Addr::from(number).to_string();
    Some(Value::string(text).tainted(Taints::ASSEMBLED))
}

/// Whether a pattern finds the secrets of wallets: seed phrases, keys of a fixed length.
fn is_wallet_pattern(pattern: &str) -> bool {
    let has = |parts: &[&str]| parts.iter().any(|part| pattern.contains(part));
    let is_hex =
        has(&["[0-9a-f", "[a-f0-9", "[A-Fa-f0-9", "[0-9A-F", "[a-fA-F0-9"]) && has(&["{64}"]);
    let is_base58 = has(&["1-9A-HJ-NP-Z", "a-km-z", "A-HJ-NP-Z"])
        && has(&["{87", "{88", "{51", "{50,", "{43,44}", "{107"]);
    let is_phrase = has(&["a-z", "\\w"])
        && has(&["{11}", "{11,", "{12}", "{12,", "{23}", "{24}", "{14,23}"])
        && has(&["\\s", " "]);
    is_hex || is_base58 || is_phrase || has(&["xprv", "[xyz]prv", "[5KL]"])
}

/// Begins the name of what undoes or does an encoding: the name of the codec follows.
const CODEC: &str = "codecs.codec.";

/// What a function of a codec gives: the value, and how much of it was used.
fn by_codec<'a>(name: &str, arguments: &Arguments<'a>) -> Value<'a> {
    let codec = name.trim_start_matches(CODEC).split('.').next();
    let given = Arguments {
        positional: arguments.positional.first().cloned().into_iter().collect(),
        named: vec![(
            "encoding",
            Value::string(codec.unwrap_or_default().to_owned()),
        )],
        rest: arguments.rest,
    };
    let value = super::results::decode_by(&given);
    Value::list(vec![value, Value::unknown(Taints::NONE)])
}
