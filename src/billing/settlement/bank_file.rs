//! Files in which payments come: a table (CSV) or a bank statement in XML (camt.053, ISO 20022). The content decides which.

pub mod amount;
mod camt;
mod camt_transaction;
pub mod table;
mod xml_tree;

use crate::billing::settlement::bank_entry::BankEntries;
use crate::billing::settlement::bank_file::table::PaymentTable;
#[cfg(doc)]
use crate::billing::settlement::payment::Payment;

/// The largest file, in bytes: a year of a busy account.
pub const MAX_BYTES: usize = 64 << 20;

/// Whether a file is read as XML: its first character is `<`.
#[must_use]
pub fn is_xml(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.trim_ascii_start().first() == Some(&b'<')
}

/// Reads the payments of a file. Whether one can be booked is judged once it is known whose it is ([`Payment::fault`]): a bank statement has
/// others, too.
///
/// # Errors
/// Everything that cannot be read, each with its place.
pub fn read(bytes: &[u8], columns: &PaymentTable) -> Result<BankEntries, Vec<String>> {
    if is_xml(bytes) { camt::read(bytes) } else { table::read(bytes, columns) }
}
