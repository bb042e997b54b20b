//! The links and images of one answer, each as a path of ours that says nothing to anybody else.

use std::sync::Arc;

use crate::answer::html::{Linked, Sealed};
use crate::answer::{LinkPolicy, SearchResult};
use crate::fields::SixFields;
use crate::image_proxy::addresses::ImageAddress;
use crate::name::ConfigName;
use crate::result_kind::ResultKind;
use crate::state::{AppState, PartnerState};
use crate::time;
use crate::tokens::click::{self, ClickToken, MAX_TARGET_BYTES};
use crate::tokens::image::{self, IMAGE_PATH, ImageToken};
use crate::tokens::key_ring::KeySet;

/// Where click links begin.
pub const CLICK_PATH: &str = "/click/";

/// What the links of one answer share.
pub(super) struct LinkSealer {
    keys: Arc<KeySet>,
    links: LinkPolicy,
    image_hosts: Vec<String>,
    partner: u32,
    code: u32,
    group: Option<u32>,
    issued: time::Time,
}

impl LinkSealer {
    pub(super) fn new(parts: &AppState, desk: &PartnerState, fields: &SixFields) -> Self {
        let (keys, links) = (parts.keys.load_full(), desk.partner.links);
        let (image_hosts, issued) = (desk.partner.image_hosts.clone(), time::now());
        let (code, group) = (fields.code().name().fingerprint(), fields.keyword_group().map(ConfigName::fingerprint));
        Self { keys, links, image_hosts, partner: desk.fingerprint, code, group, issued }
    }

    /// The path that stands in a rewritten page.
    pub(super) fn path(&self, sealed: Sealed) -> String {
        match sealed {
            Sealed::Click(kind, target) => self.link(kind, target),
            Sealed::Image(address) => self.image(&address).unwrap_or_default(),
        }
    }

    /// A link of a page as one result.
    pub(super) fn entry(&self, linked: Linked) -> SearchResult {
        let Linked { title, target, display, kind } = linked;
        SearchResult { title, url: self.link(kind, target), display_url: display, snippet: String::new(), kind }
    }

    /// Where an image comes from; None for one that would be refused, or is too long for a token.
    fn image(&self, address: &str) -> Option<String> {
        let address = ImageAddress::new(address, &self.image_hosts)?;
        let url = Some(address.url().as_str()).filter(|url| url.len() <= MAX_TARGET_BYTES)?;
        let mut path = IMAGE_PATH.to_owned();
        let image = ImageToken { partner: self.partner, issued: self.issued, url: url.into() };
        image::seal(&self.keys.primary, &image, &mut path);
        Some(path)
    }

    /// Where a link to this target leads: through us, or there, as the partner's `links` says.
    pub(super) fn link(&self, kind: ResultKind, target: String) -> String {
        if self.links == LinkPolicy::Direct {
            return target;
        }
        let click =
            ClickToken { partner: self.partner, code: self.code, group: self.group, kind, issued: self.issued, target };
        // Room for the token, so that the text is allocated once: four characters for three bytes.
        let mut link = String::with_capacity(CLICK_PATH.len() + (click.target.len() + 48) * 4 / 3);
        link.push_str(CLICK_PATH);
        click::seal(&self.keys.primary, &click, &mut link);
        link
    }
}
