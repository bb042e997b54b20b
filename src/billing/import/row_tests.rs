//! How the cells of each kind of file become rows: columns, header rows, days, weeks, months, currencies and totals.

use proptest::prelude::*;

use super::tests::{issues, profile, read_all};
use crate::billing::money::Micros;

/// Reads a file, and returns each row as a line: days, code, searches, clicks, revenue, currency.
#[track_caller]
fn rows(settings: &str, file: &str) -> Vec<String> {
    let statement =
        read_all(file.as_bytes(), &profile(&format!("{{ {settings} }}"))).map_err(|error| format!("{error:?}"));
    let count = |n: Option<i64>| n.map_or("-".to_owned(), |n| n.to_string());
    let row = |row: &crate::billing::statement::StatementRow| {
        let days = if row.day == row.last { row.day.to_string() } else { format!("{}..{}", row.day, row.last) };
        let money = row.revenue.map_or("-".to_owned(), |Micros(micros)| Micros(micros).to_string());
        let currency = row.currency.map_or(String::new(), |currency| format!(" {}", currency.as_str()));
        format!("{days} {} {} {} {money}{currency}", row.code, count(row.searches), count(row.clicks))
    };
    statement.unwrap().rows.iter().map(row).collect()
}

#[track_caller]
fn rejected(settings: &str, file: &str, part: &str) {
    let found = issues(file.as_bytes(), &profile(&format!("{{ {settings} }}")));
    assert!(found.contains(part), "{part:?} is not in {found}");
}

const PLAIN: &str = r#"zone = "America/Los_Angeles", date = "Date", clicks = "Clicks""#;
const MONEY: &str = r#"zone = "UTC", date = "Date", clicks = "Clicks", revenue = "Revenue", currency = "USD""#;

#[test]
fn the_second_of_two_columns_of_one_name_is_named_by_its_place() {
    let file = "Date,Clicks,Clicks,Revenue\n2026-10-01,12,11,1.00\n";
    rejected(PLAIN, file, "row 1: the header has more than one column \"Clicks\"");
    rejected(PLAIN, file, "\"Clicks#1\", \"Clicks#2\"");
    assert_eq!(rows(&PLAIN.replace("\"Clicks\"", "\"clicks#2\""), file), ["2026-10-01  - 11 -"]);
    assert_eq!(rows(&PLAIN.replace("\"Clicks\"", "\"Clicks#1\""), file), ["2026-10-01  - 12 -"]);
    rejected(&PLAIN.replace("\"Clicks\"", "\"Clicks#3\""), file, "the header has no column \"Clicks#3\"");
    // A column whose name is that is found first.
    assert_eq!(
        rows(&PLAIN.replace("\"Clicks\"", "\"Clicks#2\""), "Date,Clicks#2\n2026-10-01,5\n"),
        ["2026-10-01  - 5 -"]
    );
}

#[test]
fn header_rows_are_joined_and_merged_cells_carried_forward() {
    let file = "Report\nDate,Channel,Traffic,,Money,\n,,Searches,Clicks,Gross,Net\n2026-10-01,A,1400,12,1.00,0.80\nDate,Channel,Traffic,,Money,\n,,Searches,Clicks,Gross,Net\n2026-10-02,A,1300,11,2.00,1.60\n";
    for (clicks, revenue) in [("Traffic Clicks", "Money Net"), ("traffic/clicks", "Money / Net")] {
        let settings = format!(
            r#"zone = "UTC", header_rows = 2, date = "Date", code = "Channel", searches = "Traffic Searches", clicks = "{clicks}", revenue = "{revenue}", currency = "USD""#
        );
        assert_eq!(rows(&settings, file), ["2026-10-01 A 1400 12 0.80 USD", "2026-10-02 A 1300 11 1.60 USD"]);
    }
    let settings = r#"zone = "UTC", header_rows = 2, date = "Date", clicks = "Money Clicks""#;
    rejected(settings, file, "the header has no column \"Money Clicks\"");
}

#[test]
fn empty_columns_at_the_end_may_be_missing_or_too_many() {
    for rows_of_file in ["2026-10-01,12\n", "2026-10-01,12,\n", "2026-10-01,12,,,\n", "2026-10-01,12,x\n"] {
        assert_eq!(rows(PLAIN, &format!("Date,Clicks,\n{rows_of_file}")), ["2026-10-01  - 12 -"], "{rows_of_file}");
    }
    rejected(PLAIN, "Date,Clicks,\n2026-10-01\n", "row 2: this row has 1 cells");
    rejected(PLAIN, "Date,Clicks,\n2026-10-01,12,,7\n", "row 2: this row has 4 cells");
    rejected(PLAIN, "Date,Clicks,Note\n2026-10-01,12\n", "row 2: this row has 2 cells");
}

#[test]
fn underscores_are_spaces_and_optional_columns_may_be_absent() {
    let settings = r#"zone = "UTC", date = "REPORTED DATE", code = "SOURCE TAG", clicks = "BIDDED CLICKS", searches = "SEARCHES", optional = ["searches"]"#;
    assert_eq!(rows(settings, "REPORTED_DATE,SOURCE_TAG,BIDDED_CLICKS\n2026-10-01,A,3\n"), ["2026-10-01 A - 3 -"]);
    assert_eq!(
        rows(settings, "Reported_Date,Source Tag,bidded_clicks,SEARCHES\n2026-10-01,A,3,9\n"),
        ["2026-10-01 A 9 3 -"]
    );
    // A column of the very name is not confused with one that differs by an underscore.
    assert_eq!(rows(PLAIN, "Date,Cli_cks,Clicks\n2026-10-01,1,2\n"), ["2026-10-01  - 2 -"]);
    rejected(&format!("{PLAIN}, code = \"Tag\""), "Date,Clicks\n2026-10-01,1\n", "no column \"Tag\"");
    let money = MONEY.replace("currency = \"USD\"", "currency_column = \"Cur\", optional = [\"revenue\"]");
    assert_eq!(rows(&money, "Date,Clicks\n2026-10-01,1\n"), ["2026-10-01  - 1 -"]);
}

#[test]
fn hours_of_a_day_in_one_column_are_added_up() {
    let hours =
        |format: &str| -> String { (0..24).map(|hour| format.replace("HH", &format!("{hour:02}")) + ",2\n").collect() };
    for (date_format, row) in [
        ("%Y-%m-%d %H:%M", "2026-10-01 HH:00"),
        ("%Y-%m-%dT%H", "2026-10-01THH"),
        ("%m/%d/%Y %H", "10/1/2026 HH"),
        ("%Y-%m-%dT%H:%M:%S%:z", "2026-10-01THH:00:00-07:00"),
    ] {
        let settings = format!("{}, date_format = \"{date_format}\"", PLAIN.replace("\"Date\"", "\"Date/Hour\""));
        let file = format!("Date/Hour,Clicks\n{}", hours(row));
        assert_eq!(rows(&settings, &file), ["2026-10-01  - 48 -"], "{date_format}");
        rejected(&settings, &format!("{file}{}", hours(row).replacen(",2", ",3", 1)), "has the same day and code");
    }
    let utc = format!("{PLAIN}, date_format = \"%Y-%m-%dT%H:%M:%SZ\"");
    let file: String =
        (0..48).map(|hour| format!("2026-10-{:02}T{:02}:00:00Z,1\n", 1 + hour / 24, hour % 24)).collect();
    let counted = rows(&utc, &format!("Date,Clicks\n{file}"));
    assert_eq!(counted, ["2026-09-30  - 7 -", "2026-10-01  - 24 -", "2026-10-02  - 17 -"]);
    let midnight = "Date,Clicks\n2026-10-01T00:00:00Z,1\n2026-10-02T00:00:00Z,1\n";
    rejected(&utc, midnight, "not in zone = \"America/Los_Angeles\"");
    // Clocks go back on 2026-11-01: with an offset the two hours are told apart, without one the second is the later one.
    let offsets = format!("{PLAIN}, date_format = \"%Y-%m-%dT%H:%M%:z\"");
    let twice = "Date,Clicks\n2026-11-01T01:00-07:00,5\n2026-11-01T01:00-08:00,5\n2026-11-01T01:00-08:00,5\n";
    assert_eq!(rows(&offsets, twice), ["2026-11-01  - 10 -"]);
    let plain = format!("{PLAIN}, date_format = \"%Y-%m-%d %H:%M\"");
    assert_eq!(rows(&plain, "Date,Clicks\n2026-11-01 01:00,5\n2026-11-01 01:00,5\n"), ["2026-11-01  - 10 -"]);
}

#[test]
fn weeks_and_months_are_rows_of_several_days() {
    let month = r#"zone = "UTC", date = "Month", code = "Channel", clicks = "Clicks", grain = "month""#;
    assert_eq!(
        rows(month, "Month,Channel,Clicks\n2026-09,A,7\n2026-10,A,8\n"),
        ["2026-09-01..2026-09-30 A - 7 -", "2026-10-01..2026-10-31 A - 8 -"]
    );
    rejected(
        month,
        "Month,Channel,Clicks\n2026-08,A,7\n2026-10,A,8\n",
        "2026-09-01 is missing; ask the partner for its row",
    );
    let week = r#"zone = "UTC", date = "Week", clicks = "Clicks", grain = "week", date_format = "%b %d, %Y""#;
    assert_eq!(
        rows(week, "Week,Clicks\n\"Oct 1 - Oct 7, 2026\",7\n\"Oct 8 - Oct 14, 2026\",8\n"),
        ["2026-10-01..2026-10-07  - 7 -", "2026-10-08..2026-10-14  - 8 -"]
    );
    rejected(week, "Week,Clicks\n\"Oct 1 - Oct 7, 2026\",7\n\"Oct 7 - Oct 13, 2026\",8\n", "have days in common");
    let columns = r#"zone = "UTC", date = "Start", date_end = "End", clicks = "Clicks", grain = "week""#;
    assert_eq!(
        rows(columns, "Start,End,Clicks\n2026-09-28,2026-09-30,3\n2026-10-01,2026-10-04,4\n"),
        ["2026-09-28..2026-09-30  - 3 -", "2026-10-01..2026-10-04  - 4 -"]
    );
    rejected(columns, "Start,End,Clicks\n2026-09-28,2026-10-05,3\n", "1 to 7 days");
    rejected(PLAIN, "Date,Clicks\n2026-10,3\n2026-11,3\n", "grain = \"month\", date_format = \"%Y-%m\"; set that");
}

#[test]
fn another_date_format_is_named_once() {
    let file: String = (1..=31).map(|day| format!("{day:02}.10.2026,1\n")).collect();
    let found = issues(format!("Date,Clicks\n{file}").as_bytes(), &profile(&format!("{{ {PLAIN} }}")));
    assert_eq!(
        found,
        "row 2: column \"Date\": \"01.10.2026\": does not match date_format = \"%Y-%m-%d\"; every date of this column matches \
         date_format = \"%d.%m.%Y\"; set that"
    );
    let both = issues(b"Date,Clicks\n01/10/2026,1\n02/10/2026,1\n", &profile(&format!("{{ {PLAIN} }}")));
    assert!(both.contains("can be read in more than one way") && both.lines().count() == 1, "{both}");
    // One date that matches shows that the format is right, so each of the others is wrong by itself.
    let mixed = issues(b"Date,Clicks\n01.10.2026,1\n2026-10-02,1\n03.10.2026,1\n", &profile(&format!("{{ {PLAIN} }}")));
    assert_eq!(mixed.matches("does not match").count(), 2, "{mixed}");
    assert!(!mixed.contains("set that"), "{mixed}");
}

#[test]
fn days_that_are_left_out_are_zero_only_where_the_profile_says_so() {
    let file = "Date,Tag,Clicks,Revenue\n2026-10-01,A,12,1.00\n2026-10-01,B,1,0.10\n2026-10-03,A,10,1.00\n";
    let settings = format!("{MONEY}, code = \"Tag\"");
    rejected(&settings, file, "2026-10-02 is missing; ask the partner for it");
    rejected(&settings, file, "missing_days = \"zero\"");
    let settings = format!("{settings}, missing_days = \"zero\"");
    assert_eq!(
        rows(&settings, file),
        [
            "2026-10-01 A - 12 1.00 USD",
            "2026-10-01 B - 1 0.10 USD",
            "2026-10-02 A - 0 0.00 USD",
            "2026-10-02 B - 0 0.00 USD",
            "2026-10-03 A - 10 1.00 USD",
        ]
    );
    let statement = read_all(file.as_bytes(), &profile(&format!("{{ {settings} }}"))).unwrap();
    assert_eq!(statement.left_out.zero_days, 1);
    rejected(&settings, &file.replace("2026-10-03", "2028-10-03"), "a gap of more than a year");
}

#[test]
fn rows_have_their_own_currency() {
    let settings = MONEY.replace("currency = \"USD\"", "currency_column = \"Currency\", totals = \"Total\"");
    let file = "Date,Clicks,Revenue,Currency\n2026-10-01,2,1.00,USD\n2026-10-01,3,$2.00,CAD\n2026-10-02,4,3.00,USD\n";
    assert_eq!(
        rows(&settings, file),
        ["2026-10-01  - 3 2.00 CAD", "2026-10-01  - 2 1.00 USD", "2026-10-02  - 4 3.00 USD"]
    );
    let read = |file: &str| read_all(file.as_bytes(), &profile(&format!("{{ {settings} }}"))).unwrap();
    assert_eq!(read(file).currency, None);
    assert_eq!(
        read(&file.replace("CAD", "USD").replace("2026-10-01,3", "2026-10-03,3")).currency.unwrap().as_str(),
        "USD"
    );
    assert_eq!(read(&format!("{file}Total,6,4.00,USD\nTotal,3,2.00,CAD\n")).left_out.totals, 2);
    assert_eq!(read(&format!("{file}Total,9,,\n")).left_out.totals, 1);
    rejected(&settings, &format!("{file}Total,7,4.00,USD\n"), "column \"Clicks\": \"7\": this total differs");
    rejected(&settings, &file.replace("$2.00,CAD", "€2.00,CAD"), "not one of CAD");
    rejected(&settings, &file.replace("CAD", "?"), "not a currency code");
    rejected(&settings, &file.replace("CAD", "CDA"), "not a currency code");
}

#[test]
fn cells_that_are_not_told_are_those_of_the_profile() {
    let file = |cell: &str| format!("Date,Clicks,Revenue\n2026-10-01,\"{cell}\",1.00\n");
    for cell in ["", "-", "–", "—", "--", "N/A", "null", " "] {
        assert_eq!(rows(MONEY, &file(cell)), ["2026-10-01  - - 1.00 USD"], "{cell}");
        rejected(&format!("{MONEY}, not_told = [\"?\"]"), &file(cell), "column \"Clicks\"");
    }
    for cell in ["?", "none", ".", "x", "NaN", "Infinity", "12%", "1e3", "1,00", "$5"] {
        rejected(MONEY, &file(cell), "column \"Clicks\"");
    }
    assert_eq!(rows(&format!("{MONEY}, not_told = [\"?\"]"), &file("?")), ["2026-10-01  - - 1.00 USD"]);
}

#[test]
fn sums_among_the_rows_are_checked_or_refused() {
    let settings = format!("{MONEY}, code = \"Tag\"");
    let head = "Date,Tag,Clicks,Revenue\n";
    let day = "2026-10-01,A,2,1.00\n2026-10-01,B,3,2.00\n";
    for word in ["Total", "Subtotal:", "SUMME", "合計", "Zwischensumme"] {
        rejected(&settings, &format!("{head}{day}2026-10-01,{word},5,3.00\n"), "this row is a sum of others");
    }
    let settings = format!("{settings}, totals = [\"Subtotal\", \"Total\"]");
    let next = day.replace("10-01", "10-02");
    let good = format!("{head}{day}2026-10-01,Subtotal,5,3.00\n{next}2026-10-02,Subtotal,5,3.00\nTotal,,10,6.00\n");
    assert_eq!(rows(&settings, &good).len(), 4);
    let sections = format!("{head}{day}Subtotal,,5,3.00\n{next}Subtotal,,5,3.00\nTotal,,10,6.00\n");
    assert_eq!(rows(&settings, &sections).len(), 4);
    rejected(&settings, &good.replace("2026-10-02,Subtotal,5", "2026-10-02,Subtotal,6"), "this total differs");
    rejected(&settings, &sections.replace("Total,,10", "Total,,11"), "this total differs");
    rejected(&settings, &sections.replacen("Subtotal,,5", "Subtotal,,4", 1), "this total differs");
}

#[test]
fn amounts_are_read_with_the_marks_of_their_country() {
    let german = MONEY.replace("USD", "EUR") + r#", delimiter = ";", decimal_mark = ",", group_mark = ".""#;
    let file = "\u{feff}Date;Clicks;Revenue\n2026-10-01;1.143;1250,05 €\n2026-10-02;120;1.041,23 €\n";
    assert_eq!(rows(&german, file), ["2026-10-01  - 1143 1250.05 EUR", "2026-10-02  - 120 1041.23 EUR"]);
    rejected(&german.replace("EUR", "USD"), file, "not one of USD");
    let above = format!("{MONEY}, group_mark = \",\", date_format = \"%m/%d/%Y\"");
    assert_eq!(
        rows(&above, "Date,Clicks,Revenue\n10/1/2026,\"1,143\",\"$1,250.05\"\n10/2/2026,7,($3.10)\n"),
        ["2026-10-01  - 1143 1250.05 USD", "2026-10-02  - 7 -3.10 USD"]
    );
    let indian = "Date,Clicks,Revenue\n2026-10-01,\"1,00,000\",\"₹12,34,567.50\"\n";
    let settings = format!("{MONEY}, group_mark = \",\"");
    rejected(&settings, indian, "grouping = \"lakh\"");
    for settings in [settings.replace("USD", "INR"), settings.replace("USD", "INR") + ", grouping = \"lakh\""] {
        assert_eq!(rows(&settings, indian), ["2026-10-01  - 100000 1234567.50 INR"]);
    }
}

#[test]
fn numbers_at_the_limits_are_read_or_refused() {
    for (cell, wanted) in
        [("9223372036854775807", true), ("9223372036854775808", false), ("-9223372036854775807", true)]
    {
        let file = format!("Date,Clicks\n2026-10-01,{cell}\n");
        assert_eq!(read_all(file.as_bytes(), &profile(&format!("{{ {PLAIN} }}"))).is_ok(), wanted, "{cell}");
    }
    let huge = "9".repeat(5_000);
    for cell in [huge.as_str(), "1e400", "10^400", "-9223372036854775808", "1.5", "0x7f", "NaN", "Infinity", "١٢"] {
        rejected(PLAIN, &format!("Date,Clicks\n2026-10-01,{cell}\n"), "column \"Clicks\"");
    }
    let max = i64::MAX;
    let two = format!("Date,T,Clicks\n2026-10-01,a,{max}\n2026-10-01,b,1\n");
    rejected(&format!("{PLAIN}, dimensions = \"T\""), &two, "the sum for this day and code is too large");
    let days = format!("Date,Clicks\n2026-10-01,{max}\n2026-10-02,1\nTotal,1\n");
    rejected(&format!("{PLAIN}, totals = \"Total\""), &days, "this row of totals cannot be checked");
    let small = r#"[{"Date": "2026-10-01", "Clicks": 1e3, "Revenue": 1.5e-05}]"#;
    assert_eq!(rows(&format!("{MONEY}, format = \"json\""), small), ["2026-10-01  - 1000 0.000015 USD"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn arbitrary_cells_never_panic_and_never_become_zero(
        date in "(2026-10-0[1-9]|\\PC{0,12})", clicks in "\\PC{0,12}", money in "[-($€ 0-9.,)%eE]{0,20}", grain in 0..3_usize,
    ) {
        let grain = ["day", "week", "month"][grain];
        let settings = format!("{{ {MONEY}, grain = \"{grain}\", group_mark = \",\", date_format = \"%Y-%m-%d\", totals = \"Total\" }}");
        let mut file = csv::Writer::from_writer(Vec::new());
        for row in [["Date", "Clicks", "Revenue"], [date.as_str(), clicks.as_str(), money.as_str()]] {
            file.write_record(row).unwrap();
        }
        if let Ok(statement) = read_all(&file.into_inner().unwrap(), &profile(&settings)) {
            let row = &statement.rows[0];
            prop_assert!(row.clicks != Some(0) || clicks.contains('0'), "{clicks:?} became zero");
            prop_assert!(row.revenue != Some(Micros(0)) || money.contains('0'), "{money:?} became zero");
        }
    }
}

#[test]
fn a_total_may_differ_by_what_rounding_explains_and_no_more() {
    let settings = format!("{MONEY}, totals = \"Total\"");
    let rows: String = (1..=31).map(|day| format!("2026-10-{day:02},1,12.50\n")).collect();
    let file = |total: &str| format!("Date,Clicks,Revenue\n{rows}Total,31,{total}\n");
    // 387.50: a missing row of 12.50 is no rounding, however the total is written.
    for total in ["400", "400.0", "400.00", "375", "388.5", "387.80", "387.30"] {
        rejected(&settings, &file(total), "this total differs from the sum of the rows above, 387.50");
    }
    for (total, difference) in [("387.50", 0), ("387.5", 0), ("387.55", 50_000), ("387", 500_000), ("388", 500_000)] {
        let read = read_all(file(total).as_bytes(), &profile(&format!("{{ {settings} }}"))).unwrap();
        assert_eq!((read.left_out.totals, read.left_out.totals_difference), (1, difference), "{total}");
    }
}

#[test]
fn a_header_or_a_cell_that_names_another_currency_is_refused() {
    let day = "2026-10-01,1,1.00";
    for name in ["Revenue EUR", "Revenue (€)", "Revenue_in_Euro", "Revenue CHF", "Earnings in pounds"] {
        let settings = MONEY.replace("\"Revenue\"", &format!("{name:?}"));
        rejected(&settings, &format!("Date,Clicks,{name}\n{day}\n"), "and the profile says currency = \"USD\"");
    }
    for name in ["Revenue USD", "Revenue ($)", "Revenue US$", "Revenue in dollars", "Revenue NET", "ALL"] {
        let settings = MONEY.replace("\"Revenue\"", &format!("{name:?}"));
        assert_eq!(rows(&settings, &format!("Date,Clicks,{name}\n{day}\n")), ["2026-10-01  - 1 1.00 USD"], "{name}");
    }
    for cell in ["EUR", "eur", "€", "Euro"] {
        rejected(MONEY, &format!("Date,Clicks,Revenue,Currency\n{day},{cell}\n"), "the profile takes the money as USD");
    }
    for cell in ["USD", "usd", "$", "US$", "US Dollar", ""] {
        assert_eq!(rows(MONEY, &format!("Date,Clicks,Revenue,Currency\n{day},{cell}\n")).len(), 1, "{cell}");
    }
}
