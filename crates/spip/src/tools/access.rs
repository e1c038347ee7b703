//! How the proxy and the checks reach hosts: as the tool itself would have done.

use std::ffi::OsString;

use spip_core::Tool;
use spip_pypi::{Access, Roots};

use super::set_up::Upstream;

/// Whether a tool goes by a variable. What is only pip's must not count for the others: it may name
/// certificates or a proxy with which they would fail.
pub(super) fn is_read(tool: Tool, name: &str) -> bool {
    match tool {
        Tool::Uv => !name.starts_with("PIP_") && !name.ends_with("_CA_BUNDLE"),
        Tool::Poetry => !name.starts_with("PIP_"),
        Tool::Pip | Tool::Pipx | Tool::Command | Tool::Scan | Tool::Audit => true,
    }
}

/// The environment's settings, and those of the tool's own configuration.
pub(super) fn of(variable: impl Fn(&str) -> Option<OsString>, upstream: &Upstream) -> Access {
    let mut access = Access::from_environment(&variable);
    // Tools that take certificates from a variable of their own.
    let bundle = ["SSL_CERT_FILE", "UV_CERT"]
        .into_iter()
        .filter_map(&variable)
        .find(|value| !value.is_empty());
    if let Roots::Platform { also } = &mut access.roots {
        also.extend(bundle.map(Into::into));
        also.extend(upstream.bundles.iter().cloned());
    }
    if access.client_certificate.is_none() {
        let client = variable("SSL_CLIENT_CERT").filter(|value| !value.is_empty());
        access.client_certificate = client.map(Into::into);
    }
    if access.client_certificate.is_none() {
        access
            .client_certificate
            .clone_from(&upstream.client_certificate);
    }
    for (key, proxy) in &upstream.proxies {
        access.proxies.retain(|(known, _)| known != key);
        access.proxies.push((key.clone(), proxy.clone()));
    }
    let insecure = variable("UV_INSECURE_HOST").unwrap_or_default();
    let insecure = insecure.to_string_lossy();
    let insecure = insecure.split([' ', ',']).map(str::to_owned);
    let trusted = upstream.trusted.iter().cloned().chain(insecure);
    // A name that cannot be read exempts nobody.
    access
        .trusted_hosts
        .extend(trusted.flat_map(|host| host.parse()));
    access
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pips_certificates_are_none_of_uvs() {
        let variable = |name: &str| match name {
            "PIP_CERT" | "REQUESTS_CA_BUNDLE" => Some("/pip.pem".into()),
            "SSL_CERT_FILE" => Some("/uv.pem".into()),
            _ => None,
        };
        let roots = |tool| {
            let read = |name: &str| variable(name).filter(|_| is_read(tool, name));
            of(read, &Upstream::default()).roots
        };
        let also = vec!["/uv.pem".into()];
        assert_eq!(roots(Tool::Uv), Roots::Platform { also });
        assert_eq!(roots(Tool::Poetry), Roots::Only("/pip.pem".into()));
    }

    #[test]
    fn the_tools_own_proxy_beats_the_environments() {
        let variable = |name: &str| match name {
            "HTTPS_PROXY" => Some("http://one.invalid:1".into()),
            "UV_INSECURE_HOST" => Some("a.invalid b.invalid:8443".into()),
            _ => None,
        };
        let upstream = Upstream {
            proxies: vec![("https".to_owned(), "http://two.invalid:2".to_owned())],
            ..Upstream::default()
        };
        let access = of(variable, &upstream);
        let expected = ("https".to_owned(), "http://two.invalid:2".to_owned());
        assert_eq!(access.proxies, [expected]);
        assert_eq!(access.trusted_hosts.len(), 2);
    }
}
