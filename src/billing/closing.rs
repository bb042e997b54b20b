//! Closing a month: its counts and statement are frozen in a [`record`], a text that a person can read and any tool can hash.
//! Records form a [`chain`], each with the hash of its predecessor, and each is signed ([`signing`]: Ed25519 in minisign's
//! format). [`close_month`] decides what may be closed, [`correct_month`] signs what came later, [`closing_key`] hands the chain over to
//! another key, [`verify`] checks the chain against the store, and [`export`] writes a record to files that anyone can verify without
//! this program: `sha256sum counts.csv`, `minisign -V`. [`folder`] verifies such files. An [`archive`] keeps them for ever.

pub mod account_name;
pub mod archive;
pub mod archived_counts;
pub mod books_state;
pub mod chain;
pub mod chain_key;
pub mod chain_record;
pub mod clock;
pub mod close_month;
pub mod closed_rows;
pub mod closing_key;
pub mod compare;
pub mod condition;
pub mod conditions;
pub mod correct_month;
pub mod correction;
pub mod count_lines;
pub mod details;
pub mod error;
pub mod export;
pub mod far_off;
pub mod files;
pub mod folder;
pub mod hand_over;
pub mod journal;
pub mod ledger;
pub mod note;
mod other_hours;
pub mod record;
pub mod record_text;
pub mod signed_agreement;
pub mod signed_state;
pub mod signing;
pub mod since;
pub mod stated;
pub mod stated_change;
pub mod subtotals;
pub mod verify;
pub mod version_1;
