//! The texts of results pages that every language must provide.

use crate::fields::FieldName;

/// The texts of results pages in one language.
#[derive(Debug)]
pub struct ResultsTexts {
    /// Heading of the page, by the keyword. Only screen readers read it.
    pub heading: fn(&str) -> String,
    /// The number of results without ads, the number of ads, and the partner. No ads are not mentioned.
    pub found: fn(usize, usize, &str) -> String,
    /// Whose results they are, where they are not counted.
    pub from: fn(&str) -> String,
    /// Label of sponsored results.
    pub sponsored: &'static str,
    /// Link to what is to be known about the ads.
    pub about_ads: &'static str,
    /// Heading where the partner found nothing.
    pub nothing_found: fn(&str) -> String,
    /// What to do then.
    pub nothing_found_advice: [&'static str; 3],
    /// Personal data was removed from the keyword.
    pub redacted: &'static str,
    /// Link to what is recognized as personal data.
    pub redacted_link: &'static str,
    /// The end of the keyword was left off.
    pub shortened: &'static str,
    /// Name of the links to pages of results, for screen readers.
    pub pages: &'static str,
    /// Name of a page of results.
    pub page: fn(usize) -> String,
    /// Link to the next page.
    pub next: &'static str,
    /// Link to the page before.
    pub previous: &'static str,
    /// Label of the search box after the results.
    pub search_again: &'static str,
    /// Shown where a partner's page ended early.
    pub truncated: &'static str,
    /// The texts of the panel that shows what was sent.
    pub sent: SentTexts,
}

/// The texts of the panel that shows what a search sent.
#[derive(Debug)]
pub struct SentTexts {
    /// What opens the panel.
    pub summary: &'static str,
    /// Introduces the fields, by the partner.
    pub intro: fn(&str) -> String,
    /// Column heading: the field.
    pub field_column: &'static str,
    /// Column heading: what the partner got.
    pub value_column: &'static str,
    /// Name of a field.
    pub field: fn(FieldName) -> &'static str,
    /// The partner did not get the field.
    pub not_sent: &'static str,
    /// What the partner did not get.
    pub nothing_else: fn(&str) -> String,
    /// A partner that was asked before and did not answer.
    pub unanswered: fn(&str) -> String,
    /// Link to the privacy statement.
    pub more: &'static str,
}
