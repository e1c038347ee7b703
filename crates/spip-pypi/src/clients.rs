//! HTTP clients that reach hosts as the user's own tool would: certificates, proxies, credentials.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::Proxy;
use spip_core::{Cause, Gap};
use url::Url;

use crate::failure::innermost;
use crate::proxy::Proxies;
use crate::{Access, tls};

/// One client for each way of treating certificates. They follow no redirects, so that each hop is
/// judged anew.
pub struct Clients {
    access: Access,
    proxies: Proxies,
    connect_timeout: Duration,
    bodies: Bodies,
    ready: [OnceLock<Result<reqwest::Client, Gap>>; 3],
}

/// What becomes of compressed answers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bodies {
    Decoded,
    AsSent,
}

/// How certificates are treated; the place in [`Clients::ready`].
#[derive(Clone, Copy)]
enum Channel {
    Plain,
    Checked,
    Exempt,
}

impl Clients {
    /// Clients that ask in their own name and unpack compressed answers.
    pub fn new(access: Access, connect_timeout: Duration) -> Self {
        Self::with(access, connect_timeout, Bodies::Decoded)
    }

    /// Clients for requests of somebody else: nothing is added to what is asked (but `Accept: */*`
    /// where there is none), and bodies stay as they were sent.
    pub fn passing_through(access: Access, connect_timeout: Duration) -> Self {
        Self::with(access, connect_timeout, Bodies::AsSent)
    }

    fn with(access: Access, connect_timeout: Duration, bodies: Bodies) -> Self {
        Self {
            proxies: Proxies::new(access.proxies.clone(), access.no_proxy.as_deref()),
            ready: [const { OnceLock::new() }; 3],
            access,
            connect_timeout,
            bodies,
        }
    }

    /// How hosts are reached.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// The client for this address, built when it is first needed: reading root certificates takes
    /// milliseconds that a warm cache must not cost.
    pub fn for_address(&self, url: &Url) -> Result<&reqwest::Client, Gap> {
        let through_tls = self
            .proxies
            .choose(url)?
            .is_some_and(|proxy| proxy.scheme() == "https");
        let channel = match url.scheme() {
            "https" if self.access.trusts(url) => Channel::Exempt,
            "http" if !through_tls => Channel::Plain,
            _ => Channel::Checked,
        };
        self.ready[channel as usize]
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
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            // Asked again by `for_address` before each request, where a bad proxy becomes a gap.
            .proxy(Proxy::custom(move |url| {
                proxies.choose(url).unwrap_or_default()
            }))
            .connect_timeout(self.connect_timeout);
        builder = match self.bodies {
            Bodies::Decoded => builder.user_agent(&self.access.user_agent),
            Bodies::AsSent => builder.gzip(false),
        };
        builder.build().map_err(|error| {
            let detail = format!("no HTTP client: {}", innermost(&error));
            Gap::new(Cause::Internal, detail)
        })
    }
}
