//! setup.cfg: what setuptools reads before it builds.

use spip_core::Trigger;

use crate::build::configuration::{Configuration, line_of, requirement};
use crate::findings::Findings;

/// How many lines are read.
const LINES: usize = 20_000;

/// Reads the file.
pub(crate) fn read(
    path: &str,
    text: &str,
    configuration: &mut Configuration,
    findings: &mut Findings,
) {
    for option in options(text) {
        let key = option.key.replace('-', "_").to_ascii_lowercase();
        for value in option.values() {
            if let Some(target) = value.strip_prefix("attr:") {
                configuration.read_by_build(target);
            }
        }
        match (option.section, key.as_str()) {
            ("metadata", "name") => option.values().for_each(|name| configuration.name(name)),
            ("options", "cmdclass") => {
                option
                    .pairs()
                    .for_each(|(_, class)| configuration.called_by_build(class));
            }
            ("global", "command_packages") => {
                let packages = option.values().flat_map(|value| value.split(','));
                packages.for_each(|package| configuration.command_package(package));
            }
            ("options", "package_dir") => {
                option
                    .pairs()
                    .for_each(|(_, path)| configuration.import_root(path));
            }
            ("options", "setup_requires") => {
                for wanted in option.values() {
                    let (line, whole) = line_of(text, wanted);
                    requirement(path, wanted, line, whole, findings);
                }
            }
            ("options.packages.find", "where") => {
                option
                    .values()
                    .for_each(|path| configuration.import_root(path));
            }
            ("options.entry_points", group) => points(group, &option, configuration),
            (_, "setup_hooks") => {
                option
                    .values()
                    .for_each(|hook| configuration.called_by_build(hook));
            }
            _ => {}
        }
    }
}

/// Entry points; those that setuptools itself uses may run in this very build.
fn points(group: &str, option: &Setting<'_>, configuration: &mut Configuration) {
    let build = group.starts_with("distutils.") || group.starts_with("setuptools.");
    let trigger = if build { Trigger::Build } else { Trigger::Call };
    for (_, target) in option.pairs() {
        let target = target.split('[').next().unwrap_or(target);
        let (module, object) = target.split_once(':').unwrap_or((target, ""));
        configuration.root(module, object, trigger);
    }
}

/// One option with its continued lines.
struct Setting<'t> {
    section: &'t str,
    key: &'t str,
    lines: Vec<&'t str>,
}

impl<'t> Setting<'t> {
    fn values(&self) -> impl Iterator<Item = &'t str> {
        let lines = self.lines.iter().map(|line| line.trim());
        lines.filter(|line| !line.is_empty())
    }

    fn pairs(&self) -> impl Iterator<Item = (&'t str, &'t str)> {
        let pairs = self.values().filter_map(|line| line.split_once('='));
        pairs.map(|(name, value)| (name.trim(), value.trim()))
    }
}

fn options(text: &str) -> Vec<Setting<'_>> {
    let mut options: Vec<Setting<'_>> = Vec::new();
    let mut section = "";
    for line in text.lines().take(LINES) {
        let bare = line.trim();
        if bare.is_empty() || bare.starts_with(['#', ';']) {
            continue;
        }
        if line.starts_with([' ', '\t']) {
            if let Some(last) = options.last_mut() {
                last.lines.push(line);
            }
            continue;
        }
        if let Some(name) = bare
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            section = name.trim();
            continue;
        }
        if let Some(at) = bare.find(['=', ':']) {
            options.push(Setting {
                section,
                key: bare[..at].trim(),
                lines: vec![&bare[at + 1..]],
            });
        }
    }
    options
}

/// Whether a module assigns a plain constant to a variable: then its text is enough and it is not
/// imported.
pub(crate) fn is_constant(source: &[u8], variable: &str) -> bool {
    let text = String::from_utf8_lossy(source);
    text.lines().any(|line| {
        let Some(rest) = line.strip_prefix(variable) else {
            return false;
        };
        let rest = rest.trim_start();
        let value = match rest.strip_prefix(':') {
            Some(annotated) => annotated.split_once('=').map(|(_, value)| value),
            None => rest.strip_prefix('='),
        };
        value.is_some_and(|value| is_literal(value.trim()))
    })
}

/// Whether a text is a literal: a string, number or tuple of such.
fn is_literal(value: &str) -> bool {
    let value = value.split(" #").next().unwrap_or(value).trim();
    let quoted = |quote: char| {
        let inner = value
            .strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote));
        inner.is_some_and(|inner| !inner.contains(quote) && !inner.contains('\\'))
    };
    let plain = |letter: char| letter.is_alphanumeric() || "., '\"()[]-+_".contains(letter);
    let tuple = value.starts_with(['(', '[']) && value.chars().all(plain) && !value.contains(")(");
    let call = value.contains('(') && !value.starts_with('(');
    quoted('\'') || quoted('"') || (tuple && !call && !named_call(value))
}

/// Whether a name stands right before a parenthesis.
fn named_call(value: &str) -> bool {
    let bytes = value.as_bytes();
    let named =
        |pair: &[u8]| pair[1] == b'(' && (pair[0].is_ascii_alphanumeric() || pair[0] == b'_');
    bytes.windows(2).any(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_is_read_without_an_import() {
        for line in ["v = '1.0'", "v: str = \"1.0\"  # x", "v = (1, 2, 'x')"] {
            assert!(is_constant(line.as_bytes(), "v"), "{line}");
        }
        for line in [
            "v = f()",
            "v = '.'.join(x)",
            "v = x",
            "v = (f(1), 2)",
            " v = '1'",
            "vv = '1'",
        ] {
            assert!(!is_constant(line.as_bytes(), "v"), "{line}");
        }
    }
}
