//! What a command names on this machine: archives and directories that no proxy sees.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::arguments::{from, values};
use super::lock::text;

/// More requirements files than any command names.
const MOST_FILES: usize = 100;

/// More short options in one word than anybody writes.
const MOST_FLAGS: usize = 8;

/// Files that make a directory a project.
const PROJECT_FILES: [&str; 3] = ["pyproject.toml", "setup.py", "setup.cfg"];

/// Collects paths; each is there once, and exists.
#[derive(Debug, Default)]
pub(super) struct Local {
    found: BTreeSet<PathBuf>,
    read: BTreeSet<PathBuf>,
    texts: Vec<String>,
}

impl Local {
    /// A word that may be an archive or a project: `./x`, `x.whl`, `demo @ file:///x`, `./x[extra]`.
    pub(super) fn word(&mut self, base: &Path, word: &str) {
        let word = word
            .split_once(" @ ")
            .map_or(word, |(_, address)| address.trim());
        let word = word.split(" #").next().unwrap_or(word);
        let word = word.split([';']).next().unwrap_or(word).trim();
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
    pub(super) fn glued(&mut self, base: &Path, word: &str) {
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

    /// Every archive of a folder that stands in the place of an index.
    pub(super) fn folder(&mut self, base: &Path, place: &str) {
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
            if self.read.len() >= MOST_FILES || !self.read.insert(file.clone()) {
                continue;
            }
            let Some(text) = text(&file) else { continue };
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

    /// What was found, and the texts that were read.
    pub(super) fn finish(self) -> (Vec<PathBuf>, Vec<String>) {
        (self.found.into_iter().collect(), self.texts)
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

    #[test]
    fn finds_what_no_proxy_sees() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
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
        let (found, texts) = local.finish();
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
}
