//! The texts of results pages in English.

use crate::fields::FieldName;
use crate::ui::i18n::english::format::counted;
use crate::ui::i18n::formatting::Plural;
use crate::ui::i18n::results_texts::{ResultsTexts, SentTexts};

const RESULTS: Plural = Plural::new("{} result", "{} results");
const ADS: Plural = Plural::new("{} ad", "{} ads");

pub(super) const TEXTS: ResultsTexts = ResultsTexts {
    heading: |keyword| format!("Results for {keyword}"),
    found: |results, ads, partner| match ads {
        0 => format!("{} from {partner}", counted(results, &RESULTS)),
        ads => format!("{} and {}, from {partner}", counted(results, &RESULTS), counted(ads, &ADS)),
    },
    from: |partner| format!("Results from {partner}"),
    sponsored: "Sponsored",
    about_ads: "About these ads",
    nothing_found: |partner| format!("{partner} found nothing for this search"),
    nothing_found_advice: ["Check the spelling.", "Try fewer or more general words.", "Try another language, below."],
    redacted: "Your search seemed to contain personal data. We removed it before we passed the search on.",
    redacted_link: "What we remove",
    shortened: "Your search was very long. We passed on its beginning only.",
    pages: "Pages of results",
    page: |number| format!("Page {number}"),
    next: "Next",
    previous: "Previous",
    search_again: "Search again",
    truncated: "The search partner’s response ended here unexpectedly. There may be more results.",
    sent: SentTexts {
        summary: "What was sent",
        intro: |partner| format!("This is what {partner} received with your search:"),
        field_column: "Field",
        value_column: "What it received",
        field: |field| match field {
            FieldName::Keyword => "What you searched for",
            FieldName::PartnerCode => "Code of your toolbar",
            FieldName::Language => "Language",
            FieldName::Browser => "Browser family",
            FieldName::Time => "Hour of the day (UTC)",
            FieldName::AnonymousId => "Pseudonym, for this day and partner only",
        },
        not_sent: "not sent",
        nothing_else: |partner| {
            format!(
                "{partner} received nothing else about you: no IP address, no cookie, no browser version, and not where you came \
                 from."
            )
        },
        unanswered: |partner| {
            format!(
                "Before, we asked {partner}, which received these fields as far as it is sent them, and did not answer."
            )
        },
        more: "Everything we share and count",
    },
};
