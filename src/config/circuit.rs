//! `circuit` of a `[[partner]]`: when it is skipped, and for how long. docs/partners.md, "Circuits", derives the defaults.

use std::time::Duration;

use crate::config::table_reader::TableReader;
use crate::partner::circuit::CircuitRules;

/// Bounds of all times: shorter ones would be jitter, longer ones would make a partner unreachable by a typing error.
const MIN_TIME: Duration = Duration::from_millis(100);
const MAX_TIME: Duration = Duration::from_secs(3_600);

/// Reads `circuit`.
pub(super) fn read(partner: &mut TableReader<'_>) -> CircuitRules {
    let mut table = partner.table("circuit");
    let mut number = |key, default, max| u32::try_from(table.integer(key, default, 1..=max)).unwrap_or(u32::MAX);
    let min_calls = number("min_calls", 10, 1_000_000);
    let failure_per_cent = number("failure_per_cent", 50, 100);
    let slow_per_cent = number("slow_per_cent", 80, 100);
    let probes = number("probes", 3, 100);
    let mut time = |key, seconds| table.duration(key, Duration::from_secs(seconds), MIN_TIME..=MAX_TIME);
    let (slow_after, window, open) = (time("slow_after", 5), time("window", 10), time("open", 5));
    let max_open = time("max_open", 60);
    if max_open < open {
        table.error_at_key("max_open", "must not be shorter than `open`");
    }
    table.finish();
    CircuitRules { min_calls, failure_per_cent, slow_after, slow_per_cent, window, open, max_open, probes }
}
