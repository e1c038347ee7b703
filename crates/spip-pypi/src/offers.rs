//! The files that a page offers, with the addresses to fetch them from.

use std::sync::Arc;

use spip_core::{Gap, ListedFile, Listing, SafeUrl};
use url::Url;

use crate::listing::{self, parse_listing};
use crate::transport::Page;

/// A project's page together with where its files lie.
#[derive(Clone, Debug)]
pub struct Offers {
    listing: Arc<Listing>,
    addresses: Vec<Option<SafeUrl>>,
}

impl Offers {
    /// Reads a page; relative addresses begin where it was found in the end.
    pub(crate) fn parse(page: &SafeUrl, found: &Page) -> Result<Self, Gap> {
        Self::read(page, &found.url, &found.content_type, &found.body)
    }

    /// Reads the page that was asked for at one address and found, after redirects, at another.
    pub fn read(page: &SafeUrl, found: &Url, content_type: &str, body: &[u8]) -> Result<Self, Gap> {
        let listing = parse_listing(page, content_type, body)?;
        let texts = listing::addresses(content_type, body);
        let texts = texts.map_err(|refusal| listing::gap(page, refusal))?;
        let base = match &texts.base {
            Some(base) => found.join(base).unwrap_or_else(|_| found.clone()),
            None => found.clone(),
        };
        let address = |text: &Option<String>| {
            let mut url = base.join(text.as_deref()?).ok()?;
            url.set_fragment(None);
            (url.as_str().len() <= SafeUrl::MAX_LENGTH).then(|| SafeUrl::from(url))
        };
        let addresses: Vec<_> = texts.files.iter().map(address).collect();
        debug_assert_eq!(addresses.len(), listing.files.len());
        Ok(Self {
            listing: Arc::new(listing),
            addresses,
        })
    }

    /// The page itself.
    pub fn listing(&self) -> &Arc<Listing> {
        &self.listing
    }

    /// Where each file lies, in the order of the listing; `None`: nowhere that can be asked.
    pub fn addresses(&self) -> impl Iterator<Item = Option<&SafeUrl>> {
        self.addresses.iter().map(Option::as_ref)
    }

    /// Every file that has an address.
    pub fn files(&self) -> impl Iterator<Item = (&ListedFile, &SafeUrl)> {
        let both = self.listing.files.iter().zip(&self.addresses);
        both.filter_map(|(file, address)| Some((file, address.as_ref()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(content_type: &str, body: &str) -> Vec<String> {
        let page = "https://index.invalid/simple/demo/".parse().unwrap();
        let found = Page {
            url: "https://mirror.invalid/a/demo/".parse().unwrap(),
            content_type: content_type.to_owned(),
            body: body.as_bytes().to_vec(),
        };
        let offers = Offers::parse(&page, &found).unwrap();
        let line = |(file, url): (&ListedFile, &SafeUrl)| format!("{} {url}", file.filename);
        offers.files().map(line).collect()
    }

    #[test]
    fn addresses_begin_where_the_page_was_found() {
        let json = r#"{"files": [
            {"filename": "demo-1.zip", "url": "../../demo-1.zip#sha256=00"},
            {"filename": "demo-2.zip"},
            {"filename": "demo-3.zip", "url": "https://files.invalid/demo-3.zip"},
            {"filename": "demo-4.zip", "url": "https://[/demo-4.zip"}]}"#;
        assert_eq!(
            offered("application/vnd.pypi.simple.v1+json", json),
            [
                "demo-1.zip https://mirror.invalid/demo-1.zip",
                "demo-3.zip https://files.invalid/demo-3.zip",
            ]
        );
    }

    #[test]
    fn a_page_of_links_may_name_another_base() {
        let html = "<a href=demo-1.zip><a href=other><a href='/x/demo-2.zip#egg=demo'>";
        assert_eq!(
            offered("text/html", html),
            [
                "demo-1.zip https://mirror.invalid/a/demo/demo-1.zip",
                "demo-2.zip https://mirror.invalid/x/demo-2.zip",
            ]
        );
        let html = format!("<base href=https://files.invalid/b/>{html}");
        assert_eq!(
            offered("text/html", &html),
            [
                "demo-1.zip https://files.invalid/b/demo-1.zip",
                "demo-2.zip https://files.invalid/x/demo-2.zip",
            ]
        );
    }
}
