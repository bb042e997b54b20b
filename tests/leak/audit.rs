//! One audit: canaries go in, everything that comes out is kept, and in the end every canary is looked for in all of it.

use std::collections::BTreeSet;

use super::canary::{Canaries, Canary, CanaryKind};
use super::encodings::PLAIN;
use super::finder::Hit;
use super::sinks;
use qsproxy_test_support::http_client::{self, Response};
use qsproxy_test_support::is_root;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::random::Random;
use qsproxy_test_support::visit_stamp;

/// `Accept` of a scraper that wants OpenMetrics.
const OPEN_METRICS: &str = "Accept: application/openmetrics-text; version=1.0.0";

/// A place in which nothing but what is allowed may be found.
enum Sink {
    /// Anything on this machine: files, output, metrics.
    Here(String),
    /// What a partner got.
    MockPartner,
    /// What a client got, on which path, and which kinds may be in it.
    MockResponse { path: String, shows: Vec<CanaryKind> },
}

pub struct Audit {
    pub canaries: Canaries,
    sinks: Vec<(Sink, Vec<u8>)>,
    /// What is wrong already, such as a file that should not be open.
    wrong: BTreeSet<String>,
    /// Where a canary must be found: else the audit did not see what it should have seen.
    expected: Vec<(usize, &'static str)>,
}

impl Audit {
    #[track_caller]
    pub fn new(test: &str) -> Audit {
        let canaries = Canaries::new(Random::from_env_or_clock("LEAK_SEED", test));
        Audit { canaries, sinks: Vec::new(), wrong: BTreeSet::new(), expected: Vec::new() }
    }

    /// Keeps an answer; it may show the path's own canaries of these kinds.
    pub fn record_response(&mut self, path: &str, shows: &[CanaryKind], bytes: &[u8]) {
        self.sinks.push((Sink::MockResponse { path: path.to_owned(), shows: shows.to_vec() }, bytes.to_vec()));
    }

    /// Watches for the stamp that an answer hands out, and gives it.
    pub fn stamp(&mut self, path: &str, response: &Response) -> Option<String> {
        // One that is taken away is empty.
        if response.header("set-cookie").is_some_and(|line| line.contains("Max-Age=0")) {
            return None;
        }
        let stamp = visit_stamp::issued_stamp(response)?;
        self.canaries.on_path(path);
        self.canaries.watch(CanaryKind::DecodedStamp, "stamp", &stamp);
        Some(stamp)
    }

    /// Keeps the answer to a client that sent nothing of this.
    pub fn stranger(&mut self, response: &Response) {
        self.here("another client's answer", &response.raw);
    }

    pub fn here(&mut self, name: &str, bytes: &[u8]) {
        self.sinks.push((Sink::Here(name.to_owned()), bytes.to_vec()));
    }

    pub fn partner(&mut self, bytes: &[u8]) {
        self.sinks.push((Sink::MockPartner, bytes.to_vec()));
    }

    /// The newest canary of this kind must be found at the partner or in an answer.
    pub fn expect(&mut self, kind: CanaryKind, place: &'static str) {
        let newest = self.canaries.list.iter().rposition(|canary| canary.kind == kind).expect("a canary of that kind");
        self.expect_this(newest, place);
    }

    /// As [`Audit::expect`], for one canary of the list.
    pub fn expect_this(&mut self, canary: usize, place: &'static str) {
        self.expected.push((canary, place));
    }

    /// Takes in everything that a running program lets be seen, and what its partner got.
    pub fn look(&mut self, when: &str, proxy: &Proxy, partner: &MockPartner) {
        self.look_at_rest(when, proxy, partner);
        for (what, headers) in
            [("/metrics", &[][..]), ("/metrics", &[OPEN_METRICS]), ("/readyz", &[]), ("/livez", &[]), ("/", &[])]
        {
            let answer = http_client::get(proxy.admin, what, headers);
            self.here(&format!("admin {what}, {when}"), &answer.raw);
        }
        for target in ["/", "/privacy", "/search?q=weather&format=json", "/search?q=weather&format=html"] {
            self.stranger(&proxy.get(target, &[]));
        }
        // The program is not dumpable (PR_SET_DUMPABLE), so only root can read its open files.
        if is_root() {
            self.record_open_files(when, proxy);
        }
        let names = sinks::names(proxy.pid());
        self.here(&format!("{}, {when}", names.name), &names.bytes);
    }

    fn record_open_files(&mut self, when: &str, proxy: &Proxy) {
        let data = proxy.folder().join("data");
        for (target, found) in sinks::open_files(proxy.pid()) {
            if !target.starts_with(&data) {
                self.wrong.insert(format!("{when}: {} is open, outside the data folder", target.display()));
            }
            self.here(&format!("{}, {when}", found.name), &found.bytes);
        }
        for target in sinks::mapped_files(proxy.pid()) {
            if !target.starts_with(&data) {
                self.wrong
                    .insert(format!("{when}: {} is mapped for writing, outside the data folder", target.display()));
            }
        }
    }

    /// As [`Audit::look`], of a program that may have ended.
    pub fn look_at_rest(&mut self, when: &str, proxy: &Proxy, partner: &MockPartner) {
        self.here(&format!("standard output, {when}"), proxy.stdout().as_bytes());
        self.here(&format!("standard error, {when}"), proxy.stderr().as_bytes());
        for found in sinks::files(proxy.folder()) {
            self.here(&format!("file {}, {when}", found.name), &found.bytes);
        }
        for request in partner.take_requests() {
            self.partner(&request);
        }
    }

    /// Looks for everything everywhere. Fails with every leak that there is.
    #[track_caller]
    pub fn judge(self) {
        let finder = self.canaries.finder();
        let mut leaks = self.wrong;
        let mut seen: BTreeSet<(usize, &str)> = BTreeSet::new();
        for (sink, bytes) in &self.sinks {
            for hit in finder.find(bytes) {
                let canary = &self.canaries.list[hit.owner];
                match allowed(canary, &hit, sink) {
                    Some(place) => drop(seen.insert((hit.owner, place))),
                    None => drop(leaks.insert(describe(canary, &hit, sink, bytes))),
                }
            }
        }
        for (owner, place) in &self.expected {
            let canary = &self.canaries.list[*owner];
            assert!(seen.contains(&(*owner, place)), "{canary:?} was not seen {place}; the audit is blind");
        }
        let kept: usize = self.sinks.iter().map(|(_, bytes)| bytes.len()).sum();
        eprintln!(
            "{} canaries, {} places, {kept} bytes, {} leaks",
            self.canaries.list.len(),
            self.sinks.len(),
            leaks.len()
        );
        assert!(leaks.is_empty(), "{} leaks:\n{}", leaks.len(), leaks.into_iter().collect::<Vec<_>>().join("\n"));
    }
}

/// Where a canary that may stand in this place was seen; nothing where it may not.
fn allowed(canary: &Canary, hit: &Hit, sink: &Sink) -> Option<&'static str> {
    // A stamp is base64 of its serial and more.
    let as_it_is = PLAIN.contains(&hit.form) || canary.kind == CanaryKind::DecodedStamp && hit.form == "base64";
    if !as_it_is {
        return None;
    }
    match (sink, canary.kind) {
        (Sink::MockPartner, CanaryKind::Keyword | CanaryKind::Pseudonym) => Some("at the partner"),
        (Sink::MockResponse { path, .. }, CanaryKind::DecodedStamp) => {
            (*path == canary.path).then_some("in the answer")
        }
        (Sink::MockResponse { path, shows }, kind) => {
            (*path == canary.path && shows.contains(&kind)).then_some("in the answer")
        }
        (Sink::Here(_) | Sink::MockPartner, _) => None,
    }
}

/// The evidence: what, in which form, where, and what stands around it.
fn describe(canary: &Canary, hit: &Hit, sink: &Sink, bytes: &[u8]) -> String {
    let place = match sink {
        Sink::Here(name) => name.clone(),
        Sink::MockPartner => "the partner's record".to_owned(),
        Sink::MockResponse { path, .. } => format!("the answer on path {path:?}"),
    };
    let around = &bytes[hit.at.saturating_sub(60)..bytes.len().min(hit.at + 100)];
    format!(
        "- {:?} through {:?} on path {:?} stands in {place}, {}: …{}…",
        canary.kind,
        canary.input,
        canary.path,
        hit.form,
        around.escape_ascii()
    )
}
