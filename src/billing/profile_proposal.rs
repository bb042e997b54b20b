//! Proposes a profile for a file of an unknown source: what the file shows, and questions where it does not. It is only a
//! proposal, for a person to check; [`super::import`] never guesses.

mod file_shape;
mod known_columns;
mod number_format;
mod proposal;

use crate::billing::import::fold_name;
use crate::billing::money::Currency;
use crate::billing::profile_proposal::file_shape::FileShape;
use crate::billing::profile_proposal::known_columns::{DIMENSIONS, KNOWN_COLUMNS};
use crate::billing::profile_proposal::proposal::{Proposal, toml_list};

/// Date formats (strftime) to try, the unambiguous ones first.
const DATE_FORMATS: [&str; 9] =
    ["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y", "%d %b %Y", "%b %d, %Y", "%d/%m/%Y", "%m/%d/%Y", "%m-%d-%Y"];

/// Returns the `statement` table for a file, as TOML with comments.
///
/// # Errors
/// The file is neither a table nor JSON.
pub fn propose(file: &[u8]) -> Result<String, &'static str> {
    let shape = file_shape::detect(file)?;
    let columns = ProposedColumns::find(&shape);
    let mut proposal = Proposal::default();
    proposal.comment("Proposed from one file. Check every line; `ask` marks what a file cannot show.");
    proposal.line("[partner.statement]");
    proposal.comment("Ask the partner which time zone its days are in; most partners bill by this one.");
    proposal.line("zone = \"America/Los_Angeles\"");
    for setting in &shape.settings {
        proposal.line(setting);
    }
    propose_columns(&mut proposal, &columns);
    propose_date_format(&mut proposal, &columns.cells(&shape, "date"));
    let numbers: Vec<&str> =
        ["searches", "clicks", "revenue"].into_iter().flat_map(|key| columns.cells(&shape, key)).collect();
    number_format::propose(&mut proposal, &numbers);
    propose_currency(&mut proposal, &columns);
    propose_dimensions(&mut proposal, &shape);
    propose_totals(&mut proposal, &shape, columns.index(&shape, "date"));
    list_unused(&mut proposal, &shape, &columns);
    Ok(proposal.into_text())
}

/// A profile's key and the name of the column proposed for it.
struct ProposedColumn {
    key: &'static str,
    name: String,
}

/// The columns proposed for a file.
struct ProposedColumns(Vec<ProposedColumn>);

impl ProposedColumns {
    /// Finds columns by name. A key that several columns fit gets the most likely one.
    fn find(shape: &FileShape) -> Self {
        let mut found = Vec::new();
        for (key, names) in KNOWN_COLUMNS {
            let column = |wanted: &&str| shape.header.iter().find(|name| fold_name(name) == **wanted);
            if let Some(name) = names.iter().find_map(column) {
                found.push(ProposedColumn { key, name: name.clone() });
            } else if key == "revenue"
                && let Some(name) = shape.header.iter().find_map(|name| with_currency_placeholder(name))
            {
                found.push(ProposedColumn { key, name });
            }
        }
        Self(found)
    }

    fn name(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|column| column.key == key).map(|column| column.name.as_str())
    }

    fn index(&self, shape: &FileShape, key: &str) -> Option<usize> {
        let name = self.name(key)?;
        shape.header.iter().position(|cell| is_column(cell, name))
    }

    fn cells<'s>(&self, shape: &'s FileShape, key: &str) -> Vec<&'s str> {
        self.index(shape, key).map(|index| shape.column(index)).unwrap_or_default()
    }

    fn has(&self, cell: &str) -> bool {
        self.0.iter().any(|column| is_column(cell, &column.name))
    }
}

fn is_column(cell: &str, name: &str) -> bool {
    cell == name || with_currency_placeholder(cell).as_deref() == Some(name)
}

/// Returns a name such as `Estimated earnings (USD)` with the placeholder for the currency code.
fn with_currency_placeholder(name: &str) -> Option<String> {
    let (before, rest) = name.split_once('(')?;
    let (letters, after) = rest.split_once(')')?;
    Currency::new(letters).map(|_| format!("{before}({{currency}}){after}"))
}

fn propose_columns(proposal: &mut Proposal, columns: &ProposedColumns) {
    for ProposedColumn { key, name } in &columns.0 {
        proposal.key(key, name);
    }
    for (key, what) in [("date", "the day"), ("clicks", "the clicks")] {
        if columns.name(key).is_none() {
            proposal.comment(&format!("ask: no column looks like {what}; name it: {key} = \"…\""));
        }
    }
}

fn propose_date_format(proposal: &mut Proposal, dates: &[&str]) {
    let dates: Vec<&&str> = dates.iter().filter(|date| date.chars().any(|c| c.is_ascii_digit())).collect();
    if dates.is_empty() {
        return;
    }
    let parses = |format: &&&str| {
        let parse = |date: &str| jiff::fmt::strtime::parse(**format, date.trim()).and_then(|time| time.to_date());
        dates.iter().all(|date| parse(date).is_ok())
    };
    let formats: Vec<&&str> = DATE_FORMATS.iter().filter(parses).collect();
    match formats.as_slice() {
        [] => proposal.comment("ask: the format of dates, as in strftime: date_format = \"…\""),
        [format] => proposal.key("date_format", format),
        several => {
            proposal.comment("ask: all dates in this file parse in more than one order; keep the right line:");
            for format in several {
                proposal.comment(&format!("date_format = \"{format}\""));
            }
        }
    }
}

fn propose_currency(proposal: &mut Proposal, columns: &ProposedColumns) {
    let Some(revenue) = columns.name("revenue") else { return };
    if columns.name("currency_column").is_none() && !revenue.contains("{currency}") {
        proposal.comment("Ask which currency the revenue is in.");
        proposal.key("currency", "USD");
    }
}

fn is_dimension(name: &str) -> bool {
    DIMENSIONS.contains(&fold_name(name).as_str())
}

fn propose_dimensions(proposal: &mut Proposal, shape: &FileShape) {
    let dimensions: Vec<&str> = shape.header.iter().map(String::as_str).filter(|name| is_dimension(name)).collect();
    if !dimensions.is_empty() {
        proposal.comment("Columns that break a day and code down into several rows; these rows are added up.");
        proposal.list("dimensions", &dimensions);
    }
}

/// In a file whose rows have dates, a row without one usually holds totals.
fn propose_totals(proposal: &mut Proposal, shape: &FileShape, date: Option<usize>) {
    let Some(date) = date else { return };
    let has_no_date =
        |row: &&Vec<String>| row.len() == shape.header.len() && row.get(date).is_none_or(|cell| cell.trim().is_empty());
    if shape.rows.iter().any(|row| has_no_date(&row)) {
        proposal.comment("A row without a date is read as totals, and compared with the sum of the rows.");
        proposal.key("totals", "empty");
    }
    let others = shape.rows.iter().filter(|row| row.len() != shape.header.len());
    let mut beginnings: Vec<&str> = others.filter_map(|row| row.first()?.split_whitespace().next()).collect();
    beginnings.dedup();
    if !beginnings.is_empty() {
        proposal.comment("Lines to ignore, by their beginnings.");
        proposal.list("footers", &beginnings);
    }
}

fn list_unused(proposal: &mut Proposal, shape: &FileShape, columns: &ProposedColumns) {
    let is_unused = |name: &&str| !columns.has(name) && !is_dimension(name);
    let unused: Vec<&str> = shape.header.iter().map(String::as_str).filter(is_unused).collect();
    if !unused.is_empty() {
        proposal.comment(&format!("Not used: {}", toml_list(&unused)));
    }
}

#[cfg(test)]
mod tests;
