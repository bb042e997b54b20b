//! Configuration texts: the default one of the tests, and changes to it.

use std::fmt::Write as _;

use super::partner::Partner;

/// The pointers of the body that [`super::stage::results`] makes.
const RESULTS: &str =
    r#"{ list = "/results", title = "/title", url = "/url", snippet = "/snippet", sponsored = "/ad" }"#;

/// Every field under the name that the tests expect at the partner.
const SEND: &str =
    r#"{ keyword = "q", time = "h", language = "lang", browser = "b", anonymous_id = "uid", partner_code = "pc" }"#;

/// One TOML table: its header line (empty for the top of the file), and its keys in order.
#[derive(Clone)]
struct Table {
    /// What the tests call it: `listen`, `code toolbar-main`, `partner first`.
    name: String,
    header: String,
    keys: Vec<(String, String)>,
}

/// A configuration under construction.
#[derive(Clone)]
pub struct Config {
    tables: Vec<Table>,
}

impl Config {
    /// The default of the tests: one code, `toolbar-main`, asks one partner, `first`, which is told all six fields.
    pub fn new(partner: &Partner) -> Config {
        Config::at(&partner.url())
    }

    /// As [`Config::new`], for a partner's address.
    pub fn at(url: &str) -> Config {
        Config { tables: Vec::new() }
            .table("", "", &[])
            .table(
                "listen",
                "[listen]",
                &[("address", r#""127.0.0.1:0""#), ("public_url", r#""http://127.0.0.1:8080""#)],
            )
            .table("admin", "[admin]", &[("address", r#""127.0.0.1:0""#)])
            .table(
                "counts",
                "[counts]",
                &[
                    ("store", r#""sqlite:data/counts.db""#),
                    ("keys", r#""data/keys""#),
                    ("click_ttl", r#""1h""#),
                    ("click_wait", r#""1s""#),
                    ("after_restart", r#""count""#),
                ],
            )
            .table("limits", "[limits]", &[])
            .code("toolbar-main", r#"["first"]"#)
            .with("code toolbar-main", "tags", r#"{ first = "QX1" }"#)
            .partner("first", url)
    }

    fn table(mut self, name: &str, header: &str, keys: &[(&str, &str)]) -> Config {
        let keys = keys.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        self.tables.push(Table { name: name.to_owned(), header: header.to_owned(), keys });
        self
    }

    /// Adds the memory that nodes share.
    pub fn dedupe(self, url: &str) -> Config {
        self.table("dedupe", "[dedupe]", &[("url", &format!("{url:?}"))])
    }

    /// Adds a code that asks `partners`, which is TOML: a list, or a table of weights.
    pub fn code(self, name: &str, partners: &str) -> Config {
        let quoted = format!("{name:?}");
        self.table(&format!("code {name}"), "[[code]]", &[("name", &quoted), ("partners", partners)])
    }

    /// Adds a partner that is asked as `first` is.
    pub fn partner(self, name: &str, url: &str) -> Config {
        let (quoted, url) = (format!("{name:?}"), format!("{url:?}"));
        self.table(
            &format!("partner {name}"),
            "[[partner]]",
            &[
                ("name", &quoted),
                ("url", &url),
                ("method", r#""GET""#),
                ("format", r#""json""#),
                ("links", r#""counted""#),
                ("send", SEND),
                ("fixed", r#"{ count = "20" }"#),
                ("timeout", r#""2s""#),
                ("results", RESULTS),
            ],
        )
    }

    /// Adds a keyword group whose terms are under `key`, `terms` or `file`; the value is TOML.
    pub fn keyword_group(self, name: &str, key: &str, value: &str) -> Config {
        let quoted = format!("{name:?}");
        self.table(&format!("keyword_group {name}"), "[[keyword_group]]", &[("name", &quoted), (key, value)])
    }

    /// Sets one key, given as TOML, of the table `listen`, `code NAME`, `partner NAME` and so on; `""` is the top.
    #[track_caller]
    pub fn with(mut self, table: &str, key: &str, value: &str) -> Config {
        let found = self.tables.iter_mut().find(|one| one.name == table);
        let table = found.unwrap_or_else(|| panic!("no table {table:?}"));
        match table.keys.iter_mut().find(|(name, _)| name == key) {
            Some((_, old)) => *old = value.to_owned(),
            None => table.keys.push((key.to_owned(), value.to_owned())),
        }
        self
    }

    /// Leaves one key out.
    #[track_caller]
    pub fn without(mut self, table: &str, key: &str) -> Config {
        let found = self.tables.iter_mut().find(|one| one.name == table);
        found.unwrap_or_else(|| panic!("no table {table:?}")).keys.retain(|(name, _)| name != key);
        self
    }

    /// The file's text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for table in &self.tables {
            if !table.header.is_empty() {
                writeln!(text, "\n{}", table.header).unwrap();
            }
            for (key, value) in &table.keys {
                writeln!(text, "{key} = {value}").unwrap();
            }
        }
        text
    }
}

/// The number, from 1, of the only line of `text` that holds `part`.
#[track_caller]
pub fn line_of(text: &str, part: &str) -> usize {
    let lines: Vec<usize> =
        text.lines().enumerate().filter(|(_, line)| line.contains(part)).map(|(at, _)| at + 1).collect();
    assert_eq!(lines.len(), 1, "{part:?} should stand in one line");
    lines[0]
}
