//! What of a page leads somewhere: links, images, the search form, and where relative addresses begin.

use htmlize::unescape_attribute;
use lol_html::send::Element;
use url::Url;

use crate::answer::html::RewrittenUrl;
use crate::answer::html::allowlist::{IMAGE, LINK};
use crate::answer::html::attributes::{is_tiny, shrinks};
use crate::answer::html::writer::{Ending, HtmlWriter};
use crate::answer::link_rules::LinkClass;
use crate::answer::links::Target;
use crate::result_kind::ResultKind;

/// Most links that can be seen on a page: ten times what a long page of results has. Later ones are text.
const MOST_LINKS: usize = 1_000;
/// Most links that are sealed, those with them in which nothing turns out to be seen.
const MOST_SEALED: usize = 5_000;
/// Most search forms of a page: one above, one below, and those of menus.
const MOST_FORMS: usize = 4;
/// Most images of a page.
const MOST_IMAGES: usize = 200;

impl HtmlWriter {
    /// A link, judged and sealed.
    pub(super) fn link(&mut self, element: &Element<'_, '_>) -> Option<Ending> {
        // Without a target it is no link: its text stays.
        let address = element.get_attribute("href")?;
        let (kind, target) = match self.page.site.judge(self.base.as_ref(), &unescape_attribute(address)) {
            LinkClass::Own => return Some(self.skip_it(true)),
            LinkClass::NoLink => {
                self.tally.dropped += 1;
                return None;
            }
            LinkClass::Sponsored(target) => (ResultKind::Sponsored, target),
            LinkClass::Organic(target) => (ResultKind::Organic, target),
        };
        if self.tally.links() >= MOST_LINKS || self.links >= MOST_SEALED || self.is_deep() {
            return None;
        }
        self.links += 1;
        let Target { url, display_url } = target;
        self.tally.link(kind, &url, display_url);
        let link = (self.seal)(RewrittenUrl::Link(kind, url));
        let begun = self.paper.begin();
        self.tag(&LINK, element);
        self.address("href", &link);
        self.paper.markup(" rel=\"noreferrer noopener\">");
        Some(self.push(&LINK, begun, Some(kind)))
    }

    /// A form that asks the partner to search: its box is to come. The tags of forms go.
    pub(super) fn begin_form(&mut self, element: &Element<'_, '_>) -> Option<Ending> {
        let action = element.get_attribute("action").unwrap_or_default();
        if self.form.is_some() || !self.searches(&unescape_attribute(action)) {
            return None;
        }
        let serial = self.next();
        self.form = Some(serial);
        Some(Ending { serial, only: None })
    }

    /// Whether a form asks the partner to search: it goes where searches go. Some engines keep more in the
    /// path, after a semicolon.
    fn searches(&self, action: &str) -> bool {
        let own = &self.page.site.url;
        let before = |path: &str| path.split(';').next().unwrap_or_default().trim_end_matches('/').to_owned();
        let bare = |url: &Url| url.host_str().unwrap_or_default().trim_start_matches("www.").to_owned();
        action.trim().is_empty()
            || self.resolve(action).is_some_and(|url| {
                bare(&url) == bare(own) && url.port() == own.port() && before(url.path()) == before(own.path())
            })
    }

    /// Of a search form's controls the keyword's becomes our own form; what else a form would send goes.
    pub(super) fn control(&mut self, element: &Element<'_, '_>) -> Option<Ending> {
        self.take_box(element);
        element.can_have_content().then(|| self.skip_it(false))
    }

    /// The control alone; it may stand in what goes, such as its label.
    pub(super) fn take_box(&mut self, element: &Element<'_, '_>) {
        let kind = element.get_attribute("type").unwrap_or_default().to_ascii_lowercase();
        let own = element.get_attribute("name").is_some_and(|name| *unescape_attribute(name) == *self.page.keyword);
        if self.form.is_some() && self.forms < MOST_FORMS && own && matches!(kind.as_str(), "" | "text" | "search") {
            self.paper.markup(&self.search_form);
            self.paper.is_seen();
            self.form = None;
            self.forms += 1;
        }
    }

    /// An image, whose address is sealed.
    pub(super) fn image(&mut self, element: &Element<'_, '_>) -> Option<Ending> {
        if !self.page.images || self.images >= MOST_IMAGES || is_beacon(element) {
            return None;
        }
        // Pages that load images by script keep the address aside.
        let address = ["src", "data-src"].into_iter().find_map(|name| {
            let address = element.get_attribute(name)?;
            self.resolve(&unescape_attribute(address)).filter(is_web)
        })?;
        self.images += 1;
        let link = (self.seal)(RewrittenUrl::Image(address.into()));
        if link.is_empty() {
            return None;
        }
        self.tag(&IMAGE, element);
        if !element.has_attribute("alt") {
            self.paper.markup(" alt=\"\"");
        }
        self.address("src", &link);
        self.paper.markup(" loading=\"lazy\">");
        self.paper.is_seen();
        None
    }

    /// The first one counts (WHATWG HTML section 4.2.3).
    pub(super) fn take_base(&mut self, element: &Element<'_, '_>) -> Option<Ending> {
        if self.base.is_none() {
            let address = element.get_attribute("href")?;
            let base = self.page.site.url.join(&unescape_attribute(address)).ok();
            self.base = base.filter(|url| matches!(url.scheme(), "http" | "https"));
        }
        None
    }

    fn resolve(&self, address: &str) -> Option<Url> {
        self.base.as_ref().unwrap_or(&self.page.site.url).join(address).ok()
    }
}

/// An image of one pixel is there to be counted, not seen, be it small by attribute or by style.
fn is_beacon(element: &Element<'_, '_>) -> bool {
    let tiny = |name| element.get_attribute(name).is_some_and(|size| is_tiny(&unescape_attribute(size)));
    tiny("width") || tiny("height") || element.get_attribute("style").is_some_and(|style| shrinks(&style))
}

/// Whether an address is one of the web; whether it may be asked is told when it is sealed.
fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}
