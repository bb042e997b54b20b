//! Billing: what a partner's [`statement`] says in [`money`] and clicks, held against our own counts within a [`tolerance`], and
//! closed. Pure: files are read and the store is asked by the commands.

pub mod closing;
pub mod contract;
pub mod csv_injection;
pub mod days;
pub mod dispute_page;
pub mod hourly;
pub mod import;
pub mod money;
pub mod month;
pub mod number;
pub mod profile;
pub mod profile_proposal;
pub mod reconcile;
pub mod revision;
pub mod statement;
pub mod store;
pub mod tolerance;
