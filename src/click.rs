//! The life of one click: opened, judged, counted, committed; then the redirect.

use std::sync::atomic::Ordering;

use crate::counts::cells::{Cell, ClickCell, ClickOutcome, Slice};
use crate::names::Name;
use crate::parts::{AfterRestart, Parts};
use crate::seal::click_token::{self, Click};
use crate::seal::token::is_expired;
use crate::world::{self, Time};

/// What the request for a click looks like; `door/read` tells, from headers that go no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
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
pub enum Reply {
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

/// Follows one click. Returns once its count is committed, or after `click_wait`: the count is then
/// still in hand, and the person is not kept waiting for a slow disk.
pub async fn follow(parts: &Parts, token: &[u8], manner: Manner) -> Reply {
    let now = world::now();
    let (cells, reply) = judge(parts, token, manner, now);
    // From the first look at the token to here nothing waits, so a client that leaves cannot take the
    // memory of the token without leaving its count.
    let committed = parts.ledger.add_and_commit(cells);
    if tokio::time::timeout(parts.clicks.wait, committed.wait()).await != Ok(true) {
        parts.metrics.click_waits_exceeded.inc();
    }
    reply
}

/// What a click counts as: its cell, and its keyword group where that may be written.
fn judge(parts: &Parts, token: &[u8], manner: Manner, now: Time) -> (Vec<(Cell, u64)>, Reply) {
    let opened = click_token::open(parts.keys.load().opening(), token);
    let Ok(opened) = opened else {
        let unknown = Name::unknown();
        let cell = ClickCell {
            hour: now.hour(),
            partner: unknown.clone(),
            code: unknown,
            kind: None,
            outcome: ClickOutcome::Forged,
        };
        return (vec![(Cell::Click(cell), 1)], Reply::Forged);
    };
    let Click { partner, code, group, kind, issued, target } = opened.click;
    let (outcome, reply) = if is_expired(issued, now, parts.clicks.lifetime) {
        (ClickOutcome::Expired, Reply::Expired(target))
    } else {
        match manner {
            Manner::Prefetch => (ClickOutcome::Prefetch, Reply::RefusePrefetch),
            Manner::Head => (ClickOutcome::Head, Reply::Redirect(target)),
            Manner::Bot => (ClickOutcome::Bot, Reply::Redirect(target)),
            Manner::CrossSite => (ClickOutcome::CrossSite, Reply::Show(target)),
            Manner::Plain => (first_or_duplicate(parts, opened.serial, issued), Reply::Redirect(target)),
        }
    };
    let cell = ClickCell {
        hour: now.hour(),
        partner: parts.partner_name(partner),
        code: parts.code_name(code),
        kind: Some(kind),
        outcome,
    };
    let group = group.filter(|_| outcome == ClickOutcome::Counted).and_then(|group| parts.group(group));
    let group = group.map(|group| Slice::ClickedKeywordGroup(group.clone()));
    let mut cells = parts.slices.add(now.day(), &cell.partner, group, parts.k);
    cells.push((Cell::Click(cell), 1));
    (cells, reply)
}

/// Tokens older than the process may have been clicked before it began: `after_restart` decides.
fn first_or_duplicate(parts: &Parts, serial: u64, issued: Time) -> ClickOutcome {
    let before_us = issued.0 < parts.clicks.began.load(Ordering::Relaxed);
    let first = parts.once.is_first(serial, world::instant());
    if first && !(before_us && parts.clicks.after_restart == AfterRestart::Skip) {
        ClickOutcome::Counted
    } else {
        ClickOutcome::Duplicate
    }
}
