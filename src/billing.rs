//! Billing: what a partner's [`statement`] says in [`money`] and clicks, held against our own counts within a [`tolerance`], and
//! closed. Pure: files are read and the store is asked by the commands.

pub mod cell;
pub mod closing;
pub mod days;
pub mod import;
pub mod money;
pub mod number;
pub mod ours;
pub mod profile;
pub mod reconcile;
pub mod sniff;
pub mod statement;
pub mod terms;
pub mod tolerance;
