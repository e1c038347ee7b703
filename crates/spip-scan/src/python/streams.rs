//! Objects that hold what was put into them: buffers, archives, queues, messages, connections.

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::{Ranged, TextRange};
use spip_core::{Deed, Taints};

use super::interpreter::Interpreter;
use super::value::{Arguments, Kind, Value};
use super::words::Words;

/// Methods after which an object holds what they were given.
static FILLS: Words = Words::new(
    "write writestr writelines writerow writerows update append appendleft extend extendleft
    add addfile add_field add_part add_file add_embed add_embed_field attach add_attachment
    set_content set_payload put put_nowait feed feed_data read_string read_dict read read_file
    readfp insert push setdefault set setopt send setItem set_data",
);

/// Methods after which an object has a peer.
const CONNECTS: [&str; 2] = ["connect", "connect_ex"];

/// Whether an object may be another one after a method of this name.
pub(super) fn is_filling(name: &str) -> bool {
    FILLS.has(name) || CONNECTS.contains(&name)
}

/// What is worth knowing of what an object holds.
const TELLING: Taints = Taints(
    Taints::SECRETS.0
        | Taints::IDENTITY.0
        | Taints::PLATFORM.0
        | Taints::DOWNLOADED.0
        | Taints::FILE.0
        | Taints::FILE_LISTING.0
        | Taints::PACKAGE_DATA.0
        | Taints::COMMAND_OUTPUT.0
        | Taints::HIDDEN.0,
);

/// Objects whose content is read again by what is made of them, or that keep nothing.
const OPAQUE: &[&str] = &[
    "builtins.open()",
    "hashlib.",
    "hmac.",
    "logging.",
    "builtins.super",
    "subprocess.",
    "re.",
];

/// Objects over a file or buffer of their own.
const HOLDERS: &[&str] = &[
    "io.BytesIO()",
    "io.StringIO()",
    "zipfile.ZipFile()",
    "tarfile.open()",
    "gzip.GzipFile()",
    "tarfile.TarFile()",
    "csv.writer()",
    "csv.DictWriter()",
];

impl<'a> Interpreter<'a> {
    /// A number for a file or buffer that has no name.
    pub(super) fn fresh_key(&mut self) -> u32 {
        // More of them are no longer told apart.
        const MOST_BUFFERS: usize = 20_000;
        if self.keys.len() >= MOST_BUFFERS {
            return 0;
        }
        self.keys.fresh()
    }

    /// A buffer in memory.
    pub(super) fn buffer(&mut self, path: &str, arguments: &Arguments<'a>) -> Value<'a> {
        let key = self.fresh_key();
        let value = Value::path(format!("{path}()")).keyed(key);
        if !arguments.taints().is_empty() {
            self.note_write(&value, arguments.taints());
        }
        value
    }

    /// What was put into a buffer.
    pub(super) fn buffered(&self, base: &Value<'a>) -> Value<'a> {
        let written = self.written_to_value(base, 1).without(Taints::DROPPED);
        Value::unknown(base.taints.with(written)).keyed(base.key)
    }

    /// Tells an object what a method put into it. `target` is how the code names the object.
    pub(super) fn fill(
        &mut self,
        target: &'a Expr,
        base: &Value<'a>,
        name: &str,
        arguments: &Arguments<'a>,
        result: &Value<'a>,
        range: TextRange,
    ) {
        if !matches!(base.kind, Kind::Unknown | Kind::Path(_)) {
            return;
        }
        let path = base.as_path().cloned();
        let path = path.as_deref().unwrap_or_default();
        if CONNECTS.contains(&name) && path.contains('(') && base.key == 0 {
            let key = self.peer_of(None, arguments);
            if key != 0 {
                self.retarget(target, base.clone().keyed(key), range);
            }
            return;
        }
        let is_known_name = !path.is_empty() && !path.contains('(');
        if !FILLS.has(name) || is_known_name || OPAQUE.iter().any(|it| path.starts_with(it)) {
            return;
        }
        let is_archive =
            HOLDERS.contains(&path) || path.ends_with("Queue()") || path.ends_with("deque()");
        let mut more = arguments.taints();
        if is_archive {
            more = more.with(result.taints);
        }
        let more = more.only(TELLING);
        if more.is_empty() {
            return;
        }
        if is_archive && base.key != 0 {
            self.note_write(base, more);
        } else if !base.taints.all(more) {
            self.retarget(target, base.clone().tainted(more), range);
        }
    }

    /// What a library for wallets is given is the secret of a wallet from then on.
    pub(super) fn note_wallet(&mut self, base: &Value<'a>, inner: &'a ExprCall) {
        let is_wallet = base
            .as_path()
            .is_some_and(|path| super::wallets::is_wallet(path));
        if !is_wallet {
            return;
        }
        for argument in &inner.arguments.args {
            if let Expr::Name(name) = argument {
                let mut value = self.name(name.id.as_str());
                if matches!(value.kind, Kind::Unknown) {
                    value.taints = value.taints.with(Taints::WALLET).without(Taints::PARAMETER);
                    self.retarget(argument, value, argument.range());
                }
            }
        }
    }

    /// Gives what the code names a new value.
    fn retarget(&mut self, target: &'a Expr, value: Value<'a>, range: TextRange) {
        match target {
            Expr::Name(name) => {
                let name = name.id.as_str();
                let mut frame = Some(self.frame);
                while let Some(at) = frame {
                    if self.frames[at].variables.contains_key(name) {
                        self.frames[at].variables.insert(name, value);
                        return;
                    }
                    frame = self.frames[at].parent;
                }
            }
            Expr::Attribute(attribute) => {
                if let Expr::Name(owner) = &*attribute.value {
                    let owner = self.name(owner.id.as_str());
                    if matches!(owner.kind, Kind::Instance(_) | Kind::Class(_)) {
                        self.set_member(&owner, attribute.attr.as_str(), value, range);
                    }
                }
            }
            _ => {}
        }
    }

    /// `json.dump(data, file)` and its like, and `print(data, file=…)`.
    pub(super) fn dump(&mut self, path: &str, arguments: &Arguments<'a>) {
        let target = match path {
            "builtins.print" => arguments.named("file"),
            _ if path.ends_with(".dump") => {
                arguments.get(1, "fp").or_else(|| arguments.named("file"))
            }
            _ => return,
        };
        if let Some(target) = target.filter(|target| target.key != 0).cloned() {
            let data = arguments
                .positional
                .first()
                .map_or(Taints::NONE, Value::all_taints);
            self.note_write(&target, data);
        }
    }

    /// A buffer is named that an answer goes into.
    pub(super) fn note_answer_into(&mut self, arguments: &Arguments<'a>) {
        if let [option, target] = &arguments.positional[..]
            && option.as_path().is_some_and(|it| it.ends_with("WRITEDATA"))
        {
            self.note_write(target, Taints::DOWNLOADED);
        }
    }

    /// What was put into a queue or buffer under this value's number.
    pub(super) fn held_in(&self, base: &Value<'a>) -> Taints {
        let own = |path: &str| {
            path.contains("Queue()") || path.contains("deque()") || path.starts_with("io.")
        };
        match base.as_path() {
            Some(path) if own(path) => self.written_to_value(base, 0).without(Taints::DROPPED),
            _ => Taints::NONE,
        }
    }

    /// `picture.save(file)`, `imwrite(file, picture)`.
    pub(super) fn save(&mut self, base: Option<&Value<'a>>, arguments: &Arguments<'a>) {
        let own = base.map_or(Taints::NONE, |base| base.taints);
        let rest = arguments.positional.iter().skip(1);
        let data = rest.fold(own, |taints, value| taints.with(value.all_taints()));
        let target = arguments
            .positional
            .first()
            .or_else(|| arguments.named("output"));
        if let Some(target) = target.filter(|_| data.any(TELLING)).cloned() {
            self.note_write(&target, data.only(TELLING));
        }
    }

    /// An archive is unpacked somewhere: what lies there comes from where the archive came from.
    pub(super) fn unpack_archive(&mut self, base: Option<&Value<'a>>, arguments: &Arguments<'a>) {
        let mut positional = arguments.positional.iter();
        let (from, to) = match base.filter(|base| base.taints.any(TELLING)) {
            Some(base) => (
                base.taints,
                positional.next().or_else(|| arguments.named("path")),
            ),
            None => {
                let archive = positional.next();
                let from = archive.map_or(Taints::NONE, |it| {
                    it.taints.with(self.written_to_value(it, 1))
                });
                (
                    from,
                    positional.next().or_else(|| arguments.named("extract_dir")),
                )
            }
        };
        if let Some(to) = to.filter(|_| from.any(Taints::DOWNLOADED)).cloned() {
            self.note_write(&to, from.only(TELLING));
        }
    }

    /// What a started program is told through its input.
    pub(super) fn feed_process(&mut self, base: Option<&Value<'a>>, arguments: &Arguments<'a>) {
        let key = base.map_or(0, |base| base.key);
        let known = self
            .processes
            .iter()
            .rfind(|(known, _)| *known == key && key != 0);
        if let Some((_, at)) = known.copied() {
            self.taint(at, arguments.taints().without(Taints::ASSEMBLED));
        }
    }

    /// Remembers which buffers go into an act: what is put into them later goes there as well.
    pub(super) fn note_buffers(&mut self, at: usize, arguments: &Arguments<'a>) {
        for value in arguments.values() {
            self.note_buffer(at, value, 4);
        }
    }

    fn note_buffer(&mut self, at: usize, value: &Value<'a>, depth: u32) {
        if value.key != 0 && self.late.len() < 2000 {
            self.late.push((at, value.key));
        }
        match &value.kind {
            Kind::List(items) if depth > 0 => {
                for item in items.borrow().iter().take(32) {
                    self.note_buffer(at, item, depth - 1);
                }
            }
            Kind::Dict(pairs) if depth > 0 => {
                for (_, item) in pairs.borrow().iter().take(32) {
                    self.note_buffer(at, item, depth - 1);
                }
            }
            _ => {}
        }
    }

    /// Adds what was put into buffers after the code that sends them was read.
    pub(super) fn fill_late(&mut self) {
        for (at, key) in std::mem::take(&mut self.late) {
            let written = self.written.iter().filter(|known| known.key == key);
            let more = written.fold(Taints::NONE, |taints, known| taints.with(known.taints));
            self.taint(at, more.without(Taints::DROPPED));
        }
    }

    /// `curl -o FILE`, `wget -O FILE`: the file is a download.
    pub(super) fn note_command_writes(&mut self, text: &str) {
        let words: Vec<&str> = text.split_whitespace().collect();
        for pair in words.windows(2) {
            if ["-o", "-O", "--output", "-OutFile", ">"].contains(&pair[0]) {
                let path = Value::string(pair[1].trim_matches(['"', '\'', ';']).to_owned());
                self.note_write(&path, Taints::DOWNLOADED);
            }
        }
    }

    /// Asks another machine and puts the answer into a file.
    pub(super) fn fetch_to_file(
        &mut self,
        callee: &str,
        hidden: Taints,
        arguments: &Arguments<'a>,
        range: TextRange,
    ) -> Value<'a> {
        self.act_of(Deed::Send, callee, hidden, arguments, range);
        let windows = callee.contains("URLDownloadToFile");
        let target = if windows {
            arguments.positional.get(2)
        } else {
            arguments
                .get(1, "filename")
                .or_else(|| arguments.named("out"))
        };
        let target = target
            .or_else(|| arguments.named("output"))
            .or_else(|| arguments.named("dst"));
        match target.cloned() {
            Some(target) => {
                let write = Arguments::of(vec![target.clone(), Value::unknown(Taints::DOWNLOADED)]);
                self.act_of(Deed::Write, callee, hidden, &write, range);
                self.note_write(&target, Taints::DOWNLOADED);
                target.tainted(Taints::DOWNLOADED.with(Taints::DROPPED))
            }
            None => Value::unknown(Taints::DOWNLOADED.with(Taints::DROPPED)),
        }
    }

    /// What the objects of the file's own classes among the arguments hold.
    pub(super) fn held_by(&self, arguments: &Arguments<'a>) -> Taints {
        let mut taints = Taints::NONE;
        for value in arguments.values() {
            if let Kind::Instance(class) = value.kind {
                taints = taints.with(self.held_by_class(class));
            }
        }
        taints
    }

    /// What the objects of a class hold.
    pub(super) fn held_by_class(&self, class: usize) -> Taints {
        let attributes = self.classes[class].attributes.values();
        attributes.fold(Taints::NONE, |taints, value| {
            taints.with(value.all_taints())
        })
    }
}

/// Whether a call may be told where to: databases are opened by a call of the same name that is
/// given nothing, and signals connected by one that is given a function.
pub(super) fn names_a_peer(arguments: &Arguments<'_>) -> bool {
    match arguments.positional.first() {
        Some(first) => !matches!(
            first.kind,
            Kind::Function(..) | Kind::Class(_) | Kind::Partial(_)
        ),
        None => !arguments.named.is_empty() || !arguments.rest.is_empty(),
    }
}
