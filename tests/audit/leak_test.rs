//! The environment of one leak test: the program, its partner, and an audit that records everything that comes out.

use std::time::Duration;

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::http_client::{Client, Response};
use qsproxy_test_support::mock_partner::{MockPartner, MockResponse};
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::{PartnerRequest, click_paths, organic_results};
use qsproxy_test_support::wait_for;
use qsproxy_test_support::workdir::Workdir;

use super::audit::{AT_PARTNER, Audit, IN_RESPONSE};
use super::canary::CanaryKind;
use super::cases::{ClickCase, LeakCase, SEARCHES};
use super::raw_request::{self, RawRequest};
use super::request_builder::{HEADER_BATCHES, RequestBuilder};

/// `timeout` of the partners: short, because some tests wait for it; long enough for a machine under load.
const PARTNER_TIMEOUT: &str = r#""600ms""#;
/// The delay of a slow partner: long enough to send a signal meanwhile.
pub const DELAY: Duration = Duration::from_millis(400);
/// The last byte of the source address, which is a canary: 127.0.0.219 occurs nowhere else.
pub const SOURCE: u8 = 219;

pub struct LeakTest {
    pub proxy: Proxy,
    pub partner: MockPartner,
    pub audit: Audit,
    /// The response of a partner that works.
    pub usual_response: MockResponse,
    /// The visit stamp in the last response.
    pub last_stamp: Option<String>,
}

impl LeakTest {
    #[track_caller]
    pub fn new(test: &str, change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> LeakTest {
        LeakTest::with_workdir(test, change, |_| {})
    }

    /// Like [`LeakTest::new`]; `prepare` changes the working directory before the program starts.
    #[track_caller]
    pub fn with_workdir(
        test: &str,
        change: impl FnOnce(ConfigBuilder) -> ConfigBuilder,
        prepare: impl FnOnce(&Workdir),
    ) -> LeakTest {
        let partner = MockPartner::json(organic_results(1));
        let config = LeakTest::config(&partner, change);
        let workdir = Workdir::new(&config.text());
        prepare(&workdir);
        LeakTest::of_proxy(test, partner, workdir.start())
    }

    /// The usual configuration, changed.
    pub fn config(partner: &MockPartner, change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> ConfigBuilder {
        let config = ConfigBuilder::new(partner).with("partner first", "timeout", PARTNER_TIMEOUT);
        change(config.code("gone", r#"["gone"]"#).partner("gone", &MockPartner::unreachable_url()))
    }

    /// Of a program that runs with [`LeakTest::config`] and sends searches to `partner`.
    #[track_caller]
    pub fn of_proxy(test: &str, partner: MockPartner, proxy: Proxy) -> LeakTest {
        let mut audit = Audit::new(test);
        audit.canaries.start_case("all");
        audit.canaries.watch(CanaryKind::Input, "source address", &format!("127.0.0.{SOURCE}"));
        let usual_response = MockResponse::Json(organic_results(1));
        LeakTest { proxy, partner, audit, usual_response, last_stamp: None }
    }

    pub fn host(&self) -> String {
        self.proxy.public.to_string()
    }

    /// Builds the request of one case with one batch of headers, and configures the partner's response.
    pub fn request_for(&mut self, case: &LeakCase, batch: usize) -> RawRequest {
        let host = self.host();
        self.audit.canaries.start_case(case.name);
        self.partner.respond_with((case.partner)(&mut self.audit.canaries));
        let mut builder = RequestBuilder::new(&mut self.audit.canaries, &host, case.keyword, batch);
        (case.change)(&mut builder);
        builder.build()
    }

    /// Sends a request from a source address that is a canary as well.
    pub fn send(&mut self, request: &RawRequest) -> Response {
        let mut client = raw_request::connect_from(SOURCE, self.proxy.public);
        let response = client.send(&request.bytes()).expect("a response");
        let case = self.audit.canaries.case().to_owned();
        self.last_stamp = self.audit.watch_stamp(&case, &response);
        response
    }

    /// Sends the requests of one case and records the responses and what the partner received.
    pub fn run_case(&mut self, case: &LeakCase) {
        for batch in 0..HEADER_BATCHES {
            let request = self.request_for(case, batch);
            let response = self.send(&request);
            let text = response.text();
            assert_eq!(response.status, case.status, "{}: {text}", case.name);
            match response.media_type().as_str() {
                "application/problem+json" => assert_eq!(response.problem(), case.code, "{}", case.name),
                _ => assert!(text.contains(case.code), "{}: {text}", case.name),
            }
            self.audit.record_response(case.name, case.may_show, &response.raw);
            self.record_partner_requests(case);
            if case.keyword == CanaryKind::Keyword {
                self.audit.expect_newest(CanaryKind::Keyword, AT_PARTNER);
            }
            for kind in case.may_show.iter().filter(|kind| **kind != CanaryKind::Token) {
                self.audit.expect_newest(*kind, IN_RESPONSE);
            }
        }
    }

    /// Records what the partner received. The pseudonyms in it become canaries.
    pub fn record_partner_requests(&mut self, case: &LeakCase) {
        for request in self.partner.take_requests() {
            let pseudonym = PartnerRequest::new(&request).value("uid").expect("an ID was sent");
            assert_eq!(case.keyword, CanaryKind::Keyword, "{}: the partner received a request", case.name);
            self.audit.canaries.watch(CanaryKind::Pseudonym, "pseudonym", &pseudonym);
            self.audit.record_partner(&request);
        }
    }

    /// Clicks the link of a new search, with every header.
    pub fn run_click(&mut self, click: &ClickCase) {
        let token = self.token_of_new_search(click.name);
        for batch in 0..HEADER_BATCHES {
            let response = self.click_token(click, &token, batch);
            assert_eq!(response.status, click.status, "{}: {}", click.name, response.text());
        }
        if !click.may_show.is_empty() {
            let target = self.audit.canaries.list.iter().rposition(|canary| canary.input == "an organic target");
            self.audit.expect(target.unwrap(), IN_RESPONSE);
        }
    }

    /// Searches and returns the click token of the first result.
    pub fn token_of_new_search(&mut self, name: &'static str) -> String {
        let case = LeakCase { name, ..SEARCHES[0] };
        let request = self.request_for(&case, 0);
        let response = self.send(&request);
        assert_eq!(response.status, 200, "{}", response.text());
        self.audit.record_response(name, case.may_show, &response.raw);
        self.record_partner_requests(&case);
        let token = click_paths(&response)[0]["/click/".len()..].to_owned();
        self.audit.canaries.watch(CanaryKind::Token, "token", &token);
        token
    }

    /// Clicks a token with one batch of headers and records the response.
    pub fn click_token(&mut self, click: &ClickCase, token: &str, batch: usize) -> Response {
        let host = self.host();
        let mut builder = RequestBuilder::new(&mut self.audit.canaries, &host, CanaryKind::Input, batch);
        builder.path = format!("/click/{}", (click.alter_token)(token));
        builder.posted = click.method == "POST";
        for (name, form) in click.headers {
            builder.header(name, form);
        }
        let mut request = builder.build();
        click.method.clone_into(&mut request.method);
        let response = self.send(&request);
        self.audit.record_response(click.name, click.may_show, &response.raw);
        response
    }

    /// Sends bytes that are not a valid request, and records whatever comes back.
    pub fn send_malformed(&mut self, name: &str, form: &str) {
        self.audit.canaries.start_case(name);
        let text = self.audit.canaries.insert(CanaryKind::Input, "bytes", form).replace("HOST", &self.host());
        self.send_bytes(name, text.as_bytes());
    }

    pub fn send_bytes(&mut self, name: &str, bytes: &[u8]) {
        let response = raw_request::response_to(SOURCE, self.proxy.public, bytes);
        self.audit.record_response(name, &[], &response);
    }

    /// Records everything that can be observed of the running program, with a partner that works.
    pub fn inspect(&mut self, when: &str) {
        self.partner.respond_with(self.usual_response.clone());
        self.audit.inspect(when, &self.proxy, &self.partner);
    }

    /// Stops the program with SIGTERM and searches everything that was recorded.
    #[track_caller]
    pub fn finish(mut self) {
        self.inspect("before the end");
        assert!(self.proxy.terminate().success(), "{}", self.proxy.stderr());
        self.audit.inspect_outputs("after SIGTERM", &self.proxy, &self.partner);
        self.audit.assert_no_leaks();
    }

    /// Sends searches and waits until the partner has received them. The clients have not read the responses.
    pub fn send_without_reading(&mut self, case: &'static LeakCase) -> Vec<Client> {
        let before = self.partner.requests().len();
        let clients: Vec<Client> = (0..HEADER_BATCHES)
            .map(|batch| {
                let request = self.request_for(case, batch);
                let mut client = raw_request::connect_from(SOURCE, self.proxy.public);
                client.write(&request.bytes()).unwrap();
                client
            })
            .collect();
        wait_for("the partner to receive the searches", || {
            (self.partner.requests().len() >= before + HEADER_BATCHES).then_some(())
        });
        clients
    }
}
