//! What only this service can make or read: the key ring, click and image tokens, pseudonyms and visit stamps.

pub mod click;
pub mod image;
pub mod key_ring;
pub mod keys;
pub mod pseudonym;
pub mod sealed;
pub mod visit_stamp;
