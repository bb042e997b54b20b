//! What only this service can make or read: the key ring, click and image tokens, pseudonyms and visit stamps.

pub mod click_token;
pub mod image_token;
pub mod keys;
pub mod pseudonym;
pub mod ring;
pub mod token;
pub mod visit_stamp;
