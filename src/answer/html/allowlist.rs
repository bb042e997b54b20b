//! What of a partner's markup may reach a user: a closed list of elements and attributes (CONTRACT
//! section 3). Element names follow the HTML standard (WHATWG HTML, section 4). What is not listed here
//! loses its tags, or goes with its content; there is no list of what is bad.

/// What becomes of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Treatment {
    /// It stays, with these attributes beside the [`EVERYWHERE`] ones.
    Keep(&'static Rule),
    /// Its tags go, its content stays: every name that nobody knows.
    Unwrap,
    /// The page's skeleton: it stays as the [`ROOT`], where it says a language or a direction.
    Root,
    /// It goes with all that is in it: what a browser would run, load or show otherwise than as text.
    Drop,
    /// A link: `a`.
    Link,
    /// A form, whose box stays where it searches: `form`.
    Form,
    /// A control, which becomes our search form where it is the keyword's: `input`, `textarea`.
    Control,
    /// What a control is called, which goes with it up to a link: `label`, `legend`.
    Caption,
    /// An image, which goes or comes through us: `img`.
    Image,
    /// Where relative links begin: `base`.
    Base,
}

/// An element that stays.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rule {
    /// Its name.
    pub(super) name: &'static str,
    /// Its attributes.
    pub(super) attributes: &'static [Attribute],
    /// How it ends.
    pub(super) end: EndTag,
}

/// Whether an element has an end (WHATWG HTML section 13.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EndTag {
    /// It is void: there is no end tag.
    Void,
    /// It has content and an end tag.
    Tag,
}

/// An attribute that may stay, by what its value may be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Attribute {
    /// Text for people.
    Text(&'static str),
    /// A whole number of at most [`NUMBER_DIGITS`] digits, with a sign where one makes sense.
    Number(&'static str),
    /// There or not.
    Flag(&'static str),
    /// One of a few words, in any case of letters.
    Word(&'static str, &'static [&'static str]),
    /// A language tag (BCP 47).
    Language(&'static str),
}

/// Digits of a number: counts and pixels need no more, and a browser need not reserve for more.
pub(super) const NUMBER_DIGITS: usize = 5;

/// Attributes that every element may have.
pub(super) const EVERYWHERE: [Attribute; 3] =
    [Attribute::Language("lang"), Attribute::Word("dir", &["ltr", "rtl", "auto"]), Attribute::Text("title")];

const CELL: &[Attribute] = &[Attribute::Number("colspan"), Attribute::Number("rowspan")];
const HEADING_CELL: &[Attribute] = &[
    Attribute::Number("colspan"),
    Attribute::Number("rowspan"),
    Attribute::Word("scope", &["row", "col", "rowgroup", "colgroup"]),
];
const LIST: &[Attribute] =
    &[Attribute::Number("start"), Attribute::Flag("reversed"), Attribute::Word("type", &["1", "a", "A", "i", "I"])];
const SPAN: &[Attribute] = &[Attribute::Number("span")];
const TIME: &[Attribute] = &[Attribute::Text("datetime")];

/// Elements that stay, in the order of their names.
static KEPT: [Rule; 70] = [
    tag("abbr"),
    tag("address"),
    tag("article"),
    tag("aside"),
    tag("b"),
    tag("bdi"),
    tag("bdo"),
    tag("blockquote"),
    void("br", &[]),
    tag("caption"),
    tag("cite"),
    tag("code"),
    void("col", SPAN),
    with("colgroup", SPAN),
    tag("data"),
    tag("dd"),
    with("del", TIME),
    with("details", &[Attribute::Flag("open")]),
    tag("dfn"),
    tag("div"),
    tag("dl"),
    tag("dt"),
    tag("em"),
    tag("figcaption"),
    tag("figure"),
    tag("footer"),
    tag("h1"),
    tag("h2"),
    tag("h3"),
    tag("h4"),
    tag("h5"),
    tag("h6"),
    tag("header"),
    tag("hgroup"),
    void("hr", &[]),
    tag("i"),
    with("ins", TIME),
    tag("kbd"),
    with("li", &[Attribute::Number("value")]),
    tag("mark"),
    tag("menu"),
    tag("nav"),
    with("ol", LIST),
    tag("p"),
    tag("pre"),
    tag("q"),
    tag("rp"),
    tag("rt"),
    tag("ruby"),
    tag("s"),
    tag("samp"),
    tag("section"),
    tag("small"),
    tag("span"),
    tag("strong"),
    tag("sub"),
    tag("summary"),
    tag("sup"),
    tag("table"),
    tag("tbody"),
    with("td", CELL),
    tag("tfoot"),
    with("th", HEADING_CELL),
    tag("thead"),
    with("time", TIME),
    tag("tr"),
    tag("u"),
    tag("ul"),
    tag("var"),
    void("wbr", &[]),
];

/// The rules of the elements that the scribe writes by itself.
pub(super) static LINK: Rule = tag("a");
pub(super) static ROOT: Rule = tag("div");
pub(super) static IMAGE: Rule =
    void("img", &[Attribute::Text("alt"), Attribute::Number("width"), Attribute::Number("height")]);

const fn tag(name: &'static str) -> Rule {
    Rule { name, attributes: &[], end: EndTag::Tag }
}

const fn void(name: &'static str, attributes: &'static [Attribute]) -> Rule {
    Rule { name, attributes, end: EndTag::Void }
}

const fn with(name: &'static str, attributes: &'static [Attribute]) -> Rule {
    Rule { name, attributes, end: EndTag::Tag }
}

/// What an element ends by beginning, unless one of the second list stands between (WHATWG HTML section
/// 13.1.2.4, of those that pages make use of).
pub(super) fn implied(name: &str) -> Option<(&'static [&'static str], &'static [&'static str])> {
    Some(match name {
        "li" => (&["li"], &["ol", "ul", "menu"]),
        "dt" | "dd" => (&["dt", "dd"], &["dl"]),
        "tr" => (&["tr"], &["table", "thead", "tbody", "tfoot"]),
        "td" | "th" => (&["td", "th"], &["table", "tr"]),
        "thead" | "tbody" | "tfoot" => (&["thead", "tbody", "tfoot", "caption", "colgroup"], &["table"]),
        _ => return None,
    })
}

/// What becomes of the element with this name, in lower case.
pub(super) fn treatment(name: &str) -> Treatment {
    if let Some(rule) = KEPT.binary_search_by(|rule| rule.name.cmp(name)).ok().and_then(|at| KEPT.get(at)) {
        return Treatment::Keep(rule);
    }
    match name {
        "html" | "body" => Treatment::Root,
        "a" => Treatment::Link,
        "form" => Treatment::Form,
        "input" | "textarea" => Treatment::Control,
        "img" => Treatment::Image,
        "base" => Treatment::Base,
        "label" | "legend" => Treatment::Caption,
        "applet" | "area" | "audio" | "bgsound" | "button" | "canvas" | "datalist" | "dialog" | "embed"
        | "fencedframe" | "frameset" | "iframe" | "keygen" | "link" | "map" | "math" | "meta" | "meter" | "noembed"
        | "noframes" | "noscript" | "object" | "option" | "optgroup" | "output" | "param" | "plaintext" | "portal"
        | "progress" | "script" | "select" | "slot" | "source" | "style" | "svg" | "template" | "title" | "track"
        | "video" | "xml" | "xmp" => Treatment::Drop,
        _ => Treatment::Unwrap,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_can_be_searched() {
        let names: Vec<_> = KEPT.iter().map(|rule| rule.name).collect();
        assert!(names.is_sorted() && names.windows(2).all(|pair| pair[0] != pair[1]));
        for name in names {
            assert!(matches!(treatment(name), Treatment::Keep(rule) if rule.name == name), "{name}");
        }
        assert_eq!(treatment("script"), Treatment::Drop);
        assert_eq!(treatment("x-results"), Treatment::Unwrap);
    }
}
