//! The privacy statement in English.

use crate::privacy::{Agent, Fact, FieldName, Links, Policy};
use crate::time::Day;
use crate::tokens::visit_stamp::{CohortPrecision, VisitStamp};
use crate::ui::i18n::UiLanguage;
use crate::ui::i18n::privacy::PrivacyTexts;

pub(super) static WORDS: PrivacyTexts = PrivacyTexts {
    title: "Privacy statement",
    version: |number, day| format!("Version {number}, in force since {}.", (UiLanguage::English.texts().date)(day)),
    changes: |day| format!("What changed on {}", (UiLanguage::English.texts().date)(day)),
    intro: "Of a search, at most six things go on to a search partner, and nothing else: no address, no cookie, no \
            header of your browser's. Everything else is dropped when it arrives.",
    gets: |partner| format!("What {partner} gets"),
    parameter: "Parameter",
    says: "What it says",
    field,
    agent: |agent| match agent {
        Agent::Fixed => "one text that is the same for everyone",
        Agent::ByBrowser => "one fixed text for your browser's family; no version, no system",
    },
    links: |links| match links {
        Links::Counted => "Links in its results lead through this service and are counted.",
        Links::Direct => "Links in its results lead straight to their target and are not counted.",
    },
    images: "Images in its results are fetched for you by this service. The sites that they stand on learn that somebody \
             looked at them, and when, but neither your address nor anything of your browser. They are kept in memory \
             for a few minutes and shown to others who look at the same results.",
    anyway: "Every partner also sees the address of this service and the moment at which a search arrives. The rest of \
             its request is the same for everyone.",
    languages: "The languages that a partner may be told:",
    counted: (
        "What is counted",
        &["Searches are counted by hour, partner, code and outcome; clicks on results by hour, partner, code, kind \
             (sponsored or not) and outcome. Languages, browser families and groups of keywords are counted by day \
             and partner, each on its own, and only once so many searches of a day had one that it points to nobody. \
             Only sums are written. No keyword, ID, address or single event is written anywhere."],
    ),
    visits: (
        "How visits are counted",
        &[
            "How many people use this service, and how many come back, is counted without knowing anybody. Your \
             browser or toolbar keeps a stamp: the day on which you first came, the day on which you last came, and a \
             random number that is another one after every day on which you come. The first day becomes its week \
             after a month, and its month after half a year. This service keeps no copy of it; that a number was \
             counted is remembered in memory only, until the day is over.",
            "Written are sums by day and code: how many people came, how many days after their last visit (0 to 30), \
             and how many of those who were new on a day came back 1, 7 and 30 days later. A toolbar that sends an ID \
             and keeps no stamp is counted by day, from memory alone.",
        ],
    ),
    groups: "Groups of keywords that are counted, without the keywords themselves:",
    small_count: |k| format!("A language, a browser family or a keyword group is named in a day's counts from {k} on."),
    no_stamp: "Your browser sent no stamp with this page.",
    worthless_stamp: "Your browser sent a stamp with this page that is worth nothing here, or no longer.",
    stamp,
    kept: (
        "For how long",
        &[
            "The sums are kept until whoever runs this service deletes them; no date is set for that. They belong to \
             no one in particular.",
            "A stamp ends thirteen months after you first came, at the latest, and your browser deletes it when you \
             have not come for 60 days.",
            "Pseudonyms are not kept. The key that they are made with changes every day (UTC), and the old one is \
             deleted.",
        ],
    ),
    link_life: |seconds| {
        let duration = (UiLanguage::English.texts().duration)(seconds);
        format!(
            "A result's link can be followed for {duration}. That it was followed is remembered in memory only, so \
             that it counts once, and for at most twice as long."
        )
    },
    click: (
        "When you follow a result",
        &[
            "You are sent on without a referrer, and this service does not pass your keyword on. From then on the \
             destination sees you as any site does: your address, what your browser says of itself, the moment, and \
             its own cookies.",
            "A sponsored link stays as the partner gave it, since the partner bills by it. So the partner, and whoever \
             its link leads through, may see the same of you, and from the link or the moment may tell which search \
             the click belongs to. This service cannot prevent that.",
        ],
    ),
    object: (
        "How to object",
        &[
            "With Global Privacy Control or Do Not Track switched on in your browser, no pseudonym goes to any partner. With \
             Global Privacy Control your stamp has no number: it is the same for everyone who first came and last came \
             on the same days as you. With Do Not Track you get no stamp, and one that you have is deleted.",
        ],
    ),
    withdraw: (
        "How to withdraw",
        &["Nothing is stored about you here that could be looked up or deleted. This button makes your browser \
             delete the cookies of this service, if it has any, and so your stamp."],
    ),
    forget: "Forget me",
    fact,
};

fn stamp(stamp: &VisitStamp) -> String {
    let date = |day: Day| (UiLanguage::English.texts().date)(day.date());
    if stamp.provisional {
        return format!(
            "Your browser sent a stamp with this page that was given to it on {}. It counts when it comes back.",
            date(stamp.last)
        );
    }
    let cohort = date(stamp.cohort);
    let first = match stamp.cohort_precision() {
        CohortPrecision::Day => format!("on {cohort}"),
        CohortPrecision::Week => format!("in the week from {cohort}"),
        CohortPrecision::Month => format!("in the month from {cohort}"),
    };
    let number = if stamp.serial.is_some() { "It has a random number." } else { "It has no number." };
    let (last, end) = (date(stamp.last), date(stamp.expiry()));
    format!(
        "Your browser sent a stamp with this page. It says that you first came {first}, and last on {last}. {number} It \
         ends on {end}."
    )
}

fn field(field: FieldName, policy: Policy) -> &'static str {
    match field {
        FieldName::Keyword => match policy {
            Policy::Redact => "what you searched for, with personal data taken out where it is recognised",
            Policy::Refuse => "what you searched for; a search in which personal data is recognised is refused",
            Policy::Off => "what you searched for, personal data included",
        },
        FieldName::PartnerCode => "which toolbar or browser the search came from, as one of a fixed list of codes",
        FieldName::Language => "your language, as one of a fixed list",
        FieldName::Browser => "your browser's family, such as firefox; no version, no system",
        FieldName::Time => "the hour of the day (UTC)",
        FieldName::AnonymousId => {
            "a pseudonym, where your toolbar sends an ID: different for each partner and each day"
        }
    }
}

fn fact(fact: &Fact) -> String {
    match fact {
        Fact::Gets { partner, field, parameter } => {
            let field = match field {
                FieldName::Keyword => "the keyword",
                FieldName::PartnerCode => "the code of the toolbar",
                FieldName::Language => "the language",
                FieldName::Browser => "the browser's family",
                FieldName::Time => "the hour of the day",
                FieldName::AnonymousId => "a daily pseudonym",
            };
            format!("{partner} gets {field}, as the parameter “{parameter}”.")
        }
        Fact::Agent { partner, agent: Agent::Fixed } => format!("{partner} sees the same User-Agent for everyone."),
        Fact::Agent { partner, agent: Agent::ByBrowser } => {
            format!("{partner} sees one User-Agent for each browser family.")
        }
        Fact::Links { partner, links: Links::Counted } => {
            format!("Links in results of {partner} lead through this service and are counted.")
        }
        Fact::Links { partner, links: Links::Direct } => {
            format!("Links in results of {partner} lead straight to their target and are not counted.")
        }
        Fact::Images { partner } => format!("Images in results of {partner} are fetched by this service and shown."),
        Fact::PersonalData { policy: Policy::Redact } => {
            "Personal data that is recognised in a keyword is taken out.".into()
        }
        Fact::PersonalData { policy: Policy::Refuse } => {
            "A search in which personal data is recognised is refused.".into()
        }
        Fact::PersonalData { policy: Policy::Off } => "Keywords go on with any personal data in them.".into(),
        Fact::Language { tag } => format!("Partners may be told the language {tag}."),
        Fact::ClickTtl { seconds } => {
            format!("A result's link can be followed for {}.", (UiLanguage::English.texts().duration)(*seconds))
        }
        Fact::SmallCount { k } => {
            format!("A language, a browser family or a keyword group is named in a day's counts from {k} on.")
        }
        Fact::KeywordGroup { name } => {
            format!("Searches and clicks are counted in the keyword group “{name}”, without their keywords.")
        }
        Fact::Texts { edition } => format!("The words of this statement, in edition {edition}."),
        Fact::Unknown => "A thing that this version of the service has no words for.".into(),
    }
}
