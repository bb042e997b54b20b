//! What a search returns, and in which form the client wants it.

use std::fmt;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use crate::answer::SearchResult;
use crate::content_coding::ContentCoding;
use crate::fields::{FieldName, SixFields};
use crate::name::ConfigName;
use crate::partner::request::field_parameters;
use crate::partner::{Partner, PartnerIdentity, UserAgent};
use crate::tokens::keys::PseudonymKey;

/// A successful search.
#[derive(Debug)]
pub struct SearchAnswer {
    /// The results.
    pub results: SearchResults,
    /// The partner that answered.
    pub partner: ConfigName,
    /// The fields of the search. The results page shows the keyword again.
    pub fields: SixFields,
    /// What was sent, for a page with a list of results.
    pub sent: Option<Box<SentSearch>>,
}

/// What was sent for one search, and to whom. The results page shows it to the person who searched.
#[derive(Debug)]
pub struct SentSearch {
    /// The partner that answered.
    pub partner: PartnerIdentity,
    /// The fields that it got, in the order in which they were sent.
    pub parameters: Vec<SentParameter>,
    /// Partners that were asked before it and gave no answer, by display name, without those to which no request was sent.
    pub unanswered: Vec<String>,
}

/// One field as it was sent. `Debug` does not print its text, which may be the keyword.
pub struct SentParameter {
    /// The field.
    pub field: FieldName,
    /// The name of the parameter.
    pub name: String,
    /// Its text; an ellipsis for a pseudonym.
    pub text: String,
}

impl fmt::Debug for SentParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentParameter").field("field", &self.field).field("name", &self.name).finish_non_exhaustive()
    }
}

impl SentSearch {
    /// What this partner gets of a search. `tag` is its name for the code.
    pub(super) fn new(
        partner: &Partner,
        tag: &str,
        fields: &SixFields,
        key: &PseudonymKey,
        unanswered: &[String],
    ) -> Self {
        let sent = field_parameters(partner, tag, fields, key).into_iter();
        let mut parameters: Vec<SentParameter> = sent
            .map(|(field, name, text)| {
                // A pseudonym is another one for each partner and day. Its value would tell the person nothing.
                let text = if field == FieldName::AnonymousId { "…".to_owned() } else { text.into_owned() };
                SentParameter { field, name: name.to_owned(), text }
            })
            .collect();
        let is_told = parameters.iter().any(|parameter| parameter.field == FieldName::Browser);
        if partner.user_agent == UserAgent::ByBrowser && !is_told {
            let (name, text) = ("User-Agent".to_owned(), fields.browser().as_str().to_owned());
            parameters.push(SentParameter { field: FieldName::Browser, name, text });
        }
        Self { partner: partner.identity.clone(), parameters, unanswered: unanswered.to_vec() }
    }
}

/// The results of a partner.
#[derive(Debug)]
pub enum SearchResults {
    /// A list, in the partner's order.
    List(Vec<SearchResult>),
    /// The partner's page, rewritten.
    Page(PageStream),
}

/// A page that arrives in chunks.
#[derive(Debug)]
pub struct PageStream {
    /// The chunks. An empty chunk marks the end; if the channel closes without one, the page is truncated.
    pub chunks: mpsc::Receiver<Bytes>,
    /// Resolves when the partner has sent everything. From then on only the client is waited for.
    pub partner_done: oneshot::Receiver<()>,
    /// How the bytes of the chunks are coded.
    pub coding: ContentCoding,
}

/// The form in which the client wants the results.
pub enum ResponseFormat {
    /// A list. A partner's page is reduced to its links.
    List,
    /// A page.
    Page {
        /// If the partner answers with a page, our markup for it is rendered by this function.
        render: MarkupRenderer,
        /// Whether that page is compressed by gzip, as far as there is memory for it.
        gzip: bool,
    },
}

impl ResponseFormat {
    /// Whether a page that a partner sends is compressed.
    pub(super) fn compresses_page(&self) -> bool {
        match self {
            Self::List => false,
            Self::Page { gzip, .. } => *gzip,
        }
    }
}

/// Renders the markup of ours that goes into a partner's page. Called only if the partner answers with a page.
pub type MarkupRenderer = Box<dyn Fn(&SixFields, &SentSearch) -> PageMarkup + Send + Sync>;

/// Markup of ours that goes into a partner's page.
pub struct PageMarkup {
    /// Precedes the partner's page.
    pub head: String,
    /// Follows it.
    pub foot: String,
    /// Replaces the partner's search forms.
    pub search_form: String,
    /// Appended if the partner's response is truncated.
    pub truncation_notice: Bytes,
}
