//! One verdict: facts gathered, checks run, the result shown, a person asked if need be.

use std::collections::{HashMap, HashSet};
use std::pin::pin;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use spip_core::{
    Agreed, Approved, Check, Concern, Consent, Decision, Metadata, Needs, Package, PackageId, Plan,
    Policy, Report, Settings, Sha256, Tool, Verdict, Waiver,
};

use crate::child::Running;
use crate::chronicle::{Chronicle, Decided, Outcome, Told};
use crate::consent;
use crate::ending::{Ending, refusal};
use crate::facts::Library;
use crate::gathered::Gathered;
use crate::json::Record;
use crate::measure::MeasureError;
use crate::notes;
use crate::policy::Rules;
use crate::render::Screen;
use crate::tallied::Tallied;

/// Everything a verdict rests on, for a whole run.
pub(crate) struct Judge {
    tool: Tool,
    policy: Policy,
    settings: Settings,
    expired: Vec<Waiver>,
    agreed: Agreed,
    shown: HashSet<Concern>,
    /// What is known and being fetched.
    pub(crate) library: Library,
    /// Where people look.
    pub(crate) screen: Screen,
    /// The report for machines.
    pub(crate) record: Record,
    /// Where the time went.
    pub(crate) spent: Spent,
    /// How everything came out so far.
    pub(crate) tallied: Tallied,
    /// What this run writes down.
    pub(crate) chronicle: Chronicle,
}

/// Where the time went while pip waited.
#[derive(Debug, Default)]
pub(crate) struct Spent {
    /// For facts.
    pub(crate) gathering: Duration,
    /// For the checks.
    pub(crate) judging: Duration,
    /// For a person.
    pub(crate) asking: Duration,
}

/// One thing to judge.
pub(crate) struct Case {
    /// The packages.
    pub(crate) packages: Vec<Package>,
    /// Their metadata, where it is known.
    pub(crate) metadata: HashMap<PackageId, Metadata>,
    /// Which checks can run.
    pub(crate) needs: &'static [Needs],
    /// What the outcome stands for.
    pub(crate) stage: Stage,
}

/// What the outcome of a case stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Something on the way: a source before its build, build requirements.
    OnTheWay,
    /// One file of a stream; the tool is held while something is said. The tally comes at the end.
    File,
    /// The command's own plan; the tally is shown.
    Final,
    /// The same, but the user wants pip to be quiet: the tally is shown if there is more to say.
    FinalQuiet,
}

impl Case {
    /// One artifact before its metadata is known.
    pub(crate) fn of_artifact(package: Package) -> Self {
        Self {
            packages: vec![package],
            metadata: HashMap::new(),
            needs: Needs::BEFORE_BUILD,
            stage: Stage::OnTheWay,
        }
    }
}

/// What letting pip go on asks for; only an approval gives one.
pub(crate) struct Permission {
    /// The digest of each judged file.
    pub(crate) sha256: HashMap<PackageId, Sha256>,
    /// Neither a person nor an exception was needed: anybody's run would have allowed it.
    pub(crate) is_plain: bool,
}

impl Permission {
    fn of(_: &Approved<'_>, is_plain: bool, plan: &Plan, facts: &Gathered) -> Self {
        let packages = plan.packages.iter();
        let sha256 = packages.filter_map(|package| Some((package.id, facts.sha256(package)?)));
        Self {
            sha256: sha256.collect(),
            is_plain,
        }
    }
}

impl Judge {
    pub(crate) fn new(tool: Tool, rules: Rules, library: Library, screen: Screen) -> Self {
        library.intel.heed(&rules.effective);
        Self {
            tool,
            policy: rules.policy,
            settings: rules.settings,
            expired: rules.expired,
            agreed: Agreed::none(),
            shown: HashSet::new(),
            library,
            screen,
            record: Record::new(tool),
            spent: Spent::default(),
            tallied: Tallied::default(),
            chronicle: Chronicle::begin(tool),
        }
    }

    /// Comes to a verdict. The inner `Err` is a refusal, the outer one the lack of a verdict.
    pub(crate) async fn judge(
        &mut self,
        case: Case,
        running: &mut Running,
    ) -> Result<Result<Permission, Ending>, MeasureError> {
        let plan = self.plan(case.packages);
        let started = Instant::now();
        let facts = self.gather(&plan, &case.metadata).await?;
        self.spent.gathering += started.elapsed();
        let rest = (case.needs, case.stage);
        Ok(self.decide(&plan, &facts, rest, Some(running)).await)
    }

    /// A plan of the tool whose run this is.
    pub(crate) fn plan(&self, packages: Vec<Package>) -> Plan {
        Plan {
            tool: self.tool,
            packages,
            gaps: Vec::new(),
        }
    }

    /// Comes to a verdict on what is known.
    pub(crate) async fn decide(
        &mut self,
        plan: &Plan,
        facts: &Gathered,
        (needs, stage): (&[Needs], Stage),
        mut running: Option<&mut Running>,
    ) -> Result<Permission, Ending> {
        let started = Instant::now();
        let checks = self.checks(needs);
        let report = Report::examine(plan, &checks, facts, &self.settings, Timestamp::now());
        let policy = self.policy.clone();
        let verdict = policy.judge(&report, &self.agreed);
        self.spent.judging += started.elapsed();

        self.record.add(&report, facts, &verdict);
        self.screen.plan(plan, facts);
        self.tallied.add(&report);
        self.show(&report, &verdict, stage, running.as_deref_mut());
        // What the policy drops was not looked at, and leaves no reason behind.
        let looks_away = self.policy.ignore.is_some() || self.policy.ignore_warnings;
        let is_plain = verdict.is_plain() && !looks_away;
        let consent = self
            .consent(verdict.decision(), running.as_deref_mut())
            .await;
        if let Some(running) = running {
            running.resume();
        }
        let told = Told::all(&verdict);
        let settled = verdict.settle(consent);
        let decided = Decided {
            consent,
            is_allowed: settled.is_ok(),
        };
        self.chronicle.decided(plan, facts, &told, decided);
        match settled {
            Ok(approved) => {
                self.agreed.extend(&approved);
                Ok(Permission::of(&approved, is_plain, plan, facts))
            }
            Err(refused) => Err(refusal(&refused)),
        }
    }

    /// Writes down how the run ended, and says what could not be written.
    pub(crate) fn remember(&mut self, outcome: Outcome) {
        for line in self.chronicle.end(outcome) {
            self.screen.line(format_args!("{line}"));
        }
    }

    /// Weighs what a run left behind; nothing is asked about it here.
    pub(crate) fn weigh(&mut self, plan: &Plan, facts: &Gathered) -> Decision {
        let checks = self.checks(Needs::BEFORE_BUILD);
        let report = Report::examine(plan, &checks, facts, &self.settings, Timestamp::now());
        let policy = self.policy.clone();
        let verdict = policy.judge(&report, &self.agreed);
        self.record.add(&report, facts, &verdict);
        self.show(&report, &verdict, Stage::OnTheWay, None);
        verdict.decision()
    }

    /// Waits for facts, and says so when that takes longer than a second.
    async fn gather(
        &mut self,
        plan: &Plan,
        metadata: &HashMap<PackageId, Metadata>,
    ) -> Result<Gathered, MeasureError> {
        let mut gathering = pin!(self.library.gather(plan, metadata));
        tokio::select! {
            facts = &mut gathering => return facts,
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
        }
        let packages = plan.packages.len();
        self.screen.line(format_args!(
            "spip: waiting for what the index says of {packages} package(s), and what they hold"
        ));
        gathering.await
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
        report: &Report,
        verdict: &Verdict<'_>,
        stage: Stage,
        running: Option<&mut Running>,
    ) {
        let reasons = verdict.reasons().iter().map(|(_, reason)| reason);
        let reasons = reasons.filter(|reason| self.shown.insert(reason.concern()));
        let reasons: Vec<_> = reasons.collect();
        if let (Some(running), false) = (running, reasons.is_empty() || self.tool == Tool::Pip) {
            // What it draws would run into what is said here. pip waits without drawing.
            running.pause();
        }
        let mut something = self.screen.reasons(&reasons);
        if stage == Stage::File {
            self.tallied
                .watch_exceptions(report, verdict, &self.expired);
            return;
        }
        if stage == Stage::OnTheWay {
            return;
        }
        for note in notes::broad(verdict) {
            self.screen.line(format_args!("{note}"));
        }
        for note in notes::unused(verdict.unused_waivers()) {
            self.screen.line(format_args!("{note}"));
            something = true;
        }
        for note in notes::expired(&self.expired, report) {
            self.screen.line(format_args!("{note}"));
            something = true;
        }
        if something || stage == Stage::Final {
            self.screen.tally(report);
        }
    }

    async fn consent(&mut self, decision: Decision, running: Option<&mut Running>) -> Consent {
        if decision != Decision::Ask {
            return Consent::NobodyToAsk;
        }
        let started = Instant::now();
        let consent = consent::ask("Go on nevertheless?", running).await;
        self.spent.asking += started.elapsed();
        consent
    }
}
