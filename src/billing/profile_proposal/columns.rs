//! Finds the columns of a file by their names and cells.

use std::collections::{HashMap, HashSet};

use crate::billing::import::{fold_name, is_hour};
use crate::billing::profile_proposal::column_names::{DIMENSIONS, compact, is_one_of, is_sum, rank};
use crate::billing::profile_proposal::currency::{self, FoundCurrency};
use crate::billing::profile_proposal::dates::DateColumn;
use crate::billing::profile_proposal::number_marks::is_number;
use crate::billing::profile_proposal::partner_match::PartnerMatch;
use crate::billing::profile_proposal::shape::{FileRow, FileShape, text};

/// Folded cells of a column that says whether a day is final.
const FINAL_WORDS: [&str; 12] =
    ["true", "false", "yes", "no", "y", "n", "final", "provisional", "preliminary", "estimated", "1", "0"];

/// The index of each column, and what is not sure.
pub(super) struct FoundColumns {
    pub date: DateColumn,
    pub hour: Option<usize>,
    pub code: Option<usize>,
    pub searches: Option<usize>,
    pub clicks: Option<usize>,
    pub revenue: Option<usize>,
    pub currency: Option<usize>,
    pub is_final: Option<usize>,
    pub dimensions: Vec<usize>,
    /// Questions, by key.
    pub questions: HashMap<&'static str, String>,
    /// Rows that repeat another one.
    pub repeated: usize,
}

impl FoundColumns {
    /// Finds the columns. `None` if no column has dates.
    pub(super) fn find(shape: &FileShape, partner: &PartnerMatch) -> Option<Self> {
        let date = DateColumn::find(shape)?;
        let data: Vec<&FileRow> = shape.rows.iter().filter(|row| date.is_date(row)).collect();
        let mut finder = Finder { shape, data: &data, used: vec![date.index], questions: HashMap::new() };
        if date.is_guess {
            finder.questions.insert("date", "its cells are dates; is this the day of the row?".to_owned());
        }
        let is_count = |index: usize| {
            // A cell without a digit may be a word for a number that is not told.
            let mut cells = data.iter().map(|row| text(row, index)).filter(|cell| cell.contains(char::is_numeric));
            cells.next().is_some_and(|cell| is_number(cell) && !cell.contains('%'))
        };
        let is_hours = |index: usize| {
            let mut cells = data.iter().map(|row| text(row, index)).filter(|cell| !cell.is_empty()).peekable();
            cells.peek().is_some() && cells.all(is_hour)
        };
        let hour = if date.has_hours { None } else { finder.find("hour", is_hours) };
        let clicks = finder.find("clicks", is_count);
        let searches = finder.find("searches", is_count);
        let revenue = finder.find("revenue", is_count).or_else(|| finder.money(is_count));
        let is_code = |cell: &str| cell.len() == 3 && cell.bytes().all(|byte| byte.is_ascii_alphabetic());
        let currency = finder.find("currency_column", |index| data.iter().all(|row| is_code(text(row, index))));
        let code = match partner.column.filter(|index| !finder.used.contains(index)) {
            Some(column) => {
                finder.used.push(column);
                Some(column)
            }
            None => finder.find("code", |_| true),
        };
        let is_final = (0..shape.header.len()).find(|index| finder.is_final(*index));
        finder.used.extend(is_final);
        let key: Vec<usize> = [Some(date.index), hour, code, currency].into_iter().flatten().collect();
        let (dimensions, repeated) = finder.dimensions(key);
        let questions = finder.questions;
        Some(Self { date, hour, code, searches, clicks, revenue, currency, is_final, dimensions, questions, repeated })
    }

    /// All columns that have a key.
    pub(super) fn used(&self) -> impl Iterator<Item = usize> {
        let single = [self.hour, self.code, self.searches, self.clicks, self.revenue, self.currency, self.is_final];
        std::iter::once(self.date.index).chain(single.into_iter().flatten()).chain(self.dimensions.iter().copied())
    }

    /// The columns of numbers.
    pub(super) fn values(&self) -> impl Iterator<Item = usize> {
        [self.searches, self.clicks, self.revenue].into_iter().flatten()
    }
}

/// Returns how a profile names a column: by its place if several have its name.
pub(super) fn column_name(shape: &FileShape, index: usize) -> String {
    let name = shape.header.get(index).map_or("", String::as_str);
    let is_same = |other: &String| fold_name(other) == fold_name(name);
    if shape.header.iter().filter(|other| is_same(other)).count() < 2 {
        return name.to_owned();
    }
    let nth = shape.header.iter().take(index + 1).filter(|other| is_same(other)).count();
    format!("{name}#{nth}")
}

/// Returns what a name says of a key. What stands in parentheses, as in `Clicks (valid)`, may make it another column, so that the proposal
/// asks.
fn rank_of_name(key: &str, name: &str) -> Option<(usize, bool)> {
    let without_note = || {
        let (before, rest) = name.split_once('(')?;
        let (_, after) = rest.split_once(')')?;
        rank(key, &compact(&format!("{before}{after}"))).map(|(rank, _)| (rank, true))
    };
    rank(key, &compact(name)).or_else(without_note)
}

struct Finder<'s> {
    shape: &'s FileShape,
    data: &'s [&'s FileRow],
    used: Vec<usize>,
    questions: HashMap<&'static str, String>,
}

impl Finder<'_> {
    /// Finds the column of a key; asks if several columns fit, or one that may mean something else.
    fn find(&mut self, key: &'static str, is_wanted: impl Fn(usize) -> bool) -> Option<usize> {
        let mut found: Vec<(usize, bool, usize)> = (0..)
            .zip(&self.shape.last_names)
            .filter(|(index, _)| !self.used.contains(index) && is_wanted(*index))
            .filter_map(|(index, name)| rank_of_name(key, name).map(|(rank, unsure)| (rank, unsure, index)))
            .collect();
        found.sort_unstable();
        let &(_, is_unsure, index) = found.first()?;
        self.used.push(index);
        let others: Vec<String> =
            found.iter().skip(1).map(|(_, _, other)| format!("\"{}\"", column_name(self.shape, *other))).collect();
        let is_only_usual = found.iter().filter(|(_, unsure, _)| !unsure).count() == 1 && !is_unsure;
        let is_money = key == "clicks" || key == "revenue";
        if !others.is_empty() && (is_money || !is_only_usual) {
            let which = if is_money { ", the one that is paid" } else { "" };
            self.questions.insert(key, format!("is it this column{which}? Others that fit are {}", others.join(", ")));
        } else if is_unsure {
            self.questions.insert(key, "is this what the column has?".to_owned());
        }
        Some(index)
    }

    /// Finds a column whose name or cells have a currency.
    fn money(&mut self, is_wanted: impl Fn(usize) -> bool) -> Option<usize> {
        let has_currency = |index: usize| {
            let cells = self.data.iter().map(|row| text(row, index));
            let in_name = self.shape.header.get(index).is_some_and(|name| currency::in_name(name).is_some());
            in_name || !matches!(currency::in_amounts(cells.flat_map(currency::signs)), FoundCurrency::Nothing)
        };
        let is_money = |index: &usize| !self.used.contains(index) && is_wanted(*index) && has_currency(*index);
        let index = (0..self.shape.header.len()).find(is_money)?;
        self.used.push(index);
        self.questions.insert("revenue", "the column has a currency; is this the revenue that is paid?".to_owned());
        Some(index)
    }

    fn is_final(&self, index: usize) -> bool {
        let name = self.shape.last_names.get(index).map_or(String::new(), |name| compact(name));
        let is_word = |row: &&FileRow| FINAL_WORDS.contains(&fold_name(text(row, index)).as_str());
        ["final", "isfinal", "status"].contains(&name.as_str())
            && !self.used.contains(&index)
            && self.data.iter().all(is_word)
    }

    /// Finds the columns that break a day and code down into several rows, and counts rows that are there twice.
    fn dimensions(&mut self, mut key: Vec<usize>) -> (Vec<usize>, usize) {
        let name = |index: usize| self.shape.last_names.get(index).map_or(String::new(), |name| compact(name));
        // Hours that are not read as such, as 1 to 24, tell rows apart all the same.
        let is_known = |index: &usize| {
            is_one_of(&name(*index), DIMENSIONS) || rank("hour", &name(*index)).is_some_and(|(_, unsure)| !unsure)
        };
        let unused: Vec<usize> = (0..self.shape.header.len())
            .filter(|index| !self.used.contains(index) && !name(*index).is_empty())
            .collect();
        let mut dimensions: Vec<usize> = unused.iter().copied().filter(is_known).collect();
        key.extend(&dimensions);
        let is_label = |index: &usize| {
            let id = name(*index).ends_with("id");
            self.data.iter().all(|row| id || !is_number(text(row, *index)))
        };
        let mut collisions = self.collisions(&key);
        let mut guesses = Vec::new();
        for index in unused.into_iter().filter(|index| !is_known(index)).filter(is_label) {
            if collisions.contradicting == 0 {
                break;
            }
            key.push(index);
            let with = self.collisions(&key);
            if with.contradicting < collisions.contradicting {
                collisions = with;
                guesses.push(index);
            } else {
                key.pop();
            }
        }
        if !guesses.is_empty() {
            let names: Vec<String> =
                guesses.iter().map(|index| format!("\"{}\"", column_name(self.shape, *index))).collect();
            let question =
                format!("rows of one day and code differ in {}; are these rows to be added up?", names.join(", "));
            self.questions.insert("dimensions", question);
            dimensions.extend(guesses);
        } else if collisions.contradicting > 0 {
            let question =
                "rows have the same day and code and other numbers; which column tells them apart?".to_owned();
            self.questions.insert("dimensions", question);
        }
        (dimensions, collisions.repeated)
    }

    fn collisions(&self, key: &[usize]) -> Collisions {
        let mut seen: HashMap<Vec<&str>, HashSet<Vec<&str>>> = HashMap::new();
        let mut collisions = Collisions { contradicting: 0, repeated: 0 };
        let is_row = |row: &&&FileRow| !key.iter().any(|index| is_sum(text(row, *index)));
        for row in self.data.iter().filter(is_row) {
            let contents: Vec<&str> = row.iter().map(|cell| cell.text.as_str()).collect();
            let rows = seen.entry(key.iter().map(|index| text(row, *index)).collect()).or_default();
            let (is_first, is_new) = (rows.is_empty(), rows.insert(contents));
            collisions.repeated += usize::from(!is_new);
            collisions.contradicting += usize::from(is_new && !is_first);
        }
        collisions
    }
}

/// Rows with the key of another one.
struct Collisions {
    /// With other contents.
    contradicting: usize,
    /// With the same contents.
    repeated: usize,
}
