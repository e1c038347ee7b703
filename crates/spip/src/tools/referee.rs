//! What the proxy asks, handed to the one place where judgements are made.

use std::sync::Arc;

use spip_core::SafeUrl;
use spip_proxy::{Delivery, Judge, Notice, Pending, Ruling};
use tokio::sync::{mpsc, oneshot};

/// Something that the proxy asks or tells.
pub(super) enum Message {
    /// May the tool have this file?
    Judge(Arc<Delivery>, oneshot::Sender<Ruling>),
    /// May the tool fetch from this repository?
    Admit(SafeUrl, oneshot::Sender<Ruling>),
    /// Something went by.
    Notice(Box<Notice>),
}

/// Stands between the proxy's connections and the desk.
pub(super) struct Referee(mpsc::UnboundedSender<Message>);

impl Referee {
    /// A referee and what it hands on. How much there is to hand on, the proxy bounds.
    pub(super) fn new() -> (Self, mpsc::UnboundedReceiver<Message>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), receiver)
    }

    async fn ask(&self, question: impl FnOnce(oneshot::Sender<Ruling>) -> Message) -> Ruling {
        let (answer, answered) = oneshot::channel();
        let over = || Ruling::Refuse("the run is over".into());
        if self.0.send(question(answer)).is_err() {
            return over();
        }
        answered.await.unwrap_or_else(|_| over())
    }
}

impl Judge for Referee {
    fn judge<'a>(&'a self, delivery: &'a Arc<Delivery>) -> Pending<'a, Ruling> {
        Box::pin(self.ask(|answer| Message::Judge(Arc::clone(delivery), answer)))
    }

    fn admit<'a>(&'a self, repository: &'a SafeUrl) -> Pending<'a, Ruling> {
        Box::pin(self.ask(|answer| Message::Admit(repository.clone(), answer)))
    }

    fn notice(&self, notice: Notice) {
        // After the end of the run nobody listens.
        let _nobody_listens = self.0.send(Message::Notice(Box::new(notice)));
    }
}
