//! The admin listener: the [`dashboard`], [`reports`], `/metrics` ([`exposition`]), `/livez` and `/readyz`.
//!
//! On loopback it needs no authentication. On any other address every request needs the bearer token of `token_file`. [`listener`]
//! bounds its connections, `access` judges each request before anything is done for it.

mod access;
mod caller;
pub mod connections;
pub mod dashboard;
mod deadlines;
pub mod exposition;
pub mod listener;
pub mod metrics_snapshot;
pub mod parameters;
pub mod paths;
mod process_status;
pub mod query;
pub mod reports;
pub mod response;
mod router;
pub mod state;

pub use crate::admin::access::WrongTokens;
