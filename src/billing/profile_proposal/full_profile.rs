//! Proposes all keys of a profile for a file of an unknown source.

use std::collections::BTreeSet;

use crate::billing::import::fold_name;
use crate::billing::money::Currency;
use crate::billing::profile_proposal::columns::{FoundColumns, column_name};
use crate::billing::profile_proposal::currency::{self, FoundCurrency};
use crate::billing::profile_proposal::number_marks::{self, NumberTexts, is_number};
use crate::billing::profile_proposal::proposal::{Proposal, toml_list, toml_string};
use crate::billing::profile_proposal::row_kinds::RowKinds;
use crate::billing::profile_proposal::shape::{FileRow, FileShape, Setting, text};
use crate::billing::settlement::minor_unit::decimals;

/// Returns each way to read the numbers; one without settings if no number is a text.
pub(super) fn number_readings(shape: &FileShape, columns: &FoundColumns) -> Vec<Vec<Setting>> {
    let mut numbers = NumberTexts::default();
    let is_text =
        |row: &FileRow, index: usize| row.get(index).is_some_and(|cell| !cell.is_typed && is_number(&cell.text));
    for row in &shape.rows {
        for index in columns.searches.iter().chain(&columns.clicks).filter(|index| is_text(row, **index)) {
            numbers.counts.insert(text(row, *index));
        }
        for index in columns.revenue.iter().filter(|index| is_text(row, **index)) {
            numbers.amounts.insert(text(row, *index));
        }
    }
    if numbers.counts.is_empty() && numbers.amounts.is_empty() {
        return vec![Vec::new()];
    }
    number_marks::readings(&numbers, has_no_decimals(shape, columns))
}

/// Whether the amounts are in a currency that has no decimals, such as the yen.
fn has_no_decimals(shape: &FileShape, columns: &FoundColumns) -> bool {
    let FoundCurrency::OneOf(codes) = currency(shape, columns) else { return false };
    codes.iter().all(|code| Currency::new(code).is_some_and(|currency| decimals(currency) == 0))
}

/// Returns what the amounts say of their currency.
pub(super) fn currency(shape: &FileShape, columns: &FoundColumns) -> FoundCurrency {
    let Some(revenue) = columns.revenue else { return FoundCurrency::Nothing };
    let amounts = shape.rows.iter().filter_map(|row| row.get(revenue)).filter(|cell| is_number(&cell.text));
    currency::in_amounts(
        amounts.flat_map(|cell| currency::signs(cell.text.trim()).into_iter().chain(cell.currency.clone())),
    )
}

/// Proposes the format, the columns, and how cells are written.
pub(super) fn propose(
    shape: &FileShape,
    columns: &FoundColumns,
    marks: &[Vec<Setting>],
    currency: &FoundCurrency,
) -> Proposal {
    let mut proposal = Proposal::default();
    proposal.ask("which time zone are the partner's days in? Most partners bill by this one.");
    proposal.key("zone", "America/Los_Angeles");
    for question in &shape.questions {
        proposal.ask(question);
    }
    for setting in &shape.settings {
        proposal.setting(setting.clone());
    }
    propose_columns(&mut proposal, shape, columns);
    match columns.date.readings.as_slice() {
        [only] => {
            if columns.date.is_guessed_grain {
                proposal.ask("does a row cover more than a day, as the name of the column says?");
            }
            only.iter().for_each(|setting| proposal.setting(setting.clone()));
        }
        several => {
            let question = "all dates of this file parse in more than one way; keep the right line:";
            proposal.choose(question, several.to_vec());
        }
    }
    match marks {
        [] => proposal.ask("how are numbers written? decimal_mark, group_mark"),
        [only] if *only == [("decimal_mark", toml_string("."))] => {}
        [only] => only.iter().for_each(|setting| proposal.setting(setting.clone())),
        several => {
            let example = shape.rows.iter().flat_map(|row| columns.values().map(|index| text(row, index)));
            let example = example.into_iter().find(|cell| cell.contains([',', '.', '\'', '\u{2019}']));
            let question = format!(
                "does the mark in {} separate decimals or thousands? Keep the right line or lines:",
                toml_string(example.unwrap_or_default())
            );
            proposal.choose(&question, several.to_vec());
        }
    }
    propose_currency(&mut proposal, shape, columns, currency);
    propose_not_told(&mut proposal, shape, columns);
    proposal
}

fn propose_columns(proposal: &mut Proposal, shape: &FileShape, columns: &FoundColumns) {
    let revenue = columns.revenue.map(|index| {
        let name = column_name(shape, index);
        let placeholder = currency::in_name(&name).and_then(|found| found.placeholder);
        placeholder.filter(|_| columns.currency.is_none() && shape.currency.is_none()).unwrap_or(name)
    });
    let name = |index: Option<usize>| index.map(|index| column_name(shape, index));
    let all = [
        ("date", name(Some(columns.date.index))),
        ("hour", name(columns.hour)),
        ("code", name(columns.code)),
        ("searches", name(columns.searches)),
        ("clicks", name(columns.clicks)),
        ("revenue", revenue),
        ("currency_column", name(columns.currency)),
        ("final", name(columns.is_final)),
    ];
    for (key, name) in all {
        let Some(name) = name else { continue };
        if let Some(question) = columns.questions.get(key) {
            proposal.ask(question);
        }
        proposal.key(key, &name);
    }
    if columns.clicks.is_none() {
        proposal.ask("no column looks like the clicks; name it: clicks = \"…\"");
    }
    if let Some(question) = columns.questions.get("dimensions") {
        proposal.ask(question);
    }
    if !columns.dimensions.is_empty() {
        proposal.comment("Columns that break a day and code down into several rows; these rows are added up.");
        let names: Vec<String> = columns.dimensions.iter().map(|index| column_name(shape, *index)).collect();
        proposal
            .setting(("dimensions", format!("[{}]", toml_list(&names.iter().map(String::as_str).collect::<Vec<_>>()))));
    }
}

fn propose_currency(proposal: &mut Proposal, shape: &FileShape, columns: &FoundColumns, found: &FoundCurrency) {
    let Some(revenue) = columns.revenue else { return };
    let name = shape.header.get(revenue).map_or("", String::as_str);
    propose_unit(proposal, shape, revenue);
    if columns.currency.is_some() {
        return;
    }
    if let Some(stated) = &shape.currency {
        proposal.key("currency", stated);
    } else if let Some(named) = currency::in_name(name) {
        if named.placeholder.is_none() {
            proposal.key("currency", &named.code);
        }
    } else {
        match found {
            FoundCurrency::OneOf(codes) => {
                if codes.len() > 1 {
                    let others = codes.iter().skip(1).take(4).map(String::as_str).collect::<Vec<_>>().join(", ");
                    proposal
                        .ask(&format!("which currency does the sign of the amounts stand for? Others are {others}"));
                }
                proposal.key("currency", codes.first().map_or("USD", String::as_str));
            }
            FoundCurrency::Nothing => {
                proposal.ask("which currency is the revenue in?");
                proposal.key("currency", "USD");
            }
            FoundCurrency::Contradiction => {
                proposal.ask("the amounts are in several currencies; ask the partner for a column with the currency");
                proposal.key("currency", "USD");
            }
        }
    }
}

/// Words, folded, for a number that is not told, beside those that need no key.
const NOT_TOLD: &str =
    "nan none nil na #n/a n.a. n.v. k.a. unknown undefined \\n notavailable withheld notset (notset) nodata";

/// Proposes the words that stand in the place of numbers that are not told.
fn propose_not_told(proposal: &mut Proposal, shape: &FileShape, columns: &FoundColumns) {
    let cells = shape.rows.iter().flat_map(|row| columns.values().map(|index| text(row, index)));
    let is_word = |cell: &&str| NOT_TOLD.split_whitespace().any(|word| word == fold_name(cell));
    let found: BTreeSet<&str> = cells.filter(is_word).collect();
    if found.is_empty() {
        return;
    }
    let usual = ["", "-", "--", "\u{2013}", "\u{2014}", "n/a", "null"];
    let words: Vec<&str> = usual.into_iter().chain(found).collect();
    proposal.ask("do these words mean that the number is not told? Such a number is unknown, not zero");
    proposal.setting(("not_told", format!("[{}]", toml_list(&words))));
}

/// Proposes the unit of the money, by the name of its column; asks if the amounts are large.
fn propose_unit(proposal: &mut Proposal, shape: &FileShape, revenue: usize) {
    let name = shape.header.get(revenue).map_or("", String::as_str);
    let amounts: Vec<&str> = shape.rows.iter().map(|row| text(row, revenue)).filter(|cell| is_number(cell)).collect();
    let is_large = |cell: &&&str| cell.len() > 6 && cell.bytes().all(|byte| byte.is_ascii_digit());
    let lower = name.to_lowercase();
    if lower.contains("micro") {
        proposal.key("unit", "micros");
    } else if lower.contains("cent") && !lower.contains("percent") && !lower.contains("center") {
        proposal.key("unit", "cents");
    } else if amounts.iter().filter(is_large).count() * 2 > amounts.len() {
        proposal.ask("the amounts are large and whole; are they in millionths or in cents? Then add unit = \"micros\" or \"cents\"");
    }
}

/// Proposes what is no row of values, and lists the columns that are not used.
pub(super) fn propose_rows(proposal: &mut Proposal, kinds: &RowKinds, shape: &FileShape, columns: &FoundColumns) {
    for question in &kinds.questions {
        proposal.ask(question);
    }
    if !kinds.totals.is_empty() {
        proposal.comment("Rows of totals are compared with the sum of the rows.");
        proposal.list("totals", &kinds.totals.iter().map(String::as_str).collect::<Vec<_>>());
    } else if shape.has_separate_totals {
        proposal.key("totals", "empty");
    }
    if !kinds.undated.is_empty() {
        proposal.ask("rows without a day are added to the last day of the file; are they adjustments of all of it?");
        proposal.list("undated_rows", &kinds.undated.iter().map(String::as_str).collect::<Vec<_>>());
    }
    if !kinds.footers.is_empty() {
        proposal.comment("Lines to ignore, by their beginnings.");
        proposal.list("footers", &kinds.footers.iter().map(String::as_str).collect::<Vec<_>>());
    }
    ask_about_repeated(proposal, columns);
    let used: Vec<usize> = columns.used().collect();
    let unused: Vec<usize> = (0..)
        .zip(&shape.header)
        .filter(|(index, name)| !used.contains(index) && !name.is_empty())
        .map(|(index, _)| index)
        .collect();
    let is_lost = columns.revenue.is_none() || columns.searches.is_none();
    let has_numbers = |index: &usize| shape.rows.iter().any(|row| is_number(text(row, *index)));
    if is_lost && unused.iter().any(has_numbers) {
        proposal.ask("does one of the columns that are not used have the searches or the revenue?");
    }
    if !unused.is_empty() {
        let names: Vec<String> = unused.iter().map(|index| column_name(shape, *index)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        proposal.comment(&format!("Not used: {}", toml_list(&names)));
    }
}

/// A row that repeats another one counts once, which loses it if it is no repetition.
pub(super) fn ask_about_repeated(proposal: &mut Proposal, columns: &FoundColumns) {
    if columns.repeated > 0 {
        proposal.ask(&format!(
            "{} rows repeat others exactly and count once; are they there twice by mistake? If not, ask the partner for a column that \
             tells them apart",
            columns.repeated
        ));
    }
}
