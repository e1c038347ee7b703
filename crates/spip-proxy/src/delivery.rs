//! Gives a file to the tool: after a yes, and only the bytes that were judged.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{
    ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderValue, IF_RANGE, RANGE,
};
use http::{HeaderMap, Method, Response, StatusCode};

use crate::context::Context;
use crate::entry::Entry;
use crate::fetch::{Fetched, Kept, Said};
use crate::range::Part;
use crate::reply::{self, Reply, whole};
use crate::stream::slice;
use crate::{Ruling, reply::refusal};

/// Waits for the bytes and the verdict, then answers.
pub(crate) async fn serve(
    cx: &Arc<Context>,
    entry: &Entry,
    method: &Method,
    asked: &HeaderMap,
) -> Reply {
    let mut reply = match entry.fetched().await {
        Fetched::Failed(stopped) => reply::stopped(&stopped),
        Fetched::Other(said) => repeat(&said),
        Fetched::File(file) => match entry.ruling(cx, &file.delivery).await {
            Ruling::Forward => deliver(&file, asked),
            Ruling::Refuse(why) => refusal(StatusCode::FORBIDDEN, &why),
        },
    };
    if method == Method::HEAD {
        *reply.body_mut() = whole(Bytes::new());
    }
    reply
}

/// What a host said instead of sending a file.
pub(crate) fn repeat(said: &Said) -> Reply {
    let mut reply = Response::new(whole(said.body.clone()));
    *reply.status_mut() = said.status;
    *reply.headers_mut() = said.headers.clone();
    reply
        .headers_mut()
        .insert(CONTENT_LENGTH, HeaderValue::from(said.body.len()));
    reply
}

fn deliver(file: &Kept, asked: &HeaderMap) -> Reply {
    let body = &file.delivery.body;
    let size = body.size();
    let text = |name| asked.get(name).and_then(|value| value.to_str().ok());
    let is_current = asked
        .get(IF_RANGE)
        .is_none_or(|known| file.headers.get(ETAG) == Some(known));
    let range = if is_current { text(RANGE) } else { None };
    let (status, first, end) = match Part::read(range, size) {
        Part::Whole => (StatusCode::OK, 0, size),
        Part::Slice { first, end } => (StatusCode::PARTIAL_CONTENT, first, end),
        Part::Beyond => (StatusCode::RANGE_NOT_SATISFIABLE, 0, 0),
    };
    let mut reply = Response::new(slice(body, first, end));
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    *headers = file.headers.clone();
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(end - first));
    let place = match status {
        StatusCode::PARTIAL_CONTENT => format!("bytes {first}-{}/{size}", end - 1),
        StatusCode::RANGE_NOT_SATISFIABLE => format!("bytes */{size}"),
        _ => return reply,
    };
    if let Ok(place) = HeaderValue::try_from(place) {
        headers.insert(CONTENT_RANGE, place);
    }
    reply
}
