//! A judge that remembers, a proxy in front of a host, and clients.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::tls::Certificate;
use spip_core::SafeUrl;
use spip_proxy::{
    Delivery, Judge, Limits, Notice, Options, Page, Pending, Proxy, Ruling, Variable,
};
use spip_pypi::{Access, Roots};

use crate::upstream::Host;

/// Refuses every file that contains `evil`.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) judged: Mutex<Vec<Arc<Delivery>>>,
    pub(crate) notices: Mutex<Vec<Notice>>,
    pub(crate) pause: Mutex<Duration>,
    pub(crate) admitted: AtomicUsize,
}

pub(crate) fn contents(delivery: &Delivery) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(delivery.body.size()).unwrap()];
    let mut filled = 0;
    while filled < bytes.len() {
        let read = delivery
            .body
            .read_at(filled as u64, &mut bytes[filled..])
            .unwrap();
        assert!(read > 0);
        filled += read;
    }
    bytes
}

impl Judge for Memory {
    fn judge<'a>(&'a self, delivery: &'a Arc<Delivery>) -> Pending<'a, Ruling> {
        Box::pin(async move {
            let pause = *self.pause.lock().unwrap();
            tokio::time::sleep(pause).await;
            self.judged.lock().unwrap().push(Arc::clone(delivery));
            let bytes = contents(delivery);
            assert!(!bytes.starts_with(b"panic"), "the judge panics");
            let is_evil = bytes.windows(4).any(|window| window == b"evil");
            if is_evil {
                Ruling::Refuse("it is evil\r\nInjected: yes \u{202e}ü".into())
            } else {
                Ruling::Forward
            }
        })
    }

    fn admit<'a>(&'a self, repository: &'a SafeUrl) -> Pending<'a, Ruling> {
        let is_evil = repository.to_string().contains("evil");
        self.admitted.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move {
            if is_evil {
                Ruling::Refuse("it is evil".into())
            } else {
                Ruling::Forward
            }
        })
    }

    fn notice(&self, notice: Notice) {
        self.notices.lock().unwrap().push(notice);
    }
}

impl Memory {
    pub(crate) fn judged(&self) -> usize {
        self.judged.lock().unwrap().len()
    }

    pub(crate) fn stopped(&self) -> Vec<String> {
        self.told(|notice| match notice {
            Notice::Stopped(stopped) => Some(stopped.to_string()),
            _ => None,
        })
    }

    /// What was passed on, `GET 200 Text`, once it is this much: some is told after the answer.
    pub(crate) async fn passed(&self, count: usize) -> Vec<String> {
        loop {
            let passed = self.told(|notice| match notice {
                Notice::Passed(passed) => Some(format!(
                    "{} {} {:?}",
                    passed.method, passed.status, passed.what
                )),
                _ => None,
            });
            if passed.len() >= count {
                return passed;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// The first index page, once it is read.
    pub(crate) async fn page(&self) -> Page {
        loop {
            let pages = self.told(|notice| match notice {
                Notice::Page(page) => Some(page.clone()),
                _ => None,
            });
            if let Some(page) = pages.into_iter().next() {
                return page;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn told<T>(&self, select: impl Fn(&Notice) -> Option<T>) -> Vec<T> {
        let notices = self.notices.lock().unwrap();
        notices.iter().filter_map(select).collect()
    }
}

pub(crate) struct Setup {
    pub(crate) judge: Arc<Memory>,
    pub(crate) proxy: Proxy,
}

/// Limits that a test can wait for.
pub(crate) fn limits() -> Limits {
    Limits {
        stall: Duration::from_millis(800),
        total: Duration::from_secs(4),
        head: Duration::from_secs(2),
        connect: Duration::from_secs(2),
        verdict: Duration::from_secs(3),
        file: 40 << 20,
        in_memory: 1 << 20,
        page: 4 << 20,
        ..Limits::default()
    }
}

pub(crate) async fn in_front_of(host: &Host) -> Setup {
    let access = Access {
        roots: Roots::Only(host.bundle()),
        ..Access::default()
    };
    with(access, limits()).await
}

pub(crate) async fn with(access: Access, limits: Limits) -> Setup {
    let judge = Arc::new(Memory::default());
    let mut options = Options::new(access);
    options.limits = limits;
    let proxy = Proxy::start(options, judge.clone()).await.unwrap();
    Setup { judge, proxy }
}

impl Setup {
    /// What stands behind `Proxy-Authorization: Basic`.
    pub(crate) fn login(&self) -> String {
        let secret = self.proxy.secret_address();
        let login = secret.strip_prefix("http://").unwrap();
        let login = login.split('@').next().unwrap();
        data_encoding::BASE64.encode(login.as_bytes())
    }

    /// A client that trusts this proxy only.
    pub(crate) fn client(&self) -> reqwest::Client {
        self.builder().build().unwrap()
    }

    /// The same, which speaks HTTP/1.1 only.
    pub(crate) fn http1(&self) -> reqwest::Client {
        self.builder().http1_only().build().unwrap()
    }

    pub(crate) fn builder(&self) -> reqwest::ClientBuilder {
        let proxy = reqwest::Proxy::all(self.proxy.secret_address()).unwrap();
        self.direct().proxy(proxy)
    }

    /// A client that trusts this proxy's authority but goes around it.
    pub(crate) fn direct(&self) -> reqwest::ClientBuilder {
        provider();
        let pem = std::fs::read(self.proxy.certificate()).unwrap();
        reqwest::Client::builder()
            .tls_certs_only([Certificate::from_pem(&pem).unwrap()])
            .redirect(reqwest::redirect::Policy::limited(5))
            .timeout(Duration::from_secs(20))
            .no_proxy()
    }

    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        self.proxy
            .environment()
            .into_iter()
            .find_map(|variable| match variable {
                Variable::Set(known, value) if known == name => value.into_string().ok(),
                _ => None,
            })
    }
}

/// reqwest wants one for the whole program.
pub(crate) fn provider() {
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
}

/// Follows redirects itself: reqwest forgets the proxy's credentials when it does.
pub(crate) async fn follow(client: &reqwest::Client, url: &str) -> (u16, Vec<u8>) {
    let mut url: reqwest::Url = url.parse().unwrap();
    loop {
        let response = client.get(url.clone()).send().await.unwrap();
        let status = response.status();
        if !status.is_redirection() {
            return (status.as_u16(), response.bytes().await.unwrap().to_vec());
        }
        url = url
            .join(response.headers()["location"].to_str().unwrap())
            .unwrap();
    }
}

pub(crate) async fn get(client: &reqwest::Client, url: &str) -> (u16, Vec<u8>) {
    let response = client.get(url).send().await.unwrap();
    let status = response.status().as_u16();
    (status, response.bytes().await.unwrap().to_vec())
}
