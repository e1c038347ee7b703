//! What one run writes down: each decision as it falls, and at the end what was normal.
//!
//! A decision is in the log before the tool hears of it, so a run that is killed leaves a trace.
//! What a project was like is learned at the end, and only if something was installed.

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::path::PathBuf;

use jiff::Timestamp;
use spip_core::{
    Consent, Origin, Package, PackageName, Plan, Reason, ReleaseProfile, Tool, Verdict, index_of,
};
use spip_memory::{Ended, Judged, Learned, Line, Log, Store};

use crate::data;
use crate::features::rules;
use crate::gathered::Gathered;

/// Where log and store lie; `None`: there is no home directory.
pub(crate) fn directory() -> Option<PathBuf> {
    let data = data::directory(|name| std::env::var_os(name));
    Some(data?.join("memory"))
}

/// What one run writes down.
pub(crate) struct Chronicle {
    directory: Option<PathBuf>,
    run: String,
    tool: Tool,
    written: HashSet<String>,
    seen: BTreeMap<PackageName, Vec<ReleaseProfile>>,
    has_allowed: bool,
    troubles: Vec<String>,
}

/// How a verdict came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decided {
    /// What a person said.
    pub(crate) consent: Consent,
    /// Whether the run may go on.
    pub(crate) is_allowed: bool,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// What was judged is installed, as far as the tool says.
    Installed,
    /// It had begun to install, and failed or was refused.
    Broken,
    /// Nothing was to be installed, or the tool failed before.
    NotInstalled,
    /// The run was refused.
    Refused,
}

impl Outcome {
    /// How a run of pip ended that had begun to install or not, and was refused or not.
    pub(crate) fn of(has_begun: bool, is_refused: bool, is_success: bool) -> Self {
        match (has_begun, is_refused) {
            (true, false) if is_success => Self::Installed,
            (true, _) => Self::Broken,
            (false, true) => Self::Refused,
            (false, false) => Self::NotInstalled,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Installed => "installed",
            Self::Broken => "failed while installing",
            Self::NotInstalled => "not installed",
            Self::Refused => "run refused",
        }
    }
}

impl Chronicle {
    /// Nothing is written yet.
    pub(crate) fn begin(tool: Tool) -> Self {
        let now = Timestamp::now().as_nanosecond();
        Self {
            directory: directory(),
            run: format!("{now}-{}", std::process::id()),
            tool,
            written: HashSet::new(),
            seen: BTreeMap::new(),
            has_allowed: false,
            troubles: Vec::new(),
        }
    }

    /// Writes down what was decided about each package of a plan.
    pub(crate) fn decided(
        &mut self,
        plan: &Plan,
        facts: &Gathered,
        reasons: &[Told],
        decided: Decided,
    ) {
        let mut lines = Vec::new();
        for package in &plan.packages {
            let judged = self.judged(package, facts, reasons, decided);
            // One package may be judged several times on its way.
            let same = format!(
                "{} {:?} {:?} {} {:?}",
                package.label(),
                judged.filename,
                judged.sha256,
                judged.verdict,
                judged.checks
            );
            if self.written.insert(same) {
                lines.push(Line::Judged(Box::new(judged)));
            }
            if decided.is_allowed
                && let Some(mut profile) = ReleaseProfile::of(package, facts)
            {
                profile.rules = rules();
                let seen = self.seen.entry(package.name.clone()).or_default();
                seen.retain(|known| known.version != profile.version || known.kind != profile.kind);
                seen.push(profile);
            }
        }
        self.has_allowed |= decided.is_allowed;
        self.append(&lines);
    }

    /// Writes down how the run ended; what was installed is remembered. What went wrong is returned.
    pub(crate) fn end(&mut self, outcome: Outcome) -> Vec<String> {
        if self.has_allowed || outcome == Outcome::Broken {
            let line = Line::Ended(Ended {
                run: self.run.clone(),
                time: Timestamp::now().to_string(),
                outcome: outcome.as_str().to_owned(),
            });
            self.append(&[line]);
        }
        if outcome == Outcome::Installed {
            self.learn();
        }
        std::mem::take(&mut self.troubles)
    }

    fn learn(&mut self) {
        let seen = std::mem::take(&mut self.seen);
        let Some(directory) = self.directory.clone() else {
            return;
        };
        let store = Store::at(&directory);
        let log = Log::at(directory);
        for (name, profiles) in seen {
            match relearn(&store, &log, &name, profiles) {
                Ok(learned) => {
                    if let Some(path) = learned.kept_aside {
                        let path = path.display();
                        self.trouble(format!(
                            "note: what was remembered of {name} could not be read; it is kept at {path}"
                        ));
                    }
                }
                Err(error) => self.trouble(format!(
                    "note: nothing is remembered of what was installed: {error}"
                )),
            }
        }
    }

    fn append(&mut self, lines: &[Line]) {
        let Some(directory) = &self.directory else {
            self.trouble(
                "note: no history is kept: there is no home directory (HOME, XDG_DATA_HOME)"
                    .to_owned(),
            );
            return;
        };
        if let Err(error) = Log::at(directory).append(lines) {
            self.trouble(format!(
                "note: this run is missing in `spip history`: {error}"
            ));
        }
    }

    fn trouble(&mut self, line: String) {
        if !self.troubles.contains(&line) {
            self.troubles.push(line);
        }
    }

    fn judged(
        &self,
        package: &Package,
        facts: &Gathered,
        reasons: &[Told],
        decided: Decided,
    ) -> Judged {
        let reasons = reasons.iter().filter(|told| told.is_about(package));
        let (mut checks, mut by_person, mut by_exception) = (Vec::new(), false, false);
        for told in reasons {
            by_exception |= told.is_waived;
            by_person |= told.is_weighty && decided.consent == Consent::Given;
            if !checks.contains(&told.check) {
                checks.push(told.check.clone());
            }
        }
        let agreed = match (decided.is_allowed, by_person, by_exception) {
            (true, true, _) => Some("person"),
            (true, false, true) => Some("exception"),
            _ => None,
        };
        let file = package.artifact.file();
        let directory = std::env::current_dir().unwrap_or_default();
        Judged {
            run: self.run.clone(),
            time: Timestamp::now().to_string(),
            user: user(),
            directory: directory.display().to_string(),
            tool: self.tool.as_str().to_owned(),
            spip: env!("CARGO_PKG_VERSION").to_owned(),
            name: package.name.to_string(),
            version: package.version.as_ref().map(ToString::to_string),
            kind: package.artifact.kind().to_owned(),
            filename: file.map(|file| file.filename.clone()),
            sha256: facts.sha256(package).map(|sha256| sha256.to_string()),
            index: origin(package),
            verdict: if decided.is_allowed {
                "allowed".to_owned()
            } else {
                "refused".to_owned()
            },
            agreed: agreed.map(str::to_owned),
            checks,
        }
    }
}

/// Learns; where nothing older could be read, what the log tells of it comes first.
fn relearn(
    store: &Store,
    log: &Log,
    name: &PackageName,
    profiles: Vec<ReleaseProfile>,
) -> io::Result<Learned> {
    let learned = store.learn(name, &profiles)?;
    if learned.kept_aside.is_some() {
        let mut past = log.installed(name)?;
        past.extend(profiles);
        store.learn(name, &past)?;
    }
    Ok(learned)
}

/// One reason of a verdict, as the log tells it.
pub(crate) struct Told {
    package: Option<spip_core::PackageId>,
    check: String,
    is_waived: bool,
    is_weighty: bool,
}

impl Told {
    /// The reasons of a verdict.
    pub(crate) fn all(verdict: &Verdict<'_>) -> Vec<Self> {
        let told = verdict.reasons().iter().map(|(decision, reason)| Self {
            package: reason.package().map(|package| package.id),
            check: check_of(reason),
            is_waived: matches!(reason, Reason::Waived(..) | Reason::WaivedGap(..)),
            is_weighty: *decision > spip_core::Decision::Allow,
        });
        told.collect()
    }

    fn is_about(&self, package: &Package) -> bool {
        self.package.is_none_or(|id| id == package.id)
    }
}

fn check_of(reason: &Reason<'_>) -> String {
    match reason {
        Reason::Found(_, check, _)
        | Reason::Ignored(_, check, _)
        | Reason::Waived(_, check, ..) => check.id.to_string(),
        Reason::Gap(_, check, _) | Reason::WaivedGap(_, check, ..) => {
            format!("unknown:{}", check.id)
        }
        Reason::PlanGap(_) => "unknown:plan".to_owned(),
        Reason::Unexamined(_) => "unexamined".to_owned(),
    }
}

/// The index, or the host alone: addresses may hold secrets.
fn origin(package: &Package) -> Option<String> {
    let file = package.artifact.file()?;
    match &file.origin {
        Origin::Index { page } => Some(index_of(page)),
        _ => file.url.host().map(|host| host.to_string()),
    }
}

/// The name that the environment tells, and the number that the system knows.
fn user() -> String {
    let number = rustix::process::getuid().as_raw();
    let name = std::env::var("USER").or_else(|_| std::env::var("LOGNAME"));
    name.map_or_else(|_| number.to_string(), |name| format!("{name} ({number})"))
}
