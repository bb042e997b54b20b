//! Connections that send nothing, little or slowly, or read nothing.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use qsproxy_test_support::config::ConfigBuilder;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::row::{Attack, Facts, Row, judged};
use crate::target::Target;

/// The default of `[limits.client] connections`.
const CONNECTIONS_OF_A_CLIENT: i64 = 1000;
/// Between two bytes of a slow client.
const DRIP_EVERY: Duration = Duration::from_millis(400);

/// Connections that are opened in a row, and the pause after them: as many at once as a network lets through.
const BURST: usize = 50;
const PAUSE: Duration = Duration::from_millis(1);

/// How a crowd of connections behaves.
#[derive(Clone, Copy)]
struct Crowd {
    /// Networks, and connections from each.
    networks: u8,
    each: usize,
    /// What each sends first.
    first: fn(&Target) -> Vec<u8>,
    /// What each sends now and then.
    drip: &'static [u8],
    /// Whether it asks for answers, which it does not read.
    is_answered: bool,
}

async fn open(target: &Target, source: [u8; 4], first: &[u8]) -> io::Result<TcpStream> {
    let mut stream = target.connect(source).await?;
    // A small buffer is full at once, so that what is not read stays with the sender.
    socket2::SockRef::from(&stream).set_recv_buffer_size(4096)?;
    // An attacker does not wait until everything is taken.
    tokio::time::timeout(Duration::from_millis(20), stream.write_all(first)).await.unwrap_or(Ok(()))?;
    Ok(stream)
}

/// Sends the next bytes. Returns false if the program has closed the connection, or refused it.
fn is_held(stream: &TcpStream, crowd: Crowd) -> bool {
    let is_sent = crowd.drip.is_empty() || stream.try_write(crowd.drip).is_ok();
    let mut byte = [0];
    is_sent && stream.peek(&mut byte).now_or_never().is_none_or(|got| crowd.is_answered && got.is_ok_and(|got| got > 0))
}

/// Opens a crowd, and opens anew what was closed.
fn crowd(target: Arc<Target>, crowd: Crowd) -> Attack {
    Box::pin(async move {
        let first = (crowd.first)(&target);
        let mut held: Vec<([u8; 4], Option<TcpStream>)> = Vec::new();
        for network in 0..crowd.networks {
            let source = if crowd.networks == 1 { target.attacker() } else { target.attacker_number(network) };
            held.extend((0..crowd.each).map(|_| (source, None)));
        }
        loop {
            for (at, (source, place)) in held.iter_mut().enumerate() {
                if place.as_mut().is_some_and(|stream| is_held(stream, crowd)) {
                    continue;
                }
                *place = open(&target, *source, &first).await.ok();
                target.count("opened", 1);
                if at % BURST == 0 {
                    tokio::time::sleep(PAUSE).await;
                }
            }
            tokio::time::sleep(DRIP_EVERY).await;
        }
    })
}

/// Connects and closes as fast as it can.
fn churn(target: Arc<Target>) -> Attack {
    Box::pin(async move {
        loop {
            let request = target.get("/search?q=x&format=json", "");
            if let Ok(mut stream) = target.connect(target.attacker()).await {
                stream.write_all(&request).await.ok();
                // A reset instead of an end: ports do not linger.
                stream.set_zero_linger().ok();
                target.count("opened", 1);
            }
        }
    })
}

fn nothing(_: &Target) -> Vec<u8> {
    Vec::new()
}

fn head_begun(target: &Target) -> Vec<u8> {
    format!("GET /search?q=a HTTP/1.1\r\nHost: {}\r\nX-A: b", target.host).into_bytes()
}

/// An unfinished head of 118 kB, far more than `header_bytes`.
fn large_head(target: &Target) -> Vec<u8> {
    let mut head = format!("GET /search?q=a HTTP/1.1\r\nHost: {}\r\n", target.host);
    (0..59).for_each(|at| head.push_str(&format!("X-{at}: {}\r\n", "y".repeat(1990))));
    head.into_bytes()
}

/// An unfinished head in one line.
fn long_line(target: &Target) -> Vec<u8> {
    format!("GET /search?q=a HTTP/1.1\r\nHost: {}\r\nX-A: {}", target.host, "y".repeat(118_000)).into_bytes()
}

fn body_begun(target: &Target) -> Vec<u8> {
    let head = format!("POST /search HTTP/1.1\r\nHost: {}\r\nContent-Length: 16000\r\n", target.host);
    format!("{head}Content-Type: application/x-www-form-urlencoded\r\n\r\nq=").into_bytes()
}

fn hello_begun(_: &Target) -> Vec<u8> {
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec()
}

fn many_searches(target: &Target) -> Vec<u8> {
    target.get("/search?q=a&format=json", "").repeat(60)
}

fn many_pages(target: &Target) -> Vec<u8> {
    target.get("/privacy", "").repeat(100)
}

fn short_times(config: ConfigBuilder) -> ConfigBuilder {
    config.with("limits", "header_time", r#""2s""#).with("limits", "body_time", r#""2s""#)
}

fn one_share(facts: &Facts<'_>) -> Result<String, String> {
    let refused = facts.proxy.metric(r#"qsproxy_client_limits_reached_total{limit="connections"}"#);
    let opened = facts.target.counted("opened");
    judged(refused > 0, format!("{opened} connections, {refused} refused; {CONNECTIONS_OF_A_CLIENT} at once"))
}

fn answers_asked(facts: &Facts<'_>) -> Result<String, String> {
    Ok(format!("{} connections", facts.target.counted("opened")))
}

pub fn rows() -> Vec<Row> {
    let row = |name, text, one: Crowd| Row::new(name, text, move |target| crowd(target, one)).promising(answers_asked);
    let from = |networks, each, first, drip| Crowd { networks, each, first, drip, is_answered: false };
    let unread = |first| Crowd { is_answered: true, ..from(6, 50, first, b"") };
    vec![
        Row::new("nothing", "no attack: the noise of the measurement", |_| Box::pin(std::future::pending())),
        row("silent", "10,500 silent connections from one address", from(1, 10_500, nothing, b"")).promising(one_share),
        row("silent-networks", "16,000 silent connections from 40 networks", from(40, 400, nothing, b""))
            .with_connections(10_000),
        row("heads", "3,000 unfinished heads from 30 networks, a byte now and then", from(30, 100, head_begun, b"b"))
            .with_heads(3000)
            .configured(short_times),
        row("large-heads", "1,000 unfinished heads of 118 kB from 10 networks", from(10, 100, large_head, b""))
            .with_heads(1000),
        row("long-lines", "1,000 unfinished header lines of 118 kB from 10 networks", from(10, 100, long_line, b""))
            .with_heads(1000),
        row("bodies", "3,000 unfinished bodies from 30 networks, a byte now and then", from(30, 100, body_begun, b"a"))
            .with_bodies(3000)
            .configured(short_times),
        row("tls-hellos", "3,000 unfinished TLS handshakes from 30 networks", from(30, 100, hello_begun, b"\0"))
            .with_heads(3000)
            .configured(short_times)
            .over_tls(),
        row("unread-searches", "300 connections × 60 searches in a row, answers not read", unread(many_searches)),
        row("unread-pages", "300 connections × 100 pages in a row, answers not read", unread(many_pages)),
        Row::new("churn", "searches whose connection is reset at once, as fast as possible", churn)
            .promising(answers_asked),
    ]
}
