//! What is installed in an environment, as its own files tell: name, version, metadata, origin.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use spip_core::{Metadata, PackageName, Quoted, Version};
use spip_plan::Distribution;

use super::environment::is_information;
use super::record::{self, Line};
use crate::metadata;
use crate::tree::{is_absent, read_text};

/// Longer files of metadata are not read.
const LONGEST: u64 = 16 << 20;

/// One installed distribution.
#[derive(Debug)]
pub(crate) struct Installed {
    /// Its name.
    pub(crate) name: PackageName,
    /// Its version.
    pub(crate) version: Version,
    /// The directory of modules that it lies in.
    pub(crate) site: PathBuf,
    /// Its `.dist-info`; for old ones an `.egg-info`.
    pub(crate) information: PathBuf,
    /// Its core metadata; the error says what is wrong with them.
    pub(crate) metadata: Result<Metadata, String>,
    /// Its RECORD; `None`: it has none.
    pub(crate) record: Result<Option<Vec<Line>>, String>,
    /// Its tags (PEP 425), as WHEEL spells them out.
    pub(crate) tags: Vec<String>,
    /// Where it came from if not from an index (PEP 610).
    pub(crate) direct: Option<DirectUrl>,
}

/// `direct_url.json` (PEP 610).
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub(crate) struct DirectUrl {
    /// The address.
    pub(crate) url: String,
    /// A directory on this machine.
    pub(crate) dir_info: Option<Directory>,
    /// A checkout.
    pub(crate) vcs_info: Option<Repository>,
}

/// A directory on this machine.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub(crate) struct Directory {
    /// The environment points at it instead of holding a copy.
    #[serde(default)]
    pub(crate) editable: bool,
}

/// A checkout.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub(crate) struct Repository {
    /// `git` and the like.
    pub(crate) vcs: String,
    /// The commit.
    #[serde(default)]
    pub(crate) commit_id: String,
}

/// Everything that is installed in a directory of modules, by name; and what cannot be told.
pub(crate) fn list(site: &Path) -> io::Result<(Vec<Installed>, Vec<String>)> {
    let (mut found, mut unclear) = (BTreeMap::new(), Vec::new());
    for entry in fs::read_dir(site)? {
        let path = entry?.path();
        if !is_information(&path) {
            continue;
        }
        match read(site, &path) {
            Ok(installed) => {
                let key = (installed.name.clone(), installed.information.clone());
                found.insert(key, installed);
            }
            Err(why) => {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                unclear.push(format!("{}: {why}", Quoted::new(&name)));
            }
        }
    }
    unclear.sort_unstable();
    Ok((found.into_values().collect(), unclear))
}

/// One distribution, by the directory that describes it.
pub(crate) fn read(site: &Path, information: &Path) -> Result<Installed, String> {
    let stem = information.file_stem().unwrap_or_default();
    let stem = stem.to_string_lossy();
    let file = match information.extension() {
        Some(ending) if ending == "egg-info" => "PKG-INFO",
        _ => "METADATA",
    };
    // Distributions of old install single files.
    let path = if information.is_dir() {
        information.join(file)
    } else {
        information.to_owned()
    };
    let metadata = match read_text(&path, LONGEST) {
        Ok(text) => {
            let shown = path.strip_prefix(site).unwrap_or(&path);
            let member = shown.to_string_lossy();
            metadata::read(&member, text.as_bytes()).ok_or_else(|| "it has no form".to_owned())
        }
        Err(error) => Err(error.to_string()),
    };
    let metadata = metadata.map_err(|why| format!("{file} cannot be read: {why}"));
    // Some distributors leave the version out of the directory's name.
    let told = || {
        let metadata = metadata.as_ref().ok()?;
        Some((metadata.name.clone(), metadata.version.clone()))
    };
    let (name, version) = of_directory(&stem)
        .or_else(told)
        .ok_or("neither its name nor its metadata say what it is")?;
    let direct = match read_text(&information.join("direct_url.json"), LONGEST) {
        Ok(text) => {
            Some(serde_json::from_str(&text).map_err(|error| format!("direct_url.json: {error}"))?)
        }
        Err(error) if is_absent(&error) => None,
        Err(error) => return Err(format!("direct_url.json: {error}")),
    };
    let wheel = match read_text(&information.join("WHEEL"), LONGEST) {
        Ok(text) => text,
        Err(error) if is_absent(&error) => String::new(),
        Err(error) => return Err(format!("WHEEL: {error}")),
    };
    let tags = wheel.lines().filter_map(|line| line.strip_prefix("Tag:"));
    let record = if information.is_dir() {
        record::read(information).map_err(|error| format!("RECORD cannot be read: {error}"))
    } else {
        Ok(None)
    };
    Ok(Installed {
        name,
        version,
        site: site.to_owned(),
        information: information.to_owned(),
        metadata,
        record,
        tags: tags.map(|tag| tag.trim().to_owned()).collect(),
        direct,
    })
}

/// `demo-1.0` and, of eggs, `demo-1.0-py3.11`.
fn of_directory(stem: &str) -> Option<(PackageName, Version)> {
    let egg = stem.rsplit_once("-py");
    let egg = egg.filter(|(_, python)| python.starts_with(|first: char| first.is_ascii_digit()));
    let stem = egg.map_or(stem, |(stem, _)| stem);
    let told = Distribution::parse(&format!("{stem}.tar.gz"))?;
    Some((told.name, told.version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_names_from_versions() {
        let told = |stem: &str| {
            let (name, version) = of_directory(stem)?;
            Some(format!("{name} {version}"))
        };
        for (stem, expected) in [
            ("demo-1.0", Some("demo 1.0")),
            ("zope.interface-5.0", Some("zope-interface 5.0")),
            ("demo-1.0-py3.11", Some("demo 1.0")),
            ("demo", None),
        ] {
            assert_eq!(told(stem).as_deref(), expected, "{stem}");
        }
    }

    #[test]
    fn lists_what_is_there_and_says_what_cannot_be_told() {
        let site = tempfile::tempdir().unwrap();
        let demo = site.path().join("demo-1.0.dist-info");
        fs::create_dir(&demo).unwrap();
        fs::write(demo.join("METADATA"), "Name: demo\nVersion: 1.0\n").unwrap();
        fs::write(demo.join("WHEEL"), "Tag: py3-none-any\n").unwrap();
        let broken = site.path().join("broken-1.0.dist-info");
        fs::create_dir(&broken).unwrap();
        fs::write(broken.join("direct_url.json"), "{").unwrap();
        let (found, unclear) = list(site.path()).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].tags, ["py3-none-any"]);
        assert_eq!(found[0].record, Ok(None));
        assert!(unclear[0].starts_with("broken-1.0.dist-info: direct_url.json:"));
    }
}
