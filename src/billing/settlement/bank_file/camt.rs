//! Bank statements: camt.053 (BankToCustomerStatement, ISO 20022), every version from 02 on, whose elements that are read here are the
//! same or have one more level. Only booked entries that brought money, and returns of such entries, are payments.

use encoding_rs::{Encoding, UTF_8};
use jiff::civil::Date;

use crate::billing::money::Micros;
use crate::billing::settlement::bank_entry::{BankEntries, BankEntry};
use crate::billing::settlement::bank_file::camt_transaction::{self, BookedEntry, money};
use crate::billing::settlement::bank_file::xml_tree::{self, Element};

/// The namespace, without the version.
const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.";

/// How many bytes at the start of a document are searched for its encoding. A declaration has about 40.
const DECLARATION_BYTES: usize = 256;

/// The most issues that are listed.
const MAX_ISSUES: usize = 20;

/// Reads a document.
///
/// # Errors
/// A file that is no camt.053, or every entry that cannot be read.
pub(super) fn read(bytes: &[u8]) -> Result<BankEntries, Vec<String>> {
    let one = |issue: String| vec![issue];
    let text = decode(bytes).map_err(one)?;
    let mut reading = Reading::default();
    let document = xml_tree::parse(&text, "Ntry", |around, entry| reading.add(around, entry)).map_err(one)?;
    check_kind(&document).map_err(one)?;
    if reading.issues.is_empty() { Ok(reading.entries) } else { Err(reading.issues) }
}

/// What was read so far.
#[derive(Default)]
struct Reading {
    entries: BankEntries,
    issues: Vec<String>,
    /// The statement, counted from 1, and the entry in it.
    place: (u64, u64),
    /// How many elements are before that statement, which tells it from others.
    before: Option<usize>,
}

impl Reading {
    /// Adds an entry of a statement. `around` are the elements around it, from the root.
    fn add(&mut self, around: &[Element], entry: &Element) {
        let [_, message, statement] = around else { return };
        if message.name != "BkToCstmrStmt" || statement.name != "Stmt" || self.issues.len() >= MAX_ISSUES {
            return;
        }
        let before = Some(message.children.len());
        let (nth_statement, nth) =
            if self.before == before { (self.place.0, self.place.1 + 1) } else { (self.place.0 + 1, 1) };
        (self.before, self.place) = (before, (nth_statement, nth));
        let id = statement.text_at("Id").map_or_else(|| format!("statement {nth_statement}"), str::to_owned);
        if let Err(issue) = read_entry(entry, &format!("{id}/{nth}"), &mut self.entries) {
            self.issues.push(format!("statement {nth_statement}, entry {nth}: {issue}"));
        }
    }
}

/// Decodes a document: a byte order mark decides, then its declaration. Without any, it is UTF-8.
fn decode(bytes: &[u8]) -> Result<String, String> {
    let start = String::from_utf8_lossy(bytes.get(..DECLARATION_BYTES).unwrap_or(bytes)).into_owned();
    let declaration = start.split_once("?>").map_or("", |(declaration, _)| declaration);
    let label = declaration.split_once("encoding").and_then(|(_, value)| value.split(['"', '\'']).nth(1));
    let declared = match label {
        // The declaration was readable as ASCII, so the document cannot be in UTF-16.
        Some(label) => Encoding::for_label(label.as_bytes()).map(Encoding::output_encoding),
        None => Some(UTF_8),
    };
    let (encoding, mark) = match Encoding::for_bom(bytes) {
        Some((encoding, mark)) => (Some(encoding), mark),
        None => (declared, 0),
    };
    let encoding = encoding.ok_or("the file declares an encoding that is not known")?;
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes.get(mark..).unwrap_or_default());
    text.map(Into::into).ok_or_else(|| format!("the file is not text in {}", encoding.name()))
}

fn check_kind(document: &Element) -> Result<(), String> {
    let namespace = document.namespace.as_deref().unwrap_or_default();
    let is_version = |version: &str| version.len() == 2 && version.bytes().all(|byte| byte.is_ascii_digit());
    if document.name == "Document" && namespace.strip_prefix(NAMESPACE).is_some_and(is_version) {
        return Ok(());
    }
    let other = ["camt.052", "camt.054"].into_iter().find(|kind| namespace.contains(kind));
    Err(match other {
        Some(kind) => {
            format!("this is a {kind}, whose entries may change; import the bank statement (camt.053) of the same days")
        }
        None => format!("this is not a bank statement: its root must be Document in {NAMESPACE}02 or later"),
    })
}

/// Adds the payments of an entry.
fn read_entry(entry: &Element, fallback: &str, entries: &mut BankEntries) -> Result<(), String> {
    // The status is a text, from version 08 on a code in an element.
    let status = entry.text_at("Sts/Cd").or(entry.text_at("Sts")).ok_or("it has no status (Sts)")?;
    if status != "BOOK" {
        entries.pending += 1;
        return Ok(());
    }
    let is_reversal = matches!(entry.text_at("RvslInd"), Some("true" | "1"));
    let sign = match (entry.text_at("CdtDbtInd"), is_reversal) {
        (Some("CRDT"), false) => 1,
        // A payment that went back.
        (Some("DBIT"), true) => -1,
        (Some("DBIT"), false) | (Some("CRDT"), true) => {
            entries.debits += 1;
            return Ok(());
        }
        (Some(_) | None, _) => return Err("it is neither a credit nor a debit (CdtDbtInd)".to_owned()),
    };
    let booked = BookedEntry {
        day: day(entry)?,
        sign,
        amount: money(entry.at("Amt").ok_or("it has no amount (Amt)")?)?,
        reference: entry.text_at("AcctSvcrRef"),
        fallback,
    };
    let transactions: Vec<&Element> = entry.all("NtryDtls").flat_map(|details| details.all("TxDtls")).collect();
    let (payments, debits) = camt_transaction::read(&booked, &transactions)?;
    entries.debits += debits;
    let (payments, zeros): (Vec<BankEntry>, Vec<BankEntry>) =
        payments.into_iter().partition(|entry| entry.payment.settles.amount != Micros(0));
    entries.zeros += u64::try_from(zeros.len()).unwrap_or(u64::MAX);
    entries.entries.extend(payments);
    Ok(())
}

/// The day on which the bank booked the entry; its value date if it does not say.
fn day(entry: &Element) -> Result<Date, String> {
    let paths = ["BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm"];
    let text = paths.iter().find_map(|path| entry.text_at(path)).ok_or("it has no date (BookgDt)")?;
    // Of a time, the date is taken as the bank writes it; a date may have an offset, too.
    let date = text.get(..10).and_then(|date| date.parse::<Date>().ok().filter(|day| day.to_string() == date));
    date.ok_or_else(|| "its date is not a date".to_owned())
}

#[cfg(test)]
mod tests;
