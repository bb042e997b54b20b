//! Settlement: what partners owe by month, what they paid, and what is left. [`expected`] reads the revenue of each month, from its
//! closing where there is one; [`agreement`] says what part of it is ours and when it is due; [`ledger`] offsets it against the
//! [`payment`]s. All amounts are exact: a month is rounded once, to the [`minor_unit`] of its currency.

pub mod accounts;
pub mod agreement;
pub mod agreement_text;
pub mod bank_entry;
pub mod bank_file;
pub mod booked_rate;
pub mod booking;
pub mod error;
pub mod expected;
pub mod journal;
pub mod journal_text;
pub mod ledger;
pub mod minor_unit;
pub mod partner;
pub mod payee;
pub mod payer;
pub mod payment;
pub mod payout;
pub mod payout_page;
pub mod readiness;
pub mod report;
pub mod request_cost;
pub mod share;
pub mod shares;
pub mod terms;
