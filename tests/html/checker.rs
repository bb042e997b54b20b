//! Says what is wrong with a rewritten page. The page is put into our own frame and read by a second parser
//! ([`Dom`]), with scripting and without. The list of what may stand in it is written here a second
//! time, from `CONTRACT.md` section 3 and `PRIVACY.md` section 2 D, so that a slip in the program's own list is seen.

use std::collections::BTreeMap;

use url::Url;

use super::dom::{DOCUMENT, Dom, Kind};

/// What stands around a partner's page in ours.
const BEFORE: &str = "<!DOCTYPE html><html><head></head><body><main>";
const AFTER: &str =
    "</main><footer>Ours: <a href=\"/privacy\">Privacy</a><form action=\"/search\"></form></footer></body></html>";

const HTML: &str = "http://www.w3.org/1999/xhtml";

/// Elements that carry no more than text and its structure.
const ELEMENTS: &str = "a abbr address article aside b bdi bdo blockquote br button caption cite code col colgroup data dd \
    del details dfn div dl dt em figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr i img input ins kbd \
    label li mark menu nav ol p pre q rp rt ruby s samp section small span strong sub summary sup table tbody td tfoot \
    th thead time tr u ul var wbr";

/// What a page may have in it beyond plain text.
#[derive(Debug, Clone, Copy, Default)]
pub struct Allowed {
    /// `links = "direct"`: links lead to their targets.
    pub direct: bool,
    /// Images come through `/image/…`.
    pub images: bool,
}

/// Everything that is wrong with a rewritten page whose links are counted; empty where nothing is.
pub fn violations(output: &str) -> Vec<String> {
    violations_of(output, Allowed { direct: false, images: true })
}

/// As [`violations`], for other settings of a partner.
pub fn violations_of(output: &str, allowed: Allowed) -> Vec<String> {
    let mut found = Vec::new();
    by_letters(output, &mut found);
    for scripting in [false, true] {
        let dom = Dom::parse(&format!("{BEFORE}{output}{AFTER}"), scripting);
        framed(&dom, &mut found);
        for at in dom.within(DOCUMENT) {
            match &dom.nodes[at].kind {
                Kind::Document | Kind::Text(_) | Kind::Contents => {}
                Kind::Other(text) => found.push(format!("comment {text:?}")),
                Kind::Element { namespace, name, attributes } => {
                    if namespace != HTML {
                        found.push(format!("<{name}> of {namespace}"));
                    } else if !is_ours(&dom, at) {
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

/// What must hold however the page is parsed: every `<` begins a whole tag of the list, written in the one way that no parser
/// mistakes, and there are no characters that parsers treat each in its own way.
fn by_letters(output: &str, found: &mut Vec<String>) {
    for (at, _) in output.match_indices('<') {
        if tag(&output[at + 1..]).is_none() {
            found.push(format!("'<' before {:?}", output[at + 1..].chars().take(20).collect::<String>()));
        }
    }
    if output.contains('\0') {
        found.push("a null character".to_owned());
    }
}

/// Reads a tag as we write it: a name of the list, attributes in small letters, each with a space before it and its value, if
/// any, in double quotes and without angles.
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

/// Our own frame is as we wrote it, and the partner's page within `main`.
fn framed(dom: &Dom, found: &mut Vec<String>) {
    let names = |at: usize| dom.elements(at).iter().map(|&child| dom.name(child).to_owned()).collect::<Vec<_>>();
    let top = dom.elements(DOCUMENT);
    if top.len() != 1 || names(top[0]) != ["head", "body"] || dom.doctypes != 1 {
        found.push(format!("frame: {:?} {} doctypes", names(DOCUMENT), dom.doctypes));
        return;
    }
    let parts = dom.elements(top[0]);
    let (head, body) = (parts[0], parts[1]);
    if names(body) != ["main", "footer"] || dom.nodes[body].children.len() != 2 {
        found.push(format!("frame: in the body stands {:?}", names(body)));
        return;
    }
    let footer = dom.elements(body)[1];
    if names(footer) != ["a", "form"] || dom.nodes[footer].children.len() != 3 || dom.text(footer) != "Ours: Privacy" {
        found.push("frame: the footer is not ours alone".to_owned());
    }
    if !dom.nodes[head].children.is_empty() {
        found.push("frame: something is in the head".to_owned());
    }
    for at in [top[0], head, body, dom.elements(body)[0], footer] {
        if let Kind::Element { name, attributes, .. } = &dom.nodes[at].kind
            && !attributes.is_empty()
        {
            found.push(format!("frame: <{name}> has {attributes:?}"));
        }
    }
}

/// The frame's elements, which are judged by [`framed`].
fn is_ours(dom: &Dom, at: usize) -> bool {
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
        if !attribute_is_fine(name, attribute, value, allowed) {
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
        found.push("<form> that does not say where it searches".to_owned());
    }
    if name == "img" && !has.contains_key("src") {
        found.push("<img> without an address of ours".to_owned());
    }
}

fn attribute_is_fine(element: &str, attribute: &str, value: &str, allowed: Allowed) -> bool {
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
        ("img", "src") => is_sealed(value, "/image/"),
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
        // The names of CONTRACT section 2.
        ("input", "name") => word("q lang id code format"),
        ("input", "value" | "placeholder" | "aria-label") => true,
        ("input", "autocomplete") => value == "off",
        ("input", "required") => value.is_empty(),
        ("button", "type") => value == "submit",
        _ => false,
    }
}

fn is_click(value: &str) -> bool {
    is_sealed(value, "/click/")
}

/// A path of ours with one token in it, and nothing that leads elsewhere.
fn is_sealed(value: &str, at: &str) -> bool {
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
    fn what_is_fine_is_fine() {
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
    fn what_is_not_is_seen() {
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
            // A start tag alone may be fine within a line; in the frame it must not reach beyond `main`.
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
