//! Hosts that misbehave: nothing incomplete is ever taken for complete, and nothing waits for ever.

use std::time::{Duration, Instant};

use crate::support::{get, in_front_of};
use crate::upstream::{Host, Script, ok, raw};

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n";

#[tokio::test]
async fn a_truncated_file_is_an_error_and_asked_for_again() {
    let host = Host::tls().await;
    let cut = [
        format!("{HEAD}Content-Length: 100\r\n\r\nPK"),
        format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nPK go"),
        format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nPK go\r\n"),
        format!("{HEAD}Transfer-Encoding: chunked\r\n\r\nZZ\r\nPK\r\n0\r\n\r\n"),
        "HTTP/1.1 200".to_owned(),
        "not http at all\r\n\r\n".to_owned(),
        String::new(),
    ];
    let setup = in_front_of(&host).await;
    for (number, text) in cut.into_iter().enumerate() {
        let path = format!("/demo-{number}.whl");
        host.says(
            &path,
            [
                raw(text.clone()),
                ok("application/octet-stream", b"PK good"),
            ],
        );
        assert_eq!(
            get(&setup.client(), &host.url(&path)).await.0,
            502,
            "{text}"
        );
        assert_eq!(
            get(&setup.client(), &host.url(&path)).await.0,
            200,
            "{text}"
        );
    }
    assert_eq!(setup.judge.stopped().len(), 7);
    assert_eq!(setup.judge.judged(), 7);
}

#[tokio::test]
async fn a_truncated_answer_is_never_passed_on_as_complete() {
    let host = Host::tls().await;
    let text = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";
    let body = "x".repeat(2000);
    host.says(
        "/length",
        [raw(format!("{text}Content-Length: 9999\r\n\r\n{body}"))],
    );
    host.says(
        "/chunks",
        [raw(format!(
            "{text}Transfer-Encoding: chunked\r\n\r\n7d0\r\n{body}\r\n"
        ))],
    );
    let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 99\r\n\r\n<a";
    host.says("/simple/demo/", [raw(page)]);
    let setup = in_front_of(&host).await;
    for client in [setup.client(), setup.http1()] {
        for path in ["/length", "/chunks"] {
            let response = client.get(host.url(path)).send().await.unwrap();
            assert!(response.bytes().await.is_err(), "{path}");
        }
        assert_eq!(get(&client, &host.url("/simple/demo/")).await.0, 502);
    }
}

#[tokio::test]
async fn endless_bodies_end() {
    let host = Host::tls().await;
    let endless = |head: &str| Script {
        raw: head.into(),
        endless: Some(vec![b'x'; 64 << 10]),
        ..Script::default()
    };
    host.says("/demo-1.whl", [endless(&format!("{HEAD}\r\n"))]);
    host.says(
        "/demo-2.whl",
        [endless(&format!(
            "{HEAD}Content-Length: 99999999999\r\n\r\n"
        ))],
    );
    host.says(
        "/simple/demo/",
        [endless(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
        )],
    );
    host.says(
        "/text",
        [endless(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n",
        )],
    );
    host.says("/head", [endless("HTTP/1.1 200 OK\r\nX: ")]);
    host.says("/error-1.whl", [endless("HTTP/1.1 500 OK\r\n\r\n")]);
    let setup = in_front_of(&host).await;
    let started = Instant::now();
    let client = setup.client();
    assert_eq!(get(&client, &host.url("/demo-1.whl")).await.0, 403);
    assert_eq!(get(&client, &host.url("/demo-2.whl")).await.0, 403);
    assert_eq!(get(&client, &host.url("/simple/demo/")).await.0, 403);
    let text = client.get(host.url("/text")).send().await.unwrap();
    assert!(text.bytes().await.is_err());
    assert_eq!(get(&client, &host.url("/head")).await.0, 502);
    assert_eq!(
        get(&client, &host.url("/error-1.whl")).await,
        (500, Vec::new())
    );
    assert!(started.elapsed() < Duration::from_secs(30));
    assert_eq!(setup.judge.judged(), 0);
}

#[tokio::test]
async fn silence_and_dripping_end() {
    let host = Host::tls().await;
    let hanging = |text: String| Script {
        raw: text.into(),
        hangs: true,
        ..Script::default()
    };
    host.says("/silent-1.whl", [hanging(String::new())]);
    host.says(
        "/stalled-1.whl",
        [hanging(format!("{HEAD}Content-Length: 9\r\n\r\nPK"))],
    );
    let long = "x".repeat(600);
    host.says(
        "/slow-1.whl",
        [Script {
            raw: format!("{HEAD}Content-Length: 600\r\n\r\n{long}").into(),
            slow: true,
            ..Script::default()
        }],
    );
    let setup = in_front_of(&host).await;
    let started = Instant::now();
    for path in ["/silent-1.whl", "/stalled-1.whl", "/slow-1.whl"] {
        assert_eq!(get(&setup.client(), &host.url(path)).await.0, 504, "{path}");
    }
    assert!(started.elapsed() < Duration::from_secs(15));
}

#[tokio::test]
async fn statuses_that_tools_mistake_for_success_are_refused() {
    let host = Host::tls().await;
    for (number, head) in [
        "HTTP/1.1 206 Part\r\nContent-Range: bytes 0-3/4",
        "HTTP/1.1 304 Same",
        "HTTP/1.1 300 Choose",
        "HTTP/1.1 399 What",
        "HTTP/1.1 302 Found\r\nLocation: http://[",
        "HTTP/1.1 600 Beyond",
        "HTTP/1.1 999 Beyond",
    ]
    .iter()
    .enumerate()
    {
        for path in [format!("/demo-{number}.whl"), format!("/text-{number}")] {
            host.says(
                &path,
                [raw(format!("{head}\r\nContent-Length: 4\r\n\r\nevil"))],
            );
        }
    }
    let setup = in_front_of(&host).await;
    for number in 0..7 {
        for path in [format!("/demo-{number}.whl"), format!("/text-{number}")] {
            let (status, body) = get(&setup.client(), &host.url(&path)).await;
            assert_eq!(status, 502, "{path}");
            assert!(!String::from_utf8_lossy(&body).contains("evil"));
        }
    }
}

#[tokio::test]
async fn heads_cannot_smuggle_anything() {
    let host = Host::tls().await;
    let many = "X: y\r\n".repeat(500);
    host.says(
        "/many-1.whl",
        [raw(format!("{HEAD}{many}Content-Length: 2\r\n\r\nPK"))],
    );
    host.says(
        "/twice-1.whl",
        [raw(format!(
            "{HEAD}Content-Length: 2\r\nContent-Length: 7\r\n\r\nPK evil"
        ))],
    );
    host.says(
        "/both-1.whl",
        [raw(format!(
            "{HEAD}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nPK\r\n0\r\n\r\n"
        ))],
    );
    host.says(
        "/packed",
        [raw(
            "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\nxx",
        )],
    );
    let setup = in_front_of(&host).await;
    assert_eq!(get(&setup.client(), &host.url("/many-1.whl")).await.0, 502);
    assert_eq!(get(&setup.client(), &host.url("/twice-1.whl")).await.0, 502);
    let (status, body) = get(&setup.client(), &host.url("/both-1.whl")).await;
    assert!(
        status == 502 || (status, &body[..]) == (200, b"PK"),
        "{status}"
    );
    assert_eq!(get(&setup.client(), &host.url("/packed")).await.0, 502);
}

#[tokio::test]
async fn a_busy_host_is_asked_again_and_an_upload_is_not() {
    let host = Host::tls().await;
    let busy = || raw("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
    let good = || ok("application/octet-stream", b"PK good");
    host.says("/demo-1.whl", [busy(), busy(), good()]);
    host.says("/demo-2.whl", [busy()]);
    host.says("/text", [busy(), ok("text/plain", b"hello")]);
    host.says("/upload", [busy(), good()]);
    let setup = in_front_of(&host).await;
    let client = setup.client();
    assert_eq!(get(&client, &host.url("/demo-1.whl")).await.0, 200);
    assert_eq!(get(&client, &host.url("/demo-2.whl")).await.0, 503);
    assert_eq!(host.count("/demo-2.whl"), 3);
    assert_eq!(get(&client, &host.url("/text")).await.0, 200);
    let upload = client.post(host.url("/upload")).body("x").send();
    assert_eq!(upload.await.unwrap().status(), 503);
    assert_eq!(host.count("/upload"), 1);
}
