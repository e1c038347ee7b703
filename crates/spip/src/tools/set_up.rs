//! What one command of a tool needs around it.

use std::ffi::OsString;
use std::path::PathBuf;

use spip_adapters::Reading;
use spip_core::Tool;

/// A command of a tool.
pub(super) struct Call {
    /// The tool.
    pub(super) tool: Tool,
    /// Its program.
    pub(super) program: PathBuf,
    /// What the user said.
    pub(super) arguments: Vec<OsString>,
    /// What that means.
    pub(super) reading: Reading,
    /// Where the user said it.
    pub(super) directory: PathBuf,
    /// Where the guard keeps the tool's caches.
    pub(super) cache: PathBuf,
}

impl Call {
    /// The arguments that are the tool's own; what follows belongs to a program that it starts.
    pub(super) fn own_arguments(&self) -> &[OsString] {
        let end = self.reading.program.unwrap_or(self.arguments.len());
        &self.arguments[..end]
    }

    /// The program that the tool is to start, with its arguments.
    pub(super) fn program_arguments(&self) -> &[OsString] {
        &self.arguments[self.own_arguments().len()..]
    }
}

/// What a guarded run needs.
#[derive(Debug, Default)]
pub(super) struct SetUp {
    /// The runs that may fetch and install, behind the proxy, one after the other.
    pub(super) guarded: Vec<Vec<OsString>>,
    /// The run that starts the user's program: without the proxy, without the network.
    pub(super) afterwards: Option<Vec<OsString>>,
    /// The guarded run is not led through the proxy: each pip that it starts is judged from inside.
    pub(super) is_attended: bool,
    /// Variables of the guarded runs.
    pub(super) variables: Vec<(OsString, OsString)>,
    /// Files that a refusal must leave as they were.
    pub(super) restored: Vec<PathBuf>,
    /// Lock files that may name files by address.
    pub(super) locks: Vec<PathBuf>,
    /// Archives and directories on this machine that the command names.
    pub(super) local: Vec<PathBuf>,
    /// Text in which the names stand that the user asked for.
    pub(super) requests: Vec<String>,
    /// Proxies and certificates that the tool's own configuration names.
    pub(super) upstream: Upstream,
    /// What people must know of a run that ended well.
    pub(super) remark: Option<&'static str>,
    /// What a refusal may leave half done, for people.
    pub(super) aftermath: Option<&'static str>,
}

/// How the tool's own configuration reaches hosts.
#[derive(Debug, Default)]
pub(super) struct Upstream {
    /// Proxies, keyed as `requests` does.
    pub(super) proxies: Vec<(String, String)>,
    /// Hosts without certificate checks.
    pub(super) trusted: Vec<String>,
    /// Certificate bundles to trust as well.
    pub(super) bundles: Vec<PathBuf>,
    /// A certificate with its key that says who asks.
    pub(super) client_certificate: Option<PathBuf>,
    /// Variables with which the tool is told to trust the proxy's authority as well.
    pub(super) certificate_variables: Vec<String>,
}

/// For commands that only lock: what they write down was not fetched, let alone looked at.
pub(super) const ONLY_LOCKED: &str =
    "what is only locked and was not fetched now is judged when it is installed";

impl SetUp {
    /// One run of the command as it stands. git fetches over connections that the proxy sees.
    pub(super) fn plain(call: &Call) -> Self {
        Self {
            guarded: vec![call.arguments.clone()],
            variables: vec![("GIT_ALLOW_PROTOCOL".into(), "https:http".into())],
            ..Self::default()
        }
    }

    /// More variables of the guarded runs.
    pub(super) fn set<const N: usize>(&mut self, variables: [(&str, OsString); N]) {
        let variables = variables.into_iter();
        self.variables
            .extend(variables.map(|(name, value)| (name.into(), value)));
    }
}
