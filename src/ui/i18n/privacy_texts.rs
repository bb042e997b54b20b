//! The texts of the privacy statement that every language must provide. A change to their meaning raises
//! [`EDITION`](crate::privacy::fact::EDITION).

use jiff::civil::Date;

use crate::fields::FieldName;
use crate::privacy::fact::{Agent, Fact, Links, Policy};
use crate::tokens::visit_stamp::VisitStamp;
use crate::ui::i18n::clause_texts::ClauseTexts;

/// The texts of the privacy statement in one language.
#[derive(Debug)]
pub struct PrivacyTexts {
    /// Heading of the page.
    pub title: &'static str,
    /// Version number, and the day since which it is in force.
    pub version: fn(u32, Date) -> String,
    /// Heading of the list of changes.
    pub changes: fn(Date) -> String,
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
    /// The request for this page carried no visit stamp.
    pub no_stamp: &'static str,
    /// The request for this page carried an invalid or expired stamp.
    pub invalid_stamp: &'static str,
    /// The content of the stamp that the request for this page carried.
    pub stamp: fn(&VisitStamp) -> String,
    /// Label of the button that withdraws.
    pub forget_button: &'static str,
    /// A fact as a sentence, for the list of changes.
    pub fact: fn(&Fact) -> String,
    /// The clauses.
    pub clauses: ClauseTexts,
}
