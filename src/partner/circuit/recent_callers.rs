//! The last requests to a partner by client, so that what one client searches for does not take the partner from everybody:
//! each client has one vote, however often it asked.

use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use crate::partner::circuit::call_window::CallTotals;

/// Requests that are remembered: 32 kB for each partner. A partner with more in its window is judged by the clients of the
/// last ones.
const MAX_CALLS: usize = 1_024;

/// A client, by a number that was not derived from anything of it and is another one after an hour at most.
pub type CallerNumber = u64;

#[derive(Debug)]
struct RecentCall {
    at: Instant,
    caller: CallerNumber,
    is_failed: bool,
    is_slow: bool,
}

/// The last requests to one partner.
#[derive(Debug, Default)]
pub(super) struct RecentCallers(VecDeque<RecentCall>);

/// How many clients say what of a partner.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct CallerVotes {
    /// Clients of whose requests too many failed or were slow.
    pub(super) bad: u32,
    /// The other ones.
    pub(super) good: u32,
    /// One of the bad ones.
    pub(super) a_bad_one: Option<CallerNumber>,
}

impl RecentCallers {
    /// Adds a request that ended now.
    pub(super) fn record(&mut self, at: Instant, caller: CallerNumber, is_failed: bool, is_slow: bool) {
        if self.0.len() >= MAX_CALLS {
            self.0.pop_front();
        }
        self.0.push_back(RecentCall { at, caller, is_failed, is_slow });
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Forgets the requests that ended before `since`.
    pub(super) fn forget_before(&mut self, since: Instant) {
        while self.0.pop_front_if(|call| call.at < since).is_some() {}
    }

    /// The votes of the clients that asked after `since`; `is_bad` judges the requests of one of them.
    pub(super) fn votes(&self, since: Instant, is_bad: impl Fn(&CallTotals) -> bool) -> CallerVotes {
        let mut callers: HashMap<CallerNumber, CallTotals> = HashMap::new();
        for call in self.0.iter().rev().take_while(|call| call.at >= since) {
            callers.entry(call.caller).or_default().add(CallTotals {
                calls: 1,
                failed: call.is_failed.into(),
                slow: call.is_slow.into(),
                ..CallTotals::default()
            });
        }
        let mut votes = CallerVotes::default();
        for (caller, totals) in callers {
            if is_bad(&totals) {
                votes.bad = votes.bad.saturating_add(1);
                votes.a_bad_one = Some(caller);
            } else {
                votes.good = votes.good.saturating_add(1);
            }
        }
        votes
    }
}
