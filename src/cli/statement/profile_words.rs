//! A stored profile in the words of the configuration. Its text ([`Profile::text`](crate::billing::profile::Profile::text)) is hashed into the
//! records of closed months, and never changes its form.

/// Keys whose values are single words there and texts in the configuration.
const WORDS: [&str; 5] = ["encoding", "grain", "grouping", "week_start", "unit"];

/// Returns the keys that are set, each with its value.
pub(super) fn profile_words(profile: &str) -> Vec<(String, String)> {
    profile.lines().filter_map(|line| line.split_once(" = ")).flat_map(|(key, value)| words(key, value)).collect()
}

fn words(key: &str, value: &str) -> Vec<(String, String)> {
    let one = |key: &str, value: String| vec![(key.to_owned(), value)];
    let inside = |start: &str, end: &str| value.strip_prefix(start)?.strip_suffix(end);
    let text = |list: &str| list.split(", ").map(|byte| byte.parse().ok().map(|byte: u8| char::from(byte))).collect();
    let currency: Option<String> = inside("In(Currency([", "]))").and_then(text);
    let delimiter: Option<String> = inside("Table(", ")").and_then(text);
    if let Some(code) = currency {
        return one(key, format!("{code:?}"));
    }
    if let Some(delimiter) = delimiter {
        return one("delimiter", format!("{delimiter:?}"));
    }
    if let Some((decimal, group)) = inside("Marks { decimal: ", " }").and_then(|marks| marks.split_once(", group: ")) {
        let group = group.strip_prefix("Some(").and_then(|group| group.strip_suffix(')'));
        let marks = [("decimal_mark", Some(decimal)), ("group_mark", group)];
        let mark = |mark: &str| mark.replace('\'', "\"").replace("\"\\\"\"", "\"'\"");
        return marks.into_iter().filter_map(|(key, found)| Some((key.to_owned(), mark(found?)))).collect();
    }
    if matches!(value, "[]" | "false" | "None") {
        return Vec::new();
    }
    match (key, value) {
        ("in_micros", _) => one("unit", "\"micros\"".to_owned()),
        ("zero_is_unknown", _) => one("zero_clicks", "\"unknown\"".to_owned()),
        ("missing_days_are_zero", _) => one("missing_days", "\"zero\"".to_owned()),
        ("older_rows_are_added", _) => one("older_rows", "\"add\"".to_owned()),
        ("totals", _) => one("totals", totals(value)),
        ("covers", _) => one("covers", covered_days(value)),
        ("optional", _) => one("optional", quoted_words(value)),
        _ if WORDS.contains(&key) => one(key, quoted_words(value)),
        _ => one(key, value.strip_prefix("Some(").and_then(|some| some.strip_suffix(')')).unwrap_or(value).to_owned()),
    }
}

/// As `"2026-10-01..2026-10-31"`: the days of `--covers`.
fn covered_days(value: &str) -> String {
    let days =
        value.strip_prefix("Some((").and_then(|days| days.strip_suffix("))")).and_then(|days| days.split_once(", "));
    days.map_or_else(|| value.to_owned(), |(first, last)| format!("\"{first}..{last}\""))
}

/// As `["empty", "Total"]`: how rows of totals begin, and the two rules that have names.
fn totals(value: &str) -> String {
    let rules = ["Empty", "Last", "Unlabelled"].map(|rule| (rule, format!("\"{}\"", rule.to_lowercase())));
    let mut shown = String::new();
    let mut rest = value;
    while let Some(first) = rest.chars().next() {
        let rule = rules.iter().find(|(rule, _)| rest.starts_with(rule));
        if let Some((rule, name)) = rule {
            shown += name;
            rest = rest.get(rule.len()..).unwrap_or_default();
        } else if let Some(text) = rest.strip_prefix("Text(") {
            let end = end_of_text(text);
            shown += text.get(..end).unwrap_or(text);
            rest = text.get(end..).unwrap_or_default().strip_prefix(')').unwrap_or_default();
        } else {
            shown.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    shown
}

/// The place after a quoted text at the beginning.
fn end_of_text(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '"' if !is_escaped => return at + 1,
            '\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    text.len()
}

/// Each word in lower case and in quotation marks.
fn quoted_words(value: &str) -> String {
    let value = value.strip_prefix("Some(").and_then(|some| some.strip_suffix(')')).unwrap_or(value);
    let word = |word: &str| format!("\"{}\"", word.to_lowercase());
    match value.strip_prefix('[').and_then(|list| list.strip_suffix(']')) {
        Some(list) => format!("[{}]", list.split(", ").map(word).collect::<Vec<_>>().join(", ")),
        None if value.chars().all(char::is_alphanumeric) => word(value),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readable(line: &str) -> Option<String> {
        let words = profile_words(line);
        let lines: Vec<String> = words.into_iter().map(|(key, value)| format!("{key} = {value}")).collect();
        (!lines.is_empty()).then(|| lines.join("; "))
    }

    #[test]
    fn a_stored_profile_is_shown_in_words() {
        for (stored, shown) in [
            ("currency = In(Currency([85, 83, 68]))", Some("currency = \"USD\"")),
            ("currency = Header", Some("currency = Header")),
            ("format = Table(59)", Some("delimiter = \";\"")),
            ("format = Table(9)", Some("delimiter = \"\\t\"")),
            ("footers = []", None),
            ("in_micros = false", None),
            ("date = [\"Day\"]", Some("date = [\"Day\"]")),
            ("encoding = Auto", Some("encoding = \"auto\"")),
            ("marks = Marks { decimal: '.', group: None }", Some("decimal_mark = \".\"")),
            ("marks = Marks { decimal: ',', group: Some('.') }", Some("decimal_mark = \",\"; group_mark = \".\"")),
            ("marks = Marks { decimal: '.', group: Some('\\'') }", Some("decimal_mark = \".\"; group_mark = \"'\"")),
            ("totals = [Empty, Text(\"Total\")]", Some("totals = [\"empty\", \"Total\"]")),
            ("totals = [Text(\"Last, \\\")\"), Last]", Some("totals = [\"Last, \\\")\", \"last\"]")),
            ("in_micros = true", Some("unit = \"micros\"")),
            ("optional = [Searches, Revenue]", Some("optional = [\"searches\", \"revenue\"]")),
            ("covers = Some((2026-10-01, 2026-10-31))", Some("covers = \"2026-10-01..2026-10-31\"")),
            ("covers = None", None),
            ("grain = Week", Some("grain = \"week\"")),
            ("week_start = Some(Monday)", Some("week_start = \"monday\"")),
            ("zero_is_unknown = true", Some("zero_clicks = \"unknown\"")),
            ("date_locale = Some(\"pl\")", Some("date_locale = \"pl\"")),
        ] {
            assert_eq!(readable(stored).as_deref(), shown, "{stored}");
        }
    }
}
