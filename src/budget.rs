//! Budgets: how many requests a partner that is paid by request may get, and what they cost.
//!
//! [`plan`] is what the operator configured: prices and ceilings, whose texts [`notation`] reads. A [`pool`] in memory has requests
//! that are reserved and not sent yet; a search takes one before it asks the partner, without waiting for the store. The [`keeper`]
//! reserves them in blocks: the [`ledger`] adds a block to the rows of the table `budgets` and commits that before the pool may spend it,
//! so that neither a crash nor another node can exceed a ceiling. How large a block may be is decided by [`rule`], which is pure.
//!
//! What a crash loses is at most the blocks that a pool held: they count as sent. Near a ceiling a block is one request.

pub mod keeper;
pub mod ledger;
pub mod notation;
pub mod partner_budget;
pub mod plan;
pub mod pool;
pub mod rule;
mod signal;

#[cfg(test)]
mod tests;
