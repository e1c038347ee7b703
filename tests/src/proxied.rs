//! A world behind the proxy: tools that are led through it, and a judge that refuses by name.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use spip_proxy::{Delivery, Judge, Notice, Options, Pending, Proxy, Ruling, Variable};
use spip_pypi::{Access, Roots};
use tokio::runtime::Runtime;

use crate::run::Run;
use crate::world::World;

/// What was judged, by file name and digest.
#[derive(Default)]
pub struct Names {
    refused: Mutex<Vec<String>>,
    judged: Mutex<Vec<(String, String)>>,
}

impl Judge for Names {
    fn judge<'a>(&'a self, delivery: &'a Arc<Delivery>) -> Pending<'a, Ruling> {
        let address = delivery.asked.secret().path();
        let name = address.rsplit('/').next().unwrap_or_default().to_owned();
        let is_refused = lock(&self.refused)
            .iter()
            .any(|start| name.starts_with(start));
        lock(&self.judged).push((name, delivery.sha256.to_string()));
        Box::pin(async move {
            if is_refused {
                Ruling::Refuse("the test says no".into())
            } else {
                Ruling::Forward
            }
        })
    }

    fn notice(&self, _: Notice) {}
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A running proxy in front of a world's index.
pub struct Proxied {
    judge: Arc<Names>,
    proxy: Option<Proxy>,
    runtime: Runtime,
}

impl Proxied {
    /// In front of this world, which must speak TLS. Nothing is refused yet.
    pub fn new(world: &World) -> Self {
        let authority = world.aside("upstream.pem");
        world.index.save_authority(&authority);
        let access = Access {
            roots: Roots::Only(authority),
            ..Access::default()
        };
        let mut options = Options::new(access);
        options.directory = world.aside("");
        let runtime = Runtime::new().expect("a runtime starts");
        let judge = Arc::new(Names::default());
        let started = runtime.block_on(Proxy::start(options, judge.clone()));
        Self {
            judge,
            proxy: Some(started.expect("a proxy starts")),
            runtime,
        }
    }

    /// Refuses files whose names begin like this from now on.
    pub fn refuse(&self, start: &str) {
        lock(&self.judge.refused).push(start.to_owned());
    }

    /// How often a file of this name was judged.
    pub fn judged(&self, name: &str) -> usize {
        let judged = lock(&self.judge.judged);
        judged.iter().filter(|(known, _)| known == name).count()
    }

    /// What a variable says that leads a program through the proxy.
    pub fn variable(&self, name: &str) -> String {
        let proxy = self.proxy.as_ref().expect("it runs until it is dropped");
        let mut all = proxy.environment().into_iter();
        let found = all.find_map(|variable| match variable {
            Variable::Set(known, value) if known == name => Some(value),
            Variable::Set(..) | Variable::Unset(_) => None,
        });
        let value = found.unwrap_or_else(|| panic!("the proxy sets no {name}"));
        value.to_string_lossy().into_owned()
    }

    /// Leads a program through the proxy.
    pub fn leads<'w>(&self, run: Run<'w>) -> Run<'w> {
        let proxy = self.proxy.as_ref().expect("it runs until it is dropped");
        proxy
            .environment()
            .into_iter()
            .fold(run, |run, variable| match variable {
                Variable::Set(name, value) => run.env(name, value),
                Variable::Unset(name) => run.without(name),
            })
    }
}

impl Drop for Proxied {
    fn drop(&mut self) {
        let _inside = self.runtime.enter();
        self.proxy.take();
    }
}
