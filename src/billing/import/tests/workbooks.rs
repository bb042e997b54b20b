//! Spreadsheets: files of other programs, typed cells, sheets, merged cells, and files built to harm.

use super::builders::{number, sheet, text, xlsx, zip_file};
use super::*;

const PLAIN: &str = r#"{ zone = "UTC", format = "xlsx", date = "Date", clicks = "Clicks" }"#;

fn day_row(row: u32, serial: &str, clicks: &str) -> String {
    number(&format!("A{row}"), 1, serial) + &number(&format!("B{row}"), 0, clicks)
}

fn clicks(statement: &Statement) -> Vec<i64> {
    statement.rows.iter().map(|row| row.clicks.unwrap()).collect()
}

#[test]
fn reads_files_of_other_programs() {
    let openpyxl = include_bytes!("../../../../tests/statements/openpyxl.xlsx");
    // The date format of the profile is for texts; the sheet's dates are typed.
    for format in ["csv", "xlsx"] {
        let own = format!(
            r#"{{ zone = "UTC", format = "{format}", date = "Date", date_format = "%m/%d/%Y", clicks = "Clicks", revenue = "Revenue", currency = "USD", decimal_mark = ",", group_mark = "." }}"#
        );
        let statement = read_all(openpyxl, &profile(&own)).unwrap();
        assert_eq!(clicks(&statement), [120, 98, 1143, 7, 110]);
        let revenue: Vec<_> = statement.rows.iter().map(|row| row.revenue.unwrap().to_string()).collect();
        assert_eq!(revenue, ["41.23", "33.90", "1250.05", "0.30", "38.47"]);
        assert_eq!((statement.left_out.hidden, statement.left_out.rounded), (1, 0));
        assert_eq!((statement.first, statement.last), (date(2026, 10, 1), date(2026, 10, 5)));
    }
    let xlsxwriter = include_bytes!("../../../../tests/statements/xlsxwriter-1904.xlsx");
    let own = r#"{ zone = "UTC", date = "Day", code = "Tag", clicks = "Clicks", revenue = "Earnings ({currency})", final = "Final", totals = "Total" }"#;
    let statement = read_all(xlsxwriter, &profile(own)).unwrap();
    assert_eq!(statement.rows.len(), 10, "each merged day has two codes");
    assert_eq!((statement.first, statement.last), (date(2026, 10, 1), date(2026, 10, 5)));
    assert_eq!(statement.left_out.totals, 1);
    assert_eq!(statement.rows[4].revenue.unwrap().to_string(), "11.43");
    assert!(statement.rows.iter().all(|row| row.is_final == Some(true)));
    let odfpy = include_bytes!("../../../../tests/statements/odfpy.ods");
    let own = r#"{ zone = "Europe/Berlin", date = "Datum", hour = "Stunde", clicks = "Klicks", revenue = "Umsatz", currency = "EUR" }"#;
    let statement = read_all(odfpy, &profile(own)).unwrap();
    assert_eq!(clicks(&statement), [120, 98, 1143, 7, 110]);
    assert_eq!(statement.rows[3].revenue.unwrap().to_string(), "0.30");
}

#[test]
fn cells_that_cannot_be_read_matter_only_where_they_are_used() {
    let file = |cell: &str| xlsx(&[("Okt", &sheet(&[day_row(2, "46296", "5"), number("A3", 1, "46297") + cell]))]);
    for (cell, message) in [
        (r#"<c r="B3" t="e"><v>#N/A</v></c>"#, "\"#N/A\": Okt!B3: the cell holds an error"),
        (r#"<c r="B3"><f>1+1</f></c>"#, "Okt!B3: the file has a formula here and not its result"),
        (r#"<c r="B3"><f>1+1</f><v></v></c>"#, "Okt!B3: the file has a formula here"),
        (r#"<c r="B3" t="s"><v>7</v></c>"#, "Okt!B3: this cell refers to a text that the file does not have"),
        (
            r#"<c r="B3"><v>1234567890123456</v></c>"#,
            "Okt!B3: this number has more digits than a spreadsheet stores exactly",
        ),
        (r#"<c r="B3"><v>NaN</v></c>"#, "Okt!B3: the file stores no number in this cell"),
        (r#"<c r="B3" t="z"><v>1</v></c>"#, "Okt!B3: this cell has a type that is not known"),
        (r#"<c r="B3"><v>1.5</v></c>"#, "this must be a whole number"),
    ] {
        let found = issues(&file(cell), &profile(PLAIN));
        assert!(found.starts_with("sheet \"Okt\": row 3: column \"Clicks\": ") && found.contains(message), "{found}");
        // In a column that nobody reads, the same cell is no harm.
        let other = xlsx(&[(
            "Okt",
            &sheet(&[day_row(2, "46296", "5") + &cell.replace("B3", "C2")])
                .replace("</row><row r=\"2\">", r#"<c r="C1" t="inlineStr"><is><t>CTR</t></is></c></row><row r="2">"#),
        )]);
        assert_eq!(clicks(&read_all(&other, &profile(PLAIN)).unwrap()), [5], "{cell}");
    }
    assert_eq!(clicks(&read_all(&file(r#"<c r="B3"><f>1+1</f><v>2</v></c>"#), &profile(PLAIN)).unwrap()), [5, 2]);
    let found = issues(&xlsx(&[("Okt", &sheet(&[day_row(2, "60", "5")]))]), &profile(PLAIN));
    assert!(found.contains("Okt!A2: this is 29 February 1900"), "{found}");
    let found = issues(&xlsx(&[("Okt", &sheet(&[number("A2", 2, "0.5") + &number("B2", 0, "5")]))]), &profile(PLAIN));
    assert!(found.contains("\"12:00:00\": not a date"), "{found}");
}

#[test]
fn the_sheet_is_the_only_one_with_the_columns_or_the_named_one() {
    let statement = sheet(&[day_row(2, "46296", "5")]);
    let other = sheet(&[day_row(2, "46296", "6")]);
    let notes = format!("<sheetData><row>{}</row></sheetData>", text("A1", "Notes"));
    let with = |key: &str| profile(&PLAIN.replace(" }", &format!(", {key} }}")));
    let one = xlsx(&[("Notes", &notes), ("Okt", &statement)]);
    assert_eq!(clicks(&read_all(&one, &profile(PLAIN)).unwrap()), [5]);
    let two = xlsx(&[("Okt", &statement), ("Notes", &notes), ("Nov &amp; Dez", &other)]);
    let found = issues(&two, &profile(PLAIN));
    assert!(found.contains("several sheets have the profile's columns: \"Okt\", \"Nov & Dez\"; set sheet"), "{found}");
    for (key, expected) in [(r#"sheet = "Nov & Dez""#, 6), ("sheet = 1", 5), ("sheet = 3", 6)] {
        assert_eq!(clicks(&read_all(&two, &with(key)).unwrap()), [expected], "{key}");
    }
    for (key, message) in [
        (r#"sheet = "okt""#, "has no sheet \"okt\", but \"Okt\", \"Notes\", \"Nov & Dez\"; correct sheet"),
        ("sheet = 4", "has no sheet 4, but"),
        ("sheet = 2", "sheet \"Notes\": no row has the profile's columns"),
    ] {
        let found = issues(&two, &with(key));
        assert!(found.contains(message), "{found}");
    }
    let none = xlsx(&[("Notes", &notes), ("More", &notes)]);
    assert!(
        issues(&none, &profile(PLAIN))
            .contains("no sheet has the profile's columns; the sheets are \"Notes\", \"More\"")
    );
    assert!(issues(&xlsx(&[]), &profile(PLAIN)).contains("the spreadsheet has 0 sheets"));
    assert!(issues(b"Date,Clicks\n", &profile(PLAIN)).contains("the file is not a spreadsheet"));
    let json = profile(r#"{ zone = "UTC", format = "json", date = "Date", clicks = "Clicks" }"#);
    assert!(issues(&one, &json).contains("the file is a spreadsheet; set format"));
}

#[test]
fn merged_cells_apply_below_the_header_only_where_their_meaning_is_clear() {
    let merged = |rows: &[String], range: &str| {
        let sheet = sheet(rows) + &format!(r#"<mergeCells><mergeCell ref="{range}"/></mergeCells>"#);
        read_all(
            &xlsx(&[("S", &sheet)]),
            &profile(r#"{ zone = "UTC", date = "Date", clicks = "Clicks", dimensions = [] }"#),
        )
    };
    let message = |result: Result<Statement, ImportError>| match result {
        Err(ImportError::Rejected(found)) => found[0].to_string(),
        other => panic!("{other:?}"),
    };
    // A row that repeats the day of the one above with another number contradicts it: the day did apply.
    let rows = [day_row(2, "46296", "5"), number("B3", 0, "6"), day_row(4, "46297", "7")];
    assert!(message(merged(&rows, "A2:A3")).contains("row 2 has the same day and code and other values"));
    assert!(
        message(merged(&rows, "A4:A4")).contains("row 3: column \"Date\""),
        "without merged cells, row 3 has no date"
    );
    assert!(message(merged(&rows, "B2:B3")).contains("B2:B3"), "one number for two rows");
    assert!(message(merged(&rows, "A2:B2")).contains("A2:B2"), "one value for two columns");
}

#[test]
fn rows_that_are_not_in_order_are_refused() {
    for (data, message) in [
        (r#"<row r="2"/><row r="2"/>"#, "row 2: the rows of the sheet are not in order"),
        (r#"<row r="1048577"/>"#, "are more than spreadsheet programs know"),
        (r#"<row r="x"/>"#, "are not in order"),
        (r#"<row r="1"><c r="B1"/><c r="A1"/></row>"#, "row 1: the cells of the row are not in order"),
        (r#"<row r="1"><c r="A2"/></row>"#, "are of another row"),
        (r#"<row r="1"><c r="AMK1"><v>1</v></c></row>"#, "row 1: the row has more than 1024 columns"),
    ] {
        let found = issues(&xlsx(&[("S", &format!("<sheetData>{data}</sheetData>"))]), &profile(PLAIN));
        assert!(found.contains(message), "{found}");
    }
    // Rows and cells without references are counted.
    let counted = r#"<sheetData><row><c t="inlineStr"><is><t>Date</t></is></c><c t="inlineStr"><is><r><t>Cli</t></r><rPh><t>x</t></rPh><r><t>cks</t></r></is></c></row><row><c s="1"><v>46296</v></c><c><v>5</v></c></row></sheetData>"#;
    assert_eq!(clicks(&read_all(&xlsx(&[("S", counted)]), &profile(PLAIN)).unwrap()), [5]);
    // A dot in the last row that a program knows.
    let last = sheet(&[day_row(2, "46296", "5")])
        .replace("</sheetData>", r#"<row r="1048576"><c r="A1048576" t="str"><v></v></c></row></sheetData>"#);
    assert_eq!(clicks(&read_all(&xlsx(&[("S", &last)]), &profile(PLAIN)).unwrap()), [5]);
}

#[test]
fn sheets_built_to_harm_are_refused_or_read() {
    // A shared text that every cell of a row refers to.
    let long = "x".repeat(40_000);
    let cells: String = (0..40).map(|_| format!(r#"<c t="inlineStr"><is><t>{long}</t></is></c>"#)).collect();
    let found = issues(&xlsx(&[("S", &format!("<sheetData><row>{cells}</row></sheetData>"))]), &profile(PLAIN));
    assert!(found.contains("the row is longer than 1 MB"), "{found}");
    let huge = format!("<sheetData><row><c t=\"str\"><v>{}</v></c></row></sheetData>", "x".repeat(3 << 20));
    assert!(issues(&xlsx(&[("S", &huge)]), &profile(PLAIN)).contains("longer than 1 MB"));
    let deep = format!("<sheetData>{}", "<a>".repeat(100_000));
    assert!(issues(&xlsx(&[("S", &deep)]), &profile(PLAIN)).contains("more than 64 elements within one another"));
    let merges: String = (0..2_000).map(|_| r#"<mergeCell ref="A1:XFD1048576"/>"#).collect();
    let found = issues(&xlsx(&[("S", &(sheet(&[]) + &merges))]), &profile(PLAIN));
    assert!(found.contains("merged cells overlap"), "{found}");
    let entities = "<!DOCTYPE worksheet [<!ENTITY a \"aaaa\">]><worksheet><sheetData/></worksheet>";
    let file = zip_file(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("xl/workbook.xml", br#"<workbook><sheets><sheet name="S" id="a"/></sheets></workbook>"#),
        ("xl/_rels/workbook.xml.rels", br#"<R><Relationship Id="a" Type="worksheet" Target="s.xml"/></R>"#),
        ("xl/s.xml", entities.as_bytes()),
    ]);
    assert!(issues(&file, &profile(PLAIN)).contains("defines entities of its own"));
    // A million empty rows.
    let empty: String = (3..1_000_000).map(|row| format!("<row r=\"{row}\"/>")).collect();
    let rows = sheet(&[day_row(2, "46296", "5")]).replace("</sheetData>", &format!("{empty}</sheetData>"));
    assert_eq!(clicks(&read_all(&xlsx(&[("S", &rows)]), &profile(PLAIN)).unwrap()), [5]);
}

/// An ODS file with this table.
fn ods(table: &str) -> Vec<u8> {
    let manifest = r#"<manifest><file-entry media-type="application/vnd.oasis.opendocument.spreadsheet" full-path="/"/></manifest>"#;
    let content = format!("<document-content><body><spreadsheet>{table}</spreadsheet></body></document-content>");
    zip_file(&[("META-INF/manifest.xml", manifest.as_bytes()), ("content.xml", content.as_bytes())])
}

#[test]
fn reads_what_ods_stores_once_for_several_cells() {
    let header = "<table-row><table-cell value-type='string'><p>Date</p><annotation><p>a comment</p></annotation></table-cell><table-cell value-type='string'><p>Cli<span>cks</span></p></table-cell></table-row>";
    let own = profile(r#"{ zone = "UTC", format = "ods", date = "Date", clicks = "Clicks" }"#);
    let table = |rows: &str| ods(&format!("<table name='T'>{header}{rows}</table>"));
    let row = "<table-row number-rows-repeated='3'><table-cell value-type='date' date-value='2026-10-01T00:00:00'/><table-cell value-type='float' value='5'/></table-row>";
    let statement = read_all(&table(row), &own).unwrap();
    assert_eq!((clicks(&statement), statement.left_out.repeated), (vec![5], 2));
    for (cell, message) in [
        (
            "<table-cell formula='of:=1' value-type='string' C:value-type='error'><p>#N/A</p></table-cell>",
            "T!B2: the cell holds an error",
        ),
        (
            "<table-cell formula='of:=1' value-type='string'><p>Err:502</p></table-cell>",
            "T!B2: the cell holds an error",
        ),
        ("<table-cell formula='of:=1'/>", "T!B2: the file has a formula here"),
        ("<table-cell value-type='float' value='x'/>", "T!B2: the file stores no number"),
        (
            "<table-cell value-type='float' value='5' number-columns-repeated='2000'/>",
            "row 2: the row has more than 1024 columns",
        ),
    ] {
        let found = issues(
            &table(&format!("<table-row><table-cell value-type='date' date-value='2026-10-01'/>{cell}</table-row>")),
            &own,
        );
        assert!(found.contains(message), "{found}");
    }
    let found = issues(&table(&row.replace("'3'", "'4000000'")), &own);
    assert!(found.contains("more rows than spreadsheet programs know"), "{found}");
    let hidden = row.replace("<table-row ", "<table-row visibility='filter' ");
    assert_eq!(read_all(&table(&hidden), &own).unwrap().left_out.hidden, 3);
    let locked = zip_file(&[
        ("META-INF/manifest.xml", b"<m><file-entry><encryption-data/></file-entry></m>"),
        ("content.xml", b"??"),
    ]);
    assert!(issues(&locked, &own).contains("the spreadsheet has a password"));
    let document = zip_file(&[
        ("META-INF/manifest.xml", b"<m><file-entry media-type='application/vnd.oasis.opendocument.text'/></m>"),
        ("content.xml", b"<a/>"),
    ]);
    assert!(issues(&document, &own).contains("no spreadsheet"));
}
