//! Finds codes of a statement that are sums of other codes: rows of totals that were imported as if they were codes.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::billing::money::{Currency, Micros};
use crate::billing::statement::StatementRow;

/// The most other codes of which all selections are tried: 4,096 of them take a few milliseconds. Of more codes only the sum of all.
const MAX_CODES: usize = 12;

/// Words for sums in the languages of known statements, in lower case.
const WORDS: [&str; 15] = [
    "total",
    "subtotal",
    "sub-total",
    "sum",
    "summe",
    "gesamt",
    "gesamtsumme",
    "zwischensumme",
    "totale",
    "totaal",
    "suma",
    "итого",
    "всего",
    "合計",
    "合计",
];

/// The numbers of one code by day: searches, clicks and money.
type CodeNumbers = BTreeMap<(Date, Date, Option<Currency>), [i128; 3]>;

/// Returns the codes that are named as sums, or whose numbers are on each of their days the sum of at least two other codes.
#[must_use]
pub fn subtotals(rows: &[StatementRow]) -> Vec<&str> {
    let mut codes: BTreeMap<&str, CodeNumbers> = BTreeMap::new();
    for row in rows {
        let numbers = [row.searches, row.clicks, row.revenue.map(|Micros(micros)| micros)];
        let sums = codes.entry(&row.code).or_default().entry((row.day, row.last, row.currency)).or_default();
        for (sum, number) in sums.iter_mut().zip(numbers) {
            *sum += i128::from(number.unwrap_or(0));
        }
    }
    let is_subtotal = |code: &&str| is_named_as_sum(code) || codes.get(code).is_some_and(|of| is_sum(code, of, &codes));
    codes.keys().filter(|code| is_subtotal(code)).copied().collect()
}

/// Returns whether a word of the code is a word for a sum.
fn is_named_as_sum(code: &str) -> bool {
    let code = code.to_lowercase();
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '-';
    WORDS.contains(&code.trim()) || code.split(|letter| !is_part(letter)).any(|word| WORDS.contains(&word))
}

/// Returns whether a code has the numbers of at least two other codes together, on every day of theirs and its own.
fn is_sum(code: &str, numbers: &CodeNumbers, codes: &BTreeMap<&str, CodeNumbers>) -> bool {
    let is_zero = |numbers: &CodeNumbers| numbers.values().all(|numbers| *numbers == [0; 3]);
    let others: Vec<&CodeNumbers> =
        codes.iter().filter(|(other, of)| **other != code && !is_zero(of)).map(|(_, of)| of).collect();
    if is_zero(numbers) || others.len() < 2 {
        return false;
    }
    if others.len() > MAX_CODES {
        return equals_sum(numbers, &others);
    }
    let selections = 1_u32..1 << others.len();
    selections.filter(|selection| selection.count_ones() >= 2).any(|selection| {
        let selected: Vec<&CodeNumbers> = (0..)
            .zip(&others)
            .filter(|(bit, _): &(u32, _)| selection >> bit & 1 == 1)
            .map(|(_, other)| *other)
            .collect();
        equals_sum(numbers, &selected)
    })
}

fn equals_sum(numbers: &CodeNumbers, others: &[&CodeNumbers]) -> bool {
    let mut sums = CodeNumbers::new();
    for (key, [searches, clicks, revenue]) in others.iter().copied().flatten() {
        let sum = sums.entry(*key).or_default();
        let [searches_sum, clicks_sum, revenue_sum] = sum;
        *searches_sum += searches;
        *clicks_sum += clicks;
        *revenue_sum += revenue;
    }
    // A day on which all numbers are zero need not be there.
    let is_nonzero = |(_, numbers): &(_, &[i128; 3])| **numbers != [0; 3];
    sums.iter().filter(is_nonzero).eq(numbers.iter().filter(is_nonzero))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn row(day: i8, code: &str, clicks: i64) -> StatementRow {
        let day = date(2026, 10, day);
        StatementRow {
            day,
            last: day,
            code: code.to_owned(),
            searches: None,
            clicks: Some(clicks),
            revenue: Some(Micros(clicks * 410_000)),
            currency: Currency::new("USD"),
            is_final: None,
        }
    }

    #[test]
    fn sums_are_found_by_their_numbers_and_by_their_names() {
        let mut rows = Vec::new();
        for day in 1..=28 {
            let n = i64::from(day);
            rows.extend([row(day, "a", 3 * n), row(day, "b", 7 + n), row(day, "c", 11), row(day, "ab", 7 + 4 * n)]);
        }
        assert_eq!(subtotals(&rows), ["ab"]);
        rows.retain(|row| row.code != "b");
        assert_eq!(subtotals(&rows), [""; 0], "11 is not on all days the difference");
        rows.push(row(1, "Channel Total", 5));
        rows.push(row(1, "TOTAL", 5));
        rows.push(row(1, "totally", 5));
        assert_eq!(subtotals(&rows), ["Channel Total", "TOTAL"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn an_inserted_sum_is_always_found(
            numbers in prop::collection::vec(prop::collection::vec(1_i64..10_000, 5), 2..9),
            picked in prop::collection::vec(any::<bool>(), 9),
        ) {
            let mut rows = Vec::new();
            for (code, of_code) in numbers.iter().enumerate() {
                rows.extend((1..).zip(of_code).map(|(day, n)| row(day, &format!("c{code}"), *n)));
            }
            let selected: Vec<_> = numbers.iter().zip(&picked).filter(|(_, picked)| **picked).map(|(of, _)| of).collect();
            prop_assume!(selected.len() >= 2);
            for day in 0..5 {
                rows.push(row(i8::try_from(day + 1).unwrap(), "x", selected.iter().map(|of| of[day]).sum()));
            }
            prop_assert!(subtotals(&rows).contains(&"x"));
        }
    }
}
