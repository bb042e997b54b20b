//! The texts of the privacy statement that every language must provide. A change to their meaning raises
//! [`EDITION`](crate::privacy::fact::EDITION).

use jiff::civil::Date;

use crate::privacy::fact::{Agent, Fact, FieldName, Links, Policy};
use crate::tokens::visit_stamp::VisitStamp;

/// A section of the statement.
#[derive(Debug)]
pub struct Section {
    /// Its heading.
    pub heading: &'static str,
    /// Its paragraphs.
    pub paragraphs: &'static [&'static str],
}

/// The texts of the privacy statement in one language.
#[derive(Debug)]
pub struct PrivacyTexts {
    /// Heading of the page.
    pub title: &'static str,
    /// Version number, and the day since which it is in force.
    pub version: fn(u32, Date) -> String,
    /// Heading of the list of changes.
    pub changes: fn(Date) -> String,
    /// What is sent to a partner at most.
    pub intro: &'static str,
    /// Heading of what is sent to one partner.
    pub sent_to: fn(&str) -> String,
    /// Column heading: parameter name.
    pub parameter: &'static str,
    /// Column heading: content of the parameter.
    pub content: &'static str,
    /// The content of a field.
    pub field: fn(FieldName, Policy) -> &'static str,
    /// The content of the `User-Agent` header.
    pub agent: fn(Agent) -> &'static str,
    /// Where the links of a partner's results lead.
    pub links: fn(Links) -> &'static str,
    /// How images are loaded, if they are shown.
    pub images: &'static str,
    /// What every partner sees of every search.
    pub every_partner: &'static str,
    /// Introduces the list of languages.
    pub languages: &'static str,
    /// What is counted.
    pub counted: Section,
    /// Introduces the list of keyword groups.
    pub keyword_groups: &'static str,
    /// The smallest count for which a value is stored.
    pub small_count: fn(u64) -> String,
    /// How visits are counted.
    pub visits: Section,
    /// The request for this page carried no visit stamp.
    pub no_stamp: &'static str,
    /// The request for this page carried an invalid or expired stamp.
    pub invalid_stamp: &'static str,
    /// The content of the stamp that the request for this page carried.
    pub stamp: fn(&VisitStamp) -> String,
    /// How long data is stored.
    pub retention: Section,
    /// How long links work.
    pub link_lifetime: fn(u64) -> String,
    /// What the destination and the partner can see of a click.
    pub click: Section,
    /// How to object.
    pub object: Section,
    /// How to withdraw.
    pub withdraw: Section,
    /// Label of the button that withdraws.
    pub forget_button: &'static str,
    /// A fact as a sentence, for the list of changes.
    pub fact: fn(&Fact) -> String,
}
