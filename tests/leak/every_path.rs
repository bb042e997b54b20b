//! Canaries on every path (`PRIVACY.md` section 4, item 3), a test for each group of paths. The release build runs
//! with `RUST_LOG=trace`.

use std::time::Duration;

use super::audit::Audit;
use super::canary::CanaryKind;
use super::cases::{self, BROKEN, CLICKS, ClickCase, ERRORS, FAILURES, LeakCase, SEARCHES, VISITS};
use super::raw_request;
use super::request_builder::{RequestBuilder, WAVES};
use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::http_client::{Client, Response, send_once};
use qsproxy_test_support::mock_partner::{MockPartner, MockResponse};
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::{PartnerRequest, click_paths, organic_results};
use qsproxy_test_support::tmpfs::Tmpfs;
use qsproxy_test_support::wait_for;
use qsproxy_test_support::workdir::Workdir;

/// Of the program's partners: short, so that silence takes little time; long enough for a loaded machine.
const PARTNER_TIMEOUT: &str = r#""600ms""#;
/// How long a late partner takes: long enough for a signal to come in the middle.
pub const LATE: Duration = Duration::from_millis(400);
/// How long a clicked link lives, where one is to expire.
const CLICK_TTL: &str = r#""2s""#;
/// How long a click waits for a disk that is full.
const CLICK_WAIT: &str = r#""200ms""#;
/// The last part of the source address, where it is a canary: 127.0.0.219 stands nowhere else.
pub const SOURCE: u8 = 219;

pub struct LeakTest {
    pub proxy: Proxy,
    pub partner: MockPartner,
    pub audit: Audit,
    /// What the partner answers while it is well.
    pub well: MockResponse,
    /// The visit stamp that the last answer handed out.
    pub stamp: Option<String>,
}

impl LeakTest {
    #[track_caller]
    pub fn new(test: &str, change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> LeakTest {
        LeakTest::at(test, change, |_| {})
    }

    /// As [`LeakTest::new`], with something done to the folder before the start.
    #[track_caller]
    pub fn at(
        test: &str,
        change: impl FnOnce(ConfigBuilder) -> ConfigBuilder,
        prepare: impl FnOnce(&Workdir),
    ) -> LeakTest {
        let partner = MockPartner::json(organic_results(1));
        let config = ConfigBuilder::new(&partner).with("partner first", "timeout", PARTNER_TIMEOUT);
        let config = change(config.code("gone", r#"["gone"]"#).partner("gone", &MockPartner::unreachable_url()));
        let workdir = Workdir::new(&config.text());
        prepare(&workdir);
        let mut audit = Audit::new(test);
        audit.canaries.on_path("all");
        audit.canaries.watch(CanaryKind::Input, "source address", &format!("127.0.0.{SOURCE}"));
        LeakTest { proxy: workdir.start(), partner, audit, well: MockResponse::Json(organic_results(1)), stamp: None }
    }

    pub fn host(&self) -> String {
        self.proxy.public.to_string()
    }

    /// The request of one wave of a path; the partner is set to its answer.
    pub fn draft(&mut self, path: &LeakCase, wave: usize) -> raw_request::RawRequest {
        let host = self.host();
        self.audit.canaries.on_path(path.name);
        self.partner.respond_with((path.partner)(&mut self.audit.canaries));
        let mut draft = RequestBuilder::new(&mut self.audit.canaries, &host, path.keyword, wave);
        (path.shape)(&mut draft);
        draft.build()
    }

    /// Sends it from an address that is a canary, too.
    pub fn send(&mut self, request: &raw_request::RawRequest) -> Response {
        let response = raw_request::connect_from(SOURCE, self.proxy.public).send(&request.bytes()).expect("an answer");
        let path = self.audit.canaries.path().to_owned();
        self.stamp = self.audit.stamp(&path, &response);
        response
    }

    pub fn go(&mut self, path: &LeakCase) {
        for wave in 0..WAVES {
            let request = self.draft(path, wave);
            let response = self.send(&request);
            let text = response.text();
            assert_eq!(response.status, path.status, "{}: {text}", path.name);
            match response.media_type().as_str() {
                "application/problem+json" => assert_eq!(response.problem(), path.code, "{}", path.name),
                _ => assert!(text.contains(path.code), "{}: {text}", path.name),
            }
            self.audit.record_response(path.name, path.shows, &response.raw);
            self.note(path);
            if path.keyword == CanaryKind::Keyword {
                self.audit.expect(CanaryKind::Keyword, "at the partner");
            }
            for kind in path.shows.iter().filter(|kind| **kind != CanaryKind::Token) {
                self.audit.expect(*kind, "in the answer");
            }
        }
    }

    /// Watches for the pseudonyms that the partner was told, too, and hands its record over.
    pub fn note(&mut self, path: &LeakCase) {
        for request in self.partner.take_requests() {
            let pseudonym = PartnerRequest::new(&request).value("uid").expect("an ID was sent");
            assert_eq!(path.keyword, CanaryKind::Keyword, "{}: the partner was asked", path.name);
            self.audit.canaries.watch(CanaryKind::Pseudonym, "pseudonym", &pseudonym);
            self.audit.partner(&request);
        }
    }

    /// A click of a fresh link, with every header.
    pub fn click(&mut self, click: &ClickCase) {
        let token = self.link(click.name);
        for wave in 0..WAVES {
            let response = self.follow(click, &token, wave);
            assert_eq!(response.status, click.status, "{}: {}", click.name, response.text());
        }
        if !click.shows.is_empty() {
            let target = self.audit.canaries.list.iter().rposition(|canary| canary.input == "an organic target");
            self.audit.expect_this(target.unwrap(), "in the answer");
        }
    }

    /// Searches, and gives the token of the first result.
    pub fn link(&mut self, name: &'static str) -> String {
        let path = LeakCase { name, ..SEARCHES[0] };
        let request = self.draft(&path, 0);
        let response = self.send(&request);
        assert_eq!(response.status, 200, "{}", response.text());
        self.audit.record_response(name, path.shows, &response.raw);
        self.note(&path);
        let token = click_paths(&response)[0]["/click/".len()..].to_owned();
        self.audit.canaries.watch(CanaryKind::Token, "token", &token);
        token
    }

    pub fn follow(&mut self, click: &ClickCase, token: &str, wave: usize) -> Response {
        let host = self.host();
        let mut draft = RequestBuilder::new(&mut self.audit.canaries, &host, CanaryKind::Input, wave);
        draft.path = format!("/click/{}", (click.spoil)(token));
        draft.posted = click.method == "POST";
        for (name, form) in click.headers {
            draft.header(name, form);
        }
        let mut request = draft.build();
        click.method.clone_into(&mut request.method);
        let response = self.send(&request);
        self.audit.record_response(click.name, click.shows, &response.raw);
        response
    }

    /// Sends what is hardly HTTP, and takes whatever comes.
    pub fn break_off(&mut self, name: &str, form: &str) {
        self.audit.canaries.on_path(name);
        let text = self.audit.canaries.put(CanaryKind::Input, "bytes", form).replace("HOST", &self.host());
        self.send_bytes(name, text.as_bytes());
    }

    pub fn send_bytes(&mut self, name: &str, bytes: &[u8]) {
        let answer = raw_request::answer_to(SOURCE, self.proxy.public, bytes);
        self.audit.record_response(name, &[], &answer);
    }

    /// The partner answers as partners do, and everything that can be seen is kept.
    pub fn look(&mut self, when: &str) {
        self.partner.respond_with(self.well.clone());
        self.audit.look(when, &self.proxy, &self.partner);
    }

    /// Ends the program in good order, looks again, and judges.
    #[track_caller]
    pub fn end(mut self) {
        self.look("before the end");
        assert!(self.proxy.terminate().success(), "{}", self.proxy.stderr());
        self.audit.look_at_rest("after SIGTERM", &self.proxy, &self.partner);
        self.audit.judge();
    }

    /// Searches that are under way, from clients that do not wait for their answer.
    pub fn under_way(&mut self, path: &'static LeakCase) -> Vec<Client> {
        let before = self.partner.requests().len();
        let clients: Vec<Client> = (0..WAVES)
            .map(|wave| {
                let request = self.draft(path, wave);
                let mut client = raw_request::connect_from(SOURCE, self.proxy.public);
                client.write(&request.bytes()).unwrap();
                client
            })
            .collect();
        wait_for("the partner to be asked", || (self.partner.requests().len() >= before + WAVES).then_some(()));
        clients
    }
}

#[test]
fn good_searches_leave_nothing() {
    let mut scene = LeakTest::new("searches", |config| config);
    for path in SEARCHES {
        scene.go(path);
    }
    scene.end();
}

/// A search with a stamp of ours, either way, and everything else a canary.
const STAMPED: [LeakCase; 2] = [
    LeakCase { name: "a stamp in the header", ..SEARCHES[0] },
    LeakCase { name: "a stamp in a cookie", ..SEARCHES[0] },
];

impl LeakTest {
    /// First contact, birth, replay and a visit of the same day; gives the stamp.
    fn visits(&mut self, path: &LeakCase, bring: fn(&str) -> (&'static str, String)) -> String {
        let mut go = |brought: Option<&str>| {
            let mut request = self.draft(path, 0);
            request.headers.retain(|(name, _)| !["Cookie", "Visit-Stamp"].contains(&name.as_str()));
            if let Some((name, value)) = brought.map(bring) {
                request.header(name, &value);
            }
            let response = self.send(&request);
            assert_eq!(response.status, path.status, "{}: {}", path.name, response.text());
            self.audit.record_response(path.name, path.shows, &response.raw);
            self.note(path);
            self.stamp.clone()
        };
        let first = go(None).expect("a first stamp");
        let next = go(Some(&first)).expect("its successor");
        assert_eq!((go(Some(&first)).as_ref(), go(Some(&next))), (Some(&next), None), "a replay, and of today");
        self.audit.expect(CanaryKind::DecodedStamp, "in the answer");
        next
    }
}

#[test]
fn visits_leave_nothing() {
    let mut scene = LeakTest::new("visits", |config| config);
    for path in VISITS {
        scene.go(path);
    }
    let header = |stamp: &str| ("Visit-Stamp", stamp.to_owned());
    let cookie = |stamp: &str| ("Cookie", format!("a=b; visit={stamp}"));
    let stamps = [scene.visits(&STAMPED[0], header), scene.visits(&STAMPED[1], cookie)];
    for (path, stamp) in STAMPED.iter().zip(stamps) {
        scene.audit.canaries.on_path(path.name);
        let page = scene.proxy.get("/privacy", &["Accept: text/html", &format!("Cookie: visit={stamp}")]);
        scene.audit.record_response(path.name, &[], &page.raw);
    }
    let births: i64 = scene.proxy.retention().values().sum();
    assert_eq!(births, 2, "the audit tests real visits");
    scene.end();
}

#[test]
fn refused_requests_leave_nothing() {
    let mut scene = LeakTest::new("errors", |config| config);
    for path in ERRORS {
        scene.go(path);
    }
    for (name, form) in BROKEN {
        scene.break_off(name, form);
    }
    let host = scene.host();
    scene.audit.canaries.on_path("endless head");
    let bytes = cases::endless_head(&mut scene.audit.canaries, &host);
    scene.send_bytes("endless head", &bytes);
    scene.end();
}

#[test]
fn what_is_sent_to_the_admin_listener_leaves_nothing() {
    let mut scene = LeakTest::new("admin", |config| config);
    let host = scene.proxy.admin.to_string();
    for target in ["/metrics", "/readyz", "/nowhere"] {
        for wave in 0..WAVES {
            scene.audit.canaries.on_path("admin");
            let mut draft = RequestBuilder::new(&mut scene.audit.canaries, &host, CanaryKind::Input, wave);
            draft.path = target.to_owned();
            let request = draft.build();
            let response = send_once(scene.proxy.admin, &request.bytes()).unwrap();
            scene.audit.record_response("admin", &[], &response.raw);
        }
    }
    scene.end();
}

#[test]
fn failing_partners_leave_nothing() {
    let mut scene = LeakTest::new("failures", |config| config);
    for path in FAILURES {
        scene.go(path);
    }
    scene.end();
}

#[test]
fn refused_keywords_leave_nothing() {
    const REFUSED: LeakCase = LeakCase { status: 422, code: "keyword_refused", ..ERRORS[0] };
    let refused =
        LeakCase { name: "422", shape: |draft| draft.pair("q", CanaryKind::Input, "mail {}@example.org"), ..REFUSED };
    let mut scene = LeakTest::new("refused", |config| config.with("", "personal_data", r#""refuse""#));
    scene.go(&refused);
    scene.end();
}

#[test]
fn redacted_keywords_leave_nothing() {
    let shape: fn(&mut RequestBuilder<'_>) = |draft| {
        draft.pair("q", CanaryKind::Input, "mail {}@example.org");
        draft.pairs.push("format=html".into());
    };
    let mut scene = LeakTest::new("redacted", |config| config);
    let path = LeakCase { name: "redacted", shape, shows: &[CanaryKind::Title, CanaryKind::Token], ..SEARCHES[1] };
    let request = scene.draft(&path, 0);
    let response = scene.send(&request);
    assert_eq!(response.status, 200);
    scene.audit.record_response(path.name, path.shows, &response.raw);
    scene.note(&path);
    scene.end();
}

#[test]
fn turned_away_searches_leave_nothing() {
    static HELD: LeakCase = LeakCase { name: "held", partner: |_| MockResponse::Hang, ..SEARCHES[0] };
    for (limit, name) in [("searches_in_flight", "503, searches"), ("partner_requests_in_flight", "503, partner")] {
        let change =
            |config: ConfigBuilder| config.with("limits", limit, "1").with("partner first", "timeout", r#""2s""#);
        let mut scene = LeakTest::new(name, change);
        let request = scene.draft(&HELD, 0);
        let mut client = raw_request::connect_from(SOURCE, scene.proxy.public);
        client.write(&request.bytes()).unwrap();
        wait_for("the partner to be asked", || (!scene.partner.requests().is_empty()).then_some(()));
        scene.note(&HELD);
        let turned_away = LeakCase { name, status: 503, code: "overloaded", keyword: CanaryKind::Input, ..HELD };
        scene.go(&LeakCase { shows: &[], ..turned_away });
        let answer = client.send(b"").expect("an answer at last");
        assert_eq!(answer.status, 504, "{}", answer.text());
        scene.audit.record_response(HELD.name, &[], &answer.raw);
        scene.end();
    }
}

#[test]
fn clicks_leave_nothing() {
    let mut scene = LeakTest::new("clicks", |config| config.with("counts", "click_ttl", CLICK_TTL));
    for click in CLICKS {
        scene.click(click);
    }
    let expired = ClickCase { name: "expired click", status: 410, shows: &[CanaryKind::Target], ..CLICKS[0] };
    let token = scene.link(expired.name);
    let target = format!("/click/{token}");
    wait_for("the link to expire", || (scene.proxy.get(&target, &[]).status == 410).then_some(()));
    for wave in 0..WAVES {
        assert_eq!(scene.follow(&expired, &token, wave).status, 410);
    }
    scene.end();
}

#[test]
#[ignore = "needs root, to mount a tmpfs"]
fn a_full_disk_leaves_nothing() {
    let mut disk = None;
    let prepare = |workdir: &Workdir| disk = Some(Tmpfs::mount(workdir.path("data")));
    let mut scene = LeakTest::at("full disk", |config| config.with("counts", "click_wait", CLICK_WAIT), prepare);
    let disk = disk.unwrap();
    let token = scene.link("click on a full disk");
    disk.fill();
    for path in SEARCHES.iter().chain(&ERRORS[..3]).chain(&VISITS[..3]) {
        scene.go(path);
    }
    scene.audit.canaries.on_path("click on a full disk");
    for wave in 0..WAVES {
        let click = ClickCase { name: "click on a full disk", ..CLICKS[0] };
        assert_eq!(scene.follow(&click, &token, wave).status, 303);
    }
    wait_for("readiness to fail", || (scene.proxy.admin_get("/readyz", &[]).status == 503).then_some(()));
    scene.look("while the disk is full");
    disk.free();
    wait_for("readiness", || (scene.proxy.admin_get("/readyz", &[]).status == 200).then_some(()));
    scene.end();
}

/// A good search whose partner is late.
static SLOW: LeakCase =
    LeakCase { name: "under way", partner: |_| MockResponse::Delayed(LATE, organic_results(1)), ..SEARCHES[0] };

#[test]
fn a_reload_in_the_middle_leaves_nothing() {
    let mut scene = LeakTest::new("reload", |config| config);
    let config = std::fs::read(scene.proxy.workdir().path("proxy.toml")).unwrap();
    for (new, event) in [(config.as_slice(), "event=reloaded"), (b"nonsense = 1", "event=reload_refused")] {
        let mut clients = scene.under_way(&SLOW);
        scene.proxy.workdir().write("proxy.toml", new);
        scene.proxy.signal("HUP");
        wait_for("the reload", || scene.proxy.stderr().contains(event).then_some(()));
        for client in &mut clients {
            let answer = client.send(b"").expect("the answer to what was under way");
            assert_eq!(answer.status, 200, "{}", answer.text());
            scene.audit.record_response(SLOW.name, SLOW.shows, &answer.raw);
        }
        for path in SEARCHES {
            scene.go(path);
        }
    }
    scene.end();
}

#[test]
fn clients_that_leave_leave_nothing() {
    let mut scene = LeakTest::new("gone", |config| config);
    drop(scene.under_way(&SLOW));
    wait_for("the searches to be counted", || {
        (scene.proxy.searches_with_outcome("answered") >= WAVES as i64).then_some(())
    });
    scene.end();
}

/// Requests in every state, for a signal to come between.
fn in_the_middle(scene: &mut LeakTest) -> Vec<Client> {
    scene.go(&SEARCHES[1]);
    scene.visits(&STAMPED[0], |stamp| ("Visit-Stamp", stamp.to_owned()));
    scene.click(&CLICKS[0]);
    let mut clients = scene.under_way(&SLOW);
    for (name, form) in BROKEN.iter().filter(|(name, _)| name.starts_with("half")) {
        scene.audit.canaries.on_path(name);
        let text = scene.audit.canaries.put(CanaryKind::Input, "bytes", form).replace("HOST", &scene.host());
        let mut client = raw_request::connect_from(SOURCE, scene.proxy.public);
        client.write(text.as_bytes()).unwrap();
        clients.push(client);
    }
    clients
}

#[test]
fn sigterm_in_the_middle_leaves_nothing() {
    let mut scene = LeakTest::new("SIGTERM", |config| config.with("limits", "drain_time", r#""2s""#));
    let mut clients = in_the_middle(&mut scene);
    scene.audit.look_at_rest("before SIGTERM", &scene.proxy, &scene.partner);
    assert!(scene.proxy.terminate().success(), "{}", scene.proxy.stderr());
    for client in &mut clients {
        scene.audit.record_response(SLOW.name, SLOW.shows, &client.read_to_end());
    }
    scene.audit.look_at_rest("after SIGTERM", &scene.proxy, &scene.partner);
    scene.audit.judge();
}

#[test]
fn sigkill_in_the_middle_leaves_nothing() {
    let mut scene = LeakTest::new("SIGKILL", |config| config);
    let clients = in_the_middle(&mut scene);
    scene.proxy.kill();
    drop(clients);
    scene.audit.look_at_rest("after SIGKILL", &scene.proxy, &scene.partner);
    scene.proxy.restart();
    scene.end();
}
