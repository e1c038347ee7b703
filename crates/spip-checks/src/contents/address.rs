//! Finds the addresses that an act talks to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use spip_core::{Act, Deed};
use url::Host;

/// Stands for a part of a text that is not known.
const HOLE: char = '\u{fffc}';

/// One address in a text of an act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// The scheme; empty where only a host is given.
    pub(crate) scheme: String,
    /// The host, lower case. Parts that are not known are `\u{fffc}`.
    pub(crate) host: String,
    /// Path and query.
    pub(crate) path: String,
}

impl Address {
    /// Whether the whole host is known.
    pub(crate) fn is_known(&self) -> bool {
        !self.host.is_empty() && !self.host.contains(HOLE)
    }

    /// Whether the host is this domain or one below it.
    pub(crate) fn is_of(&self, domain: &str) -> bool {
        let rest = self.host.strip_suffix(domain);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }

    /// The host as an IP address, in whatever spelling.
    pub(crate) fn ip(&self) -> Option<IpAddr> {
        match Host::parse(&self.host).ok()? {
            Host::Ipv4(ip) => Some(IpAddr::V4(ip)),
            Host::Ipv6(ip) => Some(IpAddr::V6(ip)),
            Host::Domain(_) => None,
        }
    }

    /// Whether it leads to this machine, this network, or nowhere.
    pub(crate) fn is_local(&self) -> bool {
        match self.ip() {
            Some(IpAddr::V4(ip)) => is_local_v4(ip),
            Some(IpAddr::V6(ip)) => is_local_v6(ip),
            None => {
                let names = [
                    "localhost",
                    "metadata.google.internal",
                    "host.docker.internal",
                    "kubernetes.default.svc",
                ];
                names.iter().any(|name| self.is_of(name))
                    || [".local", ".internal", ".localdomain", ".lan"]
                        .iter()
                        .any(|it| self.host.ends_with(it))
            }
        }
    }

    /// Whether it is another machine, named by the code itself.
    pub(crate) fn is_foreign(&self) -> bool {
        self.is_known() && !self.is_local()
    }
}

fn is_local_v4(ip: Ipv4Addr) -> bool {
    let [first, second, ..] = ip.octets();
    ip.is_loopback()
        || ip.is_private()
        || ip.is_link_local()
        || ip.is_unspecified()
        || ip.is_broadcast()
        || ip.is_multicast()
        || first == 0
        || (first == 100 && (64..128).contains(&second))
}

fn is_local_v6(ip: Ipv6Addr) -> bool {
    if let Some(ip) = ip.to_ipv4_mapped() {
        return is_local_v4(ip);
    }
    let first = ip.segments()[0];
    ip.is_loopback()
        || ip.is_unspecified()
        || ip.is_multicast()
        || first & 0xfe00 == 0xfc00
        || first & 0xffc0 == 0xfe80
}

/// Every address in the texts of an act.
pub(crate) fn addresses(act: &Act) -> Vec<Address> {
    let takes_hosts = takes_hosts(act);
    act.texts
        .iter()
        .flat_map(|text| {
            let mut found = in_text(text);
            if found.is_empty() && takes_hosts {
                found.extend(bare_hosts(text));
            }
            found
        })
        .collect()
}

/// Whether the arguments of this call are plain host names, not URLs.
fn takes_hosts(act: &Act) -> bool {
    const CALLS: [&str; 17] = [
        "socket",
        "httpconnection",
        "httpsconnection",
        "smtp",
        "ftp",
        "telnet",
        "gethostby",
        "getaddrinfo",
        "resolve",
        "resolver",
        "open_connection",
        "create_connection",
        "websocket",
        "paramiko",
        "sshclient",
        "dns",
        "connect",
    ];
    let callee = act.callee.to_ascii_lowercase();
    // Records of a log are sent where its handlers lead, which take hosts.
    let is_log = act.deed == Deed::Send && callee.starts_with("logging.");
    act.deed == Deed::Connect || is_log || CALLS.iter().any(|call| callee.contains(call))
}

/// The URLs in a text.
pub(crate) fn in_text(text: &str) -> Vec<Address> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let before = &rest[..at];
        let start = before
            .rfind(|it: char| !it.is_ascii_alphanumeric() && !matches!(it, '+' | '.' | '-'))
            .map_or(0, |it| {
                it + before[it..].chars().next().map_or(1, char::len_utf8)
            });
        let scheme = before[start..].to_ascii_lowercase();
        let after = &rest[at + 3..];
        let end = after.find(ends_address).unwrap_or(after.len());
        let (authority, path) = match after[..end].find(['/', '?', '#']) {
            Some(slash) => after[..end].split_at(slash),
            None => (&after[..end], ""),
        };
        found.push(Address {
            scheme,
            host: host(authority),
            path: path.to_owned(),
        });
        rest = &after[end..];
    }
    found
}

fn ends_address(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            '"' | '\'' | '`' | '<' | '>' | '|' | ';' | ')' | '\\'
        )
}

/// The host of `user:password@host:port`.
fn host(authority: &str) -> String {
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let host = match host.find(']') {
        Some(end) => &host[..=end],
        None => host.split(':').next().unwrap_or(host),
    };
    host.trim_end_matches('.').to_lowercase()
}

/// The words of a text that can only be hosts.
fn bare_hosts(text: &str) -> Vec<Address> {
    let words = text
        .split(|it: char| it.is_whitespace() || matches!(it, '(' | ')' | ',' | '\'' | '"' | '/'));
    words
        .map(host)
        .filter(|word| looks_like_a_host(word))
        .map(|host| Address {
            scheme: String::new(),
            host,
            path: String::new(),
        })
        .collect()
}

fn looks_like_a_host(word: &str) -> bool {
    let is_host =
        |it: char| it.is_alphanumeric() || matches!(it, '.' | '-' | '_' | '[' | ']' | ':' | HOLE);
    let top = word.rsplit('.').next().unwrap_or_default();
    let is_v4 = word.parse::<Ipv4Addr>().is_ok();
    let is_name = word.contains('.') && top.len() >= 2 && top.chars().all(char::is_alphabetic);
    word.len() >= 4 && word.chars().all(is_host) && (is_v4 || is_name || word == "localhost")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::act;

    fn hosts(text: &str) -> Vec<String> {
        in_text(text).into_iter().map(|it| it.host).collect()
    }

    #[test]
    fn urls_are_found_wherever_they_stand() {
        assert_eq!(
            hosts("curl -d @x 'https://u:p@H.invalid:8/x?y' http://[2001:db8::1]/"),
            ["h.invalid", "[2001:db8::1]"]
        );
        assert_eq!(
            hosts("https://\u{fffc}.h.invalid/x"),
            ["\u{fffc}.h.invalid"]
        );
        assert_eq!(hosts("é://x"), ["x"]);
        assert!(hosts("no address").is_empty());
    }

    #[test]
    fn an_address_in_any_spelling_is_one() {
        for text in [
            "http://3221225985/",
            "http://0xC0.0.2.1/",
            "http://192.0.2.1:80",
        ] {
            let found = in_text(text);
            assert_eq!(found[0].ip().unwrap().to_string(), "192.0.2.1", "{text}");
            assert!(found[0].is_foreign());
        }
    }

    #[test]
    fn this_machine_and_this_network_are_not_foreign() {
        for text in [
            "http://127.0.0.1/",
            "http://localhost:80/",
            "http://10.1.2.3",
            "http://169.254.169.254/x",
            "http://[::1]/",
            "http://\u{fffc}/",
        ] {
            assert!(!in_text(text)[0].is_foreign(), "{text}");
        }
    }

    #[test]
    fn hosts_without_a_scheme_count_where_hosts_are_asked_for() {
        let connect = act(Deed::Connect, "socket.socket().connect").texts(&["192.0.2.1 4444"]);
        assert_eq!(addresses(&connect)[0].host, "192.0.2.1");
        let post = act(Deed::Send, "requests.post").texts(&["\u{fffc}", "data.json"]);
        assert!(addresses(&post).is_empty());
        let lookup = act(Deed::Send, "socket.gethostbyname").texts(&["\u{fffc}.h.invalid"]);
        assert_eq!(addresses(&lookup)[0].host, "\u{fffc}.h.invalid");
        let log = act(Deed::Send, "logging.getLogger().info").texts(&["started", "192.0.2.33:80"]);
        assert_eq!(addresses(&log)[0].host, "192.0.2.33");
    }
}
