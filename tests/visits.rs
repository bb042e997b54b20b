//! A second simulation of visits, written apart from `tests/simulation` and from the rules: it compares every row of
//! the store with what people did, and holds every bound day by day. The rules, key ring, memory, ledger, store and
//! report are the real ones; the clock is moved. `SIMULATION=long` runs 10,000 people over 420 days (two and a half
//! minutes), anything else 800; `SIMULATION_SEED=…` takes another chance than the one that every check takes. Each
//! message begins with the seed.
//!
//! Clients are browsers: a jar with one place for a stamp, which they drop after 60 days; answers arrive in any order,
//! and the last one stays. After its answer a page asks for `/visit`, with what is in the jar then. Toolbars keep their
//! stamp themselves and confirm it with their next search. What is true is known from what people did, by rules written
//! a second time ([`visits::truth`]); what is counted is read off the store by SQL written from CONTRACT section 6, and
//! by the report, which must agree ([`visits::figures`]).
//!
//! - [`visits::exact`]: error 0 in every row of the store, and so on every day, in every window of 7, 28 and 30 days,
//!   of every cohort. Up to six requests of one moment, all of whose answers come before the pages confirm; 3 people in
//!   100 without cookies; 2 answers in 100 lost, and asked for again until one comes; stamps of the day shown again,
//!   answers that come late, jars restored or cleared; forgeries; a memory that is wiped while nobody has a request
//!   under way; two nodes with one memory; keys that change; people who object (`DNT`), who want to be like all others
//!   (`Sec-GPC`, one request at a time), who stay away until their cookie has gone, and who live longer than their
//!   stamp.
//! - [`visits::bounds`] and [`visits::copies`]: the same rules where no such promise holds, each with its bound.
//! - [`visits::naive`]: three variants without one of the rules, which fail.
//! - [`visits::shared`]: real threads, and a real Redis as the memory of two nodes.
//! - [`visits::calendar`]: leap days, week 53, changed clocks, the ends of stamps.
//!
//! A birth is a *returned* first stamp, and a client is what its stamp is: whoever clears their jar, stays away for 60
//! days or outlives their stamp is another client from then on, in truth as well.
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
    reason = "a test may fail loudly"
)]

mod visits {
    pub mod bounds;
    pub mod calendar;
    pub mod clients;
    pub mod copies;
    pub mod crowd;
    pub mod exact;
    pub mod figures;
    pub mod form;
    pub mod naive;
    pub mod service;
    pub mod shared;
    pub mod truth;
}
