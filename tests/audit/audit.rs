//! One audit: records everything that comes out of the program and its partner, and finally searches all of it for every
//! canary.

use std::collections::BTreeSet;

use super::canary::{Canaries, Canary, CanaryKind};
use super::coverage;
use super::encodings::PLAIN;
use super::finder::Match;
use super::sinks;
use qsproxy_test_support::http_client::{self, Response};
use qsproxy_test_support::is_root;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::random::Random;
use qsproxy_test_support::visit_stamp;

/// `Accept` of a scraper that asks for OpenMetrics.
const OPEN_METRICS: &str = "Accept: application/openmetrics-text; version=1.0.0";

/// Where canaries were seen. Names for [`Audit::expect`].
pub const AT_PARTNER: &str = "at the partner";
pub const IN_RESPONSE: &str = "in the response";

/// Where recorded bytes come from.
enum Sink {
    /// This machine: files, output, metrics, responses to other clients. No canary may occur here.
    Local(String),
    /// Requests that the partner received.
    MockPartner,
    /// A response to a client: the case, and the kinds of the case's canaries that may occur in it.
    Response { case: String, may_show: Vec<CanaryKind> },
}

pub struct Audit {
    pub canaries: Canaries,
    sinks: Vec<(Sink, Vec<u8>)>,
    /// Violations found while recording, such as an open file outside the data folder.
    violations: BTreeSet<String>,
    /// Canaries by number, and where they must be found: otherwise the audit is blind.
    expected: Vec<(usize, &'static str)>,
}

impl Audit {
    #[track_caller]
    pub fn new(test: &str) -> Audit {
        let canaries = Canaries::new(Random::from_env_or_clock("AUDIT_SEED", test));
        Audit { canaries, sinks: Vec::new(), violations: BTreeSet::new(), expected: Vec::new() }
    }

    /// Records a response. It may contain canaries of its own case of these kinds.
    #[track_caller]
    pub fn record_response(&mut self, case: &str, may_show: &[CanaryKind], bytes: &[u8]) {
        let head = bytes.windows(4).position(|end| end == b"\r\n\r\n").unwrap_or(bytes.len());
        let head = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
        assert!(!head.contains("content-encoding"), "{case}: a compressed answer cannot be searched");
        self.sinks.push((Sink::Response { case: case.to_owned(), may_show: may_show.to_vec() }, bytes.to_vec()));
    }

    /// Makes the stamp in a response a canary, and returns it.
    pub fn watch_stamp(&mut self, case: &str, response: &Response) -> Option<String> {
        // The cookie of a deleted stamp is empty.
        if response.header("set-cookie").is_some_and(|line| line.contains("Max-Age=0")) {
            return None;
        }
        let stamp = visit_stamp::issued_stamp(response)?;
        self.canaries.start_case(case);
        self.canaries.watch(CanaryKind::Stamp, "stamp", &stamp);
        Some(stamp)
    }

    /// Records the response to a client that sent no canary.
    pub fn record_other_client(&mut self, response: &Response) {
        self.record_local("the response to another client", &response.raw);
    }

    /// Records bytes in which no canary may occur.
    pub fn record_local(&mut self, name: &str, bytes: &[u8]) {
        self.sinks.push((Sink::Local(name.to_owned()), bytes.to_vec()));
    }

    /// Records a request that the partner received.
    pub fn record_partner(&mut self, bytes: &[u8]) {
        self.sinks.push((Sink::MockPartner, bytes.to_vec()));
    }

    /// Requires that the newest canary of this kind is found in this place.
    pub fn expect_newest(&mut self, kind: CanaryKind, place: &'static str) {
        let newest = self.canaries.list.iter().rposition(|canary| canary.kind == kind).expect("a canary of that kind");
        self.expect(newest, place);
    }

    /// Requires that the canary with this number is found in this place.
    pub fn expect(&mut self, canary: usize, place: &'static str) {
        self.expected.push((canary, place));
    }

    /// Records everything that can be observed of a running program, and what its partner received.
    pub fn inspect(&mut self, when: &str, proxy: &Proxy, partner: &MockPartner) {
        self.inspect_outputs(when, proxy, partner);
        for (what, headers) in
            [("/metrics", &[][..]), ("/metrics", &[OPEN_METRICS]), ("/readyz", &[]), ("/livez", &[]), ("/", &[])]
        {
            let response = http_client::get(proxy.admin, what, headers);
            self.record_local(&format!("admin {what}, {when}"), &response.raw);
        }
        for target in ["/", "/privacy", "/search?q=weather&format=json", "/search?q=weather&format=html"] {
            self.record_other_client(&proxy.get(target, &[]));
        }
        // The program is not dumpable (PR_SET_DUMPABLE), so only root can read its open files.
        if is_root() {
            self.record_open_files(when, proxy);
        }
        let names = sinks::names(proxy.pid());
        self.record_local(&format!("{}, {when}", names.name), &names.bytes);
    }

    fn record_open_files(&mut self, when: &str, proxy: &Proxy) {
        let data = proxy.folder().join("data");
        for (target, found) in sinks::open_files(proxy.pid()) {
            if !target.starts_with(&data) {
                self.violations.insert(format!("{when}: {} is open, outside the data folder", target.display()));
            }
            self.record_local(&format!("{}, {when}", found.name), &found.bytes);
        }
        for target in sinks::mapped_files(proxy.pid()) {
            if !target.starts_with(&data) {
                self.violations
                    .insert(format!("{when}: {} is mapped for writing, outside the data folder", target.display()));
            }
        }
    }

    /// Like [`Audit::inspect`], for a program that may have exited.
    pub fn inspect_outputs(&mut self, when: &str, proxy: &Proxy, partner: &MockPartner) {
        self.record_local(&format!("standard output, {when}"), proxy.stdout().as_bytes());
        self.record_local(&format!("standard error, {when}"), proxy.stderr().as_bytes());
        for found in sinks::files(proxy.folder()) {
            self.record_local(&format!("file {}, {when}", found.name), &found.bytes);
        }
        for request in partner.take_requests() {
            self.record_partner(&request);
        }
    }

    /// Searches everything for every canary. Panics with a list of all leaks.
    #[track_caller]
    pub fn assert_no_leaks(self) {
        let finder = self.canaries.finder();
        let mut leaks = self.violations;
        let mut seen: BTreeSet<(usize, &str)> = BTreeSet::new();
        for (sink, bytes) in &self.sinks {
            for found in finder.find(bytes) {
                let canary = &self.canaries.list[found.owner];
                match allowed(canary, &found, sink) {
                    Some(place) => drop(seen.insert((found.owner, place))),
                    None => drop(leaks.insert(describe(canary, &found, sink, bytes))),
                }
            }
        }
        for (owner, place) in &self.expected {
            let canary = &self.canaries.list[*owner];
            assert!(seen.contains(&(*owner, place)), "{canary:?} was not found {place}: the audit is blind");
        }
        let kept: usize = self.sinks.iter().map(|(_, bytes)| bytes.len()).sum();
        eprintln!(
            "{} canaries, {} places, {kept} bytes, {} leaks",
            self.canaries.list.len(),
            self.sinks.len(),
            leaks.len()
        );
        coverage::print_findings(leaks.len());
        assert!(leaks.is_empty(), "{} leaks:\n{}", leaks.len(), leaks.into_iter().collect::<Vec<_>>().join("\n"));
    }
}

/// The place in which a canary was found, or `None` if it may not occur there.
fn allowed(canary: &Canary, found: &Match, sink: &Sink) -> Option<&'static str> {
    // A stamp contains its serial in base64.
    let as_it_is = PLAIN.contains(&found.form) || canary.kind == CanaryKind::Stamp && found.form == "base64";
    if !as_it_is {
        return None;
    }
    match (sink, canary.kind) {
        (Sink::MockPartner, CanaryKind::Keyword | CanaryKind::Pseudonym) => Some(AT_PARTNER),
        (Sink::Response { case, .. }, CanaryKind::Stamp) => (*case == canary.case).then_some(IN_RESPONSE),
        (Sink::Response { case, may_show }, kind) => {
            (*case == canary.case && may_show.contains(&kind)).then_some(IN_RESPONSE)
        }
        (Sink::Local(_) | Sink::MockPartner, _) => None,
    }
}

/// Describes a leak: the canary, its form, the place, and the bytes around it.
fn describe(canary: &Canary, found: &Match, sink: &Sink, bytes: &[u8]) -> String {
    let place = match sink {
        Sink::Local(name) => name.clone(),
        Sink::MockPartner => "a request to the partner".to_owned(),
        Sink::Response { case, .. } => format!("the response of case {case:?}"),
    };
    let around = &bytes[found.at.saturating_sub(60)..bytes.len().min(found.at + 100)];
    format!(
        "- {:?} through {:?} of case {:?} is in {place}, {}: …{}…",
        canary.kind,
        canary.input,
        canary.case,
        found.form,
        around.escape_ascii()
    )
}
