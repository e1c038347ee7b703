//! An OSV-compatible service, asked only where `SPIP_OSV_URL` names one: it learns what is installed.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use spip_core::{Cause, Gap, Location, SafeUrl};
use spip_intel::service::{MOST_QUERIES, Release, answer, question};
use spip_intel::{Record, Subject};
use spip_pypi::{Access, Client, Limits};

/// The longest that a plan waits for all of it.
const LONGEST_WAIT: Duration = Duration::from_secs(25);
const MOST_PAGES: usize = 20;

/// The variable that names it.
pub(super) const VARIABLE: &str = "SPIP_OSV_URL";

/// The service.
#[derive(Clone)]
pub(super) struct Service {
    base: SafeUrl,
    client: Client,
}

/// What the service says of several releases.
pub(super) type Told = Result<Arc<Answers>, Gap>;

/// The names of records for each release, and the records.
#[derive(Default)]
pub(super) struct Answers {
    named: HashMap<Release, BTreeSet<String>>,
    records: HashMap<String, Result<Record, Gap>>,
    base: Option<SafeUrl>,
}

impl Service {
    /// The one that the environment names.
    pub(super) fn named(address: &str) -> Result<Self, Gap> {
        let base = address.parse().map_err(|_| unusable("it is no address"))?;
        Self::at(base)
    }

    /// The one at this address.
    pub(super) fn at(base: SafeUrl) -> Result<Self, Gap> {
        if base.scheme() != "https" && !base.is_loopback() {
            return Err(unusable("only https is asked"));
        }
        let access = Access::from_environment(|name| std::env::var_os(name));
        let client = Client::new(access, Limits::default(), None);
        Ok(Self { base, client })
    }

    /// Asks about all of them at once, and then for each record that is named.
    pub(super) async fn ask(self, releases: Vec<Release>) -> Told {
        let asked = tokio::time::timeout(LONGEST_WAIT, self.ask_patiently(&releases)).await;
        asked.unwrap_or_else(|_| {
            let seconds = LONGEST_WAIT.as_secs();
            let detail = format!("{} did not answer within {seconds} s", self.base.bare());
            Err(Gap::new(Cause::Unreachable, detail))
        })
    }

    async fn ask_patiently(&self, releases: &[Release]) -> Told {
        let mut answers = Answers {
            base: Some(self.base.bare()),
            ..Answers::default()
        };
        for some in releases.chunks(MOST_QUERIES) {
            self.name(some, &mut answers.named).await?;
        }
        let ids: BTreeSet<&String> = answers.named.values().flatten().collect();
        let records = join_all(ids.into_iter().map(|id| async move {
            let record = self.record(id).await;
            (id.clone(), record)
        }));
        answers.records = records.await.into_iter().collect();
        Ok(Arc::new(answers))
    }

    async fn name(
        &self,
        releases: &[Release],
        named: &mut HashMap<Release, BTreeSet<String>>,
    ) -> Result<(), Gap> {
        let url = join(&self.base, "v1/querybatch");
        let mut left: Vec<(&Release, Option<String>)> =
            releases.iter().map(|release| (release, None)).collect();
        for _ in 0..MOST_PAGES {
            if left.is_empty() {
                return Ok(());
            }
            let queries: Vec<_> = left
                .iter()
                .map(|(release, page)| (*release, page.as_deref()))
                .collect();
            let body = self.client.post(&url, &question(&queries)).await?;
            let told = answer(&body, left.len()).map_err(|error| {
                let detail = format!("{}: {error}", self.base.bare());
                Gap::new(Cause::Malformed, detail)
            })?;
            let mut more = Vec::new();
            for ((release, _), told) in left.into_iter().zip(told) {
                named.entry(release.clone()).or_default().extend(told.ids);
                if told.next.is_some() {
                    more.push((release, told.next));
                }
            }
            left = more;
        }
        let detail = format!("{} has no end of answers", self.base.bare());
        Err(Gap::new(Cause::TooLarge, detail))
    }

    async fn record(&self, id: &str) -> Result<Record, Gap> {
        let url = join(&self.base, &format!("v1/vulns/{id}"));
        let malformed = |why: &str| Gap::new(Cause::Malformed, format!("{}: {why}", url.bare()));
        match self.client.fetch(&url).await? {
            Some(body) => Record::parse(&body).map_err(|error| malformed(&error.to_string())),
            None => Err(malformed("it names a record that it does not have")),
        }
    }
}

fn unusable(why: &str) -> Gap {
    let detail = format!("{VARIABLE} names no service: {why}");
    Gap::new(Cause::Unreadable, detail)
}

fn join(base: &SafeUrl, path: &str) -> SafeUrl {
    let mut url = base.secret().clone();
    let whole = format!("{}/{path}", url.path().trim_end_matches('/'));
    url.set_path(&whole);
    url.set_fragment(None);
    url.into()
}

impl Answers {
    /// What it says of the subject: advisories, and the records that it did not hand out.
    pub(super) fn about(
        &self,
        release: &Release,
        subject: Subject<'_>,
    ) -> (Vec<spip_core::Advisory>, Option<Gap>) {
        let (mut found, mut missing) = (Vec::new(), None);
        for id in self.named.get(release).into_iter().flatten() {
            match self.records.get(id) {
                Some(Ok(record)) => found.extend(record.about(subject, &self.place(id))),
                Some(Err(gap)) => missing = missing.or_else(|| Some(gap.clone())),
                None => {}
            }
        }
        (found, missing)
    }

    fn place(&self, id: &str) -> Location {
        let url = self.base.as_ref();
        let url = url.map(|base| join(base, &format!("v1/vulns/{id}")));
        match url {
            Some(url) => Location::Record {
                url,
                pointer: String::new(),
            },
            None => Location::Builtin { name: VARIABLE },
        }
    }
}
