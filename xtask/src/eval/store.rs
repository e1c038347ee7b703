//! A local folder of archives, filled once from the package index.

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use spip_core::PackageName;

/// Talks to the index; Python, because pip knows best which wheel fits this machine.
const FETCH: &str = include_str!("fetch.py");

/// The two archives that projects publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::eval) enum Kind {
    Wheel,
    Sdist,
}

impl Kind {
    /// `wheel` or `sdist`.
    pub(in crate::eval) fn parse(word: &str) -> Option<Self> {
        match word {
            "wheel" => Some(Self::Wheel),
            "sdist" => Some(Self::Sdist),
            _ => None,
        }
    }

    /// The word.
    pub(in crate::eval) fn word(self) -> &'static str {
        match self {
            Self::Wheel => "wheel",
            Self::Sdist => "sdist",
        }
    }
}

/// Which release of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::eval) enum Age {
    Newest,
    /// The one before.
    Previous,
}

impl Age {
    /// `newest` or `previous`.
    pub(in crate::eval) fn word(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Previous => "previous",
        }
    }
}

/// One archive that is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::eval) struct Request {
    pub(in crate::eval) name: PackageName,
    pub(in crate::eval) kind: Kind,
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.kind.word())
    }
}

/// The folder.
pub(in crate::eval) struct Store {
    folder: PathBuf,
    files: HashMap<Request, PathBuf>,
}

impl Store {
    /// Looks at what is there.
    pub(in crate::eval) fn open(folder: &Path) -> Result<Self> {
        let mut files = HashMap::new();
        for kind in [Kind::Wheel, Kind::Sdist] {
            let folder = folder.join(format!("{}s", kind.word()));
            fs::create_dir_all(&folder).with_context(|| format!("{}", folder.display()))?;
            for entry in fs::read_dir(&folder)? {
                let path = entry?.path();
                if let Some(name) = project(&path, kind) {
                    files.insert(Request { name, kind }, path);
                }
            }
        }
        Ok(Self {
            folder: folder.to_owned(),
            files,
        })
    }

    /// The archive, if it is there.
    pub(in crate::eval) fn find(&self, request: &Request) -> Option<&Path> {
        self.files.get(request).map(PathBuf::as_path)
    }

    /// Fetches what is missing and says what could not be fetched.
    pub(in crate::eval) fn fetch(
        &mut self,
        requests: &[Request],
        age: Age,
    ) -> Result<Vec<(Request, String)>> {
        let missing = requests
            .iter()
            .filter(|request| self.find(request).is_none());
        let missing: Vec<_> = missing.cloned().collect();
        if missing.is_empty() {
            return Ok(Vec::new());
        }
        let mut python = Command::new("python3")
            .args(["-c", FETCH])
            .arg(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("start python3")?;
        let wanted: String = missing.iter().fold(String::new(), |text, one| {
            text + &format!("{one} {}\n", age.word())
        });
        python
            .stdin
            .take()
            .context("no input")?
            .write_all(wanted.as_bytes())?;
        let mut answers = BufReader::new(python.stdout.take().context("no output")?).lines();
        let mut failed = Vec::new();
        for request in missing {
            let Some(answer) = answers.next().transpose()? else {
                bail!("fetching ended before {request}");
            };
            crate::note(format_args!("{request}: {answer}"))?;
            match answer.strip_prefix("- ") {
                Some(why) => failed.push((request, why.to_owned())),
                None => {
                    let folder = self.folder.join(format!("{}s", request.kind.word()));
                    self.files.insert(request, folder.join(answer));
                }
            }
        }
        ensure!(python.wait()?.success(), "fetching failed");
        Ok(failed)
    }
}

/// The project that a file name belongs to.
fn project(path: &Path, kind: Kind) -> Option<PackageName> {
    let filename = path.file_name()?.to_str()?;
    let name = match kind {
        Kind::Wheel => filename.strip_suffix(".whl")?.split('-').next()?,
        Kind::Sdist => {
            let mut endings = [".tar.gz", ".zip", ".tar.bz2", ".tgz"].iter();
            let stem = endings.find_map(|ending| filename.strip_suffix(ending))?;
            stem.rsplit_once('-')?.0
        }
    };
    name.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_project_of_a_file() {
        let name =
            |filename: &str, kind| project(Path::new(filename), kind).map(|name| name.to_string());
        let expected = Some("zope-interface".to_owned());
        assert_eq!(
            name(
                "zope.interface-7.0-cp311-cp311-linux_x86_64.whl",
                Kind::Wheel
            ),
            expected
        );
        assert_eq!(name("a/zope.interface-7.0.tar.gz", Kind::Sdist), expected);
        assert_eq!(name("zope.interface-7.0.tar.gz.part", Kind::Sdist), None);
    }

    #[test]
    fn fetches_nothing_that_is_there() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("wheels")).unwrap();
        fs::write(folder.path().join("wheels/de_mo-1.0-py3-none-any.whl"), "").unwrap();
        let mut store = Store::open(folder.path()).unwrap();
        let request = Request {
            name: "de-mo".parse().unwrap(),
            kind: Kind::Wheel,
        };
        assert_eq!(store.fetch(&[request], Age::Newest).unwrap(), []);
    }
}
