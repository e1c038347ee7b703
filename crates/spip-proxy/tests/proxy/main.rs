//! The proxy between real clients and hosts that can also misbehave.
#![expect(
    clippy::unwrap_used,
    reason = "everything in here is a test or serves one"
)]

mod access;
mod files;
mod hostile;
mod ledger;
mod passing;
mod support;
mod upstream;
