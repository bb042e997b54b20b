//! Number formats of spreadsheets (ECMA-376 part 1 sections 18.8.30 and 18.8.31): whether a number is a date, a time or a percentage, and
//! which currency it is shown with.

use std::rc::Rc;

use crate::billing::currency_signs::is_known;
use crate::billing::import::workbook::serial_date::MomentPart;

/// A number format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NumberFormat {
    pub kind: CellFormat,
    /// The sign or code of the currency that the number is shown with.
    pub currency: Option<Rc<str>>,
}

impl NumberFormat {
    /// The format of a number that every workbook knows without defining it. Those with a currency show the one of the computer that the
    /// file is opened on, which says nothing about the number.
    pub(super) fn built_in(id: u32) -> Self {
        Self { kind: CellFormat::built_in(id), currency: None }
    }

    /// The format of a code such as `#,##0.00 [$€-407]`.
    pub(super) fn parse(code: &str) -> Self {
        let kind = CellFormat::parse(code);
        let currency = if kind == CellFormat::Number { shown_currency(code).map(Rc::from) } else { None };
        Self { kind, currency }
    }
}

/// What a number is, by the format in which it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CellFormat {
    Number,
    Percent,
    Moment(MomentPart),
}

impl CellFormat {
    /// The format of a number that every workbook knows without defining it. Those of Chinese, Japanese and Korean are included.
    pub(super) fn built_in(id: u32) -> Self {
        match id {
            9 | 10 => Self::Percent,
            14..=17 | 22 | 27..=31 | 36 | 50..=54 | 57 | 58 => Self::Moment(MomentPart::Date),
            18..=21 | 32..=35 | 45 | 47 | 55 | 56 => Self::Moment(MomentPart::Time),
            _ => Self::Number,
        }
    }

    /// The format of a code such as `dd.mm.yyyy`, `0.00 %` or `[$-409]h:mm AM/PM;@`. Durations (`[h]:mm`) are numbers.
    pub(super) fn parse(code: &str) -> Self {
        let letters = significant_letters(code);
        let has = |letter: char| letters.contains(letter);
        let has_time = has('h') || has('s');
        // `m` is the month, or the minute beside hours and seconds.
        if has('y') || has('d') || has('g') || (has('m') && !has_time) {
            Self::Moment(MomentPart::Date)
        } else if has_time {
            Self::Moment(MomentPart::Time)
        } else if has('%') {
            Self::Percent
        } else {
            Self::Number
        }
    }
}

/// The letters and marks of a code's first section that stand for parts of the value, in lower case: not those that are quoted, escaped or
/// in brackets. Empty for a duration and for `General`.
fn significant_letters(code: &str) -> String {
    let mut letters = String::new();
    let mut rest = code.chars();
    while let Some(c) = rest.next() {
        match c {
            ';' => break,
            '"' => drop(rest.find(|c| *c == '"')),
            '\\' | '_' | '*' => drop(rest.next()),
            '[' => {
                let inside: String = rest.by_ref().take_while(|c| *c != ']').collect::<String>().to_ascii_lowercase();
                let is_duration =
                    !inside.is_empty() && ['h', 'm', 's'].iter().any(|unit| inside.chars().all(|c| c == *unit));
                if is_duration {
                    return String::new();
                }
            }
            c => letters.extend(c.to_lowercase()),
        }
    }
    if letters.contains("general") { String::new() } else { letters.replace("am/pm", "h").replace("a/p", "h") }
}

/// The sign or code of a currency in a code's first section: in brackets (`[$€-407]`, `[$USD]`), quoted (`"US$"`), escaped or by itself.
/// Other texts are not currencies.
fn shown_currency(code: &str) -> Option<String> {
    let mut texts: Vec<String> = Vec::new();
    let mut literal = String::new();
    let mut rest = code.chars();
    while let Some(c) = rest.next() {
        let is_literal = c == '$' || c == '\\' || !c.is_ascii();
        if !is_literal {
            texts.push(std::mem::take(&mut literal));
        }
        match c {
            ';' => break,
            '"' => texts.push(rest.by_ref().take_while(|c| *c != '"').collect()),
            '\\' => literal.extend(rest.next()),
            '_' | '*' => drop(rest.next()),
            '[' => {
                let inside: String = rest.by_ref().take_while(|c| *c != ']').collect();
                let sign = inside.strip_prefix('$').map(|sign| sign.rsplit_once('-').map_or(sign, |(sign, _)| sign));
                texts.extend(sign.map(str::to_owned));
            }
            c if is_literal => literal.push(c),
            _ => {}
        }
    }
    texts.push(literal);
    let compact = |text: String| text.split_whitespace().collect::<String>();
    texts.into_iter().map(compact).find(|text| is_known(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_tell_dates_times_and_percentages() {
        let (date, time) = (CellFormat::Moment(MomentPart::Date), CellFormat::Moment(MomentPart::Time));
        for (code, format) in [
            ("General", CellFormat::Number),
            ("0.00", CellFormat::Number),
            ("0.00E+00", CellFormat::Number),
            ("#,##0.00 [$€-407];[Red]-#,##0.00 [$€-407]", CellFormat::Number),
            ("\"days\" 0", CellFormat::Number),
            ("0\\d", CellFormat::Number),
            ("[Red]0", CellFormat::Number),
            ("[h]:mm:ss", CellFormat::Number),
            ("@", CellFormat::Number),
            ("0.0%", CellFormat::Percent),
            ("0 %;-0 %", CellFormat::Percent),
            ("dd.mm.yyyy", date),
            ("[$-409]mmm d, yyyy;@", date),
            ("yyyy\\-mm\\-dd\\Thh:mm", date),
            ("mmmm", date),
            ("[$-411]ggge\"年\"m\"月\"d\"日\"", date),
            ("h:mm AM/PM", time),
            ("hh", time),
            ("mm:ss", time),
        ] {
            assert_eq!(CellFormat::parse(code), format, "{code}");
        }
        assert_eq!([14, 22, 57].map(CellFormat::built_in), [date; 3]);
        assert_eq!([20, 45].map(CellFormat::built_in), [time; 2]);
        assert_eq!([0, 2, 37, 46, 49, 164].map(CellFormat::built_in), [CellFormat::Number; 6]);
    }
    #[test]
    fn codes_tell_the_currency() {
        for (code, currency) in [
            ("#,##0.00 [$€-407];[Red]-#,##0.00 [$€-407]", Some("€")),
            ("[$-409]#,##0.00", None),
            ("[$-409]\"US$\"#,##0.00", Some("US$")),
            ("[$$-409]#,##0.00", Some("$")),
            ("[$USD] #,##0.00", Some("USD")),
            ("[$CHF-807] #,##0.00", Some("CHF")),
            ("#,##0.00\\ \"€\"", Some("€")),
            ("#,##0.00\\ €", Some("€")),
            ("#,##0.00\\ [$zł-415]", Some("zł")),
            ("\\$#,##0.00", Some("$")),
            ("$#,##0.00_);[Red]($#,##0.00)", Some("$")),
            ("_-* #,##0.00\\ \"€\"_-;\\-* #,##0.00\\ \"€\"_-", Some("€")),
            ("\"R$\" #,##0.00", Some("R$")),
            ("0 \"pcs\"", None),
            ("0.00;[$€-407]0", None),
            ("0.00", None),
            ("General", None),
            ("[$-409]mmm d, yyyy;@", None),
            ("yyyy\"年\"m\"月\"d\"日\"", None),
        ] {
            assert_eq!(NumberFormat::parse(code).currency.as_deref(), currency, "{code}");
        }
    }
}
