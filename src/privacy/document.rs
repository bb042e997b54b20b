//! `/privacy.json`: the statement for programs. Its member names are an interface; docs/http-api.md, "Privacy statement", describes them.

use serde::Serialize;

use crate::fields::FieldName;
use crate::fields::pii::coverage::{Coverage, coverage};
use crate::privacy::channels::{self, ClosedListChoices};
use crate::privacy::clause::{self, Clause};
use crate::privacy::fact::{Agent, Fact, Links, Policy, StoreKind};
use crate::privacy::identity::ServiceIdentity;
use crate::privacy::lives::Lives;
use crate::privacy::statement::{PartnerDisclosure, PrivacyStatement};

/// What is counted, and by which keys (docs/http-api.md, "Stored tables").
const COUNTED: [CountedSection; 7] = [
    CountedSection { what: "searches", by: &["hour", "partner", "code", "outcome"] },
    CountedSection { what: "clicks", by: &["hour", "partner", "code", "kind", "outcome"] },
    CountedSection { what: "active", by: &["day", "code", "gap"] },
    CountedSection { what: "retention", by: &["cohort", "age", "code"] },
    CountedSection { what: "active_by_id", by: &["day", "code"] },
    CountedSection { what: "slices", by: &["day", "partner", "dimension", "value"] },
    CountedSection { what: "partner_requests", by: &["day", "partner", "code", "currency", "price"] },
];

/// The names of the cookies that a withdrawal expires.
pub const COOKIES: [&str; 2] = ["__Host-visit", "visit"];

#[derive(Serialize)]
struct Document<'s> {
    version: u32,
    since: String,
    changes: Changes<'s>,
    service: ServiceSection,
    partners: Vec<PartnerSection<'s>>,
    personal_data: Option<Policy>,
    personal_data_recognized: &'static Coverage,
    languages: Vec<&'s str>,
    counted: [CountedSection; 7],
    small_count: Option<u64>,
    keyword_groups: Vec<&'s str>,
    kept: RetentionSection,
    ad_click: AdClick,
    padded: bool,
    store: StoreKind,
    shared_memory: bool,
    fail_over: bool,
    channels: ChannelsSection<'s>,
    object: [&'static str; 2],
    withdraw: Withdraw,
    clauses: Vec<Clause>,
    statement: Vec<&'s Fact>,
}

#[derive(Serialize)]
struct ServiceSection {
    name: String,
    operator: Option<String>,
    contact_url: Option<String>,
    imprint_url: Option<String>,
    home_url: Option<String>,
}

/// How much a malicious toolbar could hide in one search, in bits.
#[derive(Serialize)]
struct ChannelsSection<'s> {
    letter_case_per_letter: f64,
    look_alikes_per_letter: [f64; 2],
    letters_with_look_alikes: usize,
    longest_keyword: f64,
    closed_lists: Vec<ClosedLists<'s>>,
}

/// The width of the closed lists for one partner: the binary logarithm of the product of the choices, and rounded up.
#[derive(Serialize)]
struct ClosedLists<'s> {
    partner: &'s str,
    languages: usize,
    browsers: usize,
    codes: usize,
    pseudonym: usize,
    bits: f64,
    whole_bits: u32,
}

#[derive(Serialize)]
struct Changes<'s> {
    added: &'s [Fact],
    removed: &'s [Fact],
}

#[derive(Serialize)]
struct PartnerSection<'s> {
    name: &'s str,
    fields: Vec<SentField>,
    user_agent: Option<Agent>,
    links: Option<Links>,
    images: &'static str,
}

#[derive(Serialize)]
struct SentField {
    field: FieldName,
    parameter: String,
}

#[derive(Serialize)]
struct CountedSection {
    what: &'static str,
    by: &'static [&'static str],
}

#[derive(Serialize)]
struct RetentionSection {
    /// Until the operator deletes them: there is no fixed period.
    counts: &'static str,
    pseudonym_key: &'static str,
    click_link_seconds: Option<u64>,
    visit_stamp_months: i32,
    hourly_counts_months: i32,
    absent_visit_stamp_days: u32,
    opened_link_seconds: u64,
    network_seconds: u64,
    repeated_click_seconds: u64,
    image_seconds: Option<u64>,
}

#[derive(Serialize)]
struct AdClick {
    link: &'static str,
    seen: [&'static str; 4],
    not_sent: [&'static str; 2],
}

#[derive(Serialize)]
struct Withdraw {
    method: &'static str,
    path: &'static str,
    cookies: [&'static str; 2],
}

/// The statement as a JSON document.
#[must_use]
pub fn json(statement: &PrivacyStatement) -> Vec<u8> {
    let sent_field = |(field, parameter)| SentField { field, parameter };
    let partner = |(name, disclosure): (_, PartnerDisclosure)| PartnerSection {
        name,
        fields: disclosure.fields.into_iter().map(sent_field).collect(),
        user_agent: disclosure.agent,
        links: disclosure.links,
        images: if disclosure.images { "proxied" } else { "off" },
    };
    let ServiceIdentity { name, operator, contact_url, imprint_url, home_url, tagline: _ } = statement.identity();
    let lives = Lives::of(statement);
    let document = Document {
        version: statement.version,
        since: statement.since.to_string(),
        changes: Changes { added: &statement.added, removed: &statement.removed },
        service: ServiceSection { name, operator, contact_url, imprint_url, home_url },
        partners: statement.partners().into_iter().map(partner).collect(),
        personal_data: statement.personal_data_policy(),
        personal_data_recognized: coverage(),
        languages: statement.languages().collect(),
        counted: COUNTED,
        small_count: statement.small_count(),
        keyword_groups: statement.keyword_groups().collect(),
        kept: RetentionSection {
            counts: "until_deleted",
            pseudonym_key: "utc_day",
            click_link_seconds: statement.click_ttl_seconds(),
            visit_stamp_months: lives.stamp_months,
            hourly_counts_months: lives.hourly_months,
            absent_visit_stamp_days: lives.stamp_absence_days,
            opened_link_seconds: lives.opened_link,
            network_seconds: lives.network,
            repeated_click_seconds: lives.repeated_click,
            image_seconds: statement.shows_images().then_some(lives.image),
        },
        ad_click: AdClick {
            link: "as_the_partner_gave_it",
            seen: ["address", "browser", "moment", "own_cookies"],
            not_sent: ["referrer", "keyword"],
        },
        padded: statement.is_padded(),
        store: statement.store(),
        shared_memory: statement.shares_memory(),
        fail_over: statement.fails_over(),
        channels: channels_section(statement),
        object: ["Sec-GPC: 1", "DNT: 1"],
        withdraw: Withdraw { method: "POST", path: "/forget", cookies: COOKIES },
        clauses: clause::in_force(statement),
        statement: statement.facts.iter().collect(),
    };
    // Strings and numbers always serialize.
    serde_json::to_vec(&document).unwrap_or_default()
}

fn channels_section(statement: &PrivacyStatement) -> ChannelsSection<'_> {
    let closed_lists = |(partner, disclosure): (_, PartnerDisclosure)| {
        let choices = ClosedListChoices::of_disclosure(&disclosure);
        let ClosedListChoices { languages, browsers, codes, pseudonym } = choices;
        let (bits, whole_bits) = ((choices.bits() * 100.0).round() / 100.0, choices.whole_bits());
        ClosedLists { partner, languages, browsers, codes, pseudonym, bits, whole_bits }
    };
    let (least, most) = channels::look_alike_bits();
    ChannelsSection {
        letter_case_per_letter: channels::LETTER_CASE_BITS,
        look_alikes_per_letter: [least, most].map(hundredths),
        letters_with_look_alikes: channels::letters_with_look_alikes(),
        longest_keyword: hundredths(channels::longest_keyword_bits()),
        closed_lists: statement.partners().into_iter().map(closed_lists).collect(),
    }
}

/// Rounded down to hundredths, since these are lower bounds.
fn hundredths(bits: f64) -> f64 {
    (bits * 100.0).floor() / 100.0
}
