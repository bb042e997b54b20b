//! Recognizes files of known sources, and proposes their preset with what differs.

use crate::billing::profile::{Columns, CurrencySource, FileFormat, Profile};
use crate::billing::profile_proposal::column_names::{compact, is_one_of, rank};
use crate::billing::profile_proposal::columns::{FoundColumns, column_name};
use crate::billing::profile_proposal::context::ProposalContext;
use crate::billing::profile_proposal::number_marks::is_number;
use crate::billing::profile_proposal::proposal::{toml_lines, toml_list, toml_string};
use crate::billing::profile_proposal::row_kinds::RowKinds;
use crate::billing::profile_proposal::shape::{FileShape, Setting, text};
use crate::billing::profile_proposal::trial::Trial;
use crate::billing::row_rules::OptionalColumn;
use crate::presets;

/// Presets for any source.
const FOR_ANY_SOURCE: [&str; 2] = ["hourly", "monthly"];
/// Names, in the form of [`compact`], that many sources use: they show nothing of the source.
const GENERIC: &str = "date day datum tag fecha dia data jour giorno 日付 日期 code channel kanal canal site space source keyword app \
    country device market product template timestamp";

/// Keys of values.
const VALUE_KEYS: [&str; 5] = ["hour", "searches", "clicks", "revenue", "currency_column"];

/// A preset that fits a file.
pub(super) struct KnownSource {
    pub preset: &'static str,
    /// What differs from the preset.
    pub changes: Vec<Setting>,
    pub profile: Profile,
    pub trial: Trial,
}

/// What the file shows, for the comparison with presets.
pub(super) struct FileFindings<'f> {
    pub shape: &'f FileShape,
    pub columns: Option<&'f FoundColumns>,
    pub kinds: &'f RowKinds,
    /// The only reading of numbers, if there is only one.
    pub marks: Option<&'f [Setting]>,
    /// The currency that the amounts show.
    pub currency: Option<&'f str>,
}

/// How well a preset fits: columns with names of its own, all columns, and fewer changes.
type Fit = (usize, usize, std::cmp::Reverse<usize>);

/// Finds the preset that fits best and reads the file.
pub(super) fn find(file: &[u8], findings: &FileFindings<'_>, context: &ProposalContext<'_>) -> Option<KnownSource> {
    let mut best: Option<(Fit, KnownSource)> = None;
    for (preset, _) in presets::STATEMENTS.iter().filter(|(name, _)| !FOR_ANY_SOURCE.contains(name)) {
        let Ok(profile) = (context.parse)(&preset_line(preset)) else { continue };
        let Some((own, all)) = matching_columns(&profile, findings.shape) else { continue };
        let Some(source) = try_preset(file, preset, profile, findings, context) else { continue };
        let fit = (own, all, std::cmp::Reverse(source.changes.len()));
        if best.as_ref().is_none_or(|(known, _)| fit > *known) {
            best = Some((fit, source));
        }
    }
    best.map(|(_, source)| source)
}

fn preset_line(preset: &str) -> String {
    format!("preset = {}\n", toml_string(preset))
}

/// The number of columns that a preset finds in the header: those of its own names, and all. `None` if it is another source.
fn matching_columns(profile: &Profile, shape: &FileShape) -> Option<(usize, usize)> {
    let header: Vec<String> = shape.header.iter().map(|name| compact(name)).collect();
    let find = |names: &[String]| names.iter().map(|name| compact(name)).find(|name| header.contains(name));
    let columns = &profile.columns;
    (find(&columns.date).is_some() && find(&columns.clicks).is_some()).then_some(())?;
    let lists = [
        &columns.date,
        &columns.hour,
        &columns.code,
        &columns.searches,
        &columns.clicks,
        &columns.revenue,
        &columns.is_final,
    ];
    let found: Vec<String> = lists.into_iter().filter_map(|names| find(names)).collect();
    let dimensions = columns.dimensions.iter().filter(|name| find(std::slice::from_ref(name)).is_some()).count();
    // Words for values are those of every source.
    let is_value = |name: &str| VALUE_KEYS.iter().any(|key| rank(key, name).is_some_and(|(_, is_unsure)| !is_unsure));
    let own = found.iter().filter(|name| !is_one_of(name, GENERIC) && !is_value(name)).count();
    let has = |key: &str, value: &str| {
        shape.settings.contains(&(if key == "list" { "list" } else { "headers" }, toml_string(value)))
    };
    let is_own_layout = match &profile.format {
        FileFormat::Json { list, headers: Some(headers), .. } => has("list", list) && has("headers", headers),
        FileFormat::Json { .. }
        | FileFormat::JsonLines
        | FileFormat::Table(_)
        | FileFormat::Spreadsheet
        | FileFormat::Xml { .. } => false,
    };
    let own = own + usize::from(is_own_layout);
    (own > 0).then_some((own, found.len() + dimensions))
}

fn try_preset(
    file: &[u8],
    preset: &'static str,
    base: Profile,
    findings: &FileFindings<'_>,
    context: &ProposalContext<'_>,
) -> Option<KnownSource> {
    let named = |names: &[String], index: usize| {
        let header = findings.shape.header.get(index).map_or(String::new(), |name| compact(name));
        names.iter().any(|name| compact(name) == header)
    };
    // Revenue that the preset does not know would be lost.
    let revenue = findings.columns.and_then(|columns| columns.revenue);
    let header = || 0..findings.shape.header.len();
    let has_revenue = base.columns.revenue.is_empty() || header().any(|index| named(&base.columns.revenue, index));
    if !has_revenue && (revenue.is_some() || has_unused_amounts(&base, findings.shape)) {
        return None;
    }
    let expected = (
        findings.kinds.totals_rows + u64::from(findings.shape.has_separate_totals),
        findings.kinds.footer_rows + findings.shape.skipped,
    );
    let run = |changes: &[Setting]| {
        let profile = (context.parse)(&(preset_line(preset) + &toml_lines(changes.iter())));
        Trial::run(file, profile).checked(expected.0, expected.1)
    };
    let plain = run(&[]);
    let mut changes = changes(&base, findings);
    let full = if changes.is_empty() { None } else { Some(run(&changes)) };
    let Some(Trial::Read(wanted)) = full.filter(Trial::is_read) else {
        let profile = base;
        return plain.is_read().then_some(KnownSource { preset, changes: Vec::new(), profile, trial: plain });
    };
    let is_same = |trial: &Trial| matches!(trial, Trial::Read(statement) if statement.rows == wanted.rows);
    if is_same(&plain) {
        return Some(KnownSource { preset, changes: Vec::new(), profile: base, trial: plain });
    }
    // Whatever the result does not depend on is the preset's.
    for key in changes.iter().map(|(key, _)| *key).collect::<Vec<_>>() {
        let without: Vec<Setting> = changes.iter().filter(|(other, _)| *other != key).cloned().collect();
        if is_same(&run(&without)) {
            changes = without;
        }
    }
    let profile = (context.parse)(&(preset_line(preset) + &toml_lines(changes.iter()))).ok()?;
    let trial = run(&changes);
    Some(KnownSource { preset, changes, profile, trial })
}

/// Whether a column that a preset does not know has decimals, as money has.
fn has_unused_amounts(base: &Profile, shape: &FileShape) -> bool {
    let Columns { date, hour, code, searches, clicks, revenue, is_final, dimensions } = &base.columns;
    let lists = [date, hour, code, searches, clicks, revenue, is_final, dimensions];
    let known: Vec<String> = lists.into_iter().flatten().map(|name| compact(name)).collect();
    let is_amount = |cell: &str| is_number(cell) && cell.contains(['.', ',']) && !cell.contains('%');
    (0..).zip(&shape.header).any(|(index, name)| {
        let mut cells = shape.rows.iter().map(|row| text(row, index)).filter(|cell| !cell.is_empty());
        !known.contains(&compact(name)) && cells.any(is_amount)
    })
}

/// What the file shows that may differ from a preset.
fn changes(base: &Profile, findings: &FileFindings<'_>) -> Vec<Setting> {
    let FileFindings { shape, columns, kinds, marks, currency } = findings;
    let mut changes = shape.settings.clone();
    changes.extend(marks.unwrap_or_default().iter().cloned());
    let lists = [("totals", &kinds.totals), ("footers", &kinds.footers)];
    for (key, values) in lists.into_iter().filter(|(_, values)| !values.is_empty()) {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        changes.push((key, format!("[{}]", toml_list(&values))));
    }
    if let (CurrencySource::In(configured), Some(found)) = (&base.currency, currency)
        && configured.as_str() != *found
    {
        changes.push(("currency", toml_string(found)));
    }
    let Some(columns) = columns else { return changes };
    if let [only] = columns.date.readings.as_slice() {
        changes.extend(only.iter().cloned());
    }
    let is_named = |names: &[String], index: usize| {
        shape.header.get(index).is_some_and(|header| names.iter().any(|name| compact(name) == compact(header)))
    };
    changes.extend(absent_columns(base, shape));
    let has_searches = (0..shape.header.len()).any(|index| is_named(&base.columns.searches, index));
    let searches = columns.searches.filter(|_| !has_searches);
    changes.extend(searches.map(|index| ("searches", toml_string(&column_name(shape, index)))));
    let code =
        columns.code.filter(|code| !is_named(&base.columns.code, *code) && !columns.questions.contains_key("code"));
    changes.extend(code.map(|code| ("code", toml_string(&column_name(shape, code)))));
    if columns.dimensions.iter().any(|index| !is_named(&base.columns.dimensions, *index)) {
        let names: Vec<String> = columns.dimensions.iter().map(|index| column_name(shape, *index)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        changes.push(("dimensions", format!("[{}]", toml_list(&names))));
    }
    changes
}

/// The columns of a preset that the file does not have, beside those that the preset knows to be absent at times.
fn absent_columns(base: &Profile, shape: &FileShape) -> Option<Setting> {
    let header: Vec<String> = shape.header.iter().map(|name| compact(name)).collect();
    let columns = &base.columns;
    let names = [
        (OptionalColumn::Code, &columns.code),
        (OptionalColumn::Hour, &columns.hour),
        (OptionalColumn::Searches, &columns.searches),
        (OptionalColumn::Revenue, &columns.revenue),
        (OptionalColumn::Final, &columns.is_final),
        (OptionalColumn::Dimensions, &columns.dimensions),
    ];
    let is_absent = |names: &[String]| !names.is_empty() && !names.iter().any(|name| header.contains(&compact(name)));
    let absent: Vec<OptionalColumn> =
        names.into_iter().filter(|(_, names)| is_absent(names)).map(|(column, _)| column).collect();
    let is_listed = |column: &OptionalColumn| base.rules.optional.contains(column) || absent.contains(column);
    let keys: Vec<&str> =
        OptionalColumn::ALL.iter().filter(|(_, column)| is_listed(column)).map(|(key, _)| *key).collect();
    absent
        .iter()
        .any(|column| !base.rules.optional.contains(column))
        .then(|| ("optional", format!("[{}]", toml_list(&keys))))
}

/// Whether the comment of a preset tells its users to set the zone.
pub(super) fn leaves_zone_open(preset: &str) -> bool {
    let text = presets::statement(preset).unwrap_or_default();
    let comment: Vec<&str> =
        text.lines().map_while(|line| line.strip_prefix('#')).flat_map(str::split_whitespace).collect();
    comment.join(" ").contains("Set zone")
}
