//! URLs that never show their credentials.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use crate::Quoted;

/// A parsed URL. `Display` and `Debug` replace user name and password by `***` and escape the rest.
#[derive(Clone, PartialEq, Eq)]
pub struct SafeUrl(url::Url);

/// Why a text is no URL. Does not repeat the text, which may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Longer than [`SafeUrl::MAX_LENGTH`] bytes.
    #[error("a URL of {0} bytes is too long")]
    TooLong(usize),
    /// The parser's reason.
    #[error("not a URL: {0}")]
    Malformed(String),
}

impl SafeUrl {
    /// The longest accepted URL, in bytes.
    pub const MAX_LENGTH: usize = 8192;

    /// The URL with its credentials, for sending requests. Never for showing.
    pub fn secret(&self) -> &url::Url {
        &self.0
    }

    /// The scheme, in lower case: `https`, `file`, `git+ssh`, …
    pub fn scheme(&self) -> &str {
        self.0.scheme()
    }

    /// The host as the parser normalised it.
    pub fn host(&self) -> Option<url::Host<&str>> {
        self.0.host()
    }

    /// Whether the host is this machine: `localhost`, 127.0.0.0/8 or `::1`.
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    /// Whether a user name or password is part of the URL.
    pub fn has_credentials(&self) -> bool {
        !self.0.username().is_empty() || self.0.password().is_some()
    }

    /// Whether it is this address or below it: same scheme, host and port, and the path goes on from
    /// there.
    pub fn is_below(&self, above: &Self) -> bool {
        let (url, above) = (&self.0, &above.0);
        let path = above.path().trim_end_matches('/');
        let rest = url.path().strip_prefix(path);
        url.scheme() == above.scheme()
            && url.host_str() == above.host_str()
            && url.port_or_known_default() == above.port_or_known_default()
            && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The same URL without credentials, query and fragment: fit for comparing and caching.
    #[must_use]
    pub fn bare(&self) -> Self {
        let mut url = self.0.clone();
        // Both fail only for URLs that cannot carry credentials in the first place.
        let _cannot_have_credentials =
            url.set_username("").is_err() || url.set_password(None).is_err();
        url.set_query(None);
        url.set_fragment(None);
        Self(url)
    }
}

impl FromStr for SafeUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        if text.len() > Self::MAX_LENGTH {
            return Err(UrlError::TooLong(text.len()));
        }
        url::Url::parse(text)
            .map(Self)
            .map_err(|error| UrlError::Malformed(error.to_string()))
    }
}

impl From<url::Url> for SafeUrl {
    fn from(url: url::Url) -> Self {
        Self(url)
    }
}

impl Hash for SafeUrl {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl fmt::Display for SafeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.as_str();
        let shown = if self.has_credentials() {
            let (scheme, rest) = text.split_once("//").unwrap_or((text, ""));
            let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
            let host = rest[..end].rfind('@').map_or(0, |at| at + 1);
            format!("{scheme}//***@{}", &rest[host..])
        } else {
            text.to_owned()
        };
        write!(f, "{}", Quoted::from(shown))
    }
}

impl fmt::Debug for SafeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        text.parse::<SafeUrl>().unwrap().to_string()
    }

    #[test]
    fn never_shows_credentials() {
        assert_eq!(
            shown("https://u:p%40@h.invalid/a@b"),
            "https://***@h.invalid/a@b"
        );
        assert_eq!(
            shown("git+ssh://git@h.invalid/x"),
            "git+ssh://***@h.invalid/x"
        );
        assert_eq!(shown("https://h.invalid/@x"), "https://h.invalid/@x");
        let url: SafeUrl = "https://u:secret@h.invalid/?q#f".parse().unwrap();
        assert!(!format!("{url:?}").contains("secret"));
        assert_eq!(url.bare().to_string(), "https://h.invalid/");
        assert!(
            "http://u:secret@[bad/"
                .parse::<SafeUrl>()
                .is_err_and(|error| !error.to_string().contains("secret"))
        );
    }

    #[test]
    fn knows_this_machine() {
        for (text, expected) in [
            ("http://127.1/x", true),
            ("http://[::1]:80/x", true),
            ("http://localhost:8000/", true),
            ("http://localhost.invalid/", false),
            ("http://192.0.2.1/", false),
            ("file:///x", false),
        ] {
            assert_eq!(
                text.parse::<SafeUrl>().unwrap().is_loopback(),
                expected,
                "{text}"
            );
        }
    }
}
