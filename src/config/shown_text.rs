//! Texts and addresses of the configuration that pages show.

use url::Url;

use crate::config::table_reader::TableReader;

/// The longest URL, in bytes.
const MAX_URL: usize = 500;

/// Schemes of pages on the Web.
pub(super) const WEB: &[&str] = &["https", "http"];

/// Schemes of a contact.
pub(super) const CONTACT: &[&str] = &["https", "http", "mailto"];

/// A line of text without control characters and without invisible ones.
pub(super) fn text(table: &mut TableReader<'_>, key: &'static str, max: usize) -> Option<String> {
    let value = table.string(key)?;
    let text = value.value.trim();
    if text.is_empty() || text.chars().count() > max {
        table.error_at(&value, format!("must have 1 to {max} characters"));
        return None;
    }
    if text.chars().any(is_invisible) {
        table.error_at(&value, "contains a control character or an invisible one; retype the text");
        return None;
    }
    Some(text.to_owned())
}

/// Control characters, and format characters that hide or reorder text.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// An address of one of these schemes, without credentials.
pub(super) fn url(table: &mut TableReader<'_>, key: &'static str, schemes: &[&str]) -> Option<String> {
    let value = table.string(key)?;
    let parsed = Url::parse(&value.value).ok().filter(|url| {
        let has_place = if url.scheme() == "mailto" { url.path().contains('@') } else { url.has_host() };
        schemes.contains(&url.scheme()) && has_place && url.username().is_empty() && url.password().is_none()
    });
    match parsed {
        Some(url) if url.as_str().len() <= MAX_URL => Some(url.into()),
        Some(_) => {
            table.error_at(&value, format!("must have at most {MAX_URL} bytes"));
            None
        }
        None => {
            let mail = if schemes.contains(&"mailto") { " or \"mailto:privacy@example.com\"" } else { "" };
            table.error_at(&value, format!("must be an address such as \"https://example.com/page\"{mail}"));
            None
        }
    }
}
