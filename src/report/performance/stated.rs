//! What a partner's statements in force say, by our codes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::billing::closing::error::ClosingError;
use crate::billing::contract::{CodeSource, Contract, ContractError};
use crate::billing::known_tags::KnownTags;
use crate::billing::money::{Currency, Micros};
use crate::billing::statement::StatementRow;
use crate::billing::store::BillingStore;
use crate::billing::year_month::YearMonth;
use crate::name::ConfigName;
use crate::report::performance::our_counts::ReportedPartner;
use crate::report::performance::request::PerformanceRequest;
use crate::report::reader::CountsReader;
use crate::storage::error::StoreError;

/// Which of our codes a row is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum StatedCodes {
    /// Ours, but not known which: the statement has no codes, or the partner is not configured any more.
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
        let days = first..=request.filter.to;
        // Which codes a row is about depends on its month, so whole months are read.
        let whole = days.start().first_of_month()..=days.end().last_of_month();
        let mut by_month: BTreeMap<YearMonth, Vec<StatementRow>> = BTreeMap::new();
        for (_, row) in store.statement_rows(&partner.name, whole)? {
            by_month.entry(YearMonth::containing(row.last)).or_default().push(row);
        }
        let contract = contract(&store, request, &partner.name)?;
        let source = contract.as_ref().map_or(CodeSource::Unknown, Contract::codes);
        let mut stated = Vec::new();
        for rows in by_month.into_values() {
            let known = KnownTags::new(source, &rows);
            let shown = rows.iter().filter(|row| row.day <= *days.end() && *days.start() <= row.last);
            stated.extend(shown.map(|row| StatedRow {
                first: row.day,
                last: row.last,
                codes: codes(row, &known, source),
                clicks: row.clicks,
                revenue: row.revenue.map(|amount| (amount, row.currency)),
            }));
        }
        Ok(Self { rows: stated })
    }
}

/// The contract with a partner: the configured one, or what the records of a removed one say. Records that cannot be read are for
/// `qsproxy verify`.
fn contract(
    store: &BillingStore,
    request: &PerformanceRequest<'_>,
    partner: &ConfigName,
) -> Result<Option<Contract>, StoreError> {
    match Contract::find(request.contracts, store, partner.as_str()) {
        Ok(contract) => Ok(Some(contract)),
        Err(ContractError::Store(error) | ContractError::Closing(ClosingError::Store(error))) => Err(error),
        Err(ContractError::Closing(_) | ContractError::Unknown(_)) => Ok(None),
    }
}

/// The codes that a row of a month is about: those whose tag it has, in force on one of its days.
fn codes(row: &StatementRow, known: &KnownTags<'_>, source: CodeSource<'_>) -> StatedCodes {
    let tags = match source {
        CodeSource::Configured(tags) if known.has_codes => tags,
        // The records of a removed partner have its codes, and not ours.
        CodeSource::Configured(_) | CodeSource::Signed(_) | CodeSource::Unknown => {
            return if known.has(row) { StatedCodes::All } else { StatedCodes::Unknown };
        }
    };
    let named = tags.iter().filter(|known| known.tag == row.code && known.days.overlap(row.day, row.last));
    let codes: BTreeSet<String> = named.map(|known| known.code.to_string()).collect();
    if codes.is_empty() { StatedCodes::Unknown } else { StatedCodes::Only(codes) }
}
