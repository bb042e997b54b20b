//! Canaries through every input on every path (`docs/privacy-requirements.md`, "Canaries"): one test for each group of paths. Only
//! a release build has `tracing` and `log` compiled out; the tests set `RUST_LOG=trace`.

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::http_client::{Client, send_once};
use qsproxy_test_support::mock_partner::MockResponse;
use qsproxy_test_support::test_env::organic_results;
use qsproxy_test_support::tmpfs::Tmpfs;
use qsproxy_test_support::wait_for;
use qsproxy_test_support::workdir::Workdir;

use super::audit::IN_RESPONSE;
use super::canary::CanaryKind;
use super::cases::{self, CLICKS, ClickCase, ERRORS, FAILURES, LeakCase, MALFORMED, SEARCHES, VISITS};
use super::leak_test::{DELAY, LeakTest, SOURCE};
use super::raw_request;
use super::request_builder::{HEADER_BATCHES, RequestBuilder};

/// `click_ttl` where a link must expire.
const CLICK_TTL: &str = r#""2s""#;
/// `click_wait` where the disk is full.
const CLICK_WAIT: &str = r#""200ms""#;

pub fn good_searches() {
    let mut test = LeakTest::new("searches", |config| config);
    for case in SEARCHES {
        test.run_case(case);
    }
    test.finish();
}

/// Addresses that trusted proxies name. Their prefixes, which are hashed, are canaries as well.
const NAMED: [(&str, &str, &str); 3] = [
    ("X-Forwarded-For", "2001:db8:5eed:cafe:1234:5678:9abc:def0", "2001:db8:5eed"),
    ("Forwarded", "198.18.219.77", "198.18.219"),
    ("X-Forwarded-For", "198.19.219.78", "198.19.219"),
];

pub fn trusted_proxies() {
    let mut test = LeakTest::new("trusted proxies", |config| {
        let config = config.with("listen", "trusted_proxies", r#"["127.0.0.0/8"]"#);
        config.with("client", "searches_per_minute", "1").with("client", "searches_burst", "2")
    });
    for (name, address, prefix) in NAMED {
        test.audit.canaries.start_case(name);
        test.audit.canaries.watch(CanaryKind::Input, "named address", address);
        test.audit.canaries.watch(CanaryKind::Input, "named prefix", prefix);
        let value = if name == "Forwarded" { format!("for=\"{address}\"") } else { format!("10.0.0.1, {address}") };
        let mut statuses = Vec::new();
        for _ in 0..3 {
            let mut request = test.request_for(&SEARCHES[0], 0);
            request.headers.retain(|(name, _)| !["Forwarded", "X-Forwarded-For"].contains(&name.as_str()));
            request.header(name, &value);
            let response = test.send(&request);
            statuses.push(response.status);
            test.audit.record_response(SEARCHES[0].name, SEARCHES[0].may_show, &response.raw);
            test.record_partner_requests(&SEARCHES[0]);
        }
        assert_eq!(statuses, [200, 200, 429], "the address is read: {name}");
    }
    test.finish();
}

/// A search with a valid stamp in the header or the cookie; everything else is a canary.
const STAMPED: [LeakCase; 2] = [
    LeakCase { name: "a stamp in the header", ..SEARCHES[0] },
    LeakCase { name: "a stamp in a cookie", ..SEARCHES[0] },
];

impl LeakTest {
    /// A first contact, its confirmation, a replay and another visit of the same day. Returns the stamp.
    fn run_visits(&mut self, case: &LeakCase, header_of: fn(&str) -> (&'static str, String)) -> String {
        let mut search = |sent_stamp: Option<&str>| {
            let mut request = self.request_for(case, 0);
            request.headers.retain(|(name, _)| !["Cookie", "Visit-Stamp"].contains(&name.as_str()));
            if let Some((name, value)) = sent_stamp.map(header_of) {
                request.header(name, &value);
            }
            let response = self.send(&request);
            assert_eq!(response.status, case.status, "{}: {}", case.name, response.text());
            self.audit.record_response(case.name, case.may_show, &response.raw);
            self.record_partner_requests(case);
            self.last_stamp.clone()
        };
        let first = search(None).expect("a first stamp");
        let next = search(Some(&first)).expect("its successor");
        assert_eq!(
            (search(Some(&first)).as_ref(), search(Some(&next))),
            (Some(&next), None),
            "a replay, a stamp of today"
        );
        self.audit.expect_newest(CanaryKind::Stamp, IN_RESPONSE);
        next
    }
}

pub fn visits() {
    let mut test = LeakTest::new("visits", |config| config);
    for case in VISITS {
        test.run_case(case);
    }
    let header = |stamp: &str| ("Visit-Stamp", stamp.to_owned());
    let cookie = |stamp: &str| ("Cookie", format!("a=b; visit={stamp}"));
    let stamps = [test.run_visits(&STAMPED[0], header), test.run_visits(&STAMPED[1], cookie)];
    for (case, stamp) in STAMPED.iter().zip(stamps) {
        test.audit.canaries.start_case(case.name);
        let page = test.proxy.get("/privacy", &["Accept: text/html", &format!("Cookie: visit={stamp}")]);
        test.audit.record_response(case.name, &[], &page.raw);
    }
    let new_visitors: i64 = test.proxy.retention().values().sum();
    assert_eq!(new_visitors, 2, "the visits are counted");
    test.finish();
}

pub fn rejected_requests() {
    let mut test = LeakTest::new("errors", |config| config);
    for case in ERRORS {
        test.run_case(case);
    }
    for (name, form) in MALFORMED {
        test.send_malformed(name, form);
    }
    let host = test.host();
    test.audit.canaries.start_case("endless head");
    let bytes = cases::endless_head(&mut test.audit.canaries, &host);
    test.send_bytes("endless head", &bytes);
    test.finish();
}

pub fn admin_listener() {
    let mut test = LeakTest::new("admin", |config| config);
    let host = test.proxy.admin.to_string();
    for target in ["/metrics", "/readyz", "/nowhere"] {
        for batch in 0..HEADER_BATCHES {
            test.audit.canaries.start_case("admin");
            let mut builder = RequestBuilder::new(&mut test.audit.canaries, &host, CanaryKind::Input, batch);
            builder.path = target.to_owned();
            let request = builder.build();
            let response = send_once(test.proxy.admin, &request.bytes()).unwrap();
            test.audit.record_response("admin", &[], &response.raw);
        }
    }
    test.finish();
}

pub fn failing_partners() {
    let mut test = LeakTest::new("failures", |config| config);
    for case in FAILURES {
        test.run_case(case);
    }
    test.finish();
}

pub fn refused_keywords() {
    const REFUSED: LeakCase = LeakCase { status: 422, code: "keyword_refused", ..ERRORS[0] };
    let refused = LeakCase {
        name: "422",
        change: |builder| builder.pair("q", CanaryKind::Input, "mail {}@example.org"),
        ..REFUSED
    };
    let mut test = LeakTest::new("refused", |config| config.with("", "personal_data", r#""refuse""#));
    test.run_case(&refused);
    test.finish();
}

pub fn redacted_keywords() {
    let change: fn(&mut RequestBuilder<'_>) = |builder| {
        builder.pair("q", CanaryKind::Input, "mail {}@example.org");
        builder.pairs.push("format=html".into());
    };
    let mut test = LeakTest::new("redacted", |config| config);
    let case = LeakCase { name: "redacted", change, may_show: &[CanaryKind::Title, CanaryKind::Token], ..SEARCHES[1] };
    let request = test.request_for(&case, 0);
    let response = test.send(&request);
    assert_eq!(response.status, 200);
    test.audit.record_response(case.name, case.may_show, &response.raw);
    test.record_partner_requests(&case);
    test.finish();
}

pub fn searches_over_a_limit() {
    static HELD: LeakCase = LeakCase { name: "held", partner: |_| MockResponse::Hang, ..SEARCHES[0] };
    for (limit, name) in [("searches_in_flight", "503, searches"), ("partner_requests_in_flight", "503, partner")] {
        let change =
            |config: ConfigBuilder| config.with("limits", limit, "1").with("partner first", "timeout", r#""2s""#);
        let mut test = LeakTest::new(name, change);
        let request = test.request_for(&HELD, 0);
        let mut client = raw_request::connect_from(SOURCE, test.proxy.public);
        client.write(&request.bytes()).unwrap();
        wait_for("the partner to receive the search", || (!test.partner.requests().is_empty()).then_some(()));
        test.record_partner_requests(&HELD);
        let rejected = LeakCase { name, status: 503, code: "overloaded", keyword: CanaryKind::Input, ..HELD };
        test.run_case(&LeakCase { may_show: &[], ..rejected });
        let response = client.send(b"").expect("the response after the timeout");
        assert_eq!(response.status, 504, "{}", response.text());
        test.audit.record_response(HELD.name, &[], &response.raw);
        test.finish();
    }
}

pub fn clicks() {
    let mut test = LeakTest::new("clicks", |config| config.with("counts", "click_ttl", CLICK_TTL));
    for click in CLICKS {
        test.run_click(click);
    }
    let expired = ClickCase { name: "expired click", status: 410, may_show: &[CanaryKind::Target], ..CLICKS[0] };
    let token = test.token_of_new_search(expired.name);
    let target = format!("/click/{token}");
    wait_for("the link to expire", || (test.proxy.get(&target, &[]).status == 410).then_some(()));
    for batch in 0..HEADER_BATCHES {
        assert_eq!(test.click_token(&expired, &token, batch).status, 410);
    }
    test.finish();
}

pub fn full_disk() {
    let mut disk = None;
    let prepare = |workdir: &Workdir| disk = Some(Tmpfs::mount(workdir.path("data")));
    let mut test =
        LeakTest::with_workdir("full disk", |config| config.with("counts", "click_wait", CLICK_WAIT), prepare);
    let disk = disk.unwrap();
    let token = test.token_of_new_search("click on a full disk");
    disk.fill();
    for case in SEARCHES.iter().chain(&ERRORS[..3]).chain(&VISITS[..3]) {
        test.run_case(case);
    }
    test.audit.canaries.start_case("click on a full disk");
    for batch in 0..HEADER_BATCHES {
        let click = ClickCase { name: "click on a full disk", ..CLICKS[0] };
        assert_eq!(test.click_token(&click, &token, batch).status, 303);
    }
    wait_for("readiness to fail", || (test.proxy.admin_get("/readyz", &[]).status == 503).then_some(()));
    test.inspect("while the disk is full");
    disk.free();
    wait_for("readiness", || (test.proxy.admin_get("/readyz", &[]).status == 200).then_some(()));
    test.finish();
}

/// A search whose partner is slow.
pub static SLOW: LeakCase =
    LeakCase { name: "in flight", partner: |_| MockResponse::Delayed(DELAY, organic_results(1)), ..SEARCHES[0] };

pub fn reload() {
    let mut test = LeakTest::new("reload", |config| config);
    let config = std::fs::read(test.proxy.workdir().path("proxy.toml")).unwrap();
    for (new, event) in [(config.as_slice(), "event=reloaded"), (b"nonsense = 1", "event=reload_refused")] {
        let mut clients = test.send_without_reading(&SLOW);
        test.proxy.workdir().write("proxy.toml", new);
        test.proxy.signal("HUP");
        wait_for("the reload", || test.proxy.stderr().contains(event).then_some(()));
        for client in &mut clients {
            let response = client.send(b"").expect("the response to a search in flight");
            assert_eq!(response.status, 200, "{}", response.text());
            test.audit.record_response(SLOW.name, SLOW.may_show, &response.raw);
        }
        for case in SEARCHES {
            test.run_case(case);
        }
    }
    test.finish();
}

pub fn clients_that_disconnect() {
    let mut test = LeakTest::new("gone", |config| config);
    drop(test.send_without_reading(&SLOW));
    wait_for("the searches to be counted", || {
        (test.proxy.searches_with_outcome("answered") >= HEADER_BATCHES as i64).then_some(())
    });
    test.finish();
}

/// Sends requests that are in every state when a signal arrives.
fn requests_in_every_state(test: &mut LeakTest) -> Vec<Client> {
    test.run_case(&SEARCHES[1]);
    test.run_visits(&STAMPED[0], |stamp| ("Visit-Stamp", stamp.to_owned()));
    test.run_click(&CLICKS[0]);
    let mut clients = test.send_without_reading(&SLOW);
    for (name, form) in MALFORMED.iter().filter(|(name, _)| name.starts_with("half")) {
        test.audit.canaries.start_case(name);
        let text = test.audit.canaries.insert(CanaryKind::Input, "bytes", form).replace("HOST", &test.host());
        let mut client = raw_request::connect_from(SOURCE, test.proxy.public);
        client.write(text.as_bytes()).unwrap();
        clients.push(client);
    }
    clients
}

pub fn sigterm() {
    let mut test = LeakTest::new("SIGTERM", |config| config.with("limits", "drain_time", r#""2s""#));
    let mut clients = requests_in_every_state(&mut test);
    test.audit.inspect_outputs("before SIGTERM", &test.proxy, &test.partner);
    assert!(test.proxy.terminate().success(), "{}", test.proxy.stderr());
    for client in &mut clients {
        test.audit.record_response(SLOW.name, SLOW.may_show, &client.read_to_end());
    }
    test.audit.inspect_outputs("after SIGTERM", &test.proxy, &test.partner);
    test.audit.assert_no_leaks();
}

pub fn sigkill() {
    let mut test = LeakTest::new("SIGKILL", |config| config);
    let clients = requests_in_every_state(&mut test);
    test.proxy.kill();
    drop(clients);
    test.audit.inspect_outputs("after SIGKILL", &test.proxy, &test.partner);
    test.proxy.restart();
    test.finish();
}
