//! The privacy statement: what the running configuration means for the people who search. [`input`] derives a set of
//! [`fact`]s from the configuration, the store numbers the versions of that set, and [`statement`] decodes them. Each fact
//! has a sentence in every language of the user interface. [`document`] is the statement as JSON. [`channels`] computes what a toolbar
//! could smuggle to a partner, [`lives`] how long something is remembered, and [`clause`] lists what the statement says around the facts.

pub mod channels;
pub mod clause;
pub mod document;
pub mod fact;
pub mod identity;
pub mod input;
pub mod lives;
pub mod statement;

#[cfg(test)]
mod tests;
