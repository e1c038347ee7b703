//! What the proxy asks its caller, and what it tells.

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use spip_core::{Quoted, SafeUrl, Sha256};
use spip_pypi::Credential;

use crate::{Announcement, Body, Stopped};

/// An answer to come.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Decides what a tool may have, and hears what else went by.
pub trait Judge: Send + Sync + 'static {
    /// Whether the tool may have this file. Asked once for each address in a run; the answer holds
    /// for these bytes as long as the proxy runs. One that takes longer than
    /// [`Limits::verdict`](crate::Limits::verdict), or panics, is a no.
    fn judge<'a>(&'a self, delivery: &'a Arc<Delivery>) -> Pending<'a, Ruling>;

    /// Whether the tool may fetch from this version-control repository, of whose contents the proxy
    /// sees nothing. Asked once for each repository of a run, under the same limit.
    fn admit<'a>(&'a self, repository: &'a SafeUrl) -> Pending<'a, Ruling> {
        let why = format!("nobody looks at what is fetched from {repository}");
        Box::pin(async move { Ruling::Refuse(why.into()) })
    }

    /// Hears what went by. Must not block: other traffic waits meanwhile.
    fn notice(&self, notice: Notice);
}

/// A verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// These very bytes go to the tool.
    Forward,
    /// The tool gets a 403 with this reason.
    Refuse(Quoted),
}

/// A file that was fetched whole.
#[derive(Debug)]
pub struct Delivery {
    /// Where the bytes came from, without a fragment. May hold secrets in its query.
    pub url: SafeUrl,
    /// Where the tool first asked for it, before redirects.
    pub asked: SafeUrl,
    /// The name that the answer gave the file (`Content-Disposition`), if it did.
    pub named: Option<Quoted>,
    /// The digest of the bytes. It agrees with every announcement that states one.
    pub sha256: Sha256,
    /// The bytes.
    pub body: Body,
    /// What index pages of this run said of this address.
    pub announced: Vec<Arc<Announcement>>,
}

/// Something that went by.
#[derive(Clone, Debug)]
pub enum Notice {
    /// The tool said who it is, and the host accepted that.
    Login(Credential),
    /// An index page.
    Page(Page),
    /// A file is there, asked for or fetched ahead; [`Judge::judge`] follows if the tool wants it.
    Arrived(Arc<Delivery>),
    /// Something else was passed on unjudged.
    Passed(Passed),
    /// The proxy itself refused.
    Stopped(Stopped),
    /// The tool asked for a tunnel to this host and port and then did not speak TLS with the proxy:
    /// most often it trusts another authority.
    Distrusted(Quoted),
}

/// An index page as the tool got it.
#[derive(Clone, Debug)]
pub struct Page {
    /// Where the tool first asked for it, before redirects.
    pub asked: SafeUrl,
    /// Where it was found.
    pub found: SafeUrl,
    /// Its `Content-Type`.
    pub content_type: String,
    /// Its bytes, unpacked.
    pub body: Bytes,
    /// How many files it announced; `Err`: it could not be read, and why.
    pub files: Result<usize, spip_core::Gap>,
}

/// Something that was passed on unjudged.
#[derive(Clone, Debug)]
pub struct Passed {
    /// The method, in upper case.
    pub method: String,
    /// The address without query.
    pub url: SafeUrl,
    /// The status of the answer.
    pub status: u16,
    /// What it was taken for.
    pub what: What,
}

/// What an answer that was passed on is taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A redirect: where it leads is asked for next.
    Redirect,
    /// An answer that says no, status 400 to 599.
    Failure,
    /// Core metadata of a file (PEP 658).
    Metadata,
    /// Text or JSON.
    Text,
    /// Version control over HTTP: what it fetches was not looked at.
    Git,
    /// Something that the tool sent.
    Upload,
    /// Anything else, by its content type: a program, say.
    Other(Quoted),
}
