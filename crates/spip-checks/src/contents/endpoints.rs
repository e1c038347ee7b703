//! Knows the places that stolen data is sent to and payloads are fetched from.

mod data;

use std::net::{IpAddr, Ipv4Addr};

use super::Address;

/// What kind of place an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Endpoint {
    /// Says which address a machine has.
    AddressLookup,
    /// Hosts other people's files under its own good name.
    FileHost,
    /// A bare IP address.
    BareAddress,
    /// A name that anybody moves from machine to machine.
    DynamicName,
    /// A chat's hook or bot.
    Hook,
    /// Anybody leaves text or files there without a name.
    Drop,
    /// A tunnel to somebody's own machine.
    Tunnel,
    /// Records whatever is sent to it.
    Catcher,
    /// A hidden service.
    Onion,
}

impl Endpoint {
    /// Reads after "sends to".
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::AddressLookup => "a service that tells its address",
            Self::FileHost => "a place for anybody's files",
            Self::BareAddress => "a bare IP address",
            Self::DynamicName => "a throw-away host name",
            Self::Hook => "a chat's hook",
            Self::Drop => "a drop for anonymous files",
            Self::Tunnel => "a tunnel to somebody's machine",
            Self::Catcher => "a request catcher",
            Self::Onion => "a hidden service",
        }
    }

    /// Whether honest software hardly ever has business there.
    pub(crate) fn is_shady(self) -> bool {
        self >= Self::DynamicName && self != Self::Hook
    }
}

/// What kind of place the address is, if it is a known one.
pub(crate) fn endpoint(address: &Address) -> Option<Endpoint> {
    if let Some(ip) = address.ip() {
        let is_suspicious = !address.is_local() && !is_probe(ip);
        return is_suspicious.then_some(Endpoint::BareAddress);
    }
    if let Some(kind) = hook(address) {
        return Some(kind);
    }
    let tables = [
        (data::CATCHERS, Endpoint::Catcher),
        (data::DROPS, Endpoint::Drop),
        (data::TUNNELS, Endpoint::Tunnel),
        (data::DYNAMIC_NAMES, Endpoint::DynamicName),
        (data::ADDRESS_LOOKUPS, Endpoint::AddressLookup),
        (data::FILE_HOSTS, Endpoint::FileHost),
        (data::HIDDEN, Endpoint::Onion),
    ];
    let known = tables
        .iter()
        .find(|(domains, _)| domains.iter().any(|domain| address.is_of(domain)));
    known.map(|(_, kind)| *kind)
}

/// Hooks stand at certain paths of hosts that are honest otherwise.
fn hook(address: &Address) -> Option<Endpoint> {
    let path = address.path.to_ascii_lowercase();
    let at = |domain: &str| address.is_of(domain);
    let is_discord = at("discord.com") || at("discordapp.com");
    if is_discord && path.contains("/webhooks") {
        return Some(Endpoint::Hook);
    }
    if (at("cdn.discordapp.com") || at("media.discordapp.net")) && path.contains("/attachments/") {
        return Some(Endpoint::FileHost);
    }
    if at("api.telegram.org") && (path.starts_with("/bot") || path.starts_with("/\u{fffc}")) {
        return Some(Endpoint::Hook);
    }
    let is_slack =
        at("hooks.slack.com") || at("slack.com") && path.starts_with("/api/files.upload");
    let is_teams =
        at("webhook.office.com") || at("outlook.office.com") && path.starts_with("/webhook");
    let is_other = at("chat.googleapis.com")
        || at("api.pushover.net")
        || at("ntfy.sh")
        || at("maker.ifttt.com");
    (is_slack || is_teams || is_other).then_some(Endpoint::Hook)
}

/// Public resolvers: connecting to one is how programs learn their own address.
fn is_probe(ip: IpAddr) -> bool {
    const RESOLVERS: [[u8; 4]; 12] = [
        [8, 8, 8, 8],
        [8, 8, 4, 4],
        [1, 1, 1, 1],
        [1, 0, 0, 1],
        [9, 9, 9, 9],
        [4, 2, 2, 2],
        [208, 67, 222, 222],
        [208, 67, 220, 220],
        [114, 114, 114, 114],
        [223, 5, 5, 5],
        [192, 0, 0, 8],
        [77, 88, 8, 8],
    ];
    match ip {
        IpAddr::V4(ip) => RESOLVERS.iter().any(|known| Ipv4Addr::from(*known) == ip),
        IpAddr::V6(ip) => ["2001:4860:4860::8888", "2606:4700:4700::1111"]
            .iter()
            .any(|known| known.parse() == Ok(ip)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::address::in_text;
    use super::*;

    fn kind(text: &str) -> Option<Endpoint> {
        endpoint(&in_text(text)[0])
    }

    #[test]
    fn the_usual_places_are_known() {
        for (text, expected) in [
            ("https://discord.com/api/webhooks/1/x", Endpoint::Hook),
            (
                "https://ptb.discordapp.com/api/v10/webhooks/1/x",
                Endpoint::Hook,
            ),
            (
                "https://api.telegram.org/bot1:x/sendMessage",
                Endpoint::Hook,
            ),
            ("https://hooks.slack.com/services/T/B/x", Endpoint::Hook),
            ("https://x.oast.fun", Endpoint::Catcher),
            ("https://pastebin.com/raw/x", Endpoint::Drop),
            ("https://transfer.sh/x", Endpoint::Drop),
            ("https://x.ngrok-free.app", Endpoint::Tunnel),
            ("http://x.duckdns.org", Endpoint::DynamicName),
            ("http://abc.onion/", Endpoint::Onion),
            ("http://192.0.2.1/", Endpoint::BareAddress),
            ("https://api.ipify.org", Endpoint::AddressLookup),
            (
                "https://raw.githubusercontent.com/a/b/c.py",
                Endpoint::FileHost,
            ),
        ] {
            assert_eq!(kind(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn honest_places_are_none_of_them() {
        for text in [
            "https://discord.com/api/v10/users",
            "https://api.telegram.org/",
            "https://h.invalid/",
            "http://127.0.0.1/",
            "http://8.8.8.8/",
            "http://169.254.169.254/latest",
            "https://notoast.fun.example/",
        ] {
            assert_eq!(kind(text), None, "{text}");
        }
    }
}
