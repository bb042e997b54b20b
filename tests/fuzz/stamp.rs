//! Visit stamps. The first byte of an input selects what the rest is: a stamp as a client sends it, the 15 bytes before a valid MAC, or
//! the fields of a stamp; then come the day of the request and the client's preference.
//!
//! - A text is accepted only if it is the one encoding of its bytes; bytes with a valid MAC have the documented fields.
//! - A stamp that is encoded decodes to the same stamp: for its host only, with its keys only, and with no byte changed, left off or
//!   added.
//! - Laws of the successor: a preference is heeded; only a first return and a new day count; the successor counts nothing on its day,
//!   does not depend on chance where the stamp has a serial, lives no longer than its predecessor, and knows its cohort no better.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use qsproxy::counts::cells::GAP_DAYS;
use qsproxy::time::Day;
use qsproxy::tokens::keys::VisitKey;
use qsproxy::tokens::sealed::InvalidToken;
use qsproxy::tokens::visit_stamp::{CohortPrecision, MAX_LIFETIME_DAYS, STAMP_CHARS, StampCodec, VisitStamp};
use qsproxy::visit::{ClassifiedVisit, NextStamp, TrackingPreference, classify};

use super::input::Input;
use super::seal;

/// The keys of the ring, newest first: first day and bytes.
const KEYS: [(u32, [u8; 32]); 2] = [(20_440, [2; 32]), (20_412, [1; 32])];
const HOST: &str = "search.example";

fn keys() -> [VisitKey; 2] {
    KEYS.map(|(day, bytes)| VisitKey::new(Day(day), &bytes))
}

/// What a stamp changed in these places must not be accepted as.
#[derive(Clone, Copy)]
struct Request {
    today: Day,
    preference: TrackingPreference,
    random: u64,
    at: u16,
    byte: u8,
}

impl Request {
    fn read(input: &mut Input<'_>) -> Self {
        let preferences =
            [TrackingPreference::Unset, TrackingPreference::GlobalPrivacyControl, TrackingPreference::DoNotTrack];
        let today = Day(20_440 + u32::from(u16::from_be_bytes(input.array())) % 900);
        let preference = preferences[usize::from(input.byte()) % 3];
        let random = u64::from_be_bytes(input.array());
        Self { today, preference, random, at: u16::from_be_bytes(input.array()), byte: input.byte() }
    }

    fn classify(self, stamp: Option<&[u8]>) -> ClassifiedVisit {
        let keys = keys();
        classify(&StampCodec { keys: &keys, host: HOST }, stamp, self.preference, self.today, self.random)
    }
}

/// The text of 15 bytes with a valid MAC, by the layout of `src/tokens/visit_stamp.rs`.
fn with_mac(body: [u8; 15]) -> String {
    let (_, bytes) = KEYS.into_iter().find(|(day, _)| day.to_be_bytes()[3] == body[1]).unwrap_or(KEYS[1]);
    let key = hmac::Key::new(hmac::HMAC_SHA256, &bytes);
    let mac = hmac::sign(&key, &[b"qsproxy visit stamp 1\0", HOST.as_bytes(), &[0], &body].concat());
    URL_SAFE_NO_PAD.encode([&body[..], &mac.as_ref()[..16]].concat())
}

fn check_body(body: [u8; 15]) -> String {
    let (keys, text) = (keys(), with_mac(body));
    let decoded = StampCodec { keys: &keys, host: HOST }.decode(text.as_bytes());
    let has_key = KEYS.iter().any(|(day, _)| day.to_be_bytes()[3] == body[1]);
    let day = |at: usize| Day(u16::from_be_bytes([body[at], body[at + 1]]).into());
    let serial = u64::from_be_bytes(body[7..].try_into().unwrap());
    let expected = VisitStamp {
        cohort: day(3),
        last: day(5),
        serial: (body[2] & 2 == 0).then_some(serial),
        provisional: body[2] & 1 != 0,
    };
    assert!(decoded == if has_key && body[0] == 1 { Ok(expected) } else { Err(InvalidToken) }, "{body:?}");
    text
}

fn check_stamp(stamp: &VisitStamp, request: Request) -> String {
    let keys = keys();
    let codec = StampCodec { keys: &keys, host: HOST };
    let text = codec.encode(stamp).unwrap();
    assert_eq!((text.len(), codec.encode(stamp).as_ref()), (STAMP_CHARS, Some(&text)));
    assert!(codec.decode(text.as_bytes()) == Ok(*stamp), "{stamp:?}");
    let others = KEYS.map(|(day, _)| VisitKey::new(Day(day), &[3; 32]));
    for other in [StampCodec { host: "search.example.", ..codec }, StampCodec { keys: &others, ..codec }] {
        assert!(other.decode(text.as_bytes()) == Err(InvalidToken), "{stamp:?}");
    }
    for changed in seal::changes(&text, request.at, request.byte) {
        assert!(codec.decode(&changed) == Err(InvalidToken), "{text} changed to {}", changed.escape_ascii());
    }
    text
}

/// The order of the precisions, the best first.
fn rank(precision: CohortPrecision) -> usize {
    [CohortPrecision::Day, CohortPrecision::Week, CohortPrecision::Month]
        .iter()
        .position(|one| *one == precision)
        .unwrap()
}

fn check_successor(stamp: &VisitStamp, next: &VisitStamp, visit: &ClassifiedVisit, request: Request) {
    let Request { today, preference, .. } = request;
    assert_eq!(next.serial.is_none(), preference == TrackingPreference::GlobalPrivacyControl);
    if stamp.is_expired(today) {
        assert!(next.provisional && next.cohort == today && visit.counts.is_none());
        return;
    }
    assert!(!next.provisional && next.cohort <= next.last.max(today));
    if !stamp.provisional {
        assert!(next.expiry() <= stamp.expiry() || stamp.cohort > today, "{stamp:?} lives on as {next:?}");
        assert!(next.cohort <= stamp.cohort, "{stamp:?} becomes younger: {next:?}");
        assert!(
            rank(next.cohort_precision()) >= rank(stamp.cohort_precision()) || stamp.last > today,
            "{stamp:?} {next:?}"
        );
    }
    let again = Request { random: !request.random, ..request };
    let text = StampCodec { keys: &keys(), host: HOST }.encode(next).unwrap();
    let on_its_day = again.classify(Some(text.as_bytes()));
    assert!(
        on_its_day.counts.is_none() && on_its_day.next == NextStamp::Unchanged,
        "{next:?} counts again: {on_its_day:?}"
    );
}

/// Checks how a request with this stamp is counted and which stamp follows.
fn check_visit(text: &[u8], request: Request) {
    let Request { today, preference, .. } = request;
    let visit = request.classify(Some(text));
    assert!(visit.counts.is_some() || visit.dedup_id.is_none());
    if preference == TrackingPreference::DoNotTrack {
        assert!(visit.counts.is_none() && visit.next == NextStamp::Expire);
        assert!(request.classify(None).next == NextStamp::Unchanged);
        return;
    }
    let Ok(stamp) = (StampCodec { keys: &keys(), host: HOST }).decode(text) else {
        assert!(visit.counts.is_none());
        assert!(
            matches!(visit.next, NextStamp::Replace(next) if next.provisional && next.cohort == today && next.last == today)
        );
        return;
    };
    if stamp.cohort > stamp.last {
        // No stamp of ours.
        return;
    }
    if let Some(counts) = visit.counts {
        let is_possible = |cohort| cohort <= today && today.days_since(cohort) <= MAX_LIFETIME_DAYS;
        assert!(counts.gap <= GAP_DAYS && counts.retention.is_none_or(|(cohort, _)| is_possible(cohort)), "{visit:?}");
    }
    if let NextStamp::Replace(next) = &visit.next {
        check_successor(&stamp, next, &visit, request);
    }
    if stamp.serial.is_some() && !stamp.is_expired(today) {
        let other = Request { random: request.random.wrapping_add(1), ..request }.classify(Some(text));
        assert_eq!(other, visit, "chance decides");
    }
}

pub fn check(input: &[u8]) {
    let mut input = Input(input);
    let kind = input.byte() % 3;
    let request = Request::read(&mut input);
    match kind {
        0 => {
            if (StampCodec { keys: &keys(), host: HOST }).decode(input.0).is_ok() {
                assert!(seal::is_canonical(input.0) && input.0.len() == STAMP_CHARS);
            }
            check_visit(input.0, request);
        }
        1 => {
            let mut body: [u8; 15] = input.array();
            // Most keys do not exist.
            if body[1] < 128 {
                body[1] = KEYS[usize::from(body[1]) % 2].0.to_be_bytes()[3];
            }
            check_visit(check_body(body).as_bytes(), request);
        }
        _ => {
            let flags = input.byte();
            let cohort = u32::from(u16::from_be_bytes(input.array()));
            let last = (cohort + u32::from(u16::from_be_bytes(input.array())) % 500).min(u32::from(u16::MAX));
            let serial = (flags & 2 == 0).then_some(u64::from_be_bytes(input.array()));
            let stamp = VisitStamp { cohort: Day(cohort), last: Day(last), serial, provisional: flags & 1 != 0 };
            check_visit(check_stamp(&stamp, request).as_bytes(), request);
        }
    }
}
