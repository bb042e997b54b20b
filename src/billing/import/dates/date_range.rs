//! Parses a range of days in one cell: `Oct 1 - Oct 7, 2026`, `2026-10-01/2026-10-07`, `28.09. – 04.10.2026`.

use jiff::civil::Date;

use crate::billing::import::dates::date_text::{DateRules, parse};

/// What may stand between the first and the last day.
const SEPARATORS: [&str; 8] = ["-", "\u{2013}", "\u{2014}", "/", "~", "\u{301c}", " to ", " bis "];
/// The longest range, in bytes. A longer text is not a range.
const MAX_RANGE_BYTES: usize = 120;

/// Returns the first and the last day; `None` if the text is not a range, or could be several.
pub(super) fn parse_range(text: &str, rules: DateRules<'_>) -> Option<(Date, Date)> {
    if text.len() > MAX_RANGE_BYTES {
        return None;
    }
    let mut found: Vec<(Date, Date)> = Vec::new();
    for separator in SEPARATORS {
        for (at, _) in text.match_indices(separator) {
            let (before, after) = (text.get(..at)?.trim(), text.get(at + separator.len()..)?.trim());
            let range = ends(before, after, rules).filter(|range| range.0 <= range.1 && !found.contains(range));
            found.extend(range);
        }
    }
    found.pop().filter(|_| found.is_empty())
}

/// Parses both ends. Either may leave out what the other one says: the year, or the month.
fn ends(before: &str, after: &str, rules: DateRules<'_>) -> Option<(Date, Date)> {
    let day = |text: &str| parse(text, rules).ok().filter(|parsed| parsed.clock.is_none());
    let last = day(after).or_else(|| heads(before).find_map(|head| day(&format!("{head}{after}"))))?;
    let last = last.last.unwrap_or(last.first);
    if let Some(first) = day(before) {
        return Some((first.first, last));
    }
    let first = tails(after).find_map(|tail| day(&format!("{before}{tail}")))?.first;
    // `Dec 28 - Jan 3, 2027` begins in the year before.
    let first = if first > last { first.checked_sub(jiff::Span::new().years(1)).ok()? } else { first };
    Some((first, last))
}

/// The beginnings of a text that end with a word or a number, with what follows it; the shortest first.
fn heads(text: &str) -> impl Iterator<Item = &str> {
    let is_boundary = |at: &usize| {
        let (before, after) = (char_before(text, *at), char_after(text, *at));
        before.is_some_and(|c| !c.is_alphanumeric()) && after.is_some_and(char::is_alphanumeric)
    };
    (1..text.len()).filter(move |at| text.is_char_boundary(*at)).filter(is_boundary).filter_map(|at| text.get(..at))
}

/// The ends of a text that begin before a separator, or after one; the shortest first.
fn tails(text: &str) -> impl Iterator<Item = &str> {
    let is_boundary = |at: &usize| {
        let (before, after) = (char_before(text, *at), char_after(text, *at));
        let alphanumeric = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        alphanumeric(before) != alphanumeric(after)
    };
    (1..text.len()).rev().filter(|at| text.is_char_boundary(*at)).filter(is_boundary).filter_map(|at| text.get(at..))
}

fn char_before(text: &str, at: usize) -> Option<char> {
    text.get(..at)?.chars().next_back()
}

fn char_after(text: &str, at: usize) -> Option<char> {
    text.get(at..)?.chars().next()
}
