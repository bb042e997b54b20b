//! Stamps over days and months, under a clock that the test sets.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{confirmed, provisional, visitors};
use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::fake_clock::FakeClock;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::sample_results;
use qsproxy_test_support::visit_stamp::{DecodedStamp, assert_no_stamp, cookie_line, date, header_line, issued_stamp};
use qsproxy_test_support::wait_for;
use qsproxy_test_support::workdir::Workdir;

const MAIN: &str = "toolbar-main";

/// A proxy with a fake clock.
struct Calendar {
    clock: FakeClock,
    proxy: Proxy,
    partner: MockPartner,
}

impl Calendar {
    fn new(day: &str) -> Calendar {
        Calendar::with(day, |clock| clock.env_vars())
    }

    /// For concurrent requests: only [`Calendar::on`] sets the clock.
    fn for_many(day: &str) -> Calendar {
        Calendar::with(day, |clock| clock.env_vars_read_once())
    }

    fn with(day: &str, environment: fn(&FakeClock) -> Vec<(&str, &str)>) -> Calendar {
        let clock = FakeClock::starting_at(&format!("{day} 12:00:00"));
        let partner = MockPartner::json(sample_results());
        let workdir: Arc<Workdir> = Workdir::with_env_vars(&ConfigBuilder::new(&partner).text(), &environment(&clock));
        Calendar { proxy: workdir.start(), clock, partner }
    }

    /// Restarts the proxy on another day.
    fn on(&mut self, day: &str) {
        self.clock.set(&format!("{day} 12:00:00"));
        self.proxy.restart();
    }

    /// Sends a stamp and returns the one in the response.
    #[track_caller]
    fn send(&self, stamp: &str) -> Option<String> {
        issued_stamp(&self.proxy.get("/visit", &[&header_line(stamp)]))
    }

    /// What `/privacy` shows of a stamp.
    fn shown(&self, stamp: &str) -> String {
        let page = self.proxy.get("/privacy", &["Accept: text/html", &cookie_line(stamp)]).text();
        let found =
            regex::Regex::new(r#"<div class="clause" id="own-stamp">([^<]*)</div>"#).unwrap().captures(&page).unwrap();
        found[1].to_owned()
    }
}

fn active(list: &[(&str, &str, i64)]) -> BTreeMap<[String; 3], i64> {
    list.iter().map(|(day, gap, n)| ([*day, MAIN, *gap].map(str::to_owned), *n)).collect()
}

fn retention(list: &[(&str, &str, i64)]) -> BTreeMap<[String; 3], i64> {
    list.iter().map(|(cohort, age, n)| ([*cohort, *age, MAIN].map(str::to_owned), *n)).collect()
}

#[test]
#[ignore = "needs faketime"]
fn a_returning_visitor_is_counted_with_gap_and_age() {
    let mut calendar = Calendar::new("2026-03-05");
    let mut stamp = confirmed(&calendar.proxy);
    for day in ["2026-03-06", "2026-03-12", "2026-04-04", "2026-05-19"] {
        calendar.on(day);
        let next = calendar.send(&stamp).expect("a successor");
        let (was, is) = (DecodedStamp::decode(&stamp), DecodedStamp::decode(&next));
        assert!(!is.provisional && !is.anonymous && is.serial != was.serial, "{day}: {is:?}");
        assert_eq!(date(is.last), day);
        for _ in 0..2 {
            assert_eq!(calendar.send(&stamp).as_ref(), Some(&next), "{day}: a replay");
        }
        assert_no_stamp(day, &calendar.proxy.get("/", &[&cookie_line(&next)]));
        stamp = next;
    }
    // Gaps of 1, 6 and 23 days, and of 45 days, which count as 30 or more.
    let days = [
        ("2026-03-05", "0", 1),
        ("2026-03-06", "1", 1),
        ("2026-03-12", "6", 1),
        ("2026-04-04", "23", 1),
        ("2026-05-19", "30", 1),
    ];
    assert_eq!(calendar.proxy.active(), active(&days));
    let ages = ["0", "1", "7", "30"].map(|age| ("2026-03-05", age, 1));
    assert_eq!(calendar.proxy.retention(), retention(&ages));
}

#[test]
#[ignore = "needs faketime"]
fn concurrent_requests_on_the_next_day_count_once() {
    let mut calendar = Calendar::for_many("2026-03-05");
    let stamp = confirmed(&calendar.proxy);
    calendar.on("2026-03-06");
    let stamps: Vec<Option<String>> = std::thread::scope(|scope| {
        let asking: Vec<_> = (0..16).map(|_| scope.spawn(|| calendar.send(&stamp))).collect();
        asking.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(stamps[0].is_some() && stamps.iter().all(|one| *one == stamps[0]), "{stamps:?}");
    assert_eq!(calendar.proxy.active(), active(&[("2026-03-05", "0", 1), ("2026-03-06", "1", 1)]));
    assert_eq!(
        (calendar.proxy.visits_with_outcome("returned"), calendar.proxy.visits_with_outcome("repeated")),
        (1, 15)
    );
}

/// Under Global Privacy Control, gap and age are counted, and stamps of the same days are equal.
#[test]
#[ignore = "needs faketime"]
fn a_stamp_without_a_serial_is_counted_as_returning() {
    let mut calendar = Calendar::new("2026-03-05");
    let gpc = "Sec-GPC: 1";
    let send =
        |calendar: &Calendar, stamp: &str| issued_stamp(&calendar.proxy.get("/", &[gpc, &cookie_line(stamp)])).unwrap();
    let first = issued_stamp(&calendar.proxy.get("/", &[gpc])).unwrap();
    let born = send(&calendar, &first);
    calendar.on("2026-03-06");
    let [one, other] = [0, 1].map(|_| send(&calendar, &born));
    assert_eq!(one, other);
    let decoded = DecodedStamp::decode(&one);
    assert!(decoded.anonymous && decoded.serial == [0; 8] && date(decoded.cohort) == "2026-03-05", "{decoded:?}");
    assert_eq!(calendar.proxy.active(), active(&[("2026-03-05", "0", 1), ("2026-03-06", "1", 2)]));
    assert_eq!(calendar.proxy.retention(), retention(&[("2026-03-05", "0", 1), ("2026-03-05", "1", 2)]));
}

#[test]
#[ignore = "needs faketime"]
fn a_provisional_stamp_counts_as_new_on_the_day_it_is_returned() {
    let mut calendar = Calendar::new("2026-03-05");
    let first = provisional(&calendar.proxy);
    calendar.on("2026-03-08");
    let decoded = DecodedStamp::decode(&calendar.send(&first).unwrap());
    assert_eq!((date(decoded.cohort), date(decoded.last)), ("2026-03-08".to_owned(), "2026-03-08".to_owned()));
    assert_eq!(calendar.proxy.active(), active(&[("2026-03-08", "0", 1)]));
    assert_eq!(calendar.proxy.retention(), retention(&[("2026-03-08", "0", 1)]));
}

/// 5 March 2026 is a Thursday.
#[test]
#[ignore = "needs faketime"]
fn cohorts_become_coarser_with_age_and_the_owner_sees_it() {
    let mut calendar = Calendar::new("2026-03-05");
    let mut stamp = confirmed(&calendar.proxy);
    let days = [
        ("2026-04-04", "2026-03-05", "on 5 March 2026"),
        ("2026-04-05", "2026-03-02", "in the week starting 2 March 2026"),
        ("2026-06-01", "2026-03-02", "in the week starting 2 March 2026"),
        ("2026-08-30", "2026-03-02", "in the week starting 2 March 2026"),
        ("2026-09-05", "2026-03-01", "in the month starting 1 March 2026"),
        ("2027-03-20", "2026-03-01", "in the month starting 1 March 2026"),
    ];
    for (day, cohort, words) in days {
        calendar.on(day);
        stamp = calendar.send(&stamp).unwrap_or_else(|| panic!("{day}: a successor"));
        let decoded = DecodedStamp::decode(&stamp);
        assert_eq!(
            (decoded.provisional, date(decoded.cohort).as_str(), date(decoded.last).as_str()),
            (false, cohort, day)
        );
        let shown = calendar.shown(&stamp);
        assert!(shown.contains(&format!("your first visit was {words}")), "{shown}");
    }
    let ages: Vec<String> = calendar.proxy.retention().into_keys().map(|[_, age, _]| age).collect();
    assert_eq!(ages, ["0", "30"], "coarse cohorts are not counted by age");
    // It expires thirteen months after 5 March 2026, even though the cohort is now only a month.
    calendar.on("2027-04-05");
    assert!(calendar.shown(&stamp).contains("invalid or has expired"));
    let before = visitors(&calendar.proxy);
    let anew = calendar.send(&stamp).expect("a first stamp again");
    assert!(DecodedStamp::decode(&anew).provisional, "{:?}", DecodedStamp::decode(&anew));
    assert_eq!((visitors(&calendar.proxy), calendar.proxy.visits_with_outcome("ended")), (before, 1));
    calendar.send(&anew).unwrap();
    assert_eq!(calendar.proxy.active().get(&["2027-04-05", MAIN, "0"].map(str::to_owned)), Some(&1));
}

#[test]
#[ignore = "needs faketime"]
fn a_stamp_is_valid_after_a_year_without_a_visit_and_then_expires() {
    let mut calendar = Calendar::new("2026-03-05");
    let stamp = confirmed(&calendar.proxy);
    for day in ["2026-06-01", "2026-11-01"] {
        calendar.on(day); // meanwhile keys are rotated
    }
    calendar.on("2027-04-01");
    let next = calendar.send(&stamp).unwrap();
    assert_eq!((DecodedStamp::decode(&next).provisional, visitors(&calendar.proxy)), (false, 2));
    assert_eq!(calendar.proxy.active().get(&["2027-04-01", MAIN, "30"].map(str::to_owned)), Some(&1));
    calendar.on("2027-04-05");
    assert!(DecodedStamp::decode(&calendar.send(&stamp).unwrap()).provisional);
    assert_eq!(visitors(&calendar.proxy), 2);
}

#[test]
#[ignore = "needs faketime"]
fn a_proxy_that_runs_past_midnight_starts_a_new_day() {
    let calendar = Calendar::new("2026-03-05");
    let stamp = confirmed(&calendar.proxy);
    assert_eq!(calendar.send(&stamp), None);
    let mut held = stamp;
    for (number, day) in [(1, "2026-03-06"), (2, "2026-03-07")] {
        calendar.clock.set(&format!("{day} 00:00:10"));
        wait_for("the keys of the new day", || {
            (calendar.proxy.stderr().matches("event=keys_rotated").count() >= number).then_some(())
        });
        let next = calendar.send(&held).expect("a successor");
        assert_eq!(calendar.send(&held).as_ref(), Some(&next), "a replay");
        assert_eq!(calendar.send(&next), None);
        held = next;
    }
    let days = [("2026-03-05", "0", 1), ("2026-03-06", "1", 1), ("2026-03-07", "1", 1)];
    assert_eq!(calendar.proxy.active(), active(&days));
}

/// Clocks of nodes differ around midnight, and a clock may be set back.
#[test]
#[ignore = "needs faketime"]
fn a_stamp_from_tomorrow_is_kept_and_one_from_later_does_not_count_as_new() {
    let mut calendar = Calendar::new("2026-03-05");
    let stamp = confirmed(&calendar.proxy);
    calendar.on("2026-03-04");
    assert_eq!(calendar.send(&stamp), None);
    calendar.on("2026-03-02");
    let before = visitors(&calendar.proxy);
    if let Some(next) = calendar.send(&stamp) {
        assert!(!DecodedStamp::decode(&next).provisional, "{:?}", DecodedStamp::decode(&next));
    }
    assert_eq!(visitors(&calendar.proxy), before);
    assert_eq!(calendar.proxy.active(), active(&[("2026-03-05", "0", 1)]));
}
