//! Slices (`docs/http-api.md#stored-tables`, `docs/privacy-requirements.md#small-cells`): when the store contains counts of
//! languages, browsers and keyword groups, and what remains after a crash and a reload. `slices/report.rs` tests the report.

use std::cell::Cell;
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
    /// People seen so far: each search and click is another one's unless a test says otherwise.
    people: Cell<u16>,
    /// The current hour of [`DAY`].
    hour: u32,
}

/// A code and a partner whose searches tell when the turn of an hour has been written.
const SENTINEL: &str = "sentinel";
/// `[counts] k`.
const K: usize = 5;

impl SliceTest {
    fn new(change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> SliceTest {
        SliceTest::at(12, change)
    }

    fn at(hour: u32, change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> SliceTest {
        let clock = FakeClock::starting_at(&format!("{DAY} {hour}:00:00"));
        let partner = MockPartner::json(sample_results());
        let config = change(config(&partner));
        let workdir: Arc<Workdir> = Workdir::with_env_vars(&config.text(), &clock.env_vars());
        SliceTest { proxy: workdir.start(), clock, partner, searches: 0, people: Cell::new(0), hour }
    }

    /// Somebody who was not there before: an address for a trusted proxy to name.
    fn somebody(&self) -> String {
        self.people.set(self.people.get() + 1);
        let [high, low] = self.people.get().to_be_bytes();
        format!("X-Forwarded-For: 10.{high}.{low}.1")
    }

    /// Lets the hour pass, and waits until its counts are in the store.
    #[track_caller]
    fn turn(&mut self) {
        self.hour += 1;
        let time = if self.hour < 24 { format!("{DAY} {}:00:01", self.hour) } else { "2026-03-06 00:00:01".into() };
        self.turn_at(&time);
    }

    #[track_caller]
    fn turn_at(&mut self, time: &str) {
        let written = |test: &SliceTest| -> i64 {
            test.proxy.slices().iter().filter(|(key, _)| key[1] == SENTINEL).map(|(_, n)| n).sum()
        };
        let before = written(self);
        self.search(K, "lang=rm&code=sentinel", &[]);
        assert_eq!(written(self), before, "written within the hour");
        self.clock.set(time);
        wait_for("the counts of the hour", || (written(self) > before).then_some(()));
    }

    /// Sends equal searches of different people, with any outcome, waits until the store has counted them, and returns the links
    /// of the last one.
    #[track_caller]
    fn search(&mut self, times: usize, query: &str, headers: &[&str]) -> Vec<String> {
        let people: Vec<String> = (0..times).map(|_| self.somebody()).collect();
        self.search_of(&people, query, headers)
    }

    /// The same, one search of each of these people.
    #[track_caller]
    fn search_of(&mut self, people: &[String], query: &str, headers: &[&str]) -> Vec<String> {
        let mut links = Vec::new();
        for person in people {
            let headers = &[headers, &[person.as_str()]].concat();
            let target = format!("/search?q=x&{query}&format=json");
            let target = if query.starts_with("q=") { target.replace("q=x&", "") } else { target };
            let answer = self.proxy.get(&target, headers);
            links = if answer.status == 200 { click_paths(&answer) } else { Vec::new() };
        }
        self.searches += i64::try_from(people.len()).unwrap();
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
        let (person, before) = (self.somebody(), self.proxy.clicks().values().sum::<i64>());
        let headers = &[headers, &[person.as_str()]].concat();
        assert_eq!(self.proxy.get(path, headers).status, 303);
        wait_for("the click in the store", || (self.proxy.clicks().values().sum::<i64>() == before + 1).then_some(()));
    }

    /// Asserts the stored counts of a dimension on [`DAY`] for the partner `first`.
    #[track_caller]
    fn assert_stored(&self, dimension: &str, values: &[(&str, i64)]) {
        self.assert_stored_of("first", dimension, values);
    }

    #[track_caller]
    fn assert_stored_of(&self, partner: &str, dimension: &str, values: &[(&str, i64)]) {
        let mut found = self.proxy.slices();
        found.retain(|key, _| key[0] == DAY && key[1] == partner && key[2] == dimension);
        let key = |value: &str| [DAY, partner, dimension, value].map(str::to_owned);
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
    let config = ConfigBuilder::new(partner).with("counts", "k", &K.to_string());
    let config = config.partner(SENTINEL, &partner.url()).code(SENTINEL, r#"["sentinel"]"#);
    let config = config.with("listen", "trusted_proxies", r#"["127.0.0.1/32"]"#);
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
fn a_language_is_written_at_the_turn_of_the_hour_once_k_people_had_it() {
    let mut test = SliceTest::new(unchanged);
    test.search(6, "lang=en", &[]);
    test.search(1, "lang=gsw", &[]);
    test.assert_stored("language", &[]);
    assert!(!test.is_row_on_disk("language", "en") && !test.is_row_on_disk("language", "gsw"));
    test.turn();
    test.assert_stored("language", &[("en", 6)]);
    assert!(test.is_row_on_disk("language", "en"), "a stored row is found");
    assert!(!test.is_row_on_disk("language", "gsw"));
    test.search(5, "", &["Accept-Language: gsw-CH"]);
    test.assert_stored("language", &[("en", 6)]);
    test.turn();
    test.assert_stored("language", &[("en", 6), ("gsw", 6)]);
    // What comes after is not written at the moment either.
    test.search(1, "lang=gsw", &[]);
    test.assert_stored("language", &[("en", 6), ("gsw", 6)]);
    test.turn();
    test.assert_stored("language", &[("en", 6), ("gsw", 7)]);
}

#[test]
#[ignore = "needs faketime"]
fn one_person_alone_never_gets_a_value_written() {
    let mut test = SliceTest::new(grouped);
    let (one, query) = (test.somebody(), format!("{}&lang=gsw", group_query()));
    for _ in 0..3 {
        test.search_of(&vec![one.clone(); 40], &query, &[FIREFOX]);
        test.turn();
    }
    // Neither does another address of the same network help, nor strangers who are fewer than k with them.
    let neighbour = format!("{}.77", one.trim_end_matches(".1"));
    test.search_of(&vec![neighbour; 20], &query, &[FIREFOX]);
    test.search(K - 2, &query, &[FIREFOX]);
    test.turn();
    for (dimension, value) in [("language", "gsw"), ("browser", "firefox"), ("keyword_group", "fodder")] {
        test.assert_stored(dimension, &[]);
        assert!(!test.is_row_on_disk(dimension, value), "{dimension}");
    }
}

/// People of one network, and those whom a proxy does not name, are told apart by their stamps; first stamps are free.
#[test]
#[ignore = "needs faketime"]
fn stamps_tell_people_apart_once_they_are_confirmed() {
    let mut test = SliceTest::new(unchanged);
    let one = test.somebody();
    let visit = |stamp: &str| {
        let answer = test.proxy.get("/visit", &[&one, &format!("Visit-Stamp: {stamp}"), FIREFOX]);
        answer.header("visit-stamp").expect("a stamp").to_owned()
    };
    let first: Vec<String> = (0..K).map(|_| visit("")).collect();
    let confirmed: Vec<String> = first.iter().map(|stamp| visit(stamp)).collect();
    let header = |stamp: &String| format!("Visit-Stamp: {stamp}");
    let search = |test: &mut SliceTest, stamp: &String| {
        test.search_of(std::slice::from_ref(&one), "lang=gsw", &[&header(stamp), FIREFOX])
    };
    for _ in 0..3 {
        search(&mut test, &confirmed[0]);
    }
    for stamp in &first {
        search(&mut test, stamp);
    }
    test.turn();
    test.assert_stored("language", &[]);
    for stamp in &confirmed {
        search(&mut test, stamp);
    }
    test.turn();
    test.assert_stored("language", &[("gsw", 3 + 2 * 5)]);
}

#[test]
#[ignore = "needs faketime"]
fn a_browser_is_written_for_k_people_and_an_unknown_one_never() {
    let mut test = SliceTest::new(unchanged);
    test.search(4, "lang=en", &[SAFARI]);
    test.search(7, "lang=en", &[FIREFOX]);
    test.search(6, "lang=en", &[UNKNOWN_BROWSER]);
    test.search(6, "lang=en", &[]);
    test.turn();
    test.assert_stored("browser", &[("firefox", 7)]);
    assert!(test.is_row_on_disk("browser", "firefox") && !test.is_row_on_disk("browser", "safari"));
    test.search(1, "lang=de", &[SAFARI]);
    test.turn();
    test.assert_stored("browser", &[("firefox", 7), ("safari", 5)]);
    test.assert_stored("language", &[("en", 23)]);
}

#[test]
#[ignore = "needs faketime"]
fn a_keyword_group_is_counted_and_no_term_and_no_keyword_is_written() {
    let mut test = SliceTest::new(grouped);
    test.search(4, &group_query(), &[]);
    test.search(6, "q=nothing+of+it", &[]);
    test.turn();
    test.assert_stored("keyword_group", &[]);
    assert!(!test.is_row_on_disk("keyword_group", "fodder"));
    test.search(1, "q=cheap+Car+INSURANCE", &[]);
    let link = test.search(1, "q=QuokkaFodder", &[]).swap_remove(0);
    test.turn();
    test.assert_stored("keyword_group", &[("fodder", 6)]);
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
    test.turn();
    test.assert_stored("language", &[]);
    assert_eq!(test.proxy.searches_with_outcome("refused"), 6);
    test.partner.respond_with(MockResponse::Json(r#"{"results":[]}"#.to_owned()));
    test.search(2, "lang=gsw", &[FIREFOX]);
    test.partner.respond_with(MockResponse::Status(500));
    test.search(3, "lang=gsw", &[FIREFOX]);
    assert_eq!((test.proxy.searches_with_outcome("empty"), test.proxy.searches_with_outcome("failed")), (2, 3));
    test.turn();
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
    test.partner.respond_with(MockResponse::Json(sample_results()));
    test.turn();
    assert_eq!(test.proxy.searches_with_outcome("refused"), 6);
    test.assert_stored("language", &[]);
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
    test.turn();
    test.assert_stored("clicked_keyword_group", &[]);
    assert!(!test.is_row_on_disk("clicked_keyword_group", "fodder"));
    for link in [&last[0], &last[0], &last[1]] {
        test.click(link, &[]);
    }
    test.turn();
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
    let only_kept = config(&test.partner).keyword_group("kept", "terms", r#"["hinge"]"#);
    test.reload(&only_kept);
    for link in gone.iter().chain(&kept) {
        test.click(link, &[]);
    }
    assert_eq!(test.proxy.clicks_with_outcome("counted"), 12);
    test.search(6, &group_query(), &[]);
    test.turn();
    test.assert_stored("clicked_keyword_group", &[("kept", 6)]);
    test.assert_stored("keyword_group", &[("fodder", 6), ("kept", 6)]);
}

#[test]
#[ignore = "needs faketime"]
fn a_reload_keeps_withheld_counts_and_people() {
    let mut test = SliceTest::new(grouped);
    test.search(4, &format!("{}&lang=gsw", group_query()), &[]);
    test.reload(&grouped(config(&test.partner)).with("limits", "body_bytes", "2048"));
    test.search(1, &format!("{}&lang=gsw", group_query()), &[]);
    test.turn();
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
    test.turn();
    test.assert_stored("language", &[]);
    assert!(!test.is_row_on_disk("language", "gsw"));
    test.search(1, "lang=gsw", &[FIREFOX]);
    test.turn();
    test.assert_stored("language", &[("gsw", 5)]);
    test.assert_stored("browser", &[("firefox", 5)]);
    // Written counts stay, and grow again once k people more had the value.
    test.proxy.restart();
    test.search(4, "lang=gsw", &[]);
    test.turn();
    test.assert_stored("language", &[("gsw", 5)]);
    test.search(1, "lang=gsw", &[]);
    test.turn();
    test.assert_stored("language", &[("gsw", 10)]);
    assert_eq!(test.proxy.searches_with_outcome("with_ads"), test.searches);
}

/// Not even what enough people had: the moment of a stop is not the turn of an hour.
#[test]
#[ignore = "needs faketime"]
fn a_stop_writes_no_value() {
    let mut test = SliceTest::new(grouped);
    test.search(9, &format!("{}&lang=gsw", group_query()), &[FIREFOX]);
    assert!(test.proxy.terminate().success());
    assert_eq!(test.proxy.slices(), BTreeMap::new());
    for (dimension, value) in [("language", "gsw"), ("browser", "firefox"), ("keyword_group", "fodder")] {
        assert!(!test.is_row_on_disk(dimension, value), "{dimension}");
    }
    assert_eq!(test.proxy.searches_with_outcome("with_ads"), 9);
}

#[test]
#[ignore = "needs faketime"]
fn each_day_counts_people_separately() {
    let mut test = SliceTest::at(22, unchanged);
    test.search(4, "lang=gsw", &[]);
    test.turn_at("2026-03-06 01:00:00");
    test.search(4, "lang=gsw", &[]);
    test.turn_at("2026-03-06 02:00:00");
    let of_first = |test: &SliceTest| {
        let mut slices = test.proxy.slices();
        slices.retain(|key, _| key[1] == "first");
        slices
    };
    assert_eq!(of_first(&test), BTreeMap::new(), "four and four of two days");
    test.search(1, "lang=gsw", &[]);
    test.turn_at("2026-03-06 03:00:00");
    let key = ["2026-03-06", "first", "language", "gsw"].map(str::to_owned);
    assert_eq!(of_first(&test), [(key, 5)].into());
}

#[test]
#[ignore = "needs faketime"]
fn each_partner_counts_people_separately() {
    let other = MockPartner::json(sample_results());
    let mut test = SliceTest::new(|config| config.partner("second", &other.url()).code("beta", r#"["second"]"#));
    test.search(4, "lang=gsw", &[]);
    test.search(4, "lang=gsw&code=beta", &[]);
    test.turn();
    test.assert_stored("language", &[]);
    test.assert_stored_of("second", "language", &[]);
    test.search(1, "lang=gsw&code=beta", &[]);
    test.turn();
    test.assert_stored("language", &[]);
    test.assert_stored_of("second", "language", &[("gsw", 5)]);
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
    test.turn();
    test.assert_stored("language", &[]);
    test.assert_stored_of("second", "language", &[("gsw", 5)]);
}
