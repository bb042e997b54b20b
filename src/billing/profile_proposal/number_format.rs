//! Proposes the decimal and grouping marks of numbers.

use crate::billing::profile_proposal::proposal::Proposal;

/// What the numbers of a file show.
enum NumberFormat {
    /// No mark occurs, so any setting parses them.
    Plain,
    /// The decimal mark, and the grouping mark if there is one.
    Marks { decimal: char, group: Option<char> },
    /// One mark occurs, always before three digits: decimals or thousands.
    AmbiguousMark { mark: char, other: char },
    /// Both marks occur in different numbers, and neither is unambiguous.
    AmbiguousMarks,
}

/// Proposes `decimal_mark` and `group_mark`, or asks.
pub(super) fn propose(proposal: &mut Proposal, numbers: &[&str]) {
    match detect(numbers) {
        NumberFormat::Plain => {}
        NumberFormat::Marks { decimal, group } => {
            proposal.key("decimal_mark", &decimal.to_string());
            if let Some(group) = group {
                proposal.key("group_mark", &group.to_string());
            }
        }
        NumberFormat::AmbiguousMark { mark, other } => {
            proposal.comment(&format!(
                "ask: does \"{mark}\" separate decimals or thousands? Keep the right line or lines:"
            ));
            proposal.comment(&format!("decimal_mark = \"{mark}\""));
            proposal.comment(&format!("decimal_mark = \"{other}\"\n# group_mark = \"{mark}\""));
        }
        NumberFormat::AmbiguousMarks => proposal.comment("ask: the format of numbers: decimal_mark, group_mark"),
    }
}

fn detect(numbers: &[&str]) -> NumberFormat {
    if let Some(text) = numbers.iter().find(|text| text.contains(',') && text.contains('.')) {
        // In a number with both marks, the last mark is the decimal mark.
        let is_comma = text.rfind(',') > text.rfind('.');
        return if is_comma { marks(',', '.') } else { marks('.', ',') };
    }
    let occurs = |mark: char| numbers.iter().any(|text| text.contains(mark));
    let separates_thousands_only = |mark: char| {
        let with_mark = numbers.iter().filter(|text| text.contains(mark));
        let has_three_digits = |text: &&str| text.trim().rsplit_once(mark).is_some_and(|(_, digits)| digits.len() == 3);
        with_mark.into_iter().all(has_three_digits)
    };
    match (occurs(','), occurs('.')) {
        (true, true) => match (separates_thousands_only(','), separates_thousands_only('.')) {
            (true, false) => marks('.', ','),
            (false, true) => marks(',', '.'),
            (true, true) | (false, false) => NumberFormat::AmbiguousMarks,
        },
        (true, false) => detect_single(numbers, ',', '.', separates_thousands_only(',')),
        (false, true) => detect_single(numbers, '.', ',', separates_thousands_only('.')),
        (false, false) => NumberFormat::Plain,
    }
}

fn detect_single(numbers: &[&str], mark: char, other: char, could_be_thousands: bool) -> NumberFormat {
    if numbers.iter().any(|text| text.matches(mark).count() > 1) {
        return marks(other, mark);
    }
    if could_be_thousands {
        return NumberFormat::AmbiguousMark { mark, other };
    }
    NumberFormat::Marks { decimal: mark, group: None }
}

fn marks(decimal: char, group: char) -> NumberFormat {
    NumberFormat::Marks { decimal, group: Some(group) }
}
