//! Rotation over days, clock errors, damaged files and shared rings.

use super::*;
use crate::time::Day;
use crate::tokens::key_ring::description::KeyState;
use crate::tokens::key_ring::rotation::{MAX_KEYS_OF_DAY, MAX_VISIT_KEYS, VISIT_KEY_LEAD_DAYS};
use crate::tokens::keys::low_byte;
use crate::tokens::visit_stamp;

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
    assert_eq!((first.token_keys().count(), written.lines().count()), (2, 5), "today's key and tomorrow's");
    assert_eq!(fs::metadata(folder.path().join("keys")).unwrap().permissions().mode() & 0o777, 0o600);

    ring(&folder).rotate(day(20_000)).unwrap();
    assert_eq!(text(&folder), written, "a restart changes no key");

    let second = ring(&folder).rotate(day(20_001)).unwrap();
    assert_eq!(
        second.token_keys().map(|key| key.id).collect::<Vec<_>>(),
        [low_byte(Day(20_001)), low_byte(Day(20_002)), low_byte(Day(20_000))]
    );
    assert_eq!(second.primary.fingerprint, first.others[0].fingerprint, "the key that was made yesterday");
    let yesterday = written.lines().find(|line| line.starts_with("pseudonym")).unwrap();
    assert!(!text(&folder).contains(yesterday), "yesterday's pseudonym key is deleted");
    assert_ne!(first.pseudonym.hmac(&[b"x"]), second.pseudonym.hmac(&[b"x"]));

    let third = ring(&folder).rotate(day(20_010)).unwrap();
    let ids: Vec<u8> = third.token_keys().map(|key| key.id).collect();
    assert_eq!(ids, [20_010, 20_011, 20_002].map(|day| low_byte(Day(day))), "keys of expired tokens are deleted");
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

fn fingerprints(keys: &KeySet) -> Vec<u32> {
    keys.token_keys().map(|key| key.fingerprint).collect()
}

#[test]
fn a_key_that_was_asked_for_seals_after_its_lead_and_the_others_still_open() {
    let folder = tempfile::tempdir().unwrap();
    let noon = day(20_000);
    let before = ring(&folder).rotate(noon).unwrap();
    let known = ring(&folder).describe(noon).unwrap();
    let added = ring(&folder).add_sealing_key(|| noon, Duration::from_secs(120)).unwrap();
    assert_eq!((added.since, added.state), (Time(noon.0 + 120), KeyState::Waits));

    let at = |seconds| ring(&folder).rotate(Time(noon.0 + seconds)).unwrap();
    let (waiting, sealing) = (at(119), at(120));
    assert_eq!(waiting.primary.fingerprint, before.primary.fingerprint);
    assert_eq!(waiting.next_primary_at, Some(added.since));
    assert!(fingerprints(&waiting).contains(&added.fingerprint), "a node that is ahead seals with it already");
    assert_eq!(sealing.primary.fingerprint, added.fingerprint);
    assert!(fingerprints(&sealing).contains(&before.primary.fingerprint));
    assert_eq!(sealing.next_primary_at, Some(Time(20_001 * DAY_SECONDS)));
    // Whoever has read the ring before knows tomorrow's key, so there is another.
    let next = |keys: &[KeyDescription]| {
        keys.iter()
            .find(|key| key.since == Time(20_001 * DAY_SECONDS) && key.key_use == KeyUse::Click)
            .unwrap()
            .fingerprint
    };
    assert_ne!(next(&known), next(&ring(&folder).describe(noon).unwrap()));

    let tomorrow = ring(&folder).rotate(day(20_001)).unwrap();
    assert_ne!(tomorrow.primary.fingerprint, added.fingerprint);
    assert!(fingerprints(&tomorrow).contains(&added.fingerprint));
    let gone = ring(&folder).rotate(day(20_009)).unwrap();
    assert!(!fingerprints(&gone).contains(&added.fingerprint), "it ends with the keys of its day");
}

#[test]
fn a_key_never_seals_before_all_keys_that_were_read_a_day_before_can_open_it() {
    // A node reads the ring now and then, at the latest a day ago; another seals with what it has just read.
    let folder = tempfile::tempdir().unwrap();
    let mut read = Vec::new();
    for hour in 0..24 * 30_u64 {
        let now = Time(20_000 * DAY_SECONDS + hour * 3_600 + 7);
        if hour % 13 == 5 {
            ring(&folder).add_sealing_key(|| now, Duration::from_secs(3_600)).unwrap();
        }
        let keys = ring(&folder).rotate(now).unwrap();
        read.push(fingerprints(&keys));
        let an_hour_ago = &read[read.len().saturating_sub(2)];
        assert!(an_hour_ago.contains(&keys.primary.fingerprint), "hour {hour}");
    }
}

#[test]
fn describes_keys_and_not_their_bytes() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(ring(&folder).describe(day(20_000)), Err(KeyRingError::Missing)));
    assert!(matches!(ring(&folder).add_sealing_key(|| day(20_000), Duration::ZERO), Err(KeyRingError::Missing)));
    ring(&folder).rotate(day(19_999)).unwrap();
    ring(&folder).rotate(day(20_000)).unwrap();
    ring(&folder).add_sealing_key(|| day(20_000), Duration::ZERO).unwrap();
    let keys = ring(&folder).describe(day(20_000)).unwrap();
    let states: Vec<_> = keys.iter().map(|key| (key.key_use, key.state, key.since.0 / DAY_SECONDS)).collect();
    assert_eq!(
        states,
        [
            (KeyUse::Click, KeyState::Waits, 20_001),
            (KeyUse::Click, KeyState::Seals, 20_000),
            (KeyUse::Click, KeyState::Opens, 20_000),
            (KeyUse::Click, KeyState::Opens, 19_999),
            (KeyUse::Pseudonym, KeyState::Seals, 20_000),
            (KeyUse::Visit, KeyState::Seals, 19_999),
            (KeyUse::Release, KeyState::Seals, 19_999),
        ]
    );
    for key in &keys {
        let printed = format!("{:08x}", key.fingerprint);
        assert!(!text(&folder).contains(&printed), "a fingerprint is no part of a key");
    }
    assert_eq!(keys[1].until, Some(Time(20_009 * DAY_SECONDS)), "a day for the tokens, and seven");
}

#[test]
fn one_day_has_a_bounded_number_of_keys() {
    let folder = tempfile::tempdir().unwrap();
    ring(&folder).rotate(day(20_000)).unwrap();
    for number in 1..40 {
        let added = ring(&folder).add_sealing_key(|| Time(day(20_000).0 + number), Duration::ZERO);
        assert_eq!(added.is_ok(), usize::try_from(number).unwrap() < MAX_KEYS_OF_DAY, "{added:?}");
    }
    assert!(ring(&folder).add_sealing_key(|| day(20_001), Duration::ZERO).is_ok());
}

#[test]
fn reads_what_it_writes_and_rejects_other_beginnings() {
    let folder = tempfile::tempdir().unwrap();
    ring(&folder).rotate(day(20_000)).unwrap();
    ring(&folder).add_sealing_key(|| day(20_000), Duration::from_secs(5)).unwrap();
    assert!(text(&folder).contains("click 20000@43205 "), "{}", text(&folder));
    let hex = "0".repeat(64);
    for line in [
        format!("click 20000@86400 {hex}"),
        format!("click 20000@ {hex}"),
        format!("click 20000@-1 {hex}"),
        format!("click 20000@1@2 {hex}"),
        format!("pseudonym 20000@5 {hex}"),
        format!("visit 20000@5 {hex}"),
    ] {
        assert!(KeyEntry::parse(line.as_bytes()).is_none(), "{line}");
    }
}

#[test]
fn many_rotations_at_once_lose_no_key() {
    let folder = tempfile::tempdir().unwrap();
    ring(&folder).rotate(day(20_000)).unwrap();
    let add = || ring(&folder).add_sealing_key(|| day(20_000), Duration::from_secs(9)).unwrap().fingerprint;
    let added: Vec<u32> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(add)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let keys = ring(&folder).rotate(day(20_000)).unwrap();
    assert!(added.iter().all(|key| fingerprints(&keys).contains(key)));
}

/// A folder with the name of the temporary file stops even root from replacing the ring.
#[test]
fn a_ring_that_cannot_be_written_gives_another_pseudonym_key_each_day() {
    let folder = tempfile::tempdir().unwrap();
    let first = ring(&folder).rotate(day(20_000)).unwrap();
    let (blocked, stored) = (folder.path().join("keys.part"), text(&folder));
    std::fs::create_dir(&blocked).unwrap();
    let pseudonym = |keys: &KeySet| keys.pseudonym.hmac(&[b"x"]);
    let mut seen = vec![pseudonym(&first)];
    for number in 20_001..20_004 {
        assert!(ring(&folder).rotate(day(number)).is_err());
        let keys = ring(&folder).keys_in_memory(day(number)).unwrap();
        assert_eq!(keys.day, Day(u32::try_from(number).unwrap()));
        assert!(!seen.contains(&pseudonym(&keys)));
        seen.push(pseudonym(&keys));
        let sealing = keys.primary.fingerprint;
        assert!(first.token_keys().any(|key| key.fingerprint == sealing), "a key that is in the file");
    }
    assert_eq!(text(&folder), stored);
    std::fs::remove_dir(&blocked).unwrap();
    assert!(!seen.contains(&pseudonym(&ring(&folder).rotate(day(20_004)).unwrap())));
}
