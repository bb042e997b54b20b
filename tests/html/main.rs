//! Partners' pages as they are rewritten, checked by a second parser (`html5ever`) and a second allowlist.
//!
//! - [`golden`]: pages with the structure of real search engines, and their reviewed output.
//! - [`hostile`]: hostile pages (`tests/hostile`).
//! - [`mutants`]: both, randomly cut, spliced and changed. A failure prints its seed; `HTML_SEED=…` repeats it.
//! - [`splits`]: where a page is cut on the way makes no difference.
#![allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::wildcard_enum_match_arm,
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::cast_possible_truncation,
    reason = "a test may fail loudly"
)]

mod checker;
mod corpus;
mod dom;
mod entries;
mod golden;
mod hostile;
mod mutants;
mod splits;
mod verdicts;
