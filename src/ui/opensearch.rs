//! The OpenSearch descriptions (OpenSearch 1.1, draft 6), by which browsers learn to search here. The same for
//! all users; only a configured code may differ. There is no suggestion template: each keystroke would be a request.

use crate::name::ConfigName;
use crate::ui::layout::{DESCRIPTION_TYPE, DESCRIPTIONS, ICON_16, ICON_64, SHORT_NAMES};

/// What it is for (at most 1024 characters, section 4.3).
const DESCRIPTION: &str =
    "Search without being followed: your address and your cookies are not passed on to the search partner.";

/// How searches are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchMethod {
    /// In the address: what Chromium takes.
    Get,
    /// In the body, which keeps keywords out of addresses: what Firefox takes as well.
    Post,
}

impl SearchMethod {
    /// Where its description is.
    #[must_use]
    pub fn path(self) -> &'static str {
        let [get, post] = DESCRIPTIONS;
        match self {
            Self::Get => get,
            Self::Post => post,
        }
    }

    fn short_name(self) -> &'static str {
        let [get, post] = SHORT_NAMES;
        match self {
            Self::Get => get,
            Self::Post => post,
        }
    }
}

/// A description. `base` is what clients call this service, `code` the one that searches are to be booked to;
/// None for the default one.
#[must_use]
pub fn document(base: &str, form: SearchMethod, code: Option<&ConfigName>) -> String {
    let (short_name, code) = (form.short_name(), code.map(ConfigName::as_str));
    // `{searchTerms}` is a template's parameter (section 4.4.1), so nothing of it is encoded here.
    let search = match (form, code) {
        (SearchMethod::Get, code) => {
            let code = code.map(|code| format!("&code={code}")).unwrap_or_default();
            let template = escape(&format!("{base}/search?q={{searchTerms}}{code}"));
            format!("<Url type=\"text/html\" template=\"{template}\"/>")
        }
        // Firefox reads `method` and `Param` as the second draft of OpenSearch 1.1 had them.
        (SearchMethod::Post, code) => {
            let code =
                code.map(|code| format!("<Param name=\"code\" value=\"{}\"/>", escape(code))).unwrap_or_default();
            let template = escape(&format!("{base}/search"));
            format!(
                "<Url type=\"text/html\" method=\"POST\" template=\"{template}\">\
                 <Param name=\"q\" value=\"{{searchTerms}}\"/>{code}</Url>"
            )
        }
    };
    let own = code.map(|code| format!("?code={code}")).unwrap_or_default();
    let own = escape(&format!("{base}{}{own}", form.path()));
    let image = |size, path: &str| {
        let address = escape(&format!("{base}{path}"));
        format!("<Image width=\"{size}\" height=\"{size}\" type=\"image/png\">{address}</Image>")
    };
    let (small, large) = (image(16, &ICON_16.path), image(64, &ICON_64.path));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <OpenSearchDescription xmlns=\"http://a9.com/-/spec/opensearch/1.1/\">\n\
         <ShortName>{short_name}</ShortName>\n\
         <Description>{DESCRIPTION}</Description>\n\
         {search}\n\
         <Url type=\"{DESCRIPTION_TYPE}\" rel=\"self\" template=\"{own}\"/>\n\
         {small}\n\
         {large}\n\
         <Language>*</Language>\n\
         <InputEncoding>UTF-8</InputEncoding>\n\
         <OutputEncoding>UTF-8</OutputEncoding>\n\
         </OpenSearchDescription>\n"
    )
}

/// A text as XML says it in content and in quoted attributes (XML 1.0 section 2.4).
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the specification demands: lengths without markup, absolute addresses, parameters that exist.
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
            let said =
                template.to_owned() + &url.children().filter_map(|param| param.attribute("value")).collect::<String>();
            assert_eq!(said.matches("{searchTerms}").count(), usize::from(url.attribute("rel").is_none()), "{said}");
            assert_eq!(said.matches('{').count(), said.matches("{searchTerms}").count(), "{said}");
        }
        let sizes: Vec<_> = all("Image").map(|image| (image.attribute("width"), image.attribute("height"))).collect();
        assert_eq!(sizes, [(Some("16"), Some("16")), (Some("64"), Some("64"))]);
        assert!(all("Image").all(|image| image.text().unwrap().starts_with(base)));
    }

    #[test]
    fn both_are_valid_whatever_the_address() {
        let code = ConfigName::new("beta.2_x-y").unwrap();
        for base in ["https://search.example", "http://127.0.0.1:8080", "http://[::1]:1", "http://a&b'<\">.example"] {
            for form in [SearchMethod::Get, SearchMethod::Post] {
                assert_valid(&document(base, form, None), base);
                let with_code = document(base, form, Some(&code));
                assert_valid(&with_code, base);
                assert_eq!(with_code.matches("beta.2_x-y").count(), 2, "{with_code}");
            }
        }
    }

    #[test]
    fn a_posted_search_keeps_the_keyword_out_of_the_address() {
        let document = document("https://search.example", SearchMethod::Post, None);
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
