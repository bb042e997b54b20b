//! Reports: queries over the counts, shared by the command line, the admin listener and the metrics, so that no two views differ. They
//! read the store beside a running process and write nothing to it.
//!
//! [`run`] selects the query of a [`run::ReportKind`]; its result is a [`table::Table`]. Numbers about people are protected by
//! [`suppression`] of small counts, and released slices by [`noise`] in addition.

pub mod costs;
pub mod decimal;
pub mod filtered;
pub mod names;
pub mod noise;
pub mod overview;
pub mod performance;
mod publish;
mod reader;
pub mod run;
pub mod slices;
pub mod stored_costs;
pub mod suppression;
pub mod table;
pub mod usage;

pub use crate::report::publish::publish;
pub use crate::report::reader::{CountTable, CountsReader, ReportFilter, TOTAL, has_begun};
