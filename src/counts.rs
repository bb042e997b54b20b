//! What is counted: the keys of all counters ([`cells`]), and values that are written only once enough searches or clicks have them
//! ([`slices`]). [`storage`](crate::storage) writes the counts.

pub mod cells;
pub mod slices;
