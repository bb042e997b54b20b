//! The life of one visit stamp. A request without a stamp gets a provisional stamp, which counts nothing. Returning it
//! counts as a new visitor. A stamp last counted on an earlier day counts as a return. A stamp counted today stays as it
//! is. The counts are on disk before the stamp that confirms them is sent, so a crash loses at most the counts of requests
//! in flight.

use std::sync::Arc;

use crate::counts::cells::{ActiveByIdCell, ActiveCell, Age, Cell, GAP_DAYS, RetentionCell};
use crate::fields::anonymous_id::AnonymousId;
use crate::metrics::VisitOutcome;
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
    /// What becomes of the client's stamp.
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

/// What becomes of the client's stamp.
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
    let uncounted = |outcome, next| ClassifiedVisit { outcome, dedup_id: None, counts: None, next };
    let without_serial = match preference {
        TrackingPreference::DoNotTrack if stamp.is_some() => {
            return uncounted(VisitOutcome::Objected, NextStamp::Expire);
        }
        TrackingPreference::DoNotTrack => return uncounted(VisitOutcome::Objected, NextStamp::Unchanged),
        TrackingPreference::GlobalPrivacyControl => true,
        TrackingPreference::Unset => false,
    };
    let provisional = VisitStamp {
        cohort: today,
        last: today,
        serial: (!without_serial).then_some(random_serial),
        provisional: true,
    };
    let Some(text) = stamp else { return uncounted(VisitOutcome::Absent, NextStamp::Replace(provisional)) };
    let Ok(stamp) = codec.decode(text) else {
        return uncounted(VisitOutcome::Invalid, NextStamp::Replace(provisional));
    };
    if stamp.is_expired(today) {
        return uncounted(VisitOutcome::Ended, NextStamp::Replace(provisional));
    }
    let successor = || stamp.serial.and_then(|serial| codec.next_serial(serial, today)).unwrap_or(random_serial);
    let serial = (!without_serial).then(successor);
    let dedup_id = stamp.serial.and_then(|serial| codec.dedup_id(serial, today));
    if stamp.provisional {
        let next = NextStamp::Replace(VisitStamp { cohort: today, last: today, serial, provisional: false });
        let counts = Some(VisitCounts { gap: 0, retention: Some((today, Age::New)) });
        return ClassifiedVisit { outcome: VisitOutcome::Born, dedup_id, counts, next };
    }
    let next = VisitStamp { cohort: stamp.cohort_on(today).min(today), last: today, serial, provisional: false };
    if stamp.last < today {
        let gap = u8::try_from(today.days_since(stamp.last)).unwrap_or(GAP_DAYS).min(GAP_DAYS);
        let retention = Age::from_days(today.days_since(stamp.cohort)).map(|age| (stamp.cohort, age));
        let counts = Some(VisitCounts { gap, retention });
        return ClassifiedVisit { outcome: VisitOutcome::Returned, dedup_id, counts, next: NextStamp::Replace(next) };
    }
    // A stamp of tomorrow comes from a node whose clock is ahead, or our clock was set back over midnight.
    if stamp.last.days_since(today) <= 1 {
        let remove_serial = without_serial && stamp.serial.is_some();
        let bare = VisitStamp { serial: None, ..stamp };
        let next = if remove_serial { NextStamp::Replace(bare) } else { NextStamp::Unchanged };
        return uncounted(VisitOutcome::Today, next);
    }
    // Our clock was far ahead when this stamp was issued. Without a new date its owner would go uncounted until then,
    // and with a new stamp the owner would count as new.
    uncounted(VisitOutcome::Redated, NextStamp::Replace(next))
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
/// gets the new stamp.
pub async fn handle(
    state: &Arc<AppState>,
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

/// Checks whether the stamp was seen today and counts the visit. There is no await point between the answer of the dedup
/// memory and the writer, so every stamp that is remembered as seen has been counted.
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
pub fn id_dedup_id(state: &AppState, id: &AnonymousId) -> u64 {
    pseudonym::dedup_id(id, &state.keys.load().pseudonym)
}

/// Counts the ID of a toolbar that has no stamp, once per day as far as the dedup memory reaches.
pub async fn count_id(state: &Arc<AppState>, dedup_id: u64, code: &ConfigName) {
    // A failure concerns nobody who waits here.
    state.dedup.run_to_completion(count_first_id(state.clone(), dedup_id, code.clone())).await;
}

async fn count_first_id(state: Arc<AppState>, dedup_id: u64, code: ConfigName) {
    let now = time::now();
    if state.dedup.id_is_first(dedup_id, now).await {
        state.writer.add(Cell::ActiveById(ActiveByIdCell { day: now.day(), code }));
    }
}
