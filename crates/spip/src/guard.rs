//! The judgement of one run: events in, verdicts out.

mod trouble;

use std::collections::HashMap;
use std::path::PathBuf;

use spip_adapters::pip;
use spip_core::{Metadata, Needs, Package, PackageId, Quoted};
use spip_plan::{Event, InstallReport, Item};
use spip_policy::PolicyError;

use crate::aftermath::{self, Before, Expected};
use crate::built::built_wheel;
use crate::channel::{Channel, ChannelError};
use crate::child::Running;
use crate::chronicle::Outcome;
use crate::ending::{Ending, is_new_enough, unsupported, without_pip};
use crate::exit::Exit;
use crate::facts::Page;
use crate::judge::{Case, Judge, Permission, Stage};
use crate::tools::ToolCache;
use trouble::Trouble;

/// Serves the hook: events in, verdicts out.
pub(crate) struct Guard<'c> {
    judge: Judge,
    /// What keeps that which is installed, for runs to come.
    cache: Option<&'c ToolCache>,
    packages: HashMap<String, Package>,
    ending: Option<Ending>,
    installing: bool,
    before: Option<Before>,
    aftermath: Option<String>,
    /// Why there is no policy to judge by.
    pub(crate) without_policy: Option<PolicyError>,
}

impl<'c> Guard<'c> {
    pub(crate) fn new(judge: Judge, cache: Option<&'c ToolCache>) -> Self {
        Self {
            judge,
            cache,
            packages: HashMap::new(),
            ending: None,
            installing: false,
            before: None,
            aftermath: None,
            without_policy: None,
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
                places,
                ..
            } => {
                if !nested {
                    self.look_before(&places);
                    self.judge.library.replaced.learn_places(&places);
                }
                self.judge
                    .screen
                    .debug(format_args!("pip {pip} on Python {python}: {command}"));
                self.greet(&id, &command, &pip, nested, channel).await
            }
            Event::NoPip { executable } => {
                self.fail(without_pip(&executable));
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
                self.judge.library.learn_access(&access);
                Ok(())
            }
            Event::Page {
                url,
                content_type,
                absent,
                too_large,
                ..
            } => {
                self.judge.library.learn_page(Page {
                    url,
                    content_type,
                    absent,
                    too_large,
                    content: payload,
                });
                Ok(())
            }
            Event::Artifact { id, item, .. } => {
                let judged = self.judge_artifact(&item, id.is_some(), running).await;
                if id.is_some() && matches!(judged, Ok(Some(_))) {
                    self.look_before_code().await;
                }
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
                let stage = match (building, quiet) {
                    (Some(_), _) => Stage::OnTheWay,
                    (None, true) => Stage::FinalQuiet,
                    (None, false) => Stage::Final,
                };
                let judged = self.judge_plan(report, &items, stage, running).await;
                self.answer(&id, judged, channel).await
            }
            Event::Built { id, item, report } => {
                let judged = self.judge_built(&item, report, running).await;
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
        if let Some(trouble) = self.without_policy.take() {
            self.fail(vec![format!("failed to {trouble}")]);
            return channel.refuse(id, "the policy cannot be used").await;
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
            Ok(Some(permission)) if self.ending.is_none() => {
                channel.allow(id, permission, &self.packages).await
            }
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
        self.settle(Case::of_artifact(package), running).await
    }

    async fn judge_plan(
        &mut self,
        report: serde_json::Value,
        items: &[Item],
        stage: Stage,
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
        let needs = Needs::ALL;
        let case = Case {
            packages,
            metadata,
            needs,
            stage,
        };
        self.settle(case, running).await
    }

    async fn judge_built(
        &mut self,
        item: &Item,
        report: serde_json::Value,
        running: &mut Running,
    ) -> Result<Option<Permission>, Trouble> {
        let source = self
            .packages
            .get(&item.artifact)
            .ok_or(Trouble::UnknownSource)?;
        let built = item.path.clone().and_then(|path| built_wheel(source, path));
        let built = built.ok_or(Trouble::UnknownSource)?;
        let report = InstallReport::read(report)?;
        let [metadata] = report.entries() else {
            return Err(Trouble::Mismatch(report.entries().len(), 1));
        };
        if metadata.name != built.name {
            return Err(Trouble::OtherName(built.name, metadata.name.clone()));
        }
        self.judge
            .library
            .learn_artifact(&built, item.path.clone(), item.fingerprint);
        let case = Case {
            metadata: HashMap::from([(built.id, metadata.clone())]),
            packages: vec![built],
            needs: Needs::ALL,
            stage: Stage::OnTheWay,
        };
        self.settle(case, running).await
    }

    /// Reads an item; the same requirement keeps its number for the whole run.
    fn learn(&mut self, item: &Item, metadata: Option<&Metadata>) -> Result<Package, Trouble> {
        let next = u32::try_from(self.packages.len()).unwrap_or(u32::MAX);
        let known = self.packages.get(&item.artifact);
        let id = known.map_or(PackageId(next), |known| known.id);
        let package = item.package(id, metadata, self.judge.library.around())?;
        // Measured again if pip meanwhile has another file, or the same one in another state.
        self.judge
            .library
            .learn_artifact(&package, item.path.clone(), item.fingerprint);
        self.packages.insert(item.artifact.clone(), package.clone());
        Ok(package)
    }

    async fn settle(
        &mut self,
        case: Case,
        running: &mut Running,
    ) -> Result<Option<Permission>, Trouble> {
        if self.ending.is_some() {
            return Ok(None);
        }
        match self.judge.judge(case, running).await? {
            Ok(permission) => {
                if let (Some(cache), false) = (self.cache, permission.is_plain) {
                    cache.taint().map_err(Trouble::Cache)?;
                }
                Ok(Some(permission))
            }
            Err(ending) => {
                self.ending = Some(ending);
                Ok(None)
            }
        }
    }

    fn fail(&mut self, lines: Vec<String>) {
        // The first reason is the one that matters; what follows are its consequences.
        if self.ending.is_none() {
            self.ending = Some(Ending::Failed(lines));
        }
    }

    /// Remembers what the interpreter looks at at every start.
    fn look_before(&mut self, places: &[PathBuf]) {
        let before = Before::start(places);
        self.before = self.seen(before);
    }

    /// Remembers all code, because code of packages is about to run.
    async fn look_before_code(&mut self) {
        if let Some(before) = self.before.take() {
            let before = before.before_code().await;
            self.before = self.seen(before);
        }
    }

    /// Looks at what the run left behind beside what it installed.
    pub(crate) async fn look_after(&mut self, running: &mut Running) {
        let Some(before) = self.before.take() else {
            return;
        };
        let expected = Expected::of(self.packages.values());
        let state = aftermath::judge(&mut self.judge, before, expected, running).await;
        if let Some(state) = self.seen(state).flatten() {
            self.aftermath = Some(state);
            self.ending.get_or_insert(Ending::Refused {
                exit: Exit::Refused,
                hints: Vec::new(),
            });
        }
    }

    fn seen<T>(&mut self, looked: std::io::Result<T>) -> Option<T> {
        let failed = |error| vec![format!("failed to look at the environment: {error}")];
        looked.map_err(|error| self.fail(failed(error))).ok()
    }

    /// Writes down how the run ended, once everything about it is known.
    pub(crate) fn remember(&mut self, is_success: bool) {
        let outcome = Outcome::of(self.installing, self.ending.is_some(), is_success);
        self.judge.remember(outcome);
    }

    /// How this program ends on its own account; `None`: as the tool ended.
    pub(crate) fn exit(&self) -> Option<Exit> {
        self.ending.as_ref().map(Ending::exit)
    }

    /// The last lines: why it ended, and what state things are in, unless somebody knows better.
    pub(crate) fn conclude(&mut self, aftermath: Option<&str>) {
        let Some(ending) = &self.ending else { return };
        for line in ending.lines() {
            self.judge.screen.line(format_args!("{line}"));
        }
        let state = match self.aftermath.as_deref().or(aftermath) {
            Some(state) => state,
            None if self.installing => "pip had begun to install; check the environment",
            None => "nothing was installed",
        };
        self.judge.screen.line(format_args!("refused: {state}"));
    }

    /// What it judged with, for the end of the run.
    pub(crate) fn judge(&mut self) -> &mut Judge {
        &mut self.judge
    }
}
