//! A loopback HTTPS proxy that fetches, asks for a verdict, then forwards those very bytes.
//!
//! [`Proxy::start`] listens on 127.0.0.1 with a certificate authority and a token that live for one
//! run. A child started with [`Proxy::environment`] trusts that authority only and reaches the world
//! through the proxy only. Every file that could be a package is fetched whole, once, shown to the
//! [`Judge`], and delivered from what was shown. Needs a tokio runtime with I/O and time.

mod announced;
mod authority;
mod body;
mod context;
mod delivery;
mod entry;
mod environment;
mod fetch;
mod headers;
mod judge;
mod kind;
mod ledger;
mod limits;
mod pages;
mod pass;
mod private;
mod range;
mod record;
mod reply;
mod repositories;
mod route;
mod scan;
mod server;
mod spool;
mod stop;
mod store;
mod stream;
mod tasks;
mod token;
mod tunnel;
mod upstream;
mod verdict;

pub use crate::announced::Announcement;
pub use crate::body::Body;
pub use crate::environment::Variable;
pub use crate::judge::{Delivery, Judge, Notice, Page, Passed, Pending, Ruling, What};
pub use crate::ledger::{Entry, Ledger, LedgerError, Reading, Standing};
pub use crate::limits::Limits;
pub use crate::server::{Options, Proxy, ProxyError};
pub use crate::stop::{Reason, Stopped};
