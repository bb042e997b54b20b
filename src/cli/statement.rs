//! `qsproxy statement`: imports, lists, shows and profiles partners' statements, and takes them back.

use std::path::Path;

use clap::Subcommand;

use crate::billing::statement_event::StatementEventKind;
use crate::cli::load::load_config;
use crate::cli::output::{CommandOutcome, OutputFormat};
use crate::cli::statement::import::{Import, import_files};
use crate::cli::statement::propose::{ProfileFile, propose_profile};
use crate::cli::statement::put_in_force::{EventRequest, change};
use crate::cli::statement::show::{ListFilter, list, show};

mod changes_text;
mod import;
mod prepare;
mod profile_words;
mod propose;
mod put_in_force;
mod read_file;
mod show;
mod summary;

/// Subcommands of `statement`.
#[derive(Debug, Subcommand)]
pub enum Statements {
    /// Import a partner's statements into the store
    Import(Import),
    /// Take a statement back: what was in force before it is in force again
    Withdraw {
        /// The number of the statement, as `statement list` prints it
        number: i64,
        /// Why, in one line; kept with the statement
        #[arg(long, default_value = "")]
        reason: String,
        /// Show what it would change, without doing it
        #[arg(long)]
        dry_run: bool,
    },
    /// Put a statement in force again, for all its days and codes
    Use {
        /// The number of the statement, as `statement list` prints it
        number: i64,
        /// Why, in one line; kept with the statement
        #[arg(long, default_value = "")]
        reason: String,
        /// Show what it would change, without doing it
        #[arg(long)]
        dry_run: bool,
    },
    /// Print a statement: what it is, whether it is in force, and its rows
    Show {
        /// The number of the statement, as `statement list` prints it
        number: i64,
        /// Output format
        #[arg(long, value_enum, default_value = "table")]
        format: OutputFormat,
    },
    /// Propose a profile for a statement's file, with questions where the file leaves a choice
    Profile(ProfileFile),
    /// List the statements in the store
    List {
        /// Only this partner
        #[arg(long)]
        partner: Option<String>,
        /// Only statements with a day of this month, YYYY-MM, in themselves or in their corrections
        #[arg(long)]
        month: Option<String>,
        /// Output format
        #[arg(long, value_enum, default_value = "table")]
        format: OutputFormat,
    },
}

/// Runs a subcommand of `statement`.
///
/// # Errors
/// A rejected file, with every issue; a partner without a profile; a change that is refused; a store that cannot be opened or written.
pub fn run(config: &Path, command: &Statements) -> anyhow::Result<CommandOutcome> {
    match command {
        Statements::Import(arguments) => import_files(&load_config(config)?, arguments),
        Statements::Withdraw { number, reason, dry_run } => {
            let event = StatementEventKind::Withdrawn;
            change(&load_config(config)?, &EventRequest { number: *number, event, reason, is_dry_run: *dry_run })
        }
        Statements::Use { number, reason, dry_run } => {
            let event = StatementEventKind::Used;
            change(&load_config(config)?, &EventRequest { number: *number, event, reason, is_dry_run: *dry_run })
        }
        Statements::Show { number, format } => show(&load_config(config)?, *number, *format),
        Statements::List { partner, month, format } => {
            let filter = ListFilter { partner: partner.as_deref(), month: month.as_deref() };
            list(&load_config(config)?, &filter, *format)
        }
        Statements::Profile(arguments) => propose_profile(config, arguments),
    }
}
