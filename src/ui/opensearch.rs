//! OpenSearch description documents (OpenSearch 1.1, draft 6), from which browsers learn how to search here. They are the
//! same for all users; only the code may differ. They contain no template for suggestions, which would send every
//! keystroke.

use crate::name::ConfigName;
use crate::ui::assets::{ICON_16, ICON_64};
use crate::ui::i18n::texts::SERVICE_NAME;

/// The media type of description documents (OpenSearch 1.1 section 4.1.3).
pub const MEDIA_TYPE: &str = "application/opensearchdescription+xml";

/// The content of `Description` (at most 1,024 characters, section 4.3).
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

    /// The name of the search engine (at most 16 characters, section 4.2). Browsers tell search engines apart by it.
    #[must_use]
    pub fn short_name(self) -> &'static str {
        match self {
            Self::Get => SERVICE_NAME,
            Self::Post => "qsproxy (POST)",
        }
    }
}

/// A description document. `base` is the public URL of this service without a path, `code` the code of the searches,
/// `None` for the default code.
#[must_use]
pub fn description(base: &str, method: SearchMethod, code: Option<&ConfigName>) -> String {
    let code = code.map(ConfigName::as_str);
    let search = search_url(base, method, code);
    let query = code.map(|code| format!("?code={code}")).unwrap_or_default();
    let own_url = escape(&format!("{base}{}{query}", method.path()));
    let image = |size, path: &str| {
        let url = escape(&format!("{base}{path}"));
        format!("<Image width=\"{size}\" height=\"{size}\" type=\"image/png\">{url}</Image>")
    };
    let (short_name, small, large) = (method.short_name(), image(16, &ICON_16.path), image(64, &ICON_64.path));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <OpenSearchDescription xmlns=\"http://a9.com/-/spec/opensearch/1.1/\">\n\
         <ShortName>{short_name}</ShortName>\n\
         <Description>{DESCRIPTION}</Description>\n\
         {search}\n\
         <Url type=\"{MEDIA_TYPE}\" rel=\"self\" template=\"{own_url}\"/>\n\
         {small}\n\
         {large}\n\
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
                assert_valid(&description(base, method, None), base);
                let with_code = description(base, method, Some(&code));
                assert_valid(&with_code, base);
                assert_eq!(with_code.matches("beta.2_x-y").count(), 2, "{with_code}");
            }
        }
    }

    #[test]
    fn post_keeps_the_keyword_out_of_the_url() {
        let document = description("https://search.example", SearchMethod::Post, None);
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
