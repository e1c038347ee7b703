//! How pip reaches an index, in the words of the index client.

use spip_core::SafeUrl;
use spip_plan::Index;
use spip_pypi::{Access, Credential, Roots, TrustedHost};

/// The settings that pip itself uses for this index.
pub(crate) fn of_index(access: &spip_plan::Access, index: &Index, url: &SafeUrl) -> Access {
    let roots = match &index.verify {
        Some(bundle) => Roots::Only(bundle.clone()),
        None => Roots::Platform {
            also: access.bundle.iter().cloned().collect(),
        },
    };
    let credentials = match (&index.username, &index.password, netloc(url)) {
        (None, None, _) | (_, _, None) => Vec::new(),
        (username, password, Some(host)) => vec![Credential {
            host,
            username: username.clone().unwrap_or_default(),
            password: password.clone().unwrap_or_default(),
        }],
    };
    let trusted = access.trusted_hosts.iter();
    Access {
        roots,
        client_certificate: index.certificate.clone(),
        proxies: index.proxies.clone().into_iter().collect(),
        // pip has already taken the exceptions into account.
        no_proxy: None,
        trusted_hosts: trusted
            .map(|(host, port)| TrustedHost {
                host: host.clone(),
                port: *port,
            })
            .collect(),
        credentials,
        user_agent: format!("spip/{}", env!("CARGO_PKG_VERSION")),
    }
}

/// Host and port as the address writes them.
pub(crate) fn netloc(url: &SafeUrl) -> Option<String> {
    let host = url.secret().host_str()?;
    Some(match url.secret().port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}
