//! What a command names on this machine: archives and directories that no proxy sees.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use spip_core::Quoted;
use toml::Value;

use super::ToolError;
use super::arguments::{from, values};
use super::lock::{self, text};
use crate::scan::configuration::Configuration;

/// Options of pip and uv with requirements files, constraints or lock files.
const FILES: [&str; 9] = [
    "-r",
    "--requirement",
    "--requirements",
    "-c",
    "--constraint",
    "--constraints",
    "--with-requirements",
    "--override",
    "--overrides",
];

/// Options of pip and uv with folders or pages of archives.
const FOLDERS: [&str; 7] = [
    "-f",
    "--find-links",
    "--index",
    "--default-index",
    "-i",
    "--index-url",
    "--extra-index-url",
];

/// More requirements files than any command names.
const MOST_FILES: usize = 100;

/// More short options in one word than anybody writes.
const MOST_FLAGS: usize = 8;

/// Version control that neither the proxy nor git's own limits hold back.
const UNSEEN: [&str; 4] = ["bzr+", "git+file:", "hg+", "svn+"];

/// Files that make a directory a project.
const PROJECT_FILES: [&str; 3] = ["pyproject.toml", "setup.py", "setup.cfg"];

/// Collects paths; each is there once, and exists.
#[derive(Debug, Default)]
pub(super) struct Local {
    found: BTreeSet<PathBuf>,
    read: BTreeSet<PathBuf>,
    texts: Vec<String>,
    unread: Option<PathBuf>,
    unseen: Option<String>,
}

impl Local {
    /// Everything that words of pip or uv name: archives, projects, files that name more, folders.
    pub(super) fn words(&mut self, base: &Path, words: &[OsString]) {
        for word in words.iter().filter_map(|word| word.to_str()) {
            let value = word
                .split_once('=')
                .filter(|_| word.starts_with('-'))
                .map_or(word, |(_, value)| value);
            for part in value.split(',') {
                self.word(base, part);
            }
            self.glued(base, word);
        }
        for file in values(words, &FILES) {
            self.requirements(&from(base, file));
        }
        for place in values(words, &FOLDERS) {
            self.folder(base, place);
        }
    }

    /// What pip's variables and configuration files name.
    pub(super) fn settings_of_pip(&mut self, base: &Path) {
        let settings = Configuration::read(|name| std::env::var_os(name));
        let set = |name: &str| settings.text(name).unwrap_or_default();
        for name in ["PIP_FIND_LINKS", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"] {
            for place in set(name).split_whitespace() {
                self.folder(base, place);
            }
        }
        for name in ["PIP_REQUIREMENT", "PIP_CONSTRAINT"] {
            for file in set(name).split_whitespace() {
                self.requirements(&from(base, file));
            }
        }
        for project in set("PIP_EDITABLE").split_whitespace() {
            self.word(base, project);
        }
    }

    /// What uv's variables name.
    pub(super) fn settings_of_uv(&mut self, base: &Path) {
        let set = |name: &str| std::env::var(name).unwrap_or_default();
        let parts = |text: String| {
            let parts = text.split([' ', ',']).filter(|it| !it.is_empty());
            parts.map(str::to_owned).collect::<Vec<_>>()
        };
        for name in [
            "UV_FIND_LINKS",
            "UV_INDEX",
            "UV_DEFAULT_INDEX",
            "UV_INDEX_URL",
            "UV_EXTRA_INDEX_URL",
        ] {
            for place in parts(set(name)) {
                self.folder(base, &place);
            }
        }
        for name in ["UV_CONSTRAINT", "UV_OVERRIDE", "UV_BUILD_CONSTRAINT"] {
            for file in parts(set(name)) {
                self.requirements(&from(base, &file));
            }
        }
    }

    /// What a lock file or a `pyproject.toml` names by path.
    pub(super) fn lock(&mut self, file: &Path) {
        let base = file.parent().unwrap_or(Path::new("."));
        self.table(base, lock::read(file).unwrap_or_default());
    }

    /// The same of such a file's content.
    pub(super) fn table(&mut self, base: &Path, table: toml::Table) {
        let mut values: Vec<(String, Value)> = table.into_iter().collect();
        while let Some((key, value)) = values.pop() {
            match value {
                Value::Table(table) => values.extend(table),
                Value::Array(array) => {
                    values.extend(array.into_iter().map(|value| (key.clone(), value)));
                }
                Value::String(text) => self.locked(base, &key, &text),
                _ => {}
            }
        }
    }

    fn locked(&mut self, base: &Path, key: &str, text: &str) {
        let is_remote = text.contains("://") && !text.contains("file:");
        match key {
            "path" | "directory" | "url" if !is_remote => self.word(base, text),
            "registry" if !is_remote => self.folder(base, text),
            _ if text.contains(" @ file:") => self.word(base, text),
            _ => {}
        }
    }

    /// A word that may be an archive or a project: `./x`, `x.whl`, `demo @ file:///x`, `./x[extra]`.
    fn word(&mut self, base: &Path, word: &str) {
        let word = word
            .split_once(" @ ")
            .map_or(word, |(_, address)| address.trim());
        let word = word.split(" #").next().unwrap_or(word);
        let word = word.split([';']).next().unwrap_or(word).trim();
        if UNSEEN.iter().any(|scheme| word.starts_with(scheme)) {
            self.unseen.get_or_insert_with(|| word.to_owned());
        }
        let path = match word.strip_prefix("file:") {
            Some(_) => match word.parse::<url::Url>().map(|url| url.to_file_path()) {
                Ok(Ok(path)) => path,
                _ => return,
            },
            None => from(base, word),
        };
        if self.take(&path) {
            return;
        }
        if let Some((stem, _)) = word.rsplit_once('[') {
            self.take(&from(base, stem));
        }
    }

    /// A short option with its value glued to it, behind other short options or not: `-e./x`,
    /// `-Urfile`. Where the value begins only the tool knows, so every beginning is tried.
    fn glued(&mut self, base: &Path, word: &str) {
        let letters = word.strip_prefix('-').unwrap_or_default();
        if letters.starts_with('-') {
            return;
        }
        for (place, _) in letters.char_indices().skip(1).take(MOST_FLAGS) {
            let value = letters[place..].trim_start_matches('=');
            self.word(base, value);
            let file = from(base, value);
            if file.is_file() && !is_archive(&file) {
                self.requirements(&file);
            }
        }
    }

    fn take(&mut self, path: &Path) -> bool {
        let is_project = || PROJECT_FILES.iter().any(|name| path.join(name).is_file());
        let is_taken = (path.is_file() && is_archive(path)) || (path.is_dir() && is_project());
        if is_taken {
            self.found.insert(path.to_owned());
        }
        is_taken
    }

    /// Every archive of a folder that stands in the place of an index, with a name before it or not.
    pub(super) fn folder(&mut self, base: &Path, place: &str) {
        if let Some((_, place)) = place.split_once('=') {
            self.folder(base, place);
        }
        let path = match place
            .parse::<url::Url>()
            .ok()
            .filter(|url| url.scheme() == "file")
        {
            Some(url) => url.to_file_path().ok(),
            None => Some(from(base, place)),
        };
        let Some(path) = path else { return };
        let mut folders = vec![(path, 0)];
        while let Some((folder, depth)) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() && depth < 2 {
                    folders.push((path, depth + 1));
                } else if path.is_file() && is_archive(&path) {
                    self.found.insert(path);
                }
            }
        }
    }

    /// A requirements file, and those that it includes.
    pub(super) fn requirements(&mut self, file: &Path) {
        let mut files = vec![file.to_owned()];
        while let Some(file) = files.pop() {
            if !file.is_file() || self.read.contains(&file) {
                continue;
            }
            let Some(text) = text(&file).filter(|_| self.read.len() < MOST_FILES) else {
                self.unread.get_or_insert(file);
                continue;
            };
            self.read.insert(file.clone());
            if file.extension().is_some_and(|it| it == "toml") {
                self.lock(&file);
            }
            let base = file.parent().unwrap_or(Path::new(".")).to_owned();
            for line in text.lines().map(str::trim) {
                let words: Vec<_> = line.split_whitespace().map(Into::into).collect();
                for included in values(&words, &["-r", "--requirement", "-c", "--constraint"]) {
                    files.push(from(&base, included));
                }
                for place in values(&words, &["-f", "--find-links"]) {
                    self.folder(&base, place);
                }
                for place in values(&words, &["-e", "--editable"]) {
                    self.word(&base, place);
                }
                if !line.starts_with(['-', '#']) {
                    self.word(&base, line);
                }
            }
            self.texts.push(text);
        }
    }

    /// What was found, and the texts that were read; `Err`: not everything could be read.
    pub(super) fn finish(self) -> Result<(Vec<PathBuf>, Vec<String>), ToolError> {
        if let Some(file) = self.unread {
            let file = Quoted::from(file.display().to_string());
            return Err(ToolError::Refused(format!(
                "{file} could not be read for what it names on this machine: \
                 it must be text, and no more than {MOST_FILES} such files may lead to each other"
            )));
        }
        if let Some(address) = self.unseen {
            return Err(ToolError::unseen(&address));
        }
        Ok((self.found.into_iter().collect(), self.texts))
    }
}

fn is_archive(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.to_ascii_lowercase();
    [
        ".whl", ".tar.gz", ".tgz", ".zip", ".tar.bz2", ".tar.xz", ".tar",
    ]
    .iter()
    .any(|ending| name.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lay(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn finds_what_no_proxy_sees() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| lay(root.path(), path, text);
        write("a-1-py3-none-any.whl", "");
        write("project/pyproject.toml", "");
        write("other/setup.py", "");
        write("links/deep/b-1.tar.gz", "");
        write(
            "more.txt",
            "demo>=1\n./other[extra] ; python_version > '3'\n-f links\n",
        );
        write("r.txt", "# text\n-r more.txt\nc @ file:///nowhere/c.whl\n");
        let mut local = Local::default();
        local.word(root.path(), "a-1-py3-none-any.whl");
        local.word(root.path(), "demo");
        local.word(root.path(), "p @ ./project");
        write("g-1.zip", "");
        write("glued.txt", "./h-1.zip\n");
        write("h-1.zip", "");
        local.glued(root.path(), "-qeg-1.zip");
        local.glued(root.path(), "-Urglued.txt");
        local.requirements(&root.path().join("r.txt"));
        let (found, texts) = local.finish().unwrap();
        let names: Vec<_> = found
            .iter()
            .map(|path| {
                path.strip_prefix(root.path())
                    .unwrap()
                    .display()
                    .to_string()
            })
            .collect();
        let expected = [
            "a-1-py3-none-any.whl",
            "g-1.zip",
            "h-1.zip",
            "links/deep/b-1.tar.gz",
            "other",
            "project",
        ];
        assert_eq!(names, expected);
        assert_eq!(texts.len(), 3);
    }

    #[test]
    fn lock_files_and_projects_name_paths() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| lay(root.path(), path, text);
        for path in [
            "near/setup.py",
            "own/setup.py",
            "far/a-1.whl",
            "b-1.whl",
            "c-1.whl",
        ] {
            write(path, "");
        }
        let file = "[[package]]\nname = \"near\"\nsource = { directory = \"../near\" }\n\
            [[package]]\nsource = { virtual = \".\" }\n\
            [[package]]\nsource = { registry = \"../far\" }\n\
            [source]\nurl = \"../b-1.whl\"\n\
            [project]\ndependencies = [\"c @ file:ROOT/c-1.whl\"]\n";
        let file = file.replace("ROOT", &root.path().display().to_string());
        write("own/uv.lock", &file);
        let mut local = Local::default();
        local.lock(&root.path().join("own/uv.lock"));
        let (found, _) = local.finish().unwrap();
        let expected = ["b-1.whl", "c-1.whl", "far/a-1.whl", "near"];
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for name in expected {
            let real = fs::canonicalize(root.path().join(name)).unwrap();
            let is_found = |it: &PathBuf| fs::canonicalize(it).unwrap() == real;
            assert!(found.iter().any(is_found), "{name}: {found:?}");
        }
    }

    #[test]
    fn version_control_that_nobody_holds_back_is_refused() {
        for word in ["hg+ssh://h.invalid/x", "x @ svn+https://h.invalid/x"] {
            let mut local = Local::default();
            local.words(Path::new("/"), &[word.into()]);
            let error = local.finish().unwrap_err().to_string();
            assert!(error.contains("cannot be looked at"), "{error}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_no_answer() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("r.txt");
        fs::write(&file, b"\xff\xfe").unwrap();
        let mut local = Local::default();
        local.requirements(&file);
        assert!(local.finish().is_err());
        let mut local = Local::default();
        for number in 0..=MOST_FILES {
            let file = root.path().join(format!("{number}.txt"));
            fs::write(&file, format!("-r {}.txt\n", number + 1)).unwrap();
        }
        local.requirements(&root.path().join("0.txt"));
        assert!(local.finish().is_err());
    }
}
