//! The changes of the privacy statement since its previous version.

use maud::{Markup, html};

use crate::privacy::fact::Fact;
use crate::privacy::statement::PrivacyStatement;
use crate::ui::i18n::texts::Texts;

/// The changes, each as a list item.
pub(super) fn items(texts: &Texts, statement: &PrivacyStatement) -> Vec<Markup> {
    let item = |label, fact| html! { li { strong { (label) } " " ((texts.privacy.fact)(fact)) } };
    // A new edition of the texts is listed as added. That the old one is gone adds nothing.
    let removed = statement.removed.iter().filter(|fact| !matches!(fact, Fact::Texts { .. }));
    let added = statement.added.iter().map(|fact| item(texts.added, fact));
    added.chain(removed.map(|fact| item(texts.removed, fact))).collect()
}
