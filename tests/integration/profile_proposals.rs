//! `qsproxy statement profile`: each proposal is written into the configuration as it is printed, checked, and imported; the sums are
//! those of the numbers that the file was made from.

use std::fmt::Write as _;

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::test_env::sample_results;
use qsproxy_test_support::workdir::Workdir;

/// Searches, clicks, and cents of revenue of the code QX1; QX2 has one more of each.
const DAYS: [(i64, i64, i64); 5] =
    [(1_400, 120, 4_123), (1_180, 98, 3_390), (11_600, 1_143, 125_005), (90, 7, 210), (1_300, 110, 3_847)];

/// A file in a shape.
#[derive(Clone)]
struct Shape {
    header: &'static str,
    /// What each column is: d date, c code, s searches, k clicks, r revenue, u currency, x a text, w a day as a row of totals lacks it.
    columns: &'static str,
    date_format: &'static str,
    first: Date,
    group: &'static str,
    decimal: &'static str,
    money: (&'static str, &'static str),
    preamble: &'static str,
    total: Option<&'static str>,
    footer: &'static str,
    currency: &'static str,
    /// Lines of the proposal that answer its questions.
    answers: &'static [&'static str],
    /// What the proposal contains.
    contains: &'static [&'static str],
}

fn shape(header: &'static str, columns: &'static str) -> Shape {
    Shape {
        header,
        columns,
        date_format: "%Y-%m-%d",
        first: date(2026, 10, 10),
        group: "",
        decimal: ".",
        money: ("", ""),
        preamble: "",
        total: None,
        footer: "",
        currency: "USD",
        answers: &[],
        contains: &[],
    }
}

impl Shape {
    fn dates(mut self, format: &'static str) -> Self {
        self.date_format = format;
        self
    }
    fn early(mut self) -> Self {
        self.first = date(2026, 10, 1);
        self
    }
    fn marks(mut self, group: &'static str, decimal: &'static str) -> Self {
        (self.group, self.decimal) = (group, decimal);
        self
    }
    fn money(mut self, before: &'static str, after: &'static str, currency: &'static str) -> Self {
        (self.money, self.currency) = ((before, after), currency);
        self
    }
    fn currency(mut self, currency: &'static str) -> Self {
        self.currency = currency;
        self
    }
    fn preamble(mut self, text: &'static str) -> Self {
        self.preamble = text;
        self
    }
    fn total(mut self, label: &'static str) -> Self {
        self.total = Some(label);
        self
    }
    fn footer(mut self, text: &'static str) -> Self {
        self.footer = text;
        self
    }
    fn answers(mut self, lines: &'static [&'static str]) -> Self {
        self.answers = lines;
        self
    }
    fn contains(mut self, parts: &'static [&'static str]) -> Self {
        self.contains = parts;
        self
    }

    fn delimiter(&self) -> char {
        [';', '\t', '|', ','].into_iter().find(|delimiter| self.header.contains(*delimiter)).unwrap()
    }

    fn grouped(&self, n: i64) -> String {
        let digits = n.to_string();
        let mut text = String::new();
        for (nth, digit) in digits.chars().enumerate() {
            if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
                text += self.group;
            }
            text.push(digit);
        }
        text
    }

    fn amount(&self, cents: i64) -> String {
        let (before, after) = self.money;
        format!("{before}{}{}{:02}{after}", self.grouped(cents / 100), self.decimal, cents % 100)
    }

    /// Whether the file tells codes apart; without, it has one row a day.
    fn codes(&self) -> i64 {
        if self.columns.contains('c') { 2 } else { 1 }
    }

    fn row(&self, day: &str, code: &str, (searches, clicks, cents): (i64, i64, i64)) -> String {
        let delimiter = self.delimiter();
        let cell = |column: char| match column {
            'd' => day.to_owned(),
            'c' => code.to_owned(),
            's' => self.grouped(searches),
            'k' => self.grouped(clicks),
            'r' => self.amount(cents),
            'u' => self.currency.to_owned(),
            _ => "text".to_owned(),
        };
        let quoted = |text: String| if text.contains(delimiter) { format!("\"{text}\"") } else { text };
        self.columns.chars().map(|column| quoted(cell(column))).collect::<Vec<_>>().join(&delimiter.to_string()) + "\n"
    }

    fn sums(&self) -> (i64, i64, i64) {
        let codes = self.codes();
        let sum = |column: fn(&(i64, i64, i64)) -> i64| {
            let first: i64 = DAYS.iter().map(column).sum();
            if codes == 2 { 2 * first + DAYS.len() as i64 } else { first }
        };
        (sum(|day| day.0), sum(|day| day.1), sum(|day| day.2))
    }

    fn text(&self) -> String {
        let mut text = format!("{}{}\n", self.preamble, self.header);
        for (nth, (searches, clicks, cents)) in (0..).zip(DAYS) {
            let day = (self.first + (nth as i64).days()).strftime(self.date_format).to_string();
            text += &self.row(&day, "QX1", (searches, clicks, cents));
            if self.codes() == 2 {
                text += &self.row(&day, "QX2", (searches + 1, clicks + 1, cents + 1));
            }
        }
        if let Some(label) = self.total {
            text += &self.row(label, "", self.sums());
        }
        text + self.footer
    }

    /// What the import says.
    fn wanted(&self) -> String {
        let (searches, clicks, cents) = self.sums();
        let told =
            |column: char, text: String| if self.columns.contains(column) { text } else { "not reported".to_owned() };
        format!(
            "{} to {}, {} rows by day and code: searches {}, clicks {clicks}, revenue {}",
            self.first,
            self.first + 4.days(),
            5 * self.codes(),
            told('s', searches.to_string()),
            told('r', format!("{}.{:02} {}", cents / 100, cents % 100, self.currency)),
        )
    }
}

fn workdir() -> (std::sync::Arc<Workdir>, String) {
    let text = ConfigBuilder::new(&MockPartner::json(sample_results()))
        .partner("second", "http://127.0.0.1:9/")
        .code("side", r#"["second"]"#)
        .with("code side", "tags", r#"{ second = "ZZ9" }"#)
        .text();
    let workdir = Workdir::new(&text);
    assert!(workdir.start().terminate().success());
    (workdir, text)
}

/// Puts a proposal at the end of the block of the partner `first`, with answers to its questions.
fn configured(config: &str, proposal: &str, answers: &[&str]) -> String {
    let mut proposal = proposal.to_owned();
    for answer in answers {
        let question = format!("# {answer}\n");
        assert!(proposal.contains(&question), "{answer} is no answer in\n{proposal}");
        proposal = proposal.replacen(&question, &format!("{answer}\n"), 1);
    }
    let block = config.find("[[partner]]\nname = \"first\"").unwrap();
    let end = config[block..].find("\n\n[").map_or(config.len(), |end| block + end + 1);
    format!("{}{proposal}{}", &config[..end], &config[end..])
}

/// Profiles a file, configures the proposal, and imports the file. Returns the proposal and what the import says.
#[track_caller]
fn profile_and_import(file: &str, bytes: &[u8], answers: &[&str]) -> (String, String) {
    let (workdir, config) = workdir();
    workdir.write(file, bytes);
    let proposed = workdir.run(&["statement", "profile", file]);
    let proposal = String::from_utf8(proposed.stdout).unwrap();
    let errors = String::from_utf8_lossy(&proposed.stderr).into_owned();
    assert_eq!((proposed.status.code(), errors.as_str()), (Some(0), ""), "{file}\n{proposal}");
    workdir.write("proxy.toml", configured(&config, &proposal, answers).as_bytes());
    let checked = workdir.run(&["check"]);
    assert!(checked.status.success(), "{}\n{proposal}", String::from_utf8_lossy(&checked.stderr));
    let imported = workdir.run(&["statement", "import", "--partner", "first", file]);
    let errors = String::from_utf8_lossy(&imported.stderr).into_owned();
    assert_eq!((imported.status.code(), errors.as_str()), (Some(0), ""), "{file}\n{proposal}");
    (proposal, String::from_utf8(imported.stdout).unwrap())
}

fn european_shapes() -> Vec<Shape> {
    let german = || shape("Tag;Kanal;Suchanfragen;Klicks;Umsatz", "dcskr").dates("%d.%m.%Y").marks(".", ",");
    vec![
        german().money("", " €", "EUR").total("Summe").contains(&[
            "totals = \"Summe\"",
            "date = \"Tag\"",
            "code = \"Kanal\"",
        ]),
        german().money("", " €", "EUR").early().total("Gesamt"),
        german().money("", "\u{a0}€", "EUR").preamble("Bericht Oktober\n\n").footer("Alle Angaben ohne Gewähr\n"),
        shape("Datum;Klicks;Einnahmen (EUR)", "dkr")
            .dates("%d.%m.%Y")
            .marks(".", ",")
            .currency("EUR")
            .total("Insgesamt"),
        shape("Datum\tKanal\tKlicks\tErlöse in CHF", "dckr").dates("%d.%m.%Y").marks("’", ".").currency("CHF"),
        shape("Jour;Canal;Recherches;Clics;Revenus", "dcskr")
            .dates("%d/%m/%Y")
            .marks("\u{202f}", ",")
            .money("", " €", "EUR")
            .total("Total"),
        shape("Date;Clics;Revenu (EUR)", "dkr").dates("%d/%m/%Y").marks(" ", ",").currency("EUR").total(""),
        shape("Fecha;Canal;Búsquedas;Clics;Ingresos;Moneda", "dcskru")
            .dates("%d/%m/%Y")
            .marks(".", ",")
            .currency("EUR")
            .total("Total"),
        shape("Fecha,Clics,Ganancias (MXN)", "dkr").dates("%d-%m-%Y").marks(",", ".").currency("MXN"),
        shape("Data;Canale;Ricerche;Clic;Ricavi", "dcskr")
            .dates("%d/%m/%Y")
            .marks(".", ",")
            .money("€ ", "", "EUR")
            .total("Totale"),
        shape("Giorno|Clic|Guadagni (EUR)", "dkr").dates("%Y/%m/%d").marks("'", ".").currency("EUR"),
        shape("Dia;Canal;Pesquisas;Cliques;Receita", "dcskr")
            .dates("%d/%m/%Y")
            .marks(".", ",")
            .money("R$ ", "", "BRL")
            .total("Total"),
        shape("Datum;Kanaal;Klikken;Opbrengst (EUR)", "dckr")
            .dates("%d-%m-%Y")
            .marks(".", ",")
            .currency("EUR")
            .total("Totaal"),
        shape("Dzień;Kanał;Kliknięcia;Przychód", "dckr")
            .dates("%d.%m.%Y")
            .marks(" ", ",")
            .money("", " zł", "PLN")
            .total("Razem"),
        shape("Дата;Канал;Клики;Доход", "dckr").dates("%d.%m.%Y").marks(" ", ",").money("", " ₽", "RUB").total("Итого"),
    ]
}

fn other_shapes() -> Vec<Shape> {
    vec![
        shape("Date,Channel,Searches,Clicks,Revenue", "dcskr").total("Total").contains(&["totals = \"Total\""]),
        shape("report_date,sub_id,search,clicks,revenue_usd", "dcskr")
            .contains(&["code = \"sub_id\"", "currency = \"USD\""]),
        shape("Date,Channel,Clicks,Revenue", "dckr").marks(",", ".").money("$", "", "USD").total("TOTAL:"),
        shape("Day,Tag,Clicks,Net Revenue", "dckr").dates("%m/%d/%Y").total(""),
        shape("Day,Tag,Clicks", "dck").dates("%d %b %Y"),
        shape("Day,Tag,Clicks,Gross,Net", "dckxr").dates("%b %d, %Y").marks(",", "."),
        shape("Clicks,Revenue,Channel,Date", "krcd"),
        shape("Date,Channel,Clicks,Revenue,Currency", "dckru").currency("GBP").total("Grand Total"),
        shape("Date,Channel,Clicks,Revenue", "dckr").early().dates("%d/%m/%Y").answers(&["date_format = \"%d/%m/%Y\""]),
        shape("Date,Channel,Clicks,Revenue", "dckr").early().dates("%m/%d/%Y").answers(&["date_format = \"%m/%d/%Y\""]),
        shape("Date,Channel,Clicks,Revenue", "dckr").footer("Generated by a machine\n"),
        shape("Date,Channel,Clicks,Revenue", "dckr").footer("© 2026 Example Inc.\n").total("Total"),
        shape("Date,Channel,Clicks,Revenue", "dckr").dates("%Y%m%d").preamble("\"Report: October\"\n\"Account 7\"\n\n"),
        shape("日付,チャネル,クリック数,収益", "dckr").dates("%Y年%m月%d日").money("¥", "", "JPY").total("合計"),
        shape("日期,渠道,点击次数,收入 (CNY)", "dckr").currency("CNY").total("合计"),
        shape("날짜,채널,클릭수,수익 (KRW)", "dckr").dates("%Y. %m. %d").dates("%Y.%m.%d").currency("KRW"),
        shape("Tarih;Kanal;Tıklamalar;Gelir", "dckr")
            .dates("%d.%m.%Y")
            .marks(".", ",")
            .money("", " ₺", "TRY")
            .total("Toplam"),
    ]
}

#[track_caller]
fn assert_imports(shape: &Shape) {
    let text = shape.text();
    let (proposal, imported) = profile_and_import("file.csv", text.as_bytes(), shape.answers);
    assert!(imported.contains(&shape.wanted()), "{text}\n{proposal}\n{imported}\nlacks {}", shape.wanted());
    let (_, clicks, _) = shape.sums();
    assert!(proposal.contains(&format!("clicks {clicks}, revenue")), "{proposal}");
    assert_eq!(imported.contains("row of totals"), shape.total.is_some(), "{proposal}\n{imported}");
    let names_partner = proposal.contains("For [[partner]] name = \"first\", whose tags are in column");
    assert_eq!(names_partner, shape.columns.contains('c'), "{proposal}");
    for part in shape.contains {
        assert!(proposal.contains(part), "{part} is not in\n{proposal}");
    }
}

#[test]
fn files_of_european_languages_are_proposed_and_imported() {
    european_shapes().iter().for_each(assert_imports);
}

#[test]
fn files_of_other_shapes_are_proposed_and_imported() {
    other_shapes().iter().for_each(assert_imports);
}

#[test]
fn each_known_source_gets_its_preset() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/statements");
    for (file, statement) in [
        ("adsense-api.json", "{ preset = \"adsense-api\" }"),
        ("adsense-web.csv", "{ preset = \"adsense-csv\" }"),
        ("adsense-no-page-views.csv", "{ preset = \"adsense-csv\" }"),
        ("admob.tsv", "{ preset = \"admob-csv\" }"),
        ("yahoo-hourly.csv", "{ preset = \"yahoo-hourly\" }"),
        ("yahoo-hourly.json", "{ preset = \"yahoo-hourly\", "),
        ("yahoo-type-tag.csv.gz", "{ preset = \"yahoo-type-tag\" }"),
        ("system1.json", "{ preset = \"system1\" }"),
        ("tonic.json", "{ preset = \"tonic\" }"),
        ("tonic-daily.csv", "{ preset = \"tonic-csv\" }"),
        ("microsoft.csv", "{ preset = \"microsoft\" }"),
        ("yandex-direct.tsv", "{ preset = \"yandex-direct\" }"),
        ("e-planning.json", "{ preset = \"e-planning\" }"),
        ("above.csv", "{ preset = \"above\" }"),
        ("parkingcrew.csv", "{ preset = \"parkingcrew\" }"),
        ("google-ad-manager.csv", "{ preset = \"google-ad-manager\" }"),
    ] {
        let bytes = std::fs::read(folder.join(file)).unwrap();
        let (proposal, _) = profile_and_import(file, &bytes, &[]);
        assert!(proposal.contains(&format!("\nstatement = {statement}")), "{file}:\n{proposal}");
    }
}

#[test]
fn spreadsheets_archives_and_encodings_are_profiled() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/statements");
    for (file, wanted, answers) in [
        ("openpyxl.xlsx", "clicks 1478, revenue 1363.95", &[][..]),
        ("odfpy.ods", "clicks 1478, revenue 1363.95", &[]),
        ("xlsxwriter-1904.xlsx", "clicks 1488, revenue 14.88 EUR", &[]),
        ("libreoffice.xlsx", "clicks 1488, revenue 461.28 EUR", &[]),
        ("libreoffice.ods", "clicks 1488, revenue 461.28 EUR", &[]),
        ("report.xml", "clicks 1478, revenue 1363.95", &[]),
        ("rows.jsonl", "clicks 1478, revenue 1363.95", &[]),
        ("admob-api.json", "clicks 1478, revenue 1363.95 USD", &[]),
        ("monthly.csv", "2026-10-01 to 2026-10-31, 1 row", &[]),
        ("hourly.csv", "5 rows by day and code", &[]),
    ] {
        let bytes = std::fs::read(folder.join(file)).unwrap();
        let (proposal, imported) = profile_and_import(file, &bytes, answers);
        assert!(imported.contains(wanted), "{file}:\n{proposal}\n{imported}");
    }
    for (encoding, wanted) in
        [("windows-1252.csv", "windows-1252"), ("shift_jis.csv", "shift_jis"), ("gb18030.csv", "gb18030")]
    {
        let bytes = std::fs::read(folder.join(encoding)).unwrap();
        let (proposal, _) = profile_and_import(encoding, &bytes, &[]);
        assert!(proposal.contains(&format!("encoding = \"{wanted}\"")), "{encoding}:\n{proposal}");
        assert!(proposal.contains("# ask: the text is not Unicode"), "{proposal}");
    }
}

#[test]
fn what_the_importer_refuses_is_not_proposed_as_if_it_worked() {
    let (workdir, _) = workdir();
    let run = |text: &str, arguments: &[&str]| {
        workdir.write("file.csv", text.as_bytes());
        let output = workdir.run(&[&["statement", "profile", "file.csv"], arguments].concat());
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let rows = "Date,Channel,Clicks\n2026-10-01,QX1,5\n2026-10-02,QX1,6\n";
    for (line, reason) in [
        ("Total,,12\n", "this total differs from the sum of the rows above, 11"),
        ("Rows,2\n", "what are these lines?"),
        ("unknown,QX1,7\n", "what are these lines? They have no day and are no total: \"unknown QX1 7\""),
        ("2026-10-02,QX1,7\n", "which column tells them apart?"),
    ] {
        let (code, text, _) = run(&format!("{rows}{line}"), &[]);
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains(reason) && text.contains("refused: "), "{reason} is not in\n{text}");
        assert!(text.lines().all(|line| line.starts_with('#')), "nothing may be taken over by mistake: {text}");
    }
    // A short row with numbers is no note, and a note in the middle is no end.
    let mut text = String::new();
    for (line, asks) in [("2026-10-03,QX1\n", true), ("A note,,\n2026-10-03,QX1,4\n", true)] {
        let (code, proposal, _) = run(&format!("{rows}{line}"), &[]);
        assert_eq!((code, proposal.contains("\n# footers =")), (Some(1), !asks), "{proposal}");
        writeln!(text, "{proposal}").unwrap();
    }
    assert!(!text.contains("panicked"));
    let (code, text, _) = run(&format!("{rows}2026-10-02,QX1,6\n"), &[]);
    assert!(code == Some(0) && text.contains("# ask: 1 rows repeat others exactly"), "{text}");
    let (code, text, _) = run(&rows.replace("2026-10-02", "2026-10-04"), &[]);
    assert!(code == Some(0) && text.contains("# missing_days = \"zero\""), "{text}");
    let (code, text, _) = run(rows, &["--partner", "second"]);
    assert!(code == Some(0) && text.contains("# For [[partner]] name = \"second\": "), "{text}");
    let (code, text, _) = run(&rows.replace("QX1", "unknown"), &[]);
    assert!(code == Some(0) && text.contains("# ask: which [[partner]] (first, second) is this file from?"), "{text}");
    let (code, _, errors) = run(rows, &["--partner", "third"]);
    assert!(code == Some(2) && errors.contains("no such partner"), "{errors}");
    for bytes in ["", "\n\n", "one\ntwo\n", "{", "42"] {
        let (code, _, errors) = run(bytes, &[]);
        assert!(code == Some(2) && errors.contains("file.csv: "), "{bytes:?}: {errors}");
    }
}

/// All files in a folder and its folders.
fn files_in(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() { files.extend(files_in(&entry)) } else { files.push(entry) }
    }
    files.sort();
    files
}

#[test]
fn every_fixture_is_imported_with_its_proposal_as_it_is_printed() {
    let (workdir, config) = workdir();
    let files = files_in(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/statements"));
    assert!(files.len() > 80, "{}", files.len());
    for file in files {
        let file = file.to_str().unwrap();
        workdir.write("proxy.toml", config.as_bytes());
        let proposed = workdir.run(&["statement", "profile", file]);
        let proposal = String::from_utf8(proposed.stdout).unwrap();
        assert_eq!(proposed.status.code(), Some(0), "{file}\n{proposal}");
        workdir.write("proxy.toml", configured(&config, &proposal, &[]).as_bytes());
        let imported = workdir.run(&["statement", "import", "--dry-run", "--partner", "first", file]);
        let errors = String::from_utf8_lossy(&imported.stderr).into_owned();
        let output = String::from_utf8(imported.stdout).unwrap();
        assert_eq!((imported.status.code(), errors.as_str()), (Some(0), ""), "{file}\n{proposal}");
        // What was tried is what is imported.
        let sums = |text: &str| text.split_once("clicks ").map(|(_, sums)| sums.lines().next().unwrap().to_owned());
        assert_eq!(sums(&proposal).unwrap(), sums(&output).unwrap(), "{file}\n{proposal}\n{output}");
    }
}

#[test]
fn values_and_structures_of_real_files_are_proposed() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/statements");
    for (file, key, wanted) in [
        (
            "hour-ranges.csv",
            "hour = \"Hour\"",
            "2 rows by day and code: searches not reported, clicks 600, revenue 55.20 USD",
        ),
        (
            "adjustments.csv",
            "undated_rows = \"empty\"",
            "1 row without a day is added to 2026-10-05: clicks -4, revenue -12.30",
        ),
        (
            "day-totals.csv",
            "totals = [\"Total\", \"unlabelled\"]",
            "clicks 2956, revenue 2731.50 USD\nleft out: 6 rows of totals",
        ),
        (
            "country-totals.csv",
            "totals = \"unlabelled\"",
            "clicks 2956, revenue 2731.50 USD\nleft out: 5 rows of totals",
        ),
        ("small-counts.csv", "clicks = \"Clicks\"", "clicks not reported, revenue 76.03 USD"),
        ("cents.json", "unit = \"cents\"", "clicks 1478, revenue 1365.75 USD"),
        ("cents-in-object.json", "unit = \"cents\"", "clicks 1478, revenue 1365.75 USD"),
        ("milliseconds.json", "date_format = \"epoch-ms\"", "clicks 2628, revenue 36.00 USD"),
        ("by-day.json", "keyed_by = [\"date\"]", "searches 15570, clicks 1478, revenue 1365.75 USD"),
        (
            "by-day-and-code.json",
            "keyed_by = [\"date\", \"code\"]",
            "10 rows by day and code: searches not reported, clicks 2956",
        ),
        ("google-analytics.json", "headers = [\"/dimensionHeaders\", \"/metricHeaders\"]", "left out: 1 row of totals"),
        ("metrics-in-list.json", "clicks = \"/metrics/0/clicks\"", "clicks 1478, revenue 1365.75 USD"),
        ("excel-sep.csv", "delimiter = \";\"", "clicks 1478, revenue 1365.75 USD"),
        ("arabic-digits.csv", "digits = \"any\"", "clicks 1478, revenue 1365.75 USD"),
        ("weekdays.csv", "date_format = \"%a %d %b %Y\"", "clicks 1478, revenue 1365.75 EUR"),
        ("taboola.csv", "date_format = \"%Y-%m-%d %H:%M:%S%.f\"", "clicks 1478, revenue 1365.75 USD"),
        ("sheets.xlsx", "sheet = \"October\"", "2026-10-01 to 2026-10-05, 5 rows"),
        (
            "by-day-code-and-country.json",
            "keyed_by = [\"date\", \"code\", \"label\"]",
            "clicks 1483, revenue 1365.80 USD",
        ),
        ("formulas.csv", "code = \"Channel\"", "clicks 1478, revenue 1365.75 USD"),
        (
            "not-told.csv",
            "not_told = [\"\", \"-\", \"--\", \"–\", \"—\", \"n/a\", \"null\", \"NaN\", \"None\"]",
            "clicks not reported",
        ),
        ("hours-to-24.csv", "dimensions = [\"Hour\"]", "2 rows by day and code: searches not reported, clicks 600"),
        ("utc.csv", "zone = \"UTC\"", "clicks 1478, revenue 1365.75 USD"),
        ("weeks.csv", "grain = \"week\"", "2026-09-28 to 2026-10-11, 2 rows"),
        ("ordinals.csv", "date_format = \"%b %d, %Y\"", "clicks 1478, revenue 1365.75 USD"),
    ] {
        let bytes = std::fs::read(folder.join(file)).unwrap();
        let (proposal, imported) = profile_and_import(file, &bytes, &[]);
        assert!(proposal.contains(&format!("\n{key}\n")), "{file}: {key} is not in\n{proposal}");
        assert!(imported.contains(wanted), "{file}:\n{proposal}\n{imported}");
    }
}

#[test]
fn a_preset_that_would_lose_the_money_is_not_proposed() {
    let files = [
        ("date,clickRef,clicks,impressions,totalComm,currency\n", "QX1,5,900,1.25,GBP\n", "totalComm"),
        ("Date,Campaign,SubId1,Clicks,Impressions,Action Cost\n", "X,QX1,5,900,1.25\n", "Action Cost"),
        ("Date,CampaignName,Clicks,Impressions,Some Money\n", "QX1,5,900,1.25\n", "Some Money"),
    ];
    for (header, row, money) in files {
        let file = format!("{header}2026-10-01,{row}2026-10-02,{row}");
        let (proposal, _) = profile_and_import("file.csv", file.as_bytes(), &[]);
        assert!(!proposal.contains("preset"), "{proposal}");
        assert!(proposal.contains(&format!("\"{money}\"")), "{proposal}");
    }
}
