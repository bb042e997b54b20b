//! A profile: how a partner's statements are to be read. Nothing is guessed from a statement itself; what a profile does not
//! say is refused.

use std::fmt::Write as _;

use jiff::tz::TimeZone;

use crate::billing::money::Currency;
use crate::billing::number::NumberMarks;

/// How statements are read.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The zone that the partner's days are days of, with its name (IANA).
    pub zone: TimeZone,
    /// What the file is.
    pub format: FileFormat,
    /// How its text is encoded.
    pub encoding: Encoding,
    /// Where everything stands.
    pub columns: Columns,
    /// How its dates are written, as strftime(3) has it.
    pub date_format: String,
    /// How its numbers are written.
    pub marks: NumberMarks,
    /// Whether money is in millionths of a unit.
    pub in_micros: bool,
    /// What money is in.
    pub currency: Money,
    /// How rows of totals are told.
    pub totals: Vec<Total>,
    /// How lines begin that are no rows, such as a count of rows or a copyright.
    pub footers: Vec<String>,
    /// 0 clicks mean that they are not told.
    pub zero_is_unknown: bool,
}

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileFormat {
    /// Text with a delimiter (RFC 4180, with any ASCII character in the comma's place).
    Table(u8),
    /// JSON (RFC 8259).
    Json {
        /// JSON pointer to the list of rows: objects, or arrays whose first one holds the columns' names.
        list: String,
        /// JSON pointer to the columns' names, where they stand apart.
        headers: Option<String>,
        /// JSON pointer to a row of totals that stands apart.
        totals: Option<String>,
    },
}

/// How a text is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As its byte order mark says, else UTF-8.
    Auto,
    /// UTF-8.
    Utf8,
    /// UTF-16, the low byte first.
    Utf16Le,
    /// UTF-16, the high byte first.
    Utf16Be,
}

impl Encoding {
    /// Every encoding, by its name in the configuration.
    pub const ALL: [(&str, Self); 4] =
        [("auto", Self::Auto), ("utf-8", Self::Utf8), ("utf-16le", Self::Utf16Le), ("utf-16be", Self::Utf16Be)];
}

/// The columns by their names: any of a list, since partners rename and translate them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    /// The day.
    pub date: Vec<String>,
    /// The hour of the day, where rows are by the hour. Told apart, and summed up.
    pub hour: Vec<String>,
    /// The code.
    pub code: Vec<String>,
    /// Searches.
    pub searches: Vec<String>,
    /// Clicks.
    pub clicks: Vec<String>,
    /// The money; `{currency}` in a name stands for three letters.
    pub revenue: Vec<String>,
    /// Whether the day is final.
    pub is_final: Vec<String>,
    /// Others by which rows are told apart, and which are summed up.
    pub dimensions: Vec<String>,
}

/// What money is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Money {
    /// Always this.
    In(Currency),
    /// What a column says, by any of its names.
    Column(Vec<String>),
    /// What stands for `{currency}` in the name of the column `revenue`.
    Header,
    /// There is none.
    None,
}

/// How a row of totals is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Total {
    /// It has no date.
    Empty,
    /// It is the last row.
    Last,
    /// A cell of it begins so.
    Text(String),
}

impl Profile {
    /// The profile as text, a line a key: kept with each statement that it read.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { zone, format, encoding, columns, date_format, marks, .. } = self;
        let Columns { date, hour, code, searches, clicks, revenue, is_final, dimensions } = columns;
        let mut text = String::new();
        let mut line = |key: &str, value: &dyn std::fmt::Debug| {
            // Writing to a String does not fail.
            let _ = writeln!(text, "{key} = {value:?}");
        };
        line("zone", &zone.iana_name().unwrap_or("UTC"));
        line("format", format);
        line("encoding", encoding);
        line("date_format", date_format);
        line("marks", marks);
        line("in_micros", &self.in_micros);
        line("currency", &self.currency);
        line("totals", &self.totals);
        line("footers", &self.footers);
        line("zero_is_unknown", &self.zero_is_unknown);
        let names = [("date", date), ("hour", hour), ("code", code), ("searches", searches), ("clicks", clicks)];
        let others = [("revenue", revenue), ("final", is_final), ("dimensions", dimensions)];
        for (key, names) in names.into_iter().chain(others) {
            line(key, names);
        }
        text
    }
}
