//! Values that only this service can create: click and image tokens (AEAD), visit stamps and pseudonyms (HMAC), and the
//! key ring that holds their keys.

pub mod click;
pub mod image;
pub mod key_ring;
pub mod keys;
pub mod pseudonym;
pub mod sealed;
pub mod visit_stamp;
