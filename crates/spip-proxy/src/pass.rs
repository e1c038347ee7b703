//! Everything that is not known to be a file: passed on, but looked at on its way.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Method, Response, StatusCode, response};
use spip_core::SafeUrl;
use tokio::task::spawn_blocking;
use url::Url;

use crate::context::Context;
use crate::delivery::{repeat, serve};
use crate::fetch::{adopt, redirected};
use crate::headers::{Packing, for_host, for_looking, for_tool};
use crate::pages::{essence, may_be_page};
use crate::reply::{self, Reply, whole};
use crate::scan::Scan;
use crate::store::Store;
use crate::stream::{Incoming, streamed};
use crate::upstream::{Question, ask};
use crate::{Notice, Page, Passed, Reason, Stopped, What, kind, pages};

/// A request of the tool.
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<reqwest::Body>,
}

/// An answer with what was already taken of its body.
struct Answer {
    head: response::Parts,
    before: Vec<Bytes>,
    incoming: Incoming,
}

/// Asks for something that is no file yet.
pub(crate) async fn look(cx: &Arc<Context>, request: Request) -> Reply {
    match looked(cx, &request).await {
        Ok(reply) => reply,
        Err(stopped) => cx.stop(&stopped),
    }
}

/// Passes on a request that brings nothing to install: an upload, a question to an API.
pub(crate) async fn send(cx: &Arc<Context>, mut request: Request) -> Reply {
    let question = Question {
        method: request.method.clone(),
        url: &request.url,
        headers: for_host(&request.headers),
        body: request.body.take(),
    };
    let (head, incoming) = match ask(cx, question).await {
        Ok(answer) => answer.into_parts(),
        Err(stopped) => return cx.stop(&stopped),
    };
    let what = match what(&request.url, &head.headers) {
        What::Git => What::Git,
        _ => What::Upload,
    };
    passed(cx, &request, head.status, what);
    let body = streamed(incoming, |mut incoming| async move {
        let piece = incoming.next().await?;
        Ok(piece.map(|piece| (piece, incoming)))
    });
    reply_with(&head, body)
}

async fn looked(cx: &Arc<Context>, request: &Request) -> Result<Reply, Stopped> {
    let url = &request.url;
    let question = Question {
        method: request.method.clone(),
        url,
        headers: for_looking(&request.headers, Packing::Gzip),
        body: None,
    };
    let (head, incoming) = ask(cx, question).await?.into_parts();
    let stop = |reason: Reason| reason.at(url);
    match head.status.as_u16() {
        206 => Err(stop(Reason::senseless("a part that nobody asked for"))),
        304 => Err(stop(Reason::senseless("nobody asked whether it changed"))),
        300..=399 => {
            let said = redirected(cx, url, head.status, &head.headers, false).map_err(stop)?;
            passed(cx, request, head.status, What::Redirect);
            Ok(repeat(&said))
        }
        _ if request.method == Method::HEAD => Ok(reply_with(&head, whole(Bytes::new()))),
        400.. => {
            passed(cx, request, head.status, What::Failure);
            let body = streamed(incoming, |mut incoming| async move {
                let piece = incoming.next().await?;
                Ok(piece.map(|piece| (piece, incoming)))
            });
            Ok(reply_with(&head, body))
        }
        _ => {
            let before = Vec::new();
            let answer = Answer {
                head,
                before,
                incoming,
            };
            sort(cx, request, answer).await.map_err(stop)
        }
    }
}

/// Finds out what a successful answer is, and acts on it.
async fn sort(cx: &Arc<Context>, request: &Request, answer: Answer) -> Result<Reply, Reason> {
    if kind::says_archive(&answer.head.headers) {
        return judged(cx, request, answer).await;
    }
    if may_be_page(&content_type(&answer.head.headers)) {
        page(cx, request, answer).await
    } else {
        stream(cx, request, answer).await
    }
}

/// The answer is a file after all: fetched to its end, judged, then delivered.
async fn judged(cx: &Arc<Context>, request: &Request, answer: Answer) -> Result<Reply, Reason> {
    let Answer {
        head,
        before,
        incoming,
    } = answer;
    let (owner, url) = (Arc::clone(cx), request.url.clone());
    cx.announced.mark(&request.url);
    let entry = Store::get_or_fetch(cx, &request.url, || async move {
        adopt(&owner, &url, &head.headers, before, incoming).await
    });
    let entry = entry.ok_or(Reason::Full)?;
    Ok(serve(cx, &entry, &request.method, &request.headers).await)
}

/// An answer that may be an index page is read to its end before the tool gets it.
async fn page(cx: &Arc<Context>, request: &Request, mut answer: Answer) -> Result<Reply, Reason> {
    let _permit = cx.pages.acquire().await;
    let packed = is_packed(&answer.head.headers);
    let mut scan = scan(cx.limits.page, &answer.head.headers, packed)?;
    let mut raw = Vec::new();
    while let Some(piece) = answer.incoming.next().await? {
        raw.extend_from_slice(&piece);
        if raw.len() as u64 > cx.limits.page {
            return Err(Reason::TooLarge(cx.limits.page));
        }
        match scan.feed(&piece) {
            Err(Reason::Hidden) => {
                answer.before = vec![raw.into()];
                return judged(cx, request, answer).await;
            }
            fed => fed?,
        }
    }
    let (is_archive, unpacked) = scan.finish()?;
    let raw = Bytes::from(raw);
    if is_archive {
        answer.before = vec![raw];
        return judged(cx, request, answer).await;
    }
    let body = if packed { unpacked.into() } else { raw.clone() };
    learn(
        cx,
        request,
        answer.head.status,
        content_type(&answer.head.headers),
        body,
    );
    let mut reply = reply_with(&answer.head, whole(raw.clone()));
    reply
        .headers_mut()
        .insert(CONTENT_LENGTH, HeaderValue::from(raw.len()));
    Ok(reply)
}

/// Reads a page while the tool gets it; questions about its files wait for this.
fn learn(
    cx: &Arc<Context>,
    request: &Request,
    status: StatusCode,
    content_type: String,
    body: Bytes,
) {
    let being_read = cx.announced.begin();
    let asked = cx.announced.asked(&request.url);
    let (owner, url) = (Arc::clone(cx), request.url.clone());
    let (method, packed_url) = (
        request.method.to_string(),
        SafeUrl::from(url.clone()).bare(),
    );
    cx.tasks.start(async move {
        let work = spawn_blocking(move || {
            let files = match pages::read(&asked, &url, &content_type, &body) {
                Ok(None) => {
                    let what = What::Text;
                    let status = status.as_u16();
                    let passed = Passed {
                        method,
                        url: packed_url,
                        status,
                        what,
                    };
                    owner.notice(Notice::Passed(passed));
                    return;
                }
                Ok(Some(files)) => {
                    let count = files.len();
                    owner.announced.learn(files);
                    Ok(count)
                }
                Err(gap) => Err(gap),
            };
            let found = SafeUrl::from(url);
            owner.notice(Notice::Page(Page {
                asked,
                found,
                content_type,
                body,
                files,
            }));
        });
        // A page that makes the reader panic announces nothing.
        let _read = work.await;
        drop(being_read);
    });
}

/// Any other answer goes to the tool as it comes, unless an archive shows.
async fn stream(cx: &Arc<Context>, request: &Request, mut answer: Answer) -> Result<Reply, Reason> {
    let mut scan = scan(cx.limits.file, &answer.head.headers, false)?;
    let mut is_complete = false;
    while !scan.knows_head() && !is_complete {
        let Some(piece) = answer.incoming.next().await? else {
            is_complete = true;
            continue;
        };
        answer.before.push(piece.clone());
        match scan.feed(&piece) {
            Err(Reason::Hidden) => return judged(cx, request, answer).await,
            fed => fed?,
        }
    }
    if scan.is_archive() {
        return judged(cx, request, answer).await;
    }
    let what = what(&request.url, &answer.head.headers);
    passed(cx, request, answer.head.status, what);
    let passage = Passage {
        cx: Arc::clone(cx),
        url: request.url.clone(),
        before: answer.before.into(),
        incoming: answer.incoming,
        scan,
        is_complete,
    };
    let body = streamed(passage, |passage| async move {
        let cut = |reason: Reason| Box::new(reason) as reply::BodyError;
        passage.step().await.map_err(cut)
    });
    Ok(reply_with(&answer.head, body))
}

/// A body on its way to the tool.
struct Passage {
    cx: Arc<Context>,
    url: Url,
    before: VecDeque<Bytes>,
    incoming: Incoming,
    scan: Scan,
    is_complete: bool,
}

impl Passage {
    async fn step(mut self) -> Result<Option<(Bytes, Self)>, Reason> {
        if let Some(piece) = self.before.pop_front() {
            return Ok(Some((piece, self)));
        }
        if self.is_complete {
            return Ok(None);
        }
        match self.next().await {
            Ok(Some(piece)) => Ok(Some((piece, self))),
            Ok(None) => Ok(None),
            Err(reason) => {
                // Asked for again, it is fetched whole and judged.
                if reason == Reason::Hidden {
                    self.cx.announced.mark(&self.url);
                }
                let stopped = reason.clone().at(&self.url);
                self.cx.notice(Notice::Stopped(stopped));
                Err(reason)
            }
        }
    }

    async fn next(&mut self) -> Result<Option<Bytes>, Reason> {
        let piece = self.incoming.next().await?;
        if let Some(piece) = &piece {
            self.scan.feed(piece)?;
        }
        Ok(piece)
    }
}

fn scan(largest: u64, headers: &HeaderMap, keep: bool) -> Result<Scan, Reason> {
    let mut encodings = headers.get_all(CONTENT_ENCODING).iter();
    let encoding = encodings.next().map(HeaderValue::as_bytes);
    if encodings.next().is_some() {
        return Err(Reason::senseless("it is encoded twice"));
    }
    Scan::new(encoding, largest, keep)
}

fn is_packed(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_ENCODING)
        .is_some_and(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity"))
}

fn content_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    String::from_utf8_lossy(value.unwrap_or_default()).into_owned()
}

fn reply_with(head: &response::Parts, body: reply::Outgoing) -> Reply {
    let mut reply = Response::new(body);
    *reply.status_mut() = head.status;
    *reply.headers_mut() = for_tool(&head.headers);
    reply
}

fn passed(cx: &Context, request: &Request, status: StatusCode, what: What) {
    cx.notice(Notice::Passed(Passed {
        method: request.method.to_string(),
        url: SafeUrl::from(request.url.clone()).bare(),
        status: status.as_u16(),
        what,
    }));
}

fn what(url: &Url, headers: &HeaderMap) -> What {
    let kind = essence(&content_type(headers));
    let path = url.path();
    let git_paths = ["/info/refs", "/git-upload-pack", "/git-receive-pack"];
    if kind.starts_with("application/x-git") || git_paths.iter().any(|end| path.ends_with(end)) {
        What::Git
    } else if kind::file_of_metadata(url).is_some() {
        What::Metadata
    } else if is_text(&kind) {
        What::Text
    } else {
        What::Other(kind.into())
    }
}

fn is_text(kind: &str) -> bool {
    kind.starts_with("text/")
        || ["json", "xml", "toml", "yaml"].iter().any(|name| {
            kind.strip_prefix("application/")
                .is_some_and(|kind| kind == *name || kind.ends_with(&format!("+{name}")))
        })
}
