//! Pages, records and small servers.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use spip_core::{Gap, Listing, Project, SafeUrl};
use spip_pypi::{Access, Cache, Client, Limits};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

pub(crate) const PAGE_TYPE: &str = "application/vnd.pypi.simple.v1+json";
pub(crate) const PAGE: &str = r#"{"meta": {"api-version": "1.1"}, "name": "demo",
    "files": [{"filename": "demo-1.4.tar.gz", "hashes": {}, "upload-time": "2021-05-05T14:18:17Z"}]}"#;
pub(crate) const RECORD: &str = r#"{"releases": {"1.4": [{"filename": "demo-1.4.tar.gz"}]}}"#;

/// A template of the demo page.
pub(crate) fn page() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(PAGE, PAGE_TYPE)
}

/// Answers every request for the demo page.
pub(crate) async fn serve_page(server: &MockServer, template: ResponseTemplate) {
    Mock::given(path("/simple/demo/"))
        .respond_with(template)
        .mount(server)
        .await;
}

pub(crate) fn url(text: &str) -> SafeUrl {
    text.parse().unwrap()
}

/// The demo page's address on this server.
pub(crate) fn page_at(root: impl std::fmt::Display) -> SafeUrl {
    url(&format!("{root}/simple/demo/"))
}

pub(crate) fn limits() -> Limits {
    Limits {
        deadline: Duration::from_secs(5),
        ..Limits::default()
    }
}

pub(crate) fn client() -> Client {
    Client::new(Access::default(), limits(), None)
}

pub(crate) fn client_with(access: Access) -> Client {
    Client::new(access, limits(), None)
}

pub(crate) fn caching_client(directory: &tempfile::TempDir) -> Client {
    Client::new(
        Access::default(),
        limits(),
        Some(Cache::open(directory.path())),
    )
}

/// How many files the page has; `None`: there is no page.
pub(crate) async fn count(client: &Client, page: &SafeUrl) -> Result<Option<usize>, Gap> {
    let listing = client.listing(page, None).await?;
    Ok(listing.map(|listing: Arc<Listing>| listing.files.len()))
}

/// How many files the record has; `None`: there is no record.
pub(crate) async fn project_count(client: &Client, page: &SafeUrl) -> Result<Option<usize>, Gap> {
    let project = client.project(page, &"demo".parse().unwrap(), None).await?;
    Ok(project.map(|project: Arc<Project>| project.files.len()))
}

/// The gap that the page leaves.
pub(crate) async fn gap(client: &Client, page: &SafeUrl) -> Gap {
    count(client, page).await.unwrap_err()
}

/// A server that hands each connection to this function.
pub(crate) async fn serve<F>(handle: impl Fn(TcpStream) -> F + Send + 'static) -> SocketAddr
where
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // The client may hang up whenever it has seen enough.
            let answer = handle(stream);
            tokio::spawn(async move {
                let _hung_up = answer.await;
            });
        }
    });
    address
}

/// The request's head.
pub(crate) async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    String::from_utf8(head).map_err(io::Error::other)
}

/// The head and the body of an answer that holds the demo page.
pub(crate) fn raw_page() -> String {
    let length = PAGE.len();
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {PAGE_TYPE}\r\nContent-Length: {length}\r\n\
        Connection: close\r\n\r\n{PAGE}"
    )
}

/// A proxy that notes the head of each request and answers with the demo page itself.
pub(crate) async fn recording_proxy() -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&heads);
    let address = serve(move |mut stream| {
        let noted = Arc::clone(&noted);
        async move {
            let head = read_head(&mut stream).await?;
            noted.lock().unwrap().push(head);
            stream.write_all(raw_page().as_bytes()).await
        }
    });
    (address.await, heads)
}
