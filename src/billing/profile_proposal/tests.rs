//! Proposals for generated files: each either asks, or reads all rows with exact sums.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::billing::import::read;
use crate::billing::money::Micros;
use crate::billing::profile::Profile;
use crate::billing::profile_proposal::{KnownPartner, ProposalContext, ProposedProfile, propose};
use crate::config::Config;

fn parse(keys: &str) -> Result<Profile, String> {
    Config::parse_statement(keys)
        .map_err(|mistakes| mistakes.iter().map(|mistake| format!("{mistake}\n")).collect::<String>())
}

fn proposed(bytes: &[u8]) -> Result<ProposedProfile, String> {
    let partners = [KnownPartner { name: "first".to_owned(), tags: vec!["QX1".to_owned()], code_names: Vec::new() }];
    propose(bytes, &ProposalContext { partners: &partners, partner: None, member: None, parse: &parse })
}

/// The keys of a proposal, as lines.
fn keys(text: &str) -> String {
    let inline = text.lines().find_map(|line| line.strip_prefix("statement = { ")?.strip_suffix(" }"));
    match inline {
        Some(keys) => keys.replace(", ", "\n").replace("\"\n\"", "\", \"") + "\n",
        None => text.lines().filter(|line| !line.starts_with('[')).map(|line| format!("{line}\n")).collect(),
    }
}

#[test]
fn asks_what_the_file_cannot_show() {
    let text = "Day;Klicks;Umsatz (EUR);Kanal\n01/02/2026;1.234;12,50;x\n02/02/2026;2.345;1.000,00;x\n";
    let proposal = proposed(text.as_bytes()).unwrap().text;
    for line in [
        "delimiter = \";\"",
        "date = \"Day\"",
        "clicks = \"Klicks\"",
        "code = \"Kanal\"",
        "revenue = \"Umsatz ({currency})\"",
        "# date_format = \"%d/%m/%Y\"",
        "# date_format = \"%m/%d/%Y\"",
        "decimal_mark = \",\"",
        "group_mark = \".\"",
    ] {
        assert!(proposal.lines().any(|found| found == line), "{line} is not in\n{proposal}");
    }
    let day = proposed(b"Date,Clicks\n13/02/2026,1\n").unwrap().text;
    assert!(day.contains("\ndate_format = \"%d/%m/%Y\"\n"), "there is no 13th month: {day}");
    let unclear = proposed(b"Date,Clicks,Revenue\n2026-02-01,1,\"1,234\"\n").unwrap().text;
    assert!(unclear.contains("# ask: does the mark in \"1,234\" separate decimals or thousands?"), "{unclear}");
    assert!(unclear.contains("revenue 1.234 USD") && unclear.contains("revenue 1234.00 USD"), "{unclear}");
    let clear = proposed(b"Date,Clicks\n2026-02-01,\"1,234\"\n").unwrap().text;
    assert!(clear.contains("\ngroup_mark = \",\"\n"), "a click is whole: {clear}");
    let nothing = proposed(b"Name,Value\na,b\n").unwrap();
    assert!(!nothing.is_read && nothing.text.contains("# ask: no column has dates"), "{}", nothing.text);
    for bytes in [&b""[..], b"\n\n", b"one\ntwo\n", b"{", b"\xff\x00\x01", b"42"] {
        assert!(proposed(bytes).is_err(), "{bytes:?}");
    }
}

const LANGUAGES: [[&str; 5]; 6] = [
    ["Date", "Channel", "Searches", "Clicks", "Revenue"],
    ["Tag", "Kanal", "Suchanfragen", "Klicks", "Umsatz"],
    ["Jour", "Canal", "Recherches", "Clics", "Revenus"],
    ["Fecha", "sub_id", "Búsquedas", "Clics", "Ingresos"],
    ["Giorno", "Canale", "Ricerche", "Clic", "Ricavi"],
    ["Dia", "Canal", "Pesquisas", "Cliques", "Receita"],
];
const FORMATS: [&str; 7] = ["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y%m%d", "%d %b %Y", "%m-%d-%Y"];
const MARKS: [(&str, &str); 6] = [("", "."), ("", ","), (",", "."), (".", ","), (" ", ","), ("'", ".")];
const TOTALS: [Option<&str>; 6] = [None, None, Some(""), Some("Total"), Some("Summe"), Some("Gesamt:")];
const FOOTERS: [&str; 6] = ["", "", "All numbers are final\n", "© 2026 Example\n", "Rows: 12\n", "12\n"];
const PREAMBLES: [&str; 4] = ["", "", "A report\n\n", "Report,October\nAccount,7\n"];

/// What a file is made from.
#[derive(Debug, Clone)]
struct Made {
    language: usize,
    order: Vec<usize>,
    columns: [bool; 3],
    format: usize,
    first: u8,
    marks: (&'static str, &'static str),
    delimiter: char,
    total: Option<&'static str>,
    footer: &'static str,
    preamble: &'static str,
    days: Vec<Vec<(u32, u32, u32)>>,
}

fn made() -> impl Strategy<Value = Made> {
    let values = (0..3_000_000_u32, 0..20_000_u32, 0..9_000_000_u32);
    let days = proptest::collection::vec(proptest::collection::vec(values, 1..3), 1..9);
    let texts = (
        proptest::sample::select(&MARKS[..]),
        proptest::sample::select(vec![',', ';', '\t', '|']),
        proptest::sample::select(&TOTALS[..]),
        proptest::sample::select(&FOOTERS[..]),
        proptest::sample::select(&PREAMBLES[..]),
    );
    let order = Just((0..5).collect::<Vec<usize>>()).prop_shuffle();
    let shape = (0..LANGUAGES.len(), order, any::<[bool; 3]>(), 0..FORMATS.len(), 1..20_u8);
    (shape, texts, days).prop_map(|(shape, texts, days)| {
        let (language, order, columns, format, first) = shape;
        let (marks, delimiter, total, footer, preamble) = texts;
        Made { language, order, columns, format, first, marks, delimiter, total, footer, preamble, days }
    })
}

impl Made {
    fn number(&self, n: u64) -> String {
        let digits = n.to_string();
        let mut text = String::new();
        for (nth, digit) in digits.chars().enumerate() {
            if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
                text += self.marks.0;
            }
            text.push(digit);
        }
        text
    }

    fn row(&self, cells: [String; 5]) -> String {
        // Code, searches and revenue may be absent.
        let [code, searches, revenue] = self.columns;
        let is_there = |column: &&usize| [true, code, searches, true, revenue][**column];
        let quoted = |column: &usize| {
            let cell = &cells[*column];
            if cell.contains(self.delimiter) { format!("\"{cell}\"") } else { cell.clone() }
        };
        let cells: Vec<String> = self.order.iter().filter(is_there).map(quoted).collect();
        cells.join(&self.delimiter.to_string()) + "\n"
    }

    fn values(&self, day: String, code: &str, (searches, clicks, cents): (u64, u64, u64)) -> String {
        let revenue = format!("{}{}{:02}", self.number(cents / 100), self.marks.1, cents % 100);
        self.row([day, code.to_owned(), self.number(searches), self.number(clicks), revenue])
    }

    /// The rows: without a code, one a day.
    fn rows(&self) -> BTreeMap<(usize, usize), (u64, u64, u64)> {
        let mut rows = BTreeMap::new();
        for (day, codes) in self.days.iter().enumerate() {
            for (code, (searches, clicks, cents)) in codes.iter().take(if self.columns[0] { 2 } else { 1 }).enumerate()
            {
                rows.insert((day, code), (u64::from(*searches), u64::from(*clicks), u64::from(*cents)));
            }
        }
        rows
    }

    fn sums(&self) -> (u64, u64, u64) {
        self.rows().values().fold((0, 0, 0), |sum, row| (sum.0 + row.0, sum.1 + row.1, sum.2 + row.2))
    }

    fn text(&self) -> String {
        let mut text = self.preamble.to_owned() + &self.row(LANGUAGES[self.language].map(str::to_owned));
        for ((day, code), values) in self.rows() {
            let date = jiff::civil::date(2026, 10, i8::try_from(usize::from(self.first) + day).unwrap());
            text += &self.values(date.strftime(FORMATS[self.format]).to_string(), ["QX1", "QX2"][code], values);
        }
        if let Some(label) = self.total {
            text += &self.values(label.to_owned(), "", self.sums());
        }
        text + self.footer
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_proposal_asks_or_reads_all_rows_with_exact_sums(made in made()) {
        let text = made.text();
        let Ok(ProposedProfile { text: proposal, is_read }) = proposed(text.as_bytes()) else {
            return Err(TestCaseError::fail(format!("no proposal for\n{text}")));
        };
        let has_choice = proposal.lines().any(|line| line.starts_with("# ask: ") && line.ends_with(':'))
            || proposal.contains("# missing_days");
        if !is_read {
            // A line that is neither row, total nor note: the proposal says which.
            prop_assert!(made.footer == "12\n" || proposal.contains("# ask: what are these"), "{text}\n{proposal}");
            prop_assert!(proposal.contains("refused: "), "{text}\n{proposal}");
            prop_assert!(proposal.lines().all(|line| line.starts_with('#')), "{proposal}");
            return Ok(());
        }
        if has_choice {
            return Ok(());
        }
        let profile = parse(&keys(&proposal)).map_err(|mistakes| TestCaseError::fail(format!("{mistakes}{proposal}")))?;
        let statement = read(text.as_bytes(), &profile, &std::rc::Rc::default(), &mut || {}).unwrap();
        let sum = |column: fn(&crate::billing::statement::StatementRow) -> Option<i64>| -> i64 {
            statement.rows.iter().filter_map(column).sum()
        };
        let (searches, clicks, cents) = made.sums();
        let signed = |n: u64| i64::try_from(n).unwrap();
        prop_assert_eq!(statement.rows.len(), made.rows().len(), "{}\n{}", text, proposal);
        prop_assert_eq!(sum(|row| row.clicks), signed(clicks), "{}\n{}", text, proposal);
        prop_assert_eq!(sum(|row| row.searches), if made.columns[1] { signed(searches) } else { 0 }, "{}\n{}", text, proposal);
        let revenue = sum(|row| row.revenue.map(|Micros(micros)| micros));
        prop_assert_eq!(revenue, if made.columns[2] { signed(cents) * 10_000 } else { 0 }, "{}\n{}", text, proposal);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), text in "[\\[\\]{}\":,;a-zA-Z0-9\n\t. ]{0,200}") {
        drop(proposed(&bytes));
        drop(proposed(text.as_bytes()));
    }

    #[test]
    fn a_proposal_is_always_toml(header in proptest::collection::vec("[ -~äß\t]{1,12}", 2..6)) {
        let quoted: Vec<String> = header.iter().map(|name| format!("\"{}\"", name.replace('"', "\"\""))).collect();
        let text = format!("Date,Clicks,{}\n2026-10-01,1,2,3,4,5\n", quoted.join(","));
        if let Ok(ProposedProfile { text: proposal, .. }) = proposed(text.as_bytes()) {
            let is_toml = parse(&keys(&proposal)).err().is_none_or(|mistakes| !mistakes.contains("invalid TOML"));
            prop_assert!(is_toml, "{proposal}");
        }
    }
}
