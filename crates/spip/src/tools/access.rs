//! How the proxy and the checks reach hosts: as the tool itself would have done.

use std::ffi::OsString;

use spip_pypi::{Access, Roots};

use super::set_up::Upstream;

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
