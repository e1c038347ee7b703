//! setup.cfg: what setuptools reads before it builds.

use spip_core::{Cause, Trigger};

use crate::build::configuration::{Configuration, line_of, requirement};
use crate::build::ini::{self, Setting};
use crate::findings::Findings;

/// Reads the file.
pub(crate) fn read(
    path: &str,
    text: &str,
    configuration: &mut Configuration,
    findings: &mut Findings,
) {
    let (options, is_whole) = ini::options(text);
    if !is_whole {
        let detail = format!("has more than {} lines", ini::LINES);
        findings.unread(path, Cause::TooLarge, detail);
    }
    for option in options {
        let key = option.key.replace('-', "_").to_ascii_lowercase();
        for value in option.values() {
            if let Some(target) = value.strip_prefix("attr:") {
                configuration.read_by_build(target);
            }
        }
        let section = match option.section {
            // What is set there is set in every section.
            "DEFAULT" => everywhere(&key),
            section => section,
        };
        match (section, key.as_str()) {
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

/// The section that gives an option its meaning.
fn everywhere(key: &str) -> &'static str {
    match key {
        "name" => "metadata",
        "command_packages" => "global",
        "where" => "options.packages.find",
        _ => "options",
    }
}
