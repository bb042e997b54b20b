//! Asking a partner: what a partner is ([`Partner`]), which one is asked ([`route`]), what it is sent
//! ([`request`], pure) and the sending ([`client`], the only file that names reqwest). And the images of its
//! answers: from where they may come ([`public`], pure), what they are ([`picture`]), which are kept ([`album`]).

pub mod client;
pub mod health;
pub mod request;
pub mod route;

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use url::Url;

use crate::answer::LinkPolicy;
use crate::answer::html::RewriteRules;
use crate::answer::json_mapping::JsonMapping;
use crate::name::ConfigName;

/// A configured partner, checked. Nothing in it depends on a user, and nothing can be added that would.
#[derive(Debug, Clone)]
pub struct Partner {
    /// Its name.
    pub name: ConfigName,
    /// Where it is asked, with any constant parameters that the address itself holds.
    pub url: Url,
    /// How it is asked.
    pub method: RequestMethod,
    /// Under which parameter names the fields travel.
    pub send: FieldMapping,
    /// How this partner spells languages of the list, where otherwise.
    pub languages: Vec<(String, String)>,
    /// Constant parameters, in the order of the configuration.
    pub fixed: Vec<(String, Constant)>,
    /// Constant headers, in the order of the configuration.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Which `User-Agent` it sees.
    pub user_agent: UserAgent,
    /// How long it may take, from connecting to the last byte.
    pub timeout: Duration,
    /// What becomes of its links.
    pub links: LinkPolicy,
    /// What it answers in.
    pub answers: AnswerFormat,
    /// `host:port` of hosts whose images may be asked for although they are not public.
    pub image_hosts: Vec<String>,
}

/// What a partner answers in (`format`).
#[derive(Debug, Clone)]
pub enum AnswerFormat {
    /// JSON, with the results where this says.
    Json(JsonMapping),
    /// A page, which is rewritten as it streams.
    Html(Arc<RewriteRules>),
}

/// How a partner is asked (`method`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestMethod {
    /// Parameters in the address.
    Get,
    /// Parameters as a form in the body.
    Form,
    /// Parameters as a JSON object in the body; a dot in a name makes an object inside.
    Json,
}

/// Under which parameter name each field travels; a field without a name is not sent.
#[derive(Debug, Clone)]
pub struct FieldMapping {
    /// Name for the keyword; a partner that is not told it cannot search.
    pub keyword: String,
    /// Name for the UTC hour.
    pub time: Option<String>,
    /// Name for the language.
    pub language: Option<String>,
    /// Name for the browser family.
    pub browser: Option<String>,
    /// Name for the pseudonym.
    pub anonymous_id: Option<String>,
    /// Name for the partner code.
    pub partner_code: Option<String>,
}

impl FieldMapping {
    /// Every name in use.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        let Self { keyword, time, language, browser, anonymous_id, partner_code } = self;
        std::iter::once(keyword).chain([time, language, browser, anonymous_id, partner_code].into_iter().flatten())
    }
}

/// A constant value of a partner's request. A secret one was read from a file and is never shown.
#[derive(Clone)]
pub struct Constant {
    /// The value.
    pub text: String,
    /// Whether it came from a file.
    pub secret: bool,
    /// Whether it is a number, `true` or `false`, which a JSON body says without quotes.
    pub literal: bool,
}

impl std::fmt::Debug for Constant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.secret { "…" } else { &self.text })
    }
}

/// Which `User-Agent` a partner sees (`user_agent`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserAgent {
    /// The same for every request.
    Fixed,
    /// One constant text for each browser family, for partners that answer by it.
    ByBrowser,
}

impl Partner {
    /// Whether images in its answers are shown, through `/image/…` (`images`).
    #[must_use]
    pub fn shows_images(&self) -> bool {
        match &self.answers {
            AnswerFormat::Json(_) => false,
            AnswerFormat::Html(page) => page.images,
        }
    }

    /// The same partner with `SECRET` in the place of every secret, for showing its requests.
    #[must_use]
    pub fn without_secrets(mut self) -> Self {
        for (_, constant) in self.fixed.iter_mut().filter(|(_, constant)| constant.secret) {
            "SECRET".clone_into(&mut constant.text);
        }
        for (_, value) in self.headers.iter_mut().filter(|(_, value)| value.is_sensitive()) {
            *value = HeaderValue::from_static("SECRET");
        }
        self
    }
}
