//! What a request determines about the pages sent in response: their language, the code their links carry, and whether
//! an error is a page at all. Nothing here could identify the client.

use std::sync::Arc;

use http::header::HeaderValue;
use http::{Request, Uri};

use crate::fields::FieldRules;
use crate::fields::code::RequestedCode;
use crate::server::form::SearchForm;
use crate::server::headers::{KnownHeader, first_line};
use crate::server::request::wants_page;
use crate::ui::page_context::PageContext;
use crate::ui::service::Service;
use crate::ui::theme::Theme;

/// The parts of a request that determine the context of a page. They are kept while the handler consumes the request, and
/// read only if a page is rendered.
pub struct PageRequest {
    wants_page: bool,
    uri: Uri,
    accept_language: Option<HeaderValue>,
}

impl PageRequest {
    /// Copies these parts from a request.
    #[must_use]
    pub fn from_request<B>(request: &Request<B>) -> Self {
        let accept_language = first_line(request.headers(), KnownHeader::AcceptLanguage).cloned();
        Self { wants_page: wants_page(request), uri: request.uri().clone(), accept_language }
    }

    /// The page context for responses of this service that are always HTML.
    #[must_use]
    pub fn context(&self, rules: &FieldRules, service: &Arc<Service>) -> PageContext {
        let form = SearchForm::parse(self.uri.query().unwrap_or_default().as_bytes());
        let code = match rules.codes.resolve(form.code.as_deref()) {
            RequestedCode::Known(code) => Some(code.name().clone()),
            RequestedCode::Unknown(_) => None,
        };
        let lang = form.lang.as_deref().filter(|lang| !lang.is_empty());
        PageContext {
            service: service.clone(),
            language: rules.languages.select(lang, self.accept_language.as_ref().map(HeaderValue::as_bytes)),
            language_requested: lang.is_some(),
            code: code.filter(|code| rules.codes.iter().next() != Some(code)),
            theme: Theme::from_parameter(form.theme.as_deref()),
        }
    }

    /// The page context for an error. `None` if the client gets a problem document instead of a page.
    #[must_use]
    pub fn error_context(&self, rules: &FieldRules, service: &Arc<Service>) -> Option<PageContext> {
        self.wants_page.then(|| self.context(rules, service))
    }
}
