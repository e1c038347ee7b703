//! Files that the interpreter reads at every start: `.pth`, `.start` (PEP 829).

mod template;

use spip_core::{Cause, Odd, Site, Trigger};

use crate::findings::Findings;
use crate::layout::ending;
use crate::member::shell::site;
use crate::module::{FOLDER, Role, Root, Source};
use crate::tables::known;
use crate::watch::Watch;

/// How many lines that do something are followed.
const LINES: usize = 10_000;

/// A start-up file and its place.
pub(crate) struct StartFile<'a> {
    /// The member's path.
    pub(crate) path: &'a str,
    /// The file's bytes.
    pub(crate) bytes: &'a [u8],
    /// When it acts.
    pub(crate) trigger: Trigger,
    /// The project that ships it, where it is known.
    pub(crate) project: Option<&'a str>,
}

/// Reads a start-up file.
pub(crate) fn look(file: &StartFile<'_>, watch: &Watch<'_>, findings: &mut Findings) {
    if is_known(file) {
        let detail = format!("{} bytes, known by their digest", file.bytes.len());
        findings.odd(Odd::KnownStartFile, file.trigger, file.path, detail);
        for module in template::finders(file.bytes) {
            findings.roots.push(Root {
                module,
                object: Some("install".to_owned()),
                trigger: file.trigger,
            });
        }
        return;
    }
    if ending(file.path) == "start" {
        entry_points(file, findings);
    } else {
        path_file(file, watch, findings);
    }
}

/// Whether the content is exactly what a well-known project ships under its own name, or what a
/// tool generates.
fn is_known(file: &StartFile<'_>) -> bool {
    match known::start_file(file.bytes) {
        Some(known) => file.project.is_none_or(|project| project == known),
        None => {
            // What points from an environment at a tree under work is made where both are: a
            // project that ships such a line calls code that nobody here knows.
            let editable = file.project.is_none();
            template::is_generated(file.bytes, editable)
        }
    }
}

/// Whether what looks like a model, which has the same ending, is one: Python skips the lines that
/// make no sense to it and runs the others.
pub(crate) fn is_model(head: &[u8]) -> bool {
    (head.starts_with(b"PK\x03\x04") || head.starts_with(b"\x80")) && head.contains(&0)
}

/// Whether any line of a file is code for the interpreter, in whatever it stands.
pub(crate) fn has_code(bytes: &[u8]) -> bool {
    memchr::memmem::find_iter(bytes, "import").any(|at| {
        let before = &bytes[..at];
        let begins = before.last().is_none_or(|byte| {
            // Lines end at characters of several bytes too.
            matches!(byte, b'\n'..=b'\r' | 0x1c..=0x1e) || !byte.is_ascii()
        });
        begins && matches!(bytes.get(at + 6), Some(b' ' | b'\t'))
    })
}

/// Says that lines beyond the bound were not looked at.
fn too_long(file: &StartFile<'_>, findings: &mut Findings) {
    let detail = format!("more than {LINES} lines that the interpreter acts on");
    findings.unread(file.path, Cause::TooLarge, detail);
}

/// `.start`: one `module:function` per line.
fn entry_points(file: &StartFile<'_>, findings: &mut Findings) {
    let text = decode(file.bytes);
    let mut count = 0;
    for line in text.lines() {
        let entry = line.trim();
        if entry.is_empty() || entry.starts_with('#') {
            continue;
        }
        if count == LINES {
            too_long(file, findings);
            break;
        }
        let (module, object) = entry.split_once(':').unwrap_or((entry, ""));
        if is_dotted(module) {
            count += 1;
            findings.roots.push(Root {
                module: module.to_owned(),
                object: is_dotted(object).then(|| object.to_owned()),
                trigger: file.trigger,
            });
        }
    }
    if count > 0 {
        let detail = format!("calls {count} functions");
        findings.odd(Odd::StartFile, file.trigger, file.path, detail);
    }
}

/// `.pth`: lines that begin with `import` are run, the others are directories.
fn path_file(file: &StartFile<'_>, watch: &Watch<'_>, findings: &mut Findings) {
    let text = decode(file.bytes);
    let mut runs = Vec::new();
    let mut count = 0;
    for (number, line) in (1_u32..).zip(lines(&text)) {
        if line.trim().is_empty() {
            continue;
        }
        if count == LINES {
            too_long(file, findings);
            break;
        }
        count += 1;
        if is_code(line) {
            runs.push((number, line));
            continue;
        }
        // Python 3.13 and newer end lines at more characters than older ones.
        let parts = line.split([
            '\x0b', '\x0c', '\x1c', '\x1d', '\x1e', '\u{85}', '\u{2028}', '\u{2029}',
        ]);
        let (code, paths): (Vec<_>, Vec<_>) = parts.partition(|part| is_code(part));
        runs.extend(code.into_iter().map(|part| (number, part)));
        for path in paths {
            directory(file, number, path, findings);
        }
    }
    let Some((first, line)) = runs.first() else {
        return;
    };
    let length: usize = runs.iter().map(|(_, line)| line.len()).sum();
    let detail = format!("runs {} lines of code, {length} characters", runs.len());
    let place = site(file.path, *first, line, 0..line.len());
    findings.odd_at(Odd::StartFile, file.trigger, place, detail);
    for (number, line) in runs {
        run(file, number, line, watch, findings);
    }
}

/// One line of code.
fn run(file: &StartFile<'_>, number: u32, line: &str, watch: &Watch<'_>, findings: &mut Findings) {
    for module in imported(line) {
        findings.roots.push(Root {
            module,
            object: None,
            trigger: file.trigger,
        });
    }
    let source = Source {
        path: file.path,
        bytes: line.as_bytes(),
        role: Role {
            module: None,
            is_package: false,
            trigger: file.trigger,
            uncalled: file.trigger.min(Trigger::Call),
        },
        first_line: number,
    };
    let module = crate::python::analyse(&source, watch.limits);
    findings.modules.push(module);
}

/// A line that adds a directory to where modules are looked for.
fn directory(file: &StartFile<'_>, number: u32, line: &str, findings: &mut Findings) {
    let path = line.trim_end();
    // No path holds a zero.
    if path.trim().is_empty() || path.starts_with('#') || path.contains('\0') {
        return;
    }
    let drive = path.as_bytes().get(1) == Some(&b':');
    let detail = if path.starts_with(['/', '\\', '~']) || drive {
        "adds an absolute path to where modules are looked for"
    } else if path.split(['/', '\\']).any(|part| part == "..") {
        "adds a directory outside the package to where modules are looked for"
    } else {
        "adds a directory to where modules are looked for"
    };
    for module in ["sitecustomize", "usercustomize"] {
        let folder = crate::archive::tar::normal(path);
        findings.roots.push(Root {
            module: format!("{FOLDER}{folder}:{module}"),
            object: None,
            trigger: file.trigger,
        });
    }
    let place = site(file.path, number, path, 0..path.len());
    findings.odd_at(Odd::StartPath, file.trigger, place, detail);
}

/// Whether the interpreter runs a line.
fn is_code(line: &str) -> bool {
    let line = line.strip_prefix('\u{feff}').unwrap_or(line);
    line.starts_with("import ") || line.starts_with("import\t")
}

/// Lines as text files have them.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n')
        .flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

/// The text, without its byte order mark. What is not UTF-8 is read byte by byte, as locales of
/// old do.
fn decode(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// The modules that the first statement of a line imports.
fn imported(line: &str) -> Vec<String> {
    let line = line.strip_prefix('\u{feff}').unwrap_or(line);
    let rest = line.strip_prefix("import").unwrap_or_default();
    let statement = rest.split([';', '#']).next().unwrap_or_default();
    let names = statement
        .split(',')
        .filter_map(|name| name.split_whitespace().next());
    names
        .filter(|name| is_dotted(name))
        .map(str::to_owned)
        .collect()
}

/// Whether a text is a dotted name.
pub(crate) fn is_dotted(text: &str) -> bool {
    let letter = |letter: char| letter == '_' || letter.is_alphanumeric();
    !text.is_empty()
        && text
            .split('.')
            .all(|part| !part.is_empty() && part.chars().all(letter))
}

/// Whether a path names a file that runs at every start where it lies at the top of
/// `site-packages`.
pub(crate) fn is_customize(path: &str) -> bool {
    let package = path.strip_suffix("/__init__.py");
    let module = package.or_else(|| path.strip_suffix(".py"));
    matches!(module, Some("sitecustomize" | "usercustomize"))
}

/// Adds the word about a module that runs at every start.
pub(crate) fn customize(file: &StartFile<'_>, findings: &mut Findings) {
    let known = is_known(file);
    let what = if known {
        Odd::KnownStartFile
    } else {
        Odd::StartFile
    };
    let detail = format!("{} bytes that run at every start", file.bytes.len());
    findings.odd_at(what, file.trigger, Site::member(file.path), detail);
}

#[cfg(test)]
mod tests;
