//! What is counted: the keys of all counters ([`cells`]), and values that are written only once enough different people had them
//! ([`slices`], [`people`]). [`storage`](crate::storage) writes the counts.

pub mod cells;
pub mod people;
pub mod slices;
