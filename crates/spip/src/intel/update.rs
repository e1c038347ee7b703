//! `spip intel update`: fetches dumps, reads them, and puts a new database in place of the old one.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use spip_core::{Quoted, SafeUrl};
use spip_intel::{Builder, Source, read_folder, read_zip};
use spip_pypi::{Access, Client, Limits};

use super::command::IntelError;
use crate::scan::progress::Progress;

/// The dump of everything that osv.dev knows about the Python Package Index.
const DUMP: &str = "https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip";

/// The largest dump that is fetched, in bytes.
const LARGEST: u64 = 2 << 30;

/// Where records come from.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Without --from: the dump of osv.dev for PyPI.")]
pub(super) struct Update {
    /// A folder of OSV records, an archive of them (`all.zip`), or the address of one; may be repeated
    #[arg(long, value_name = "FOLDER|ZIP|URL")]
    from: Vec<String>,

    /// The sha256 that the one archive must have
    #[arg(long, value_name = "DIGEST")]
    sha256: Option<spip_core::Sha256>,
}

/// One `--from`.
enum Place {
    Folder(PathBuf),
    Archive(PathBuf),
    Address(SafeUrl),
}

impl Place {
    fn parse(text: &str, is_pinned: bool) -> Result<Self, IntelError> {
        let given = |why| IntelError::Given(Quoted::new(text), why);
        if text.contains("://") {
            let url: SafeUrl = text.parse().map_err(|_| given("it is no address"))?;
            let is_safe = url.scheme() == "https" || url.is_loopback() || is_pinned;
            if !is_safe {
                return Err(given(
                    "anybody on the way could change it; say --sha256, or https",
                ));
            }
            return Ok(Self::Address(url));
        }
        let path = PathBuf::from(text);
        if path.is_dir() {
            Ok(Self::Folder(path))
        } else {
            Ok(Self::Archive(path))
        }
    }
}

/// Makes the database at this path anew. Whatever fails, the one before it stays.
pub(super) async fn run(update: Update, path: &Path) -> Result<(), IntelError> {
    let mut from = update.from;
    if from.is_empty() {
        from.push(DUMP.to_owned());
    }
    let places = from
        .iter()
        .map(|text| Place::parse(text, update.sha256.is_some()))
        .collect::<Result<Vec<_>, _>>()?;
    let is_one_archive = matches!(places[..], [Place::Archive(_) | Place::Address(_)]);
    if update.sha256.is_some() && !is_one_archive {
        return Err(IntelError::OneDigest(places.len()));
    }
    make_room(path).map_err(|error| IntelError::Keep(path.to_owned(), error))?;
    let fetched = tempfile::tempdir()?;
    let mut work = Work {
        wanted: update.sha256,
        builder: Builder::default(),
        folder: fetched.path().to_owned(),
    };
    for (name, place) in from.into_iter().zip(places) {
        work = work.take(name, place).await?;
    }
    let path = path.to_owned();
    in_background(move || Ok(work.builder.write(&path, Timestamp::now())?)).await
}

struct Work {
    wanted: Option<spip_core::Sha256>,
    builder: Builder,
    folder: PathBuf,
}

impl Work {
    async fn take(mut self, name: String, place: Place) -> Result<Self, IntelError> {
        let (path, is_folder) = match place {
            Place::Folder(path) => (path, true),
            Place::Archive(path) => (path, false),
            Place::Address(url) => (self.fetch(&name, &url).await?, false),
        };
        let progress = Progress::new("reading", 0);
        let bar = progress.clone();
        let done = in_background(move || {
            let shown = shown(&name);
            let sha256 = if is_folder {
                None
            } else {
                Some(self.prove(&shown, &path)?)
            };
            self.builder.begin(Source {
                name: shown,
                sha256: sha256.map(|digest| digest.to_string()),
                ..Source::default()
            });
            let mut step = |place, all| bar.at(place, all);
            if is_folder {
                read_folder(&path, &mut self.builder, &mut step)?;
            } else {
                read_zip(&path, &mut self.builder, &mut step)?;
            }
            Ok(self)
        })
        .await;
        progress.end();
        done
    }

    async fn fetch(&self, name: &str, url: &SafeUrl) -> Result<PathBuf, IntelError> {
        let path = self.folder.join("fetched.zip");
        let progress = Progress::new("fetching (bytes)", 0);
        let mut file = Counted {
            file: File::create(&path)?,
            progress: progress.clone(),
            written: 0,
        };
        let access = Access::from_environment(|name| std::env::var_os(name));
        let limits = Limits {
            deadline: Duration::from_mins(1),
            ..Limits::default()
        };
        let client = Client::new(access, limits, None);
        let fetched = client.download(url, &mut file, LARGEST).await;
        progress.end();
        fetched.map_err(|gap| IntelError::Fetch(shown(name).into(), gap))?;
        Ok(path)
    }

    /// The digest of an archive, which must be the wanted one if one is wanted.
    fn prove(&self, name: &str, path: &Path) -> Result<spip_core::Sha256, IntelError> {
        let source = |error| {
            let path = path.to_owned();
            IntelError::Source(spip_intel::SourceError::Read { path, error })
        };
        let mut hash = Hashing(Sha256::new());
        let mut file = File::open(path).map_err(source)?;
        io::copy(&mut file, &mut hash).map_err(source)?;
        let found = spip_core::Sha256::from_bytes(hash.0.finalize().into());
        match self.wanted {
            Some(wanted) if wanted != found => Err(IntelError::Digest {
                name: name.into(),
                found,
                wanted,
            }),
            _ => Ok(found),
        }
    }
}

/// An address without what is secret in it.
fn shown(name: &str) -> String {
    let url = name.contains("://").then(|| name.parse::<SafeUrl>().ok());
    url.flatten()
        .map_or_else(|| name.to_owned(), |url| url.bare().to_string())
}

struct Hashing(Sha256);

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Counted {
    file: File,
    progress: Progress,
    written: usize,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.written += written;
        self.progress.at(self.written, self.written);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The directory for the database, for this user alone.
fn make_room(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let folder = path.parent().unwrap_or(path);
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}

async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, IntelError> + Send + 'static,
) -> Result<T, IntelError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(io::Error::other)?
}
