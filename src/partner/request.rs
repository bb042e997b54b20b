//! Builds the request that a partner gets from the six fields. Pure, and built from nothing: nothing of the toolbar's
//! request is available here, so equal fields give equal bytes.

use std::borrow::Cow;

use http::header::{self, HeaderMap, HeaderValue};
use serde_json::{Map, Value};
use strum::VariantArray as _;
use url::Url;

use crate::fields::browser::Browser;
use crate::fields::{FieldName, SixFields};
use crate::http_client::{FIXED_AGENT, request_bytes};
use crate::mutants::fail_point::{FailPoint, fail_at};
use crate::mutants::{self, Mutant, leak};
use crate::partner::{AnswerFormat, Partner, RequestMethod, UserAgent};
use crate::tokens::keys::PseudonymKey;
use crate::tokens::pseudonym::pseudonym;

/// The content codings that [`crate::http_client::body`] decodes, as browsers of today list them.
const ACCEPT_ENCODING: &str = "gzip, deflate, br, zstd";

/// A complete request to a partner.
#[derive(Debug)]
pub struct PartnerRequest {
    /// `GET` or `POST`.
    pub method: http::Method,
    /// The URL with its parameters.
    pub url: Url,
    /// The headers, in the order in which they are sent.
    pub headers: HeaderMap,
    /// The body of a `POST`.
    pub body: Option<Vec<u8>>,
}

impl PartnerRequest {
    /// Builds the request. `tag` is the partner's name for the code, `key` derives the pseudonym. The parameters are the
    /// constant ones in the order of the configuration, then code, language, browser, time and pseudonym; the keyword is
    /// last, as in a browser's search form.
    #[must_use]
    pub fn build(partner: &Partner, tag: &str, fields: &SixFields, key: &PseudonymKey) -> Self {
        let parameters = parameters(partner, tag, fields, key);
        let pairs = parameters.iter().map(|parameter| (parameter.name, parameter.text.as_ref()));
        let mut url = partner.url.clone();
        let (method, body) = match partner.method {
            RequestMethod::Get => {
                let form = form_urlencoded(pairs);
                let query = match url.query().filter(|query| !query.is_empty()) {
                    Some(constant) => format!("{constant}&{form}"),
                    None => form,
                };
                url.set_query(Some(&query));
                (http::Method::GET, None)
            }
            RequestMethod::Form => (http::Method::POST, Some(form_urlencoded(pairs).into_bytes())),
            RequestMethod::Json => (http::Method::POST, Some(json_object(&parameters))),
        };
        let headers = headers(partner, fields.browser(), body.as_deref());
        Self { method, url, headers, body }
    }

    /// The bytes of the request in HTTP/1.1 (RFC 9112).
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        request_bytes(&self.method, &self.url, &self.headers, self.body.as_deref().unwrap_or_default())
    }
}

/// One parameter of a request.
struct Parameter<'a> {
    name: &'a str,
    text: Cow<'a, str>,
    /// Whether it is a number, `true` or `false`, which JSON contains without quotes.
    literal: bool,
}

fn parameters<'a>(partner: &'a Partner, tag: &'a str, fields: &'a SixFields, key: &PseudonymKey) -> Vec<Parameter<'a>> {
    let fixed = partner.fixed.iter().map(|(name, constant)| Parameter {
        name,
        text: constant.text.as_str().into(),
        literal: constant.literal,
    });
    let fields = field_parameters(partner, tag, fields, key).into_iter();
    fixed.chain(fields.map(|(_, name, text)| Parameter { name, text, literal: false })).collect()
}

/// The fields that a partner gets of a search: each with the name and the text of its parameter, in the order in which they are sent.
#[must_use]
pub fn field_parameters<'a>(
    partner: &'a Partner,
    tag: &'a str,
    fields: &'a SixFields,
    key: &PseudonymKey,
) -> Vec<(FieldName, &'a str, Cow<'a, str>)> {
    let (language, send) = (fields.language().as_str(), &partner.send);
    let mut parameters = Vec::with_capacity(FieldName::VARIANTS.len());
    let mut push = |field: FieldName, name: &'a Option<String>, text: Cow<'a, str>| {
        if let Some(name) = name {
            parameters.push((field, name.as_str(), text));
        }
    };
    push(FieldName::PartnerCode, &send.partner_code, tag.into());
    let partner_spelling = partner.languages.iter().find(|(ours, _)| ours == language);
    let raw_language = leak::kept(Mutant::SendsRawLanguage, "accept-language").map(Cow::Owned);
    let language = raw_language.unwrap_or(partner_spelling.map_or(language, |(_, theirs)| theirs).into());
    push(FieldName::Language, &send.language, language);
    push(FieldName::Browser, &send.browser, fields.browser().as_str().into());
    let minutes = mutants::is_on(Mutant::SendsMinutes).then(|| format!("{:02}", crate::time::now().0 / 60 % 60).into());
    push(FieldName::Time, &send.time, minutes.unwrap_or(fields.time().as_str().into()));
    if let (Some(_), Some(id)) = (&send.anonymous_id, fields.anonymous_id()) {
        push(FieldName::AnonymousId, &send.anonymous_id, pseudonym(id, &partner.name, key).into());
    }
    let keyword = fields.keyword().expose_to_partner_or_client().into();
    fail_at(FailPoint::Partner, || fields.keyword().expose_to_partner_or_client());
    parameters.push((FieldName::Keyword, &send.keyword, keyword));
    parameters
}

/// The parameters as `application/x-www-form-urlencoded`.
fn form_urlencoded<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let pairs: Vec<_> = pairs.collect();
    // Serializing pairs of strings cannot fail.
    serde_urlencoded::to_string(pairs).unwrap_or_default()
}

/// The parameters as a JSON object: `filters.region` becomes `{"filters":{"region":…}}`. Keys are in the order of the
/// parameters.
fn json_object(parameters: &[Parameter<'_>]) -> Vec<u8> {
    let mut root = Map::new();
    for Parameter { name, text, literal } in parameters {
        let literal = if *literal { serde_json::from_str(text).ok() } else { None };
        let value: Value = literal.unwrap_or_else(|| text.as_ref().into());
        let mut object = &mut root;
        let mut keys = name.split('.').peekable();
        while let Some(key) = keys.next() {
            if keys.peek().is_none() {
                object.insert(key.to_owned(), value);
                break;
            }
            let inner = object.entry(key).or_insert_with(|| Map::new().into());
            if !inner.is_object() {
                *inner = Map::new().into();
            }
            let Value::Object(inner) = inner else { break };
            object = inner;
        }
    }
    Value::Object(root).to_string().into_bytes()
}

fn headers(partner: &Partner, browser: Browser, body: Option<&[u8]>) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(6 + partner.headers.len());
    let agent = match partner.user_agent {
        UserAgent::Fixed => FIXED_AGENT,
        UserAgent::ByBrowser => agent_of_family(browser),
    };
    // The authority of a parsed URL is ASCII and thus a valid header value.
    if let Ok(host) = HeaderValue::from_str(partner.url.authority()) {
        headers.insert(header::HOST, host);
    }
    headers.insert(header::USER_AGENT, HeaderValue::from_static(agent));
    headers.insert(header::ACCEPT, HeaderValue::from_static(accept(&partner.format)));
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(ACCEPT_ENCODING));
    for (name, value) in &partner.headers {
        headers.insert(name.clone(), value.clone());
    }
    if let Some(body) = body {
        let media_type = match partner.method {
            RequestMethod::Json => "application/json",
            RequestMethod::Get | RequestMethod::Form => "application/x-www-form-urlencoded",
        };
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        headers.insert(header::CONTENT_LENGTH, body.len().into());
    }
    leak::change_partner_request(&mut headers);
    headers
}

/// The media type requested from a partner.
fn accept(format: &AnswerFormat) -> &'static str {
    match format {
        AnswerFormat::Json(_) => "application/json",
        AnswerFormat::Html(_) => "text/html",
    }
}

/// One constant user agent per browser family, that of the family's most common system. It reveals the family and
/// nothing else.
fn agent_of_family(browser: Browser) -> &'static str {
    match browser {
        Browser::Chrome => {
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
        }
        Browser::Firefox => "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
        Browser::Safari => {
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15"
        }
        Browser::Edge => {
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"
        }
        Browser::Opera => {
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36 OPR/124.0.0.0"
        }
        Browser::Samsung => {
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36"
        }
        Browser::Other => FIXED_AGENT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dotted_names_create_nested_objects() {
        let pairs = [
            ("filters.region", "de", false),
            ("query", "a\"b", false),
            ("limit", "10", true),
            ("page", "2", false),
            ("safe", "true", true),
            ("filters.lens", "x", false),
            ("query.odd", "y", false),
        ];
        let pairs = pairs.map(|(name, text, literal)| Parameter { name, text: text.into(), literal });
        assert_eq!(
            String::from_utf8(json_object(&pairs)).unwrap(),
            r#"{"filters":{"region":"de","lens":"x"},"query":{"odd":"y"},"limit":10,"page":"2","safe":true}"#
        );
    }

    #[test]
    fn form_values_are_escaped() {
        assert_eq!(form_urlencoded([("q", "a&b=c d#é'"), ("x", "")].into_iter()), "q=a%26b%3Dc+d%23%C3%A9%27&x=");
    }
}
