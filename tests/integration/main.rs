//! The integration tests: the program as it is built, spoken to over sockets and read back from its store.
#![allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a test may fail loudly, and the support code serves more than one test binary"
)]

mod acceptances;
mod admin;
mod admin_listener;
mod admin_reports;
mod agents;
mod answer_report;
mod backup;
mod bad_input;
mod billing_faults;
mod books;
mod budgets;
mod circuits;
mod cli;
mod click;
mod clients;
mod close;
mod close_conditions;
mod closing_faults;
mod closing_folders;
mod closing_keys;
mod compression;
mod costly_answers;
mod costs;
mod dedupe;
mod doctor;
mod drain;
mod durability;
mod explain;
mod faults;
mod fields;
mod headers;
mod html;
mod image;
mod json_answers;
mod kept_connections;
mod keys;
mod keyword_groups;
mod large_statements;
mod limits;
mod memories;
mod memory;
mod months;
mod odd_answers;
mod odd_months;
mod older_days;
mod operation;
mod overload;
mod overview;
mod padding;
mod pages;
mod partner_connection;
mod partner_faults;
mod performance;
mod postgres;
mod postgres_batches;
mod postgres_books;
mod postgres_faults;
mod postgres_scale;
mod preset_answers;
mod presets;
mod privacy;
mod privacy_behaviour;
mod privacy_clauses;
mod profile_proposals;
mod progress;
mod quarter;
mod readiness;
mod reconcile;
mod removed_partners;
mod report_counts;
mod report_usage;
mod restart;
mod results;
mod rolled_up_months;
mod sandbox;
mod search;
mod service;
mod settlement;
mod settlement_corrections;
mod shared_hours;
mod signed_agreements;
mod slices;
mod soak;
mod start_signals;
mod statements;
mod tampering;
mod tls;
mod undecodable_rows;
mod unknown_names;
mod visit;
