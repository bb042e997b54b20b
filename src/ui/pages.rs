//! The pages without results.

mod changes;
pub mod home;
pub mod message;
pub mod privacy;
