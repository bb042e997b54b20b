//! OpenSearch descriptions. The first line of an input is a code, the rest is the base URL: as `public_url` of a configuration, and as
//! any text of printable characters.
//!
//! - The description is well-formed XML with the elements of OpenSearch 1.1, for every base and code.
//! - Its URLs are the base and the code as they are, which shows that everything is escaped.

use std::path::Path;

use qsproxy::config::Config;
use qsproxy::name::ConfigName;
use qsproxy::ui::opensearch::{SearchMethod, description};
use qsproxy::ui::service::Service;
use roxmltree::{Document, Node};

use super::input::Input;

const CONFIG: &str = include_str!("../../proxy.toml");

/// The origin that a configuration with this `public_url` serves; `None` if it is rejected.
fn configured(url: &str) -> Option<String> {
    let quoted = serde_json::Value::from(url).to_string();
    let text = CONFIG.replacen("public_url = ", &format!("public_url = {quoted} # "), 1);
    let config = Config::parse(&text, Path::new("no-such-folder")).ok()?;
    // As `src/app/server.rs` passes it on.
    let base = config.listen.public_url.as_str().trim_end_matches('/');
    assert_eq!(base, config.listen.public_url.origin().ascii_serialization(), "public_url is an origin");
    Some(base.to_owned())
}

fn check_document(base: &str, method: SearchMethod, code: Option<&ConfigName>) {
    let text = description(&Service::default(), base, method, code);
    let document = Document::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "OpenSearchDescription");
    let children = |parent: Node<'_, '_>| {
        let name = |node: Node<'_, '_>| node.tag_name().name().to_owned();
        parent.children().filter(Node::is_element).map(name).collect::<Vec<_>>()
    };
    let expected = "ShortName Description Url Url Image Image Language InputEncoding OutputEncoding";
    assert_eq!(children(root).join(" "), expected);
    let urls: Vec<_> =
        root.children().filter(|node| node.has_tag_name((root.tag_name().namespace().unwrap(), "Url"))).collect();
    let code_of = |prefix: &str| code.map(|code| format!("{prefix}code={code}")).unwrap_or_default();
    let (search, query) = match method {
        SearchMethod::Get => (format!("{base}/search?q={{searchTerms}}{}", code_of("&")), String::new()),
        SearchMethod::Post => (format!("{base}/search"), format!("q={{searchTerms}}{}", code_of("&"))),
    };
    assert_eq!(urls[0].attribute("template"), Some(search.as_str()), "{text}");
    let parameter = |node: Node<'_, '_>| Some(format!("{}={}", node.attribute("name")?, node.attribute("value")?));
    assert_eq!(urls[0].children().filter_map(parameter).collect::<Vec<_>>().join("&"), query, "{text}");
    assert_eq!(
        urls[1].attribute("template"),
        Some(format!("{base}{}{}", method.path(), code_of("?")).as_str()),
        "{text}"
    );
    let images = root.children().filter(|node| node.tag_name().name() == "Image");
    assert!(
        images.clone().count() == 2
            && images.clone().all(|image| image.text().is_some_and(|url| url.starts_with(base)))
    );
}

pub fn check(input: &[u8]) {
    let mut input = Input(input);
    let code = std::str::from_utf8(input.line()).ok().and_then(|name| ConfigName::new(name).ok());
    let base = input.text();
    // XML 1.0 section 2.2 has no other characters; a template parameter of the base would be one of the description.
    let is_plain = |c: char| !c.is_control() && !matches!(c, '{' | '}' | '\u{fffe}' | '\u{ffff}');
    let any = Some(base.chars().filter(|c| is_plain(*c)).collect());
    for base in [any, configured(&base)].into_iter().flatten() {
        for method in SearchMethod::ALL {
            check_document(&base, method, None);
            check_document(&base, method, code.as_ref());
        }
    }
}
