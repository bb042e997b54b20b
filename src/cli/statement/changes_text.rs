//! What a change of the books changes, as text: the rows before and after, the sums before and after, the months that are closed, and
//! what stands against it.

use crate::billing::books_change::{BooksChange, BooksRefusal, Doubt};
use crate::billing::money::Micros;
use crate::billing::revision::RowChange;
use crate::billing::store::{Closing, StatementState};
use crate::cli::output::render_table;
use crate::cli::statement::summary::{counted, sums_text};
use crate::report::table::{Table, TableValue};

/// Returns the rows that differ, with their sums, and the closed months among their days.
pub(super) fn changes_text(change: &BooksChange, closings: &[Closing]) -> String {
    if change.before.is_empty() {
        return String::new();
    }
    let changes = change.changes();
    if changes.is_empty() {
        return "it reports the same values for these days as before\n".to_owned();
    }
    let columns = &["day", "code", "clicks_before", "clicks", "revenue_before", "revenue", "currency", "last"];
    let rows: Vec<_> = changes.iter().map(line).collect();
    let mut text = format!("it changes these values:\n{}\n", render_table(&Table { columns, rows }));
    text += &format!("in force for these days before: {}\n", sums_text(&change.before));
    text += &format!("in force for these days after: {}\n", sums_text(&change.after));
    for Closing { month, .. } in closings {
        let days = month.first_day()..=month.last_day();
        if changes.iter().any(|change| change.day <= *days.end() && change.last >= *days.start()) {
            text += &format!("{month} is closed and stays as it was signed\n");
        }
    }
    text
}

fn line(change: &RowChange<'_>) -> Vec<TableValue> {
    let RowChange { before, after, day, last, code, currency } = change;
    let count = |n: Option<i64>| n.map_or(TableValue::Empty, |n| TableValue::Text(n.to_string()));
    let amount = |n: Option<Micros>| n.map_or(TableValue::Empty, |amount| TableValue::Text(amount.to_string()));
    let period = |is_period| if is_period { TableValue::Text(last.to_string()) } else { TableValue::Empty };
    vec![
        TableValue::Text(day.to_string()),
        TableValue::Text((*code).to_owned()),
        count(before.and_then(|row| row.clicks)),
        count(after.and_then(|row| row.clicks)),
        amount(before.and_then(|row| row.revenue)),
        amount(after.and_then(|row| row.revenue)),
        currency.map_or(TableValue::Empty, |currency| TableValue::Text(currency.as_str().to_owned())),
        period(last > day),
    ]
}

/// Returns what needs the operator's word.
pub(super) fn doubt_text(doubt: &Doubt) -> String {
    match doubt {
        Doubt::Lower(n) => {
            let rows = counted(*n as u64, "row has", "rows have");
            format!("{rows} fewer clicks or less revenue than what is in force")
        }
        Doubt::Dropped(n) => {
            format!("{} would be gone", counted(*n as u64, "row that is in force", "rows that are in force"))
        }
        Doubt::Corrections(n, first) => {
            let rows = counted(*n as u64, "correction of an older day is", "corrections of older days are");
            format!(
                "{rows} in the statement that it replaces and not in this file, or lower in it, such as that of {first}"
            )
        }
        Doubt::EndsEarlier(number, last) => {
            format!("it ends earlier than statement {number}, which is in force and ends on {last}, so it looks older")
        }
    }
}

/// Returns why a change is refused, and what to do.
pub(super) fn refusal_text(refusal: &BooksRefusal) -> String {
    match refusal {
        BooksRefusal::LessFinal { day, code } => {
            let of_code = if code.is_empty() { String::new() } else { format!(" of {code}") };
            format!(
                "a preliminary number would replace one that is not preliminary: {day}{of_code}; if it is right all the same, withdraw the \
                 statement in force first (`qsproxy statement list`, `qsproxy statement withdraw N`)"
            )
        }
        BooksRefusal::Divided { first, last, statement } => format!(
            "statement {statement} has one row for {first} to {last}, which cannot be divided; import a file for all these days, or withdraw \
             statement {statement} first (`qsproxy statement withdraw {statement}`)"
        ),
    }
}

/// Returns whether a statement is in force, in words.
pub(super) fn state_text(state: &StatementState) -> String {
    let list = |numbers: &std::collections::BTreeSet<i64>| {
        let numbers: Vec<String> = numbers.iter().map(|number| format!("statement {number}")).collect();
        numbers.join(", ")
    };
    match state {
        StatementState::InForce => "in force".to_owned(),
        StatementState::InPart(others) => {
            format!("in force in part; in force for its other days and codes: {}", list(others))
        }
        StatementState::Replaced(others) => format!("not in force; in force for its days and codes: {}", list(others)),
        StatementState::Withdrawn => "not in force: it was withdrawn".to_owned(),
    }
}
