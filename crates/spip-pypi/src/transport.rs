//! One bounded GET: deadline, retries, redirects, credentials, size.

use std::error::Error;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{Proxy, Response};
use spip_core::{Cause, Gap, SafeUrl};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use url::Url;

use crate::proxy::Proxies;
use crate::{Access, tls};

const MAX_REDIRECTS: usize = 10;
const FIRST_PAUSE: Duration = Duration::from_millis(200);

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
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
}

pub(crate) struct Transport {
    access: Access,
    limits: Limits,
    proxies: Proxies,
    permits: Semaphore,
    clients: [OnceLock<Result<reqwest::Client, Gap>>; 3],
}

/// How certificates are treated; the place in [`Transport::clients`].
#[derive(Clone, Copy)]
enum Channel {
    Plain,
    Checked,
    Exempt,
}

/// A failed attempt.
struct Failure {
    gap: Gap,
    again: Again,
}

/// Whether another attempt may help.
enum Again {
    Never,
    AfterPause,
    After(Duration),
}

impl From<Gap> for Failure {
    fn from(gap: Gap) -> Self {
        Self {
            gap,
            again: Again::Never,
        }
    }
}

impl Transport {
    pub(crate) fn new(access: Access, limits: Limits) -> Self {
        Self {
            proxies: Proxies::new(access.proxies.clone(), access.no_proxy.as_deref()),
            permits: Semaphore::new(limits.concurrency.clamp(1, Semaphore::MAX_PERMITS)),
            clients: [const { OnceLock::new() }; 3],
            access,
            limits,
        }
    }

    pub(crate) fn access(&self) -> &Access {
        &self.access
    }

    /// The page at this address; `None` where the status is one of `absent`.
    pub(crate) async fn get(
        &self,
        url: &SafeUrl,
        accept: &str,
        absent: &[u16],
    ) -> Result<Option<Page>, Gap> {
        if !is_http(url.secret()) {
            return Err(Gap::new(
                Cause::Unreadable,
                format!("{} is not served by http", url.bare()),
            ));
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

    /// One attempt, through its redirects. Each hop is judged anew: which certificates are checked,
    /// which proxy is used, whether the credentials may go along.
    async fn follow(
        &self,
        url: &Url,
        accept: &str,
        absent: &[u16],
    ) -> Result<Option<Page>, Failure> {
        let mut login = self.access.login(url);
        let mut hop = without_secrets(url.clone());
        for _ in 0..=MAX_REDIRECTS {
            let response = self.send(&hop, login.as_ref(), accept).await?;
            if !response.status().is_redirection() {
                return self.take(&hop, response, absent).await;
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
        let mut request = self.client(url)?.get(url.clone()).header(ACCEPT, accept);
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
        let status = response.status();
        let answered = || format!("{} answered {}", shown(url), status.as_u16());
        match status.as_u16() {
            200 => self.read(url, response).await.map(Some),
            code if absent.contains(&code) => Ok(None),
            401 | 403 | 407 => Err(Gap::new(Cause::Unauthorized, answered()).into()),
            429 | 500 | 502 | 503 | 504 => Err(Failure {
                gap: Gap::new(Cause::ServerError, answered()),
                again: retry_after(response.headers()),
            }),
            400.. => Err(Gap::new(Cause::ServerError, answered()).into()),
            _ => Err(Gap::new(Cause::Malformed, answered()).into()),
        }
    }

    async fn read(&self, url: &Url, mut response: Response) -> Result<Page, Failure> {
        let limit = self.limits.body;
        let too_large = || {
            let detail = format!("{} is larger than {limit} bytes", shown(url));
            Failure::from(Gap::new(Cause::TooLarge, detail))
        };
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
        Ok(Page { content_type, body })
    }

    /// The client for this address, built when it is first needed: reading root certificates takes
    /// milliseconds that a warm cache must not cost.
    fn client(&self, url: &Url) -> Result<&reqwest::Client, Gap> {
        let through_tls = self
            .proxies
            .choose(url)?
            .is_some_and(|proxy| proxy.scheme() == "https");
        let channel = match url.scheme() {
            "https" if self.access.trusts(url) => Channel::Exempt,
            "http" if !through_tls => Channel::Plain,
            _ => Channel::Checked,
        };
        self.clients[channel as usize]
            .get_or_init(|| self.build(channel))
            .as_ref()
            .map_err(Clone::clone)
    }

    fn build(&self, channel: Channel) -> Result<reqwest::Client, Gap> {
        let tls = match channel {
            Channel::Plain => tls::none(),
            Channel::Checked => tls::checking(&self.access),
            Channel::Exempt => tls::exempting(&self.access),
        }?;
        let proxies = self.proxies.clone();
        reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            // Asked again by `client` before each request, where a bad proxy becomes a gap.
            .proxy(Proxy::custom(move |url| {
                proxies.choose(url).unwrap_or_default()
            }))
            .user_agent(&self.access.user_agent)
            .connect_timeout(self.limits.deadline / 2)
            .build()
            .map_err(|error| {
                Gap::new(
                    Cause::Internal,
                    format!("no HTTP client: {}", innermost(&error)),
                )
            })
    }
}

fn is_http(url: &Url) -> bool {
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

/// For messages: a query may hold a token.
fn shown(url: &Url) -> SafeUrl {
    SafeUrl::from(url.clone()).bare()
}

fn malformed(url: &Url, why: &str) -> Gap {
    Gap::new(Cause::Malformed, format!("{}: {why}", shown(url)))
}

/// The header's text; empty if it is missing or not plain.
fn text_of<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// RFC 9110 section 10.2.3: seconds or a date.
fn retry_after(headers: &HeaderMap) -> Again {
    let value = text_of(headers, RETRY_AFTER.as_str());
    if let Ok(seconds) = value.parse() {
        return Again::After(Duration::from_secs(seconds));
    }
    match jiff::fmt::rfc2822::parse(value) {
        Ok(date) => {
            let pause = date.timestamp().duration_since(jiff::Timestamp::now());
            Again::After(pause.try_into().unwrap_or_default())
        }
        Err(_) => Again::AfterPause,
    }
}

/// A connection that failed or broke off.
fn broken(url: &Url, error: &reqwest::Error) -> Failure {
    let why = innermost(error);
    let detail = format!("{} cannot be reached: {why}", shown(url));
    let certificate = chain(error).any(is_certificate_error);
    let again = if error.is_connect() && !certificate {
        Again::AfterPause
    } else {
        Again::Never
    };
    Failure {
        gap: Gap::new(Cause::Unreachable, detail),
        again,
    }
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| {
        (*error).source()
    })
}

fn is_certificate_error(error: &(dyn Error + 'static)) -> bool {
    // rustls' errors travel inside `io::Error`s, which do not list them as their source.
    let inside = error
        .downcast_ref::<std::io::Error>()
        .and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>() || inside.is_some_and(|inside| is_certificate_error(inside))
}

/// The cause itself; what wraps it repeats the address.
fn innermost(error: &reqwest::Error) -> String {
    chain(error)
        .last()
        .map_or_else(String::new, ToString::to_string)
}

/// `10`, `0.6`
fn seconds(duration: Duration) -> String {
    let text = format!("{:.1}", duration.as_secs_f64());
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}
