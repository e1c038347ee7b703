//! How indexes are reached: certificates, proxies, credentials.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use spip_core::{Quoted, SafeUrl};
use url::Url;

/// How to reach indexes: exactly as the tool itself would.
#[derive(Clone)]
pub struct Access {
    /// Whom to trust with naming servers.
    pub roots: Roots,
    /// A PEM file with a private key and its certificate chain (pip's `--client-cert`).
    pub client_certificate: Option<PathBuf>,
    /// Proxies, keyed as `requests` does: `http`, `https`, `all`, `https://host`, `all://host`. The
    /// URLs may hold credentials; an empty one means "directly".
    pub proxies: Vec<(String, String)>,
    /// The `NO_PROXY` list as the tool has it: names, suffixes, addresses and IPv4 networks.
    pub no_proxy: Option<String>,
    /// Hosts exempt from certificate checks (pip's `--trusted-host`).
    pub trusted_hosts: Vec<TrustedHost>,
    /// Credentials, each sent to its own host only. Those in a page's URL come first.
    pub credentials: Vec<Credential>,
    /// The `User-Agent` header.
    pub user_agent: String,
}

/// Where root certificates come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Roots {
    /// The platform's store, or what `SSL_CERT_FILE` and `SSL_CERT_DIR` name in its place, and
    /// these PEM bundles (files or directories).
    Platform {
        /// Further bundles.
        also: Vec<PathBuf>,
    },
    /// This PEM bundle (a file or a directory) and nothing else.
    Only(PathBuf),
}

/// A host without certificate checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedHost {
    /// Name or address, in lower case; IPv6 addresses in brackets.
    pub host: String,
    /// The port; `None`: every port.
    pub port: Option<u16>,
}

/// Why a text is no [`TrustedHost`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a host or host:port")]
pub struct TrustedHostError(Quoted);

/// A user name and a password for one host.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    /// The host as in the URL: `host` (the scheme's usual port) or `host:port`.
    pub host: String,
    /// The user name.
    pub username: String,
    /// The password.
    pub password: String,
}

impl Default for Access {
    fn default() -> Self {
        Self {
            roots: Roots::Platform { also: Vec::new() },
            client_certificate: None,
            proxies: Vec::new(),
            no_proxy: None,
            trusted_hosts: Vec::new(),
            credentials: Vec::new(),
            user_agent: concat!("spip/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

impl Access {
    /// What pip would make of these environment variables, for programs that have no pip to ask:
    /// `REQUESTS_CA_BUNDLE`, `CURL_CA_BUNDLE` and `PIP_CERT` (the first that is set wins, as in
    /// pip), `PIP_CLIENT_CERT`, `PIP_TRUSTED_HOST`, `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and
    /// `NO_PROXY` (lower case wins); `PIP_PROXY` replaces all four of the latter.
    pub fn from_environment(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let text = |name: &str| set(name).and_then(|value| value.into_string().ok());
        let either = |name: &str| text(&name.to_lowercase()).or_else(|| text(name));
        let bundle = ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT"]
            .into_iter()
            .find_map(set);
        let (proxies, no_proxy) = match text("PIP_PROXY") {
            Some(proxy) => {
                let keyed = |key: &str| (key.to_owned(), proxy.clone());
                (vec![keyed("http"), keyed("https")], None)
            }
            None => {
                let keyed = |(key, name)| Some((str::to_owned(key), either(name)?));
                // Below CGI, `HTTP_PROXY` is a header that the visitor chose.
                let http = if set("REQUEST_METHOD").is_some() {
                    "http_proxy"
                } else {
                    "HTTP_PROXY"
                };
                let names = [
                    ("http", http),
                    ("https", "HTTPS_PROXY"),
                    ("all", "ALL_PROXY"),
                ];
                (
                    names.into_iter().filter_map(keyed).collect(),
                    either("NO_PROXY"),
                )
            }
        };
        let trusted = text("PIP_TRUSTED_HOST").unwrap_or_default();
        Self {
            roots: match bundle {
                Some(path) => Roots::Only(path.into()),
                None => Roots::Platform { also: Vec::new() },
            },
            client_certificate: set("PIP_CLIENT_CERT").map(PathBuf::from),
            proxies,
            no_proxy,
            // A name that cannot be read exempts nobody.
            trusted_hosts: trusted.split_whitespace().flat_map(str::parse).collect(),
            ..Self::default()
        }
    }

    /// Whether certificates go unchecked for this address.
    pub fn trusts_host(&self, url: &SafeUrl) -> bool {
        self.trusts(url.secret())
    }

    pub(crate) fn trusts(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        self.trusted_hosts.iter().any(|trusted| {
            trusted.host.eq_ignore_ascii_case(host)
                && trusted
                    .port
                    .is_none_or(|port| url.port_or_known_default() == Some(port))
        })
    }

    /// User name and password for this address, percent-decoded: those in the URL, else those for
    /// its host. A URL with a user name alone takes the password from the list.
    pub fn login(&self, url: &Url) -> Option<(String, String)> {
        let decoded = |part: &str| {
            let bytes = percent_encoding::percent_decode_str(part);
            bytes.decode_utf8_lossy().into_owned()
        };
        let username = decoded(url.username());
        if let Some(password) = url.password() {
            return Some((username, decoded(password)));
        }
        let known = self.credentials.iter().find(|credential| {
            credential.belongs_to(url) && (username.is_empty() || credential.username == username)
        });
        match known {
            Some(known) => Some((known.username.clone(), known.password.clone())),
            None if username.is_empty() => None,
            None => Some((username, String::new())),
        }
    }
}

impl Credential {
    fn belongs_to(&self, url: &Url) -> bool {
        let Some((host, port)) = split_host(&self.host) else {
            return false;
        };
        let usual = match url.scheme() {
            "https" => 443,
            _ => 80,
        };
        url.host_str()
            .is_some_and(|name| name.eq_ignore_ascii_case(host))
            && url.port_or_known_default() == Some(port.unwrap_or(usual))
    }
}

/// Splits `host`, `host:port`, `[v6]` or `[v6]:port`.
fn split_host(text: &str) -> Option<(&str, Option<u16>)> {
    let end = if text.starts_with('[') {
        text.find(']')? + 1
    } else {
        text.find(':').unwrap_or(text.len())
    };
    let (host, rest) = text.split_at(end);
    let port = match rest.strip_prefix(':') {
        Some(digits) => Some(digits.parse().ok()?),
        None if rest.is_empty() => None,
        None => return None,
    };
    (!host.is_empty()).then_some((host, port))
}

impl FromStr for TrustedHost {
    type Err = TrustedHostError;

    fn from_str(text: &str) -> Result<Self, TrustedHostError> {
        let (host, port) = split_host(text).ok_or_else(|| TrustedHostError(text.into()))?;
        Ok(Self {
            host: host.to_ascii_lowercase(),
            port,
        })
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({}, ***)", Quoted::new(&self.host))
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proxies: Vec<_> = self
            .proxies
            .iter()
            .map(|(key, proxy)| (key, crate::proxy::parse(key, proxy).map(SafeUrl::from)))
            .collect();
        f.debug_struct("Access")
            .field("roots", &self.roots)
            .field("client_certificate", &self.client_certificate)
            .field("proxies", &proxies)
            .field("no_proxy", &self.no_proxy)
            .field("trusted_hosts", &self.trusted_hosts)
            .field("credentials", &self.credentials)
            .field("user_agent", &self.user_agent)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    fn environment(pairs: &[(&str, &str)]) -> Access {
        Access::from_environment(|name| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| value.into())
        })
    }

    #[test]
    fn reads_the_environment_as_pip_does() {
        let access = environment(&[
            ("PIP_CERT", "/pip.pem"),
            ("CURL_CA_BUNDLE", "/curl.pem"),
            ("PIP_CLIENT_CERT", "/me.pem"),
            ("HTTPS_PROXY", "http://upper.invalid"),
            ("https_proxy", "http://lower.invalid"),
            ("ALL_PROXY", "socks5://all.invalid"),
            ("NO_PROXY", "a.invalid,b.invalid"),
            ("PIP_TRUSTED_HOST", "one.invalid  two.invalid:8443"),
        ]);
        assert_eq!(access.roots, Roots::Only("/curl.pem".into()));
        assert_eq!(access.client_certificate, Some("/me.pem".into()));
        let proxies: Vec<_> = access
            .proxies
            .iter()
            .map(|(_, proxy)| proxy.as_str())
            .collect();
        assert_eq!(proxies, ["http://lower.invalid", "socks5://all.invalid"]);
        assert_eq!(access.no_proxy.as_deref(), Some("a.invalid,b.invalid"));
        assert_eq!(access.trusted_hosts[1].port, Some(8443));
    }

    #[test]
    fn the_proxy_option_of_pip_replaces_the_others() {
        let access = environment(&[
            ("PIP_PROXY", "http://pip.invalid"),
            ("ALL_PROXY", "http://all.invalid"),
            ("NO_PROXY", "x.invalid"),
        ]);
        assert_eq!(access.no_proxy, None);
        assert!(
            access
                .proxies
                .iter()
                .all(|(_, proxy)| proxy == "http://pip.invalid")
        );
    }

    #[test]
    fn ignores_the_header_of_a_cgi_visitor() {
        let access = environment(&[
            ("HTTP_PROXY", "http://x.invalid"),
            ("REQUEST_METHOD", "GET"),
        ]);
        assert!(access.proxies.is_empty());
    }

    #[test]
    fn trusts_exactly_the_named_host_and_port() {
        let trusting = |text: &str| Access {
            trusted_hosts: vec![text.parse().unwrap()],
            ..Access::default()
        };
        assert!(trusting("H.invalid").trusts(&url("https://h.invalid:8443/x")));
        assert!(trusting("h.invalid:443").trusts(&url("https://h.invalid/")));
        assert!(trusting("[::1]:8443").trusts(&url("https://[::1]:8443/")));
        assert!(!trusting("h.invalid:443").trusts(&url("https://h.invalid:8443/")));
        assert!(!trusting("h.invalid").trusts(&url("https://x.h.invalid/")));
        assert!(!trusting("h.invalid").trusts(&url("https://h.invalid.x.invalid/")));
        assert!("h.invalid:x".parse::<TrustedHost>().is_err());
    }

    #[test]
    fn a_login_belongs_to_its_exact_host_and_port() {
        let access = Access {
            credentials: vec![Credential {
                host: "h.invalid:8443".to_owned(),
                username: "u".to_owned(),
                password: "p".to_owned(),
            }],
            ..Access::default()
        };
        let login = |text: &str| {
            access
                .login(&url(text))
                .map(|(user, word)| format!("{user}:{word}"))
        };
        assert_eq!(login("https://h.invalid:8443/").as_deref(), Some("u:p"));
        assert_eq!(login("https://h.invalid/"), None);
        assert_eq!(login("https://x.h.invalid:8443/"), None);
        assert_eq!(
            login("https://a%40b:c%3A@h.invalid:8443/").as_deref(),
            Some("a@b:c:")
        );
        assert_eq!(login("https://u@h.invalid:8443/").as_deref(), Some("u:p"));
        assert_eq!(
            login("https://other@h.invalid:8443/").as_deref(),
            Some("other:")
        );
    }

    #[test]
    fn never_shows_passwords() {
        let access = Access {
            proxies: vec![
                ("all".to_owned(), "http://u:secret@p.invalid".to_owned()),
                ("http".to_owned(), "u:secret@p.invalid:1".to_owned()),
                ("https".to_owned(), "//u:secret@".to_owned()),
            ],
            credentials: vec![Credential {
                host: "h.invalid".to_owned(),
                username: "secret".to_owned(),
                password: "secret".to_owned(),
            }],
            ..Access::default()
        };
        let shown = format!("{access:?}");
        assert!(!shown.contains("secret"), "{shown}");
        assert!(shown.contains("p.invalid"));
    }
}
