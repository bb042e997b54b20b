//! The ring over days, steps of the clock, and damage.

use super::*;

fn ring(folder: &tempfile::TempDir) -> KeyRing {
    KeyRing::new(&folder.path().join("keys"), Duration::from_secs(3_600))
}

/// Noon of a day.
fn day(day: u64) -> Time {
    Time(day * DAY_SECONDS + DAY_SECONDS / 2)
}

fn text(folder: &tempfile::TempDir) -> String {
    fs::read_to_string(folder.path().join("keys")).unwrap()
}

#[test]
fn keys_are_made_once_kept_and_rotated() {
    let folder = tempfile::tempdir().unwrap();
    let first = ring(&folder).advance(day(20_000)).unwrap();
    let written = text(&folder);
    assert_eq!((first.opening().count(), written.lines().count()), (1, 4));
    assert_eq!(fs::metadata(folder.path().join("keys")).unwrap().permissions().mode() & 0o777, 0o600);

    ring(&folder).advance(day(20_000)).unwrap();
    assert_eq!(text(&folder), written, "a restart changes nothing");

    let second = ring(&folder).advance(day(20_001)).unwrap();
    assert_eq!(second.opening().map(|key| key.id).collect::<Vec<_>>(), [low_byte(Day(20_001)), low_byte(Day(20_000))]);
    let yesterday = written.lines().find(|line| line.starts_with("pseudonym")).unwrap();
    assert!(!text(&folder).contains(yesterday), "yesterday's pseudonym key is gone");
    assert_ne!(first.pseudonym.hmac(&[b"x"]), second.pseudonym.hmac(&[b"x"]));

    let third = ring(&folder).advance(day(20_010)).unwrap();
    assert_eq!(third.opening().count(), 1, "keys past every token's life are dropped");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing stands beside the ring");
}

#[test]
fn a_clock_that_steps_back_keeps_the_newest_keys() {
    let folder = tempfile::tempdir().unwrap();
    ring(&folder).advance(day(20_001)).unwrap();
    let written = text(&folder);
    let before_midnight = Time(20_001 * DAY_SECONDS - 60);
    assert_eq!(ring(&folder).advance(before_midnight).unwrap().day, Day(20_001));
    assert_eq!(text(&folder), written);
    assert_eq!(ring(&folder).advance(day(20_000)).unwrap().day, Day(20_000), "a pseudonym must not live for two days");
    assert_eq!(ring(&folder).advance(day(19_990)).unwrap().day, Day(19_990), "made under a wrong clock");
}

#[test]
fn stamps_have_a_key_for_four_weeks_made_a_week_ahead_and_kept_for_their_life() {
    let folder = tempfile::tempdir().unwrap();
    let mut kept: Vec<String> = Vec::new();
    for today in 20_000..20_900 {
        let keys = ring(&folder).advance(day(today)).unwrap();
        let from: Vec<u64> = keys.visit.iter().map(|key| key.from.0.into()).collect();
        let newest = 20_000 + (today - 20_000 + u64::from(VISIT_KEY_LEAD)) / 28 * 28;
        assert_eq!(from[0], newest, "on day {today}");
        assert!(from.windows(2).all(|pair| pair[0] == pair[1] + 28));
        let longest = today.saturating_sub(visit_stamp::LONGEST_LIFE.into()).max(20_000);
        assert!(*from.last().unwrap() <= longest, "a stamp of day {longest} has its key on day {today}");
        assert!(from.len() <= VISIT_KEYS);
        let lines: Vec<String> =
            text(&folder).lines().filter(|line| line.starts_with("visit")).map(str::to_owned).collect();
        let newer = lines.iter().filter(|line| !kept.contains(line)).count();
        assert!(newer <= 1, "keys stay the same");
        kept = lines;
    }
}

#[test]
fn a_clock_that_was_wrong_for_a_moment_costs_no_stamp() {
    let folder = tempfile::tempdir().unwrap();
    for today in (20_000..20_500).step_by(5) {
        ring(&folder).advance(day(today)).unwrap();
    }
    let froms = |today| {
        let keys = ring(&folder).advance(day(today)).unwrap().visit;
        keys.iter().map(|key| (key.from.0, key.hmac(&[b"x"]))).collect::<Vec<_>>()
    };
    let right = |keys: Vec<_>| keys.into_iter().filter(|(from, _)| (20_000..21_000).contains(from)).collect::<Vec<_>>();
    let before = froms(20_500);
    assert_eq!(before.len(), VISIT_KEYS);
    for back in [0, 1, 19_000, 20_470] {
        froms(back);
        assert_eq!(right(froms(20_500)), before, "the clock said {back}");
    }
    froms(40_000);
    let mut after = right(froms(20_501));
    assert_eq!(after, before[..VISIT_KEYS - 1], "the oldest at most");
    for today in (20_501..20_600).step_by(5) {
        after = froms(today);
    }
    assert_eq!(after[0].0, 20_588, "keys go on to change");
}

#[test]
fn a_ring_that_began_under_a_wrong_clock_goes_on_with_the_right_one() {
    for wrong in [0, 40_000] {
        let folder = tempfile::tempdir().unwrap();
        ring(&folder).advance(day(wrong)).unwrap();
        let keys = ring(&folder).advance(day(20_000)).unwrap().visit;
        assert!(keys.iter().any(|key| key.from == Day(20_000)), "{wrong}");
        let keys = ring(&folder).advance(day(20_028)).unwrap().visit;
        assert!(keys.iter().any(|key| key.from == Day(20_028)), "{wrong}");
    }
}

#[test]
fn a_damaged_or_exposed_ring_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    ring(&folder).advance(day(20_000)).unwrap();
    let path = folder.path().join("keys");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(ring(&folder).advance(day(20_000)), Err(RingError::Exposed(0o644))));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    for damage in ["click 20000 00\n", "click x aa\n", "\u{1}\n", "visit 1 00\n", "forget 1 00\n"] {
        fs::write(&path, format!("\n{damage}")).unwrap();
        assert!(matches!(ring(&folder).advance(day(20_000)), Err(RingError::BadLine(2))), "{damage:?}");
        assert_eq!(text(&folder), format!("\n{damage}"));
    }
}

#[test]
fn processes_that_share_a_ring_end_with_the_same_keys() {
    for _ in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let advance = || ring(&folder).advance(day(20_000)).map(|keys| (keys.visit, keys.pseudonym));
        let advance = || advance().map(|(visit, pseudonym)| (visit[0].hmac(&[b"x"]), pseudonym.hmac(&[b"x"])));
        let keys: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(advance)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap().unwrap()).collect()
        });
        assert!(keys.windows(2).all(|pair| pair[0] == pair[1]));
    }
}
