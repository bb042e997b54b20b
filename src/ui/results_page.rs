//! Results pages: our own list of results, and the frame around a partner's page.

use bytes::Bytes;
use maud::{Markup, PreEscaped, html};

use crate::answer::SearchResult;
use crate::answer::marked_text::MarkedText;
use crate::fields::language::Language;
use crate::name::ConfigName;
use crate::result_kind::ResultKind;
use crate::ui::i18n::texts::Texts;
use crate::ui::layout::{PageContent, PageRole, frame};
use crate::ui::search_box::SearchBox;
use crate::ui::service::Service;

/// Marks where a partner's page goes. No text can contain it, since its `<` would be escaped.
const PLACEHOLDER: &str = "<!-- partner page -->";

/// The list of results as a page.
#[must_use]
pub fn list(
    service: &Service,
    texts: &Texts,
    results: &[SearchResult],
    partner: &ConfigName,
    search: SearchBox<'_>,
) -> String {
    let (tag, direction) = (search.language.map(Language::as_str), search.language.map(Language::direction));
    let main = html! {
        h1 class="note" { ((texts.result_count)(results.len(), partner.as_str())) }
        ol lang=[tag] dir=[direction] {
            @for result in results { (list_item(texts, result)) }
        }
    };
    let title = service.title(search.keyword);
    frame(service, texts, search, &PageContent { title, role: PageRole::ResultList, main })
}

fn list_item(texts: &Texts, result: &SearchResult) -> Markup {
    let SearchResult { title, url, display_url, snippet, kind } = result;
    html! {
        li dir="auto" {
            h2 { a href=(url) rel="noreferrer noopener" { (marked(title)) } }
            p class="where" {
                @if *kind == ResultKind::Sponsored { span class="ad" lang=(texts.tag) { (texts.sponsored) } }
                bdi { (display_url) }
            }
            @if !snippet.as_str().is_empty() { p { (marked(snippet)) } }
        }
    }
}

/// Text with its highlights, which HTML calls keywords of an abstract (HTML standard, the `b` element).
fn marked(text: &MarkedText) -> Markup {
    html! {
        @for (part, is_marked) in text.parts() {
            @if is_marked { b { (part) } } @else { (part) }
        }
    }
}

/// What precedes and what follows a partner's page.
#[must_use]
pub fn around_partner_page(service: &Service, texts: &Texts, search: SearchBox<'_>) -> (String, String) {
    let (tag, direction) = (search.language.map(Language::as_str), search.language.map(Language::direction));
    let main = html! { div lang=[tag] dir=[direction] { (PreEscaped(PLACEHOLDER)) } };
    let title = service.title(search.keyword);
    let page = frame(service, texts, search, &PageContent { title, role: PageRole::PartnerPage, main });
    page.split_once(PLACEHOLDER).map(|(head, foot)| (head.to_owned(), foot.to_owned())).unwrap_or_default()
}

/// What is shown where a partner's page ended early.
#[must_use]
pub fn truncation_notice(texts: &Texts) -> Bytes {
    let notice = html! { p class="note" role="alert" lang=(texts.tag) dir="ltr" { (texts.truncated) } };
    notice.into_string().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::language::Languages;
    use crate::ui::i18n::UiLanguage;

    #[test]
    fn escapes_everything_that_comes_from_a_partner() {
        let hostile = "<script>alert(1)</script>\"'&";
        let result = SearchResult {
            title: hostile.into(),
            url: "/click/x\"onclick=\"y".into(),
            display_url: hostile.into(),
            snippet: hostile.into(),
            kind: ResultKind::Sponsored,
        };
        let partner = ConfigName::new("p").unwrap();
        let search = SearchBox { keyword: hostile, ..SearchBox::default() };
        let page = list(&Service::default(), UiLanguage::English.texts(), &[result], &partner, search);
        assert!(!page.contains("<script") && !page.contains("\"onclick"), "{page}");
        assert!(page.contains("&lt;script&gt;") && page.contains("Sponsored"));
    }

    #[test]
    fn results_and_page_each_declare_their_language_and_direction() {
        let languages = Languages::new(["ar", "de"]).unwrap();
        let partner = ConfigName::new("p").unwrap();
        let page = |language| {
            let search = SearchBox { language: Some(language), ..SearchBox::default() };
            list(&Service::default(), UiLanguage::from_language(language).texts(), &[], &partner, search)
        };
        let pages: Vec<String> = languages.iter().map(page).collect();
        assert!(pages[0].contains("<html lang=\"en\">") && pages[0].contains("<ol lang=\"ar\" dir=\"rtl\">"));
        assert!(pages[1].contains("<html lang=\"de\">") && pages[1].contains("<ol lang=\"de\" dir=\"ltr\">"));
        assert!(pages[1].contains("Keine Ergebnisse") && pages[1].contains("href=\"/privacy?lang=de\""));
    }
}
