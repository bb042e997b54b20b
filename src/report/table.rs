//! The result of a report: columns and rows, the same for every view, as CSV (RFC 4180) and JSON. The command line also prints it as
//! a text table.

use serde_json::{Map, Value as Json};

use crate::billing::csv_injection::escape;
use crate::billing::settlement::minor_unit::decimals;
use crate::money::Currency;
use crate::report::decimal::Decimal;

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The names of the columns.
    pub columns: &'static [&'static str],
    /// The rows, each with a value for every column.
    pub rows: Vec<Vec<TableValue>>,
}

/// One value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableValue {
    /// A day or a configured name.
    Text(String),
    /// A count.
    Count(u64),
    /// A share, in tenths of a percent.
    Share(u64),
    /// A decimal number; a number in JSON.
    Decimal(Decimal),
    /// An amount of money; a text in JSON, since programs read numbers as floating-point ones.
    Amount(Decimal),
    /// A count that is not published, since it is small or would reveal a small one.
    Suppressed,
    /// No value, for example because it is not known yet.
    Empty,
}

impl TableValue {
    /// A count, or [`Self::Suppressed`].
    #[must_use]
    pub fn count(n: u64, is_suppressed: bool) -> Self {
        if is_suppressed { Self::Suppressed } else { Self::Count(n) }
    }

    /// An amount in millionths, with the decimals of its currency, or with more if it has more.
    #[must_use]
    pub fn money(micros: i128, currency: Currency) -> Self {
        Self::Amount(Decimal::amount_with(micros, decimals(currency)))
    }

    /// The text for people.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Suppressed => "hidden".to_owned(),
            Self::Text(_) | Self::Count(_) | Self::Share(_) | Self::Decimal(_) | Self::Amount(_) | Self::Empty => {
                self.plain()
            }
        }
    }

    /// The text for programs: a suppressed count is empty.
    fn plain(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Count(n) => n.to_string(),
            Self::Share(tenths) => format!("{}.{}", tenths / 10, tenths % 10),
            Self::Decimal(number) | Self::Amount(number) => number.to_string(),
            Self::Suppressed | Self::Empty => String::new(),
        }
    }

    /// The cell of a CSV. Partners choose the codes and references in texts; numbers, which may be negative, are no formulas.
    fn csv_cell(&self) -> String {
        match self {
            Self::Text(text) if !is_number(text) => escape(text).into_owned(),
            Self::Text(_)
            | Self::Count(_)
            | Self::Share(_)
            | Self::Decimal(_)
            | Self::Amount(_)
            | Self::Suppressed
            | Self::Empty => self.plain(),
        }
    }

    fn json(&self) -> Json {
        match self {
            Self::Text(text) => Json::from(text.as_str()),
            Self::Count(n) => Json::from(*n),
            Self::Share(tenths) => Json::from(*tenths as f64 / 10.0),
            Self::Decimal(number) => number.to_string().parse().map_or(Json::Null, Json::Number),
            Self::Amount(amount) => Json::from(amount.to_string()),
            Self::Suppressed | Self::Empty => Json::Null,
        }
    }
}

/// Whether a text is a decimal number, such as `-12.50`.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_digits(whole) && is_digits(decimals)
}

/// The share of `part` in `whole`: suppressed if either is, and empty if `whole` is 0 or not a count.
#[must_use]
pub fn share(part: &TableValue, whole: &TableValue) -> TableValue {
    match (part, whole) {
        (TableValue::Count(part), TableValue::Count(whole)) if *whole > 0 => {
            TableValue::Share(part.saturating_mul(1_000).saturating_add(whole / 2) / whole)
        }
        (TableValue::Suppressed, _) | (_, TableValue::Suppressed) => TableValue::Suppressed,
        (
            TableValue::Text(_)
            | TableValue::Count(_)
            | TableValue::Share(_)
            | TableValue::Decimal(_)
            | TableValue::Amount(_)
            | TableValue::Empty,
            TableValue::Text(_)
            | TableValue::Count(_)
            | TableValue::Share(_)
            | TableValue::Decimal(_)
            | TableValue::Amount(_)
            | TableValue::Empty,
        ) => TableValue::Empty,
    }
}

impl Table {
    /// The table with these columns only, in this order. A name that it does not have is left out.
    #[must_use]
    pub fn select(&self, columns: &'static [&'static str]) -> Self {
        let places = || columns.iter().filter_map(|name| self.columns.iter().position(|column| column == name));
        let select = |row: &Vec<TableValue>| places().filter_map(|place| row.get(place).cloned()).collect();
        Self { columns, rows: self.rows.iter().map(select).collect() }
    }

    /// The table as CSV, with a header. Texts that a spreadsheet would run as a formula are escaped.
    ///
    /// # Errors
    /// Those of the CSV writer; none are known for a writer in memory.
    pub fn csv(&self) -> Result<String, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(self.columns)?;
        for row in &self.rows {
            writer.write_record(row.iter().map(TableValue::csv_cell))?;
        }
        let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
        String::from_utf8(bytes).map_err(|error| std::io::Error::new(std::io::ErrorKind::InvalidData, error).into())
    }

    /// The table as a JSON array of objects, with a member for each column.
    #[must_use]
    pub fn json(&self) -> String {
        let object = |row: &Vec<TableValue>| {
            let members = self.columns.iter().map(|name| (*name).to_owned()).zip(row.iter().map(TableValue::json));
            Json::Object(members.collect::<Map<_, _>>())
        };
        let rows: Vec<Json> = self.rows.iter().map(object).collect();
        format!("{:#}\n", Json::Array(rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suppressed_counts_are_empty_for_programs() {
        let row = vec![
            TableValue::Text("a,b".into()),
            TableValue::Count(7),
            TableValue::Share(432),
            TableValue::Suppressed,
            TableValue::Empty,
        ];
        let table = Table { columns: &["a", "b", "c", "d", "e"], rows: vec![row] };
        assert_eq!(table.csv().unwrap(), "a,b,c,d,e\n\"a,b\",7,43.2,,\n");
        let json: Json = serde_json::from_str(&table.json()).unwrap();
        assert_eq!(json, serde_json::json!([{"a": "a,b", "b": 7, "c": 43.2, "d": null, "e": null}]));
    }

    #[test]
    fn formulas_in_texts_are_escaped_and_numbers_are_not() {
        let texts = ["=1+1", "-1+1", "-12.50", "-3", "+1", "@x", "-", "-1.", "12"];
        let row = texts.map(|text| TableValue::Text(text.to_owned())).to_vec();
        let table = Table { columns: &["a", "b", "c", "d", "e", "f", "g", "h", "i"], rows: vec![row] };
        assert_eq!(table.csv().unwrap().lines().nth(1), Some("'=1+1,'-1+1,-12.50,-3,'+1,'@x,'-,'-1.,12"));
    }

    #[test]
    fn shares_are_rounded_and_suppressed_with_their_parts() {
        let share_of = |part, whole| share(&TableValue::Count(part), &TableValue::Count(whole));
        assert_eq!(
            [share_of(1, 3), share_of(2, 3), share_of(3, 3), share_of(0, 3), share_of(1, 0)],
            [
                TableValue::Share(333),
                TableValue::Share(667),
                TableValue::Share(1_000),
                TableValue::Share(0),
                TableValue::Empty
            ]
        );
        assert_eq!(share(&TableValue::Suppressed, &TableValue::Count(3)), TableValue::Suppressed);
        assert_eq!(share(&TableValue::Empty, &TableValue::Count(3)), TableValue::Empty);
    }
}
