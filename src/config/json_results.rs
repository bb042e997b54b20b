//! `results`, `max_results` and `text`: where the results are in an answer in JSON, and how they are read. A mapping that
//! can give no titles or no links, or that contradicts itself, is rejected.

use url::Url;

use crate::answer::json::MAX_RESULTS;
use crate::answer::json_mapping::{EntryField, FieldPointers, JsonMapping, ListMapping, SponsoredRule, WithoutList};
use crate::answer::json_pointer::{FieldPointer, JsonPointer};
use crate::answer::text::TextFormat;
use crate::config::table_reader::TableReader;
use crate::config::toml_value::Located;

/// Most `max_results`: ten times the default. A page with more is not read to its end.
const MAX_MAX_RESULTS: u64 = 1_000;

/// Reads the three keys. What is returned for a mapping with errors is never used, because the configuration is rejected.
pub(super) fn read(table: &mut TableReader<'_>, base: &Url) -> JsonMapping {
    let default = u64::try_from(MAX_RESULTS).unwrap_or(u64::MAX);
    let max_results = table.integer("max_results", default, 1..=MAX_MAX_RESULTS);
    let choices = [("plain", TextFormat::Plain), ("html", TextFormat::Html)];
    let text = table.choice("text", TextFormat::Detect, &choices);
    let tables = table.table_or_list("results");
    if tables.is_empty() {
        table.error_at_key(
            "results",
            "format = \"json\" needs results = { list = \"/results\", title = \"/title\", url = \"/url\" }",
        );
    }
    let mut lists: Vec<Located<ListMapping>> = Vec::new();
    for mut table in tables {
        for list in lists_of_table(&mut table) {
            if let Some(other) = lists.iter().find(|other| overlap(&list.value.list, &other.value.list)) {
                table.error_at(&list, overlapping_lists(&list.value.list, &other.value.list));
            }
            lists.push(list);
        }
        table.finish();
    }
    let lists = lists.into_iter().map(|list| list.value).collect();
    JsonMapping::new(lists, usize::try_from(max_results).unwrap_or(MAX_RESULTS), text, base.clone())
}

fn overlap(one: &JsonPointer, other: &JsonPointer) -> bool {
    one.contains(other) || other.contains(one)
}

fn overlapping_lists(one: &JsonPointer, other: &JsonPointer) -> String {
    if one == other {
        format!("the list \"{one}\" is already read; remove one of the two")
    } else {
        format!("the lists \"{one}\" and \"{other}\" are inside one another, so the entries of one are not results")
    }
}

/// The lists of one table, all with the same pointers to fields.
fn lists_of_table(table: &mut TableReader<'_>) -> Vec<Located<ListMapping>> {
    let lists = table.string_or_list("list");
    if lists.is_empty() {
        table.error_at_key("list", "missing: a JSON pointer to the list of results, such as \"/web/results\"");
    }
    let title = table.required_string("title").and_then(|text| field_pointer(table, text));
    let url = table.required_string("url").and_then(|text| field_pointer(table, text));
    let snippet = table.string("snippet").and_then(|text| field_pointer(table, text));
    let (sponsored, sponsored_pointer) = sponsored(table);
    let choices = [("failure", WithoutList::Failure), ("empty", WithoutList::Empty)];
    let without_list = table.choice("without_list", WithoutList::Unspecified, &choices);
    let located: Vec<_> = [(EntryField::Title, &title), (EntryField::Url, &url), (EntryField::Snippet, &snippet)]
        .into_iter()
        .chain([(EntryField::Sponsored, &sponsored_pointer)])
        .filter_map(|(field, pointer)| Some((field, pointer.as_ref()?)))
        .collect();
    check_fields(table, &located);
    let mut mappings = Vec::new();
    for list in lists {
        let pointer = match JsonPointer::parse(&list.value) {
            Ok(pointer) => pointer,
            Err(error) => {
                table.error_at(&list, error);
                continue;
            }
        };
        check_relative(table, &pointer, &located);
        let (Some(title), Some(url)) = (&title, &url) else { continue };
        let pointers = FieldPointers {
            title: title.value.clone(),
            url: url.value.clone(),
            snippet: snippet.as_ref().map(|snippet| snippet.value.clone()),
            sponsored: sponsored.clone(),
        };
        mappings.push(list.with(ListMapping::new(pointer, pointers, without_list)));
    }
    mappings
}

fn field_pointer(table: &TableReader<'_>, text: Located<String>) -> Option<Located<FieldPointer>> {
    match FieldPointer::parse(&text.value) {
        Ok(pointer) => Some(text.with(pointer)),
        Err(error) => {
            table.error_at(&text, error);
            None
        }
    }
}

/// Reads `sponsored` and `sponsored_values`.
fn sponsored(table: &mut TableReader<'_>) -> (SponsoredRule, Option<Located<FieldPointer>>) {
    let mark = table.string_or_bool("sponsored");
    let values: Vec<String> =
        table.string_list("sponsored_values").unwrap_or_default().into_iter().map(|text| text.value).collect();
    let pointer = match mark {
        Some(Located { value: Ok(text), span, key }) => field_pointer(table, Located { value: text, span, key }),
        Some(Located { value: Err(constant), .. }) => {
            if !values.is_empty() {
                table.error_at_key("sponsored_values", "sponsored is the same for all entries; remove one of the two");
            }
            return (SponsoredRule::Constant(constant), None);
        }
        None => None,
    };
    match pointer {
        Some(pointer) => (SponsoredRule::Pointer(pointer.value.clone(), values), Some(pointer)),
        None => {
            if !values.is_empty() && !table.is_present("sponsored") {
                table.error_at_key("sponsored_values", "needs sponsored = \"/…\", the value that is compared");
            }
            (SponsoredRule::Constant(false), None)
        }
    }
}

/// Rejects pointers of which one refers to what contains the other: one of the two can only be a text.
fn check_fields(table: &TableReader<'_>, fields: &[(EntryField, &Located<FieldPointer>)]) {
    for (index, (field, pointer)) in fields.iter().enumerate() {
        let previous = fields.iter().take(index).find(|(_, previous)| previous.value.overlaps(&pointer.value));
        let Some((other, previous)) = previous else { continue };
        let message = if previous.value == pointer.value {
            let hint = match (other, field) {
                (EntryField::Title, EntryField::Url) => "; entries without a title are shown by their address anyway",
                _ => "",
            };
            format!("is the same pointer as {}{hint}", other.as_str())
        } else {
            format!(
                "\"{}\" and {} \"{}\" are inside one another: one of them is no text",
                pointer.value,
                other.as_str(),
                previous.value
            )
        };
        table.error_at(pointer, message);
    }
}

/// Rejects field pointers that start at the document instead of the entry.
fn check_relative(table: &TableReader<'_>, list: &JsonPointer, fields: &[(EntryField, &Located<FieldPointer>)]) {
    for (_, pointer) in fields {
        if let FieldPointer::Value(value) = &pointer.value
            && !list.tokens().is_empty()
            && list.contains(value)
        {
            let rest: String =
                value.tokens().iter().skip(list.tokens().len()).map(|token| format!("/{token}")).collect();
            let message = if rest.is_empty() {
                "is the list itself; a pointer to a field starts at an entry of it, such as \"/title\"".to_owned()
            } else {
                format!("a pointer to a field starts at the entry, not at the document: \"{rest}\"")
            };
            table.error_at(pointer, message);
        }
    }
}
