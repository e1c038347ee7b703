//! Files: their bytes as they are, in bounds.

use spip_core::Cause;
use wiremock::matchers::{header, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{client, page_at, url};

async fn serve(server: &MockServer, template: ResponseTemplate) {
    Mock::given(path("/files/demo-1.zip"))
        .and(header("accept-encoding", "identity"))
        .respond_with(template)
        .mount(server)
        .await;
}

async fn fetched(server: &MockServer, largest: u64) -> Result<Vec<u8>, Cause> {
    let file = url(&format!("{}/files/demo-1.zip", server.uri()));
    let mut bytes = Vec::new();
    let ended = client().download(&file, &mut bytes, largest).await;
    ended.map(|()| bytes).map_err(|gap| gap.cause)
}

#[tokio::test]
async fn a_file_is_fetched_up_to_the_bound_and_not_beyond() {
    let server = MockServer::start().await;
    serve(
        &server,
        ResponseTemplate::new(200).set_body_bytes(*b"12345"),
    )
    .await;
    assert_eq!(fetched(&server, 5).await, Ok(b"12345".to_vec()));
    assert_eq!(fetched(&server, 4).await, Err(Cause::TooLarge));
}

#[tokio::test]
async fn an_answer_without_a_file_is_a_gap() {
    for (status, cause) in [
        (404, Cause::ServerError),
        (403, Cause::Unauthorized),
        (500, Cause::ServerError),
        (206, Cause::Malformed),
    ] {
        let server = MockServer::start().await;
        serve(&server, ResponseTemplate::new(status)).await;
        assert_eq!(fetched(&server, 5).await, Err(cause), "{status}");
    }
}

#[tokio::test]
async fn a_page_tells_where_its_files_lie() {
    let server = MockServer::start().await;
    let page = r#"{"meta": {"api-version": "1.0"}, "name": "demo", "files": [
        {"filename": "demo-1.zip", "url": "/files/demo-1.zip", "hashes": {}}]}"#;
    let template =
        ResponseTemplate::new(200).set_body_raw(page, "application/vnd.pypi.simple.v1+json");
    Mock::given(path("/simple/demo/"))
        .respond_with(template)
        .mount(&server)
        .await;
    let offers = client()
        .offers(&page_at(server.uri()))
        .await
        .unwrap()
        .unwrap();
    let (file, address) = offers.files().next().unwrap();
    assert_eq!(file.filename, "demo-1.zip");
    assert_eq!(
        address.to_string(),
        format!("{}/files/demo-1.zip", server.uri())
    );
    let absent = url(&format!("{}/simple/other/", server.uri()));
    assert!(client().offers(&absent).await.unwrap().is_none());
}
