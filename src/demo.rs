//! The built-in demo partner: a small search engine.
//!
//! With it, the proxy can be tried and tested end to end without a contract with a search partner and without any traffic
//! leaving the machine. It indexes a bundled data set of countries, territories, rivers, mountains, cities, islands and
//! lakes, ranks documents by BM25F, and adds sponsored results as a commercial partner does.

mod dataset;
mod index;
mod server;
mod tokenizer;

pub use crate::demo::dataset::engine;
pub use crate::demo::index::{DemoEngine, Hit};
pub use crate::demo::server::serve;
