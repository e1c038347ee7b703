//! What becomes of a request: judged as a file, looked at, or passed on.

use std::sync::Arc;

use http::{Method, StatusCode};
use hyper::body::{Body as _, Incoming};
use spip_core::{Quoted, SafeUrl};
use url::Url;

use crate::context::Context;
use crate::delivery::serve;
use crate::entry::Entry;
use crate::fetch::fetch;
use crate::pass::{Request, look, send};
use crate::reply::{Reply, refusal};
use crate::store::Store;
use crate::{Reason, Ruling, kind, repositories};

/// Answers a request for this address.
pub(crate) async fn answer(
    cx: &Arc<Context>,
    mut url: Url,
    request: http::Request<Incoming>,
) -> Reply {
    url.set_fragment(None);
    if url.as_str().len() > SafeUrl::MAX_LENGTH {
        return refusal(
            StatusCode::URI_TOO_LONG,
            &Quoted::new("the address is too long"),
        );
    }
    if let Some(repository) = repositories::repository(&url)
        && let Ruling::Refuse(why) = repositories::admitted(cx, repository).await
    {
        return refusal(StatusCode::FORBIDDEN, &why);
    }
    let (head, body) = request.into_parts();
    let mut request = Request {
        method: head.method,
        url,
        headers: head.headers,
        body: None,
    };
    if request.method != Method::GET && request.method != Method::HEAD {
        request.body = (!body.is_end_stream()).then(|| reqwest::Body::wrap(body));
        return send(cx, request).await;
    }
    if let Some(entry) = known(cx, &request.url).await {
        return serve(cx, &entry, &request.method, &request.headers).await;
    }
    if is_file(cx, &request.url) {
        return match ask_for(cx, &request.url, &request) {
            Some(entry) => serve(cx, &entry, &request.method, &request.headers).await,
            None => cx.stop(&Reason::Full.at(&request.url)),
        };
    }
    look_ahead(cx, &request);
    look(cx, request).await
}

/// The file, if it was asked for before. What a page says of it counts from its last byte on.
async fn known(cx: &Arc<Context>, url: &Url) -> Option<Arc<Entry>> {
    cx.announced.settled().await;
    cx.store.get(url)
}

fn is_file(cx: &Context, url: &Url) -> bool {
    kind::is_archive_address(url) || cx.announced.is_file(url)
}

fn ask_for(cx: &Arc<Context>, url: &Url, request: &Request) -> Option<Arc<Entry>> {
    let (owner, address, headers) = (Arc::clone(cx), url.clone(), request.headers.clone());
    Store::get_or_fetch(cx, url, || async move {
        fetch(&owner, &address, &headers).await
    })
}

/// Whoever asks for a file's metadata may want the file next; a small one is fetched meanwhile.
fn look_ahead(cx: &Arc<Context>, request: &Request) {
    let Some(file) = kind::file_of_metadata(&request.url) else {
        return;
    };
    let announced = cx.announced.of(&file);
    let size = announced.iter().find_map(|announcement| announcement.size);
    if size.is_some_and(|size| size <= cx.limits.ahead) {
        // Whether there is room shows when the tool asks for the file.
        let _entry = ask_for(cx, &file, request);
    }
}
