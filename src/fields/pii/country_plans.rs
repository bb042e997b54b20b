//! The numbering plans of all countries, from the metadata of libphonenumber (`scripts/phone-plans`).

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::fields::pii::check_digits::parse_digits_at;

const PLANS: &str = include_str!("numbering_plans.tsv");

/// Digits of a prefix in the list.
const PREFIX_DIGITS: usize = 3;

/// The numbers of one length that a plan assigns.
#[derive(Debug)]
struct Numbers {
    len: usize,
    /// First and last prefix of each range.
    prefixes: Vec<(u64, u64)>,
}

/// The numbering plan behind a country calling code (ITU-T E.164).
#[derive(Debug)]
pub(super) struct Plan {
    code: &'static str,
    /// The prefix of national calls; empty if there is none.
    trunk: &'static str,
    mobile: Vec<Numbers>,
    fixed: Vec<Numbers>,
    /// How mobile numbers are written within the country: `9` for a digit, spaces between groups.
    writings: Vec<String>,
}

static COUNTRY_PLANS: LazyLock<Vec<Plan>> = LazyLock::new(|| PLANS.lines().skip(1).filter_map(Plan::parse).collect());

fn parse_numbers(column: &str) -> Vec<Numbers> {
    let numbers = |text: &str| {
        let (len, prefixes) = text.split_once(':')?;
        let range = |range: &str| {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            Some((first.parse().ok()?, last.parse().ok()?))
        };
        Some(Numbers { len: len.parse().ok()?, prefixes: prefixes.split(',').filter_map(range).collect() })
    };
    column.split(' ').filter_map(numbers).collect()
}

fn contain(numbers: &[Numbers], national: &str) -> bool {
    let Some(prefix) = parse_digits_at(national.as_bytes(), 0, PREFIX_DIGITS) else {
        return false;
    };
    numbers.iter().any(|numbers| {
        numbers.len == national.len() && numbers.prefixes.iter().any(|(first, last)| (*first..=*last).contains(&prefix))
    })
}

/// The regions (ISO 3166-1 and `XK`) whose numbering plans are known, in order.
pub(super) fn regions() -> BTreeSet<&'static str> {
    let column = PLANS.lines().skip(1).filter_map(|line| line.split('\t').nth(1));
    column.flat_map(|regions| regions.split(',')).filter(|region| !region.is_empty()).collect()
}

/// The groups of a written number: digits as `9`, one space for each run of other characters.
pub(super) fn writing(number: &str) -> String {
    let mut written = String::with_capacity(number.len());
    for c in number.chars() {
        match c.is_ascii_digit() {
            true => written.push('9'),
            false if !written.is_empty() && !written.ends_with(' ') => written.push(' '),
            false => {}
        }
    }
    written
}

impl Plan {
    fn parse(line: &'static str) -> Option<Plan> {
        let columns: Vec<&str> = line.split('\t').collect();
        let [code, _, trunk, mobile, fixed, mobile_writings, ..] = *columns.as_slice() else {
            return None;
        };
        Some(Plan {
            code,
            trunk: if trunk == "-" { "" } else { trunk },
            mobile: parse_numbers(mobile),
            fixed: parse_numbers(fixed),
            writings: mobile_writings.split('|').filter(|written| *written != "-").map(writing).collect(),
        })
    }

    /// True if the digits are a mobile number of this country as dialled within it.
    fn has_mobile(&self, digits: &str) -> bool {
        digits.strip_prefix(self.trunk).is_some_and(|national| contain(&self.mobile, national))
    }
}

/// The plan that an international number belongs to, and its national number.
fn international(digits: &str) -> Option<(&'static Plan, &str)> {
    COUNTRY_PLANS.iter().find_map(|plan| digits.strip_prefix(plan.code).map(|national| (plan, national)))
}

/// The national number and the country code of digits that have the length of a number of their country.
pub(super) fn split_international(digits: &str) -> Option<(&'static str, &str)> {
    let (plan, national) = international(digits)?;
    let has_len = |numbers: &Numbers| numbers.len == national.len();
    (plan.mobile.iter().chain(&plan.fixed).any(has_len)).then_some((plan.code, national))
}

/// True for an international mobile number without its `+`.
pub(super) fn is_international_mobile(digits: &str) -> bool {
    international(digits).is_some_and(|(plan, national)| contain(&plan.mobile, national))
}

/// True if some country's mobile numbers have these digits with its trunk prefix, of at least `min_trunk_len` digits.
pub(super) fn is_mobile_with_trunk(digits: &str, min_trunk_len: usize) -> bool {
    COUNTRY_PLANS.iter().any(|plan| plan.trunk.len() >= min_trunk_len && plan.has_mobile(digits))
}

/// True if a number in groups is a mobile number of a country, written as that country writes it; numbers of nine digits and
/// more in the groups of any country.
pub(super) fn is_written_mobile(digits: &str, number: &str) -> bool {
    /// Numbers with fewer digits are written in groups that other numbers have as well.
    const MIN_ANY_GROUPING: usize = 9;
    let written = writing(number);
    let is_usual = digits.len() >= MIN_ANY_GROUPING
        && COUNTRY_PLANS.iter().any(|plan| plan.writings.iter().any(|writing| writing.ends_with(&written)));
    COUNTRY_PLANS.iter().any(|plan| {
        let without_trunk = contain(&plan.mobile, digits);
        (without_trunk || plan.has_mobile(digits))
            && (is_usual || plan.writings.iter().any(|writing| writing.ends_with(&written)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_plans_is_read() {
        assert_eq!(COUNTRY_PLANS.len(), PLANS.lines().count() - 1);
        assert!(COUNTRY_PLANS.len() > 200);
        for plan in COUNTRY_PLANS.iter() {
            assert!(plan.mobile.iter().chain(&plan.fixed).all(|numbers| !numbers.prefixes.is_empty()), "{}", plan.code);
            assert!(plan.code.bytes().all(|b| b.is_ascii_digit()));
        }
    }

    #[test]
    fn finds_numbers_of_many_countries() {
        for number in ["4915123456789", "79123456789", "306912345678", "6591234567", "8613800138000"] {
            assert!(is_international_mobile(number), "{number}");
        }
        for number in ["0501234567", "09123456789", "0912345678"] {
            assert!(is_mobile_with_trunk(number, 1), "{number}");
        }
        for (digits, number) in
            [("91234567", "9123 4567"), ("601123456", "601 123 456"), ("06301234567", "06 30 123 4567")]
        {
            assert!(is_written_mobile(digits, number), "{number}");
        }
        assert!(!is_written_mobile("25601440", "2560 1440") && !is_international_mobile("12345"));
    }
}
