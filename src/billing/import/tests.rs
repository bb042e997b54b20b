//! Imports of arbitrary bytes: a statement or a rejection, never a panic; and days on which clocks change.

use std::path::Path;

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::config::Config;

mod builders;
mod containers;
mod documents;
mod encodings;
mod workbooks;

const PARTNER: &str = "[[code]]\nname = \"a\"\npartners = [\"p\"]\n[[partner]]\nname = \"p\"\nurl = \"https://p.example/\"\n\
    send = { keyword = \"q\" }\nresults = { list = \"/r\", title = \"/t\", url = \"/u\" }\n";

pub(super) fn profile(text: &str) -> Profile {
    let config =
        Config::parse(&format!("{PARTNER}statement = {text}\n"), Path::new(".")).map_err(|found| format!("{found:?}"));
    config.unwrap().contracts[0].profile.clone().unwrap()
}

pub(super) fn read_all(bytes: &[u8], profile: &Profile) -> Result<Statement, ImportError> {
    read(bytes, profile, &Rc::default(), &mut || {})
}

/// Returns the issues that a file is rejected for, a line each.
pub(super) fn issues(bytes: &[u8], profile: &Profile) -> String {
    match read_all(bytes, profile).unwrap_err() {
        ImportError::Rejected(found) => found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        ImportError::File(error) => panic!("{error}"),
    }
}

/// Returns at most this many bytes a call.
struct ChunkedReader<'b>(&'b [u8], usize);

impl io::Read for ChunkedReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.1.min(buffer.len());
        self.0.read(&mut buffer[..n])
    }
}

/// Settings and a file of five days for each preset.
const FIXTURES: [(&str, &[u8]); 20] = [
    ("preset = \"above\"", include_bytes!("../../../tests/statements/above.csv")),
    ("preset = \"adsense-api\"", include_bytes!("../../../tests/statements/adsense-api.json")),
    ("preset = \"adsense-csv\"", include_bytes!("../../../tests/statements/adsense-web.csv")),
    ("preset = \"adsense-csv\"", include_bytes!("../../../tests/statements/adsense-no-page-views.csv")),
    ("preset = \"admob-api\"", include_bytes!("../../../tests/statements/admob-network.json")),
    ("preset = \"admob-csv\"", include_bytes!("../../../tests/statements/admob.tsv")),
    ("preset = \"google-ad-manager\"", include_bytes!("../../../tests/statements/google-ad-manager.csv")),
    ("preset = \"hourly\", zone = \"UTC\"", include_bytes!("../../../tests/statements/hourly.csv")),
    ("preset = \"parkingcrew\"", include_bytes!("../../../tests/statements/parkingcrew.csv")),
    ("preset = \"yahoo-hourly\"", include_bytes!("../../../tests/statements/yahoo-hourly.csv")),
    ("preset = \"yahoo-hourly\", format = \"json\"", include_bytes!("../../../tests/statements/yahoo-hourly.json")),
    ("preset = \"yahoo-type-tag\"", include_bytes!("../../../tests/statements/yahoo-type-tag.csv.gz")),
    ("preset = \"system1\"", include_bytes!("../../../tests/statements/system1.json")),
    ("preset = \"tonic\"", include_bytes!("../../../tests/statements/tonic.json")),
    ("preset = \"tonic\"", include_bytes!("../../../tests/statements/tonic-final.json")),
    ("preset = \"tonic-csv\"", include_bytes!("../../../tests/statements/tonic-daily.csv")),
    ("preset = \"microsoft\"", include_bytes!("../../../tests/statements/microsoft.csv")),
    ("preset = \"microsoft\"", include_bytes!("../../../tests/statements/microsoft.zip")),
    ("preset = \"yandex-direct\"", include_bytes!("../../../tests/statements/yandex-direct.tsv")),
    ("preset = \"e-planning\"", include_bytes!("../../../tests/statements/e-planning.json")),
];

#[test]
fn an_hour_that_clocks_repeat_counts_twice_on_that_day() {
    let profile = profile(r#"{ zone = "America/Los_Angeles", date = "d", hour = "h", clicks = "c" }"#);
    let file = |day: &str| format!("d,h,c\n{day},0,1\n{day},1,2\n{day},1,3\n{day},2,4\n");
    // Clocks go back at 2 o'clock on 2026-11-01.
    assert_eq!(read_all(file("2026-11-01").as_bytes(), &profile).unwrap().rows[0].clicks, Some(10));
    assert!(matches!(read_all(file("2026-11-02").as_bytes(), &profile), Err(ImportError::Rejected(_))));
    // Equal rows of the repeated hour are two hours; equal rows of any other hour are a repetition.
    let same = |hour: &str| format!("d,h,c\n2026-11-01,{hour},7\n2026-11-01,{hour},7\n");
    assert_eq!(read_all(same("1").as_bytes(), &profile).unwrap().rows[0].clicks, Some(14));
    assert_eq!(read_all(same("01:00").as_bytes(), &profile).unwrap().rows[0].clicks, Some(14));
    assert_eq!(read_all(same("1 AM").as_bytes(), &profile).unwrap().rows[0].clicks, Some(14));
    for hour in ["12 AM", "1:00 PM", "12:00:00 p.m."] {
        assert_eq!(read_all(same(hour).as_bytes(), &profile).unwrap().rows[0].clicks, Some(7), "{hour}");
    }
    assert_eq!(read_all(same("2").as_bytes(), &profile).unwrap().rows[0].clicks, Some(7));
    let other = file("2026-11-01").replace("11-01,1,3", "11-01,2,3");
    assert!(issues(other.as_bytes(), &profile).contains("row 4 has the same day and code"));
    for hour in ["24", "-1", "x", "", "1:0x", "1:00:00:00", "0 AM", "13 PM", "AM"] {
        assert!(issues(same(hour).as_bytes(), &profile).contains("not an hour; expected 0 to 23"), "{hour}");
    }
}

#[test]
fn an_open_quotation_mark_is_an_error() {
    let profile = profile(r#"{ zone = "UTC", date = "d", code = "t", clicks = "c", dimensions = ["n"] }"#);
    for (rows, what) in [
        ("2026-10-01,a,\"x,1\n2026-10-02,b,y\",2\n2026-10-03,a,z,3\n", "row 2: "),
        ("2026-10-01,a,x,1\n2026-10-02,b,\"y,2\n2026-10-03,a,z,3\n", "row 3: "),
    ] {
        let issues = issues(format!("d,t,n,c\n{rows}").as_bytes(), &profile);
        assert!(issues.starts_with(what) && issues.contains("a quotation mark is open"), "{issues}");
    }
    let two_lines = "d,t,n,c\n2026-10-01,a,\"two\nlines\",1\n2026-10-02,a,\"a \"\"b\"\", c\",2\n";
    assert_eq!(read_all(two_lines.as_bytes(), &profile).unwrap().rows.len(), 2);
}

#[test]
fn rejects_totals_that_cannot_be_checked() {
    let profile = profile(r#"{ zone = "UTC", date = "d", clicks = "c", searches = "s", totals = "Total" }"#);
    assert!(issues(b"d,c,s\n2026-10-01,,\n2026-10-02,2,\nTotal,3,\n", &profile).contains("cannot be checked"));
    assert!(read_all(b"d,c,s\n2026-10-01,,1\n2026-10-02,2,2\nTotal,2,3\n", &profile).is_ok());
    assert!(
        read_all(b"d,c,s\n2026-10-01,,\n2026-10-02,2,\nTotal,,\n", &profile).is_ok(),
        "empty totals have nothing to check"
    );
}

#[test]
fn reports_at_most_twenty_issues_of_any_kind() {
    let profile = profile(r#"{ zone = "UTC", date = "d", clicks = "c", searches = "s", totals = ["empty", "Total"] }"#);
    for (row, times) in [(",3#,0\n", 60), ("Total,x#,0\n", 60), ("x#,1,0\n", 60), ("2026-12-31,1,0\n", 1)] {
        let rows: String = (0..times).map(|number| row.replace('#', &number.to_string())).collect();
        let file = format!("d,c,s\n2026-10-01,1,0\n{rows}");
        let Err(ImportError::Rejected(found)) = read_all(file.as_bytes(), &profile) else { panic!("{row}") };
        assert_eq!(found.len(), MAX_ISSUES, "{row}");
    }
}

#[test]
fn the_profile_decides_the_currency_over_the_preset() {
    let file = |name: &str, cell: &str| {
        format!(
            "[[\"date\",\"subid\",\"device\",\"country\",\"searches\",\"clicks\",\"{name}\",\"cur\"],[\"2026-10-01\",\"a\",\"\",\"\",1,1,1.5,\"{cell}\"],[\"\",\"\",\"\",\"\",1,1,1.5,\"{cell}\"]]"
        )
    };
    let currency = |text: &str, file: &str| {
        read_all(file.as_bytes(), &profile(text)).map(|found| found.currency.unwrap().as_str().to_owned())
    };
    let own = r#"{ preset = "system1", currency_column = "cur" }"#;
    assert_eq!(currency(own, &file("revenue", "EUR")).unwrap(), "EUR");
    assert_eq!(currency(r#"{ preset = "system1", currency = "GBP" }"#, &file("revenue", "EUR")).unwrap(), "GBP");
    let named = r#"{ preset = "system1", revenue = "money ({currency})" }"#;
    assert_eq!(currency(named, &file("money (USD)", "")).unwrap(), "USD");
    assert!(
        issues(file("money (EUR)", "").as_bytes(), &profile(named)).contains("the header says EUR, the profile says")
    );
}

#[test]
fn reads_every_source_with_any_byte_order_mark() {
    for (settings, bytes) in FIXTURES {
        let statement = read_all(bytes, &profile(&format!("{{ {settings} }}"))).unwrap();
        assert_eq!(statement.rows.len(), 5, "{settings}");
        let revenue: i64 = statement.rows.iter().map(|row| row.revenue.unwrap().0).sum();
        assert_eq!(revenue, 165_750_000, "{settings}");
    }
    let presets: Vec<&str> = crate::presets::STATEMENTS.iter().map(|(name, _)| *name).collect();
    let has_file = |preset: &&str| FIXTURES.iter().any(|(settings, _)| settings.contains(&format!("{preset:?}")));
    let without: Vec<&str> = presets.into_iter().filter(|preset| !has_file(preset)).collect();
    // A row of a month is not five rows of a day.
    assert_eq!(without, ["monthly"]);
    let monthly = read_all(
        include_bytes!("../../../tests/statements/monthly.csv"),
        &profile("{ preset = \"monthly\", zone = \"UTC\" }"),
    );
    assert_eq!(monthly.unwrap().last, date(2026, 10, 31));
    let utf16: Vec<u8> = "d;c\n2026-10-01;1\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let said = profile(r#"{ zone = "UTC", date = "D", clicks = "C", delimiter = ";", encoding = "utf-16be" }"#);
    assert_eq!(read_all(&utf16, &said).unwrap().rows[0].clicks, Some(1));
    let other = profile(r#"{ zone = "UTC", date = "D", clicks = "C", encoding = "utf-16le" }"#);
    assert!(
        read_all(b"\xef\xbb\xbfD,C\n2026-10-01,1\n", &other).is_err(),
        "the byte order mark contradicts the profile"
    );
}

#[test]
fn typed_cells_do_not_depend_on_how_the_profile_writes_numbers() {
    let own = r#"{ zone = "UTC", format = "json", list = "", date = "d", clicks = "c", revenue = "r", currency = "EUR", decimal_mark = ",", group_mark = "." }"#;
    let file = br#"[{"d": "2026-10-01", "c": 1e3, "r": 1.234, "list": [1]}, {"d": "2026-10-02", "c": "4.675", "r": "1.234,5"}]"#;
    let rows = read_all(file, &profile(own)).unwrap().rows;
    let values: Vec<_> = rows.iter().map(|row| (row.clicks.unwrap(), row.revenue.unwrap().to_string())).collect();
    assert_eq!(values, [(1_000, "1.234".to_owned()), (4_675, "1234.50".to_owned())]);
    let found = issues(br#"[{"d": "2026-10-01", "c": [1], "r": {"a": 1}}]"#, &profile(own));
    assert!(found.contains("column \"c\": \"[…]\": not a text or a number"), "{found}");
}

proptest! {
    #[test]
    fn counts_lines_as_an_editor_does(
        before in proptest::collection::vec((0..3_usize, 0..3_u32), 1..20), end in 0..3_usize, closed in any::<bool>(), piece in 1..9_usize,
    ) {
        let ends = ["\n", "\r\n", "\r"];
        let mut file = format!("d,t,c{}", ends[end]);
        let mut line = 2;
        for (nth, (kind, blank)) in before.iter().enumerate() {
            let day = date(2026, 10, 1).checked_add(jiff::Span::new().days(i64::try_from(nth).unwrap())).unwrap();
            let code = ["a", "\"b\"", "\"two_lines\""][*kind].replace('_', ends[end]);
            file += &format!("{day},{code},1{}", ends[end]);
            file += &ends[end].repeat(*blank as usize);
            line += u64::from(*blank) + 1 + u64::from(*kind == 2);
        }
        file += "2026-10-02,z,x";
        file += if closed { ends[end] } else { "" };
        let profile = profile(r#"{ zone = "UTC", date = "d", code = "t", clicks = "c" }"#);
        let found = read(ChunkedReader(file.as_bytes(), piece), &profile, &Rc::default(), &mut || {});
        let Err(ImportError::Rejected(found)) = found else { panic!("{file:?}") };
        prop_assert_eq!(found[0].row, Some(line), "{:?}", file);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), which in 0..FIXTURES.len()) {
        let (settings, _) = FIXTURES[which];
        drop(read_all(&bytes, &profile(&format!("{{ {settings} }}"))));
    }

    #[test]
    fn mutated_fixtures_never_panic(which in 0..FIXTURES.len(), changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8), cut in any::<prop::sample::Index>()) {
        let (settings, bytes) = FIXTURES[which];
        let mut bytes = bytes.to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let profile = profile(&format!("{{ {settings} }}"));
        drop(read_all(&bytes, &profile));
        drop(read_all(&bytes[..cut.index(bytes.len())], &profile));
    }
}
