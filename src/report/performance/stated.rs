//! What a partner's statements in force say, by our codes.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::billing::contract::CodeTag;
use crate::billing::money::{Currency, Micros};
use crate::billing::statement::StatementRow;
use crate::billing::store::BillingStore;
use crate::report::performance::our_counts::ReportedPartner;
use crate::report::performance::request::PerformanceRequest;
use crate::report::reader::CountsReader;
use crate::storage::error::StoreError;

/// Which of our codes a row is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum StatedCodes {
    /// All of them: the statement has no codes.
    All,
    /// These, which have the tag of the row. More than one if several have the same.
    Only(BTreeSet<String>),
    /// None: no code has the tag of the row.
    Unknown,
}

/// A row of a statement.
#[derive(Debug, Clone)]
pub(super) struct StatedRow {
    /// The first day.
    pub(super) first: Date,
    /// The last day.
    pub(super) last: Date,
    /// The codes.
    pub(super) codes: StatedCodes,
    /// The clicks; None if they are not told.
    pub(super) clicks: Option<i64>,
    /// The revenue and its currency; None if it is not told.
    pub(super) revenue: Option<(Micros, Option<Currency>)>,
}

/// The rows of one partner.
#[derive(Debug, Default)]
pub(super) struct StatedRows {
    /// The rows that are in force.
    pub(super) rows: Vec<StatedRow>,
}

impl StatedRows {
    /// Reads the rows of a partner from `first` to the last day of the report.
    pub(super) fn read(
        reader: &CountsReader,
        request: &PerformanceRequest<'_>,
        partner: &ReportedPartner,
        first: Date,
    ) -> Result<Self, StoreError> {
        if !reader.database.has_table("statements")? {
            return Ok(Self::default());
        }
        let store = BillingStore::new(reader.database.clone());
        let rows = store.statement_rows(&partner.name, first..=request.filter.to)?;
        // Without any code, the statement is about the partner as a whole; otherwise a row without one has an unknown code.
        let has_codes = rows.iter().any(|(_, row)| !row.code.is_empty());
        let contract = request.contracts.iter().find(|contract| contract.partner == partner.name);
        let tags = contract.and_then(|contract| contract.tags.as_deref()).unwrap_or_default();
        let row = |(_, row): (i64, StatementRow)| StatedRow {
            first: row.day,
            last: row.last,
            codes: if has_codes { codes(&row, tags) } else { StatedCodes::All },
            clicks: row.clicks,
            revenue: row.revenue.map(|amount| (amount, row.currency)),
        };
        Ok(Self { rows: rows.into_iter().map(row).collect() })
    }
}

/// The codes whose tag a row has, in force on one of its days.
fn codes(row: &StatementRow, tags: &[CodeTag]) -> StatedCodes {
    let named = tags.iter().filter(|known| known.tag == row.code && known.days.overlap(row.day, row.last));
    let codes: BTreeSet<String> = named.map(|known| known.code.to_string()).collect();
    if codes.is_empty() { StatedCodes::Unknown } else { StatedCodes::Only(codes) }
}
