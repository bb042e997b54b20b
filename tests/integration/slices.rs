//! Slices (`docs/http-api.md#stored-tables`, `docs/privacy-requirements.md#small-cells`): when the store contains counts of
//! languages, browsers and keyword groups, and what remains after a crash and a reload. `slices/report.rs` tests the report.

use std::collections::BTreeMap;
use std::sync::Arc;

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::fake_clock::FakeClock;
use qsproxy_test_support::http_client::send_once;
use qsproxy_test_support::mock_partner::{MockPartner, MockResponse};
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::{click_paths, request_to, sample_results};
use qsproxy_test_support::workdir::Workdir;
use qsproxy_test_support::{contains, wait_for};

mod report;

const DAY: &str = "2026-03-05";
const FIREFOX: &str = "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const SAFARI: &str =
    "User-Agent: Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15";
const UNHEARD_OF: &str = "User-Agent: Contraption/1.0";
const BOT: &str = "User-Agent: Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

/// Texts that stand nowhere else.
const TERM: &str = "quokkafodder";
const KEYWORD: &str = "zweihander quokkafodder velvetry";

/// The program at noon of [`DAY`], with `k = 5`.
struct Scene {
    clock: FakeClock,
    proxy: Proxy,
    partner: MockPartner,
    /// How many searches it was sent.
    searches: i64,
}

impl Scene {
    fn new(change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> Scene {
        Scene::at(&format!("{DAY} 12:00:00"), change)
    }

    fn at(time: &str, change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> Scene {
        let (clock, partner) = (FakeClock::starting_at(time), MockPartner::json(sample_results()));
        let config = change(config(&partner));
        let workdir: Arc<Workdir> = Workdir::with_env_vars(&config.text(), &clock.env_vars());
        Scene { proxy: workdir.start(), clock, partner, searches: 0 }
    }

    /// So many searches alike, whatever becomes of them; returns once the store has them. The links of the last.
    #[track_caller]
    fn search(&mut self, times: usize, query: &str, headers: &[&str]) -> Vec<String> {
        let mut links = Vec::new();
        for _ in 0..times {
            let target = format!("/search?q=x&{query}&format=json");
            let target = if query.starts_with("q=") { target.replace("q=x&", "") } else { target };
            let answer = self.proxy.get(&target, headers);
            links = if answer.status == 200 { click_paths(&answer) } else { Vec::new() };
        }
        self.searches += i64::try_from(times).unwrap();
        wait_for("the searches in the store", || (self.total() == self.searches).then_some(()));
        links
    }

    /// All searches in the store.
    fn total(&self) -> i64 {
        self.proxy.searches().values().sum()
    }

    /// Clicks, as many times; returns once the store has the answer to it.
    #[track_caller]
    fn click(&self, path: &str, headers: &[&str]) {
        let before: i64 = self.proxy.clicks().values().sum();
        assert_eq!(self.proxy.get(path, headers).status, 303);
        wait_for("the click in the store", || (self.proxy.clicks().values().sum::<i64>() == before + 1).then_some(()));
    }

    /// Asserts what the store holds of a dimension, on [`DAY`] and of the partner `first`.
    #[track_caller]
    fn holds(&self, dimension: &str, values: &[(&str, i64)]) {
        let mut found = self.proxy.slices();
        found.retain(|key, _| key[2] == dimension);
        let key = |value: &str| [DAY, "first", dimension, value].map(str::to_owned);
        assert_eq!(found, values.iter().map(|(value, n)| (key(value), *n)).collect::<BTreeMap<_, _>>());
    }

    /// Whether a text stands in any file of the data folder, and so in the write-ahead log, too. Case is ignored.
    fn on_disk(&self, text: &str) -> bool {
        let mut files = std::fs::read_dir(self.proxy.workdir().path("data")).unwrap().peekable();
        assert!(files.peek().is_some());
        files.any(|file| {
            let bytes = std::fs::read(file.unwrap().path()).unwrap_or_default();
            contains(&bytes.to_ascii_lowercase(), text.to_ascii_lowercase().as_bytes())
        })
    }

    /// Whether a row of `slices` stands on disk, deleted or not: SQLite writes a row's texts one after the other.
    fn row_on_disk(&self, dimension: &str, value: &str) -> bool {
        self.on_disk(&format!("{DAY}first{dimension}{value}"))
    }

    #[track_caller]
    fn reload(&self, config: &ConfigBuilder) {
        let count = || self.proxy.stderr().matches("event=reloaded").count();
        let seen = count();
        self.proxy.workdir().write("proxy.toml", config.text().as_bytes());
        self.proxy.signal("HUP");
        wait_for("the reload", || (count() > seen).then_some(()));
    }
}

fn config(partner: &MockPartner) -> ConfigBuilder {
    let config = ConfigBuilder::new(partner).with("counts", "k", "5");
    config.with("", "languages", r#"["en", "de", "fr", "gsw", "rm"]"#)
}

fn grouped(config: ConfigBuilder) -> ConfigBuilder {
    config.keyword_group("fodder", "terms", &format!("[{TERM:?}, \"car insurance\"]"))
}

fn as_is(config: ConfigBuilder) -> ConfigBuilder {
    config
}

/// The query of a search that counts in the group of [`grouped`].
fn in_group() -> String {
    format!("q={}", KEYWORD.replace(' ', "+"))
}

#[test]
#[ignore = "needs faketime"]
fn a_language_is_written_after_k_searches() {
    let mut scene = Scene::new(as_is);
    scene.search(6, "lang=en", &[]);
    scene.search(1, "lang=gsw", &[]);
    scene.holds("language", &[("en", 6)]);
    assert!(!scene.row_on_disk("language", "gsw"));
    scene.search(3, "", &["Accept-Language: gsw-CH"]);
    scene.holds("language", &[("en", 6)]);
    assert!(scene.row_on_disk("language", "en"), "this is how a row is found");
    assert!(!scene.row_on_disk("language", "gsw"));
    scene.search(1, "lang=gsw", &[]);
    scene.holds("language", &[("en", 6), ("gsw", 5)]);
    assert!(scene.row_on_disk("language", "gsw"));
    scene.search(1, "lang=gsw", &[]);
    scene.holds("language", &[("en", 6), ("gsw", 6)]);
    assert_eq!(scene.proxy.searches_with_outcome("with_ads"), 12);
}

#[test]
#[ignore = "needs faketime"]
fn a_browser_is_written_after_k_searches_and_an_unknown_one_never() {
    let mut scene = Scene::new(as_is);
    scene.search(4, "lang=en", &[SAFARI]);
    scene.search(7, "lang=en", &[FIREFOX]);
    scene.search(6, "lang=en", &[UNHEARD_OF]);
    scene.search(6, "lang=en", &[]);
    scene.holds("browser", &[("firefox", 7)]);
    assert!(scene.row_on_disk("browser", "firefox") && !scene.row_on_disk("browser", "safari"));
    scene.search(1, "lang=de", &[SAFARI]);
    scene.holds("browser", &[("firefox", 7), ("safari", 5)]);
    scene.search(1, "lang=de", &[SAFARI]);
    scene.holds("browser", &[("firefox", 7), ("safari", 6)]);
    scene.holds("language", &[("en", 23)]);
}

#[test]
#[ignore = "needs faketime"]
fn a_keyword_group_is_counted_and_no_term_and_no_keyword_is_written() {
    let mut scene = Scene::new(grouped);
    scene.search(4, &in_group(), &[]);
    scene.search(6, "q=nothing+of+it", &[]);
    scene.holds("keyword_group", &[]);
    assert!(!scene.row_on_disk("keyword_group", "fodder"));
    scene.search(1, "q=cheap+Car+INSURANCE", &[]);
    scene.holds("keyword_group", &[("fodder", 5)]);
    scene.search(1, "q=QuokkaFodder", &[]);
    scene.holds("keyword_group", &[("fodder", 6)]);
    let link = scene.search(1, &in_group(), &[]).swap_remove(0);
    scene.click(&link, &[]);
    let words = ["quokka", "zweihander", "velvetry", "car insurance", "cheap", "nothing of it", "nothing+of"];
    for when in ["running", "stopped"] {
        for word in words {
            assert!(!scene.on_disk(word), "{when}: {word} is on disk");
            let said = (scene.proxy.stdout() + &scene.proxy.stderr()).to_lowercase();
            assert!(!said.contains(word), "{when}: {word} is told: {said}");
        }
        if when == "running" {
            assert!(scene.proxy.terminate().success());
        }
    }
    assert!(scene.row_on_disk("keyword_group", "fodder"));
}

#[test]
#[ignore = "needs faketime"]
fn failed_searches_have_slices_and_refused_ones_have_none() {
    let mut scene = Scene::new(|config| grouped(config).with("", "personal_data", r#""refuse""#));
    scene.search(6, &format!("q={TERM}+alice@example.org&lang=gsw"), &[FIREFOX]);
    assert_eq!((scene.proxy.searches_with_outcome("refused"), scene.proxy.slices()), (6, BTreeMap::new()));
    scene.partner.respond_with(MockResponse::Json(r#"{"results":[]}"#.to_owned()));
    scene.search(2, "lang=gsw", &[FIREFOX]);
    scene.partner.respond_with(MockResponse::Status(500));
    scene.search(3, "lang=gsw", &[FIREFOX]);
    assert_eq!((scene.proxy.searches_with_outcome("empty"), scene.proxy.searches_with_outcome("failed")), (2, 3));
    scene.holds("language", &[("gsw", 5)]);
    scene.holds("browser", &[("firefox", 5)]);
}

/// Here the language is known, and still no partner was asked.
#[test]
#[ignore = "needs faketime"]
fn searches_that_no_partner_was_asked_for_have_no_slices() {
    let mut scene = Scene::new(|config| {
        config.with("limits", "partner_requests_in_flight", "1").with("partner first", "timeout", r#""30s""#)
    });
    scene.partner.respond_with(MockResponse::Hang);
    let (public, asked) = (scene.proxy.public, request_to(&scene.proxy, "GET", "/search?q=x&format=json", &[]));
    std::thread::spawn(move || send_once(public, &asked)); // in flight until the program goes
    wait_for("the first at the partner", || (scene.partner.requests().len() == 1).then_some(()));
    scene.search(6, "lang=gsw", &[FIREFOX]);
    assert_eq!((scene.proxy.searches_with_outcome("refused"), scene.proxy.slices()), (6, BTreeMap::new()));
}

#[test]
#[ignore = "needs faketime"]
fn clicks_have_a_slice_by_the_keyword_group_of_their_search() {
    let mut scene = Scene::new(grouped);
    let mut links: Vec<String> = (0..6).map(|_| scene.search(1, &in_group(), &[]).swap_remove(0)).collect();
    let stranger = scene.search(1, "q=nothing+of+it", &[]).swap_remove(0);
    let of_bots = scene.search(1, &in_group(), &[]);
    scene.click(&stranger, &[]);
    let last = links.split_off(4);
    for link in &links {
        scene.click(link, &[]);
        scene.click(link, &[]);
    }
    for link in &of_bots {
        scene.click(link, &[BOT]);
    }
    assert_eq!(["counted", "duplicate", "bot"].map(|outcome| scene.proxy.clicks_with_outcome(outcome)), [5, 4, 2]);
    scene.holds("clicked_keyword_group", &[]);
    assert!(!scene.row_on_disk("clicked_keyword_group", "fodder"));
    scene.click(&last[0], &[]);
    scene.holds("clicked_keyword_group", &[("fodder", 5)]);
    scene.click(&last[0], &[]);
    scene.holds("clicked_keyword_group", &[("fodder", 5)]);
    scene.click(&last[1], &[]);
    scene.holds("clicked_keyword_group", &[("fodder", 6)]);
    scene.holds("keyword_group", &[("fodder", 7)]);
}

#[test]
#[ignore = "needs faketime"]
fn a_click_counts_after_its_keyword_group_was_removed() {
    let mut scene = Scene::new(|config| grouped(config).keyword_group("kept", "terms", r#"["hinge"]"#));
    let (gone, kept): (Vec<String>, Vec<String>) = (0..6)
        .map(|_| (scene.search(1, &in_group(), &[]).swap_remove(0), scene.search(1, "q=a+hinge", &[]).swap_remove(0)))
        .unzip();
    scene.holds("keyword_group", &[("fodder", 6), ("kept", 6)]);
    let only_kept = config(&scene.partner).keyword_group("kept", "terms", r#"["hinge"]"#);
    scene.reload(&only_kept);
    for link in gone.iter().chain(&kept) {
        scene.click(link, &[]);
    }
    assert_eq!(scene.proxy.clicks_with_outcome("counted"), 12);
    scene.holds("clicked_keyword_group", &[("kept", 6)]);
    scene.search(6, &in_group(), &[]);
    scene.holds("keyword_group", &[("fodder", 6), ("kept", 6)]);
}

#[test]
#[ignore = "needs faketime"]
fn a_reload_keeps_withheld_counts() {
    let mut scene = Scene::new(grouped);
    scene.search(4, &format!("{}&lang=gsw", in_group()), &[]);
    scene.reload(&grouped(config(&scene.partner)).with("limits", "body_bytes", "2048"));
    scene.search(1, &format!("{}&lang=gsw", in_group()), &[]);
    scene.holds("language", &[("gsw", 5)]);
    scene.holds("keyword_group", &[("fodder", 5)]);
}

#[test]
#[ignore = "needs faketime"]
fn a_crash_loses_values_and_never_totals() {
    let mut scene = Scene::new(as_is);
    scene.search(4, "lang=gsw", &[FIREFOX]);
    scene.proxy.restart();
    scene.search(4, "lang=gsw", &[FIREFOX]);
    assert_eq!(scene.proxy.slices(), BTreeMap::new());
    assert!(!scene.row_on_disk("language", "gsw"));
    scene.search(1, "lang=gsw", &[FIREFOX]);
    scene.holds("language", &[("gsw", 5)]);
    scene.holds("browser", &[("firefox", 5)]);
    assert_eq!(scene.proxy.searches_with_outcome("with_ads"), 9);
    // What is written stays, and the count goes on from it once k are seen again.
    scene.proxy.restart();
    scene.search(4, "lang=gsw", &[]);
    scene.holds("language", &[("gsw", 5)]);
    scene.search(1, "lang=gsw", &[]);
    scene.holds("language", &[("gsw", 10)]);
    assert_eq!(scene.proxy.searches_with_outcome("with_ads"), 14);
}

#[test]
#[ignore = "needs faketime"]
fn a_stop_writes_no_small_count() {
    let mut scene = Scene::new(grouped);
    scene.search(4, &format!("{}&lang=gsw", in_group()), &[FIREFOX]);
    assert!(scene.proxy.terminate().success());
    assert_eq!(scene.proxy.slices(), BTreeMap::new());
    for (dimension, value) in [("language", "gsw"), ("browser", "firefox"), ("keyword_group", "fodder")] {
        assert!(!scene.row_on_disk(dimension, value), "{dimension}");
    }
    assert_eq!(scene.proxy.searches_with_outcome("with_ads"), 4);
}

#[test]
#[ignore = "needs faketime"]
fn each_day_counts_up_to_k_separately() {
    let mut scene = Scene::at(&format!("{DAY} 22:00:00"), as_is);
    scene.search(4, "lang=gsw", &[]);
    scene.clock.set("2026-03-06 01:00:00");
    scene.search(4, "lang=gsw", &[]);
    assert_eq!(scene.proxy.slices(), BTreeMap::new(), "four and four of two days");
    scene.search(1, "lang=gsw", &[]);
    let key = ["2026-03-06", "first", "language", "gsw"].map(str::to_owned);
    assert_eq!(scene.proxy.slices(), [(key, 5)].into());
}

#[test]
#[ignore = "needs faketime"]
fn each_partner_counts_up_to_k_separately() {
    let other = MockPartner::json(sample_results());
    let mut scene = Scene::new(|config| config.partner("second", &other.url()).code("beta", r#"["second"]"#));
    scene.search(4, "lang=gsw", &[]);
    scene.search(4, "lang=gsw&code=beta", &[]);
    assert_eq!(scene.proxy.slices(), BTreeMap::new(), "four and four of two partners");
    scene.search(1, "lang=gsw&code=beta", &[]);
    let key = [DAY, "second", "language", "gsw"].map(str::to_owned);
    assert_eq!(scene.proxy.slices(), [(key, 5)].into());
}

/// A search that falls to the next partner is cut once, under the partner that answered.
#[test]
#[ignore = "needs faketime"]
fn a_search_that_asked_two_partners_has_slices_of_the_one_that_answered() {
    let other = MockPartner::json(sample_results());
    let mut scene = Scene::new(|config| {
        config.partner("second", &other.url()).with("code toolbar-main", "partners", r#"["first", "second"]"#)
    });
    scene.partner.respond_with(MockResponse::Status(500));
    scene.search(5, "lang=gsw", &[]);
    let key = [DAY, "second", "language", "gsw"].map(str::to_owned);
    assert_eq!(scene.proxy.slices(), [(key, 5)].into());
}
