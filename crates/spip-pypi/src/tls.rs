//! Certificates: whom to believe, and how to prove who asks.

use std::fs;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};
use spip_core::{Cause, Gap};

use crate::{Access, Roots};

/// Checks every certificate.
pub(crate) fn checking(access: &Access) -> Result<ClientConfig, Gap> {
    let roots = load_roots(&access.roots)?;
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
        .build()
        .map_err(|error| unreadable(format!("no root certificates can be used: {error}")))?;
    finish(verifier, access)
}

/// Checks no certificate of the trusted hosts, and every other (that of a proxy).
pub(crate) fn exempting(access: &Access) -> Result<ClientConfig, Gap> {
    let others = load_roots(&access.roots).ok().and_then(|roots| {
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
            .build()
            .ok()
    });
    let hosts = access
        .trusted_hosts
        .iter()
        .map(|trusted| trusted.host.clone());
    let verifier = Exempting {
        hosts: hosts.collect(),
        others,
        provider: provider(),
    };
    finish(Arc::new(verifier), access)
}

/// Accepts no certificate at all: for connections without TLS.
pub(crate) fn none() -> Result<ClientConfig, Gap> {
    let verifier = Exempting {
        hosts: Vec::new(),
        others: None,
        provider: provider(),
    };
    finish(Arc::new(verifier), &Access::default())
}

/// A named provider: two in one program would make the implicit default panic.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn finish(verifier: Arc<dyn ServerCertVerifier>, access: &Access) -> Result<ClientConfig, Gap> {
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| Gap::new(Cause::Internal, format!("TLS cannot be set up: {error}")))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let mut config = match &access.client_certificate {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let unusable = |error: &dyn std::fmt::Display| {
                unreadable(format!(
                    "client certificate {} cannot be used: {error}",
                    path.display()
                ))
            };
            let pem = fs::read(path).map_err(|error| unusable(&error))?;
            let key = PrivateKeyDer::from_pem_slice(&pem).map_err(|error| unusable(&error))?;
            let chain = certificates(&pem).map_err(|error| unusable(&error))?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| unusable(&error))?
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn load_roots(roots: &Roots) -> Result<RootCertStore, Gap> {
    match roots {
        Roots::Only(bundle) => {
            let mut store = RootCertStore::empty();
            add_bundle(&mut store, bundle)?;
            Ok(store)
        }
        Roots::Platform { also } => {
            let platform = platform();
            let mut store = platform.store.clone();
            for bundle in also {
                add_bundle(&mut store, bundle)?;
            }
            if store.is_empty() {
                let why = &platform.trouble;
                let detail = format!("the platform's certificate store cannot be used: {why}");
                return Err(unreadable(detail));
            }
            Ok(store)
        }
    }
}

/// The certificates that the platform believes.
struct Platform {
    store: RootCertStore,
    /// Why there may be none.
    trouble: String,
}

/// Reads the platform's store once: it is hundreds of files on some systems.
fn platform() -> &'static Platform {
    static PLATFORM: OnceLock<Platform> = OnceLock::new();
    PLATFORM.get_or_init(|| {
        let found = rustls_native_certs::load_native_certs();
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(found.certs);
        let first = found.errors.first();
        let trouble = first.map_or("it is empty".to_owned(), ToString::to_string);
        Platform { store, trouble }
    })
}

/// Reads the platform's certificates ahead, in a thread of its own: for whoever will soon connect
/// and is not waiting yet.
pub fn prepare_certificates() {
    std::thread::spawn(platform);
}

/// Adds a bundle that the user named: one that cannot be used is an error, as it is for pip.
fn add_bundle(store: &mut RootCertStore, bundle: &Path) -> Result<(), Gap> {
    let unusable = |why: &dyn std::fmt::Display| {
        unreadable(format!(
            "certificate bundle {} cannot be used: {why}",
            bundle.display()
        ))
    };
    let found = if bundle.is_dir() {
        rustls_native_certs::load_certs_from_paths(None, Some(bundle)).certs
    } else {
        let pem = fs::read(bundle).map_err(|error| unusable(&error))?;
        certificates(&pem).map_err(|error| unusable(&error))?
    };
    match store.add_parsable_certificates(found) {
        (0, _) => Err(unusable(&"it holds no certificate")),
        _ => Ok(()),
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, rustls::pki_types::pem::Error> {
    CertificateDer::pem_slice_iter(pem).collect()
}

fn unreadable(detail: String) -> Gap {
    Gap::new(Cause::Unreadable, detail)
}

/// Lets the named hosts pass. Their ports are the caller's part: a certificate has none.
#[derive(Debug)]
struct Exempting {
    hosts: Vec<String>,
    others: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Exempting {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let name = server_name.to_str();
        let exempt = |host: &String| host.trim_matches(['[', ']']).eq_ignore_ascii_case(&name);
        if self.hosts.iter().any(exempt) {
            return Ok(ServerCertVerified::assertion());
        }
        match &self.others {
            Some(verifier) => verifier.verify_server_cert(
                end_entity,
                intermediates,
                server_name,
                ocsp_response,
                now,
            ),
            None => Err(CertificateError::UnknownIssuer.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
