//! The machine: its clock, and where memory could be written to disk.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::doctor::finding::{Findings, Section};
use crate::time::{self, Day, Hour, Time};

/// Released after this day (2026-11-28), so a clock before it is wrong.
const RELEASED: Day = Day(20_785);

/// A wall clock that moves against the monotonic clock by this much while doctor runs is being set.
const STEP: Duration = Duration::from_secs(2);

/// Exists while systemd-timesyncd has the time from a server.
const TIMESYNC: &str = "/run/systemd/timesync/synchronized";

/// The clocks at the beginning.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beginning {
    wall: Time,
    monotonic: Instant,
}

impl Beginning {
    pub(super) fn now() -> Self {
        Self { wall: time::now(), monotonic: time::instant() }
    }
}

/// Looks at the clock, also against the latest hour that was counted.
pub(super) fn examine_clock(beginning: Beginning, latest_hour: Option<&str>, findings: &mut Findings) {
    let (subject, now) = ("this machine", time::now());
    if now.day() < RELEASED {
        let found = format!("shows {now}, before this program was made");
        findings.problem(Section::Clock, subject, found, "set the clock by NTP before you start the service");
    }
    let expected = beginning.wall.0 + beginning.monotonic.elapsed().as_secs();
    if now.0.abs_diff(expected) >= STEP.as_secs() {
        let found = format!("jumped by {} s while doctor was looking", now.0.abs_diff(expected));
        findings.problem(Section::Clock, subject, found, "let NTP slew it; look again when it has settled");
    }
    match latest_hour.and_then(Hour::parse) {
        Some(latest) if latest > Hour(now.hour().0.saturating_add(1)) => {
            let found = format!("shows {now}, and counts are there of {latest}: it is behind, or was ahead");
            findings.problem(
                Section::Clock,
                subject,
                found,
                "set it by NTP; counts of hours to come stay under those hours",
            );
        }
        Some(latest) => {
            findings.fine(Section::Clock, subject, format!("shows {now}; the latest hour counted is {latest}"))
        }
        None => findings.fine(Section::Clock, subject, format!("shows {now}; nothing is counted yet")),
    }
    if Path::new(TIMESYNC).exists() {
        findings.fine(Section::Clock, subject, "is synchronized by systemd-timesyncd");
    } else {
        findings.note(
            Section::Clock,
            subject,
            "may be synchronized or not: systemd-timesyncd does not run; ask your NTP service",
        );
    }
    findings.fine(Section::Clock, "zone", "hours and days are UTC; the machine's zone and TZ are not read");
}

/// Looks at swap.
pub(super) fn examine_memory(findings: &mut Findings) {
    let swaps = match fs::read_to_string("/proc/swaps") {
        Ok(swaps) => swaps,
        Err(error) => return findings.note(Section::Machine, "swap", format!("cannot be looked at: {error}")),
    };
    // A header, then one line for each area. zram is memory.
    let areas = swaps.lines().skip(1).filter_map(|line| line.split_whitespace().next());
    let on_disk: Vec<&str> = areas.filter(|area| !area.contains("zram")).collect();
    if on_disk.is_empty() {
        findings.fine(Section::Machine, "swap", "is off: memory is not written to disk");
    } else {
        let found = format!(
            "is on ({}): the kernel may write memory, with keywords in it, to disk; encrypt it or turn it off",
            on_disk.join(", ")
        );
        findings.note(Section::Machine, "swap", found);
    }
}
