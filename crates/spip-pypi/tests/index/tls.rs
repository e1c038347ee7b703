//! Servers with certificates of their own, on this machine.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use spip_core::Cause;
use spip_pypi::{Access, Roots};
use tokio::io::AsyncWriteExt;
use tokio_rustls::TlsAcceptor;

use crate::support::{client_with, count, gap, page_at, raw_page, read_head, serve};

/// A certificate authority with a directory for its files.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    directory: tempfile::TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        Self {
            issuer,
            directory: tempfile::tempdir().unwrap(),
        }
    }

    /// Its certificate as a file.
    fn bundle(&self) -> PathBuf {
        self.write("bundle.pem", &self.issuer.pem())
    }

    /// A key and a certificate of a client, in one file.
    fn client_certificate(&self) -> PathBuf {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["me.invalid".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        self.write(
            "client.pem",
            &format!("{}{}", key.serialize_pem(), certificate.pem()),
        )
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.directory.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// A server that answers each request with this text.
    async fn serve(&self, answer: String, client_certificates: Wanted) -> SocketAddr {
        let acceptor = TlsAcceptor::from(Arc::new(self.server_config(client_certificates)));
        serve(move |stream| {
            let (acceptor, answer) = (acceptor.clone(), answer.clone());
            async move {
                let mut stream = acceptor.accept(stream).await?;
                read_head(&mut stream).await?;
                stream.write_all(answer.as_bytes()).await?;
                stream.shutdown().await
            }
        })
        .await
    }

    fn server_config(&self, client_certificates: Wanted) -> ServerConfig {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let key = KeyPair::generate().unwrap();
        let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
        let params = CertificateParams::new(names).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = match client_certificates {
            Wanted::No => builder.with_no_client_auth(),
            Wanted::Yes => {
                let mut roots = RootCertStore::empty();
                roots.add(self.issuer.der().clone()).unwrap();
                let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
                builder.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        builder
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap()
    }
}

#[derive(Clone, Copy)]
enum Wanted {
    No,
    Yes,
}

fn only(bundle: PathBuf) -> Access {
    Access {
        roots: Roots::Only(bundle),
        ..Access::default()
    }
}

fn redirect(to: &str) -> String {
    format!(
        "HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
}

#[tokio::test]
async fn an_authority_of_ones_own_is_believed_if_named() {
    let authority = Authority::new();
    let address = authority.serve(raw_page(), Wanted::No).await;
    let page = page_at(format!("https://{address}"));
    let also = Roots::Platform {
        also: vec![authority.bundle()],
    };
    let folder = authority.directory.path().to_owned();
    for roots in [Roots::Only(authority.bundle()), also, Roots::Only(folder)] {
        let access = Access {
            roots,
            ..Access::default()
        };
        assert_eq!(count(&client_with(access), &page).await, Ok(Some(1)));
    }
}

#[tokio::test]
async fn an_authority_that_nobody_named_is_not_believed_and_not_asked_again() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let page = page_at(format!(
        "https://{}",
        authority.serve(raw_page(), Wanted::No).await
    ));
    for access in [only(stranger.bundle()), Access::default()] {
        let gap = gap(&client_with(access), &page).await;
        assert_eq!(gap.cause, Cause::Unreachable);
        let detail = gap.detail.to_string();
        assert!(
            detail.contains("certificate") && !detail.contains("attempts"),
            "{detail}"
        );
    }
}

#[tokio::test]
async fn a_bundle_that_cannot_be_used_is_a_gap() {
    let authority = Authority::new();
    let page = page_at(format!(
        "https://{}",
        authority.serve(raw_page(), Wanted::No).await
    ));
    let empty = authority.write("empty.pem", "nothing in here");
    let missing = authority.directory.path().join("missing.pem");
    for bundle in [missing, empty] {
        let platform = Roots::Platform {
            also: vec![bundle.clone()],
        };
        for roots in [platform, Roots::Only(bundle.clone())] {
            let access = Access {
                roots,
                ..Access::default()
            };
            let gap = gap(&client_with(access), &page).await;
            assert_eq!(gap.cause, Cause::Unreadable);
            assert!(gap.detail.raw().contains(bundle.to_str().unwrap()), "{gap}");
        }
    }
}

#[tokio::test]
async fn a_client_certificate_is_shown() {
    let authority = Authority::new();
    let page = page_at(format!(
        "https://{}",
        authority.serve(raw_page(), Wanted::Yes).await
    ));
    let anonymous = client_with(only(authority.bundle()));
    assert_eq!(gap(&anonymous, &page).await.cause, Cause::Unreachable);
    let mut access = only(authority.bundle());
    access.client_certificate = Some(authority.client_certificate());
    assert_eq!(
        count(&client_with(access.clone()), &page).await,
        Ok(Some(1))
    );
    access.client_certificate = Some(authority.bundle());
    assert_eq!(
        gap(&client_with(access), &page).await.cause,
        Cause::Unreadable
    );
}

#[tokio::test]
async fn a_trusted_host_needs_no_certificate_that_anybody_knows() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let trusted = authority.serve(raw_page(), Wanted::No).await;
    let other = authority.serve(raw_page(), Wanted::No).await;
    let access = Access {
        trusted_hosts: vec![trusted.to_string().parse().unwrap()],
        ..only(stranger.bundle())
    };
    let client = client_with(access);
    assert_eq!(
        count(&client, &page_at(format!("https://{trusted}"))).await,
        Ok(Some(1))
    );
    let gap = gap(&client, &page_at(format!("https://{other}"))).await;
    assert!(
        gap.detail.raw().contains("certificate"),
        "another port: {gap}"
    );
}

#[tokio::test]
async fn a_trusted_host_cannot_pass_its_trust_on() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let other = authority.serve(raw_page(), Wanted::No).await;
    let trusted = authority
        .serve(redirect(&format!("https://{other}/")), Wanted::No)
        .await;
    let access = Access {
        trusted_hosts: vec![trusted.to_string().parse().unwrap()],
        ..only(stranger.bundle())
    };
    let gap = gap(&client_with(access), &page_at(format!("https://{trusted}"))).await;
    assert!(gap.detail.raw().contains("certificate"), "{gap}");
}

#[tokio::test]
async fn a_redirect_never_leaves_https() {
    let authority = Authority::new();
    let plain = serve(|mut stream| async move {
        read_head(&mut stream).await?;
        stream.write_all(raw_page().as_bytes()).await
    })
    .await;
    let address = authority
        .serve(redirect(&format!("http://{plain}/")), Wanted::No)
        .await;
    let gap = gap(
        &client_with(only(authority.bundle())),
        &page_at(format!("https://{address}")),
    )
    .await;
    assert_eq!(gap.cause, Cause::Malformed, "{gap}");
}
