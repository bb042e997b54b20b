//! Builds the text of `proxy.toml`: the default of the tests, and changes to it.

use std::fmt::Write as _;

use crate::mock_partner::MockPartner;

/// The JSON pointers of the body that [`crate::test_env::results_json`] returns.
const RESULTS: &str =
    r#"{ list = "/results", title = "/title", url = "/url", snippet = "/snippet", sponsored = "/ad" }"#;

/// The parameter name of each of the six fields in requests to a partner.
const SEND: &str =
    r#"{ keyword = "q", time = "h", language = "lang", browser = "b", anonymous_id = "uid", partner_code = "pc" }"#;

/// Tests are one client, which does more than people do. Tests of these limits set them.
const UNLIMITED: &[(&str, &str)] = &[
    ("connections", "1000000"),
    ("heads_in_flight", "1000000"),
    ("requests_in_flight", "1000000"),
    ("searches_in_flight", "1000000"),
    ("partner_requests_in_flight", "1000000"),
    ("images_in_flight", "1000000"),
    ("requests_per_minute", "100000000"),
    ("requests_burst", "100000000"),
    ("searches_per_minute", "100000000"),
    ("searches_burst", "100000000"),
    ("clicks_per_minute", "100000000"),
    ("clicks_burst", "100000000"),
    ("visits_per_minute", "100000000"),
    ("visits_burst", "100000000"),
    ("births_per_minute", "100000000"),
    ("births_burst", "100000000"),
    ("budget_per_cent", "100"),
];

/// Tests let partners fail more often than a circuit lets pass. Tests of circuits remove this.
const NEVER_SKIPPED: &str = "{ min_calls = 1000000 }";

fn is_unlimited(key: &str) -> bool {
    UNLIMITED.iter().any(|(name, _)| *name == key)
}

/// One TOML table.
#[derive(Clone)]
struct Table {
    /// The name by which tests select it: `listen`, `code toolbar-main`, `partner first`; empty for the top of the file.
    name: String,
    /// Its header line; empty for the top of the file.
    header: String,
    keys: Vec<(String, String)>,
}

/// A configuration to change and render.
#[derive(Clone)]
pub struct ConfigBuilder {
    tables: Vec<Table>,
}

impl ConfigBuilder {
    /// The default of the tests: the code `toolbar-main` uses the partner `first`, which receives all six fields.
    pub fn new(partner: &MockPartner) -> ConfigBuilder {
        ConfigBuilder::with_partner_url(&partner.url())
    }

    /// Like [`ConfigBuilder::new`], with the URL of the partner.
    pub fn with_partner_url(url: &str) -> ConfigBuilder {
        ConfigBuilder { tables: Vec::new() }
            .table("", "", &[])
            .table("service", "[service]", &[])
            .table(
                "listen",
                "[listen]",
                &[
                    ("address", r#""127.0.0.1:0""#),
                    ("public_url", r#""http://127.0.0.1:8080""#),
                    ("compress_bytes", "1024"),
                ],
            )
            .table("admin", "[admin]", &[("address", r#""127.0.0.1:0""#), ("metrics_interval", r#""0s""#)])
            .table(
                "counts",
                "[counts]",
                &[
                    ("store", r#""sqlite:data/counts.db""#),
                    ("keys", r#""data/keys""#),
                    ("click_ttl", r#""1h""#),
                    ("click_wait", r#""1s""#),
                    ("after_restart", r#""count""#),
                    ("repeat_window", r#""0s""#),
                ],
            )
            .table("limits", "[limits]", &[])
            .table("client", "[limits.client]", UNLIMITED)
            .code("toolbar-main", r#"["first"]"#)
            .with("code toolbar-main", "tags", r#"{ first = "QX1" }"#)
            .partner("first", url)
    }

    fn table(mut self, name: &str, header: &str, keys: &[(&str, &str)]) -> ConfigBuilder {
        let keys = keys.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        self.tables.push(Table { name: name.to_owned(), header: header.to_owned(), keys });
        self
    }

    /// Removes what keeps tests from reaching the limits of a client and opening circuits.
    pub fn with_default_limits(mut self) -> ConfigBuilder {
        for table in &mut self.tables {
            table.keys.retain(|(key, value)| value != NEVER_SKIPPED && !(table.name == "client" && is_unlimited(key)));
        }
        self
    }

    /// Adds the Redis that nodes share for deduplication.
    pub fn dedupe(self, url: &str) -> ConfigBuilder {
        self.table("dedupe", "[dedupe]", &[("url", &format!("{url:?}"))])
    }

    /// Adds a code. `partners` is TOML: a list of names, or a table of weights.
    pub fn code(self, name: &str, partners: &str) -> ConfigBuilder {
        let quoted = format!("{name:?}");
        self.table(&format!("code {name}"), "[[code]]", &[("name", &quoted), ("partners", partners)])
    }

    /// Adds a partner with the same settings as `first`.
    pub fn partner(self, name: &str, url: &str) -> ConfigBuilder {
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
                ("circuit", NEVER_SKIPPED),
                ("results", RESULTS),
            ],
        )
    }

    /// Adds a keyword group. `key` is `terms` or `file`; `value` is TOML.
    pub fn keyword_group(self, name: &str, key: &str, value: &str) -> ConfigBuilder {
        let quoted = format!("{name:?}");
        self.table(&format!("keyword_group {name}"), "[[keyword_group]]", &[("name", &quoted), (key, value)])
    }

    /// Sets one key of a table (`listen`, `code NAME`, `partner NAME`, …; `""` is the top of the file). `value` is TOML.
    #[track_caller]
    pub fn with(mut self, table: &str, key: &str, value: &str) -> ConfigBuilder {
        let found = self.tables.iter_mut().find(|one| one.name == table);
        let table = found.unwrap_or_else(|| panic!("no table {table:?}"));
        match table.keys.iter_mut().find(|(name, _)| name == key) {
            Some((_, old)) => *old = value.to_owned(),
            None => table.keys.push((key.to_owned(), value.to_owned())),
        }
        self
    }

    /// Removes one key.
    #[track_caller]
    pub fn without(mut self, table: &str, key: &str) -> ConfigBuilder {
        let found = self.tables.iter_mut().find(|one| one.name == table);
        found.unwrap_or_else(|| panic!("no table {table:?}")).keys.retain(|(name, _)| name != key);
        self
    }

    /// The text of the file.
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

/// The number, from 1, of the only line of `text` that contains `part`.
#[track_caller]
pub fn line_of(text: &str, part: &str) -> usize {
    let lines: Vec<usize> =
        text.lines().enumerate().filter(|(_, line)| line.contains(part)).map(|(at, _)| at + 1).collect();
    assert_eq!(lines.len(), 1, "{part:?} should occur in one line");
    lines[0]
}
