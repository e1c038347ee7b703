//! Writes exceptions and pins into a file and leaves everything else as it stands.

use std::collections::BTreeMap;

use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, value};

use crate::{Exception, Home, Trouble};

/// What a file is to say besides what it says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Additions {
    /// Addresses below which packages come from; left out where the file has such a list.
    pub allowed_indexes: Vec<String>,
    /// Where packages come from, by name; left out where the file names the same.
    pub indexes: BTreeMap<String, String>,
    /// Exceptions.
    pub exceptions: Vec<Exception>,
}

impl Additions {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The text of a policy file with one exception more. Remarks and order stay as they are.
pub fn add_exception(text: &str, home: Home, new: &Exception) -> Result<String, Trouble> {
    let additions = Additions {
        exceptions: vec![new.clone()],
        ..Additions::default()
    };
    extend(text, home, &additions)
}

/// The text of a policy file that says this as well. What it says already stays as it is, with
/// remarks and order.
pub fn extend(text: &str, home: Home, additions: &Additions) -> Result<String, Trouble> {
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
    let allowed = &additions.allowed_indexes;
    if !allowed.is_empty() && !table.contains_key("allowed-indexes") {
        table.insert("allowed-indexes", value(Array::from_iter(allowed)));
    }
    if !additions.indexes.is_empty() {
        let pins = table
            .entry("indexes")
            .or_insert_with(|| Item::Table(Table::new()));
        let pins = pins
            .as_table_like_mut()
            .ok_or_else(|| no_table("indexes"))?;
        for (name, index) in &additions.indexes {
            pins.entry(name).or_insert_with(|| value(index));
        }
    }
    if !additions.exceptions.is_empty() {
        let list = table
            .entry("exceptions")
            .or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
        let list = list
            .as_array_of_tables_mut()
            .ok_or_else(|| no_table("exceptions"))?;
        for exception in &additions.exceptions {
            list.push(entry(exception));
        }
    }
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
    let form = match key {
        "exceptions" => "[[exceptions]]".to_owned(),
        _ => format!("[{key}]"),
    };
    Trouble::Value {
        key: key.to_owned(),
        why: format!("it is written in a form that cannot be extended; use {form}").into(),
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

    fn everything() -> Additions {
        let pin = |name: &str, index: &str| (name.to_owned(), index.to_owned());
        Additions {
            allowed_indexes: vec!["https://a.invalid/".to_owned()],
            indexes: [
                pin("demo", "https://a.invalid/"),
                pin("other", "https://a.invalid/"),
            ]
            .into(),
            exceptions: vec![new()],
        }
    }

    #[test]
    fn what_is_there_is_never_overwritten() {
        let text = "# ours\nallowed-indexes = [\"https://b.invalid/\"] # one\n\n\
            [indexes] # pins\n\"demo\"   = \"https://b.invalid/\"\n";
        let written = extend(text, Home::Own, &everything()).unwrap();
        assert!(written.starts_with(text), "{written}");
        let document = read(Path::new("spip.toml"), &written, Home::Own);
        let document = document.unwrap().unwrap();
        assert_eq!(document.indexes["demo"].get_ref(), "https://b.invalid/");
        assert_eq!(document.indexes["other"].get_ref(), "https://a.invalid/");
        let inline = "indexes = { demo = \"https://b.invalid/\" } # pins\n";
        let written = extend(inline, Home::Own, &everything()).unwrap();
        let expected =
            "indexes = { demo = \"https://b.invalid/\" , other = \"https://a.invalid/\" } # pins";
        assert!(written.contains(expected), "{written}");
    }

    #[test]
    fn a_new_table_of_a_pyproject_stands_where_it_is_read() {
        let text = "[project]\nname = \"demo\"\n\n[tool.other]\nx = 1 # one\n";
        let written = extend(text, Home::Pyproject, &everything()).unwrap();
        assert!(written.starts_with(text), "{written}");
        let path = Path::new("pyproject.toml");
        let document = read(path, &written, Home::Pyproject).unwrap().unwrap();
        assert_eq!(document.allowed_indexes.unwrap().get_ref().len(), 1);
        assert_eq!((document.indexes.len(), document.exceptions.len()), (2, 1));
    }

    #[test]
    fn what_cannot_be_extended_is_told() {
        let broken = add_exception("x = ", Home::Own, &new());
        assert!(matches!(broken, Err(Trouble::Form(_))));
        let inline = add_exception("exceptions = 1\n", Home::Own, &new());
        assert!(matches!(inline, Err(Trouble::Value { .. })));
    }
}
