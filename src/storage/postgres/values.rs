//! Conversion between [`SqlValue`] and PostgreSQL's types, and between the placeholders of the two engines.

use bytes::BytesMut;
use tokio_postgres::Row;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::storage::value::{SqlValue, StoredValue};

type ConversionError = Box<dyn std::error::Error + Sync + Send>;

/// Replaces SQLite's `?1` by `$1`. Our statements contain no other question mark.
pub(super) fn placeholders(sql: &str) -> String {
    sql.replace('?', "$")
}

pub(super) fn parameters(given: &[SqlValue]) -> Vec<&(dyn ToSql + Sync)> {
    given.iter().map(|field| field as &(dyn ToSql + Sync)).collect()
}

impl ToSql for SqlValue {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, ConversionError> {
        match self {
            Self::Text(text) => text.as_str().to_sql(ty, out),
            Self::Number(number) if *ty == Type::INT8 => number.to_sql(ty, out),
            Self::Number(number) => i32::try_from(*number)?.to_sql(ty, out),
            Self::Null => Ok(IsNull::Yes),
        }
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::INT8 || *ty == Type::INT4 || <&str as ToSql>::accepts(ty)
    }

    to_sql_checked!();
}

/// The row's columns. Values of other types than texts and whole numbers are [`StoredValue::Unsupported`].
pub(super) fn stored(row: &Row) -> Vec<StoredValue> {
    let columns = row.columns().iter().enumerate();
    let value = |place: usize, column: &tokio_postgres::Column| match *column.type_() {
        Type::INT8 => row.try_get::<_, Option<i64>>(place).ok().map(SqlValue::from),
        Type::INT4 => row.try_get::<_, Option<i32>>(place).ok().map(|number| number.map(i64::from).into()),
        Type::TEXT | Type::VARCHAR | Type::NAME => row.try_get::<_, Option<String>>(place).ok().map(SqlValue::from),
        _ => None,
    };
    let unsupported = |column: &tokio_postgres::Column| StoredValue::Unsupported(column.type_().name().to_owned());
    columns.map(|(place, column)| value(place, column).map_or_else(|| unsupported(column), StoredValue::Sql)).collect()
}

/// Appends a row in the text format of `COPY` (PostgreSQL documentation, COPY, "Text Format").
pub(super) fn write_copy_line(out: &mut BytesMut, row: &[SqlValue]) {
    for (place, value) in row.iter().enumerate() {
        if place > 0 {
            out.extend_from_slice(b"\t");
        }
        match value {
            SqlValue::Null => out.extend_from_slice(b"\\N"),
            SqlValue::Number(number) => out.extend_from_slice(number.to_string().as_bytes()),
            SqlValue::Text(text) => {
                for byte in text.bytes() {
                    match byte {
                        b'\\' => out.extend_from_slice(b"\\\\"),
                        b'\t' => out.extend_from_slice(b"\\t"),
                        b'\n' => out.extend_from_slice(b"\\n"),
                        b'\r' => out.extend_from_slice(b"\\r"),
                        other => out.extend_from_slice(&[other]),
                    }
                }
            }
        }
    }
    out.extend_from_slice(b"\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_line_escapes_what_copy_would_read_as_a_delimiter() {
        let mut out = BytesMut::new();
        write_copy_line(&mut out, &["a\tb\\c\nd\re".into(), SqlValue::Null, (-7).into(), "\\N".into()]);
        assert_eq!(&out[..], b"a\\tb\\\\c\\nd\\re\t\\N\t-7\t\\\\N\n");
    }
}
