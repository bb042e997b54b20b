//! `qsproxy doctor`: prints the examination of an installation.

use std::fmt::Write as _;
use std::path::Path;

use clap::{Args, ValueEnum};

use crate::cli::load::load_config;
use crate::cli::output::{CommandOutcome, print};
use crate::doctor::finding::{Finding, Section, Severity};
use crate::doctor::{Examination, examine};

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArguments {
    /// Connect to no partner and no deduplication server
    #[arg(long)]
    offline: bool,
    /// Output format
    #[arg(long, value_enum, default_value = "text")]
    format: DoctorFormat,
}

/// The format of the output.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum DoctorFormat {
    /// For reading
    Text,
    /// JSON (RFC 8259)
    Json,
}

/// Examines the installation. Returns [`CommandOutcome::ProblemFound`] if somebody has to do something.
///
/// # Errors
/// The configuration cannot be read or has errors.
pub fn run(path: &Path, arguments: &DoctorArguments) -> anyhow::Result<CommandOutcome> {
    let config = load_config(path)?;
    let examination = examine(&config, path, arguments.offline);
    print(&match arguments.format {
        DoctorFormat::Text => text(&examination),
        DoctorFormat::Json => format!("{}\n", serde_json::to_string_pretty(&examination)?),
    })?;
    Ok(if examination.problems == 0 { CommandOutcome::Success } else { CommandOutcome::ProblemFound })
}

/// The order of the sections.
const SECTIONS: [Section; 9] = [
    Section::Files,
    Section::Store,
    Section::Contents,
    Section::Keys,
    Section::Clock,
    Section::Machine,
    Section::Partners,
    Section::Dedupe,
    Section::Channels,
];

/// The report: what is there, then what was checked, then again what is wrong.
fn text(examination: &Examination) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let mut line = |text: std::fmt::Arguments<'_>| out.write_fmt(text).unwrap_or_default();
    line(format_args!("WHAT IS ON DISK\n\n"));
    for file in &examination.files {
        line(format_args!("  {}  {}  {} bytes\n        {}\n", file.mode, file.path.display(), file.bytes, file.holds));
    }
    for table in &examination.tables {
        let rows = table.rows.map_or_else(|| "?".to_owned(), |rows| rows.to_string());
        line(format_args!("\n  {} table {}, {rows} rows: {}\n", table.store, table.table, table.why));
        let width = table.columns.iter().map(|column| column.column.len()).max().unwrap_or(0);
        for column in &table.columns {
            line(format_args!("        {:width$}  {}\n", column.column, column.holds));
        }
    }
    line(format_args!("\nWHAT WAS CHECKED\n"));
    for section in SECTIONS {
        let of_section: Vec<&Finding> =
            examination.findings.iter().filter(|finding| finding.section == section).collect();
        if of_section.is_empty() {
            continue;
        }
        line(format_args!("\n  {}\n", section.as_str()));
        of_section.into_iter().for_each(|finding| line(format_args!("{}", finding_text(finding))));
    }
    let wrong = examination.findings.iter().filter(|finding| finding.severity == Severity::Problem);
    let wrong: Vec<&Finding> = wrong.collect();
    if wrong.is_empty() {
        line(format_args!("\nNo problem found, {} to note.\n", examination.notes));
    } else {
        line(format_args!("\nPROBLEMS: {}\n", wrong.len()));
        wrong.into_iter().for_each(|finding| line(format_args!("{}", finding_text(finding))));
    }
    out
}

fn finding_text(finding: &Finding) -> String {
    let mark = match finding.severity {
        Severity::Fine => "ok  ",
        Severity::Note => "note",
        Severity::Problem => "BAD ",
    };
    let remedy = finding.remedy.as_ref().map_or_else(String::new, |remedy| format!("          do: {remedy}\n"));
    format!("    {mark}  {}: {}\n{remedy}", finding.subject, finding.found)
}
