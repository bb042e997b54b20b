//! The privacy statement in English.

use crate::fields::FieldName;
use crate::privacy::fact::{Agent, Fact, Links, Policy, StoreKind};
use crate::time::Day;
use crate::tokens::visit_stamp::{CohortPrecision, VisitStamp};
use crate::ui::i18n::english::clauses;
use crate::ui::i18n::english::format::{date, duration};
use crate::ui::i18n::privacy_texts::PrivacyTexts;

pub(super) const TEXTS: PrivacyTexts = PrivacyTexts {
    title: "Privacy statement",
    version: |number, day| format!("Version {number}, in force since {}.", date(day)),
    changes: |day| format!("What changed on {}", date(day)),
    sent_to: |partner| format!("What is sent to {partner}"),
    parameter: "Parameter",
    content: "Content",
    field,
    agent: |agent| match agent {
        Agent::Fixed => "the same text for everyone",
        Agent::ByBrowser => "one fixed text per browser family; no version, no operating system",
    },
    links: |links| match links {
        Links::Counted => "Links in its results pass through this service and are counted.",
        Links::Direct => "Links in its results lead directly to their destination and are not counted.",
    },
    images: "We fetch the images in its results for you. The sites that host them learn that someone viewed them, and when, \
             but neither your IP address nor anything about your browser.",
    no_stamp: "Your browser sent no stamp with the request for this page.",
    invalid_stamp: "Your browser sent a stamp with the request for this page, but the stamp is invalid or has expired.",
    stamp,
    forget_button: "Forget me",
    fact,
    clauses: clauses::TEXTS,
};

fn stamp(stamp: &VisitStamp) -> String {
    let date = |day: Day| date(day.date());
    if stamp.provisional {
        return format!(
            "With the request for this page, your browser sent a stamp that it received on {}. The stamp has not been \
             counted yet; your next visit will count it.",
            date(stamp.last)
        );
    }
    let cohort = date(stamp.cohort);
    let first = match stamp.cohort_precision() {
        CohortPrecision::Day => format!("on {cohort}"),
        CohortPrecision::Week => format!("in the week starting {cohort}"),
        CohortPrecision::Month => format!("in the month starting {cohort}"),
    };
    let number = if stamp.serial.is_some() { "It contains a random number." } else { "It contains no number." };
    let (last, end) = (date(stamp.last), date(stamp.expiry()));
    format!(
        "Your browser sent a stamp with the request for this page. It says that your first visit was {first} and your last \
         visit was on {last}. {number} It expires on {end}."
    )
}

fn field(field: FieldName, policy: Policy) -> &'static str {
    match field {
        FieldName::Keyword => match policy {
            Policy::Redact => "what you searched for; personal data is removed where it is recognized",
            Policy::Refuse => "what you searched for; a search in which personal data is recognized is rejected",
            Policy::Off => "what you searched for, including any personal data",
        },
        FieldName::PartnerCode => "the toolbar or browser your search came from, as one of a fixed list of codes",
        FieldName::Language => "your language, as one of a fixed list",
        FieldName::Browser => "your browser family, such as firefox; no version, no operating system",
        FieldName::Time => "the hour of the day (UTC)",
        FieldName::AnonymousId => "a pseudonym, if your toolbar sends an ID: different for each partner and each day",
    }
}

fn gets(partner: &str, field: FieldName, parameter: &str) -> String {
    let field = match field {
        FieldName::Keyword => "the keyword",
        FieldName::PartnerCode => "the code of the toolbar",
        FieldName::Language => "the language",
        FieldName::Browser => "the browser family",
        FieldName::Time => "the hour of the day",
        FieldName::AnonymousId => "a daily pseudonym",
    };
    format!("{partner} receives {field} in the parameter “{parameter}”.")
}

fn policy(policy: Policy) -> &'static str {
    match policy {
        Policy::Redact => "Personal data that is recognized in a keyword is removed.",
        Policy::Refuse => "A search in which personal data is recognized is rejected.",
        Policy::Off => "Keywords are passed on with any personal data they contain.",
    }
}

/// What an edition of the texts changed. The first of a service has no earlier one to differ from.
fn edition(edition: u32) -> String {
    let changed = match edition {
        6 => {
            "It now also says who runs this service, what the stamp would let the operator see, what exact counts can reveal, what \
             your browser’s history keeps, what a malicious toolbar could hide in a search, and what authorities or a buyer \
             would get."
        }
        7 => "It now also says that requests to partners that are paid by request are counted.",
        _ => "It says the same things in other words.",
    };
    format!("A new wording of this statement (edition {edition}). {changed}")
}

fn fact(fact: &Fact) -> String {
    match fact {
        Fact::Gets { partner, field, parameter } => gets(partner, *field, parameter),
        Fact::Agent { partner, agent: Agent::Fixed } => format!("{partner} sees the same User-Agent for everyone."),
        Fact::Agent { partner, agent: Agent::ByBrowser } => {
            format!("{partner} sees one User-Agent per browser family.")
        }
        Fact::Links { partner, links: Links::Counted } => {
            format!("Links in results from {partner} pass through this service and are counted.")
        }
        Fact::Links { partner, links: Links::Direct } => {
            format!("Links in results from {partner} lead directly to their destination and are not counted.")
        }
        Fact::PartnerName { partner, display_name } => format!("People know {partner} as {display_name}."),
        Fact::Images { partner } => format!("This service fetches and shows the images in results from {partner}."),
        Fact::PersonalData { policy: chosen } => policy(*chosen).into(),
        Fact::Language { tag } => format!("The language {tag} may be sent to partners."),
        Fact::ClickTtl { seconds } => format!("A result link works for {}.", duration(*seconds)),
        Fact::SmallCount { k } => {
            format!("A language, browser family or keyword group is named from {k} different people of a day on.")
        }
        Fact::KeywordGroup { name } => {
            format!("Searches and clicks are counted in the keyword group “{name}”, without their keywords.")
        }
        Fact::Service { name } => format!("This service is called {name}."),
        Fact::Operator { name } => format!("This service is run by {name}."),
        Fact::Contact { url } => format!("The operator is reached at {url}."),
        Fact::Imprint { url } => format!("The legal notice is at {url}."),
        Fact::HomePage { url } => format!("The operator’s website is {url}."),
        Fact::FailOver => "If a partner fails, another one is asked.".into(),
        Fact::Choices { partner, languages, codes } => {
            format!("Languages that {partner} could be told: {languages}. Codes: {codes}.")
        }
        Fact::RepeatWindow { seconds: 0 } => "Repeated clicks on a result are not recognized.".into(),
        Fact::RepeatWindow { seconds } => {
            format!("Of several clicks on a result within {}, one counts.", duration(*seconds))
        }
        Fact::Padded => "Answers are padded, so that their sizes say less.".into(),
        Fact::Store { store: StoreKind::File } => "Totals are stored in a file on the machine of this service.".into(),
        Fact::Store { store: StoreKind::Postgresql } => "Totals are stored in a PostgreSQL database.".into(),
        Fact::SharedMemory => "Several machines share which links were opened and which stamps were counted.".into(),
        Fact::Texts { edition: number } => edition(*number),
        Fact::Unknown => "A fact that this version of the service cannot describe.".into(),
    }
}
