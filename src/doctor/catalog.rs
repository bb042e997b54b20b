//! What is stored: every table and every column, with what it holds and why. The one description of it, which tests compare with the
//! schema of SQLite and of PostgreSQL, and `doctor` with what is there.

use crate::doctor::budget_tables::BUDGET_TABLES;
use crate::doctor::closing_tables::CLOSING_TABLES;
use crate::doctor::payment_tables::PAYMENT_TABLES;
use crate::doctor::shape::ValueShape;
use crate::doctor::table_description::{ColumnDescription, TableDescription, TablePlace, column};

/// The first column of tables by node.
static NODE: ColumnDescription =
    ColumnDescription { name: "node", shape: ValueShape::Node, holds: "the node that counted, by its configured name" };

/// A file or a database with tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableStore {
    /// A store in SQLite.
    Sqlite,
    /// A spool.
    Spool,
    /// A store in PostgreSQL.
    Postgres,
}

impl TableStore {
    /// Its name in findings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite | Self::Postgres => "store",
            Self::Spool => "spool",
        }
    }
}

/// A table as it is in one store.
#[derive(Debug)]
pub struct StoredTable {
    /// The name of the store.
    pub store: &'static str,
    /// Its name there.
    pub name: String,
    /// What it is for.
    pub why: &'static str,
    /// Its columns there, in their order.
    pub columns: Vec<&'static ColumnDescription>,
}

/// Every table.
fn all() -> impl Iterator<Item = &'static TableDescription> {
    TABLES.iter().chain(&BUDGET_TABLES).chain(&CLOSING_TABLES).chain(&PAYMENT_TABLES)
}

/// The tables of a store.
#[must_use]
pub fn tables(store: TableStore) -> Vec<StoredTable> {
    let is_there = |place: TablePlace| match place {
        TablePlace::Everywhere | TablePlace::PerNode => true,
        TablePlace::SqliteOnly => store != TableStore::Postgres,
        TablePlace::PostgresOnly => store == TableStore::Postgres,
        TablePlace::SpoolOnly => store == TableStore::Spool,
    };
    let stored = |table: &TableDescription| {
        let by_node = store == TableStore::Postgres && table.place == TablePlace::PerNode;
        let (prefix, node) = if by_node { ("node_", Some(&NODE)) } else { ("", None) };
        let columns = node.into_iter().chain(table.columns).collect();
        StoredTable { store: store.name(), name: format!("{prefix}{}", table.name), why: table.why, columns }
    };
    all().filter(|table| is_there(table.place)).map(stored).collect()
}

/// The views of a store in PostgreSQL, each with the columns of its table without the node.
pub fn views() -> impl Iterator<Item = &'static TableDescription> {
    all().filter(|table| matches!(table.place, TablePlace::PerNode | TablePlace::SqliteOnly))
}

static TABLES: [TableDescription; 21] = [
    TableDescription {
        name: "clicks",
        place: TablePlace::PerNode,
        why: "what partners pay for, and what is filtered out of it",
        columns: &[
            column("hour", ValueShape::Hour, "UTC hour of the click"),
            column("partner", ValueShape::Partner, "the partner whose result was clicked; `unknown` for forged clicks"),
            column("code", ValueShape::Code, "the code of the search; `unknown` for forged clicks"),
            column("kind", ValueShape::Kind, "sponsored or organic; `unknown` for forged clicks"),
            column("outcome", ValueShape::ClickOutcome, "counted, or why not"),
            column("n", ValueShape::COUNT, "the number of clicks"),
        ],
    },
    TableDescription {
        name: "searches",
        place: TablePlace::PerNode,
        why: "how often each partner was asked, and with what result",
        columns: &[
            column("hour", ValueShape::Hour, "UTC hour of the search"),
            column("partner", ValueShape::Partner, "the partner that answered, or that was asked last"),
            column("code", ValueShape::Code, "the code of the search"),
            column("outcome", ValueShape::SearchOutcome, "with ads, answered, empty, failed, refused or robot"),
            column("n", ValueShape::COUNT, "the number of searches"),
        ],
    },
    TableDescription {
        name: "active",
        place: TablePlace::PerNode,
        why: "daily, weekly and monthly users without an ID",
        columns: &[
            column("day", ValueShape::Day, "UTC day of the visit"),
            column("code", ValueShape::Code, "the code of the request that was counted"),
            column("gap", ValueShape::Number { least: 0, most: 30 }, "days since the last visit, 30 or more; 0: new"),
            column("n", ValueShape::COUNT, "the number of visitors"),
        ],
    },
    TableDescription {
        name: "retention",
        place: TablePlace::PerNode,
        why: "how many people come back after a day, a week and a month",
        columns: &[
            column("cohort", ValueShape::Day, "UTC day on which they were new"),
            column("age", ValueShape::Age, "days since then: 0, 1, 7 or 30"),
            column("code", ValueShape::Code, "the code of the request that was counted"),
            column("n", ValueShape::COUNT, "the number of visitors"),
        ],
    },
    TableDescription {
        name: "active_by_id",
        place: TablePlace::PerNode,
        why: "daily users of toolbars that send an ID and no stamp",
        columns: &[
            column("day", ValueShape::Day, "UTC day of the search"),
            column("code", ValueShape::Code, "its code"),
            column("n", ValueShape::COUNT, "the number of toolbars"),
        ],
    },
    TableDescription {
        name: "slices",
        place: TablePlace::PerNode,
        why: "languages, browsers and keyword groups, each by itself, once enough people had the value",
        columns: &[
            column("day", ValueShape::Day, "UTC day of the searches or clicks"),
            column("partner", ValueShape::Partner, "the partner they are counted under"),
            column("dimension", ValueShape::Dimension, "language, browser or keyword group"),
            column(
                "value",
                ValueShape::SliceValue,
                "a configured language, a browser family, or the name of a keyword group",
            ),
            column("n", ValueShape::COUNT, "the number of searches or clicks"),
        ],
    },
    TableDescription {
        name: "batches",
        place: TablePlace::SqliteOnly,
        why: "adds each batch once after a crash",
        columns: &[
            column("node", ValueShape::Node, "the process that wrote, by its configured name"),
            column("seq", ValueShape::COUNT, "the number of its last batch"),
        ],
    },
    TableDescription {
        name: "spools",
        place: TablePlace::PostgresOnly,
        why: "adds each batch once, whatever connection breaks",
        columns: &[
            column("spool", ValueShape::Hex(32), "a spool that has delivered: 128 random bits of its file"),
            column("node", ValueShape::Node, "its node, by its configured name"),
            column("seq", ValueShape::COUNT, "the number of its last batch"),
            column("digest", ValueShape::Hex(64), "SHA-256 of that batch"),
        ],
    },
    TableDescription {
        name: "clicks_daily",
        place: TablePlace::Everywhere,
        why: "what hours of `clicks` become after 25 months",
        columns: &[
            column("day", ValueShape::Day, "UTC day"),
            column("partner", ValueShape::Partner, "as in `clicks`"),
            column("code", ValueShape::Code, "as in `clicks`"),
            column("kind", ValueShape::Kind, "as in `clicks`"),
            column("outcome", ValueShape::ClickOutcome, "as in `clicks`"),
            column("n", ValueShape::COUNT, "the number of clicks"),
        ],
    },
    TableDescription {
        name: "searches_daily",
        place: TablePlace::Everywhere,
        why: "what hours of `searches` become after 25 months",
        columns: &[
            column("day", ValueShape::Day, "UTC day"),
            column("partner", ValueShape::Partner, "as in `searches`"),
            column("code", ValueShape::Code, "as in `searches`"),
            column("outcome", ValueShape::SearchOutcome, "as in `searches`"),
            column("n", ValueShape::COUNT, "the number of searches"),
        ],
    },
    TableDescription {
        name: "adjustments",
        place: TablePlace::Everywhere,
        why: "counts that arrived for a month after it was closed",
        columns: &[
            column("subject", ValueShape::Subject, "clicks or searches"),
            column("hour", ValueShape::Hour, "UTC hour of the click or the search"),
            column("partner", ValueShape::Partner, "as in `clicks`"),
            column("code", ValueShape::Code, "as in `clicks`"),
            column("kind", ValueShape::Kind, "as in `clicks`; `none` for searches"),
            column("outcome", ValueShape::AnyOutcome, "as in the subject's table"),
            column("n", ValueShape::COUNT, "the number"),
        ],
    },
    TableDescription {
        name: "privacy_versions",
        place: TablePlace::Everywhere,
        why: "what the privacy page said before, and since when it says something else",
        columns: &[
            column("version", ValueShape::COUNT, "the number of the version"),
            column("day", ValueShape::Day, "the UTC day since which it applies"),
            column("statement", ValueShape::PrivacyStatement, "its facts: configured names and constants"),
        ],
    },
    TableDescription {
        name: "statements",
        place: TablePlace::Everywhere,
        why: "partners' statements that were imported",
        columns: &[
            column("number", ValueShape::COUNT, "the number of the statement"),
            column("partner", ValueShape::Partner, "the partner"),
            column("sha256", ValueShape::Hex(64), "SHA-256 of the file"),
            column("revision", ValueShape::COUNT, "how many statements speak for any of its days and codes"),
            column("imported", ValueShape::Day, "UTC day of the import"),
            column("first", ValueShape::Day, "its first day, in the partner's zone"),
            column("last", ValueShape::Day, "its last day"),
            column(
                "currency",
                ValueShape::Currency,
                "the currency of its money; empty without money, or with several currencies",
            ),
            column("profile", ValueShape::Profile, "the configured profile that it was read with"),
            column("codes", ValueShape::OptionalCount, "the number of codes that it speaks for; null for all"),
        ],
    },
    TableDescription {
        name: "statement_rows",
        place: TablePlace::Everywhere,
        why: "what partners stated, by day and code",
        columns: &[
            column("statement", ValueShape::COUNT, "the number of the statement"),
            column("day", ValueShape::Day, "the partner's day"),
            column("code", ValueShape::PartnersCode, "the code as the partner names it"),
            column("searches", ValueShape::OptionalCount, "searches, as stated"),
            column("clicks", ValueShape::OptionalCount, "clicks, as stated"),
            column("revenue", ValueShape::OptionalNumber, "money, as stated, in millionths of the currency's unit"),
            column("final", ValueShape::OptionalCount, "whether the partner marks the day final"),
            column("last", ValueShape::Day, "the last of the partner's days"),
            column("currency", ValueShape::Currency, "the currency of the money"),
        ],
    },
    TableDescription {
        name: "statement_codes",
        place: TablePlace::Everywhere,
        why: "which codes a statement speaks for, unless it speaks for all",
        columns: &[
            column("statement", ValueShape::COUNT, "the number of the statement"),
            column("code", ValueShape::PartnersCode, "the code as the partner names it"),
        ],
    },
    TableDescription {
        name: "statement_corrections",
        place: TablePlace::Everywhere,
        why: "what partners corrected of days before those of a statement",
        columns: &[
            column("statement", ValueShape::COUNT, "the number of the statement"),
            column("day", ValueShape::Day, "the partner's day"),
            column("code", ValueShape::PartnersCode, "the code as the partner names it"),
            column("searches", ValueShape::OptionalNumber, "searches to add, as stated"),
            column("clicks", ValueShape::OptionalNumber, "clicks to add, as stated"),
            column("revenue", ValueShape::OptionalNumber, "money to add, as stated, in millionths of the unit"),
            column("final", ValueShape::OptionalCount, "whether the partner marks the correction final"),
            column("last", ValueShape::Day, "the last of the partner's days"),
            column("currency", ValueShape::Currency, "the currency of the money"),
        ],
    },
    TableDescription {
        name: "statement_events",
        place: TablePlace::Everywhere,
        why: "which statement is in force, and was at any time before",
        columns: &[
            column("number", ValueShape::COUNT, "the number of the event"),
            column("statement", ValueShape::COUNT, "the number of the statement"),
            column(
                "event",
                ValueShape::StatementEvent,
                "imported, withdrawn, used, with_corrections or without_corrections",
            ),
            column("day", ValueShape::Day, "UTC day of the event"),
            column("reason", ValueShape::Text, "why, in the operator's words"),
        ],
    },
    TableDescription {
        name: "closings",
        place: TablePlace::Everywhere,
        why: "closed months, in a signed chain",
        columns: &[
            column("number", ValueShape::COUNT, "its place in the chain"),
            column("partner", ValueShape::Partner, "the partner"),
            column("month", ValueShape::Month, "the month in the partner's zone"),
            column("from_hour", ValueShape::Hour, "its first UTC hour"),
            column("to_hour", ValueShape::Hour, "the UTC hour after its last"),
            column("record", ValueShape::Record, "what was closed: sums, hashes and versions"),
            column("signature", ValueShape::Signature, "the record's signature"),
            column("statement_event", ValueShape::OptionalCount, "the last event of a statement before the closing"),
        ],
    },
    TableDescription {
        name: "qsproxy_migrations",
        place: TablePlace::PostgresOnly,
        why: "which versions of the tables were created",
        columns: &[
            column("version", ValueShape::COUNT, "the version of the tables"),
            column("name", ValueShape::Text, "its name"),
            column("applied_on", ValueShape::Text, "when it was created, in UTC"),
            column("checksum", ValueShape::Text, "SHA-256 of its definition"),
        ],
    },
    TableDescription {
        name: "spool",
        place: TablePlace::SpoolOnly,
        why: "tells this spool from others, and its batches in order",
        columns: &[
            column("id", ValueShape::Hex(32), "128 random bits, drawn when the file was created"),
            column("began", ValueShape::COUNT, "the number of the node's last batch before its first"),
            column("seq", ValueShape::COUNT, "the number of its last batch"),
            column("told", ValueShape::COUNT, "the last version of the privacy statement that PostgreSQL has received"),
        ],
    },
    TableDescription {
        name: "parcel",
        place: TablePlace::SpoolOnly,
        why: "the batch that is being delivered",
        columns: &[
            column("seq", ValueShape::COUNT, "its number"),
            column("body", ValueShape::Batch, "its rows, as JSON: sums of the columns above"),
            column("sha256", ValueShape::Hex(64), "SHA-256 of the body"),
        ],
    },
];
