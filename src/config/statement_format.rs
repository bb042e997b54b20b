//! `format`, `delimiter`, `encoding`, `list`, `headers`, `totals_at`, `currency_at`, `rows_at` of a `statement`: how a file becomes rows of cells.

use crate::billing::profile::{Encoding, FileClaims, FileFormat};
use crate::config::table_reader::TableReader;
use crate::config::toml_value::Located;

/// The values of `format`.
#[derive(Clone, Copy, PartialEq)]
enum StatementFormat {
    Csv,
    Tsv,
    Json,
    JsonLines,
    Xml,
    Spreadsheet,
}

const FORMATS: [(&str, StatementFormat); 7] = [
    ("csv", StatementFormat::Csv),
    ("tsv", StatementFormat::Tsv),
    ("json", StatementFormat::Json),
    ("jsonl", StatementFormat::JsonLines),
    ("xml", StatementFormat::Xml),
    ("xlsx", StatementFormat::Spreadsheet),
    ("ods", StatementFormat::Spreadsheet),
];

/// Reads `encoding`.
pub(super) fn encoding(table: &mut TableReader<'_>) -> Encoding {
    let Some(label) = table.string("encoding") else { return Encoding::Auto };
    Encoding::from_label(&label.value).unwrap_or_else(|| {
        let message = "must be \"auto\", \"utf-8\", \"utf-16le\", \"utf-16be\" or another name of the WHATWG Encoding Standard, such as \
                       \"windows-1252\", \"shift_jis\", \"gb18030\", \"euc-kr\" or \"iso-8859-2\"";
        table.error_at(&label, message);
        Encoding::Auto
    })
}

/// Reads `format` and the keys that depend on it; with the pointers of `headers` but the first. None if one has an error that leaves no format.
pub(super) fn format(table: &mut TableReader<'_>) -> (Option<FileFormat>, Vec<String>) {
    let format = table.choice("format", StatementFormat::Csv, &FORMATS);
    let delimiter = table.string("delimiter");
    let [list, totals] = ["list", "totals_at"].map(|key| table.string(key));
    let mut headers = table.string_or_list("headers").into_iter();
    let (first, others): (_, Vec<Located<String>>) = (headers.next(), headers.collect());
    for other in others.iter().filter(|other| !other.value.starts_with('/')) {
        table.error_at(other, "must be a JSON pointer (RFC 6901), such as \"/metricHeaders\"");
    }
    let has_delimiter = matches!(format, StatementFormat::Csv | StatementFormat::Tsv);
    if !has_delimiter && delimiter.is_some() {
        table.error_at_key("delimiter", "applies only to format = \"csv\"; remove it");
    }
    if ![StatementFormat::Json, StatementFormat::Xml].contains(&format) && list.is_some() {
        table.error_at_key("list", "applies only to format = \"json\" or \"xml\"; set that, or remove it");
    }
    if format != StatementFormat::Json {
        for key in ["headers", "totals_at", "keyed_by"].into_iter().filter(|key| table.is_present(key)) {
            table.error_at_key(key, "applies only to format = \"json\"; set that, or remove it");
        }
    } else if table.is_present("keyed_by") && first.is_some() {
        table.error_at_key("headers", "does not apply to rows that are named by keyed_by; remove one of them");
    }
    if ![StatementFormat::Json, StatementFormat::JsonLines].contains(&format) && table.is_present("skip") {
        table.error_at_key("skip", "applies only to format = \"json\" or \"jsonl\"; use footers, or remove it");
    }
    let format = match format {
        StatementFormat::Csv => delimited(table, delimiter, b','),
        StatementFormat::Tsv => delimited(table, delimiter, b'\t'),
        StatementFormat::Json => Some(json(table, [list, first, totals])),
        StatementFormat::JsonLines => Some(FileFormat::JsonLines),
        StatementFormat::Xml => xml(table, list),
        StatementFormat::Spreadsheet => Some(FileFormat::Spreadsheet),
    };
    (format, others.into_iter().map(|pointer| pointer.value).collect())
}

/// Reads `currency_at` and `rows_at`, which a file without JSON cannot have.
pub(super) fn claims(table: &mut TableReader<'_>, format: Option<&FileFormat>) -> FileClaims {
    let is_json = matches!(format, None | Some(FileFormat::Json { .. } | FileFormat::JsonLines));
    let [currency, rows] = ["currency_at", "rows_at"].map(|key| {
        let pointer = table.string(key)?;
        if !is_json {
            table.error_at(&pointer, "applies only to format = \"json\" or \"jsonl\"; set that, or remove it");
        } else if !pointer.value.starts_with('/') {
            table.error_at(&pointer, "must be a JSON pointer (RFC 6901), such as \"/footer/rows\"");
        }
        Some(pointer.value)
    });
    FileClaims { currency, rows }
}

fn delimited(table: &TableReader<'_>, delimiter: Option<Located<String>>, default: u8) -> Option<FileFormat> {
    let Some(text) = delimiter else { return Some(FileFormat::Table(default)) };
    let [delimiter @ (b'\t' | b' '..=b'~')] = text.value.as_bytes() else {
        table.error_at(&text, "must be one ASCII character, such as \",\", \";\" or \"\\t\"");
        return None;
    };
    Some(FileFormat::Table(*delimiter))
}

/// Checks the pointers `list`, `headers` and `totals_at` (RFC 6901).
fn json(table: &TableReader<'_>, pointers: [Option<Located<String>>; 3]) -> FileFormat {
    let checked = |pointer: Option<Located<String>>| {
        if let Some(text) = pointer.as_ref().filter(|text| !text.value.is_empty() && !text.value.starts_with('/')) {
            table.error_at(text, "must be a JSON pointer (RFC 6901), such as \"/rows\"; \"\" is the whole file");
        }
        pointer.map(|text| text.value)
    };
    let [list, headers, totals] = pointers.map(checked);
    FileFormat::Json { list: list.unwrap_or_default(), headers, totals }
}

fn xml(table: &TableReader<'_>, list: Option<Located<String>>) -> Option<FileFormat> {
    let Some(list) = list else {
        table.error_at_key(
            "list",
            "missing key: set it to the path of the elements that are rows, such as \"/report/row\"",
        );
        return None;
    };
    let names = list.value.strip_prefix('/').map(|names| names.split('/'));
    let is_path = names.is_some_and(|mut names| names.all(|name| !name.is_empty() && !name.contains(['@', ':', '*'])));
    if !is_path {
        table.error_at(&list, "must be the names of elements from the root, without prefixes, such as \"/report/row\"");
        return None;
    }
    Some(FileFormat::Xml { list: list.value })
}
