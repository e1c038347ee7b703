//! The judgement of one run: events in, verdicts out.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use spip_adapters::pip;
use spip_core::{
    Agreed, Check, Concern, Consent, Decision, Metadata, Needs, Package, PackageId, Plan, Policy,
    Quoted, Reason, Refused, Report, Settings, Tool, Verdict, Version,
};
use spip_plan::{Event, InstallReport, Item};

use crate::channel::{Channel, ChannelError};
use crate::child::Running;
use crate::consent;
use crate::exit::Exit;
use crate::facts::{Gathered, Library, Page, built_wheel};
use crate::json::Record;
use crate::measure::MeasureError;
use crate::render::Screen;

/// Everything that one run knows.
pub(crate) struct Guard {
    policy: Policy,
    settings: Settings,
    library: Library,
    screen: Screen,
    agreed: Agreed,
    shown: HashSet<Concern>,
    packages: HashMap<String, Package>,
    record: Record,
    ending: Option<Ending>,
    installing: bool,
    spent: Spent,
}

/// Why a run ends early.
#[derive(Debug)]
enum Ending {
    /// A verdict was no.
    Refused { exit: Exit, hints: Vec<String> },
    /// This program could not do its work.
    Failed(Vec<String>),
}

/// Where the time went.
#[derive(Debug, Default)]
pub(crate) struct Spent {
    /// Waiting for facts while pip waited.
    pub(crate) gathering: Duration,
    /// Running the checks.
    pub(crate) judging: Duration,
    /// Waiting for a person.
    pub(crate) asking: Duration,
}

/// What stands in the way of an answer.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Item(#[from] spip_plan::ItemError),
    #[error(transparent)]
    Report(#[from] spip_plan::ReportError),
    #[error(transparent)]
    Measure(#[from] MeasureError),
    #[error("match pip's report with its packages: {0} entries, {1} items")]
    Mismatch(usize, usize),
    #[error("find the package that was built")]
    UnknownSource,
    #[error(transparent)]
    Channel(#[from] ChannelError),
}

/// One thing to judge.
struct Case {
    packages: Vec<Package>,
    metadata: HashMap<PackageId, Metadata>,
    needs: &'static [Needs],
    /// The whole plan of the command itself, rather than a part on the way.
    is_final: bool,
    quiet: bool,
}

const BEFORE_BUILD: &[Needs] = &[Needs::Artifact];
const EVERYTHING: &[Needs] = &[Needs::Artifact, Needs::Metadata];

impl Guard {
    pub(crate) fn new(policy: Policy, library: Library, screen: Screen) -> Self {
        Self {
            policy,
            settings: Settings::default(),
            library,
            screen,
            agreed: Agreed::none(),
            shown: HashSet::new(),
            packages: HashMap::new(),
            record: Record::new(Tool::Pip),
            ending: None,
            installing: false,
            spent: Spent::default(),
        }
    }

    /// Serves the channel until every pip of this run has closed it, or talks nonsense.
    pub(crate) async fn serve(&mut self, mut channel: Channel, running: &mut Running) {
        loop {
            let served = match channel.next().await {
                Ok(Some((event, payload))) => {
                    self.handle(event, payload, &mut channel, running).await
                }
                Ok(None) => return,
                Err(error) => Err(error),
            };
            if let Err(error) = served {
                self.fail(vec![format!("failed to {error}")]);
                return;
            }
        }
    }

    async fn handle(
        &mut self,
        event: Event,
        payload: Vec<u8>,
        channel: &mut Channel,
        running: &mut Running,
    ) -> Result<(), ChannelError> {
        match event {
            Event::Boot => channel.send_hook().await,
            Event::Hello {
                id,
                command,
                pip,
                python,
                nested,
                ..
            } => {
                self.screen
                    .debug(format_args!("pip {pip} on Python {python}: {command}"));
                self.greet(&id, &command, &pip, nested, channel).await
            }
            Event::NoPip { executable } => {
                self.fail(vec![
                    format!("there is no pip in {}", Quoted::new(&executable)),
                    "install one with `python -m ensurepip`, or activate another environment"
                        .into(),
                ]);
                Ok(())
            }
            Event::UnsupportedEarly { pip, missing } => {
                self.fail(unsupported(&pip, &missing));
                Ok(())
            }
            Event::Unsupported { id, missing } => {
                self.fail(unsupported("", &missing));
                channel.refuse(&id, "this pip is not supported").await
            }
            Event::Access(access) => {
                self.library.learn_access(&access);
                Ok(())
            }
            Event::Page {
                url,
                final_url,
                content_type,
                absent,
                too_large,
                ..
            } => {
                let content = payload;
                let page = Page {
                    url,
                    final_url,
                    content_type,
                    absent,
                    too_large,
                    content,
                };
                self.library.learn_page(page);
                Ok(())
            }
            Event::Artifact { id, item, .. } => {
                let judged = self.judge_artifact(&item, id.is_some(), running).await;
                match id {
                    Some(id) => self.answer(&id, judged, channel).await,
                    None => {
                        self.note_trouble(judged.err());
                        Ok(())
                    }
                }
            }
            Event::Plan {
                id,
                building,
                quiet,
                report,
                items,
                ..
            } => {
                let is_final = building.is_none();
                let judged = self
                    .judge_plan(report, &items, is_final, quiet, running)
                    .await;
                self.answer(&id, judged, channel).await
            }
            Event::Built { id, item } => {
                let judged = self.judge_built(&item, running).await;
                self.answer(&id, judged, channel).await
            }
            Event::Installing => {
                self.installing = true;
                Ok(())
            }
            Event::Backstop { what } => {
                self.fail(vec![format!("stopped {}", Quoted::new(&what))]);
                Ok(())
            }
        }
    }

    async fn greet(
        &mut self,
        id: &str,
        command: &str,
        version: &str,
        nested: bool,
        channel: &mut Channel,
    ) -> Result<(), ChannelError> {
        if !nested && !pip::intent(command).is_guarded() {
            return channel.release(id).await;
        }
        if !is_new_enough(version) {
            self.fail(unsupported(version, &[]));
            return channel.refuse(id, "this pip is not supported").await;
        }
        channel.acknowledge(id).await
    }

    async fn answer(
        &mut self,
        id: &str,
        judged: Result<Option<Permission>, Trouble>,
        channel: &mut Channel,
    ) -> Result<(), ChannelError> {
        match judged {
            Ok(Some(permission)) if self.ending.is_none() => channel.allow(id, permission).await,
            Ok(_) => channel.refuse(id, "see above").await,
            Err(Trouble::Channel(error)) => Err(error),
            Err(trouble) => {
                self.note_trouble(Some(trouble));
                channel.refuse(id, "see above").await
            }
        }
    }

    fn note_trouble(&mut self, trouble: Option<Trouble>) {
        if let Some(trouble) = trouble {
            self.fail(vec![format!("failed to {trouble}")]);
        }
    }

    /// A file or tree on its way. Wheels are only read ahead; what pip waits for is judged.
    async fn judge_artifact(
        &mut self,
        item: &Item,
        waits: bool,
        running: &mut Running,
    ) -> Result<Option<Permission>, Trouble> {
        let package = self.learn(item, None)?;
        if !waits {
            return Ok(None);
        }
        let case = Case {
            packages: vec![package],
            metadata: HashMap::new(),
            needs: BEFORE_BUILD,
            is_final: false,
            quiet: true,
        };
        self.judge(case, running).await
    }

    async fn judge_plan(
        &mut self,
        report: serde_json::Value,
        items: &[Item],
        is_final: bool,
        quiet: bool,
        running: &mut Running,
    ) -> Result<Option<Permission>, Trouble> {
        let report = InstallReport::read(report)?;
        if report.entries().len() != items.len() {
            return Err(Trouble::Mismatch(report.entries().len(), items.len()));
        }
        let mut packages = Vec::with_capacity(items.len());
        let mut metadata = HashMap::new();
        for (item, entry) in items.iter().zip(report.entries()) {
            let package = self.learn(item, Some(entry))?;
            metadata.insert(package.id, entry.clone());
            packages.push(package);
        }
        let case = Case {
            packages,
            metadata,
            needs: EVERYTHING,
            is_final,
            quiet,
        };
        self.judge(case, running).await
    }

    async fn judge_built(
        &mut self,
        item: &Item,
        running: &mut Running,
    ) -> Result<Option<Permission>, Trouble> {
        let source = self
            .packages
            .get(&item.artifact)
            .ok_or(Trouble::UnknownSource)?;
        let built = item.path.clone().and_then(|path| built_wheel(source, path));
        let built = built.ok_or(Trouble::UnknownSource)?;
        self.library
            .learn_file(&built, item.path.clone(), item.fingerprint);
        let case = Case {
            packages: vec![built],
            metadata: HashMap::new(),
            needs: BEFORE_BUILD,
            is_final: false,
            quiet: true,
        };
        self.judge(case, running).await
    }

    /// Reads an item; the same requirement keeps its number for the whole run.
    fn learn(&mut self, item: &Item, metadata: Option<&Metadata>) -> Result<Package, Trouble> {
        let next = u32::try_from(self.packages.len()).unwrap_or(u32::MAX);
        let known = self.packages.get(&item.artifact);
        let id = known.map_or(PackageId(next), |known| known.id);
        let package = item.package(id, metadata, self.library.around())?;
        // Measured again if pip meanwhile has another file, or the same one in another state.
        self.library
            .learn_file(&package, item.path.clone(), item.fingerprint);
        self.packages.insert(item.artifact.clone(), package.clone());
        Ok(package)
    }

    async fn judge(
        &mut self,
        case: Case,
        running: &mut Running,
    ) -> Result<Option<Permission>, Trouble> {
        if self.ending.is_some() {
            return Ok(None);
        }
        let plan = Plan {
            tool: Tool::Pip,
            packages: case.packages,
            gaps: Vec::new(),
        };
        let started = Instant::now();
        let facts = self.library.gather(&plan, &case.metadata).await?;
        self.spent.gathering += started.elapsed();

        let started = Instant::now();
        let checks = self.checks(case.needs);
        let report = Report::examine(&plan, &checks, &facts, &self.settings, Timestamp::now());
        let policy = self.policy.clone();
        let verdict = policy.judge(&report, &self.agreed);
        self.spent.judging += started.elapsed();

        self.record
            .add(&report, &facts, verdict.decision(), &verdict);
        self.show(&plan, &report, &facts, &verdict, case.is_final, case.quiet);
        let consent = self.consent(verdict.decision(), running).await;
        Ok(match verdict.settle(consent) {
            Ok(approved) => {
                self.agreed.extend(&approved);
                Some(Permission::of(&approved))
            }
            Err(refused) => {
                self.ending = Some(refusal(&refused, consent));
                None
            }
        })
    }

    /// The checks that can say something at this point and are not dropped altogether.
    fn checks(&self, needs: &[Needs]) -> Vec<&'static dyn Check> {
        let wanted = spip_checks::ALL.iter().copied();
        wanted
            .filter(|check| needs.contains(&check.meta().needs))
            .filter(|check| self.policy.wants(check.meta().worst))
            .collect()
    }

    fn show(
        &mut self,
        plan: &Plan,
        report: &Report,
        facts: &Gathered,
        verdict: &Verdict<'_>,
        is_final: bool,
        quiet: bool,
    ) {
        self.screen.plan(plan, facts);
        let mut printed = 0;
        for (_, reason) in verdict.reasons() {
            if self.shown.insert(reason.concern()) {
                printed += usize::from(self.screen.reason(reason));
            }
        }
        if is_final {
            for waiver in verdict.unused_waivers() {
                self.screen
                    .line(format_args!("note: --spip-allow {waiver} matched nothing"));
            }
            if !quiet || printed > 0 {
                self.screen.tally(report);
            }
        }
    }

    async fn consent(&mut self, decision: Decision, running: &mut Running) -> Consent {
        if decision != Decision::Ask {
            return Consent::NobodyToAsk;
        }
        let started = Instant::now();
        let consent = consent::ask("Go on nevertheless?", running).await;
        self.spent.asking += started.elapsed();
        consent
    }

    fn fail(&mut self, lines: Vec<String>) {
        // The first reason is the one that matters; what follows are its consequences.
        if self.ending.is_none() {
            self.ending = Some(Ending::Failed(lines));
        }
    }

    /// How this program ends on its own account; `None`: as the tool ended.
    pub(crate) fn exit(&self) -> Option<Exit> {
        match self.ending.as_ref()? {
            Ending::Refused { exit, .. } => Some(*exit),
            Ending::Failed(_) => Some(Exit::Failed),
        }
    }

    /// The last lines: why it ended, and what state things are in.
    pub(crate) fn conclude(&mut self) {
        let (what, lines) = match &self.ending {
            None => return,
            Some(Ending::Refused { hints, .. }) => ("refused", hints.clone()),
            Some(Ending::Failed(lines)) => {
                let mut lines = lines.clone();
                if let Some(first) = lines.first_mut() {
                    first.insert_str(0, "spip: ");
                }
                ("refused", lines)
            }
        };
        for line in lines {
            self.screen.line(format_args!("{line}"));
        }
        let state = if self.installing {
            "pip had begun to install; check the environment"
        } else {
            "nothing was installed"
        };
        self.screen.line(format_args!("{what}: {state}"));
    }

    /// The report for machines.
    pub(crate) fn record(&self) -> &Record {
        &self.record
    }

    /// Where the time went.
    pub(crate) fn spent(&self) -> &Spent {
        &self.spent
    }

    /// For lines of the session itself.
    pub(crate) fn screen(&mut self) -> &mut Screen {
        &mut self.screen
    }
}

/// What [`Channel::allow`] asks for; only an approval gives one.
pub(crate) struct Permission(());

impl Permission {
    fn of(_: &spip_core::Approved<'_>) -> Self {
        Self(())
    }
}

fn refusal(refused: &Refused<'_>, consent: Consent) -> Ending {
    let exit = if refused.by_person {
        Exit::Declined
    } else if refused.reasons.iter().any(|reason| !reason.is_gap()) {
        Exit::Refused
    } else {
        Exit::Unchecked
    };
    let hints = if refused.by_person {
        Vec::new()
    } else {
        hints(refused, consent)
    };
    Ending::Refused { exit, hints }
}

/// What the user can do next.
fn hints(refused: &Refused<'_>, consent: Consent) -> Vec<String> {
    const MOST: usize = 5;
    let mut lines = Vec::new();
    let asks = refused.reasons.iter().all(|reason| match reason {
        Reason::Found(_, _, finding) => finding.severity < spip_core::Severity::High,
        _ => true,
    });
    if consent == Consent::NobodyToAsk && asks {
        lines.push("help: run this in a terminal to be asked".to_owned());
    }
    let mut allowed: Vec<String> = refused.reasons.iter().filter_map(allowance).collect();
    allowed.dedup();
    let more = allowed.len().saturating_sub(MOST);
    for option in allowed.into_iter().take(MOST) {
        lines.push(format!("help: if you know better: {option}"));
    }
    if more > 0 {
        lines.push(format!("help: … and {more} more"));
    }
    lines
}

fn allowance(reason: &Reason<'_>) -> Option<String> {
    let (Reason::Found(package, check, _) | Reason::Gap(package, check, _)) = reason else {
        return None;
    };
    let scope = match &package.version {
        Some(version) => format!("=={version}"),
        None => String::new(),
    };
    Some(format!("--spip-allow {}:{}{scope}", check.id, package.name))
}

fn is_new_enough(version: &str) -> bool {
    let parse = |text: &str| {
        text.parse::<Version>()
            .ok()
            .and_then(|it| it.pep440().cloned())
    };
    match (parse(version), parse(pip::OLDEST)) {
        (Some(version), Some(oldest)) => version >= oldest,
        _ => false,
    }
}

fn unsupported(version: &str, missing: &[String]) -> Vec<String> {
    let version = Quoted::new(version);
    let mut lines = vec![format!(
        "this pip {version} is not one that spip knows how to guard"
    )];
    for what in missing.iter().take(3) {
        lines.push(format!("  it lacks {}", Quoted::new(what)));
    }
    lines.push(format!(
        "supported: pip {} and newer, unmodified",
        pip::OLDEST
    ));
    lines.push("to go on: `spip -V` shows the pip in use; a known one is `pip==26.3`".to_owned());
    lines
}
