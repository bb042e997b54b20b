//! `qsproxy statement`: imports files in the format of each known source, and rejects files with mistakes.

use std::io::Write as _;
use std::path::Path;
use std::process::Output;
use std::sync::Arc;

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::test_env::sample_results;
use qsproxy_test_support::workdir::Workdir;

/// A folder with an initialised store, for a partner with this profile.
pub fn workdir_with_profile(profile: &str) -> Arc<Workdir> {
    let partner = MockPartner::json(sample_results());
    let workdir = Workdir::new(&ConfigBuilder::new(&partner).with("partner first", "statement", profile).text());
    assert!(workdir.start().terminate().success());
    workdir
}

fn fixture(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/statements").join(name).to_str().unwrap().to_owned()
}

fn import(workdir: &Workdir, file: &str) -> Output {
    workdir.run(&["statement", "import", "--partner", "first", file])
}

#[track_caller]
fn import_ok(workdir: &Workdir, file: &str) -> String {
    let done = import(workdir, file);
    assert_eq!((done.status.code(), String::from_utf8_lossy(&done.stderr).as_ref()), (Some(0), ""), "{file}");
    String::from_utf8(done.stdout).unwrap()
}

#[track_caller]
fn assert_rejected(workdir: &Workdir, bytes: &[u8], parts: &[&str]) {
    workdir.write("statement.csv", bytes);
    let done = import(workdir, "statement.csv");
    let text = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(done.status.code(), Some(2), "{text}");
    assert!(text.contains("statement.csv: ") && text.contains("nothing was imported from statement.csv"), "{text}");
    for part in parts {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(text.lines().all(|line| line.len() < 400) && !text.contains("panicked"), "{text}");
    let listed = workdir.run(&["statement", "list", "--format", "json"]);
    assert_eq!(String::from_utf8_lossy(&listed.stdout), "[]\n");
}

#[test]
fn reads_each_known_source_by_its_preset() {
    let whole = "2026-10-01 to 2026-10-05, 5 rows by day and code: searches 5570, clicks 478, revenue 165.75";
    let no_searches = whole.replace("searches 5570", "searches not reported");
    for (preset, file, wanted) in [
        ("adsense-api", "adsense-api.json", format!("{whole} USD\nleft out: 1 row of totals")),
        ("adsense-csv", "adsense-web.csv", format!("{whole} USD\nleft out: 1 row of totals")),
        ("admob-csv", "admob.tsv", format!("{whole} EUR\n")),
        ("yahoo-hourly", "yahoo-hourly.csv", format!("{whole} USD\n")),
        ("yahoo-type-tag", "yahoo-type-tag.csv.gz", format!("{whole} USD\n")),
        ("system1", "system1.json", format!("{whole} USD\nleft out: 1 row of totals")),
        (
            "tonic",
            "tonic.json",
            whole.replace("searches 5570, clicks 478", "searches not reported, clicks not reported") + " USD\n",
        ),
        ("microsoft", "microsoft.csv", format!("{whole} USD\nleft out: 1 line that the profile ignores")),
        ("microsoft", "microsoft.zip", format!("{no_searches} USD\nleft out: 1 line that the profile ignores")),
        ("admob-api", "admob-network.json", format!("{whole} USD\nleft out: 2 lines that the profile ignores")),
        ("yandex-direct", "yandex-direct.tsv", format!("{whole} RUB\nleft out: 1 line that the profile ignores")),
        ("e-planning", "e-planning.json", format!("{whole} USD\n")),
        ("above", "above.csv", format!("{whole} USD\n")),
        ("parkingcrew", "parkingcrew.csv", format!("{whole} EUR\nleft out: 1 row of totals")),
        ("google-ad-manager", "google-ad-manager.csv", format!("{whole} USD\n")),
        ("tonic-csv", "tonic-daily.csv", no_searches.clone() + " USD\n"),
        ("adsense-csv", "adsense-no-page-views.csv", format!("{no_searches} EUR\nleft out: 1 row of totals")),
    ] {
        let workdir = workdir_with_profile(&format!("{{ preset = {preset:?} }}"));
        let output = import_ok(&workdir, &fixture(file));
        assert!(output.contains(&wanted), "{preset}: {output}\nlacks {wanted}");
        assert!(output.contains("imported as statement 1 of first\n"), "{preset}: {output}");
    }
}

const LIBREOFFICE: &str = r#"{ zone = "UTC", date = "Tag", code = "Kanal", clicks = "Klicks", revenue = "Umsatz", currency = "EUR", totals = "Summe" }"#;

#[test]
fn amounts_that_a_spreadsheet_shows_in_another_currency_are_refused() {
    for (file, row, shown) in
        [("libreoffice.ods", "row 3", "EUR"), ("libreoffice.xlsx", "row 2", "EUR"), ("libreoffice.xlsx", "row 3", "€")]
    {
        let workdir = workdir_with_profile(&LIBREOFFICE.replace("\"EUR\"", "\"USD\""));
        let done = import(&workdir, &fixture(file));
        let text = String::from_utf8_lossy(&done.stderr).into_owned();
        let amount = if row == "row 2" { "37.2" } else { "0.62" };
        let place = format!(
            "sheet \"Oktober\": {row}: column \"Umsatz\": \"{amount}\": the spreadsheet shows this amount in {shown}, and the currency of this \
             row is USD; correct currency in the profile"
        );
        assert!(done.status.code() == Some(2) && text.contains(&place), "{file}: {text}");
    }
}

#[test]
fn several_files_are_imported_all_or_none() {
    let workdir =
        workdir_with_profile(r#"{ zone = "UTC", date = "d", clicks = "c", preliminary_files = "*ESTIMATE*" }"#);
    let files = [
        ("one.csv", "d,c\n2026-08-01,5\n"),
        ("two.csv", "d,c\n2026-08-02,6\n"),
        ("bad.csv", "d,c\n2026-08-03,x\n"),
        ("lower.csv", "d,c\n2026-08-01,4\n"),
        ("2026_estimate.csv", "d,c\n2026-08-01,9\n"),
    ];
    for (name, text) in files {
        workdir.write(name, text.as_bytes());
    }
    let run = |files: &[&str]| {
        let done = workdir.run(&[&["statement", "import", "--partner", "first"], files].concat());
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (done.status.code(), text(done.stdout), text(done.stderr))
    };
    let count = || {
        let listed = workdir.run(&["statement", "list", "--format", "csv"]);
        String::from_utf8(listed.stdout).unwrap().lines().count() - 1
    };
    let (code, _, errors) = run(&["one.csv", "bad.csv", "missing.csv", "two.csv"]);
    assert!(code == Some(2) && errors.contains("bad.csv: row 2: ") && errors.contains("missing.csv: "), "{errors}");
    assert!(errors.contains("nothing was imported from any of the 4 files"), "{errors}");
    let (code, output, _) = run(&["one.csv", "two.csv", "--dry-run"]);
    assert!(code == Some(0) && output.ends_with("nothing was imported (--dry-run)\n"), "{output}");
    assert!(!output.contains("imported as"), "{output}");
    let (code, output, errors) = run(&["one.csv", "lower.csv", "two.csv"]);
    assert!(code == Some(2) && errors.contains("lower.csv: 1 row has fewer clicks"), "{errors}");
    assert!(output.contains("two.csv: 2026-08-02") && !output.contains("imported as"), "{output}");
    assert_eq!(count(), 0, "nothing is imported if one file is rejected or refused");
    let (code, output, _) = run(&["one.csv", "two.csv", "one.csv"]);
    assert!(code == Some(0) && output.contains("imported as statement 2 of first\n"), "{output}");
    assert!(output.contains("was imported before, as statement 1") && count() == 2, "{output}");
    let (code, output, _) = run(&["one.csv", "two.csv"]);
    assert!(code == Some(0) && output.matches("nothing changes").count() == 2, "{output}");
    let (code, _, errors) = run(&["2026_estimate.csv", "--replace"]);
    assert!(code == Some(2) && errors.contains("a preliminary number would replace"), "{errors}");
}

#[test]
fn older_rows_that_are_not_negative_are_asked_about() {
    let mut text = "d,c\n2026-06-15,40\n".to_owned();
    for day in 1..=31 {
        text += &format!("2026-08-{day:02},5\n");
    }
    for (keys, wanted) in [
        ("", Err("the rows of 2026-06-15 are of an earlier month than the rest of the file")),
        (", missing_days = \"zero\"", Err("the rows of 2026-06-15 are of an earlier month than the rest of the file")),
        (", older_rows = \"add\"", Ok("1 row corrects an older day, and will be added to what is in force for it")),
    ] {
        let workdir = workdir_with_profile(&format!("{{ zone = \"UTC\", date = \"d\", clicks = \"c\"{keys} }}"));
        workdir.write("statement.csv", text.as_bytes());
        let done = import(&workdir, "statement.csv");
        let (output, errors) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        match wanted {
            Ok(part) => assert!(done.status.success() && output.contains(part), "{keys}: {output}{errors}"),
            Err(part) => assert!(done.status.code() == Some(2) && errors.contains(part), "{keys}: {output}{errors}"),
        }
    }
}

#[test]
fn words_for_preliminary_days_are_those_of_the_profile() {
    let profile = r#"{ zone = "UTC", date = "d", clicks = "c", final = "s", preliminary = ["open", "pending*"] }"#;
    let workdir = workdir_with_profile(profile);
    let rows = ["Open", "pending review", "paid", ""].iter().zip(1..);
    let rows: String = rows.map(|(word, day)| format!("2026-08-{day:02},5,{word}\n")).collect();
    workdir.write("statement.csv", format!("d,c,s\n{rows}").as_bytes());
    import_ok(&workdir, "statement.csv");
    let shown = workdir.run(&["statement", "show", "1", "--format", "csv"]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    let is_final = |day: u8| shown.lines().find(|line| line.contains(&format!("2026-08-{day:02}"))).unwrap();
    for (day, word) in [(1, ",no,"), (2, ",no,"), (3, ",yes,")] {
        assert!(is_final(day).contains(word), "{shown}");
    }
}

#[test]
fn reads_each_kind_of_file() {
    let whole = "2026-10-01 to 2026-10-05";
    for (profile, file, wanted) in [
        (
            r#"{ zone = "UTC", date = "Date", date_format = "%m/%d/%Y", clicks = "Clicks", revenue = "Revenue", currency = "USD" }"#,
            "openpyxl.xlsx",
            "5 rows by day and code: searches not reported, clicks 1478, revenue 1363.95 USD\n1 hidden row of the sheet was read, too\n",
        ),
        (
            r#"{ zone = "UTC", format = "xlsx", sheet = "Report", date = "Day", code = "Tag", clicks = "Clicks", revenue = "Earnings ({currency})", totals = "Total" }"#,
            "xlsxwriter-1904.xlsx",
            "10 rows by day and code: searches not reported, clicks 1488, revenue 14.88 EUR\nleft out: 1 row of totals",
        ),
        (
            r#"{ zone = "UTC", format = "ods", sheet = 1, date = "Datum", hour = "Stunde", clicks = "Klicks", revenue = "Umsatz", currency = "EUR" }"#,
            "odfpy.ods",
            "clicks 1478, revenue 1363.95 EUR\n",
        ),
        (LIBREOFFICE, "libreoffice.ods", "clicks 1488, revenue 461.28 EUR\nleft out: 1 row of totals"),
        (LIBREOFFICE, "libreoffice.xlsx", "clicks 1488, revenue 461.28 EUR\nleft out: 1 row of totals"),
        (
            r#"{ zone = "UTC", member = "report-*.csv", date = "TimePeriod", code = "AdUnitName", clicks = "Clicks" }"#,
            "report.zip",
            "clicks 1478, revenue not reported\n",
        ),
        (
            r#"{ zone = "UTC", format = "xml", list = "/report/rows/row", date = "@day", code = "tag", clicks = "traffic/clicks", revenue = "revenue", currency = "EUR" }"#,
            "report.xml",
            "clicks 1478, revenue 1363.95 EUR\n",
        ),
        (
            r#"{ zone = "UTC", format = "jsonl", date = "date", code = "tag", clicks = "stats.clicks", revenue = "stats.revenue", currency = "EUR" }"#,
            "rows.jsonl",
            "clicks 1478, revenue 1363.95 EUR\n",
        ),
        (
            r#"{ zone = "UTC", format = "json", skip = ["header", "footer"], date = "/row/dimensionValues/DATE/value", date_format = "%Y%m%d", clicks = "/row/metricValues/CLICKS/integerValue", revenue = "/row/metricValues/ESTIMATED_EARNINGS/microsValue", unit = "micros", currency = "USD" }"#,
            "admob-api.json",
            "clicks 1478, revenue 1363.95 USD\nleft out: 2 lines that the profile ignores\n",
        ),
        (
            r#"{ zone = "UTC", encoding = "windows-1252", delimiter = ";", date = "Straße", clicks = "Klicks", revenue = "Umsatz €", currency = "EUR" }"#,
            "windows-1252.csv",
            "clicks 1478, revenue 1363.95 EUR\n",
        ),
    ] {
        let workdir = workdir_with_profile(profile);
        let output = import_ok(&workdir, &fixture(file));
        assert!(output.contains(whole) && output.contains(wanted), "{file}: {output}");
        assert!(output.contains("imported as statement 1 of first\n"), "{file}: {output}");
        assert!(import_ok(&workdir, &fixture(file)).contains("was imported before"), "{file}");
    }
    let workdir = workdir_with_profile(
        r#"{ zone = "UTC", date = "Date", clicks = "Clicks", revenue = "RPC", currency = "USD" }"#,
    );
    let done = import(&workdir, &fixture("openpyxl.xlsx"));
    let text = String::from_utf8_lossy(&done.stderr).into_owned();
    let place = "sheet \"October\": row 4: column \"RPC\": \"#DIV/0!\": October!E4: the cell holds an error";
    assert!(done.status.code() == Some(2) && text.contains(place), "{text}");
    let chosen =
        workdir.run(&["statement", "import", "--partner", "first", "--member", "*.tsv", &fixture("report.zip")]);
    assert!(String::from_utf8_lossy(&chosen.stderr).contains("no file that matches member = \"*.tsv\""));
}

#[test]
fn stores_suppressed_clicks_as_null_and_provisional_days_as_not_final() {
    let workdir = workdir_with_profile(r#"{ preset = "tonic" }"#);
    import_ok(&workdir, &fixture("tonic.json"));
    let store = rusqlite::Connection::open(workdir.path("data/counts.db")).unwrap();
    let mut rows = store.prepare("select day, code, clicks, revenue, final from statement_rows order by day").unwrap();
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)));
    let rows: Vec<(String, String, Option<i64>, i64, i64)> = rows.unwrap().map(Result::unwrap).collect();
    let row = |day: &str, clicks, revenue, is_final| (day.to_owned(), "QX1".to_owned(), clicks, revenue, is_final);
    assert_eq!(
        rows,
        [
            row("2026-10-01", Some(120), 41_230_000, 1),
            row("2026-10-02", Some(98), 33_900_000, 1),
            row("2026-10-03", Some(143), 50_050_000, 1),
            row("2026-10-04", None, 2_100_000, 1),
            row("2026-10-05", Some(110), 38_470_000, 0),
        ]
    );
}

#[test]
fn ignores_the_same_file_and_shows_the_changes_of_a_revision() {
    let workdir = workdir_with_profile(r#"{ zone = "UTC", date = "Day", clicks = "Clicks" }"#);
    workdir.write("a.csv", b"Day,Clicks\n2026-10-01,10\n2026-10-02,20\n");
    workdir.write("b.csv", b"Day,Clicks\n2026-10-02,21\n2026-10-03,30\n");
    let dry = workdir.run(&["statement", "import", "--partner", "first", "--dry-run", "a.csv"]);
    assert!(String::from_utf8_lossy(&dry.stdout).ends_with("nothing was imported (--dry-run)\n"));
    assert!(import_ok(&workdir, "a.csv").ends_with("imported as statement 1 of first\n"));
    assert!(import_ok(&workdir, "a.csv").ends_with("this file was imported before, as statement 1; nothing changes\n"));
    let output = import_ok(&workdir, "b.csv");
    let lines: Vec<Vec<&str>> = output.lines().map(|line| line.split_whitespace().collect()).collect();
    assert!(lines.contains(&vec!["2026-10-02", "20", "21"]), "{output}");
    assert!(lines.contains(&vec!["2026-10-03", "30"]), "{output}");
    assert!(output.ends_with("imported as statement 2 of first, revision 2 for these days\n"), "{output}");
    let listed = workdir.run(&["statement", "list", "--format", "csv"]);
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert_eq!(listed.lines().count(), 3);
    assert!(listed.lines().nth(2).unwrap().contains(",2026-10-02,2026-10-03,2,"), "{listed}");
}

#[test]
fn rejects_a_file_with_the_place_of_every_issue() {
    let profile = r#"{ zone = "UTC", date = "Day", code = "Tag", clicks = "Clicks", revenue = "Money", currency = "EUR", decimal_mark = ",", group_mark = ".", dimensions = ["Land"], totals = "Summe" }"#;
    let workdir = workdir_with_profile(profile);
    let head = "Day;Tag;Land;Clicks;Money\n".replace(';', "\t");
    assert!(workdir.run(&["check"]).status.success());
    let profile = profile.replace("zone", "format = \"tsv\", zone");
    let workdir = workdir_with_profile(&profile);
    let file = |rows: &str| format!("{head}{}", rows.replace(';', "\t")).into_bytes();
    let good = "2026-10-01;A;DE;1.234;1.234,56\n";
    for (rows, parts) in [
        (String::new(), vec!["there are no rows below the header"]),
        (
            "2026-10-01;A;DE;1,234;1,00\n".into(),
            vec!["row 2: column \"Clicks\": \"1,234\": this must be a whole number"],
        ),
        (
            "2026-10-01;A;DE;12.34;1,00\n".into(),
            vec![
                "row 2: column \"Clicks\": \"12.34\": this is not a number in the format of decimal_mark and group_mark",
            ],
        ),
        ("2026-10-01;A;DE;1;1.5\n".into(), vec!["column \"Money\": \"1.5\""]),
        (
            "01.10.2026;A;DE;1;1,00\n".into(),
            vec!["column \"Day\": \"01.10.2026\": does not match date_format = \"%Y-%m-%d\""],
        ),
        ("2026-02-30;A;DE;1;1,00\n".into(), vec!["does not match date_format"]),
        (format!("{good}2026-10-03;A;DE;1;1,00\n"), vec!["2026-10-02 is missing"]),
        (format!("{good}2026-10-01;A;DE;7;1.234,56\n"), vec!["row 3: row 2 has the same day and code"]),
        (format!("{good}2026-10-02;A;DE;7\n"), vec!["row 3: this row has 4 cells, the header has 5"]),
        (
            format!("{good}Summe;;;1.235;1.234,56\n"),
            vec!["row 3: column \"Clicks\": \"1.235\"", "sum of the rows above, 1234"],
        ),
        (
            format!("{good}Summe;;;1.234;1.235,56\n"),
            vec!["column \"Money\": \"1.235,56\"", "sum of the rows above, 1234.56"],
        ),
        ("=cmd|' /C calc'!A0;A;DE;1;1,00\n".into(), vec!["column \"Day\": \"=cmd|"]),
        ("2026-10-01\u{1b}[31m;A;DE;1;1,00\n".into(), vec!["\"2026-10-01\\u{1b}[31m\""]),
    ] {
        assert_rejected(&workdir, &file(&rows), &parts);
    }
    assert_rejected(&workdir, b"", &["the file is empty"]);
    assert_rejected(&workdir, b"Tag\tClicks\tMoney\tLand\nA\t1\t1\tDE\n", &["row 1: the header has no column \"Day\""]);
    assert_rejected(&workdir, b"Day\tDay\tTag\tLand\tClicks\tMoney\n", &["more than one column \"Day\""]);
    assert_rejected(&workdir, b"a\tb\n1\t2\n", &["no row has the profile's columns", "statement profile FILE"]);
    assert_rejected(
        &workdir,
        &[head.as_bytes(), b"2026-10-01\tA\xff\tDE\t1\t1,00\n"].concat(),
        &["invalid in its encoding"],
    );
    assert_rejected(&workdir, &[head.as_bytes(), b"2026-10-01\tA\0\tDE\t1\t1,00\n"].concat(), &["NUL character"]);
    let many: String = (0..50).map(|_| "x;A;DE;1;1,00\n").collect();
    workdir.write("statement.csv", &file(&many));
    let output = String::from_utf8(import(&workdir, "statement.csv").stderr).unwrap();
    assert_eq!(output.matches("does not match date_format").count(), 20, "at most 20 issues are reported");
    // Repeated rows and headers, corrections and totals are accepted.
    workdir.write(
        "right.tsv",
        &file(&format!("{good}{good}Day;Tag;Land;Clicks;Money\n2026-10-01;A;AT;-4;-1,00\nSumme;;;1.230;1.233,56\n")),
    );
    let output = import_ok(&workdir, "right.tsv");
    assert!(
        output.contains("1 row by day and code: searches not reported, clicks 1230, revenue 1233.56 EUR"),
        "{output}"
    );
    assert!(output.contains("1 row that repeats another one") && output.contains("1 repeated header"), "{output}");
}

#[test]
fn rejects_a_line_of_200_mb_in_little_memory() {
    let workdir = workdir_with_profile(r#"{ zone = "UTC", date = "Day", clicks = "Clicks" }"#);
    let mut file = std::fs::File::create(workdir.path("long.csv")).unwrap();
    file.write_all(b"Day,Clicks\n2026-10-01,\"").unwrap();
    for _ in 0..200 {
        file.write_all(&vec![b'x'; 1 << 20]).unwrap();
    }
    drop(file);
    // The operating system limits the memory to less than the line takes twice.
    let binary = qsproxy_test_support::workdir::binary();
    let limited = std::process::Command::new("sh")
        .args(["-c", "ulimit -v 400000; exec \"$0\" --config proxy.toml statement import --partner first long.csv"])
        .arg(binary)
        .current_dir(workdir.path("."))
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&limited.stderr).into_owned();
    assert_eq!(limited.status.code(), Some(2), "{output}");
    assert!(output.contains("a row is longer than 1 MB"), "{output}");
}

#[test]
fn check_reports_mistakes_in_profiles() {
    for (profile, what) in [
        (r#"{ preset = "adsens-api" }"#, "did you mean \"adsense-api\"?"),
        (r#"{ zone = "Mars/Base", date = "D", clicks = "C" }"#, "must be an IANA time zone"),
        (r#"{ zone = "UTC", clicks = "C" }"#, "first.statement.date: missing key"),
        (r#"{ zone = "UTC", date = "D", clicks = "C", revenue = "R" }"#, "revenue needs a currency"),
        (r#"{ zone = "UTC", date = "D", clicks = "C", revenue = "R", currency = "usd" }"#, "must be a currency"),
        (r#"{ zone = "UTC", date = "D", clicks = "C", date_format = "%d/%m" }"#, "with year, month and day"),
        (r#"{ zone = "UTC", date = "D", clicks = "C", decimal_mark = ",", group_mark = "," }"#, "must differ"),
        (r#"{ zone = "UTC", date = "D", clicks = "C", delimiter = ";;" }"#, "one ASCII character"),
        (r#"{ zone = "UTC", date = "D", clicks = "C", list = "/x" }"#, "applies only to format = \"json\""),
        (r#"{ zone = "UTC", date = "D", clicks = "C", colour = "x" }"#, "unknown key"),
        (r#"{ zone = "UTC", date = "D", clicks = "C", format = "xml" }"#, "first.statement.list: missing key"),
        (
            r#"{ zone = "UTC", date = "D", clicks = "C", format = "xml", list = "rows" }"#,
            "the names of elements from the root",
        ),
        (
            r#"{ zone = "UTC", date = "D", clicks = "C", format = "xml", list = "/r", headers = "/h" }"#,
            "applies only to format = \"json\"",
        ),
        (
            r#"{ zone = "UTC", date = "D", clicks = "C", format = "xlsx", delimiter = ";" }"#,
            "applies only to format = \"csv\"",
        ),
        (r#"{ zone = "UTC", date = "D", clicks = "C", skip = "header" }"#, "use footers, or remove it"),
        (
            r#"{ zone = "UTC", date = "D", clicks = "C", encoding = "latin" }"#,
            "another name of the WHATWG Encoding Standard",
        ),
        (r#"{ zone = "UTC", date = "D", clicks = "C", sheet = 0 }"#, "a quoted string, or a number from 1"),
        (r#"{ zone = "UTC", date = "D", clicks = "C", sheet = " " }"#, "must not be empty"),
        (r#"{ zone = "UTC", date = "D", clicks = "C", member = "" }"#, "must not be empty"),
    ] {
        let partner = MockPartner::json(sample_results());
        let workdir = Workdir::new(&ConfigBuilder::new(&partner).with("partner first", "statement", profile).text());
        let output = String::from_utf8(workdir.run(&["check"]).stderr).unwrap();
        let what = what.replace("first.statement", "partner[0].statement");
        assert!(output.contains(&what) && output.contains("proxy.toml:"), "{profile}: {output}");
    }
}

#[test]
fn proposes_a_profile_that_reads_the_file() {
    let partner = MockPartner::json(sample_results());
    let plain = ConfigBuilder::new(&partner).text();
    let workdir = Workdir::new(&plain);
    assert!(workdir.start().terminate().success());
    workdir.write("never.txt", b"Report\n\nDay|Source Tag|Queries|Klicks|Earnings (EUR)\n2026-10-01|QX1|1.200|45|12,50\n2026-10-02|QX1|900|40|9,75\n");
    let proposed = workdir.run(&["statement", "profile", "never.txt"]);
    assert_eq!(proposed.status.code(), Some(0), "{}", String::from_utf8_lossy(&proposed.stderr));
    let proposed = String::from_utf8(proposed.stdout).unwrap();
    workdir.write("proxy.toml", format!("{plain}\n{proposed}").as_bytes());
    let output = import_ok(&workdir, "never.txt");
    assert!(
        output.contains("2 rows by day and code: searches 2100, clicks 85, revenue 22.25 EUR"),
        "{output}\n{proposed}"
    );
    workdir.write("never.txt", b"nothing");
    let rejected = workdir.run(&["statement", "profile", "never.txt"]);
    assert_eq!(rejected.status.code(), Some(2));
}

#[test]
fn a_month_that_begins_or_ends_without_traffic_is_complete_where_the_operator_says_so() {
    let profile = r#"{ zone = "UTC", date = "Day", code = "Sub", clicks = "Clicks", revenue = "Money", currency = "USD", missing_days = "zero" }"#;
    let workdir = workdir_with_profile(profile);
    let file = "Day,Sub,Clicks,Money\n2026-10-03,a,5,1.00\n2026-10-05,a,6,1.50\n2026-10-05,b,7,0.50\n";
    workdir.write("statement.csv", file.as_bytes());
    let run = |covers: &[&str]| {
        let arguments = [&["statement", "import", "--partner", "first"], covers, &["statement.csv"]].concat();
        let done = workdir.run(&arguments);
        let text = String::from_utf8(done.stdout).unwrap() + &String::from_utf8_lossy(&done.stderr);
        (done.status.code(), text)
    };
    for (covers, part) in [
        ("2026-10-04..2026-10-31", "the file has rows of 2026-10-03, and --covers is 2026-10-04 to 2026-10-31"),
        ("2026-09", "the file has rows of 2026-10-03"),
        ("2027-12", "the file has rows of 2026-10-03"),
        ("2026-10-01..2029-01-01", "a gap of more than a year is not filled with zeros"),
        ("2026-10-31..2026-10-01", "expected a month, 2026-10, or its first and last day"),
        ("october", "expected a month"),
    ] {
        let (code, text) = run(&["--covers", covers]);
        assert!(code == Some(2) && text.contains(part), "{covers}: {text}");
    }
    let (code, text) = run(&["--covers", "2026-10"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains("2026-10-01 to 2026-10-31, 61 rows by day and code: searches not reported, clicks 18"),
        "{text}"
    );
    assert!(text.contains("29 days left out by the partner, taken as zero\n"), "{text}");
    // The same file is known by what it covers, too.
    assert!(run(&["--covers", "2026-10"]).1.contains("this file was imported before"));
    let shown = workdir.run(&["statement", "show", "1"]);
    assert!(String::from_utf8_lossy(&shown.stdout).contains("covers = \"2026-10-01..2026-10-31\""));

    let workdir = workdir_with_profile(&profile.replace(", missing_days = \"zero\"", ""));
    workdir.write("statement.csv", b"Day,Sub,Clicks,Money\n2026-10-03,a,5,1.00\n");
    let done = workdir.run(&["statement", "import", "--partner", "first", "--covers", "2026-10", "statement.csv"]);
    let text = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.code() == Some(2) && text.contains("set missing_days = \"zero\""), "{text}");
}
