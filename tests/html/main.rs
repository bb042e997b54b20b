//! Partners' pages as they are rewritten, against a second parser (`html5ever`) and a second list of what may stay.
//!
//! - [`html::golden`]: pages in the structure of real engines, and what must come of them.
//! - [`html::hostile`]: pages that mean harm (`tests/hostile`).
//! - [`html::mutants`]: both, cut, spliced and spoilt at random; `HTML_SEED=…` repeats a run, and a failure prints its seed.
//! - [`html::splits`]: where a page is cut on its way makes no difference.
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
mod golden;
mod hostile;
mod mutants;
mod splits;
