//! Visit stamps: what a client holds instead of our holding a record of it (CONTRACT section 5). Not sealed but
//! authenticated: its owner may read it, and only we can make it.
//!
//! 31 bytes, big-endian, as 42 characters of base64url (RFC 4648 section 5, no padding):
//! `version (1) | key (1) | flags (1) | cohort (2) | last active (2) | serial (8) | MAC (16)`. Days are whole UTC days since
//! 1970, which 16 bits hold until 2149. The MAC is HMAC-SHA-256 (RFC 2104), cut to 128 bits as its section 5 allows, over
//! a purpose, the host that the stamp is for, and the 15 bytes before it.

use aws_lc_rs::constant_time;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::time::Day;
use crate::tokens::keys::VisitKey;
use crate::tokens::sealed::InvalidToken;

/// Characters of a stamp.
pub const STAMP_CHARACTERS: usize = 42;

/// The longest that a stamp may live, in days: thirteen months, the most that CNIL's guidelines grant a tracer that
/// measures an audience, and the longest of them have 397 days.
pub const LONGEST_LIFE: u32 = 397;

/// After how many months a stamp ends, counted from its cohort.
pub const LIFE_MONTHS: i32 = 13;

/// How long a cohort is told by its day, in days: the last age that is counted.
const BY_DAY: u32 = 30;

/// How long it is then told by its week, in days: 26 weeks. After that it is told by its month.
const BY_WEEK: u32 = 26 * 7;

const VERSION: u8 = 1;
const PROVISIONAL: u8 = 1;
const ANONYMOUS: u8 = 2;

const BODY_BYTES: usize = 15;
const MAC_BYTES: usize = 16;

/// Bind a tag to its use.
const MAC: &[u8] = b"qsproxy visit stamp 1\0";
const SUCCESSOR: &[u8] = b"qsproxy visit successor 1\0";
const MARK: &[u8] = b"qsproxy visit mark 1\0";

/// What a stamp says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct VisitStamp {
    /// The day on which its owner was new; later the Monday of that day's week, then the first of its month.
    pub cohort: Day,
    /// The last day on which its owner was counted; of a provisional one the day on which it was given.
    pub last: Day,
    /// What tells it from others, and is another one after every day; None for one that shall not be told from others of
    /// its cohort and last day (Global Privacy Control).
    pub serial: Option<u64>,
    /// Given to somebody who brought none: it counts when it comes back.
    pub provisional: bool,
}

impl std::fmt::Debug for VisitStamp {
    /// Without its serial.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "VisitStamp({}, {}, {})", self.cohort.0, self.last.0, self.provisional)
    }
}

impl VisitStamp {
    /// Whether it is past its life. Its cohort is never later than the day on which its owner was new, so it ends after
    /// thirteen months at the latest.
    #[must_use]
    pub fn has_ended(&self, today: Day) -> bool {
        today >= self.end()
    }

    /// The first day on which it is worth nothing.
    #[must_use]
    pub fn end(&self) -> Day {
        let months = jiff::Span::new().months(LIFE_MONTHS);
        self.cohort.date().checked_add(months).map_or(self.cohort, Day::of)
    }

    /// How exactly its cohort is told on a day.
    #[must_use]
    pub fn grain(&self) -> CohortPrecision {
        match self.last.since(self.cohort) {
            0..=BY_DAY => CohortPrecision::Day,
            age if age <= BY_WEEK => CohortPrecision::Week,
            _ => CohortPrecision::Month,
        }
    }

    /// Its cohort as a stamp of this day tells it: coarser, the longer ago it is.
    #[must_use]
    pub fn cohort_on(&self, today: Day) -> Day {
        match (Self { last: today, ..*self }).grain() {
            CohortPrecision::Day => self.cohort,
            CohortPrecision::Week => self.cohort.monday(),
            CohortPrecision::Month => self.cohort.first_of_month(),
        }
    }
}

/// How exactly a cohort is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CohortPrecision {
    /// By its day.
    Day,
    /// By its week (ISO 8601).
    Week,
    /// By its month.
    Month,
}

/// The keys for stamps, and the host that they are for.
#[derive(Debug, Clone, Copy)]
pub struct Sealer<'k> {
    /// Every key, the newest first.
    pub keys: &'k [VisitKey],
    /// What clients call this service, without a port: cookies know none.
    pub host: &'k str,
}

impl Sealer<'_> {
    /// The key that stamps of this day are made with.
    fn key(&self, day: Day) -> Option<&VisitKey> {
        self.keys.iter().find(|key| key.from <= day).or(self.keys.last())
    }

    /// A stamp as text. Equal stamps give equal texts. None without a key, which a ring always has.
    #[must_use]
    pub fn seal(&self, stamp: &VisitStamp) -> Option<String> {
        let key = self.key(stamp.last)?;
        let flags =
            if stamp.provisional { PROVISIONAL } else { 0 } | if stamp.serial.is_none() { ANONYMOUS } else { 0 };
        let [cohort, last] =
            [stamp.cohort, stamp.last].map(|day| u16::try_from(day.0).unwrap_or(u16::MAX).to_be_bytes());
        let serial = stamp.serial.unwrap_or(0).to_be_bytes();
        let body = [&[VERSION, key.id(), flags][..], &cohort, &last, &serial].concat();
        let mac = self.mac(key, &body);
        Some(URL_SAFE_NO_PAD.encode([&body[..], &mac].concat()))
    }

    /// Reads a stamp.
    ///
    /// # Errors
    /// [`InvalidToken`], whatever was wrong: another host's, another version's, or no stamp at all.
    pub fn open(&self, text: &[u8]) -> Result<VisitStamp, InvalidToken> {
        if text.len() != STAMP_CHARACTERS {
            return Err(InvalidToken);
        }
        let stamp = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidToken)?;
        let (body, mac) = stamp.split_first_chunk::<BODY_BYTES>().ok_or(InvalidToken)?;
        let [version, id, flags, c1, c0, l1, l0, serial @ ..] = *body;
        let made = |key: &&VisitKey| {
            key.id() == id && constant_time::verify_slices_are_equal(&self.mac(key, body), mac).is_ok()
        };
        self.keys.iter().find(made).filter(|_| version == VERSION).ok_or(InvalidToken)?;
        let serial = Some(u64::from_be_bytes(serial)).filter(|_| flags & ANONYMOUS == 0);
        let [cohort, last] = [[c1, c0], [l1, l0]].map(|day| Day(u16::from_be_bytes(day).into()));
        Ok(VisitStamp { cohort, last, serial, provisional: flags & PROVISIONAL != 0 })
    }

    /// The serial that follows this one on this day: the same, however often it is asked for, so that lost answers and
    /// parallel requests all end with one stamp; and nobody else can tell that the two belong together.
    #[must_use]
    pub fn successor(&self, serial: u64, today: Day) -> Option<u64> {
        self.key(today).map(|key| number(key.hmac(&[SUCCESSOR, &today.0.to_be_bytes(), &serial.to_be_bytes()])))
    }

    /// What is remembered of a serial for this day.
    #[must_use]
    pub fn mark(&self, serial: u64, today: Day) -> Option<u64> {
        self.key(today).map(|key| number(key.hmac(&[MARK, &today.0.to_be_bytes(), &serial.to_be_bytes()])))
    }

    fn mac(&self, key: &VisitKey, body: &[u8]) -> [u8; MAC_BYTES] {
        let [mac @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] =
            key.hmac(&[MAC, self.host.as_bytes(), &[0], body]);
        mac
    }
}

fn number(tag: [u8; 32]) -> u64 {
    tag.iter().take(8).fold(0, |sum, &byte| sum << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys() -> Vec<VisitKey> {
        vec![VisitKey::new(Day(20_028), &[2; 32]), VisitKey::new(Day(20_000), &[1; 32])]
    }

    fn date(day: Day) -> String {
        day.date().to_string()
    }

    fn day(text: &str) -> Day {
        Day::of(text.parse().unwrap())
    }

    #[test]
    fn cohorts_grow_coarser_and_stamps_end() {
        let stamp =
            |cohort, last| VisitStamp { cohort: day(cohort), last: day(last), serial: Some(1), provisional: false };
        for (cohort, today, told) in [
            ("2024-02-29", "2024-03-30", "2024-02-29"),
            ("2024-02-29", "2024-03-31", "2024-02-26"),
            ("2020-12-31", "2021-02-01", "2020-12-28"),
            ("2021-01-03", "2021-02-03", "2020-12-28"),
            ("2024-02-26", "2024-08-26", "2024-02-26"),
            ("2024-02-26", "2024-08-27", "2024-02-01"),
            ("2024-12-30", "2025-07-01", "2024-12-01"),
        ] {
            assert_eq!(date(stamp(cohort, cohort).cohort_on(day(today))), told, "{cohort} on {today}");
        }
        for (cohort, end) in [("2024-01-31", "2025-02-28"), ("2023-01-31", "2024-02-29"), ("2024-12-01", "2026-01-01")]
        {
            let stamp = stamp(cohort, cohort);
            assert_eq!(date(stamp.end()), end);
            assert!(stamp.has_ended(day(end)) && !stamp.has_ended(Day(day(end).0 - 1)));
            assert!(stamp.end().since(stamp.cohort) <= LONGEST_LIFE);
        }
    }

    #[test]
    fn those_without_a_serial_are_alike_to_the_byte() {
        let keys = keys();
        let sealer = Sealer { keys: &keys, host: "search.example" };
        let stamp = VisitStamp { cohort: Day(20_010), last: Day(20_020), serial: None, provisional: false };
        assert_eq!(sealer.seal(&stamp), sealer.seal(&stamp));
        assert_eq!(sealer.open(sealer.seal(&stamp).unwrap().as_bytes()), Ok(stamp));
    }

    proptest! {
        #[test]
        fn what_is_made_is_read_here_and_nowhere_else(
            cohort in 0_u32..60_000, age in 0_u32..400, serial: Option<u64>, provisional: bool, bit in 0_usize..8 * 31,
        ) {
            let keys = keys();
            let sealer = Sealer { keys: &keys, host: "search.example" };
            let stamp = VisitStamp { cohort: Day(cohort), last: Day(cohort + age), serial, provisional };
            let text = sealer.seal(&stamp).unwrap();
            prop_assert_eq!(text.len(), STAMP_CHARACTERS);
            prop_assert_eq!(sealer.open(text.as_bytes()), Ok(stamp));
            prop_assert_eq!(Sealer { host: "search.example.org", ..sealer }.open(text.as_bytes()), Err(InvalidToken));
            let others = [VisitKey::new(Day(20_028), &[3; 32]), VisitKey::new(Day(20_000), &[4; 32])];
            prop_assert_eq!(Sealer { keys: &others, ..sealer }.open(text.as_bytes()), Err(InvalidToken));
            let mut bytes = URL_SAFE_NO_PAD.decode(&text).unwrap();
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(sealer.open(URL_SAFE_NO_PAD.encode(&bytes).as_bytes()), Err(InvalidToken));
        }

        #[test]
        fn any_bytes_are_no_stamp(text in proptest::collection::vec(any::<u8>(), 0..60)) {
            let keys = keys();
            prop_assert_eq!(Sealer { keys: &keys, host: "search.example" }.open(&text), Err(InvalidToken));
        }

        #[test]
        fn a_serial_has_one_successor_a_day(serial: u64, other: u64, today in 20_000_u32..20_060) {
            prop_assume!(serial != other);
            let keys = keys();
            let sealer = Sealer { keys: &keys, host: "h" };
            let next = |serial, day| sealer.successor(serial, Day(day)).unwrap();
            prop_assert_eq!(next(serial, today), next(serial, today));
            prop_assert_ne!(next(serial, today), next(serial, today + 1));
            prop_assert_ne!(next(serial, today), next(other, today));
            prop_assert_ne!(Some(next(serial, today)), sealer.mark(serial, Day(today)));
        }
    }
}
