//! A seeded simulation of visits: people whose every visit is known, in front of the real rules, key ring, deduplication, writer,
//! store and reports, with a simulated clock.
//!
//! Clients are browsers with one cookie for the stamp, which expires after 60 days, and toolbars, which store the stamp themselves
//! and confirm it with their next search. Responses arrive in any order, and the last one wins. After its response, a page requests
//! `/visit` with the stamp that is in the jar then.
//!
//! The expected counts are derived from what people did, by rules that are written a second time ([`oracle`]). The counts are read
//! from the store by SQL and by the report, which must agree ([`figures`]).
//!
//! - [`exact`]: error 0 in every row of the store, thus on every day, in every window of 7, 28 and 30 days, of every cohort. With
//!   up to six requests at once, all of whose responses arrive before the pages confirm; 3 % of the people without cookies; 2 %
//!   of responses lost and requested again until one arrives; replays on the same day, late responses, restored and cleared jars;
//!   forgeries; wiped deduplication while nobody has a request in flight; two nodes with shared deduplication; key rotation; people
//!   who send `DNT` or `Sec-GPC` (those one request at a time), whose cookie or stamp expires.
//! - [`bounds`] and [`copies`]: scenarios in which the same rules are not exact, each with the bound that the documentation states.
//! - [`simpler_designs`]: three simpler designs, which miscount.
//! - [`concurrency`]: real threads, and a real Redis shared by two nodes.
//! - [`dates`] and [`calendar`]: leap days, week 53, daylight saving time, the expiry of stamps. [`duckduckgo`]: the published test
//!   cases of another project.
//!
//! A new visitor is a *returned* first stamp, and a visitor is its stamp: a client that clears its jar, pauses for 60 days or
//! outlives its stamp is another visitor from then on, also in the oracle.
//!
//! `SIMULATION=long` runs 10,000 people over 420 days (a few minutes); the default is 800. `SIMULATION_SEED=…` sets another seed
//! than the default. Each scenario prints its seed and the measured errors (`cargo test --test simulation -- --nocapture`), and
//! each failure begins with the seed.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::cast_possible_truncation,
    reason = "a test may fail loudly"
)]

mod bounds;
mod calendar;
mod clients;
mod concurrency;
mod copies;
mod dates;
mod duckduckgo;
mod exact;
mod figures;
mod oracle;
mod population;
mod service;
mod settings;
mod simpler_designs;
