//! The command line: one file per command. Exit code 0 means success, 1 that a check found a problem, 2 a usage or
//! input error.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "commands write to the terminal")]

mod answer;
pub mod backup;
mod billing;
pub mod check;
pub mod close;
mod closing_folder;
mod closing_key;
pub mod demo;
pub mod doctor;
pub mod explain;
pub mod journal;
pub mod keys;
mod load;
pub mod output;
pub mod overview;
pub mod payments;
pub mod payout;
pub mod preset;
pub mod reconcile;
pub mod report;
pub mod serve;
pub mod settlement;
pub mod statement;
pub mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::cli::load::DEFAULT_CONFIG;
use crate::cli::output::CommandOutcome;

/// A privacy-preserving search proxy that counts searches, clicks and visits without identifying anyone.
#[derive(Debug, Parser)]
#[command(name = "qsproxy", bin_name = "qsproxy", version, max_term_width = 100)]
pub struct Cli {
    /// Configuration file
    #[arg(long, global = true, default_value = DEFAULT_CONFIG, value_name = "FILE")]
    config: PathBuf,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the proxy (default); SIGTERM stops it gracefully, SIGHUP reloads the configuration, SIGUSR2 restarts it
    Serve,
    /// Run the proxy together with a built-in demo partner on loopback
    Demo,
    /// Validate the configuration and report every error with file, line, key and fix
    Check,
    /// Show how each part of a search request is used and what each partner would receive; sends nothing
    Explain(explain::ExplainArguments),
    /// Print a ready-made [[partner]] block for a search engine; without a name, list the available ones
    Preset {
        /// The search engine, for example duckduckgo
        name: Option<String>,
        /// Instead, show how this file with an answer of the engine is read; exits 1 if the partner would fail
        #[arg(long = "try", value_name = "FILE", requires = "name")]
        answer: Option<PathBuf>,
    },
    /// Report searches, clicks and users by day
    Report(report::ReportArguments),
    /// Import and list partners' statements
    #[command(subcommand)]
    Statement(statement::Statements),
    /// Compare a month's counted clicks with the partner's statements; exits 1 if they differ by more than the tolerance
    Reconcile(reconcile::Reconcile),
    /// Show where each month of each partner is, and the next step; exits 1 if a month is open after its due day
    Overview(overview::OverviewArguments),
    /// Freeze a partner's month in a signed record and export it
    Close(close::Close),
    /// Verify the chain of signed records against the store, or verify one exported record without a store
    Verify(verify::Verify),
    /// What partners owe by month, what they paid, and what is open; exits 1 if something is overdue
    Settlement(settlement::SettlementArguments),
    /// Import, add, withdraw and list partners' payments
    #[command(subcommand)]
    Payments(payments::Payments),
    /// Write the statement of a payee: its share of the revenue of its codes in a month
    Payout(payout::PayoutArguments),
    /// Print the journal entries of closed months and payments, for hledger or beancount
    Journal(journal::JournalArguments),
    /// Examine the installation: what is on disk and that nothing else is, keys, clock, store, partners; exits 1 if something is wrong
    Doctor(doctor::DoctorArguments),
    /// List the keys, or add a sealing key; safe while the proxy is running
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Copy the store to a file; safe while the proxy is running
    Backup {
        /// The copy to create; must not exist yet
        file: PathBuf,
    },
}

/// Parses the arguments and runs the command.
#[must_use]
pub fn run() -> ExitCode {
    let Cli { config, command } = Cli::parse();
    let result = match command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(&config),
        Command::Demo => demo::run(&config),
        Command::Check => check::run(&config),
        Command::Explain(arguments) => explain::run(&config, &arguments),
        Command::Preset { name, answer } => preset::run(name.as_deref(), answer.as_deref()),
        Command::Report(arguments) => report::run(&config, &arguments),
        Command::Statement(command) => statement::run(&config, &command),
        Command::Reconcile(arguments) => reconcile::run(&config, &arguments),
        Command::Overview(arguments) => overview::run(&config, &arguments),
        Command::Close(arguments) => close::run(&config, &arguments),
        Command::Verify(arguments) => verify::run(&config, &arguments),
        Command::Settlement(arguments) => settlement::run(&config, &arguments),
        Command::Payments(command) => payments::run(&config, &command),
        Command::Payout(arguments) => payout::run(&config, &arguments),
        Command::Journal(arguments) => journal::run(&config, &arguments),
        Command::Doctor(arguments) => doctor::run(&config, &arguments),
        Command::Keys(command) => keys::run(&config, &command),
        Command::Backup { file } => backup::run(&config, &file),
    };
    match result {
        Ok(CommandOutcome::Success) => ExitCode::SUCCESS,
        Ok(CommandOutcome::ProblemFound) => ExitCode::from(1),
        Err(error) => {
            eprintln!("qsproxy: {error:#}");
            ExitCode::from(2)
        }
    }
}
