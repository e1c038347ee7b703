//! Where records are read: an archive of them, or a folder.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use zip::ZipArchive;

use crate::build::{BuildError, Builder};
use crate::osv::{Record, RecordError};

const MOST_FILES: usize = 2_000_000;
const DEEPEST: usize = 32;

/// How far reading has come: of so many files so many.
pub type Progress<'p> = &'p mut dyn FnMut(usize, usize);

/// Why a source cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A file or folder.
    #[error("read {}: {error}", path.display())]
    Read {
        /// Which one.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Not an archive.
    #[error("read {}: {error}", path.display())]
    Archive {
        /// Which one.
        path: PathBuf,
        /// Why.
        error: zip::result::ZipError,
    },
    /// More files than any source has.
    #[error("read {}: more than {MOST_FILES} files", path.display())]
    TooMany {
        /// Which source.
        path: PathBuf,
    },
    /// More than fits.
    #[error(transparent)]
    Build(#[from] BuildError),
}

/// Reads every `….json` of an archive, one after the other. What cannot be used is counted.
pub fn read_zip(
    path: &Path,
    builder: &mut Builder,
    progress: Progress<'_>,
) -> Result<(), SourceError> {
    let archive_error = |error| SourceError::Archive {
        path: path.to_owned(),
        error,
    };
    let file = File::open(path).map_err(|error| read_error(path, error))?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(archive_error)?;
    let all = archive.len();
    if all > MOST_FILES {
        return Err(SourceError::TooMany {
            path: path.to_owned(),
        });
    }
    for place in 0..all {
        progress(place, all);
        let Ok(member) = archive.by_index(place) else {
            builder.skip();
            continue;
        };
        let is_record = member.name().is_ok_and(|name| name.ends_with(".json"));
        if member.is_file() && is_record {
            take(member, builder)?;
        }
    }
    Ok(())
}

/// Reads every `….json` below a folder, in the order of their names; links are not followed.
pub fn read_folder(
    path: &Path,
    builder: &mut Builder,
    progress: Progress<'_>,
) -> Result<(), SourceError> {
    let mut files = Vec::new();
    gather(path, 0, &mut files)?;
    for (place, file) in files.iter().enumerate() {
        progress(place, files.len());
        let file = File::open(file).map_err(|error| read_error(file, error))?;
        take(file, builder)?;
    }
    Ok(())
}

fn gather(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), SourceError> {
    let error = |error| read_error(folder, error);
    let entries = fs::read_dir(folder).map_err(error)?;
    let mut entries = entries.collect::<Result<Vec<_>, _>>().map_err(error)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type().map_err(error)?;
        let path = entry.path();
        if kind.is_dir() && depth < DEEPEST {
            gather(&path, depth + 1, files)?;
        } else if kind.is_file() && path.extension().is_some_and(|end| end == "json") {
            files.push(path);
        }
        if files.len() > MOST_FILES {
            return Err(SourceError::TooMany {
                path: folder.to_owned(),
            });
        }
    }
    Ok(())
}

/// One record, of which no more is read than it may have.
fn take(from: impl Read, builder: &mut Builder) -> Result<(), BuildError> {
    let mut bytes = Vec::new();
    let read = from.take(Record::MAX_LENGTH + 1).read_to_end(&mut bytes);
    let record = match read {
        Ok(_) => Record::parse(&bytes),
        Err(error) => Err(RecordError::Malformed(error.to_string().into())),
    };
    match record {
        Ok(record) => builder.add(record),
        Err(_) => {
            builder.skip();
            Ok(())
        }
    }
}

fn read_error(path: &Path, error: io::Error) -> SourceError {
    SourceError::Read {
        path: path.to_owned(),
        error,
    }
}
