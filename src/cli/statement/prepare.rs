//! What the operator says about a file, and what no file may say: dates that are far off or to come, and sums that cannot be stored.

use std::collections::BTreeSet;

use anyhow::bail;
use jiff::civil::{Date, date};

use crate::billing::code_scope::CodeScope;
use crate::billing::revision::{CurrencySums, sums};
use crate::billing::statement::{Statement, StatementRow};

/// The first day that a statement may be about: before it there were no such partners.
const EARLIEST: Date = date(2000, 1, 1);

/// The most days between the first day of a statement and today: ten years. Tax law keeps books for no longer in most countries, and a
/// date further back is a wrong year.
const MAX_AGE_DAYS: i32 = 3_653;

/// The most codes that a message names.
const MAX_NAMED: usize = 5;

/// The codes that a file speaks for, in the operator's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NamedCodes {
    /// All.
    All,
    /// Those that the file has rows for.
    OfFile,
    /// These.
    These(Vec<String>),
}

/// Limits a statement to these codes. A file without a column of codes is about the one code that is named.
///
/// # Errors
/// The file cannot be about these codes; the message says why.
pub(super) fn limit_codes(statement: &mut Statement, codes: &NamedCodes, has_code_column: bool) -> anyhow::Result<()> {
    let named: BTreeSet<String> = match codes {
        NamedCodes::All => return Ok(()),
        NamedCodes::OfFile if !has_code_column => {
            bail!(
                "--codes-of-file: the partner's statement has no code = …, so the file does not name codes; use --codes CODE"
            )
        }
        NamedCodes::OfFile => all_rows(statement).map(|row| row.code.clone()).collect(),
        NamedCodes::These(codes) => codes.iter().map(|code| code.trim().to_owned()).collect(),
    };
    if named.contains("") {
        bail!("--codes: a code is empty; name each code as the partner does, with commas between them");
    }
    if !has_code_column {
        let (Some(code), 1) = (named.first(), named.len()) else {
            bail!(
                "--codes: the file has no column of codes, so it can be about one code only; import the file of each code with its code"
            )
        };
        for row in statement.rows.iter_mut().chain(&mut statement.corrections) {
            row.code.clone_from(code);
        }
    }
    let others: BTreeSet<&str> = all_rows(statement).map(|row| row.code.as_str()).collect();
    let others: Vec<&str> = others.into_iter().filter(|code| !named.contains(*code)).collect();
    if !others.is_empty() {
        let shown: Vec<String> = others.iter().take(MAX_NAMED).map(|code| format!("{code:?}")).collect();
        let more = if others.len() > MAX_NAMED { ", …" } else { "" };
        bail!(
            "--codes: the file has rows of other codes, too: {}{more}; name them, or leave out --codes",
            shown.join(", ")
        );
    }
    statement.codes = CodeScope::Only(named);
    Ok(())
}

/// Marks all rows as preliminary.
pub(super) fn mark_preliminary(statement: &mut Statement) {
    for row in statement.rows.iter_mut().chain(&mut statement.corrections) {
        row.is_final = Some(false);
    }
    // The same file, imported as final later, is another statement.
    statement.profile.push_str("preliminary = true\n");
}

/// Marks rows of days that are not over as preliminary: the file has a part of them. Returns how many there are.
pub(super) fn mark_unfinished(statement: &mut Statement, today: Date) -> usize {
    let mut unfinished = 0;
    for row in statement.rows.iter_mut().filter(|row| row.last >= today) {
        row.is_final = Some(false);
        unfinished += 1;
    }
    unfinished
}

/// Checks that no row is about a day to come, or about a day that is too long ago, and that the sums can be stored.
///
/// # Errors
/// The first day that is wrong, or the number that is too large.
pub(super) fn check(statement: &Statement, today: Date) -> anyhow::Result<()> {
    for row in all_rows(statement) {
        let (day, is_period) = (row.day, row.last > row.day);
        let age = day.until(today).map_or(i32::MAX, |span| span.get_days());
        if day > today {
            bail!("{day} is after today, {today} in the partner's zone; correct date_format, or zone, or the file");
        }
        if !is_period && row.last > today {
            bail!("{} is after today, {today} in the partner's zone; correct the file", row.last);
        }
        if day < EARLIEST || age > MAX_AGE_DAYS {
            bail!(
                "{day} is more than {MAX_AGE_DAYS} days ago, or before {EARLIEST}; correct date_format (%Y is a year of four digits, %y one \
                 of two), or the file"
            );
        }
    }
    let known = |number: fn(&StatementRow) -> bool| all_rows(statement).all(number);
    for CurrencySums { searches, clicks, revenue, .. } in sums(all_rows(statement)) {
        for (name, is_known, is_summed) in [
            ("searches", known(|row| row.searches.is_some()), searches.is_some()),
            ("clicks", known(|row| row.clicks.is_some()), clicks.is_some()),
            ("revenue", known(|row| row.revenue.is_some()), revenue.is_some()),
        ] {
            if is_known && !is_summed {
                bail!(
                    "the sum of {name} is too large to be stored; correct the columns or the number format in the partner's statement = …"
                );
            }
        }
    }
    Ok(())
}

fn all_rows(statement: &Statement) -> impl Iterator<Item = &StatementRow> + Clone {
    statement.rows.iter().chain(&statement.corrections)
}
