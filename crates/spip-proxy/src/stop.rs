//! Why the proxy itself says no, and what the tool is told.

use std::time::Duration;

use http::StatusCode;
use spip_core::{Quoted, SafeUrl, Sha256};

/// A request that the proxy itself refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{url}: {reason}")]
pub struct Stopped {
    /// The address, without query.
    pub url: SafeUrl,
    /// Why.
    pub reason: Reason,
}

/// Why the proxy refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The host cannot be reached.
    #[error("cannot be reached: {0}")]
    Unreachable(Quoted),
    /// The answer, or the next piece of it, did not come in time.
    #[error("no answer for {0} s")]
    Silent(u64),
    /// The exchange as a whole took too long.
    #[error("not finished after {0} s")]
    Slow(u64),
    /// The body ended early or late.
    #[error("the answer broke off: {0}")]
    Broken(Quoted),
    /// The body is larger than allowed.
    #[error("larger than {0} bytes")]
    TooLarge(u64),
    /// No room is left for bodies.
    #[error("no room is left to keep it")]
    Full,
    /// The bytes are not those that an index page announced.
    #[error("its sha256 is {found}, but the index page says {announced}")]
    WrongDigest {
        /// What the page said.
        announced: Sha256,
        /// What arrived.
        found: Sha256,
    },
    /// An answer that makes no sense as one to what was asked.
    #[error("the answer makes no sense: {0}")]
    Senseless(Quoted),
    /// An archive in what was called a text or a program.
    #[error("an archive is hidden in the answer")]
    Hidden,
    /// The proxy could not do its work.
    #[error("internal: {0}")]
    Internal(Quoted),
}

impl Reason {
    pub(crate) fn silent(limit: Duration) -> Self {
        Self::Silent(limit.as_secs())
    }

    pub(crate) fn slow(limit: Duration) -> Self {
        Self::Slow(limit.as_secs())
    }

    pub(crate) fn senseless(why: &str) -> Self {
        Self::Senseless(why.into())
    }

    pub(crate) fn at(self, url: &url::Url) -> Stopped {
        Stopped {
            url: SafeUrl::from(url.clone()).bare(),
            reason: self,
        }
    }

    /// Whether asking again cannot help.
    pub(crate) fn is_final(&self) -> bool {
        matches!(
            self,
            Self::TooLarge(_) | Self::WrongDigest { .. } | Self::Hidden
        )
    }

    /// Tools ask again after a 5xx and give up at a 403.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::TooLarge(_) | Self::WrongDigest { .. } | Self::Hidden => StatusCode::FORBIDDEN,
            Self::Silent(_) | Self::Slow(_) => StatusCode::GATEWAY_TIMEOUT,
            Self::Full => StatusCode::INSUFFICIENT_STORAGE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unreachable(_) | Self::Broken(_) | Self::Senseless(_) => StatusCode::BAD_GATEWAY,
        }
    }
}
