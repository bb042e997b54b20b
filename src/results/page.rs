//! Pages: the frame that every page shares, the results page, and the two assets they use. Rendered with
//! automatic escaping, readable without script on a phone and on a desktop, in light and in dark.

use std::sync::LazyLock;

use bytes::Bytes;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::Entry;
use super::html::SearchForm;
use crate::fields::language::Language;
use crate::kind::Kind;
use crate::names::Name;

/// The name that the pages show.
pub const SERVICE: &str = "qsproxy";

/// A file that every page links to: the same for all users, and named by its content, so that it may be
/// cached for ever without telling anyone apart.
#[derive(Debug)]
pub struct Asset {
    /// Its path on the public listener.
    pub path: String,
    /// Its media type.
    pub media_type: &'static str,
    /// Its bytes.
    pub body: &'static str,
}

impl Asset {
    fn new(name: &str, ending: &str, media_type: &'static str, body: &'static str) -> Self {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, body.as_bytes());
        let hash: String = digest.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Self { path: format!("/assets/{name}-{hash}.{ending}"), media_type, body }
    }
}

/// The stylesheet.
pub static STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("page", "css", "text/css; charset=utf-8", include_str!("page.css")));

/// The icon.
pub static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("icon", "svg", "image/svg+xml", include_str!("icon.svg")));

/// What the search box of a page holds, and what its form sends along.
#[derive(Debug, Clone, Copy, Default)]
pub struct SearchBox<'a> {
    /// The keyword, empty where there is none yet.
    pub keyword: &'a str,
    /// Whether typing goes into it at once: on the home page alone, since a phone's keyboard covers the rest.
    pub focus: bool,
    /// The code that further searches are booked to; None for the default one.
    pub code: Option<&'a Name>,
    /// The language that further searches are made in; None to go by the browser's.
    pub language: Option<&'a Language>,
}

/// The frame: head, search box, footer.
#[must_use]
pub fn frame(title: &str, class: Option<&str>, search: SearchBox<'_>, main: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { (title) }
                link rel="stylesheet" href=(STYLE.path);
                link rel="icon" href=(ICON.path) type=(ICON.media_type);
            }
            body class=[class] {
                header { (box_form(search)) }
                main { (main) }
                footer { a href="/privacy" { "Privacy" } " · No script, no cookies from partners, no keyword on record." }
            }
        }
    };
    page.into_string()
}

fn box_form(search: SearchBox<'_>) -> Markup {
    html! {
        form action="/search" method="get" role="search" {
            input type="search" name="q" value=(search.keyword) aria-label="Search for" autocomplete="off" required
                autofocus[search.focus];
            (box_end(search))
        }
    }
}

/// What follows the box within its form.
fn box_end(search: SearchBox<'_>) -> Markup {
    html! {
        @if let Some(code) = search.code { input type="hidden" name="code" value=(code.as_str()); }
        @if let Some(language) = search.language { input type="hidden" name="lang" value=(language.as_str()); }
        button type="submit" { "Search" }
    }
}

/// What the search forms of a partner's page become.
#[must_use]
pub fn search_form(search: SearchBox<'_>) -> SearchForm {
    SearchForm {
        open: "<form action=\"/search\" method=\"get\" role=\"search\">".to_owned(),
        input: "<input type=\"search\" name=\"q\" aria-label=\"Search for\" autocomplete=\"off\" required".to_owned(),
        rest: box_end(search).into_string(),
    }
}

/// Where the middle of a page goes that comes in pieces. No text can hold it: its `<` would be escaped.
const MIDDLE: &str = "<!-- middle -->";

/// What stands before and after a partner's page.
#[must_use]
pub fn around(search: SearchBox<'_>) -> (String, String) {
    let title = format!("{} – {SERVICE}", search.keyword);
    let whole = frame(&title, Some("partner"), search, &PreEscaped(MIDDLE.to_owned()));
    whole.split_once(MIDDLE).map(|(head, foot)| (head.to_owned(), foot.to_owned())).unwrap_or_default()
}

/// What stands where a partner's page broke off.
#[must_use]
pub fn broken_off() -> Bytes {
    let note = html! { p class="note" role="alert" { "The search partner's answer broke off here." } };
    note.into_string().into()
}

/// The results page.
#[must_use]
pub fn results(entries: &[Entry], partner: &Name, search: SearchBox<'_>) -> String {
    let main = html! {
        h1 class="note" {
            @match entries.len() {
                0 => { "No results for this search" }
                1 => { "One result" }
                n => { (n) " results" }
            }
            " from " (partner.as_str())
        }
        ol lang=[search.language.map(Language::as_str)] {
            @for entry in entries { (result(entry)) }
        }
    };
    frame(&format!("{} – {SERVICE}", search.keyword), None, search, &main)
}

fn result(entry: &Entry) -> Markup {
    let Entry { title, url, display_url, snippet, kind } = entry;
    html! {
        li dir="auto" {
            h2 { a href=(url) rel="noreferrer noopener" { (title) } }
            p class="where" {
                @if *kind == Kind::Sponsored { span class="ad" { "Sponsored" } }
                bdi { (display_url) }
            }
            @if !snippet.is_empty() { p { (snippet) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_partner_says_stays_text() {
        let hostile = "<script>alert(1)</script>\"'&";
        let entry = Entry {
            title: hostile.into(),
            url: "/click/x\"onclick=\"y".into(),
            display_url: hostile.into(),
            snippet: hostile.into(),
            kind: Kind::Sponsored,
        };
        let partner = Name::new("p").unwrap();
        let page = results(&[entry], &partner, SearchBox { keyword: hostile, ..SearchBox::default() });
        assert!(!page.contains("<script") && !page.contains("\"onclick"), "{page}");
        assert!(page.contains("&lt;script&gt;") && page.contains("Sponsored"));
    }

    #[test]
    fn assets_are_named_by_their_content() {
        assert!(STYLE.path.starts_with("/assets/page-") && STYLE.path.ends_with(".css"));
        assert_ne!(Asset::new("a", "css", "", "x").path, Asset::new("a", "css", "", "y").path);
    }
}
