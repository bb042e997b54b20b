//! Paths of the admin listener that pages link to.

/// The prefix of all reports: `/reports/NAME.csv` and `/reports/NAME.json`.
pub const REPORTS: &str = "/reports/";
