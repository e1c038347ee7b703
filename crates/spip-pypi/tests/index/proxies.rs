//! Requests that go through a proxy.

use spip_core::Cause;
use spip_pypi::Access;

use crate::support::{client_with, count, gap, page_at, recording_proxy};

fn through(key: &str, proxy: String) -> Access {
    Access {
        proxies: vec![(key.to_owned(), proxy)],
        ..Access::default()
    }
}

#[tokio::test]
async fn a_proxy_gets_the_whole_address_and_its_own_credentials() {
    let (address, heads) = recording_proxy().await;
    let client = client_with(through("http", format!("http://u:p@{address}")));
    assert_eq!(
        count(&client, &page_at("http://index.invalid")).await,
        Ok(Some(1))
    );
    let heads = heads.lock().unwrap();
    let head = heads[0].to_lowercase();
    assert!(
        head.starts_with("get http://index.invalid/simple/demo/ http/1.1\r\n"),
        "{head}"
    );
    assert!(
        head.contains("proxy-authorization: basic dtpw\r\n"),
        "{head}"
    );
    assert!(!head.contains("\r\nauthorization:"), "{head}");
}

#[tokio::test]
async fn https_asks_the_proxy_for_a_tunnel() {
    let (address, heads) = recording_proxy().await;
    let client = client_with(through("all", address.to_string()));
    // What comes back through the tunnel is no TLS.
    assert_eq!(
        gap(&client, &page_at("https://index.invalid")).await.cause,
        Cause::Unreachable
    );
    let heads = heads.lock().unwrap();
    assert!(
        heads[0].starts_with("CONNECT index.invalid:443 "),
        "{}",
        heads[0]
    );
}

#[tokio::test]
async fn hosts_on_the_list_are_reached_directly() {
    let (proxy, asked) = recording_proxy().await;
    let (server, reached) = recording_proxy().await;
    let mut access = through("http", format!("http://{proxy}"));
    access.no_proxy = Some("127.0.0.0/8".to_owned());
    assert_eq!(
        count(&client_with(access), &page_at(format!("http://{server}"))).await,
        Ok(Some(1))
    );
    assert!(reached.lock().unwrap()[0].starts_with("GET /simple/demo/ "));
    assert!(asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_proxy_that_cannot_be_used_is_never_gone_around() {
    let (server, reached) = recording_proxy().await;
    let client = client_with(through("http", "gopher://u:secret@p.invalid".to_owned()));
    let gap = gap(&client, &page_at(format!("http://{server}"))).await;
    assert_eq!(gap.cause, Cause::Unreachable);
    assert!(!gap.to_string().contains("secret"));
    assert!(reached.lock().unwrap().is_empty());
}
