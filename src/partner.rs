//! Search partners: what a partner is ([`Partner`]), which one is asked ([`route`]), what it calls our codes ([`code_tags`]), the request it gets ([`request`],
//! pure), the sending ([`client`]), whether it is up ([`health`]) and to be asked
//! ([`circuit`]), how much at once ([`adaptive_limit`], which leaves out what this process itself takes, [`own_delay`]), and whether its answers have the configured fields ([`pointers`]).

pub mod adaptive_limit;
pub mod circuit;
pub mod client;
pub mod code_tags;
pub mod health;
pub mod own_delay;
pub mod pointers;
pub mod request;
mod retry_after;
pub mod route;

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use url::Url;

use crate::answer::LinkPolicy;
use crate::answer::html::RewriteRules;
use crate::answer::json_mapping::JsonMapping;
use crate::name::ConfigName;
use crate::partner::circuit::CircuitRules;

/// A configured partner, validated. Nothing in it depends on a user, and nothing can be added that would.
#[derive(Debug, Clone)]
pub struct Partner {
    /// Its name.
    pub name: ConfigName,
    /// How people see it.
    pub identity: PartnerIdentity,
    /// Where requests go, with any constant parameters that the URL itself contains.
    pub url: Url,
    /// How parameters are sent.
    pub method: RequestMethod,
    /// The parameter name of each field.
    pub send: FieldMapping,
    /// Languages that this partner spells differently, as pairs of ours and theirs.
    pub languages: Vec<(String, String)>,
    /// Constant parameters, in the order of the configuration.
    pub fixed: Vec<(String, Constant)>,
    /// Constant headers, in the order of the configuration.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Which `User-Agent` it gets.
    pub user_agent: UserAgent,
    /// Timeout of a request, from connecting to the last byte of the response.
    pub timeout: Duration,
    /// When it is skipped.
    pub circuit: CircuitRules,
    /// How links in its results are rewritten.
    pub links: LinkPolicy,
    /// The format of its responses, with the rules for reading it.
    pub format: AnswerFormat,
    /// Hosts, as `host:port`, whose images may be fetched although they are not public.
    pub image_hosts: Vec<String>,
}

/// How people see a partner on pages and statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerIdentity {
    /// Its name, as people know it (`display_name`); its configured name without one.
    pub display_name: String,
    /// A page of the partner's that explains its ads (`about_ads_url`).
    pub about_ads_url: Option<String>,
}

/// The format of a partner's responses (`format`).
#[derive(Debug, Clone)]
pub enum AnswerFormat {
    /// JSON; the mapping locates the results.
    Json(Arc<JsonMapping>),
    /// An HTML page, rewritten as it streams.
    Html(Arc<RewriteRules>),
}

/// How parameters are sent to a partner (`method`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestMethod {
    /// In the query string of a `GET`.
    Get,
    /// As a form in the body of a `POST`.
    Form,
    /// As a JSON object in the body of a `POST`. A dot in a name creates a nested object.
    Json,
}

/// The parameter name of each field. A field without a name is not sent.
#[derive(Debug, Clone)]
pub struct FieldMapping {
    /// The keyword. Required: without it, a partner cannot search.
    pub keyword: String,
    /// The UTC hour.
    pub time: Option<String>,
    /// The language.
    pub language: Option<String>,
    /// The browser family.
    pub browser: Option<String>,
    /// The pseudonym of the anonymous ID.
    pub anonymous_id: Option<String>,
    /// The partner code.
    pub partner_code: Option<String>,
}

impl FieldMapping {
    /// Every parameter name in use.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        let Self { keyword, time, language, browser, anonymous_id, partner_code } = self;
        std::iter::once(keyword).chain([time, language, browser, anonymous_id, partner_code].into_iter().flatten())
    }
}

/// A constant value in requests to a partner. `Debug` does not print a secret.
#[derive(Clone)]
pub struct Constant {
    /// The value.
    pub text: String,
    /// Whether it was read from a file.
    pub secret: bool,
    /// Whether it is a number, `true` or `false`, which a JSON body contains without quotes.
    pub literal: bool,
}

impl std::fmt::Debug for Constant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.secret { "…" } else { &self.text })
    }
}

/// Which `User-Agent` a partner gets (`user_agent`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserAgent {
    /// The same for every request.
    Fixed,
    /// One constant value per browser family, for partners whose results depend on it.
    ByBrowser,
}

impl Partner {
    /// Whether requests to the other partner and their answers are the same, so that what is known about one holds for the
    /// other.
    #[must_use]
    pub fn is_asked_like(&self, other: &Self) -> bool {
        let secrets = |partner: &Self| {
            let fixed = partner.fixed.iter().map(|(_, constant)| constant.text.clone()).collect::<Vec<_>>();
            (fixed, partner.headers.clone())
        };
        // What is printed of a partner lacks its secrets only.
        format!("{self:?}") == format!("{other:?}") && secrets(self) == secrets(other)
    }

    /// Whether images in its pages are shown through the image proxy (`images`).
    #[must_use]
    pub fn shows_images(&self) -> bool {
        match &self.format {
            AnswerFormat::Json(_) => false,
            AnswerFormat::Html(rules) => rules.images,
        }
    }

    /// The same partner with every secret replaced by `SECRET`, for displaying its requests.
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
