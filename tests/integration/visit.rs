//! Visits (docs/visits.md): which stamps a client gets, what it returns, and what is counted.

use std::collections::BTreeMap;

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::http_client::{Response, form_bytes, send_once};
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::TestEnv;
use qsproxy_test_support::visit_stamp::{self, DecodedStamp};

mod by_id;
mod days;
mod durable;
mod invalid_stamps;
mod kill;
mod phases;
mod routes;
mod tracking_preferences;
mod transports;

/// An environment with a second code, `beta`.
fn env() -> TestEnv {
    TestEnv::with(two_codes)
}

fn two_codes(config: ConfigBuilder) -> ConfigBuilder {
    config.code("beta", r#"["first"]"#)
}

/// The provisional stamp of a first request.
#[track_caller]
fn provisional(proxy: &Proxy) -> String {
    visit_stamp::issued_stamp(&proxy.get("/visit", &[])).expect("a provisional stamp")
}

/// The confirmed stamp of a visitor who has just been counted.
#[track_caller]
fn confirmed(proxy: &Proxy) -> String {
    let first = provisional(proxy);
    visit_stamp::issued_stamp(&proxy.get("/visit", &[&visit_stamp::header_line(&first)])).expect("a confirmed stamp")
}

/// Posts a form.
fn post(proxy: &Proxy, target: &str, lines: &[&str], body: &str) -> Response {
    send_once(proxy.public, &form_bytes(target, &proxy.public.to_string(), lines, body.as_bytes())).unwrap()
}

/// The total of `active`, over all gaps and codes.
fn visitors(proxy: &Proxy) -> i64 {
    proxy.active().values().sum()
}

/// Checks that the store contains exactly these new visitors by code, all on the day of this stamp.
#[track_caller]
fn assert_new_visitors(proxy: &Proxy, stamp: &str, births: &[(&str, i64)]) {
    let day = visit_stamp::date(DecodedStamp::decode(stamp).last);
    let key = |[a, b, c]: [&str; 3]| [a, b, c].map(str::to_owned);
    let active: BTreeMap<_, _> = births.iter().map(|(code, n)| (key([&day, code, "0"]), *n)).collect();
    let retention: BTreeMap<_, _> = births.iter().map(|(code, n)| (key([&day, "0", code]), *n)).collect();
    assert_eq!((proxy.active(), proxy.retention()), (active, retention));
}
