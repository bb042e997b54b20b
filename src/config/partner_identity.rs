//! How people see a partner: `display_name`, `about_ads_url`.

use crate::config::shown_text::{WEB, text, url};
use crate::config::table_reader::TableReader;
use crate::name::ConfigName;
use crate::partner::PartnerIdentity;

/// The longest display name, in characters: it stands in sentences.
const MAX_DISPLAY_NAME: usize = 60;

/// Reads the keys of a partner. Without `display_name`, people see its configured name.
pub(super) fn read(table: &mut TableReader<'_>, name: Option<&ConfigName>) -> PartnerIdentity {
    let display_name = text(table, "display_name", MAX_DISPLAY_NAME);
    let display_name = display_name.or_else(|| Some(name?.as_str().to_owned())).unwrap_or_default();
    PartnerIdentity { display_name, about_ads_url: url(table, "about_ads_url", WEB) }
}
