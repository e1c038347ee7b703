//! Inside a `CONNECT`: TLS with the proxy itself, in the name of the host.

use std::sync::Arc;

use http::{Request, StatusCode, Uri, Version};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::{TokioIo, TokioTimer};
use spip_core::Quoted;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use url::Url;

use crate::context::Context;
use crate::reply::{Reply, refusal};
use crate::{Notice, route};

/// The most headers and the largest head of a request.
pub(crate) const MAX_HEADERS: usize = 128;
pub(crate) const MAX_HEAD: usize = 64 << 10;
const MAX_HEAD_IN_FRAMES: u32 = 64 << 10;
const MAX_STREAMS: u32 = 256;

/// A tunnel that was agreed on.
pub(crate) struct Tunnel {
    /// `https://HOST:PORT/`.
    pub(crate) base: Url,
    pub(crate) upgrade: OnUpgrade,
}

/// The host that a `CONNECT` names; `None`: none that can be asked.
pub(crate) fn base(target: &Uri) -> Option<Url> {
    let authority = target.authority()?.as_str();
    if authority.contains('@') || target.port_u16().is_none() {
        return None;
    }
    let base: Url = format!("https://{authority}/").parse().ok()?;
    base.has_host().then_some(base)
}

/// Serves one tunnel to its end.
pub(crate) async fn serve(cx: &Arc<Context>, tunnel: Tunnel) {
    let limit = cx.limits.head;
    let Ok(Ok(upgraded)) = timeout(limit, tunnel.upgrade).await else {
        return;
    };
    let Some(config) = tunnel
        .base
        .host()
        .and_then(|host| cx.authority.server(&host).ok())
    else {
        return;
    };
    let accepting = TlsAcceptor::from(config).accept(TokioIo::new(upgraded));
    let Ok(Ok(stream)) = timeout(limit, accepting).await else {
        let host = tunnel.base.authority();
        cx.notice(Notice::Distrusted(Quoted::new(host)));
        return;
    };
    let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    let base = Arc::new(tunnel.base);
    let service = service_fn(|request| {
        let (cx, base) = (Arc::clone(cx), Arc::clone(&base));
        async move { Ok::<_, std::convert::Infallible>(answer(&cx, &base, request).await) }
    });
    let io = TokioIo::new(stream);
    // A connection that breaks concerns the tool, which notices by itself.
    let _ended = if is_http2 {
        http2::Builder::new(cx.tasks.clone())
            .timer(TokioTimer::new())
            .max_concurrent_streams(MAX_STREAMS)
            .max_header_list_size(MAX_HEAD_IN_FRAMES)
            .serve_connection(io, service)
            .await
    } else {
        http1(cx).serve_connection(io, service).await
    };
}

/// How HTTP/1.1 is spoken with the tool.
pub(crate) fn http1(cx: &Context) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(cx.limits.head)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD);
    builder
}

async fn answer(cx: &Arc<Context>, base: &Url, request: Request<Incoming>) -> Reply {
    let names_another = request.version() == Version::HTTP_2 || request.uri().authority().is_some();
    if names_another && !names(request.uri(), base) {
        let why = Quoted::new("the request is for another host than its tunnel");
        return refusal(StatusCode::MISDIRECTED_REQUEST, &why);
    }
    let path = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str());
    match within(base, path) {
        Some(url) => route::answer(cx, url, request).await,
        None => refusal(
            StatusCode::BAD_REQUEST,
            &Quoted::new("the address makes no sense"),
        ),
    }
}

fn names(uri: &Uri, base: &Url) -> bool {
    let authority = uri.authority().map(http::uri::Authority::as_str);
    let named = authority.and_then(|authority| format!("https://{authority}/").parse::<Url>().ok());
    named.is_some_and(|named| named == *base)
}

/// Joined as text: a path that begins with `//` would name another host otherwise.
fn within(base: &Url, path: &str) -> Option<Url> {
    if !path.starts_with('/') {
        return None;
    }
    let text = format!("{}{}", base.as_str().trim_end_matches('/'), path);
    let url: Url = text.parse().ok()?;
    (url.origin() == base.origin()).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tunnel_leads_to_one_host() {
        let base_of = |target: &str| base(&target.parse().unwrap()).map(String::from);
        assert_eq!(
            base_of("H.invalid:443").as_deref(),
            Some("https://h.invalid/")
        );
        assert_eq!(
            base_of("[::1]:8443").as_deref(),
            Some("https://[::1]:8443/")
        );
        assert_eq!(base_of("u@h.invalid:443"), None);
        assert_eq!(base_of("h.invalid"), None);
    }

    #[test]
    fn a_path_never_leaves_its_host() {
        let base: Url = "https://h.invalid:8443/".parse().unwrap();
        for path in [
            "/",
            "//other.invalid/x",
            "/a?b=//c",
            "/\\other.invalid",
            "/../x",
            "/@other.invalid/",
        ] {
            let url = within(&base, path).unwrap();
            assert_eq!(
                (url.host_str(), url.port()),
                (Some("h.invalid"), Some(8443)),
                "{path}"
            );
        }
        assert_eq!(within(&base, "*"), None);
        assert_eq!(within(&base, "@other.invalid/"), None);
    }

    #[test]
    fn names_are_compared_as_addresses() {
        let base: Url = "https://h.invalid/".parse().unwrap();
        let names = |uri: &str| names(&uri.parse().unwrap(), &base);
        assert!(names("https://h.invalid/x") && names("https://H.invalid:443/x"));
        assert!(!names("https://h.invalid:444/x") && !names("https://x.invalid/") && !names("/x"));
    }
}
