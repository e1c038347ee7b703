//! Keeps a scan within its bounds: bytes unpacked, time.

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use spip_core::{Cause, Unread};

use crate::Limits;

/// How many bytes go by between two looks at the clock.
const INTERVAL: u64 = 1 << 20;

/// A larger source file is not kept for the other modules.
const LARGEST_KEPT: u64 = 64 << 10;

/// No more than this is kept of all source files.
const MOST_KEPT: u64 = 48 << 20;

/// The bounds of one scan and what is used up of them, shared by its threads.
pub(crate) struct Watch<'a> {
    /// The bounds.
    pub(crate) limits: &'a Limits,
    expired: &'a (dyn Fn() -> bool + Sync),
    late: AtomicBool,
    unpacked: AtomicU64,
    kept: AtomicU64,
}

impl<'a> Watch<'a> {
    /// A watch that has used up nothing.
    pub(crate) fn new(limits: &'a Limits, expired: &'a (dyn Fn() -> bool + Sync)) -> Self {
        Self {
            limits,
            expired,
            late: AtomicBool::new(false),
            unpacked: AtomicU64::new(0),
            kept: AtomicU64::new(0),
        }
    }

    /// Whether a source of this length may be kept for the other modules.
    pub(crate) fn may_keep(&self, length: usize) -> bool {
        let length = length as u64;
        length <= LARGEST_KEPT && self.kept.fetch_add(length, Ordering::Relaxed) <= MOST_KEPT
    }

    /// Whether time is up; once it is, it stays so.
    pub(crate) fn is_late(&self) -> bool {
        if !self.late.load(Ordering::Relaxed) && (self.expired)() {
            self.late.store(true, Ordering::Relaxed);
        }
        self.late.load(Ordering::Relaxed)
    }

    /// Whether a look at the clock has found that time is up.
    pub(crate) fn was_late(&self) -> bool {
        self.late.load(Ordering::Relaxed)
    }

    /// A reader that stops at the bounds. `packed` is what the data takes in the archive, where
    /// that is known.
    pub(crate) fn over<R: Read>(&'a self, inner: R, packed: Option<u64>) -> Watched<'a, R> {
        Watched {
            inner,
            watch: self,
            packed,
            count: 0,
            next_look: 0,
        }
    }
}

/// A reader that stops at the bounds.
pub(crate) struct Watched<'a, R> {
    inner: R,
    watch: &'a Watch<'a>,
    packed: Option<u64>,
    count: u64,
    next_look: u64,
}

impl<R> Watched<'_, R> {
    /// The reader below.
    pub(crate) fn into_inner(self) -> R {
        self.inner
    }
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.count >= self.next_look {
            self.next_look = self.count + INTERVAL;
            if self.watch.is_late() {
                return Err(io::Error::other(Bound::Time));
            }
        }
        let count = self.inner.read(buffer)?;
        self.count += count as u64;
        let limits = self.watch.limits;
        let before = self
            .watch
            .unpacked
            .fetch_add(count as u64, Ordering::Relaxed);
        if before + count as u64 > limits.unpacked {
            return Err(io::Error::other(Bound::Unpacked(limits.unpacked)));
        }
        if let Some(packed) = self.packed
            && self.count > (1 << 20)
            && self.count / packed.max(1) > limits.ratio
        {
            return Err(io::Error::other(Bound::Ratio(limits.ratio)));
        }
        Ok(count)
    }
}

/// The bound that reading met.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Bound {
    /// Time is up.
    #[error("took too long")]
    Time,
    /// So many bytes in one archive are too many.
    #[error("more than {} MB unpacked", .0 >> 20)]
    Unpacked(u64),
    /// Unpacks to more than so many times its size.
    #[error("unpacks to more than {0} times its size")]
    Ratio(u64),
    /// So many members are too many.
    #[error("more than {0} members")]
    Members(usize),
    /// So many bytes in one member are too many.
    #[error("larger than {} MB", .0 >> 20)]
    Member(u64),
}

/// What a failed read means.
pub(crate) fn unread(member: &str, error: &io::Error) -> Unread {
    let inner = error.get_ref();
    let cause = if inner
        .and_then(|inner| inner.downcast_ref::<Bound>())
        .is_some()
    {
        Cause::TooLarge
    } else if error.raw_os_error().is_some() {
        Cause::Unreadable
    } else {
        Cause::Malformed
    };
    let mut detail = error.to_string().to_lowercase();
    detail.truncate(detail.floor_char_boundary(200));
    Unread {
        member: member.to_owned(),
        cause,
        detail,
    }
}

/// Reads everything, up to a bound.
pub(crate) fn read_whole(
    reader: &mut dyn Read,
    expected: u64,
    bound: u64,
    begun: Vec<u8>,
) -> io::Result<Vec<u8>> {
    let mut whole = begun;
    let room = expected.min(bound).saturating_sub(whole.len() as u64);
    whole.reserve(usize::try_from(room).unwrap_or(0).min(8 << 20));
    let left = bound.saturating_sub(whole.len() as u64);
    reader
        .take(left.saturating_add(1))
        .read_to_end(&mut whole)?;
    if whole.len() as u64 > bound {
        return Err(io::Error::other(Bound::Member(bound)));
    }
    Ok(whole)
}
