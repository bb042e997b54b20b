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

/// A program under a clock of its own.
struct Calendar {
    clock: FakeClock,
    proxy: Proxy,
    partner: MockPartner,
}

impl Calendar {
    fn new(day: &str) -> Calendar {
        Calendar::with(day, |clock| clock.env_vars())
    }

    /// For many requests at once: the clock is set by [`Calendar::on`] alone.
    fn for_many(day: &str) -> Calendar {
        Calendar::with(day, |clock| clock.env_vars_read_once())
    }

    fn with(day: &str, environment: fn(&FakeClock) -> Vec<(&str, &str)>) -> Calendar {
        let clock = FakeClock::starting_at(&format!("{day} 12:00:00"));
        let partner = MockPartner::json(sample_results());
        let workdir: Arc<Workdir> = Workdir::with_env_vars(&ConfigBuilder::new(&partner).text(), &environment(&clock));
        Calendar { proxy: workdir.start(), clock, partner }
    }

    /// The program started again on another day.
    fn on(&mut self, day: &str) {
        self.clock.set(&format!("{day} 12:00:00"));
        self.proxy.restart();
    }

    /// Brings a stamp, and gives the one that comes back.
    #[track_caller]
    fn bring(&self, stamp: &str) -> Option<String> {
        issued_stamp(&self.proxy.get("/visit", &[&header_line(stamp)]))
    }

    /// What `/privacy` says of it.
    fn told(&self, stamp: &str) -> String {
        let page = self.proxy.get("/privacy", &["Accept: text/html", &cookie_line(stamp)]).text();
        let found = regex::Regex::new(r"<p[^>]*>([^<]*sent a stamp[^<]*)</p>").unwrap().captures(&page).unwrap();
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
fn who_comes_back_is_counted_with_gap_and_age() {
    let mut calendar = Calendar::new("2026-03-05");
    let mut stamp = confirmed(&calendar.proxy);
    for day in ["2026-03-06", "2026-03-12", "2026-04-04", "2026-05-19"] {
        calendar.on(day);
        let next = calendar.bring(&stamp).expect("a successor");
        let (was, is) = (DecodedStamp::decode(&stamp), DecodedStamp::decode(&next));
        assert!(!is.provisional && !is.anonymous && is.serial != was.serial, "{day}: {is:?}");
        assert_eq!(date(is.last), day);
        for _ in 0..2 {
            assert_eq!(calendar.bring(&stamp).as_ref(), Some(&next), "{day}: a replay");
        }
        assert_no_stamp(day, &calendar.proxy.get("/", &[&cookie_line(&next)]));
        stamp = next;
    }
    // One day, six, 23; and 45, which count as 30 or more.
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
fn parallel_returns_of_the_next_day_are_one() {
    let mut calendar = Calendar::for_many("2026-03-05");
    let stamp = confirmed(&calendar.proxy);
    calendar.on("2026-03-06");
    let stamps: Vec<Option<String>> = std::thread::scope(|scope| {
        let asking: Vec<_> = (0..16).map(|_| scope.spawn(|| calendar.bring(&stamp))).collect();
        asking.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(stamps[0].is_some() && stamps.iter().all(|one| *one == stamps[0]), "{stamps:?}");
    assert_eq!(calendar.proxy.active(), active(&[("2026-03-05", "0", 1), ("2026-03-06", "1", 1)]));
    assert_eq!(
        (calendar.proxy.visits_with_outcome("returned"), calendar.proxy.visits_with_outcome("repeated")),
        (1, 15)
    );
}

/// Under Global Privacy Control gap and age are known as well, and nobody can be told from another.
#[test]
#[ignore = "needs faketime"]
fn who_has_no_serial_comes_back_as_well() {
    let mut calendar = Calendar::new("2026-03-05");
    let gpc = "Sec-GPC: 1";
    let bring =
        |calendar: &Calendar, stamp: &str| issued_stamp(&calendar.proxy.get("/", &[gpc, &cookie_line(stamp)])).unwrap();
    let first = issued_stamp(&calendar.proxy.get("/", &[gpc])).unwrap();
    let born = bring(&calendar, &first);
    calendar.on("2026-03-06");
    let [one, other] = [0, 1].map(|_| bring(&calendar, &born));
    assert_eq!(one, other);
    let said = DecodedStamp::decode(&one);
    assert!(said.anonymous && said.serial == [0; 8] && date(said.cohort) == "2026-03-05", "{said:?}");
    assert_eq!(calendar.proxy.active(), active(&[("2026-03-05", "0", 1), ("2026-03-06", "1", 2)]));
    assert_eq!(calendar.proxy.retention(), retention(&[("2026-03-05", "0", 1), ("2026-03-05", "1", 2)]));
}

#[test]
#[ignore = "needs faketime"]
fn a_first_stamp_that_comes_back_later_is_a_birth_of_that_day() {
    let mut calendar = Calendar::new("2026-03-05");
    let first = provisional(&calendar.proxy);
    calendar.on("2026-03-08");
    let said = DecodedStamp::decode(&calendar.bring(&first).unwrap());
    assert_eq!((date(said.cohort), date(said.last)), ("2026-03-08".to_owned(), "2026-03-08".to_owned()));
    assert_eq!(calendar.proxy.active(), active(&[("2026-03-08", "0", 1)]));
    assert_eq!(calendar.proxy.retention(), retention(&[("2026-03-08", "0", 1)]));
}

/// The fifth of March 2026 is a Thursday.
#[test]
#[ignore = "needs faketime"]
fn cohorts_grow_coarser_with_age_and_their_owner_is_told() {
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
        stamp = calendar.bring(&stamp).unwrap_or_else(|| panic!("{day}: a successor"));
        let said = DecodedStamp::decode(&stamp);
        assert_eq!((said.provisional, date(said.cohort).as_str(), date(said.last).as_str()), (false, cohort, day));
        let told = calendar.told(&stamp);
        assert!(told.contains(&format!("your first visit was {words}")), "{told}");
    }
    let ages: Vec<String> = calendar.proxy.retention().into_keys().map(|[_, age, _]| age).collect();
    assert_eq!(ages, ["0", "30"], "of coarse cohorts no age is counted");
    // Thirteen months after the fifth of March 2026 it has ended, whatever is left of it.
    calendar.on("2027-04-05");
    assert!(calendar.told(&stamp).contains("invalid or has expired"));
    let before = visitors(&calendar.proxy);
    let anew = calendar.bring(&stamp).expect("a first stamp again");
    assert!(DecodedStamp::decode(&anew).provisional, "{:?}", DecodedStamp::decode(&anew));
    assert_eq!((visitors(&calendar.proxy), calendar.proxy.visits_with_outcome("ended")), (before, 1));
    calendar.bring(&anew).unwrap();
    assert_eq!(calendar.proxy.active().get(&["2027-04-05", MAIN, "0"].map(str::to_owned)), Some(&1));
}

#[test]
#[ignore = "needs faketime"]
fn a_stamp_kept_for_a_year_without_a_visit_comes_back_and_then_ends() {
    let mut calendar = Calendar::new("2026-03-05");
    let stamp = confirmed(&calendar.proxy);
    for day in ["2026-06-01", "2026-11-01"] {
        calendar.on(day); // keys come and go meanwhile
    }
    calendar.on("2027-04-01");
    let next = calendar.bring(&stamp).unwrap();
    assert_eq!((DecodedStamp::decode(&next).provisional, visitors(&calendar.proxy)), (false, 2));
    assert_eq!(calendar.proxy.active().get(&["2027-04-01", MAIN, "30"].map(str::to_owned)), Some(&1));
    calendar.on("2027-04-05");
    assert!(DecodedStamp::decode(&calendar.bring(&stamp).unwrap()).provisional);
    assert_eq!(visitors(&calendar.proxy), 2);
}

#[test]
#[ignore = "needs faketime"]
fn a_program_that_runs_over_midnight_begins_a_new_day() {
    let calendar = Calendar::new("2026-03-05");
    let stamp = confirmed(&calendar.proxy);
    assert_eq!(calendar.bring(&stamp), None);
    let mut held = stamp;
    for (number, day) in [(1, "2026-03-06"), (2, "2026-03-07")] {
        calendar.clock.set(&format!("{day} 00:00:10"));
        wait_for("the keys of the new day", || {
            (calendar.proxy.stderr().matches("event=keys_rotated").count() >= number).then_some(())
        });
        let next = calendar.bring(&held).expect("a successor");
        assert_eq!(calendar.bring(&held).as_ref(), Some(&next), "a replay");
        assert_eq!(calendar.bring(&next), None);
        held = next;
    }
    let days = [("2026-03-05", "0", 1), ("2026-03-06", "1", 1), ("2026-03-07", "1", 1)];
    assert_eq!(calendar.proxy.active(), active(&days));
}

/// Nodes' clocks differ around midnight, and a clock may be set back.
#[test]
#[ignore = "needs faketime"]
fn a_stamp_of_tomorrow_is_left_alone_and_one_from_further_on_is_nobody_new() {
    let mut calendar = Calendar::new("2026-03-05");
    let stamp = confirmed(&calendar.proxy);
    calendar.on("2026-03-04");
    assert_eq!(calendar.bring(&stamp), None);
    calendar.on("2026-03-02");
    let before = visitors(&calendar.proxy);
    if let Some(next) = calendar.bring(&stamp) {
        assert!(!DecodedStamp::decode(&next).provisional, "{:?}", DecodedStamp::decode(&next));
    }
    assert_eq!(visitors(&calendar.proxy), before);
    assert_eq!(calendar.proxy.active(), active(&[("2026-03-05", "0", 1)]));
}
