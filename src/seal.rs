//! What only this service can make or read: the key ring, click tokens, and pseudonyms.

pub mod click_token;
pub mod keys;
pub mod pseudonym;
pub mod ring;
