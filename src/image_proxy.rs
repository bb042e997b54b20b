//! The image proxy: which addresses it may fetch ([`addresses`], pure), the fetch ([`fetch`]), the formats it accepts
//! ([`formats`]), and the cache ([`cache`]).

pub mod addresses;
pub mod cache;
pub mod fetch;
pub mod formats;
