//! The parts of a page that contain URLs: links, images, forms, and the base URL.

use url::Url;

use crate::answer::html::allowlist::{ICON, IMAGE, LINK};
use crate::answer::html::attributes::{is_tiny, shrinks, unescape};
use crate::answer::html::open_link::OpenLink;
use crate::answer::html::rules::RewrittenUrl;
use crate::answer::html::start_tag::{open_start_tag, text_attribute};
use crate::answer::html::tag_scanner::StartTag;
use crate::answer::html::writer::{EndTagWatch, HtmlWriter};
use crate::answer::link_rules::{LinkClass, LinkRelation};
use crate::answer::links::Target;
use crate::answer::links::web_url::{self, WebUrl};
use crate::result_kind::ResultKind;

/// Most visible links of a page: ten times as many as on a long page of results. Later ones become text.
const MAX_LINKS: usize = 1_000;
/// Most links that are rewritten, including those that turn out to have no visible content.
const MAX_REWRITTEN_LINKS: usize = 5_000;
/// Most search forms of a page: one at the top, one at the bottom, and those in menus.
const MAX_FORMS: usize = 4;
/// Most images of a page.
const MAX_IMAGES: usize = 200;

impl HtmlWriter {
    /// Number of links and images rewritten so far.
    pub(super) fn rewritten_urls(&self) -> usize {
        self.links.saturating_add(self.images)
    }

    /// Classifies a link and rewrites its URL.
    pub(super) fn link(&mut self, element: &StartTag<'_>) -> Option<EndTagWatch> {
        // Without `href` it is a placeholder: only its text is kept.
        let href = element.attribute("href")?;
        let (kind, target) = match self.rules.links.classify(self.base.as_ref(), &unescape(href)) {
            LinkClass::Own => return Some(self.skip(true)),
            LinkClass::Organic(_) if self.furniture.is_some() => return Some(self.skip(true)),
            LinkClass::Invalid => {
                self.stats.dropped += 1;
                return None;
            }
            LinkClass::Sponsored(target) => (ResultKind::Sponsored, target),
            LinkClass::Organic(target) => (ResultKind::Organic, target),
        };
        if self.stats.links() >= MAX_LINKS || self.links >= MAX_REWRITTEN_LINKS || self.is_at_max_depth() {
            return None;
        }
        self.links += 1;
        let Target { url, display_url } = target;
        self.stats.start_link(kind, &url, display_url.clone());
        self.signs.start_link();
        let relation = self.rules.links.relation(&url);
        let hold = self.output.hold();
        let rewritten = (self.rewrite_url)(RewrittenUrl::Link(kind, url.clone()));
        let start = self.output.start_element();
        open_start_tag(&mut self.output, &LINK, element);
        text_attribute(&mut self.output, "href", &rewritten);
        self.output.push_markup(" rel=\"noreferrer noopener\"");
        let title_position = (!element.has_attribute("title")).then(|| self.output.position());
        self.output.push_markup(">");
        let link = OpenLink {
            kind,
            target: url,
            display_url,
            is_headed: self.is_in_heading(),
            is_known: kind == ResultKind::Organic && relation != LinkRelation::Opaque,
            inner: self.output.position(),
            is_sibling: relation == LinkRelation::Sibling,
            is_vendor: relation == LinkRelation::Vendor,
            text: String::new(),
            has_image_text: false,
            hold,
            title_position,
        };
        Some(self.push_open(&LINK, start, Some(link)))
    }

    /// Handles a `form`. The tags are always removed; in a search form, the keyword's control is replaced later.
    pub(super) fn start_form(&mut self, element: &StartTag<'_>) -> Option<EndTagWatch> {
        let action = element.attribute("action").unwrap_or_default();
        if self.form.is_some() || !self.is_search_action(&unescape(action)) {
            return None;
        }
        let id = self.next_id();
        self.form = Some(id);
        Some(EndTagWatch { id, own_name: None })
    }

    /// Whether a form is submitted to the partner's search URL. Some engines append parameters to the path after a
    /// semicolon.
    fn is_search_action(&self, action: &str) -> bool {
        let own = &self.rules.links.url;
        let path = |url: &Url| url.path().split(';').next().unwrap_or_default().trim_end_matches('/').to_owned();
        let site = |url: &Url| url.host_str().unwrap_or_default().trim_start_matches("www.").to_owned();
        action.trim().is_empty()
            || self
                .resolve(action)
                .is_some_and(|url| site(&url) == site(own) && url.port() == own.port() && path(&url) == path(own))
    }

    /// Handles a form control: the keyword's control of a search form is replaced, all others are removed.
    pub(super) fn control(&mut self, element: &StartTag<'_>) -> Option<EndTagWatch> {
        self.replace_search_control(element);
        element.can_have_content().then(|| self.skip(false))
    }

    /// Writes our search form if this is the keyword's control of a search form. The control may be inside an element that
    /// is removed, such as its label.
    pub(super) fn replace_search_control(&mut self, element: &StartTag<'_>) {
        let kind = element.attribute("type").unwrap_or_default().to_ascii_lowercase();
        let is_keyword = element.attribute("name").is_some_and(|name| *unescape(name) == *self.rules.keyword);
        let is_text = matches!(kind.as_str(), "" | "text" | "search");
        if self.form.is_some() && self.forms < MAX_FORMS && is_keyword && is_text {
            self.output.push_markup(&self.search_form);
            self.output.mark_visible();
            self.form = None;
            self.forms += 1;
            self.signs.search_form();
        }
    }

    /// Writes an image with the URL of the image proxy.
    pub(super) fn image(&mut self, element: &StartTag<'_>) -> Option<EndTagWatch> {
        // For browsers without scripts, pages have beacons in `noscript`, and copies of images that scripts load.
        if !self.rules.images || self.images >= MAX_IMAGES || self.noscript.is_some() || is_beacon(element) {
            return None;
        }
        // Pages that load images by script have the address in `data-src`.
        let address = ["src", "data-src"].into_iter().find_map(|name| {
            let address = element.attribute(name).filter(|address| !is_inline_image(address))?;
            let address = unescape(address);
            let address = address.trim_matches(|c: char| c <= ' ');
            web_url::parse(Some(self.base_url()), address, |address, _| address.to_owned())
        })?;
        self.images += 1;
        let rewritten = (self.rewrite_url)(RewrittenUrl::Image(address));
        if rewritten.is_empty() {
            return None;
        }
        let alt = element.attribute("alt").filter(|alt| !is_icon_text(alt));
        open_start_tag(&mut self.output, if alt.is_some() { &IMAGE } else { &ICON }, element);
        match alt {
            Some(alt) => self.image_text(alt),
            None => self.output.push_markup(" alt=\"\""),
        }
        text_attribute(&mut self.output, "src", &rewritten);
        self.output.push_markup(" loading=\"lazy\">");
        self.output.mark_visible();
        None
    }

    /// Handles `base`. Only the first one with an `href` applies (WHATWG HTML section 4.2.3).
    pub(super) fn set_base(&mut self, element: &StartTag<'_>) -> Option<EndTagWatch> {
        if self.base.is_none() {
            let href = element.attribute("href")?;
            let base = self.rules.links.url.join(&unescape(href)).ok();
            self.base = base.filter(is_web_url);
        }
        None
    }

    fn resolve(&self, url: &str) -> Option<Url> {
        self.base_url().join(url).ok()
    }

    /// What relative URLs of the page refer to.
    fn base_url(&self) -> &Url {
        self.base.as_ref().unwrap_or(&self.rules.links.url)
    }
}

/// Whether an image is a tracking pixel: smaller than two pixels, by its attributes or its style.
fn is_beacon(element: &StartTag<'_>) -> bool {
    let tiny = |name| element.attribute(name).is_some_and(|size| is_tiny(&unescape(size)));
    tiny("width") || tiny("height") || element.attribute("style").is_some_and(shrinks)
}

/// Whether an address is the image itself (RFC 2397), as placeholders are that scripts replace. Its parsing would cost more than that of all links.
fn is_inline_image(address: &str) -> bool {
    address.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"))
}

/// Whether the text of an image is that of an icon beside a result.
fn is_icon_text(alt: &str) -> bool {
    alt.to_ascii_lowercase().contains("favicon")
}

/// Whether a URL is `http` or `https`, without credentials. Whether an image may be fetched from it is checked when its token is sealed.
fn is_web_url(url: &Url) -> bool {
    WebUrl::from_url(url).is_some()
}
