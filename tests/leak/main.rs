//! The privacy audit (`docs/privacy-requirements.md`, "How it is shown"): nothing of a person reaches a partner except the six
//! fields, and nothing but counts reaches the disk.
//!
//! - [`outbound_equality`]: requests that are equal in the six fields are equal at the partner, whatever else differs.
//! - [`store_equality`]: the same workload by different people leaves equal stores.
//! - [`every_path`]: canaries in every input on every path; then everything that comes out is searched.
//! - [`html_partner`]: the same with a partner that sends pages with canaries in every trick.
//! - [`detector`]: the search finds what is planted, in every encoding and in every place.
//!
//! To extend it: add a header to `ignored_input.rs`, an encoding to `encodings.rs`, a request to `cases.rs`, a place to search to
//! `sinks.rs`. Runs are random. Each prints its seed; `LEAK_SEED=…` repeats one.
#![allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::cast_possible_truncation,
    reason = "a test may fail loudly, and the support code serves more than one test binary"
)]

mod audit;
mod canary;
mod cases;
mod detector;
mod encodings;
mod every_path;
mod finder;
mod html_partner;
mod ignored_input;
mod keyword_variants;
mod leak_test;
mod outbound_equality;
mod raw_request;
mod request_builder;
mod request_variants;
mod sinks;
mod store_equality;
