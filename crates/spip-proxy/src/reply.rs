//! Answers of the proxy's own.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::ext::ReasonPhrase;
use spip_core::Quoted;

use crate::Stopped;

/// The longest reason phrase, in bytes.
const MAX_PHRASE: usize = 200;

/// Why a body cannot be sent to its end.
pub(crate) type BodyError = Box<dyn std::error::Error + Send + Sync>;
pub(crate) type Outgoing = UnsyncBoxBody<Bytes, BodyError>;
pub(crate) type Reply = Response<Outgoing>;

pub(crate) fn whole(bytes: impl Into<Bytes>) -> Outgoing {
    let body = Full::new(bytes.into());
    body.map_err(|never| match never {}).boxed_unsync()
}

pub(crate) fn empty(status: StatusCode) -> Reply {
    let mut reply = Response::new(whole(Bytes::new()));
    *reply.status_mut() = status;
    reply
}

/// A refusal in words: pip and poetry show the reason phrase, others the body.
pub(crate) fn refusal(status: StatusCode, why: &Quoted) -> Reply {
    let why = format!("Blocked by spip: {why}");
    let text = format!("{why}\n");
    let mut reply = Response::new(whole(text.clone()));
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    headers.insert(CONTENT_LENGTH, HeaderValue::from(text.len()));
    headers.insert("cache-control", HeaderValue::from_static("no-store"));
    if let Ok(phrase) = ReasonPhrase::try_from(phrase(&why)) {
        reply.extensions_mut().insert(phrase);
    }
    reply
}

pub(crate) fn stopped(stopped: &Stopped) -> Reply {
    let why = Quoted::from(stopped.reason.to_string());
    refusal(stopped.reason.status(), &why)
}

/// Text that fits into a status line whatever it holds.
fn phrase(text: &str) -> String {
    let plain = |character: char| match character {
        ' '..='~' => character,
        _ => '?',
    };
    text.chars().map(plain).take(MAX_PHRASE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_never_leaves_its_line_and_is_short() {
        let why = Quoted::new("bad\r\nSet-Cookie: x\u{1b}[31m \u{202e}ü");
        let reply = refusal(StatusCode::FORBIDDEN, &why);
        let found = reply.extensions().get::<ReasonPhrase>().unwrap();
        let found = std::str::from_utf8(found.as_bytes()).unwrap();
        assert!(found.starts_with("Blocked by spip: bad"), "{found}");
        assert!(found.chars().all(|c| (' '..='~').contains(&c)), "{found}");
        assert_eq!(phrase(&"x".repeat(5000)).len(), MAX_PHRASE);
        assert_eq!(phrase("a\r\n\0ü"), "a????");
    }
}
