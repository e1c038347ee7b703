//! One bounded GET: deadline, retries, redirects, credentials, size.

use std::time::{Duration, Instant};

use reqwest::Response;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, LOCATION};
use spip_core::{Cause, Gap, SafeUrl};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use url::Url;

use crate::failure::{Again, Failure, broken, malformed, not_http, refused, seconds, too_large};
use crate::{Access, Clients};

const MAX_REDIRECTS: usize = 10;
/// What is asked for where the address is that of a file.
pub(crate) const FILE: &str = "*/*";
pub(crate) const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// Bounds on what a request may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For one request with its retries and redirects, from the moment it may start.
    pub deadline: Duration,
    /// How often one request is tried.
    pub attempts: u32,
    /// The longest answer in bytes, also after decompression.
    pub body: usize,
    /// How many requests run at once; the others wait.
    pub concurrency: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(10),
            attempts: 3,
            body: 64 << 20,
            concurrency: 16,
        }
    }
}

/// An answer with status 200.
pub(crate) struct Page {
    /// The address that answered in the end.
    pub(crate) url: Url,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
}

pub(crate) struct Transport {
    clients: Clients,
    pub(crate) limits: Limits,
    pub(crate) permits: Semaphore,
}

impl Transport {
    pub(crate) fn new(access: Access, limits: Limits) -> Self {
        Self {
            permits: Semaphore::new(limits.concurrency.clamp(1, Semaphore::MAX_PERMITS)),
            clients: Clients::new(access, limits.deadline / 2),
            limits,
        }
    }

    pub(crate) fn client_for(&self, url: &Url) -> Result<&reqwest::Client, Gap> {
        self.clients.for_address(url)
    }

    pub(crate) fn access(&self) -> &Access {
        self.clients.access()
    }

    /// The page at this address; `None` where the status is one of `absent`.
    pub(crate) async fn get(
        &self,
        url: &SafeUrl,
        accept: &str,
        absent: &[u16],
    ) -> Result<Option<Page>, Gap> {
        if !is_http(url.secret()) {
            return Err(not_http(url));
        }
        let _permit = self.permits.acquire().await;
        let deadline = self.limits.deadline;
        let mut last = None;
        let attempts = self.attempts(url.secret(), accept, absent, &mut last);
        if let Ok(answer) = timeout(deadline, attempts).await {
            return answer;
        }
        let waited = format!("did not answer within {} s", seconds(deadline));
        Err(match last {
            None => Gap::new(Cause::Unreachable, format!("{} {waited}", url.bare())),
            Some(gap) => Gap::new(gap.cause, format!("{}, then {waited}", gap.detail.raw())),
        })
    }

    /// Leaves the gap of the latest failed attempt in `last`, for a deadline may end this anywhere.
    async fn attempts(
        &self,
        url: &Url,
        accept: &str,
        absent: &[u16],
        last: &mut Option<Gap>,
    ) -> Result<Option<Page>, Gap> {
        let started = Instant::now();
        for attempt in 1.. {
            let failure = match self.follow(url, accept, absent).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let pause = match failure.again {
                Again::Never => return Err(failure.gap),
                Again::AfterPause => FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(attempt - 1)),
                Again::After(pause) => pause,
            };
            let in_time = started.elapsed().saturating_add(pause) < self.limits.deadline;
            if attempt >= self.limits.attempts || !in_time {
                let (detail, waited) = (failure.gap.detail.raw(), seconds(started.elapsed()));
                let plural = if attempt == 1 { "" } else { "s" };
                let detail = format!("{detail} ({attempt} attempt{plural}, {waited} s)");
                return Err(Gap::new(failure.gap.cause, detail));
            }
            *last = Some(failure.gap);
            sleep(pause).await;
        }
        unreachable!("the last attempt returns")
    }

    /// One attempt, through its redirects.
    async fn follow(
        &self,
        url: &Url,
        accept: &str,
        absent: &[u16],
    ) -> Result<Option<Page>, Failure> {
        let (hop, response) = self.open(url, accept).await?;
        self.take(&hop, response, absent).await
    }

    /// The answer that is no redirect, and where it came from. Each hop is judged anew: which certificates are checked,
    /// which proxy is used, whether the credentials may go along.
    pub(crate) async fn open(&self, url: &Url, accept: &str) -> Result<(Url, Response), Failure> {
        let mut login = self.access().login(url);
        let mut hop = without_secrets(url.clone());
        for _ in 0..=MAX_REDIRECTS {
            let response = self.send(&hop, login.as_ref(), accept).await?;
            if !response.status().is_redirection() {
                return Ok((hop, response));
            }
            let next = target(&hop, response.headers())?;
            if next.origin() != hop.origin() {
                login = None;
            }
            hop = next;
        }
        Err(malformed(&hop, "there are more than 10 redirects").into())
    }

    async fn send(
        &self,
        url: &Url,
        login: Option<&(String, String)>,
        accept: &str,
    ) -> Result<Response, Failure> {
        let client = self.clients.for_address(url)?;
        let mut request = client.get(url.clone()).header(ACCEPT, accept);
        if accept == FILE {
            // Archives are compressed already, and their digest is that of the bytes as they are.
            request = request.header(ACCEPT_ENCODING, "identity");
        }
        if let Some((username, password)) = login {
            request = request.basic_auth(username, Some(password));
        }
        request.send().await.map_err(|error| broken(url, &error))
    }

    /// Sorts the answer by its status and reads it.
    async fn take(
        &self,
        url: &Url,
        response: Response,
        absent: &[u16],
    ) -> Result<Option<Page>, Failure> {
        match response.status().as_u16() {
            200 => self.read(url, response).await.map(Some),
            code if absent.contains(&code) => Ok(None),
            _ => Err(refused(url, &response)),
        }
    }

    pub(crate) async fn read(&self, url: &Url, mut response: Response) -> Result<Page, Failure> {
        let limit = self.limits.body;
        let too_large = || Failure::from(too_large(url, limit as u64));
        let announced = text_of(response.headers(), CONTENT_LENGTH.as_str());
        let announced = announced.parse::<u64>().unwrap_or(0);
        if announced > limit as u64 {
            return Err(too_large());
        }
        let content_type = text_of(response.headers(), CONTENT_TYPE.as_str()).to_owned();
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| broken(url, &error))?
        {
            if chunk.len() > limit - body.len() {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Page {
            url: url.clone(),
            content_type,
            body,
        })
    }
}

pub(crate) fn is_http(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

/// Where a redirect leads, without the credentials that it may try to plant.
fn target(from: &Url, headers: &HeaderMap) -> Result<Url, Gap> {
    let location = text_of(headers, LOCATION.as_str());
    let next = match from.join(location) {
        Ok(next) if !location.is_empty() && location.len() <= SafeUrl::MAX_LENGTH => next,
        _ => return Err(malformed(from, "the redirect leads nowhere")),
    };
    if !is_http(&next) || (from.scheme() == "https" && next.scheme() == "http") {
        return Err(malformed(from, "the redirect leaves https"));
    }
    Ok(without_secrets(next))
}

fn without_secrets(mut url: Url) -> Url {
    // Both fail only for URLs that cannot hold credentials in the first place.
    let _cannot_hold_any = url.set_username("").is_err() || url.set_password(None).is_err();
    url.set_fragment(None);
    url
}

/// The header's text; empty if it is missing or not plain.
pub(crate) fn text_of<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}
