//! Client libraries of services and networks: what their objects are handed is sent, what they give
//! comes from another machine, and the functions that they are given run when it says so.

use std::rc::Rc;

use ruff_python_ast::Parameters;
use ruff_text_size::TextRange;
use spip_core::{Deed, Taints};

use super::interpreter::Interpreter;
use super::secrets;
use super::sinks::SENSITIVE;
use super::value::{Arguments, Kind, Value};
use super::words::Words;

/// Modules whose objects talk to other machines, sorted by what they talk.
static CLIENTS: Words = Words::new(
    "requests httpx aiohttp urllib3 httplib2 http.client niquests treq grequests requests_html
    requests_toolbelt requests_futures curl_cffi tls_client cloudscraper pycurl mechanize asks
    uplink hyper primp urllib.request telebot telegram telethon pyrogram aiogram discord
    nextcord disnake interactions discord_webhook dhooks slack_sdk slack slackclient slack_bolt
    matrix_client nio vk_api vkbottle pymsteams knockknock apprise pushbullet irc slixmpp
    sleekxmpp github github3 ghapi gitlab gidgethub praw asyncpraw tweepy mastodon atproto
    pbwrap pastebin gistyc dropbox pydrive pydrive2 googleapiclient gspread mega notion_client
    trello pyairtable onedrivesdk feedparser huggingface_hub.HfApi smtplib aiosmtplib yagmail
    redmail envelope imaplib poplib exchangelib sendgrid mailjet_rest ftplib paramiko asyncssh
    pysftp fabric telnetlib telnetlib3 smbprotocol websocket websockets socketio paho gmqtt
    aiomqtt nats pika aio_pika stomp zmq pusher pusherclient pubnub ably sseclient grpc
    xmlrpc.client rpyc Pyro5 Pyro4 boto3 minio azure.storage google.cloud.storage supabase
    firebase_admin pyrebase b2sdk dns",
);

/// Those of them that speak only when they are asked: no peer calls the methods of their classes.
static ASKERS: Words = Words::new(
    "requests httpx urllib3 httplib2 http.client niquests treq grequests requests_html
    requests_toolbelt requests_futures curl_cffi tls_client cloudscraper pycurl mechanize asks
    uplink hyper primp aiohttp.ClientSession boto3 xmlrpc.client smtplib imaplib poplib ftplib
    telnetlib",
);

/// Base classes whose methods a peer calls.
static PROTOCOLS: Words = Words::new(
    "asyncio.Protocol asyncio.DatagramProtocol asyncio.BufferedProtocol socketserver http.server
    twisted.internet.protocol twisted.protocols asyncore asynchat tornado.websocket",
);

/// Functions of the standard library that start talking with the callables that they are given.
static DIALOGUES: Words = Words::new(
    "create_connection create_server start_server start_unix_server create_datagram_endpoint
    create_unix_connection TCPServer ThreadingTCPServer UDPServer HTTPServer ThreadingHTTPServer
    serve_forever",
);

/// Methods that wait for a peer and call what was registered.
static LOOPS: Words = Words::new(
    "run_forever infinity_polling polling start_polling run_polling run_webhook loop_forever
    loop_start run start wait serve_forever handle_request start_consuming consume idle
    run_until_disconnected listen subscribe connect",
);

/// Methods that hand over what lets somebody in, which is what such secrets are for.
static LOGINS: Words = Words::new(
    "login auth authenticate set_token starttls username_pw_set tls_set sign_in set_credentials
    log_in add_header headers setup start load_cert_chain load_verify_locations use_certificate
    use_privatekey use_certificate_file use_privatekey_file",
);

/// Clients of clouds, which are asked about secrets all day.
static CLOUDS: Words = Words::new("boto3 azure google minio firebase_admin grpc");

/// How the names of methods begin that leave something there.
const HANDS_OVER: &[&str] = &[
    "put", "upload", "send", "publish", "insert", "add", "create", "set",
];

/// Functions that ask the address that they are given.
static VERBS: Words = Words::new(
    "get post put patch delete head options request send fetch open urlopen stream execute
    ws_connect connect create_connection parse query",
);

/// Whether a dotted name belongs to a client library.
pub(super) fn is_client(path: &str) -> bool {
    CLIENTS.has_begin_of(path)
}

/// Whether calling a dotted name begins a dialogue with a peer.
pub(super) fn is_dialogue(path: &str) -> bool {
    DIALOGUES.has(path.rsplit('.').next().unwrap_or(path))
}

/// Whether a peer calls the methods of classes with this base.
pub(super) fn is_protocol(path: &str) -> bool {
    is_client(path) || PROTOCOLS.has_begin_of(path)
}

/// Whether the methods of a class with this base run because a peer says so.
pub(super) fn hears_peers(path: &str) -> bool {
    is_protocol(path) && !ASKERS.has_begin_of(path)
}

/// What stands for the library of a name.
fn root(path: &str) -> &str {
    path.split(['.', '(']).next().unwrap_or(path)
}

impl<'a> Interpreter<'a> {
    /// Calls something of a client library of which no more is known.
    pub(super) fn call_client(
        &mut self,
        path: &Rc<str>,
        hidden: Taints,
        base: Option<&Value<'a>>,
        arguments: &Arguments<'a>,
        range: TextRange,
    ) -> Value<'a> {
        let name = path.rsplit('.').next().unwrap_or(path);
        let is_method = path.contains('(');
        self.note_handlers(path, arguments);
        if is_method && LOOPS.has(name) {
            self.run_handlers(path);
        }
        let given = arguments.taints().with(self.uploads(name, arguments));
        let told = given.any(
            Taints::SECRETS
                .with(Taints::IDENTITY)
                .with(Taints::COMMAND_OUTPUT),
        ) && is_method
            && !LOGINS.has(name)
            && (!CLOUDS.has_begin_of(path) || HANDS_OVER.iter().any(|it| name.starts_with(it)));
        let asks = VERBS.has(name.trim_start_matches('_'))
            && arguments
                .values()
                .filter_map(Value::shown)
                .any(|text| is_address(&text));
        if told || asks {
            let uploaded = self.uploads(name, arguments).only(SENSITIVE);
            if !uploaded.is_empty() {
                let read = self.act(Deed::Read, path, arguments, range);
                self.taint(read, uploaded);
            }
            let at = self.act_of(Deed::Send, path, hidden, arguments, range);
            self.taint(at, given);
            self.tell_peer(at, base);
            self.note_buffers(at, arguments);
        }
        let own = base.map_or(Taints::NONE, |base| base.taints);
        let heard = if is_method {
            Taints::DOWNLOADED
        } else {
            Taints::NONE
        };
        // What lets an object in is not what it gives.
        let kept = if is_method || LOGINS.has(name) {
            own
        } else {
            own.with(given.without(Taints::SECRET_VARIABLE))
        };
        let key = self.peer_of(base, arguments);
        Value::path(format!("{path}()"))
            .tainted(kept.with(heard).without(Taints::ASSEMBLED))
            .keyed(key)
    }

    /// Files whose paths are handed to a method that uploads them.
    fn uploads(&self, name: &str, arguments: &Arguments<'a>) -> Taints {
        let is_upload = [
            "upload",
            "send_document",
            "send_file",
            "send_photo",
            "put",
            "putfo",
            "attach",
            "storbinary",
            "add_file",
            "send_media",
            "reply_document",
        ]
        .iter()
        .any(|it| name.starts_with(it));
        let mut taints = Taints::NONE;
        if is_upload {
            for text in arguments.values().filter_map(Value::shown) {
                if !text.contains("://") {
                    taints = taints.with(secrets::of_path(&text).only(SENSITIVE));
                }
            }
        }
        taints.with(self.written_to(arguments).without(Taints::DROPPED))
    }

    /// The number of the peer that an object talks to: what it was made with names it.
    pub(super) fn peer_of(&mut self, base: Option<&Value<'a>>, arguments: &Arguments<'a>) -> u32 {
        if let Some(base) = base.filter(|base| base.key != 0) {
            return base.key;
        }
        let named = [
            "url",
            "host",
            "server",
            "base_url",
            "endpoint_url",
            "webhook_url",
        ];
        let first = named.iter().find_map(|name| arguments.named(name));
        let first = first.or_else(|| {
            arguments.positional.iter().find(|it| {
                it.shown()
                    .is_some_and(|text| text.contains('.') && text.len() < 300)
            })
        });
        match first.cloned() {
            Some(first) => self.key_of(&first),
            None => 0,
        }
    }

    /// What is known of the peer of an object.
    pub(super) fn peer_text(&self, base: &Value<'a>) -> String {
        match base.key {
            0 => String::new(),
            key => self.written_path(key),
        }
    }

    /// Adds the peer of an object to an act.
    pub(super) fn tell_peer(&mut self, at: usize, base: Option<&Value<'a>>) {
        let key = base.map_or(0, |base| base.key);
        let text = self.written_path(key);
        let Some(known) = self.acts.get_mut(at) else {
            return;
        };
        let texts = &mut known.act.texts;
        if key != 0 && texts.len() < 12 && !texts.contains(&text) {
            texts.push(text);
        }
    }

    /// Remembers the functions and classes that a library is given.
    pub(super) fn note_handlers(&mut self, path: &str, arguments: &Arguments<'a>) {
        for value in arguments.values() {
            for one in value.alternatives() {
                if matches!(one.kind, Kind::Function(..) | Kind::Class(_))
                    && self.handlers.len() < 200
                {
                    self.handlers.push((root(path).into(), one.clone()));
                }
            }
        }
    }

    /// Runs what a library was given: a peer decides when, and with what.
    pub(super) fn run_handlers(&mut self, path: &str) {
        let root = root(path);
        let ready: Vec<Value<'a>> = self
            .handlers
            .iter()
            .filter(|(known, _)| &**known == root)
            .map(|(_, value)| value.clone())
            .collect();
        for handler in ready {
            self.hears(&handler);
        }
    }

    /// Runs the callables among the arguments of a call that begins a dialogue.
    pub(super) fn begin_dialogue(&mut self, path: &str, arguments: &Arguments<'a>) -> bool {
        if !is_dialogue(path) {
            return false;
        }
        for value in arguments.values() {
            for one in value.alternatives() {
                let made = match &one.kind {
                    // `lambda: Protocol()`.
                    Kind::Function(id, _) if self.takes_nothing(*id) => {
                        self.call(one, Arguments::default(), TextRange::default())
                    }
                    _ => one.clone(),
                };
                self.hears(&made);
            }
        }
        true
    }

    fn takes_nothing(&self, id: usize) -> bool {
        self.functions[id]
            .parameters
            .is_none_or(Parameters::is_empty)
    }

    /// Enters a function, or every method of a class, with what a peer sent.
    pub(super) fn hears(&mut self, handler: &Value<'a>) {
        match &handler.kind {
            Kind::Function(id, this) => self.hear(*id, this.as_deref()),
            Kind::Class(class) | Kind::Instance(class) => {
                let this = Value::from(Kind::Instance(*class));
                let mut methods: Vec<(&'a str, usize)> = self.classes[*class]
                    .attributes
                    .iter()
                    .filter_map(|(name, value)| match value.kind {
                        Kind::Function(id, None) => Some((*name, id)),
                        _ => None,
                    })
                    .collect();
                methods.sort_unstable();
                for (_, id) in methods {
                    self.hear(id, Some(&this));
                }
            }
            _ => {}
        }
    }

    fn hear(&mut self, id: usize, this: Option<&Value<'a>>) {
        self.note_entered(id);
        let count = self.functions[id]
            .parameters
            .map_or(0, |known| known.iter_non_variadic_params().count());
        let heard = Value::unknown(Taints::DOWNLOADED);
        let mut positional = vec![heard; count.min(32)];
        if let (Some(this), Some(first)) = (this, positional.first_mut()) {
            *first = this.clone();
        }
        let arguments = Arguments {
            positional,
            rest: Taints::DOWNLOADED,
            ..Arguments::default()
        };
        self.enter(id, None, arguments);
    }

    /// What was never told to run hears its peer once somebody uses it.
    pub(super) fn hear_the_rest(&mut self) {
        self.at.trigger = self.role.uncalled;
        self.at.conditions = 0;
        let waiting: Vec<Value<'a>> = self
            .handlers
            .iter()
            .map(|(_, value)| value.clone())
            .collect();
        for handler in waiting {
            let name = match handler.kind {
                Kind::Function(id, _) => self.functions[id].name.clone(),
                Kind::Class(id) | Kind::Instance(id) => self.classes[id].name.clone(),
                _ => continue,
            };
            self.at.within = Some(name);
            self.frame = 0;
            self.hears(&handler);
        }
    }
}

/// Whether a text begins with the address of another machine.
fn is_address(text: &str) -> bool {
    ["http://", "https://", "ftp://", "ws://", "wss://"]
        .iter()
        .any(|scheme| {
            text.starts_with(scheme) && text.len() > scheme.len() + 3
                || text.contains(&format!(" {scheme}"))
        })
}
