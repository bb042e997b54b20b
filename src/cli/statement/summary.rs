//! What a file says, in a few lines: its days, its rows, its sums, and what is not among its rows.

use std::path::Path;

use crate::billing::code_scope::CodeScope;
use crate::billing::money::{Currency, Micros};
use crate::billing::revision::sums;
use crate::billing::statement::{LeftOut, Statement, StatementRow};

/// The most codes of a scope that are named.
const MAX_CODES: usize = 10;

/// Returns the summary of a file.
pub(super) fn summary(file: &Path, statement: &Statement) -> String {
    let Statement { first, last, rows, corrections, left_out, codes, .. } = statement;
    let mut output = format!(
        "{}: {first} to {last}, {} by day and code: {}\n",
        file.display(),
        counted(rows.len() as u64, "row", "rows"),
        sums_text(rows)
    );
    if !corrections.is_empty() {
        let n = counted(corrections.len() as u64, "row corrects an older day", "rows correct older days");
        output += &format!("{n}, and will be added to what is in force for it: {}\n", sums_text(corrections));
    }
    if let CodeScope::Only(_) = codes {
        output += &format!("it speaks for {} only\n", scope_text(codes));
    }
    let LeftOut { totals, totals_difference, repeated, footers, headers, rounded, zero_days, hidden, .. } = *left_out;
    for (n, one, several) in [
        (totals, "row of totals, which agrees with the sum", "rows of totals, which agree with the sum"),
        (repeated, "row that repeats another one", "rows that repeat others"),
        (footers, "line that the profile ignores", "lines that the profile ignores"),
        (headers, "repeated header", "repeated headers"),
    ] {
        if n > 0 {
            output += &format!("left out: {}\n", counted(n, one, several));
        }
    }
    if totals_difference > 0 {
        let difference = Micros(i64::try_from(totals_difference).unwrap_or(i64::MAX));
        output +=
            &format!("a row of totals differs by {difference} from the sum, which is as much as rounding explains\n");
    }
    if repeated > 0 {
        let (clicks, revenue) = (left_out.repeated_clicks, left_out.repeated_revenue);
        output += &format!(
            "what repeats has clicks {clicks}, revenue {revenue}; if these are rows of their own, list the column that tells them apart in \
             dimensions\n"
        );
    }
    if left_out.undated > 0 {
        let LeftOut { undated, undated_clicks, undated_revenue, .. } = *left_out;
        let rows = counted(undated, "row without a day is", "rows without a day are");
        output += &format!("{rows} added to {last}: clicks {undated_clicks}, revenue {undated_revenue}\n");
    }
    if zero_days > 0 {
        output += &format!("{} left out by the partner, taken as zero\n", counted(zero_days, "day", "days"));
    }
    if hidden > 0 {
        output +=
            &format!("{} read, too\n", counted(hidden, "hidden row of the sheet was", "hidden rows of the sheet were"));
    }
    if rounded > 0 {
        let amounts = counted(rounded, "amount was", "amounts were");
        output += &format!("{amounts} rounded to a millionth of the currency unit\n");
    }
    output
}

/// Returns the sums of rows, with the revenue of each currency; "not reported" for what a row lacks.
pub(super) fn sums_text(rows: &[StatementRow]) -> String {
    if rows.is_empty() {
        return "no rows".to_owned();
    }
    let sum = |column: fn(&StatementRow) -> Option<i64>| {
        let sum = rows.iter().try_fold(0_i64, |sum, row| sum.checked_add(column(row)?));
        sum.map_or_else(|| "not reported".to_owned(), |sum| sum.to_string())
    };
    let money: Vec<String> =
        sums(rows.iter()).into_iter().map(|sums| amount_text(sums.revenue, sums.currency)).collect();
    let (searches, clicks) = (sum(|row| row.searches), sum(|row| row.clicks));
    format!("searches {searches}, clicks {clicks}, revenue {}", money.join(" and "))
}

fn amount_text(amount: Option<Micros>, currency: Option<Currency>) -> String {
    let amount = amount.map_or_else(|| "not reported".to_owned(), |amount| amount.to_string());
    currency.map_or_else(|| amount.clone(), |currency| format!("{amount} {}", currency.as_str()))
}

/// Returns the codes of a scope.
pub(super) fn scope_text(codes: &CodeScope) -> String {
    match codes {
        CodeScope::All => "all codes".to_owned(),
        CodeScope::Only(codes) => {
            let shown: Vec<&str> = codes.iter().take(MAX_CODES).map(String::as_str).collect();
            let more = if codes.len() > MAX_CODES { ", …" } else { "" };
            let word = if codes.len() == 1 { "code" } else { "codes" };
            format!("{word} {}{more}", shown.join(", "))
        }
    }
}

/// Returns a number with its noun.
pub(super) fn counted(n: u64, one: &str, several: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { several })
}
