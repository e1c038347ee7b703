//! Work that ends with the proxy at the latest.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::JoinSet;

/// Starts work. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Tasks(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    running: JoinSet<()>,
    is_over: bool,
}

impl Tasks {
    pub(crate) fn start(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while state.running.try_join_next().is_some() {}
        if !state.is_over {
            state.running.spawn(work);
        }
    }

    /// Stops everything, now and from now on.
    pub(crate) fn end(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.is_over = true;
        state.running.abort_all();
    }
}

impl<F: Future<Output = ()> + Send + 'static> hyper::rt::Executor<F> for Tasks {
    fn execute(&self, work: F) {
        self.start(work);
    }
}
