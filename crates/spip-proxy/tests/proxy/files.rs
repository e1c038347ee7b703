//! Files: fetched once, judged once, and delivered from what was judged.

use std::time::Duration;

use reqwest::Version;
use spip_pypi::{Access, Roots};

use crate::support::{contents, follow, get, in_front_of, limits, with as proxy_with};
use crate::upstream::{Host, ok, raw, redirect, with};

const WHEEL: &str = "application/octet-stream";
const PAGE: &str = "application/vnd.pypi.simple.v1+json";

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))
}

fn page(filename: &str, sha256: &str, more: &str) -> String {
    format!(
        r#"{{"meta": {{"api-version": "1.1"}}, "name": "demo", "files": [{{"filename": "{filename}",
        "url": "../../files/{filename}", "hashes": {{"sha256": "{sha256}"}}{more}}}]}}"#
    )
}

#[tokio::test]
async fn a_judged_file_reaches_the_tool_whole() {
    let host = Host::tls().await;
    host.says(
        "/demo-1.whl",
        [with(WHEEL, "ETag: \"1\"\r\nSet-Cookie: x\r\n", b"PK good")],
    );
    let setup = in_front_of(&host).await;
    let response = setup
        .client()
        .get(host.url("/demo-1.whl"))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.version(), Version::HTTP_2);
    assert_eq!(response.headers()["etag"], "\"1\"");
    assert_eq!(response.headers()["content-length"], "7");
    assert!(!response.headers().contains_key("set-cookie"));
    assert_eq!(response.bytes().await.unwrap(), "PK good");
    let judged = setup.judge.judged.lock().unwrap();
    assert_eq!(contents(&judged[0]), b"PK good");
    assert_eq!(judged[0].sha256.to_string(), sha256(b"PK good"));
}

#[tokio::test]
async fn a_refused_file_never_reaches_the_tool() {
    let host = Host::tls().await;
    host.says("/demo-1.whl", [ok(WHEEL, b"PK evil")]);
    let setup = in_front_of(&host).await;
    for client in [setup.client(), setup.http1()] {
        let response = client.get(host.url("/demo-1.whl")).send().await.unwrap();
        assert_eq!(response.status(), 403);
        assert!(!response.headers().contains_key("injected"));
        let text = response.text().await.unwrap();
        assert!(text.starts_with("Blocked by spip: it is evil"), "{text}");
        assert!(!text.contains('\u{202e}') && text.len() < 1000, "{text}");
    }
    let head = setup
        .client()
        .head(host.url("/demo-1.whl"))
        .send()
        .await
        .unwrap();
    assert_eq!(head.status(), 403);
    let part = setup
        .client()
        .get(host.url("/demo-1.whl"))
        .header("range", "bytes=0-1");
    assert_eq!(part.send().await.unwrap().status(), 403);
    assert_eq!((host.count("/demo-1.whl"), setup.judge.judged()), (1, 1));
}

#[tokio::test]
async fn the_reason_phrase_is_one_line_of_plain_text() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let host = Host::plain().await;
    host.says("/demo-1.whl", [ok(WHEEL, b"PK evil")]);
    let setup = proxy_with(Access::default(), limits()).await;
    let login = setup.login();
    let mut stream = tokio::net::TcpStream::connect(setup.proxy.address())
        .await
        .unwrap();
    let url = host.url("/demo-1.whl");
    let request = format!(
        "GET {url} HTTP/1.1\r\nHost: x\r\nProxy-Authorization: Basic {login}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let line = answer.lines().next().unwrap();
    assert_eq!(
        line,
        "HTTP/1.1 403 Blocked by spip: it is evil\\u{d}\\u{a}Injected: yes \\u{202e}?"
    );
}

#[tokio::test]
async fn bytes_swapped_after_the_verdict_are_never_delivered() {
    let host = Host::tls().await;
    host.says(
        "/demo-1.whl",
        [ok(WHEEL, b"PK good"), ok(WHEEL, b"PK evil")],
    );
    let setup = in_front_of(&host).await;
    for client in [setup.client(), setup.http1(), setup.client()] {
        assert_eq!(
            get(&client, &host.url("/demo-1.whl")).await,
            (200, b"PK good".to_vec())
        );
    }
    assert_eq!(host.count("/demo-1.whl"), 1);
}

#[tokio::test]
async fn many_at_once_share_one_fetch_and_one_verdict() {
    let host = Host::tls().await;
    host.says(
        "/demo-1.whl",
        [ok(WHEEL, b"PK good"), ok(WHEEL, b"PK evil")],
    );
    let setup = in_front_of(&host).await;
    *setup.judge.pause.lock().unwrap() = Duration::from_millis(200);
    let client = setup.client();
    let all = (0..20).map(|_| {
        let (client, url) = (client.clone(), host.url("/demo-1.whl"));
        tokio::spawn(async move { get(&client, &url).await })
    });
    for answer in all.collect::<Vec<_>>() {
        assert_eq!(answer.await.unwrap(), (200, b"PK good".to_vec()));
    }
    assert_eq!((host.count("/demo-1.whl"), setup.judge.judged()), (1, 1));
}

#[tokio::test]
async fn a_verdict_goes_on_when_the_tool_leaves() {
    let host = Host::tls().await;
    host.says("/demo-1.whl", [ok(WHEEL, b"PK good")]);
    let setup = in_front_of(&host).await;
    *setup.judge.pause.lock().unwrap() = Duration::from_millis(400);
    let impatient = setup
        .builder()
        .timeout(Duration::from_millis(150))
        .build()
        .unwrap();
    assert!(impatient.get(host.url("/demo-1.whl")).send().await.is_err());
    assert_eq!(get(&setup.client(), &host.url("/demo-1.whl")).await.0, 200);
    assert_eq!((host.count("/demo-1.whl"), setup.judge.judged()), (1, 1));
}

#[tokio::test]
async fn a_judge_that_panics_or_takes_too_long_has_not_said_yes() {
    let host = Host::tls().await;
    host.says("/panic-1.whl", [ok(WHEEL, b"panic")]);
    host.says("/slow-1.whl", [ok(WHEEL, b"slow")]);
    let setup = in_front_of(&host).await;
    assert_eq!(get(&setup.client(), &host.url("/panic-1.whl")).await.0, 403);
    *setup.judge.pause.lock().unwrap() = Duration::from_mins(1);
    let (status, text) = get(&setup.client(), &host.url("/slow-1.whl")).await;
    assert_eq!(status, 403);
    assert!(String::from_utf8_lossy(&text).contains("no verdict after 3 s"));
}

#[tokio::test]
async fn bytes_that_no_page_announced_are_refused() {
    let host = Host::tls().await;
    let (good, other) = (sha256(b"PK good"), sha256(b"PK other"));
    host.says(
        "/simple/demo/",
        [ok(PAGE, page("demo-1.whl", &good, "").as_bytes())],
    );
    host.says(
        "/simple/html/",
        [ok(
            "text/html",
            format!("<a href=/files/html-1.whl#sha256={other}>x</a>").as_bytes(),
        )],
    );
    host.says(
        "/pypi/api/json",
        [ok(
            "application/json",
            format!(
                r#"{{"urls": [{{"url": "{}", "digests": {{"sha256": "{other}"}}}}]}}"#,
                host.url("/files/api-1.whl")
            )
            .as_bytes(),
        )],
    );
    for name in ["demo", "html", "api"] {
        host.says(&format!("/files/{name}-1.whl"), [ok(WHEEL, b"PK good")]);
    }
    let setup = in_front_of(&host).await;
    let client = setup.client();
    for path in ["/simple/demo/", "/simple/html/", "/pypi/api/json"] {
        assert_eq!(get(&client, &host.url(path)).await.0, 200);
    }
    assert_eq!(get(&client, &host.url("/files/demo-1.whl")).await.0, 200);
    assert_eq!(get(&client, &host.url("/files/html-1.whl")).await.0, 403);
    assert_eq!(get(&client, &host.url("/files/api-1.whl")).await.0, 403);
    assert_eq!(setup.judge.judged(), 1);
    let judged = setup.judge.judged.lock().unwrap();
    let announced = &judged[0].announced[0];
    assert_eq!(announced.page.to_string(), host.url("/simple/demo/"));
    assert_eq!(announced.listing.as_ref().unwrap().files.len(), 1);
    assert_eq!(setup.judge.stopped().len(), 2);
}

#[tokio::test]
async fn parts_are_slices_of_the_judged_body() {
    let host = Host::tls().await;
    host.says(
        "/demo-1.whl",
        [
            with(WHEEL, "ETag: \"1\"\r\n", b"0123456789"),
            ok(WHEEL, b"PK evil"),
        ],
    );
    let setup = in_front_of(&host).await;
    let client = setup.client();
    for (range, status, body, place) in [
        ("bytes=2-4", 206, "234", Some("bytes 2-4/10")),
        ("bytes=-3", 206, "789", Some("bytes 7-9/10")),
        ("bytes=8-", 206, "89", Some("bytes 8-9/10")),
        ("bytes=10-", 416, "", Some("bytes */10")),
        ("bytes=0-1,4-5", 200, "0123456789", None),
        ("lines=1", 200, "0123456789", None),
    ] {
        let request = client.get(host.url("/demo-1.whl")).header("range", range);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{range}");
        let found = response
            .headers()
            .get("content-range")
            .map(|v| v.to_str().unwrap().to_owned());
        assert_eq!(found.as_deref(), place, "{range}");
        assert_eq!(response.text().await.unwrap(), body, "{range}");
    }
    let stale = client
        .get(host.url("/demo-1.whl"))
        .header("range", "bytes=2-4")
        .header("if-range", "\"0\"");
    assert_eq!(stale.send().await.unwrap().status(), 200);
    let known = client
        .get(host.url("/demo-1.whl"))
        .header("if-none-match", "\"1\"");
    assert_eq!(known.send().await.unwrap().status(), 200);
    let head = client.head(host.url("/demo-1.whl")).send().await.unwrap();
    assert_eq!(
        (
            head.status().as_u16(),
            head.headers()["content-length"].to_str().unwrap()
        ),
        (200, "10")
    );
    assert_eq!(head.headers()["accept-ranges"], "bytes");
    assert_eq!(host.count("/demo-1.whl"), 1);
    let sent = &host.heads()[0];
    assert!(
        !sent.contains("range:") && sent.contains("accept-encoding: identity"),
        "{sent}"
    );
}

#[tokio::test]
async fn a_head_request_comes_after_the_verdict() {
    let host = Host::tls().await;
    host.says("/demo-1.whl", [ok(WHEEL, b"PK evil")]);
    let setup = in_front_of(&host).await;
    assert_eq!(
        setup
            .client()
            .head(host.url("/demo-1.whl"))
            .send()
            .await
            .unwrap()
            .status(),
        403
    );
    assert_eq!(setup.judge.judged(), 1);
}

#[tokio::test]
async fn a_redirect_to_another_host_is_judged_there() {
    let (host, other) = (Host::tls().await, Host::plain().await);
    let digest = sha256(b"PK good");
    host.says(
        "/simple/demo/",
        [ok(PAGE, page("demo-1.whl", &digest, "").as_bytes())],
    );
    host.says(
        "/files/demo-1.whl",
        [redirect(&other.url("/blob?signed=1"))],
    );
    host.says(
        "/files/demo-2.whl",
        [redirect(&other.url("/blob?signed=2"))],
    );
    other.says("/blob?signed=1", [ok("text/plain", b"PK swapped")]);
    other.says("/blob?signed=2", [ok("text/plain", b"PK evil")]);
    let setup = in_front_of(&host).await;
    let client = setup
        .builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    assert_eq!(get(&client, &host.url("/simple/demo/")).await.0, 200);
    assert_eq!(
        follow(&client, &host.url("/files/demo-1.whl")).await.0,
        403,
        "another digest"
    );
    assert_eq!(
        follow(&client, &host.url("/files/demo-2.whl")).await.0,
        403,
        "judged"
    );
    assert_eq!(setup.judge.judged(), 1);
    let judged = setup.judge.judged.lock().unwrap();
    assert_eq!(judged[0].asked.to_string(), host.url("/files/demo-2.whl"));
    assert_eq!(judged[0].url.to_string(), other.url("/blob?signed=2"));
}

#[tokio::test]
async fn plain_http_is_judged_too() {
    let host = Host::plain().await;
    host.says("/good-1.zip", [ok(WHEEL, b"PK good")]);
    host.says("/evil-1.zip", [ok(WHEEL, b"PK evil")]);
    let setup = proxy_with(Access::default(), limits()).await;
    assert_eq!(
        get(&setup.client(), &host.url("/good-1.zip")).await,
        (200, b"PK good".to_vec())
    );
    assert_eq!(get(&setup.client(), &host.url("/evil-1.zip")).await.0, 403);
}

#[tokio::test]
async fn large_files_wait_on_disk_and_leave_nothing() {
    let host = Host::tls().await;
    let large: Vec<u8> = (0_u32..3 << 20).flat_map(u32::to_le_bytes).collect();
    host.says("/large-1.whl", [ok(WHEEL, &large)]);
    let mut chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for piece in large.chunks(100_000) {
        chunked.extend(format!("{:x}\r\n", piece.len()).bytes());
        chunked.extend_from_slice(piece);
        chunked.extend(b"\r\n");
    }
    chunked.extend(b"0\r\n\r\n");
    host.says("/chunked-1.whl", [raw(chunked)]);
    let setup = in_front_of(&host).await;
    for path in ["/large-1.whl", "/chunked-1.whl"] {
        let (status, body) = get(&setup.client(), &host.url(path)).await;
        assert!(status == 200 && body == large, "{path}");
        let part = setup
            .client()
            .get(host.url(path))
            .header("range", "bytes=1000000-2000000");
        assert!(part.send().await.unwrap().bytes().await.unwrap() == large[1_000_000..=2_000_000]);
    }
    let judged = setup.judge.judged.lock().unwrap().clone();
    assert!(judged.iter().all(|delivery| delivery.body.file().is_some()));
    let spool = setup.proxy.directory().join("spool");
    assert_eq!(
        std::fs::read_dir(spool).unwrap().count(),
        0,
        "spooled files have names"
    );
    let directory = setup.proxy.directory().to_owned();
    drop(setup);
    assert!(!directory.exists());
}

#[tokio::test]
async fn with_no_memory_left_everything_goes_to_disk() {
    let host = Host::tls().await;
    host.says("/demo-1.whl", [ok(WHEEL, b"PK good")]);
    let access = Access {
        roots: Roots::Only(host.bundle()),
        ..Access::default()
    };
    let mut limits = limits();
    limits.memory = 0;
    let setup = proxy_with(access, limits).await;
    assert_eq!(
        get(&setup.client(), &host.url("/demo-1.whl")).await,
        (200, b"PK good".to_vec())
    );
    assert!(setup.judge.judged.lock().unwrap()[0].body.file().is_some());
}

#[tokio::test]
async fn metadata_passes_and_a_small_file_is_fetched_ahead() {
    let host = Host::tls().await;
    let body = page(
        "demo-1.whl",
        &sha256(b"PK good"),
        r#", "size": 7, "core-metadata": true"#,
    );
    host.says("/simple/demo/", [ok(PAGE, body.as_bytes())]);
    host.says("/files/demo-1.whl", [ok(WHEEL, b"PK good")]);
    host.says(
        "/files/demo-1.whl.metadata",
        [ok("text/plain", b"Name: demo")],
    );
    let setup = in_front_of(&host).await;
    let client = setup.client();
    get(&client, &host.url("/simple/demo/")).await;
    let metadata = get(&client, &host.url("/files/demo-1.whl.metadata")).await;
    assert_eq!(metadata, (200, b"Name: demo".to_vec()));
    while host.count("/files/demo-1.whl") == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(setup.judge.judged(), 0, "nobody wants it yet");
    assert_eq!(get(&client, &host.url("/files/demo-1.whl")).await.0, 200);
    assert_eq!(
        (host.count("/files/demo-1.whl"), setup.judge.judged()),
        (1, 1)
    );
}
