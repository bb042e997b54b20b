//! Shares of connections, heads, searches and partners: one client takes what it can, and a bystander is served.

use std::time::Duration;

use qsproxy_test_support::http_client::{Client, request_bytes};
use qsproxy_test_support::mock_partner::MockResponse;
use qsproxy_test_support::test_env::{TestEnv, sample_results};
use qsproxy_test_support::visit_stamp::{header_stamp, issued_stamp};
use qsproxy_test_support::wait_for;

use super::{BYSTANDER, GREEDY, connect_from, refusals, search_bytes, search_from};

/// Opens connections that send nothing, and returns those that are not refused.
fn silent(source: [u8; 4], n: usize, env: &TestEnv) -> Vec<Client> {
    let accepted = || usize::try_from(env.proxy.metric("qsproxy_connections_total")).unwrap();
    let before = accepted();
    let mut opened: Vec<Client> = (0..n).map(|_| connect_from(source, env.proxy.public).unwrap()).collect();
    wait_for("every connection to be accepted", || (accepted() == before + n).then_some(()));
    opened.retain_mut(|client| client.is_silent_for(Duration::from_millis(20)));
    opened
}

#[test]
fn silent_connections_of_one_client_leave_others_served() {
    let env = TestEnv::with(|config| config.with("limits", "connections", "200").with("client", "connections", "20"));
    let mut held = silent(GREEDY, 300, &env);
    assert_eq!(held.len(), 20);
    assert_eq!(search_from(BYSTANDER, &env, &[]).status, 200);
    let mut refused = connect_from(GREEDY, env.proxy.public).unwrap();
    let answer = String::from_utf8(refused.read_to_end()).unwrap();
    assert!(answer.starts_with("HTTP/1.1 429 ") && answer.contains("too_many_requests"), "{answer}");
    assert!(refusals(&env, "connections") >= 281);
    held.truncate(10);
    wait_for("a closed connection to be returned", || (search_from(GREEDY, &env, &[]).status == 200).then_some(()));
}

/// Many greedy clients, one after another, so that nothing is left. Who comes last takes the place of whoever has most.
#[test]
fn silent_connections_of_many_clients_leave_others_served() {
    let env = TestEnv::with(|config| config.with("limits", "connections", "120").with("client", "connections", "100"));
    let held: Vec<Vec<Client>> = (10..40).map(|network| silent([127, 0, network, 1], 30, &env)).collect();
    // A connection whose place was taken counts until its task has ended.
    let open = || env.proxy.metric("qsproxy_connections_open");
    wait_for("all to be in use, and no more", || (open() == 120).then_some(()));
    let mut browser: Vec<Client> = (0..3).map(|_| connect_from(BYSTANDER, env.proxy.public).unwrap()).collect();
    for client in &mut browser {
        assert_eq!(client.send(&search_bytes(&env, &[])).unwrap().status, 200);
    }
    for client in &mut browser {
        assert_eq!(client.send(&search_bytes(&env, &[])).unwrap().status, 200, "nobody has its place");
    }
    wait_for("no more than the limit", || (open() <= 120).then_some(()));
    assert_eq!(env.proxy.metric("qsproxy_panics_total"), 0);
    drop(held);
}

/// A connection that waits for its answer is not taken away, although its client has most.
#[test]
fn connections_with_a_request_are_kept() {
    let env = TestEnv::with(|config| {
        let config = config.with("limits", "connections", "20").with("client", "connections", "19");
        config.with("partner first", "timeout", r#""10s""#)
    });
    env.partner.respond_with(MockResponse::Delayed(Duration::from_secs(2), sample_results()));
    let mut waiting: Vec<Client> = (0..10).map(|_| connect_from(GREEDY, env.proxy.public).unwrap()).collect();
    for client in &mut waiting {
        client.write(&search_bytes(&env, &[])).unwrap();
    }
    wait_for("the partner to be asked", || (env.partner.requests().len() == 10).then_some(()));
    let _others: Vec<Vec<Client>> = (10..30).map(|network| silent([127, 0, network, 1], 1, &env)).collect();
    for client in &mut waiting {
        assert_eq!(client.read_response().unwrap().status, 200);
    }
}

#[test]
fn unfinished_heads_of_one_client_leave_others_served() {
    let env = TestEnv::with(|config| config.with("client", "heads_in_flight", "5"));
    let mut held = silent(GREEDY, 30, &env);
    assert_eq!(held.len(), 30);
    for client in &mut held {
        client.write(b"GET /search?q=x HTTP/1.1\r\nHost: ").unwrap();
    }
    wait_for("the others to be closed", || (refusals(&env, "heads_in_flight") == 25).then_some(()));
    held.retain_mut(|client| client.is_silent_for(Duration::from_millis(50)));
    assert_eq!(held.len(), 5);
    assert_eq!(search_from(BYSTANDER, &env, &[]).status, 200);
    drop(held);
    wait_for("a place to be returned", || {
        let response = connect_from(GREEDY, env.proxy.public).ok()?.send(&search_bytes(&env, &[])).ok()?;
        (response.status == 200).then_some(())
    });
}

/// Searches that wait for a slow partner.
#[track_caller]
fn assert_slow_searches_leave_others_served(limit: &str, status: u16) {
    let env = TestEnv::with(|config| {
        let config =
            config.with("limits", "searches_in_flight", "12").with("limits", "partner_requests_in_flight", "12");
        config.with("client", limit, "4").with("partner first", "timeout", r#""10s""#)
    });
    env.partner.respond_with(MockResponse::Delayed(Duration::from_secs(3), sample_results()));
    let mut waiting: Vec<Client> = (0..12).map(|_| connect_from(GREEDY, env.proxy.public).unwrap()).collect();
    for client in &mut waiting {
        client.write(&search_bytes(&env, &[])).unwrap();
    }
    wait_for("the share to be reached", || (refusals(&env, limit) == 8).then_some(()));
    wait_for("the partner to be asked", || (env.partner.requests().len() == 4).then_some(()));
    env.partner.respond_with(MockResponse::Json(sample_results()));
    assert_eq!(search_from(BYSTANDER, &env, &[]).status, 200);
    let statuses: Vec<u16> = waiting.iter_mut().map(|client| client.read_response().unwrap().status).collect();
    assert_eq!(statuses.iter().filter(|one| **one == 200).count(), 4, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|one| **one == status).count(), 8, "{statuses:?}");
    assert_eq!(search_from(GREEDY, &env, &[]).status, 200, "the places were returned");
}

#[test]
fn slow_searches_of_one_client_leave_others_served() {
    assert_slow_searches_leave_others_served("searches_in_flight", 429);
}

#[test]
fn partner_places_of_one_client_leave_others_served() {
    assert_slow_searches_leave_others_served("partner_requests_in_flight", 503);
}

#[test]
fn requests_of_one_client_have_a_rate() {
    let env =
        TestEnv::with(|config| config.with("client", "requests_per_minute", "1").with("client", "requests_burst", "5"));
    let bytes = request_bytes("GET", "/robots.txt", &env.proxy.public.to_string(), &[]);
    let mut client = connect_from(GREEDY, env.proxy.public).unwrap();
    let statuses: Vec<u16> = (0..7).map(|_| client.send(&bytes).unwrap().status).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 429, 429]);
    assert_eq!(search_from(BYSTANDER, &env, &[]).status, 200);
}

/// A first contact and the return of its stamp. Returns the stamp that replaces it.
#[track_caller]
fn visit_twice(source: [u8; 4], env: &TestEnv) -> (String, Option<String>) {
    let mut client = connect_from(source, env.proxy.public).unwrap();
    let mut visit = |stamp: &str| {
        let line = format!("Visit-Stamp: {stamp}");
        let response = client.send(&request_bytes("GET", "/visit", &env.proxy.public.to_string(), &[&line])).unwrap();
        assert_eq!(response.status, 204);
        response
    };
    let first = issued_stamp(&visit("")).expect("a provisional stamp");
    let next = header_stamp(&visit(&first));
    (first, next)
}

#[test]
fn one_client_cannot_write_the_number_of_new_visitors() {
    let env =
        TestEnv::with(|config| config.with("client", "births_per_minute", "1").with("client", "births_burst", "3"));
    let stamps: Vec<_> = (0..10).map(|_| visit_twice(GREEDY, &env)).collect();
    assert_eq!(stamps.iter().filter(|(_, next)| next.is_some()).count(), 3);
    assert_eq!((env.proxy.visits_with_outcome("born"), env.proxy.visits_with_outcome("excess")), (3, 7));
    // Nobody is lost: a stamp that was not counted counts later, here from elsewhere.
    let line = format!("Visit-Stamp: {}", stamps[9].0);
    let bytes = request_bytes("GET", "/visit", &env.proxy.public.to_string(), &[&line]);
    assert!(header_stamp(&connect_from(BYSTANDER, env.proxy.public).unwrap().send(&bytes).unwrap()).is_some());
    assert!(visit_twice(BYSTANDER, &env).1.is_some());
    assert_eq!(env.proxy.visits_with_outcome("born"), 5);
}

#[test]
fn one_client_cannot_write_the_number_of_visits() {
    let env =
        TestEnv::with(|config| config.with("client", "visits_per_minute", "1").with("client", "visits_burst", "2"));
    let counted = (0..5).filter(|_| visit_twice(GREEDY, &env).1.is_some()).count();
    assert_eq!((counted, refusals(&env, "visits")), (2, 3));
    assert!(visit_twice(BYSTANDER, &env).1.is_some());
}
