//! The command line, a file a command. Exit 0: fine; 1: the check found something; 2: usage or input error.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "commands speak to the terminal")]

pub mod backup;
pub mod check;
pub mod close;
pub mod demo;
pub mod explain;
pub mod preset;
pub mod reconcile;
pub mod report;
pub mod serve;
pub mod statement;
pub mod verify;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::Config;

/// Where the configuration is looked for.
const DEFAULT_CONFIG: &str = "proxy.toml";

/// A privacy-preserving search proxy that counts what it forwards.
#[derive(Debug, Parser)]
#[command(name = "qsproxy", bin_name = "qsproxy", version, about, max_term_width = 100)]
pub struct Cli {
    /// The configuration.
    #[arg(long, global = true, default_value = DEFAULT_CONFIG, value_name = "FILE")]
    config: PathBuf,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the proxy (the default): SIGTERM drains, SIGHUP reloads the configuration
    Serve,
    /// Run it beside a built-in demo partner on loopback
    Demo,
    /// Check the configuration: every mistake at once, with file, line, key and what to do
    Check,
    /// Show what becomes of every part of a toolbar's request, and the bytes each partner would get; sends nothing
    Explain(Explain),
    /// Print a ready [[partner]] block for a search engine; without a name, which there are
    Preset {
        /// The engine, such as duckduckgo
        name: Option<String>,
    },
    /// Show the counts
    Report(Report),
    /// Partners' statements: read one in, show which there are
    #[command(subcommand)]
    Statement(statement::Statements),
    /// Hold our counted clicks of a month against a partner's statements; exit 1 where they lie apart
    Reconcile(reconcile::Reconcile),
    /// Freeze a month of a partner in a signed record, and write it out
    Close(close::Close),
    /// Check the chain of closings against the store; or an exported closing alone, without a store
    Verify(verify::Verify),
    /// Write a copy of the store, as it is at this moment, beside a running proxy
    Backup {
        /// The copy; must not be there yet
        file: PathBuf,
    },
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// A header of the toolbar's request, such as 'Accept-Language: de'; may be given more than once
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    headers: Vec<String>,
    /// The address that the toolbar would call, such as 'http://127.0.0.1:8080/search?q=blue+shoes'
    url: String,
}

/// Arguments of `report`.
#[derive(Debug, Args)]
pub struct Report {
    /// What was counted
    #[arg(value_enum)]
    subject: ReportArgument,
    /// First UTC day, YYYY-MM-DD
    #[arg(long, value_name = "DAY")]
    from: String,
    /// Last UTC day, included
    #[arg(long, value_name = "DAY")]
    to: String,
    /// One partner alone
    #[arg(long)]
    partner: Option<String>,
    /// One code alone
    #[arg(long)]
    code: Option<String>,
    /// Retention of the people who were new in a week (from Monday), or on a day
    #[arg(long, value_enum, default_value = "week")]
    by: GrainArgument,
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    format: OutputFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ReportArgument {
    /// Clicks by day, partner, code, kind and outcome
    Clicks,
    /// Searches by day, partner, code and outcome
    Searches,
    /// Clicks and searches that came for periods that were closed
    Adjustments,
    /// New people, and people in the last 1, 7, 28 and 30 days, by day and code
    Active,
    /// How many came back 1, 7 and 30 days after they were new, by week and code
    Retention,
    /// Languages, browsers and keyword groups by day and partner, of days that are over
    Slices,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum GrainArgument {
    Day,
    Week,
}

/// How a command prints.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum OutputFormat {
    /// For people
    Table,
    /// RFC 4180
    Csv,
    /// RFC 8259
    Json,
}

/// What a command came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandOutcome {
    /// Exit 0.
    Fine,
    /// Exit 1.
    Found,
}

/// The configuration that ships with the program, for a newcomer who has none yet.
const SHIPPED: &str = include_str!("../proxy.toml");

/// Loads a configuration; where none was named and none is here, the shipped one, and says so.
fn load(path: &Path) -> anyhow::Result<Config> {
    if path != Path::new(DEFAULT_CONFIG) || path.exists() {
        return Ok(Config::load(path)?);
    }
    eprintln!("qsproxy: there is no {DEFAULT_CONFIG} here; the shipped one is used");
    Config::parse(SHIPPED, Path::new("")).map_err(|mistakes| anyhow::anyhow!("the shipped configuration: {mistakes:?}"))
}

/// Prints a command's result. A reader that has seen enough and closed the pipe is no error.
fn print(text: &str) -> anyhow::Result<CommandOutcome> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        Ok(()) | Err(_) => Ok(CommandOutcome::Fine),
    }
}

/// Runs the command that the arguments name.
#[must_use]
pub fn run() -> ExitCode {
    let Cli { config, command } = Cli::parse();
    let verdict = match command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(&config),
        Command::Demo => demo::run(&config),
        Command::Check => check::run(&config),
        Command::Explain(arguments) => explain::run(&config, &arguments),
        Command::Preset { name } => preset::run(name.as_deref()),
        Command::Report(arguments) => report::run(&config, &arguments),
        Command::Statement(command) => statement::run(&config, &command),
        Command::Reconcile(arguments) => reconcile::run(&config, &arguments),
        Command::Close(arguments) => close::run(&config, &arguments),
        Command::Verify(arguments) => verify::run(&config, &arguments),
        Command::Backup { file } => backup::run(&config, &file),
    };
    match verdict {
        Ok(CommandOutcome::Fine) => ExitCode::SUCCESS,
        Ok(CommandOutcome::Found) => ExitCode::from(1),
        Err(error) => {
            eprintln!("qsproxy: {error:#}");
            ExitCode::from(2)
        }
    }
}
