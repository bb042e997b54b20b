//! The pages that are not results: home, privacy, errors, and targets shown as text.

use maud::html;

use crate::fields::code::{Code, Codes};
use crate::fields::keyword::PersonalData;
use crate::partner::{Partner, UserAgent};
use crate::problem::Problem;
use crate::results::LinkPolicy;
use crate::results::page::{SERVICE, SearchBox, frame};

/// Nothing here is for crawlers (RFC 9309).
pub const ROBOTS: &str = "User-agent: *\nDisallow: /\n";

/// Global Privacy Control is honoured (GPC section 3.3); the date is that of this statement.
pub const GPC: &str = "{\"gpc\":true,\"lastUpdate\":\"2026-11-23\"}\n";

/// The home page: a search box, and where the privacy statement is. `code` is the one that the address
/// named.
#[must_use]
pub fn home(code: Option<Code>, codes: &Codes) -> String {
    let code = code.as_ref().map(Code::name).filter(|code| codes.iter().next() != Some(*code));
    let main = html! {
        h1 { "Search without being followed" }
        p {
            "Your search goes on to a search partner without your address, your cookies or your browser's details. "
            "What exactly goes on, and what is counted, is in the " a href="/privacy" { "privacy statement" } "."
        }
    };
    frame(SERVICE, Some("home"), SearchBox { code, focus: true, ..SearchBox::default() }, &main)
}

/// An error, in the words of the problem document.
#[must_use]
pub fn problem(problem: Problem) -> String {
    let reason = problem.status().canonical_reason().unwrap_or_default();
    let main = html! {
        h1 { (reason) }
        p { (problem.advice()) }
        p class="note" { "Code: " code { (problem.code()) } }
    };
    frame(reason, None, SearchBox::default(), &main)
}

/// A link that is too old.
#[must_use]
pub fn expired(target: &str) -> String {
    let main = html! {
        h1 { "This link is too old" }
        p { (Problem::ClickExpired.advice()) }
        p { code { (target) } }
        p class="note" { "Code: " code { (Problem::ClickExpired.code()) } }
    };
    frame("This link is too old", None, SearchBox::default(), &main)
}

/// A link that another site's page led to.
#[must_use]
pub fn target(target: &str) -> String {
    let main = html! {
        h1 { "Another site sent you here" }
        p { "This result is followed from the results page only. Its target is:" }
        p { code { (target) } }
    };
    frame("Another site sent you here", None, SearchBox::default(), &main)
}

/// The privacy statement, from the running configuration: which field goes to which partner under which
/// name, and what is counted.
#[must_use]
pub fn privacy(partners: &[&Partner], personal_data: PersonalData) -> String {
    let main = html! {
        h1 { "Privacy" }
        p {
            "Of a search, at most six things go on to a search partner, and nothing else: no address, no cookie, "
            "no header of your browser's. Everything else is dropped when it arrives."
        }
        @for partner in partners { (partner_section(partner, personal_data)) }
        h2 { "What is counted" }
        p {
            "Searches and clicks are counted by hour, partner, code and outcome, in sums. No keyword, ID, address or "
            "single event is written anywhere. A result's link is sealed; when you follow it, the click is added to the sum "
            "and you are sent on without a referrer. From then on the destination, or a partner's ad link, sees you as any site does."
        }
        h2 { "How to object" }
        p {
            "With Global Privacy Control or Do Not Track switched on in your browser, no pseudonym goes to any partner. "
            "There is nothing stored about you to withdraw or delete."
        }
    };
    frame(&format!("Privacy – {SERVICE}"), None, SearchBox::default(), &main)
}

fn partner_section(partner: &Partner, personal_data: PersonalData) -> maud::Markup {
    let keyword = match personal_data {
        PersonalData::Redact => "what you searched for, with personal data taken out where it is recognised",
        PersonalData::Refuse => "what you searched for; a search in which personal data is recognised is refused",
        PersonalData::Off => "what you searched for, personal data included",
    };
    let send = &partner.send;
    let rows = [
        (Some(&send.keyword), keyword),
        (send.partner_code.as_ref(), "which toolbar or browser the search came from, as one of a fixed list of codes"),
        (send.language.as_ref(), "your language, as one of a fixed list"),
        (send.browser.as_ref(), "your browser's family, such as firefox; no version, no system"),
        (send.time.as_ref(), "the hour of the day (UTC)"),
        (
            send.anonymous_id.as_ref(),
            "a pseudonym, where your toolbar sends an ID: different for each partner and each day",
        ),
    ];
    html! {
        h2 { "What " (partner.name.as_str()) " gets" }
        table {
            thead { tr { th scope="col" { "Parameter" } th scope="col" { "What it says" } } }
            tbody {
                @for (name, meaning) in rows {
                    @if let Some(name) = name { tr { td { code { (name) } } td { (meaning) } } }
                }
                @if partner.user_agent == UserAgent::ByBrowser {
                    tr { td { code { "User-Agent" } } td { "one fixed text for your browser's family" } }
                }
            }
        }
        p {
            @match partner.links {
                LinkPolicy::Counted => "Links in its results lead through this service and are counted.",
                LinkPolicy::Direct => "Links in its results lead straight to their target and are not counted.",
            }
            @if partner.shows_images() {
                " Images in its results are fetched for you by this service: the sites that they stand on learn that "
                "somebody looked at them, and when, but neither your address nor anything of your browser. They are kept "
                "in memory for a few minutes and shown to others who look at the same results."
            }
        }
    }
}
