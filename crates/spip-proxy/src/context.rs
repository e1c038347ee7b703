//! What all connections of one proxy share.

use std::sync::Arc;

use spip_pypi::Clients;
use tokio::sync::Semaphore;

use crate::announced::Announced;
use crate::authority::Authority;
use crate::repositories::Repositories;
use crate::spool::Room;
use crate::store::Store;
use crate::tasks::Tasks;
use crate::token::Token;
use crate::{Judge, Limits, Notice, Stopped};

pub(crate) struct Context {
    pub(crate) limits: Limits,
    pub(crate) judge: Arc<dyn Judge>,
    pub(crate) clients: Clients,
    pub(crate) announced: Arc<Announced>,
    pub(crate) store: Store,
    pub(crate) repositories: Repositories,
    pub(crate) room: Room,
    /// Files being fetched.
    pub(crate) fetches: Semaphore,
    /// Index pages in memory.
    pub(crate) pages: Semaphore,
    pub(crate) tasks: Tasks,
    pub(crate) token: Token,
    pub(crate) authority: Authority,
}

impl Context {
    pub(crate) fn notice(&self, notice: Notice) {
        self.judge.notice(notice);
    }

    /// Tells the judge, and gives back what to tell the tool.
    pub(crate) fn stop(&self, stopped: &Stopped) -> crate::reply::Reply {
        self.notice(Notice::Stopped(stopped.clone()));
        crate::reply::stopped(stopped)
    }
}
