//! Deliberate leaks, by which the privacy audit shows that it would notice a real one (`docs/testing.md`, "The audit and its mutants").
//!
//! A mutant is a leak: `if mutants::is_on(Mutant::…)` at the place where somebody might write it by mistake, or a call of a
//! function of [`leak`]. Each is a cargo feature; a program that is built with all of them runs one at a time, which the environment variable
//! `QSPROXY_MUTANT` names. A fail point ([`fail_point`]) makes the code panic. Without the features, [`is_on`] is constant and false, and the
//! compiler removes the leaks. A release build with one of them is refused.

pub mod fail_point;
pub mod leak;
mod list;

pub use list::{Mutant, is_on};

#[cfg(all(feature = "test-only", not(debug_assertions)))]
compile_error!("mutants and fail points leak what people search for: they are for debug builds only");
