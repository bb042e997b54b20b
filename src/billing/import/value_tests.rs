//! Values as partners write them: hours, days, small counts, currencies, cents, digits of other scripts; and rows that are of no day or of
//! no code.

use super::tests::{issues, profile, read_all};
use crate::billing::money::Micros;
use crate::billing::statement::{LeftOut, Statement};

#[track_caller]
fn read(settings: &str, file: &str) -> Statement {
    read_all(file.as_bytes(), &profile(&format!("{{ {settings} }}")))
        .unwrap_or_else(|error| panic!("{error:?}\n{file}"))
}

/// Each row as a line: day, code, searches, clicks, revenue, currency.
#[track_caller]
fn rows(settings: &str, file: &str) -> Vec<String> {
    let count = |n: Option<i64>| n.map_or("-".to_owned(), |n| n.to_string());
    let line = |row: &crate::billing::statement::StatementRow| {
        let money = row.revenue.map_or("-".to_owned(), |revenue| revenue.to_string());
        let currency = row.currency.map_or(String::new(), |currency| format!(" {}", currency.as_str()));
        format!("{} {} {} {} {money}{currency}", row.day, row.code, count(row.searches), count(row.clicks))
    };
    read(settings, file).rows.iter().map(line).collect()
}

#[track_caller]
fn rejected(settings: &str, file: &str, part: &str) {
    let found = issues(file.as_bytes(), &profile(&format!("{{ {settings} }}")));
    assert!(found.contains(part), "{part:?} is not in {found}");
}

const PLAIN: &str = r#"zone = "America/Los_Angeles", date = "Date", clicks = "Clicks""#;
const MONEY: &str =
    r#"zone = "UTC", date = "Date", code = "Channel", clicks = "Clicks", revenue = "Revenue", currency = "USD""#;

#[test]
fn hours_in_a_column_of_their_own_are_added_up_however_they_are_written() {
    let settings = format!("{PLAIN}, hour = \"Hour\"");
    let half = |hour: u32| if hour < 12 { "AM" } else { "PM" };
    let clock = |hour: u32| if hour.is_multiple_of(12) { 12 } else { hour % 12 };
    let forms: [(&str, &dyn Fn(u32) -> String); 7] = [
        ("number", &|hour| hour.to_string()),
        ("clock", &|hour| format!("{hour:02}:00")),
        ("halves", &|hour| format!("{} {}", clock(hour), half(hour))),
        ("digits", &|hour| format!("{hour:02}00")),
        ("range", &|hour| format!("{hour:02}:00 - {:02}:00", (hour + 1) % 24)),
        ("dash", &|hour| format!("{hour:02}:00\u{2013}{hour:02}:59")),
        ("day", &|hour| format!("2026-10-01 {hour:02}")),
    ];
    for (name, form) in forms {
        let file: String = (0..24).map(|hour| format!("2026-10-01,{},{hour}\n", form(hour))).collect();
        assert_eq!(rows(&settings, &format!("Date,Hour,Clicks\n{file}")), ["2026-10-01  - 276 -"], "{name}");
    }
    rejected(&settings, "Date,Hour,Clicks\n2026-10-01,24,1\n", "not an hour; expected 0 to 23");
    rejected(&settings, "Date,Hour,Clicks\n2026-10-01,2026-10-02 05,1\n", "of another day than the row");
}

#[test]
fn seconds_and_their_parts_since_1970_are_days_of_the_zone() {
    for (format, unit) in [("%s", ""), ("epoch-ms", "000"), ("epoch-us", "000000")] {
        let hours: String = (0..48).map(|hour| format!("{}{unit},1\n", 1_790_838_000 + hour * 3_600)).collect();
        let settings = format!("{PLAIN}, date_format = \"{format}\"");
        let wanted = ["2026-10-01  - 24 -", "2026-10-02  - 24 -"];
        assert_eq!(rows(&settings, &format!("Date,Clicks\n{hours}")), wanted, "{format}");
        let utc = format!("Date,Clicks\n1790812800{unit},5\n1790899200{unit},6\n");
        rejected(&settings, &utc, "set zone to the zone of this file");
        let settings = settings.replace("America/Los_Angeles", "UTC");
        assert_eq!(rows(&settings, &utc), ["2026-10-01  - 5 -", "2026-10-02  - 6 -"], "{format}");
    }
    rejected(&format!("{PLAIN}, date_format = \"epoch-ms\""), "Date,Clicks\n2026-10-01,5\n", "does not match");
}

#[test]
fn small_counts_that_are_withheld_are_not_told() {
    for cell in ["<10", "< 10", "\u{2264}5", "<=5", "&lt;10"] {
        let file = format!("Date,Clicks\n2026-10-01,{cell}\n2026-10-02,12\n");
        assert_eq!(rows(PLAIN, &file), ["2026-10-01  - - -", "2026-10-02  - 12 -"], "{cell}");
    }
    assert_eq!(
        rows(MONEY, "Date,Channel,Clicks,Revenue\n2026-10-01,A,<10,<$0.01\n2026-10-01,B,7,0.50\n"),
        ["2026-10-01 A - - - USD", "2026-10-01 B - 7 0.50 USD"]
    );
    for cell in ["<x", "<", "<10>", ">10", "10<"] {
        rejected(PLAIN, &format!("Date,Clicks\n2026-10-01,{cell}\n"), "this is not a number");
    }
}

#[test]
fn currency_codes_are_read_in_any_letter_case() {
    let settings = MONEY.replace("currency = \"USD\"", "currency_column = \"Cur\"");
    for (cell, code) in [("usd", "USD"), (" Usd ", "USD"), ("EUR", "EUR"), ("€", "EUR"), ("US$", "USD")] {
        let file = format!("Date,Channel,Clicks,Revenue,Cur\n2026-10-01,A,5,1.00,{cell}\n");
        assert_eq!(rows(&settings, &file), [format!("2026-10-01 A - 5 1.00 {code}")], "{cell}");
        let totals = format!("{settings}, totals = \"Total\"");
        assert_eq!(rows(&totals, &format!("{file}Total,,5,1.00,{cell}\n")).len(), 1, "{cell}");
    }
    for cell in ["", "$", "Dollar", "us"] {
        let file = format!("Date,Channel,Clicks,Revenue,Cur\n2026-10-01,A,5,1.00,{cell}\n");
        rejected(&settings, &file, "not a currency code");
    }
}

#[test]
fn cents_are_hundredths_of_a_unit() {
    let cents = format!("{MONEY}, unit = \"cents\", totals = \"Total\"");
    assert_eq!(
        rows(&cents, "Date,Channel,Clicks,Revenue\n2026-10-01,A,5,4123\n2026-10-01,B,5,-100.5\nTotal,,10,4022.5\n"),
        ["2026-10-01 A - 5 41.23 USD", "2026-10-01 B - 5 -1.005 USD"]
    );
    rejected(&cents, "Date,Channel,Clicks,Revenue\n2026-10-01,A,5,4123\nTotal,,5,4125\n", "41.23");
    assert!(profile(&format!("{{ {cents} }}")).text().contains("in_micros = false\n"));
    assert!(profile(&format!("{{ {cents} }}")).text().contains("\nunit = Cents\n"));
}

#[test]
fn digits_of_other_scripts_are_numbers_and_dates() {
    let settings = MONEY.replace("Revenue\"", "Revenue\", group_mark = \",\", digits = \"any\"");
    for (date, clicks, revenue) in [
        ("٢٠٢٦-١٠-٠١", "\"١٬٢٣٤\"", "٤١٫٢٣"),
        ("۲۰۲۶-۱۰-۰۱", "۱۲۳۴", "\"۴۱٫۲۳\""),
        ("２０２６－１０－０１", "１２３４", "４１．２３"),
        ("२०२६-१०-०१", "१२३४", "४१.२३"),
    ] {
        let file = format!("Date,Channel,Clicks,Revenue\n{date},A,{clicks},{revenue}\n");
        assert_eq!(rows(&settings, &file), ["2026-10-01 A - 1234 41.23 USD"], "{date}");
    }
    let any = format!("{MONEY}, digits = \"any\"");
    rejected(&any, "Date,Channel,Clicks,Revenue\n2026-10-01,A,1٢,1\n", "this is not a number");
    rejected(&any, "Date,Channel,Clicks,Revenue\n2026-10-01,A,١٬٢٣٤,1\n", "not a number");
    for row in ["2026-10-01,A,١٢,1", "2026-10-01,A,12,١", "２０２６-10-01,A,12,1"] {
        rejected(MONEY, &format!("Date,Channel,Clicks,Revenue\n{row}\n"), "set digits = \"any\"");
    }
}

#[test]
fn the_day_of_the_week_may_be_in_any_language() {
    for (format, cell) in [
        ("%a %d %b %Y", "Thu 01 Oct 2026"),
        ("%a, %b %d, %Y", "\"Thu, Oct 1, 2026\""),
        ("%a, %d.%m.%Y", "\"Do, 01.10.2026\""),
        ("%a %d. %b %Y", "Do. 1. Okt 2026"),
        ("%A %d %B %Y", "jeudi 1 octobre 2026"),
        ("%A, %d de %B de %Y", "\"jueves, 1 de octubre de 2026\""),
        ("%Y/%m/%d(%a)", "2026/10/01(木)"),
        ("%Y-%m-%d (%a)", "2026-10-01 (Thu)"),
        ("%B %d, %Y", "\"October 1st, 2026\""),
        ("%d %B %Y", "1er octobre 2026"),
        ("%A %d %B %Y", "Thursday 1st October 2026"),
    ] {
        let settings = format!("{PLAIN}, date_format = \"{format}\"");
        assert_eq!(rows(&settings, &format!("Date,Clicks\n{cell},5\n")), ["2026-10-01  - 5 -"], "{cell}");
        rejected(PLAIN, &format!("Date,Clicks\n{cell},5\n"), "set that");
    }
    let settings = format!("{PLAIN}, date_format = \"%a %d %b %Y\"");
    rejected(&settings, "Date,Clicks\nFri 01 Oct 2026,5\n", "does not match");
    let settings = format!("{PLAIN}, date_format = \"%Y-%m-%d (%a)\"");
    rejected(&settings, "Date,Clicks\n2026-10-01 (Fri),5\n", "does not match");
}

const DAY_TOTALS: &str = "Date,Channel,Clicks,Revenue\n2026-10-01,,30,3.00\n2026-10-01,A,10,1.00\n2026-10-01,B,20,2.00\n\
    2026-10-02,,5,0.51\n2026-10-02,A,2,0.25\n2026-10-02,B,3,0.25\n";

#[test]
fn sums_of_a_day_without_a_code_neither_count_twice_nor_get_lost() {
    rejected(MONEY, DAY_TOTALS, "row 2: 2 of 2 rows without \"Channel\" are the sums");
    let totals = format!("{MONEY}, totals = \"unlabelled\"");
    let statement = read(&totals, DAY_TOTALS);
    assert_eq!((statement.rows.len(), statement.left_out.totals), (4, 2));
    rejected(&totals, &DAY_TOTALS.replace(",,30,", ",,31,"), "this total differs from the sum of the rows above, 30");
    rejected(&totals, &format!("{DAY_TOTALS}2026-10-03,,4,0.10\n"), "this total differs");
    // Traffic of no code is not a sum, and is kept.
    let traffic = DAY_TOTALS.replace(",,30,3.00", ",,4,0.10");
    assert_eq!(rows(MONEY, &traffic).iter().filter(|row| row.contains("  - ")).count(), 2);
    // One row that equals the only other one may do so by chance.
    let chance = "Date,Channel,Clicks,Revenue\n2026-10-01,,5,0.10\n2026-10-01,A,5,0.10\n";
    assert_eq!(rows(MONEY, chance).len(), 2);
}

#[test]
fn sums_without_a_dimension_are_those_of_their_code() {
    let settings = format!("{MONEY}, dimensions = [\"Country\"]");
    let file = "Date,Channel,Country,Clicks,Revenue\n2026-10-01,A,,30,3.00\n2026-10-01,A,US,10,1.00\n2026-10-01,A,DE,20,2.00\n\
        2026-10-01,B,US,7,0.10\n2026-10-01,B,DE,8,0.10\n2026-10-01,B,,15,0.20\n";
    rejected(&settings, file, "rows without \"Country\" are the sums of the other rows of their day");
    let totals = format!("{settings}, totals = \"unlabelled\"");
    assert_eq!(rows(&totals, file), ["2026-10-01 A - 30 3.00 USD", "2026-10-01 B - 15 0.20 USD"]);
    rejected(&totals, &file.replace("B,,15", "B,,45"), "this total differs from the sum of the rows above, 15");
    let unknown_country = file.replace("A,,30,3.00", "A,,3,0.30");
    assert_eq!(rows(&settings, &unknown_country).len(), 2);
}

const ADJUSTED: &str = "Date,Channel,Clicks,Revenue\n2026-10-01,A,10,1.00\n2026-10-02,A,20,2.00\n";

#[test]
fn rows_without_a_day_are_added_to_the_last_one_where_the_profile_says_so() {
    let file = format!("{ADJUSTED},A,-3,-0.30\nAdjustment: invalid traffic,A,,-0.20\n-,B,,-5.00\nTotal,,27,-2.50\n");
    rejected(MONEY, &file, "undated_rows = \"empty\"");
    let settings = format!("{MONEY}, totals = \"Total\", undated_rows = [\"empty\", \"adjustment*\"]");
    let statement = read(&settings, &file);
    let LeftOut { undated, undated_clicks, undated_revenue, totals, .. } = statement.left_out;
    assert_eq!((undated, undated_clicks, undated_revenue, totals), (3, -3, Micros(-5_500_000), 1));
    assert_eq!(
        rows(&settings, &file),
        ["2026-10-01 A - 10 1.00 USD", "2026-10-02 A - 17 1.50 USD", "2026-10-02 B - 0 -5.00 USD"]
    );
    rejected(&settings, &file.replace("27,-2.50", "30,3.00"), "this total differs from the sum of the rows above, 27");
    // Two adjustments of one code are two, and the same row twice is one, as everywhere.
    let twice = format!("{ADJUSTED},A,,-0.10\n,A,,-0.20\n,A,,-0.20\n");
    let statement = read(&settings, &twice);
    assert_eq!((statement.left_out.undated, statement.left_out.repeated), (2, 1));
    assert_eq!(statement.rows[1].revenue, Some(Micros(1_700_000)));
    rejected(&settings, "Date,Channel,Clicks,Revenue\n,A,5,1.00\n", "no row of this file has a day");
    // A clock's number that is not told stays so.
    assert_eq!(
        rows(&settings, &format!("{},A,-3,-0.30\n", ADJUSTED.replace(",20,", ",<10,")))[1],
        "2026-10-02 A - - 1.70 USD"
    );
}

#[test]
fn days_around_the_rows_are_zero_where_the_operator_says_what_the_file_covers() {
    let mut own = profile(&format!("{{ {MONEY}, missing_days = \"zero\" }}"));
    own.rules.covers = Some((jiff::civil::date(2026, 9, 30), jiff::civil::date(2026, 10, 4)));
    let statement = read_all(ADJUSTED.as_bytes(), &own).unwrap();
    let days: Vec<String> = statement.rows.iter().map(|row| format!("{} {:?}", row.day, row.clicks)).collect();
    let wanted = [
        "2026-09-30 Some(0)",
        "2026-10-01 Some(10)",
        "2026-10-02 Some(20)",
        "2026-10-03 Some(0)",
        "2026-10-04 Some(0)",
    ];
    assert_eq!((days.as_slice(), statement.left_out.zero_days), (&wanted.map(str::to_owned)[..], 3));
    assert!(own.text().contains("covers = Some((2026-09-30, 2026-10-04))\n"));
    // A deduction of an earlier month is a correction, which the file does not cover.
    let corrected = format!("{ADJUSTED}2026-08-15,A,-4,-1.00\n");
    let statement = read_all(corrected.as_bytes(), &own).unwrap();
    assert_eq!((statement.first.to_string().as_str(), statement.corrections.len()), ("2026-09-30", 1));
}

#[test]
fn a_zone_that_the_format_names_is_that_of_the_time() {
    for (format, cell) in [
        ("%Y-%m-%d %H:%M:%S UTC", "2026-10-01 06:30:00 UTC"),
        ("%a, %d %b %Y %H:%M:%S GMT", "\"Thu, 01 Oct 2026 06:30:00 GMT\""),
        ("%Y-%m-%d %H:%M:%S %z UTC", "2026-10-01 06:30:00 +0000 UTC"),
    ] {
        let settings = format!("{PLAIN}, date_format = \"{format}\"");
        assert_eq!(rows(&settings, &format!("Date,Clicks\n{cell},5\n")), ["2026-09-30  - 5 -"], "{cell}");
    }
}

#[test]
fn formulas_of_texts_are_these_texts_and_lines_between_rows_are_no_rows() {
    let file = "Date,Channel,Clicks,Revenue\n=\"2026-10-01\",=\"0042\",=\"5\",=\"1.50\"\n";
    assert_eq!(rows(MONEY, file), ["2026-10-01 0042 - 5 1.50 USD"]);
    let table =
        "| Date | Channel | Clicks | Revenue |\n|------|:--------|-------:|--------:|\n| 2026-10-01 | A | 5 | 1.50 |\n";
    assert_eq!(rows(&format!("{MONEY}, delimiter = \"|\""), table), ["2026-10-01 A - 5 1.50 USD"]);
    // A row of numbers that are not told is a row.
    rejected(MONEY, "Date,Channel,Clicks,Revenue\n--,--,--,--\n2026-10-01,A,5,1.50\n", "does not match date_format");
}
