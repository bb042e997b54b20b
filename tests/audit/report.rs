//! The tables.

use std::fmt::Write as _;

use strum::VariantArray as _;

use super::check::{Check, Part};
use super::mutants::MutantOutcome;
use super::rows::Row;
use super::runner::Outcome;

/// The cases of a row in all outcomes.
pub fn cases_of(row: Row, outcomes: &[Outcome]) -> usize {
    outcomes.iter().filter_map(|outcome| outcome.coverage.cases.get(&row)).sum()
}

/// What each part has run and found, in Markdown.
pub fn parts(checks: &[&Check], outcomes: &[Outcome]) -> String {
    let mut text = String::from("| part | checks | cases | findings | seconds |\n|---|---|---|---|---|\n");
    for part in Part::ALL {
        let of_part =
            || checks.iter().zip(outcomes).filter(|(check, _)| check.part == part).map(|(_, outcome)| outcome);
        let cases: usize = of_part().flat_map(|outcome| outcome.coverage.cases.values()).sum();
        let findings: usize = of_part().map(|outcome| outcome.coverage.findings).sum();
        let seconds: f64 = of_part().map(|outcome| outcome.time.as_secs_f64()).sum();
        let count = of_part().count();
        writeln!(text, "| {} | {count} | {cases} | {findings} | {seconds:.0} |", part.heading()).unwrap();
    }
    text
}

/// How often each input and output was tried, in Markdown.
pub fn rows(outcomes: &[Outcome]) -> String {
    let mut text = String::from("| section | input or output | cases | checks | findings |\n|---|---|---|---|---|\n");
    for row in Row::VARIANTS {
        let of_row = || outcomes.iter().filter(|outcome| outcome.coverage.cases.contains_key(row));
        let findings: usize = of_row().map(|outcome| outcome.coverage.findings).sum();
        let ((section, what), cases) = (row.text(), cases_of(*row, outcomes));
        writeln!(text, "| {section} | {what} | {cases} | {} | {findings} |", of_row().count()).unwrap();
    }
    text
}

/// Which part caught each mutant, in Markdown.
pub fn mutants(outcomes: &[MutantOutcome]) -> String {
    let mut text = String::from("| mutant | what it does | caught by | how |\n|---|---|---|---|\n");
    for outcome in outcomes {
        let caught: Vec<String> =
            outcome.caught_by.iter().map(|(part, check)| format!("{}: `{check}`", part.heading())).collect();
        let caught = if caught.is_empty() { "**nothing**".to_owned() } else { caught.join("; ") };
        let missed: String = outcome.missed_by.iter().map(|check| format!("; **not by** `{check}`")).collect();
        let how = outcome.finding.replace('|', "\\|");
        let how: String = how.chars().take(140).collect();
        let (name, what) = (outcome.mutant.name(), outcome.mutant.description());
        writeln!(text, "| `{name}` | {what} | {caught}{missed} | {how} |").unwrap();
    }
    text
}
