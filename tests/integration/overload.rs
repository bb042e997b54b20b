//! More than can be served, and partners that fail: who is refused, what that costs, and when to try again.

use std::time::Duration;

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::http_client::{Response, request_bytes};
use qsproxy_test_support::mock_partner::{MockPartner, MockResponse};
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::sample_results;

use crate::clients::{BYSTANDER, GREEDY, connect_from};

/// A keyword for which the partner fails.
const FAILING: &str = "kaputt";

fn search(proxy: &Proxy, source: [u8; 4], keyword: &str) -> Response {
    let target = format!("/search?q={keyword}&format=json");
    let bytes = request_bytes("GET", &target, &proxy.public.to_string(), &[]);
    connect_from(source, proxy.public).unwrap().send(&bytes).unwrap()
}

/// A proxy with one partner and this circuit.
fn proxy_with(partner: &MockPartner, circuit: &str) -> Proxy {
    Proxy::start(&ConfigBuilder::new(partner).with("partner first", "circuit", circuit).text())
}

fn circuit_state(proxy: &Proxy, state: &str) -> i64 {
    proxy.metric(&format!(r#"qsproxy_partner_circuit{{partner="first",state="{state}"}}"#))
}

#[track_caller]
fn retry_after(response: &Response) -> u64 {
    response.header("retry-after").expect("a time").parse().expect("seconds")
}

#[test]
fn one_client_cannot_open_a_circuit_while_others_get_answers() {
    let partner = MockPartner::responding(MockResponse::FailingFor(FAILING, sample_results()));
    let proxy = proxy_with(&partner, "{}");
    for n in 0..60 {
        assert_eq!(search(&proxy, BYSTANDER, "boots").status, 200, "after {n} times four failures");
        for _ in 0..4 {
            assert_eq!(search(&proxy, GREEDY, FAILING).status, 502);
        }
    }
    assert_eq!(circuit_state(&proxy, "closed"), 1);
    assert_eq!(partner.requests().len(), 300, "all were sent");
}

#[test]
fn a_circuit_that_one_client_opened_is_open_for_that_client_only() {
    let partner = MockPartner::responding(MockResponse::FailingFor(FAILING, sample_results()));
    let proxy = proxy_with(&partner, "{}");
    let statuses: Vec<u16> = (0..20).map(|_| search(&proxy, GREEDY, FAILING).status).collect();
    assert_eq!(
        (statuses[..10].to_vec(), statuses[10..].to_vec()),
        (vec![502; 10], vec![503; 10]),
        "nobody else is there"
    );
    assert_eq!(circuit_state(&proxy, "open"), 1);
    for _ in 0..20 {
        assert_eq!(search(&proxy, BYSTANDER, "boots").status, 200);
        assert!([502, 503].contains(&search(&proxy, GREEDY, FAILING).status));
    }
    assert_eq!(circuit_state(&proxy, "closed"), 1);
}

#[test]
fn an_outage_opens_the_circuit_for_all() {
    let partner = MockPartner::responding(MockResponse::Status(500));
    let proxy = proxy_with(&partner, "{}");
    for n in 0..40_u8 {
        search(&proxy, [127, 0, 1 + n % 3, 1], "boots");
    }
    assert_eq!(search(&proxy, [127, 0, 9, 1], "boots").status, 503, "somebody who was not there");
    assert_eq!(partner.requests().len(), 10);
}

#[test]
fn says_when_the_next_partner_can_be_asked() {
    let limited =
        "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\nConnection: close\r\nRetry-After: 1200\r\n\r\n";
    for (response, earliest, latest) in [
        // The wait, its jitter of a quarter or 30 s, and the jitter of the answer: a quarter again, 60 s or 3 s.
        (MockResponse::Raw(limited.into()), 1_190, 1_200 + 30 + 60),
        (MockResponse::Status(500), 40, 60 + 15 + 18),
    ] {
        let (first, second) = (MockPartner::responding(response), MockPartner::responding(MockResponse::Status(500)));
        let config = ConfigBuilder::new(&first)
            .partner("second", &second.url())
            .with("code toolbar-main", "partners", r#"["first", "second"]"#)
            .with("partner first", "circuit", r#"{ open = "60s" }"#)
            .with("partner second", "circuit", r#"{ open = "3600s", max_open = "3600s" }"#);
        let proxy = Proxy::start(&config.text());
        for _ in 0..10 {
            let failed = search(&proxy, GREEDY, "boots");
            assert_eq!((failed.status, failed.header("retry-after")), (502, None), "it was asked");
        }
        let times: Vec<u64> = (0..20).map(|_| retry_after(&search(&proxy, GREEDY, "boots"))).collect();
        assert!(times.iter().all(|time| (earliest..=latest).contains(time)), "{earliest}: {times:?}");
        assert!(times.iter().any(|time| *time != times[0]), "jitter: {times:?}");
    }
}

#[test]
fn says_soon_when_all_places_are_in_use() {
    let partner = MockPartner::responding(MockResponse::Hang);
    let config = ConfigBuilder::new(&partner).with("limits", "searches_in_flight", "1");
    let proxy = Proxy::start(&config.with("partner first", "timeout", r#""20s""#).text());
    let bytes = request_bytes("GET", "/search?q=first&format=json", &proxy.public.to_string(), &[]);
    let mut held = connect_from(GREEDY, proxy.public).unwrap();
    held.write(&bytes).unwrap();
    let is_asked = || (partner.requests().len() == 1).then_some(());
    qsproxy_test_support::wait_up_to(Duration::from_secs(10), "the partner to be asked", is_asked);
    let response = search(&proxy, BYSTANDER, "boots");
    assert_eq!((response.status, response.problem().as_str()), (503, "overloaded"));
    assert!((1..=4).contains(&retry_after(&response)));
}

/// The statuses of two searches of two clients that begin at once, after a first one. There is one place by this limit, and the partner
/// takes 100 ms. Other codes have partners of their own.
fn two_at_once(limit: &str, queue_time: &str) -> [u16; 2] {
    let partner = MockPartner::responding(MockResponse::Delayed(Duration::from_millis(100), sample_results()));
    let others = ["second", "third"].iter().fold(ConfigBuilder::new(&partner), |config, name| {
        config.partner(name, &partner.url()).code(&format!("toolbar-{name}"), &format!("[{name:?}]"))
    });
    let proxy = Proxy::start(&others.with("limits", limit, "1").with("limits", "queue_time", queue_time).text());
    assert_eq!(search(&proxy, GREEDY, "first").status, 200);
    let proxy = &proxy;
    let mut statuses = std::thread::scope(|scope| {
        let searches = [GREEDY, BYSTANDER].map(|client| scope.spawn(move || search(proxy, client, "boots").status));
        searches.map(|search| search.join().unwrap())
    });
    statuses.sort_unstable();
    statuses
}

#[test]
fn a_search_waits_a_moment_for_a_place() {
    for limit in ["searches_in_flight", "partner_requests_in_flight"] {
        assert_eq!(two_at_once(limit, r#""2s""#), [200, 200], "{limit}");
        assert_eq!(two_at_once(limit, r#""0s""#), [200, 503], "{limit}");
    }
}

/// Otherwise those who wait for one partner would take the places of searches that other partners answer.
#[test]
fn searches_that_wait_for_one_partner_leave_places_for_others() {
    let slow = MockPartner::responding(MockResponse::Delayed(Duration::from_millis(400), sample_results()));
    let fast = MockPartner::json(sample_results());
    let config = ConfigBuilder::new(&slow).partner("fast", &fast.url()).code("beta", r#"["fast"]"#);
    let proxy = Proxy::start(&config.with("limits", "partner_requests_in_flight", "10").text());
    let (proxy, is_over) = (&proxy, &std::sync::atomic::AtomicBool::new(false));
    std::thread::scope(|scope| {
        for _ in 0..40 {
            scope.spawn(move || {
                while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                    search(proxy, GREEDY, "slow");
                }
            });
        }
        let begun = std::time::Instant::now();
        while begun.elapsed() < Duration::from_secs(2) {
            let bytes = request_bytes("GET", "/search?q=x&code=beta&format=json", &proxy.public.to_string(), &[]);
            let status = connect_from(BYSTANDER, proxy.public).unwrap().send(&bytes).unwrap().status;
            assert_eq!(status, 200, "after {:?}", begun.elapsed());
            std::thread::sleep(Duration::from_millis(5));
        }
        is_over.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

#[test]
fn refused_searches_and_robots_are_counted_under_their_code() {
    let partner = MockPartner::responding(MockResponse::Hang);
    let config = ConfigBuilder::new(&partner).with("limits", "searches_in_flight", "1").code("beta", r#"["first"]"#);
    let proxy = Proxy::start(&config.with("partner first", "timeout", r#""20s""#).text());
    let to = proxy.public.to_string();
    let robot = request_bytes("GET", "/search?q=x&code=beta&format=json", &to, &["User-Agent: Googlebot/2.1"]);
    let robot = connect_from(GREEDY, proxy.public).unwrap().send(&robot).unwrap();
    assert_eq!((robot.status, robot.problem().as_str()), (403, "robot_refused"));
    let mut held = connect_from(GREEDY, proxy.public).unwrap();
    held.write(&request_bytes("GET", "/search?q=first&format=json", &to, &[])).unwrap();
    let is_asked = || (partner.requests().len() == 1).then_some(());
    qsproxy_test_support::wait_up_to(Duration::from_secs(10), "the partner to be asked", is_asked);
    // Longer than a search may wait, so that it is known that nothing becomes free.
    std::thread::sleep(Duration::from_millis(600));
    let form = ["Content-Type: application/x-www-form-urlencoded", "Content-Length: 13"];
    let posted = [request_bytes("POST", "/search", &to, &form), b"q=x&code=beta".to_vec()].concat();
    for bytes in [request_bytes("GET", "/search?q=x&code=beta", &to, &[]), posted] {
        assert_eq!(connect_from(BYSTANDER, proxy.public).unwrap().send(&bytes).unwrap().status, 503);
    }
    qsproxy_test_support::wait_up_to(Duration::from_secs(10), "the counts", || {
        let searches = proxy.searches();
        let count = |outcome: &str| searches.get(&["first", "beta", outcome].map(str::to_owned)).copied();
        (count("refused") == Some(2) && count("robot") == Some(1)).then_some(())
    });
}

#[test]
fn the_limit_of_a_partner_is_published() {
    let partner = MockPartner::json(sample_results());
    let config = ConfigBuilder::new(&partner).with("limits", "partner_requests_in_flight", "77");
    let proxy = Proxy::start(&config.text());
    assert_eq!(search(&proxy, GREEDY, "boots").status, 200);
    assert_eq!(proxy.metric(r#"qsproxy_partner_requests_in_flight_limit{partner="first"}"#), 77);
}
