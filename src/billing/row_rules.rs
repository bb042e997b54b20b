//! The rules of a profile for what a row covers and which cells it may lack. All have defaults; a profile's text names only those
//! that are set, so that profiles of earlier versions keep their text.

use jiff::civil::{Date, Weekday};

use crate::billing::number::Grouping;

/// Days counted from 1899-12-30, as spreadsheets store them.
const EXCEL: &str = "excel";
/// Days counted from 1904-01-01, as spreadsheets on early Macintosh computers stored them.
pub const EXCEL_1904: &str = "excel-1904";

/// Whether a `date_format` is the day numbers of a spreadsheet.
#[must_use]
pub fn is_spreadsheet_format(format: &str) -> bool {
    format == EXCEL || format == EXCEL_1904
}

/// Formats of instants since 1970-01-01T00:00:00Z that strftime has no name for, with how many of their units a second has. `%s` is seconds.
pub const EPOCH_FORMATS: [(&str, i64); 2] = [("epoch-ms", 1_000), ("epoch-us", 1_000_000)];

/// Returns how many units a second has in one of [`EPOCH_FORMATS`].
#[must_use]
pub fn epoch_units(format: &str) -> Option<i64> {
    EPOCH_FORMATS.iter().find(|(name, _)| *name == format).map(|(_, units)| *units)
}

/// How many days a row covers.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Grain {
    /// One day.
    #[default]
    Day,
    /// A week, or a part of one.
    Week,
    /// A month.
    Month,
}

impl Grain {
    /// Every grain with its name in the configuration.
    pub const ALL: [(&str, Self); 3] = [("day", Self::Day), ("week", Self::Week), ("month", Self::Month)];

    /// The name in the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }
}

/// A column that a file may lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionalColumn {
    /// The code; all rows then belong to one code.
    Code,
    /// The hour.
    Hour,
    /// Searches.
    Searches,
    /// Revenue.
    Revenue,
    /// Whether the day is final.
    Final,
    /// The extra dimensions, each.
    Dimensions,
}

impl OptionalColumn {
    /// Every such column with its key in the configuration.
    pub const ALL: [(&str, Self); 6] = [
        ("code", Self::Code),
        ("hour", Self::Hour),
        ("searches", Self::Searches),
        ("revenue", Self::Revenue),
        ("final", Self::Final),
        ("dimensions", Self::Dimensions),
    ];
}

/// The rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowRules {
    /// How many days a row covers.
    pub grain: Grain,
    /// The column with the last day of a week or month.
    pub date_end: Vec<String>,
    /// The first day of a week that is named by a date; if none is set, all rows must agree.
    pub week_start: Option<Weekday>,
    /// The language of the names of months (BCP 47); if none is set, all common languages are tried.
    pub date_locale: Option<String>,
    /// How many rows the header has.
    pub header_rows: usize,
    /// The columns that a file may lack.
    pub optional: Vec<OptionalColumn>,
    /// Whether days that the file leaves out, between its first and its last, are days of zero.
    pub missing_days_are_zero: bool,
    /// Where group marks stand; `None` is [`Grouping::Thousands`], or either grouping for currencies of South Asia.
    pub grouping: Option<Grouping>,
    /// The cells that mean "not told", folded, if not the usual ones.
    pub not_told: Option<Vec<String>>,
    /// Whether rows of an earlier month than the rest of the file are added to what is in force, also if they are not negative.
    pub older_rows_are_added: bool,
    /// The cells of the column `final`, folded, that mean that the day is not final, if not the usual ones; `*` is any text.
    pub preliminary: Vec<String>,
    /// The names of files with preliminary numbers; `*` is any text.
    pub preliminary_files: Vec<String>,
    /// The first and the last day that the file covers, in the operator's words.
    pub covers: Option<(Date, Date)>,
    /// Whether digits of every script are read, not only 0 to 9.
    pub has_any_digits: bool,
    /// The cells of the date column of rows that are of no day, and are added to the last one; `*` is any text, [`UNDATED_EMPTY`] no text.
    pub undated_rows: Vec<String>,
}

/// Stands for a cell without a text in [`RowRules::undated_rows`].
pub const UNDATED_EMPTY: &str = "empty";

impl Default for RowRules {
    fn default() -> Self {
        Self {
            grain: Grain::Day,
            date_end: Vec::new(),
            week_start: None,
            date_locale: None,
            header_rows: 1,
            optional: Vec::new(),
            missing_days_are_zero: false,
            grouping: None,
            not_told: None,
            older_rows_are_added: false,
            preliminary: Vec::new(),
            preliminary_files: Vec::new(),
            covers: None,
            has_any_digits: false,
            undated_rows: Vec::new(),
        }
    }
}

impl RowRules {
    /// Calls `line` with each key that is not at its default, and its value.
    pub fn write(&self, line: &mut dyn FnMut(&str, &dyn std::fmt::Debug)) {
        let default = Self::default();
        let Self { grain, date_end, week_start, date_locale, header_rows, optional, .. } = self;
        let Self { missing_days_are_zero, grouping, not_told, older_rows_are_added, .. } = self;
        let Self { preliminary, preliminary_files, covers, has_any_digits, undated_rows, .. } = self;
        let set: [(&str, bool, &dyn std::fmt::Debug); 15] = [
            ("grain", *grain != default.grain, grain),
            ("date_end", *date_end != default.date_end, date_end),
            ("week_start", *week_start != default.week_start, week_start),
            ("date_locale", *date_locale != default.date_locale, date_locale),
            ("header_rows", *header_rows != default.header_rows, header_rows),
            ("optional", *optional != default.optional, optional),
            ("missing_days_are_zero", *missing_days_are_zero, missing_days_are_zero),
            ("grouping", *grouping != default.grouping, grouping),
            ("not_told", *not_told != default.not_told, not_told),
            ("older_rows_are_added", *older_rows_are_added, older_rows_are_added),
            ("preliminary", !preliminary.is_empty(), preliminary),
            ("preliminary_files", !preliminary_files.is_empty(), preliminary_files),
            ("covers", covers.is_some(), covers),
            ("has_any_digits", *has_any_digits, has_any_digits),
            ("undated_rows", !undated_rows.is_empty(), undated_rows),
        ];
        for (key, is_set, value) in set {
            if is_set {
                line(key, value);
            }
        }
    }
}
