//! Results pages: what they escape, their languages, ads, pages and the panel.

use strum::VariantArray as _;

use super::*;
use crate::fields::FieldName;
use crate::fields::language::Languages;
use crate::partner::PartnerIdentity;
use crate::search::SentParameter;
use crate::ui::i18n::UiLanguage;

const UNCHANGED: KeywordChanges = KeywordChanges { is_normalized: false, is_redacted: false, is_truncated: false };

fn sent() -> SentSearch {
    let keyword = SentParameter { field: FieldName::Keyword, name: "q".to_owned(), text: "<b>lisbon".to_owned() };
    SentSearch {
        partner: PartnerIdentity { display_name: "Demo & Search".to_owned(), about_ads_url: None },
        parameters: vec![keyword],
        unanswered: vec!["Other".to_owned()],
    }
}

fn result(number: usize, kind: ResultKind) -> SearchResult {
    SearchResult {
        title: format!("Title {number}").as_str().into(),
        url: format!("/click/{number}"),
        display_url: "example.org/a/b".to_owned(),
        snippet: "".into(),
        kind,
    }
}

fn render(results: &[SearchResult], changes: KeywordChanges, search: SearchBox<'_>) -> String {
    let texts = search.language.map_or(UiLanguage::English, UiLanguage::from_language).texts();
    let sent = sent();
    list(&Service::default(), texts, results, SearchReport { sent: &sent, changes }, search)
}

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
    let page = render(&[result], UNCHANGED, SearchBox { keyword: hostile, ..SearchBox::default() });
    assert!(!page.contains("<script") && !page.contains("\"onclick") && !page.contains("<b>lisbon"), "{page}");
    assert!(page.contains("&lt;script&gt;") && page.contains("Sponsored") && page.contains("Demo &amp; Search"));
}

#[test]
fn results_and_page_each_declare_their_language_and_direction() {
    let languages = Languages::new(["ar", "de", "nl"]).unwrap();
    let page = |language| {
        let search = SearchBox { language: Some(language), ..SearchBox::default() };
        render(&[result(1, ResultKind::Organic)], UNCHANGED, search)
    };
    let pages: Vec<String> = languages.iter().map(page).collect();
    for (page, (frame, results)) in pages.iter().zip([
        ("lang=\"ar\" dir=\"rtl\"", "lang=\"ar\" dir=\"rtl\""),
        ("lang=\"de\" dir=\"ltr\"", "lang=\"de\" dir=\"ltr\""),
        ("lang=\"en\" dir=\"ltr\"", "lang=\"nl\" dir=\"ltr\""),
    ]) {
        assert!(page.contains(&format!("<html {frame}>")) && page.contains(&format!("<ol {results}>")), "{page}");
    }
    assert!(pages[1].contains("href=\"/privacy?lang=de\""));
}

#[test]
fn sponsored_results_come_first_and_are_labelled_and_not_counted_as_results() {
    let results = [result(1, ResultKind::Organic), result(2, ResultKind::Sponsored), result(3, ResultKind::Organic)];
    let page = render(&results, UNCHANGED, SearchBox::default());
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text}: {page}"));
    assert!(at(">Sponsored<") < at("Title 2") && at("Title 2") < at("Title 1") && at("Title 1") < at("Title 3"));
    assert!(page.contains("2 results and 1 ad, from Demo &amp; Search"), "{page}");
    assert!(page.contains("href=\"/about#ads\">About these ads</a>"), "{page}");
    assert!(page.contains("example.org<span> › a › b</span>"), "{page}");
}

#[test]
fn many_results_are_in_pages_that_need_no_request() {
    for (count, pages) in [(0, 0), (1, 1), (10, 1), (11, 2), (35, 4)] {
        let results: Vec<_> = (1..=count).map(|number| result(number, ResultKind::Organic)).collect();
        let page = render(&results, UNCHANGED, SearchBox::default());
        assert_eq!(page.matches("<section id=\"page-").count(), pages, "{count}");
        assert_eq!(page.matches("<h2><a href=\"/click/").count(), count);
        let navigations = if pages > 1 { pages } else { 0 };
        assert_eq!(page.matches("<nav class=\"pager\"").count(), navigations, "{count}");
        for target in page.split("href=\"#page-").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(page.contains(&format!("id=\"page-{target}\"")), "{count}: {target}");
        }
    }
}

#[test]
fn the_panel_shows_every_field_and_who_got_it() {
    let page = render(&[], UNCHANGED, SearchBox::default());
    let panel = page.split_once("<details class=\"sent\">").unwrap().1.split_once("</details>").unwrap().0;
    assert_eq!(panel.matches("<th scope=\"row\">").count(), FieldName::VARIANTS.len(), "{panel}");
    assert!(panel.contains("<code>q=&lt;b&gt;lisbon</code>"), "{panel}");
    assert_eq!(panel.matches("not sent").count(), FieldName::VARIANTS.len() - 1, "{panel}");
    assert!(panel.contains("Other"), "a partner that was asked before");
}

#[test]
fn what_was_changed_in_the_keyword_is_said_on_the_page() {
    let plain = render(&[], UNCHANGED, SearchBox::default());
    let redacted = render(&[], KeywordChanges { is_redacted: true, ..UNCHANGED }, SearchBox::default());
    let shortened = render(&[], KeywordChanges { is_truncated: true, ..UNCHANGED }, SearchBox::default());
    assert!(!plain.contains("class=\"notice\""));
    assert!(redacted.contains("class=\"notice\"") && redacted.contains("/privacy/personal-data"), "{redacted}");
    assert!(shortened.contains("class=\"notice\"") && shortened != redacted);
}
