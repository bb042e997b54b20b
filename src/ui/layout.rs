//! Pages: the frame that every page shares, the results page, and the assets they use. Rendered with
//! automatic escaping, readable without script on a phone and on a desktop, in light and in dark.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use data_encoding::HEXLOWER;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::answer::SearchResult;
use crate::fields::language::Language;
use crate::name::ConfigName;
use crate::result_kind::ResultKind;
use crate::ui::i18n::Texts;

/// The name that the pages show.
pub const SERVICE: &str = "qsproxy";

/// What the two OpenSearch descriptions call this service (at most 16 characters, OpenSearch 1.1 section 4.2):
/// the one that searches by GET, and the one that searches by POST. Browsers tell search engines apart by name.
pub const SHORT_NAMES: [&str; 2] = [SERVICE, "qsproxy (POST)"];

/// Where the two are.
pub const DESCRIPTIONS: [&str; 2] = ["/opensearch.xml", "/opensearch-post.xml"];

/// The media type of OpenSearch descriptions (OpenSearch 1.1 section 4.1.3).
pub const DESCRIPTION_TYPE: &str = "application/opensearchdescription+xml";

/// A file that every page links to: the same for all users, and named by its content, so that it may be
/// cached for ever without telling anyone apart.
#[derive(Debug)]
pub struct Asset {
    /// Its path on the public listener.
    pub path: String,
    /// Its media type.
    pub media_type: &'static str,
    /// Its bytes.
    pub body: &'static [u8],
}

/// Hexadecimal digits of the content hash in an asset's path: 64 bits.
const ASSET_HASH_DIGITS: usize = 16;

impl Asset {
    fn new(name: &str, ending: &str, media_type: &'static str, body: &'static [u8]) -> Self {
        let digest = digest(&SHA256, body);
        let mut hash = HEXLOWER.encode(digest.as_ref());
        hash.truncate(ASSET_HASH_DIGITS);
        Self { path: format!("/assets/{name}-{hash}.{ending}"), media_type, body }
    }
}

/// The stylesheet.
pub static STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("page", "css", "text/css; charset=utf-8", include_bytes!("assets/page.css")));

/// The icon.
pub static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("icon", "svg", "image/svg+xml", include_bytes!("assets/icon.svg")));

/// The icon, 16 by 16 pixels (`scripts/icons` draws it and the next two).
pub static ICON_16: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("icon-16", "png", "image/png", include_bytes!("assets/icon-16.png")));

/// The icon, 64 by 64 pixels.
pub static ICON_64: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("icon-64", "png", "image/png", include_bytes!("assets/icon-64.png")));

/// The icon where browsers look for one unasked. Its name says nothing of its content, so it is not cached.
pub const FAVICON: &[u8] = include_bytes!("assets/favicon.ico");

/// The asset at a path.
#[must_use]
pub fn asset(path: &str) -> Option<&'static Asset> {
    [&STYLE, &ICON, &ICON_16, &ICON_64].into_iter().map(|asset| &**asset).find(|asset| asset.path == path)
}

/// What the search box of a page holds, and what its form sends along.
#[derive(Debug, Clone, Copy, Default)]
pub struct SearchBox<'a> {
    /// The keyword, empty where there is none yet.
    pub keyword: &'a str,
    /// Whether typing goes into it at once: on the home page alone, since a phone's keyboard covers the rest.
    pub focus: bool,
    /// The code that further searches are booked to; None for the default one.
    pub code: Option<&'a ConfigName>,
    /// The language that further searches are made in; None to go by the browser's.
    pub language: Option<&'a Language>,
    /// Whether further searches are posted, as one was whose keyword was to stay out of addresses.
    pub posts: bool,
}

impl SearchBox<'_> {
    fn method(&self) -> &'static str {
        if self.posts { "post" } else { "get" }
    }

    /// The address of one of our pages, with what is to be carried along to it.
    #[must_use]
    pub fn address(&self, path: &str) -> String {
        let code = self.code.map(|code| ("code", code.as_str()));
        let language = self.language.map(|language| ("lang", language.as_str()));
        let pairs: Vec<_> = code.into_iter().chain(language).collect();
        let query = serde_urlencoded::to_string(&pairs).unwrap_or_default();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}

/// What a page is, as far as its frame cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageRole {
    /// The home page.
    Home,
    /// A list of results.
    List,
    /// A partner's page of results.
    Partner,
    /// Anything else.
    Other,
}

impl PageRole {
    /// What the stylesheet knows it by.
    fn class(self) -> Option<&'static str> {
        match self {
            Self::Home => Some("home"),
            Self::Partner => Some("partner"),
            Self::List | Self::Other => None,
        }
    }

    /// Whether it confirms a visit when it is there: whoever had no stamp before shows the one that came with the page, so
    /// that a person with one search is counted.
    fn confirms(self) -> bool {
        match self {
            Self::Home | Self::List | Self::Partner => true,
            Self::Other => false,
        }
    }
}

/// The frame: head, search box, footer.
#[must_use]
pub fn frame(texts: &Texts, title: &str, role: PageRole, search: SearchBox<'_>, main: &Markup) -> String {
    let descriptions = SHORT_NAMES.into_iter().zip(DESCRIPTIONS);
    let page = html! {
        (DOCTYPE)
        html lang=(texts.tag) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { (title) }
                link rel="stylesheet" href=(STYLE.path);
                link rel="icon" href=(ICON.path) type=(ICON.media_type);
                @for (name, path) in descriptions {
                    link rel="search" type=(DESCRIPTION_TYPE) title=(name)
                        href=(SearchBox { language: None, ..search }.address(path));
                }
            }
            body class=[role.class()] {
                a class="skip" href="#content" { (texts.skip) }
                header { (box_form(texts, search)) }
                main id="content" { (main) }
                footer {
                    a href=(search.address("/privacy")) { (texts.privacy) } " · " (texts.promise)
                    @if role.confirms() {
                        // Shows nothing, and is answered with nothing.
                        img src=(SearchBox { language: None, ..search }.address("/visit")) alt="" hidden;
                    }
                }
            }
        }
    };
    page.into_string()
}

/// The search box of our own head.
fn box_form(texts: &Texts, search: SearchBox<'_>) -> Markup {
    html! {
        form action="/search" method=(search.method()) role="search" {
            label class="unseen" for="q" { (texts.search_for) }
            input id="q" type="search" name="q" value=(search.keyword) dir="auto" autocomplete="off"
                spellcheck="false" required autofocus[search.focus];
            (box_end(texts, search))
        }
    }
}

/// What a partner's search form becomes: the same without an ID, which our own has.
#[must_use]
pub fn search_form(texts: &Texts, search: SearchBox<'_>) -> String {
    let form = html! {
        form action="/search" method=(search.method()) role="search" {
            input type="search" name="q" value=(search.keyword) aria-label=(texts.search_for) dir="auto"
                autocomplete="off" spellcheck="false" required;
            (box_end(texts, search))
        }
    };
    form.into_string()
}

/// What follows the box within its form.
fn box_end(texts: &Texts, search: SearchBox<'_>) -> Markup {
    html! {
        @if let Some(code) = search.code { input type="hidden" name="code" value=(code.as_str()); }
        @if let Some(language) = search.language { input type="hidden" name="lang" value=(language.as_str()); }
        button type="submit" { (texts.search) }
    }
}

/// Where the middle of a page goes that comes in pieces. No text can hold it: its `<` would be escaped.
const MIDDLE: &str = "<!-- middle -->";

/// What stands before and after a partner's page.
#[must_use]
pub fn around(texts: &Texts, search: SearchBox<'_>) -> (String, String) {
    let title = format!("{} – {SERVICE}", search.keyword);
    let (tag, direction) = (search.language.map(Language::as_str), search.language.map(Language::direction));
    let main = html! { div lang=[tag] dir=[direction] { (PreEscaped(MIDDLE)) } };
    let whole = frame(texts, &title, PageRole::Partner, search, &main);
    whole.split_once(MIDDLE).map(|(head, foot)| (head.to_owned(), foot.to_owned())).unwrap_or_default()
}

/// What stands where a partner's page broke off.
#[must_use]
pub fn broken_off(texts: &Texts) -> Bytes {
    let note = html! { p class="note" role="alert" lang=(texts.tag) dir="ltr" { (texts.broken_off) } };
    note.into_string().into()
}

/// The results page.
#[must_use]
pub fn results(texts: &Texts, entries: &[SearchResult], partner: &ConfigName, search: SearchBox<'_>) -> String {
    let (tag, direction) = (search.language.map(Language::as_str), search.language.map(Language::direction));
    let main = html! {
        h1 class="note" { ((texts.found)(entries.len(), partner.as_str())) }
        ol lang=[tag] dir=[direction] {
            @for entry in entries { (result(texts, entry)) }
        }
    };
    frame(texts, &format!("{} – {SERVICE}", search.keyword), PageRole::List, search, &main)
}

fn result(texts: &Texts, entry: &SearchResult) -> Markup {
    let SearchResult { title, url, display_url, snippet, kind } = entry;
    html! {
        li dir="auto" {
            h2 { a href=(url) rel="noreferrer noopener" { (title) } }
            p class="where" {
                @if *kind == ResultKind::Sponsored { span class="ad" lang=(texts.tag) { (texts.sponsored) } }
                bdi { (display_url) }
            }
            @if !snippet.is_empty() { p { (snippet) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::language::Languages;
    use crate::ui::i18n::UiLanguage;

    #[test]
    fn what_a_partner_says_stays_text() {
        let hostile = "<script>alert(1)</script>\"'&";
        let entry = SearchResult {
            title: hostile.into(),
            url: "/click/x\"onclick=\"y".into(),
            display_url: hostile.into(),
            snippet: hostile.into(),
            kind: ResultKind::Sponsored,
        };
        let partner = ConfigName::new("p").unwrap();
        let page = results(
            UiLanguage::English.texts(),
            &[entry],
            &partner,
            SearchBox { keyword: hostile, ..SearchBox::default() },
        );
        assert!(!page.contains("<script") && !page.contains("\"onclick"), "{page}");
        assert!(page.contains("&lt;script&gt;") && page.contains("Sponsored"));
    }

    #[test]
    fn assets_are_named_by_their_content() {
        assert!(STYLE.path.starts_with("/assets/page-") && STYLE.path.ends_with(".css"));
        assert_ne!(Asset::new("a", "css", "", b"x").path, Asset::new("a", "css", "", b"y").path);
    }

    #[test]
    fn results_carry_their_language_and_direction_and_the_page_its_own() {
        let languages = Languages::new(["ar", "de"]).unwrap();
        let partner = ConfigName::new("p").unwrap();
        let page = |language| {
            let search = SearchBox { language: Some(language), ..SearchBox::default() };
            results(UiLanguage::of(language).texts(), &[], &partner, search)
        };
        let pages: Vec<String> = languages.iter().map(page).collect();
        assert!(pages[0].contains("<html lang=\"en\">") && pages[0].contains("<ol lang=\"ar\" dir=\"rtl\">"));
        assert!(pages[1].contains("<html lang=\"de\">") && pages[1].contains("<ol lang=\"de\" dir=\"ltr\">"));
        assert!(pages[1].contains("Keine Ergebnisse") && pages[1].contains("href=\"/privacy?lang=de\""));
    }

    #[test]
    fn what_is_carried_along_is_the_code_and_the_language() {
        let (code, languages) = (ConfigName::new("beta").unwrap(), Languages::new(["pt-BR"]).unwrap());
        let search = SearchBox { code: Some(&code), language: languages.iter().next(), ..SearchBox::default() };
        assert_eq!(search.address("/privacy"), "/privacy?code=beta&lang=pt-BR");
        assert_eq!(SearchBox::default().address("/"), "/");
        assert!(SHORT_NAMES.iter().all(|name| name.chars().count() <= 16));
    }
}
