//! Texts that are no table, JSON or XML of rows, although their names end with `.xls` or `.csv`: what they are, and what to do.

use std::io::{self, Cursor, Read};

use crate::billing::import::issue::refusal;

/// How much of a text is looked at, in bytes.
const START_BYTES: u64 = 2_048;

const HTML: &str = "the file is an HTML page, whatever its name is; open it in a spreadsheet program and save it as XLSX, or export CSV";
const EXCEL_XML: &str = "the file is a spreadsheet in the XML of Excel 2003; open it in a spreadsheet program and save it as XLSX, or export CSV";
const MHTML: &str = "the file is a web page with its pictures (MHTML); open it in a spreadsheet program and save it as XLSX, or export CSV";
const SYLK: &str =
    "the file is a spreadsheet in the format SYLK; open it in a spreadsheet program and save it as XLSX, or export CSV";
const RTF: &str = "the file is a text document (RTF); export CSV or a spreadsheet instead";

/// Elements that a page, or a table that is named `.xls`, begins with.
const HTML_ELEMENTS: [&str; 10] =
    ["!doctype html", "html", "head", "body", "table", "meta", "style", "div", "center", "!--"];

/// Says what a text is that is none of the formats.
pub(super) fn other_format(start: &str) -> Option<&'static str> {
    let lower = start.trim_start_matches('\u{feff}').trim_start().to_ascii_lowercase();
    let is_html = |lower: &str| {
        let element = lower.strip_prefix('<')?;
        let name = HTML_ELEMENTS.iter().find(|name| element.starts_with(**name))?;
        element.get(name.len()..)?.chars().next().is_none_or(|next| !next.is_alphanumeric()).then_some(HTML)
    };
    if lower.contains("urn:schemas-microsoft-com:office:spreadsheet") || lower.contains("progid=\"excel.sheet\"") {
        return Some(EXCEL_XML);
    }
    // A comment may begin XML, too.
    let is_comment_of_xml = lower.starts_with("<!--") && !lower.contains("<table") && !lower.contains("<html");
    let html = if is_comment_of_xml { None } else { is_html(&lower) };
    html.or_else(|| lower.starts_with("mime-version:").then_some(MHTML))
        .or_else(|| (lower.starts_with("id;p") && lower.contains("\nb;")).then_some(SYLK))
        .or_else(|| lower.starts_with("{\\rtf").then_some(RTF))
}

/// Returns a text from its start, if it is none of these formats.
///
/// # Errors
/// It is one of them, or it cannot be read.
pub(super) fn checked<'r>(mut text: impl Read + 'r) -> io::Result<impl Read + 'r> {
    let mut start = Vec::new();
    text.by_ref().take(START_BYTES).read_to_end(&mut start)?;
    if let Some(message) = other_format(&String::from_utf8_lossy(&start)) {
        return Err(refusal(message));
    }
    Ok(Cursor::new(start).chain(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_formats_are_named_with_what_to_do() {
        for (start, part) in [
            ("<html><body>", Some("HTML")),
            ("\n <!DOCTYPE html>\n", Some("HTML")),
            ("<TABLE border=1>", Some("HTML")),
            ("<meta charset=utf-8><table>", Some("HTML")),
            ("<!-- report --><table>", Some("HTML")),
            ("<?xml version=\"1.0\"?>\n<?mso-application progid=\"Excel.Sheet\"?><Workbook>", Some("Excel 2003")),
            ("<Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">", Some("Excel 2003")),
            ("MIME-Version: 1.0\nContent-Type: multipart/related", Some("MHTML")),
            ("ID;PWXL;N;E\nP;PGeneral\nB;Y6;X3", Some("SYLK")),
            ("{\\rtf1\\ansi", Some("RTF")),
            ("<?xml version=\"1.0\"?><report><row/></report>", None),
            ("<!-- report --><report><row/></report>", None),
            ("<tables><row/></tables>", None),
            ("ID;Product;Clicks\n1;x;2\n", None),
            ("Date,Clicks\n", None),
            ("{\"rows\": []}", None),
            ("", None),
        ] {
            let found = other_format(start);
            assert_eq!(found.is_some(), part.is_some(), "{start}: {found:?}");
            assert!(part.is_none_or(|part| found.is_some_and(|found| found.contains(part))), "{start}: {found:?}");
        }
    }
}
