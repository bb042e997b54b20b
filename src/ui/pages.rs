//! The pages without results.

pub mod about;
mod changes;
mod clauses;
pub mod home;
pub mod message;
pub mod personal_data;
pub mod privacy;
