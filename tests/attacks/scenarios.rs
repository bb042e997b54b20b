//! What no row with bystanders shows: goodput under overload, and a stop while requests are incomplete.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::proxy::Proxy;

use crate::bystander::{Bystander, search_at_intervals};
use crate::hostile_partner::{Answer, Partner};
use crate::row::judged;

/// A scenario: name, text, and what is judged.
pub type Scenario = (&'static str, &'static str, fn() -> Result<String, String>);

pub const ALL: &[Scenario] = &[
    ("overload", "three times as many searches as the partner's places allow", overload),
    ("drain", "SIGTERM while heads and bodies are incomplete", drain),
];

fn start(partner: &Partner, change: fn(ConfigBuilder) -> ConfigBuilder) -> Proxy {
    Proxy::start(&change(ConfigBuilder::with_partner_url(&partner.url()).with_default_limits()).text())
}

/// Goodput under overload, as a share of the peak.
const GOODPUT: f64 = 0.9;
const PARTNER_MS: u64 = 200;
/// 64 places of 200 ms are 320 searches a second.
const PLACES: &str = "64";
const CAPACITY_INTERVAL: Duration = Duration::from_micros(3000);
const OVERLOAD_INTERVAL: Duration = Duration::from_micros(1000);
const OVERLOAD_TIME: Duration = Duration::from_secs(3);

fn overload() -> Result<String, String> {
    let partner = Partner::start(Answer::Fine, PARTNER_MS);
    let proxy = start(&partner, |config| config.with("limits", "partner_requests_in_flight", PLACES));
    let request =
        format!("GET /search?q=x&format=json HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", proxy.public);
    let offer = |interval| {
        let bystander = Bystander { public: proxy.public, tls: None, request: request.clone().into_bytes() };
        let begun = Instant::now();
        let experience = search_at_intervals(OVERLOAD_TIME, interval, bystander);
        (experience.answered as f64 / begun.elapsed().as_secs_f64(), experience)
    };
    let (peak, _) = offer(CAPACITY_INTERVAL);
    let (goodput, over) = offer(OVERLOAD_INTERVAL);
    let text = format!(
        "{peak:.0} answers a second at capacity, {goodput:.0} ({:.0} %) at three times as many searches; {} of {} refused",
        goodput / peak * 100.0,
        over.asked - over.answered,
        over.asked
    );
    judged(goodput >= GOODPUT * peak, text)
}

/// How long a stop may take with a search under way that takes 300 ms.
const DRAIN: Duration = Duration::from_secs(2);

fn drain() -> Result<String, String> {
    let partner = Partner::start(Answer::Fine, 300);
    let mut proxy = start(&partner, |config| config);
    let search = format!("GET /search?q=x&format=json HTTP/1.1\r\nHost: {}\r\n", proxy.public);
    let post = format!("POST /search HTTP/1.1\r\nHost: {}\r\nContent-Length: 100\r\n", proxy.public);
    let post = format!("{post}Content-Type: application/x-www-form-urlencoded\r\n\r\nq=");
    let open = |bytes: &str| {
        let mut stream = TcpStream::connect(proxy.public).unwrap();
        stream.write_all(bytes.as_bytes()).unwrap();
        stream
    };
    let held: Vec<TcpStream> = (0..60).map(|at| open([search.as_str(), "G", "", &post][at % 4])).collect();
    let mut client = qsproxy_test_support::http_client::Client::connect(proxy.public).unwrap();
    client.write(format!("{search}\r\n").as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(100));
    proxy.signal("TERM");
    let begun = Instant::now();
    let answer = client.read_response();
    let status = answer.map_or(0, |answer| answer.status);
    let code = proxy.wait().code();
    let taken = begun.elapsed();
    drop(held);
    let text = format!("60 incomplete requests: exit after {} ms; the search under way: {status}", taken.as_millis());
    judged(taken <= DRAIN && status == 200 && code == Some(0), text)
}
