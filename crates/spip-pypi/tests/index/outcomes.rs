//! What each kind of answer becomes.

use std::time::{Duration, Instant};

use spip_core::Cause;
use wiremock::matchers::{header, headers, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{
    PAGE, RECORD, client, count, gap, page, page_at, project_count, serve_page, url,
};

#[tokio::test]
async fn a_page_is_asked_for_in_both_forms_and_read() {
    let server = MockServer::start().await;
    let accept = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01";
    Mock::given(method("GET"))
        .and(path("/simple/demo/"))
        .and(headers("accept", accept.split(", ").collect::<Vec<_>>()))
        .and(header(
            "user-agent",
            concat!("spip/", env!("CARGO_PKG_VERSION")),
        ))
        .respond_with(page())
        .mount(&server)
        .await;
    assert_eq!(count(&client(), &page_at(server.uri())).await, Ok(Some(1)));
}

#[tokio::test]
async fn an_index_that_knows_only_html_is_read() {
    let server = MockServer::start().await;
    let html = "<a href=demo-1.tar.gz>x</a><a href=demo-2.tar.gz>y</a>";
    let template = ResponseTemplate::new(200).set_body_raw(html, "text/html; charset=utf-8");
    serve_page(&server, template).await;
    assert_eq!(count(&client(), &page_at(server.uri())).await, Ok(Some(2)));
}

#[tokio::test]
async fn what_is_not_there_is_an_answer() {
    let server = MockServer::start().await;
    assert_eq!(count(&client(), &page_at(server.uri())).await, Ok(None));
    for status in [404, 405, 410] {
        server.reset().await;
        let template = ResponseTemplate::new(status);
        Mock::given(path("/pypi/demo/json"))
            .respond_with(template)
            .mount(&server)
            .await;
        assert_eq!(
            project_count(&client(), &page_at(server.uri())).await,
            Ok(None)
        );
    }
    let elsewhere = url(&format!("{}/files/demo/", server.uri()));
    assert_eq!(project_count(&client(), &elsewhere).await, Ok(None));
}

#[tokio::test]
async fn a_record_is_found_next_to_the_page() {
    let server = MockServer::start().await;
    Mock::given(path("/root/pypi/demo/json"))
        .and(header("accept", "application/json"))
        .respond_with(ResponseTemplate::new(200).set_body_raw(RECORD, "application/json"))
        .mount(&server)
        .await;
    let page = page_at(format!("{}/root", server.uri()));
    assert_eq!(project_count(&client(), &page).await, Ok(Some(1)));
}

#[tokio::test]
async fn each_failure_has_its_cause_and_names_the_page_without_its_query() {
    for (status, cause) in [
        (401, Cause::Unauthorized),
        (403, Cause::Unauthorized),
        (407, Cause::Unauthorized),
        (400, Cause::ServerError),
        (405, Cause::ServerError),
        (501, Cause::ServerError),
        (204, Cause::Malformed),
        (304, Cause::Malformed),
    ] {
        let server = MockServer::start().await;
        serve_page(&server, ResponseTemplate::new(status)).await;
        let address = server.address();
        let gap = gap(
            &client(),
            &url(&format!(
                "http://u:secret@{address}/simple/demo/?token=secret"
            )),
        )
        .await;
        assert_eq!(gap.cause, cause, "{status}");
        let detail = gap.detail.to_string();
        assert!(
            detail.contains(&format!("http://{address}/simple/demo/")),
            "{detail}"
        );
        assert!(!detail.contains("secret"), "{detail}");
        assert_eq!(
            server.received_requests().await.unwrap().len(),
            1,
            "{status} is not retried"
        );
    }
}

#[tokio::test]
async fn the_page_of_a_log_in_is_no_record() {
    let server = MockServer::start().await;
    let to_login = ResponseTemplate::new(302).insert_header("location", "/login");
    Mock::given(path("/pypi/demo/json"))
        .respond_with(to_login)
        .mount(&server)
        .await;
    let login = ResponseTemplate::new(200).set_body_raw("<form>", "text/html");
    Mock::given(path("/login"))
        .respond_with(login)
        .mount(&server)
        .await;
    let gap = project_count(&client(), &page_at(server.uri()))
        .await
        .unwrap_err();
    assert_eq!(gap.cause, Cause::Malformed);
}

#[tokio::test]
async fn a_passing_error_is_tried_again() {
    for status in [429, 500, 502, 503, 504] {
        let server = MockServer::start().await;
        Mock::given(method("GET"))
            .respond_with(ResponseTemplate::new(status))
            .up_to_n_times(1)
            .mount(&server)
            .await;
        serve_page(&server, page()).await;
        assert_eq!(
            count(&client(), &page_at(server.uri())).await,
            Ok(Some(1)),
            "{status}"
        );
    }
}

#[tokio::test]
async fn a_lasting_error_is_tried_three_times() {
    let server = MockServer::start().await;
    serve_page(&server, ResponseTemplate::new(503)).await;
    let gap = gap(&client(), &page_at(server.uri())).await;
    assert_eq!(gap.cause, Cause::ServerError);
    let detail = gap.detail.to_string();
    assert!(detail.contains("answered 503 (3 attempts, "), "{detail}");
    assert_eq!(server.received_requests().await.unwrap().len(), 3);
}

#[tokio::test]
async fn retry_after_is_waited_for() {
    let server = MockServer::start().await;
    let busy = ResponseTemplate::new(429).insert_header("retry-after", "1");
    Mock::given(method("GET"))
        .respond_with(busy)
        .up_to_n_times(1)
        .mount(&server)
        .await;
    serve_page(&server, page()).await;
    let start = Instant::now();
    assert_eq!(count(&client(), &page_at(server.uri())).await, Ok(Some(1)));
    assert!(start.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn retry_after_beyond_the_deadline_is_not_waited_for() {
    for value in [
        "3600",
        "Fri, 31 Dec 2100 23:59:59 GMT",
        "99999999999999999999",
    ] {
        let server = MockServer::start().await;
        let busy = ResponseTemplate::new(503).insert_header("retry-after", value);
        serve_page(&server, busy).await;
        let start = Instant::now();
        assert_eq!(
            gap(&client(), &page_at(server.uri())).await.cause,
            Cause::ServerError
        );
        assert!(start.elapsed() < Duration::from_secs(2), "{value}");
    }
}

#[tokio::test]
async fn nobody_listening_is_unreachable_after_three_attempts() {
    // The port is free again as soon as the listener is gone.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let gap = gap(&client(), &page_at(format!("http://127.0.0.1:{port}"))).await;
    assert_eq!(gap.cause, Cause::Unreachable);
    assert!(gap.detail.to_string().contains("3 attempts"), "{gap}");
}

#[tokio::test]
async fn a_page_that_is_not_on_the_web_is_a_gap() {
    let gap = gap(&client(), &url("file:///simple/demo/")).await;
    assert_eq!(gap.cause, Cause::Unreadable);
}

#[tokio::test]
async fn redirects_are_followed_and_bounded() {
    let server = MockServer::start().await;
    let to = |to: &str| ResponseTemplate::new(308).insert_header("location", to);
    Mock::given(path("/simple/Demo"))
        .respond_with(to("/simple/demo/"))
        .mount(&server)
        .await;
    Mock::given(path("/loop/"))
        .respond_with(to("/loop/"))
        .mount(&server)
        .await;
    Mock::given(path("/ftp/"))
        .respond_with(to("ftp://h.invalid/"))
        .mount(&server)
        .await;
    Mock::given(path("/nowhere/"))
        .respond_with(ResponseTemplate::new(302))
        .mount(&server)
        .await;
    serve_page(&server, page()).await;
    let at = |path: &str| url(&format!("{}{path}", server.uri()));
    assert_eq!(count(&client(), &at("/simple/Demo")).await, Ok(Some(1)));
    for path in ["/loop/", "/ftp/", "/nowhere/"] {
        assert_eq!(
            gap(&client(), &at(path)).await.cause,
            Cause::Malformed,
            "{path}"
        );
    }
    let requests = server.received_requests().await.unwrap();
    assert_eq!(
        requests
            .iter()
            .filter(|request| request.url.path() == "/loop/")
            .count(),
        11
    );
}

#[tokio::test]
async fn a_compressed_page_is_read() {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(PAGE.as_bytes()).unwrap();
    let body = encoder.finish().unwrap();
    let server = MockServer::start().await;
    let template = ResponseTemplate::new(200)
        .set_body_raw(body, crate::support::PAGE_TYPE)
        .insert_header("content-encoding", "gzip");
    serve_page(&server, template).await;
    assert_eq!(count(&client(), &page_at(server.uri())).await, Ok(Some(1)));
}
