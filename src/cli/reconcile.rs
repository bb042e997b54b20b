//! `qsproxy reconcile`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use jiff::civil::Date;

use super::close::whole_file;
use super::statement::{books, terms};
use super::{Format, Verdict};
use crate::billing::days::{first_hour, of_month};
use crate::billing::money::Currency;
use crate::billing::reconcile::pack;
use crate::billing::reconcile::told::{self, Heading};
use crate::billing::reconcile::{MARGIN, Question, Reconciliation, reconcile};
use crate::billing::statement::Row;
use crate::billing::terms::Terms;
use crate::books::Books;
use crate::config::Config;
use crate::counts::cells::ClickOutcome;
use crate::results::LinkPolicy;
use crate::world::{self, Hour};

/// Arguments of `reconcile`.
#[derive(Debug, Args)]
pub struct Reconcile {
    /// Whose statement, as the configuration names the partner
    #[arg(long)]
    partner: String,
    /// The month in the partner's zone, YYYY-MM
    #[arg(long)]
    month: String,
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Write what a dispute needs to this folder: a page to send, and the numbers as CSV and JSON
    #[arg(long, value_name = "FOLDER")]
    pack: Option<PathBuf>,
}

/// Holds our counted clicks of a month against the partner's statements. Found something: a day or the month is out of
/// tolerance.
///
/// # Errors
/// A partner or month that is none, or a store that cannot be read.
pub fn run(config: &Path, arguments: &Reconcile) -> anyhow::Result<Verdict> {
    let config = super::load(config)?;
    let Month { heading, found, .. } = month(&config, &books(&config)?, &arguments.partner, &arguments.month)?;
    let text = match arguments.format {
        Format::Table => table(&heading, &found),
        Format::Csv => told::csv(&heading, &found)?,
        Format::Json => told::json(&heading, &found),
    };
    if let Some(folder) = &arguments.pack {
        let tolerance = terms(&config, &arguments.partner)?.tolerance;
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let file = |name: &str, text: &str| whole_file(&folder.join(name), text);
        file("reconciliation.html", &pack::page(&heading, &found, tolerance))?;
        file("reconciliation.csv", &told::csv(&heading, &found)?)?;
        file("reconciliation.json", &told::json(&heading, &found))?;
    }
    super::print(&text)?;
    Ok(if found.is_out() { Verdict::Found } else { Verdict::Fine })
}

/// A month of a partner, reconciled.
#[derive(Debug)]
pub(super) struct Month {
    /// What it is.
    pub heading: Heading,
    /// What came of it.
    pub found: Reconciliation,
    /// What the partner says, each with the number of its statement.
    pub rows: Vec<(i64, Row)>,
    /// Its first UTC hour, and the one after its last.
    pub hours: (Hour, Hour),
}

/// Reads all that is known of a month and reconciles it.
pub(super) fn month(config: &Config, books: &Books, partner: &str, month: &str) -> anyhow::Result<Month> {
    let Terms { partner, profile, tolerance } = terms(config, partner)?;
    let first = format!("{month}-01").parse::<Date>().ok().filter(|day| day.strftime("%Y-%m").to_string() == month);
    let first = first.with_context(|| format!("--month {month}: this must be a month, YYYY-MM"))?;
    let profile = profile.as_ref().with_context(|| {
        format!("partner {partner} has no statement = {{ … }}, so that the zone of its days is not known; add one")
    })?;
    let zone = &profile.zone;
    let days = of_month(first);
    let last = *days.last().ok_or_else(|| anyhow!("a month without days"))?;
    let (from, to) = (first_hour(first, zone), first_hour(last.tomorrow()?, zone));
    let around = (Hour(from.0.saturating_sub(MARGIN)), Hour(to.0.saturating_add(MARGIN)));
    let counted = books.counted(partner, around.0, around.1)?;
    let rows = books.rows(partner, first, last)?;
    let said: Vec<Row> = rows.iter().map(|(_, row)| row.clone()).collect();
    let entries = books.statements(Some(partner))?;
    let used = |number: i64| entries.iter().find(|entry| entry.number == number);
    let currency = currency(&rows, |number| used(number).map(|entry| entry.currency.as_str()))?;
    let tags = tags(config, partner.as_str());
    let is_direct = config.partners.iter().any(|one| one.name == *partner && one.links == LinkPolicy::Direct);
    let question = Question {
        month: first,
        zone,
        tags: &tags,
        is_direct,
        tolerance: *tolerance,
        currency,
        now: world::now().hour(),
    };
    let late = books.adjustments(partner, from, to)?.clicks;
    let late = late.iter().filter(|count| count.outcome == ClickOutcome::Counted && count.kind == "sponsored");
    let heading = Heading {
        partner: partner.to_string(),
        month: month.to_owned(),
        zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        currency,
        adjustments: late.map(|count| count.n).sum(),
    };
    let found = reconcile(&question, &counted.clicks, &counted.searches, &said);
    Ok(Month { heading, found, rows, hours: (from, to) })
}

/// What the money of these rows is in.
fn currency<'e>(rows: &[(i64, Row)], of: impl Fn(i64) -> Option<&'e str>) -> anyhow::Result<Option<Currency>> {
    let mut found: Vec<&str> =
        rows.iter().filter_map(|(number, _)| of(*number)).filter(|code| !code.is_empty()).collect();
    found.sort_unstable();
    found.dedup();
    if let [one, other, ..] = found.as_slice() {
        bail!(
            "the month's statements are in {one} and in {other}, which cannot be added up; import the right one again"
        );
    }
    Ok(found.first().and_then(|code| Currency::new(code)))
}

/// Our codes as this partner calls them.
fn tags(config: &Config, partner: &str) -> Vec<String> {
    let choices = config.routes.iter().flat_map(|route| route.choices.iter().map(move |choice| (route, choice)));
    choices
        .filter(|(_, choice)| config.partners.get(choice.partner).is_some_and(|one| one.name.as_str() == partner))
        .map(|(_, choice)| choice.tag.clone())
        .collect()
}

fn table(heading: &Heading, found: &Reconciliation) -> String {
    let Heading { partner, month, zone, currency, adjustments } = heading;
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(told::columns());
    for row in told::rows(heading, found) {
        table.add_row(row);
    }
    for column in 2..told::columns().len() {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(comfy_table::CellAlignment::Right);
        }
    }
    let money = currency.map_or(String::new(), |currency| format!(", money in {}", currency.as_str()));
    let mut text = format!("{partner}, {month}, days of {zone}{money}\n\n{}\n\n", table.trim_fmt());
    for row in &found.unmapped {
        let clicks = row.clicks.map_or("an untold number of".to_owned(), |clicks| clicks.to_string());
        let money = row.revenue.map_or(String::new(), |money| format!(" and {money}"));
        let code: String = row.code.chars().flat_map(char::escape_debug).collect();
        text += &format!("{}: {clicks} clicks{money} for \"{code}\", which no [[code]] calls so (tags)\n", row.day);
    }
    if let Some(shift) = found.shift {
        let (n, when) = (shift.hours.unsigned_abs(), if shift.hours > 0 { "later" } else { "earlier" });
        text += &format!(
            "The partner's days seem to begin {n} hours {when} than those of {zone}: the differences would sum up to {} \
             instead of {}. Ask which zone its days are of.\n",
            shift.then, shift.now
        );
    }
    if *adjustments > 0 {
        text += &format!("{adjustments} counted clicks came after the month had been closed (report adjustments).\n");
    }
    if found.is_dispute {
        text += "The month is past the share that the contract calls a dispute.\n";
    }
    if found.month.status == crate::billing::reconcile::Status::Uncounted {
        text +=
            "Links of this partner are \"direct\": its clicks are not counted here, so there is nothing to compare.\n";
    }
    text
}
