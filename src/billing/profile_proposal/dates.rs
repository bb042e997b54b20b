//! Finds the column of days, and how its dates are written.

use std::collections::HashSet;

use crate::billing::import::{InspectedCell, find_date_formats};
use crate::billing::profile_proposal::column_names::{MONTHS, WEEKS, compact, is_one_of, rank};
use crate::billing::profile_proposal::proposal::toml_string;
use crate::billing::profile_proposal::shape::{FileRow, FileShape, Setting, text};
use crate::billing::row_rules::Grain;

/// The column of days.
pub(super) struct DateColumn {
    pub index: usize,
    /// The settings of each way to read the dates; one without settings if they are dates in the file.
    pub readings: Vec<Vec<Setting>>,
    /// Whether a date names the hour.
    pub has_hours: bool,
    /// Whether the dates are instants, of which the day depends on the zone.
    pub is_instant: bool,
    /// Whether the column was found by its cells, not its name.
    pub is_guess: bool,
    /// Whether the name says that a row covers more than a day, and the dates do not.
    pub is_guessed_grain: bool,
    /// Texts of the column that are no date.
    others: HashSet<String>,
}

impl DateColumn {
    /// Finds the column. `None` if no column has dates.
    pub(super) fn find(shape: &FileShape) -> Option<Self> {
        let mut named: Vec<(usize, usize)> = (0..)
            .zip(&shape.last_names)
            .filter_map(|(index, name)| Some((rank("date", &compact(name))?.0, index)))
            .collect();
        named.sort_unstable();
        let by_name = named.into_iter().find_map(|(_, index)| Self::read(shape, index, false));
        by_name.or_else(|| (0..shape.header.len()).find_map(|index| Self::read(shape, index, true)))
    }

    fn read(shape: &FileShape, index: usize, is_guess: bool) -> Option<Self> {
        let mut seen = HashSet::new();
        let cells = || shape.rows.iter().filter_map(|row| row.get(index)).filter(|cell| !is_time(cell));
        let texts: Vec<&str> = cells().map(|cell| cell.text.trim()).filter(|text| has_digit(text)).collect();
        let distinct = texts.iter().copied().filter(|text| seen.insert(*text));
        let formats = find_date_formats(distinct);
        let others: HashSet<String> = formats.others.into_iter().collect();
        let typed = shape.rows.iter().filter(|row| row.get(index).is_some_and(is_time)).count();
        let dates = texts.iter().filter(|text| !others.contains(**text)).count();
        let mut readings: Vec<(String, Grain)> = formats
            .readings
            .into_iter()
            .filter(|(format, _)| dates > 0 && (!is_number_format(format) || !is_guess))
            .collect();
        if typed + dates == 0 || others.len() > typed + dates || (typed == 0 && readings.is_empty()) {
            return None;
        }
        // Nobody writes the month before the day with points between them.
        if readings.iter().any(|(format, _)| format.starts_with("%d.%m.")) {
            readings.retain(|(format, _)| !format.starts_with("%m.%d."));
        }
        let has_hours =
            readings.iter().any(|(format, _)| ["%H", "%I", "%s", "epoch"].iter().any(|part| format.contains(part)));
        let is_instant = readings.iter().all(|(format, _)| is_instant(format));
        let name = compact(shape.last_names.get(index)?);
        let named_grain = if is_one_of(&name, MONTHS) {
            Grain::Month
        } else if is_one_of(&name, WEEKS) {
            Grain::Week
        } else {
            Grain::Day
        };
        let is_guessed_grain =
            named_grain != Grain::Day && readings.iter().all(|(_, grain)| *grain == Grain::Day) && !has_hours;
        let grain = |grain| if is_guessed_grain { named_grain } else { grain };
        let settings = |(format, found): (String, Grain)| {
            let grain = grain(found);
            let mut settings = vec![("date_format", toml_string(&format))];
            settings.extend((grain != Grain::Day).then(|| ("grain", toml_string(grain.as_str()))));
            settings
        };
        let mut readings: Vec<Vec<Setting>> = readings.into_iter().map(settings).collect();
        if readings.is_empty() {
            let settings = is_guessed_grain.then(|| ("grain", toml_string(named_grain.as_str())));
            readings.push(settings.into_iter().collect());
        }
        Some(Self { index, readings, has_hours, is_instant, is_guess, is_guessed_grain, others })
    }

    /// Whether a row has a date.
    pub(super) fn is_date(&self, row: &FileRow) -> bool {
        let date = text(row, self.index);
        row.get(self.index).is_some_and(is_time) || (has_digit(date) && !self.others.contains(date))
    }
}

/// Whether a format is a number that might be anything else as well.
fn is_number_format(format: &str) -> bool {
    format == "excel" || format == "%s" || format.starts_with("epoch")
}

/// Whether a format has an offset from UTC, or counts seconds.
fn is_instant(format: &str) -> bool {
    format == "%s"
        || format.starts_with("epoch")
        || format.ends_with(['z', 'Z'])
        || format.ends_with("UTC")
        || format.ends_with("GMT")
}

fn has_digit(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_digit())
}

/// Whether a cell is a date in the file, so that no format applies to it.
fn is_time(cell: &InspectedCell) -> bool {
    let mut parts = cell.text.split('-');
    cell.is_typed && parts.next().is_some_and(|year| year.len() == 4) && parts.count() == 2
}
