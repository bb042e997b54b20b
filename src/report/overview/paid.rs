//! What is paid of the months of one partner, as the settlement has it.

use std::collections::BTreeMap;

use crate::billing::contract::{Contract, ContractError};
use crate::billing::settlement::error::SettlementError;
use crate::billing::settlement::minor_unit::amount_text;
use crate::billing::settlement::partner::{PartnerSettlement, SettlementStatus};
use crate::billing::store::BillingStore;
use crate::billing::year_month::YearMonth;
use crate::name::ConfigName;
use crate::report::overview::request::OverviewRequest;
use crate::storage::error::StoreError;

/// How far a month is paid. With several currencies it is the latest of them in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PaidState {
    /// All of it.
    Paid,
    /// It is below the minimum, and will be paid with a later month.
    Carried,
    /// Nothing of it, and it is not due yet.
    Open,
    /// A part of it, and it is not due yet.
    Partial,
    /// Something is open after the day on which it was due.
    Overdue,
}

impl PaidState {
    /// The name in the overview, as in the settlement.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Carried => "carried",
            Self::Open => "open",
            Self::Partial => "partial",
            Self::Overdue => "overdue",
        }
    }

    /// None if the month is not over, or nothing is to be paid for it.
    fn of(status: SettlementStatus) -> Option<Self> {
        match status {
            SettlementStatus::Paid => Some(Self::Paid),
            SettlementStatus::Carried => Some(Self::Carried),
            SettlementStatus::Open => Some(Self::Open),
            SettlementStatus::Partial => Some(Self::Partial),
            SettlementStatus::Overdue => Some(Self::Overdue),
            SettlementStatus::Running
            | SettlementStatus::Credit
            | SettlementStatus::Nothing
            | SettlementStatus::PartialRevenue
            | SettlementStatus::NotStated
            | SettlementStatus::Unknown => None,
        }
    }
}

/// What is paid of one month.
#[derive(Debug, Default, Clone)]
pub(super) struct PaidMonth {
    /// How far.
    pub(super) state: Option<PaidState>,
    /// What is open, with its currency; several currencies are separated by commas.
    pub(super) open: Option<String>,
}

/// The months of a partner with revenue.
#[derive(Debug, Default)]
pub(super) struct PaidMonths {
    by_month: BTreeMap<YearMonth, PaidMonth>,
    /// Whether what the partner pays is entered: it has a payment, or `payer` in the configuration.
    pub(super) has_payments: bool,
    /// Why the months are not known.
    pub(super) problem: Option<String>,
}

impl PaidMonths {
    /// Reads the settlement with a partner. What cannot be settled is a problem to show, unless the store cannot be read.
    ///
    /// # Errors
    /// Those of the store.
    pub(super) fn read(
        store: &BillingStore,
        request: &OverviewRequest<'_>,
        partner: &ConfigName,
    ) -> Result<Self, StoreError> {
        let contract = match Contract::find(request.contracts, store, partner.as_str()) {
            Ok(contract) => contract,
            Err(ContractError::Store(error)) => return Err(error),
            Err(error) => return Ok(Self { problem: Some(error.to_string()), ..Self::default() }),
        };
        match PartnerSettlement::read(store, &contract, request.now.day().date()) {
            Ok(settlement) => Ok(Self::new(&contract, &settlement)),
            Err(SettlementError::Store(error)) => Err(error),
            Err(error) => Ok(Self { problem: Some(error.to_string()), ..Self::default() }),
        }
    }

    fn new(contract: &Contract, settlement: &PartnerSettlement) -> Self {
        let mut by_month: BTreeMap<YearMonth, PaidMonth> = BTreeMap::new();
        for of_currency in &settlement.currencies {
            for month in &of_currency.months {
                let Some(state) = PaidState::of(month.status) else { continue };
                let paid = by_month.entry(month.settled.month).or_default();
                paid.state = paid.state.max(Some(state));
                if month.settled.open().0 != 0 {
                    let currency = of_currency.currency;
                    let open = format!("{} {}", amount_text(month.settled.open(), currency), currency.as_str());
                    paid.open = Some(paid.open.take().map_or(open.clone(), |before| format!("{before}, {open}")));
                }
            }
        }
        let has_payer = contract.agreement.as_ref().is_some_and(|agreement| !agreement.payers.is_empty());
        Self { by_month, has_payments: has_payer || !settlement.payments.is_empty(), problem: None }
    }

    /// What is paid of a month.
    pub(super) fn month(&self, month: YearMonth) -> PaidMonth {
        self.by_month.get(&month).cloned().unwrap_or_default()
    }
}
