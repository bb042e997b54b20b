//! The life of one click: opened, judged, counted, committed; then the redirect.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::counts::cells::{Cell, ClickCell, ClickOutcome, Slice};
use crate::dedup::Seen;
use crate::name::ConfigName;
use crate::state::{AfterRestart, AppState};
use crate::storage::writer::Committed;
use crate::time::{self, Time};
use crate::tokens::click::{self, ClickToken};
use crate::tokens::sealed::is_expired;

/// What the request for a click looks like; `door/read` tells, from headers that go no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClickClass {
    /// As a person's click does.
    Plain,
    /// The browser fetches ahead.
    Prefetch,
    /// `HEAD`.
    Head,
    /// The agent calls itself a robot.
    Bot,
    /// Another site's page made it.
    CrossSite,
}

/// What is to be answered.
#[derive(Debug, PartialEq, Eq)]
pub enum ClickResponse {
    /// `303` to the target.
    Redirect(String),
    /// A page that shows the target as text: another site must not be able to send people through here.
    Show(String),
    /// `410` with the target as text.
    Expired(String),
    /// The token does not open.
    Forged,
    /// Not fetched ahead.
    RefusePrefetch,
}

/// What a token comes to, before it is known whether it was clicked before.
struct ClassifiedClick {
    cell: ClickCell,
    /// Fingerprint of its search's keyword group.
    group: Option<u32>,
    /// What is remembered of it, where it may count, and when it was issued.
    first: Option<(u64, Time)>,
    reply: ClickResponse,
}

/// Follows one click. Returns once its count is committed, or after `click_wait`: the count is then
/// still in hand, and the person is not kept waiting for a slow disk.
pub async fn follow(parts: &Arc<AppState>, token: &[u8], manner: ClickClass) -> ClickResponse {
    let now = time::now();
    let ClassifiedClick { cell, group, first, reply } = judge(parts, token, manner, now);
    let counted = parts.memory.to_the_end(count(parts.clone(), cell, group, first)).await;
    let committed = async { Some(counted?.wait().await) };
    if tokio::time::timeout(parts.clicks.wait, committed).await != Ok(Some(true)) {
        parts.metrics.click_waits_exceeded.inc();
    }
    reply
}

/// From the memory's answer to the ledger nothing waits, so what is remembered as clicked has been counted.
async fn count(parts: Arc<AppState>, mut cell: ClickCell, group: Option<u32>, first: Option<(u64, Time)>) -> Committed {
    if let Some((mark, issued)) = first {
        cell.outcome = first_or_duplicate(&parts, mark, issued).await;
    }
    let group = group.filter(|_| cell.outcome == ClickOutcome::Counted).and_then(|group| parts.group(group));
    let group = group.map(|group| Slice::ClickedKeywordGroup(group.clone()));
    let slices = parts.slices.add(cell.hour.day(), &cell.partner, group, parts.k);
    parts.ledger.add_and_commit(slices.into_iter().chain([(Cell::Click(cell), 1)]))
}

fn judge(parts: &AppState, token: &[u8], manner: ClickClass, now: Time) -> ClassifiedClick {
    let opened = click::open(parts.keys.load().token_keys(), token);
    let Ok(opened) = opened else {
        let unknown = ConfigName::unknown();
        let cell = ClickCell {
            hour: now.hour(),
            partner: unknown.clone(),
            code: unknown,
            kind: None,
            outcome: ClickOutcome::Forged,
        };
        return ClassifiedClick { cell, group: None, first: None, reply: ClickResponse::Forged };
    };
    let ClickToken { partner, code, group, kind, issued, target } = opened.click;
    let (outcome, reply) = if is_expired(issued, now, parts.clicks.lifetime) {
        (ClickOutcome::Expired, ClickResponse::Expired(target))
    } else {
        match manner {
            ClickClass::Prefetch => (ClickOutcome::Prefetch, ClickResponse::RefusePrefetch),
            ClickClass::Head => (ClickOutcome::Head, ClickResponse::Redirect(target)),
            ClickClass::Bot => (ClickOutcome::Bot, ClickResponse::Redirect(target)),
            ClickClass::CrossSite => (ClickOutcome::CrossSite, ClickResponse::Show(target)),
            ClickClass::Plain => (ClickOutcome::Counted, ClickResponse::Redirect(target)),
        }
    };
    let cell = ClickCell {
        hour: now.hour(),
        partner: parts.partner_name(partner),
        code: parts.code_name(code),
        kind: Some(kind),
        outcome,
    };
    let first = (outcome == ClickOutcome::Counted).then_some((opened.dedup_id, issued));
    ClassifiedClick { cell, group, first, reply }
}

/// Tokens older than the process may have been clicked before it began: `after_restart` decides, unless the memory that
/// nodes share says that they were not.
async fn first_or_duplicate(parts: &AppState, mark: u64, issued: Time) -> ClickOutcome {
    match parts.memory.click(mark, time::instant()).await {
        Seen::Before => ClickOutcome::Duplicate,
        Seen::Nowhere => ClickOutcome::Counted,
        Seen::NotHere => {
            let before_us = issued.0 < parts.clicks.began.load(Ordering::Relaxed);
            match parts.clicks.after_restart {
                AfterRestart::Skip if before_us => ClickOutcome::Duplicate,
                AfterRestart::Skip | AfterRestart::Count => ClickOutcome::Counted,
            }
        }
    }
}
