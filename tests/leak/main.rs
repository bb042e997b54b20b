//! The privacy audit (`PRIVACY.md` section 4): what a person sends reaches nobody but as six fields, and nothing but
//! counts reaches the disk.
//!
//! - [`leak::outward`]: requests that are equal in the six fields give the partner equal bytes, whatever else differs.
//! - [`leak::on_disk`]: one workload by different people leaves equal stores.
//! - [`leak::scenes`]: an unmistakable string through every input, on every path; then every sink is searched.
//! - [`leak::pages`]: the same with a partner that answers with pages, and puts canaries into every trick it knows.
//! - [`leak::planted`]: the search finds what is planted, in every encoding and in every sink.
//!
//! To grow it: a header goes into `noise.rs`, an encoding into `encodings.rs`, a way for a request to go into
//! `paths.rs`, a place to look into `sinks.rs`. Runs are random; `LEAK_SEED=…` repeats one, and each prints its seed.
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
mod outbound_equality;
mod raw_request;
mod request_builder;
mod request_variants;
mod sinks;
mod store_equality;
