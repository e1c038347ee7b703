//! The pips to test with.

use std::any::Any;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;

use crate::provision;

const DEFAULT: [&str; 4] = ["22.2.2", "23.2.1", "24.0", "25.3"];
const OLDEST: Release = Release(22, 2, 0);
const AT_ONCE: usize = 2;

/// One version of pip, unpacked.
#[derive(Clone, Debug)]
pub struct Pip {
    /// Its version.
    pub version: String,
    pub(crate) directory: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Release(u32, u32, u32);

impl Release {
    fn parse(version: &str) -> Option<Self> {
        let mut parts = version.split('.').map(str::parse);
        let mut next = || parts.next().unwrap_or(Ok(0)).ok();
        Some(Self(next()?, next()?, next()?))
    }
}

impl Pip {
    /// This exact version.
    pub fn exactly(version: &str) -> Result<Self, String> {
        let directory = provision::unpacked("pip", version)?;
        Ok(Self {
            version: version.to_owned(),
            directory,
        })
    }

    /// The newest one on the index.
    pub fn newest() -> Self {
        let all = all();
        all.last().expect("there is at least one pip").clone()
    }

    /// Whether it is this version or a later one, such as `(25, 1)`.
    pub fn is_at_least(&self, major: u32, minor: u32) -> bool {
        Release::parse(&self.version).is_some_and(|release| release >= Release(major, minor, 0))
    }
}

/// The pips of this run, oldest first: five, or what `SPIP_TEST_PIPS` says (`all`, or versions
/// with commas between). Without one of them the run fails in CI and goes on elsewhere.
pub fn all() -> &'static [Pip] {
    static ALL: OnceLock<Vec<Pip>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut pips = Vec::new();
        for version in chosen() {
            match Pip::exactly(&version) {
                Ok(pip) => pips.push(pip),
                Err(why) => missing(&format!("pip {version}"), &why),
            }
        }
        pips
    })
}

/// Runs a scenario with every pip; says which ones failed and how.
pub fn with_every_pip(scenario: impl Fn(&Pip) + Sync) {
    with_pips(|_| true, scenario);
}

/// Runs a scenario with every pip from this version on.
pub fn with_every_pip_from(major: u32, minor: u32, scenario: impl Fn(&Pip) + Sync) {
    with_pips(|pip| pip.is_at_least(major, minor), scenario);
}

/// Runs a scenario with every pip before this version.
pub fn with_every_pip_before(major: u32, minor: u32, scenario: impl Fn(&Pip) + Sync) {
    with_pips(|pip| !pip.is_at_least(major, minor), scenario);
}

fn with_pips(chosen: impl Fn(&Pip) -> bool, scenario: impl Fn(&Pip) + Sync) {
    let waiting = Mutex::new(
        all()
            .iter()
            .filter(|pip| chosen(pip))
            .collect::<Vec<_>>()
            .into_iter(),
    );
    let failures = Mutex::new(Vec::new());
    let work = || {
        loop {
            let pip = waiting
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .next();
            let Some(pip) = pip else { break };
            let run = std::panic::AssertUnwindSafe(|| scenario(pip));
            if let Err(panic) = std::panic::catch_unwind(run) {
                let text = format!("with pip {}: {}", pip.version, words(&*panic));
                let mut failures = failures.lock().unwrap_or_else(PoisonError::into_inner);
                failures.push(text);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(work);
        }
    });
    let failures = failures
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

fn words(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("it failed without words")
        .to_owned()
}

fn chosen() -> Vec<String> {
    let wish = std::env::var("SPIP_TEST_PIPS").unwrap_or_default();
    let known = || match provision::versions_of_pip() {
        Ok(versions) => versions,
        Err(why) => {
            missing("the list of pips", &why);
            Vec::new()
        }
    };
    match wish.trim() {
        "" => {
            let newest = known().into_iter().next();
            let versions = DEFAULT.iter().map(ToString::to_string).chain(newest);
            versions.collect()
        }
        "all" => every_minor(&known()),
        list => list.split(',').map(|v| v.trim().to_owned()).collect(),
    }
}

/// The latest patch of every minor version from the oldest supported one on.
fn every_minor(newest_first: &[String]) -> Vec<String> {
    let mut kept: Vec<(Release, String)> = Vec::new();
    for version in newest_first {
        let Some(release) = Release::parse(version).filter(|r| *r >= OLDEST) else {
            continue;
        };
        let same_minor =
            |(other, _): &(Release, String)| (other.0, other.1) == (release.0, release.1);
        if !kept.iter().any(same_minor) {
            kept.push((release, version.clone()));
        }
    }
    kept.sort();
    kept.into_iter().map(|(_, version)| version).collect()
}

/// A missing tool fails in CI; elsewhere the run goes on without it.
#[expect(clippy::print_stderr, reason = "what is left out must be seen")]
fn missing(what: &str, why: &str) {
    assert!(std::env::var_os("CI").is_none(), "{what}: {why}");
    eprintln!("skipped: {what}: {why}");
}
