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
const UNKNOWN_BROWSER: &str = "User-Agent: Contraption/1.0";
const BOT: &str = "User-Agent: Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

/// Texts that occur nowhere else.
const TERM: &str = "quokkafodder";
const KEYWORD: &str = "zweihander quokkafodder velvetry";

/// The program at noon of [`DAY`], with `k = 5`.
struct SliceTest {
    clock: FakeClock,
    proxy: Proxy,
    partner: MockPartner,
    /// Searches sent so far.
    searches: i64,
}

impl SliceTest {
    fn new(change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> SliceTest {
        SliceTest::at(&format!("{DAY} 12:00:00"), change)
    }

    fn at(time: &str, change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> SliceTest {
        let (clock, partner) = (FakeClock::starting_at(time), MockPartner::json(sample_results()));
        let config = change(config(&partner));
        let workdir: Arc<Workdir> = Workdir::with_env_vars(&config.text(), &clock.env_vars());
        SliceTest { proxy: workdir.start(), clock, partner, searches: 0 }
    }

    /// Sends equal searches, with any outcome, waits until the store has counted them, and returns the links of the last one.
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

    /// Clicks a link and waits until the store has counted the click.
    #[track_caller]
    fn click(&self, path: &str, headers: &[&str]) {
        let before: i64 = self.proxy.clicks().values().sum();
        assert_eq!(self.proxy.get(path, headers).status, 303);
        wait_for("the click in the store", || (self.proxy.clicks().values().sum::<i64>() == before + 1).then_some(()));
    }

    /// Asserts the stored counts of a dimension on [`DAY`] for the partner `first`.
    #[track_caller]
    fn assert_stored(&self, dimension: &str, values: &[(&str, i64)]) {
        let mut found = self.proxy.slices();
        found.retain(|key, _| key[2] == dimension);
        let key = |value: &str| [DAY, "first", dimension, value].map(str::to_owned);
        assert_eq!(found, values.iter().map(|(value, n)| (key(value), *n)).collect::<BTreeMap<_, _>>());
    }

    /// Whether any file of the data folder contains a text, the write-ahead log included. Ignores case.
    fn is_on_disk(&self, text: &str) -> bool {
        let mut files = std::fs::read_dir(self.proxy.workdir().path("data")).unwrap().peekable();
        assert!(files.peek().is_some());
        files.any(|file| {
            let bytes = std::fs::read(file.unwrap().path()).unwrap_or_default();
            contains(&bytes.to_ascii_lowercase(), text.to_ascii_lowercase().as_bytes())
        })
    }

    /// Whether a row of `slices` is on disk, deleted or not: SQLite writes the texts of a row one after the other.
    fn is_row_on_disk(&self, dimension: &str, value: &str) -> bool {
        self.is_on_disk(&format!("{DAY}first{dimension}{value}"))
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

fn unchanged(config: ConfigBuilder) -> ConfigBuilder {
    config
}

/// The query of a search that counts in the group of [`grouped`].
fn group_query() -> String {
    format!("q={}", KEYWORD.replace(' ', "+"))
}

#[test]
#[ignore = "needs faketime"]
fn a_language_is_written_after_k_searches() {
    let mut test = SliceTest::new(unchanged);
    test.search(6, "lang=en", &[]);
    test.search(1, "lang=gsw", &[]);
    test.assert_stored("language", &[("en", 6)]);
    assert!(!test.is_row_on_disk("language", "gsw"));
    test.search(3, "", &["Accept-Language: gsw-CH"]);
    test.assert_stored("language", &[("en", 6)]);
    assert!(test.is_row_on_disk("language", "en"), "a stored row is found");
    assert!(!test.is_row_on_disk("language", "gsw"));
    test.search(1, "lang=gsw", &[]);
    test.assert_stored("language", &[("en", 6), ("gsw", 5)]);
    assert!(test.is_row_on_disk("language", "gsw"));
    test.search(1, "lang=gsw", &[]);
    test.assert_stored("language", &[("en", 6), ("gsw", 6)]);
    assert_eq!(test.proxy.searches_with_outcome("with_ads"), 12);
}

#[test]
#[ignore = "needs faketime"]
fn a_browser_is_written_after_k_searches_and_an_unknown_one_never() {
    let mut test = SliceTest::new(unchanged);
    test.search(4, "lang=en", &[SAFARI]);
    test.search(7, "lang=en", &[FIREFOX]);
    test.search(6, "lang=en", &[UNKNOWN_BROWSER]);
    test.search(6, "lang=en", &[]);
    test.assert_stored("browser", &[("firefox", 7)]);
    assert!(test.is_row_on_disk("browser", "firefox") && !test.is_row_on_disk("browser", "safari"));
    test.search(1, "lang=de", &[SAFARI]);
    test.assert_stored("browser", &[("firefox", 7), ("safari", 5)]);
    test.search(1, "lang=de", &[SAFARI]);
    test.assert_stored("browser", &[("firefox", 7), ("safari", 6)]);
    test.assert_stored("language", &[("en", 23)]);
}

#[test]
#[ignore = "needs faketime"]
fn a_keyword_group_is_counted_and_no_term_and_no_keyword_is_written() {
    let mut test = SliceTest::new(grouped);
    test.search(4, &group_query(), &[]);
    test.search(6, "q=nothing+of+it", &[]);
    test.assert_stored("keyword_group", &[]);
    assert!(!test.is_row_on_disk("keyword_group", "fodder"));
    test.search(1, "q=cheap+Car+INSURANCE", &[]);
    test.assert_stored("keyword_group", &[("fodder", 5)]);
    test.search(1, "q=QuokkaFodder", &[]);
    test.assert_stored("keyword_group", &[("fodder", 6)]);
    let link = test.search(1, &group_query(), &[]).swap_remove(0);
    test.click(&link, &[]);
    let words = ["quokka", "zweihander", "velvetry", "car insurance", "cheap", "nothing of it", "nothing+of"];
    for when in ["running", "stopped"] {
        for word in words {
            assert!(!test.is_on_disk(word), "{when}: {word} is on disk");
            let output = (test.proxy.stdout() + &test.proxy.stderr()).to_lowercase();
            assert!(!output.contains(word), "{when}: {word} is in {output}");
        }
        if when == "running" {
            assert!(test.proxy.terminate().success());
        }
    }
    assert!(test.is_row_on_disk("keyword_group", "fodder"));
}

#[test]
#[ignore = "needs faketime"]
fn failed_searches_have_slices_and_refused_ones_have_none() {
    let mut test = SliceTest::new(|config| grouped(config).with("", "personal_data", r#""refuse""#));
    test.search(6, &format!("q={TERM}+alice@example.org&lang=gsw"), &[FIREFOX]);
    assert_eq!((test.proxy.searches_with_outcome("refused"), test.proxy.slices()), (6, BTreeMap::new()));
    test.partner.respond_with(MockResponse::Json(r#"{"results":[]}"#.to_owned()));
    test.search(2, "lang=gsw", &[FIREFOX]);
    test.partner.respond_with(MockResponse::Status(500));
    test.search(3, "lang=gsw", &[FIREFOX]);
    assert_eq!((test.proxy.searches_with_outcome("empty"), test.proxy.searches_with_outcome("failed")), (2, 3));
    test.assert_stored("language", &[("gsw", 5)]);
    test.assert_stored("browser", &[("firefox", 5)]);
}

/// The language is known, but no partner was asked.
#[test]
#[ignore = "needs faketime"]
fn searches_that_no_partner_was_asked_for_have_no_slices() {
    let mut test = SliceTest::new(|config| {
        config.with("limits", "partner_requests_in_flight", "1").with("partner first", "timeout", r#""30s""#)
    });
    test.partner.respond_with(MockResponse::Hang);
    let (public, asked) = (test.proxy.public, request_to(&test.proxy, "GET", "/search?q=x&format=json", &[]));
    std::thread::spawn(move || send_once(public, &asked)); // in flight until the program goes
    wait_for("the first search to reach the partner", || (test.partner.requests().len() == 1).then_some(()));
    test.search(6, "lang=gsw", &[FIREFOX]);
    assert_eq!((test.proxy.searches_with_outcome("refused"), test.proxy.slices()), (6, BTreeMap::new()));
}

#[test]
#[ignore = "needs faketime"]
fn clicks_have_a_slice_by_the_keyword_group_of_their_search() {
    let mut test = SliceTest::new(grouped);
    let mut links: Vec<String> = (0..6).map(|_| test.search(1, &group_query(), &[]).swap_remove(0)).collect();
    let stranger = test.search(1, "q=nothing+of+it", &[]).swap_remove(0);
    let of_bots = test.search(1, &group_query(), &[]);
    test.click(&stranger, &[]);
    let last = links.split_off(4);
    for link in &links {
        test.click(link, &[]);
        test.click(link, &[]);
    }
    for link in &of_bots {
        test.click(link, &[BOT]);
    }
    assert_eq!(["counted", "duplicate", "bot"].map(|outcome| test.proxy.clicks_with_outcome(outcome)), [5, 4, 2]);
    test.assert_stored("clicked_keyword_group", &[]);
    assert!(!test.is_row_on_disk("clicked_keyword_group", "fodder"));
    test.click(&last[0], &[]);
    test.assert_stored("clicked_keyword_group", &[("fodder", 5)]);
    test.click(&last[0], &[]);
    test.assert_stored("clicked_keyword_group", &[("fodder", 5)]);
    test.click(&last[1], &[]);
    test.assert_stored("clicked_keyword_group", &[("fodder", 6)]);
    test.assert_stored("keyword_group", &[("fodder", 7)]);
}

#[test]
#[ignore = "needs faketime"]
fn a_click_counts_after_its_keyword_group_was_removed() {
    let mut test = SliceTest::new(|config| grouped(config).keyword_group("kept", "terms", r#"["hinge"]"#));
    let (gone, kept): (Vec<String>, Vec<String>) = (0..6)
        .map(|_| (test.search(1, &group_query(), &[]).swap_remove(0), test.search(1, "q=a+hinge", &[]).swap_remove(0)))
        .unzip();
    test.assert_stored("keyword_group", &[("fodder", 6), ("kept", 6)]);
    let only_kept = config(&test.partner).keyword_group("kept", "terms", r#"["hinge"]"#);
    test.reload(&only_kept);
    for link in gone.iter().chain(&kept) {
        test.click(link, &[]);
    }
    assert_eq!(test.proxy.clicks_with_outcome("counted"), 12);
    test.assert_stored("clicked_keyword_group", &[("kept", 6)]);
    test.search(6, &group_query(), &[]);
    test.assert_stored("keyword_group", &[("fodder", 6), ("kept", 6)]);
}

#[test]
#[ignore = "needs faketime"]
fn a_reload_keeps_withheld_counts() {
    let mut test = SliceTest::new(grouped);
    test.search(4, &format!("{}&lang=gsw", group_query()), &[]);
    test.reload(&grouped(config(&test.partner)).with("limits", "body_bytes", "2048"));
    test.search(1, &format!("{}&lang=gsw", group_query()), &[]);
    test.assert_stored("language", &[("gsw", 5)]);
    test.assert_stored("keyword_group", &[("fodder", 5)]);
}

#[test]
#[ignore = "needs faketime"]
fn a_crash_loses_values_and_never_totals() {
    let mut test = SliceTest::new(unchanged);
    test.search(4, "lang=gsw", &[FIREFOX]);
    test.proxy.restart();
    test.search(4, "lang=gsw", &[FIREFOX]);
    assert_eq!(test.proxy.slices(), BTreeMap::new());
    assert!(!test.is_row_on_disk("language", "gsw"));
    test.search(1, "lang=gsw", &[FIREFOX]);
    test.assert_stored("language", &[("gsw", 5)]);
    test.assert_stored("browser", &[("firefox", 5)]);
    assert_eq!(test.proxy.searches_with_outcome("with_ads"), 9);
    // Written counts stay, and grow again once the value has occurred k times more.
    test.proxy.restart();
    test.search(4, "lang=gsw", &[]);
    test.assert_stored("language", &[("gsw", 5)]);
    test.search(1, "lang=gsw", &[]);
    test.assert_stored("language", &[("gsw", 10)]);
    assert_eq!(test.proxy.searches_with_outcome("with_ads"), 14);
}

#[test]
#[ignore = "needs faketime"]
fn a_stop_writes_no_small_count() {
    let mut test = SliceTest::new(grouped);
    test.search(4, &format!("{}&lang=gsw", group_query()), &[FIREFOX]);
    assert!(test.proxy.terminate().success());
    assert_eq!(test.proxy.slices(), BTreeMap::new());
    for (dimension, value) in [("language", "gsw"), ("browser", "firefox"), ("keyword_group", "fodder")] {
        assert!(!test.is_row_on_disk(dimension, value), "{dimension}");
    }
    assert_eq!(test.proxy.searches_with_outcome("with_ads"), 4);
}

#[test]
#[ignore = "needs faketime"]
fn each_day_counts_up_to_k_separately() {
    let mut test = SliceTest::at(&format!("{DAY} 22:00:00"), unchanged);
    test.search(4, "lang=gsw", &[]);
    test.clock.set("2026-03-06 01:00:00");
    test.search(4, "lang=gsw", &[]);
    assert_eq!(test.proxy.slices(), BTreeMap::new(), "four and four of two days");
    test.search(1, "lang=gsw", &[]);
    let key = ["2026-03-06", "first", "language", "gsw"].map(str::to_owned);
    assert_eq!(test.proxy.slices(), [(key, 5)].into());
}

#[test]
#[ignore = "needs faketime"]
fn each_partner_counts_up_to_k_separately() {
    let other = MockPartner::json(sample_results());
    let mut test = SliceTest::new(|config| config.partner("second", &other.url()).code("beta", r#"["second"]"#));
    test.search(4, "lang=gsw", &[]);
    test.search(4, "lang=gsw&code=beta", &[]);
    assert_eq!(test.proxy.slices(), BTreeMap::new(), "four and four of two partners");
    test.search(1, "lang=gsw&code=beta", &[]);
    let key = [DAY, "second", "language", "gsw"].map(str::to_owned);
    assert_eq!(test.proxy.slices(), [(key, 5)].into());
}

/// A search that asked two partners has one slice, of the partner that answered.
#[test]
#[ignore = "needs faketime"]
fn a_search_that_asked_two_partners_has_slices_of_the_one_that_answered() {
    let other = MockPartner::json(sample_results());
    let mut test = SliceTest::new(|config| {
        config.partner("second", &other.url()).with("code toolbar-main", "partners", r#"["first", "second"]"#)
    });
    test.partner.respond_with(MockResponse::Status(500));
    test.search(5, "lang=gsw", &[]);
    let key = [DAY, "second", "language", "gsw"].map(str::to_owned);
    assert_eq!(test.proxy.slices(), [(key, 5)].into());
}
