//! The image proxy: which addresses it may fetch ([`addresses`], with [`public_ip`]), the fetch ([`fetch`]), the formats it accepts
//! ([`formats`]), and the cache ([`cache`]).

pub mod addresses;
pub mod cache;
pub mod fetch;
pub mod formats;
pub mod public_ip;
