//! Whom a page of ours is for: the language that it is told in, what it carries along, and whether a request to
//! withdraw comes from one of our pages. As `read` does, this returns nothing that could tell who it is.

use http::header::{HeaderMap, HeaderValue};
use http::{Request, Uri};

use crate::fields::FieldRules;
use crate::fields::code::RequestedCode;
use crate::server::form::SearchForm;
use crate::server::request::{KnownHeader, header, wants_page};
use crate::ui::page_context::PageContext;

/// What decides how a page of ours is told, kept while the request itself goes on, until it is known that one
/// is needed.
pub struct PageRequest {
    html: bool,
    uri: Uri,
    accept_language: Option<HeaderValue>,
}

/// Who asks.
#[must_use]
pub fn asker<B>(request: &Request<B>) -> PageRequest {
    let accept_language = header(request.headers(), KnownHeader::AcceptLanguage).cloned();
    PageRequest { html: wants_page(request), uri: request.uri().clone(), accept_language }
}

impl PageRequest {
    /// Whom a page is for, that is a page whoever asks.
    #[must_use]
    pub fn audience(&self, rules: &FieldRules) -> PageContext {
        // An address that does not decode says nothing.
        let parameters = SearchForm::read(self.uri.query().unwrap_or_default().as_bytes()).unwrap_or_default();
        let asked = match rules.codes.resolve(parameters.code.as_deref()) {
            RequestedCode::Known(code) => Some(code.name().clone()),
            RequestedCode::Unknown(_) => None,
        };
        let lang = parameters.lang.as_deref().filter(|lang| !lang.is_empty());
        PageContext {
            language: rules.languages.select(lang, self.accept_language.as_ref().map(HeaderValue::as_bytes)),
            asked: lang.is_some(),
            code: asked.filter(|code| rules.codes.iter().next() != Some(code)),
        }
    }

    /// Whom an answer is for that is a page to some and a document to others: None where it is to be a document.
    #[must_use]
    pub fn page(&self, rules: &FieldRules) -> Option<PageContext> {
        self.html.then(|| self.audience(rules))
    }
}

/// Whether a request to withdraw may come from where it comes from: from a page of ours, or from no page. Our
/// pages ask for no referrer, so browsers say of their forms `Origin: null` (Fetch section 3.2); a browser that
/// says `Sec-Fetch-Site` knows better.
#[must_use]
pub fn may_withdraw(headers: &HeaderMap, hosts: &[String]) -> bool {
    if let Some(site) = header(headers, KnownHeader::SecFetchSite) {
        return matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    let Some(origin) = header(headers, KnownHeader::Origin).map(HeaderValue::as_bytes) else { return true };
    let host = origin.strip_prefix(b"https://").or_else(|| origin.strip_prefix(b"http://"));
    origin == b"null" || host.is_some_and(|host| hosts.iter().any(|own| own.as_bytes().eq_ignore_ascii_case(host)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_and_no_page_may_withdraw() {
        let hosts = ["search.example".to_owned(), "127.0.0.1:8080".to_owned()];
        let may = |lines: &[(&'static str, &'static str)]| {
            let headers = lines
                .iter()
                .map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_static(value)));
            may_withdraw(&headers.collect(), &hosts)
        };
        for fine in [
            &[][..],
            &[("origin", "null")],
            &[("origin", "https://search.example")],
            &[("origin", "http://127.0.0.1:8080")],
            &[("sec-fetch-site", "same-origin"), ("origin", "null")],
            &[("sec-fetch-site", "none")],
        ] {
            assert!(may(fine), "{fine:?}");
        }
        for foreign in [
            &[("origin", "https://other.example")][..],
            &[("origin", "https://search.example.evil.example")],
            &[("origin", "")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site"), ("origin", "https://search.example")],
            &[("sec-fetch-site", "cross-site"), ("origin", "null")],
            &[("sec-fetch-site", "same-origin, none")],
        ] {
            assert!(!may(foreign), "{foreign:?}");
        }
    }
}
