//! Proposes a profile for a file: the preset of its source if the file shows one, else what the file shows, and questions (`ask`) where
//! it leaves a choice. Each proposal is tried with the importer, and states what the importer read. It is only a proposal, for a person
//! to check; [`super::import`] never guesses.

mod alternatives;
mod column_names;
mod columns;
mod context;
mod currency;
mod dates;
mod file_shape;
mod full_profile;
mod json_keyed;
mod json_rows;
mod json_shape;
mod known_source;
mod nested_names;
mod number_marks;
mod partner_match;
mod proposal;
mod row_kinds;
mod shape;
mod trial;
mod xml_shape;

use std::fmt::Write as _;

use crate::billing::profile::CurrencySource;
use crate::billing::profile_proposal::columns::FoundColumns;
use crate::billing::profile_proposal::currency::FoundCurrency;
use crate::billing::profile_proposal::known_source::{FileFindings, KnownSource};
use crate::billing::profile_proposal::partner_match::PartnerMatch;
use crate::billing::profile_proposal::proposal::{OpenChoice, Proposal, toml_lines, toml_string};
use crate::billing::profile_proposal::row_kinds::RowKinds;
use crate::billing::profile_proposal::shape::{FileShape, Setting};
use crate::billing::profile_proposal::trial::{Trial, Tried, is_any_read};

pub use crate::billing::profile_proposal::context::ProposalContext;
pub use crate::billing::profile_proposal::partner_match::KnownPartner;

/// The most combinations of answers that are tried.
const MAX_COMBINATIONS: usize = 8;

/// Keys for files in which days are missing, and the questions whether they apply.
const MISSING_DAYS: [(&str, &str, &str); 2] = [
    ("missing_days", "zero", "days have no row; are these days without traffic? If not, ask the partner for them"),
    ("older_rows", "add", "rows are of an earlier month; does the partner add them to what it reported before?"),
];

/// A proposal.
pub struct ProposedProfile {
    /// TOML with comments.
    pub text: String,
    /// Whether the importer reads the file with it, or with an answer to its questions.
    pub is_read: bool,
}

/// Returns the `statement` of the partner that the file is from.
///
/// # Errors
/// The file is neither a table, a spreadsheet nor JSON, in words for the operator.
pub fn propose(file: &[u8], context: &ProposalContext<'_>) -> Result<ProposedProfile, String> {
    let shape = file_shape::detect(file, context.member)?;
    let partner = PartnerMatch::find(&shape, context.partners, context.partner);
    let columns = FoundColumns::find(&shape, &partner);
    let kinds = columns.as_ref().map(|columns| RowKinds::find(&shape, columns)).unwrap_or_default();
    let marks = columns.as_ref().map(|columns| full_profile::number_readings(&shape, columns)).unwrap_or_default();
    let currency = columns.as_ref().map_or(FoundCurrency::Nothing, |columns| full_profile::currency(&shape, columns));
    let findings = FileFindings {
        shape: &shape,
        columns: columns.as_ref(),
        kinds: &kinds,
        marks: if let [only] = marks.as_slice() { Some(only) } else { None },
        currency: match &currency {
            FoundCurrency::OneOf(codes) if codes.len() == 1 => codes.first().map(String::as_str),
            FoundCurrency::OneOf(_) | FoundCurrency::Nothing | FoundCurrency::Contradiction => None,
        },
    };
    let mut text = "# Proposed from one file. Check every line; `ask` marks what the file leaves open.\n".to_owned();
    text += &partner_lines(&partner, context, &shape);
    if let Some(source) = known_source::find(file, &findings, context) {
        text += &source_text(file, &source, &findings, context);
        return Ok(ProposedProfile { text, is_read: true });
    }
    let Some(columns) = &columns else {
        let names: Vec<&str> = shape.header.iter().map(String::as_str).collect();
        let _ = writeln!(
            text,
            "# ask: no column has dates; name it: date = \"…\"\n# Columns: {}",
            proposal::toml_list(&names)
        );
        return Ok(ProposedProfile { text, is_read: false });
    };
    let mut proposal = full_profile::propose(&shape, columns, &marks, &currency);
    full_profile::propose_rows(&mut proposal, &kinds, &shape, columns);
    let mut expected = (kinds.totals_rows + u64::from(shape.has_separate_totals), kinds.footer_rows + shape.skipped);
    let mut tried = try_all(file, &proposal, expected, context);
    if !is_any_read(&tried) {
        let attempt = |proposal: &Proposal, expected| try_all(file, proposal, expected, context);
        alternatives::find(&mut proposal, (&mut tried, &mut expected), &kinds, (columns, &attempt));
    }
    for (key, value, question) in MISSING_DAYS {
        if is_any_read(&tried) {
            break;
        }
        proposal.choose(question, vec![vec![(key, toml_string(value))]]);
        let with_answer = try_all(file, &proposal, expected, context);
        if is_any_read(&with_answer) {
            tried = with_answer;
        } else {
            proposal.forget_last_choice();
        }
    }
    let is_read = is_any_read(&tried);
    text += &trial_lines(&tried);
    let lines = proposal.text();
    text += "#\n";
    if is_read {
        let _ = write!(text, "[partner.statement]\n{lines}");
    } else {
        text +=
            "# The importer refuses this file with these keys, so that they are only a start:\n# [partner.statement]\n";
        text += &lines.lines().map(|line| format!("# {}\n", line.trim_start_matches("# "))).collect::<String>();
    }
    Ok(ProposedProfile { text, is_read })
}

/// Says whose file it is.
fn partner_lines(found: &PartnerMatch, context: &ProposalContext<'_>, shape: &FileShape) -> String {
    let column =
        found.column.and_then(|column| shape.header.get(column)).map_or(String::new(), |name| toml_string(name));
    let tags: Vec<String> = found.tags.iter().take(5).map(|tag| toml_string(tag)).collect();
    let tags = tags.join(", ");
    let place = "add what follows at the end of its block, before the next [[table]]";
    match (&found.partner, found.candidates.as_slice()) {
        (Some(partner), []) => format!("# For [[partner]] name = {}: {place}.\n", toml_string(partner)),
        (Some(partner), _) => format!(
            "# For [[partner]] name = {}, whose tags are in column {column} ({tags}): {place}.\n",
            toml_string(partner)
        ),
        (None, []) => {
            let names: Vec<&str> = context.partners.iter().map(|partner| partner.name.as_str()).collect();
            let one_of = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
            format!("# ask: which [[partner]]{one_of} is this file from? No column has its tags; {place}.\n")
        }
        (None, several) => format!(
            "# ask: which [[partner]] is this file from: {}? Column {column} has tags of each ({tags}); {place}.\n",
            several.join(", ")
        ),
    }
}

/// The lines of a preset.
fn source_text(
    file: &[u8],
    source: &KnownSource,
    findings: &FileFindings<'_>,
    context: &ProposalContext<'_>,
) -> String {
    let KnownSource { preset, changes, profile, trial } = source;
    let mut proposal = Proposal::default();
    for line in trial.lines() {
        proposal.comment(&format!("Tried on this file: {line}"));
    }
    if known_source::leaves_zone_open(preset) {
        let zone = profile.zone.iana_name().unwrap_or("UTC");
        proposal.ask(&format!("are the account's days in {zone}, as the preset has it? If not, add zone = \"…\""));
    }
    let revenue =
        findings.columns.and_then(|columns| columns.revenue).and_then(|index| findings.shape.header.get(index));
    let is_named = revenue.is_some_and(|name| currency::in_name(name).is_some());
    if let (CurrencySource::In(code), None, false) = (&profile.currency, findings.currency, is_named) {
        proposal
            .ask(&format!("is the revenue in {}, as the preset has it? If not, add currency = \"…\"", code.as_str()));
    }
    for question in &findings.shape.questions {
        proposal.ask(question);
    }
    if let Some(columns) = findings.columns {
        if columns.date.readings.len() > 1 {
            proposal.ask("the dates parse in more than one order; the preset's is above. Other readings:");
            let base = format!("preset = {}\n{}", toml_string(preset), toml_lines(changes.iter()));
            let own = ("date_format", toml_string(&profile.date_format));
            for reading in columns.date.readings.iter().filter(|reading| !reading.contains(&own)) {
                let keys = toml_lines(reading.iter());
                let lines = Trial::run(file, (context.parse)(&(base.clone() + &keys))).lines();
                proposal.comment(&format!(
                    "{}: {}",
                    keys.trim_end().replace('\n', ", "),
                    lines.first().map_or("", String::as_str)
                ));
            }
        }
        full_profile::ask_about_repeated(&mut proposal, columns);
    }
    let mut keys = vec![format!("preset = {}", toml_string(preset))];
    keys.extend(changes.iter().map(|(key, value)| format!("{key} = {value}")));
    format!("{}statement = {{ {} }}\n", proposal.text(), keys.join(", "))
}

/// Tries each combination of answers.
fn try_all(file: &[u8], proposal: &Proposal, expected: (u64, u64), context: &ProposalContext<'_>) -> Vec<Tried> {
    let mut combinations: Vec<Vec<Setting>> = vec![Vec::new()];
    for OpenChoice { answers, .. } in &proposal.choices {
        let with = |combination: &Vec<Setting>| {
            answers.iter().map(|answer| [combination.as_slice(), answer].concat()).collect::<Vec<_>>()
        };
        combinations = combinations.iter().flat_map(with).take(MAX_COMBINATIONS).collect();
    }
    let run = |answers: Vec<Setting>| {
        let keys = toml_lines(proposal.settings().chain(&answers));
        (answers, Trial::run(file, (context.parse)(&keys)).checked(expected.0, expected.1))
    };
    combinations.into_iter().map(run).collect()
}

fn trial_lines(tried: &[Tried]) -> String {
    let mut text = String::new();
    for (answers, trial) in tried {
        let with = toml_lines(answers.iter());
        let with =
            if answers.is_empty() { String::new() } else { format!(" with {}", with.trim_end().replace('\n', ", ")) };
        for line in trial.lines() {
            // Writing to a String does not fail.
            let _ = writeln!(text, "# Tried on this file{with}: {line}");
        }
    }
    text
}

#[cfg(test)]
mod tests;
