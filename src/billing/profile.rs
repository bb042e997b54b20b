//! A profile: the configured description of a partner's statement files. The importer guesses nothing from a file; it rejects
//! what the profile does not describe.

use std::fmt::{self, Write as _};

use jiff::tz::TimeZone;

use crate::billing::money::Currency;
use crate::billing::number::{MoneyUnit, NumberMarks};
use crate::billing::row_rules::RowRules;

/// How statement files are read.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The time zone of the partner's days (IANA).
    pub zone: TimeZone,
    /// The file format.
    pub format: FileFormat,
    /// The text encoding.
    pub encoding: Encoding,
    /// The sheet of a spreadsheet; without it, the only one that has the columns.
    pub sheet: Option<SheetChoice>,
    /// The name of the file in a ZIP file, in which `*` stands for any text; without it, the only one.
    pub member: Option<String>,
    /// Members of JSON entries that are not rows: names, or JSON pointers (RFC 6901).
    pub skip: Vec<String>,
    /// What the names of the members of JSON objects are called that are the rows, or have them: the outermost first.
    pub keyed_by: Vec<String>,
    /// JSON pointers to further lists of the columns' names, of which rows have a list each.
    pub more_headers: Vec<String>,
    /// What a JSON file says of itself, which is checked.
    pub claims: FileClaims,
    /// The column names.
    pub columns: Columns,
    /// The date format, as in strftime(3).
    pub date_format: String,
    /// The marks inside numbers.
    pub marks: NumberMarks,
    /// The unit of the amounts.
    pub unit: MoneyUnit,
    /// Where the currency comes from.
    pub currency: CurrencySource,
    /// How rows of totals are recognized.
    pub totals: Vec<TotalsRule>,
    /// Prefixes of lines that are not rows, such as a row count or a copyright notice.
    pub footers: Vec<String>,
    /// True if 0 clicks mean that the number is withheld.
    pub zero_is_unknown: bool,
    /// What a row covers, and what it may lack.
    pub rules: RowRules,
}

/// The format of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileFormat {
    /// Delimited text (RFC 4180, with this ASCII character as the delimiter); or a spreadsheet, which is recognized by its contents.
    Table(u8),
    /// A spreadsheet, XLSX or ODS.
    Spreadsheet,
    /// A JSON value in each line: an object, or an array; the first array contains the column names.
    JsonLines,
    /// XML, in which the elements at this path are rows.
    Xml {
        /// The names of the elements from the root, such as `/report/row`.
        list: String,
    },
    /// JSON (RFC 8259).
    Json {
        /// JSON pointer (RFC 6901) to the list of rows: objects, or arrays of which the first contains the column names.
        list: String,
        /// JSON pointer to the column names, if they are not in the list.
        headers: Option<String>,
        /// JSON pointer to a row of totals, if it is not in the list.
        totals: Option<String>,
    },
}

/// Where a JSON file says something of itself: JSON pointers (RFC 6901) into the file, or into entries that are not rows. `*` is each
/// entry of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileClaims {
    /// The currency code of the money.
    pub currency: Option<String>,
    /// The number of rows.
    pub rows: Option<String>,
}

/// Which sheet of a spreadsheet is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SheetChoice {
    /// The one of this name.
    Name(String),
    /// The one at this place, from 1.
    Number(u64),
}

impl fmt::Display for SheetChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "\"{}\"", name.escape_debug()),
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}

/// The encoding of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// The encoding of the byte order mark, or of an XML declaration; UTF-8 without one.
    Auto,
    /// UTF-8.
    Utf8,
    /// UTF-16, little-endian.
    Utf16Le,
    /// UTF-16, big-endian.
    Utf16Be,
    /// Another encoding of the WHATWG Encoding Standard, by its name.
    Named(&'static str),
}

impl Encoding {
    /// Returns the encoding of a name in the configuration: `auto`, or a label of the WHATWG Encoding Standard.
    #[must_use]
    pub fn from_label(label: &str) -> Option<Self> {
        if label == "auto" {
            return Some(Self::Auto);
        }
        let encoding = encoding_rs::Encoding::for_label_no_replacement(label.as_bytes())?;
        Some(if encoding == encoding_rs::UTF_8 {
            Self::Utf8
        } else if encoding == encoding_rs::UTF_16LE {
            Self::Utf16Le
        } else if encoding == encoding_rs::UTF_16BE {
            Self::Utf16Be
        } else {
            Self::Named(encoding.name())
        })
    }

    /// Returns how the bytes of a text are decoded; as UTF-8 if the encoding is not known yet.
    #[must_use]
    pub fn decoding(self) -> &'static encoding_rs::Encoding {
        match self {
            Self::Auto | Self::Utf8 => encoding_rs::UTF_8,
            Self::Utf16Le => encoding_rs::UTF_16LE,
            Self::Utf16Be => encoding_rs::UTF_16BE,
            Self::Named(name) => encoding_rs::Encoding::for_label(name.as_bytes()).unwrap_or(encoding_rs::UTF_8),
        }
    }
}

/// The names of the columns. Each is a list of alternatives, because partners rename and translate their columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    /// The day.
    pub date: Vec<String>,
    /// The hour of the day, if rows are hourly. Part of a row's key, then aggregated away.
    pub hour: Vec<String>,
    /// The code.
    pub code: Vec<String>,
    /// Searches.
    pub searches: Vec<String>,
    /// Clicks.
    pub clicks: Vec<String>,
    /// Revenue; `{currency}` in a name matches a three-letter currency code.
    pub revenue: Vec<String>,
    /// Whether the day is final.
    pub is_final: Vec<String>,
    /// Extra dimensions. Part of a row's key, then aggregated away.
    pub dimensions: Vec<String>,
}

/// Where the currency of a statement comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CurrencySource {
    /// It is always this currency.
    In(Currency),
    /// From a column with one of these names.
    Column(Vec<String>),
    /// From `{currency}` in the name of the revenue column.
    Header,
    /// The statement has no revenue.
    None,
}

/// How a row of totals is recognized.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TotalsRule {
    /// Its date is empty.
    Empty,
    /// It is the last row.
    Last,
    /// One of its cells begins with this text.
    Text(String),
    /// It has a date, and no code or one dimension less.
    Unlabelled,
}

impl Profile {
    /// Returns the profile as text, one line for each key. It is stored with every statement and hashed into the records of
    /// closed months, so its form must not change.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { zone, format, encoding, columns, date_format, marks, .. } = self;
        let Columns { date, hour, code, searches, clicks, revenue, is_final, dimensions } = columns;
        let NumberMarks { decimal, group } = marks;
        let mut text = String::new();
        let mut line = |key: &str, value: &dyn std::fmt::Debug| {
            // Writing to a String does not fail.
            let _ = writeln!(text, "{key} = {value:?}");
        };
        line("zone", &zone.iana_name().unwrap_or("UTC"));
        line("format", format);
        line("encoding", encoding);
        line("date_format", date_format);
        line("marks", &format_args!("Marks {{ decimal: {decimal:?}, group: {group:?} }}"));
        line("in_micros", &(self.unit == MoneyUnit::Micros));
        line("currency", &self.currency);
        line("totals", &self.totals);
        line("footers", &self.footers);
        line("zero_is_unknown", &self.zero_is_unknown);
        let names = [("date", date), ("hour", hour), ("code", code), ("searches", searches), ("clicks", clicks)];
        let others = [("revenue", revenue), ("final", is_final), ("dimensions", dimensions)];
        for (key, names) in names.into_iter().chain(others) {
            line(key, names);
        }
        self.rules.write(&mut line);
        // Keys that came later are left out where they are not set, so that the text of older profiles stays the same.
        if self.unit == MoneyUnit::Cents {
            line("unit", &self.unit);
        }
        if let Some(sheet) = &self.sheet {
            line("sheet", sheet);
        }
        if let Some(member) = &self.member {
            line("member", member);
        }
        if !self.skip.is_empty() {
            line("skip", &self.skip);
        }
        for (key, texts) in [("keyed_by", &self.keyed_by), ("more_headers", &self.more_headers)] {
            if !texts.is_empty() {
                line(key, texts);
            }
        }
        for (key, pointer) in [("currency_at", &self.claims.currency), ("rows_at", &self.claims.rows)] {
            if let Some(pointer) = pointer {
                line(key, pointer);
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::billing::row_rules::Grain;

    /// As version 0.1.0 wrote it.
    const GOLDEN: &str = r#"zone = "America/Los_Angeles"
format = Table(44)
encoding = Auto
date_format = "%Y-%m-%d"
marks = Marks { decimal: '.', group: None }
in_micros = false
currency = In(Currency([85, 83, 68]))
totals = [Empty, Text("Total")]
footers = []
zero_is_unknown = false
date = ["Day"]
hour = []
code = ["Tag"]
searches = ["Searches"]
clicks = ["Clicks"]
revenue = ["Money"]
final = []
dimensions = []
"#;

    #[test]
    fn the_text_of_a_profile_never_changes() {
        let names = |name: &str| vec![name.to_owned()];
        let profile = Profile {
            zone: TimeZone::get("America/Los_Angeles").unwrap(),
            format: FileFormat::Table(b','),
            encoding: Encoding::Auto,
            sheet: None,
            member: None,
            skip: Vec::new(),
            keyed_by: Vec::new(),
            more_headers: Vec::new(),
            claims: FileClaims::default(),
            columns: Columns {
                date: names("Day"),
                code: names("Tag"),
                searches: names("Searches"),
                clicks: names("Clicks"),
                revenue: names("Money"),
                ..Columns::default()
            },
            date_format: "%Y-%m-%d".to_owned(),
            marks: NumberMarks { decimal: '.', group: None },
            unit: MoneyUnit::Units,
            currency: CurrencySource::In(Currency::new("USD").unwrap()),
            totals: vec![TotalsRule::Empty, TotalsRule::Text("Total".to_owned())],
            footers: Vec::new(),
            zero_is_unknown: false,
            rules: RowRules::default(),
        };
        assert_eq!(profile.text(), GOLDEN);
        let rules = RowRules { grain: Grain::Month, missing_days_are_zero: true, ..RowRules::default() };
        let text = Profile { rules, ..profile.clone() }.text();
        assert_eq!(text, format!("{GOLDEN}grain = Month\nmissing_days_are_zero = true\n"));
        let json = FileFormat::Json { list: "/rows".to_owned(), headers: None, totals: Some("/sum".to_owned()) };
        let text =
            Profile { format: json, encoding: Encoding::Utf16Le, currency: CurrencySource::Header, ..profile }.text();
        assert!(text.contains("format = Json { list: \"/rows\", headers: None, totals: Some(\"/sum\") }\n"), "{text}");
        assert!(
            !text.contains("sheet") && !text.contains("member") && !text.contains("skip") && !text.contains("_at"),
            "{text}"
        );
        assert!(text.contains("encoding = Utf16Le\n") && text.contains("currency = Header\n"), "{text}");
    }
}
