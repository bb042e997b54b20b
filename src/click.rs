//! The life of one click: open the token, classify the click, check for a duplicate, commit the count, redirect.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::clients::limiter::{LimitReached, RateKind};
use crate::clients::state::Client;
use crate::counts::cells::{Cell, ClickCell, ClickOutcome, Slice, SliceCell};
use crate::counts::people::Person;
use crate::dedup::DedupResult;
use crate::name::ConfigName;
use crate::state::{AfterRestart, AppState};
use crate::storage::writer::Committed;
use crate::time::{self, Time};
use crate::tokens::click::{self, ClickToken, OpenedClick};
use crate::tokens::sealed::{expiry, is_expired};

/// What kind of client made a click. `server/request` derives it from headers that go no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClickClass {
    /// A person, as far as the request shows.
    Plain,
    /// The browser prefetches.
    Prefetch,
    /// A `HEAD` request.
    Head,
    /// The agent declares a robot, is that of no known browser, or imitates a browser.
    Bot,
    /// An HTTP library.
    Library,
    /// The browser opens no document with it.
    Embedded,
    /// A page of another site caused it.
    CrossSite,
}

impl ClickClass {
    /// The outcome of a click whose token is valid and was not clicked before.
    #[must_use]
    pub fn outcome(self) -> ClickOutcome {
        match self {
            Self::Prefetch => ClickOutcome::Prefetch,
            Self::Head => ClickOutcome::Head,
            Self::Bot => ClickOutcome::Bot,
            Self::Library => ClickOutcome::Library,
            Self::Embedded => ClickOutcome::Embedded,
            Self::CrossSite => ClickOutcome::CrossSite,
            Self::Plain => ClickOutcome::Counted,
        }
    }
}

/// What the headers of a click reveal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClickSignals<'r> {
    /// The first class that applies.
    pub class: ClickClass,
    /// `User-Agent`, or nothing. It is hashed with a key, to recognize a repeated click by for a moment.
    pub agent: &'r [u8],
    /// Whether a page of another site caused the click, whatever its class.
    pub is_cross_site: bool,
}

/// Who clicked.
#[derive(Debug, Clone, Copy)]
pub struct ClickOrigin<'r> {
    /// The client whose limits apply.
    pub client: &'r Client,
    /// By what the person can be told from others.
    pub person: Person,
}

/// The response to a click.
#[derive(Debug, PartialEq, Eq)]
pub enum ClickResponse {
    /// `303` to the target.
    Redirect(String),
    /// A page that shows the target as text. Another site must not be able to redirect people through this service.
    ShowTarget(String),
    /// `410`, with the target as text.
    Expired(String),
    /// The token does not open.
    Forged,
    /// Prefetching is rejected.
    PrefetchRejected,
    /// The token does not open, and the client is over its rate of requests. Not counted.
    LimitReached(LimitReached),
}

/// A click before the check for duplicates.
struct ClassifiedClick {
    cell: ClickCell,
    /// Fingerprint of the search's keyword group.
    group: Option<u32>,
    /// Present if the click counts unless it is a duplicate.
    replay_check: Option<ReplayCheck>,
    response: ClickResponse,
}

/// What the check for duplicates needs to know of a token.
struct ReplayCheck {
    /// Keyed hash of the token.
    dedup_id: u64,
    /// Keyed hash of client, user agent and target, if the client is known.
    repeat_key: Option<u64>,
    issued: Time,
}

/// Handles one click. Returns when its count is committed, or after `click_wait`: the count is still queued then, and
/// a slow disk does not keep a person waiting.
pub async fn handle(
    state: &Arc<AppState>,
    origin: ClickOrigin<'_>,
    token: &[u8],
    signals: ClickSignals<'_>,
) -> ClickResponse {
    let ClickOrigin { client, person } = origin;
    let now = time::now();
    let Ok(opened) = click::open(state.keys.load().token_keys(), token) else {
        // Nobody clicks such a link, so it is a request like any other: one client must not write the number of these either.
        return match state.limiter.charge(client, RateKind::Requests) {
            Ok(()) => counted(state, forged(now), person).await,
            Err(reached) => ClickResponse::LimitReached(reached),
        };
    };
    counted(state, classify(state, client, opened, signals, now), person).await
}

/// Counts a click and returns its response once the count is committed, or after `click_wait`.
async fn counted(state: &Arc<AppState>, click: ClassifiedClick, person: Person) -> ClickResponse {
    let ClassifiedClick { cell, group, replay_check, response } = click;
    let counted = state.dedup.run_to_completion(count(state.clone(), cell, group, replay_check, person)).await;
    let committed = async { Some(counted?.wait().await) };
    if tokio::time::timeout(state.clicks.commit_timeout, committed).await != Ok(Some(true)) {
        state.metrics.click_waits_exceeded.inc();
    }
    response
}

/// Determines outcome and response, except for duplicates.
fn classify(
    state: &AppState,
    client: &Client,
    opened: OpenedClick,
    signals: ClickSignals<'_>,
    now: Time,
) -> ClassifiedClick {
    let ClickToken { partner, code, group, kind, issued, target } = opened.click;
    let repeat_key = state.limiter.clients().click_key(client, signals.agent, &target);
    let (outcome, response) = if is_expired(issued, now, state.clicks.ttl) {
        (ClickOutcome::Expired, ClickResponse::Expired(target))
    } else {
        let outcome = signals.class.outcome();
        // Before the token is remembered: one client must not fill the memory of clicked links.
        let is_excess = outcome == ClickOutcome::Counted && state.limiter.charge(client, RateKind::Clicks).is_err();
        let outcome = if is_excess { ClickOutcome::Excess } else { outcome };
        (outcome, response(signals, target))
    };
    let cell = ClickCell {
        hour: now.hour(),
        partner: state.partner_name(partner),
        code: state.code_name(code),
        kind: Some(kind),
        outcome,
    };
    let replay_check = ReplayCheck { dedup_id: opened.dedup_id, repeat_key, issued };
    let replay_check = (outcome == ClickOutcome::Counted).then_some(replay_check);
    ClassifiedClick { cell, group, replay_check, response }
}

/// The response to a click whose token is valid. A filtered client is not told that it was filtered.
fn response(signals: ClickSignals<'_>, target: String) -> ClickResponse {
    if signals.class == ClickClass::Prefetch {
        ClickResponse::PrefetchRejected
    } else if signals.is_cross_site {
        ClickResponse::ShowTarget(target)
    } else {
        ClickResponse::Redirect(target)
    }
}

fn forged(now: Time) -> ClassifiedClick {
    let cell = ClickCell {
        hour: now.hour(),
        partner: ConfigName::unknown(),
        code: ConfigName::unknown(),
        kind: None,
        outcome: ClickOutcome::Forged,
    };
    ClassifiedClick { cell, group: None, replay_check: None, response: ClickResponse::Forged }
}

/// Checks for a duplicate and counts the click. There is no await point between the check and the writer, so every
/// click that is remembered as seen has been counted.
async fn count(
    state: Arc<AppState>,
    mut cell: ClickCell,
    group: Option<u32>,
    replay_check: Option<ReplayCheck>,
    person: Person,
) -> Committed {
    if let Some(check) = replay_check {
        cell.outcome = counted_or_duplicate(&state, check).await;
    }
    let group = group.filter(|_| cell.outcome == ClickOutcome::Counted).and_then(|group| state.keyword_group(group));
    let slice = group.map(|group| SliceCell {
        day: cell.hour.day(),
        partner: cell.partner.clone(),
        value: Slice::ClickedKeywordGroup(group.clone()),
    });
    state.slices.add(slice, person, state.k);
    state.writer.add_and_commit([(Cell::Click(cell), 1)])
}

/// A token issued before the process started may have been clicked before: `after_restart` decides, unless the dedup
/// store that nodes share rules it out.
async fn counted_or_duplicate(state: &AppState, check: ReplayCheck) -> ClickOutcome {
    let expiry = expiry(check.issued, state.clicks.ttl);
    match state.dedup.click(check.dedup_id, expiry, time::instant()).await {
        DedupResult::Duplicate => ClickOutcome::Duplicate,
        DedupResult::NewEverywhere => counted_or_repeated(state, &check),
        DedupResult::NewHere => {
            let predates_process = check.issued.0 < state.clicks.started_at.load(Ordering::Relaxed);
            match state.clicks.after_restart {
                AfterRestart::Skip if predates_process => ClickOutcome::Duplicate,
                AfterRestart::Skip | AfterRestart::Count => counted_or_repeated(state, &check),
            }
        }
    }
}

fn counted_or_repeated(state: &AppState, check: &ReplayCheck) -> ClickOutcome {
    let is_repeated = |key| state.limiter.clients().is_repeated_click(key, state.clicks.repeat_window);
    if check.repeat_key.is_some_and(is_repeated) { ClickOutcome::Repeated } else { ClickOutcome::Counted }
}
