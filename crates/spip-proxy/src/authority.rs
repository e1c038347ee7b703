//! A certificate authority that lives in memory for one run.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, SanType, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use url::Host;

/// How long certificates are valid, and how far clocks may disagree.
const VALIDITY: Duration = Duration::from_hours(24);
const SKEW: Duration = Duration::from_hours(1);
/// More hosts than one run asks.
const MAX_HOSTS: usize = 4096;

/// Why no certificate could be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuthorityError {
    #[error("make a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    #[error("use a certificate: {0}")]
    Tls(#[from] rustls::Error),
    #[error("serve more than {MAX_HOSTS} hosts")]
    TooMany,
}

/// Vouches for any host, towards those that trust it: its key is never written anywhere.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    /// One key for all hosts.
    key: KeyPair,
    hosts: Mutex<HashMap<String, Arc<ServerConfig>>>,
}

impl Authority {
    pub(crate) fn new() -> Result<Self, AuthorityError> {
        let mut params = valid_now(CertificateParams::default());
        params
            .distinguished_name
            .push(DnType::CommonName, "spip, for one run");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Ok(Self {
            issuer: CertifiedIssuer::self_signed(params, KeyPair::generate()?)?,
            key: KeyPair::generate()?,
            hosts: Mutex::default(),
        })
    }

    /// Its certificate, for those that shall trust it.
    pub(crate) fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// How to speak TLS as this host.
    pub(crate) fn server(&self, host: &Host<&str>) -> Result<Arc<ServerConfig>, AuthorityError> {
        let name = host.to_string();
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = hosts.get(&name) {
            return Ok(Arc::clone(known));
        }
        if hosts.len() >= MAX_HOSTS {
            return Err(AuthorityError::TooMany);
        }
        let config = Arc::new(self.certify(host)?);
        hosts.insert(name, Arc::clone(&config));
        Ok(config)
    }

    fn certify(&self, host: &Host<&str>) -> Result<ServerConfig, AuthorityError> {
        let mut params = valid_now(CertificateParams::default());
        params
            .distinguished_name
            .push(DnType::CommonName, "a host, as spip shows it");
        params.subject_alt_names = vec![match host {
            Host::Domain(name) => SanType::DnsName((*name).try_into()?),
            Host::Ipv4(address) => SanType::IpAddress((*address).into()),
            Host::Ipv6(address) => SanType::IpAddress((*address).into()),
        }];
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.signed_by(&self.key, &self.issuer)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }
}

/// A named provider: two in one program would make the implicit default panic.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn valid_now(mut params: CertificateParams) -> CertificateParams {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let epoch = date_time_ymd(1970, 1, 1);
    let now = epoch + now.unwrap_or_default();
    params.not_before = now - SKEW;
    params.not_after = now + VALIDITY;
    params
}
