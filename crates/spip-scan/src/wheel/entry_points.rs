//! Entry points: the commands and plug-ins that a project installs.

use spip_core::{Odd, Trigger};

use crate::archive::names::quoted;
use crate::findings::Findings;
use crate::module::Root;
use crate::startup::is_dotted;
use crate::tables;

/// How many entry points are read.
const MOST: usize = 20_000;

/// One line of `entry_points.txt`.
struct Point<'a> {
    line: u32,
    group: &'a str,
    name: &'a str,
    module: &'a str,
    object: &'a str,
}

/// Looks at the entry points of a wheel.
pub(super) fn look(path: &str, text: &str, project: &str, findings: &mut Findings) {
    for point in points(text) {
        let command = is_command(point.group);
        let whole = text
            .lines()
            .nth(point.line as usize - 1)
            .unwrap_or_default();
        let site = || crate::member::shell::site(path, point.line, whole, 0..whole.len());
        let fits = is_dotted(point.module) && (is_dotted(point.object) || point.object.is_empty());
        if command && !(is_file_name(point.name) && fits && !point.object.is_empty()) {
            let detail = format!("the entry point {} is none", quoted(point.name));
            findings.odd_at(Odd::StrangeEntryPoint, Trigger::Call, site(), detail);
        }
        if command && tables::is_trusted_command(point.name, project) {
            let detail = format!("installs a command {}", quoted(point.name));
            findings.odd_at(Odd::ShadowedCommand, Trigger::Call, site(), detail);
        }
    }
    findings.roots.extend(roots(text));
}

/// Where the entry points begin to run.
pub(crate) fn roots(text: &str) -> Vec<Root> {
    let points = points(text).filter(|point| is_dotted(point.module));
    let root = |point: Point<'_>| Root {
        module: point.module.to_owned(),
        object: is_dotted(point.object).then(|| point.object.to_owned()),
        trigger: trigger(point.group),
    };
    points.map(root).collect()
}

/// The names of the commands that are installed.
pub(crate) fn command_names(text: &str) -> impl Iterator<Item = &str> {
    let commands = points(text).filter(|point| is_command(point.group));
    commands.map(|point| point.name)
}

/// The plug-ins for other programs, with the groups by which those find them.
pub(crate) fn plugin_names(text: &str) -> impl Iterator<Item = String> {
    let plugins = points(text).filter(|point| !is_command(point.group));
    plugins.map(|point| format!("{}: {}", point.group, point.name))
}

fn is_command(group: &str) -> bool {
    matches!(group, "console_scripts" | "gui_scripts")
}

/// When entry points of a group are called: some are meant for builds of other projects.
fn trigger(group: &str) -> Trigger {
    match group {
        "distutils.commands"
        | "distutils.setup_keywords"
        | "setuptools.finalize_distribution_options"
        | "setuptools.file_finders"
        | "egg_info.writers" => Trigger::Import,
        _ => Trigger::Call,
    }
}

fn points(text: &str) -> impl Iterator<Item = Point<'_>> {
    let mut group = "";
    let lines = (1_u32..).zip(text.lines());
    let points = lines.filter_map(move |(line, whole)| {
        let text = whole.trim();
        if text.starts_with(['#', ';']) {
            return None;
        }
        if let Some(name) = text
            .strip_prefix('[')
            .and_then(|text| text.strip_suffix(']'))
        {
            group = name.trim();
            return None;
        }
        let (name, target) = text.split_once('=')?;
        let target = target.split('[').next().unwrap_or(target).trim();
        let (module, object) = target.split_once(':').unwrap_or((target, ""));
        Some(Point {
            line,
            group,
            name: name.trim(),
            module: module.trim(),
            object: object.trim(),
        })
    });
    points.take(MOST)
}

/// Whether a name is a plain file name on every system.
fn is_file_name(name: &str) -> bool {
    let strange = |letter: char| letter.is_control() || "/\\:*?\"<>|".contains(letter);
    !name.is_empty()
        && name.len() < 200
        && !name.starts_with(['.', '-'])
        && !name.chars().any(strange)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked(text: &str) -> Findings {
        let mut findings = Findings::default();
        look("d/entry_points.txt", text, "demo", &mut findings);
        findings
    }

    #[test]
    fn ordinary_entry_points_are_roots() {
        let findings =
            looked("[console_scripts]\ndemo = demo.cli:main [x]\n\n[pytest11]\nd = demo.plugin\n");
        assert_eq!(findings.oddities.len(), 0);
        let roots: Vec<_> = findings
            .roots
            .iter()
            .map(|root| (root.module.as_str(), root.object.as_deref()))
            .collect();
        assert_eq!(roots, [("demo.cli", Some("main")), ("demo.plugin", None)]);
    }

    #[test]
    fn names_that_are_no_file_names_and_targets_that_are_no_objects_are_strange() {
        for line in [
            "../x = a:b",
            "a/b = a:b",
            "x = os.system('x'):y",
            "x = a",
            "-x = a:b",
        ] {
            let findings = looked(&format!("[console_scripts]\n{line}\n"));
            assert_eq!(findings.oddities[0].what, Odd::StrangeEntryPoint, "{line}");
        }
    }

    #[test]
    fn commands_that_people_trust_are_shadowed() {
        let findings = looked("[gui_scripts]\npip = demo:main\n");
        assert_eq!(findings.oddities[0].what, Odd::ShadowedCommand);
        assert_eq!(findings.oddities[0].site.line, 2);
    }
}
