//! What only this service can make or read: the key ring, click tokens, and the pseudonym's key.

pub mod click_token;
pub mod keys;
pub mod ring;
