//! A world to run whole programs in: real pips, a loopback index, real packages, a terminal.

#![expect(
    clippy::missing_panics_doc,
    reason = "a scenario that cannot be set up ends at once, with a message"
)]
#![expect(
    clippy::format_push_string,
    reason = "pages and headers are a few lines long; reading them matters more than speed"
)]

pub mod environment;
pub mod index;
pub mod packages;
pub mod pips;
pub mod proxied;
pub mod run;
pub mod terminal;
pub mod tools;
pub mod world;

mod archive;
mod provision;
mod server;
mod snapshot;

/// The sha256 of some bytes in lower-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    use std::fmt::Write;

    Sha256::digest(bytes)
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            write!(text, "{byte:02x}").expect("a string takes every write");
            text
        })
}
