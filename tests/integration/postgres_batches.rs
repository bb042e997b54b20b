//! What a delivery to PostgreSQL contains: the counts of many events, or of an hour that has ended.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::postgres::{postgres_config, search_and_click};
use crate::postgres_faults::waiting;
use qsproxy_test_support::fake_clock::FakeClock;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::postgres::PostgresProcess;
use qsproxy_test_support::test_env::sample_results;
use qsproxy_test_support::workdir::Workdir;
use qsproxy_test_support::{wait_for, wait_up_to};

/// The clicks in PostgreSQL, whatever their outcome.
fn clicks_in(server: &PostgresProcess) -> String {
    server.try_query("select coalesce(sum(n), 0) from clicks").map_or("0".to_owned(), |lines| lines[0].clone())
}

/// Its log, with every statement enabled, would tell the moment of each event otherwise.
#[test]
#[ignore = "needs PostgreSQL and faketime"]
fn few_events_are_delivered_at_the_end_of_the_hour_and_many_at_once() {
    let (partner, server) = (MockPartner::json(sample_results()), PostgresProcess::start());
    let config = postgres_config(&partner, &server.url()).with("counts", "k", "10");
    // Half a minute before the hour ends.
    let clock = FakeClock::starting_at("2026-03-05 12:59:25");
    let workdir: Arc<Workdir> = Workdir::with_env_vars(&config.text(), &clock.env_vars_read_once());
    let started = Instant::now();
    let proxy = workdir.start();
    let few = search_and_click(&proxy, "q=few");
    assert!((2..10).contains(&few), "{few} clicks and one search");
    wait_for("the counts in the spool", || (waiting(&workdir) > 0).then_some(()));
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(clicks_in(&server), "0", "after {:?}", started.elapsed());
    assert!(started.elapsed() < Duration::from_secs(30), "too slow to tell: {:?}", started.elapsed());
    wait_up_to(Duration::from_secs(60), "the end of the hour", || {
        (clicks_in(&server) == few.to_string()).then_some(())
    });
    assert!(started.elapsed() > Duration::from_secs(33), "{:?}", started.elapsed());
    let mut all = few;
    while all < few + 10 {
        all += search_and_click(&proxy, "q=many");
    }
    wait_for("many events", || (clicks_in(&server).parse::<usize>().unwrap() >= few + 10).then_some(()));
}

/// A node that never runs at the turn of an hour keeps nothing: a start delivers what is of an earlier hour, and nothing of its own.
#[test]
#[ignore = "needs PostgreSQL and faketime"]
fn few_events_of_an_earlier_hour_are_delivered_at_the_next_start() {
    let (partner, server) = (MockPartner::json(sample_results()), PostgresProcess::start());
    let config = postgres_config(&partner, &server.url()).with("counts", "k", "100");
    let clock = FakeClock::starting_at("2026-03-05 12:20:00");
    let workdir: Arc<Workdir> = Workdir::with_env_vars(&config.text(), &clock.env_vars());
    let few = {
        let mut proxy = workdir.start();
        let few = search_and_click(&proxy, "q=few");
        assert!(proxy.terminate().success());
        few
    };
    for (time, expected) in [("2026-03-05 12:40:00", 0), ("2026-03-05 13:20:00", few)] {
        clock.set(time);
        let mut proxy = workdir.start();
        if expected == 0 {
            // Ten times deliver_every.
            std::thread::sleep(Duration::from_secs(2));
        } else {
            wait_for("the counts", || (clicks_in(&server) == expected.to_string()).then_some(()));
        }
        assert_eq!(clicks_in(&server), expected.to_string(), "{time}");
        assert!(proxy.terminate().success());
    }
}
