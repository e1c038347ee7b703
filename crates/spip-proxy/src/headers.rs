//! Which header fields travel on.

use http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, EXPECT, HOST, HeaderMap,
    HeaderName, HeaderValue, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};

/// Fields for one connection only (RFC 9110 section 7.6.1), and those that are made anew.
const HOP_BY_HOP: [&str; 10] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authorization",
    "proxy-authenticate",
    "proxy-authentication-info",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// What makes an answer depend on what the client has already.
const CONDITIONAL: [&str; 6] = [
    "if-match",
    "if-none-match",
    "if-modified-since",
    "if-unmodified-since",
    "if-range",
    "range",
];

/// The fields that describe a file itself.
const OF_A_FILE: [&str; 8] = [
    "content-type",
    "content-disposition",
    "etag",
    "last-modified",
    "cache-control",
    "expires",
    "date",
    "vary",
];

/// Without what concerns one connection only.
pub(crate) fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    let named = headers.get_all(CONNECTION);
    let named: Vec<String> = named
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    let mut kept = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        let text = name.as_str();
        if !HOP_BY_HOP.contains(&text) && !named.iter().any(|named| named == text) {
            kept.append(name, value.clone());
        }
    }
    kept
}

/// What a host is sent. The address says which host it is.
pub(crate) fn for_host(headers: &HeaderMap) -> HeaderMap {
    let mut kept = end_to_end(headers);
    for name in [HOST, EXPECT, TE, TRAILER, TRANSFER_ENCODING, UPGRADE] {
        kept.remove(name);
    }
    kept
}

/// What a host is sent when its answer will be looked at: a whole body, packed in no way that
/// cannot be undone here.
pub(crate) fn for_looking(headers: &HeaderMap, packing: Packing) -> HeaderMap {
    let mut kept = for_host(headers);
    for name in CONDITIONAL {
        kept.remove(name);
    }
    kept.remove(CONTENT_LENGTH);
    let accepts_gzip = headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .any(|value| value.to_str().is_ok_and(|value| value.contains("gzip")));
    let encoding = match packing {
        Packing::Gzip if accepts_gzip => "gzip",
        Packing::Gzip | Packing::None => "identity",
    };
    kept.insert(ACCEPT_ENCODING, HeaderValue::from_static(encoding));
    kept
}

/// How a body may be packed for the journey.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    /// As the tool allows.
    Gzip,
    /// Digests are those of the bytes as they are.
    None,
}

/// What the tool is sent of an answer that is passed on.
pub(crate) fn for_tool(headers: &HeaderMap) -> HeaderMap {
    let mut kept = end_to_end(headers);
    // Other ways to the same host would lead around the proxy.
    kept.remove("alt-svc");
    kept
}

/// What the tool is sent of an answer with a judged file.
pub(crate) fn of_a_file(headers: &HeaderMap) -> HeaderMap {
    let names = OF_A_FILE.map(HeaderName::from_static);
    let mut kept = HeaderMap::new();
    for name in names {
        for value in headers.get_all(&name) {
            kept.append(&name, value.clone());
        }
    }
    kept
}

/// Whether a request shows who asks.
pub(crate) fn has_login(headers: &HeaderMap) -> bool {
    headers.contains_key(AUTHORIZATION)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let line = |(name, value): &(&'static str, &'static str)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        };
        lines.iter().map(line).collect()
    }

    #[test]
    fn what_concerns_one_connection_stays_there() {
        let sent = headers(&[
            ("connection", "X-Mine, keep-alive"),
            ("x-mine", "1"),
            ("proxy-authorization", "Basic secret"),
            ("transfer-encoding", "chunked"),
            ("host", "other.invalid"),
            ("accept", "*/*"),
            ("authorization", "Basic own"),
        ]);
        let kept = for_host(&sent);
        let mut names: Vec<_> = kept.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["accept", "authorization"]);
    }

    #[test]
    fn looking_needs_whole_bodies() {
        let sent = headers(&[
            ("range", "bytes=0-1"),
            ("if-none-match", "x"),
            ("accept-encoding", "br, gzip;q=0.5"),
        ]);
        let kept = for_looking(&sent, Packing::Gzip);
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[ACCEPT_ENCODING], "gzip");
        assert_eq!(
            for_looking(&sent, Packing::None)[ACCEPT_ENCODING],
            "identity"
        );
        assert_eq!(
            for_looking(&HeaderMap::new(), Packing::Gzip)[ACCEPT_ENCODING],
            "identity"
        );
    }
}
