//! The allowlist: elements and attributes of a partner's page that may reach a user (`docs/privacy-requirements.md`).
//! Elements that are not listed lose their tags, or are removed with their content; there is no blocklist. The terms are
//! those of the WHATWG HTML standard, sections 4 and 13.

use std::collections::HashMap;
use std::sync::LazyLock;

use foldhash::fast::FixedState;

/// How an element is handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Treatment {
    /// Keep it, with these attributes and the [`GLOBAL_ATTRIBUTES`].
    Keep(&'static ElementRule),
    /// Remove the tags and keep the content: all unknown elements.
    Unwrap,
    /// `html` and `body`: replace with [`ROOT`] if it has a language or a direction, else remove the tags.
    Root,
    /// Remove it with its content: whatever a browser would run, load, or render other than as text.
    Drop,
    /// `button`: like [`Self::Drop`], but its text may tell that the page is a wall.
    Notice,
    /// `noscript`: its content is what a page without scripts has.
    Noscript,
    /// `a`: a link.
    Link,
    /// `form`: remove the tags; a search form's control may be replaced.
    Form,
    /// `input` and `textarea`: replace the keyword's control of a search form with our search form, remove all others.
    Control,
    /// `label` and `legend`: remove with its content, up to a link in it.
    Caption,
    /// `img`: remove, or load through the image proxy.
    Image,
    /// `base`: sets the base URL of relative links.
    Base,
}

/// An element that is kept.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ElementRule {
    /// Its name.
    pub(super) name: &'static str,
    /// The attributes that are kept.
    pub(super) attributes: &'static [Attribute],
    /// Whether it has content and an end tag.
    pub(super) kind: ElementKind,
    /// Whether it is part of a word or a sentence (WHATWG HTML section 4.5).
    pub(super) is_inline: bool,
}

/// The kinds of elements (WHATWG HTML section 13.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ElementKind {
    /// No content and no end tag.
    Void,
    /// Content and an end tag.
    Normal,
}

/// An attribute that is kept, by the type of its value (WHATWG HTML section 2.3).
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Attribute {
    /// Text for people.
    Text(&'static str),
    /// An integer of at most [`MAX_DIGITS`] digits.
    Integer(&'static str),
    /// A boolean attribute: present or absent.
    Boolean(&'static str),
    /// An enumerated attribute: one of these keywords, case-insensitively.
    Enumerated(&'static str, &'static [&'static str]),
    /// A language tag (BCP 47).
    Language(&'static str),
}

/// Most digits of an integer: enough for counts and pixels, and a browser need not allocate for more.
pub(super) const MAX_DIGITS: usize = 5;

/// Attributes that every element may have.
pub(super) const GLOBAL_ATTRIBUTES: [Attribute; 3] =
    [Attribute::Language("lang"), Attribute::Enumerated("dir", &["ltr", "rtl", "auto"]), Attribute::Text("title")];

const CELL: &[Attribute] = &[Attribute::Integer("colspan"), Attribute::Integer("rowspan")];
const HEADING_CELL: &[Attribute] = &[
    Attribute::Integer("colspan"),
    Attribute::Integer("rowspan"),
    Attribute::Enumerated("scope", &["row", "col", "rowgroup", "colgroup"]),
];
const LIST: &[Attribute] = &[
    Attribute::Integer("start"),
    Attribute::Boolean("reversed"),
    Attribute::Enumerated("type", &["1", "a", "A", "i", "I"]),
];
const SPAN: &[Attribute] = &[Attribute::Integer("span")];
const TIME: &[Attribute] = &[Attribute::Text("datetime")];

/// The elements that are kept, sorted by name.
static KEPT: [ElementRule; 70] = [
    inline("abbr", &[]),
    element("address"),
    element("article"),
    element("aside"),
    inline("b", &[]),
    inline("bdi", &[]),
    inline("bdo", &[]),
    element("blockquote"),
    void("br", &[]),
    element("caption"),
    inline("cite", &[]),
    inline("code", &[]),
    void("col", SPAN),
    element_with("colgroup", SPAN),
    inline("data", &[]),
    element("dd"),
    inline("del", TIME),
    element_with("details", &[Attribute::Boolean("open")]),
    inline("dfn", &[]),
    element("div"),
    element("dl"),
    element("dt"),
    inline("em", &[]),
    element("figcaption"),
    element("figure"),
    element("footer"),
    element("h1"),
    element("h2"),
    element("h3"),
    element("h4"),
    element("h5"),
    element("h6"),
    element("header"),
    element("hgroup"),
    void("hr", &[]),
    inline("i", &[]),
    inline("ins", TIME),
    inline("kbd", &[]),
    element_with("li", &[Attribute::Integer("value")]),
    inline("mark", &[]),
    element("menu"),
    element("nav"),
    element_with("ol", LIST),
    element("p"),
    element("pre"),
    inline("q", &[]),
    element("rp"),
    element("rt"),
    element("ruby"),
    inline("s", &[]),
    inline("samp", &[]),
    element("section"),
    inline("small", &[]),
    inline("span", &[]),
    inline("strong", &[]),
    inline("sub", &[]),
    element("summary"),
    inline("sup", &[]),
    element("table"),
    element("tbody"),
    element_with("td", CELL),
    element("tfoot"),
    element_with("th", HEADING_CELL),
    element("thead"),
    element_with("time", TIME),
    element("tr"),
    inline("u", &[]),
    element("ul"),
    element("var"),
    void("wbr", &[]),
];

/// The headings.
pub(super) const HEADINGS: [&str; 6] = ["h1", "h2", "h3", "h4", "h5", "h6"];

/// The elements that the writer creates.
pub(super) static LINK: ElementRule = inline("a", &[]);
pub(super) static ROOT: ElementRule = element("div");
pub(super) static IMAGE: ElementRule =
    void("img", &[Attribute::Text("alt"), Attribute::Integer("width"), Attribute::Integer("height")]);
/// An image without a text for people.
pub(super) static ICON: ElementRule = void("img", &[Attribute::Integer("width"), Attribute::Integer("height")]);

const fn element(name: &'static str) -> ElementRule {
    element_with(name, &[])
}

const fn void(name: &'static str, attributes: &'static [Attribute]) -> ElementRule {
    ElementRule { name, attributes, kind: ElementKind::Void, is_inline: false }
}

const fn element_with(name: &'static str, attributes: &'static [Attribute]) -> ElementRule {
    ElementRule { name, attributes, kind: ElementKind::Normal, is_inline: false }
}

const fn inline(name: &'static str, attributes: &'static [Attribute]) -> ElementRule {
    ElementRule { name, attributes, kind: ElementKind::Normal, is_inline: true }
}

/// Elements whose end tag is optional before another element, and the elements that limit how far up this applies.
pub(super) struct ImpliedEnd {
    /// The innermost of these ends.
    pub(super) ended: &'static [&'static str],
    /// Unless one of these is open within it.
    pub(super) scope: &'static [&'static str],
}

/// The heading of a level from 1 to 6.
pub(super) fn heading(level: usize) -> Option<&'static ElementRule> {
    let name = HEADINGS.get(level.checked_sub(1)?)?;
    KEPT.iter().find(|rule| rule.name == *name)
}

/// What the start tag of an element implicitly ends (WHATWG HTML section 13.1.2.4, as far as pages use it).
pub(super) fn implied_end(name: &str) -> Option<ImpliedEnd> {
    let (ended, scope): (&[&str], &[&str]) = match name {
        "li" => (&["li"], &["ol", "ul", "menu"]),
        "dt" | "dd" => (&["dt", "dd"], &["dl"]),
        "tr" => (&["tr"], &["table", "thead", "tbody", "tfoot"]),
        "td" | "th" => (&["td", "th"], &["table", "tr"]),
        "thead" | "tbody" | "tfoot" => (&["thead", "tbody", "tfoot", "caption", "colgroup"], &["table"]),
        _ => return None,
    };
    Some(ImpliedEnd { ended, scope })
}

/// The elements that are kept, by name.
static RULES: LazyLock<HashMap<&'static str, &'static ElementRule, FixedState>> =
    LazyLock::new(|| KEPT.iter().map(|rule| (rule.name, rule)).collect());

/// How the element with this name, in lowercase, is handled.
pub(super) fn treatment(name: &str) -> Treatment {
    if let Some(rule) = RULES.get(name) {
        return Treatment::Keep(rule);
    }
    match name {
        "html" | "body" => Treatment::Root,
        "a" => Treatment::Link,
        "form" => Treatment::Form,
        "input" | "textarea" => Treatment::Control,
        "button" => Treatment::Notice,
        "noscript" => Treatment::Noscript,
        "img" => Treatment::Image,
        "base" => Treatment::Base,
        "label" | "legend" => Treatment::Caption,
        "applet" | "area" | "audio" | "bgsound" | "canvas" | "datalist" | "dialog" | "embed" | "fencedframe"
        | "frameset" | "iframe" | "keygen" | "link" | "map" | "math" | "meta" | "meter" | "noembed" | "noframes"
        | "object" | "option" | "optgroup" | "output" | "param" | "plaintext" | "portal" | "progress" | "script"
        | "select" | "slot" | "source" | "style" | "svg" | "template" | "title" | "track" | "video" | "xml" | "xmp" => {
            Treatment::Drop
        }
        _ => Treatment::Unwrap,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_allowlist_is_sorted_and_searchable() {
        let names: Vec<_> = KEPT.iter().map(|rule| rule.name).collect();
        assert!(names.is_sorted() && names.windows(2).all(|pair| pair[0] != pair[1]));
        for name in names {
            assert!(matches!(treatment(name), Treatment::Keep(rule) if rule.name == name), "{name}");
        }
        assert_eq!(treatment("script"), Treatment::Drop);
        assert_eq!(treatment("x-results"), Treatment::Unwrap);
    }
}
