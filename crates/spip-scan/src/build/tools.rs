//! Settings of the tools that a build asks for: what in them names code of the tree is run by the
//! build.

use spip_core::PackageName;
use toml::{Table, Value};

use crate::build::configuration::Configuration;
use crate::startup::is_dotted;

/// Tables of tools whose settings are read one by one; elsewhere they name code that is only
/// packed.
const KNOWN: &[&str] = &[
    "setuptools",
    "distutils",
    "hatch",
    "pdm",
    "poetry",
    "flit",
    "maturin",
];

/// Keys of files that are written or packed, not run.
const NOT_RUN: &[&str] = &["write", "include", "exclude", "version-file", "fallback"];

/// Reads the tables of tools that the build requires.
pub(super) fn read(tools: &Table, requires: &[&str], configuration: &mut Configuration) {
    let projects: Vec<String> = requires.iter().copied().filter_map(project).collect();
    for (name, settings) in tools {
        let Some(tool) = project(name) else { continue };
        let is_required = projects.iter().any(|project| {
            let rest = project.strip_prefix(tool.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        });
        if is_required && !KNOWN.contains(&tool.as_str()) {
            walk(settings, configuration);
        }
    }
}

/// The project that a requirement or a table names, normalised.
fn project(text: &str) -> Option<String> {
    let is_of_name = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    let text = text.trim();
    let end = text.find(|letter| !is_of_name(letter));
    let name: PackageName = text[..end.unwrap_or(text.len())].parse().ok()?;
    Some(name.as_str().to_owned())
}

/// Looks at every text of a table. The reader of the format bounds how deep tables go.
fn walk(value: &Value, configuration: &mut Configuration) {
    match value {
        Value::String(text) => named(text, configuration),
        Value::Array(items) => items.iter().for_each(|item| walk(item, configuration)),
        Value::Table(table) => {
            beside(table, configuration);
            for (key, value) in table {
                let key = key.replace('_', "-");
                if !NOT_RUN.iter().any(|word| key.starts_with(word)) {
                    walk(value, configuration);
                }
            }
        }
        _ => {}
    }
}

/// `tools/hook.py` and `tools.hook:function`.
fn named(text: &str, configuration: &mut Configuration) {
    let is_script = text
        .strip_suffix(".py")
        .is_some_and(|stem| !stem.contains(['*', '?', '[']));
    if is_script {
        configuration.script(text);
    } else if let Some((module, object)) = text.split_once(':')
        && is_dotted(module.trim())
        && is_dotted(object.trim())
    {
        configuration.called_by_build(text);
    }
}

/// A module, and beside it the directory that it is looked for in.
fn beside(table: &Table, configuration: &mut Configuration) {
    for (module, directory) in [("module", "module-dir"), ("provider", "provider-path")] {
        let text = |key: &str| table.get(key).and_then(Value::as_str);
        if let (Some(module), Some(directory)) = (text(module), text(directory)) {
            let path = format!("{directory}/{}", module.trim().replace('.', "/"));
            configuration.script(&format!("{path}.py"));
            configuration.script(&format!("{path}/__init__.py"));
        }
    }
}
