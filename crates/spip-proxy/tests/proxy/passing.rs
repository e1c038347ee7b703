//! What is no file: passed on unchanged, and told to the judge.

use std::io::Write;

use crate::support::{get, in_front_of};
use crate::upstream::{Host, ok, raw, redirect, with};
use flate2::Compression;
use flate2::write::GzEncoder;

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn an_index_page_passes_unchanged_and_is_shown() {
    let host = Host::tls().await;
    let html = b"<a href='demo-1.zip'>demo</a>";
    host.says("/simple/demo/", [redirect("/simple/Demo/")]);
    let lines = "Content-Encoding: gzip\r\nAlt-Svc: h3=\":443\"\r\nX-Own: 1\r\n";
    host.says("/simple/Demo/", [with("text/html", lines, &packed(html))]);
    let setup = in_front_of(&host).await;
    let client = setup.builder().gzip(false).build().unwrap();
    let request = client
        .get(host.url("/simple/demo/"))
        .header("accept-encoding", "gzip, br");
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["x-own"], "1");
    assert!(!response.headers().contains_key("alt-svc"));
    assert_eq!(response.bytes().await.unwrap(), packed(html));
    assert!(host.heads()[1].contains("accept-encoding: gzip\r\n"));
    let page = setup.judge.page().await;
    assert_eq!(page.asked.to_string(), host.url("/simple/demo/"));
    assert_eq!(page.found.to_string(), host.url("/simple/Demo/"));
    assert_eq!(page.body, &html[..]);
    assert_eq!(page.files, Ok(1));
}

#[tokio::test]
async fn a_repository_is_asked_about_once_and_a_refused_one_never_reached() {
    let host = Host::tls().await;
    let refs = "/info/refs?service=git-upload-pack";
    for name in ["evil", "fine"] {
        let answer = ok("application/x-git-upload-pack-advertisement", b"0000");
        host.says(&format!("/{name}.git{refs}"), [answer.clone(), answer]);
    }
    let setup = in_front_of(&host).await;
    let client = setup.client();
    let mut codes = Vec::new();
    for name in ["evil", "fine", "evil", "fine"] {
        let url = host.url(&format!("/{name}.git{refs}"));
        codes.push(client.get(url).send().await.unwrap().status().as_u16());
    }
    assert_eq!(codes, [403, 200, 403, 200]);
    let asked = setup
        .judge
        .admitted
        .load(std::sync::atomic::Ordering::Relaxed);
    assert_eq!(asked, 2);
    let post = client.post(host.url("/evil.git/git-upload-pack")).body("x");
    assert_eq!(post.send().await.unwrap().status().as_u16(), 403);
}

#[tokio::test]
async fn everything_else_is_told_with_what_it_is() {
    let host = Host::tls().await;
    host.says("/api", [ok("application/json", b"{}")]);
    host.says("/text", [ok("text/plain", b"hello")]);
    host.says("/tool.exe", [ok("application/x-msdownload", b"MZ")]);
    host.says(
        "/r.git/info/refs?service=git-upload-pack",
        [ok("application/x-git-upload-pack-advertisement", b"0000")],
    );
    host.says("/upload", [ok("text/plain", b"thanks")]);
    let setup = in_front_of(&host).await;
    let client = setup.client();
    for path in [
        "/api",
        "/text",
        "/tool.exe",
        "/r.git/info/refs?service=git-upload-pack",
        "/missing",
    ] {
        get(&client, &host.url(path)).await;
    }
    let response = client
        .post(host.url("/upload"))
        .body("PK\x05\x06 a wheel")
        .send()
        .await
        .unwrap();
    assert_eq!(response.text().await.unwrap(), "thanks");
    let mut passed = setup.judge.passed(6).await;
    passed.sort();
    assert_eq!(
        passed,
        [
            "GET 200 Git",
            "GET 200 Other(\"application/x-msdownload\")",
            "GET 200 Text",
            "GET 200 Text",
            "GET 404 Failure",
            "POST 200 Upload",
        ]
    );
    assert!(
        host.heads()[5].contains("content-length: 12"),
        "{}",
        host.heads()[5]
    );
    assert_eq!(setup.judge.judged(), 0);
}

#[tokio::test]
async fn a_download_that_turns_out_to_be_an_archive_is_judged() {
    let host = Host::tls().await;
    let octets = "application/octet-stream";
    host.says("/magic", [ok(octets, b"PK\x03\x04 evil")]);
    host.says("/gzip", [ok(octets, &packed(b"evil"))]);
    host.says(
        "/named",
        [with(
            octets,
            "Content-Disposition: attachment; filename=demo-1.tar.gz\r\n",
            b"evil",
        )],
    );
    host.says("/typed", [ok("application/zip", b"evil")]);
    host.says("/page", [ok("text/html", b"<html>evil</html> PK\x05\x06")]);
    host.says("/hidden", [ok("text/plain", b"evil PK\x05\x06")]);
    host.says(
        "/wrapped",
        [with(
            "text/html",
            "Content-Encoding: gzip\r\n",
            &packed(b"evil PK\x05\x06"),
        )],
    );
    host.says(
        "/created",
        [raw(
            "HTTP/1.1 203 Sure\r\nContent-Length: 8\r\n\r\nBZh9evil",
        )],
    );
    let setup = in_front_of(&host).await;
    for path in ["/magic", "/named", "/typed", "/page", "/hidden", "/created"] {
        assert_eq!(get(&setup.client(), &host.url(path)).await.0, 403, "{path}");
        assert_eq!(
            get(&setup.http1(), &host.url(path)).await.0,
            403,
            "{path} again"
        );
        assert_eq!(host.count(path), 1, "{path}");
    }
    for path in ["/gzip", "/wrapped"] {
        // What the judge saw is what comes, whatever the host called it.
        let response = setup.client().get(host.url(path)).send().await.unwrap();
        assert!(!response.headers().contains_key("content-encoding"));
        assert_eq!(response.bytes().await.unwrap()[..2], [0x1f, 0x8b]);
    }
    assert_eq!(setup.judge.judged(), 8);
}

#[tokio::test]
async fn an_archive_that_shows_late_is_cut_off_and_judged_when_asked_for_again() {
    let host = Host::tls().await;
    let mut body = vec![b'x'; 300_000];
    body.extend(b"evil PK\x05\x06");
    host.says("/late", [ok("text/plain", &body)]);
    let setup = in_front_of(&host).await;
    let response = setup.client().get(host.url("/late")).send().await.unwrap();
    assert!(
        response.bytes().await.is_err(),
        "never forwarded as complete"
    );
    assert_eq!(get(&setup.client(), &host.url("/late")).await.0, 403);
    assert_eq!(setup.judge.stopped().len(), 1);
}
