//! The proxy: listens, lets in whoever knows the token, and ends with its handle.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use http::header::{CONNECTION, HeaderValue, PROXY_AUTHENTICATE};
use http::{Method, Request, StatusCode};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use spip_core::Quoted;
use spip_pypi::{Access, Clients, Roots, prepare_certificates};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Duration, sleep};
use url::Url;

use crate::announced::Announced;
use crate::authority::{Authority, AuthorityError};
use crate::context::Context;
use crate::private::Private;
use crate::reply::{Reply, empty, refusal};
use crate::repositories::Repositories;
use crate::spool::Room;
use crate::store::Store;
use crate::tasks::Tasks;
use crate::token::Token;
use crate::tunnel::{self, Tunnel, http1};
use crate::{Judge, Limits, Variable, environment, route};

/// Index pages in memory at one time.
const PAGES: usize = 16;

/// How a proxy is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// How hosts are reached: the user's own proxies, certificates and credentials.
    pub access: Access,
    /// Bounds on what the run may cost.
    pub limits: Limits,
    /// Where the private directory is made.
    pub directory: PathBuf,
}

impl Options {
    /// Reaches hosts like this; temporary files go where the system keeps them.
    pub fn new(access: Access) -> Self {
        Self {
            access,
            limits: Limits::default(),
            directory: std::env::temp_dir(),
        }
    }
}

/// Why no proxy could be started.
#[derive(Debug, thiserror::Error)]
pub enum ProxyError {
    /// No certificate authority could be made.
    #[error("make a certificate authority: {0}")]
    Authority(String),
    /// No token could be made.
    #[error("make a token: the machine has no randomness")]
    Token,
    /// No address could be listened on.
    #[error("listen on the loopback interface: {0}")]
    Listen(io::Error),
    /// The private directory could not be made.
    #[error("make a private directory in {}: {error}", .directory.display())]
    Directory {
        /// Where.
        directory: PathBuf,
        /// The system's reason.
        error: io::Error,
    },
}

/// A running proxy. Dropped, it stops listening, ends every connection and removes its directory.
pub struct Proxy {
    address: SocketAddr,
    context: Arc<Context>,
    private: Private,
}

impl Proxy {
    /// Starts listening on a free port of 127.0.0.1.
    pub async fn start(options: Options, judge: Arc<dyn Judge>) -> Result<Self, ProxyError> {
        let authority = Authority::new()
            .map_err(|error: AuthorityError| ProxyError::Authority(error.to_string()))?;
        let directory = options.directory;
        let private = Private::new(&directory, &authority.pem())
            .map_err(|error| ProxyError::Directory { directory, error })?;
        let token = Token::random().ok_or(ProxyError::Token)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.map_err(ProxyError::Listen)?;
        let address = listener.local_addr().map_err(ProxyError::Listen)?;
        let limits = options.limits;
        let context = Arc::new(Context {
            limits,
            judge,
            clients: Clients::passing_through(options.access, limits.connect),
            announced: Arc::new(Announced::new()),
            store: Store::default(),
            repositories: Repositories::default(),
            room: Room::new(&limits, private.spool()),
            fetches: Semaphore::new(limits.fetches.clamp(1, Semaphore::MAX_PERMITS)),
            pages: Semaphore::new(PAGES),
            tasks: Tasks::default(),
            token,
            authority,
        });
        if matches!(context.clients.access().roots, Roots::Platform { .. }) {
            prepare_certificates();
        }
        context.tasks.start(listen(Arc::clone(&context), listener));
        Ok(Self {
            address,
            context,
            private,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The private directory. It holds the authority's certificate and goes with the proxy.
    pub fn directory(&self) -> &Path {
        self.private.path()
    }

    /// The authority's certificate, for tools that take it by option only.
    pub fn certificate(&self) -> PathBuf {
        self.private.certificate()
    }

    /// The proxy's address with its token, for tools that take it by option only.
    pub fn secret_address(&self) -> String {
        let token = self.context.token.secret();
        format!("http://{}:{token}@{}", crate::token::USER, self.address)
    }

    /// What leads a child through this proxy, and makes it trust nothing else.
    pub fn environment(&self) -> Vec<Variable> {
        environment::variables(self.address, &self.context.token, &self.private)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.context.tasks.end();
    }
}

async fn listen(cx: Arc<Context>, listener: TcpListener) {
    let room = Arc::new(Semaphore::new(
        cx.limits.connections.clamp(1, Semaphore::MAX_PERMITS),
    ));
    while let Ok(permit) = Arc::clone(&room).acquire_owned().await {
        match listener.accept().await {
            Ok((stream, _)) => cx.tasks.start(connection(Arc::clone(&cx), stream, permit)),
            // Out of file descriptors, most often: others will be closed.
            Err(_) => sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn connection(cx: Arc<Context>, stream: TcpStream, _permit: OwnedSemaphorePermit) {
    // Small answers must not wait for the acknowledgement of others.
    let _without = stream.set_nodelay(true);
    let agreed = Arc::new(Mutex::new(None));
    let service = service_fn(|request| {
        let (cx, agreed) = (Arc::clone(&cx), Arc::clone(&agreed));
        async move { Ok::<_, Infallible>(outer(&cx, &agreed, request).await) }
    });
    let served = http1(&cx)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades()
        .await;
    let tunnel = agreed.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let (Ok(()), Some(tunnel)) = (served, tunnel) {
        tunnel::serve(&cx, tunnel).await;
    }
}

/// A request to the proxy itself.
async fn outer(
    cx: &Arc<Context>,
    agreed: &Mutex<Option<Tunnel>>,
    mut request: Request<Incoming>,
) -> Reply {
    if !cx.token.opens(request.headers()) {
        return who_are_you();
    }
    if request.method() == Method::CONNECT {
        let Some(base) = tunnel::base(request.uri()) else {
            return senseless();
        };
        let upgrade = hyper::upgrade::on(&mut request);
        let mut agreed = agreed.lock().unwrap_or_else(PoisonError::into_inner);
        *agreed = Some(Tunnel { base, upgrade });
        return empty(StatusCode::OK);
    }
    match absolute(&request.uri().to_string()) {
        Some(url) => route::answer(cx, url, request).await,
        None => senseless(),
    }
}

fn absolute(uri: &str) -> Option<Url> {
    let url: Url = uri.parse().ok()?;
    let is_plain = url.username().is_empty() && url.password().is_none();
    (matches!(url.scheme(), "http" | "https") && is_plain).then_some(url)
}

fn who_are_you() -> Reply {
    let why = Quoted::new("the proxy is for one run of one tool");
    let mut reply = refusal(StatusCode::PROXY_AUTHENTICATION_REQUIRED, &why);
    let headers = reply.headers_mut();
    let challenge = HeaderValue::from_static("Basic realm=\"spip\"");
    headers.insert(PROXY_AUTHENTICATE, challenge);
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    reply
}

fn senseless() -> Reply {
    refusal(
        StatusCode::BAD_REQUEST,
        &Quoted::new("the request makes no sense to a proxy"),
    )
}
