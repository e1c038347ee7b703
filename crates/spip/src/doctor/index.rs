//! An index on the loopback interface that offers one package, uploaded a moment ago.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::wheel;

/// Longer requests are none of a package installer's.
const LONGEST: usize = 16 << 10;

/// How long a connection may be silent.
const PATIENCE: Duration = Duration::from_secs(10);

/// The index; gone when dropped.
pub(super) struct Index {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    page: Vec<u8>,
    wheel: Vec<u8>,
    is_asked: AtomicBool,
    is_over: AtomicBool,
}

impl Index {
    pub(super) fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let wheel = wheel::bytes();
        let shared = Arc::new(Shared {
            page: page(&address, &wheel),
            wheel,
            is_asked: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
        });
        let serving = Arc::clone(&shared);
        thread::spawn(move || serve(&listener, &serving));
        Ok(Self { address, shared })
    }

    /// Its address, as `--index-url` takes it.
    pub(super) fn url(&self) -> String {
        format!("http://{}/simple/", self.address)
    }

    /// Whether the wheel was fetched since the last question.
    pub(super) fn was_asked(&self) -> bool {
        self.shared.is_asked.swap(false, Ordering::SeqCst)
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        // Wakes the thread that waits; if nobody waits any more, that is fine too.
        let _woken = TcpStream::connect(self.address);
    }
}

/// The project's page (PEP 691, PEP 700).
fn page(address: &SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ");
    let page = json!({
        "meta": {"api-version": "1.1"},
        "name": wheel::NAME,
        "versions": [wheel::VERSION],
        "files": [{
            "filename": wheel::FILE,
            "url": format!("http://{address}/files/{}", wheel::FILE),
            "hashes": {"sha256": wheel::sha256(bytes)},
            "size": bytes.len(),
            "upload-time": now.to_string(),
            "yanked": false,
        }],
    });
    page.to_string().into_bytes()
}

fn serve(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming().flatten() {
        if shared.is_over.load(Ordering::SeqCst) {
            return;
        }
        let shared = Arc::clone(shared);
        thread::spawn(move || {
            if let Err(error) = answer(&stream, &shared) {
                tracing::debug!(%error, "a connection to the index broke");
            }
        });
    }
}

fn answer(mut stream: &TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut request = Vec::new();
    let mut part = [0; 1024];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        let length = stream.read(&mut part)?;
        request.extend_from_slice(&part[..length]);
        if length == 0 || request.len() > LONGEST {
            return Ok(());
        }
    }
    let text = String::from_utf8_lossy(&request);
    let mut words = text.split_whitespace();
    let (method, path) = (words.next(), words.next().unwrap_or_default());
    let (status, kind, body) = shared.find(path);
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    if method != Some("HEAD") {
        stream.write_all(body)?;
    }
    Ok(())
}

impl Shared {
    fn find(&self, path: &str) -> (&'static str, &'static str, &[u8]) {
        let project = path
            .strip_prefix("/simple/")
            .map(|it| it.trim_end_matches('/'));
        if project == Some(wheel::NAME) {
            return ("200 OK", "application/vnd.pypi.simple.v1+json", &self.page);
        }
        if path.strip_prefix("/files/") == Some(wheel::FILE) {
            self.is_asked.store(true, Ordering::SeqCst);
            return ("200 OK", "application/octet-stream", &self.wheel);
        }
        ("404 Not Found", "text/plain", b"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(index: &Index, path: &str) -> String {
        let mut stream = TcpStream::connect(index.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut said = Vec::new();
        stream.read_to_end(&mut said).unwrap();
        String::from_utf8_lossy(&said).into_owned()
    }

    #[test]
    fn offers_one_package_and_remembers_who_fetched_it() {
        let index = Index::start().unwrap();
        let said = get(&index, "/simple/spip-doctor-probe/");
        assert!(said.contains("\"upload-time\""), "{said}");
        assert!(!index.was_asked());
        assert!(get(&index, "/simple/other/").contains(" 404 "));
        let said = get(&index, &format!("/files/{}", wheel::FILE));
        assert!(said.contains("PK"), "{said}");
        assert!(index.was_asked());
        assert!(!index.was_asked());
    }
}
