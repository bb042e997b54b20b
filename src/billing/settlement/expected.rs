//! The revenue of a partner's months, by tag and currency: of closed months what their records signed, of others what the statements in
//! force state. Money of codes that are in no tags is apart: nothing is due for it. What of it is ours and the payees' is what the month's
//! last record signed; of months that are not closed what the configuration says.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Span;
use jiff::civil::Date;

use crate::billing::closing::signed_agreement::signed_agreement;
use crate::billing::closing::signed_state::signed_states;
use crate::billing::closing::stated::{StatedSums, stated};
use crate::billing::contract::Contract;
use crate::billing::known_tags::KnownTags;
use crate::billing::money::{Currency, Micros};
use crate::billing::settlement::agreement::Agreement;
use crate::billing::settlement::error::SettlementError;
use crate::billing::statement::StatementRow;
use crate::billing::store::{BillingStore, Closing, StoredCorrection};
use crate::billing::year_month::YearMonth;

/// Where the revenue of a month comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevenueSource {
    /// The closing.
    Closed,
    /// The last correction of the closed month.
    Corrected,
    /// The statements in force, which later ones may replace.
    Statement,
}

impl RevenueSource {
    /// Its name in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Corrected => "corrected",
            Self::Statement => "statement",
        }
    }
}

/// The revenue of a tag in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevenueLine {
    /// The currency.
    pub currency: Currency,
    /// The partner's tag for the code; empty if its statements have no codes.
    pub tag: String,
    /// The revenue that the partner states.
    pub revenue: Micros,
}

/// What a record of a closed month signed: all of the month's revenue, not what changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordRevenue {
    /// The number of the record.
    pub number: i64,
    /// The UTC day on which it was signed.
    pub day: Date,
    /// The revenue, by currency, then tag.
    pub lines: Vec<RevenueLine>,
    /// The currencies of which some rows do not tell their money, so that the lines are no whole.
    pub partial: BTreeSet<Currency>,
    /// What was agreed. Records of early versions signed nothing of it: that of the record before, or of the configuration. None if that is not
    /// known.
    pub agreement: Option<Agreement>,
}

/// The revenue of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthRevenue {
    /// The month in the partner's time zone.
    pub month: YearMonth,
    /// Where it comes from.
    pub source: RevenueSource,
    /// The revenue of configured codes, by currency, then tag.
    pub lines: Vec<RevenueLine>,
    /// Rows of configured codes that state no revenue.
    pub untold: u64,
    /// The currencies of which some rows of configured codes do not tell their money, so that the lines are no whole.
    pub partial: BTreeSet<Currency>,
    /// The revenue of codes that are in no tags, by currency.
    pub unmapped: BTreeMap<Currency, Micros>,
    /// What its records signed: first the closing, then the corrections. Empty while it is not closed.
    pub records: Vec<RecordRevenue>,
    /// What is agreed: of a closed month as its last record has it, of others as configured. None if it is not known.
    pub agreement: Option<Agreement>,
    /// Whether the configuration divides the closed month otherwise than its last record.
    pub is_divided_otherwise: bool,
}

impl MonthRevenue {
    /// The currencies of its revenue, now and as it was signed.
    #[must_use]
    pub fn currencies(&self) -> BTreeSet<Currency> {
        let signed = self.records.iter().flat_map(|record| &record.lines);
        let lines = self.lines.iter().chain(signed).map(|line| line.currency);
        lines.chain(self.unmapped.keys().copied()).collect()
    }

    /// Whether the month has no money at all, of configured codes or others, although statements or a closing speak of it.
    #[must_use]
    pub fn is_not_stated(&self) -> bool {
        self.currencies().is_empty() && (self.untold > 0 || !self.records.is_empty())
    }

    /// The revenue of configured codes in a currency. None if it does not fit.
    #[must_use]
    pub fn revenue(&self, currency: Currency) -> Option<Micros> {
        sum_of(&self.lines, currency)
    }

    /// What corrections changed of the revenue in a currency; zero without any. None if a sum does not fit.
    #[must_use]
    pub fn corrected(&self, currency: Currency) -> Option<Micros> {
        let closed = self.records.first().map_or(Some(Micros(0)), |closed| sum_of(&closed.lines, currency))?;
        let now = self.records.last().map_or(Some(Micros(0)), |last| sum_of(&last.lines, currency))?;
        now.0.checked_sub(closed.0).map(Micros)
    }
}

fn sum_of(lines: &[RevenueLine], currency: Currency) -> Option<Micros> {
    let lines = lines.iter().filter(|line| line.currency == currency);
    lines.map(|line| line.revenue).try_fold(Micros(0), Micros::checked_add)
}

/// Reads the revenue of all months of a partner that are closed, or that a statement covers or corrects, in order.
///
/// # Errors
/// [`SettlementError`].
pub fn revenue_by_month(store: &BillingStore, contract: &Contract) -> Result<Vec<MonthRevenue>, SettlementError> {
    let partner = &contract.partner;
    let (statements, corrections) = (store.statements(Some(partner))?, store.corrections()?);
    let mut closings = store.closings()?;
    closings.retain(|closing| closing.partner == *partner);
    let mut months: BTreeSet<YearMonth> = closings.iter().map(|closing| closing.month).collect();
    months.extend(store.corrected_days(partner)?.into_iter().map(YearMonth::containing));
    for statement in &statements {
        let first = statement.first.first_of_month().series(Span::new().months(1));
        months.extend(first.take_while(|day| *day <= statement.last).map(YearMonth::containing));
    }
    let reader = RevenueReader { store, contract, corrections: &corrections };
    let read = |month| match closings.iter().find(|closing| closing.month == month) {
        Some(closing) => reader.closed(closing),
        None => reader.open(month),
    };
    months.into_iter().map(read).collect()
}

/// Reads the revenue of months of one partner.
struct RevenueReader<'r> {
    store: &'r BillingStore,
    contract: &'r Contract,
    corrections: &'r [StoredCorrection],
}

impl RevenueReader<'_> {
    /// A closed month, as its records signed it.
    fn closed(&self, closing: &Closing) -> Result<MonthRevenue, SettlementError> {
        let (partner, month) = (&self.contract.partner, closing.month);
        let states = signed_states(self.store, closing, self.corrections)?;
        let states = states.ok_or_else(|| SettlementError::Changed(partner.clone(), month))?;
        let source = if states.len() > 1 { RevenueSource::Corrected } else { RevenueSource::Closed };
        let last = states.last().map(|state| state.stated.as_slice()).unwrap_or_default();
        let mut revenue = self.month(month, source, last)?;
        let mut agreement = None;
        for state in &states {
            let lines = self.lines(month, &state.stated)?;
            let correction = self.corrections.iter().find(|correction| correction.number == state.number);
            let record = correction.map_or(&closing.record, |correction| &correction.record);
            agreement = signed_agreement(self.store, state.number, record)?.or(agreement);
            revenue.records.push(RecordRevenue {
                number: state.number,
                day: state.day,
                lines,
                partial: partial(&state.stated),
                agreement: agreement.clone().or_else(|| self.contract.agreement.clone()),
            });
        }
        if let Some(signed) = agreement {
            revenue.is_divided_otherwise = self.contract.divides_otherwise(&signed, month);
            revenue.agreement = Some(signed);
        }
        Ok(revenue)
    }

    /// A month that is not closed, as the statements in force state it.
    fn open(&self, month: YearMonth) -> Result<MonthRevenue, SettlementError> {
        let partner = &self.contract.partner;
        let rows = self.store.statement_rows(partner, month.first_day()..=month.last_day())?;
        // A row of several days is of the month in which it ends, so that no month counts it again.
        let rows = rows.into_iter().map(|(_, row)| row).filter(|row| YearMonth::containing(row.last) == month);
        let rows: Vec<StatementRow> = rows.collect();
        let tags = KnownTags::new(self.contract.codes(), &rows);
        let stated = stated(&rows, |row| tags.has(row)).map_err(|_| SettlementError::TooLarge(partner.clone()))?;
        self.month(month, RevenueSource::Statement, &stated)
    }

    fn month(
        &self,
        month: YearMonth,
        source: RevenueSource,
        stated: &[StatedSums],
    ) -> Result<MonthRevenue, SettlementError> {
        let mut unmapped: BTreeMap<Currency, Micros> = BTreeMap::new();
        for stated in stated.iter().filter(|stated| !stated.is_mapped && stated.revenue.rows > 0) {
            let sum = unmapped.entry(self.currency(month, stated)?).or_default();
            let added = sum.checked_add(Micros(stated.revenue.sum));
            *sum = added.ok_or_else(|| SettlementError::TooLarge(self.contract.partner.clone()))?;
        }
        let untold = stated
            .iter()
            .filter(|stated| stated.is_mapped)
            .map(|stated| stated.rows.saturating_sub(stated.revenue.rows));
        Ok(MonthRevenue {
            month,
            source,
            lines: self.lines(month, stated)?,
            untold: untold.fold(0, u64::saturating_add),
            partial: partial(stated),
            unmapped,
            records: Vec::new(),
            agreement: self.contract.agreement.clone(),
            is_divided_otherwise: false,
        })
    }

    /// The money of configured codes.
    fn lines(&self, month: YearMonth, stated: &[StatedSums]) -> Result<Vec<RevenueLine>, SettlementError> {
        let told = stated.iter().filter(|stated| stated.is_mapped && stated.revenue.rows > 0);
        let line = |stated: &StatedSums| {
            let currency = self.currency(month, stated)?;
            Ok(RevenueLine { currency, tag: stated.code.clone(), revenue: Micros(stated.revenue.sum) })
        };
        let mut lines = told.map(line).collect::<Result<Vec<_>, SettlementError>>()?;
        lines.sort_by(|one, other| (one.currency, &one.tag).cmp(&(other.currency, &other.tag)));
        Ok(lines)
    }

    fn currency(&self, month: YearMonth, stated: &StatedSums) -> Result<Currency, SettlementError> {
        stated.currency.ok_or_else(|| SettlementError::NoCurrency(self.contract.partner.clone(), month))
    }
}

/// The currencies in which a row of a configured code does not tell its money, as the journal of a closing leaves them out.
fn partial(stated: &[StatedSums]) -> BTreeSet<Currency> {
    let mapped = stated.iter().filter(|stated| stated.is_mapped && stated.whole_revenue().is_none());
    mapped.filter_map(|stated| stated.currency).collect()
}
