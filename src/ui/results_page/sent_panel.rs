//! What this search sent, and to whom: the fields as the partner got them.

use maud::{Markup, html};
use strum::VariantArray as _;

use crate::fields::FieldName;
use crate::search::SentSearch;
use crate::ui::i18n::texts::Texts;
use crate::ui::search_box::SearchBox;

/// A panel that opens on request. It is part of the page, so that looking at it asks nobody.
pub(super) fn panel(texts: &Texts, sent: &SentSearch, search: SearchBox<'_>) -> Markup {
    let (words, partner) = (&texts.results.sent, &sent.partner.display_name);
    html! {
        details class="sent" {
            summary { (words.summary) }
            div {
                p { ((words.intro)(partner)) }
                table {
                    thead { tr { th scope="col" { (words.field_column) } th scope="col" { (words.value_column) } } }
                    tbody {
                        @for field in FieldName::VARIANTS {
                            tr {
                                th scope="row" { ((words.field)(*field)) }
                                td { (value(texts, sent, *field)) }
                            }
                        }
                    }
                }
                p { ((words.nothing_else)(partner)) }
                @for other in &sent.unanswered { p { ((words.unanswered)(other)) } }
                p { a href=(search.url("/privacy")) { (words.more) } }
            }
        }
    }
}

fn value(texts: &Texts, sent: &SentSearch, field: FieldName) -> Markup {
    let parameter = sent.parameters.iter().find(|parameter| parameter.field == field);
    html! {
        @match parameter {
            Some(parameter) => bdi { code { (parameter.name) "=" (parameter.text) } },
            None => (texts.results.sent.not_sent),
        }
    }
}
