//! Rotation over days, clock errors, damaged files and shared rings.

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
fn creates_keeps_and_rotates_keys() {
    let folder = tempfile::tempdir().unwrap();
    let first = ring(&folder).rotate(day(20_000)).unwrap();
    let written = text(&folder);
    assert_eq!((first.token_keys().count(), written.lines().count()), (1, 4));
    assert_eq!(fs::metadata(folder.path().join("keys")).unwrap().permissions().mode() & 0o777, 0o600);

    ring(&folder).rotate(day(20_000)).unwrap();
    assert_eq!(text(&folder), written, "a restart changes no key");

    let second = ring(&folder).rotate(day(20_001)).unwrap();
    assert_eq!(
        second.token_keys().map(|key| key.id).collect::<Vec<_>>(),
        [low_byte(Day(20_001)), low_byte(Day(20_000))]
    );
    let yesterday = written.lines().find(|line| line.starts_with("pseudonym")).unwrap();
    assert!(!text(&folder).contains(yesterday), "yesterday's pseudonym key is deleted");
    assert_ne!(first.pseudonym.hmac(&[b"x"]), second.pseudonym.hmac(&[b"x"]));

    let third = ring(&folder).rotate(day(20_010)).unwrap();
    assert_eq!(third.token_keys().count(), 1, "keys of expired tokens are deleted");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
}

#[test]
fn keeps_the_newest_keys_when_the_clock_is_set_back() {
    let folder = tempfile::tempdir().unwrap();
    ring(&folder).rotate(day(20_001)).unwrap();
    let written = text(&folder);
    let before_midnight = Time(20_001 * DAY_SECONDS - 60);
    assert_eq!(ring(&folder).rotate(before_midnight).unwrap().day, Day(20_001));
    assert_eq!(text(&folder), written);
    assert_eq!(
        ring(&folder).rotate(day(20_000)).unwrap().day,
        Day(20_000),
        "a pseudonym key must not be used for two days"
    );
    assert_eq!(
        ring(&folder).rotate(day(19_990)).unwrap().day,
        Day(19_990),
        "keys made under a wrong clock are deleted"
    );
}

#[test]
fn visit_keys_last_four_weeks_are_created_a_week_early_and_kept_for_the_lifetime_of_a_stamp() {
    let folder = tempfile::tempdir().unwrap();
    let mut kept: Vec<String> = Vec::new();
    for today in 20_000..20_900 {
        let keys = ring(&folder).rotate(day(today)).unwrap();
        let first_days: Vec<u64> = keys.visit.iter().map(|key| key.valid_from.0.into()).collect();
        let newest = 20_000 + (today - 20_000 + u64::from(VISIT_KEY_LEAD_DAYS)) / 28 * 28;
        assert_eq!(first_days[0], newest, "on day {today}");
        assert!(first_days.windows(2).all(|pair| pair[0] == pair[1] + 28));
        let oldest_stamp = today.saturating_sub(visit_stamp::MAX_LIFETIME_DAYS.into()).max(20_000);
        assert!(
            *first_days.last().unwrap() <= oldest_stamp,
            "a stamp of day {oldest_stamp} has its key on day {today}"
        );
        assert!(first_days.len() <= MAX_VISIT_KEYS);
        let lines: Vec<String> =
            text(&folder).lines().filter(|line| line.starts_with("visit")).map(str::to_owned).collect();
        let added = lines.iter().filter(|line| !kept.contains(line)).count();
        assert!(added <= 1, "existing keys do not change");
        kept = lines;
    }
}

#[test]
fn a_brief_clock_error_invalidates_no_stamp() {
    let folder = tempfile::tempdir().unwrap();
    for today in (20_000..20_500).step_by(5) {
        ring(&folder).rotate(day(today)).unwrap();
    }
    let rotate = |today| {
        let keys = ring(&folder).rotate(day(today)).unwrap().visit;
        keys.iter().map(|key| (key.valid_from.0, key.hmac(&[b"x"]))).collect::<Vec<_>>()
    };
    let with_plausible_day =
        |keys: Vec<_>| keys.into_iter().filter(|(from, _)| (20_000..21_000).contains(from)).collect::<Vec<_>>();
    let before = rotate(20_500);
    assert_eq!(before.len(), MAX_VISIT_KEYS);
    for wrong_day in [0, 1, 19_000, 20_470] {
        rotate(wrong_day);
        assert_eq!(with_plausible_day(rotate(20_500)), before, "after day {wrong_day}");
    }
    rotate(40_000);
    let mut after = with_plausible_day(rotate(20_501));
    assert_eq!(after, before[..MAX_VISIT_KEYS - 1], "at most the oldest is evicted");
    for today in (20_501..20_600).step_by(5) {
        after = rotate(today);
    }
    assert_eq!(after[0].0, 20_588, "rotation continues");
}

#[test]
fn a_ring_created_under_a_wrong_clock_continues_under_the_right_one() {
    for wrong in [0, 40_000] {
        let folder = tempfile::tempdir().unwrap();
        ring(&folder).rotate(day(wrong)).unwrap();
        let keys = ring(&folder).rotate(day(20_000)).unwrap().visit;
        assert!(keys.iter().any(|key| key.valid_from == Day(20_000)), "{wrong}");
        let keys = ring(&folder).rotate(day(20_028)).unwrap().visit;
        assert!(keys.iter().any(|key| key.valid_from == Day(20_028)), "{wrong}");
    }
}

#[test]
fn rejects_a_damaged_or_exposed_file_and_leaves_it_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    ring(&folder).rotate(day(20_000)).unwrap();
    let path = folder.path().join("keys");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(ring(&folder).rotate(day(20_000)), Err(KeyRingError::InsecureMode(0o644))));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    for damage in ["click 20000 00\n", "click x aa\n", "\u{1}\n", "visit 1 00\n", "forget 1 00\n"] {
        fs::write(&path, format!("\n{damage}")).unwrap();
        assert!(matches!(ring(&folder).rotate(day(20_000)), Err(KeyRingError::MalformedLine(2))), "{damage:?}");
        assert_eq!(text(&folder), format!("\n{damage}"));
    }
}

#[test]
fn processes_that_share_a_ring_have_the_same_keys() {
    for _ in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let rotate = || ring(&folder).rotate(day(20_000)).map(|keys| (keys.visit, keys.pseudonym));
        let rotate = || rotate().map(|(visit, pseudonym)| (visit[0].hmac(&[b"x"]), pseudonym.hmac(&[b"x"])));
        let keys: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(rotate)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap().unwrap()).collect()
        });
        assert!(keys.windows(2).all(|pair| pair[0] == pair[1]));
    }
}
