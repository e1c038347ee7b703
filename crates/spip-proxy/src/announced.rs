//! What the index pages of this run said of files, by address.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use spip_core::{Listing, Quoted, SafeUrl, Sha256};
use tokio::sync::watch;
use tokio::time::timeout;
use url::Url;

/// More files than the pages of one run list.
const MAX_FILES: usize = 1 << 20;
/// More pages than list one file.
const MAX_PER_FILE: usize = 8;
const READING: Duration = Duration::from_secs(30);

/// What one page said of one file.
#[derive(Clone, Debug)]
pub struct Announcement {
    /// The page, as the tool asked for it.
    pub page: SafeUrl,
    /// The file's name.
    pub filename: String,
    /// Its digest, if stated.
    pub sha256: Option<Sha256>,
    /// Its size in bytes, if stated.
    pub size: Option<u64>,
    /// When it was uploaded, if stated.
    pub uploaded: Option<Timestamp>,
    /// Whether it was yanked, with the reason.
    pub yanked: Option<Quoted>,
    /// The whole page, for pages of the simple API (PEP 503, PEP 691).
    pub listing: Option<Arc<Listing>>,
}

/// What is remembered of one address.
#[derive(Default)]
struct Known {
    announced: Vec<Arc<Announcement>>,
    is_file: bool,
    /// Where the chain of redirects began that led here.
    asked: Option<SafeUrl>,
}

pub(crate) struct Announced {
    known: Mutex<HashMap<String, Known>>,
    reading: watch::Sender<usize>,
}

/// A page is being read as long as this lives.
pub(crate) struct BeingRead(Arc<Announced>);

impl Announced {
    pub(crate) fn new() -> Self {
        Self {
            known: Mutex::default(),
            reading: watch::Sender::new(0),
        }
    }

    /// Lookups wait from now on, until the page is read.
    pub(crate) fn begin(self: &Arc<Self>) -> BeingRead {
        self.reading.send_modify(|pages| *pages += 1);
        BeingRead(Arc::clone(self))
    }

    /// Waits until the pages that the tool got are read, for a bounded time.
    pub(crate) async fn settled(&self) {
        let mut reading = self.reading.subscribe();
        // Late pages leave their files without announcements, which the judge can see.
        let _in_time = timeout(READING, reading.wait_for(|pages| *pages == 0)).await;
    }

    /// Remembers what a page said.
    pub(crate) fn learn(&self, files: Vec<(Url, Announcement)>) {
        let mut known = self.known();
        for (url, announcement) in files {
            let Some(entry) = entry(&mut known, &url) else {
                return;
            };
            entry.is_file = true;
            let repeats = |known: &Arc<Announcement>| {
                known.page == announcement.page && known.sha256 == announcement.sha256
            };
            if entry.announced.len() < MAX_PER_FILE && !entry.announced.iter().any(repeats) {
                entry.announced.push(Arc::new(announcement));
            }
        }
    }

    /// What pages said of this address, or of one that led here.
    pub(crate) fn of(&self, url: &Url) -> Vec<Arc<Announcement>> {
        let known = self.known();
        known
            .get(&key(url))
            .map(|known| known.announced.clone())
            .unwrap_or_default()
    }

    /// Whether this address must be that of a file.
    pub(crate) fn is_file(&self, url: &Url) -> bool {
        self.known()
            .get(&key(url))
            .is_some_and(|known| known.is_file)
    }

    /// From now on this address is that of a file.
    pub(crate) fn mark(&self, url: &Url) {
        if let Some(entry) = entry(&mut self.known(), url) {
            entry.is_file = true;
        }
    }

    /// Where the tool first asked for what is at this address.
    pub(crate) fn asked(&self, url: &Url) -> SafeUrl {
        let known = self.known();
        let first = known.get(&key(url)).and_then(|known| known.asked.clone());
        first.unwrap_or_else(|| SafeUrl::from(url.clone()))
    }

    /// What holds for an address holds for the one that it redirects to.
    pub(crate) fn redirected(&self, from: &Url, to: &Url, is_file: bool) {
        let asked = self.asked(from);
        let announced = self.of(from);
        let mut known = self.known();
        if let Some(entry) = entry(&mut known, to) {
            entry.is_file |= is_file;
            entry.asked.get_or_insert(asked);
            let room = MAX_PER_FILE.saturating_sub(entry.announced.len());
            entry.announced.extend(announced.into_iter().take(room));
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for BeingRead {
    fn drop(&mut self) {
        self.0.reading.send_modify(|pages| *pages -= 1);
    }
}

fn entry<'k>(known: &'k mut HashMap<String, Known>, url: &Url) -> Option<&'k mut Known> {
    let key = key(url);
    let room = known.len() < MAX_FILES || known.contains_key(&key);
    room.then(|| known.entry(key).or_default())
}

/// The address as any client may spell it: `%2B` and `+` are the same here. Two that share a key
/// are held to the announcements of both, which can only refuse more.
fn key(url: &Url) -> String {
    let path = percent_decode_str(url.path()).decode_utf8_lossy();
    let origin = url.origin().ascii_serialization();
    format!("{origin}{path}?{}", url.query().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    fn announcement(page: &str) -> Announcement {
        Announcement {
            page: page.parse().unwrap(),
            filename: "demo-1.zip".to_owned(),
            sha256: None,
            size: None,
            uploaded: None,
            yanked: None,
            listing: None,
        }
    }

    #[test]
    fn an_address_is_known_however_it_is_spelled() {
        let announced = Announced::new();
        let page = announcement("https://index.invalid/simple/demo/");
        announced.learn(vec![(url("https://f.invalid/a%2Bb#sha256=0"), page)]);
        assert!(announced.is_file(&url("https://f.invalid:443/a+b")));
        assert!(announced.is_file(&url("https://F.invalid/a%2bb")));
        assert!(!announced.is_file(&url("https://f.invalid/a+b?x")));
        assert!(!announced.is_file(&url("http://f.invalid/a+b")));
    }

    #[test]
    fn a_redirect_carries_everything_along() {
        let announced = Announced::new();
        let (first, second) = (
            url("https://f.invalid/a"),
            url("https://cdn.invalid/b?sig=1"),
        );
        let third = url("https://cdn.invalid/c");
        let page = announcement("https://index.invalid/simple/demo/");
        announced.learn(vec![(first.clone(), page)]);
        announced.redirected(&first, &second, true);
        announced.redirected(&second, &third, true);
        assert!(announced.is_file(&third));
        assert_eq!(announced.of(&third).len(), 1);
        assert_eq!(announced.asked(&third), SafeUrl::from(first));
    }

    #[test]
    fn pages_of_one_file_are_few() {
        let announced = Announced::new();
        let file = url("https://f.invalid/a");
        for number in 0..100 {
            let page = announcement(&format!("https://index.invalid/simple/{number}/"));
            announced.learn(vec![(file.clone(), page.clone()), (file.clone(), page)]);
        }
        assert_eq!(announced.of(&file).len(), MAX_PER_FILE);
    }
}
