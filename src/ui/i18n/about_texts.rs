//! The texts of the page about the service that every language must provide.

/// The texts of the page in one language.
#[derive(Debug)]
pub struct AboutTexts {
    /// Heading of the page, by the name of the service.
    pub title: fn(&str) -> String,
    /// What the service does.
    pub about: &'static str,
    /// Introduces the list of partners.
    pub partners: &'static str,
    /// Heading of what is to be known about ads.
    pub ads: &'static str,
    /// How ads are labelled, and who the advertiser is.
    pub ads_labelled: &'static str,
    /// By what the partner chooses ads, and by what it cannot, where it gets no pseudonyms.
    pub ads_chosen: &'static str,
    /// Who pays, and what is counted.
    pub ads_paid: &'static str,
    /// The guidance that the labels follow.
    pub ads_guidance: &'static str,
    /// Link to a page of a partner's about its ads, by the partner.
    pub ads_of_partner: fn(&str) -> String,
    /// Heading of how the service is added to a browser.
    pub add: &'static str,
    /// How it is added to Firefox, to Chromium and its relatives, and what to do elsewhere, each by the name of the service.
    pub add_about: [fn(&str) -> String; 3],
    /// What the two search engines of the service differ in, by the name of the one that posts.
    pub add_post: fn(&str) -> String,
    /// Heading of the access keys.
    pub keys: &'static str,
    /// How access keys are pressed.
    pub keys_about: &'static str,
    /// What the keys S, C and H lead to.
    pub key_targets: [&'static str; 3],
}
