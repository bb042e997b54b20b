//! CSV (RFC 4180) written to a string.

use std::io;

/// Returns what was written to this in-memory writer.
///
/// # Errors
/// Errors of the writer. Neither a full buffer nor text that is not UTF-8 can occur with string cells.
pub fn into_text(writer: csv::Writer<Vec<u8>>) -> Result<String, csv::Error> {
    let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?)
}
