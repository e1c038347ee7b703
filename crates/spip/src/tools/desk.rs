//! Where everything that the proxy fetched is judged, one after the other.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use spip_core::{
    Artifact, Metadata, Needs, Package, PackageId, PackageName, Plan, Quoted, SafeUrl, Tool,
};
use spip_proxy::{Delivery, Notice, Passed, Ruling, What};
use spip_pypi::{Access, Credential};
use tokio::sync::oneshot;

use super::cache::ToolCache;
use super::delivered::{self, Around};
use super::ending;
use super::lock::Locks;
use super::referee::Message;
use crate::child::Running;
use crate::ending::Ending;
use crate::exit::Exit;
use crate::facts::Page;
use crate::gathered::Gathered;
use crate::judge::{Judge, Stage};
use crate::measure::MeasureError;
use crate::metadata;
use crate::scan::target::{self, Place};

/// What happens while the tool runs.
pub(super) enum Event {
    /// The proxy asks or tells something.
    Heard(Message),
    /// Something can be judged.
    Ready(Ready),
    /// The tool has ended.
    Ended(std::process::ExitStatus),
}

/// Something that is ready to be judged, and who waits for the answer.
pub(super) struct Ready {
    plan: Plan,
    facts: Result<Gathered, MeasureError>,
    answer: Option<oneshot::Sender<Ruling>>,
}

/// The judgement of one run.
pub(super) struct Desk<'r> {
    tool: Tool,
    /// What it judges with.
    pub(super) judge: Judge,
    access: Access,
    locks: Locks,
    requests: Vec<String>,
    cache: &'r ToolCache,
    packages: HashMap<SafeUrl, Package>,
    needs: HashMap<PackageName, Vec<PackageName>>,
    gathering: FuturesUnordered<BoxFuture<'static, Ready>>,
    notes: HashSet<String>,
    next: u32,
    /// Why the run ends early.
    pub(super) ending: Option<Ending>,
}

impl<'r> Desk<'r> {
    pub(super) fn new(
        tool: Tool,
        judge: Judge,
        access: Access,
        locks: Locks,
        requests: Vec<String>,
        cache: &'r ToolCache,
    ) -> Self {
        Self {
            tool,
            judge,
            access,
            locks,
            requests,
            cache,
            packages: HashMap::new(),
            needs: HashMap::new(),
            gathering: FuturesUnordered::new(),
            notes: HashSet::new(),
            next: 0,
            ending: None,
        }
    }

    /// Hears what the proxy asks or tells.
    pub(super) fn hear(&mut self, message: Message) {
        match message {
            Message::Judge(delivery, answer) => self.begin(&delivery, answer),
            Message::Admit(repository, answer) => self.admit(repository, answer),
            Message::Notice(notice) => self.learn(*notice),
        }
    }

    fn learn(&mut self, notice: Notice) {
        match notice {
            Notice::Login(login) => self.learn_login(login),
            Notice::Page(page) => self.learn_page(page),
            Notice::Arrived(delivery) => {
                // Read ahead; what is wrong with it shows when the tool wants it.
                let _package = self.package(&delivery);
            }
            Notice::Passed(passed) => self.passed(&passed),
            Notice::Stopped(stopped) => {
                if let Some(ending) = ending::of_stopped(&stopped) {
                    self.ending.get_or_insert(ending);
                }
                self.judge.screen.debug(format_args!("stopped: {stopped}"));
            }
            Notice::Distrusted(host) => {
                self.note(&ending::of_distrusted(self.tool, &host));
            }
        }
    }

    /// Something on this machine that the command names.
    pub(super) fn learn_local(&mut self, path: &Path) -> std::io::Result<()> {
        for target in target::of_path(path.as_os_str())? {
            let mut package = target.package;
            package.id = self.id();
            let library = &mut self.judge.library;
            match target.place {
                Ok(Place::File(path, mark)) => {
                    library.learn_artifact(&package, Some(path), Some(mark));
                }
                Ok(Place::Tree(_)) => library.learn_artifact(&package, None, None),
                Err(gap) => return Err(std::io::Error::other(gap.to_string())),
            }
            self.gather(package, &HashMap::new(), None);
        }
        Ok(())
    }

    /// The next thing about which everything is known. `None`: nothing is being looked at.
    pub(super) async fn ready(&mut self) -> Option<Ready> {
        self.gathering.next().await
    }

    /// Judges it, and tells whoever waits.
    pub(super) async fn settle(&mut self, ready: Ready, running: Option<&mut Running>) {
        let ruling = self.rule(&ready.plan, ready.facts, running).await;
        if let Some(answer) = ready.answer {
            // The tool may have given up meanwhile.
            let _nobody_waits = answer.send(ruling);
        }
    }

    async fn rule(
        &mut self,
        plan: &Plan,
        facts: Result<Gathered, MeasureError>,
        running: Option<&mut Running>,
    ) -> Ruling {
        if self.ending.is_some() {
            return Ruling::Refuse("the run was refused already".into());
        }
        let facts = match facts {
            Ok(facts) => facts,
            Err(error) => return self.fail(&format!("failed to {error}")),
        };
        let needs = Needs::ALL;
        let decided = self
            .judge
            .decide(plan, &facts, (needs, Stage::File), running)
            .await;
        match decided {
            Ok(permission) if permission.is_plain => Ruling::Forward,
            Ok(_) => match self.cache.taint() {
                Ok(()) => Ruling::Forward,
                Err(error) => self.fail(&format!("failed to mark the cache: {error}")),
            },
            Err(ending) => {
                self.ending = Some(ending);
                Ruling::Refuse("refused by spip, which says why".into())
            }
        }
    }

    fn fail(&mut self, why: &str) -> Ruling {
        self.ending
            .get_or_insert(Ending::Failed(vec![why.to_owned()]));
        Ruling::Refuse(why.into())
    }

    fn begin(&mut self, delivery: &Arc<Delivery>, answer: oneshot::Sender<Ruling>) {
        let package = match self.package(delivery) {
            Ok(package) => package,
            Err(why) => {
                let ending = Ending::Refused {
                    exit: Exit::Unchecked,
                    hints: vec![format!("unknown: {}: {why}", delivery.asked)],
                };
                self.ending.get_or_insert(ending);
                let _nobody_waits = answer.send(Ruling::Refuse(why));
                return;
            }
        };
        let metadata = metadata::of_delivery(&package, delivery);
        if let Some(metadata) = &metadata {
            self.learn_needs(metadata);
        }
        let metadata = metadata.map(|metadata| (package.id, metadata));
        self.gather(package, &metadata.into_iter().collect(), Some(answer));
    }

    /// What git fetches goes by unseen: the checks judge the address alone, and that is told.
    fn admit(&mut self, url: SafeUrl, answer: oneshot::Sender<Ruling>) {
        self.note(&format!(
            "note: nobody looks at what git fetches from {url}"
        ));
        let id = self.id();
        let package = delivered::repository(url, id);
        self.gather(package, &HashMap::new(), Some(answer));
    }

    /// Who needs what, for those that come later.
    fn learn_needs(&mut self, metadata: &Metadata) {
        for line in &metadata.requires_dist {
            let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)));
            let Ok(name) = line[..end.unwrap_or(line.len())].parse() else {
                continue;
            };
            let parents = self.needs.entry(name).or_default();
            if !parents.contains(&metadata.name) {
                parents.push(metadata.name.clone());
            }
        }
    }

    /// The delivery as a package; the same address keeps its number.
    fn package(&mut self, delivery: &Arc<Delivery>) -> Result<Package, Quoted> {
        let locked = self.locks.of(&delivery.asked);
        let around = Around {
            locked,
            is_requested: &|name| self.is_requested(name),
            needed_by: &|name| self.needs.get(name).cloned().unwrap_or_default(),
            is_trusted: &|url| self.access.trusts_host(url),
        };
        let known = self.packages.get(&delivery.asked);
        let id = known.map_or(PackageId(self.next), |known| known.id);
        let package = delivered::package(delivery, id, &around)?;
        if let Some(page) = locked.and_then(|locked| locked.page.clone()) {
            self.learn_index(&page);
            self.judge.library.learn_locked(id, page);
        }
        if !self.packages.contains_key(&delivery.asked) {
            self.next += 1;
        }
        self.judge.library.learn_delivery(&package, delivery);
        self.packages
            .insert(delivery.asked.clone(), package.clone());
        Ok(package)
    }

    fn is_requested(&self, name: &PackageName) -> bool {
        self.requests
            .iter()
            .any(|text| mentions(text, name.as_str()))
    }

    fn id(&mut self) -> PackageId {
        let id = PackageId(self.next);
        self.next += 1;
        id
    }

    fn gather(
        &mut self,
        package: Package,
        metadata: &HashMap<PackageId, Metadata>,
        answer: Option<oneshot::Sender<Ruling>>,
    ) {
        if let Artifact::Wheel(file) | Artifact::Sdist(file) = &package.artifact
            && let spip_core::Origin::Index { page } = &file.origin
        {
            let page = page.clone();
            self.learn_index(&page);
        }
        let plan = self.judge.plan(vec![package]);
        let facts = self.judge.library.gather(&plan, metadata);
        let ready = async move {
            Ready {
                plan,
                facts: facts.await,
                answer,
            }
        };
        self.gathering.push(ready.boxed());
    }

    fn learn_page(&mut self, page: spip_proxy::Page) {
        if page.content_type.starts_with("application/json") {
            return;
        }
        self.learn_index(&page.asked);
        self.judge.library.learn_page(Page {
            url: page.asked.secret().as_str().to_owned(),
            content_type: Some(page.content_type),
            absent: false,
            too_large: false,
            content: page.body.to_vec(),
        });
    }

    /// The guard's own questions to a host come from the same user as the tool's.
    fn learn_login(&mut self, login: Credential) {
        if !self.access.credentials.contains(&login) {
            self.access.credentials.insert(0, login);
            self.judge.library.reach_again(&self.access);
        }
    }

    /// The index that a project's page belongs to.
    fn learn_index(&mut self, page: &SafeUrl) {
        let mut url = page.secret().clone();
        url.set_query(None);
        url.set_fragment(None);
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().pop().push("");
        }
        let access = self.access.clone();
        self.judge.library.learn_index(url.into(), || access);
    }

    /// What goes to the tool without a judgement is told, unless it cannot be code.
    fn passed(&mut self, passed: &Passed) {
        let url = &passed.url;
        match &passed.what {
            What::Redirect
            | What::Failure
            | What::Metadata
            | What::Text
            | What::Upload
            | What::Git => {}
            What::Other(kind) => {
                self.note(&format!(
                    "note: {url} ({kind}) was passed on and not looked at"
                ));
            }
        }
    }

    fn note(&mut self, line: &str) {
        if self.notes.insert(line.to_owned()) {
            self.judge.screen.line(format_args!("{line}"));
        }
    }
}

/// Whether a name stands in a text as a word, however it is spelled (PEP 503).
fn mentions(text: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let mut words = text.split(|c: char| !is_part(c));
    words.any(|word| {
        word.parse::<PackageName>()
            .is_ok_and(|word| word.as_str() == name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_as_words_however_they_are_spelled() {
        assert!(mentions("add Flask_Login>=1[x]", "flask-login"));
        assert!(mentions("dependencies = [\"ruff\"]", "ruff"));
        assert!(!mentions("add flask-login-x", "flask-login"));
    }
}
