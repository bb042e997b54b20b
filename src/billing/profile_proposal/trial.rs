//! Tries a profile on the file with the importer, and states what it reads.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::billing::import::{ImportError, read};
use crate::billing::money::Micros;
use crate::billing::profile::Profile;
use crate::billing::profile_proposal::shape::Setting;
use crate::billing::statement::{Statement, StatementRow};

/// The most reasons of a refusal that are shown.
const MAX_REASONS: usize = 5;

/// What the importer did with the file.
pub(super) enum Trial {
    /// It read a statement.
    Read(Box<Statement>),
    /// It refused the file, or the profile is wrong: the reasons.
    Refused(Vec<String>),
}

/// Settings of choices with what the importer did.
pub(super) type Tried = (Vec<Setting>, Trial);

/// Whether the importer read the file with an answer.
pub(super) fn is_any_read(tried: &[Tried]) -> bool {
    tried.iter().any(|(_, trial)| trial.is_read())
}

impl Trial {
    /// Reads the file with a profile.
    pub(super) fn run(file: &[u8], profile: Result<Profile, String>) -> Self {
        match profile.map(|profile| read(file, &profile, &Rc::default(), &mut || {})) {
            Ok(Ok(statement)) => Self::Read(Box::new(statement)),
            Ok(Err(ImportError::File(error))) => Self::Refused(vec![error.to_string()]),
            Ok(Err(ImportError::Rejected(issues))) => {
                Self::Refused(issues.iter().take(MAX_REASONS).map(ToString::to_string).collect())
            }
            Err(mistakes) => Self::Refused(mistakes.lines().take(MAX_REASONS).map(str::to_owned).collect()),
        }
    }

    /// Refuses a statement that leaves out other lines than the proposal means to.
    pub(super) fn checked(self, totals: u64, footers: u64) -> Self {
        let Self::Read(statement) = &self else { return self };
        let left_out = statement.left_out;
        if left_out.footers > footers {
            return Self::Refused(vec![format!("{} rows would be ignored as notes", left_out.footers - footers)]);
        }
        if left_out.totals > totals {
            return Self::Refused(vec![format!("{} rows would be taken as totals", left_out.totals - totals)]);
        }
        self
    }

    /// Whether the importer reads the file.
    pub(super) fn is_read(&self) -> bool {
        matches!(self, Self::Read(_))
    }

    /// Says what was read, or why not: lines of text.
    pub(super) fn lines(&self) -> Vec<String> {
        match self {
            Self::Read(statement) => summary(statement),
            Self::Refused(reasons) => reasons.iter().map(|reason| format!("refused: {reason}")).collect(),
        }
    }
}

/// The rows, days and sums of a statement, and what it leaves out.
fn summary(statement: &Statement) -> Vec<String> {
    let Statement { first, last, rows, corrections, left_out, .. } = statement;
    let days = (*last - *first).get_days() + 1;
    let sum = |column: fn(&StatementRow) -> Option<i64>| {
        let sum = rows.iter().try_fold(0_i64, |sum, row| sum.checked_add(column(row)?));
        sum.map_or_else(|| "not reported".to_owned(), |sum| sum.to_string())
    };
    let mut lines = vec![format!(
        "{} by day and code, {first} to {last} ({}): searches {}, clicks {}, revenue {}",
        counted(rows.len() as u64, "row", "rows"),
        counted(u64::try_from(days).unwrap_or(0), "day", "days"),
        sum(|row| row.searches),
        sum(|row| row.clicks),
        revenue(rows)
    )];
    for (n, one, several) in [
        (
            corrections.len() as u64,
            "row corrects an older day, to which it is added",
            "rows correct older days, to which they are added",
        ),
        (left_out.totals, "row of totals agrees with the sum", "rows of totals agree with the sums"),
        (left_out.footers, "line is ignored as a note", "lines are ignored as notes"),
        (left_out.repeated, "row repeats another one and counts once", "rows repeat others and count once"),
        (left_out.headers, "repeated header", "repeated headers"),
        (left_out.zero_days, "day without a row counts as zero", "days without a row count as zero"),
        (left_out.rounded, "amount is rounded to a millionth", "amounts are rounded to a millionth"),
        (
            left_out.undated,
            "row without a day is added to the last day",
            "rows without a day are added to the last day",
        ),
        (left_out.hidden, "hidden row of the sheet is read, too", "hidden rows of the sheet are read, too"),
    ] {
        if n > 0 {
            lines.push(counted(n, one, several));
        }
    }
    lines
}

/// The revenue in each currency.
fn revenue(rows: &[StatementRow]) -> String {
    let mut sums: BTreeMap<&str, Option<Micros>> = BTreeMap::new();
    for row in rows {
        let currency = row.currency.as_ref().map_or("", |currency| currency.as_str());
        let sum = sums.entry(currency).or_insert(Some(Micros(0)));
        *sum = sum.and_then(|sum| sum.checked_add(row.revenue?));
    }
    let shown = sums.into_iter().map(|(currency, sum)| match sum {
        Some(sum) => format!("{sum} {currency}").trim_end().to_owned(),
        None => format!("not reported {currency}").trim_end().to_owned(),
    });
    shown.collect::<Vec<_>>().join(" and ")
}

fn counted(n: u64, one: &str, several: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { several })
}
