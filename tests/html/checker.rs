//! Finds violations in a rewritten page. The page is inserted into the program's frame and parsed by a second parser ([`Dom`]), with
//! and without scripting. The allowlist is written a second time here, from `docs/http-api.md` and `docs/privacy-requirements.md`
//! (section D), to notice mistakes in the program's own list.

use std::collections::BTreeMap;

use url::Url;

use super::dom::{DOCUMENT, Dom, NodeKind};

/// The frame around a partner's page.
const BEFORE: &str = "<!DOCTYPE html><html><head></head><body><main>";
const AFTER: &str =
    "</main><footer>Ours: <a href=\"/privacy\">Privacy</a><form action=\"/search\"></form></footer></body></html>";

const HTML: &str = "http://www.w3.org/1999/xhtml";

/// Elements that contain only text and its structure.
const ELEMENTS: &str = "a abbr address article aside b bdi bdo blockquote br button caption cite code col colgroup data dd \
    del details dfn div dl dt em figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr i img input ins kbd \
    label li mark menu nav ol p pre q rp rt ruby s samp section small span strong sub summary sup table tbody td tfoot \
    th thead time tr u ul var wbr";

/// What a page may contain besides text.
#[derive(Debug, Clone, Copy, Default)]
pub struct Allowed {
    /// `links = "direct"`: links may have targets elsewhere.
    pub direct: bool,
    /// Images through `/image/…`.
    pub images: bool,
}

/// All violations in a rewritten page with counted links.
pub fn violations(output: &str) -> Vec<String> {
    violations_of(output, Allowed { direct: false, images: true })
}

/// Like [`violations`], for other settings of a partner.
pub fn violations_of(output: &str, allowed: Allowed) -> Vec<String> {
    let mut found = Vec::new();
    check_characters(output, &mut found);
    for scripting in [false, true] {
        let dom = Dom::parse(&format!("{BEFORE}{output}{AFTER}"), scripting);
        check_frame(&dom, &mut found);
        for at in dom.descendants(DOCUMENT) {
            match &dom.nodes[at].kind {
                NodeKind::Document | NodeKind::Text(_) | NodeKind::Contents => {}
                NodeKind::Other(text) => found.push(format!("comment {text:?}")),
                NodeKind::Element { namespace, name, attributes } => {
                    if namespace != HTML {
                        found.push(format!("<{name}> of {namespace}"));
                    } else if !is_frame(&dom, at) {
                        element(name, attributes, allowed, &mut found);
                    }
                }
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Checks what must be true for any parser: every `<` begins a complete tag of the allowlist in unambiguous syntax, and there are no
/// characters that parsers treat differently.
fn check_characters(output: &str, found: &mut Vec<String>) {
    for (at, _) in output.match_indices('<') {
        if tag(&output[at + 1..]).is_none() {
            found.push(format!("'<' before {:?}", output[at + 1..].chars().take(20).collect::<String>()));
        }
    }
    if output.contains('\0') {
        found.push("a null character".to_owned());
    }
}

/// Parses a tag in the syntax that the program writes: a name of the allowlist, lower-case attributes after one space each, values in
/// double quotes without angle brackets. Returns `None` for anything else.
fn tag(text: &str) -> Option<()> {
    let (name, mut rest) = word(text.strip_prefix('/').unwrap_or(text));
    if !ELEMENTS.split_whitespace().any(|known| known == name) {
        return None;
    }
    while let Some(attribute) = rest.strip_prefix(' ') {
        let (name, after) = word(attribute);
        rest = after;
        if let Some(value) = rest.strip_prefix("=\"") {
            let (value, after) = value.split_once('"')?;
            if value.contains(['<', '>']) {
                return None;
            }
            rest = after;
        }
        if name.is_empty() {
            return None;
        }
    }
    rest.starts_with('>').then_some(())
}

fn word(text: &str) -> (&str, &str) {
    let end = text.bytes().position(|b| !matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-')).unwrap_or(text.len());
    text.split_at(end)
}

/// Checks that the frame is unchanged and contains the partner's page in `main`.
fn check_frame(dom: &Dom, found: &mut Vec<String>) {
    let names = |at: usize| dom.elements(at).iter().map(|&child| dom.name(child).to_owned()).collect::<Vec<_>>();
    let top = dom.elements(DOCUMENT);
    if top.len() != 1 || names(top[0]) != ["head", "body"] || dom.doctypes != 1 {
        found.push(format!("frame: {:?} {} doctypes", names(DOCUMENT), dom.doctypes));
        return;
    }
    let parts = dom.elements(top[0]);
    let (head, body) = (parts[0], parts[1]);
    if names(body) != ["main", "footer"] || dom.nodes[body].children.len() != 2 {
        found.push(format!("frame: the body contains {:?}", names(body)));
        return;
    }
    let footer = dom.elements(body)[1];
    if names(footer) != ["a", "form"] || dom.nodes[footer].children.len() != 3 || dom.text(footer) != "Ours: Privacy" {
        found.push("frame: the footer was changed".to_owned());
    }
    if !dom.nodes[head].children.is_empty() {
        found.push("frame: the head is not empty".to_owned());
    }
    for at in [top[0], head, body, dom.elements(body)[0], footer] {
        if let NodeKind::Element { name, attributes, .. } = &dom.nodes[at].kind
            && !attributes.is_empty()
        {
            found.push(format!("frame: <{name}> has {attributes:?}"));
        }
    }
}

/// True for elements of the frame, which [`check_frame`] checks.
fn is_frame(dom: &Dom, at: usize) -> bool {
    let mut above = std::iter::successors(dom.nodes[at].parent, |&at| dom.nodes[at].parent).map(|at| dom.name(at));
    match dom.name(at) {
        "html" | "head" | "body" => true,
        "main" | "footer" => above.next() == Some("body"),
        "a" | "form" => !above.any(|name| name == "main"),
        _ => false,
    }
}

fn element(name: &str, attributes: &[(String, String)], allowed: Allowed, found: &mut Vec<String>) {
    if !ELEMENTS.split_whitespace().any(|known| known == name) || (name == "img" && !allowed.images) {
        found.push(format!("<{name}>"));
        return;
    }
    for (attribute, value) in attributes {
        if !is_allowed_attribute(name, attribute, value, allowed) {
            let value: String = value.chars().take(60).collect();
            found.push(format!("<{name} {attribute}={value:?}>"));
        }
    }
    let has: BTreeMap<&str, &str> = attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let rel = |word| has.get("rel").is_some_and(|rel| rel.split_whitespace().any(|found| found == word));
    if has.get("href").is_some_and(|href| !href.starts_with('/')) && !(rel("noreferrer") && rel("noopener")) {
        found.push(format!("<a href={:?}> without its rel", has["href"]));
    }
    if name == "form" && has.get("action") != Some(&"/search") {
        found.push("<form> without action=/search".to_owned());
    }
    if name == "img" && !has.contains_key("src") {
        found.push("<img> without src".to_owned());
    }
}

fn is_allowed_attribute(element: &str, attribute: &str, value: &str, allowed: Allowed) -> bool {
    let signed = || {
        value.strip_prefix('-').unwrap_or(value).bytes().all(|b| b.is_ascii_digit())
            && value.len() < 12
            && !value.is_empty()
    };
    let word = |words: &str| words.split(' ').any(|known| known == value);
    match (element, attribute) {
        (_, "title") | ("img", "alt") | ("time" | "del" | "ins", "datetime") => true,
        (_, "lang") => (1..=40).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'),
        (_, "dir") => word("ltr rtl auto"),
        (_, "hidden") | ("details", "open") | ("ol", "reversed") => value.is_empty(),
        ("a", "href") => is_click(value) || (allowed.direct && is_web_address(value)),
        ("a", "rel") => {
            value.split(' ').all(|word| matches!(word, "noreferrer" | "noopener" | "nofollow" | "sponsored"))
        }
        ("img", "src") => is_token_path(value, "/image/"),
        ("img", "width" | "height") | ("td" | "th", "colspan" | "rowspan") | ("col" | "colgroup", "span") => {
            signed() && value.len() <= 6
        }
        ("img", "loading") => word("lazy"),
        ("th", "scope") => word("row col rowgroup colgroup"),
        ("ol", "start") | ("li", "value") => signed(),
        ("ol", "type") => word("1 a A i I"),
        ("form", "action") => value == "/search",
        ("form", "method") => word("get post"),
        ("form", "role") => value == "search",
        ("input", "type") => word("text search hidden submit"),
        // The parameters of `docs/http-api.md`.
        ("input", "name") => word("q lang id code format"),
        ("input", "value" | "placeholder" | "aria-label") => true,
        ("input", "autocomplete") => value == "off",
        ("input", "required") => value.is_empty(),
        ("button", "type") => value == "submit",
        _ => false,
    }
}

fn is_click(value: &str) -> bool {
    is_token_path(value, "/click/")
}

/// True for a path of the program with one token.
fn is_token_path(value: &str, at: &str) -> bool {
    value.strip_prefix(at).is_some_and(|token| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~' | b'%');
        !token.is_empty() && !token.starts_with('.') && token.bytes().all(plain)
    })
}

fn is_web_address(value: &str) -> bool {
    let spelled = value.get(..8).is_some_and(|start| {
        let start = start.to_ascii_lowercase();
        start == "https://" || start.starts_with("http://")
    });
    let plain = value.bytes().all(|b| matches!(b, b'!'..=b'~') && b != b'\\');
    spelled
        && plain
        && Url::parse(value).is_ok_and(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.username().is_empty()
                && url.password().is_none()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_allowed_pages() {
        for fine in [
            "",
            "text &amp; &lt;b&gt; \" ' >",
            "<p lang=\"de\" dir=\"rtl\" title=\"&lt;\">a<p>b",
            "<a href=\"/click/x-Y_1%2F\" rel=\"noreferrer noopener\">a</a>",
            "<ul><li>a<li value=\"3\">b</ul><table><tr><td colspan=\"2\">a</table>",
            "<form action=\"/search\"><input name=\"q\" value=\"&quot;\"><button>Go</button></form>",
            "<img alt=\"\" src=\"/image/x\" loading=\"lazy\">",
        ] {
            assert_eq!(violations(fine), Vec::<String>::new(), "{fine}");
        }
        let direct = "<a href=\"https://a.example/?b&amp;c\" rel=\"noreferrer noopener\">a</a>";
        assert!(violations_of(direct, Allowed { direct: true, images: false }).is_empty());
    }

    #[test]
    fn finds_every_violation() {
        for bad in [
            "<script>x</script>",
            "<p onclick=x>",
            "<p style=x>",
            "<p id=x>",
            "<p class=x>",
            "<!-- x -->",
            "<?x?>",
            "<![CDATA[x]]>",
            "a < b",
            "<svg></svg>",
            "<math></math>",
            "<b></b",
            "<main>",
            "</main>",
            "</body>",
            "<body title=\"x\">",
            "<html lang=\"de\">",
            "<template>x</template>",
            "<select>",
            "<textarea>",
            "<plaintext>",
            "<title>",
            "<meta charset=\"x\">",
            "<b>",
            "<a href=\"/click/x\">",
            "<form action=\"/search\">a",
            "<table>",
            "<p title=\"<b>\">",
            "<p title=\"<script>\">",
            "a\0b",
            "<a href=\"https://a.example/\" rel=\"noreferrer noopener\">a</a>",
            "<a href=\"/click/../admin\">a</a>",
            "<a href=\"/click/\">a</a>",
            "<a href=\"//click/x\">a</a>",
            "<a href=\"javascript:x\">a</a>",
            "<a href=\"/click/x\" ping=\"/x\">a</a>",
            "<a href=\"/click/x\" target=\"_blank\">a</a>",
            "<a name=\"x\">a</a>",
            "<img src=\"https://a.example/\">",
            "<img src=\"/image/x\" srcset=\"/image/x\">",
            "<img src=\"data:x\">",
            "<form action=\"https://a.example/\"></form>",
            "<form></form>",
            "<input formaction=\"/search\">",
            "<input name=\"action\">",
            "<input type=\"image\">",
            "<button formaction=\"/search\">x</button>",
            "<td colspan=\"1000000\">",
            "<object data=\"x\"></object>",
            "<frameset></frameset>",
        ] {
            // A start tag alone may be allowed, but in the frame it must not extend beyond `main`.
            let bad = if bad.starts_with("<td") { format!("<table>{bad}</table>") } else { bad.to_owned() };
            assert!(!violations(&bad).is_empty(), "{bad}");
        }
        for direct in [
            "javascript:x",
            "https://u@a.example/",
            "https:a",
            "//a.example/",
            "https://a.example/\"",
            "ftp://a.example/",
        ] {
            let link = format!("<a href='{direct}' rel=\"noreferrer noopener\">a</a>");
            assert!(!violations_of(&link, Allowed { direct: true, images: false }).is_empty(), "{link}");
        }
        let bare = "<a href=\"https://a.example/\">a</a>";
        assert!(!violations_of(bare, Allowed { direct: true, images: false }).is_empty());
    }
}
