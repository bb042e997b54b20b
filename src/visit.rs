//! The life of one visit stamp. A request without a stamp gets a provisional stamp, which counts nothing. Returning it
//! counts as a new visitor. A stamp last counted on an earlier day counts as a return. A stamp counted today stays as it
//! is. The counts are on disk before the stamp that confirms them is sent, so a crash loses at most the counts of requests
//! in flight.

use std::sync::Arc;

use crate::clients::limiter::RateKind;
use crate::clients::state::Client;
use crate::counts::cells::{ActiveByIdCell, ActiveCell, Age, Cell, GAP_DAYS, RetentionCell};
use crate::fields::anonymous_id::AnonymousId;
use crate::metrics::VisitOutcome;
use crate::mutants::{self, Mutant};
use crate::name::ConfigName;
use crate::random;
use crate::state::AppState;
use crate::storage::writer::Committed;
use crate::time::{self, Day, Time};
use crate::tokens::pseudonym;
use crate::tokens::visit_stamp::{StampCodec, VisitStamp};

/// The client's tracking preference. `server/visit_stamp` reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrackingPreference {
    /// None expressed.
    Unset,
    /// `Sec-GPC: 1` (Global Privacy Control): a stamp without a serial, equal to all others of its cohort and day.
    GlobalPrivacyControl,
    /// `DNT: 1` (Tracking Preference Expression): no stamp.
    DoNotTrack,
}

/// What the response does to the client's stamp. It has no `Debug`: a stamp must not be printed.
#[derive(Clone, PartialEq, Eq)]
pub enum StampUpdate {
    /// Nothing: the stamp is current, or its count is not on disk yet.
    Unchanged,
    /// Replaces it with this stamp.
    Replace(String),
    /// Deletes it.
    Expire,
}

/// A request's stamp before the check whether it was seen today.
#[derive(Debug, PartialEq, Eq)]
pub struct ClassifiedVisit {
    /// What kind of visit this is.
    pub outcome: VisitOutcome,
    /// Keyed hash of serial and day, to recognize the stamp by; `None` for a stamp without a serial.
    pub dedup_id: Option<u64>,
    /// What to count; `None` if the visit counts nothing.
    pub counts: Option<VisitCounts>,
    /// The change to the client's stamp.
    pub next: NextStamp,
}

/// What a visit adds to the counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VisitCounts {
    /// Days since the last visit, at most [`GAP_DAYS`]; 0 for a new visitor.
    pub gap: u8,
    /// Cohort and age for the retention table; `None` on days whose age is not recorded.
    pub retention: Option<(Day, Age)>,
}

/// The change to a client's stamp.
#[derive(Debug, PartialEq, Eq)]
pub enum NextStamp {
    /// It stays as it is.
    Unchanged,
    /// It is replaced with this one.
    Replace(VisitStamp),
    /// It is deleted.
    Expire,
}

/// Classifies the stamp of a request, `stamp` being its text. Pure: `random_serial` is used where the stamp has no
/// serial to derive the next one from.
#[must_use]
pub fn classify(
    codec: &StampCodec<'_>,
    stamp: Option<&[u8]>,
    preference: TrackingPreference,
    today: Day,
    random_serial: u64,
) -> ClassifiedVisit {
    let has_serial = match preference {
        TrackingPreference::DoNotTrack | TrackingPreference::GlobalPrivacyControl
            if mutants::is_on(Mutant::StampsObjectors) =>
        {
            true
        }
        TrackingPreference::DoNotTrack => {
            let next = if stamp.is_some() { NextStamp::Expire } else { NextStamp::Unchanged };
            return uncounted(VisitOutcome::Objected, next);
        }
        TrackingPreference::GlobalPrivacyControl => false,
        TrackingPreference::Unset => true,
    };
    let serial = has_serial.then_some(random_serial);
    let provisional = NextStamp::Replace(VisitStamp { cohort: today, last: today, serial, provisional: true });
    let Some(text) = stamp else { return uncounted(VisitOutcome::Absent, provisional) };
    let Ok(stamp) = codec.decode(text) else { return uncounted(VisitOutcome::Invalid, provisional) };
    if stamp.is_expired(today) {
        return uncounted(VisitOutcome::Ended, provisional);
    }
    let next_serial = || stamp.serial.and_then(|serial| codec.next_serial(serial, today)).unwrap_or(random_serial);
    let next_serial = has_serial.then(next_serial);
    let visit = classify_valid(stamp, today, next_serial);
    let dedup_id = visit.counts.and(stamp.serial).and_then(|serial| codec.dedup_id(serial, today));
    ClassifiedVisit { dedup_id, ..visit }
}

/// Classifies a valid stamp. `next_serial` is that of the stamp that replaces it. The result has no `dedup_id`.
fn classify_valid(stamp: VisitStamp, today: Day, next_serial: Option<u64>) -> ClassifiedVisit {
    if stamp.provisional {
        let next = VisitStamp { cohort: today, last: today, serial: next_serial, provisional: false };
        let counts = VisitCounts { gap: 0, retention: Some((today, Age::New)) };
        return counted(VisitOutcome::Born, counts, next);
    }
    let coarse = VisitStamp { cohort: stamp.cohort_on(today).min(today), ..stamp };
    // A stamp in its last month may have ended with the coarser cohort: its owner would be new on the day of the return.
    let cohort = if coarse.is_expired(today) { stamp.cohort } else { coarse.cohort };
    let next = VisitStamp { cohort, last: today, serial: next_serial, provisional: false };
    if stamp.last < today {
        let gap = u8::try_from(today.days_since(stamp.last)).unwrap_or(GAP_DAYS).min(GAP_DAYS);
        let retention = Age::from_days(today.days_since(stamp.cohort)).map(|age| (stamp.cohort, age));
        return counted(VisitOutcome::Returned, VisitCounts { gap, retention }, next);
    }
    // A stamp of tomorrow comes from a node whose clock is ahead, or our clock was set back over midnight.
    if stamp.last.days_since(today) <= 1 {
        let must_remove_serial = next_serial.is_none() && stamp.serial.is_some();
        let bare = VisitStamp { serial: None, ..stamp };
        let next = if must_remove_serial { NextStamp::Replace(bare) } else { NextStamp::Unchanged };
        return uncounted(VisitOutcome::Today, next);
    }
    // Our clock was far ahead when this stamp was issued. Without a new date its owner would go uncounted until then,
    // and with a new stamp the owner would count as new.
    uncounted(VisitOutcome::Redated, NextStamp::Replace(next))
}

fn counted(outcome: VisitOutcome, counts: VisitCounts, next: VisitStamp) -> ClassifiedVisit {
    ClassifiedVisit { outcome, dedup_id: None, counts: Some(counts), next: NextStamp::Replace(next) }
}

fn uncounted(outcome: VisitOutcome, next: NextStamp) -> ClassifiedVisit {
    ClassifiedVisit { outcome, dedup_id: None, counts: None, next }
}

/// The cells that a visit is counted in.
pub fn cells(counts: VisitCounts, today: Day, code: &ConfigName) -> impl Iterator<Item = Cell> {
    let active = Cell::Active(ActiveCell { day: today, code: code.clone(), gap: counts.gap });
    let retention =
        counts.retention.map(|(cohort, age)| Cell::Retention(RetentionCell { cohort, age, code: code.clone() }));
    std::iter::once(active).chain(retention)
}

/// Handles the stamp of one request: classifies it, counts it once per serial and day, and waits for the commit. If the
/// disk does not take the count within `click_wait`, the client keeps its stamp: the count is queued, and the next request
/// gets the new stamp. The same happens where `client` has had more visits counted than its limits allow, but then nothing is
/// queued: the next request counts.
pub async fn handle(
    state: &Arc<AppState>,
    client: &Client,
    stamp: Option<&[u8]>,
    preference: TrackingPreference,
    code: &ConfigName,
) -> StampUpdate {
    let now = time::now();
    let keys = state.keys.load_full();
    let codec = StampCodec { keys: &keys.visit, host: &state.visits.host };
    let visit = classify(&codec, stamp, preference, now.day(), random::random_u64());
    match visit.counts {
        None => state.metrics.count_visit(visit.outcome),
        Some(_) if is_over_limit(state, client, visit.outcome) => {
            state.metrics.count_visit(VisitOutcome::Excess);
            return StampUpdate::Unchanged;
        }
        Some(counts) => {
            let cells: Vec<Cell> = cells(counts, now.day(), code).collect();
            let counted =
                state.dedup.run_to_completion(count(state.clone(), visit.outcome, visit.dedup_id, cells, now)).await;
            // A repeated request waits as well: the new stamp confirms that the count is on disk.
            let committed = async { Some(counted?.wait().await) };
            if tokio::time::timeout(state.clicks.commit_timeout, committed).await != Ok(Some(true)) {
                state.metrics.visit_waits_exceeded.inc();
                return StampUpdate::Unchanged;
            }
        }
    }
    match visit.next {
        NextStamp::Unchanged => StampUpdate::Unchanged,
        NextStamp::Replace(stamp) => codec.encode(&stamp).map_or(StampUpdate::Unchanged, StampUpdate::Replace),
        NextStamp::Expire => StampUpdate::Expire,
    }
}

/// Charges the client for a visit that would be counted, and returns whether that is too many.
fn is_over_limit(state: &AppState, client: &Client, outcome: VisitOutcome) -> bool {
    let charge = |kind| state.limiter.charge(client, kind).is_err();
    charge(RateKind::Visits) || (outcome == VisitOutcome::Born && charge(RateKind::Births))
}

/// Checks whether the stamp was seen today and counts the visit. There is no await point between the check and
/// the writer, so every stamp that is remembered as seen has been counted.
async fn count(
    state: Arc<AppState>,
    outcome: VisitOutcome,
    dedup_id: Option<u64>,
    cells: Vec<Cell>,
    now: Time,
) -> Committed {
    let is_first = match dedup_id {
        Some(dedup_id) => state.dedup.stamp_is_first(dedup_id, now).await,
        None => true,
    };
    state.metrics.count_visit(if is_first { outcome } else { VisitOutcome::Repeated });
    state.writer.add_and_commit(cells.into_iter().filter(|_| is_first).map(|cell| (cell, 1)))
}

/// The keyed hash by which the owner of a stamp is told from others for the rest of the day, whether or not the stamp was renewed
/// today. `None` for a stamp that is not valid, has no serial, or was never returned, and for people who object to being counted.
#[must_use]
pub fn stamp_hash(state: &AppState, stamp: Option<&[u8]>, preference: TrackingPreference) -> Option<u64> {
    if preference != TrackingPreference::Unset {
        return None;
    }
    let (today, keys) = (time::now().day(), state.keys.load());
    let codec = StampCodec { keys: &keys.visit, host: &state.visits.host };
    let stamp = codec.decode(stamp?).ok().filter(|stamp| !stamp.provisional && !stamp.is_expired(today))?;
    let serial = if stamp.last < today { codec.next_serial(stamp.serial?, today) } else { stamp.serial };
    codec.dedup_id(serial?, today)
}

/// What the privacy page shows its reader about their own stamp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StampStatus {
    /// The request had no stamp.
    Absent,
    /// The stamp is not one of ours, or has expired.
    Invalid,
    /// The stamp is valid.
    Valid(VisitStamp),
}

/// Reads a stamp. Counts nothing.
#[must_use]
pub fn stamp_status(state: &AppState, text: &[u8]) -> StampStatus {
    let keys = state.keys.load();
    let stamp = StampCodec { keys: &keys.visit, host: &state.visits.host }.decode(text);
    stamp.ok().filter(|stamp| !stamp.is_expired(time::now().day())).map_or(StampStatus::Invalid, StampStatus::Valid)
}

/// The keyed hash by which an ID is recognized for the rest of the day.
#[must_use]
pub fn dedup_id_of(state: &AppState, id: &AnonymousId) -> u64 {
    pseudonym::dedup_id(id, &state.keys.load().pseudonym)
}

/// Counts the ID of a toolbar that has no stamp: once per day, unless the dedup memory was full or lost.
pub async fn count_id(state: &Arc<AppState>, dedup_id: u64, code: &ConfigName) {
    // The result does not change the response.
    state.dedup.run_to_completion(count_first_id(state.clone(), dedup_id, code.clone())).await;
}

async fn count_first_id(state: Arc<AppState>, dedup_id: u64, code: ConfigName) {
    let now = time::now();
    if state.dedup.id_is_first(dedup_id, now).await {
        state.writer.add(Cell::ActiveById(ActiveByIdCell { day: now.day(), code }));
    }
}
