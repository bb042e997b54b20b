//! A partner's statement. The first byte of an input selects the profile: a plain table that a reference can read, or one of the presets;
//! the rest is the file.
//!
//! - Rows read are rows summed and rows left out, each for one reason; sums are those of a reference with 128 bits.
//! - Where the file is cut while it is read makes no difference; nor does it how its lines end.
//! - A proposal for a file of a further format is a profile that reads the file, or every line of it is a comment.
//! - A file is accepted with rows of days from the first to the last, or rejected with 1 to 20 issues, each in a row of the file.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::path::Path;
use std::rc::Rc;
use std::sync::LazyLock;

use qsproxy::billing::import::{ImportError, ImportIssue, MAX_ISSUES, read};
use qsproxy::billing::profile::{Encoding, FileFormat, Profile};
use qsproxy::billing::profile_proposal::{ProposalContext, ProposedProfile, propose};
use qsproxy::billing::statement::Statement;
use qsproxy::config::Config;
use qsproxy::presets;

use super::input::{Input, pieces};

const PARTNER: &str = "[[code]]\nname = \"a\"\npartners = [\"p\"]\n[[partner]]\nname = \"p\"\nurl = \"https://p.example/\"\n\
    send = { keyword = \"q\" }\nresults = { list = \"/r\", title = \"/t\", url = \"/u\" }\n";

/// The profile that the reference knows.
const PLAIN: &str = r#"{ zone = "UTC", date = "day", code = "tag", searches = "searches", clicks = "clicks" }"#;
const COLUMNS: [&str; 4] = ["day", "tag", "searches", "clicks"];

/// Other profiles than the presets.
const OTHERS: [&str; 4] = [
    r#"{ zone = "America/Los_Angeles", date = "d", hour = "h", clicks = "c", revenue = "money ({currency})", totals = ["empty", "Sum"], footers = ["Note"] }"#,
    r#"{ zone = "Europe/Berlin", date = "d", date_format = "%d.%m.%Y", clicks = "c", searches = "s", revenue = "r", currency = "EUR", decimal_mark = ",", group_mark = ".", delimiter = ";", totals = "last" }"#,
    r#"{ zone = "UTC", date = "d", clicks = "c", final = "f", dimensions = ["n"], zero_clicks = "unknown", delimiter = "\t" }"#,
    r#"{ zone = "UTC", format = "json", list = "/rows", headers = "/names", totals_at = "/sum", date = "d", code = "t", clicks = "c" }"#,
];

/// Profiles of further formats. Inputs whose first byte is [`FIRST_PACKED`] or more select one of them.
const FORMATS: [&str; 9] = [
    r#"{ zone = "UTC", format = "jsonl", skip = ["header"], date = "d", code = "/a/b", clicks = "a.c" }"#,
    r#"{ zone = "UTC", format = "xml", list = "/r/w", date = "@d", code = "t", clicks = "a/c" }"#,
    r#"{ zone = "UTC", format = "xlsx", date = "Date", clicks = "Clicks" }"#,
    r#"{ zone = "UTC", format = "ods", date = "Datum", hour = "Stunde", clicks = "Klicks", revenue = "Umsatz", currency = "EUR" }"#,
    r#"{ zone = "UTC", date = "d", clicks = "c", encoding = "shift_jis", member = "*.csv" }"#,
    r#"{ zone = "UTC", format = "json", keyed_by = ["d", "t"], skip = ["ok"], date = "d", code = "t", clicks = "c", totals = "Sum" }"#,
    r#"{ zone = "UTC", format = "json", list = "/w", headers = ["/a", "/b"], totals_at = "/s/0", date = "d", date_format = "%Y%m%d", clicks = "c" }"#,
    r#"{ zone = "UTC", date = "d", hour = "h", code = "t", dimensions = ["n"], clicks = "c", revenue = "r", currency = "USD", unit = "cents", digits = "any", totals = ["unlabelled", "Sum"], undated_rows = ["empty", "Adj*"], optional = ["hour", "revenue", "dimensions"] }"#,
    r#"{ zone = "America/Los_Angeles", date = "d", date_format = "epoch-ms", clicks = "c", code = "t", optional = "code" }"#,
];
const FIRST_PACKED: u8 = 200;

fn profile(text: &str) -> Profile {
    let config = Config::parse(&format!("{PARTNER}statement = {text}\n"), Path::new("no-such-folder"));
    let config = config.unwrap_or_else(|errors| panic!("{errors:?}\n{text}"));
    config.contracts[0].profile.clone().unwrap()
}

static PROFILES: LazyLock<Vec<Profile>> = LazyLock::new(|| {
    // The presets of forms that many sources have leave the zone to the operator.
    let zone = |text: &str| if text.contains("zone = ") { "" } else { ", zone = \"UTC\"" };
    let presets = presets::STATEMENTS.iter().map(|(name, text)| format!("{{ preset = {name:?}{} }}", zone(text)));
    let own = [PLAIN].into_iter().chain(OTHERS).map(str::to_owned);
    own.chain(presets).map(|text| profile(&text)).collect()
});

static FORMAT_PROFILES: LazyLock<Vec<Profile>> = LazyLock::new(|| FORMATS.map(profile).into());

/// Returns one piece a call.
struct PieceReader<'b>(std::vec::IntoIter<&'b [u8]>, &'b [u8]);

impl Read for PieceReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.1.is_empty() {
            self.1 = self.0.next().unwrap_or_default();
        }
        self.1.read(buffer)
    }
}

/// A file as it was read: the statement, or the issues; and how many rows were passed on.
#[derive(Debug, Clone, PartialEq)]
struct Import {
    result: Result<Statement, Vec<ImportIssue>>,
    rows: u64,
}

fn import(file: impl Read, profile: &Profile) -> Import {
    let mut rows = 0;
    let result = read(file, profile, &Rc::default(), &mut || rows += 1).map_err(|error| match error {
        ImportError::Rejected(issues) => issues,
        ImportError::File(error) => panic!("{error}"),
    });
    Import { result, rows }
}

impl Import {
    /// The same without what depends on the bytes of the file.
    fn without_hash(mut self) -> Self {
        if let Ok(statement) = &mut self.result {
            statement.sha256.clear();
        }
        self
    }
}

fn check_issues(issues: &[ImportIssue], file: &[u8], profile: &Profile) {
    assert!((1..=MAX_ISSUES).contains(&issues.len()), "{} issues", issues.len());
    for issue in issues {
        let text = issue.to_string();
        assert!(!issue.message.is_empty() && !text.chars().any(char::is_control), "{text:?}");
        assert!(issue.cell.is_some() || issue.column.is_none(), "{text:?}");
        let Some(row) = issue.row else { continue };
        // A file that is compressed or in UTF-16 has more lines than bytes of line ends.
        let is_plain = matches!(profile.format, FileFormat::Table(_))
            && std::str::from_utf8(file).is_ok()
            && !file.starts_with(b"PK");
        let ends = file.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() as u64;
        assert!(row >= 1 && (!is_plain || row <= ends + 1), "{text}: {ends} line ends");
    }
}

fn check_statement(statement: &Statement, rows: u64, profile: &Profile) {
    let days: BTreeSet<_> = statement.rows.iter().map(|row| (row.day, row.last)).collect();
    let mut day = statement.first;
    for (first, last) in &days {
        assert_eq!(*first, day, "a day is missing");
        day = last.tomorrow().unwrap_or(*last);
    }
    assert_eq!(days.last().map(|(_, last)| *last), Some(statement.last));
    assert!(statement.rows.is_sorted_by(|one, other| (one.day, &one.code) < (other.day, &other.code)));
    let left_out = statement.left_out;
    let beside = left_out.totals + left_out.repeated + left_out.footers + left_out.headers;
    let is_among_rows = u64::from(matches!(&profile.format, FileFormat::Json { totals: Some(_), .. }));
    assert!(rows + is_among_rows >= beside + statement.rows.len() as u64, "{rows} rows, {left_out:?}");
    assert_eq!(statement.sha256.len(), 64);
}

/// Searches and clicks by day and code.
type Sums = BTreeMap<(String, String), (i128, i128)>;

/// What a plain table contains: sums, and rows that are repeated. `None` for a table that has more than plain rows.
fn reference(file: &str) -> Option<(Sums, u64)> {
    let is_plain = |c: char| c.is_ascii_graphic() || c == '\n';
    if file.contains(['"', '\u{feff}']) || !file.chars().all(is_plain) {
        return None;
    }
    let mut lines = file.lines().filter(|line| line.split(',').any(|cell| !cell.is_empty()));
    let header: Vec<String> = lines.next()?.split(',').map(str::to_ascii_lowercase).collect();
    if header != COLUMNS {
        return None;
    }
    let (mut sums, mut seen, mut repeated) = (Sums::new(), BTreeSet::new(), 0);
    for line in lines {
        let [day, code, searches, clicks] = *line.split(',').collect::<Vec<_>>() else { return None };
        let number = |text: &str| {
            let digits = text.strip_prefix('-').unwrap_or(text);
            let is_number = !digits.is_empty() && digits.len() < 19 && digits.bytes().all(|byte| byte.is_ascii_digit());
            if is_number { text.parse::<i128>().ok() } else { None }
        };
        let (searches, clicks) = (number(searches)?, number(clicks)?);
        if !seen.insert(line.to_owned()) {
            repeated += 1;
            continue;
        }
        let date: jiff::civil::Date = day.parse().ok().filter(|date: &jiff::civil::Date| date.to_string() == day)?;
        let sum = sums.entry((date.to_string(), code.to_owned())).or_default();
        *sum = (sum.0 + searches, sum.1 + clicks);
    }
    Some((sums, repeated))
}

fn check_sums(statement: &Statement, rows: u64, file: &str) {
    let Some((sums, repeated)) = reference(file) else { return };
    let read = statement.rows.iter().map(|row| {
        let value = |value: Option<i64>| i128::from(value.unwrap());
        ((row.day.to_string(), row.code.clone()), (value(row.searches), value(row.clicks)))
    });
    assert_eq!(read.collect::<Sums>(), sums);
    let left_out = statement.left_out;
    assert_eq!((left_out.repeated, left_out.totals, left_out.footers), (repeated, 0, 0));
    assert_eq!(rows, repeated + left_out.headers + statement.rows.len() as u64, "one row for each day and code");
}

/// Proposes a profile for a file.
fn check_proposal(file: &[u8]) {
    let parse = |keys: &str| Config::parse_statement(keys).map_err(|mistakes| format!("{mistakes:?}"));
    let context = ProposalContext { partners: &[], partner: None, member: None, parse: &parse };
    let Ok(ProposedProfile { text, is_read }) = propose(file, &context) else { return };
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    let is_comment = |line: &str| line.is_empty() || line.starts_with('#');
    assert!(is_read || text.lines().all(is_comment), "{text}");
    assert!(!is_read || text.contains("# Tried on this file"), "{text}");
}

pub fn check(input: &[u8]) {
    let mut input = Input(input);
    let selected = input.byte();
    let (profile, file) = match selected.checked_sub(FIRST_PACKED) {
        Some(format) => (&FORMAT_PROFILES[usize::from(format) % FORMAT_PROFILES.len()], input.0),
        None => (&PROFILES[usize::from(selected) % PROFILES.len()], input.0),
    };
    let is_reference = std::ptr::eq(profile, &PROFILES[0]);
    if selected >= FIRST_PACKED {
        check_proposal(file);
    }
    let whole = import(file, profile);
    match &whole.result {
        Ok(statement) => check_statement(statement, whole.rows, profile),
        Err(issues) => check_issues(issues, file, profile),
    }
    let is_unicode = !matches!(profile.encoding, Encoding::Named(_));
    let text =
        std::str::from_utf8(file).ok().filter(|text| is_unicode && !text.contains('\0') && !text.starts_with("PK"));
    for lengths in [&[1][..], &[3, 1, 40], &[200, 7]] {
        let cut = import(PieceReader(pieces(file, lengths).into_iter(), &[]), profile);
        // Bytes that are no text may be found before or after an issue of a row.
        let is_comparable = text.is_some() || whole.result.is_ok();
        assert!(cut == whole || !is_comparable && cut.result.is_err(), "pieces of {lengths:?}: {cut:?} {whole:?}");
    }
    let Some(text) = text else { return };
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    if is_reference && let Ok(statement) = &whole.result {
        check_sums(statement, whole.rows, &lines);
    }
    if matches!(profile.format, FileFormat::Table(_)) {
        let whole = whole.without_hash();
        for end in ["\n", "\r\n", "\r"] {
            let other = import(lines.replace('\n', end).as_bytes(), profile).without_hash();
            assert_eq!(other, whole, "lines that end with {end:?}");
        }
    }
}
