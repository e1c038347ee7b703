//! What is kept, for whom, and what is asked again.

use std::fs;
use std::sync::Arc;

use spip_core::Cause;
use spip_pypi::{Access, Cache, Client, Credential, Roots};
use wiremock::matchers::{header, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{
    PAGE, PAGE_TYPE, RECORD, caching_client, count, gap, limits, page, page_at, project_count,
    serve_page, url,
};

async fn asked(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

#[tokio::test]
async fn a_page_is_asked_for_once() {
    let directory = tempfile::tempdir().unwrap();
    let server = MockServer::start().await;
    serve_page(&server, page()).await;
    let page = page_at(server.uri());
    let first = caching_client(&directory)
        .listing(&page, None)
        .await
        .unwrap();
    let again = caching_client(&directory)
        .listing(&page, None)
        .await
        .unwrap();
    assert_eq!(first, again);
    assert_eq!(asked(&server).await, 1);
}

#[tokio::test]
async fn a_record_is_asked_for_once_unless_it_lacks_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let server = MockServer::start().await;
    let template = ResponseTemplate::new(200).set_body_raw(RECORD, "application/json");
    Mock::given(path("/pypi/demo/json"))
        .respond_with(template)
        .mount(&server)
        .await;
    let page = page_at(server.uri());
    let client = caching_client(&directory);
    assert_eq!(project_count(&client, &page).await, Ok(Some(1)));
    let name = "demo".parse().unwrap();
    for (must_list, requests) in [
        (Some("demo-1.4.tar.gz"), 1),
        (None, 1),
        (Some("demo-1.5.tar.gz"), 2),
    ] {
        client
            .project(&page, &name, must_list)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(asked(&server).await, requests, "{must_list:?}");
    }
}

#[tokio::test]
async fn a_page_that_lacks_the_file_is_asked_for_again() {
    let directory = tempfile::tempdir().unwrap();
    let server = MockServer::start().await;
    serve_page(&server, page()).await;
    let page = page_at(server.uri());
    let client = caching_client(&directory);
    for (must_list, requests) in [
        (None, 1),
        (Some("demo-1.4.tar.gz"), 1),
        (Some("demo-1.5.tar.gz"), 2),
    ] {
        client.listing(&page, must_list).await.unwrap().unwrap();
        assert_eq!(asked(&server).await, requests, "{must_list:?}");
    }
}

#[tokio::test]
async fn absence_and_failure_are_never_kept() {
    let garbage = ResponseTemplate::new(200).set_body_raw("{", PAGE_TYPE);
    for bad in [
        ResponseTemplate::new(404),
        ResponseTemplate::new(403),
        garbage,
    ] {
        let directory = tempfile::tempdir().unwrap();
        let server = MockServer::start().await;
        let client = caching_client(&directory);
        serve_page(&server, bad).await;
        assert_ne!(count(&client, &page_at(server.uri())).await, Ok(Some(1)));
        server.reset().await;
        serve_page(&server, page()).await;
        assert_eq!(count(&client, &page_at(server.uri())).await, Ok(Some(1)));
    }
}

#[tokio::test]
async fn users_of_different_credentials_share_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let server = MockServer::start().await;
    serve_page(&server, page()).await;
    let asking = |access| Client::new(access, limits(), Some(Cache::open(directory.path())));
    let login = |username: &str, password: &str| {
        let credential = Credential {
            host: server.address().to_string(),
            username: username.to_owned(),
            password: password.to_owned(),
        };
        asking(Access {
            credentials: vec![credential],
            ..Access::default()
        })
    };
    let certificate = Some("/nonexistent/me.pem".into());
    let trusted_hosts = vec![server.address().to_string().parse().unwrap()];
    let page = page_at(server.uri());
    for (client, requests) in [
        (login("u", "one"), 1),
        (login("u", "two"), 2),
        (login("v", "one"), 3),
        (asking(Access::default()), 4),
        (
            asking(Access {
                client_certificate: certificate,
                ..Access::default()
            }),
            5,
        ),
        (
            asking(Access {
                trusted_hosts,
                ..Access::default()
            }),
            6,
        ),
        (login("u", "one"), 6),
    ] {
        count(&client, &page).await.unwrap();
        assert_eq!(asked(&server).await, requests);
    }
    let in_url = page_at(format!("http://u:two@{}", server.address()));
    count(&caching_client(&directory), &in_url).await.unwrap();
    assert_eq!(
        asked(&server).await,
        6,
        "the same identity, given in the address"
    );
    for entry in fs::read_dir(directory.path().join("pypi/v1")).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(3).any(|window| window == b"two"));
    }
}

#[tokio::test]
async fn a_page_and_a_record_at_one_address_are_kept_apart() {
    let directory = tempfile::tempdir().unwrap();
    let server = MockServer::start().await;
    let record = ResponseTemplate::new(200).set_body_raw(RECORD, "application/json");
    Mock::given(header("accept", "application/json"))
        .respond_with(record)
        .mount(&server)
        .await;
    Mock::given(path("/pypi/demo/json"))
        .respond_with(page())
        .mount(&server)
        .await;
    let client = caching_client(&directory);
    for requests in [2, 2] {
        let record = project_count(&client, &page_at(server.uri())).await;
        let page = count(&client, &url(&format!("{}/pypi/demo/json", server.uri()))).await;
        assert_eq!((record, page), (Ok(Some(1)), Ok(Some(1))));
        assert_eq!(asked(&server).await, requests);
    }
}

#[tokio::test]
async fn a_damaged_file_is_asked_for_again_and_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let server = MockServer::start().await;
    serve_page(&server, page()).await;
    let (client, page) = (caching_client(&directory), page_at(server.uri()));
    count(&client, &page).await.unwrap();
    let entry = fs::read_dir(directory.path().join("pypi/v1"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    let mut bytes = fs::read(entry.path()).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    fs::write(entry.path(), bytes).unwrap();
    for requests in [2, 2] {
        assert_eq!(count(&client, &page).await, Ok(Some(1)));
        assert_eq!(asked(&server).await, requests);
    }
}

#[tokio::test]
async fn a_directory_that_cannot_be_written_only_costs_time() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let server = MockServer::start().await;
    serve_page(&server, page()).await;
    let client = Client::new(Access::default(), limits(), Some(Cache::open(file.path())));
    for requests in [1, 2] {
        assert_eq!(count(&client, &page_at(server.uri())).await, Ok(Some(1)));
        assert_eq!(asked(&server).await, requests);
    }
}

#[tokio::test]
async fn nothing_is_set_up_for_an_answer_from_the_cache() {
    let directory = tempfile::tempdir().unwrap();
    let server = MockServer::start().await;
    serve_page(&server, page()).await;
    let page = page_at(server.uri());
    count(&caching_client(&directory), &page).await.unwrap();
    let roots = Roots::Only("/nonexistent/bundle.pem".into());
    // A proxy over TLS would need the bundle even for http.
    let proxies = vec![("http".to_owned(), "https://proxy.invalid".to_owned())];
    let access = || Access {
        roots: roots.clone(),
        proxies: proxies.clone(),
        ..Access::default()
    };
    let cached = Client::new(access(), limits(), Some(Cache::open(directory.path())));
    assert_eq!(count(&cached, &page).await, Ok(Some(1)));
    let uncached = Client::new(access(), limits(), None);
    assert_eq!(gap(&uncached, &page).await.cause, Cause::Unreadable);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_clients_at_once_agree_on_one_cache() {
    let directory = Arc::new(tempfile::tempdir().unwrap());
    let server = MockServer::start().await;
    for number in 0..5 {
        let template = ResponseTemplate::new(200).set_body_raw(PAGE, PAGE_TYPE);
        Mock::given(path(format!("/{number}/simple/demo/")))
            .respond_with(template)
            .mount(&server)
            .await;
    }
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (directory, root) = (Arc::clone(&directory), server.uri());
            tokio::spawn(async move {
                for round in 0..50 {
                    let page = page_at(format!("{root}/{}", round % 5));
                    assert_eq!(count(&caching_client(&directory), &page).await, Ok(Some(1)));
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert!(asked(&server).await <= 5 * 8);
}
