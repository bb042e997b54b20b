//! Other readings of rows and days, which are tried where the importer refuses the file with the first one: its refusal, not a guess, chooses.

use crate::billing::profile_proposal::columns::FoundColumns;
use crate::billing::profile_proposal::proposal::{Proposal, toml_list, toml_string};
use crate::billing::profile_proposal::row_kinds::RowKinds;
use crate::billing::profile_proposal::trial::{Tried, is_any_read};

/// How many rows of totals and notes a proposal leaves out.
type Expected = (u64, u64);

/// Tries a proposal on the file.
type Attempt<'a> = &'a dyn Fn(&Proposal, Expected) -> Vec<Tried>;

/// Another reading, and how the proposal changes.
struct Alternative {
    /// What the importer refuses the file with.
    refusal: &'static str,
    applies: fn(&RowKinds, &FoundColumns) -> bool,
    change: fn(&mut Proposal, &RowKinds),
    /// How many rows of totals there are with it more and less.
    totals: fn(&RowKinds) -> (u64, u64),
}

const ALTERNATIVES: [Alternative; 4] = [
    Alternative {
        refusal: "set digits",
        applies: |_, _| true,
        change: |proposal, _| proposal.key("digits", "any"),
        totals: |_| (0, 0),
    },
    Alternative {
        refusal: "totals = \"unlabelled\"",
        applies: |kinds, _| kinds.unlabelled_rows > 0,
        change: unlabelled_totals,
        totals: |kinds| (kinds.unlabelled_rows, 0),
    },
    Alternative {
        refusal: "this total differs",
        applies: |kinds, _| kinds.empty_totals > 0,
        change: undated_rows,
        totals: |kinds| (0, kinds.empty_totals),
    },
    Alternative {
        refusal: "set zone",
        applies: |_, columns| columns.date.is_instant,
        change: |proposal, _| days_of_utc(proposal),
        totals: |_| (0, 0),
    },
];

/// Changes the proposal to other readings, one after the other, until the file is read; else it stays as it is.
pub(super) fn find(
    proposal: &mut Proposal,
    (tried, expected): (&mut Vec<Tried>, &mut Expected),
    kinds: &RowKinds,
    (columns, attempt): (&FoundColumns, Attempt<'_>),
) {
    let (mut other, mut expectation, mut results) = (proposal.clone(), *expected, None);
    let mut left: Vec<&Alternative> = ALTERNATIVES.iter().collect();
    loop {
        let now = results.as_ref().unwrap_or(&*tried);
        let next = left.iter().position(|other| refuses(now, other.refusal) && (other.applies)(kinds, columns));
        let Some(next) = next.map(|index| left.remove(index)) else { return };
        (next.change)(&mut other, kinds);
        let (more, less) = (next.totals)(kinds);
        expectation.0 = (expectation.0 + more).saturating_sub(less);
        let with_change = attempt(&other, expectation);
        if is_any_read(&with_change) {
            (*proposal, *tried, *expected) = (other, with_change, expectation);
            return;
        }
        results = Some(with_change);
    }
}

fn refuses(tried: &[Tried], why: &str) -> bool {
    tried.iter().any(|(_, trial)| trial.lines().iter().any(|line| line.contains(why)))
}

/// Rows without a code or dimension are sums of the others.
fn unlabelled_totals(proposal: &mut Proposal, kinds: &RowKinds) {
    let totals: Vec<&str> = kinds.totals.iter().map(String::as_str).chain(["unlabelled"]).collect();
    proposal.comment("Rows without a code, or without a dimension, are the sums of the others of their day, and are compared with these.");
    proposal.set("totals", text_or_list(&totals));
}

fn text_or_list(texts: &[&str]) -> String {
    if let [only] = texts { toml_string(only) } else { format!("[{}]", toml_list(texts)) }
}

/// Rows without a day are no sums, so they are adjustments.
fn undated_rows(proposal: &mut Proposal, kinds: &RowKinds) {
    let totals: Vec<&str> = kinds.totals.iter().map(String::as_str).filter(|text| *text != "empty").collect();
    if totals.is_empty() {
        proposal.remove("totals");
    } else {
        proposal.set("totals", text_or_list(&totals));
    }
    proposal.ask("rows without a day are no sums; they are added to the last day of the file. Are they adjustments of all of it?");
    proposal.key("undated_rows", "empty");
}

/// Each date is midnight in UTC.
fn days_of_utc(proposal: &mut Proposal) {
    proposal.comment("Each date is midnight in UTC.");
    proposal.set("zone", toml_string("UTC"));
}
