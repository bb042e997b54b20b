//! The changes of the privacy statement since its previous version.

use maud::{Markup, html};

use crate::privacy::fact::Fact;
use crate::privacy::statement::PrivacyStatement;
use crate::ui::i18n::texts::Texts;

/// The changes, each as a list item. That a code came or went is none that a reader would want to know; `/privacy.json` has it.
pub(super) fn items(texts: &Texts, statement: &PrivacyStatement) -> Vec<Markup> {
    let item = |label, fact| {
        html! { li { strong { (label) } " " ((texts.privacy.fact)(&statement.with_display_name(fact))) } }
    };
    // A new edition of the texts is listed as added. That the old one is gone adds nothing.
    let is_number = |fact: &&Fact| matches!(fact, Fact::Choices { .. });
    let removed = statement.removed.iter().filter(|fact| !matches!(fact, Fact::Texts { .. }) && !is_number(fact));
    // It says what changed in general, so it comes first.
    let (editions, other): (Vec<&Fact>, Vec<&Fact>) =
        statement.added.iter().filter(|fact| !is_number(fact)).partition(|fact| matches!(fact, Fact::Texts { .. }));
    let added = editions.into_iter().chain(other).map(|fact| item(texts.added, fact));
    added.chain(removed.map(|fact| item(texts.removed, fact))).collect()
}
