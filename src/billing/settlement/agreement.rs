//! What was agreed with a partner about money: our share of the revenue, the minimum of a payment, when it is due, and who pays.

use std::collections::BTreeSet;

use crate::billing::money::Micros;
use crate::billing::settlement::payee::PayeeCode;
use crate::billing::settlement::shares::SharesByMonth;
use crate::billing::settlement::terms::PaymentTerms;
use crate::billing::year_month::YearMonth;
use crate::partner::code_tags::TagDays;

/// The agreement with a partner.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agreement {
    /// What part of the stated revenue is ours.
    pub shares: SharesByMonth,
    /// The least amount that is paid, in units of any currency; less is carried over to the next month.
    pub minimum: Micros,
    /// When a month is due.
    pub terms: PaymentTerms,
    /// By which names and IBANs the partner's payments are known in a bank statement.
    pub payers: Vec<String>,
    /// The payees of the partner's tags.
    pub payees: Vec<PayeeTag>,
}

/// A tag of a partner whose revenue is shared with a payee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayeeTag {
    /// The partner's tag.
    pub tag: String,
    /// The days on which it is in force: whole months.
    pub days: TagDays,
    /// Our code, and the payee.
    pub code: PayeeCode,
}

impl Agreement {
    /// The payees of a month: those whose tag is in force on one of its days.
    pub fn payees_of(&self, month: YearMonth) -> impl Iterator<Item = &PayeeTag> {
        self.payees.iter().filter(move |payee| payee.days.overlap(month.first_day(), month.last_day()))
    }

    /// Whether the same parts of a month's revenue are ours and the payees': its share, and of each tag the payee with its share and currency.
    #[must_use]
    pub fn divides_as(&self, other: &Self, month: YearMonth) -> bool {
        let payees = |agreement: &Self| {
            let key = |PayeeTag { tag, code, .. }: &PayeeTag| {
                (tag.clone(), code.code.clone(), code.payee.clone(), code.shares.of(month), code.currency)
            };
            agreement.payees_of(month).map(key).collect::<BTreeSet<_>>()
        };
        self.shares.of(month) == other.shares.of(month) && payees(self) == payees(other)
    }
}
