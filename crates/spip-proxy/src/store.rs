//! The files of this run, by address.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use url::Url;

use crate::context::Context;
use crate::entry::Entry;
use crate::fetch::Fetched;

/// More files than one run fetches.
const MAX_FILES: usize = 1 << 16;

#[derive(Default)]
pub(crate) struct Store(Mutex<HashMap<String, Arc<Entry>>>);

impl Store {
    /// The file at this address, if it was asked for before.
    pub(crate) fn get(&self, url: &Url) -> Option<Arc<Entry>> {
        self.entries().get(&key(url)).cloned()
    }

    /// The file at this address; the first who asks has it fetched, whoever stays to see. `None`:
    /// there is no room for another one.
    pub(crate) fn get_or_fetch<F>(
        cx: &Arc<Context>,
        url: &Url,
        fetch: impl FnOnce() -> F,
    ) -> Option<Arc<Entry>>
    where
        F: Future<Output = Fetched> + Send + 'static,
    {
        let mut entries = cx.store.entries();
        let key = key(url);
        if let Some(known) = entries.get(&key) {
            return Some(Arc::clone(known));
        }
        if entries.len() >= MAX_FILES {
            return None;
        }
        let (sender, receiver) = oneshot::channel();
        let entry = Arc::new(Entry::new(url, receiver));
        entries.insert(key.clone(), Arc::clone(&entry));
        drop(entries);
        let (owner, work) = (Arc::clone(cx), fetch());
        cx.tasks.start(async move {
            let fetched = work.await;
            if !fetched.stays() {
                owner.store.entries().remove(&key);
            }
            // Nobody may be waiting any more.
            let _nobody = sender.send(fetched);
        });
        Some(entry)
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<String, Arc<Entry>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    url.into()
}
