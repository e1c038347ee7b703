//! What a package index says about a project: async client with a cache on disk.
//!
//! [`Client::listing`] reads a project's page (PEP 691, PEP 503), [`Client::project`] the JSON API's
//! record next to it. Both end in an [`spip_core::Answer`]: what the index said, that it has no such
//! thing, or a [`spip_core::Gap`] that names why nobody knows. Needs a tokio runtime with I/O and
//! time; look-ups of host names run on its blocking threads, so end it with `shutdown_background`.

mod access;
mod cache;
mod client;
mod clients;
mod download;
mod failure;
mod filename;
mod html;
mod json;
mod listing;
mod offers;
mod owners;
mod post;
mod project;
mod proxy;
mod record;
mod tls;
mod transport;
mod vulnerabilities;

pub use crate::access::{Access, Credential, Roots, TrustedHost, TrustedHostError};
pub use crate::cache::{Cache, Key, Shelf};
pub use crate::client::Client;
pub use crate::clients::Clients;
pub use crate::listing::{parse_listing, stated_sizes};
pub use crate::offers::Offers;
pub use crate::tls::prepare_certificates;
pub use crate::transport::Limits;
