//! `cargo xtask eval upgrades`: what is said of upgrades that honest projects publish.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use clap::Args;

use super::benign::figures;
use super::interval::Share;
use super::judge::{self, Said};
use super::store::{Age, Kind, Request, Store};

/// More questions than this are too many of twenty.
const MOST_ASKED: usize = 2;

/// What to measure on.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Names of projects, one a line.
    #[arg(
        long,
        value_name = "FILE",
        default_value = "xtask/src/eval/upgrades/names.txt"
    )]
    names: PathBuf,
    /// Where fetched files are kept. Nothing is fetched twice.
    #[arg(long, value_name = "DIR", default_value = "target/upgrades")]
    store: PathBuf,
}

/// An upgrade and what was said of it.
struct Judged {
    old: String,
    new: String,
    /// Of the newer release, as somebody sees it who has the older one.
    said: Said,
    /// What was not said of the older release: what `spip diff` shows.
    fresh: Said,
}

/// Fetches of each project the newest release and the one before, wheels where there are some, and
/// prints what is said. Fails if anything is refused or too much is asked.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let text = fs::read_to_string(&arguments.names)
        .with_context(|| format!("{}", arguments.names.display()))?;
    let mut stores = Stores::open(&arguments.store)?;
    let mut judged = Vec::new();
    for name in text.split_whitespace() {
        match stores.pair(name)? {
            Some((old, new)) => {
                let one = judge(&old, &new)?;
                crate::say(format_args!("{}", line(&one)))?;
                judged.push(one);
            }
            None => crate::note(format_args!("{name}: no two releases to compare"))?,
        }
    }
    ensure!(!judged.is_empty(), "nothing to compare");
    for line in headlines(&judged) {
        crate::say(format_args!("{line}"))?;
    }
    let refused = judged.iter().filter(|one| one.said.is_refused()).count();
    let asked = judged.iter().filter(|one| one.said.is_asked()).count();
    ensure!(refused == 0, "{refused} honest upgrades are refused");
    ensure!(
        asked <= MOST_ASKED,
        "{asked} honest upgrades are asked about"
    );
    Ok(())
}

/// The newest releases, and those before them.
struct Stores {
    old: Store,
    new: Store,
}

impl Stores {
    fn open(folder: &Path) -> Result<Self> {
        Ok(Self {
            old: Store::open(&folder.join(Age::Previous.word()))?,
            new: Store::open(&folder.join(Age::Newest.word()))?,
        })
    }

    /// Two wheels, else two sdists.
    fn pair(&mut self, name: &str) -> Result<Option<(PathBuf, PathBuf)>> {
        for kind in [Kind::Wheel, Kind::Sdist] {
            let request = Request {
                name: name.parse()?,
                kind,
            };
            let requests = std::slice::from_ref(&request);
            let mut failed = self.new.fetch(requests, Age::Newest)?;
            if failed.is_empty() {
                failed = self.old.fetch(requests, Age::Previous)?;
            }
            for (request, why) in failed {
                crate::note(format_args!("{request}: not fetched: {why}"))?;
            }
            if let (Some(old), Some(new)) = (self.old.find(&request), self.new.find(&request)) {
                return Ok(Some((old.to_owned(), new.to_owned())));
            }
        }
        Ok(None)
    }
}

fn judge(old: &Path, new: &Path) -> Result<Judged> {
    let name = |path: &Path| {
        let name = path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    };
    let (old_name, new_name) = (name(old), name(new));
    let said = judge::upgrade((&old_name, fs::read(old)?), (&new_name, fs::read(new)?))?;
    let before = judge::file(&old_name, fs::read(old)?)?;
    let known: BTreeSet<_> = before
        .findings
        .iter()
        .map(|(check, _, title)| (*check, title.clone()))
        .collect();
    let mut fresh = said.clone();
    fresh
        .findings
        .retain(|(check, _, title)| !known.contains(&(*check, title.clone())));
    Ok(Judged {
        old: old_name,
        new: new_name,
        said,
        fresh,
    })
}

/// `note    demo-1.0.tar.gz -> demo-1.1.tar.gz  low[new-module]`
fn line(one: &Judged) -> String {
    format!(
        "{:<8}{} -> {}{}\n        new:{}",
        figures::verdict(Some(&one.said)),
        one.old,
        one.new,
        figures::findings(&one.said),
        figures::findings(&one.fresh),
    )
}

fn headlines(judged: &[Judged]) -> Vec<String> {
    let share = |is_hit: fn(&Judged) -> bool| {
        let mut share = Share::default();
        for one in judged {
            share.count(is_hit(one));
        }
        share.words()
    };
    vec![
        String::new(),
        format!(
            "upgrades refused        {}",
            share(|one| one.said.is_refused())
        ),
        format!(
            "upgrades asked          {}",
            share(|one| one.said.is_asked())
        ),
        format!(
            "upgrades any finding    {}",
            share(|one| one.said.worst().is_some())
        ),
        format!(
            "upgrades new finding    {}",
            share(|one| one.fresh.worst().is_some())
        ),
        format!(
            "upgrades unread         {}",
            share(|one| !one.said.unknown.is_empty())
        ),
    ]
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn wheel(folder: &Path, version: &str, code: &str) -> PathBuf {
        let path = folder.join(format!("demo-{version}-py3-none-any.whl"));
        let mut archive = zip::ZipWriter::new(fs::File::create(&path).unwrap());
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file("demo/__init__.py", options).unwrap();
        archive.write_all(code.as_bytes()).unwrap();
        archive.finish().unwrap();
        path
    }

    #[test]
    fn an_upgrade_is_held_against_the_release_before() {
        let folder = tempfile::tempdir().unwrap();
        let code = "import os\nos.system('make')\n";
        let judged = |old: &str| {
            let old = wheel(folder.path(), "1.0", old);
            let new = wheel(folder.path(), "1.0.1", code);
            judge(&old, &new).unwrap()
        };
        let is_told = |said: &Said| {
            let mut checks = said.findings.iter().map(|(check, ..)| check.to_string());
            checks.any(|check| check == "new-capability")
        };
        assert!(is_told(&judged("").fresh));
        assert!(!is_told(&judged(code).said));
        assert!(line(&judged("")).contains("demo-1.0-py3-none-any.whl -> demo-1.0.1"));
    }
}
