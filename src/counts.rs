//! Counting: what is counted ([`cells`]), how it reaches the disk exactly once ([`ledger`] over
//! [`sqlite`], whose tables are in [`schema`]; [`database`] answers questions, the admin listener's out of a
//! [`pool`]), how it goes on to the store that several nodes share ([`courier`], from the [`spool`] to [`postgres`]),
//! and whether a click or a stamp was seen before ([`memory`]: [`once`] and [`daily`] in this process, and what
//! nodes share, [`shared`]).

pub mod cells;
pub mod slices;
