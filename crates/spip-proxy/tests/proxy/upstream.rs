//! A host on this machine with a certificate of its own, which answers as a test wants.

use std::collections::HashMap;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// What a host sends, byte for byte.
#[derive(Clone, Default)]
pub(crate) struct Script {
    pub(crate) raw: Vec<u8>,
    /// Then these bytes, again and again.
    pub(crate) endless: Option<Vec<u8>>,
    /// One byte at a time, with pauses.
    pub(crate) slow: bool,
    /// Then nothing, with the connection open.
    pub(crate) hangs: bool,
}

pub(crate) fn raw(text: impl Into<Vec<u8>>) -> Script {
    Script {
        raw: text.into(),
        ..Script::default()
    }
}

/// An honest answer.
pub(crate) fn ok(content_type: &str, body: &[u8]) -> Script {
    with(content_type, "", body)
}

/// An honest answer with more header lines.
pub(crate) fn with(content_type: &str, lines: &str, body: &[u8]) -> Script {
    let mut text = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n{lines}\r\n",
        body.len()
    )
    .into_bytes();
    text.extend_from_slice(body);
    raw(text)
}

pub(crate) fn redirect(to: &str) -> Script {
    raw(format!(
        "HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"
    ))
}

type Scripts = Mutex<HashMap<String, Vec<Script>>>;

/// A running host. The last script of a path is repeated.
pub(crate) struct Host {
    pub(crate) address: SocketAddr,
    scheme: &'static str,
    scripts: Arc<Scripts>,
    heads: Arc<Mutex<Vec<String>>>,
    authority: Option<(tempfile::TempDir, PathBuf)>,
}

impl Host {
    pub(crate) async fn tls() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let bundle = directory.path().join("upstream.pem");
        fs::write(&bundle, issuer.pem()).unwrap();
        let key = KeyPair::generate().unwrap();
        let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
        let certificate = CertificateParams::new(names).unwrap();
        let certificate = certificate.signed_by(&key, &issuer).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Self::start("https", Some(acceptor), Some((directory, bundle))).await
    }

    pub(crate) async fn plain() -> Self {
        Self::start("http", None, None).await
    }

    async fn start(
        scheme: &'static str,
        acceptor: Option<TlsAcceptor>,
        authority: Option<(tempfile::TempDir, PathBuf)>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (scripts, heads) = (
            Arc::<Scripts>::default(),
            Arc::<Mutex<Vec<String>>>::default(),
        );
        let shared = (Arc::clone(&scripts), Arc::clone(&heads));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (scripts, heads) = shared.clone();
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    match acceptor {
                        None => exchange(stream, &scripts, &heads).await,
                        Some(acceptor) => match acceptor.accept(stream).await {
                            Ok(stream) => exchange(stream, &scripts, &heads).await,
                            Err(_) => None,
                        },
                    }
                });
            }
        });
        Self {
            address,
            scheme,
            scripts,
            heads,
            authority,
        }
    }

    /// Answers this path like this from now on; several answers are given one after the other.
    pub(crate) fn says(&self, path: &str, scripts: impl IntoIterator<Item = Script>) {
        let mut all = self.scripts.lock().unwrap();
        all.insert(path.to_owned(), scripts.into_iter().collect());
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// How often this path was asked for, with any method.
    pub(crate) fn count(&self, path: &str) -> usize {
        let heads = self.heads.lock().unwrap();
        let path = path.to_lowercase();
        let is_path = |head: &&String| head.split(' ').nth(1) == Some(&path);
        heads.iter().filter(is_path).count()
    }

    /// The heads of all requests, in lower case.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }

    /// The certificate to trust.
    pub(crate) fn bundle(&self) -> PathBuf {
        self.authority.as_ref().unwrap().1.clone()
    }
}

async fn exchange(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    scripts: &Scripts,
    heads: &Mutex<Vec<String>>,
) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let path = head.split(' ').nth(1)?.to_owned();
    heads.lock().unwrap().push(head.to_lowercase());
    let script = {
        let mut scripts = scripts.lock().unwrap();
        match scripts.get_mut(&path) {
            Some(scripts) if scripts.len() > 1 => scripts.remove(0),
            Some(scripts) => scripts[0].clone(),
            None => raw("HTTP/1.1 404 Nothing\r\nContent-Length: 7\r\n\r\nnothing"),
        }
    };
    play(&mut stream, script).await.ok()
}

async fn play(stream: &mut (impl AsyncWrite + Unpin), script: Script) -> std::io::Result<()> {
    if script.slow {
        for byte in script.raw {
            stream.write_all(&[byte]).await?;
            stream.flush().await?;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    } else {
        stream.write_all(&script.raw).await?;
    }
    stream.flush().await?;
    while let Some(again) = &script.endless {
        stream.write_all(again).await?;
    }
    if script.hangs {
        tokio::time::sleep(Duration::from_mins(10)).await;
    }
    stream.shutdown().await
}
