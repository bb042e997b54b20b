//! The privacy statement in English.

use crate::privacy::fact::{Agent, Fact, FieldName, Links, Policy};
use crate::time::Day;
use crate::tokens::visit_stamp::{CohortPrecision, VisitStamp};
use crate::ui::i18n::english::format::{date, duration};
use crate::ui::i18n::privacy_texts::{PrivacyTexts, Section};

pub(super) const TEXTS: PrivacyTexts = PrivacyTexts {
    title: "Privacy statement",
    version: |number, day| format!("Version {number}, in force since {}.", date(day)),
    changes: |day| format!("What changed on {}", date(day)),
    intro: "We pass at most six pieces of information about a search on to a search partner, and nothing else: no IP \
            address, no cookies and no headers from your browser. Everything else is discarded on arrival.",
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
             but neither your IP address nor anything about your browser. We keep the images in memory for a few minutes \
             and also show them to others who view the same results.",
    every_partner: "Every partner also sees the IP address of this service and the moment at which a search arrives. The \
                    rest of the request is the same for everyone.",
    languages: "Languages that may be sent to a partner:",
    counted: Section {
        heading: "What we count",
        paragraphs: &[
            "We count searches by hour, partner, code and outcome, and clicks on results by hour, partner, code, type \
             (sponsored or not) and outcome. We count languages, browser families and keyword groups by day and partner, \
             each separately, and only once so many people of a day share a value that it identifies nobody. Only totals \
             are written to disk. No keyword, ID, IP address or individual event is written anywhere.",
            "So that nobody can take this service away from others or fake its counts, we limit how much one network may use. \
             For this we keep a number in memory that is computed from the first part of your IP address with a secret key \
             (the first 24 bits of an IPv4 address, the first 56 bits of an IPv6 address). The key is replaced every hour, \
             and everything computed with it is forgotten. So that two clicks in a row count once, a number computed with this key \
             from your network's number, your browser's User-Agent and the result stays in memory for a moment. Apart \
             from the counts described below, these numbers are used for nothing else.",
        ],
    },
    keyword_groups: "Keyword groups that are counted, without the keywords themselves:",
    small_count,
    visits: Section {
        heading: "How we count visits",
        paragraphs: &[
            "How many people use this service, and how many return, is counted without identifying anyone. Your browser \
             or toolbar stores a stamp: the day of your first visit, the day of your last visit, and a random number that \
             changes after each day you visit. After a month, the first day is reduced to its week, and after half a year \
             to its month. We keep no copy of the stamp. That a number was counted is remembered in memory only, and only \
             until the day is over.",
            "We store totals by day and code: how many people visited, how many days after their previous visit (0 to \
             30), and how many of those who were new on a given day returned 1, 7 and 30 days later. A toolbar that sends \
             an ID and stores no stamp is counted by day, using memory only.",
        ],
    },
    no_stamp: "Your browser sent no stamp with the request for this page.",
    invalid_stamp: "Your browser sent a stamp with the request for this page, but the stamp is invalid or has expired.",
    stamp,
    retention: Section {
        heading: "How long we keep data",
        paragraphs: &[
            "The totals are kept until the operator of this service deletes them; there is no fixed period. They do not \
             belong to any particular person.",
            "A stamp expires no later than thirteen months after your first visit, and your browser deletes it if you do \
             not visit for 60 days.",
            "Pseudonyms are not stored. The key that creates them changes every day (UTC), and the old key is deleted.",
        ],
    },
    link_lifetime: |seconds| {
        let duration = duration(seconds);
        format!(
            "A result link works for {duration}. That it was opened is remembered in memory only, so that it counts once, \
             and for at most twice as long."
        )
    },
    click: Section {
        heading: "When you open a result",
        paragraphs: &[
            "We redirect you without a referrer and do not pass on your keyword. From then on, the destination sees what \
             every website sees: your IP address, what your browser reveals about itself, the time, and its own cookies.",
            "A sponsored link stays as the partner supplied it, because the partner bills by it. The partner, and everyone \
             its link passes through, may therefore see the same about you, and may be able to tell from the link or the time \
             which search the click belongs to. We cannot prevent that.",
        ],
    },
    object: Section {
        heading: "How to object",
        paragraphs: &[
            "If Global Privacy Control or Do Not Track is switched on in your browser, no partner receives a \
             pseudonym. With Global Privacy Control, your stamp has no number: it is the same for everyone whose first and \
             last visits were on the same days as yours. With Do Not Track, you get no stamp, and an existing one is \
             deleted.",
        ],
    },
    withdraw: Section {
        heading: "How to withdraw",
        paragraphs: &[
            "We store nothing about you that could be looked up or deleted. This button makes your browser delete \
             the cookies of this service, if there are any, and with them your stamp.",
        ],
    },
    forget_button: "Forget me",
    fact,
};

fn small_count(k: u64) -> String {
    format!(
        "A language, browser family or keyword group is named in the counts of a day only if at least {k} different people had it \
         that day, and only at the end of an hour. To tell people apart, the numbers of networks and stamps described here stay in \
         memory until there are enough: those of networks for at most an hour, those of stamps until the day ends."
    )
}

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

fn fact(fact: &Fact) -> String {
    match fact {
        Fact::Gets { partner, field, parameter } => {
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
        Fact::Images { partner } => format!("This service fetches and shows the images in results from {partner}."),
        Fact::PersonalData { policy: Policy::Redact } => {
            "Personal data that is recognized in a keyword is removed.".into()
        }
        Fact::PersonalData { policy: Policy::Refuse } => {
            "A search in which personal data is recognized is rejected.".into()
        }
        Fact::PersonalData { policy: Policy::Off } => {
            "Keywords are passed on with any personal data they contain.".into()
        }
        Fact::Language { tag } => format!("The language {tag} may be sent to partners."),
        Fact::ClickTtl { seconds } => format!("A result link works for {}.", duration(*seconds)),
        Fact::SmallCount { k } => small_count(*k),
        Fact::KeywordGroup { name } => {
            format!("Searches and clicks are counted in the keyword group “{name}”, without their keywords.")
        }
        Fact::Texts { edition } => format!("The wording of this statement, edition {edition}."),
        Fact::Unknown => "A fact that this version of the service cannot describe.".into(),
    }
}
