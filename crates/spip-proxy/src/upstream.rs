//! Asks the hosts themselves, as the user's own tool would reach them.

use std::error::Error;
use std::time::Duration;

use http::{HeaderMap, Method, Response, StatusCode};
use tokio::time::timeout;
use url::Url;

use crate::context::Context;
use crate::headers::has_login;
use crate::stream::Incoming;
use crate::{Reason, Stopped};

/// A request on its way to a host.
pub(crate) struct Question<'a> {
    pub(crate) method: Method,
    pub(crate) url: &'a Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<reqwest::Body>,
}

impl<'a> Question<'a> {
    pub(crate) fn get(url: &'a Url, headers: HeaderMap) -> Self {
        Self {
            method: Method::GET,
            url,
            headers,
            body: None,
        }
    }
}

/// The head of the answer, and its body still to come.
pub(crate) async fn ask(
    cx: &Context,
    question: Question<'_>,
) -> Result<Response<Incoming>, Stopped> {
    let url = question.url;
    let client = cx.clients.for_address(url);
    let client = client.map_err(|gap| Reason::Unreachable(gap.detail).at(url))?;
    let mut request = client.request(question.method, url.clone());
    if !has_login(&question.headers)
        && let Some((username, password)) = cx.clients.access().login(url)
    {
        request = request.basic_auth(username, Some(password));
    }
    // A body is sent at the tool's pace.
    let patience = match &question.body {
        None => cx.limits.stall,
        Some(_) => cx.limits.total,
    };
    request = request.headers(question.headers);
    if let Some(body) = question.body {
        request = request.body(body);
    }
    let answer = timeout(patience, request.send()).await;
    let answer = answer
        .map_err(|_| Reason::silent(patience).at(url))?
        .map_err(|error| Reason::Unreachable(innermost(&error).into()).at(url))?;
    let (parts, body) = Response::<reqwest::Body>::from(answer).into_parts();
    check_status(parts.status).map_err(|reason| reason.at(url))?;
    let incoming = Incoming::new(body, &parts.headers, &cx.limits);
    Ok(Response::from_parts(parts, incoming))
}

/// Tools take for a success whatever is not a 4xx or 5xx.
fn check_status(status: StatusCode) -> Result<(), Reason> {
    match status.as_u16() {
        407 => Err(Reason::Unreachable(
            "the proxy wants other credentials".into(),
        )),
        200..=599 => Ok(()),
        other => Err(Reason::Senseless(format!("status {other}").into())),
    }
}

/// The cause itself; what wraps it repeats the address.
fn innermost(error: &reqwest::Error) -> String {
    let chain = std::iter::successors(Some(error as &dyn Error), |error| (*error).source());
    chain.last().map_or_else(String::new, ToString::to_string)
}

/// What is left until this moment, but at most one stall.
pub(crate) fn patience(deadline: tokio::time::Instant, stall: Duration) -> Duration {
    let left = deadline.saturating_duration_since(tokio::time::Instant::now());
    left.min(stall)
}
