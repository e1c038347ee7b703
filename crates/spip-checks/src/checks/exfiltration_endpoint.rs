//! Points at code that talks to the places that thieves use.

use Severity::{High, Low, Medium};
use spip_core::{Act, Check, Context, Deed, Finding, Package, Severity, Stop, Taints};

use crate::contents::{
    self, Address, Endpoint, HOLE, NOTHING, Suspicions, addresses, endpoint, weigh,
};

describe! {
    /// ## What it asks
    ///
    /// Does the code talk to a request catcher, a drop for anonymous files, a tunnel, a throw-away host
    /// name, a hidden service, a bare IP address, or to a chat's hook that is written into it? Does it
    /// ask for names whose labels carry data (DNS)?
    ///
    /// What is sent weighs as much as where to: a bot that posts a message is left alone, one
    /// that posts the host's name is not.
    ///
    /// ## Why it matters
    ///
    /// These places take anything from anybody and tell nobody who collects it.
    ///
    /// ## What to do
    ///
    /// Find out whose place it is. Do not install what sends it more than you would.
    pub(super) struct ExfiltrationEndpoint {
        id: "exfiltration-endpoint",
        summary: "code talks to places that thieves use",
        worst: High,
        needs: Contents,
    }
}

/// Secrets that no client sends by the way.
const STRONG: Taints = Taints::SECRETS.without(Taints::SECRET_VARIABLE);

impl Check for ExfiltrationEndpoint {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let contents = contents::read(package, cx)?;
        let mut suspicions = Suspicions::default();
        for act in contents
            .acts
            .iter()
            .filter(|act| matches!(act.deed, Deed::Send | Deed::Connect))
        {
            let addresses = addresses(act);
            for address in &addresses {
                if let Some(kind) = endpoint(address) {
                    let severity = severity(act, kind, address);
                    suspicions.act(severity, format!("talks to {}", kind.words()), act);
                }
            }
            if addresses.iter().any(|address| carries_labels(act, address)) {
                let severity = weigh(act.trigger, High, Medium);
                suspicions.act(severity, "sends data in the names that it looks up", act);
            }
        }
        suspicions.report("find out whose place this is before you trust it", found);
        Ok(())
    }
}

fn severity(act: &Act, kind: Endpoint, address: &Address) -> Option<Severity> {
    weigh(
        act.trigger,
        unasked(act.taints, kind),
        on_use(act.taints, kind, address),
    )
}

fn unasked(taints: Taints, kind: Endpoint) -> Severity {
    let carries = taints.any(
        Taints::SECRETS
            .with(Taints::IDENTITY)
            .with(Taints::COMMAND_OUTPUT),
    );
    match kind {
        Endpoint::AddressLookup => Low,
        Endpoint::Catcher | Endpoint::Onion => High,
        Endpoint::FileHost if !carries => Low,
        Endpoint::FileHost => Medium,
        _ => {
            if carries {
                High
            } else {
                Medium
            }
        }
    }
}

fn on_use(taints: Taints, kind: Endpoint, address: &Address) -> Option<Severity> {
    let is_strong = taints.any(STRONG);
    let is_told = taints.any(Taints::IDENTITY.with(Taints::COMMAND_OUTPUT));
    let is_open = taints.any(Taints::PARAMETER);
    match kind {
        Endpoint::AddressLookup | Endpoint::FileHost => NOTHING,
        Endpoint::BareAddress => match (is_strong, is_told) {
            (true, _) => Some(Medium),
            (false, true) => Some(Low),
            _ => NOTHING,
        },
        // Whoever publishes a hook with its key in it collects what others run.
        Endpoint::Hook if has_key(address) => match (is_strong, taints.is_empty()) {
            (true, _) => Some(High),
            (false, false) => Some(Medium),
            (false, true) => Some(Low),
        },
        Endpoint::Hook => is_strong.then_some(Medium),
        _ if is_strong => Some(if is_open { Medium } else { High }),
        _ if is_told => Some(Medium),
        Endpoint::Catcher | Endpoint::Onion => Some(Low),
        _ => (!is_open).then_some(Low),
    }
}

/// Whether the whole hook with its key is written into the code.
fn has_key(address: &Address) -> bool {
    let segments = address.path.split(['/', '?']).filter(|it| !it.is_empty());
    let is_key =
        |segment: &str| segment.len() >= 8 && segment.contains(|it: char| it.is_ascii_digit());
    let is_whole = address.is_known() && !address.path.contains(HOLE);
    let segments: Vec<_> = segments.collect();
    let keys = segments.iter().any(|it| is_key(it))
        || address.path.contains("/webhooks/") && segments.len() >= 4;
    is_whole && keys
}

/// Whether the name that is looked up holds data in front of a fixed domain.
fn carries_labels(act: &Act, address: &Address) -> bool {
    const LOOKUPS: [&str; 7] = [
        "gethostby",
        "getaddrinfo",
        "resolve",
        "query",
        "getfqdn",
        "dns.",
        "nslookup",
    ];
    let callee = act.callee.to_ascii_lowercase();
    let is_lookup = LOOKUPS.iter().any(|it| callee.contains(it));
    let Some((_, fixed)) = address.host.rsplit_once(HOLE) else {
        return false;
    };
    let domain = fixed.trim_start_matches(['.', '-']);
    let is_fixed = domain.contains('.') && domain.len() >= 4 && fixed.starts_with(['.', '-']);
    is_lookup
        && is_fixed
        && act.taints.any(
            Taints::SECRETS
                .with(Taints::IDENTITY)
                .with(Taints::COMMAND_OUTPUT)
                .with(Taints::FILE),
        )
}

#[cfg(test)]
mod tests {
    use spip_core::{Deed, Taints, Trigger};

    use super::ExfiltrationEndpoint;
    use crate::testing::{ActBuilder, act, assert_shows, demo};

    const HOOK: &str = "https://discord.com/api/webhooks/123456789012345678/abcDEF123456";

    fn post(url: &str) -> ActBuilder {
        act(Deed::Send, "requests.post").texts(&[url])
    }

    #[test]
    fn flags_shady_places_that_are_asked_unasked() {
        for (url, expected) in [
            ("https://x.oast.fun", "high: talks to a request catcher"),
            ("http://abc.onion", "high: talks to a hidden service"),
            (
                "https://pastebin.com/raw/x",
                "medium: talks to a drop for anonymous files",
            ),
            (
                "https://x.ngrok.io",
                "medium: talks to a tunnel to somebody's machine",
            ),
            ("http://192.0.2.1/x", "medium: talks to a bare IP address"),
            (HOOK, "medium: talks to a chat's hook"),
            (
                "https://api.ipify.org",
                "low: talks to a service that tells its address",
            ),
        ] {
            let expected = format!("{expected}, when it is imported");
            assert_shows(&ExfiltrationEndpoint, demo().acting(post(url)), &expected);
        }
    }

    #[test]
    fn flags_what_is_sent_there() {
        for taints in [Taints::IDENTITY, Taints::SECRET_FILE, Taints::ENVIRONMENT] {
            let world = demo().acting(post(HOOK).tainted(taints));
            assert_shows(
                &ExfiltrationEndpoint,
                world,
                "high: talks to a chat's hook, when it is imported",
            );
        }
        let world = demo().acting(post(HOOK).tainted(Taints::SECRET_FILE).when(Trigger::Call));
        assert_shows(
            &ExfiltrationEndpoint,
            world,
            "high: talks to a chat's hook, when it is used",
        );
    }

    #[test]
    fn flags_a_hook_with_its_key_on_use() {
        let world = demo().acting(post(HOOK).tainted(Taints::PARAMETER).when(Trigger::Call));
        assert_shows(
            &ExfiltrationEndpoint,
            world,
            "medium: talks to a chat's hook, when it is used",
        );
    }

    #[test]
    fn flags_data_in_names() {
        let lookup =
            act(Deed::Send, "socket.gethostbyname").texts(&["\u{fffc}.x.collector.invalid"]);
        let world = demo().acting(lookup.clone().tainted(Taints::IDENTITY));
        assert_shows(
            &ExfiltrationEndpoint,
            world,
            "high: sends data in the names that it looks up, when it is imported",
        );
        let world = demo().acting(lookup.tainted(Taints::SECRET_FILE).when(Trigger::Call));
        assert_shows(
            &ExfiltrationEndpoint,
            world,
            "medium: sends data in the names that it looks up, when it is used",
        );
    }

    #[test]
    fn accepts_bots_and_services() {
        let call = Trigger::Call;
        let world = demo()
            .acting(
                post("https://discord.com/api/webhooks/\u{fffc}/\u{fffc}")
                    .tainted(Taints::PARAMETER)
                    .when(call),
            )
            .acting(
                post("https://api.telegram.org/bot\u{fffc}/sendMessage")
                    .tainted(Taints::SECRET_VARIABLE)
                    .when(call),
            )
            .acting(
                post("https://hooks.slack.com/services/\u{fffc}")
                    .tainted(Taints::IDENTITY)
                    .when(call),
            )
            .acting(
                post("https://bpa.st/api")
                    .tainted(Taints::PARAMETER)
                    .when(call),
            )
            .acting(post("http://127.0.0.1:8000/"))
            .acting(act(Deed::Connect, "socket.socket().connect").texts(&["8.8.8.8 80"]))
            .acting(
                act(Deed::Send, "socket.gethostbyname")
                    .texts(&["\u{fffc}"])
                    .tainted(Taints::IDENTITY),
            );
        assert_shows(&ExfiltrationEndpoint, world, "complete");
    }

    #[test]
    fn leaves_a_gap_when_the_files_cannot_be_read() {
        assert_shows(
            &ExfiltrationEndpoint,
            demo().offline(),
            "incomplete: offline",
        );
    }
}
