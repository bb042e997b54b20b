//! `/privacy.json`: the statement for programs. Its member names are an interface; docs/http-api.md, "Privacy statement", describes them.

use serde::Serialize;

use crate::fields::pii::coverage::{Coverage, coverage};
use crate::privacy::fact::{Agent, Fact, FieldName, Links, Policy};
use crate::privacy::statement::{PartnerDisclosure, PrivacyStatement};
use crate::tokens::visit_stamp::LIFETIME_MONTHS;

/// What is counted, and by which keys (docs/http-api.md, "Stored tables").
const COUNTED: [CountedSection; 6] = [
    CountedSection { what: "searches", by: &["hour", "partner", "code", "outcome"] },
    CountedSection { what: "clicks", by: &["hour", "partner", "code", "kind", "outcome"] },
    CountedSection { what: "active", by: &["day", "code", "gap"] },
    CountedSection { what: "retention", by: &["cohort", "age", "code"] },
    CountedSection { what: "active_by_id", by: &["day", "code"] },
    CountedSection { what: "slices", by: &["day", "partner", "dimension", "value"] },
];

/// The names of the cookies that a withdrawal expires.
pub const COOKIES: [&str; 2] = ["__Host-visit", "visit"];

#[derive(Serialize)]
struct Document<'s> {
    version: u32,
    since: String,
    changes: Changes<'s>,
    partners: Vec<PartnerSection<'s>>,
    personal_data: Option<Policy>,
    personal_data_recognized: &'static Coverage,
    languages: Vec<&'s str>,
    counted: [CountedSection; 6],
    small_count: Option<u64>,
    keyword_groups: Vec<&'s str>,
    kept: RetentionSection,
    ad_click: AdClick,
    object: [&'static str; 2],
    withdraw: Withdraw,
    statement: Vec<&'s Fact>,
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
    let document = Document {
        version: statement.version,
        since: statement.since.to_string(),
        changes: Changes { added: &statement.added, removed: &statement.removed },
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
            visit_stamp_months: LIFETIME_MONTHS,
        },
        ad_click: AdClick {
            link: "as_the_partner_gave_it",
            seen: ["address", "browser", "moment", "own_cookies"],
            not_sent: ["referrer", "keyword"],
        },
        object: ["Sec-GPC: 1", "DNT: 1"],
        withdraw: Withdraw { method: "POST", path: "/forget", cookies: COOKIES },
        statement: statement.facts.iter().collect(),
    };
    // Strings and numbers always serialize.
    serde_json::to_vec(&document).unwrap_or_default()
}
