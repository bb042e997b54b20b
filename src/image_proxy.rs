//! The image proxy: which addresses it may fetch, the fetch, the formats it accepts, and the cache.

pub mod addresses;
pub mod cache;
pub mod fetch;
pub mod formats;
