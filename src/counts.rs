//! Counting: what is counted ([`cells`]), how it reaches the disk exactly once ([`ledger`] over
//! [`sqlite`], whose tables are in [`schema`]), and whether a click was seen before ([`once`]).

pub mod cells;
pub mod ledger;
pub mod once;
pub mod schema;
pub mod sqlite;
