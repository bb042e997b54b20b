//! Closing a month: its counts and statement are frozen in a [`record`], a text that a person can read and any tool can hash.
//! Records form a [`chain`], each with the hash of its predecessor, and each is signed ([`signing`]: Ed25519 in minisign's
//! format). [`close_month`] decides what may be closed, [`verify`] checks what was closed, and [`export`] writes it to files that
//! anyone can verify without this program: `sha256sum counts.csv`, `minisign -V`.

pub mod chain;
pub mod close_month;
pub mod error;
pub mod export;
pub mod record;
pub mod signing;
pub mod verify;
