//! The client: cache first, then the index.

use std::io::Write;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use spip_core::{Answer, Cause, Gap, Listing, PackageName, Project, SafeUrl};
use tokio::task::spawn_blocking;

use crate::cache::Key;
use crate::record::Damaged;
use crate::transport::{Page, Transport};
use crate::{Access, Cache, Limits, Offers, listing, project, record};

/// Pages change with every upload and every yank.
const LISTING_LIFETIME: SignedDuration = SignedDuration::from_mins(10);
/// Upload times and digests never change; a yank may be seen an hour late here, and ten minutes
/// late on the page.
const PROJECT_LIFETIME: SignedDuration = SignedDuration::from_hours(1);

/// Asks package indexes. Cheap to clone; clones share connections, cache and limits.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    transport: Transport,
    cache: Option<Cache>,
}

/// How one kind of record is read and kept.
struct Kind<T> {
    name: &'static str,
    accept: &'static str,
    absent: &'static [u16],
    lifetime: SignedDuration,
    parse: fn(&SafeUrl, &str, &[u8]) -> Result<T, Gap>,
    encode: fn(&T) -> Option<Vec<u8>>,
    decode: fn(&SafeUrl, &[u8]) -> Result<T, Damaged>,
    lists: fn(&T, &str) -> bool,
}

const LISTING: Kind<Listing> = Kind {
    name: "listing 3",
    accept: listing::ACCEPT,
    absent: &[404, 410],
    lifetime: LISTING_LIFETIME,
    parse: listing::parse_listing,
    encode: record::encode_listing,
    decode: record::decode_listing,
    lists: |listing, filename| listing.file(filename).is_some(),
};

const PROJECT: Kind<Project> = Kind {
    name: "project 3",
    accept: project::ACCEPT,
    absent: &[404, 405, 410],
    lifetime: PROJECT_LIFETIME,
    parse: project::parse,
    encode: record::encode_project,
    decode: record::decode_project,
    lists: |project, filename| project.file(filename).is_some(),
};

impl Client {
    /// Nothing is read or connected before a question that the cache cannot answer.
    pub fn new(access: Access, limits: Limits, cache: Option<Cache>) -> Self {
        let transport = Transport::new(access, limits);
        Self(Arc::new(Inner { transport, cache }))
    }

    /// The page of a project (PEP 691, or PEP 503 where the index answers so). `Ok(None)`: the
    /// index has no such page. A cached page is used for 10 minutes, and only if it has the file
    /// `must_list`.
    pub async fn listing(&self, page: &SafeUrl, must_list: Option<&str>) -> Answer<Listing> {
        self.ask(&LISTING, page, must_list).await
    }

    /// The JSON API's record next to a page: `…/simple/NAME/` → `…/pypi/NAME/json`. `Ok(None)`: the
    /// index has none, or the page's address is not of that shape. A cached record is used for an
    /// hour, and only if it has the file `must_list`.
    pub async fn project(
        &self,
        page: &SafeUrl,
        name: &PackageName,
        must_list: Option<&str>,
    ) -> Answer<Project> {
        match project::address(page, name) {
            Some(record) => self.ask(&PROJECT, &record, must_list).await,
            None => Ok(None),
        }
    }

    /// The same page with the addresses of its files, always as it is now.
    pub async fn offers(&self, page: &SafeUrl) -> Result<Option<Offers>, Gap> {
        let (accept, absent) = (LISTING.accept, LISTING.absent);
        let Some(found) = self.0.transport.get(page, accept, absent).await? else {
            return Ok(None);
        };
        let page = page.clone();
        let parsed = spawn_blocking(move || Offers::parse(&page, &found)).await;
        parsed
            .map_err(|error| Gap::new(Cause::Internal, error.to_string()))?
            .map(Some)
    }

    /// Asks a service a question in JSON that can be asked twice. Nothing is kept.
    pub async fn post(&self, url: &SafeUrl, question: &[u8]) -> Result<Vec<u8>, Gap> {
        self.0.transport.post(url, question).await
    }

    /// What a service has at this address, as it is now. `None`: nothing.
    pub async fn fetch(&self, url: &SafeUrl) -> Result<Option<Vec<u8>>, Gap> {
        let (accept, absent) = (PROJECT.accept, &[404, 410][..]);
        let page = self.0.transport.get(url, accept, absent).await?;
        Ok(page.map(|page| page.body))
    }

    /// Fetches one file. What it is compared with is for the caller to know.
    pub async fn download(
        &self,
        url: &SafeUrl,
        into: &mut (dyn Write + Send),
        largest: u64,
    ) -> Result<(), Gap> {
        self.0.transport.download(url, into, largest).await
    }

    async fn ask<T: Send + Sync + 'static>(
        &self,
        kind: &'static Kind<T>,
        url: &SafeUrl,
        must_list: Option<&str>,
    ) -> Answer<T> {
        let key = self.key(kind.name, url);
        if let Some(known) = self.cached(kind, key, url)
            && must_list.is_none_or(|filename| (kind.lists)(&known, filename))
        {
            return Ok(Some(Arc::new(known)));
        }
        let Some(page) = self.0.transport.get(url, kind.accept, kind.absent).await? else {
            return Ok(None);
        };
        let (client, url) = (self.clone(), url.clone());
        // Megabytes of JSON would hold up the other requests.
        let parsed = spawn_blocking(move || client.take_in(kind, key, &url, &page)).await;
        parsed.map_err(|error| Gap::new(Cause::Internal, error.to_string()))?
    }

    fn take_in<T>(&self, kind: &Kind<T>, key: Key, url: &SafeUrl, page: &Page) -> Answer<T> {
        let parsed = (kind.parse)(url, &page.content_type, &page.body)?;
        if let Some(cache) = &self.0.cache
            && let Some(bytes) = (kind.encode)(&parsed)
        {
            cache.write(key, &bytes, Timestamp::now());
        }
        Ok(Some(Arc::new(parsed)))
    }

    fn cached<T>(&self, kind: &Kind<T>, key: Key, url: &SafeUrl) -> Option<T> {
        let cache = self.0.cache.as_ref()?;
        let bytes = cache.read(key, kind.lifetime, Timestamp::now())?;
        (kind.decode)(url, &bytes).ok()
    }

    /// Who asks is part of the key, and whether certificates are checked: answers for one user, or
    /// from a server that nobody vouched for, are never shown to another.
    fn key(&self, kind: &str, url: &SafeUrl) -> Key {
        let (access, secret) = (self.0.transport.access(), url.secret());
        let (username, password) = access.login(secret).unwrap_or_default();
        let certificate = access.client_certificate.as_ref();
        Key::new(&[
            kind.as_bytes(),
            url.bare().secret().as_str().as_bytes(),
            secret.query().unwrap_or_default().as_bytes(),
            username.as_bytes(),
            password.as_bytes(),
            certificate.map_or(&b""[..], |path| path.as_os_str().as_encoded_bytes()),
            &[u8::from(access.trusts(secret))],
        ])
    }
}
