//! One file of the run: fetched once, judged once, for everybody who asks.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use tokio::sync::oneshot;
use url::Url;

use crate::context::Context;
use crate::fetch::Fetched;
use crate::verdict::{Awaited, asked};
use crate::{Delivery, Pending, Reason, Ruling};

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
            let question = || {
                let (owner, delivery) = (Arc::clone(cx), Arc::clone(delivery));
                asked(cx, async move { owner.judge.judge(&delivery).await })
            };
            ruling.get_or_insert_with(question).clone()
        };
        awaited.await
    }
}
