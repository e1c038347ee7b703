//! Fetches one file whole, or learns why not.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, LOCATION};
use http::{HeaderMap, StatusCode};
use spip_core::SafeUrl;
use url::Url;

use crate::context::Context;
use crate::headers::{Packing, for_looking, for_tool, of_a_file};
use crate::spool::Spool;
use crate::stream::Incoming;
use crate::upstream::{Question, ask};
use crate::{Delivery, Notice, Passed, Reason, Stopped, What, kind};

/// The longest body of an answer that says no, in bytes; a longer one is left out.
const MAX_SAID: usize = 64 << 10;

/// What came of a fetch. Cheap to clone.
#[derive(Clone)]
pub(crate) enum Fetched {
    /// All bytes are there and agree with what was announced.
    File(Arc<Kept>),
    /// The host said something else: a redirect, an error.
    Other(Arc<Said>),
    Failed(Stopped),
}

/// A file with the header fields that describe it.
pub(crate) struct Kept {
    pub(crate) delivery: Arc<Delivery>,
    pub(crate) headers: HeaderMap,
}

/// An answer without a file.
pub(crate) struct Said {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Fetched {
    fn other(said: Said) -> Self {
        Self::Other(Arc::new(said))
    }

    /// Whether later requests get the same.
    pub(crate) fn stays(&self) -> bool {
        match self {
            Self::File(_) => true,
            Self::Other(_) => false,
            Self::Failed(stopped) => stopped.reason.is_final(),
        }
    }
}

/// Asks for the file, with the header fields of the tool's request.
pub(crate) async fn fetch(cx: &Context, url: &Url, headers: &HeaderMap) -> Fetched {
    // Each holder of a permit is bounded in time, so this is too.
    let _permit = cx.fetches.acquire().await;
    let fetched = attempt(cx, url, headers).await;
    settle(cx, fetched)
}

/// Takes in the rest of an answer that turned out to be a file.
pub(crate) async fn adopt(
    cx: &Context,
    url: &Url,
    headers: &HeaderMap,
    before: Vec<Bytes>,
    incoming: Incoming,
) -> Fetched {
    let taken = take_in(cx, url, headers, before, incoming).await;
    settle(cx, taken.map_err(|reason| reason.at(url)))
}

fn settle(cx: &Context, fetched: Result<Fetched, Stopped>) -> Fetched {
    fetched.unwrap_or_else(|stopped| {
        cx.notice(Notice::Stopped(stopped.clone()));
        Fetched::Failed(stopped)
    })
}

async fn attempt(cx: &Context, url: &Url, headers: &HeaderMap) -> Result<Fetched, Stopped> {
    let question = Question::get(url, for_looking(headers, Packing::None));
    let (head, incoming) = ask(cx, question).await?.into_parts();
    let fetched = match head.status.as_u16() {
        206 => Err(Reason::senseless("a part that nobody asked for")),
        304 => Err(Reason::senseless("nobody asked whether it changed")),
        300..=399 => redirected(cx, url, head.status, &head.headers, true).map(Fetched::other),
        200 | 201 | 202 | 203 | 207..=299 => {
            take_in(cx, url, &head.headers, Vec::new(), incoming).await
        }
        _ => Ok(Fetched::other(
            said(head.status, &head.headers, incoming).await,
        )),
    };
    let fetched = fetched.map_err(|reason| reason.at(url))?;
    if let Fetched::Other(said) = &fetched {
        cx.notice(Notice::Passed(Passed {
            method: "GET".to_owned(),
            url: SafeUrl::from(url.clone()).bare(),
            status: said.status.as_u16(),
            what: if said.status.is_redirection() {
                What::Redirect
            } else {
                What::Failure
            },
        }));
    }
    Ok(fetched)
}

/// A redirect without its body: tools take what leads nowhere for the file itself.
pub(crate) fn redirected(
    cx: &Context,
    url: &Url,
    status: StatusCode,
    headers: &HeaderMap,
    is_file: bool,
) -> Result<Said, Reason> {
    let location = headers.get(LOCATION).and_then(|value| value.to_str().ok());
    let target = location.and_then(|location| url.join(location).ok());
    let target = target.ok_or_else(|| Reason::senseless("a redirect that leads nowhere"))?;
    cx.announced.redirected(url, &target, is_file);
    let mut headers = for_tool(headers);
    headers.remove(CONTENT_LENGTH);
    Ok(Said {
        status,
        headers,
        body: Bytes::new(),
    })
}

/// An answer that is no file, with what it says if that is short and complete.
async fn said(status: StatusCode, headers: &HeaderMap, mut incoming: Incoming) -> Said {
    let mut body = Vec::new();
    let complete = loop {
        match incoming.next().await {
            Ok(Some(piece)) if body.len() + piece.len() <= MAX_SAID => {
                body.extend_from_slice(&piece);
            }
            Ok(None) => break true,
            Ok(Some(_)) | Err(_) => break false,
        }
    };
    let mut headers = for_tool(headers);
    if !complete {
        body.clear();
        headers.remove("content-encoding");
    }
    headers.remove(CONTENT_LENGTH);
    Said {
        status,
        headers,
        body: body.into(),
    }
}

async fn take_in(
    cx: &Context,
    url: &Url,
    headers: &HeaderMap,
    before: Vec<Bytes>,
    mut incoming: Incoming,
) -> Result<Fetched, Reason> {
    let mut spool = Spool::new(&cx.room, incoming.expected())?;
    for piece in before {
        spool.add(&piece).await?;
    }
    while let Some(piece) = incoming.next().await? {
        spool.add(&piece).await?;
    }
    let (sha256, body) = spool.finish().await?;
    // The page that announced this file may still be read.
    cx.announced.settled().await;
    let announced = cx.announced.of(url);
    for stated in announced
        .iter()
        .filter_map(|announcement| announcement.sha256)
    {
        if stated != sha256 {
            return Err(Reason::WrongDigest {
                announced: stated,
                found: sha256,
            });
        }
    }
    let delivery = Arc::new(Delivery {
        url: SafeUrl::from(url.clone()),
        asked: cx.announced.asked(url),
        named: kind::stated_name(headers),
        sha256,
        body,
        announced,
    });
    cx.notice(Notice::Arrived(Arc::clone(&delivery)));
    Ok(Fetched::File(Arc::new(Kept {
        delivery,
        headers: of_a_file(headers),
    })))
}
