//! Structures of files: JSON whose rows are members of objects or have lists for the names, and what is no table whatever its name is.

use super::tests::{issues, profile, read_all};

#[track_caller]
fn rows(settings: &str, file: &str) -> Vec<String> {
    let statement = read_all(file.as_bytes(), &profile(&format!("{{ {settings} }}")));
    let statement = statement.unwrap_or_else(|error| panic!("{error:?}\n{file}"));
    let count = |n: Option<i64>| n.map_or("-".to_owned(), |n| n.to_string());
    statement.rows.iter().map(|row| format!("{} {} {}", row.day, row.code, count(row.clicks))).collect()
}

#[track_caller]
fn rejected(settings: &str, file: &str, part: &str) {
    let found = issues(file.as_bytes(), &profile(&format!("{{ {settings} }}")));
    assert!(found.contains(part), "{part:?} is not in {found}");
}

const KEYED: &str = r#"zone = "UTC", format = "json", keyed_by = "date", date = "date", clicks = "clicks""#;

#[test]
fn rows_may_be_members_of_objects_by_their_days_and_codes() {
    let wanted = ["2026-10-01 A 5", "2026-10-02 A 6"];
    for (keys, file) in [
        (r#"["date", "code"]"#, r#"{"2026-10-01": {"A": {"clicks": 5}}, "2026-10-02": {"A": {"clicks": "6"}}}"#),
        (r#"["code", "date"]"#, r#"{"A": {"2026-10-01": {"clicks": 5}, "2026-10-02": {"clicks": 6}}}"#),
        (
            r#""date""#,
            r#"{"2026-10-01": [{"code": "A", "clicks": 5}], "2026-10-02": [{"code": "A", "clicks": 4}, {"code": "A", "n": 1, "clicks": 2}]}"#,
        ),
        (r#""date""#, r#"{"2026-10-01": {"code": "A", "clicks": 5}, "2026-10-02": {"code": "A", "clicks": 6}}"#),
    ] {
        let settings = format!(
            "{}, code = \"code\", dimensions = \"n\", optional = \"dimensions\"",
            KEYED.replace("\"date\", date", &format!("{keys}, date"))
        );
        assert_eq!(rows(&settings, file), wanted, "{file}");
        let below = format!("{}, list = \"/report/data\"", settings);
        assert_eq!(rows(&below, &format!("{{\"report\": {{\"data\": {file}}}}}")), wanted, "{file}");
    }
    let plain = KEYED.replace("clicks = \"clicks\"", "clicks = \"value\"");
    assert_eq!(rows(&plain, r#"{"2026-10-01": 5, "2026-10-02": 6}"#), ["2026-10-01  5", "2026-10-02  6"]);
    let file = r#"{"status": "ok", "2026-10-01": {"clicks": 5}, "total": {"clicks": 5}}"#;
    let skips = format!("{KEYED}, skip = \"status\", totals = \"total\"");
    assert_eq!(rows(&skips, file), ["2026-10-01  5"]);
    rejected(&skips, &file.replace("\"total\": {\"clicks\": 5", "\"total\": {\"clicks\": 6"), "this total differs");
    // An empty day is a day that is missing, also where it is written as a list.
    rejected(
        KEYED,
        r#"{"2026-10-01": {"clicks": 5}, "2026-10-02": [], "2026-10-03": {"clicks": 5}}"#,
        "2026-10-02 is missing",
    );
}

#[test]
fn objects_that_are_not_as_keyed_by_says_are_refused() {
    for (file, part) in [
        (r#"[{"clicks": 5}]"#, "there is no object at list"),
        (r#"{"2026-10-01": {"clicks": 5}, "2026-10-01": {"clicks": 6}}"#, "two members \"2026-10-01\""),
        (r#"{"A": {"clicks": 5}}"#, "does not match date_format"),
        (r#"{"2026-10-01": {"date": "2026-10-02", "clicks": 5}}"#, "the row has this name more than once"),
        (r"{}", "there are no rows"),
        (r#"{"2026-10-01": null}"#, "the header has no column \"clicks\""),
    ] {
        rejected(KEYED, file, part);
    }
    let two = KEYED.replace("keyed_by = \"date\"", "keyed_by = [\"date\", \"code\"]");
    rejected(
        &two,
        r#"{"2026-10-01": 5}"#,
        "there is no object in \"2026-10-01\", whose members' names would be \"code\"",
    );
}

const GA4: &str = r#"{"dimensionHeaders": [{"name": "date"}, {"name": "campaign"}], "metricHeaders": [{"name": "clicks", "type": "TYPE_INTEGER"}],
    "rows": [{"dimensionValues": [{"value": "20261001"}, {"value": "A"}], "metricValues": [{"value": "5"}]},
             {"dimensionValues": [{"value": "20261002"}, {"value": "A"}], "metricValues": [{"value": "6"}]}],
    "totals": [{"dimensionValues": [{"value": "RESERVED_TOTAL"}, {"value": "RESERVED_TOTAL"}], "metricValues": [{"value": "11"}]}], "rowCount": 2}"#;
const GA4_PROFILE: &str = r#"zone = "UTC", format = "json", list = "/rows", headers = ["/dimensionHeaders", "/metricHeaders"], totals_at = "/totals/0",
    rows_at = "/rowCount", date = "date", date_format = "%Y%m%d", code = "campaign", clicks = "clicks""#;

#[test]
fn rows_may_have_a_list_for_each_list_of_names() {
    let settings = GA4_PROFILE.replace('\n', " ");
    assert_eq!(rows(&settings, GA4), ["2026-10-01 A 5", "2026-10-02 A 6"]);
    rejected(&settings, &GA4.replace("\"11\"", "\"12\""), "this total differs from the sum of the rows above, 11");
    rejected(&settings, &GA4.replace("\"rowCount\": 2", "\"rowCount\": 3"), "it is incomplete");
    rejected(&settings, &GA4.replace("{\"value\": \"20261002\"}, ", ""), "row 2: a row must be an object");
    rejected(&settings, &GA4.replace("metricHeaders", "others"), "headers = \"/metricHeaders\"");
    rejected(&settings, &GA4.replace("\"campaign\"}", "\"source\"}"), "the header has no column \"campaign\"");
    // Other files name the entries by their numbers only.
    let numbered = r#"zone = "UTC", format = "json", list = "/rows", date = "/d/0", date_format = "%Y%m%d", code = "/d/1", clicks = "m.0.values.0""#;
    let file = r#"{"rows": [{"d": ["20261001", "A"], "m": [{"values": ["5", "0.5"]}], "other": [1, 2]}, {"d": ["20261002", "A"], "m": [{"values": ["6"]}]}]}"#;
    assert_eq!(rows(numbered, file), ["2026-10-01 A 5", "2026-10-02 A 6"]);
    rejected(&numbered.replace("/d/1", "/d/2"), file, "the header has no column \"/d/2\"");
    rejected(&numbered.replace("\"/d/1\"", "\"other\""), file, "not a text or a number");
}

#[test]
fn pages_and_old_spreadsheets_are_named_with_what_to_do() {
    let plain = r#"zone = "UTC", date = "Date", clicks = "Clicks""#;
    let html = "<html><table><tr><td>Date</td><td>Clicks</td></tr></table></html>";
    for format in ["csv", "xlsx", "json", "jsonl"] {
        rejected(&format!("{plain}, format = \"{format}\""), html, "the file is an HTML page, whatever its name is");
        let marked = format!("\u{feff}\r\n{html}");
        rejected(&format!("{plain}, format = \"{format}\""), &marked, "save it as XLSX, or export CSV");
    }
    let excel = "<?xml version=\"1.0\"?><?mso-application progid=\"Excel.Sheet\"?><Workbook/>";
    rejected(plain, excel, "the XML of Excel 2003");
    rejected(plain, "sep=;\nDate;Clicks\n2026-10-01;5\n", "the first line says that the delimiter is \";\"");
    assert_eq!(rows(&format!("{plain}, delimiter = \";\""), "sep=;\nDate;Clicks\n2026-10-01;5\n"), ["2026-10-01  5"]);
    assert_eq!(rows(plain, "sep=,\nDate,Clicks\n2026-10-01,5\n"), ["2026-10-01  5"]);
}
