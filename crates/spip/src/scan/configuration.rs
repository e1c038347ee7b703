//! pip's settings, for finding its index without running it: configuration files and environment.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::tree::read_text;

/// Longer files are no configuration.
const LONGEST: u64 = 1 << 20;

/// How environment variables are read.
type Variables = Box<dyn Fn(&str) -> Option<OsString>>;

/// What pip reads its settings from.
pub(crate) struct Configuration {
    variable: Variables,
    files: HashMap<String, String>,
}

impl Configuration {
    /// Reads the files that pip would read, the strongest last.
    pub(crate) fn read(variable: impl Fn(&str) -> Option<OsString> + 'static) -> Self {
        let mut sections = Sections::default();
        for path in files(&variable) {
            if let Ok(text) = read_text(&path, LONGEST) {
                sections.learn(&text);
            }
        }
        Self {
            variable: Box::new(variable),
            files: sections.settings("install"),
        }
    }

    /// An environment variable, or what a file says in the place of `PIP_…`.
    pub(crate) fn variable(&self, name: &str) -> Option<OsString> {
        let set = (self.variable)(name).filter(|value| !value.is_empty());
        set.or_else(|| {
            let key = name.strip_prefix("PIP_")?;
            let key = key.to_ascii_lowercase().replace('_', "-");
            Some(self.files.get(&key)?.into())
        })
    }

    /// One setting as text.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.variable(name)?.into_string().ok()
    }
}

/// For all users, for this user, for this environment, and the one that a variable names.
fn files(variable: &impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let named = set("PIP_CONFIG_FILE").map(PathBuf::from);
    if named.as_deref() == Some(Path::new("/dev/null")) {
        return Vec::new();
    }
    let mut files = Vec::new();
    let home = set("HOME").map(PathBuf::from);
    let mac = cfg!(target_os = "macos");
    if mac {
        files.push("/Library/Application Support/pip/pip.conf".into());
    } else {
        let shared = set("XDG_CONFIG_DIRS").unwrap_or_else(|| "/etc/xdg".into());
        files.extend(std::env::split_paths(&shared).map(|folder| folder.join("pip/pip.conf")));
        files.push("/etc/pip.conf".into());
    }
    files.extend(home.as_ref().map(|home| home.join(".pip/pip.conf")));
    let folder = set("XDG_CONFIG_HOME").map(PathBuf::from);
    let folder = folder.or_else(|| Some(home.as_ref()?.join(".config")));
    let apple = home.map(|home| home.join("Library/Application Support"));
    let apple = apple.filter(|folder| mac && folder.join("pip").is_dir());
    files.extend(apple.or(folder).map(|folder| folder.join("pip/pip.conf")));
    files.extend(set("VIRTUAL_ENV").map(|root| PathBuf::from(root).join("pip.conf")));
    files.extend(named);
    files
}

/// The form that Python's `configparser` reads.
#[derive(Default)]
struct Sections(HashMap<(String, String), String>);

impl Sections {
    /// Adds one file; it is stronger than those before.
    fn learn(&mut self, text: &str) {
        let mut section = String::new();
        let mut current: Option<(String, String)> = None;
        for line in text.lines() {
            let trimmed = line.trim();
            if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
                continue;
            }
            let continues = line.starts_with([' ', '\t']);
            if let Some(key) = current.as_ref().filter(|_| continues) {
                let value = self.0.entry(key.clone()).or_default();
                value.push('\n');
                value.push_str(trimmed);
            } else if let Some(name) = trimmed.strip_prefix('[') {
                name.trim_end_matches(']').clone_into(&mut section);
                current = None;
            } else if let Some((name, value)) = trimmed.split_once(['=', ':']) {
                let name = name.trim().to_ascii_lowercase().replace('_', "-");
                let name = name.trim_start_matches('-').to_owned();
                let key = (section.clone(), name);
                self.0.insert(key.clone(), value.trim().to_owned());
                current = Some(key);
            }
        }
    }

    /// What applies to a command: its own section is stronger than `global`.
    fn settings(&self, command: &str) -> HashMap<String, String> {
        let mut settings = HashMap::new();
        for wanted in ["global", command] {
            for ((section, name), value) in &self.0 {
                if section == wanted {
                    settings.insert(name.clone(), value.clone());
                }
            }
        }
        settings
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn reads_what_pip_would_read_and_lets_the_environment_win() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join(".config/pip");
        fs::create_dir_all(&folder).unwrap();
        let text = "[global]\nIndex_URL = https://a.invalid/simple # x\n\
            extra-index-url =\n  https://b.invalid/simple\n  https://c.invalid/simple\n\
            [install]\n; a remark\ntrusted-host: a.invalid\nindex-url=https://d.invalid/simple\n\
            [list]\nindex-url=https://e.invalid/simple\n";
        fs::write(folder.join("pip.conf"), text).unwrap();
        let root = home.path().as_os_str().to_owned();
        let configuration = Configuration::read(move |name| match name {
            "HOME" => Some(root.clone()),
            "PIP_TRUSTED_HOST" => Some("other.invalid".into()),
            _ => None,
        });
        let text = |name| configuration.text(name).unwrap_or_default();
        assert_eq!(text("PIP_INDEX_URL"), "https://d.invalid/simple");
        assert_eq!(
            text("PIP_EXTRA_INDEX_URL"),
            "\nhttps://b.invalid/simple\nhttps://c.invalid/simple"
        );
        assert_eq!(text("PIP_TRUSTED_HOST"), "other.invalid");
    }

    #[test]
    fn reads_no_file_where_the_user_switched_that_off() {
        let configuration = Configuration::read(|name| {
            let set = name == "PIP_CONFIG_FILE";
            set.then(|| "/dev/null".into())
        });
        assert_eq!(configuration.text("PIP_INDEX_URL"), None);
    }

    #[test]
    fn a_stronger_file_replaces_what_a_weaker_one_says() {
        let mut sections = Sections::default();
        sections.learn("[global]\nindex-url = a\n[install]\nno-index = 1\n");
        sections.learn("[global]\nindex-url = b\n");
        let settings = sections.settings("install");
        assert_eq!(settings["index-url"], "b");
        assert_eq!(settings["no-index"], "1");
    }
}
