//! Requests that are equal in the six fields are equal at the partner, byte by byte (`docs/privacy-requirements.md`, "Outward
//! noninterference"), as recorded at the partners' sockets.

use super::coverage;
use super::raw_request::{self, RawRequest};
use super::request_variants::{CHANGES, CODES, FieldValues};
use super::rows::Row;
use qsproxy_test_support::chunked_page::{ChunkedPage, sample_page};
use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::fake_clock;
use qsproxy_test_support::http_client::Client;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::random::Random;
use qsproxy_test_support::test_env::{sample_results, within_one_hour};
use qsproxy_test_support::tls_partner::{Identity, TlsPartner};
use qsproxy_test_support::workdir::Workdir;

/// Pairs of requests that must be equal at the partner.
const PAIRS: usize = 4_000;
/// Pairs that must differ at the partner, for each of the five fields that a client can change.
const DIFFERENT_PAIRS: usize = 40;
/// The number of source addresses, from 127.0.0.2.
const SOURCES: usize = 200;

/// All fields except the time.
const TIMELESS: &str =
    r#"{ keyword = "q", language = "lang", browser = "b", anonymous_id = "uid", partner_code = "pc" }"#;

/// Five partners that receive the fields in different ways, and a code for each; two codes for the first partner. The last one
/// sends pages.
struct FivePartners {
    proxy: Proxy,
    partners: Vec<MockPartner>,
    kept: Option<Client>,
}

impl FivePartners {
    fn new() -> FivePartners {
        let mut partners: Vec<MockPartner> = (0..4).map(|_| MockPartner::json(sample_results())).collect();
        partners.push(MockPartner::responding(ChunkedPage::with_body(sample_page()).into_response()));
        let config = ConfigBuilder::new(&partners[0]).with("code toolbar-main", "name", r#""main""#);
        let config = config.code("beta", r#"["first"]"#).with("code beta", "tags", r#"{ first = "QX2" }"#);
        let config = config.code("timeless", r#"["timeless"]"#).partner("timeless", &partners[1].url());
        let config =
            config.with("partner timeless", "send", TIMELESS).with("partner timeless", "user_agent", r#""by-browser""#);
        let config = config.code("form", r#"["form"]"#).partner("form", &partners[2].url());
        let config =
            config.with("partner form", "method", r#""POST""#).with("partner form", "headers", r#"{ X-Key = "k" }"#);
        let config = config.code("object", r#"["object"]"#).partner("object", &partners[3].url());
        let config = config.with("partner object", "method", r#""POST-JSON""#);
        let config = config.code("page", r#"["page"]"#).partner("page", &partners[4].url());
        let config = config.with("partner page", "format", r#""html""#).without("partner page", "results");
        FivePartners { proxy: Proxy::start(&config.text()), partners, kept: None }
    }

    fn port(&self) -> u16 {
        self.proxy.public.port()
    }

    /// Sends a search on the previous connection or a new one, and returns what the partner of `code` received.
    fn forwarded_request(&mut self, request: &RawRequest, code: usize, random: &mut Random) -> Vec<u8> {
        let source = 2 + random.below(SOURCES) as u8;
        let kept = self.kept.take().filter(|_| !random.one_in(4));
        let mut client = kept.unwrap_or_else(|| raw_request::connect_from(source, self.proxy.public));
        let response =
            client.send(&request.bytes()).unwrap_or_else(|error| panic!("{error}: {}", show(&request.bytes())));
        assert_eq!(response.status, 200, "{}\n{}", response.text(), show(&request.bytes()));
        let closed = response.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        self.kept = (!closed && request.version == "HTTP/1.1").then_some(client);
        let mut got: Vec<Vec<Vec<u8>>> = self.partners.iter().map(MockPartner::take_requests).collect();
        let place = code.saturating_sub(1);
        assert_eq!(got[place].len(), 1, "one search is one request to the partner of {}", CODES[code]);
        let request = got[place].remove(0);
        assert!(got.iter().all(Vec::is_empty), "no other partner receives anything");
        request
    }

    /// Two requests, and what the partners received for each, within one hour.
    fn pair(&mut self, one: &FieldValues, other: &FieldValues, random: &mut Random) -> [(Vec<u8>, Vec<u8>); 2] {
        let (pair, _) = within_one_hour(|| {
            [one, other].map(|values| {
                let request = values.encode(self.port(), random);
                (request.bytes(), self.forwarded_request(&request, values.code, random))
            })
        });
        pair
    }
}

fn show(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string().replace("\\r\\n", "\n")
}

pub fn equal_requests() {
    let mut random = Random::from_env_or_clock("AUDIT_SEED", "outward");
    let mut test = FivePartners::new();
    coverage::count(Row::PartnerHeaderSet, PAIRS);
    for number in 0..PAIRS {
        let values = FieldValues::any(&mut random);
        let [(one, at_one), (other, at_other)] = test.pair(&values, &values, &mut random);
        assert_ne!(one, other, "both requests are the same: this tests nothing");
        assert!(
            at_one == at_other,
            "pair {number}, {values:?}\n--- one:\n{}\n--- other:\n{}\n--- partner, one:\n{}\n--- partner, other:\n{}",
            show(&one),
            show(&other),
            show(&at_one),
            show(&at_other),
        );
    }
}

pub fn different_requests() {
    let mut random = Random::from_env_or_clock("AUDIT_SEED", "outward, different");
    let mut test = FivePartners::new();
    for what in CHANGES {
        for _ in 0..DIFFERENT_PAIRS {
            // The first two codes use the same partner.
            let values = FieldValues { code: random.below(2), ..FieldValues::any(&mut random) };
            let other = values.changed(what, &mut random);
            let [(_, at_one), (_, at_other)] = test.pair(&values, &other, &mut random);
            assert!(at_one != at_other, "{values:?} and {other:?} give the same:\n{}", show(&at_one));
        }
    }
}

/// What a partner receives at this moment of a fake clock.
fn forwarded_at(moment: &str, library: &str, partner: &MockPartner) -> String {
    let environment = [("LD_PRELOAD", library), ("FAKETIME", moment), ("FAKETIME_DONT_FAKE_MONOTONIC", "1")];
    let workdir = Workdir::with_env_vars(&ConfigBuilder::new(partner).text(), &environment);
    let proxy = workdir.start();
    assert_eq!(proxy.get("/search?q=x&format=json", &[]).status, 200);
    String::from_utf8(partner.take_requests().remove(0)).unwrap()
}

pub fn hours() {
    // The variant for programs with several threads.
    let library = fake_clock::library().replace("libfaketime.so", "libfaketimeMT.so");
    let partner = MockPartner::json(sample_results());
    let at = |moment: &str| forwarded_at(moment, &library, &partner);
    coverage::count(Row::Fields, 4);
    let first = at("@2026-11-23 10:00:01");
    assert_eq!(first, at("@2026-11-23 10:59:40"), "minutes are not sent");
    assert_eq!(first, at("@2026-03-05 10:30:00"), "nor is the day");
    let later = at("@2026-11-23 15:00:01");
    assert_ne!(first, later);
    assert_eq!(first.replace("h=10", "h=15"), later, "only the hour differs");
}

/// A toolbar keeps its connection open, and users are in different networks. The connections to a partner, with TLS or without it, must
/// not correspond to those of clients.
pub fn connections() {
    let partner = MockPartner::json(sample_results());
    let proxy = Proxy::start(&ConfigBuilder::new(&partner).with("listen", "workers", &WORKERS.to_string()).text());
    let forwarded = search_as_users(&proxy);
    assert_ports_follow_nobody(&forwarded, &partner.source_ports());

    let body = sample_results();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
    let responses = vec![format!("{head}{body}").into_bytes(); SEARCHES + 1];
    let partner = TlsPartner::responding(&Identity::issued(|_| {}), responses, false);
    let proxy = partner.proxy_with_workers("localhost", WORKERS);
    let forwarded = search_as_users(&proxy);
    assert_ports_follow_nobody(&forwarded, &partner.source_ports.lock().unwrap());
}

const USERS: usize = 6;
const SEARCHES: usize = 60;
const WORKERS: usize = 8;

/// Searches as users in random order, each over a connection of its own. Returns that order.
fn search_as_users(proxy: &Proxy) -> Vec<usize> {
    let mut random = Random::from_env_or_clock("AUDIT_SEED", "connections");
    let from_network = |user: usize| raw_request::connect_from_address([127, 0, user as u8, 7], proxy.public);
    let mut users: Vec<Client> = (0..USERS).map(from_network).collect();
    let target = format!("GET /search?q=x&format=json HTTP/1.1\r\nHost: {}\r\n\r\n", proxy.public);
    let mut search = |_| {
        let user = random.below(USERS);
        assert_eq!(users[user].send(target.as_bytes()).unwrap().status, 200);
        user
    };
    (0..SEARCHES).map(&mut search).collect()
}

/// Searches are sequential, thus one connection serves all of them, except if it is not yet idle when the next search begins. If
/// connections belonged to clients, most changes of the client would change the port.
fn assert_ports_follow_nobody(forwarded: &[usize], ports: &[u16]) {
    assert_eq!(ports.len(), SEARCHES);
    let changes = |of: &dyn Fn(usize) -> usize| (1..SEARCHES).filter(|&at| of(at - 1) != of(at)).count();
    coverage::count(Row::Pool, SEARCHES);
    let (users, ports_changed) = (changes(&|at| forwarded[at]), changes(&|at| usize::from(ports[at])));
    assert!(ports_changed * 5 < users, "{:?}", forwarded.iter().zip(ports).collect::<Vec<_>>());
}
