//! What the hook inside pip says, one JSON object a line.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

/// One message of the hook. Those with an `id` wait for a reply.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Event {
    /// A fresh process wants the hook itself.
    Boot,
    /// pip knows which command it runs.
    Hello {
        /// For the reply.
        id: String,
        /// The command as pip resolved it.
        command: String,
        /// pip's version.
        pip: String,
        /// Python's version.
        python: String,
        /// `sys.prefix`.
        prefix: String,
        /// The directories that its modules and commands are installed into.
        places: Vec<PathBuf>,
        /// Whether another pip started this one for build requirements.
        nested: bool,
    },
    /// The interpreter has no pip.
    NoPip {
        /// Which interpreter.
        executable: String,
    },
    /// This pip lacks hook points; found before its command line was read.
    UnsupportedEarly {
        /// pip's version.
        pip: String,
        /// What is missing.
        missing: Vec<String>,
    },
    /// This pip lacks hook points.
    Unsupported {
        /// For the reply, which is always a refusal.
        id: String,
        /// What is missing.
        missing: Vec<String>,
    },
    /// How pip reaches its indexes.
    Access(Access),
    /// pip asked for a project's page; the payload is the page.
    Page {
        /// The address that was asked for.
        url: String,
        /// The address that answered.
        final_url: Option<String>,
        /// The `Content-Type` of the answer.
        content_type: Option<String>,
        /// pip got no page: there is none, or the index did not answer.
        absent: bool,
        /// The page was too large to pass on.
        too_large: bool,
        /// The length of the payload behind the line, in bytes.
        #[serde(default)]
        payload: usize,
    },
    /// pip has a file or a tree, and nothing of it has run.
    Artifact {
        /// For the reply, when one is waited for.
        id: Option<String>,
        /// Whether pip waits.
        waits: bool,
        /// The artifact.
        item: Item,
    },
    /// pip has resolved everything; nothing is built or installed.
    Plan {
        /// For the reply.
        id: String,
        /// The command.
        command: Option<String>,
        /// The command will not install.
        dry_run: bool,
        /// The user asked pip to be quiet.
        quiet: bool,
        /// The package whose build requirements these are.
        building: Option<String>,
        /// pip's installation report.
        report: Value,
        /// One item for each entry of the report's `install`, in the same order.
        items: Vec<Item>,
    },
    /// Everything has been approved and pip starts to change the environment.
    Installing,
    /// pip built a wheel from an approved source.
    Built {
        /// For the reply.
        id: String,
        /// The wheel.
        item: Item,
        /// An installation report with one entry: the wheel's own metadata.
        report: Value,
    },
    /// The hook stopped something that no verdict covers.
    Backstop {
        /// What it was.
        what: String,
    },
}

/// How pip reaches its indexes.
#[derive(Clone, Debug, Deserialize)]
pub struct Access {
    /// Configured indexes, the main one first.
    pub indexes: Vec<Index>,
    /// `--find-links` locations.
    pub find_links: Vec<String>,
    /// `--trusted-host` entries: host and port.
    pub trusted_hosts: Vec<(String, Option<u16>)>,
    /// pip's own certificate bundle.
    pub bundle: Option<PathBuf>,
    /// pip's `User-Agent`.
    pub user_agent: String,
}

/// One configured index with the settings that apply to it.
#[derive(Clone, Deserialize)]
pub struct Index {
    /// The base URL, with credentials if the user put them there.
    pub url: String,
    /// Proxies as the `requests` library keys them.
    pub proxies: BTreeMap<String, String>,
    /// The certificate bundle that replaces the platform's.
    pub verify: Option<PathBuf>,
    /// The client certificate.
    pub certificate: Option<PathBuf>,
    /// The user name pip uses.
    pub username: Option<String>,
    /// The password pip uses.
    pub password: Option<String>,
}

impl std::fmt::Debug for Index {
    /// Leaves out everything that may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Index").finish_non_exhaustive()
    }
}

/// One requirement that pip prepares or has selected.
#[derive(Clone, Debug, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a message has the shape that the hook gives it"
)]
pub struct Item {
    /// Names the same requirement in every message of one run.
    pub artifact: String,
    /// `wheel`, `sdist`, `checkout` or `directory`.
    pub kind: String,
    /// The name, where pip knows one.
    pub name: Option<String>,
    /// The file, or the source tree.
    pub path: Option<PathBuf>,
    /// The state of the file, for files.
    pub fingerprint: Option<Fingerprint>,
    /// Whether the environment will point at the tree.
    pub editable: bool,
    /// What pip will use.
    pub link: Option<LinkFacts>,
    /// What a wheel from pip's own cache was built from.
    pub built_from: Option<LinkFacts>,
    /// Digests that requirements or a lock file allow, by algorithm.
    pub required: BTreeMap<String, Vec<String>>,
    /// Whether it was named by URL or path.
    pub direct: bool,
    /// Whether the user asked for it.
    pub requested: bool,
    /// The package that needs it.
    pub parent: Option<String>,
    /// The package that is being built with it.
    pub building: Option<String>,
    /// Whether the host is exempt from certificate checks.
    pub trusted_host: bool,
    /// The commit of a checkout.
    #[serde(default)]
    pub commit: Option<String>,
}

/// What tells one state of one file from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Fingerprint {
    /// Device number.
    pub device: u64,
    /// Inode number.
    pub inode: u64,
    /// Size in bytes.
    pub size: u64,
    /// Time of modification, nanoseconds since the epoch.
    pub modified: i64,
    /// Time of change, nanoseconds since the epoch.
    pub changed: i64,
}

/// What a page or the user said of a file.
#[derive(Clone, Debug, Deserialize)]
pub struct LinkFacts {
    /// The address, with its fragment.
    pub url: String,
    /// The file's name.
    pub filename: String,
    /// The page it was found on, as the user's configuration addresses it.
    pub page: Option<String>,
    /// The lock file that names it.
    pub lock: Option<String>,
    /// Digests by algorithm.
    pub hashes: BTreeMap<String, String>,
    /// The reason, when it is yanked.
    pub yanked: Option<String>,
    /// Whether a version-control tool fetches it.
    pub vcs: bool,
}

/// The hook said something that makes no sense.
#[derive(Debug, thiserror::Error)]
#[error("read the hook's message: {0}")]
pub struct EventError(#[from] serde_json::Error);

impl Event {
    /// Reads one line.
    pub fn parse(line: &[u8]) -> Result<Self, EventError> {
        Ok(serde_json::from_slice(line)?)
    }

    /// The length of the payload behind the line, in bytes.
    pub fn payload(&self) -> usize {
        match self {
            Self::Page { payload, .. } => *payload,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"{"type": "page", "url": "https://index.invalid/simple/demo/",
        "final_url": null, "content_type": null, "absent": true, "too_large": false, "payload": 7}"#;

    #[test]
    fn reads_what_the_hook_says() {
        let event = Event::parse(PAGE.as_bytes()).unwrap();
        assert_eq!(event.payload(), 7);
        assert!(matches!(
            Event::parse(br#"{"type": "boot"}"#),
            Ok(Event::Boot)
        ));
        let hello = br#"{"type": "hello", "id": "1-1", "command": "install", "pip": "26.3",
            "python": "3.11.7", "prefix": "/usr", "places": [], "nested": false}"#;
        assert!(matches!(Event::parse(hello), Ok(Event::Hello { .. })));
    }

    #[test]
    fn refuses_garbled_truncated_and_unknown_messages() {
        for end in 0..PAGE.len() - 1 {
            assert!(Event::parse(&PAGE.as_bytes()[..end]).is_err(), "{end}");
        }
        for text in [
            r#"{"type": "approve"}"#,
            "[]",
            "null",
            "{}",
            r#"{"type": "hello"}"#,
        ] {
            assert!(Event::parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(Event::parse(&b"\xff\xfe"[..]).is_err());
        let deep = format!("{}{}", r#"{"a":"#.repeat(100_000), "}".repeat(100_000));
        assert!(Event::parse(deep.as_bytes()).is_err());
    }

    #[test]
    fn never_shows_credentials_of_an_index() {
        let index: Index = serde_json::from_str(
            r#"{"url": "https://u:secret@index.invalid/", "proxies": {}, "verify": null,
                "certificate": null, "username": "u", "password": "secret"}"#,
        )
        .unwrap();
        assert!(!format!("{index:?}").contains("secret"));
    }
}
