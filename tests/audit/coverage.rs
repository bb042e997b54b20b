//! What a check has run: cases by row. It prints them for the runner, which is another process.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use strum::VariantArray as _;

use super::rows::Row;

static CASES: Mutex<BTreeMap<Row, usize>> = Mutex::new(BTreeMap::new());

/// Begins the lines for the runner: a row and its cases, and the number of findings.
const ROW: &str = "audit-row ";
const FINDINGS: &str = "audit-findings ";

/// What a check printed.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    pub cases: BTreeMap<Row, usize>,
    pub findings: usize,
}

/// Counts cases of a row.
pub fn count(row: Row, cases: usize) {
    *CASES.lock().unwrap_or_else(PoisonError::into_inner).entry(row).or_default() += cases;
}

/// Prints how many findings there are.
pub fn print_findings(findings: usize) {
    println!("{FINDINGS}{findings}");
}

/// Prints the cases.
pub fn print() {
    for (row, cases) in CASES.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        println!("{ROW}{row:?} {cases}");
    }
}

/// Reads what another process printed.
pub fn read(output: &str) -> Coverage {
    let mut coverage = Coverage::default();
    for line in output.lines() {
        if let Some((row, cases)) = line.strip_prefix(ROW).and_then(|line| line.split_once(' ')) {
            let row = Row::VARIANTS.iter().find(|known| format!("{known:?}") == row).expect("a row");
            *coverage.cases.entry(*row).or_default() += cases.parse::<usize>().expect("a number");
        }
        if let Some(findings) = line.strip_prefix(FINDINGS) {
            coverage.findings += findings.parse::<usize>().expect("a number");
        }
    }
    coverage
}
