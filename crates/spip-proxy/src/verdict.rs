//! A question to the judge that is asked once, for everybody who waits for the answer.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::Shared;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::context::Context;
use crate::{Pending, Ruling};

/// What will be there, for any number of those who wait.
pub(crate) type Awaited<T> = Shared<Pending<'static, T>>;

/// Asks, and goes on asking if those who wait leave. A judge that panics, or takes too long, has not
/// said yes.
pub(crate) fn asked(
    cx: &Arc<Context>,
    question: impl Future<Output = Ruling> + Send + 'static,
) -> Awaited<Ruling> {
    let (sender, receiver) = oneshot::channel();
    let limit = cx.limits.verdict;
    cx.tasks.start(async move {
        let late = |_| Ruling::Refuse(format!("no verdict after {} s", limit.as_secs()).into());
        // Nobody may be waiting any more.
        let _nobody = sender.send(timeout(limit, question).await.unwrap_or_else(late));
    });
    let lost = |_| Ruling::Refuse("the judgement came to no end".into());
    let ruling = receiver.map(move |ruling| ruling.unwrap_or_else(lost));
    let ruling: Pending<'static, Ruling> = Box::pin(ruling);
    ruling.shared()
}
