//! `qsproxy report slices`: closed days only, small counts in `other`, exact totals, and noise where it is asked for.

use std::collections::BTreeMap;

use super::{DAY, FIREFOX, SAFARI, SENTINEL, SliceTest, group_query, grouped, unchanged};
use qsproxy_test_support::config::ConfigBuilder;

const NEXT: &str = "2026-03-06";
const COLUMNS: &str = "day,partner,dimension,value,n";

/// Noise that stays 0 in one case of forty.
const EPSILON: &str = "0.05";

impl SliceTest {
    /// Runs a report, which must succeed, and returns its output.
    #[track_caller]
    fn report(&self, arguments: &[&str]) -> String {
        let all = [&["report", "slices", "--from", "2026-03-01", "--to", "2026-03-31"], arguments].concat();
        let output = self.proxy.workdir().run(&all);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The rows of the CSV, without those of the sentinel.
    #[track_caller]
    fn rows(&self, arguments: &[&str]) -> Vec<Vec<String>> {
        let text = self.report(&[arguments, &["--format", "csv"]].concat());
        let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(lines.next().expect("a header").join(","), COLUMNS);
        lines.inspect(|row| assert_eq!(row.len(), 5, "{row:?}")).filter(|row| row[1] != SENTINEL).collect()
    }

    /// The counts of a dimension by value, on [`DAY`] and of the partner `first`.
    #[track_caller]
    fn published(&self, dimension: &str) -> BTreeMap<String, u64> {
        let rows = self.rows(&[]).into_iter().filter(|row| row[..3] == [DAY, "first", dimension]);
        rows.map(|row| (row[3].clone(), row[4].parse().unwrap())).collect()
    }

    /// Asserts the published counts of a dimension, that they add up to `total`, and that the report shows `total`.
    #[track_caller]
    fn assert_published(&self, dimension: &str, values: &[(&str, u64)], total: u64) {
        let expected = values.iter().chain(&[("*", total)]).map(|(value, n)| ((*value).to_owned(), *n)).collect();
        assert_eq!(self.published(dimension), expected, "{dimension}");
        assert_eq!(values.iter().map(|(_, n)| n).sum::<u64>(), total, "{dimension}");
    }

    fn next_day(&mut self) {
        self.turn_at(&format!("{NEXT} 00:00:01"));
    }
}

/// The configuration with noise: as text, since the tables of a [`ConfigBuilder`] are those of the other tests.
fn with_noise(config: &ConfigBuilder) -> String {
    format!("{}\n[release]\nepsilon = {EPSILON}\n", config.text())
}

#[test]
#[ignore = "needs faketime"]
fn a_day_is_published_once_it_has_ended() {
    let mut test = SliceTest::new(grouped);
    test.search(8, &format!("{}&lang=en", group_query()), &[FIREFOX]);
    test.search(6, "lang=de", &[FIREFOX]);
    assert_eq!(test.rows(&[]), Vec::<Vec<String>>::new());
    assert_eq!(test.report(&["--format", "json"]).trim(), "[]");
    assert!(!test.report(&[]).contains(DAY));
    // Ten minutes before midnight: a slow machine must not reach it before the next line but one.
    test.clock.set(&format!("{DAY} 23:50:00"));
    assert_eq!(test.rows(&[]), Vec::<Vec<String>>::new());
    test.next_day();
    test.assert_published("language", &[("en", 8), ("de", 6), ("other", 0)], 14);
    test.assert_published("browser", &[("firefox", 14), ("other", 0)], 14);
    test.assert_published("keyword_group", &[("fodder", 8), ("other", 6)], 14);
    assert_eq!(test.published("clicked_keyword_group"), BTreeMap::new(), "there was no click");
}

#[test]
#[ignore = "needs faketime"]
fn other_is_the_rest_of_the_total() {
    let mut test = SliceTest::new(unchanged);
    test.search(9, "lang=en", &[]);
    test.search(3, "lang=gsw", &[]);
    test.search(4, "lang=fr", &[]);
    test.next_day();
    test.assert_published("language", &[("en", 9), ("other", 7)], 16);
    let everything = test.report(&[]) + &test.report(&["--format", "csv"]) + &test.report(&["--format", "json"]);
    assert!(!everything.contains("gsw") && !everything.contains("fr"), "{everything}");
}

#[test]
#[ignore = "needs faketime"]
fn a_small_rest_suppresses_the_smallest_value() {
    let mut test = SliceTest::new(unchanged);
    test.search(12, "lang=en", &[]);
    test.search(6, "lang=de", &[]);
    test.search(1, "lang=gsw", &[]);
    test.next_day();
    test.assert_stored("language", &[("en", 12), ("de", 6)]);
    test.assert_published("language", &[("en", 12), ("other", 7)], 19);
    assert!(!test.report(&["--format", "csv"]).contains(",de,"));
}

#[test]
#[ignore = "needs faketime"]
fn clicks_of_groups_have_the_counted_clicks_as_their_total() {
    let mut test = SliceTest::new(grouped);
    let grouped: Vec<String> = (0..6).map(|_| test.search(1, &group_query(), &[]).swap_remove(0)).collect();
    let strangers: Vec<String> = (0..5).map(|_| test.search(1, "q=else", &[]).swap_remove(0)).collect();
    for link in grouped.iter().chain(&strangers).chain(&grouped) {
        test.click(link, &[]);
    }
    test.next_day();
    test.assert_published("clicked_keyword_group", &[("fodder", 6), ("other", 5)], 11);
    test.assert_published("keyword_group", &[("fodder", 6), ("other", 5)], 11);
}

#[test]
#[ignore = "needs faketime"]
fn csv_json_and_table_agree() {
    let mut test = SliceTest::new(unchanged);
    test.search(8, "lang=en", &[FIREFOX]);
    test.search(6, "lang=de", &[SAFARI]);
    test.next_day();
    let rows = test.rows(&[]);
    let json: serde_json::Value = serde_json::from_str(&test.report(&["--format", "json"])).unwrap();
    let of_json = |row: &serde_json::Value| {
        let row = row.as_object().unwrap();
        assert_eq!(row.len(), 5, "{row:?}");
        let text = |name: &str| row[name].as_str().unwrap().to_owned();
        let n = row["n"].as_u64().unwrap().to_string();
        vec![text("day"), text("partner"), text("dimension"), text("value"), n]
    };
    let of_json = json.as_array().unwrap().iter().map(of_json);
    assert_eq!(of_json.filter(|row| row[1] != SENTINEL).collect::<Vec<_>>(), rows);
    let table = test.report(&[]);
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let lines = table.lines().map(words).filter(|words| !words.is_empty());
    let lines: Vec<_> = lines.filter(|words| words[1] != SENTINEL).collect();
    assert_eq!(lines[0], words(&COLUMNS.replace(',', " ")));
    assert_eq!(lines[1..], rows);
}

#[test]
#[ignore = "needs faketime"]
fn filters_by_day_and_partner() {
    let mut test = SliceTest::new(|config| {
        let url = "http://127.0.0.1:1/search";
        config.partner("second", url).code("beta", r#"["second"]"#)
    });
    test.search(6, "lang=en", &[]);
    test.search(7, "lang=en&code=beta", &[]);
    test.next_day();
    let all = test.rows(&[]);
    let of = |partner: &str| all.iter().filter(|row| row[1] == partner).cloned().collect::<Vec<_>>();
    assert!(!of("first").is_empty() && !of("second").is_empty());
    for partner in ["first", "second"] {
        assert_eq!(test.rows(&["--partner", partner]), of(partner));
    }
    let between = |from: &str, to: &str| {
        let output = test.proxy.workdir().run(&["report", "slices", "--from", from, "--to", to, "--format", "csv"]);
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().filter(|line| !line.contains(SENTINEL)).count() - 1
    };
    assert_eq!(between(DAY, DAY), all.len());
    assert_eq!((between("2026-03-01", "2026-03-04"), between(NEXT, "2026-03-31")), (0, 0));
}

#[test]
#[ignore = "needs faketime"]
fn reports_of_slices_reject_a_code() {
    let test = SliceTest::new(unchanged);
    let output = test.proxy.workdir().run(&["report", "slices", "--from", DAY, "--to", DAY, "--code", "toolbar-main"]);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{errors}");
    assert!(errors.contains("--code") && errors.contains("not combined"), "{errors}");
}

#[test]
#[ignore = "needs faketime"]
fn noise_is_the_same_for_the_same_cell_and_totals_stay_exact() {
    let mut test = SliceTest::new(unchanged);
    let languages = ["en", "de", "fr", "gsw", "rm"];
    for (language, times) in languages.into_iter().zip(6..) {
        test.search(times, &format!("lang={language}"), &[FIREFOX]);
    }
    test.next_day();
    let exact = test.rows(&[]);
    test.proxy.workdir().write("proxy.toml", with_noise(&super::config(&test.partner)).as_bytes());
    let blurred = test.rows(&[]);
    for _ in 0..2 {
        assert_eq!(test.rows(&[]), blurred);
        assert_eq!(test.rows(&["--partner", "first"]), blurred);
        test.proxy.restart();
    }
    let cells = |rows: &[Vec<String>]| rows.iter().map(|row| row[..4].to_vec()).collect::<Vec<_>>();
    assert_eq!(cells(&blurred), cells(&exact), "noise does not decide which rows are shown");
    let totals = |rows: &[Vec<String>]| rows.iter().filter(|row| row[3] == "*").cloned().collect::<Vec<_>>();
    assert_eq!(totals(&blurred), totals(&exact));
    assert!(totals(&exact).iter().all(|row| row[4] == "40") && !totals(&exact).is_empty());
    let moved = blurred.iter().zip(&exact).filter(|(one, other)| one[4] != other[4]).count();
    // Six counts are not 0 (half of the counts of 0 stay 0). Noise leaves such a count unchanged in one case of forty, so five of them stay equal with a probability of
    // about 10^-7.
    assert!(moved >= 2, "{blurred:?}");
    test.clock.set("2026-03-09 12:00:00");
    assert_eq!(test.rows(&[]), blurred, "later, too");
}

/// Two installations have different keys: otherwise the operator of one would know the noise of the other.
#[test]
#[ignore = "needs faketime"]
fn noise_differs_between_installations() {
    let published = || {
        let mut test = SliceTest::new(unchanged);
        for language in ["en", "de", "fr", "gsw", "rm"] {
            test.search(5, &format!("lang={language}"), &[FIREFOX]);
        }
        test.next_day();
        test.proxy.workdir().write("proxy.toml", with_noise(&super::config(&test.partner)).as_bytes());
        test.rows(&[])
    };
    assert_ne!(published(), published());
}
