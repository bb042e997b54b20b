//! Who runs the service (`[service]`). The privacy statement names them, and every page names the service.

/// The service's name, and who is responsible for it. URLs are those of the configuration, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceIdentity {
    /// The service's name.
    pub name: String,
    /// The person or company that runs it.
    pub operator: Option<String>,
    /// Where to reach them: `https:` or `mailto:`.
    pub contact_url: Option<String>,
    /// The legal notice that some countries require.
    pub imprint_url: Option<String>,
    /// The service's own site, if it has one beside this.
    pub home_url: Option<String>,
    /// What the service is, in a few words.
    pub tagline: Option<String>,
}

impl ServiceIdentity {
    /// A service of this name about which nothing else is known.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let name = name.to_owned();
        Self { name, operator: None, contact_url: None, imprint_url: None, home_url: None, tagline: None }
    }

    /// The service, who runs it and how to reach them, in one line: for what is sent to partners.
    #[must_use]
    pub fn sender(&self) -> String {
        let parts = [Some(&self.name), self.operator.as_ref(), self.contact_url.as_ref()].into_iter().flatten();
        parts.map(|part| part.trim_start_matches("mailto:")).collect::<Vec<_>>().join(", ")
    }
}
