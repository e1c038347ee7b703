//! A small HTTP/1.1 server on the loopback interface, one thread and one request per connection.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A request without its body; the index takes none.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET`, `HEAD` and so on.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// The headers, names in lower case.
    pub headers: BTreeMap<String, String>,
}

/// What the server does with a request.
pub(crate) enum Reply {
    /// Answers.
    Answer(Answer),
    /// Never answers.
    Hang,
    /// Streams this many bytes of a JSON text that never ends.
    Endless(u64),
}

/// A whole answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Arc<[u8]>,
}

impl Answer {
    pub(crate) fn new(content_type: &'static str, body: impl Into<Arc<[u8]>>) -> Self {
        Self {
            status: 200,
            content_type,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    pub(crate) fn status(status: u16) -> Self {
        let mut answer = Self::new("text/plain", *b"tests: no such answer\n");
        answer.status = status;
        answer
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

type Handler = dyn Fn(&Request) -> Reply + Send + Sync;

/// A running server; it stops when dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    streamed: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(tls: Option<Arc<ServerConfig>>, handler: Arc<Handler>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback interface has ports");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let stop = Arc::new(AtomicBool::new(false));
        let streamed = Arc::new(AtomicU64::new(0));
        let (stopping, counter) = (Arc::clone(&stop), Arc::clone(&streamed));
        let accepting = thread::spawn(move || {
            for connection in listener.incoming() {
                if stopping.load(Ordering::SeqCst) {
                    break;
                }
                let Ok(connection) = connection else { continue };
                let (tls, handler) = (tls.clone(), Arc::clone(&handler));
                let (stop, counter) = (Arc::clone(&stopping), Arc::clone(&counter));
                // A client that goes away in the middle is part of many tests.
                thread::spawn(move || serve(connection, tls, &*handler, &stop, &counter).ok());
            }
        });
        Self {
            address,
            streamed,
            stop,
            accepting: Some(accepting),
        }
    }

    /// How many bytes of endless answers were taken.
    pub(crate) fn streamed(&self) -> u64 {
        self.streamed.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        if let Some(accepting) = self.accepting.take() {
            drop(accepting.join());
        }
    }
}

fn serve(
    connection: TcpStream,
    tls: Option<Arc<ServerConfig>>,
    handler: &Handler,
    stop: &AtomicBool,
    streamed: &AtomicU64,
) -> io::Result<()> {
    connection.set_read_timeout(Some(Duration::from_secs(30)))?;
    match tls {
        None => exchange(&mut BufReader::new(connection), handler, stop, streamed),
        Some(config) => {
            let session = ServerConnection::new(config).map_err(io::Error::other)?;
            let mut stream = BufReader::new(StreamOwned::new(session, connection));
            exchange(&mut stream, handler, stop, streamed)?;
            let stream = stream.get_mut();
            stream.conn.send_close_notify();
            stream.flush()
        }
    }
}

fn exchange<S: Read + Write>(
    stream: &mut BufReader<S>,
    handler: &Handler,
    stop: &AtomicBool,
    streamed: &AtomicU64,
) -> io::Result<()> {
    let Some(request) = read_request(stream)? else {
        return Ok(());
    };
    let out = stream.get_mut();
    match handler(&request) {
        Reply::Hang => {
            while !stop.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(50));
            }
            Ok(())
        }
        Reply::Endless(bytes) => endless(out, bytes, streamed),
        Reply::Answer(answer) => write_answer(out, &request, &answer),
    }
}

fn read_request(stream: &mut impl BufRead) -> io::Result<Option<Request>> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let (Some(method), Some(path)) = (words.next(), words.next()) else {
        return Ok(None);
    };
    let (method, path) = (method.to_owned(), path.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    Ok(Some(Request {
        method,
        path,
        headers,
    }))
}

fn write_answer(out: &mut impl Write, request: &Request, answer: &Answer) -> io::Result<()> {
    let whole = answer.body.len();
    let part = match request.headers.get("range") {
        Some(range) if answer.status == 200 => byte_range(range, whole),
        _ => None,
    };
    let status = if part.is_some() { 206 } else { answer.status };
    let body = part.map_or(&answer.body[..], |(first, end)| &answer.body[first..end]);
    let mut head = format!(
        "HTTP/1.1 {status} Tests\r\nContent-Type: {}\r\nContent-Length: {}\r\n\
         Accept-Ranges: bytes\r\nConnection: close\r\n",
        answer.content_type,
        body.len()
    );
    if let Some((first, end)) = part {
        head += &format!("Content-Range: bytes {first}-{}/{whole}\r\n", end - 1);
    }
    for (name, value) in &answer.headers {
        head += &format!("{name}: {value}\r\n");
    }
    out.write_all(head.as_bytes())?;
    out.write_all(b"\r\n")?;
    if request.method != "HEAD" {
        out.write_all(body)?;
    }
    out.flush()
}

/// The first byte and the end of a single range.
fn byte_range(header: &str, whole: usize) -> Option<(usize, usize)> {
    let (first, last) = header.strip_prefix("bytes=")?.split_once('-')?;
    if first.is_empty() {
        let length: usize = last.parse().ok()?;
        return Some((whole.saturating_sub(length), whole));
    }
    let first: usize = first.parse().ok()?;
    let end = match last {
        "" => whole,
        last => last.parse::<usize>().ok()?.saturating_add(1).min(whole),
    };
    (first < end).then_some((first, end))
}

fn endless(out: &mut impl Write, bytes: u64, streamed: &AtomicU64) -> io::Result<()> {
    let head = "HTTP/1.1 200 Tests\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n\
                {\"info\": {\"summary\": \"";
    out.write_all(head.as_bytes())?;
    let chunk = vec![b'a'; 64 * 1024];
    let mut left = bytes;
    while left > 0 {
        out.write_all(&chunk)?;
        streamed.fetch_add(chunk.len() as u64, Ordering::SeqCst);
        left = left.saturating_sub(chunk.len() as u64);
    }
    out.write_all(b"\"}}")?;
    out.flush()
}
