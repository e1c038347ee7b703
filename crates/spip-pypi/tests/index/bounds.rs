//! Servers that hang, drip, break off, or never end.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use spip_core::{Cause, Gap};
use spip_pypi::{Access, Client, Limits};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::sleep;
use wiremock::{MockServer, ResponseTemplate};

use crate::support::{
    PAGE_TYPE, count, gap, limits, page_at, raw_page, read_head, serve, serve_page,
};

const HUGE: usize = 200 << 20;
const LIMIT: usize = 8 << 20;

fn hasty() -> Client {
    let limits = Limits {
        deadline: Duration::from_millis(700),
        ..Limits::default()
    };
    Client::new(Access::default(), limits, None)
}

fn small() -> Client {
    Client::new(
        Access::default(),
        Limits {
            body: LIMIT,
            ..limits()
        },
        None,
    )
}

/// Asks a server that would send 200 MB and counts what got through to the client's side.
async fn ask_for_200_mb(chunked: bool) -> (Gap, usize, Duration) {
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&sent);
    let address = serve(move |stream| send_200_mb(stream, chunked, Arc::clone(&counted)));
    let page = page_at(format!("http://{}", address.await));
    let start = Instant::now();
    let gap = gap(&small(), &page).await;
    (gap, sent.load(Ordering::Relaxed), start.elapsed())
}

async fn send_200_mb(
    mut stream: TcpStream,
    chunked: bool,
    sent: Arc<AtomicUsize>,
) -> io::Result<()> {
    read_head(&mut stream).await?;
    let length = if chunked {
        "Transfer-Encoding: chunked".to_owned()
    } else {
        format!("Content-Length: {HUGE}")
    };
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {PAGE_TYPE}\r\n{length}\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    let block = vec![b' '; 1 << 16];
    for _ in 0..HUGE / block.len() {
        if chunked {
            stream.write_all(b"10000\r\n").await?;
        }
        stream.write_all(&block).await?;
        if chunked {
            stream.write_all(b"\r\n").await?;
        }
        sent.fetch_add(block.len(), Ordering::Relaxed);
    }
    Ok(())
}

#[tokio::test]
async fn a_200_mb_answer_is_cut_off_at_the_limit() {
    let (gap, sent, took) = ask_for_200_mb(true).await;
    assert_eq!(gap.cause, Cause::TooLarge, "{gap}");
    // What the sockets buffer comes on top.
    assert!(
        (LIMIT..LIMIT + (24 << 20)).contains(&sent),
        "{sent} bytes were sent"
    );
    assert!(took < Duration::from_secs(3), "{took:?}");
}

#[tokio::test]
async fn an_announced_200_mb_answer_is_not_even_read() {
    let (gap, sent, _) = ask_for_200_mb(false).await;
    assert_eq!(gap.cause, Cause::TooLarge, "{gap}");
    assert!(sent < LIMIT, "{sent} bytes were sent");
}

#[tokio::test]
async fn a_small_answer_that_unpacks_to_200_mb_is_cut_off() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let block = vec![b' '; 1 << 20];
    (0..200).for_each(|_| encoder.write_all(&block).unwrap());
    let server = MockServer::start().await;
    let template = ResponseTemplate::new(200)
        .set_body_raw(encoder.finish().unwrap(), PAGE_TYPE)
        .insert_header("content-encoding", "gzip");
    serve_page(&server, template).await;
    assert_eq!(
        gap(&small(), &page_at(server.uri())).await.cause,
        Cause::TooLarge
    );
}

#[track_caller]
fn assert_gave_up_in_time(gap: &Gap, start: Instant) {
    assert_eq!(gap.cause, Cause::Unreachable, "{gap}");
    assert!(
        gap.detail
            .to_string()
            .ends_with("did not answer within 0.7 s"),
        "{gap}"
    );
    let took = start.elapsed();
    assert!((700..3000).contains(&took.as_millis()), "{took:?}");
}

#[tokio::test]
async fn a_server_that_hangs_is_left_at_the_deadline() {
    let address = serve(|stream| async move {
        sleep(Duration::from_mins(1)).await;
        drop(stream);
        Ok(())
    });
    let page = page_at(format!("http://{}", address.await));
    let start = Instant::now();
    assert_gave_up_in_time(&gap(&hasty(), &page).await, start);
}

#[tokio::test]
async fn a_server_that_sends_a_byte_at_a_time_is_left_at_the_deadline() {
    let address = serve(|mut stream| async move {
        read_head(&mut stream).await?;
        for byte in raw_page().into_bytes() {
            stream.write_all(&[byte]).await?;
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    });
    let page = page_at(format!("http://{}", address.await));
    let start = Instant::now();
    assert_gave_up_in_time(&gap(&hasty(), &page).await, start);
}

#[tokio::test]
async fn retries_do_not_outlive_the_deadline() {
    let server = MockServer::start().await;
    let slow_error = ResponseTemplate::new(503).set_delay(Duration::from_millis(300));
    serve_page(&server, slow_error).await;
    let start = Instant::now();
    let gap = gap(&hasty(), &page_at(server.uri())).await;
    assert_eq!(gap.cause, Cause::ServerError, "{gap}");
    assert!(
        gap.detail
            .raw()
            .ends_with("answered 503, then did not answer within 0.7 s"),
        "{gap}"
    );
    assert!(start.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_no_answer() {
    let whole = raw_page();
    for length in [0, 10, 80, whole.len() - 1] {
        let part = whole[..length].to_owned();
        let address = serve(move |mut stream| {
            let part = part.clone();
            async move {
                read_head(&mut stream).await?;
                stream.write_all(part.as_bytes()).await
            }
        });
        let page = page_at(format!("http://{}", address.await));
        assert_eq!(
            gap(&hasty(), &page).await.cause,
            Cause::Unreachable,
            "{length}"
        );
    }
}

#[tokio::test]
async fn what_is_not_http_is_no_answer() {
    let address = serve(|mut stream| async move {
        read_head(&mut stream).await?;
        stream.write_all(b"\x1b[2J\0\0SSH-2.0\r\n\r\n").await
    });
    let page = page_at(format!("http://{}", address.await));
    let gap = gap(&hasty(), &page).await;
    assert_eq!(gap.cause, Cause::Unreachable);
    assert!(!gap.to_string().contains('\x1b'));
}

#[tokio::test]
async fn no_more_requests_run_at_once_than_allowed() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&most);
    let address = serve(move |mut stream| {
        let (now, most) = (Arc::clone(&now), Arc::clone(&counted));
        async move {
            read_head(&mut stream).await?;
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            sleep(Duration::from_millis(50)).await;
            now.fetch_sub(1, Ordering::SeqCst);
            stream.write_all(raw_page().as_bytes()).await
        }
    });
    let page = page_at(format!("http://{}", address.await));
    let client = Client::new(
        Access::default(),
        Limits {
            concurrency: 2,
            ..limits()
        },
        None,
    );
    let tasks: Vec<_> = (0..10)
        .map(|_| {
            let (client, page) = (client.clone(), page.clone());
            tokio::spawn(async move { count(&client, &page).await })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), Ok(Some(1)));
    }
    assert_eq!(most.load(Ordering::SeqCst), 2);
}
