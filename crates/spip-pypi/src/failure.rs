//! What a failed request leaves: a gap, and whether another attempt may help.

use std::error::Error;
use std::time::Duration;

use reqwest::Response;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use spip_core::{Cause, Gap, SafeUrl};
use url::Url;

use crate::transport::text_of;

/// A failed attempt.
pub(crate) struct Failure {
    pub(crate) gap: Gap,
    pub(crate) again: Again,
}

/// Whether another attempt may help.
pub(crate) enum Again {
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

/// An answer that is neither what was asked for nor a redirect.
pub(crate) fn refused(url: &Url, response: &Response) -> Failure {
    let status = response.status().as_u16();
    let answered = format!("{} answered {status}", shown(url));
    match status {
        401 | 403 | 407 => Gap::new(Cause::Unauthorized, answered).into(),
        429 | 500 | 502 | 503 | 504 => Failure {
            gap: Gap::new(Cause::ServerError, answered),
            again: retry_after(response.headers()),
        },
        400.. => Gap::new(Cause::ServerError, answered).into(),
        _ => Gap::new(Cause::Malformed, answered).into(),
    }
}

pub(crate) fn not_http(url: &SafeUrl) -> Gap {
    let detail = format!("{} is not served by http", url.bare());
    Gap::new(Cause::Unreadable, detail)
}

pub(crate) fn too_large(url: &Url, limit: u64) -> Gap {
    let detail = format!("{} is larger than {limit} bytes", shown(url));
    Gap::new(Cause::TooLarge, detail)
}

/// For messages: a query may hold a token.
pub(crate) fn shown(url: &Url) -> SafeUrl {
    SafeUrl::from(url.clone()).bare()
}

pub(crate) fn malformed(url: &Url, why: &str) -> Gap {
    Gap::new(Cause::Malformed, format!("{}: {why}", shown(url)))
}

/// RFC 9110 section 10.2.3: seconds or a date.
pub(crate) fn retry_after(headers: &HeaderMap) -> Again {
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
pub(crate) fn broken(url: &Url, error: &reqwest::Error) -> Failure {
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

pub(crate) fn chain<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| {
        (*error).source()
    })
}

pub(crate) fn is_certificate_error(error: &(dyn Error + 'static)) -> bool {
    // rustls' errors travel inside `io::Error`s, which do not list them as their source.
    let inside = error
        .downcast_ref::<std::io::Error>()
        .and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>() || inside.is_some_and(|inside| is_certificate_error(inside))
}

/// The cause itself; what wraps it repeats the address.
pub(crate) fn innermost(error: &reqwest::Error) -> String {
    chain(error)
        .last()
        .map_or_else(String::new, ToString::to_string)
}

/// `10`, `0.6`
pub(crate) fn seconds(duration: Duration) -> String {
    let text = format!("{:.1}", duration.as_secs_f64());
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}
