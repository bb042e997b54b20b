//! Whether a month that is to be closed is probably not the one that was meant: nothing was counted or stated in it, it is long over, and
//! the books have nothing of the partner before it. A wrong year, signed, stays in the chain for ever.

use crate::billing::closing::condition::{Condition, Found};
use crate::billing::closing::ledger::ChainLedger;
use crate::billing::reconcile::result::Status;
use crate::billing::store::BillingStore;
use crate::billing::year_month::YearMonth;
use crate::name::ConfigName;
use crate::storage::error::StoreError;
use crate::time::Hour;

/// How many months ago an empty month is unlikely to be meant: a year and a month.
const MAX_AGE_MONTHS: i32 = 13;

/// Returns why a month of this status is far off; None if it is not.
///
/// # Errors
/// A store that cannot be read.
pub(super) fn far_off(
    store: &BillingStore,
    ledger: &ChainLedger,
    (partner, month): (&ConfigName, YearMonth),
    status: Status,
    now: Hour,
) -> Result<Option<Found>, StoreError> {
    let oldest = YearMonth::containing(now.day().date()).minus(MAX_AGE_MONTHS);
    if status != Status::NoData || month >= oldest {
        return Ok(None);
    }
    let has_statement = store.statements(Some(partner))?.iter().any(|statement| statement.first < month.first_day());
    let has_closing = ledger.closings.iter().any(|closing| closing.partner == *partner && closing.month < month);
    let extent = || format!("nothing was counted or stated in {month}, nor anything of {partner} before it");
    Ok((!has_statement && !has_closing).then(|| Found { condition: Condition::EmptyMonth, extent: extent() }))
}
