//! OpenSearch description documents (OpenSearch 1.1, draft 6), from which browsers learn how to search here. They are the
//! same for all users; only the code may differ. They contain no template for suggestions, which would send every
//! keystroke.

use crate::name::ConfigName;
use crate::ui::service::{Service, SizedIcon};

/// The media type of description documents (OpenSearch 1.1 section 4.1.3).
pub const MEDIA_TYPE: &str = "application/opensearchdescription+xml";

/// The longest `ShortName`, in characters (section 4.2), and thus the longest name of a service.
pub const MAX_SHORT_NAME: usize = 16;

/// What the name of the search engine that posts ends with.
const POST_SUFFIX: &str = " (POST)";

/// The content of `Description` unless the service has a tagline (at most 1,024 characters, section 4.3).
const DESCRIPTION: &str =
    "Search without being tracked: your IP address and your cookies are not passed on to the search partner.";

/// How a browser sends searches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchMethod {
    /// In the URL, which Chromium requires.
    Get,
    /// In the body, which keeps keywords out of URLs. Firefox supports it.
    Post,
}

impl SearchMethod {
    /// Both methods.
    pub const ALL: [Self; 2] = [Self::Get, Self::Post];

    /// The path of the description document.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Get => "/opensearch.xml",
            Self::Post => "/opensearch-post.xml",
        }
    }

    /// The name of the search engine. Browsers tell search engines apart by it, so the two differ; of a long name as much
    /// stays as fits.
    #[must_use]
    pub fn short_name(self, name: &str) -> String {
        match self {
            Self::Get => name.to_owned(),
            Self::Post => {
                let start: String = name.chars().take(MAX_SHORT_NAME - POST_SUFFIX.chars().count()).collect();
                format!("{}{POST_SUFFIX}", start.trim_end())
            }
        }
    }
}

/// A description document of this service. `base` is the public URL of this service without a path, `code` the code of the searches,
/// `None` for the default code.
#[must_use]
pub fn description(service: &Service, base: &str, method: SearchMethod, code: Option<&ConfigName>) -> String {
    let code = code.map(ConfigName::as_str);
    let search = search_url(base, method, code);
    let query = code.map(|code| format!("?code={code}")).unwrap_or_default();
    let own_url = escape(&format!("{base}{}{query}", method.path()));
    let image = |icon: &SizedIcon| {
        let (side, url) = (icon.side, escape(&format!("{base}{}", icon.asset.path)));
        format!("<Image width=\"{side}\" height=\"{side}\" type=\"image/png\">{url}</Image>\n")
    };
    let images: String = service.sized_icons.iter().map(image).collect();
    let short_name = escape(&method.short_name(&service.identity.name));
    let description = escape(service.identity.tagline.as_deref().unwrap_or(DESCRIPTION));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <OpenSearchDescription xmlns=\"http://a9.com/-/spec/opensearch/1.1/\">\n\
         <ShortName>{short_name}</ShortName>\n\
         <Description>{description}</Description>\n\
         {search}\n\
         <Url type=\"{MEDIA_TYPE}\" rel=\"self\" template=\"{own_url}\"/>\n\
         {images}\
         <Language>*</Language>\n\
         <InputEncoding>UTF-8</InputEncoding>\n\
         <OutputEncoding>UTF-8</OutputEncoding>\n\
         </OpenSearchDescription>\n"
    )
}

/// The `Url` element for searches. `{searchTerms}` is a template parameter (section 4.4.1), so its braces are not encoded.
fn search_url(base: &str, method: SearchMethod, code: Option<&str>) -> String {
    match method {
        SearchMethod::Get => {
            let code = code.map(|code| format!("&code={code}")).unwrap_or_default();
            let template = escape(&format!("{base}/search?q={{searchTerms}}{code}"));
            format!("<Url type=\"text/html\" template=\"{template}\"/>")
        }
        // Firefox reads `method` and `Param` as the second draft of OpenSearch 1.1 defines them.
        SearchMethod::Post => {
            let code =
                code.map(|code| format!("<Param name=\"code\" value=\"{}\"/>", escape(code))).unwrap_or_default();
            let template = escape(&format!("{base}/search"));
            format!(
                "<Url type=\"text/html\" method=\"POST\" template=\"{template}\">\
                 <Param name=\"q\" value=\"{{searchTerms}}\"/>{code}</Url>"
            )
        }
    }
}

/// Escapes a text for XML content and quoted attribute values (XML 1.0 section 2.4).
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            character => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::identity::ServiceIdentity;

    /// Checks what the specification requires: text lengths, absolute URLs, known template parameters.
    fn assert_valid(document: &str, base: &str) {
        let parsed = roxmltree::Document::parse(document).unwrap();
        let root = parsed.root_element();
        assert_eq!(root.tag_name().name(), "OpenSearchDescription");
        assert_eq!(root.tag_name().namespace(), Some("http://a9.com/-/spec/opensearch/1.1/"));
        let all = |name: &'static str| root.children().filter(move |node| node.tag_name().name() == name);
        let one = |name: &'static str| {
            assert_eq!(all(name).count(), 1, "{name}");
            all(name).next().unwrap().text().unwrap().to_owned()
        };
        assert!((1..=16).contains(&one("ShortName").chars().count()));
        assert!((1..=1_024).contains(&one("Description").chars().count()));
        assert_eq!((one("Language").as_str(), one("InputEncoding").as_str()), ("*", "UTF-8"));
        for url in all("Url") {
            let template = url.attribute("template").unwrap();
            assert!(template.starts_with(base), "{template}");
            let values =
                template.to_owned() + &url.children().filter_map(|param| param.attribute("value")).collect::<String>();
            let search_terms = values.matches("{searchTerms}").count();
            assert_eq!(search_terms, usize::from(url.attribute("rel").is_none()), "{values}");
            assert_eq!(values.matches('{').count(), search_terms, "{values}");
        }
        let sizes: Vec<_> = all("Image").map(|image| (image.attribute("width"), image.attribute("height"))).collect();
        assert_eq!(sizes, [(Some("16"), Some("16")), (Some("64"), Some("64"))]);
        assert!(all("Image").all(|image| image.text().unwrap().starts_with(base)));
    }

    #[test]
    fn descriptions_are_valid_for_any_base_url() {
        let code = ConfigName::new("beta.2_x-y").unwrap();
        for base in ["https://search.example", "http://127.0.0.1:8080", "http://[::1]:1", "http://a&b'<\">.example"] {
            for method in SearchMethod::ALL {
                assert_valid(&description(&Service::default(), base, method, None), base);
                let with_code = description(&Service::default(), base, method, Some(&code));
                assert_valid(&with_code, base);
                assert_eq!(with_code.matches("beta.2_x-y").count(), 2, "{with_code}");
            }
        }
    }

    #[test]
    fn the_service_gives_its_name_and_tagline() {
        let mut identity = ServiceIdentity::named("Söhne & <Partner");
        identity.tagline = Some("Finds \"things\" & <people>".to_owned());
        let service = Service::new(identity, None, None, None);
        for (method, short_name) in [(SearchMethod::Get, "Söhne & <Partner"), (SearchMethod::Post, "Söhne & < (POST)")]
        {
            let document = description(&service, "https://search.example", method, None);
            let parsed = roxmltree::Document::parse(&document).unwrap();
            let text = |name| parsed.descendants().find(|node| node.tag_name().name() == name).unwrap().text().unwrap();
            assert_eq!((text("ShortName"), text("Description")), (short_name, "Finds \"things\" & <people>"));
        }
    }

    #[test]
    fn post_keeps_the_keyword_out_of_the_url() {
        let document = description(&Service::default(), "https://search.example", SearchMethod::Post, None);
        let parsed = roxmltree::Document::parse(&document).unwrap();
        let url = parsed.descendants().find(|node| node.attribute("type") == Some("text/html")).unwrap();
        assert_eq!(
            (url.attribute("method"), url.attribute("template")),
            (Some("POST"), Some("https://search.example/search"))
        );
        let param =
            url.children().find(|node| node.has_tag_name(("http://a9.com/-/spec/opensearch/1.1/", "Param"))).unwrap();
        assert_eq!((param.attribute("name"), param.attribute("value")), (Some("q"), Some("{searchTerms}")));
    }
}
