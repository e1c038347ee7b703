//! Who gets to see credentials.

use spip_core::Cause;
use spip_pypi::{Access, Credential};
use wiremock::{Match, Mock, MockServer, Request, ResponseTemplate};

use crate::support::{client, client_with, count, gap, page, page_at, serve_page, url};

/// `u:p`
const LOGIN: &str = "Basic dTpw";

fn knowing(server: &MockServer) -> Access {
    let credential = Credential {
        host: server.address().to_string(),
        username: "u".to_owned(),
        password: "p".to_owned(),
    };
    Access {
        credentials: vec![credential],
        ..Access::default()
    }
}

/// The `Authorization` header of each request, in order.
async fn seen(server: &MockServer) -> Vec<Option<String>> {
    let requests = server.received_requests().await.unwrap();
    let header = |request: &Request| {
        let value = request.headers.get("authorization")?;
        Some(value.to_str().unwrap().to_owned())
    };
    requests.iter().map(header).collect()
}

struct LoggedIn;

impl Match for LoggedIn {
    fn matches(&self, request: &Request) -> bool {
        request
            .headers
            .get("authorization")
            .is_some_and(|value| value == LOGIN)
    }
}

#[tokio::test]
async fn credentials_go_to_their_own_host_only() {
    let (own, other) = (MockServer::start().await, MockServer::start().await);
    for server in [&own, &other] {
        serve_page(server, page()).await;
        count(&client_with(knowing(&own)), &page_at(server.uri()))
            .await
            .unwrap();
    }
    assert_eq!(seen(&own).await, [Some(LOGIN.to_owned())]);
    assert_eq!(seen(&other).await, [None]);
}

#[tokio::test]
async fn credentials_in_the_address_are_decoded_and_sent() {
    let server = MockServer::start().await;
    Mock::given(LoggedIn)
        .respond_with(page())
        .mount(&server)
        .await;
    let page = page_at(format!("http://%75:%70@{}", server.address()));
    assert_eq!(count(&client(), &page).await, Ok(Some(1)));
}

#[tokio::test]
async fn a_redirect_to_another_host_drops_them_for_good() {
    let (own, other) = (MockServer::start().await, MockServer::start().await);
    let away = ResponseTemplate::new(302)
        .insert_header("location", page_at(other.uri()).secret().as_str());
    serve_page(&own, away).await;
    let back = format!("{}/back/", own.uri());
    serve_page(
        &other,
        ResponseTemplate::new(302).insert_header("location", back),
    )
    .await;
    let client = client_with(knowing(&own));
    assert_eq!(count(&client, &page_at(own.uri())).await, Ok(None));
    assert_eq!(seen(&own).await, [Some(LOGIN.to_owned()), None]);
    assert_eq!(seen(&other).await, [None]);
}

#[tokio::test]
async fn a_redirect_on_the_same_host_keeps_them_and_cannot_plant_others() {
    let server = MockServer::start().await;
    let planted = format!("http://evil:evil@{}/next/", server.address());
    serve_page(
        &server,
        ResponseTemplate::new(302).insert_header("location", planted),
    )
    .await;
    let client = client_with(knowing(&server));
    assert_eq!(count(&client, &page_at(server.uri())).await, Ok(None));
    assert_eq!(
        seen(&server).await,
        [Some(LOGIN.to_owned()), Some(LOGIN.to_owned())]
    );
}

#[tokio::test]
async fn a_refusal_does_not_repeat_them() {
    let server = MockServer::start().await;
    serve_page(&server, ResponseTemplate::new(403)).await;
    let gap = gap(
        &client(),
        &url(&format!(
            "http://me:secret@{}/simple/demo/",
            server.address()
        )),
    )
    .await;
    assert_eq!(gap.cause, Cause::Unauthorized);
    assert!(!format!("{gap:?}").contains("secret") && !gap.detail.raw().contains("secret"));
}
