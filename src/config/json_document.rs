//! `document`, `empty_if` and `failure_if`: which text of an answer in JSON is the document with the results, which value says that
//! there are none, and which says that the partner failed.

use strum::VariantArray as _;

use crate::answer::envelope::{DocumentEncoding, DocumentFormat, Envelope, XmlList, XmlPaths};
use crate::answer::json_mapping::{EmptyMark, EntryField, FailureMark, JsonMapping, ListMapping};
use crate::answer::json_pointer::{FieldPointer, JsonPointer};
use crate::config::table_reader::TableReader;

/// Starts the name of an attribute in a pointer into XML.
const ATTRIBUTE: char = '@';

/// Reads the three keys into the mapping, whose lists have been read.
pub(super) fn read(table: &mut TableReader<'_>, mapping: &mut JsonMapping) {
    mapping.empty_if = empty_if(table);
    mapping.failure_if = failure_if(table, &mapping.lists);
    let Some(mut document) = table.optional_table("document") else { return };
    let at = pointer(&mut document, "at");
    let encodings = [("text", DocumentEncoding::Text), ("base64", DocumentEncoding::Base64)];
    let encoding = document.choice("encoding", DocumentEncoding::Text, &encodings);
    let is_xml = document.choice("format", false, &[("json", false), ("xml", true)]);
    let marks: Vec<String> =
        document.string_list("marks").unwrap_or_default().into_iter().map(|name| name.value).collect();
    let format = if is_xml {
        check_lists(&document, &mapping.lists);
        let failures = mapping.failure_if.iter().map(|mark| &mark.at);
        let document = mapping.empty_if.iter().map(|mark| &mark.at).chain(failures).cloned().collect();
        DocumentFormat::Xml(XmlPaths { lists: mapping.lists.iter().map(xml_list).collect(), document, marks })
    } else {
        if !marks.is_empty() {
            document
                .error_at_key("marks", "applies only to format = \"xml\"; tags in JSON are read by text = \"html\"");
        }
        DocumentFormat::Json
    };
    document.finish();
    mapping.envelope = at.map(|at| Envelope { at, encoding, format });
}

fn empty_if(table: &mut TableReader<'_>) -> Option<EmptyMark> {
    let mut value = table.optional_table("empty_if")?;
    let at = pointer(&mut value, "at");
    let is = value.required_string("is");
    value.finish();
    Some(EmptyMark { at: at?, is: is?.value })
}

/// Pointers of which one is set in an answer without results if the partner failed.
fn failure_if(table: &mut TableReader<'_>, lists: &[ListMapping]) -> Vec<FailureMark> {
    let mut marks = Vec::new();
    for text in table.string_or_list("failure_if") {
        match JsonPointer::parse(&text.value) {
            Err(error) => table.error_at(&text, error),
            Ok(pointer) if lists.iter().any(|list| pointer.contains(&list.list)) => table.error_at(
                &text,
                "contains the list of results, so it would never be set without results; name what reports the failure",
            ),
            Ok(pointer) if lists.iter().any(|list| list.list.contains(&pointer)) => {
                table.error_at(&text, "is inside the list of results, which is empty in an answer without results");
            }
            Ok(pointer) => marks.push(FailureMark::new(pointer)),
        }
    }
    marks
}

fn pointer(table: &mut TableReader<'_>, key: &'static str) -> Option<JsonPointer> {
    let text = table.required_string(key)?;
    JsonPointer::parse(&text.value).map_err(|error| table.error_at(&text, error)).ok()
}

/// Rejects pointers that cannot lead to an element or an attribute of XML.
fn check_lists(document: &TableReader<'_>, lists: &[ListMapping]) {
    for list in lists {
        let names = list.list.tokens();
        if names.is_empty() || names.iter().any(|name| name.is_empty() || name.starts_with(ATTRIBUTE)) {
            let message = format!(
                "in XML, list names elements from the root on, such as \"/rss/channel/item\", not \"{}\"",
                list.list
            );
            document.error_at_key("format", message);
        }
        for (field, pointer) in fields(list) {
            let is_valid = match pointer {
                FieldPointer::Key => false,
                FieldPointer::Value(pointer) => pointer.tokens().split_last().is_some_and(|(last, parents)| {
                    !last.trim_start_matches(ATTRIBUTE).is_empty()
                        && !parents.iter().any(|name| name.starts_with(ATTRIBUTE))
                }),
            };
            if !is_valid {
                let message = format!(
                    "in XML, {} names an element in the entry, such as \"/title\", or an attribute, such as \"/link/@href\", \
                     not \"{pointer}\"",
                    field.as_str()
                );
                document.error_at_key("format", message);
            }
        }
    }
}

fn fields(list: &ListMapping) -> impl Iterator<Item = (EntryField, &FieldPointer)> {
    EntryField::VARIANTS.iter().filter_map(|&field| Some((field, list.pointers.get(field)?)))
}

fn xml_list(list: &ListMapping) -> XmlList {
    let value = |(_, pointer): (EntryField, &FieldPointer)| match pointer {
        FieldPointer::Value(pointer) => Some(pointer.clone()),
        FieldPointer::Key => None,
    };
    XmlList { entries: list.list.clone(), fields: fields(list).filter_map(value).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::diagnostic::Diagnostics;
    use crate::config::json_results;

    /// The errors of a partner's keys, and whether its document is read.
    fn check(results: &str, keys: &str) -> (String, Option<Envelope>) {
        let text = format!("results = {{ {results} }}\n{keys}");
        let diagnostics = Diagnostics::new(&text);
        let mut table = TableReader::root(&text, &diagnostics);
        let base = url::Url::parse("https://partner.example/").unwrap();
        let mut mapping = json_results::read(&mut table, &base);
        read(&mut table, &mut mapping);
        table.finish();
        let errors = diagnostics.sorted().iter().map(|error| format!("{error}\n")).collect();
        (errors, mapping.envelope)
    }

    const RESULTS: &str = r#"list = "/r/item", title = "/title", url = "/link/@href""#;

    #[test]
    fn reads_documents() {
        let (errors, envelope) = check(RESULTS, "");
        assert!(errors.is_empty() && envelope.is_none(), "{errors}");
        let xml = r#"document = { at = "/rawData", encoding = "base64", format = "xml", marks = ["hl"] }
                     empty_if = { at = "/r/error/@code", is = "15" }"#;
        let (errors, envelope) = check(RESULTS, xml);
        let Some(Envelope { encoding: DocumentEncoding::Base64, format: DocumentFormat::Xml(paths), .. }) = envelope
        else {
            panic!("{errors}")
        };
        assert_eq!((errors.as_str(), paths.marks.as_slice()), ("", ["hl".to_owned()].as_slice()));
        assert_eq!(paths.lists.iter().flat_map(|list| &list.fields).count(), 2);
        assert_eq!(paths.document.first().map(ToString::to_string).as_deref(), Some("/r/error/@code"));
        let (errors, envelope) = check(RESULTS, r#"document = { at = "" }"#);
        assert!(
            matches!(envelope, Some(Envelope { encoding: DocumentEncoding::Text, format: DocumentFormat::Json, .. })),
            "{errors}"
        );
    }

    #[test]
    fn rejects_what_cannot_be_read() {
        let xml = r#"document = { at = "/d", format = "xml" }"#;
        for (results, keys, expected) in [
            (RESULTS, r#"document = { encoding = "base64" }"#, "at"),
            (RESULTS, r#"document = { at = "d" }"#, "starts with /"),
            (RESULTS, r#"document = { at = "/d", encoding = "base46" }"#, "base64"),
            (RESULTS, r#"document = { at = "/d", format = "XML" }"#, "xml"),
            (RESULTS, r#"document = { at = "/d", marks = ["hl"] }"#, "applies only to format = \"xml\""),
            (RESULTS, r#"document = { at = "/d", mark = ["hl"] }"#, "mark"),
            (RESULTS, r#"empty_if = { at = "/error" }"#, "is"),
            (RESULTS, r#"empty_if = { at = "error", is = "15" }"#, "starts with /"),
            (RESULTS, r#"failure_if = "error""#, "starts with /"),
            (RESULTS, r#"failure_if = ["/error", "/r"]"#, "contains the list"),
            (RESULTS, r#"failure_if = "/r/item/0""#, "inside the list"),
            (RESULTS, "failure_if = 1", "failure_if"),
            (r#"list = "", title = "/title", url = "/link""#, xml, "list names elements"),
            (r#"list = "/r/@item", title = "/title", url = "/link""#, xml, "list names elements"),
            (r#"list = "/r/item", title = "0#", url = "/link""#, xml, "title names an element"),
            (r#"list = "/r/item", title = "/@a/b", url = "/link""#, xml, "title names an element"),
            (r#"list = "/r/item", title = "/title", url = "/link/@""#, xml, "url names an element"),
        ] {
            let (errors, _) = check(results, keys);
            assert!(errors.contains(expected), "{results} {keys}: {errors}");
        }
    }
}
