//! Turns the links and images of one answer into paths of this service. The tokens in the paths are opaque to everyone
//! else.

use std::sync::Arc;

use crate::answer::html::{LinkedResult, RewrittenUrl};
use crate::answer::marked_text::MarkedText;
use crate::answer::{LinkPolicy, SearchResult};
use crate::fields::SixFields;
use crate::image_proxy::addresses::ImageAddress;
use crate::mutants::fail_point::{FailPoint, fail_at};
use crate::mutants::leak;
use crate::name::ConfigName;
use crate::result_kind::ResultKind;
use crate::state::{AppState, PartnerState};
use crate::time;
use crate::tokens::click::{self, ClickToken, MAX_TARGET_BYTES, TokenLength};
use crate::tokens::image::{self, IMAGE_PATH, ImageToken};
use crate::tokens::key_ring::key_set::KeySet;

/// Path prefix of click links.
pub const CLICK_PATH: &str = "/click/";

/// Seals the links of one answer. Its fields are what all of these tokens have in common.
pub(super) struct LinkSealer {
    keys: Arc<KeySet>,
    length: TokenLength,
    policy: LinkPolicy,
    image_hosts: Vec<String>,
    /// Fingerprint of the partner's name.
    partner: u32,
    /// Fingerprint of the code.
    code: u32,
    /// Fingerprint of the search's keyword group.
    group: Option<u32>,
    issued: time::Time,
}

impl LinkSealer {
    pub(super) fn new(state: &AppState, partner: &PartnerState, fields: &SixFields) -> Self {
        let partner = &partner.partner;
        Self {
            keys: state.keys.load_full(),
            length: if state.pad { TokenLength::Padded } else { TokenLength::Exact },
            policy: partner.links,
            image_hosts: partner.image_hosts.clone(),
            partner: partner.name.fingerprint(),
            code: fields.code().name().fingerprint(),
            group: fields.keyword_group().map(ConfigName::fingerprint),
            issued: time::now(),
        }
    }

    /// The URL that replaces a link or an image of a partner's page; empty for an image that must be left out.
    pub(super) fn rewrite(&self, url: RewrittenUrl) -> String {
        match url {
            RewrittenUrl::Link(kind, target) => self.link(kind, target),
            RewrittenUrl::Image(address) => self.image(&address).unwrap_or_default(),
        }
    }

    /// A link of a partner's page as a search result.
    pub(super) fn result(&self, linked: LinkedResult) -> SearchResult {
        let LinkedResult { title, target, display_url, kind } = linked;
        let (title, snippet) = (MarkedText::plain(title), MarkedText::default());
        SearchResult { title, url: self.link(kind, target), display_url, snippet, kind }
    }

    /// The URL of a result: a click link, or the target itself if the partner's `links` is `direct`.
    pub(super) fn link(&self, kind: ResultKind, target: String) -> String {
        fail_at(FailPoint::Search, || &target);
        leak::resolve(&target);
        if self.policy == LinkPolicy::Direct {
            return target;
        }
        let target = leak::seal_keyword(target);
        let click =
            ClickToken { partner: self.partner, code: self.code, group: self.group, kind, issued: self.issued, target };
        // Allocate once: base64 takes four characters for three bytes, and 48 bytes are more than a token adds.
        let mut link = String::with_capacity(CLICK_PATH.len() + (click.target.len() + 48) * 4 / 3);
        link.push_str(CLICK_PATH);
        click::seal(&self.keys.primary, &click, self.length, &mut link);
        link
    }

    /// The path of an image; `None` if the image proxy would refuse the address, or it is too long for a token.
    fn image(&self, address: &str) -> Option<String> {
        let address = ImageAddress::new(address, &self.image_hosts)?;
        let url = Some(address.url().as_str()).filter(|url| url.len() <= MAX_TARGET_BYTES)?;
        let mut path = IMAGE_PATH.to_owned();
        let image = ImageToken { partner: self.partner, issued: self.issued, url: url.into() };
        image::seal(&self.keys.primary, &image, self.length, &mut path);
        Some(path)
    }
}
