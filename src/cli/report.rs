//! `qsproxy report`: prints counts.

use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use clap::{Args, ValueEnum};

use crate::cli::load::load_config;
use crate::cli::output::{CommandOutcome, OutputFormat, print, render_table};
use crate::config::Config;
use crate::counts::cells::ClickOutcome;
use crate::name::ConfigName;
use crate::report::costs::COST_NOTE;
use crate::report::filtered;
use crate::report::noise::Epsilon;
use crate::report::performance::{COMPARED_SUMMARY, Performance, PerformanceRequest, ReportGrouping, SUMMARY};
use crate::report::run::ReportKind;
use crate::report::slices::SliceRelease;
use crate::report::table::{Table, TableValue};
use crate::report::{CountTable, CountsReader, ReportFilter, has_begun, usage};
use crate::time;
use crate::tokens::key_ring::KeyRing;
use crate::tokens::keys::ReleaseKey;

/// Arguments of `report`.
#[derive(Debug, Args)]
pub struct ReportArguments {
    /// What to report
    #[arg(value_enum)]
    subject: ReportArgument,
    /// First UTC day, YYYY-MM-DD
    #[arg(long, value_name = "DAY")]
    from: String,
    /// Last UTC day, inclusive
    #[arg(long, value_name = "DAY")]
    to: String,
    /// Only this partner
    #[arg(long)]
    partner: Option<String>,
    /// Only this code
    #[arg(long)]
    code: Option<String>,
    /// Performance and costs: what a row is about (default: day). Retention: cohorts of people who were new in a week (starting on Monday; the
    /// default) or on a day
    #[arg(long, value_enum)]
    by: Option<GroupingArgument>,
    /// Performance: compare with as many days before, or with as many months before if the period is whole months
    #[arg(long)]
    compare: bool,
    /// Output format
    #[arg(long, value_enum, default_value = "table")]
    format: OutputFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ReportArgument {
    /// Clicks by day, partner, code, kind and outcome
    Clicks,
    /// Clicks by day and partner: counted, filtered by each rule, and the share filtered in per cent (to a tenth)
    Filtered,
    /// Searches by day, partner, code and outcome
    Searches,
    /// Clicks and searches that were counted after their period was closed
    Adjustments,
    /// New people, and people active in the last 1, 7, 28 and 30 days, by day and code
    Active,
    /// People who came back 1, 7 and 30 days after they were new, by cohort and code
    Retention,
    /// Languages, browsers and keyword groups by day and partner, for completed days
    Slices,
    /// Searches, coverage, clicks, click-through rate, and revenue per thousand searches and per click
    Performance,
    /// Requests to partners that are paid by request, and what they cost, by currency
    Costs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum GroupingArgument {
    /// A day
    Day,
    /// A week from Monday (ISO 8601)
    Week,
    /// A month
    Month,
    /// A partner
    Partner,
    /// A code
    Code,
}

impl GroupingArgument {
    /// The grouping of the report of performance.
    fn grouping(self) -> ReportGrouping {
        match self {
            Self::Day => ReportGrouping::Day,
            Self::Week => ReportGrouping::Week,
            Self::Month => ReportGrouping::Month,
            Self::Partner => ReportGrouping::Partner,
            Self::Code => ReportGrouping::Code,
        }
    }

    /// The size of cohorts; None if there are no such cohorts.
    fn cohort_grain(self) -> Option<usage::CohortGrain> {
        match self {
            Self::Day => Some(usage::CohortGrain::Day),
            Self::Week => Some(usage::CohortGrain::Week),
            Self::Month | Self::Partner | Self::Code => None,
        }
    }
}

/// Prints the counts of the requested days.
///
/// # Errors
/// An argument is invalid, or the store or the key for noise cannot be read.
pub fn run(path: &Path, arguments: &ReportArguments) -> anyhow::Result<CommandOutcome> {
    let ReportArguments { subject, from, to, partner, code, format, .. } = arguments;
    let (first, last) = (day(from, "--from")?, day(to, "--to")?);
    if first > last {
        bail!("--from {from} is after --to {to}; swap them");
    }
    if !has_begun(first, time::now().day()) {
        bail!("--from {from}: this day has not begun");
    }
    let filter = ReportFilter { from: first, to: last, partner: partner.clone(), code: code.clone() };
    let kind = report_kind(arguments)?;
    if let Some((option, reason)) = kind.and_then(|kind| kind.unsupported_filter(&filter)) {
        bail!("--{option}: {reason}");
    }
    let config = load_config(path)?;
    let store = &config.counts.store;
    let store_key = || format!("[counts] store: {store}");
    let counts = CountsReader::open(store).map_err(|error| anyhow!("{}: {error}", store_key()))?;
    let partners: Vec<ConfigName> = config.partners.iter().map(|partner| partner.name.clone()).collect();
    let codes: Vec<ConfigName> = config.routes.iter().map(|route| route.code.clone()).collect();
    let unknown = counts.unknown_name(&filter, &partners, &codes).with_context(store_key)?;
    if let Some(unknown) = unknown {
        bail!("--{}: {}", unknown.filter, unknown.message);
    }
    let Some(kind) = kind else { return performance(&config, &counts, &filter, arguments) };
    let epsilon = config.release.filter(|_| kind == ReportKind::Slices);
    let noise = epsilon.map(|epsilon| noise_source(&config, epsilon)).transpose()?;
    let noise = noise.as_ref().map(|noise| (noise.epsilon, &noise.key));
    let release = SliceRelease { k: config.counts.k, noise, today: time::now().day() };
    let table = counts.run(kind, &filter, release).with_context(store_key)?;
    let text = match format {
        OutputFormat::Table => format!("{}\n{}", render_table(&table), summary(*subject, &table)),
        OutputFormat::Csv => table.csv()?,
        OutputFormat::Json => table.json(),
    };
    print(&text)
}

/// Prints the report of performance, with its notes below the table.
fn performance(
    config: &Config,
    counts: &CountsReader,
    filter: &ReportFilter,
    arguments: &ReportArguments,
) -> anyhow::Result<CommandOutcome> {
    let request = PerformanceRequest {
        filter,
        grouping: arguments.by.map_or(ReportGrouping::Day, GroupingArgument::grouping),
        is_compared: arguments.compare,
        contracts: &config.contracts,
        now: time::now().hour(),
    };
    let store = &config.counts.store;
    let Performance { table, notes } =
        counts.performance(&request).with_context(|| format!("[counts] store: {store}"))?;
    print(&match arguments.format {
        OutputFormat::Table => {
            let columns = if arguments.compare { COMPARED_SUMMARY } else { SUMMARY };
            format!("{}\n\n{}\n", render_table(&table.select(columns)), notes.join("\n"))
        }
        OutputFormat::Csv => table.csv()?,
        OutputFormat::Json => table.json(),
    })
}

/// Returns the report that is asked for; None for the report of performance, which is none of counts alone.
///
/// # Errors
/// An option that this report does not have.
fn report_kind(arguments: &ReportArguments) -> anyhow::Result<Option<ReportKind>> {
    let ReportArguments { subject, by, compare, .. } = arguments;
    let kind = match subject {
        ReportArgument::Performance => return Ok(None),
        ReportArgument::Retention => {
            let grain = by.map_or(Some(usage::CohortGrain::Week), GroupingArgument::cohort_grain);
            ReportKind::Retention(grain.context("--by: cohorts of `report retention` are of a day or a week")?)
        }
        ReportArgument::Clicks => ReportKind::Outcomes(CountTable::Clicks),
        ReportArgument::Filtered => ReportKind::Filtered,
        ReportArgument::Searches => ReportKind::Outcomes(CountTable::Searches),
        ReportArgument::Adjustments => ReportKind::Outcomes(CountTable::Adjustments),
        ReportArgument::Active => ReportKind::Active,
        ReportArgument::Slices => ReportKind::Slices,
        ReportArgument::Costs => ReportKind::Costs(by.map_or(ReportGrouping::Day, GroupingArgument::grouping)),
    };
    if by.is_some() && !matches!(kind, ReportKind::Retention(_) | ReportKind::Costs(_)) {
        bail!("--by: only `report performance`, `report costs` and `report retention` have groups; remove this option");
    }
    if *compare {
        bail!("--compare: only `report performance` compares periods; remove this option");
    }
    Ok(Some(kind))
}

/// The strength and the key of the noise in released slices.
struct NoiseSource {
    epsilon: Epsilon,
    key: ReleaseKey,
}

fn noise_source(config: &Config, epsilon: Epsilon) -> anyhow::Result<NoiseSource> {
    let file = &config.counts.keys;
    let keys = || format!("[counts] keys: {}", file.display());
    let ring = KeyRing::new(file, config.counts.click_ttl);
    let key = ring.release_key().map_err(|error| anyhow!("{}: {error}", keys()))?;
    let key = key.with_context(|| format!("{} has no key for noise yet; `qsproxy serve` creates it", keys()))?;
    Ok(NoiseSource { epsilon, key })
}

fn day(text: &str, option: &str) -> anyhow::Result<jiff::civil::Date> {
    let date = text.parse::<jiff::civil::Date>().ok().filter(|date| date.to_string() == text);
    date.with_context(|| format!("{option} {text}: must be a date, YYYY-MM-DD"))
}

/// The line of totals below a table.
fn summary(subject: ReportArgument, table: &Table) -> String {
    let count = |row: &Vec<TableValue>| if let Some(TableValue::Count(n)) = row.last() { *n } else { 0 };
    let total = || table.rows.iter().map(count).sum::<u64>();
    match subject {
        ReportArgument::Clicks => {
            let outcome = |row: &&Vec<TableValue>| row.iter().rev().nth(1).map(TableValue::text);
            let is_counted = |row: &&Vec<TableValue>| outcome(row).as_deref() == Some(ClickOutcome::Counted.as_str());
            let counted: u64 = table.rows.iter().filter(is_counted).map(count).sum();
            format!(" all outcomes {}, counted {counted}\n", total())
        }
        ReportArgument::Filtered => format!(" {}\n", filtered::totals(table)),
        ReportArgument::Searches => format!(" all outcomes {}\n", total()),
        ReportArgument::Adjustments => {
            let of = |subject: &str| {
                let is_of = |row: &&Vec<TableValue>| row.get(1).is_some_and(|value| value.text() == subject);
                table.rows.iter().filter(is_of).map(count).sum::<u64>()
            };
            format!(" all outcomes: clicks {}, searches {}\n", of("clicks"), of("searches"))
        }
        ReportArgument::Costs => format!("\n{COST_NOTE}\n"),
        ReportArgument::Active | ReportArgument::Retention | ReportArgument::Slices | ReportArgument::Performance => {
            String::new()
        }
    }
}
