//! Outward noninterference (`PRIVACY.md` section 4, item 1), as recorded at the partners' sockets.

use super::raw_request::{self, RawRequest};
use super::request_variants::{CHANGES, CODES, FieldValues};
use qsproxy_test_support::chunked_page::{ChunkedPage, sample_page};
use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::http_client::Client;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::random::Random;
use qsproxy_test_support::test_env::{sample_results, within_one_hour};
use qsproxy_test_support::workdir::Workdir;

/// Pairs that must be equal: twice what issue 2 demands, in about three seconds.
const PAIRS: usize = 4_000;
/// Pairs that must differ, for each of the five fields that a client can change.
const DIFFERENT_PAIRS: usize = 40;
/// Addresses that the clients come from: 127.0.0.2 and on.
const SOURCES: usize = 200;

/// Where a libfaketime may be.
const FAKETIME: &[&str] = &[
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/faketime/libfaketimeMT.so.1",
];

/// The fields but for the time.
const TIMELESS: &str =
    r#"{ keyword = "q", language = "lang", browser = "b", anonymous_id = "uid", partner_code = "pc" }"#;

/// Five partners, each told and asked in another way, and a code for each; two codes for the first. The last answers
/// with pages, whoever asks it: a browser, or a toolbar that wants JSON.
struct LeakTest {
    proxy: Proxy,
    partners: Vec<MockPartner>,
    kept: Option<Client>,
}

impl LeakTest {
    fn new() -> LeakTest {
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
        LeakTest { proxy: Proxy::start(&config.text()), partners, kept: None }
    }

    fn port(&self) -> u16 {
        self.proxy.public.port()
    }

    /// Sends a search over a kept connection or a new one, and gives what the partner of `code` got.
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
        assert!(got.iter().all(Vec::is_empty), "nobody else is asked");
        request
    }

    /// Two requests, and what the partners got for them, within one hour.
    fn pair(&mut self, one: &FieldValues, other: &FieldValues, random: &mut Random) -> [(Vec<u8>, Vec<u8>); 2] {
        let (pair, _) = within_one_hour(|| {
            [one, other].map(|six| {
                let request = six.spell(self.port(), random);
                (request.bytes(), self.forwarded_request(&request, six.code, random))
            })
        });
        pair
    }
}

fn show(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string().replace("\\r\\n", "\n")
}

#[test]
fn requests_equal_in_six_fields_are_equal_at_the_partner() {
    let mut random = Random::from_env_or_clock("LEAK_SEED", "outward");
    let mut scene = LeakTest::new();
    for number in 0..PAIRS {
        let six = FieldValues::any(&mut random);
        let [(one, at_one), (other, at_other)] = scene.pair(&six, &six, &mut random);
        assert_ne!(one, other, "the pair is one in the same request; the test tests nothing");
        assert!(
            at_one == at_other,
            "pair {number}, {six:?}\n--- one:\n{}\n--- other:\n{}\n--- partner, one:\n{}\n--- partner, other:\n{}",
            show(&one),
            show(&other),
            show(&at_one),
            show(&at_other),
        );
    }
}

#[test]
fn requests_that_differ_in_a_field_differ_at_the_partner() {
    let mut random = Random::from_env_or_clock("LEAK_SEED", "outward, different");
    let mut scene = LeakTest::new();
    for what in CHANGES {
        for _ in 0..DIFFERENT_PAIRS {
            // The first two codes ask the same partner.
            let six = FieldValues { code: random.below(2), ..FieldValues::any(&mut random) };
            let other = six.changed(what, &mut random);
            let [(_, at_one), (_, at_other)] = scene.pair(&six, &other, &mut random);
            assert!(at_one != at_other, "{six:?} and {other:?} give the same:\n{}", show(&at_one));
        }
    }
}

/// What a partner is sent at this moment of a faked clock.
fn asked_at(moment: &str, library: &str, partner: &MockPartner) -> String {
    let environment = [("LD_PRELOAD", library), ("FAKETIME", moment), ("FAKETIME_DONT_FAKE_MONOTONIC", "1")];
    let workdir = Workdir::with_env_vars(&ConfigBuilder::new(partner).text(), &environment);
    let proxy = workdir.start();
    assert_eq!(proxy.get("/search?q=x&format=json", &[]).status, 200);
    String::from_utf8(partner.take_requests().remove(0)).unwrap()
}

#[test]
#[ignore = "needs faketime"]
fn of_the_time_the_hour_alone_goes_out() {
    let library = FAKETIME.iter().find(|path| std::path::Path::new(path).exists()).expect("faketime is installed");
    let partner = MockPartner::json(sample_results());
    let at = |moment: &str| asked_at(moment, library, &partner);
    let first = at("@2026-11-23 10:00:01");
    assert_eq!(first, at("@2026-11-23 10:59:40"), "minutes do not go out");
    assert_eq!(first, at("@2026-03-05 10:30:00"), "nor does the day");
    let later = at("@2026-11-23 15:00:01");
    assert_ne!(first, later);
    assert_eq!(first.replace("h=10", "h=15"), later, "the hour, and nothing else");
}

/// A toolbar keeps its connection to us open; the connections that we keep to a partner must not follow it.
#[test]
fn a_users_connection_does_not_show_through_ours() {
    const USERS: usize = 6;
    const SEARCHES: usize = 60;
    let partner = MockPartner::json(sample_results());
    let proxy = Proxy::start(&ConfigBuilder::new(&partner).with("listen", "workers", "8").text());
    let mut random = Random::from_env_or_clock("LEAK_SEED", "connections");
    let mut users: Vec<Client> = (0..USERS).map(|_| Client::connect(proxy.public).unwrap()).collect();
    let mut asked = Vec::new();
    for _ in 0..SEARCHES {
        let user = random.below(USERS);
        let target = format!("GET /search?q=x&format=json HTTP/1.1\r\nHost: {}\r\n\r\n", proxy.public);
        assert_eq!(users[user].send(target.as_bytes()).unwrap().status, 200);
        asked.push(user);
    }
    let ports = partner.source_ports();
    assert_eq!(ports.len(), SEARCHES);
    // Searches come one after the other, so one connection does for all of them, but for the rare moment in which it
    // is not yet back when the next search begins. Were our connections tied to theirs, most changes of the user
    // would be changes of the port.
    let changes = |of: &dyn Fn(usize) -> usize| (1..SEARCHES).filter(|&at| of(at - 1) != of(at)).count();
    let (users, ports_changed) = (changes(&|at| asked[at]), changes(&|at| usize::from(ports[at])));
    assert!(ports_changed * 5 < users, "{:?}", asked.iter().zip(&ports).collect::<Vec<_>>());
}
