//! Finds the marks inside of numbers: all that the importer's parser accepts for every number, and how they differ.

use std::collections::BTreeSet;

use crate::billing::number::{Grouping, MoneyUnit, NumberMarks, NumberStyle, parse_integer, parse_money};
use crate::billing::profile_proposal::proposal::toml_string;
use crate::billing::profile_proposal::shape::Setting;

/// The marks that a profile can name, the usual ones first.
const MARKS: [(char, Option<char>); 10] = [
    ('.', None),
    (',', None),
    ('.', Some(',')),
    (',', Some('.')),
    (',', Some(' ')),
    ('.', Some(' ')),
    ('.', Some('\'')),
    ('.', Some('\u{2019}')),
    (',', Some('\'')),
    (',', Some('\u{2019}')),
];

/// Millionths of a unit of currency.
const MICROS_PER_UNIT: i64 = 1_000_000;

/// The numbers of a file as texts, each once.
#[derive(Default)]
pub(super) struct NumberTexts<'n> {
    /// Searches and clicks.
    pub counts: BTreeSet<&'n str>,
    /// Revenue.
    pub amounts: BTreeSet<&'n str>,
}

/// Returns the settings of each way to read the numbers; empty if none reads all of them. If all amounts are `whole`, a way that reads them
/// so is the only one.
pub(super) fn readings(numbers: &NumberTexts<'_>, whole: bool) -> Vec<Vec<Setting>> {
    let mut readings: Vec<(Vec<i64>, Vec<Setting>)> = Vec::new();
    for grouping in [Grouping::Thousands, Grouping::Lakh] {
        for (decimal, group) in MARKS {
            let marks = NumberMarks { decimal, group };
            let values = read(numbers, NumberStyle { marks, grouping, has_exponents: false });
            let Some(values) = values.filter(|values| readings.iter().all(|(known, _)| known != values)) else {
                continue;
            };
            readings.push((values, settings(marks, grouping)));
        }
        if !readings.is_empty() {
            break;
        }
    }
    let is_whole =
        |values: &[i64]| values.iter().skip(numbers.counts.len()).all(|amount| amount % MICROS_PER_UNIT == 0);
    if whole && readings.iter().any(|(values, _)| is_whole(values)) {
        readings.retain(|(values, _)| is_whole(values));
    }
    readings.into_iter().map(|(_, settings)| settings).collect()
}

fn settings(NumberMarks { decimal, group }: NumberMarks, grouping: Grouping) -> Vec<Setting> {
    let mut settings = vec![("decimal_mark", toml_string(&decimal.to_string()))];
    settings.extend(group.map(|group| ("group_mark", toml_string(&group.to_string()))));
    if grouping == Grouping::Lakh {
        settings.push(("grouping", toml_string("lakh")));
    }
    settings
}

/// Returns all values; `None` if one does not parse.
fn read(numbers: &NumberTexts<'_>, style: NumberStyle) -> Option<Vec<i64>> {
    let counts = numbers.counts.iter().map(|text| parse_integer(digits(text)?, style).ok());
    let amount = |text: &&str| Some(parse_money(digits(text)?, style, MoneyUnit::Units).ok()?.0.0);
    let amounts = numbers.amounts.iter().map(amount);
    counts.chain(amounts).collect()
}

/// A number from its first to its last digit.
pub(super) fn digits(text: &str) -> Option<&str> {
    let is_digit = |c: char| c.is_ascii_digit();
    text.get(text.find(is_digit)?..=text.rfind(is_digit)?)
}

/// Whether a cell is a number: digits and marks, with at most a few signs around them.
pub(super) fn is_number(text: &str) -> bool {
    let is_mark = |c: char| c.is_ascii_digit() || ",.'\u{2019} \u{a0}\u{202f}\u{2009}".contains(c);
    let is_other = |c: char| [':', '/', '%'].contains(&c);
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    digits(text).is_some_and(|digits| digits.chars().all(is_mark)) && !text.contains(is_other) && letters <= 4
}

/// Whether a cell is a number without a unit, such as a count.
pub(super) fn is_plain_number(text: &str) -> bool {
    is_number(text) && !text.contains(char::is_alphabetic)
}
