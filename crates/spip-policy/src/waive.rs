//! Writes an exception into a file and leaves everything else as it stands.

use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, value};

use crate::{Exception, Home, Trouble};

/// The text of a policy file with one exception more. Remarks and order stay as they are.
pub fn add_exception(text: &str, home: Home, new: &Exception) -> Result<String, Trouble> {
    let mut document: DocumentMut = text
        .parse()
        .map_err(|error: toml_edit::TomlError| Trouble::Form(error.message().into()))?;
    let mut table = document.as_table_mut();
    if home == Home::Pyproject {
        for name in ["tool", "spip"] {
            let entry = table.entry(name).or_insert_with(|| {
                let mut table = Table::new();
                table.set_implicit(true);
                Item::Table(table)
            });
            table = entry.as_table_mut().ok_or_else(|| no_table(name))?;
        }
    }
    let list = table
        .entry("exceptions")
        .or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    let list = list
        .as_array_of_tables_mut()
        .ok_or_else(|| no_table("exceptions"))?;
    list.push(entry(new));
    Ok(document.to_string())
}

fn entry(new: &Exception) -> Table {
    let mut table = Table::new();
    let mut set = |key: &str, text: Option<&String>| {
        if let Some(text) = text {
            table.insert(key, value(text));
        }
    };
    set("check", Some(&new.check));
    set("package", Some(&new.package));
    set("version", new.version.as_ref());
    set("sha256", new.sha256.as_ref());
    set("reason", Some(&new.reason));
    set("until", Some(&new.until));
    set("by", new.by.as_ref());
    table
}

fn no_table(key: &str) -> Trouble {
    Trouble::Value {
        key: key.to_owned(),
        why: "it is written in a form that cannot be extended; use [[exceptions]]".into(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::read;

    fn new() -> Exception {
        Exception {
            check: "typosquat".to_owned(),
            package: "demo".to_owned(),
            version: Some("1.0".to_owned()),
            sha256: None,
            reason: "ours \"really\"".to_owned(),
            until: "2026-12-31".to_owned(),
            by: None,
        }
    }

    #[test]
    fn remarks_and_order_stay_as_they_are() {
        let text = "# ours\nonly-wheels   = true # yes\n\n[checks]\ntyposquat = \"low\"\n";
        let written = add_exception(text, Home::Own, &new()).unwrap();
        assert!(written.starts_with(text), "{written}");
        let again = add_exception(&written, Home::Own, &new()).unwrap();
        let document = read(Path::new("spip.toml"), &again, Home::Own)
            .unwrap()
            .unwrap();
        assert_eq!(document.exceptions.len(), 2);
        assert_eq!(document.exceptions[0].get_ref().reason, "ours \"really\"");
    }

    #[test]
    fn a_pyproject_keeps_its_own() {
        let text = "[project]\nname = \"demo\"\n";
        let written = add_exception(text, Home::Pyproject, &new()).unwrap();
        assert!(written.starts_with(text), "{written}");
        let path = Path::new("pyproject.toml");
        let document = read(path, &written, Home::Pyproject).unwrap().unwrap();
        assert_eq!(document.exceptions.len(), 1);
    }

    #[test]
    fn what_cannot_be_extended_is_told() {
        let broken = add_exception("x = ", Home::Own, &new());
        assert!(matches!(broken, Err(Trouble::Form(_))));
        let inline = add_exception("exceptions = 1\n", Home::Own, &new());
        assert!(matches!(inline, Err(Trouble::Value { .. })));
    }
}
