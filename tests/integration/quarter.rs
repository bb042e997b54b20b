//! A quarter as a finance person closes it: the files of sixteen sources as they came (`scripts/quarter-fixtures` writes them), three months,
//! by the commands of `docs/billing.md` alone, on SQLite and on PostgreSQL. Profiles are those that `statement profile` proposes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use rusqlite::{Connection, params};

use qsproxy_test_support::postgres::PostgresProcess;
use qsproxy_test_support::wait_for;
use qsproxy_test_support::workdir::Workdir;

const FIRST: Date = date(2026, 1, 1);
const MONTHS: [&str; 3] = ["2026-01", "2026-02", "2026-03"];

/// A source of statements.
struct Source {
    name: &'static str,
    extension: &'static str,
    /// The zone of its days. A person knows it from the contract.
    zone: &'static str,
    /// The currency, and the millionths of it that a click earns.
    revenue: (&'static str, i64),
}

const fn source(name: &'static str, extension: &'static str, zone: &'static str, currency: &'static str) -> Source {
    Source { name, extension, zone, revenue: (currency, 310_000) }
}

const PACIFIC: &str = "America/Los_Angeles";

const SOURCES: [Source; 16] = [
    source("adsense", "csv", "Europe/Berlin", "EUR"),
    source("admob", "tsv", "Europe/Berlin", "EUR"),
    source("yahoo", "csv.gz", PACIFIC, "USD"),
    source("parkingcrew", "csv", "Europe/Berlin", "EUR"),
    source("above", "csv", "Australia/Melbourne", "USD"),
    source("tonic", "json", PACIFIC, "USD"),
    source("google-ad-manager", "csv", "America/New_York", "USD"),
    source("microsoft", "zip", PACIFIC, "USD"),
    source("german-xlsx", "xlsx", "Europe/Berlin", "EUR"),
    source("spanish-ods", "ods", "Europe/Madrid", "EUR"),
    source("xml", "xml", "Europe/London", "GBP"),
    source("nested-json", "json", "UTC", "USD"),
    Source { revenue: ("JPY", 31_000_000), ..source("japanese-hours", "csv", "Asia/Tokyo", "JPY") },
    Source { revenue: ("INR", 3_100_000), ..source("indian-months", "csv", "Asia/Kolkata", "INR") },
    source("french", "csv", "Europe/Paris", "EUR"),
    source("json-lines", "jsonl", PACIFIC, "USD"),
];

impl Source {
    fn file(&self, month: &str) -> String {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/statements/quarter");
        folder.join(format!("{}-{month}.{}", self.name, self.extension)).to_str().unwrap().to_owned()
    }

    /// The clicks of a day, as in `scripts/quarter-fixtures`.
    fn clicks(&self, day: Date) -> i64 {
        let number = SOURCES.iter().position(|source| source.name == self.name).unwrap() as i64 + 1;
        let since = i64::from((day - FIRST).get_days());
        60 + (since * 7 + number * 11) % 40
    }

    /// The clicks of a month, and its revenue as it is printed.
    fn month(&self, month: &str) -> (i64, String) {
        let first: Date = format!("{month}-01").parse().unwrap();
        let days = (0..i64::from(first.days_in_month())).map(|day| self.clicks(first + day.days()));
        let clicks: i64 = days.sum();
        let cents = clicks * self.revenue.1 / 10_000;
        (clicks, format!("{}.{:02}", cents / 100, cents % 100))
    }

    /// Our clicks by UTC hour: some in the first and in the last hour of each day in the partner's zone.
    fn hours(&self) -> Vec<(String, i64)> {
        let zone = TimeZone::get(self.zone).unwrap();
        let mut hours = Vec::new();
        for day in 0..90 {
            let day = FIRST + day.days();
            for (hour, minute, n) in [(0, 45, 1), (12, 0, self.clicks(day) - 3), (23, 15, 2)] {
                let time = zone.to_timestamp(day.at(hour, minute, 0, 0)).unwrap();
                hours.push((time.strftime("%Y-%m-%dT%H").to_string(), n));
            }
        }
        hours
    }
}

fn config() -> String {
    let names: Vec<String> = SOURCES.iter().map(|source| format!("{:?}", source.name)).collect();
    let tags: Vec<String> = SOURCES.iter().skip(1).map(|source| format!("{0} = \"{0}-main\"", source.name)).collect();
    let mut text = format!(
        "[listen]\naddress = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1:8080\"\n[admin]\naddress = \"127.0.0.1:0\"\n\
         [counts]\nstore = \"sqlite:data/counts.db\"\n\
         [[code]]\nname = \"toolbar\"\npartners = [{}]\ntags = {{ {} }}\n",
        names.join(", "),
        tags.join(", ")
    );
    for Source { name, .. } in &SOURCES {
        write!(
            text,
            "\n[[partner]]\nname = \"{name}\"\nurl = \"http://127.0.0.1:9/\"\nsend = {{ keyword = \"q\" }}\n\
             results = {{ list = \"/r\", title = \"/t\", url = \"/u\" }}\n"
        )
        .unwrap();
    }
    text
}

#[track_caller]
fn run(workdir: &Workdir, arguments: &[&str]) -> String {
    let done = workdir.run(arguments);
    let (output, errors) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert_eq!((done.status.code(), errors.as_ref()), (Some(0), ""), "{arguments:?}: {output}");
    output.into_owned()
}

/// Adds the proposal for the source's first file to its block, with the zone that the contract says.
fn configure(workdir: &Workdir, source: &Source) {
    let Source { name, zone, revenue: (currency, _), .. } = source;
    let file = source.file(MONTHS[0]);
    let mut arguments = vec!["statement", "profile", &file];
    // A file without codes names no partner.
    if *name == "adsense" {
        arguments.extend(["--partner", name]);
    }
    let proposal = run(workdir, &arguments);
    let (clicks, revenue) = source.month(MONTHS[0]);
    let sums = format!("clicks {clicks}, revenue {revenue} {currency}\n");
    assert!(proposal.contains(&format!("# For [[partner]] name = \"{name}\"")), "{proposal}");
    assert!(proposal.contains(&sums), "{sums} is not in {proposal}");
    let proposal = match proposal.split_once("statement = { ") {
        Some((before, keys)) => format!("{before}statement = {{ zone = \"{zone}\", {keys}"),
        None => proposal.replace(&format!("zone = \"{PACIFIC}\""), &format!("zone = \"{zone}\"")),
    };
    let config = std::fs::read_to_string(workdir.path("proxy.toml")).unwrap();
    let block = config.find(&format!("[[partner]]\nname = \"{name}\"")).unwrap();
    let end = config[block..].find("\n\n[[").map_or(config.len(), |end| block + end + 1);
    workdir.write("proxy.toml", format!("{}{proposal}{}", &config[..end], &config[end..]).as_bytes());
}

/// Closes the quarter. Returns every file of the closings' folders, but for signatures; records without the hash of the configuration, which
/// has the address of the store, and that of the record before.
fn close_quarter(workdir: &Workdir, key: &[u8]) -> BTreeMap<PathBuf, String> {
    workdir.write("data/closing.key", key);
    SOURCES.iter().for_each(|source| configure(workdir, source));
    run(workdir, &["check"]);
    for source in &SOURCES {
        let files = MONTHS.map(|month| source.file(month));
        let imported =
            run(workdir, &["statement", "import", "--partner", source.name, &files[0], &files[1], &files[2]]);
        assert_eq!(imported.matches("imported as statement ").count(), 3, "{imported}");
    }
    for month in MONTHS {
        for source in &SOURCES {
            let (clicks, revenue) = source.month(month);
            // The other months are compared in their records.
            if month == MONTHS[2] {
                let csv = run(workdir, &["reconcile", "--partner", source.name, "--month", month, "--format", "csv"]);
                let line = format!("\n{month},matched,{clicks},{clicks},0,0.00,{revenue},");
                assert!(csv.contains(&line), "{}: {line} is not in {csv}", source.name);
            }
            let folder = format!("closed/{}-{month}", source.name);
            run(workdir, &["close", "--partner", source.name, "--month", month, "--out", &folder]);
            let record = std::fs::read_to_string(workdir.path(&folder).join("record.txt")).unwrap();
            let currency = source.revenue.0;
            for line in [
                format!("clicks_counted: {clicks}"),
                format!("statement_clicks: {clicks}"),
                format!("statement_revenue: {revenue} {currency}"),
                "status: matched".to_owned(),
            ] {
                assert!(record.lines().any(|found| found == line), "{folder}: {line} is not in {record}");
            }
        }
    }
    let verified = run(workdir, &["verify"]);
    assert_eq!(verified.matches(": valid").count(), 48, "{verified}");
    let mut files = BTreeMap::new();
    for folder in std::fs::read_dir(workdir.path("closed")).unwrap() {
        let folder = folder.unwrap().path();
        if folder.to_str().unwrap().ends_with(MONTHS[1]) {
            run(workdir, &["verify", "--export", folder.to_str().unwrap()]);
        }
        for file in std::fs::read_dir(&folder).unwrap() {
            let path = file.unwrap().path();
            let name = path.strip_prefix(workdir.path("closed")).unwrap().to_owned();
            if !name.ends_with("record.txt.minisig") {
                let text = String::from_utf8(std::fs::read(&path).unwrap()).unwrap();
                let is_own = |line: &&str| line.starts_with("configuration_sha256: ") || line.starts_with("previous: ");
                let is_record = name.ends_with("record.txt");
                files.insert(name, text.split_inclusive('\n').filter(|line| !(is_record && is_own(line))).collect());
            }
        }
    }
    files
}

fn in_sqlite() -> Arc<Workdir> {
    let workdir = Workdir::new(&config());
    assert!(workdir.start().terminate().success());
    let mut store = Connection::open(workdir.path("data/counts.db")).unwrap();
    let write = store.transaction().unwrap();
    for source in &SOURCES {
        for (hour, n) in source.hours() {
            let sql = "insert into clicks (hour, partner, code, kind, outcome, n) values (?1, ?2, 'toolbar', 'sponsored', 'counted', ?3)
                 on conflict do update set n = n + excluded.n";
            write.execute(sql, params![hour, source.name, n]).unwrap();
        }
    }
    write.commit().unwrap();
    workdir
}

fn in_postgres(server: &PostgresProcess) -> Arc<Workdir> {
    let workdir = Workdir::new(&config().replace("sqlite:data/counts.db", &server.url()));
    let mut proxy = workdir.start();
    wait_for("the tables", || server.try_query("select 1 from clicks").ok());
    assert!(proxy.terminate().success());
    for source in &SOURCES {
        let values = |(hour, n): (String, i64)| format!("(timestamptz '{hour}:00Z', {n}::bigint)");
        let values: Vec<String> = source.hours().into_iter().map(values).collect();
        server.query(&format!(
            "insert into node_clicks select 'one', hour, '{}', 'toolbar', 'sponsored', 'counted', sum(n)
                from (values {}) as given (hour, n) group by hour",
            source.name,
            values.join(", ")
        ));
    }
    workdir
}

#[test]
#[ignore = "needs PostgreSQL"]
fn files_of_sixteen_sources_are_closed_for_a_quarter_on_both_engines() {
    // One key signs both.
    let other = crate::close::settled_month();
    assert!(other.run(&["close", "--partner", "first", "--month", "2026-10"]).status.success());
    let key = std::fs::read(other.path("data/closing.key")).unwrap();
    let in_sqlite = close_quarter(&in_sqlite(), &key);
    let server = PostgresProcess::start();
    let in_postgres = close_quarter(&in_postgres(&server), &key);
    assert!(in_sqlite.len() >= 48 * 7, "{} files", in_sqlite.len());
    let names = |files: &BTreeMap<PathBuf, String>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&in_sqlite), names(&in_postgres));
    for (name, text) in &in_sqlite {
        assert_eq!(*text, in_postgres[name], "{}", name.display());
    }
}
