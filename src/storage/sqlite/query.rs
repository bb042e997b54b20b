//! Queries on a connection to SQLite.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, params_from_iter};

use crate::storage::value::{ResultHeader, Row, SqlValue, StoredValue};

/// The rows of a result. `table` names their source in decoding errors.
pub(crate) fn query(
    connection: &Connection,
    table: &str,
    sql: &str,
    values: &[SqlValue],
) -> rusqlite::Result<Vec<Row>> {
    let mut statement = connection.prepare_cached(sql)?;
    let columns = statement.column_names().map(str::to_owned).collect();
    let header = ResultHeader::new(table, columns);
    let width = statement.column_count();
    let mut found = statement.query(params_from_iter(values))?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let values = (0..width).map(|column| Ok(stored(row.get_ref(column)?)));
        rows.push(Row::new(&header, rows.len() + 1, values.collect::<rusqlite::Result<_>>()?));
    }
    Ok(rows)
}

fn stored(value: ValueRef<'_>) -> StoredValue {
    match value {
        ValueRef::Integer(number) => StoredValue::Sql(number.into()),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => StoredValue::Sql(text.into()),
            Err(_) => StoredValue::Unsupported("text that is not UTF-8".to_owned()),
        },
        ValueRef::Null => StoredValue::Sql(SqlValue::Null),
        ValueRef::Real(_) => StoredValue::Unsupported("real".to_owned()),
        ValueRef::Blob(_) => StoredValue::Unsupported("blob".to_owned()),
    }
}
