//! Billing: imports the partners' [`statement`]s, reconciles them with our own click counts within a [`tolerance`], and closes
//! months in a signed chain of records ([`closing`]). The commands read files; this module reads and writes the [`store`].

pub mod amount;
pub mod books_change;
pub mod closing;
pub mod code_scope;
pub mod contract;
pub mod csv_injection;
pub mod csv_text;
pub mod currency_signs;
pub mod days;
pub mod digest;
pub mod dispute_page;
pub mod hourly;
pub mod import;
pub mod known_tags;
pub mod money;
pub mod month;
pub mod number;
pub mod profile;
pub mod profile_proposal;
pub mod reconcile;
pub mod revision;
pub mod row_rules;
pub mod settlement;
pub mod statement;
pub mod statement_event;
pub mod store;
pub mod text_pattern;
pub mod tolerance;
pub mod year_month;
