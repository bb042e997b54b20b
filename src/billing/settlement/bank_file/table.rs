//! Payments as a table (RFC 4180, any delimiter): the columns are named in `[payments]`, others are ignored.

use std::borrow::Cow;

use csv::StringRecord;
use encoding_rs::Encoding;
use jiff::civil::Date;

use crate::billing::import::name_folding::fold_name;
use crate::billing::money::Currency;
use crate::billing::number::NumberMarks;
use crate::billing::settlement::bank_entry::{BankEntries, BankEntry, month_named_in};
use crate::billing::settlement::bank_file::amount::parse_exact;
use crate::billing::settlement::payment::{Money, Payment};
use crate::billing::year_month::YearMonth;

/// The most issues that are listed: with more, the description of the columns is wrong.
const MAX_ISSUES: usize = 20;

/// The columns of a table of payments, and how their values are written.
#[derive(Debug, Clone)]
pub struct PaymentTable {
    /// The day on which the bank booked the payment.
    pub date: String,
    /// The amount, in the currency in which the partner owes it.
    pub amount: String,
    /// The currency; a file may lack it if `constant_currency` is set.
    pub currency: String,
    /// The reference.
    pub reference: String,
    /// What arrived, where that is another amount.
    pub received: String,
    /// The currency of what arrived.
    pub received_currency: String,
    /// The month that is paid, `YYYY-MM`.
    pub month: String,
    /// The currency of files without a column for it.
    pub constant_currency: Option<Currency>,
    /// The date format, as in strftime(3).
    pub date_format: String,
    /// The marks inside amounts.
    pub marks: NumberMarks,
    /// The delimiter, an ASCII character.
    pub delimiter: u8,
    /// The encoding of files without a byte order mark.
    pub encoding: &'static Encoding,
}

impl Default for PaymentTable {
    fn default() -> Self {
        let name = str::to_owned;
        Self {
            date: name("date"),
            amount: name("amount"),
            currency: name("currency"),
            reference: name("reference"),
            received: name("received"),
            received_currency: name("received_currency"),
            month: name("month"),
            constant_currency: None,
            date_format: name("%Y-%m-%d"),
            marks: NumberMarks { decimal: '.', group: None },
            delimiter: b',',
            encoding: encoding_rs::UTF_8,
        }
    }
}

/// Where the columns are in this file.
struct Places {
    date: usize,
    amount: usize,
    reference: usize,
    currency: Option<usize>,
    received: Option<usize>,
    received_currency: Option<usize>,
    month: Option<usize>,
}

/// Reads a table.
///
/// # Errors
/// A file that cannot be decoded, a missing column, or every row that is wrong.
pub(super) fn read(bytes: &[u8], columns: &PaymentTable) -> Result<BankEntries, Vec<String>> {
    let text = decode(bytes, columns.encoding)?;
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.delimiter(columns.delimiter).from_reader(text.as_bytes());
    let places = Places::find(reader.headers().map_err(|error| vec![error.to_string()])?, columns)?;
    let (mut entries, mut issues) = (BankEntries::default(), Vec::new());
    for record in reader.records() {
        let read = match record {
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                row(&record, &places, columns).map_err(|issue| format!("line {line}, {issue}"))
            }
            Err(error) => Err(error.to_string()),
        };
        match read {
            Ok(entry) => entries.entries.push(entry),
            Err(issue) => issues.push(issue),
        }
        if issues.len() >= MAX_ISSUES {
            break;
        }
    }
    if issues.is_empty() { Ok(entries) } else { Err(issues) }
}

fn decode<'b>(bytes: &'b [u8], encoding: &'static Encoding) -> Result<Cow<'b, str>, Vec<String>> {
    let (encoding, mark) = Encoding::for_bom(bytes).unwrap_or((encoding, 0));
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes.get(mark..).unwrap_or_default());
    text.filter(|text| !text.contains('\0')).ok_or_else(|| {
        let name = encoding.name();
        vec![format!(
            "the file is not text in {name}; name its encoding in [payments] encoding, such as \"windows-1252\""
        )]
    })
}

impl Places {
    fn find(headers: &StringRecord, columns: &PaymentTable) -> Result<Self, Vec<String>> {
        let place = |name: &str| {
            let mut found = headers.iter().enumerate().filter(|(_, header)| fold_name(header) == fold_name(name));
            let first = found.next().map(|(place, _)| place);
            if found.next().is_some() {
                return Err(format!("there are two columns \"{name}\"; remove one, or name another in [payments]"));
            }
            Ok(first)
        };
        let required = |name: &str| {
            let known = headers.iter().collect::<Vec<_>>().join("\", \"");
            place(name)?.ok_or_else(|| {
                format!("there is no column \"{name}\"; name the right one in [payments]. The columns are \"{known}\"")
            })
        };
        let found = || {
            Ok(Self {
                date: required(&columns.date)?,
                amount: required(&columns.amount)?,
                reference: required(&columns.reference)?,
                currency: place(&columns.currency)?,
                received: place(&columns.received)?,
                received_currency: place(&columns.received_currency)?,
                month: place(&columns.month)?,
            })
        };
        found().map_err(|issue: String| vec![issue])
    }
}

/// Reads a row; an error names its column.
fn row(record: &StringRecord, places: &Places, columns: &PaymentTable) -> Result<BankEntry, String> {
    let cell = |place: usize| record.get(place).unwrap_or_default().trim();
    let optional = |place: Option<usize>| place.map(cell).filter(|cell| !cell.is_empty());
    let at = |column: &str, problem: &str| format!("column {column}: {problem}");
    let date = Date::strptime(&columns.date_format, cell(places.date));
    let day =
        date.map_err(|_| at(&columns.date, &format!("this is not a date of the form {}", columns.date_format)))?;
    let amount =
        |place: usize, name: &str| parse_exact(cell(place), columns.marks).map_err(|problem| at(name, problem));
    let code = |text: &str, name: &str| {
        Currency::assigned(text).ok_or_else(|| at(name, "this is not a currency code (ISO 4217)"))
    };
    let currency = match (optional(places.currency), columns.constant_currency) {
        (Some(text), _) => code(text, &columns.currency)?,
        (None, Some(currency)) => currency,
        (None, None) => {
            let problem = "the currency is missing; add it, or set [payments] always, such as always = \"EUR\"";
            return Err(at(&columns.currency, problem));
        }
    };
    let settles = Money { amount: amount(places.amount, &columns.amount)?, currency };
    let received =
        match (places.received.filter(|_| optional(places.received).is_some()), optional(places.received_currency)) {
            (Some(place), Some(text)) => {
                Money { amount: amount(place, &columns.received)?, currency: code(text, &columns.received_currency)? }
            }
            (Some(place), None) => Money { amount: amount(place, &columns.received)?, currency },
            (None, Some(text)) if text != currency.as_str() => {
                return Err(at(&columns.received, "the amount that arrived in the other currency is missing"));
            }
            (None, _) => settles,
        };
    let reference = cell(places.reference).to_owned();
    let month = match optional(places.month) {
        Some(text) => Some(YearMonth::parse(text).ok_or_else(|| at(&columns.month, "this must be a month, YYYY-MM"))?),
        None => month_named_in(&reference, YearMonth::containing(day)),
    };
    Ok(BankEntry { payment: Payment { day, reference, settles, received, month }, payers: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Vec<Payment>, String> {
        let read = super::read(text.as_bytes(), &PaymentTable::default());
        read.map(|entries| entries.entries.into_iter().map(|entry| entry.payment).collect())
            .map_err(|issues| issues.join("\n"))
    }

    #[test]
    fn reads_amounts_in_two_currencies_and_the_month() {
        let payments = read_text(
            "Date,Amount,Currency,Reference,Received,Received_Currency,Month,Note\n\
             2026-11-20,1000.00,USD,W-1,920.10,EUR,2026-09,x\n2026-11-21,-5,USD,2026-10,,,,\n2026-11-22,7,USD,c,6.5,,,\n",
        )
        .unwrap();
        let money = |amount, code| Money { amount: Micros(amount), currency: Currency::new(code).unwrap() };
        assert_eq!(
            (payments[0].settles, payments[0].received),
            (money(1_000_000_000, "USD"), money(920_100_000, "EUR"))
        );
        assert_eq!(payments[0].month, YearMonth::parse("2026-09"));
        assert_eq!((payments[1].settles.amount.0, payments[1].month), (-5_000_000, YearMonth::parse("2026-10")));
        assert_eq!(payments[2].received, money(6_500_000, "USD"));
    }

    use crate::billing::money::Micros;

    #[test]
    fn reads_a_table_as_a_german_bank_writes_it() {
        let columns = PaymentTable {
            date: "Buchungstag".to_owned(),
            amount: "Betrag".to_owned(),
            reference: "Verwendungszweck".to_owned(),
            constant_currency: Currency::new("EUR"),
            date_format: "%d.%m.%y".to_owned(),
            marks: NumberMarks { decimal: ',', group: Some('.') },
            delimiter: b';',
            encoding: encoding_rs::WINDOWS_1252,
            ..PaymentTable::default()
        };
        let text = b"Buchungstag;Beg\xfcnstigter;Verwendungszweck;Betrag\n20.11.26;S\xf8k;Abrechnung 10/2026 f\xfcr M\xe4rz;1.234,56\n";
        let payment = super::read(text, &columns).unwrap().entries.remove(0).payment;
        assert_eq!((payment.day.to_string().as_str(), payment.settles.amount.0), ("2026-11-20", 1_234_560_000));
        assert_eq!(
            (payment.reference.as_str(), payment.month),
            ("Abrechnung 10/2026 für März", YearMonth::parse("2026-10"))
        );
        let utf8 = PaymentTable { encoding: encoding_rs::UTF_8, ..columns };
        assert!(super::read(text, &utf8).unwrap_err()[0].contains("not text in UTF-8"));
    }

    #[test]
    fn a_wrong_row_is_named_by_line_and_column() {
        let header = "date,amount,currency,reference,received,received_currency,month\n";
        for (row, place) in [
            ("20.11.2026,5,USD,a,,,", "line 2, column date"),
            ("2026-11-31,5,USD,a,,,", "line 2, column date"),
            ("2026-11-20,five,USD,a,,,", "line 2, column amount"),
            ("2026-11-20,,USD,a,,,", "line 2, column amount"),
            ("2026-11-20,0.00000001,USD,a,,,", "line 2, column amount"),
            ("2026-11-20,5,usd,a,,,", "line 2, column currency"),
            ("2026-11-20,5,,a,,,", "line 2, column currency"),
            ("2026-11-20,5,USD,a,,EUR,", "line 2, column received"),
            ("2026-11-20,5,USD,a,4,euro,", "line 2, column received_currency"),
            ("2026-11-20,5,USD,a,,,October", "line 2, column month"),
            ("2026-11-20,5,USD", "line: 2"),
        ] {
            let error = read_text(&format!("{header}{row}\n")).unwrap_err();
            assert!(error.contains(place), "{row}: {error}");
        }
        assert!(read_text("day,amount,reference\n").unwrap_err().contains("no column \"date\""));
        assert!(read_text("date,Date,amount,reference\n").unwrap_err().contains("two columns \"date\""));
        assert!(read_text("").is_err());
    }
}
