//! The texts that every language must provide.

use jiff::civil::Date;

use crate::problem::Problem;
use crate::ui::i18n::about_texts::AboutTexts;
use crate::ui::i18n::personal_data_texts::PersonalDataTexts;
use crate::ui::i18n::privacy_texts::PrivacyTexts;
use crate::ui::i18n::punctuation::Punctuation;
use crate::ui::i18n::results_texts::ResultsTexts;
use crate::ui::theme::Theme;

/// The texts of the pages in one language. Texts with parameters are functions.
#[derive(Debug)]
pub struct Texts {
    /// Tag of the language (BCP 47), for the `lang` attribute.
    pub tag: &'static str,
    /// Direction of the writing, for the `dir` attribute: `ltr` or `rtl`.
    pub direction: &'static str,
    /// The signs between texts.
    pub punctuation: Punctuation,
    /// Link that lets keyboard users skip the search box.
    pub skip_link: &'static str,
    /// Label of the search box.
    pub search_label: &'static str,
    /// Label of the search button.
    pub search_button: &'static str,

    /// Name of the links in the footer, for screen readers.
    pub footer_label: &'static str,
    /// Link to the privacy statement, in the footer.
    pub privacy_link: &'static str,
    /// Link to the page about the service, in the footer.
    pub about_link: &'static str,
    /// Link to how the service is added to a browser, in the footer.
    pub add_link: &'static str,
    /// Link to the operator's own site, in the footer.
    pub website: &'static str,
    /// Link to the operator's legal notice, in the footer.
    pub imprint: &'static str,
    /// Link by which the operator is reached, in the footer.
    pub contact: &'static str,
    /// What the service promises, in the footer.
    pub promise: &'static str,
    /// Name of the choice of language and color scheme, for screen readers.
    pub settings_label: &'static str,
    /// Precedes the languages.
    pub language_heading: &'static str,
    /// Precedes the color schemes.
    pub theme_heading: &'static str,
    /// Name of a color scheme; of that of the browser without one.
    pub theme: fn(Option<Theme>) -> &'static str,

    /// Heading of the home page.
    pub home_title: &'static str,
    /// What the service does.
    pub home_about: &'static str,
    /// Link to the privacy statement, on the home page.
    pub home_privacy_link: &'static str,
    /// Introduces the recent changes of the privacy statement.
    pub statement_changed: fn(Date) -> String,
    /// Precedes a fact that the statement now contains.
    pub added: &'static str,
    /// Precedes a fact that the statement no longer contains.
    pub removed: &'static str,
    /// The number of further changes, which the home page does not list.
    pub more_changes: fn(usize) -> String,

    /// Heading of an error page.
    pub problem_title: fn(Problem) -> &'static str,
    /// What went wrong and what the person can do.
    pub problem_advice: fn(Problem) -> &'static str,
    /// Precedes the code of a problem.
    pub problem_code: &'static str,
    /// Button that sends a search again.
    pub try_again: &'static str,
    /// Link to the home page.
    pub home_link: &'static str,
    /// Heading of the page for an expired link.
    pub link_expired: &'static str,
    /// Heading of the page for a link that another site's page led to.
    pub cross_site_title: &'static str,
    /// Explains why the link is not followed. The target is shown below.
    pub cross_site_about: &'static str,
    /// Link to the target, which is not counted.
    pub open_target: &'static str,
    /// What opening it tells the target.
    pub open_target_about: &'static str,

    /// Heading of the page that confirms a withdrawal.
    pub forgotten_title: &'static str,
    /// What the withdrawal did.
    pub forgotten_about: &'static str,

    /// Formats a date.
    pub date: fn(Date) -> String,
    /// Formats a number of seconds, in the largest unit that divides it.
    pub duration: fn(u64) -> String,

    /// The texts of results pages.
    pub results: ResultsTexts,
    /// The texts of the page about the service.
    pub about: AboutTexts,
    /// The texts of the privacy statement.
    pub privacy: PrivacyTexts,
    /// The texts about personal data in keywords.
    pub personal_data: PersonalDataTexts,
}
