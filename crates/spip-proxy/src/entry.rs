//! One file of the run: fetched once, judged once, for everybody who asks.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::Shared;
use tokio::sync::oneshot;
use tokio::time::timeout;
use url::Url;

use crate::context::Context;
use crate::fetch::Fetched;
use crate::{Delivery, Pending, Reason, Ruling};

/// What will be there, for any number of those who wait.
type Awaited<T> = Shared<Pending<'static, T>>;

pub(crate) struct Entry {
    fetched: Awaited<Fetched>,
    ruling: Mutex<Option<Awaited<Ruling>>>,
}

impl Entry {
    /// An entry whose fetch is under way elsewhere.
    pub(crate) fn new(url: &Url, fetched: oneshot::Receiver<Fetched>) -> Self {
        let lost = Fetched::Failed(Reason::Internal("the fetch was given up".into()).at(url));
        let fetched = fetched.map(|fetched| fetched.unwrap_or(lost));
        let fetched: Pending<'static, Fetched> = Box::pin(fetched);
        Self {
            fetched: fetched.shared(),
            ruling: Mutex::default(),
        }
    }

    pub(crate) async fn fetched(&self) -> Fetched {
        self.fetched.clone().await
    }

    /// The verdict, asked for by whoever comes first; it goes on if they leave.
    pub(crate) async fn ruling(&self, cx: &Arc<Context>, delivery: &Arc<Delivery>) -> Ruling {
        let awaited = {
            let mut ruling = self.ruling.lock().unwrap_or_else(PoisonError::into_inner);
            ruling.get_or_insert_with(|| judged(cx, delivery)).clone()
        };
        awaited.await
    }
}

/// A judge that panics, or takes too long, has not said yes.
fn judged(cx: &Arc<Context>, delivery: &Arc<Delivery>) -> Awaited<Ruling> {
    let (sender, receiver) = oneshot::channel();
    let (asked, delivery) = (Arc::clone(cx), Arc::clone(delivery));
    cx.tasks.start(async move {
        let limit = asked.limits.verdict;
        let ruling = timeout(limit, asked.judge.judge(&delivery)).await;
        let late = || Ruling::Refuse(format!("no verdict after {} s", limit.as_secs()).into());
        // Nobody may be waiting any more.
        let _nobody = sender.send(ruling.unwrap_or_else(|_| late()));
    });
    let lost = || Ruling::Refuse("the judgement came to no end".into());
    let ruling = receiver.map(move |ruling| ruling.unwrap_or_else(|_| lost()));
    let ruling: Pending<'static, Ruling> = Box::pin(ruling);
    ruling.shared()
}
