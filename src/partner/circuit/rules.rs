//! When a circuit opens and for how long (`circuit` of a `[[partner]]`).

use std::time::Duration;

use crate::partner::circuit::call_window::CallTotals;
use crate::partner::circuit::recent_callers::CallerVotes;

/// Clients that must have seen a partner fail before it is skipped, if another client got answers meanwhile.
const MIN_FAILING_CLIENTS: u32 = 2;

/// When a circuit opens and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CircuitRules {
    /// Minimum number of requests in the window. Fewer open nothing, so that no few searches of one person do.
    pub min_calls: u32,
    /// Opens if at least this percentage of the requests failed.
    pub failure_per_cent: u32,
    /// A request that takes at least this long is slow.
    pub slow_after: Duration,
    /// Opens if at least this percentage of the requests was slow.
    pub slow_per_cent: u32,
    /// The shortest window.
    pub window: Duration,
    /// The first wait.
    pub open: Duration,
    /// The longest wait, without jitter and `Retry-After`.
    pub max_open: Duration,
    /// Probes at once, and good probes that close the circuit.
    pub probes: u32,
}

impl CircuitRules {
    /// The percentage that these requests reach, of failures or of slow ones; `None` if they reach neither.
    pub(super) fn reached_percentage(&self, totals: &CallTotals) -> Option<u32> {
        let reaches = |n: u32, per_cent: u32| u64::from(n) * 100 >= u64::from(totals.calls) * u64::from(per_cent);
        let failures = reaches(totals.failed, self.failure_per_cent).then_some(self.failure_per_cent);
        failures.or_else(|| reaches(totals.slow, self.slow_per_cent).then_some(self.slow_per_cent))
    }
}

impl CallerVotes {
    /// Whether enough clients say that the partner fails: all of them, or this percentage and more than one.
    pub(super) fn reach(&self, per_cent: u32) -> bool {
        let all = u64::from(self.bad) + u64::from(self.good);
        let is_percentage = u64::from(self.bad) * 100 >= all * u64::from(per_cent);
        self.good == 0 || (self.bad >= MIN_FAILING_CLIENTS && is_percentage)
    }
}
