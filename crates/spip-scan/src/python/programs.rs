//! Programs that code hands to interpreters: files, texts on the command line, texts on their input.

use ruff_text_size::TextRange;
use spip_core::{Deed, Taints, Trigger};

use crate::module::{FILE, FOLDER};

use super::interpreter::Interpreter;
use super::value::{Arguments, HOLE, Kind, Value};

/// How many files with known content are remembered.
const MOST_KEPT: usize = 100;

/// Programs that run commands.
const SHELLS: &[&str] = &[
    "sh",
    "bash",
    "zsh",
    "dash",
    "ksh",
    "cmd",
    "powershell",
    "pwsh",
];

/// How many folders that were added to the import path are remembered.
const MOST_FOLDERS: usize = 8;

impl<'a> Interpreter<'a> {
    /// The path of a member that a path text of this file stands for.
    fn member_of(&self, text: &str) -> Option<String> {
        let base = match text.strip_prefix("{package}") {
            Some(rest) => return Some(normal("", rest.trim_start_matches('/'))),
            None if text.starts_with(HOLE) => return Some(text.replace("//", "/")),
            None => self.path.rsplit_once('/').map_or("", |(folder, _)| folder),
        };
        let is_relative = !text.starts_with(['/', '~', '{']) && !text.contains([':', HOLE, '\n']);
        (is_relative && text.len() < 300).then(|| normal(base, text))
    }

    /// A file is run as a program.
    pub(super) fn uses_file(&mut self, text: &str) {
        if let Some(path) = self.member_of(text) {
            self.uses_module(&format!("{FILE}{path}"), false);
        }
    }

    /// The act runs the text of a file: what that says shows once all files were read.
    pub(super) fn runs_text_of(&mut self, at: usize, text: &str) {
        let path = self.member_of(text).filter(|path| !path.is_empty());
        if let (Some(act), Some(path)) = (self.acts.get_mut(at), path) {
            act.runs = Some(path);
        }
    }

    /// A folder is added to where modules are looked for.
    pub(super) fn adds_folder(&mut self, value: &Value<'a>) {
        let Some(path) = value.shown().and_then(|text| self.member_of(&text)) else {
            return;
        };
        if !path.contains(HOLE) && self.folders.len() < MOST_FOLDERS {
            self.folders.push(path);
        }
    }

    /// A file of the package is added to where modules are looked for: an archive, whatever its
    /// ending says.
    pub(super) fn adds_archive(&mut self, value: &Value<'a>, range: TextRange) {
        let Some(text) = value.shown() else { return };
        // What is relative is looked for where Python was started: only a build starts it here.
        let is_anchored = text.starts_with("{package}") || text.starts_with(HOLE);
        if !is_anchored && self.at.trigger != Trigger::Build {
            return;
        }
        let Some(path) = self.member_of(&text) else {
            return;
        };
        let name = path.rsplit('/').next().unwrap_or_default();
        let has_ending = name.split_once('.').is_some_and(|(stem, ending)| {
            !stem.is_empty() && ending.chars().any(char::is_alphabetic)
        });
        if path.contains(HOLE) || !has_ending {
            return;
        }
        let only = Arguments::of(vec![Value::text(format!("{{package}}/{path}"))]);
        let at = self.act(Deed::Execute, "sys.path.insert", &only, range);
        self.taint(at, Taints::UNSEEN.with(Taints::PACKAGE_DATA));
        if let Some(act) = self.acts.get_mut(at) {
            act.runs = Some(path);
        }
    }

    /// The same import, if a folder that was added holds the module.
    pub(super) fn uses_in_folders(&mut self, target: &str, called: bool) {
        for folder in self.folders.clone() {
            self.note_module(&format!("{FOLDER}{folder}:{target}"), called);
        }
    }

    /// Remembers the text that goes into a file, in case somebody runs it.
    pub(super) fn keep_content(&mut self, path: &Value<'a>, data: &Value<'a>) {
        let is_text = matches!(data.kind, Kind::Str(_) | Kind::Bytes(_) | Kind::Text(_));
        let key = self.key_of(path);
        if is_text && key != 0 && self.contents.len() < MOST_KEPT {
            self.contents.push((key, data.clone()));
        }
    }

    /// What is known to be in a file.
    fn content_of(&self, key: u32) -> Option<Value<'a>> {
        let mut known = self.contents.iter().rev();
        let found = known.find(|(of, _)| *of == key && key != 0);
        found.map(|(_, data)| data.clone())
    }

    /// A file is run: what this code wrote into it runs.
    pub(super) fn runs_file(&mut self, path: &Value<'a>, range: TextRange) {
        if let Some(text) = path.shown() {
            self.uses_file(&text);
        }
        let key = self.key_of(path);
        if let Some(data) = self.content_of(key) {
            self.contents.retain(|(of, _)| *of != key);
            self.run_text(&data, range);
        }
    }

    /// Looks into what a started command runs: `python -c`, `python file`, files that it wrote.
    pub(super) fn runs_command(
        &mut self,
        callee: &str,
        arguments: &Arguments<'a>,
        range: TextRange,
    ) {
        let words = self.words(arguments);
        let is_python = words
            .iter()
            .take(6)
            .any(|word| word.shown().is_some_and(|text| is_python(&text)));
        for (place, word) in words.iter().enumerate() {
            let Some(text) = word.shown() else { continue };
            let next = words.get(place + 1);
            match (text.as_str(), next) {
                ("-c", Some(code)) if is_python => {
                    let only = Arguments::of(vec![code.clone()]);
                    self.execute(callee, Taints::NONE, &only, range);
                    return;
                }
                ("-m", Some(module)) if is_python => {
                    if let Some(name) = module.as_str().map(str::to_owned) {
                        self.uses_module(&name, false);
                        self.uses_module(&format!("{name}.__main__"), false);
                    }
                    return;
                }
                _ => {}
            }
            let key = self.keys.get(&text).unwrap_or(word.key);
            if let Some(data) = self.content_of(key) {
                self.contents.retain(|(of, _)| *of != key);
                self.run_text(&data, range);
            } else if is_started(&words, place, &text) {
                self.uses_file(&text);
            }
        }
    }

    /// The words of a command: the items of its list, or the text cut at blanks.
    fn words(&mut self, arguments: &Arguments<'a>) -> Vec<Value<'a>> {
        let mut words = Vec::new();
        for value in arguments.positional.iter().take(12) {
            match &value.kind {
                Kind::List(items) => words.extend(items.borrow().iter().take(64).cloned()),
                Kind::Str(_) | Kind::Text(_) => {
                    let text = value.shown().unwrap_or_default();
                    words.extend(cut(&text).map(|word| Value::text(word).tainted(value.taints)));
                }
                _ => words.push(value.clone()),
            }
        }
        words
    }

    /// A text is given to a program on its input.
    pub(super) fn feeds(&mut self, command: &str, data: &Value<'a>, range: TextRange) {
        let program = command.split_whitespace().next().unwrap_or_default();
        let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
        let name = name.trim_end_matches(".exe");
        if is_python(name) {
            let only = Arguments::of(vec![data.clone()]);
            self.execute("subprocess.Popen().communicate", Taints::NONE, &only, range);
        } else if SHELLS.contains(&name) {
            let script = Value::text(format!("{name} -c ")).tainted(data.taints);
            let text = super::fold::hole_text(data);
            let text = if matches!(data.kind, Kind::Bytes(_)) {
                data.shown().unwrap_or_default()
            } else {
                text
            };
            let whole = Value::text(format!("{}{text}", script.shown().unwrap_or_default()));
            let only = Arguments::of(vec![whole.tainted(data.all_taints())]);
            self.act(Deed::Spawn, "subprocess.Popen().communicate", &only, range);
        }
    }

    /// Runs a text that was written to a file: Python, unless it is a script for a shell.
    fn run_text(&mut self, data: &Value<'a>, range: TextRange) {
        let text = data.shown().unwrap_or_default();
        let first = text.lines().next().unwrap_or_default();
        let is_shell = first.starts_with("#!") && !first.contains("python")
            || first.starts_with("@echo")
            || ["curl ", "wget ", "set -", "powershell "]
                .iter()
                .any(|it| first.starts_with(it));
        if is_shell {
            let only = Arguments::of(vec![Value::text(text).tainted(data.taints)]);
            self.act(Deed::Spawn, "subprocess.run", &only, range);
        } else {
            self.nested(data, false, range);
        }
    }
}

/// Whether a word names a Python interpreter.
pub(super) fn is_python(word: &str) -> bool {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    name.starts_with("python") || name.starts_with("pypy") || name == "py" || name == "{python}"
}

/// Whether a word of a command names a file that is run: a Python file, a file in the working
/// directory, or what an interpreter is given first.
fn is_started(words: &[Value<'_>], place: usize, text: &str) -> bool {
    if text.ends_with(".py") || text.ends_with(".pyw") || place == 0 && text.starts_with("./") {
        return true;
    }
    let before = place
        .checked_sub(1)
        .and_then(|before| words[before].shown());
    before.is_some_and(|before| is_interpreter(&before))
        && !text.starts_with('-')
        && !text.contains([' ', '\n'])
}

/// Whether a word names an interpreter of Python or commands.
fn is_interpreter(word: &str) -> bool {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    is_python(word) || SHELLS.contains(&name.trim_end_matches(".exe"))
}

/// Words of a command line; what stands in quotes is one word.
fn cut(text: &str) -> impl Iterator<Item = String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for letter in text.chars() {
        match (letter, quote) {
            ('"' | '\'', None) => quote = Some(letter),
            (_, Some(open)) if letter == open => quote = None,
            (' ' | '\t' | '\n' | ';' | '&', None) => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            _ => word.push(letter),
        }
    }
    words.push(word);
    words.into_iter().filter(|word| !word.is_empty()).take(64)
}

/// A path below a folder, without `.` and `..`.
fn normal(base: &str, path: &str) -> String {
    let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}
