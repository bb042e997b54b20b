//! Payees: who is paid on for the searches of a code.

use crate::billing::money::Currency;
use crate::billing::settlement::shares::SharesByMonth;
use crate::name::ConfigName;

/// A code whose revenue is shared with a payee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayeeCode {
    /// The code.
    pub code: ConfigName,
    /// The payee's name, as statements to it and accounts show it.
    pub payee: String,
    /// What part of our revenue it receives.
    pub shares: SharesByMonth,
    /// The currency in which it is paid; None for the currencies in which partners pay.
    pub currency: Option<Currency>,
}
