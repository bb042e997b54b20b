//! Visit stamps: the state that a client stores so that the server need not keep a record of it
//! (`docs/privacy-requirements.md`). A stamp is authenticated, not encrypted: its owner may read it, but only this
//! service can create it.
//!
//! A stamp is 31 bytes, big-endian, as 42 characters of base64url without padding (RFC 4648 section 5):
//!
//! | bytes | field |
//! |---|---|
//! | 1 | version: 1 |
//! | 1 | key ID |
//! | 1 | flags: 1 provisional, 2 without a serial |
//! | 2 | cohort, in UTC days since 1970 |
//! | 2 | last active day, likewise |
//! | 8 | serial, 0 if there is none |
//! | 16 | MAC |
//!
//! 16 bits of days last until 2149. The MAC is HMAC-SHA-256 (RFC 2104) over a label, the host that the stamp is for, a
//! zero byte and the 15 bytes before the MAC, truncated to 128 bits as RFC 2104 section 5 allows.

use aws_lc_rs::constant_time;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::mutants::{Mutant, leak};
use crate::time::Day;
use crate::tokens::keys::{VisitKey, first_u64};
use crate::tokens::sealed::InvalidToken;

/// Length of a stamp, in characters.
pub const STAMP_CHARS: usize = 42;

/// Lifetime of a stamp in months, counted from its cohort: the maximum that the CNIL's guidelines allow for audience
/// measurement.
pub const LIFETIME_MONTHS: i32 = 13;

/// Days for which a browser keeps a stamp without a visit. A person who stays away longer counts as new, because nothing about
/// them should be kept for longer.
pub const MAX_ABSENCE_DAYS: u32 = 60;

/// The longest thirteen months, in days.
pub const MAX_LIFETIME_DAYS: u32 = 397;

/// Maximum age at which a stamp carries its cohort's day: the last age that is counted, in days.
const DAY_PRECISION_DAYS: u32 = 30;

/// Maximum age at which a stamp carries its cohort's week, in days (26 weeks). Older ones carry the month.
const WEEK_PRECISION_DAYS: u32 = 26 * 7;

const VERSION: u8 = 1;
const FLAG_PROVISIONAL: u8 = 1;
const FLAG_NO_SERIAL: u8 = 2;

const BODY_BYTES: usize = 15;
const MAC_BYTES: usize = 16;

// Labels that separate the uses of one key (domain separation).
const MAC_LABEL: &[u8] = b"qsproxy visit stamp 1\0";
const SUCCESSOR_LABEL: &[u8] = b"qsproxy visit successor 1\0";
const DEDUP_LABEL: &[u8] = b"qsproxy visit mark 1\0";

/// The content of a visit stamp.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct VisitStamp {
    /// The day on which the client was new. As the stamp ages, the Monday of that week, then the first of that month.
    pub cohort: Day,
    /// The last day on which the client was counted. For a provisional stamp, the day of issue.
    pub last: Day,
    /// A random number that changes after each active day. None under Global Privacy Control: such stamps are
    /// identical to others of the same cohort and last day.
    pub serial: Option<u64>,
    /// Issued to a client that sent no valid stamp. It counts when the client returns it.
    pub provisional: bool,
}

impl std::fmt::Debug for VisitStamp {
    /// Omits the serial.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "VisitStamp({}, {}, {})", self.cohort.0, self.last.0, self.provisional)
    }
}

impl VisitStamp {
    /// True if the stamp's lifetime is over on this day. The cohort is never later than the day on which the client was
    /// new, so a stamp lives for thirteen months at most.
    #[must_use]
    pub fn is_expired(&self, today: Day) -> bool {
        today >= self.expiry()
    }

    /// The first day on which the stamp is no longer accepted.
    #[must_use]
    pub fn expiry(&self) -> Day {
        let lifetime = jiff::Span::new().months(LIFETIME_MONTHS);
        self.cohort.date().checked_add(lifetime).map_or(self.cohort, Day::from_date)
    }

    /// The precision of the cohort, which follows from the age on the last active day.
    #[must_use]
    pub fn cohort_precision(&self) -> CohortPrecision {
        match self.last.days_since(self.cohort) {
            0..=DAY_PRECISION_DAYS => CohortPrecision::Day,
            age if age <= WEEK_PRECISION_DAYS => CohortPrecision::Week,
            _ => CohortPrecision::Month,
        }
    }

    /// The cohort for a successor issued today, rounded down to the precision of that age.
    #[must_use]
    pub fn cohort_on(&self, today: Day) -> Day {
        match (Self { last: today, ..*self }).cohort_precision() {
            CohortPrecision::Day => self.cohort,
            CohortPrecision::Week => self.cohort.monday(),
            CohortPrecision::Month => self.cohort.first_of_month(),
        }
    }
}

/// The precision of a cohort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CohortPrecision {
    /// A day.
    Day,
    /// A week (ISO 8601), as its Monday.
    Week,
    /// A month, as its first day.
    Month,
}

/// Encodes and verifies the stamps of one host.
#[derive(Debug, Clone, Copy)]
pub struct StampCodec<'k> {
    /// All keys, newest first.
    pub keys: &'k [VisitKey],
    /// The host of `public_url`, without a port, because cookies ignore ports.
    pub host: &'k str,
}

impl StampCodec<'_> {
    /// The key that stamps of this day are issued with.
    fn key(&self, day: Day) -> Option<&VisitKey> {
        self.keys.iter().find(|key| key.valid_from <= day).or(self.keys.last())
    }

    /// Encodes a stamp with its MAC. Deterministic: equal stamps have equal encodings. None if there is no key, which a
    /// key ring rules out.
    #[must_use]
    pub fn encode(&self, stamp: &VisitStamp) -> Option<String> {
        let key = self.key(stamp.last)?;
        let provisional = if stamp.provisional { FLAG_PROVISIONAL } else { 0 };
        let flags = provisional | if stamp.serial.is_none() { FLAG_NO_SERIAL } else { 0 };
        let [cohort, last] =
            [stamp.cohort, stamp.last].map(|day| u16::try_from(day.0).unwrap_or(u16::MAX).to_be_bytes());
        let serial = stamp.serial.unwrap_or(0).to_be_bytes();
        leak::append(Mutant::StoresSerials, "stamps", || data_encoding::HEXLOWER.encode(&serial).into_bytes());
        let body = [&[VERSION, key.id(), flags][..], &cohort, &last, &serial].concat();
        let mac = self.mac(key, &body);
        Some(URL_SAFE_NO_PAD.encode([&body[..], &mac].concat()))
    }

    /// Verifies and decodes a stamp.
    ///
    /// # Errors
    /// [`InvalidToken`] for every failure: another host's or version's stamp, a deleted key, or malformed text.
    pub fn decode(&self, text: &[u8]) -> Result<VisitStamp, InvalidToken> {
        if text.len() != STAMP_CHARS {
            return Err(InvalidToken);
        }
        let stamp = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidToken)?;
        let (body, mac) = stamp.split_first_chunk::<BODY_BYTES>().ok_or(InvalidToken)?;
        let [version, id, flags, c1, c0, l1, l0, serial @ ..] = *body;
        let verifies = |key: &&VisitKey| {
            key.id() == id && constant_time::verify_slices_are_equal(&self.mac(key, body), mac).is_ok()
        };
        self.keys.iter().find(verifies).filter(|_| version == VERSION).ok_or(InvalidToken)?;
        let serial = Some(u64::from_be_bytes(serial)).filter(|_| flags & FLAG_NO_SERIAL == 0);
        let [cohort, last] = [[c1, c0], [l1, l0]].map(|day| Day(u16::from_be_bytes(day).into()));
        Ok(VisitStamp { cohort, last, serial, provisional: flags & FLAG_PROVISIONAL != 0 })
    }

    /// The serial that follows `serial` on this day: a PRF, so lost responses and parallel requests all lead to the same
    /// successor, and nobody else can link the two.
    #[must_use]
    pub fn next_serial(&self, serial: u64, today: Day) -> Option<u64> {
        self.prf(SUCCESSOR_LABEL, serial, today)
    }

    /// The deduplication ID of a serial for this day: a PRF, so it cannot be linked to the serial.
    #[must_use]
    pub fn dedup_id(&self, serial: u64, today: Day) -> Option<u64> {
        self.prf(DEDUP_LABEL, serial, today)
    }

    fn prf(&self, label: &[u8], serial: u64, today: Day) -> Option<u64> {
        self.key(today).map(|key| first_u64(&key.hmac(&[label, &today.0.to_be_bytes(), &serial.to_be_bytes()])))
    }

    /// HMAC-SHA-256 truncated to [`MAC_BYTES`].
    fn mac(&self, key: &VisitKey, body: &[u8]) -> [u8; MAC_BYTES] {
        let [mac @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] =
            key.hmac(&[MAC_LABEL, self.host.as_bytes(), &[0], body]);
        mac
    }
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
        Day::from_date(text.parse().unwrap())
    }

    #[test]
    fn cohorts_lose_precision_and_stamps_expire() {
        let stamp =
            |cohort, last| VisitStamp { cohort: day(cohort), last: day(last), serial: Some(1), provisional: false };
        for (cohort, today, expected) in [
            ("2024-02-29", "2024-03-30", "2024-02-29"),
            ("2024-02-29", "2024-03-31", "2024-02-26"),
            ("2020-12-31", "2021-02-01", "2020-12-28"),
            ("2021-01-03", "2021-02-03", "2020-12-28"),
            ("2024-02-26", "2024-08-26", "2024-02-26"),
            ("2024-02-26", "2024-08-27", "2024-02-01"),
            ("2024-12-30", "2025-07-01", "2024-12-01"),
        ] {
            assert_eq!(date(stamp(cohort, cohort).cohort_on(day(today))), expected, "{cohort} on {today}");
        }
        for (cohort, expiry) in
            [("2024-01-31", "2025-02-28"), ("2023-01-31", "2024-02-29"), ("2024-12-01", "2026-01-01")]
        {
            let stamp = stamp(cohort, cohort);
            assert_eq!(date(stamp.expiry()), expiry);
            assert!(stamp.is_expired(day(expiry)) && !stamp.is_expired(Day(day(expiry).0 - 1)));
            assert!(stamp.expiry().days_since(stamp.cohort) <= MAX_LIFETIME_DAYS);
        }
    }

    #[test]
    fn stamps_without_a_serial_have_equal_encodings() {
        let keys = keys();
        let codec = StampCodec { keys: &keys, host: "search.example" };
        let stamp = VisitStamp { cohort: Day(20_010), last: Day(20_020), serial: None, provisional: false };
        assert_eq!(codec.encode(&stamp), codec.encode(&stamp));
        assert_eq!(codec.decode(codec.encode(&stamp).unwrap().as_bytes()), Ok(stamp));
    }

    proptest! {
        #[test]
        fn decodes_with_the_same_host_and_key_only(
            cohort in 0_u32..60_000, age in 0_u32..400, serial: Option<u64>, provisional: bool, bit in 0_usize..8 * 31,
        ) {
            let keys = keys();
            let codec = StampCodec { keys: &keys, host: "search.example" };
            let stamp = VisitStamp { cohort: Day(cohort), last: Day(cohort + age), serial, provisional };
            let text = codec.encode(&stamp).unwrap();
            prop_assert_eq!(text.len(), STAMP_CHARS);
            prop_assert_eq!(codec.decode(text.as_bytes()), Ok(stamp));
            prop_assert_eq!(StampCodec { host: "search.example.org", ..codec }.decode(text.as_bytes()), Err(InvalidToken));
            let others = [VisitKey::new(Day(20_028), &[3; 32]), VisitKey::new(Day(20_000), &[4; 32])];
            prop_assert_eq!(StampCodec { keys: &others, ..codec }.decode(text.as_bytes()), Err(InvalidToken));
            let mut bytes = URL_SAFE_NO_PAD.decode(&text).unwrap();
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(codec.decode(URL_SAFE_NO_PAD.encode(&bytes).as_bytes()), Err(InvalidToken));
        }

        #[test]
        fn rejects_arbitrary_bytes(text in proptest::collection::vec(any::<u8>(), 0..60)) {
            let keys = keys();
            prop_assert_eq!(StampCodec { keys: &keys, host: "search.example" }.decode(&text), Err(InvalidToken));
        }

        #[test]
        fn the_next_serial_depends_on_serial_and_day(serial: u64, other: u64, today in 20_000_u32..20_060) {
            prop_assume!(serial != other);
            let keys = keys();
            let codec = StampCodec { keys: &keys, host: "h" };
            let next = |serial, day| codec.next_serial(serial, Day(day)).unwrap();
            prop_assert_eq!(next(serial, today), next(serial, today));
            prop_assert_ne!(next(serial, today), next(serial, today + 1));
            prop_assert_ne!(next(serial, today), next(other, today));
            prop_assert_ne!(Some(next(serial, today)), codec.dedup_id(serial, Day(today)));
        }
    }
}
