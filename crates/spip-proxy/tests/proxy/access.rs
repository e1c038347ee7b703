//! Who gets in, and how hosts are reached.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use spip_proxy::{Notice, Variable};
use spip_pypi::{Access, Credential, Roots};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{get, in_front_of, limits, provider, with as proxy_with};
use crate::upstream::{Host, ok};

#[tokio::test]
async fn nobody_gets_in_without_the_token() {
    let host = Host::tls().await;
    host.says("/demo-1.whl", [ok("application/octet-stream", b"PK good")]);
    let setup = in_front_of(&host).await;
    let address = setup.proxy.address();
    for proxy in [
        format!("http://{address}"),
        format!("http://spip:wrong@{address}"),
    ] {
        let proxy = reqwest::Proxy::all(proxy).unwrap();
        let client = setup.direct().proxy(proxy).build().unwrap();
        assert!(client.get(host.url("/demo-1.whl")).send().await.is_err());
        let plain = client.get("http://host.invalid/").send().await.unwrap();
        assert_eq!(plain.status(), 407);
    }
    assert!(host.heads().is_empty());
}

#[tokio::test]
async fn going_around_the_proxy_fails() {
    let host = Host::tls().await;
    host.says("/demo-1.whl", [ok("application/octet-stream", b"PK good")]);
    let setup = in_front_of(&host).await;
    let around = setup.direct().build().unwrap();
    assert!(around.get(host.url("/demo-1.whl")).send().await.is_err());
    assert!(host.heads().is_empty());
}

#[tokio::test]
async fn when_the_proxy_is_gone_nothing_listens() {
    let host = Host::tls().await;
    host.says("/demo-1.whl", [ok("application/octet-stream", b"PK good")]);
    let setup = in_front_of(&host).await;
    let client = setup.client();
    assert_eq!(get(&client, &host.url("/demo-1.whl")).await.0, 200);
    drop(setup);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(client.get(host.url("/demo-1.whl")).send().await.is_err());
}

#[tokio::test]
async fn a_host_that_nobody_vouches_for_is_not_asked() {
    let (host, stranger) = (Host::tls().await, Host::tls().await);
    host.says("/demo-1.whl", [ok("application/octet-stream", b"PK good")]);
    let setup = in_front_of(&stranger).await;
    let (status, text) = get(&setup.client(), &host.url("/demo-1.whl")).await;
    assert_eq!(status, 502);
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(text.contains("certificate"), "{text}");
    assert!(host.heads().is_empty());
}

#[tokio::test]
async fn a_tool_that_trusts_another_authority_is_told() {
    let host = Host::tls().await;
    let setup = in_front_of(&host).await;
    provider();
    let pem = std::fs::read(host.bundle()).unwrap();
    let proxy = reqwest::Proxy::all(setup.proxy.secret_address()).unwrap();
    let client = reqwest::Client::builder()
        .tls_certs_only([reqwest::tls::Certificate::from_pem(&pem).unwrap()])
        .proxy(proxy)
        .build()
        .unwrap();
    assert!(client.get(host.url("/")).send().await.is_err());
    tokio::time::sleep(Duration::from_millis(100)).await;
    let notices = setup.judge.notices.lock().unwrap();
    assert!(
        matches!(&notices[..], [Notice::Distrusted(_)]),
        "{notices:?}"
    );
}

#[tokio::test]
async fn what_goes_into_a_tunnel_is_for_its_host() {
    let host = Host::tls().await;
    let setup = in_front_of(&host).await;
    let login = setup.login();
    for target in ["u@h.invalid:443", "h.invalid", "/"] {
        let mut stream = TcpStream::connect(setup.proxy.address()).await.unwrap();
        let request = format!(
            "CONNECT {target} HTTP/1.1\r\nProxy-Authorization: Basic {login}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = vec![0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&answer), "HTTP/1.1 400", "{target}");
    }
}

/// A proxy that passes everything through, and remembers who asked.
async fn user_proxy() -> (std::net::SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let heads = Arc::new(Mutex::new(Vec::new()));
    let known = Arc::clone(&heads);
    tokio::spawn(async move {
        while let Ok((mut tool, _)) = listener.accept().await {
            let known = Arc::clone(&known);
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(tool.read_u8().await.unwrap());
                }
                let head = String::from_utf8(head).unwrap();
                let target = head.split(' ').nth(1).unwrap().to_owned();
                known.lock().unwrap().push(head);
                let mut host = TcpStream::connect(target).await.unwrap();
                tool.write_all(b"HTTP/1.1 200 Go\r\n\r\n").await.unwrap();
                copy_bidirectional(&mut tool, &mut host).await.ok();
            });
        }
    });
    (address, heads)
}

#[tokio::test]
async fn the_users_own_proxy_is_used_with_its_credentials() {
    let host = Host::tls().await;
    host.says("/demo-1.whl", [ok("application/octet-stream", b"PK good")]);
    let (address, heads) = user_proxy().await;
    let access = Access {
        roots: Roots::Only(host.bundle()),
        proxies: vec![("https".to_owned(), format!("http://u:p@{address}"))],
        ..Access::default()
    };
    let setup = proxy_with(access, limits()).await;
    assert_eq!(get(&setup.client(), &host.url("/demo-1.whl")).await.0, 200);
    let heads = heads.lock().unwrap();
    assert_eq!(heads.len(), 1);
    let head = heads[0].to_lowercase();
    assert!(head.contains("proxy-authorization: basic dtpw"), "{head}");
    let token = setup.login();
    assert!(!heads[0].contains(&token) && !host.heads()[0].contains(&token.to_lowercase()));
}

#[tokio::test]
async fn credentials_are_added_where_the_tool_has_none() {
    let host = Host::tls().await;
    host.says("/demo-1.whl", [ok("application/octet-stream", b"PK good")]);
    host.says("/demo-2.whl", [ok("application/octet-stream", b"PK good")]);
    let access = Access {
        roots: Roots::Only(host.bundle()),
        credentials: vec![Credential {
            host: host.address.to_string(),
            username: "u".to_owned(),
            password: "p".to_owned(),
        }],
        ..Access::default()
    };
    let setup = proxy_with(access, limits()).await;
    get(&setup.client(), &host.url("/demo-1.whl")).await;
    let own = setup
        .client()
        .get(host.url("/demo-2.whl"))
        .header("authorization", "Basic own");
    own.send().await.unwrap();
    let heads = host.heads();
    assert!(
        heads[0].contains("\r\nauthorization: basic dtpw\r\n"),
        "{}",
        heads[0]
    );
    assert!(
        heads[1].contains("\r\nauthorization: basic own\r\n"),
        "{}",
        heads[1]
    );
}

#[tokio::test]
async fn the_environment_leads_through_the_proxy_only() {
    let host = Host::tls().await;
    let setup = in_front_of(&host).await;
    for name in ["HTTPS_PROXY", "http_proxy", "ALL_PROXY", "PIP_PROXY"] {
        assert_eq!(
            setup.variable(name),
            Some(setup.proxy.secret_address()),
            "{name}"
        );
    }
    let certificate = setup.variable("SSL_CERT_FILE").unwrap();
    assert_eq!(setup.variable("PIP_CERT").as_ref(), Some(&certificate));
    let pem = std::fs::read_to_string(certificate).unwrap();
    assert_eq!(
        pem.matches("BEGIN").count(),
        1,
        "the authority and nothing else: no key"
    );
    assert!(pem.contains("BEGIN CERTIFICATE"));
    let empty = setup.variable("SSL_CERT_DIR").unwrap();
    assert_eq!(std::fs::read_dir(empty).unwrap().count(), 0);
    let environment = setup.proxy.environment();
    for name in ["NO_PROXY", "no_proxy", "PIP_TRUSTED_HOST"] {
        assert!(environment.contains(&Variable::Unset(name)), "{name}");
    }
    assert!(!format!("{environment:?}").contains(&setup.proxy.secret_address()));
}

#[cfg(unix)]
#[tokio::test]
async fn the_directory_is_private() {
    use std::os::unix::fs::PermissionsExt;

    let host = Host::tls().await;
    let setup = in_front_of(&host).await;
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(setup.proxy.directory()), 0o700);
    assert_eq!(mode(&setup.proxy.certificate()), 0o600);
}

#[tokio::test]
async fn connections_are_few_and_none_waits_for_ever() {
    let host = Host::tls().await;
    host.says("/demo-1.whl", [ok("application/octet-stream", b"PK good")]);
    let access = Access {
        roots: Roots::Only(host.bundle()),
        ..Access::default()
    };
    let mut limits = limits();
    limits.connections = 2;
    limits.head = Duration::from_millis(300);
    let setup = proxy_with(access, limits).await;
    let mut idle = Vec::new();
    for _ in 0..4 {
        let mut stream = TcpStream::connect(setup.proxy.address()).await.unwrap();
        stream
            .write_all(b"GET http://x.invalid/ HTTP/1.1\r\nX: ")
            .await
            .unwrap();
        idle.push(stream);
    }
    assert_eq!(get(&setup.client(), &host.url("/demo-1.whl")).await.0, 200);
}
