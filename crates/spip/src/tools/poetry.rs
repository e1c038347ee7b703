//! Poetry: its cache, its environments, its certificates, its project files.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use spip_core::SafeUrl;
use toml::Table;

use super::arguments::has;
use super::local::Local;
use super::place::Place;
use super::set_up::{Call, ONLY_LOCKED, SetUp, Upstream};
use super::{ToolError, lock};

/// What a refusal may leave behind: Poetry installs one package after the other.
const AFTERMATH: &str = "poetry got nothing that was refused, but may have installed packages that \
    were judged before; `poetry sync` brings the environment back to the lock file";

pub(super) fn set_up(call: &Call) -> Result<SetUp, ToolError> {
    let own = call.own_arguments();
    let Place { base, project } = Place::of(call)?;
    let is_self = call
        .reading
        .command
        .first()
        .is_some_and(|word| word == "self");
    let user = user_directory();
    let root = project_root(&project).unwrap_or(project);
    let home = if is_self {
        user.clone()
    } else {
        Some(root.clone())
    };
    let files = home
        .iter()
        .flat_map(|home| ["pyproject.toml", "poetry.lock"].map(|it| home.join(it)));
    let settings = Settings::read(user.as_deref(), &root);
    let mut set_up = SetUp::plain(call);
    set_up.restored = files.collect();
    settings.lead(call, &mut set_up);
    set_up.upstream = settings.upstream()?;
    set_up.aftermath = Some(match call.reading.command.first().map(String::as_str) {
        Some("lock") => "nothing was installed",
        _ => AFTERMATH,
    });
    let first = call.reading.command.first().map(String::as_str);
    if first == Some("lock") || has(own, &["--lock"]) {
        set_up.remark = Some(ONLY_LOCKED);
    }
    let mut local = Local::default();
    local.words(&base, own);
    let pyproject = root.join("pyproject.toml");
    for file in [&pyproject, &root.join("poetry.lock")] {
        local.lock(file);
    }
    let words = own.iter().filter_map(|word| word.to_str());
    set_up.requests = words.map(str::to_owned).collect();
    set_up.local = local.finish()?.0;
    set_up.local.retain(|path| path != &root);
    set_up.requests.extend(lock::text(&pyproject));
    Ok(set_up)
}

fn project_root(start: &Path) -> Option<PathBuf> {
    let mut folders = start.ancestors();
    let root = folders.find(|folder| folder.join("pyproject.toml").is_file());
    root.map(Path::to_owned)
}

fn set(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Where Poetry keeps its configuration, and the project of its own plugins.
fn user_directory() -> Option<PathBuf> {
    if let Some(chosen) = set("POETRY_CONFIG_DIR") {
        return Some(chosen.into());
    }
    let home = PathBuf::from(set("HOME")?);
    if cfg!(target_os = "macos") {
        return Some(home.join("Library/Application Support/pypoetry"));
    }
    let folder = set("XDG_CONFIG_HOME").map_or_else(|| home.join(".config"), PathBuf::from);
    Some(folder.join("pypoetry"))
}

fn user_cache() -> Option<PathBuf> {
    let home = PathBuf::from(set("HOME")?);
    if cfg!(target_os = "macos") {
        return Some(home.join("Library/Caches/pypoetry"));
    }
    let folder = set("XDG_CACHE_HOME").map_or_else(|| home.join(".cache"), PathBuf::from);
    Some(folder.join("pypoetry"))
}

/// The settings that matter here, the strongest first.
struct Settings {
    files: Vec<Table>,
    repositories: Vec<String>,
}

impl Settings {
    fn read(user: Option<&Path>, root: &Path) -> Self {
        let local = lock::read(&root.join("poetry.toml"));
        let user: Vec<_> = ["auth.toml", "config.toml"]
            .into_iter()
            .filter_map(|name| lock::read(&user?.join(name)))
            .collect();
        let files: Vec<Table> = local.into_iter().chain(user).collect();
        let pyproject = lock::read(&root.join("pyproject.toml")).unwrap_or_default();
        let sources = pyproject
            .get("tool")
            .and_then(|it| it.get("poetry")?.get("source")?.as_array());
        let sources = sources.into_iter().flatten();
        let names = sources.filter_map(|it| Some(it.get("name")?.as_str()?.to_owned()));
        let mut repositories: Vec<_> = names.collect();
        let tables = files
            .iter()
            .filter_map(|it| it.get("certificates")?.as_table());
        repositories.extend(tables.flat_map(|it| it.keys().cloned()));
        repositories.sort();
        repositories.dedup();
        Self {
            files,
            repositories,
        }
    }

    fn text(&self, path: [&str; 2]) -> Option<&str> {
        let mut found = self
            .files
            .iter()
            .filter_map(|table| table.get(path[0])?.get(path[1])?.as_str());
        found.next()
    }

    fn lead(&self, call: &Call, set_up: &mut SetUp) {
        set_up.set([
            ("POETRY_CACHE_DIR", call.cache.join("poetry").into()),
            ("PIP_CACHE_DIR", call.cache.join("pip").into()),
            // Its own client follows no variable of git's.
            ("POETRY_SYSTEM_GIT_CLIENT", "true".into()),
        ]);
        // The environments stay where they are; by default that is in the cache.
        if set("POETRY_VIRTUALENVS_PATH").is_none()
            && let Some(path) = self.environments()
        {
            set_up.set([("POETRY_VIRTUALENVS_PATH", path.into())]);
        }
    }

    fn environments(&self) -> Option<PathBuf> {
        let top = self
            .files
            .iter()
            .find_map(|it| it.get("cache-dir")?.as_str());
        let cache = set("POETRY_CACHE_DIR").map(PathBuf::from);
        let cache = cache
            .or_else(|| top.map(PathBuf::from))
            .or_else(user_cache)?;
        let path = self
            .text(["virtualenvs", "path"])
            .unwrap_or("{cache-dir}/virtualenvs");
        Some(
            path.replace("{cache-dir}", &cache.display().to_string())
                .into(),
        )
    }

    /// Certificates of single repositories: the proxy trusts them, and shows who asks, Poetry trusts
    /// the proxy.
    fn upstream(&self) -> Result<Upstream, ToolError> {
        let mut upstream = Upstream::default();
        let mut own = BTreeSet::new();
        for name in &self.repositories {
            let variable = certificate_variable(name, "CERT");
            upstream
                .bundles
                .extend(self.certificate(name, "cert", &variable));
            upstream.certificate_variables.push(variable);
            let variable = certificate_variable(name, "CLIENT_CERT");
            own.extend(self.certificate(name, "client-cert", &variable));
        }
        if own.len() > 1 {
            return Err(ToolError::Refused(
                "this project has several client certificates, and the guard can show only one: \
                 install from one repository at a time"
                    .to_owned(),
            ));
        }
        upstream.client_certificate = own.pop_first();
        Ok(upstream)
    }

    fn certificate(&self, repository: &str, key: &str, variable: &str) -> Option<PathBuf> {
        let mut files = self.files.iter();
        let configured = || {
            let certificates = |it: &Table| {
                let found = it.get("certificates")?.get(repository)?.get(key)?;
                found.as_str().map(PathBuf::from)
            };
            files.find_map(certificates)
        };
        set(variable).map(PathBuf::from).or_else(configured)
    }
}

fn certificate_variable(repository: &str, what: &str) -> String {
    let name = repository.to_uppercase().replace(['-', '.'], "_");
    format!("POETRY_CERTIFICATES_{name}_{what}")
}

/// Addresses of version control that no proxy sees, in the command and in the project's files.
pub(super) fn unseen(call: &Call, set_up: &SetUp) -> Option<String> {
    let files = set_up.restored.iter().filter_map(|file| lock::text(file));
    let words = call
        .arguments
        .iter()
        .map(|word| word.to_string_lossy().into_owned());
    let mut texts = files.chain(words);
    texts.find_map(|text| {
        let mut words = text.split(|c: char| c.is_whitespace() || "\"'=,".contains(c));
        words.find(|word| is_unseen(word)).map(str::to_owned)
    })
}

fn is_unseen(word: &str) -> bool {
    let schemes = [
        "git+ssh://",
        "ssh://",
        "git+git://",
        "git://",
        "git+file://",
        "git@",
    ];
    let is = schemes.iter().any(|scheme| word.starts_with(scheme));
    is && (word.starts_with("git@") || word.parse::<SafeUrl>().is_ok() || word.contains("://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Settings {
        Settings {
            files: vec![text.parse().unwrap()],
            repositories: vec!["my-index".to_owned()],
        }
    }

    #[test]
    fn environments_stay_where_they_are() {
        let found = settings("cache-dir = '/c'").environments().unwrap();
        assert_eq!(found, Path::new("/c/virtualenvs"));
        let text = "[virtualenvs]\npath = '/v'";
        assert_eq!(settings(text).environments().unwrap(), Path::new("/v"));
    }

    #[test]
    fn the_proxy_trusts_what_poetry_was_to_trust() {
        let text = "[certificates.my-index]\ncert = '/ca.pem'\nclient-cert = '/me.pem'";
        let upstream = settings(text).upstream().unwrap();
        assert_eq!(upstream.bundles, [Path::new("/ca.pem")]);
        assert_eq!(upstream.client_certificate.unwrap(), Path::new("/me.pem"));
        let name = "POETRY_CERTIFICATES_MY_INDEX_CERT";
        assert_eq!(upstream.certificate_variables, [name]);
    }

    #[test]
    fn one_client_certificate_is_shown_and_several_are_refused() {
        let text = "[certificates.a]\nclient-cert = '/a'\n[certificates.b]\nclient-cert = '/b'";
        let mut settings = settings(text);
        settings.repositories = vec!["a".to_owned(), "b".to_owned()];
        assert!(settings.upstream().is_err());
    }

    #[test]
    fn repositories_that_no_proxy_sees_are_noticed() {
        assert!(is_unseen("git+ssh://git@h.invalid/x.git"));
        assert!(is_unseen("git@h.invalid:x.git"));
        assert!(!is_unseen("git+https://h.invalid/x.git"));
        assert!(!is_unseen("https://h.invalid/x.git"));
    }
}
