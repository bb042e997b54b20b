//! `qsproxy keys`: lists the keys of the ring, adds one that seals from now on, and hands the chain of closings over to a new key.

use std::path::Path;
use std::time::Duration;

use anyhow::{anyhow, bail};
use clap::Subcommand;

use crate::cli::closing_key::{self, ClosingKeys};
use crate::cli::load::load_config;
use crate::cli::output::{CommandOutcome, OutputFormat, print, render_table};
use crate::config::Config;
use crate::report::table::{Table, TableValue};
use crate::time::{self, Time};
use crate::tokens::key_ring::KeyRing;
use crate::tokens::key_ring::description::KeyDescription;

/// After which time a new key seals, unless `--in` says otherwise: twice the minute for which a network file system may show nodes the
/// old file.
const DEFAULT_LEAD: &str = "2m";

/// The longest such time. The key of the day after tomorrow does not exist yet.
const MAX_LEAD: Duration = Duration::from_hours(24);

/// Subcommands of `keys`.
#[derive(Debug, Subcommand)]
pub enum Keys {
    /// List the keys of the ring: ID, use, age, and what each does now; never the keys themselves
    List {
        /// Output format
        #[arg(long, value_enum, default_value = "table")]
        format: OutputFormat,
    },
    /// The key that signs closed months
    #[command(subcommand)]
    Closing(ClosingKeys),
    /// Add a sealing key; links that older keys have sealed work until they expire
    Rotate {
        /// How long all nodes have to read the key before it seals, at most 24h; 0s where this node is the only one
        #[arg(long = "in", value_name = "TIME", default_value = DEFAULT_LEAD)]
        lead: String,
    },
}

/// Runs a subcommand.
///
/// # Errors
/// An argument is invalid, or the ring cannot be read or written.
pub fn run(config: &Path, command: &Keys) -> anyhow::Result<CommandOutcome> {
    let config = load_config(config)?;
    match command {
        Keys::List { format } => list(&config, *format),
        Keys::Rotate { lead } => rotate(&config, lead),
        Keys::Closing(command) => closing_key::run(&config, command),
    }
}

fn ring(config: &Config) -> KeyRing {
    KeyRing::new(&config.counts.keys, config.counts.click_ttl)
}

fn list(config: &Config, format: OutputFormat) -> anyhow::Result<CommandOutcome> {
    let now = time::now();
    let keys = ring(config).describe(now).map_err(|error| with_path(config, &error))?;
    let table = table(&keys, now);
    print(&match format {
        OutputFormat::Table => format!("{}\n", render_table(&table)),
        OutputFormat::Csv => table.csv()?,
        OutputFormat::Json => table.json(),
    })
}

/// The columns of `qsproxy keys list`.
fn table(keys: &[KeyDescription], now: Time) -> Table {
    let row = |key: &KeyDescription| {
        vec![
            TableValue::Text(format!("{:08x}", key.fingerprint)),
            TableValue::Text(key.key_use.as_str().to_owned()),
            TableValue::Text(key.since.to_string()),
            TableValue::Count(u64::from(now.day().days_since(key.since.day()))),
            TableValue::Text(key.state.as_str().to_owned()),
            key.until.map_or(TableValue::Empty, |until| TableValue::Text(until.to_string())),
        ]
    };
    Table { columns: &["id", "use", "since", "age_days", "state", "until"], rows: keys.iter().map(row).collect() }
}

fn rotate(config: &Config, lead: &str) -> anyhow::Result<CommandOutcome> {
    let parsed = lead.parse::<jiff::SignedDuration>().ok().and_then(|lead| Duration::try_from(lead).ok());
    let Some(lead) = parsed.filter(|lead| *lead <= MAX_LEAD) else {
        bail!("--in {lead}: must be a time from 0s to 24h, such as \"30s\" or \"2m\"");
    };
    let added = ring(config).add_sealing_key(time::now, lead).map_err(|error| with_path(config, &error))?;
    print(&format!(
        "key {:08x} seals from {}; every node that shares {} reads it by itself before then\n",
        added.fingerprint,
        added.since,
        config.counts.keys.display()
    ))
}

fn with_path(config: &Config, error: &dyn std::fmt::Display) -> anyhow::Error {
    anyhow!("[counts] keys: {}: {error}", config.counts.keys.display())
}
