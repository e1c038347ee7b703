//! Points at links that honest projects do not publish.

use spip_core::{
    Check, Confidence, Context, Fact, Finding, Metadata, Package, SafeUrl, Severity, Stop,
};
use url::Host;

use super::UNBUILT;

/// Services that hide where a link goes. First-party ones (`aka.ms`, `git.io`) lead to one owner.
const SHORTENERS: &[&str] = &[
    "bit.ly",
    "bitly.com",
    "buff.ly",
    "clck.ru",
    "cutt.ly",
    "goo.gl",
    "is.gd",
    "lnkd.in",
    "ow.ly",
    "rb.gy",
    "rebrand.ly",
    "s.id",
    "shorturl.at",
    "t.co",
    "t.ly",
    "tiny.cc",
    "tinyurl.com",
    "v.gd",
];

/// Services where anybody leaves text or files without a name.
const PASTES: &[&str] = &[
    "anonfiles.com",
    "catbox.moe",
    "controlc.com",
    "dpaste.com",
    "dpaste.org",
    "file.io",
    "ghostbin.com",
    "gofile.io",
    "hastebin.com",
    "paste.ee",
    "paste.rs",
    "pastebin.com",
    "rentry.co",
    "termbin.com",
    "transfer.sh",
];

/// Services that record whatever is sent to them.
const CATCHERS: &[&str] = &[
    "burpcollaborator.net",
    "interact.sh",
    "oast.fun",
    "oast.live",
    "oast.me",
    "oast.online",
    "oast.pro",
    "oast.site",
    "oastify.com",
    "pipedream.net",
    "requestbin.com",
    "webhook.site",
];

/// Schemes besides http and https that honest projects link with.
const HONEST_SCHEMES: &[&str] = &["mailto", "git+https", "git+ssh", "ssh", "irc", "ircs"];

describe! {
    /// ## What it asks
    ///
    /// Does a link in this file's metadata use an odd scheme (`ftp:`, `javascript:`, `file:`), carry
    /// a password, lead to a bare IP address in any spelling, to `localhost`, through a URL
    /// shortener, to a paste site or a request catcher, to a Discord or Telegram hook, or to a host
    /// whose letters imitate others? Honest international domain names, `mailto:` and text that no
    /// browser would open are left alone.
    ///
    /// ## Why it matters
    ///
    /// Projects that mean to be found link to their pages. Such links hide the destination, lead
    /// to throw-away places, or are the attacker's own channel left in by mistake.
    ///
    /// ## What to do
    ///
    /// Do not follow the link. Make sure that this is the package you mean.
    pub(super) struct SuspiciousUrl {
        id: "suspicious-url",
        summary: "a link in the metadata is not what honest projects publish",
        worst: Low,
        needs: Metadata,
    }
}

impl Check for SuspiciousUrl {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let Some(metadata) = cx.facts.metadata(package)? else {
            return Err(Stop::NotApplicable(UNBUILT));
        };
        for (title, links) in suspects(&metadata) {
            let mut evidence = links.iter().map(|link| link.shows(link.value.to_string()));
            let Some(primary) = evidence.next() else {
                continue;
            };
            found.push(Finding {
                severity: Severity::Low,
                confidence: Confidence::Medium,
                title: title.to_owned(),
                primary,
                related: evidence.collect(),
                help: Some("do not follow it; make sure that you mean this package".to_owned()),
            });
        }
        Ok(())
    }
}

/// The suspicious links by what is wrong with them: many of a kind make one finding.
fn suspects(metadata: &Metadata) -> Vec<(&'static str, Vec<Fact<SafeUrl>>)> {
    let mut suspects: Vec<(_, Vec<_>)> = Vec::new();
    for link in &metadata.urls {
        let Some(url) = SafeUrl::followed(&link.url) else {
            continue;
        };
        let Some(title) = suspicion(&url) else {
            continue;
        };
        let fact = metadata.fact(&link.field, url);
        match suspects.iter_mut().find(|(known, _)| *known == title) {
            Some((_, links)) => links.push(fact),
            None => suspects.push((title, vec![fact])),
        }
    }
    suspects
}

fn suspicion(url: &SafeUrl) -> Option<&'static str> {
    // `ssh://git@…` names an account that everybody shares.
    let is_shared = url.secret().username() == "git" && url.secret().password().is_none();
    if url.has_credentials() && !is_shared {
        return Some("links with a password or user name");
    }
    if HONEST_SCHEMES.contains(&url.scheme()) {
        return None;
    }
    if !matches!(url.scheme(), "http" | "https") {
        return Some("links with an odd scheme");
    }
    match url.host()? {
        Host::Ipv4(_) | Host::Ipv6(_) => Some("links to a bare IP address"),
        Host::Domain(_) if url.is_loopback() => Some("links to this machine"),
        Host::Domain(host) => destination(host.trim_end_matches('.'), url.secret().path()),
    }
}

/// What is wrong with a host and a path on it.
fn destination(host: &str, path: &str) -> Option<&'static str> {
    let is_of = |domain: &&str| {
        let rest = host.strip_suffix(*domain);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    // A link to the front page of such a service is a link to the service.
    let is_deep = path.len() > 1;
    if is_deep && SHORTENERS.iter().any(is_of) {
        return Some("links through a URL shortener");
    }
    if is_deep && PASTES.iter().any(is_of) {
        return Some("links to a paste site");
    }
    if CATCHERS.iter().any(is_of) {
        return Some("links to a request catcher");
    }
    let is_discord = is_of(&"discord.com") || is_of(&"discordapp.com");
    if is_discord && path.starts_with("/api/") && path.contains("/webhooks/") {
        return Some("links to a Discord hook");
    }
    if is_of(&"api.telegram.org") && path.starts_with("/bot") {
        return Some("links to a Telegram bot's hook");
    }
    imitates(host).then_some("links to a host whose letters imitate others")
}

/// Whether a label mixes Latin with an alphabet that resembles it, or consists of letters that all
/// look like Latin ones. A name under a non-Latin top-level domain is what it seems to be.
fn imitates(host: &str) -> bool {
    let (host, _) = idna::domain_to_unicode(host);
    let is_latin_top = host.rsplit('.').next().is_some_and(str::is_ascii);
    host.split('.').any(|label| {
        let letters = || label.chars().filter(|letter| !letter.is_ascii());
        let is_mixed = label.contains(|letter: char| letter.is_ascii_alphabetic())
            && letters().any(resembles_latin);
        let is_disguised = letters().next().is_some() && letters().all(is_twin);
        is_mixed || (is_latin_top && is_disguised)
    })
}

/// Greek, Cyrillic, Armenian and Cherokee.
fn resembles_latin(letter: char) -> bool {
    matches!(letter, '\u{370}'..='\u{3ff}' | '\u{400}'..='\u{58f}' | '\u{13a0}'..='\u{13ff}' | '\u{ab70}'..='\u{abbf}')
}

/// Letters that cannot be told from a, c, d, e, g, h, i, j, l, o, p, q, s, w, x or y.
fn is_twin(letter: char) -> bool {
    "\u{430}\u{441}\u{501}\u{435}\u{261}\u{4bb}\u{456}\u{131}\u{458}\u{237}\u{4cf}\u{43e}\u{440}\u{51b}\u{455}\u{51d}\u{445}\u{443}\u{251}"
        .contains(letter)
}

#[cfg(test)]
mod tests {
    use spip_core::ProjectUrl;

    use super::*;
    use crate::testing::{World, assert_shows, demo};

    fn linking(links: &[&str]) -> World {
        let mut world = demo();
        let link = |(index, url): (usize, &&str)| ProjectUrl {
            label: "Homepage".to_owned(),
            url: (*url).to_owned(),
            field: format!("project_url/{index}"),
        };
        world.metadata_mut().urls = links.iter().enumerate().map(link).collect();
        world
    }

    fn assert_flags(title: &str, links: &[&str]) {
        for link in links {
            let expected = format!("low: {title}");
            assert_shows(&SuspiciousUrl, linking(&[*link]), &expected);
        }
    }

    #[test]
    fn flags_odd_schemes() {
        let links = [
            "ftp://h.invalid/x",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "data:,x",
        ];
        assert_flags("links with an odd scheme", &links);
    }

    #[test]
    fn flags_credentials_and_never_shows_them() {
        let links = ["https://u:secret@h.invalid/", "https://secret@h.invalid/"];
        assert_flags("links with a password or user name", &links);
        let (found, _) = linking(&links).run(&SuspiciousUrl);
        assert!(!format!("{found:?}").contains("secret"));
    }

    #[test]
    fn flags_an_address_in_any_spelling() {
        let links = [
            "http://192.0.2.1/",
            "http://3221225985/",
            "http://0xC0.0.2.1/",
            "http://0300.0.2.1/",
            "http://[2001:db8::1]/",
            "127.0.0.1:8000/x",
        ];
        assert_flags("links to a bare IP address", &links);
    }

    #[test]
    fn flags_this_machine() {
        let links = [
            "http://localhost/",
            "localhost:8000/docs",
            "https://x.localhost",
        ];
        assert_flags("links to this machine", &links);
    }

    #[test]
    fn flags_shorteners_pastes_and_catchers() {
        let links = [
            "https://bit.ly/x",
            "bit.ly/x",
            "http://www.tinyurl.com/x",
            "https://t.co./x",
        ];
        assert_flags("links through a URL shortener", &links);
        assert_flags("links to a paste site", &["https://pastebin.com/raw/x"]);
        assert_flags(
            "links to a request catcher",
            &["https://x.oast.fun", "https://webhook.site/"],
        );
    }

    #[test]
    fn flags_hooks() {
        let links = [
            "https://discord.com/api/webhooks/1/x",
            "https://ptb.discordapp.com/api/v10/webhooks/1/x",
        ];
        assert_flags("links to a Discord hook", &links);
        assert_flags(
            "links to a Telegram bot's hook",
            &["https://api.telegram.org/bot1:x/send"],
        );
    }

    #[test]
    fn flags_letters_that_imitate_others_in_either_form() {
        let links = [
            "https://g\u{456}thub.com/x",
            "https://xn--gthub-n4a.com/x",
            "https://\u{430}\u{440}\u{440}\u{4cf}\u{435}.com",
            "https://pyp\u{3b9}.org",
        ];
        assert_flags("links to a host whose letters imitate others", &links);
    }

    #[test]
    fn flags_many_of_a_kind_once() {
        let world = linking(&["https://bit.ly/x", "ftp://h.invalid", "https://bit.ly/y"]);
        let (found, _) = world.run(&SuspiciousUrl);
        assert_eq!(found[0].related.len(), 1);
        let expected = "low: links through a URL shortener\nlow: links with an odd scheme";
        assert_shows(&SuspiciousUrl, world, expected);
    }

    #[test]
    fn accepts_what_honest_projects_link_to() {
        let links = [
            "https://github.com/example/demo",
            "http://example.com",
            "www.example.com/demo",
            "mailto:demo@example.com",
            "ssh://git@github.com/example/demo",
            "git+https://github.com/example/demo",
            "https://discord.gg/pallets",
            "https://discord.com/invite/x",
            "https://t.me/demo",
            "https://aka.ms/azsdk",
            "https://dpaste.org/",
            "https://notbit.ly/x",
            "https://b\u{fc}cher.example/",
            "https://xn--bcher-kva.example/",
            "https://\u{43f}\u{440}\u{438}\u{43c}\u{435}\u{440}.\u{440}\u{444}/",
            "https://\u{441}\u{43e}\u{440}.\u{440}\u{444}/",
            "https://\u{4f8b}\u{3048}demo.example/",
        ];
        assert_shows(&SuspiciousUrl, linking(&links), "complete");
    }

    #[test]
    fn accepts_text_that_is_no_link() {
        let long = format!("https://h.invalid/{}", "a".repeat(10_000));
        let links = [
            "UNKNOWN",
            "",
            "http://[bad/",
            "see the manual",
            "a@h.invalid",
            &long,
        ];
        assert_shows(&SuspiciousUrl, linking(&links), "complete");
    }

    #[test]
    fn does_not_apply_before_a_build() {
        let mut world = demo();
        world.metadata = None;
        let expected = "not applicable: its metadata is not known before a build";
        assert_shows(&SuspiciousUrl, world, expected);
    }

    #[test]
    fn leaves_a_gap_when_the_metadata_cannot_be_read() {
        assert_shows(&SuspiciousUrl, demo().offline(), "incomplete: offline");
    }
}
