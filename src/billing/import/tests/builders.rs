//! Builds the files of the tests.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use zip::write::SimpleFileOptions;

/// A ZIP file of these files. A name that ends with `/` is a folder.
pub(super) fn zip_file(files: &[(&str, &[u8])]) -> Vec<u8> {
    zip_with(files, SimpleFileOptions::default())
}

pub(super) fn zip_with(files: &[(&str, &[u8])], options: SimpleFileOptions) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        if name.ends_with('/') {
            zip.add_directory(*name, options).unwrap();
        } else {
            zip.start_file(*name, options).unwrap();
            zip.write_all(bytes).unwrap();
        }
    }
    zip.finish().unwrap().into_inner()
}

/// The cell of a number, by its format.
pub(super) fn number(reference: &str, format: u8, value: &str) -> String {
    format!(r#"<c r="{reference}" s="{format}"><v>{value}</v></c>"#)
}

/// The cell of a text.
pub(super) fn text(reference: &str, text: &str) -> String {
    format!(r#"<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>"#)
}

/// An XLSX file of sheets, each a name and what follows the start of its `worksheet`. Format 1 is a date, 2 a time, 3 a percentage.
pub(super) fn xlsx(sheets: &[(&str, &str)]) -> Vec<u8> {
    let mut parts = vec![
        ("[Content_Types].xml".to_owned(), "<Types/>".to_owned()),
        ("_rels/.rels".to_owned(), r#"<Relationships><Relationship Id="a" Type="x/officeDocument" Target="/xl/workbook.xml"/></Relationships>"#.to_owned()),
        ("xl/styles.xml".to_owned(), r#"<styleSheet><numFmts><numFmt numFmtId="164" formatCode="dd.mm.yyyy"/></numFmts><cellStyleXfs><xf numFmtId="9"/></cellStyleXfs><cellXfs><xf/><xf numFmtId="164"/><xf numFmtId="20"/><xf numFmtId="10"/></cellXfs></styleSheet>"#.to_owned()),
    ];
    let mut workbook = String::new();
    let mut relationships = r#"<Relationship Id="s" Type="x/styles" Target="styles.xml"/>"#.to_owned();
    for (index, (name, content)) in sheets.iter().enumerate() {
        let _ = write!(workbook, r#"<sheet name="{name}" sheetId="{index}" r:id="r{index}"/>"#);
        let _ = write!(
            relationships,
            r#"<Relationship Id="r{index}" Type="x/worksheet" Target="worksheets/s{index}.xml"/>"#
        );
        parts.push((format!("xl/worksheets/s{index}.xml"), format!("<worksheet>{content}</worksheet>")));
    }
    parts.push((
        "xl/workbook.xml".to_owned(),
        format!(r#"<workbook xmlns:r="r"><sheets>{workbook}</sheets></workbook>"#),
    ));
    parts.push(("xl/_rels/workbook.xml.rels".to_owned(), format!("<Relationships>{relationships}</Relationships>")));
    let parts: Vec<(&str, &[u8])> = parts.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    zip_file(&parts)
}

/// The rows of a sheet with the columns Date and Clicks, and more below.
pub(super) fn sheet(rows: &[String]) -> String {
    let mut data = format!(r#"<row r="1">{}{}</row>"#, text("A1", "Date"), text("B1", "Clicks"));
    for (index, row) in rows.iter().enumerate() {
        let _ = write!(data, r#"<row r="{}">{row}</row>"#, index + 2);
    }
    format!("<sheetData>{data}</sheetData>")
}
