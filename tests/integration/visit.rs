//! Visits (CONTRACT section 5): what a client is handed, what it must bring back, and what is counted of it.

use std::collections::BTreeMap;

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::http_client::{Response, form_bytes, send_once};
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::TestEnv;
use qsproxy_test_support::visit_stamp::{self, DecodedStamp};

mod by_id;
mod carriers;
mod days;
mod durable;
mod kill;
mod phases;
mod routes;
mod wishes;
mod worthless;

/// An environment with a second code, `beta`.
fn env() -> TestEnv {
    TestEnv::with(two_codes)
}

fn two_codes(config: ConfigBuilder) -> ConfigBuilder {
    config.code("beta", r#"["first"]"#)
}

/// A provisional stamp, as a first contact gets it.
#[track_caller]
fn provisional(proxy: &Proxy) -> String {
    visit_stamp::issued_stamp(&proxy.get("/visit", &[])).expect("a provisional stamp")
}

/// A confirmed stamp of somebody who has just been counted.
#[track_caller]
fn confirmed(proxy: &Proxy) -> String {
    let first = provisional(proxy);
    visit_stamp::issued_stamp(&proxy.get("/visit", &[&visit_stamp::header_line(&first)])).expect("a confirmed stamp")
}

/// A search posted.
fn post(proxy: &Proxy, target: &str, lines: &[&str], body: &str) -> Response {
    send_once(proxy.public, &form_bytes(target, &proxy.public.to_string(), lines, body.as_bytes())).unwrap()
}

/// Everybody in `active`, with whatever gap and code.
fn visitors(proxy: &Proxy) -> i64 {
    proxy.active().values().sum()
}

/// What the store must hold of visitors: by code and gap, and by code and age; all on the day of this stamp, as new there.
#[track_caller]
fn holds(proxy: &Proxy, of: &str, births: &[(&str, i64)]) {
    let day = visit_stamp::date(DecodedStamp::decode(of).last);
    let key = |[a, b, c]: [&str; 3]| [a, b, c].map(str::to_owned);
    let active: BTreeMap<_, _> = births.iter().map(|(code, n)| (key([&day, code, "0"]), *n)).collect();
    let retention: BTreeMap<_, _> = births.iter().map(|(code, n)| (key([&day, "0", code]), *n)).collect();
    assert_eq!((proxy.active(), proxy.retention()), (active, retention));
}
