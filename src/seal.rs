//! What only this service can make or read: the key ring, click and image tokens, and pseudonyms.

pub mod click_token;
pub mod image_token;
pub mod keys;
pub mod pseudonym;
pub mod ring;
pub mod token;
