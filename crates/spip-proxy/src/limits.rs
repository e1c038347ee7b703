//! Bounds on what a run may cost.

use std::time::Duration;

/// Bounds on time, memory, disk and connections. Everything that waits or grows has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections of the tool at one time; further ones wait to be accepted.
    pub connections: usize,
    /// Files fetched at one time; further ones wait.
    pub fetches: usize,
    /// Bodies kept in memory, in bytes, all together; beyond it files go to disk.
    pub memory: u64,
    /// The largest file kept in memory, in bytes.
    pub in_memory: u64,
    /// The largest file or stream, in bytes.
    pub file: u64,
    /// Files kept on disk, in bytes, all together.
    pub disk: u64,
    /// The largest index page, in bytes, also once it is unpacked.
    pub page: u64,
    /// The largest announced file that is fetched as soon as its metadata is asked for, in bytes.
    pub ahead: u64,
    /// For the head of a request, and for a TLS handshake.
    pub head: Duration,
    /// For a connection to a host.
    pub connect: Duration,
    /// For the head of an answer, and for each piece of a body.
    pub stall: Duration,
    /// For one exchange with a host as a whole.
    pub total: Duration,
    /// For a verdict. Tools are told to wait longer than this.
    pub verdict: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 256,
            fetches: 48,
            memory: 256 << 20,
            in_memory: 16 << 20,
            file: 8 << 30,
            disk: 64 << 30,
            page: 64 << 20,
            ahead: 20 << 20,
            head: Duration::from_secs(15),
            connect: Duration::from_secs(30),
            stall: Duration::from_mins(1),
            total: Duration::from_hours(1),
            verdict: Duration::from_mins(9),
        }
    }
}
