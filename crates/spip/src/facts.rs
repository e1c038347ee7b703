//! Gathers facts while pip still works: pages as pip gets them, records, digests.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use spip_core::{
    Answer, Cause, Gap, Listing, Metadata, Origin, Package, PackageId, PackageName, Plan, Project,
    Remembered, SafeUrl,
};
use spip_memory::Store;
use spip_plan::Surroundings;
use spip_proxy::Delivery;
use spip_pypi::{Cache, Client};

use crate::access;
use crate::examining::{Examining, Pending};
use crate::features::rules;
use crate::gathered::{Gathered, Known};
use crate::intel::Intel;
use crate::measure::MeasureError;
use crate::pages::{project_of, project_page};
use crate::previous::{self, Replaced};
use crate::scanner::Scanner;

/// The longest that pip waits for one answer, however many requests stand in line before it.
const LONGEST_WAIT: Duration = Duration::from_secs(25);

/// Everything that one run has asked for.
pub(crate) struct Library {
    cache: Option<Cache>,
    indexes: Vec<(SafeUrl, Client)>,
    around: Surroundings,
    listings: HashMap<SafeUrl, Pending<Answer<Listing>>>,
    projects: HashMap<SafeUrl, Pending<Answer<Project>>>,
    locked: HashMap<PackageId, SafeUrl>,
    examining: Examining,
    pub(crate) intel: Intel,
    memory: Option<Store>,
    /// What is installed, and what is read of it.
    pub(crate) replaced: Replaced,
}

/// One page as pip got it.
pub(crate) struct Page {
    pub(crate) url: String,
    pub(crate) content_type: Option<String>,
    pub(crate) absent: bool,
    pub(crate) too_large: bool,
    pub(crate) content: Vec<u8>,
}

impl Library {
    pub(crate) fn new(
        cache: Option<Cache>,
        scanner: Scanner,
        intel: Intel,
        memory: Option<Store>,
    ) -> Self {
        Self {
            cache,
            indexes: Vec::new(),
            around: Surroundings::default(),
            listings: HashMap::new(),
            projects: HashMap::new(),
            locked: HashMap::new(),
            examining: Examining::new(scanner),
            intel,
            replaced: Replaced::new(memory.clone()),
            memory,
        }
    }

    /// What scans artifacts.
    pub(crate) fn scanner(&self) -> &Scanner {
        self.examining.scanner()
    }

    /// What reading items needs to know.
    pub(crate) fn around(&self) -> &Surroundings {
        &self.around
    }

    /// pip said how it reaches its indexes. Several pips of one run add up.
    pub(crate) fn learn_access(&mut self, access: &spip_plan::Access) {
        for index in &access.indexes {
            let Ok(url) = index.url.parse::<SafeUrl>() else {
                tracing::debug!("an index address cannot be parsed");
                continue;
            };
            let settings = access::of_index(access, index, &url);
            let client = Client::new(settings, spip_pypi::Limits::default(), self.cache.clone());
            let same = |(known, _): &&mut (SafeUrl, Client)| *known == url;
            match self.indexes.iter_mut().find(same) {
                Some(known) => *known = (url, client),
                None => self.indexes.push((url, client)),
            }
        }
        let find_links = access
            .find_links
            .iter()
            .filter_map(|location| location.parse().ok());
        self.around.find_links.extend(find_links);
    }

    /// An index of the tool is reached like this. What is known already stays.
    pub(crate) fn learn_index(&mut self, url: SafeUrl, access: impl FnOnce() -> spip_pypi::Access) {
        if self.indexes.iter().all(|(known, _)| *known != url) {
            let limits = spip_pypi::Limits::default();
            let client = Client::new(access(), limits, self.cache.clone());
            self.indexes.push((url, client));
        }
    }

    /// More became known of how indexes are reached.
    pub(crate) fn reach_again(&mut self, access: &spip_pypi::Access) {
        for (_, client) in &mut self.indexes {
            let limits = spip_pypi::Limits::default();
            *client = Client::new(access.clone(), limits, self.cache.clone());
        }
    }

    /// A lock file says which page a package was locked from.
    pub(crate) fn learn_locked(&mut self, package: PackageId, page: SafeUrl) {
        self.locked.insert(package, page);
    }

    /// The proxy has a file: it is measured and scanned while the tool waits for it.
    pub(crate) fn learn_delivery(&mut self, package: &Package, delivery: &Arc<Delivery>) {
        self.examining.learn_delivery(package, delivery);
    }

    /// pip read a page: it is parsed, and the project's record is fetched ahead. What counts is the
    /// address that the user configured, wherever the index redirects.
    pub(crate) fn learn_page(&mut self, page: Page) {
        let Ok(address) = page.url.parse::<SafeUrl>() else {
            return;
        };
        if page.absent {
            // Whether there is no page or no answer is asked again, but only if it matters.
            return;
        }
        let parsed: Pending<Answer<Listing>> = parse(address.clone(), page).boxed().shared();
        tokio::spawn(parsed.clone());
        self.intel.begin();
        if let Some(name) = project_of(&address)
            && self.client_for(&address).is_some()
        {
            drop(self.project(&address, &name, None));
        }
        self.listings.insert(address, parsed);
    }

    /// pip has a file or a source tree: it is measured and scanned while pip goes on.
    pub(crate) fn learn_artifact(
        &mut self,
        package: &Package,
        path: Option<PathBuf>,
        mark: Option<spip_plan::Fingerprint>,
    ) {
        if let (Some(path), Some(mark)) = (path, mark) {
            self.examining.learn_file(package, path, mark);
        } else {
            self.examining.learn_tree(package);
        }
        self.replaced.learn(package, &self.examining);
    }

    /// Asks for everything that the checks may want to know of this plan, and waits for it.
    pub(crate) fn gather(
        &mut self,
        plan: &Plan,
        metadata: &HashMap<PackageId, Metadata>,
    ) -> impl Future<Output = Result<Gathered, MeasureError>> + Send + use<> {
        self.intel.ask(&plan.packages);
        let mut waiting = Vec::with_capacity(plan.packages.len());
        for package in &plan.packages {
            let listing = self.listing_of(package);
            let others = self.other_listings_of(package);
            let project = self.project_of_package(package);
            let measured = self.examining.measuring(package);
            let contents = self.examining.scanning(package);
            let remembered = self.remembered(package);
            let replaced = self.replaced.reading(package);
            let (id, intel, subject) = (package.id, self.intel.clone(), package.clone());
            let metadata = metadata.get(&id).cloned().map(Arc::new);
            waiting.push(async move {
                let measured = match measured {
                    Some(measured) => Some(measured.await?),
                    None => None,
                };
                let project = settle(project).await;
                let advisories = intel.about(&subject, measured.as_deref(), &project).await;
                let known = Known {
                    given: None,
                    listing: settle(listing).await,
                    other_listings: gather_others(others).await,
                    project,
                    metadata: Ok(metadata),
                    measured: Ok(measured),
                    contents: match contents {
                        Some(contents) => contents.await,
                        None => Ok(None),
                    },
                    advisories,
                    remembered,
                    previous: previous::settle(replaced).await,
                };
                Ok((id, known))
            });
        }
        async move { join_all(waiting).await.into_iter().collect() }
    }

    /// A small file of this machine: reading it takes less than handing it to somebody.
    fn remembered(&self, package: &Package) -> Answer<Remembered> {
        match &self.memory {
            Some(memory) if package.artifact.is_from_index() => {
                let remembered = memory.recall(&package.name)?;
                Ok(remembered.map(|it| Arc::new(it.read_by(&rules()))))
            }
            _ => Ok(None),
        }
    }

    /// The page that offered the file; for a lock file, the main index's page.
    fn page_of(&self, package: &Package) -> Option<SafeUrl> {
        match &package.artifact.file()?.origin {
            Origin::Index { page } => Some(page.clone()),
            Origin::Lock { .. } if self.locked.contains_key(&package.id) => {
                self.locked.get(&package.id).cloned()
            }
            Origin::Lock { .. } => project_page(&self.indexes.first()?.0, &package.name),
            Origin::FindLinks { .. } | Origin::Requested | Origin::Dependency { .. } => None,
        }
    }

    fn listing_of(&mut self, package: &Package) -> Option<Pending<Answer<Listing>>> {
        let page = self.page_of(package)?;
        Some(self.listing(
            &page,
            package.artifact.file().map(|file| file.filename.clone()),
        ))
    }

    fn listing(&mut self, page: &SafeUrl, must_list: Option<String>) -> Pending<Answer<Listing>> {
        if let Some(known) = self.listings.get(page) {
            return known.clone();
        }
        let client = self.client_for(page).cloned();
        let page_url = page.clone();
        let asked: Pending<Answer<Listing>> = async move {
            match client {
                Some(client) => client.listing(&page_url, must_list.as_deref()).await,
                None => Ok(None),
            }
        }
        .boxed()
        .shared();
        tokio::spawn(asked.clone());
        self.listings.insert(page.clone(), asked.clone());
        asked
    }

    fn other_listings_of(&mut self, package: &Package) -> Option<Vec<Pending<Answer<Listing>>>> {
        let page = self.page_of(package)?;
        if self.indexes.len() < 2 || !package.artifact.is_from_index() {
            return None;
        }
        let own = self.index_of(&page);
        let bases: Vec<SafeUrl> = self.indexes.iter().map(|(base, _)| base.clone()).collect();
        let others = bases
            .iter()
            .enumerate()
            .filter(|(place, _)| Some(*place) != own);
        let pages: Vec<_> = others
            .filter_map(|(_, base)| project_page(base, &package.name))
            .collect();
        Some(pages.iter().map(|page| self.listing(page, None)).collect())
    }

    fn project_of_package(&mut self, package: &Package) -> Option<Pending<Answer<Project>>> {
        let page = self.page_of(package)?;
        let filename = package.artifact.file().map(|file| file.filename.clone());
        Some(self.project(&page, &package.name, filename))
    }

    /// The record of a project. A known one that lacks the file is asked for again.
    fn project(
        &mut self,
        page: &SafeUrl,
        name: &PackageName,
        must_list: Option<String>,
    ) -> Pending<Answer<Project>> {
        let before = self.projects.get(page).cloned();
        if let (Some(before), None) = (&before, &must_list) {
            return before.clone();
        }
        let client = self.client_for(page).cloned();
        let (page_url, name) = (page.clone(), name.clone());
        let asked: Pending<Answer<Project>> = async move {
            let before = match before {
                Some(before) => Some(before.await),
                None => None,
            };
            match (before, client) {
                (Some(Ok(Some(known))), _)
                    if must_list
                        .as_ref()
                        .is_none_or(|file| known.file(file).is_some()) =>
                {
                    Ok(Some(known))
                }
                (Some(answer @ (Err(_) | Ok(None))), _) => answer,
                (_, Some(client)) => client.project(&page_url, &name, must_list.as_deref()).await,
                (_, None) => Ok(None),
            }
        }
        .boxed()
        .shared();
        tokio::spawn(asked.clone());
        self.projects.insert(page.clone(), asked.clone());
        asked
    }

    fn client_for(&self, page: &SafeUrl) -> Option<&Client> {
        let place = self.index_of(page).unwrap_or(0);
        self.indexes.get(place).map(|(_, client)| client)
    }

    /// The index whose address is the longest prefix of the page's, else one on the same host.
    fn index_of(&self, page: &SafeUrl) -> Option<usize> {
        let text = page.secret().as_str();
        let prefixes = self
            .indexes
            .iter()
            .enumerate()
            .filter_map(|(place, (base, _))| {
                let base = base.secret().as_str().trim_end_matches('/');
                text.strip_prefix(base)?
                    .starts_with('/')
                    .then_some((base.len(), place))
            });
        let same_host = || {
            self.indexes.iter().position(|(base, _)| {
                base.host() == page.host()
                    && base.secret().port_or_known_default()
                        == page.secret().port_or_known_default()
            })
        };
        prefixes.max().map(|(_, place)| place).or_else(same_host)
    }
}

async fn parse(address: SafeUrl, page: Page) -> Answer<Listing> {
    if page.too_large {
        return Err(Gap::new(Cause::TooLarge, format!("the page {address}")));
    }
    let parsed = tokio::task::spawn_blocking(move || {
        let kind = page.content_type.unwrap_or_default();
        spip_pypi::parse_listing(&address, &kind, &page.content)
    });
    match parsed.await {
        Ok(parsed) => parsed.map(|listing| Some(Arc::new(listing))),
        Err(error) => Err(Gap::new(Cause::Internal, error.to_string())),
    }
}

async fn settle<T>(pending: Option<Pending<Answer<T>>>) -> Answer<T>
where
    Answer<T>: Clone,
{
    let Some(pending) = pending else {
        return Ok(None);
    };
    let gave_up = |_| {
        let seconds = LONGEST_WAIT.as_secs();
        Err(Gap::new(
            Cause::Unreachable,
            format!("gave up after {seconds} s"),
        ))
    };
    tokio::time::timeout(LONGEST_WAIT, pending)
        .await
        .unwrap_or_else(gave_up)
}

async fn gather_others(pending: Option<Vec<Pending<Answer<Listing>>>>) -> Answer<Vec<Listing>> {
    let Some(pending) = pending else {
        return Ok(None);
    };
    let mut found = Vec::new();
    for answer in join_all(pending.into_iter().map(|pending| settle(Some(pending)))).await {
        found.extend(answer?.map(|listing| Listing::clone(&listing)));
    }
    Ok(Some(Arc::new(found)))
}
