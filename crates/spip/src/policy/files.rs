//! Finds the policy files that apply here.

use std::ffi::OsString;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use spip_policy::{Home, Layer, Layers, PolicyError, Trouble, read};

use crate::tree::{is_absent, read_text};

/// A policy is not longer than this.
const LONGEST: u64 = 1 << 20;

/// The file of the machine, where its administrators expect it.
const fn system_file(is_mac: bool) -> &'static str {
    if is_mac {
        "/Library/Application Support/spip/spip.toml"
    } else {
        "/etc/spip/spip.toml"
    }
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The files.
    pub(crate) layers: Layers,
    /// The project's file, or where it would be.
    pub(crate) project: Option<(PathBuf, Home)>,
    /// The nearest `pyproject.toml` of this user that could hold a policy and holds none.
    pub(crate) pyproject: Option<PathBuf>,
}

/// The system's file, the user's, and that of the project to which a directory belongs.
pub(crate) fn find(
    here: &Path,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Found, PolicyError> {
    let mut found = Found::default();
    let mut add = |layer, path: &Path, home| -> Result<bool, PolicyError> {
        let Some(text) = content(path)? else {
            return Ok(false);
        };
        let Some(document) = read(path, &text, home)? else {
            return Ok(false);
        };
        if layer == Layer::Project && !is_ours(path).map_err(|error| unreadable(path, &error))? {
            return Err(trouble(path, "it belongs to another user"));
        }
        found.layers.add(layer, path.to_owned(), text, document);
        Ok(true)
    };
    let system = system_file(cfg!(target_os = "macos"));
    add(Layer::System, Path::new(system), Home::Own)?;
    if let Some(path) = user_file(&variable) {
        add(Layer::User, &path, Home::Own)?;
    }
    let home = variable("HOME").map(PathBuf::from);
    for folder in here.ancestors() {
        // The user's own directory is no project.
        if Some(folder) == home.as_deref() {
            break;
        }
        let own = folder.join("spip.toml");
        let pyproject = folder.join("pyproject.toml");
        let has_own = add(Layer::Project, &own, Home::Own)?;
        if add(Layer::Project, &pyproject, Home::Pyproject)? {
            if has_own {
                let why = "there is a spip.toml beside it; keep one of the two";
                return Err(trouble(&pyproject, why));
            }
            found.project = Some((pyproject, Home::Pyproject));
            break;
        }
        if has_own {
            found.project = Some((own, Home::Own));
            break;
        }
        if found.pyproject.is_none()
            && pyproject.is_file()
            && is_ours(&pyproject).is_ok_and(|it| it)
        {
            found.pyproject = Some(pyproject);
        }
        if folder.join(".git").exists() {
            break;
        }
    }
    Ok(found)
}

/// `$XDG_CONFIG_HOME/spip/spip.toml`, or what stands for it.
pub(crate) fn user_file(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let config = variable("XDG_CONFIG_HOME").map(PathBuf::from);
    let config = config.filter(|path| path.is_absolute());
    let home = || Some(PathBuf::from(variable("HOME")?).join(".config"));
    Some(config.or_else(home)?.join("spip/spip.toml"))
}

/// `None`: there is no such file.
fn content(path: &Path) -> Result<Option<String>, PolicyError> {
    match read_text(path, LONGEST + 1) {
        Ok(text) if text.len() as u64 > LONGEST => Err(trouble(path, "it is longer than 1 MiB")),
        Ok(text) => Ok(Some(text)),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(unreadable(path, &error)),
    }
}

/// What lies in a directory that everybody writes to may be anybody's.
fn is_ours(path: &Path) -> io::Result<bool> {
    let owner = path.metadata()?.uid();
    Ok(owner == rustix::process::geteuid().as_raw() || owner == 0)
}

pub(super) fn unreadable(path: &Path, error: &io::Error) -> PolicyError {
    trouble(path, &format!("it cannot be read: {error}"))
}

fn trouble(path: &Path, why: &str) -> PolicyError {
    PolicyError {
        path: Some(path.to_owned()),
        spot: None,
        trouble: Trouble::Form(why.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_s_file_is_where_administrators_expect_it() {
        assert_eq!(system_file(false), "/etc/spip/spip.toml");
        let mac = system_file(true);
        assert_eq!(mac, "/Library/Application Support/spip/spip.toml");
    }

    #[test]
    fn the_user_s_file_follows_the_variables_of_the_desktop() {
        let file = |variables: &'static [(&str, &str)]| {
            user_file(|name| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| value.into())
            })
        };
        assert_eq!(file(&[]), None);
        let usual = file(&[("HOME", "/home/ada")]).unwrap();
        assert_eq!(usual, Path::new("/home/ada/.config/spip/spip.toml"));
        let chosen = file(&[("HOME", "/home/ada"), ("XDG_CONFIG_HOME", "/config")]).unwrap();
        assert_eq!(chosen, Path::new("/config/spip/spip.toml"));
        let relative = file(&[("HOME", "/home/ada"), ("XDG_CONFIG_HOME", "config")]).unwrap();
        assert_eq!(relative, usual);
    }
}
