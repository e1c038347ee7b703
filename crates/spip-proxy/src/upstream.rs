//! Asks the hosts themselves, as the user's own tool would reach them.

use std::error::Error;
use std::time::Duration;

use data_encoding::BASE64;
use http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use http::{Method, Response, StatusCode};
use spip_pypi::Credential;
use tokio::time::{sleep, timeout};
use url::Url;

use crate::context::Context;
use crate::headers::has_login;
use crate::stream::Incoming;
use crate::{Notice, Reason, Stopped};

/// How often something is asked for, and the first pause between.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(250);
/// Statuses after which pip would ask again by itself.
const BUSY: [u16; 7] = [500, 502, 503, 504, 520, 524, 527];

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

/// The head of the answer, and its body still to come. What asks for something is asked again when
/// the host cannot be reached or is busy: tools are told to leave that to the proxy.
pub(crate) async fn ask(
    cx: &Context,
    mut question: Question<'_>,
) -> Result<Response<Incoming>, Stopped> {
    let url = question.url;
    let client = cx.clients.for_address(url);
    let client = client.map_err(|gap| Reason::Unreachable(gap.detail).at(url))?;
    if !has_login(&question.headers)
        && let Some((username, password)) = cx.clients.access().login(url)
        && let Some(login) = basic(&username, &password)
    {
        question.headers.insert(AUTHORIZATION, login);
    }
    let is_safe = question.method == Method::GET || question.method == Method::HEAD;
    let attempts = if is_safe { ATTEMPTS } else { 1 };
    // A body is sent at the tool's pace.
    let patience = match &question.body {
        None => cx.limits.stall,
        Some(_) => cx.limits.total,
    };
    for attempt in 1.. {
        let mut request = client.request(question.method.clone(), url.clone());
        request = request.headers(question.headers.clone());
        if let Some(body) = question.body.take() {
            request = request.body(body);
        }
        let answer = timeout(patience, request.send()).await;
        let answer = answer.map_err(|_| Reason::silent(patience).at(url))?;
        let is_worth_another = match &answer {
            Ok(answer) => BUSY.contains(&answer.status().as_u16()),
            Err(error) => error.is_connect(),
        };
        if is_worth_another && attempt < attempts {
            sleep(PAUSE * attempt).await;
            continue;
        }
        let answer =
            answer.map_err(|error| Reason::Unreachable(innermost(&error).into()).at(url))?;
        let (parts, body) = Response::<reqwest::Body>::from(answer).into_parts();
        check_status(parts.status).map_err(|reason| reason.at(url))?;
        if parts.status.is_success()
            && let Some(login) = login(url, &question.headers)
        {
            cx.notice(Notice::Login(login));
        }
        let incoming = Incoming::new(body, &parts.headers, &cx.limits);
        return Ok(Response::from_parts(parts, incoming));
    }
    unreachable!("the last attempt returns")
}

/// Who the host was told that asks, for this host and port alone.
fn login(url: &Url, headers: &HeaderMap) -> Option<Credential> {
    let (kind, secret) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if !kind.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = BASE64.decode(secret.trim().as_bytes()).ok()?;
    let text = String::from_utf8(text).ok()?;
    let (username, password) = text.split_once(':')?;
    Some(Credential {
        host: format!("{}:{}", url.host_str()?, url.port_or_known_default()?),
        username: username.to_owned(),
        password: password.to_owned(),
    })
}

fn basic(username: &str, password: &str) -> Option<HeaderValue> {
    let encoded = BASE64.encode(format!("{username}:{password}").as_bytes());
    let mut value = HeaderValue::try_from(format!("Basic {encoded}")).ok()?;
    value.set_sensitive(true);
    Some(value)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_for_its_host_and_port_alone() {
        let url: Url = "https://index.invalid/simple/x/".parse().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, basic("me", "a:b").unwrap());
        let found = login(&url, &headers).unwrap();
        assert_eq!(found.host, "index.invalid:443");
        assert_eq!((&*found.username, &*found.password), ("me", "a:b"));
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer x"));
        assert!(login(&url, &headers).is_none());
    }
}
