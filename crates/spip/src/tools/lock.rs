//! Lock files that name files by address (`uv.lock`): where each is from, and its digest.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use spip_core::{Digest, SafeUrl};
use toml::{Table, Value};

use crate::tree::read_text;

/// Longer files are no lock files.
const LONGEST: u64 = 64 << 20;

/// What a lock file says of one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Locked {
    /// The lock file.
    pub(super) file: PathBuf,
    /// The project's page on the index that it was locked from.
    pub(super) page: Option<SafeUrl>,
    /// What its bytes must be.
    pub(super) digests: Vec<Digest>,
}

/// What the lock files of a run say, by address.
#[derive(Debug, Default)]
pub(super) struct Locks(HashMap<String, Locked>);

impl Locks {
    /// Reads lock files. One that is not there, or not readable, says nothing: its files then count
    /// as asked for by address.
    pub(super) fn read(files: &[PathBuf]) -> Self {
        let mut locks = Self::default();
        for file in files {
            if let Some(table) = read(file) {
                locks.learn(file, &table);
            }
        }
        locks
    }

    /// What is said of this address.
    pub(super) fn of(&self, url: &SafeUrl) -> Option<&Locked> {
        self.0.get(url.bare().secret().as_str())
    }

    fn learn(&mut self, file: &Path, table: &Table) {
        for package in list(table, "package") {
            let page = page_of(package);
            let sdist = package.get("sdist").and_then(Value::as_table);
            for artifact in list(package, "wheels").chain(sdist) {
                let text = |key: &str| artifact.get(key).and_then(Value::as_str);
                let url = text("url").and_then(|url| url.parse::<SafeUrl>().ok());
                let Some(url) = url else { continue };
                let digest = text("hash").and_then(|hash| {
                    let (algorithm, hex) = hash.split_once(':')?;
                    Digest::parse(algorithm, hex).ok()
                });
                let locked = Locked {
                    file: file.to_owned(),
                    page: page.clone(),
                    digests: digest.into_iter().collect(),
                };
                self.0
                    .insert(url.bare().secret().as_str().to_owned(), locked);
            }
        }
    }
}

fn page_of(package: &Table) -> Option<SafeUrl> {
    let name = package.get("name")?.as_str()?;
    let registry = package.get("source")?.get("registry")?.as_str()?;
    let mut url: url::Url = registry.parse().ok()?;
    url.path_segments_mut()
        .ok()?
        .pop_if_empty()
        .push(name)
        .push("");
    Some(url.into())
}

fn list<'t>(table: &'t Table, key: &str) -> impl Iterator<Item = &'t Table> {
    let items = table.get(key).and_then(Value::as_array);
    items.into_iter().flatten().filter_map(Value::as_table)
}

/// A file in TOML, read within bounds.
pub(super) fn read(path: &Path) -> Option<Table> {
    text(path)?.parse().ok()
}

/// A text file, read within bounds.
pub(super) fn text(path: &Path) -> Option<String> {
    read_text(path, LONGEST).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
        version = 1
        [[package]]
        name = "demo"
        version = "1.0"
        source = { registry = "https://index.invalid/simple" }
        sdist = { url = "https://f.invalid/demo-1.0.tar.gz", hash = "sha256:00" }
        wheels = [{ url = "https://f.invalid/demo-1.0-py3-none-any.whl", hash = "sha256:HEX" }]
    "#;

    #[test]
    fn says_where_a_file_is_from_and_what_it_must_be() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("uv.lock");
        std::fs::write(&file, LOCK.replace("HEX", &"0".repeat(64))).unwrap();
        let locks = Locks::read(std::slice::from_ref(&file));
        let url = "https://f.invalid/demo-1.0-py3-none-any.whl#sha256=1";
        let locked = locks.of(&url.parse().unwrap()).unwrap();
        assert_eq!(locked.digests.len(), 1);
        let page = locked.page.as_ref().unwrap().to_string();
        assert_eq!(page, "https://index.invalid/simple/demo/");
        assert!(
            locks
                .of(&"https://f.invalid/x.whl".parse().unwrap())
                .is_none()
        );
    }
}
