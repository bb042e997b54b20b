//! Telephone numbers in international and national formats.

use crate::fields::pii::check_digits::{all_same, gs1, isbn_10};
use crate::fields::pii::country_plans::{is_international_mobile, is_mobile_with_trunk, is_written_mobile};
use crate::fields::pii::kind::PiiKind;
use crate::fields::pii::numbering_plan::{
    MOBILE_PREFIXES, NATIONAL_INDEX, is_date, is_personal_e164, is_service_number,
};
use crate::fields::pii::pattern::{self, PatternMatch};
use crate::fields::pii::spans::Spans;
use crate::fields::pii::tokenizer::{Separator, Token, TokenizedText};

/// Maximum number of digits: 15 (E.164) and the prefix 00.
const MAX_DIGITS: usize = 17;

/// Minimum number of digits in one group of a number that stands alone.
const MIN_ALONE_DIGITS: usize = 10;

/// Digits of the shortest trade number in one group (UPC-A) that is as long as a number with its country code.
const MIN_TRADE_DIGITS: usize = 12;

/// Maximum number of groups. More are a list.
const MAX_GROUPS: usize = 8;

/// Consecutive groups of digits that may belong to one number.
#[derive(Debug, Default)]
struct DigitGroups {
    /// The digits of all groups.
    digits: String,
    /// For each group, the index of its token and the number of digits up to its end.
    ends: Vec<(usize, usize)>,
}

impl DigitGroups {
    fn collect(text: &TokenizedText<'_>, first: usize) -> DigitGroups {
        let mut groups = DigitGroups::default();
        let mut in_bracket = false;
        for (index, token) in text.tokens.iter().enumerate().skip(first).take(MAX_GROUPS) {
            if !token.all_digits || token.touches_letter || token.after_plus && index > first {
                break;
            }
            if groups.digits.len() + token.len() > MAX_DIGITS {
                break;
            }
            let group = text.token_text(token);
            // The trunk prefix in "+49 (0)30" is not part of the international number.
            if !(in_bracket && group == "0") {
                groups.digits.push_str(group);
            }
            groups.ends.push((index, groups.digits.len()));
            in_bracket = token.separator == Separator::Open;
            let is_comma = token.separator == Separator::Comma && !(group.starts_with('0') && group.len() > 2);
            if token.separator == Separator::Other || is_comma {
                break;
            }
        }
        groups
    }

    /// All prefixes of the groups, longest first: the index of the last token, and the digits.
    fn prefixes(&self) -> impl Iterator<Item = (usize, &str)> {
        let prefix = |(last, end): &(usize, usize)| Some((*last, self.digits.get(..*end)?));
        self.ends.iter().rev().filter_map(prefix)
    }
}

/// Finds numbers after a `+`, in any format.
pub(super) fn find_with_plus(text: &TokenizedText<'_>, spans: &mut Spans) {
    for (index, token) in text.tokens.iter().enumerate() {
        if !token.after_plus || !token.all_digits || token.touches_letter || !spans.is_free(&(token.start..token.end)) {
            continue;
        }
        if let Some(last) = match_international(text, index, "") {
            add_span(text, spans, index, last);
        }
    }
}

/// Records the number at token `index`, which a word for a telephone announces, and returns whether it is one.
pub(super) fn record_announced(text: &TokenizedText<'_>, index: usize, spans: &mut Spans) -> bool {
    let Some(token) = text.token(index).filter(|token| token.all_digits && !token.touches_letter) else {
        return false;
    };
    let last = if token.after_plus { match_international(text, index, "") } else { match_after_keyword(text, index) };
    last.is_some_and(|last| add_span(text, spans, index, last))
}

// The following functions return the index of the last token of a number that begins at token `index`.

fn match_after_keyword(text: &TokenizedText<'_>, index: usize) -> Option<usize> {
    let groups = DigitGroups::collect(text, index);
    let is_complete = |(_, digits): &(usize, &str)| (8..=13).contains(&digits.len());
    let (last, digits) = match groups.prefixes().find(is_complete) {
        Some(prefix) => prefix,
        None => (pattern::match_at(text, index, "999-9999")?.last, ""),
    };
    let is_years = text.tokens.iter().take(last + 1).skip(index).all(|token| token.len() == 4);
    let token = text.token(index)?;
    let is_number = !is_years
        && !is_date(digits)
        && !is_service_number(text.token_text(token), digits)
        && text.is_delimited(index, last);
    is_number.then_some(last)
}

/// Finds numbers without a `+` or a keyword.
pub(super) fn find(text: &TokenizedText<'_>, spans: &mut Spans) {
    if is_mobile_alone(text.text) {
        spans.add(PiiKind::Phone, 0..text.text.len());
    }
    for (index, token) in text.number_starts() {
        if !token.all_digits || token.touches_letter || token.after_plus || !spans.is_free(&(token.start..token.end)) {
            continue;
        }
        let last = match_international(text, index, "00")
            .or_else(|| match_national_pattern(text, index))
            .or_else(|| match_trunk_prefix(text, index));
        if let Some(last) = last {
            add_span(text, spans, index, last);
        }
    }
}

/// True if the text is nothing but a mobile number of some country, as it is typed or pasted to find its owner.
fn is_mobile_alone(text: &str) -> bool {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let is_number = text.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '.' | '(' | ')' | ','));
    let begins_decimal = text.contains(',') && !text.starts_with("01") && !text.starts_with("07");
    if !is_number || begins_decimal || !(8..=13).contains(&digits.len()) || is_date(&digits) {
        return false;
    }
    if is_bit_pattern(&digits) || is_ascending_list(text) || is_service_number(text, &digits) {
        return false;
    }
    let is_grouped = text.contains([' ', '-', '.', ')', ',']);
    if is_decimal_number(text) || is_resolution(text) {
        return false;
    }
    let is_zip = text.len() == 10 && text.split('-').map(str::len).eq([5, 4]);
    if is_grouped {
        return !is_zip && !counts_by(&digits, 1) && (is_written_mobile(&digits, text) || is_argentine_mobile(&digits));
    }
    let has_trunk = is_mobile_with_trunk(&digits, 1) && digits.len() >= MIN_ALONE_DIGITS;
    let is_greek = digits.len() == MIN_ALONE_DIGITS && digits.starts_with("69");
    (has_trunk || is_greek || digits.len() > MIN_ALONE_DIGITS && is_international_mobile(&digits))
        && !is_counting(&digits)
        && !isbn_10(digits.as_bytes())
        && !(digits.len() >= MIN_TRADE_DIGITS && gs1(digits.as_bytes()))
}

/// True for one digit, a dot and digits only (`2.718281828`), as no mobile number is written.
fn is_decimal_number(text: &str) -> bool {
    text.split_once('.').is_some_and(|(whole, part)| whole.len() == 1 && part.bytes().all(|b| b.is_ascii_digit()))
}

/// True for two groups of four digits that both end in zero, like the pixels of a screen (`3840 2160`).
fn is_resolution(text: &str) -> bool {
    text.split_once(' ').is_some_and(|(x, y)| [x, y].iter().all(|side| side.len() == 4 && side.ends_with('0')))
}

/// True for an Argentine mobile number as it is dialled within the country: area code, with or without 0, `15` and the number.
fn is_argentine_mobile(digits: &str) -> bool {
    let digits = digits.strip_prefix('0').unwrap_or(digits);
    let is_area = |area: usize| digits.get(area..).is_some_and(|rest| rest.starts_with("15"));
    digits.len() == 12 && matches!(digits.as_bytes(), [b'1'..=b'3', ..]) && (2..=4).any(is_area)
}

/// True for digits that count up or down, 9 and 0 being neighbors: a test, not a number.
fn is_counting(digits: &str) -> bool {
    counts_by(digits, 1) || counts_by(digits, 9)
}

/// True if each digit is the one before plus `step`, modulo 10.
fn counts_by(digits: &str, step: u32) -> bool {
    let values: Vec<u32> = digits.chars().filter_map(|c| c.to_digit(10)).collect();
    values.iter().zip(values.iter().skip(1)).all(|(a, b)| (a + step) % 10 == *b)
}

/// True for numbers in ascending order, as in a draw.
fn is_ascending_list(text: &str) -> bool {
    let values: Vec<u32> = text.split(' ').filter_map(|group| group.parse().ok()).collect();
    values.len() > 2 && text.split(' ').all(|group| group.len() <= 2) && values.is_sorted()
}

/// Matches `+49 …` (empty `prefix`) or `0049 …`: the longest groups that are a complete number.
fn match_international(text: &TokenizedText<'_>, index: usize, prefix: &str) -> Option<usize> {
    let token = text.token(index)?;
    if !text.token_text(token).starts_with(prefix) || token.len() < prefix.len() {
        return None;
    }
    if token.after_plus {
        let before_plus = text.text.get(..token.start.checked_sub(1)?)?.chars().next_back();
        if before_plus.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | ')' | ']')) {
            return None;
        }
    }
    let min_digits = if prefix.is_empty() { 8 } else { 10 };
    DigitGroups::collect(text, index).prefixes().find_map(|(last, digits)| {
        let digits = digits.strip_prefix(prefix)?;
        let is_delimited = text.token(last)?.separator != Separator::Dot || text.is_delimited(last, last);
        (is_delimited && digits.len() >= min_digits && is_personal_e164(digits)).then_some(last)
    })
}

fn match_national_pattern(text: &TokenizedText<'_>, index: usize) -> Option<usize> {
    NATIONAL_INDEX.with_first_group_len(text.token(index)?.len()).iter().find_map(|(pattern, is_valid)| {
        let PatternMatch { compact, last, .. } = pattern::match_at(text, index, pattern)?;
        let has_leading_digit = pattern.starts_with("9~") || pattern.starts_with("9(");
        let valid_leading_digit =
            !has_leading_digit || compact.bytes().first().is_some_and(|b| matches!(b, b'1' | b'7' | b'8'));
        (text.is_isolated(index, last) && is_valid(compact.bytes()) && valid_leading_digit).then_some(last)
    })
}

/// Matches numbers with the trunk prefix 0, area code first, as most countries outside North America write them (ITU-T E.123
/// section 2).
fn match_trunk_prefix(text: &TokenizedText<'_>, index: usize) -> Option<usize> {
    let token = text.token(index)?;
    let group = text.token_text(token);
    let mut digits = group.bytes();
    if digits.next() != Some(b'0') || !digits.next().is_some_and(|b| (b'1'..=b'9').contains(&b)) {
        return None;
    }
    let groups = DigitGroups::collect(text, index);
    if is_service_number(group, &groups.digits) {
        return None;
    }
    let is_mobile =
        MOBILE_PREFIXES.iter().any(|(prefix, lengths)| group.starts_with(prefix) && lengths.contains(&group.len()));
    if is_mobile && text.is_delimited(index, index) && !isbn_10(group.as_bytes()) && !all_same(group.as_bytes()) {
        return Some(index);
    }
    groups.prefixes().find_map(|(last, digits)| {
        let is_number = (9..=12).contains(&digits.len())
            && text.is_delimited(index, last)
            && !is_code_list(text, index, last)
            && !is_bit_pattern(digits)
            && !is_zip_plus_4(text.tokens.get(index..=last)?)
            && has_phone_grouping(text, text.tokens.get(index..=last)?);
        is_number.then_some(last)
    })
}

/// True if the groups are part of a list of postal or area codes: groups of equal length continue before or after them, or
/// all begin with 0.
fn is_code_list(text: &TokenizedText<'_>, first: usize, last: usize) -> bool {
    let equal_neighbors = |a: usize, b: usize| match (text.token(a), text.token(b)) {
        (Some(a), Some(b)) => b.all_digits && a.all_digits && a.separator == Separator::Space && a.len() == b.len(),
        _ => false,
    };
    let all_codes = (first..last).all(|a| equal_neighbors(a, a + 1))
        && text.tokens.get(first..=last).is_some_and(|tokens| {
            tokens.iter().all(|token| token.len() > 2 && text.token_text(token).starts_with('0'))
        });
    all_codes && last > first || equal_neighbors(last, last + 1) || first > 0 && equal_neighbors(first - 1, first)
}

/// True for zeros and ones.
fn is_bit_pattern(digits: &str) -> bool {
    digits.bytes().all(|digit| matches!(digit, b'0' | b'1'))
}

/// True for the form of a postal code of the United States (ZIP+4): five digits, a dash and four digits.
fn is_zip_plus_4(groups: &[Token]) -> bool {
    matches!(groups, [zip, extension] if zip.len() == 5 && zip.separator == Separator::Dash && extension.len() == 4)
}

/// True if the group lengths are common for an area code and a number.
fn has_phone_grouping(text: &TokenizedText<'_>, groups: &[Token]) -> bool {
    let lengths: Vec<usize> = groups.iter().map(|token| token.len()).collect();
    let Some((&area, rest)) = lengths.split_first() else {
        return false;
    };
    match (area, rest) {
        (2, [7 | 8] | [4, 4] | [3, 4] | [3, 2, 2] | [3, 3] | [3, 3, 2]) => true,
        (2, [2, 2, 2, 2]) => is_french_pairs(text, groups),
        (3..=5, [4..=8]) => true,
        (3..=5, [2..=5, inner @ ..]) => inner.len() <= 3 && inner.iter().all(|&n| (2..=4).contains(&n)),
        _ => false,
    }
}

/// True for five pairs of digits as in France, unless they are in ascending order like a lottery draw or part of a longer
/// sequence.
fn is_french_pairs(text: &TokenizedText<'_>, groups: &[Token]) -> bool {
    let values: Vec<u32> = groups.iter().filter_map(|token| text.token_text(token).parse().ok()).collect();
    let ascending = values.iter().zip(values.iter().skip(1)).all(|(a, b)| a < b);
    let is_draw = ascending && values.iter().all(|&value| value <= 70);
    let index =
        groups.first().and_then(|first| text.tokens.binary_search_by_key(&first.start, |token| token.start).ok());
    !is_draw && index.is_some_and(|index| text.is_isolated(index, index + groups.len() - 1))
}

/// Records a number, including a preceding `+`, bracket and `tel:`. Returns whether it was recorded.
fn add_span(text: &TokenizedText<'_>, spans: &mut Spans, first: usize, last: usize) -> bool {
    let (Some(from), Some(to)) = (text.token(first), text.token(last)) else {
        return false;
    };
    let mut start = from.start;
    for prefix in ["(", "+", "(", "tel:", "TEL:"] {
        let before = text.text.get(..start).unwrap_or_default();
        let has_closing_bracket = from.separator == Separator::Close || from.after_plus;
        if (prefix != "(" || has_closing_bracket) && before.ends_with(prefix) {
            start -= prefix.len();
        }
    }
    spans.add(PiiKind::Phone, start..to.end) || spans.add(PiiKind::Phone, from.start..to.end)
}
