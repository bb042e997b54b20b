//! The examination of an installation (`qsproxy doctor`): what is on disk, file by file, table by table and column by column, and that
//! nothing else is; the keys and their ages, the clock, the store, partners, and the widths of covert channels. It changes nothing, and
//! works beside a running service.

mod budget_tables;
pub mod catalog;
mod closing_tables;
mod config_files;
pub mod contents;
pub mod files;
pub mod finding;
mod keys;
mod known_file;
pub mod known_names;
mod machine;
mod network;
mod payment_tables;
mod schema;
pub mod shape;
mod store;
pub mod table_description;

use std::path::Path;

use serde::Serialize;

use crate::config::Config;
use crate::doctor::contents::TableEntry;
use crate::doctor::files::FileEntry;
use crate::doctor::finding::{Finding, Findings, Section, Severity};
use crate::doctor::known_names::KnownNames;
use crate::doctor::machine::Beginning;
use crate::privacy::channels;
use crate::time;

/// What was found.
#[derive(Debug, Serialize)]
pub struct Examination {
    /// The number of problems.
    pub problems: usize,
    /// The number of notes.
    pub notes: usize,
    /// Every finding, in the order in which things were looked at.
    pub findings: Vec<Finding>,
    /// The files of the installation.
    pub files: Vec<FileEntry>,
    /// The tables of the store and of the spool.
    pub tables: Vec<TableEntry>,
    /// What one search can choose among, by partner.
    pub channels: Vec<ChannelEntry>,
}

/// The covert channel to one partner: the choices among closed lists, beside the keyword.
#[derive(Debug, Serialize)]
pub struct ChannelEntry {
    /// The partner.
    pub partner: String,
    /// Languages.
    pub languages: usize,
    /// Browser families.
    pub browsers: usize,
    /// Codes.
    pub codes: usize,
    /// 2 if a search can have a pseudonym or lack it, otherwise 1.
    pub pseudonym: usize,
    /// The width in bits by search: the binary logarithm of the product.
    pub bits: f64,
}

/// Examines the installation of a configuration that was read from `path`.
#[must_use]
pub fn examine(config: &Config, path: &Path, is_offline: bool) -> Examination {
    let beginning = Beginning::now();
    let mut findings = Findings::default();
    let mut known = KnownNames::of(config);
    let files = files::examine(config, path, &mut findings);
    let examined = store::examine(config, &mut known, &mut findings);
    keys::examine(config, examined.is_running, time::now(), &mut findings);
    machine::examine_clock(beginning, examined.latest_hour.as_deref(), &mut findings);
    machine::examine_memory(&mut findings);
    network::examine(config, is_offline, &mut findings);
    let channels = examine_channels(config, &mut findings);
    let (problems, notes) = (findings.count(Severity::Problem), findings.count(Severity::Note));
    Examination { problems, notes, findings: findings.0, files, tables: examined.tables, channels }
}

fn examine_channels(config: &Config, findings: &mut Findings) -> Vec<ChannelEntry> {
    let widths = channels::by_partner(&config.partners, &config.routes, &config.languages);
    let entry = |(partner, choices): (crate::name::ConfigName, channels::ClosedListChoices)| {
        let found = format!(
            "{:.1} bits by search: choices of language {}, browser {}, code {}, with or without a pseudonym {}",
            choices.bits(),
            choices.languages,
            choices.browsers,
            choices.codes,
            choices.pseudonym
        );
        findings.fine(Section::Channels, &partner, found);
        let bits = (choices.bits() * 100.0).round() / 100.0;
        let channels::ClosedListChoices { languages, browsers, codes, pseudonym } = choices;
        ChannelEntry { partner: partner.to_string(), languages, browsers, codes, pseudonym, bits }
    };
    let entries = widths.into_iter().map(entry).collect();
    let found = format!(
        "free text: a bit for the case of each letter, and up to {:.1} bits for look-alikes of {} letters; up to {:.0} bits in the longest keyword",
        channels::look_alike_bits().1,
        channels::letters_with_look_alikes(),
        channels::longest_keyword_bits()
    );
    findings.fine(Section::Channels, "keyword", found);
    entries
}
