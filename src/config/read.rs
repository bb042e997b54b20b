//! Reading a TOML file so that every mistake in it is reported at once, each with its line, its key and
//! what to do. A [`Section`] hands out the keys of one table; what nobody asked for is unknown.

use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::config::diagnostic::{Diagnostics, spoken, suggestion};

/// A value with its place.
#[derive(Debug, Clone)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Its bytes in the file.
    pub span: Range<usize>,
    /// Its full key.
    pub key: String,
}

/// One table of the file.
#[derive(Debug)]
pub struct Section<'t> {
    path: String,
    span: Range<usize>,
    table: DeTable<'t>,
    /// The keys that were asked for, with their places where they stand in the file.
    asked: Vec<(&'static str, Option<Range<usize>>)>,
    sink: Diagnostics,
}

impl<'t> Section<'t> {
    /// The whole file. Mistakes of syntax are reported and read around.
    #[must_use]
    pub fn file(text: &'t str, sink: &Diagnostics) -> Self {
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let message = error.message().lines().next().unwrap_or_default();
            sink.add(&error.span().unwrap_or_default(), "", format!("this is not TOML: {message}"));
        }
        Self { path: String::new(), span: 0..0, table: table.into_inner(), asked: Vec::new(), sink: sink.clone() }
    }

    fn inner(&self, path: String, span: Range<usize>, table: DeTable<'t>) -> Self {
        Self { path, span, table, asked: Vec::new(), sink: self.sink.clone() }
    }

    /// The full key of one of this table's keys.
    #[must_use]
    pub fn key(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Reports a mistake at a key, or at the table as a whole where the key is not in it.
    pub fn mistake(&self, key: &str, what: impl Into<String>) {
        let place = self.asked.iter().find_map(|(asked, place)| place.as_ref().filter(|_| *asked == key));
        self.sink.add(place.unwrap_or(&self.span), &self.key(key), what);
    }

    /// Reports a mistake at a value.
    pub fn wrong<T>(&self, at: &At<T>, what: impl Into<String>) {
        self.sink.add(&at.span, &at.key, what);
    }

    fn take(&mut self, key: &'static str) -> Option<Spanned<DeValue<'t>>> {
        let value = self.table.remove(key);
        self.sink.know(key);
        self.asked.push((key, value.as_ref().map(Spanned::span)));
        value
    }

    fn expected<T>(&self, key: &str, span: &Range<usize>, wanted: &str) -> Option<T> {
        self.sink.add(span, &self.key(key), format!("this must be {wanted}"));
        None
    }

    /// A text.
    pub fn text(&mut self, key: &'static str) -> Option<At<String>> {
        let value = self.take(key)?;
        let span = value.span();
        let DeValue::String(text) = value.into_inner() else {
            return self.expected(key, &span, "a text in quotes");
        };
        Some(At { value: text.into_owned(), span, key: self.key(key) })
    }

    /// A default, placed at the table.
    #[must_use]
    pub fn defaulted<T>(&self, key: &str, value: T) -> At<T> {
        At { value, span: self.span.clone(), key: self.key(key) }
    }

    /// A text that must be there.
    pub fn needed_text(&mut self, key: &'static str) -> Option<At<String>> {
        if !self.table.contains_key(key) {
            self.asked.push((key, None));
            self.mistake(key, "this key is missing");
            return None;
        }
        self.text(key)
    }

    /// One of a closed set of words.
    pub fn word<T: Copy>(&mut self, key: &'static str, default: T, words: &[(&str, T)]) -> T {
        let Some(text) = self.text(key) else { return default };
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text.value) {
            return *value;
        }
        let known: Vec<_> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
        self.wrong(
            &text,
            format!(
                "this must be {}{}",
                known.join(" or "),
                suggestion(&text.value, words.iter().map(|(word, _)| *word))
            ),
        );
        default
    }

    /// A whole number within bounds.
    pub fn number(&mut self, key: &'static str, default: u64, bounds: RangeInclusive<u64>) -> u64 {
        let Some(value) = self.take(key) else { return default };
        let span = value.span();
        let number = value
            .get_ref()
            .as_integer()
            .and_then(|n| u64::from_str_radix(&n.as_str().replace('_', ""), n.radix()).ok());
        match number.filter(|number| bounds.contains(number)) {
            Some(number) => number,
            None => {
                let wanted = format!("a whole number from {} to {}", bounds.start(), bounds.end());
                self.expected(key, &span, &wanted).unwrap_or(default)
            }
        }
    }

    /// A number as it is written, for those who read decimals exactly; whole or not, but in base ten.
    pub fn decimal(&mut self, key: &'static str) -> Option<At<String>> {
        let value = self.take(key)?;
        let span = value.span();
        let number = value.get_ref();
        let whole = number.as_integer().filter(|n| n.radix() == 10).map(|n| n.as_str().to_owned());
        match whole.or_else(|| number.as_float().map(|n| n.as_str().to_owned())) {
            Some(value) => Some(At { value, span, key: self.key(key) }),
            None => self.expected(key, &span, "a number without quotes, such as 0.5 or 1"),
        }
    }

    /// A time span such as `"500ms"`, `"2s"`, `"1h"`, within bounds.
    pub fn duration(&mut self, key: &'static str, default: Duration, bounds: RangeInclusive<Duration>) -> Duration {
        let Some(text) = self.text(key) else { return default };
        let span = text.value.parse::<jiff::SignedDuration>().ok().and_then(|span| Duration::try_from(span).ok());
        match span.filter(|span| bounds.contains(span)) {
            Some(span) => span,
            None => {
                self.wrong(
                    &text,
                    format!(
                        "this must be a time from {} to {}, such as \"500ms\", \"2s\" or \"24h\"",
                        spoken(*bounds.start()),
                        spoken(*bounds.end())
                    ),
                );
                default
            }
        }
    }

    /// Whether a key that was asked for stands in the table, be its value right or wrong.
    #[must_use]
    pub fn stands(&self, key: &str) -> bool {
        self.asked.iter().any(|(asked, place)| *asked == key && place.is_some())
    }

    /// A list of texts.
    pub fn texts(&mut self, key: &'static str) -> Option<Vec<At<String>>> {
        let value = self.take(key)?;
        let span = value.span();
        let DeValue::Array(items) = value.into_inner() else {
            return self.expected(key, &span, "a list of texts, such as [\"a\", \"b\"]");
        };
        let mut texts = Vec::new();
        for (index, item) in items.into_iter().enumerate() {
            let (span, key) = (item.span(), format!("{}[{index}]", self.key(key)));
            if let DeValue::String(text) = item.into_inner() {
                texts.push(At { value: text.into_owned(), span, key });
            } else {
                self.sink.add(&span, &key, "this must be a text in quotes");
            }
        }
        Some(texts)
    }

    /// A text or a list of texts; none where it is left out.
    pub fn one_or_more(&mut self, key: &'static str) -> Vec<At<String>> {
        let is_list = self.table.get(key).is_some_and(|value| value.get_ref().is_array());
        if is_list { self.texts(key).unwrap_or_default() } else { self.text(key).into_iter().collect() }
    }

    /// Takes keys that the table lacks from another text, which has no mistakes. Of `alternatives` none is taken where one is there.
    pub fn fill_in(&mut self, text: &'static str, alternatives: &[&str]) {
        let (table, _) = DeTable::parse_recoverable(text);
        let is_chosen = alternatives.iter().any(|key| self.table.contains_key(*key));
        for (key, value) in table.into_inner() {
            if !(is_chosen && alternatives.contains(&key.get_ref().as_ref())) {
                self.table.entry(key).or_insert(value);
            }
        }
    }

    /// A table, empty where it is left out.
    pub fn table(&mut self, key: &'static str) -> Self {
        self.optional_table(key).unwrap_or_else(|| self.inner(self.key(key), self.span.clone(), DeTable::new()))
    }

    /// A table that may be left out.
    pub fn optional_table(&mut self, key: &'static str) -> Option<Self> {
        let value = self.take(key)?;
        let span = value.span();
        let DeValue::Table(table) = value.into_inner() else {
            return self.expected(key, &span, "a table");
        };
        Some(self.inner(self.key(key), span, table))
    }

    /// The tables of a list: `[[partner]]`.
    pub fn tables(&mut self, key: &'static str) -> Vec<Self> {
        let Some(value) = self.take(key) else { return Vec::new() };
        let span = value.span();
        let DeValue::Array(items) = value.into_inner() else {
            return self.expected(key, &span, &format!("a list of tables; write it as [[{key}]]")).unwrap_or_default();
        };
        let mut tables = Vec::new();
        for (index, item) in items.into_iter().enumerate() {
            let (span, path) = (item.span(), format!("{}[{index}]", self.key(key)));
            if let DeValue::Table(table) = item.into_inner() {
                tables.push(self.inner(path, span, table));
            } else {
                self.sink.add(&span, &path, format!("this must be a table; write it as [[{key}]]"));
            }
        }
        tables
    }

    /// Either a list of texts, or a table whose keys the operator chose.
    pub fn list_or_pairs(&mut self, key: &'static str) -> Option<ListOrPairs<'t>> {
        if self.table.get(key).is_some_and(|value| value.get_ref().is_table()) {
            return self.pairs(key).map(ListOrPairs::Pairs);
        }
        self.texts(key).map(ListOrPairs::List)
    }

    /// A table whose keys the operator chose, in the order of the file.
    pub fn pairs(&mut self, key: &'static str) -> Option<Vec<Pair<'t>>> {
        let value = self.take(key)?;
        let span = value.span();
        let DeValue::Table(table) = value.into_inner() else {
            return self.expected(key, &span, "a table, such as { name = \"value\" }");
        };
        let pair = |(name, value): (Spanned<_>, Spanned<DeValue<'t>>)| {
            let name: std::borrow::Cow<'_, str> = name.into_inner();
            let at = At { key: format!("{}.{name}", self.key(key)), span: value.span(), value: value.into_inner() };
            Pair { name: name.into_owned(), at }
        };
        Some(table.into_iter().map(pair).collect())
    }

    /// A pair's value as a text.
    pub fn pair_text(&self, pair: Pair<'t>) -> Option<At<String>> {
        let At { value, span, key } = pair.at;
        let DeValue::String(text) = value else {
            self.sink.add(&span, &key, "this must be a text in quotes");
            return None;
        };
        Some(At { value: text.into_owned(), span, key })
    }

    /// A pair's value, where it is a table.
    #[must_use]
    pub fn pair_table(&self, pair: &Pair<'t>) -> Option<Self> {
        let table = pair.at.value.as_table()?.clone();
        Some(self.inner(pair.at.key.clone(), pair.at.span.clone(), table))
    }

    /// Ends the reading of this table: what is left in it, nobody knows.
    pub fn end(self) {
        let known: Vec<&str> = self.asked.iter().map(|(asked, _)| *asked).collect();
        for (name, _) in &self.table {
            let hint = suggestion(name.get_ref(), known.iter().copied());
            let hint = if hint.is_empty() { format!("; known here: {}", known.join(", ")) } else { hint };
            self.sink.add(&name.span(), &self.key(name.get_ref()), format!("this key is unknown{hint}"));
        }
    }
}

/// A key that the operator chose, with its value.
#[derive(Debug)]
pub struct Pair<'t> {
    /// The key.
    pub name: String,
    /// The value.
    pub at: At<DeValue<'t>>,
}

/// Two ways to write the same thing.
#[derive(Debug)]
pub enum ListOrPairs<'t> {
    /// `["a", "b"]`
    List(Vec<At<String>>),
    /// `{ a = …, b = … }`
    Pairs(Vec<Pair<'t>>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_at_once_with_line_and_key() {
        let text = "a = 1\nlimits = { body_byte = 3 }\n[[partner]]\nurl = 4\nnmae = \"x\"\nlast = \"5 s\"\n";
        let sink = Diagnostics::new(text);
        let mut file = Section::file(text, &sink);
        file.text("a");
        let mut limits = file.table("limits");
        limits.number("body_bytes", 1, 0..=10);
        limits.end();
        for mut partner in file.tables("partner") {
            partner.needed_text("url");
            partner.needed_text("name");
            partner.duration("last", Duration::ZERO, Duration::ZERO..=Duration::from_secs(2));
            partner.end();
        }
        file.end();
        let lines: Vec<String> = sink.all().iter().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            [
                "1: a: this must be a text in quotes",
                "2: limits.body_byte: this key is unknown; did you mean \"body_bytes\"?",
                "3: partner[0].name: this key is missing",
                "4: partner[0].url: this must be a text in quotes",
                "5: partner[0].nmae: this key is unknown; did you mean \"name\"?",
                "6: partner[0].last: this must be a time from 0s to 2s, such as \"500ms\", \"2s\" or \"24h\"",
            ]
        );
    }

    #[test]
    fn broken_toml_is_read_around() {
        let text = "a = \nb = \"x\"\nc = [1,\n";
        let sink = Diagnostics::new(text);
        let mut file = Section::file(text, &sink);
        file.text("a");
        assert_eq!(file.text("b").unwrap().value, "x");
        assert!(sink.all().iter().any(|mistake| mistake.line == 1 && mistake.what.contains("not TOML")));
    }
}
