//! Writes start tags: the element's name, and the attributes that the allowlist permits if their values are valid.

use crate::answer::html::allowlist::{Attribute, ElementRule, GLOBAL_ATTRIBUTES};
use crate::answer::html::attributes::{escape_source, escape_text, is_integer, is_language};
use crate::answer::html::output::OutputBuffer;
use crate::answer::html::tag_scanner::StartTag;
use crate::mutants::{self, Mutant};

/// Writes a start tag without its closing `>`.
pub(super) fn open_start_tag(output: &mut OutputBuffer, rule: &'static ElementRule, element: &StartTag<'_>) {
    output.push_markup("<");
    output.push_markup(rule.name);
    if element.attribute_count() == 0 {
        return;
    }
    if mutants::is_on(Mutant::KeepsPings) {
        copy_attribute(output, &Attribute::Text("ping"), element);
    }
    for attribute in rule.attributes.iter().chain(&GLOBAL_ATTRIBUTES) {
        copy_attribute(output, attribute, element);
    }
}

/// Writes an attribute whose value is plain text.
pub(super) fn text_attribute(output: &mut OutputBuffer, name: &str, value: &str) {
    push_attribute(output, name, |out| escape_text(out, value));
}

fn copy_attribute(output: &mut OutputBuffer, attribute: &Attribute, element: &StartTag<'_>) {
    let (Attribute::Text(name)
    | Attribute::Integer(name)
    | Attribute::Boolean(name)
    | Attribute::Enumerated(name, _)
    | Attribute::Language(name)) = attribute;
    let Some(value) = element.attribute(name) else { return };
    let valid = match attribute {
        Attribute::Text(_) => Some(value),
        Attribute::Integer(_) => Some(value).filter(|value| is_integer(value)),
        Attribute::Language(_) => Some(value).filter(|value| is_language(value)),
        Attribute::Enumerated(_, keywords) => keyword(keywords, value),
        Attribute::Boolean(_) => {
            output.push_markup(" ");
            output.push_markup(name);
            None
        }
    };
    if let Some(value) = valid {
        push_attribute(output, name, |out| escape_source(out, value));
    }
}

/// The keyword equal to a value; if there is none, the one equal but for case. Both `a` and `A` are types of a list.
fn keyword(keywords: &[&'static str], value: &str) -> Option<&'static str> {
    let exact = keywords.iter().find(|keyword| **keyword == value);
    exact.or_else(|| keywords.iter().find(|keyword| keyword.eq_ignore_ascii_case(value))).copied()
}

fn push_attribute(output: &mut OutputBuffer, name: &str, push_value: impl FnOnce(&mut String)) {
    output.push_markup(" ");
    output.push_markup(name);
    output.push_markup("=\"");
    push_value(output.as_mut_string());
    output.push_markup("\"");
}
