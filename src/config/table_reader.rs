//! Reads TOML tables and reports every error in the file at once, each with line, key and remedy.
//!
//! A [`TableReader`] returns the keys of one table. [`TableReader::finish`] reports the keys that nobody read as
//! unknown, so a misspelled key is an error.

use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::config::diagnostic::{Diagnostics, format_duration, suggestion};
use crate::config::toml_value::{Entry, ListOrEntries, Located};

/// Reads one table of the file.
#[derive(Debug)]
pub struct TableReader<'t> {
    path: String,
    span: Range<usize>,
    /// The entries that have not been read yet.
    table: DeTable<'t>,
    /// The keys that were read, with the location of those that are present.
    read_keys: Vec<(&'static str, Option<Range<usize>>)>,
    diagnostics: Diagnostics,
}

impl<'t> TableReader<'t> {
    /// The root table of a file. Syntax errors are reported; the valid rest of the file is still read.
    #[must_use]
    pub fn root(text: &'t str, diagnostics: &Diagnostics) -> Self {
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let message = error.message().lines().next().unwrap_or_default();
            diagnostics.add(&error.span().unwrap_or_default(), "", format!("invalid TOML: {message}"));
        }
        Self {
            path: String::new(),
            span: 0..0,
            table: table.into_inner(),
            read_keys: Vec::new(),
            diagnostics: diagnostics.clone(),
        }
    }

    fn child(&self, path: String, span: Range<usize>, table: DeTable<'t>) -> Self {
        Self { path, span, table, read_keys: Vec::new(), diagnostics: self.diagnostics.clone() }
    }

    fn full_key(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Reports an error at a key; at the whole table if the key is absent.
    pub fn error_at_key(&self, key: &str, message: impl Into<String>) {
        let span = self.read_keys.iter().find_map(|(read, span)| span.as_ref().filter(|_| *read == key));
        self.diagnostics.add(span.unwrap_or(&self.span), &self.full_key(key), message);
    }

    /// Reports an error at a value.
    pub fn error_at<T>(&self, value: &Located<T>, message: impl Into<String>) {
        self.diagnostics.add(&value.span, &value.key, message);
    }

    /// Adds a warning about a value that was read.
    pub fn warn_at<T>(&self, value: &Located<T>, message: impl Into<String>) {
        self.diagnostics.warn(&value.span, &value.key, message);
    }

    /// Adds advice about a value that was read.
    pub fn advise_at<T>(&self, value: &Located<T>, message: impl Into<String>) {
        self.diagnostics.advise(&value.span, &value.key, message);
    }

    /// Adds advice about a key; about the whole table if the key is absent.
    pub fn advise_at_key(&self, key: &str, message: impl Into<String>) {
        let span = self.read_keys.iter().find_map(|(read, span)| span.as_ref().filter(|_| *read == key));
        self.diagnostics.advise(span.unwrap_or(&self.span), &self.full_key(key), message);
    }

    fn take(&mut self, key: &'static str) -> Option<Spanned<DeValue<'t>>> {
        let value = self.table.remove(key);
        self.diagnostics.record_key(key);
        self.read_keys.push((key, value.as_ref().map(Spanned::span)));
        value
    }

    fn type_error<T>(&self, key: &str, span: &Range<usize>, expected: &str) -> Option<T> {
        self.diagnostics.add(span, &self.full_key(key), format!("must be {expected}"));
        None
    }

    /// True if the key was read and is present, whether or not its value is valid.
    #[must_use]
    pub fn is_present(&self, key: &str) -> bool {
        self.read_keys.iter().any(|(read, span)| *read == key && span.is_some())
    }

    /// True if the key is present and was not read yet.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// True if the key is present, was not read yet, and is a list.
    #[must_use]
    pub fn is_list(&self, key: &str) -> bool {
        self.table.get(key).is_some_and(|value| value.get_ref().is_array())
    }

    /// Whether a key that was not read yet has a table.
    #[must_use]
    pub fn is_table(&self, key: &str) -> bool {
        self.table.get(key).is_some_and(|value| value.get_ref().is_table())
    }

    /// Takes a key of any type; true if it is present.
    pub fn is_in_file(&mut self, key: &'static str) -> bool {
        self.take(key).is_some()
    }

    /// An optional string, `true` or `false`; a boolean is returned as it is written.
    pub fn string_or_bool(&mut self, key: &'static str) -> Option<Located<Result<String, bool>>> {
        let value = self.take(key)?;
        let (span, value) = (value.span(), value.into_inner());
        let value = match (value.as_bool(), value) {
            (Some(flag), _) => Err(flag),
            (None, DeValue::String(text)) => Ok(text.into_owned()),
            (None, _) => return self.type_error(key, &span, "a quoted string, true or false"),
        };
        Some(Located { value, span, key: self.full_key(key) })
    }

    /// An optional string, or a number of at least 1.
    pub fn string_or_number(&mut self, key: &'static str) -> Option<Located<Result<String, u64>>> {
        let value = self.take(key)?;
        let span = value.span();
        let number = value.get_ref().as_integer().filter(|integer| integer.radix() == 10);
        let number = number.and_then(|integer| integer.as_str().parse().ok()).filter(|number| *number > 0);
        let value = match (number, value.into_inner()) {
            (Some(number), _) => Err(number),
            (None, DeValue::String(text)) => Ok(text.into_owned()),
            (None, _) => return self.type_error(key, &span, "a quoted string, or a number from 1"),
        };
        Some(Located { value, span, key: self.full_key(key) })
    }

    /// An optional string.
    pub fn string(&mut self, key: &'static str) -> Option<Located<String>> {
        let value = self.take(key)?;
        let span = value.span();
        let DeValue::String(text) = value.into_inner() else {
            return self.type_error(key, &span, "a quoted string");
        };
        Some(Located { value: text.into_owned(), span, key: self.full_key(key) })
    }

    /// A required string. Reports its absence.
    pub fn required_string(&mut self, key: &'static str) -> Option<Located<String>> {
        if !self.table.contains_key(key) {
            self.read_keys.push((key, None));
            self.error_at_key(key, "missing key");
            return None;
        }
        self.string(key)
    }

    /// Wraps a default value, located at the table.
    #[must_use]
    pub fn default_value<T>(&self, key: &str, value: T) -> Located<T> {
        Located { value, span: self.span.clone(), key: self.full_key(key) }
    }

    /// One of a closed set of words.
    pub fn choice<T: Copy>(&mut self, key: &'static str, default: T, choices: &[(&str, T)]) -> T {
        let Some(text) = self.string(key) else { return default };
        if let Some((_, value)) = choices.iter().find(|(word, _)| *word == text.value) {
            return *value;
        }
        let quoted: Vec<_> = choices.iter().map(|(word, _)| format!("\"{word}\"")).collect();
        let hint = suggestion(&text.value, choices.iter().map(|(word, _)| *word));
        self.error_at(&text, format!("must be {}{hint}", quoted.join(" or ")));
        default
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, key: &'static str, default: bool) -> bool {
        let Some(value) = self.take(key) else { return default };
        value.get_ref().as_bool().unwrap_or_else(|| {
            let span = value.span();
            self.type_error(key, &span, "true or false, without quotes").unwrap_or(default)
        })
    }

    /// An integer within bounds.
    pub fn integer(&mut self, key: &'static str, default: u64, bounds: RangeInclusive<u64>) -> u64 {
        let Some(value) = self.take(key) else { return default };
        let span = value.span();
        let integer = value
            .get_ref()
            .as_integer()
            .and_then(|n| u64::from_str_radix(&n.as_str().replace('_', ""), n.radix()).ok());
        match integer.filter(|integer| bounds.contains(integer)) {
            Some(integer) => integer,
            None => {
                let expected = format!("a whole number from {} to {}", bounds.start(), bounds.end());
                self.type_error(key, &span, &expected).unwrap_or(default)
            }
        }
    }

    /// A decimal number, returned as it is written so that the caller can parse it exactly.
    pub fn decimal(&mut self, key: &'static str) -> Option<Located<String>> {
        let value = self.take(key)?;
        let span = value.span();
        let number = value.get_ref();
        let integer = number.as_integer().filter(|n| n.radix() == 10).map(|n| n.as_str().to_owned());
        match integer.or_else(|| number.as_float().map(|n| n.as_str().to_owned())) {
            Some(value) => Some(Located { value, span, key: self.full_key(key) }),
            None => self.type_error(key, &span, "a number without quotes, such as 0.5 or 1"),
        }
    }

    /// A duration such as `"500ms"`, `"2s"`, `"1h"`, within bounds.
    pub fn duration(&mut self, key: &'static str, default: Duration, bounds: RangeInclusive<Duration>) -> Duration {
        let Some(text) = self.string(key) else { return default };
        let parsed = text.value.parse::<jiff::SignedDuration>().ok().and_then(|span| Duration::try_from(span).ok());
        match parsed.filter(|duration| bounds.contains(duration)) {
            Some(duration) => duration,
            None => {
                let (min, max) = (format_duration(*bounds.start()), format_duration(*bounds.end()));
                let message = format!("must be a duration from {min} to {max}, such as \"500ms\", \"2s\" or \"24h\"");
                self.error_at(&text, message);
                default
            }
        }
    }

    /// An optional list of strings.
    pub fn string_list(&mut self, key: &'static str) -> Option<Vec<Located<String>>> {
        let value = self.take(key)?;
        let span = value.span();
        let DeValue::Array(items) = value.into_inner() else {
            return self.type_error(key, &span, "a list of strings, such as [\"a\", \"b\"]");
        };
        let mut strings = Vec::new();
        for (index, item) in items.into_iter().enumerate() {
            let (span, key) = (item.span(), format!("{}[{index}]", self.full_key(key)));
            if let DeValue::String(text) = item.into_inner() {
                strings.push(Located { value: text.into_owned(), span, key });
            } else {
                self.diagnostics.add(&span, &key, "must be a quoted string");
            }
        }
        Some(strings)
    }

    /// A string or a list of strings; an empty list if the key is absent.
    pub fn string_or_list(&mut self, key: &'static str) -> Vec<Located<String>> {
        let is_list = self.table.get(key).is_some_and(|value| value.get_ref().is_array());
        if is_list { self.string_list(key).unwrap_or_default() } else { self.string(key).into_iter().collect() }
    }

    /// Adds the keys of a valid TOML text that this table lacks. The `alternatives` exclude one another: if the
    /// table has one of them, none is added.
    pub fn merge_defaults(&mut self, text: &'static str, alternatives: &[&str]) {
        let (table, _) = DeTable::parse_recoverable(text);
        let has_alternative = alternatives.iter().any(|key| self.table.contains_key(*key));
        for (key, value) in table.into_inner() {
            if !(has_alternative && alternatives.contains(&key.get_ref().as_ref())) {
                self.table.entry(key).or_insert(value);
            }
        }
    }

    /// A nested table; an empty one if the key is absent.
    pub fn table(&mut self, key: &'static str) -> Self {
        self.optional_table(key).unwrap_or_else(|| self.child(self.full_key(key), self.span.clone(), DeTable::new()))
    }

    /// An optional nested table.
    pub fn optional_table(&mut self, key: &'static str) -> Option<Self> {
        let value = self.take(key)?;
        let span = value.span();
        let DeValue::Table(table) = value.into_inner() else {
            return self.type_error(key, &span, "a table");
        };
        Some(self.child(self.full_key(key), span, table))
    }

    /// A table or an array of tables; none if the key is absent.
    pub fn table_or_list(&mut self, key: &'static str) -> Vec<Self> {
        let is_list = self.table.get(key).is_some_and(|value| value.get_ref().is_array());
        if is_list { self.table_list(key) } else { self.optional_table(key).into_iter().collect() }
    }

    /// An array of tables, such as `[[partner]]`.
    pub fn table_list(&mut self, key: &'static str) -> Vec<Self> {
        let Some(value) = self.take(key) else { return Vec::new() };
        let span = value.span();
        let DeValue::Array(items) = value.into_inner() else {
            let expected = format!("a list of tables; write it as [[{key}]]");
            return self.type_error(key, &span, &expected).unwrap_or_default();
        };
        let mut tables = Vec::new();
        for (index, item) in items.into_iter().enumerate() {
            let (span, path) = (item.span(), format!("{}[{index}]", self.full_key(key)));
            if let DeValue::Table(table) = item.into_inner() {
                tables.push(self.child(path, span, table));
            } else {
                self.diagnostics.add(&span, &path, format!("must be a table; write it as [[{key}]]"));
            }
        }
        tables
    }

    /// A list of strings, or a table whose keys the operator chooses.
    pub fn list_or_entries(&mut self, key: &'static str) -> Option<ListOrEntries<'t>> {
        if self.table.get(key).is_some_and(|value| value.get_ref().is_table()) {
            return self.entries(key).map(ListOrEntries::Entries);
        }
        self.string_list(key).map(ListOrEntries::List)
    }

    /// The entries of a table whose keys the operator chooses, in the order of the file.
    pub fn entries(&mut self, key: &'static str) -> Option<Vec<Entry<'t>>> {
        let value = self.take(key)?;
        let span = value.span();
        let DeValue::Table(table) = value.into_inner() else {
            return self.type_error(key, &span, "a table, such as { name = \"value\" }");
        };
        let entry = |(name, value): (Spanned<_>, Spanned<DeValue<'t>>)| {
            let name: std::borrow::Cow<'_, str> = name.into_inner();
            let key = format!("{}.{name}", self.full_key(key));
            Entry { name: name.into_owned(), value: Located { key, span: value.span(), value: value.into_inner() } }
        };
        Some(table.into_iter().map(entry).collect())
    }

    /// The value of an entry as a string. Reports any other type.
    pub fn entry_string(&self, entry: Entry<'t>) -> Option<Located<String>> {
        let Located { value, span, key } = entry.value;
        let DeValue::String(text) = value else {
            self.diagnostics.add(&span, &key, "must be a quoted string");
            return None;
        };
        Some(Located { value: text.into_owned(), span, key })
    }

    /// The value of an entry if it is a table.
    #[must_use]
    pub fn entry_table(&self, entry: &Entry<'t>) -> Option<Self> {
        let table = entry.value.value.as_table()?.clone();
        Some(self.child(entry.value.key.clone(), entry.value.span.clone(), table))
    }

    /// Ends the reading of this table and reports its unread keys as unknown.
    pub fn finish(self) {
        let known: Vec<&str> = self.read_keys.iter().map(|(read, _)| *read).collect();
        for (name, _) in &self.table {
            let hint = suggestion(name.get_ref(), known.iter().copied());
            let hint = if hint.is_empty() { format!("; the keys here are {}", known.join(", ")) } else { hint };
            self.diagnostics.add(&name.span(), &self.full_key(name.get_ref()), format!("unknown key{hint}"));
        }
    }
}

#[cfg(test)]
mod tests;
