//! The head of the page: whose it is, which days it is about, and how the process and its store are.

use std::time::Duration;

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use maud::{Markup, html};

use crate::admin::dashboard::panel::day_and_month;
use crate::admin::process_status::ProcessStatus;
use crate::report::ReportFilter;
use crate::time;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

pub(super) fn render(service: &str, filter: &ReportFilter, status: ProcessStatus) -> Markup {
    let [before_from, before_to] = before(filter);
    let updated = Timestamp::from_second(i64::try_from(time::now().0).unwrap_or_default()).unwrap_or_default();
    html! {
        header {
            h1 { (service) }
            span { (range(filter.from, filter.to)) " (UTC), compared with " (range(before_from, before_to)) }
            span {
                "up " (duration(status.uptime)) " · " (if status.is_writable { "store writable" } else { "store not writable" })
                " · updated " (updated.strftime("%H:%M")) " UTC"
            }
        }
    }
}

/// The first and the last day of the period before, which has the same length.
pub(super) fn before(filter: &ReportFilter) -> [Date; 2] {
    let days = filter.from.until(filter.to).map_or(0, |span| span.get_days()) + 1;
    [filter.from, filter.to].map(|day| day.saturating_sub(Span::new().days(days)))
}

/// `2 Nov – 29 Nov 2026`
fn range(from: Date, to: Date) -> String {
    let first = if from.year() == to.year() { day_and_month(from) } else { from.strftime("%-d %b %Y").to_string() };
    format!("{first} – {}", to.strftime("%-d %b %Y"))
}

/// A duration in its largest unit, rounded down: `14 min`.
pub(super) fn duration(duration: Duration) -> String {
    match duration.as_secs() {
        seconds if seconds < MINUTE => format!("{seconds} s"),
        seconds if seconds < HOUR => format!("{} min", seconds / MINUTE),
        seconds if seconds < 2 * DAY => format!("{} h", seconds / HOUR),
        seconds => format!("{} days", seconds / DAY),
    }
}
