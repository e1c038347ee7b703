//! The variables that lead a child through the proxy, and nowhere else.

use std::ffi::OsString;
use std::net::SocketAddr;

use crate::private::Private;
use crate::token::{Token, USER};

/// Longer than any verdict takes.
const PATIENCE: &str = "600";

/// A change to the environment of a child.
#[derive(Clone, PartialEq, Eq)]
pub enum Variable {
    /// Must have this value.
    Set(&'static str, OsString),
    /// Must not be there.
    Unset(&'static str),
}

const PROXIES: [&str; 7] = [
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "ALL_PROXY",
    "https_proxy",
    "http_proxy",
    "all_proxy",
    // Beats pip's configuration files.
    "PIP_PROXY",
];

const CERTIFICATES: [&str; 6] = [
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "PIP_CERT",
    "GIT_SSL_CAINFO",
    "CARGO_HTTP_CAINFO",
];

const TIMEOUTS: [&str; 4] = [
    "PIP_DEFAULT_TIMEOUT",
    "UV_HTTP_TIMEOUT",
    "POETRY_REQUESTS_TIMEOUT",
    "PDM_REQUEST_TIMEOUT",
];

/// What would lead around the proxy, switch certificates off, or is the proxy's own part upstream.
const NEVER: [&str; 12] = [
    "NO_PROXY",
    "no_proxy",
    "PIP_TRUSTED_HOST",
    "UV_INSECURE_HOST",
    "UV_NATIVE_TLS",
    "UV_SYSTEM_CERTS",
    "GIT_SSL_NO_VERIFY",
    "PYTHONHTTPSVERIFY",
    "PIP_CLIENT_CERT",
    "SSL_CLIENT_CERT",
    "SSLKEYLOGFILE",
    // With it, `HTTP_PROXY` counts for nothing.
    "REQUEST_METHOD",
];

pub(crate) fn variables(address: SocketAddr, token: &Token, private: &Private) -> Vec<Variable> {
    let proxy = format!("http://{USER}:{}@{address}", token.secret());
    let certificate = private.certificate();
    let set = |name, value: &str| Variable::Set(name, value.into());
    let mut all: Vec<_> = PROXIES.map(|name| set(name, &proxy)).into();
    all.extend(CERTIFICATES.map(|name| Variable::Set(name, certificate.clone().into())));
    // Without it the system's certificates would be trusted as well.
    all.push(Variable::Set(
        "SSL_CERT_DIR",
        private.no_certificates().into(),
    ));
    if !cfg!(target_os = "linux") {
        // Elsewhere pip asks the system, which knows no variables.
        all.push(set("PIP_USE_DEPRECATED", "legacy-certs"));
    }
    all.extend(TIMEOUTS.map(|name| set(name, PATIENCE)));
    all.push(set("PIP_RETRIES", "0"));
    all.extend(NEVER.map(Variable::Unset));
    all
}

/// The proxies' addresses hold the token.
impl std::fmt::Debug for Variable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Set(name, _) if PROXIES.contains(name) => write!(f, "Set({name}, ***)"),
            Self::Set(name, value) => write!(f, "Set({name}, {value:?})"),
            Self::Unset(name) => write!(f, "Unset({name})"),
        }
    }
}
