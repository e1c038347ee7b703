//! Bodies on their way: from a host, bounded in time, and to the tool.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::HeaderMap;
use http::header::CONTENT_LENGTH;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout};

use crate::reply::{BodyError, Outgoing, whole};
use crate::upstream::patience;
use crate::{Body, Limits, Reason};

/// Judged bytes are read from disk in pieces of this size.
const PIECE: u64 = 256 << 10;

/// The body of an answer. One that ends early, stalls or takes too long is an error.
pub(crate) struct Incoming {
    body: reqwest::Body,
    deadline: Instant,
    stall: Duration,
    total: Duration,
    expected: Option<u64>,
    received: u64,
}

impl Incoming {
    pub(crate) fn new(body: reqwest::Body, headers: &HeaderMap, limits: &Limits) -> Self {
        Self {
            body,
            deadline: Instant::now() + limits.total,
            stall: limits.stall,
            total: limits.total,
            expected: stated_length(headers),
            received: 0,
        }
    }

    /// The size that the head of the answer states.
    pub(crate) fn expected(&self) -> Option<u64> {
        self.expected
    }

    /// The next piece; `None`: the body is complete.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Reason> {
        loop {
            let wait = patience(self.deadline, self.stall);
            let Ok(frame) = timeout(wait, self.body.frame()).await else {
                let is_over = wait < self.stall;
                return Err(if is_over {
                    Reason::slow(self.total)
                } else {
                    Reason::silent(self.stall)
                });
            };
            match frame {
                None => return self.end().map(|()| None),
                Some(Err(error)) => return Err(Reason::Broken(error.to_string().into())),
                Some(Ok(frame)) => {
                    if let Ok(piece) = frame.into_data()
                        && !piece.is_empty()
                    {
                        self.received += piece.len() as u64;
                        return Ok(Some(piece));
                    }
                }
            }
        }
    }

    fn end(&self) -> Result<(), Reason> {
        match self.expected {
            Some(expected) if expected != self.received => {
                let why = format!("{} of {expected} bytes came", self.received);
                Err(Reason::Broken(why.into()))
            }
            _ => Ok(()),
        }
    }
}

fn stated_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// A body that is made piece by piece; an error cuts it so that nobody takes it for complete.
pub(crate) fn streamed<S, F, N>(state: S, next: F) -> Outgoing
where
    S: Send + 'static,
    F: FnMut(S) -> N + Send + 'static,
    N: Future<Output = Result<Option<(Bytes, S)>, BodyError>> + Send + 'static,
{
    let mut next = next;
    let pieces = stream::try_unfold(state, move |state| {
        let piece = next(state);
        async move {
            Ok(piece
                .await?
                .map(|(piece, state)| (Frame::data(piece), state)))
        }
    });
    BodyExt::boxed_unsync(StreamBody::new(pieces))
}

/// Judged bytes from `first` to before `end`.
pub(crate) fn slice(body: &Body, first: u64, end: u64) -> Outgoing {
    if let Some(bytes) = body.bytes() {
        let at =
            |offset: u64| usize::try_from(offset).map_or(bytes.len(), |at| at.min(bytes.len()));
        return whole(bytes.slice(at(first)..at(end)));
    }
    let body = body.clone();
    streamed(first, move |offset| {
        let body = body.clone();
        async move {
            let length = end.saturating_sub(offset).min(PIECE);
            if length == 0 {
                return Ok(None);
            }
            let piece = spawn_blocking(move || read(&body, offset, length)).await??;
            Ok(Some((piece, offset + length)))
        }
    })
}

fn read(body: &Body, offset: u64, length: u64) -> std::io::Result<Bytes> {
    let mut piece = vec![0; usize::try_from(length).unwrap_or(0)];
    let mut filled = 0;
    while filled < piece.len() {
        match body.read_at(offset + filled as u64, &mut piece[filled..])? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            length => filled += length,
        }
    }
    Ok(piece.into())
}
