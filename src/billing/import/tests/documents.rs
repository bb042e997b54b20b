//! JSON with nested rows, JSON lines, and XML.

use super::*;

const XML: &str = r#"{ zone = "UTC", format = "xml", list = "/report/rows/row", date = "@day", code = "tag", clicks = "traffic/clicks", revenue = "revenue", currency = "EUR" }"#;
const ADMOB: &str = r#"{ zone = "UTC", format = "json", skip = ["header", "/footer"], date = "/row/dimensionValues/DATE/value", date_format = "%Y%m%d", code = "row.dimensionValues.APP.value", clicks = "/row/metricValues/CLICKS/integerValue", revenue = "/row/metricValues/ESTIMATED_EARNINGS/microsValue", unit = "micros", currency = "USD" }"#;
const LINES: &str = r#"{ zone = "UTC", format = "jsonl", date = "date", code = "tag", clicks = "stats.clicks", revenue = "/stats/revenue", currency = "EUR" }"#;

fn values(statement: &Statement) -> Vec<(i64, String)> {
    statement.rows.iter().map(|row| (row.clicks.unwrap(), row.revenue.unwrap().to_string())).collect()
}

fn expected() -> Vec<(i64, String)> {
    [(120, "41.23"), (98, "33.90"), (1143, "1250.05"), (7, "0.30"), (110, "38.47")]
        .map(|(clicks, revenue)| (clicks, revenue.to_owned()))
        .to_vec()
}

#[test]
fn xml_rows_are_elements_at_a_path() {
    let file = include_bytes!("../../../../tests/statements/report.xml");
    let statement = read_all(file, &profile(XML)).unwrap();
    assert_eq!(values(&statement), expected());
    assert_eq!(statement.rows[3].code, "");
    let by_attribute = XML.replace("\"tag\"", "\"traffic/clicks/@kind\"");
    assert_eq!(read_all(file, &profile(&by_attribute)).unwrap().rows[0].code, "paid");
    let other = XML.replace("/rows/row", "/row");
    assert!(issues(file, &profile(&other)).contains("list = \"/report/row\": this file has no element there"));
}

#[test]
fn xml_is_whole_and_defines_nothing() {
    let own = profile(r#"{ zone = "UTC", format = "xml", list = "/r/w", date = "d", clicks = "c", dimensions = "t" }"#);
    let row = "<w><d>2026-10-01</d><c>5</c><t>x</t></w>";
    assert!(read_all(format!("\u{feff}<r>{row}</r>").as_bytes(), &own).is_ok());
    assert!(read_all(format!("<!DOCTYPE r SYSTEM 'file:///etc/passwd'><r>{row}</r>").as_bytes(), &own).is_ok());
    let lol = format!("<!DOCTYPE r [<!ENTITY a 'aa'><!ENTITY b '&a;&a;'>]><r>{}</r>", row.replace('x', "&b;"));
    for (text, message) in [
        (lol, "defines entities of its own"),
        (format!("<r>{}</r>", row.replace('x', "&b;")), "an entity that XML does not have"),
        (format!("<r>{row}"), "ends early"),
        (format!("<r>{row}</r"), "not valid XML"),
        (format!("<r>{row}</x>"), "not valid XML"),
        (format!("<r>{row}</r><r/>"), "more than one root element"),
        (String::new(), "is empty or ends early"),
        (
            format!("<r>{}</r>", row.replace("<t>", "<t>".repeat(70).as_str())),
            "more than 64 elements within one another",
        ),
        (format!("<r>{}</r>", row.replace('x', &"x".repeat(2 << 20))), "longer than 1 MB"),
        (
            format!("<r>{}</r>", row.replace("<t>x</t>", "<t>1</t><t>2</t>")),
            "column \"t\": \"2\": the row has this name more than once",
        ),
        (format!("<?xml version='1.0' encoding='nonsense'?><r>{row}</r>"), "declares an encoding that is not known"),
    ] {
        let found = issues(text.as_bytes(), &own);
        assert!(found.contains(message), "{found}");
    }
    let cut = include_bytes!("../../../../tests/statements/report.xml");
    for end in 0..cut.len() - 1 {
        assert!(read_all(&cut[..end], &profile(XML)).is_err(), "{end}");
    }
}

#[test]
fn json_rows_may_be_nested() {
    let file = include_bytes!("../../../../tests/statements/admob-api.json");
    let statement = read_all(file, &profile(ADMOB)).unwrap();
    assert_eq!(values(&statement), expected());
    assert_eq!(statement.rows[0].code, "a-app-1");
    assert_eq!(statement.left_out.footers, 2);
    // What is not a row is named, or it is an error.
    let strict = ADMOB.replace("\"header\", ", "");
    assert!(issues(file, &profile(&strict)).contains("row 1: column \"/row/dimensionValues/DATE/value\""));
    let lines = include_bytes!("../../../../tests/statements/rows.jsonl");
    let statement = read_all(lines, &profile(LINES)).unwrap();
    assert_eq!(values(&statement), expected());
    assert_eq!(statement.rows[3].code, "");
}

#[test]
fn what_a_json_file_says_of_itself_is_checked() {
    let file = include_str!("../../../../tests/statements/admob-api.json");
    let admob = profile("{ preset = \"admob-api\" }");
    assert_eq!(values(&read_all(file.as_bytes(), &admob).unwrap()), expected());
    let adsense = include_str!("../../../../tests/statements/adsense-api.json");
    let in_adsense = profile("{ preset = \"adsense-api\" }");
    for (file, profile, from, to, message) in [
        (file, &admob, "\"USD\"", "\"EUR\"", "its currency is \"EUR\", the profile says currency = \"USD\""),
        (file, &admob, "\"USD\"", "5", "its currency is \"5\""),
        (file, &admob, "\"USD\"", "[]", "its currency is \"\""),
        (
            file,
            &admob,
            "\"5\"",
            "\"6\"",
            "says at /footer/matchingRowCount that it has 6 rows, but it has 5; it is incomplete",
        ),
        (file, &admob, "\"5\"", "null", "that it has  rows, but it has 5"),
        (adsense, &in_adsense, "\"USD\"", "\"GBP\"", "/headers/*/currencyCode that its currency is \"GBP\""),
        (
            adsense,
            &in_adsense,
            "\"totalMatchedRows\": \"5\"",
            "\"totalMatchedRows\": \"100001\"",
            "that it has 100001 rows",
        ),
    ] {
        let changed = file.replacen(from, to, 1);
        assert!(changed != file, "{from}");
        let found = issues(changed.as_bytes(), profile);
        assert!(found.contains(message), "{from} {to}: {found}");
    }
    // A file that says nothing of itself is read as well, and a currency of each row needs no other.
    let bare = file
        .replace("{\"footer\": {\"matchingRowCount\": \"5\"}}", "{\"footer\": {}}")
        .replace("{\"currencyCode\": \"USD\"}", "{}");
    assert!(bare.len() < file.len() - 30);
    assert_eq!(values(&read_all(bare.as_bytes(), &admob).unwrap()), expected());
}

#[test]
fn a_column_that_names_another_currency_is_not_passed_over() {
    let own = |more: &str| {
        profile(&format!(r#"{{ zone = "UTC", date = "d", code = "t", clicks = "c", revenue = "r", {more} }}"#))
    };
    for name in ["Currency", "currency_code", "CURRENCY", "Währung", "通貨", "통화", "Código de moneda"] {
        let file = |currency: &str| {
            format!("d,t,c,r,{name}\n2026-10-01,a,1,2,USD\n2026-10-01,b,1,2,{currency}\n2026-10-02,a,1,2,\n")
        };
        let found = issues(file("EUR").as_bytes(), &own("currency = \"USD\""));
        let wanted = format!(
            "row 3: column \"{name}\": \"EUR\": the profile takes the money as USD; set currency_column = \"{name}\""
        );
        assert!(found.contains(&wanted), "{found}");
        assert!(read_all(file("USD").as_bytes(), &own("currency = \"USD\"")).is_ok(), "{name}");
        assert!(read_all(file("usd").as_bytes(), &own("currency = \"USD\"")).is_ok(), "{name}");
        // The profile may say that this is not the currency of the revenue.
        let dimension = format!("currency = \"USD\", dimensions = {name:?}");
        assert!(read_all(file("EUR").as_bytes(), &own(&dimension)).is_ok(), "{name}");
        let no_money = profile(r#"{ zone = "UTC", date = "d", code = "t", clicks = "c" }"#);
        assert!(read_all(file("EUR").as_bytes(), &no_money).is_ok(), "{name}");
    }
    let json = r#"[{"d": "2026-10-01", "t": "a", "c": 1, "r": {"amount": 2, "currency": "EUR"}}]"#;
    let nested = r#"{ zone = "UTC", format = "json", date = "d", code = "t", clicks = "c", revenue = "r.amount", currency = "USD" }"#;
    assert!(issues(json.as_bytes(), &profile(nested)).contains("the profile takes the money as USD"));
}

#[test]
fn json_is_exact() {
    let own = |format: &str| {
        profile(&format!(
            r#"{{ zone = "UTC", format = "{format}", date = "d", clicks = "c", revenue = "r", currency = "EUR" }}"#
        ))
    };
    let clicks = |text: &str| {
        let file = format!(r#"[{{"d": "2026-10-01", "c": {text}, "r": 1}}]"#);
        read_all(file.as_bytes(), &own("json")).map(|statement| statement.rows[0].clicks.unwrap())
    };
    for (text, n) in
        [("1.0", 1), ("1e3", 1_000), ("9007199254740993", 9_007_199_254_740_993), ("12.50e1", 125), ("\"7\"", 7)]
    {
        assert_eq!(clicks(text).unwrap(), n, "{text}");
    }
    for text in ["1.5", "1e-3", "1e400", "9223372036854775808", "true", "[]", "{}{"] {
        assert!(clicks(text).is_err(), "{text}");
    }
    for (format, file, message) in [
        ("json", r#"[{"d": "2026-10-01", "c": 1, "c": 2, "r": 1}]"#, "row 1: an object has two members \"c\""),
        ("json", r#"[{"d": "2026-10-01", "c": 1, "r": {"a": 1, "a": 2}}]"#, "row 1: an object has two members \"a\""),
        ("jsonl", "{\"d\": \"2026-10-01\", \"c\": 1, \"r\": 1}\n{\"d\": ", "row 2: not valid JSON"),
        ("jsonl", "{\"d\": \"2026-10-01\", \"c\": 1, \"r\": 1}\n[1]\n", "row 2: a row must be an object"),
        ("jsonl", "\n\n", "the file is empty"),
        ("json", r#"[{"d": "2026-10-01", "c": 1}]"#, "row 1: the header has no column \"r\""),
    ] {
        let found = issues(file.as_bytes(), &own(format));
        assert!(found.contains(message), "{found}");
    }
    // Rows may lack members, also the first one; a byte order mark is not part of the text.
    let sparse = "\u{feff}[{\"d\": \"2026-10-01\", \"c\": 1}, {\"r\": 2.5, \"c\": 1, \"d\": \"2026-10-02\"}]";
    let rows = read_all(sparse.as_bytes(), &own("json")).unwrap().rows;
    assert_eq!(rows.iter().map(|row| row.revenue.is_some()).collect::<Vec<_>>(), [false, true]);
    // Lists in lines have the names first.
    let lists = "[\"d\", \"c\", \"r\"]\n[\"2026-10-01\", 1, 2]\n";
    assert_eq!(read_all(lists.as_bytes(), &own("jsonl")).unwrap().rows[0].clicks, Some(1));
}

#[test]
fn a_name_that_comes_late_is_not_dropped() {
    let own = profile(r#"{ zone = "UTC", format = "jsonl", date = "d", clicks = ["c", "k"], dimensions = "n" }"#);
    let rows = |late: &str| {
        let rows: String = (0..1_000).map(|n| format!("{{\"d\": \"2026-10-01\", \"n\": {n}, \"c\": 1}}\n")).collect();
        rows + &format!("{{\"d\": \"2026-10-01\", \"n\": 1000, \"c\": 1, \"{late}\": 1}}\n")
    };
    assert_eq!(read_all(rows("other").as_bytes(), &own).unwrap().rows[0].clicks, Some(1_001));
    assert!(issues(rows("k").as_bytes(), &own).contains("row 1001: \"k\" comes in this row for the first time"));
}
