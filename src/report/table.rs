//! What a report answers: columns and rows, the same for every view, as CSV (RFC 4180) and JSON. The command line has a
//! table of it besides.

use serde_json::{Map, Number, Value as Json};

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The columns' names.
    pub columns: &'static [&'static str],
    /// The rows, a value for each column.
    pub rows: Vec<Vec<TableValue>>,
}

/// What stands in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableValue {
    /// A day or a configured name.
    Text(String),
    /// A count.
    Count(u64),
    /// A share, in tenths of a per cent.
    Share(u64),
    /// A count that is not told, as it is small or would give a small one away.
    Hidden,
    /// Nothing: it cannot be known yet.
    Nothing,
}

impl TableValue {
    /// A count, where it may be told.
    #[must_use]
    pub fn count(n: u64, hidden: bool) -> Self {
        if hidden { Self::Hidden } else { Self::Count(n) }
    }

    /// As text for a person.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Hidden => "hidden".to_owned(),
            Self::Text(_) | Self::Count(_) | Self::Share(_) | Self::Nothing => self.plain(),
        }
    }

    /// As text for a program: what is not told is empty.
    fn plain(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Count(n) => n.to_string(),
            Self::Share(tenths) => format!("{}.{}", tenths / 10, tenths % 10),
            Self::Hidden | Self::Nothing => String::new(),
        }
    }

    fn json(&self) -> Json {
        match self {
            Self::Text(text) => Json::from(text.as_str()),
            Self::Count(n) => Json::from(*n),
            Self::Share(_) => self.plain().parse::<Number>().map_or(Json::Null, Json::Number),
            Self::Hidden | Self::Nothing => Json::Null,
        }
    }
}

/// Of which count this is which share; unknown of nothing.
#[must_use]
pub fn share(part: &TableValue, whole: &TableValue) -> TableValue {
    match (part, whole) {
        (TableValue::Count(part), TableValue::Count(whole)) if *whole > 0 => {
            TableValue::Share(part.saturating_mul(1_000).saturating_add(whole / 2) / whole)
        }
        (TableValue::Hidden, _) | (_, TableValue::Hidden) => TableValue::Hidden,
        (
            TableValue::Text(_) | TableValue::Count(_) | TableValue::Share(_) | TableValue::Nothing,
            TableValue::Text(_) | TableValue::Count(_) | TableValue::Share(_) | TableValue::Nothing,
        ) => TableValue::Nothing,
    }
}

impl Table {
    /// As CSV, the columns' names first.
    ///
    /// # Errors
    /// The writer's, which a text in memory does not bring about.
    pub fn csv(&self) -> Result<String, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(self.columns)?;
        for row in &self.rows {
            writer.write_record(row.iter().map(TableValue::plain))?;
        }
        let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
        Ok(String::from_utf8(bytes).unwrap_or_default())
    }

    /// As a JSON list of objects, a member for each column.
    #[must_use]
    pub fn json(&self) -> String {
        let object = |row: &Vec<TableValue>| {
            let members = self.columns.iter().map(|name| (*name).to_owned()).zip(row.iter().map(TableValue::json));
            Json::Object(members.collect::<Map<_, _>>())
        };
        let rows: Vec<Json> = self.rows.iter().map(object).collect();
        // Texts and numbers always serialise.
        serde_json::to_string_pretty(&rows).unwrap_or_default() + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_told_is_empty_for_programs() {
        let row = vec![
            TableValue::Text("a,b".into()),
            TableValue::Count(7),
            TableValue::Share(432),
            TableValue::Hidden,
            TableValue::Nothing,
        ];
        let sheet = Table { columns: &["a", "b", "c", "d", "e"], rows: vec![row] };
        assert_eq!(sheet.csv().unwrap(), "a,b,c,d,e\n\"a,b\",7,43.2,,\n");
        let json: Json = serde_json::from_str(&sheet.json()).unwrap();
        assert_eq!(json, serde_json::json!([{"a": "a,b", "b": 7, "c": 43.2, "d": null, "e": null}]));
    }

    #[test]
    fn shares_are_rounded_and_hide_with_their_parts() {
        let of = |part, whole| share(&TableValue::Count(part), &TableValue::Count(whole));
        assert_eq!(
            [of(1, 3), of(2, 3), of(3, 3), of(0, 3), of(1, 0)],
            [
                TableValue::Share(333),
                TableValue::Share(667),
                TableValue::Share(1_000),
                TableValue::Share(0),
                TableValue::Nothing
            ]
        );
        assert_eq!(share(&TableValue::Hidden, &TableValue::Count(3)), TableValue::Hidden);
        assert_eq!(share(&TableValue::Nothing, &TableValue::Count(3)), TableValue::Nothing);
    }
}
