//! Looks at one member: tells what it is and reads what matters in it.

mod binary;
pub(crate) mod bytecode;
pub(crate) mod directed;
pub(crate) mod disguised;
pub(crate) mod image;
pub(crate) mod native;
pub(crate) mod nested;
pub(crate) mod pickle;
pub(crate) mod protected;
pub(crate) mod shell;
mod started;
pub(crate) mod tap;

use std::io::{self, Read};

use spip_core::{Cause, Odd, Site, Trigger};

use crate::findings::Findings;
use crate::layout::{Duty, Layout, ending, is_aside, is_source};
use crate::member::bytecode::{ByteCode, Mark};
use crate::member::tap::{Algorithm, Tap};
use crate::module::{Role, Source};
use crate::startup::{self, StartFile};
use crate::watch::{Watch, read_whole, unread};

/// How much of a member is read to tell what it is.
const HEAD: u64 = 4096;

/// Looks at the members of one archive or tree.
#[derive(Clone, Copy)]
pub(crate) struct Examiner<'a> {
    /// The bounds.
    pub(crate) watch: &'a Watch<'a>,
    /// What places mean.
    pub(crate) layout: &'a dyn Layout,
    /// How many archives this one lies in.
    pub(crate) depth: usize,
}

/// What was read in one member.
#[derive(Default)]
pub(crate) struct Examined {
    /// What was found.
    pub(crate) findings: Findings,
    /// Its digest, if one was asked for.
    pub(crate) digest: Option<Vec<u8>>,
    /// How many bytes it holds.
    pub(crate) size: u64,
    /// It was read to its end.
    pub(crate) complete: bool,
    /// Where the source of this byte code is, what it says, and its own path.
    pub(crate) byte_code: Option<(String, ByteCode, String)>,
    /// Commands and scripts of the artifact that code of the build names.
    pub(crate) mentions: Vec<String>,
    /// What this source says, if byte code of it is there.
    pub(crate) mark: Option<(String, Mark)>,
}

impl Examiner<'_> {
    /// Reads one member.
    pub(crate) fn examine(
        &self,
        path: &str,
        size: u64,
        data: &mut dyn Read,
        algorithm: Option<Algorithm>,
    ) -> Examined {
        let mut examined = Examined::default();
        examined.findings.members = 1;
        let mut tap = Tap::new(data, algorithm);
        let mut look = Look {
            examiner: self,
            path,
            size,
            duty: self.layout.duty(path),
            examined: &mut examined,
        };
        let mut result = look.content(&mut tap);
        // Nobody compares the rest of what lies in an archive within an archive.
        if result.is_ok() && self.depth == 0 {
            result = tap.drain();
        }
        examined.size = tap.count();
        match result {
            Ok(()) => {
                examined.complete = true;
                examined.digest = tap.digest();
            }
            Err(error) => examined.findings.unread.push(unread(path, &error)),
        }
        examined
    }
}

struct Look<'a> {
    examiner: &'a Examiner<'a>,
    path: &'a str,
    size: u64,
    duty: Duty,
    examined: &'a mut Examined,
}

impl Look<'_> {
    fn odd(&mut self, what: Odd, detail: impl Into<String>) {
        let (trigger, path) = (self.duty.trigger, self.path);
        self.examined.findings.odd(what, trigger, path, detail);
    }

    /// Tells what the member is and reads it as far as that needs.
    fn content(&mut self, data: &mut dyn Read) -> io::Result<()> {
        let mut head = Vec::with_capacity(4096);
        data.take(HEAD).read_to_end(&mut head)?;
        if let Some(native) = native::sniff(&head, self.path) {
            self.native(native, &head, data)?;
        }
        if let Some(what) = protected::by_name(self.path) {
            self.odd(Odd::ProtectedCode, what);
        }
        let limits = self.examiner.watch.limits;
        if self.starts() && startup::is_model(&head) {
            let bytes = read_whole(data, self.size, limits.whole, head)?;
            self.model(bytes)?;
        } else if self.starts() {
            let bytes = read_whole(data, self.size, limits.source, head)?;
            self.start_file(&bytes);
        } else if self.is_python(&head) {
            let bytes = read_whole(data, self.size, limits.source, head)?;
            self.python(&bytes);
        } else if ending(self.path) == "pyc" {
            let bytes = read_whole(data, self.size, limits.whole, head)?;
            self.byte_code(&bytes);
        } else if pickle::is_likely(self.path, &head) {
            let bytes = read_whole(data, self.size, limits.whole, head)?;
            self.pickle(&bytes);
        } else if image::is_known(&head) {
            let bytes = read_whole(data, self.size, limits.whole, head)?;
            if let Some(what) = image::appended(&bytes) {
                self.odd(Odd::AppendedData, what);
            }
        } else if nested::is_archive(self.path, &head) {
            self.nested(data, head)?;
        } else if let Some(kind) = self.commands(&head) {
            let bytes = read_whole(data, self.size, limits.source, head)?;
            self.shell(kind, &bytes);
        } else if disguised::may_be_python(self.path, self.size, &head) {
            let bytes = read_whole(data, self.size, limits.source, head)?;
            self.disguised(&bytes);
        }
        Ok(())
    }

    /// Whether this is a start-up file where it acts.
    fn starts(&self) -> bool {
        matches!(ending(self.path), "pth" | "start") && self.duty.starts.is_some()
    }

    /// A model of `PyTorch` under the ending of start-up files: it is one as well if a line of it
    /// is code.
    fn model(&mut self, bytes: Vec<u8>) -> io::Result<()> {
        if startup::has_code(&bytes) {
            self.start_file(&bytes);
        }
        if pickle::is_likely(self.path, &bytes) {
            self.pickle(&bytes);
        } else if nested::is_archive(self.path, &bytes) {
            self.nested(&mut io::empty(), bytes)?;
        }
        Ok(())
    }

    /// Whether the file holds commands, by its name, its first line or its place.
    fn commands(&self, head: &[u8]) -> Option<shell::Kind> {
        let by_place = self.duty.commands.then_some(shell::Kind::Script);
        shell::kind(self.path, head).or(by_place)
    }

    fn is_python(&self, head: &[u8]) -> bool {
        is_source(self.path)
            || is_python_script(head)
            || self
                .examiner
                .layout
                .names_of(self.path)
                .iter()
                .any(|name| is_source(name))
    }

    fn start_file(&mut self, bytes: &[u8]) {
        let file = StartFile {
            path: self.path,
            bytes,
            trigger: self.duty.starts.unwrap_or_default(),
            project: self.examiner.layout.project(),
        };
        startup::look(&file, self.examiner.watch, &mut self.examined.findings);
    }

    fn python(&mut self, bytes: &[u8]) {
        let layout = self.examiner.layout;
        if layout.has_byte_code(self.path) {
            let mark = Mark::read(bytes);
            self.examined.mark = Some((self.path.to_owned(), mark));
        }
        if let Some(what) = protected::by_text(bytes) {
            self.odd(Odd::ProtectedCode, what);
        }
        let mut roles = vec![(self.path.to_owned(), self.duty.clone())];
        for name in layout.names_of(self.path) {
            let duty = layout.duty(&name);
            roles.push((name, duty));
        }
        // The same bytes run once under the name that makes them run first.
        roles.sort_by_key(|(_, duty)| std::cmp::Reverse(duty.role.trigger));
        for (name, duty) in roles.iter().take(4) {
            if duty.role.trigger == Trigger::Start {
                let file = StartFile {
                    path: name,
                    bytes,
                    trigger: Trigger::Start,
                    project: layout.project(),
                };
                startup::customize(&file, &mut self.examined.findings);
            }
            self.analyse(bytes, duty.role.clone());
        }
        if roles[0].1.role.trigger == Trigger::Build {
            self.note_scripts(bytes);
        }
        self.read_by_build(bytes);
    }

    /// Notes which scripts something that the build runs names.
    fn note_scripts(&mut self, bytes: &[u8]) {
        let scripts = self.examiner.layout.scripts().iter();
        let mentioned = scripts.filter(|name| shell::mentions(bytes, name));
        self.examined.mentions = mentioned.cloned().collect();
    }

    /// A program under the name of data: it counts only if something runs it.
    fn disguised(&mut self, bytes: &[u8]) {
        let commands = shell::search(self.path, bytes, Trigger::Never);
        if !disguised::is_python(bytes) {
            self.examined
                .findings
                .modules
                .extend(started::commands(self.path, commands));
            return;
        }
        let role = Role {
            module: None,
            is_package: false,
            trigger: Trigger::Never,
            uncalled: Trigger::Never,
        };
        self.analyse(bytes, role);
        if let Some(module) = self.examined.findings.modules.last_mut() {
            module.only_if_run = true;
        }
    }

    fn analyse(&mut self, bytes: &[u8], role: Role) {
        let source = Source {
            path: self.path,
            bytes,
            role,
            first_line: 1,
        };
        let mut module = crate::python::analyse(&source, self.examiner.watch.limits);
        if self.examiner.watch.may_keep(bytes.len()) {
            module.source = Some(bytes.to_vec());
        }
        self.examined.findings.modules.push(module);
    }

    /// A module whose variable the build reads is imported, unless the variable is a constant.
    fn read_by_build(&mut self, bytes: &[u8]) {
        let Some(variable) = self.examiner.layout.read_by_build(self.path) else {
            return;
        };
        if crate::python::is_constant(bytes, variable) {
            return;
        }
        if let Some(module) = self.duty.role.module.clone() {
            self.examined.findings.roots.push(crate::module::Root {
                module,
                object: None,
                trigger: Trigger::Build,
            });
        }
    }

    fn byte_code(&mut self, bytes: &[u8]) {
        let Some(code) = ByteCode::read(bytes) else {
            return;
        };
        let source = bytecode::source_of(self.path).unwrap_or_default();
        if self.examiner.layout.has_source(&source) {
            self.examined.byte_code = Some((source, code, self.path.to_owned()));
            return;
        }
        let detail = match code.dangerous() {
            names if names.is_empty() => "byte code without its source".to_owned(),
            names => format!("byte code without its source, with the names {names}"),
        };
        // In the cache only a loader of its own gets at it.
        let cached = self.path.contains("__pycache__/");
        let trigger = if cached {
            self.duty.trigger
        } else {
            let source = format!("{}.py", self.path.trim_end_matches(".pyc"));
            // Whether something imports it shows once everything was read.
            self.examiner
                .layout
                .duty(&source)
                .role
                .trigger
                .min(Trigger::Call)
        };
        let site = Site::member(self.path);
        let findings = &mut self.examined.findings;
        findings.odd_at(Odd::SourcelessBytecode, trigger, site, detail);
    }

    fn pickle(&mut self, bytes: &[u8]) {
        let walked = pickle::walk(bytes);
        if !walked.dangerous.is_empty() {
            let names = walked.dangerous.join(", ");
            self.odd(Odd::DangerousPickle, format!("reading it calls {names}"));
        }
    }

    fn nested(&mut self, data: &mut dyn Read, head: Vec<u8>) -> io::Result<()> {
        let limits = self.examiner.watch.limits;
        if self.examiner.depth >= limits.nesting {
            let path = self.path;
            let detail = format!("more than {} archives within each other", limits.nesting);
            self.examined.findings.unread(path, Cause::TooLarge, detail);
            return Ok(());
        }
        let bytes = read_whole(data, self.size, limits.whole, head)?;
        let found = nested::look(self.examiner, self.path, &bytes, self.duty.trigger);
        self.examined.findings.absorb(found);
        Ok(())
    }

    fn odd_at_build(&mut self, command: String) {
        let site = Site {
            excerpt: command.clone(),
            ..Site::member(self.path)
        };
        let findings = &mut self.examined.findings;
        findings.odd_at(Odd::ShellCommand, Trigger::Build, site, command);
    }

    fn shell(&mut self, kind: shell::Kind, bytes: &[u8]) {
        let trigger = match kind {
            _ if is_aside(self.path) => Trigger::Never,
            // What the build itself reads.
            shell::Kind::Build => self.duty.build_file,
            shell::Kind::Script => self.duty.trigger,
        };
        let found = shell::search(self.path, bytes, trigger);
        let findings = &mut self.examined.findings;
        findings
            .modules
            .extend(started::commands(self.path, found.clone()));
        findings.oddities.extend(found);
        if kind == shell::Kind::Build && trigger == Trigger::Build {
            self.note_scripts(bytes);
            let folder = self.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            for script in directed::scripts(bytes, folder) {
                self.examined.findings.roots.push(crate::module::Root {
                    module: format!("{}{script}", crate::module::FILE),
                    object: None,
                    trigger,
                });
            }
            if let Some(command) = directed::runs_download(bytes) {
                self.odd_at_build(command);
            }
        }
    }
}

/// Whether a text is run by Python when it is started as a command.
fn is_python_script(head: &[u8]) -> bool {
    let first = head.split(|byte| *byte == b'\n').next().unwrap_or(head);
    first.starts_with(b"#!") && first.windows(6).any(|part| part == b"python")
}
