//! The indexes that pip would ask, reached the way pip would.

use percent_encoding::percent_decode_str;
use spip_core::{PackageName, SafeUrl};
use spip_pypi::{Access, Cache, Client, Credential, Limits, TrustedHost};

use super::configuration::Configuration;
use crate::access::netloc;

const PYPI: &str = "https://pypi.org/simple";

/// One index.
pub(crate) struct Index {
    url: SafeUrl,
    trusted_hosts: Vec<TrustedHost>,
    /// Asks it.
    pub(crate) client: Client,
}

/// All indexes, the main one first.
pub(crate) struct Indexes(Vec<Index>);

/// What the command line says of indexes.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct IndexOptions {
    /// Where to look for NAME [default: as pip is configured, else `PyPI`]
    #[arg(short = 'i', long, value_name = "URL")]
    index_url: Option<String>,

    /// Where else to look; may be repeated
    #[arg(long, value_name = "URL")]
    extra_index_url: Vec<String>,
}

impl Indexes {
    /// Options win over environment variables, and those over configuration files.
    pub(crate) fn new(
        options: &IndexOptions,
        configuration: &Configuration,
        cache: Option<&Cache>,
    ) -> Result<Self, String> {
        let switched_off = configuration.text("PIP_NO_INDEX").unwrap_or_default();
        if ["1", "true", "yes", "on"].contains(&switched_off.to_ascii_lowercase().as_str())
            && options.index_url.is_none()
        {
            return Err("ask an index: pip is configured to use none".to_owned());
        }
        let main = options.index_url.clone();
        let main = main.or_else(|| configuration.text("PIP_INDEX_URL"));
        let main = main.unwrap_or_else(|| PYPI.to_owned());
        let mut urls = vec![main];
        let extra = configuration
            .text("PIP_EXTRA_INDEX_URL")
            .unwrap_or_default();
        if options.extra_index_url.is_empty() {
            urls.extend(extra.split_whitespace().map(ToOwned::to_owned));
        } else {
            urls.extend(options.extra_index_url.iter().cloned());
        }
        let mut indexes: Vec<Index> = Vec::new();
        for url in urls {
            let url: SafeUrl = url
                .parse()
                .map_err(|error| format!("read the address of an index: {error}"))?;
            if indexes.iter().all(|known| known.url != url) {
                indexes.push(Index::new(url, configuration, cache));
            }
        }
        Ok(Self(indexes))
    }

    /// Each of them.
    pub(crate) fn all(&self) -> &[Index] {
        &self.0
    }
}

impl Index {
    fn new(url: SafeUrl, configuration: &Configuration, cache: Option<&Cache>) -> Self {
        let mut access = Access::from_environment(|name| configuration.variable(name));
        access.credentials.extend(login(&url));
        Self {
            trusted_hosts: access.trusted_hosts.clone(),
            client: Client::new(access, Limits::default(), cache.cloned()),
            url,
        }
    }

    /// Its address.
    pub(crate) fn url(&self) -> &SafeUrl {
        &self.url
    }

    /// The page of one project.
    pub(crate) fn page_of(&self, name: &PackageName) -> SafeUrl {
        let mut url = self.url.secret().clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push(name.as_str()).push("");
        }
        url.into()
    }

    /// Whether certificates of this address go unchecked.
    pub(crate) fn trusts(&self, url: &SafeUrl) -> bool {
        let (host, port) = (
            url.secret().host_str(),
            url.secret().port_or_known_default(),
        );
        self.trusted_hosts.iter().any(|trusted| {
            host.is_some_and(|host| trusted.host.eq_ignore_ascii_case(host))
                && (trusted.port.is_none() || trusted.port == port)
        })
    }
}

/// What the user wrote into the index's address counts for its files on the same host, too.
fn login(url: &SafeUrl) -> Option<Credential> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let secret = url.secret();
    if secret.username().is_empty() && secret.password().is_none() {
        return None;
    }
    Some(Credential {
        host: netloc(url)?,
        username: decoded(secret.username()),
        password: decoded(secret.password().unwrap_or_default()),
    })
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    fn urls(options: &IndexOptions, pairs: &'static [(&str, &str)]) -> Result<Vec<String>, String> {
        let configuration = Configuration::read(|name| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| OsString::from(value))
        });
        let indexes = Indexes::new(options, &configuration, None)?;
        Ok(indexes
            .all()
            .iter()
            .map(|index| index.url.to_string())
            .collect())
    }

    const QUIET: (&str, &str) = ("PIP_CONFIG_FILE", "/dev/null");
    const SET: &[(&str, &str)] = &[
        QUIET,
        ("PIP_INDEX_URL", "https://u:secret@a.invalid/simple"),
        (
            "PIP_EXTRA_INDEX_URL",
            "https://b.invalid/  https://b.invalid/",
        ),
    ];

    #[test]
    fn asks_the_indexes_that_pip_would_ask() {
        let none = IndexOptions::default();
        assert_eq!(urls(&none, &[QUIET]), Ok(vec![PYPI.to_owned()]));
        let found = urls(&none, SET).unwrap();
        assert_eq!(
            found,
            ["https://***@a.invalid/simple", "https://b.invalid/"]
        );
        let chosen = IndexOptions {
            index_url: Some("https://c.invalid/".to_owned()),
            extra_index_url: vec!["https://d.invalid/".to_owned()],
        };
        let found = urls(&chosen, SET).unwrap();
        assert_eq!(found, ["https://c.invalid/", "https://d.invalid/"]);
        assert!(urls(&none, &[QUIET, ("PIP_NO_INDEX", "1")]).is_err());
        let nonsense = &[QUIET, ("PIP_INDEX_URL", "nonsense")];
        assert!(urls(&none, nonsense).is_err());
    }

    #[test]
    fn a_login_in_the_address_counts_for_its_host() {
        let url = "https://u%40x:p%3A@a.invalid:8443/simple".parse().unwrap();
        let login = login(&url).unwrap();
        assert_eq!(login.host, "a.invalid:8443");
        assert_eq!(
            (login.username.as_str(), login.password.as_str()),
            ("u@x", "p:")
        );
    }
}
