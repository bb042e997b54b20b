//! HTTP/2: windows that stay shut, streams without end, and frames that cost more to read than to send.

use std::sync::Arc;
use std::time::Duration;

use qsproxy_test_support::config::ConfigBuilder;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::frames::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, INITIAL_WINDOW, PING, PREFACE, PRIORITY, RST_STREAM,
    SETTINGS, WINDOW_UPDATE, field, frame, indexed_field, request, setting,
};
use crate::row::{Attack, Facts, Row, judged};
use crate::target::Target;

/// The greatest window (RFC 9113 section 6.9.1).
const GREATEST_WINDOW: u32 = 0x7fff_ffff;
/// The default of `[limits] waiting_bytes`, and a quarter more for streams, connections and the allocator.
const WAITING_MIB: u64 = 320;
/// Connections of a flood.
const FLOODS: usize = 4;

/// One connection's stream numbers, and the host.
struct Streams<'a> {
    next: u32,
    host: &'a str,
}

impl Streams<'_> {
    fn open(&mut self) -> u32 {
        let stream = self.next;
        self.next += 2;
        stream
    }

    /// A whole search on a new stream. Returns the stream with its frame.
    fn search(&mut self) -> (u32, Vec<u8>) {
        let stream = self.open();
        let block = request("GET", "/search?q=x&format=json", self.host, &[]);
        (stream, frame(HEADERS, END_STREAM | END_HEADERS, stream, &block))
    }

    /// The head of a posted search on a new stream.
    fn post(&mut self, fields: &[(&str, &str)]) -> (u32, Vec<u8>) {
        let stream = self.open();
        let fields = [&[("content-type", "application/x-www-form-urlencoded")], fields].concat();
        (stream, frame(HEADERS, END_HEADERS, stream, &request("POST", "/search", self.host, &fields)))
    }

    /// Fifty searches, each followed by a frame about its stream.
    fn followed(&mut self, kind: u8, flags: u8, body: &[u8]) -> Vec<u8> {
        let one = |_| {
            let (stream, search) = self.search();
            [search, frame(kind, flags, stream, body)].concat()
        };
        (0..50).flat_map(one).collect()
    }
}

/// What a flood sends first on each connection, and then without end.
#[derive(Clone, Copy)]
struct Flood {
    first: fn(&mut Streams<'_>) -> Vec<u8>,
    piece: fn(&mut Streams<'_>) -> Vec<u8>,
    is_reading: bool,
}

async fn flood_once(target: &Target, flood: Flood) -> std::io::Result<()> {
    let stream = target.connect_tls(target.attacker(), "h2").await?;
    target.count("opened", 1);
    let (mut reader, mut writer) = tokio::io::split(stream);
    if flood.is_reading {
        tokio::task::spawn_local(async move {
            let mut sink = vec![0; 65_536];
            while reader.read(&mut sink).await.is_ok_and(|got| got > 0) {}
        });
    }
    let mut streams = Streams { next: 1, host: &target.host };
    let first = (flood.first)(&mut streams);
    writer.write_all(&[PREFACE, &frame(SETTINGS, 0, 0, &[]), &first].concat()).await?;
    loop {
        let piece = (flood.piece)(&mut streams);
        writer.write_all(&piece).await?;
        target.count("pieces", 1);
        tokio::task::yield_now().await;
    }
}

fn flood(target: Arc<Target>, flood: Flood) -> Attack {
    Box::pin(async move {
        let one = || async {
            loop {
                flood_once(&target, flood).await.ok();
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        futures_util::future::join_all((0..FLOODS).map(|_| one())).await;
    })
}

/// Asks for a hundred answers with a window of 0 and sends PINGs, until the program ends the connection.
async fn shut_window(target: &Target, source: [u8; 4], path: &str) -> std::io::Result<()> {
    let mut stream = target.connect_tls(source, "h2").await?;
    target.count("opened", 1);
    let asks = (0..100)
        .flat_map(|at| frame(HEADERS, END_STREAM | END_HEADERS, 2 * at + 1, &request("GET", path, &target.host, &[])));
    let settings = frame(SETTINGS, 0, 0, &setting(INITIAL_WINDOW, 0));
    stream.write_all(&[PREFACE, &settings, &asks.collect::<Vec<u8>>()].concat()).await?;
    let (mut reader, mut writer) = tokio::io::split(stream);
    let pinging = async {
        while writer.write_all(&frame(PING, 0, 0, b"12345678")).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    };
    let reading = async {
        let mut sink = vec![0; 65_536];
        while reader.read(&mut sink).await.is_ok_and(|got| got > 0) {}
    };
    tokio::select! { () = pinging => {}, () = reading => {} }
    target.count("ended", 1);
    Ok(())
}

/// 240 such connections from 8 networks.
fn shut_windows(target: Arc<Target>, path: &'static str) -> Attack {
    Box::pin(async move {
        let one = |at: u8| {
            let target = Arc::clone(&target);
            async move {
                loop {
                    shut_window(&target, target.attacker_number(at % 8), path).await.ok();
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        };
        futures_util::future::join_all((0..240).map(one)).await;
    })
}

/// Three connections with a hundred searches each, again and again.
fn many_streams(target: Arc<Target>) -> Attack {
    Box::pin(async move {
        let one = || async {
            loop {
                let Ok(mut stream) = target.connect_tls(target.attacker(), "h2").await else { continue };
                let mut streams = Streams { next: 1, host: &target.host };
                let asks: Vec<u8> = (0..100).flat_map(|_| streams.search().1).collect();
                let first = [PREFACE, &frame(SETTINGS, 0, 0, &[]), &asks].concat();
                stream.write_all(&first).await.ok();
                target.count("opened", 1);
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        };
        futures_util::future::join_all((0..3).map(|_| one())).await;
    })
}

fn no_frames(_: &mut Streams<'_>) -> Vec<u8> {
    Vec::new()
}

fn idle_after_a_second(config: ConfigBuilder) -> ConfigBuilder {
    config.with("limits", "idle_time", r#""1s""#).with("limits", "header_time", r#""1s""#)
}

fn connections_end(facts: &Facts<'_>) -> Result<String, String> {
    let (opened, ended) = (facts.target.counted("opened"), facts.target.counted("ended"));
    judged(
        opened > 0 && 3 * ended >= opened,
        format!("{opened} connections, {ended} ended by the program (idle_time 1 s)"),
    )
}

fn connections_and_pieces(facts: &Facts<'_>) -> Result<String, String> {
    let (opened, pieces) = (facts.target.counted("opened"), facts.target.counted("pieces"));
    judged(opened > 0, format!("{opened} connections, {pieces} writes"))
}

/// Floods: name, attack, first frames, further frames.
type FloodRow = (&'static str, &'static str, fn(&mut Streams<'_>) -> Vec<u8>, fn(&mut Streams<'_>) -> Vec<u8>);

const FLOOD_ROWS: &[FloodRow] = &[
    ("h2-rapid-reset", "HTTP/2: streams opened and reset at once (CVE-2023-44487)", no_frames, |streams| {
        streams.followed(RST_STREAM, 0, &8_u32.to_be_bytes())
    }),
    (
        "h2-made-you-reset",
        "HTTP/2: streams that the program must reset: window of 0 (CVE-2025-8671)",
        no_frames,
        |streams| streams.followed(WINDOW_UPDATE, 0, &[0; 4]),
    ),
    ("h2-window-overflow", "HTTP/2: the same by windows that overflow", no_frames, |streams| {
        streams.followed(WINDOW_UPDATE, 0, &GREATEST_WINDOW.to_be_bytes())
    }),
    ("h2-data-after-end", "HTTP/2: the same by data after the end", no_frames, |streams| {
        streams.followed(DATA, 0, b"x")
    }),
    ("h2-self-priority", "HTTP/2: the same by streams that depend on themselves", no_frames, |streams| {
        let one = |_| {
            let (stream, search) = streams.search();
            [search, frame(PRIORITY, 0, stream, &[&stream.to_be_bytes()[..], &[16]].concat())].concat()
        };
        (0..50).flat_map(one).collect()
    }),
    ("h2-content-length", "HTTP/2: the same by bodies longer than announced", no_frames, |streams| {
        let one = |_| {
            let (stream, head) = streams.post(&[("content-length", "3")]);
            [head, frame(DATA, END_STREAM, stream, b"q=abcdef")].concat()
        };
        (0..50).flat_map(one).collect()
    }),
    ("h2-continuation", "HTTP/2: CONTINUATION without end (CVE-2024-27316)", head_begun, |_| {
        frame(CONTINUATION, 0, 1, &field("x-a", &"a".repeat(1000)))
    }),
    ("h2-empty-continuation", "HTTP/2: empty CONTINUATION frames", head_begun, |_| {
        frame(CONTINUATION, 0, 1, b"").repeat(200)
    }),
    ("h2-pings", "HTTP/2: PINGs at full speed", no_frames, |_| frame(PING, 0, 0, b"12345678").repeat(400)),
    ("h2-settings", "HTTP/2: SETTINGS at full speed", no_frames, |_| {
        frame(SETTINGS, 0, 0, &setting(INITIAL_WINDOW, 65_535).repeat(20)).repeat(100)
    }),
    (
        "h2-empty-data",
        "HTTP/2: empty DATA frames (CVE-2019-9518)",
        |streams| streams.post(&[]).1,
        |_| frame(DATA, 0, 1, b"").repeat(400),
    ),
    ("h2-priorities", "HTTP/2: PRIORITY of streams that are not open", no_frames, |streams| {
        let one = |_| frame(PRIORITY, 0, streams.open(), &[0, 0, 0, 0, 5]);
        (0..300).flat_map(one).collect()
    }),
    ("h2-window-drip", "HTTP/2: answers taken byte by byte (CVE-2019-9511)", hundred_searches, |_| {
        let one = |at: u32| frame(WINDOW_UPDATE, 0, 2 * at + 1, &1_u32.to_be_bytes());
        (0..100).flat_map(one).chain(frame(WINDOW_UPDATE, 0, 0, &100_u32.to_be_bytes())).collect()
    }),
    ("h2-hpack-bomb", "HTTP/2: a large header named 3,000 times (CVE-2016-1544)", hpack_bomb, hpack_bomb),
    ("h2-cookie-crumbs", "HTTP/2: 900 cookie crumbs in each request", no_frames, |streams| {
        let block = [request("GET", "/search?q=x", streams.host, &[]), field("cookie", "a").repeat(900)].concat();
        frame(HEADERS, END_STREAM | END_HEADERS, streams.open(), &block)
    }),
    ("h2-streams", "HTTP/2: streams far beyond the allowed number", no_frames, hundred_searches),
    ("h2-bodies", "HTTP/2: posted searches without the end of a body", no_frames, |streams| {
        (0..100).flat_map(|_| streams.post(&[]).1).collect()
    }),
];

fn head_begun(streams: &mut Streams<'_>) -> Vec<u8> {
    let block = request("GET", "/search?q=x", streams.host, &[]);
    frame(HEADERS, END_STREAM, streams.open(), &block)
}

fn hundred_searches(streams: &mut Streams<'_>) -> Vec<u8> {
    (0..100).flat_map(|_| streams.search().1).collect()
}

/// The first field of the dynamic table, named again and again (RFC 7541 section 6.1).
fn hpack_bomb(streams: &mut Streams<'_>) -> Vec<u8> {
    let is_first = streams.next == 1;
    let head = request("GET", "/search?q=x", streams.host, &[]);
    let large = if is_first { indexed_field("x-b", &"b".repeat(3900)) } else { Vec::new() };
    frame(HEADERS, END_STREAM | END_HEADERS, streams.open(), &[head, large, vec![0xbe; 3000]].concat())
}

fn shut(name: &'static str, text: &'static str, path: &'static str) -> Row {
    Row::new(name, text, move |target| shut_windows(target, path))
        .over_tls()
        .configured(idle_after_a_second)
        .lasting_at_least(Duration::from_secs(4))
        .with_memory_mib(WAITING_MIB)
        .promising(connections_end)
}

pub fn rows() -> Vec<Row> {
    let mut rows = vec![
        shut("h2-window-0", "HTTP/2, window 0, 240 connections × 100 searches, PINGs", "/search?q=x&format=json"),
        shut("h2-window-0-pages", "HTTP/2, window 0, 240 connections × 100 privacy pages, PINGs", "/privacy"),
        shut("h2-window-0-code-pages", "the same with the pages of a code", "/privacy?code=only-hostile"),
        Row::new("h2-slow-partner", "3 HTTP/2 connections × 100 searches at a partner that takes 300 ms", many_streams)
            .over_tls()
            .with_partner_ms(300),
    ];
    let flooding = |&(name, text, first, piece): &FloodRow| {
        let one = Flood { first, piece, is_reading: true };
        Row::new(name, text, move |target| flood(target, one)).over_tls().promising(connections_and_pieces)
    };
    rows.extend(FLOOD_ROWS.iter().map(flooding));
    let unread = Flood { first: no_frames, piece: |_| frame(PING, 0, 0, b"12345678").repeat(400), is_reading: false };
    rows.push(
        Row::new("h2-pings-unread", "HTTP/2: PINGs whose answers are not read", move |target| flood(target, unread))
            .over_tls()
            .promising(connections_and_pieces),
    );
    rows
}
