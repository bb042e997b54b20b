//! How a table and its columns are described.

use crate::doctor::shape::ValueShape;

/// Where a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TablePlace {
    /// In every store.
    Everywhere,
    /// In every store; in PostgreSQL by node, in a table whose name begins with `node_` and whose first column is `node`.
    PerNode,
    /// In SQLite.
    SqliteOnly,
    /// In PostgreSQL.
    PostgresOnly,
    /// In a spool, beside the tables of an SQLite store.
    SpoolOnly,
}

/// A table.
#[derive(Debug)]
pub struct TableDescription {
    /// Its name.
    pub name: &'static str,
    /// Where it is.
    pub place: TablePlace,
    /// What it is for.
    pub why: &'static str,
    /// Its columns, in their order.
    pub columns: &'static [ColumnDescription],
}

/// A column.
#[derive(Debug)]
pub struct ColumnDescription {
    /// Its name.
    pub name: &'static str,
    /// The values that it may have.
    pub shape: ValueShape,
    /// What it holds.
    pub holds: &'static str,
}

/// Describes a column.
pub(super) const fn column(name: &'static str, shape: ValueShape, holds: &'static str) -> ColumnDescription {
    ColumnDescription { name, shape, holds }
}
