//! Counting: what is counted ([`cells`]), how it reaches the disk exactly once ([`ledger`] over
//! [`sqlite`], whose tables are in [`schema`]), and whether a click or a stamp was seen
//! before ([`once`], [`daily`]).

pub mod cells;
pub mod daily;
pub mod ledger;
pub mod once;
pub mod schema;
pub mod slices;
pub mod sqlite;
