//! The pages without results.

mod changes;
mod clauses;
pub mod home;
pub mod message;
pub mod personal_data;
pub mod privacy;
