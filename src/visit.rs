//! The life of one visit stamp: who brings none gets one that counts nothing; who brings that one back is new; who was
//! last counted on an earlier day has come back; whoever was counted today is left alone. The counts are on disk before
//! the stamp that says so leaves, so a crash costs at most the requests under way.

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

/// What a client says about being counted; `door/stamp` reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrackingPreference {
    /// Nothing.
    None,
    /// `Sec-GPC: 1`: a stamp that is told from no other of its cohort and day.
    Alike,
    /// `DNT: 1`: no stamp.
    NoStamp,
}

/// What is handed to the client with the answer. It has no `Debug`: a stamp must not be printed.
#[derive(Clone, PartialEq, Eq)]
pub enum StampUpdate {
    /// Nothing: what it has is right, or it gets its stamp when the count is on disk.
    Nothing,
    /// This stamp.
    Stamp(String),
    /// What it has is to go.
    Expire,
}

/// What a stamp comes to, before it is known whether it was seen today.
#[derive(Debug, PartialEq, Eq)]
pub struct ClassifiedVisit {
    /// What it is.
    pub outcome: VisitOutcome,
    /// What is remembered of it for today; a stamp without a serial has nothing to be known by.
    pub mark: Option<u64>,
    /// How it counts, where it does: days since the last visit, and the cohort with the age that came about today.
    pub counts: Option<(u8, Option<(Day, Age)>)>,
    /// What its owner gets.
    pub next: Next,
}

/// What its owner gets.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing.
    Nothing,
    /// This stamp.
    Stamp(VisitStamp),
    /// The stamp goes.
    Expire,
}

/// Judges what a client brings on a day: pure, but for `chance`, the serial of whoever has none yet.
#[must_use]
pub fn judge(
    sealer: &StampCodec<'_>,
    brought: Option<&[u8]>,
    wish: TrackingPreference,
    today: Day,
    chance: u64,
) -> ClassifiedVisit {
    let leave = |outcome, next| ClassifiedVisit { outcome, mark: None, counts: None, next };
    if wish == TrackingPreference::NoStamp {
        return leave(VisitOutcome::Objected, if brought.is_some() { Next::Expire } else { Next::Nothing });
    }
    let alike = wish == TrackingPreference::Alike;
    let first = VisitStamp { cohort: today, last: today, serial: (!alike).then_some(chance), provisional: true };
    let Some(text) = brought else { return leave(VisitOutcome::Absent, Next::Stamp(first)) };
    let Ok(stamp) = sealer.decode(text) else { return leave(VisitOutcome::Invalid, Next::Stamp(first)) };
    if stamp.is_expired(today) {
        return leave(VisitOutcome::Ended, Next::Stamp(first));
    }
    let serial = || {
        if alike { None } else { Some(stamp.serial.and_then(|old| sealer.next_serial(old, today)).unwrap_or(chance)) }
    };
    let mark = stamp.serial.and_then(|serial| sealer.dedup_id(serial, today));
    if stamp.provisional {
        let next = VisitStamp { cohort: today, last: today, serial: serial(), provisional: false };
        let counts = Some((0, Some((today, Age::New))));
        return ClassifiedVisit { outcome: VisitOutcome::Born, mark, counts, next: Next::Stamp(next) };
    }
    let next =
        VisitStamp { cohort: stamp.cohort_on(today).min(today), last: today, serial: serial(), provisional: false };
    if stamp.last < today {
        let gap = u8::try_from(today.days_since(stamp.last)).unwrap_or(GAP_DAYS).min(GAP_DAYS);
        let age = Age::of(today.days_since(stamp.cohort)).map(|age| (stamp.cohort, age));
        return ClassifiedVisit {
            outcome: VisitOutcome::Returned,
            mark,
            counts: Some((gap, age)),
            next: Next::Stamp(next),
        };
    }
    // Tomorrow's is that of a node whose clock is ahead, or ours was set back over midnight.
    if stamp.last.days_since(today) <= 1 {
        let bare = VisitStamp { serial: None, ..stamp };
        let next = if alike && stamp.serial.is_some() { Next::Stamp(bare) } else { Next::Nothing };
        return leave(VisitOutcome::Today, next);
    }
    // Our clock ran far ahead when this was made. Its owner must not go uncounted until then, nor be new.
    leave(VisitOutcome::Redated, Next::Stamp(next))
}

/// The cells that a counted stamp adds to.
pub fn cells((gap, age): (u8, Option<(Day, Age)>), today: Day, code: &ConfigName) -> impl Iterator<Item = Cell> {
    let active = Cell::Active(ActiveCell { day: today, code: code.clone(), gap });
    let retention = age.map(|(cohort, age)| Cell::Retention(RetentionCell { cohort, age, code: code.clone() }));
    std::iter::once(active).chain(retention)
}

/// Follows one stamp: judged, counted once for each serial and day, committed. Where the disk does not take the count
/// within `click_wait`, the client keeps what it has: the count is in hand, and its next request gets the stamp.
pub async fn follow(
    parts: &Arc<AppState>,
    brought: Option<&[u8]>,
    wish: TrackingPreference,
    code: &ConfigName,
) -> StampUpdate {
    let now = time::now();
    let keys = parts.keys.load_full();
    let sealer = StampCodec { keys: &keys.visit, host: &parts.visits.host };
    let judged = judge(&sealer, brought, wish, now.day(), random::random_u64());
    match judged.counts {
        None => parts.metrics.visit(judged.outcome),
        Some(counts) => {
            let cells: Vec<Cell> = cells(counts, now.day(), code).collect();
            let counted = parts.memory.to_the_end(count(parts.clone(), judged.outcome, judged.mark, cells, now)).await;
            // Who was counted a moment ago waits as well: the stamp says that the count is on disk.
            let committed = async { Some(counted?.wait().await) };
            if tokio::time::timeout(parts.clicks.wait, committed).await != Ok(Some(true)) {
                parts.metrics.visit_waits_exceeded.inc();
                return StampUpdate::Nothing;
            }
        }
    }
    match judged.next {
        Next::Nothing => StampUpdate::Nothing,
        Next::Stamp(stamp) => sealer.encode(&stamp).map_or(StampUpdate::Nothing, StampUpdate::Stamp),
        Next::Expire => StampUpdate::Expire,
    }
}

/// From the memory's answer to the ledger nothing waits, so what is remembered as seen has been counted.
async fn count(
    parts: Arc<AppState>,
    outcome: VisitOutcome,
    mark: Option<u64>,
    cells: Vec<Cell>,
    now: Time,
) -> Committed {
    let first = match mark {
        Some(mark) => parts.memory.stamp_is_first(mark, now).await,
        None => true,
    };
    parts.metrics.visit(if first { outcome } else { VisitOutcome::Repeated });
    parts.ledger.add_and_commit(cells.into_iter().filter(|_| first).map(|cell| (cell, 1)))
}

/// What its owner is told of a stamp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StampStatus {
    /// None was brought.
    Nothing,
    /// What was brought is none of ours, or has ended.
    Worthless,
    /// It says this.
    Stamp(VisitStamp),
}

/// Reads a stamp to its owner; counts nothing.
#[must_use]
pub fn read(parts: &AppState, text: &[u8]) -> StampStatus {
    let keys = parts.keys.load();
    let stamp = StampCodec { keys: &keys.visit, host: &parts.visits.host }.decode(text);
    stamp.ok().filter(|stamp| !stamp.is_expired(time::now().day())).map_or(StampStatus::Worthless, StampStatus::Stamp)
}

/// What is remembered of an ID today.
#[must_use]
pub fn mark_of(parts: &AppState, id: &AnonymousId) -> u64 {
    pseudonym::dedup_id(id, &parts.keys.load().pseudonym)
}

/// Counts the ID of a toolbar that brings no stamp, once a day as far as memory goes.
pub async fn count_id(parts: &Arc<AppState>, mark: u64, code: &ConfigName) {
    // What becomes of it concerns nobody who waits here.
    parts.memory.to_the_end(add_id(parts.clone(), mark, code.clone())).await;
}

async fn add_id(parts: Arc<AppState>, mark: u64, code: ConfigName) {
    let now = time::now();
    if parts.memory.id_is_first(mark, now).await {
        parts.ledger.add(Cell::ActiveById(ActiveByIdCell { day: now.day(), code }));
    }
}
