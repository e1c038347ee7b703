//! Knows places on a disk: where programs start by themselves, where secrets lie, what configures tools.

mod data;

pub(crate) use data::Autostart;
use data::{AUTOSTARTS, CONFIGURATIONS, SECRETS};

/// A path as the tables spell it: lower case, forward slashes, single ones.
fn normal(text: &str) -> String {
    let lower = text.to_ascii_lowercase().replace('\\', "/");
    let mut normal = String::with_capacity(lower.len() + 1);
    for character in lower.chars() {
        if character != '/' || !normal.ends_with('/') {
            normal.push(character);
        }
    }
    normal
}

/// What starts by itself from a file of this path, or is named in this text.
pub(crate) fn autostart(text: &str) -> Option<Autostart> {
    let text = normal(text);
    let known = AUTOSTARTS
        .iter()
        .find(|(pattern, _)| matches(&text, pattern));
    known.map(|(_, kind)| *kind)
}

/// What kind of secret lies at this path, or is named in this text.
pub(crate) fn secret(text: &str) -> Option<&'static str> {
    let text = normal(text);
    let known = SECRETS
        .iter()
        .find(|secret| secret.places.iter().any(|place| matches(&text, place)));
    known.map(|secret| secret.kind)
}

/// Whether secrets of this kind are meant for that host.
pub(crate) fn belongs(kind: &str, address: &super::Address) -> bool {
    SECRETS
        .iter()
        .filter(|secret| secret.kind == kind)
        .flat_map(|secret| secret.hosts)
        .any(|host| address.is_of(host))
}

/// Whether the host is that of a service which some secret is meant for.
pub(crate) fn belongs_to_any(address: &super::Address) -> bool {
    let mut hosts = SECRETS.iter().flat_map(|secret| secret.hosts);
    hosts.any(|host| address.is_of(host))
}

/// Whether the path configures where tools fetch things from or what they run.
pub(crate) fn is_configuration(text: &str) -> bool {
    let text = normal(text);
    CONFIGURATIONS.iter().any(|pattern| matches(&text, pattern))
}

/// A pattern is a part of a path; `$` at its end asks for the end of the text or of the word.
fn matches(text: &str, pattern: &str) -> bool {
    let Some(pattern) = pattern.strip_suffix('$') else {
        return text.contains(pattern);
    };
    text.match_indices(pattern).any(|(at, _)| {
        let after = text[at + pattern.len()..].chars().next();
        after.is_none_or(|it| !(it.is_alphanumeric() || matches!(it, '_' | '-' | '/' | '.')))
    })
}

/// Whether the path is a whole home directory, disk or system.
pub(crate) fn is_home_or_root(text: &str) -> bool {
    let text = normal(text.trim().trim_matches(['"', '\'']));
    let is_root = text.starts_with('/');
    let text = text.trim_end_matches(['*', '.']).trim_end_matches('/');
    let is_drive = text.len() == 2 && text.ends_with(':');
    if text.is_empty() {
        return is_root;
    }
    let whole = [
        "~",
        "$home",
        "${home}",
        "%userprofile%",
        "$env:userprofile",
        "%systemdrive%",
        "%systemroot%",
        "c:/windows",
        "c:/users",
        "/home",
        "/root",
        "/users",
        "/etc",
        "/usr",
        "/var",
        "/bin",
        "/boot",
        "/lib",
        "/opt",
        "c:/windows/system32",
    ];
    is_drive || whole.contains(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn autostart_places_are_known_in_every_spelling() {
        for (text, expected) in [
            ("/etc/cron.d/job", Autostart::Cron),
            (
                "\u{fffc}/.config/systemd/user/x.service",
                Autostart::Service,
            ),
            ("~/Library/LaunchAgents/com.x.plist", Autostart::Service),
            (
                "C:\\Users\\x\\AppData\\Roaming\\Microsoft\\Windows\\Start Menu\\Programs\\Startup\\x.bat",
                Autostart::Login,
            ),
            (
                "HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run",
                Autostart::Login,
            ),
            ("\u{fffc}/.bashrc", Autostart::Shell),
            ("~/.config/autostart/x.desktop", Autostart::Login),
            ("\u{fffc}/sitecustomize.py", Autostart::Interpreter),
            ("\u{fffc}/x.pth", Autostart::Interpreter),
            ("\u{fffc}/.ssh/authorized_keys", Autostart::Access),
            ("\u{fffc}/.git/hooks/post-checkout", Autostart::Tool),
        ] {
            assert_eq!(autostart(text), Some(expected), "{text}");
        }
        for text in [
            "/tmp/x",
            "model.pth.tar",
            "bashrc.py",
            "docs/profile.rst",
            "current_version_runner",
        ] {
            assert_eq!(autostart(text), None, "{text}");
        }
    }

    #[test]
    fn secrets_are_known_by_place_and_owner() {
        for (text, expected) in [
            ("~/.aws/credentials", "aws"),
            ("\u{fffc}\\.ssh\\id_ed25519", "ssh"),
            (
                "/home/x/.config/gcloud/application_default_credentials.json",
                "gcloud",
            ),
            ("\u{fffc}/.npmrc", "npm"),
            (
                "\u{fffc}/Google/Chrome/User Data/Default/Login Data",
                "browser",
            ),
        ] {
            assert_eq!(secret(text), Some(expected), "{text}");
        }
        assert_eq!(secret("demo/aws/credentials.py"), None);
        let address = |text: &str| super::super::address::in_text(text).remove(0);
        assert!(belongs(
            "gcloud",
            &address("https://oauth2.googleapis.com/token")
        ));
        assert!(!belongs("gcloud", &address("https://h.invalid/")));
    }

    #[test]
    fn whole_homes_and_disks_are_told_from_what_lies_in_them() {
        for text in [
            "~",
            "~/",
            "$HOME/*",
            "/",
            "C:\\",
            "/*",
            "%USERPROFILE%",
            "/home",
        ] {
            assert!(is_home_or_root(text), "{text}");
        }
        for text in ["", "build", "~/.cache/x", "/tmp/x", "C:\\Temp\\x", ".", "*"] {
            assert!(!is_home_or_root(text), "{text}");
        }
    }
}
