//! A month of a partner: everything that the books and the counts know of it, reconciled. The command line, the admin listener
//! and closings all ask here, so that they cannot disagree.

use std::fmt;

use jiff::civil::Date;

use crate::billing::contract::Contract;
use crate::billing::days::first_hour;
use crate::billing::money::Currency;
use crate::billing::reconcile::render::Heading;
use crate::billing::reconcile::{MARGIN, ReconcileInput, Reconciliation, reconcile};
use crate::billing::statement::Row;
use crate::billing::store::BillingStore;
use crate::counts::cells::ClickOutcome;
use crate::name::ConfigName;
use crate::result_kind::ResultKind;
use crate::storage::query::StoreError;
use crate::time::Hour;

/// A month of a partner, reconciled.
#[derive(Debug)]
pub struct Month {
    /// What it is.
    pub heading: Heading,
    /// What came of it.
    pub found: Reconciliation,
    /// What the partner says, each with the number of its statement.
    pub rows: Vec<(i64, Row)>,
    /// Its first UTC hour, and the one after its last.
    pub hours: (Hour, Hour),
}

/// Why a month cannot be reconciled.
#[derive(Debug)]
pub enum Unreconciled {
    /// Nothing says how the partner's statements are read, and so of which zone its days are.
    NoProfile(ConfigName),
    /// The month's money is in two currencies.
    Currencies(String, String),
    /// There are no books to read.
    Unreadable,
    /// The store cannot be read.
    Store(StoreError),
}

impl fmt::Display for Unreconciled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoProfile(partner) => write!(
                f,
                "partner {partner} has no statement = {{ … }}, so that the zone of its days is not known; add one"
            ),
            Self::Currencies(one, other) => write!(
                f,
                "the month's statements are in {one} and in {other}, which cannot be added up; import the right one again"
            ),
            Self::Unreadable => f.write_str("the store cannot be read"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Unreconciled {}

impl From<StoreError> for Unreconciled {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Month {
    /// The month in the partner's zone that this day is in, as it stands before the hour `now` is over.
    ///
    /// # Errors
    /// [`Unreconciled`].
    pub fn read(books: &BillingStore, terms: &Contract, day: Date, now: Hour) -> Result<Self, Unreconciled> {
        let Contract { partner, profile, tolerance, tags, is_direct } = terms;
        let profile = profile.as_ref().ok_or_else(|| Unreconciled::NoProfile(partner.clone()))?;
        let zone = &profile.zone;
        let (first, last) = (day.first_of_month(), day.last_of_month());
        let (from, to) = (first_hour(first, zone), first_hour(last.tomorrow().unwrap_or(last), zone));
        let counted = books.counted(partner, Hour(from.0.saturating_sub(MARGIN)), Hour(to.0.saturating_add(MARGIN)))?;
        let rows = books.rows(partner, first, last)?;
        let said: Vec<Row> = rows.iter().map(|(_, row)| row.clone()).collect();
        let currency = currency(books, partner, &rows)?;
        let question =
            ReconcileInput { month: first, zone, tags, is_direct: *is_direct, tolerance: *tolerance, currency, now };
        let is_paid = |outcome, kind: &str| outcome == ClickOutcome::Counted && kind == ResultKind::Sponsored.as_str();
        let late = books.adjustments(partner, from, to)?.clicks;
        let late = late.iter().filter(|count| is_paid(count.outcome, &count.kind));
        let heading = Heading {
            partner: partner.to_string(),
            month: first.strftime("%Y-%m").to_string(),
            zone: zone.iana_name().unwrap_or("UTC").to_owned(),
            currency,
            adjustments: late.map(|count| count.n).sum(),
        };
        let found = reconcile(&question, &counted.clicks, &counted.searches, &said);
        Ok(Self { heading, found, rows, hours: (from, to) })
    }
}

/// What the money of these rows is in.
fn currency(books: &BillingStore, partner: &ConfigName, rows: &[(i64, Row)]) -> Result<Option<Currency>, Unreconciled> {
    let mut entries = books.statements(Some(partner))?;
    entries.retain(|entry| !entry.currency.is_empty() && rows.iter().any(|(number, _)| *number == entry.number));
    let mut found: Vec<&str> = entries.iter().map(|entry| entry.currency.as_str()).collect();
    found.sort_unstable();
    found.dedup();
    match found.as_slice() {
        [one, other, ..] => Err(Unreconciled::Currencies((*one).to_owned(), (*other).to_owned())),
        [code] => Ok(Currency::new(code)),
        [] => Ok(None),
    }
}
