//! Files in which payments come: a table (CSV) or a bank statement in XML (camt.053, ISO 20022). The content decides which.

pub mod amount;
mod camt;
mod camt_transaction;
pub mod table;
mod xml_tree;

use jiff::civil::Date;

use crate::billing::settlement::bank_entry::BankEntries;
use crate::billing::settlement::bank_file::table::PaymentTable;

/// The largest file, in bytes: a year of a busy account.
pub const MAX_BYTES: usize = 64 << 20;

/// Whether a file is read as XML: its first character is `<`.
#[must_use]
pub fn is_xml(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.trim_ascii_start().first() == Some(&b'<')
}

/// Reads the payments of a file. `today` is the current UTC day.
///
/// # Errors
/// Everything that is wrong with it, each with its place.
pub fn read(bytes: &[u8], columns: &PaymentTable, today: Date) -> Result<BankEntries, Vec<String>> {
    let entries = if is_xml(bytes) { camt::read(bytes)? } else { table::read(bytes, columns)? };
    let fault = |entry: &crate::billing::settlement::bank_entry::BankEntry| {
        let fault = entry.payment.fault(today)?;
        Some(format!("the payment \"{}\": {fault}", entry.payment.reference))
    };
    let faults: Vec<String> = entries.entries.iter().filter_map(fault).collect();
    if faults.is_empty() { Ok(entries) } else { Err(faults) }
}
