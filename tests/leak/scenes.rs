//! Canaries on every path (`PRIVACY.md` section 4, item 3), a test for each group of paths. The release build runs
//! with `RUST_LOG=trace`.

use std::time::Duration;

use super::audit::Audit;
use super::canary::Kind;
use super::draft::{Draft, WAVES};
use super::paths::{self, BROKEN, CLICKS, Click, ERRORS, FAILURES, Path, SEARCHES, VISITS};
use super::wire;
use crate::support::client::{Client, Response, once};
use crate::support::config::Config;
use crate::support::partner::{Answer, Partner};
use crate::support::proxy::{Home, Proxy};
use crate::support::stage::{Asked, click_paths, many};
use crate::support::tmpfs::Tmpfs;
use crate::support::wait_for;

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

pub struct Scene {
    pub proxy: Proxy,
    pub partner: Partner,
    pub audit: Audit,
    /// What the partner answers while it is well.
    pub well: Answer,
    /// The visit stamp that the last answer handed out.
    pub stamp: Option<String>,
}

impl Scene {
    #[track_caller]
    pub fn new(test: &str, change: impl FnOnce(Config) -> Config) -> Scene {
        Scene::at(test, change, |_| {})
    }

    /// As [`Scene::new`], with something done to the folder before the start.
    #[track_caller]
    pub fn at(test: &str, change: impl FnOnce(Config) -> Config, prepare: impl FnOnce(&Home)) -> Scene {
        let partner = Partner::json(many(1));
        let config = Config::new(&partner).with("partner first", "timeout", PARTNER_TIMEOUT);
        let config = change(config.code("gone", r#"["gone"]"#).partner("gone", &Partner::nobody()));
        let home = Home::new(&config.text());
        prepare(&home);
        let mut audit = Audit::new(test);
        audit.canaries.on_path("all");
        audit.canaries.watch(Kind::Input, "source address", &format!("127.0.0.{SOURCE}"));
        Scene { proxy: home.start(), partner, audit, well: Answer::Json(many(1)), stamp: None }
    }

    pub fn host(&self) -> String {
        self.proxy.public.to_string()
    }

    /// The request of one wave of a path; the partner is set to its answer.
    pub fn draft(&mut self, path: &Path, wave: usize) -> wire::Request {
        let host = self.host();
        self.audit.canaries.on_path(path.name);
        self.partner.set((path.partner)(&mut self.audit.canaries));
        let mut draft = Draft::new(&mut self.audit.canaries, &host, path.keyword, wave);
        (path.shape)(&mut draft);
        draft.finish()
    }

    /// Sends it from an address that is a canary, too.
    pub fn send(&mut self, request: &wire::Request) -> Response {
        let response = wire::connect_from(SOURCE, self.proxy.public).send(&request.bytes()).expect("an answer");
        let path = self.audit.canaries.path().to_owned();
        self.stamp = self.audit.stamp(&path, &response);
        response
    }

    pub fn go(&mut self, path: &Path) {
        for wave in 0..WAVES {
            let request = self.draft(path, wave);
            let response = self.send(&request);
            let text = response.text();
            assert_eq!(response.status, path.status, "{}: {text}", path.name);
            match response.media_type().as_str() {
                "application/problem+json" => assert_eq!(response.problem(), path.code, "{}", path.name),
                _ => assert!(text.contains(path.code), "{}: {text}", path.name),
            }
            self.audit.answer(path.name, path.shows, &response.raw);
            self.note(path);
            if path.keyword == Kind::Keyword {
                self.audit.expect(Kind::Keyword, "at the partner");
            }
            for kind in path.shows.iter().filter(|kind| **kind != Kind::Token) {
                self.audit.expect(*kind, "in the answer");
            }
        }
    }

    /// Watches for the pseudonyms that the partner was told, too, and hands its record over.
    pub fn note(&mut self, path: &Path) {
        for request in self.partner.take_requests() {
            let pseudonym = Asked::new(&request).value("uid").expect("an ID was sent");
            assert_eq!(path.keyword, Kind::Keyword, "{}: the partner was asked", path.name);
            self.audit.canaries.watch(Kind::Pseudonym, "pseudonym", &pseudonym);
            self.audit.partner(&request);
        }
    }

    /// A click of a fresh link, with every header.
    pub fn click(&mut self, click: &Click) {
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
        let path = Path { name, ..SEARCHES[0] };
        let request = self.draft(&path, 0);
        let response = self.send(&request);
        assert_eq!(response.status, 200, "{}", response.text());
        self.audit.answer(name, path.shows, &response.raw);
        self.note(&path);
        let token = click_paths(&response)[0]["/click/".len()..].to_owned();
        self.audit.canaries.watch(Kind::Token, "token", &token);
        token
    }

    pub fn follow(&mut self, click: &Click, token: &str, wave: usize) -> Response {
        let host = self.host();
        let mut draft = Draft::new(&mut self.audit.canaries, &host, Kind::Input, wave);
        draft.path = format!("/click/{}", (click.spoil)(token));
        draft.posted = click.method == "POST";
        for (name, form) in click.headers {
            draft.header(name, form);
        }
        let mut request = draft.finish();
        click.method.clone_into(&mut request.method);
        let response = self.send(&request);
        self.audit.answer(click.name, click.shows, &response.raw);
        response
    }

    /// Sends what is hardly HTTP, and takes whatever comes.
    pub fn break_off(&mut self, name: &str, form: &str) {
        self.audit.canaries.on_path(name);
        let text = self.audit.canaries.put(Kind::Input, "bytes", form).replace("HOST", &self.host());
        self.send_bytes(name, text.as_bytes());
    }

    pub fn send_bytes(&mut self, name: &str, bytes: &[u8]) {
        let answer = wire::answer_to(SOURCE, self.proxy.public, bytes);
        self.audit.answer(name, &[], &answer);
    }

    /// The partner answers as partners do, and everything that can be seen is kept.
    pub fn look(&mut self, when: &str) {
        self.partner.set(self.well.clone());
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
    pub fn under_way(&mut self, path: &'static Path) -> Vec<Client> {
        let before = self.partner.requests().len();
        let clients: Vec<Client> = (0..WAVES)
            .map(|wave| {
                let request = self.draft(path, wave);
                let mut client = wire::connect_from(SOURCE, self.proxy.public);
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
    let mut scene = Scene::new("searches", |config| config);
    for path in SEARCHES {
        scene.go(path);
    }
    scene.end();
}

/// A search with a stamp of ours, either way, and everything else a canary.
const STAMPED: [Path; 2] =
    [Path { name: "a stamp in the header", ..SEARCHES[0] }, Path { name: "a stamp in a cookie", ..SEARCHES[0] }];

impl Scene {
    /// First contact, birth, replay and a visit of the same day; gives the stamp.
    fn visits(&mut self, path: &Path, bring: fn(&str) -> (&'static str, String)) -> String {
        let mut go = |brought: Option<&str>| {
            let mut request = self.draft(path, 0);
            request.headers.retain(|(name, _)| !["Cookie", "Visit-Stamp"].contains(&name.as_str()));
            if let Some((name, value)) = brought.map(bring) {
                request.header(name, &value);
            }
            let response = self.send(&request);
            assert_eq!(response.status, path.status, "{}: {}", path.name, response.text());
            self.audit.answer(path.name, path.shows, &response.raw);
            self.note(path);
            self.stamp.clone()
        };
        let first = go(None).expect("a first stamp");
        let next = go(Some(&first)).expect("its successor");
        assert_eq!((go(Some(&first)).as_ref(), go(Some(&next))), (Some(&next), None), "a replay, and of today");
        self.audit.expect(Kind::Stamp, "in the answer");
        next
    }
}

#[test]
fn visits_leave_nothing() {
    let mut scene = Scene::new("visits", |config| config);
    for path in VISITS {
        scene.go(path);
    }
    let header = |stamp: &str| ("Visit-Stamp", stamp.to_owned());
    let cookie = |stamp: &str| ("Cookie", format!("a=b; visit={stamp}"));
    let stamps = [scene.visits(&STAMPED[0], header), scene.visits(&STAMPED[1], cookie)];
    for (path, stamp) in STAMPED.iter().zip(stamps) {
        scene.audit.canaries.on_path(path.name);
        let page = scene.proxy.get("/privacy", &["Accept: text/html", &format!("Cookie: visit={stamp}")]);
        scene.audit.answer(path.name, &[], &page.raw);
    }
    let births: i64 = scene.proxy.retention().values().sum();
    assert_eq!(births, 2, "the audit tests real visits");
    scene.end();
}

#[test]
fn refused_requests_leave_nothing() {
    let mut scene = Scene::new("errors", |config| config);
    for path in ERRORS {
        scene.go(path);
    }
    for (name, form) in BROKEN {
        scene.break_off(name, form);
    }
    let host = scene.host();
    scene.audit.canaries.on_path("endless head");
    let bytes = paths::endless_head(&mut scene.audit.canaries, &host);
    scene.send_bytes("endless head", &bytes);
    scene.end();
}

#[test]
fn what_is_sent_to_the_admin_listener_leaves_nothing() {
    let mut scene = Scene::new("admin", |config| config);
    let host = scene.proxy.admin.to_string();
    for target in ["/metrics", "/readyz", "/nowhere"] {
        for wave in 0..WAVES {
            scene.audit.canaries.on_path("admin");
            let mut draft = Draft::new(&mut scene.audit.canaries, &host, Kind::Input, wave);
            draft.path = target.to_owned();
            let request = draft.finish();
            let response = once(scene.proxy.admin, &request.bytes()).unwrap();
            scene.audit.answer("admin", &[], &response.raw);
        }
    }
    scene.end();
}

#[test]
fn failing_partners_leave_nothing() {
    let mut scene = Scene::new("failures", |config| config);
    for path in FAILURES {
        scene.go(path);
    }
    scene.end();
}

#[test]
fn refused_keywords_leave_nothing() {
    const REFUSED: Path = Path { status: 422, code: "keyword_refused", ..ERRORS[0] };
    let refused = Path { name: "422", shape: |draft| draft.pair("q", Kind::Input, "mail {}@example.org"), ..REFUSED };
    let mut scene = Scene::new("refused", |config| config.with("", "personal_data", r#""refuse""#));
    scene.go(&refused);
    scene.end();
}

#[test]
fn redacted_keywords_leave_nothing() {
    let shape: fn(&mut Draft<'_>) = |draft| {
        draft.pair("q", Kind::Input, "mail {}@example.org");
        draft.pairs.push("format=html".into());
    };
    let mut scene = Scene::new("redacted", |config| config);
    let path = Path { name: "redacted", shape, shows: &[Kind::Title, Kind::Token], ..SEARCHES[1] };
    let request = scene.draft(&path, 0);
    let response = scene.send(&request);
    assert_eq!(response.status, 200);
    scene.audit.answer(path.name, path.shows, &response.raw);
    scene.note(&path);
    scene.end();
}

#[test]
fn turned_away_searches_leave_nothing() {
    static HELD: Path = Path { name: "held", partner: |_| Answer::Hang, ..SEARCHES[0] };
    for (limit, name) in [("searches_in_flight", "503, searches"), ("partner_requests_in_flight", "503, partner")] {
        let change = |config: Config| config.with("limits", limit, "1").with("partner first", "timeout", r#""2s""#);
        let mut scene = Scene::new(name, change);
        let request = scene.draft(&HELD, 0);
        let mut client = wire::connect_from(SOURCE, scene.proxy.public);
        client.write(&request.bytes()).unwrap();
        wait_for("the partner to be asked", || (!scene.partner.requests().is_empty()).then_some(()));
        scene.note(&HELD);
        let turned_away = Path { name, status: 503, code: "overloaded", keyword: Kind::Input, ..HELD };
        scene.go(&Path { shows: &[], ..turned_away });
        let answer = client.send(b"").expect("an answer at last");
        assert_eq!(answer.status, 504, "{}", answer.text());
        scene.audit.answer(HELD.name, &[], &answer.raw);
        scene.end();
    }
}

#[test]
fn clicks_leave_nothing() {
    let mut scene = Scene::new("clicks", |config| config.with("counts", "click_ttl", CLICK_TTL));
    for click in CLICKS {
        scene.click(click);
    }
    let expired = Click { name: "expired click", status: 410, shows: &[Kind::Target], ..CLICKS[0] };
    let token = scene.link(expired.name);
    let target = format!("/click/{token}");
    wait_for("the link to expire", || (scene.proxy.get(&target, &[]).status == 410).then_some(()));
    for wave in 0..WAVES {
        assert_eq!(scene.follow(&expired, &token, wave).status, 410);
    }
    scene.end();
}

#[test]
fn a_full_disk_leaves_nothing() {
    let mut disk = None;
    let prepare = |home: &Home| disk = Some(Tmpfs::mount(home.path("data")));
    let mut scene = Scene::at("full disk", |config| config.with("counts", "click_wait", CLICK_WAIT), prepare);
    let disk = disk.unwrap();
    let token = scene.link("click on a full disk");
    disk.fill();
    for path in SEARCHES.iter().chain(&ERRORS[..3]).chain(&VISITS[..3]) {
        scene.go(path);
    }
    scene.audit.canaries.on_path("click on a full disk");
    for wave in 0..WAVES {
        let click = Click { name: "click on a full disk", ..CLICKS[0] };
        assert_eq!(scene.follow(&click, &token, wave).status, 303);
    }
    wait_for("readiness to fail", || (scene.proxy.admin_get("/readyz", &[]).status == 503).then_some(()));
    scene.look("while the disk is full");
    disk.empty();
    wait_for("readiness", || (scene.proxy.admin_get("/readyz", &[]).status == 200).then_some(()));
    scene.end();
}

/// A good search whose partner is late.
static SLOW: Path = Path { name: "under way", partner: |_| Answer::Late(LATE, many(1)), ..SEARCHES[0] };

#[test]
fn a_reload_in_the_middle_leaves_nothing() {
    let mut scene = Scene::new("reload", |config| config);
    let config = std::fs::read(scene.proxy.home().path("proxy.toml")).unwrap();
    for (new, event) in [(config.as_slice(), "event=reloaded"), (b"nonsense = 1", "event=reload_refused")] {
        let mut clients = scene.under_way(&SLOW);
        scene.proxy.home().write("proxy.toml", new);
        scene.proxy.signal("HUP");
        wait_for("the reload", || scene.proxy.stderr().contains(event).then_some(()));
        for client in &mut clients {
            let answer = client.send(b"").expect("the answer to what was under way");
            assert_eq!(answer.status, 200, "{}", answer.text());
            scene.audit.answer(SLOW.name, SLOW.shows, &answer.raw);
        }
        for path in SEARCHES {
            scene.go(path);
        }
    }
    scene.end();
}

#[test]
fn clients_that_leave_leave_nothing() {
    let mut scene = Scene::new("gone", |config| config);
    drop(scene.under_way(&SLOW));
    wait_for("the searches to be counted", || (scene.proxy.searches_as("answered") >= WAVES as i64).then_some(()));
    scene.end();
}

/// Requests in every state, for a signal to come between.
fn in_the_middle(scene: &mut Scene) -> Vec<Client> {
    scene.go(&SEARCHES[1]);
    scene.visits(&STAMPED[0], |stamp| ("Visit-Stamp", stamp.to_owned()));
    scene.click(&CLICKS[0]);
    let mut clients = scene.under_way(&SLOW);
    for (name, form) in BROKEN.iter().filter(|(name, _)| name.starts_with("half")) {
        scene.audit.canaries.on_path(name);
        let text = scene.audit.canaries.put(Kind::Input, "bytes", form).replace("HOST", &scene.host());
        let mut client = wire::connect_from(SOURCE, scene.proxy.public);
        client.write(text.as_bytes()).unwrap();
        clients.push(client);
    }
    clients
}

#[test]
fn sigterm_in_the_middle_leaves_nothing() {
    let mut scene = Scene::new("SIGTERM", |config| config.with("limits", "drain_time", r#""2s""#));
    let mut clients = in_the_middle(&mut scene);
    scene.audit.look_at_rest("before SIGTERM", &scene.proxy, &scene.partner);
    assert!(scene.proxy.terminate().success(), "{}", scene.proxy.stderr());
    for client in &mut clients {
        scene.audit.answer(SLOW.name, SLOW.shows, &client.read_to_end());
    }
    scene.audit.look_at_rest("after SIGTERM", &scene.proxy, &scene.partner);
    scene.audit.judge();
}

#[test]
fn sigkill_in_the_middle_leaves_nothing() {
    let mut scene = Scene::new("SIGKILL", |config| config);
    let clients = in_the_middle(&mut scene);
    scene.proxy.kill();
    drop(clients);
    scene.audit.look_at_rest("after SIGKILL", &scene.proxy, &scene.partner);
    scene.proxy.restart();
    scene.end();
}
