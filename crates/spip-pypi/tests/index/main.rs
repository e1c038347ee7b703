//! The client against servers on this machine: well-behaved, slow, broken and hostile ones.
#![expect(
    clippy::unwrap_used,
    reason = "everything in here is a test or serves one"
)]

mod bounds;
mod caching;
mod downloads;
mod outcomes;
mod proxies;
mod secrets;
mod support;
mod tls;
