//! Panics: in each folder of the program, with a message that contains what the code was given (`src/mutants/fail_point.rs`).

use std::collections::BTreeSet;
use std::path::Path;

use strum::VariantArray as _;

use qsproxy::mutants::fail_point::FailPoint;
use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::http_client::{request_bytes, send_once};
use qsproxy_test_support::mock_partner::{MockPartner, MockResponse};
use qsproxy_test_support::test_env::organic_results;
use qsproxy_test_support::wait_for;
use qsproxy_test_support::workdir::Workdir;

use super::canary::CanaryKind;
use super::cases::{LeakCase, SEARCHES, VISITS};
use super::coverage;
use super::leak_test::{LeakTest, SOURCE};
use super::raw_request;
use super::rows::Row;

/// Folders without a fail point, and why: their code reads nothing of a request.
const WITHOUT: [(&str, &str); 11] = [
    ("budget", "counts requests, and is given nothing of one"),
    ("billing", "commands of the operator"),
    ("cli", "commands of the operator"),
    ("config", "reads the configuration"),
    ("content_coding", "compresses our own assets at the start, so a panic would end it before any request"),
    ("demo", "a partner, which sees what partners see"),
    ("doctor", "a command of the operator"),
    ("mutants", "leaks on purpose"),
    ("presets", "texts"),
    ("problem", "closed lists"),
    ("privacy", "is made of the configuration at the start"),
];

/// The kinds of canaries that a response may show if the panic was elsewhere.
const SHOWN: &[CanaryKind] = &[CanaryKind::Title, CanaryKind::Token, CanaryKind::Keyword, CanaryKind::Target];

pub fn every_folder() {
    assert_every_folder_is_known();
    std::thread::scope(|scope| {
        // The one that delivers to PostgreSQL is in `lost_stores`.
        let places = FailPoint::VARIANTS.iter().filter(|place| **place != FailPoint::Forward);
        let threads: Vec<_> = places.map(|place| (<&str>::from(*place), scope.spawn(|| panics_at(*place)))).collect();
        for (name, thread) in threads {
            assert!(thread.join().is_ok(), "the panic in {name} leaks");
        }
    });
}

fn assert_every_folder_is_known() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let folders: BTreeSet<String> = std::fs::read_dir(sources)
        .unwrap()
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    let places = FailPoint::VARIANTS.iter().map(|place| <&str>::from(*place).to_owned());
    let others = WITHOUT.iter().map(|(name, _)| (*name).to_owned());
    assert_eq!(folders, places.chain(others).collect(), "each folder has a fail point, or a reason to have none");
}

fn panics_at(place: FailPoint) {
    let name: &'static str = place.into();
    let partner = MockPartner::json(organic_results(1));
    let config = LeakTest::config(&partner, |config| {
        let config = config.with("limits", "drain_time", r#""1s""#);
        if name == "image_proxy" { with_images(config, &partner) } else { config }
    });
    let workdir = Workdir::with_env_vars(&config.text(), &[("QSPROXY_FAIL", name)]);
    let mut test = LeakTest::of_proxy(&format!("panic in {name}"), partner, workdir.start());
    for case in [&SEARCHES[0], &SEARCHES[1], &SEARCHES[2], &SEARCHES[4], &VISITS[2]] {
        send(&mut test, case, name);
    }
    confirm_a_stamp(&mut test);
    for target in ["/metrics", "/", "/reports/clicks.csv?from=2026-01-01&to=2026-01-02"] {
        let request = request_bytes("GET", target, &test.proxy.admin.to_string(), &[]);
        if let Ok(response) = send_once(test.proxy.admin, &request) {
            test.audit.record_local(&format!("admin {target}"), &response.raw);
        }
    }
    let event = format!("event=panicked at=src/{name}");
    wait_for(&event, || test.proxy.stderr().contains(&event).then_some(()));
    coverage::count(Row::Counts, 1);
    test.audit.inspect_outputs("before the end", &test.proxy, &test.partner);
    // Some of them end the process, or keep it from saving its counts.
    if !test.proxy.has_exited() {
        test.proxy.terminate();
    }
    test.audit.inspect_outputs("after SIGTERM", &test.proxy, &test.partner);
    test.audit.assert_no_leaks();
}

fn with_images(config: ConfigBuilder, partner: &MockPartner) -> ConfigBuilder {
    let config = config.without("partner first", "results").with("partner first", "format", r#""html""#);
    let hosts = format!("[\"{}\"]", partner.address());
    config.with("partner first", "images", r#""proxied""#).with("partner first", "image_hosts", &hosts)
}

/// Sends a request whose answer may be anything.
fn send(test: &mut LeakTest, case: &LeakCase, place: &str) {
    let request = test.request_for(case, 0);
    if place == "image_proxy" {
        let image =
            test.audit.canaries.insert(CanaryKind::Input, "the partner's body", "https://images.example/{}.png");
        let page = format!("<p><a href=https://example.org/><img src={image} alt=x width=50>One</a></p>");
        test.partner.respond_with(MockResponse::WrongContentType(page));
    }
    // Some panics end the process.
    let Ok(response) = raw_request::response_if_any(SOURCE, test.proxy.public, &request.bytes()) else { return };
    test.audit.record_response(case.name, SHOWN, &response);
    for request in test.partner.take_requests() {
        test.audit.record_partner(&request);
    }
}

/// Two requests of a client that returns its first stamp.
fn confirm_a_stamp(test: &mut LeakTest) {
    let host = test.host();
    let request = |stamp: &str| request_bytes("GET", "/visit", &host, &[&format!("Visit-Stamp: {stamp}")]);
    // A worker that panics answers nothing.
    let Ok(first) = send_once(test.proxy.public, &request("")) else { return };
    let stamp = test.audit.watch_stamp("a first stamp", &first);
    test.audit.record_response("a first stamp", &[CanaryKind::Stamp], &first.raw);
    let Some(stamp) = stamp else { return };
    let Ok(second) = send_once(test.proxy.public, &request(&stamp)) else { return };
    test.audit.watch_stamp("a confirmed stamp", &second);
    test.audit.record_response("a confirmed stamp", &[CanaryKind::Stamp], &second.raw);
}
