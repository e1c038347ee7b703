//! Which proxy a request goes through, decided as `requests` (and so pip) decides it.

use std::net::Ipv4Addr;

use spip_core::{Cause, Gap};
use url::Url;

/// The proxies of one [`Access`](crate::Access).
#[derive(Clone)]
pub(crate) struct Proxies {
    by_key: Vec<(String, String)>,
    bypass: Vec<String>,
}

impl Proxies {
    pub(crate) fn new(by_key: Vec<(String, String)>, no_proxy: Option<&str>) -> Self {
        let list = no_proxy
            .unwrap_or_default()
            .replace(' ', "")
            .to_ascii_lowercase();
        let bypass = list.split(',').filter(|entry| !entry.is_empty());
        Self {
            bypass: bypass.map(str::to_owned).collect(),
            by_key,
        }
    }

    /// The proxy for this address; `None`: none. A proxy that cannot be used is a gap, for going
    /// around it silently would reveal what it is there to hide.
    pub(crate) fn choose(&self, url: &Url) -> Result<Option<Url>, Gap> {
        let host = url.host_str().unwrap_or_default();
        let scheme = url.scheme();
        let keys = [
            format!("{scheme}://{host}"),
            scheme.to_owned(),
            format!("all://{host}"),
            "all".to_owned(),
        ];
        let found = keys
            .iter()
            .find_map(|key| self.by_key.iter().find(|(known, _)| known == key));
        match found {
            Some((key, proxy)) if !proxy.is_empty() && !self.bypasses(url) => {
                parse(key, proxy).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn bypasses(&self, url: &Url) -> bool {
        if self.bypass == ["*"] {
            return true;
        }
        let host = url.host_str().unwrap_or_default();
        let host = host.trim_matches(['[', ']']);
        if let Ok(address) = host.parse() {
            return self
                .bypass
                .iter()
                .any(|entry| entry == host || in_network(address, entry));
        }
        let with_port = url.port().map(|port| format!("{host}:{port}"));
        self.bypass.iter().any(|entry| {
            host.ends_with(entry.as_str())
                || entry.trim_start_matches('.') == host
                || with_port
                    .as_ref()
                    .is_some_and(|name| name.ends_with(entry.as_str()))
        })
    }
}

/// The URL of a proxy, which may lack its scheme.
pub(crate) fn parse(key: &str, proxy: &str) -> Result<Url, Gap> {
    let with_scheme = if proxy.contains("://") {
        proxy.to_owned()
    } else {
        format!("http://{proxy}")
    };
    let usable = with_scheme.parse::<Url>().ok().filter(|url| {
        let scheme = matches!(
            url.scheme(),
            "http" | "https" | "socks4" | "socks4a" | "socks5" | "socks5h"
        );
        scheme && url.has_host()
    });
    // The text is not repeated: it may hold a password.
    usable.ok_or_else(|| {
        let detail = format!("the proxy set for \"{key}\" is not a URL that can be used");
        Gap::new(Cause::Unreachable, detail)
    })
}

/// Whether the address lies in the network `a.b.c.d/bits`.
fn in_network(address: Ipv4Addr, network: &str) -> bool {
    let Some((base, bits)) = network.split_once('/') else {
        return false;
    };
    let (Ok(base), Ok(bits @ 1..=32)) = (base.parse::<Ipv4Addr>(), bits.parse::<u32>()) else {
        return false;
    };
    (address.to_bits() ^ base.to_bits()) >> (32 - bits) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(proxies: &[(&str, &str)], no_proxy: &str, url: &str) -> Option<String> {
        let by_key = proxies
            .iter()
            .map(|(key, proxy)| ((*key).to_owned(), (*proxy).to_owned()));
        let proxies = Proxies::new(by_key.collect(), Some(no_proxy));
        let proxy = proxies.choose(&url.parse().unwrap()).unwrap();
        proxy.map(|proxy| proxy.to_string())
    }

    #[test]
    fn the_most_specific_key_wins() {
        let all = [
            ("all", "http://all.invalid"),
            ("https", "https.invalid:3128"),
            ("https://h.invalid", "socks5h://host.invalid"),
            ("all://x.invalid", ""),
        ];
        for (url, expected) in [
            ("https://h.invalid/", Some("socks5h://host.invalid")),
            ("https://h.invalid:8443/", Some("socks5h://host.invalid")),
            ("https://x.invalid/", Some("http://https.invalid:3128/")),
            ("http://h.invalid/", Some("http://all.invalid/")),
            ("http://x.invalid/", None),
        ] {
            assert_eq!(chosen(&all, "", url).as_deref(), expected, "{url}");
        }
        assert_eq!(chosen(&all[1..2], "", "http://h.invalid/"), None);
    }

    #[test]
    fn the_no_proxy_list_is_read_as_requests_reads_it() {
        for (list, url, goes_direct) in [
            ("h.invalid", "http://h.invalid/", true),
            ("H.invalid", "http://a.h.invalid/", true),
            (".h.invalid", "http://h.invalid/", true),
            ("x, h.invalid:81", "http://h.invalid:81/", true),
            ("h.invalid:81", "http://h.invalid:82/", false),
            ("10.0.0.0/8", "http://10.9.8.7/", true),
            ("10.0.0.0/8", "http://11.9.8.7/", false),
            ("192.0.2.1", "http://192.0.2.1:99/", true),
            ("2.1", "http://192.0.2.1/", false),
            ("::1", "http://[::1]/", true),
            ("*", "http://h.invalid/", true),
            ("", "http://h.invalid/", false),
        ] {
            let direct = chosen(&[("all", "http://p.invalid")], list, url).is_none();
            assert_eq!(direct, goes_direct, "{list:?} {url}");
        }
    }

    #[test]
    fn a_proxy_that_cannot_be_used_is_a_gap_without_its_password() {
        for proxy in [
            "ftp://u:secret@p.invalid",
            "http://u:secret@",
            "http://u:secret@[x",
        ] {
            let proxies = Proxies::new(vec![("http".to_owned(), proxy.to_owned())], None);
            let gap = proxies
                .choose(&"http://h.invalid".parse().unwrap())
                .unwrap_err();
            assert!(!gap.to_string().contains("secret"));
        }
    }
}
