//! What uv's configuration files say: folders in the place of indexes, and ways to hosts.

use std::path::{Path, PathBuf};

use spip_core::Quoted;
use toml::{Table, Value};

use super::super::arguments::values;
use super::super::set_up::{Call, Upstream};
use super::super::{ToolError, lock};

const PROXIES: [(&str, &str); 2] = [("http-proxy", "http"), ("https-proxy", "https")];

/// The settings that uv reads here.
pub(super) struct Settings {
    /// Those of the project, of the system, and a file that was named: they stay where they are.
    fixed: Vec<File>,
    /// The user's own.
    user: Option<File>,
}

struct File {
    path: PathBuf,
    table: Table,
}

impl File {
    fn read(path: PathBuf) -> Option<Self> {
        let table = lock::read(&path)?;
        Some(Self { path, table })
    }

    /// The part of a `pyproject.toml` that is uv's.
    fn project(path: PathBuf) -> Option<Self> {
        let table = lock::read(&path)?;
        let table = table.get("tool")?.get("uv")?.as_table()?.clone();
        Some(Self { path, table })
    }

    /// What its paths are relative to.
    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("/"))
    }

    fn proxies(&self) -> impl Iterator<Item = (&str, &str)> {
        let found = PROXIES.iter();
        found.filter_map(|(key, scheme)| Some((*scheme, self.table.get(*key)?.as_str()?)))
    }
}

impl Settings {
    pub(super) fn read(call: &Call, base: &Path, projects: &[PathBuf]) -> Self {
        let set = |name: &str| std::env::var_os(name).filter(|it| !it.is_empty());
        let own = call.own_arguments();
        let named = values(own, &["--config-file"]).last().map(PathBuf::from);
        let named = named.or_else(|| set("UV_CONFIG_FILE").map(PathBuf::from));
        let nearest = base.ancestors().find(|it| it.join("uv.toml").is_file());
        let mut folders: Vec<_> = projects.iter().map(PathBuf::as_path).collect();
        folders.extend(nearest.into_iter().chain([base]));
        let mut seen = std::collections::HashSet::new();
        folders.retain(|folder| seen.insert(*folder));
        let mut fixed = Vec::new();
        for folder in folders {
            fixed.extend(File::read(folder.join("uv.toml")));
            fixed.extend(File::project(folder.join("pyproject.toml")));
        }
        let others = named.map(|it| call.directory.join(it));
        let others = others.into_iter().chain(["/etc/uv/uv.toml".into()]);
        fixed.extend(others.filter_map(File::read));
        let folder = set("XDG_CONFIG_HOME").map(PathBuf::from);
        let folder = folder.or_else(|| Some(PathBuf::from(set("HOME")?).join(".config")));
        let user = folder.and_then(|folder| File::read(folder.join("uv/uv.toml")));
        Self { fixed, user }
    }

    fn all(&self) -> impl Iterator<Item = &File> {
        self.fixed.iter().chain(&self.user)
    }

    /// Folders in the place of indexes, each with what it is relative to.
    pub(super) fn places(&self) -> Vec<(&Path, String)> {
        let files = self.all();
        let found = files.flat_map(|file| {
            let places = places(&file.table);
            places.into_iter().map(|place| (file.folder(), place))
        });
        found.collect()
    }

    pub(super) fn upstream(&self) -> Upstream {
        let mut upstream = Upstream::default();
        for file in self.all() {
            let hosts = file.table.get("allow-insecure-host");
            let hosts = hosts.and_then(Value::as_array);
            let hosts = hosts.into_iter().flatten().filter_map(Value::as_str);
            upstream.trusted.extend(hosts.map(str::to_owned));
        }
        let proxies = self.user.iter().flat_map(File::proxies);
        let owned = |(scheme, proxy): (&str, &str)| (scheme.to_owned(), proxy.to_owned());
        upstream.proxies.extend(proxies.map(owned));
        upstream
    }

    /// uv's own proxy settings beat the variables that lead it here. The user's configuration
    /// without them, in a folder of its own; `None`: it has none.
    pub(super) fn without_proxies(&self, cache: &Path) -> Result<Option<PathBuf>, ToolError> {
        if let Some(file) = self.fixed.iter().find(|it| it.proxies().next().is_some()) {
            return Err(ToolError::Refused(format!(
                "{} sets a proxy of its own, which the guard cannot stand in for: \
                 set HTTPS_PROXY instead",
                Quoted::from(file.path.display().to_string())
            )));
        }
        let Some(file) = &self.user else {
            return Ok(None);
        };
        let mut table = file.table.clone();
        let keys = PROXIES.iter().map(|(key, _)| *key).chain(["no-proxy"]);
        let removed: Vec<_> = keys.filter_map(|key| table.remove(key)).collect();
        if removed.is_empty() {
            return Ok(None);
        }
        let folder = cache.join("configuration");
        std::fs::create_dir_all(folder.join("uv"))?;
        std::fs::write(folder.join("uv/uv.toml"), table.to_string())?;
        Ok(Some(folder))
    }
}

/// Folders in the place of indexes.
pub(super) fn places(settings: &Table) -> Vec<String> {
    let pip = settings.get("pip").and_then(Value::as_table);
    let mut found = Vec::new();
    for table in [Some(settings), pip].into_iter().flatten() {
        let links = table.get("find-links").and_then(Value::as_array);
        found.extend(
            links
                .into_iter()
                .flatten()
                .filter_map(|it| Some(it.as_str()?.to_owned())),
        );
        let indexes = table.get("index").and_then(Value::as_array);
        let urls = indexes
            .into_iter()
            .flatten()
            .filter_map(|it| it.get("url")?.as_str());
        found.extend(urls.map(str::to_owned));
        let further = table.get("extra-index-url").and_then(Value::as_array);
        let further = further.into_iter().flatten().chain(table.get("index-url"));
        found.extend(further.filter_map(|it| Some(it.as_str()?.to_owned())));
    }
    found
}
