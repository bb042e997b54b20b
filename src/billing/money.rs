//! Money as statements and closings use it: the types of [`money`](crate::money).

pub use crate::money::{Currency, Micros};
