//! The kinds of personal data, each with its placeholder.

use strum::VariantArray;

/// A kind of personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, VariantArray)]
pub enum PiiKind {
    /// An e-mail address (RFC 5322 `addr-spec`; RFC 6531 for other scripts).
    Email,
    /// A payment card number (ISO/IEC 7812-1: issuer prefix, Luhn check digit).
    Card,
    /// An International Bank Account Number (ISO 13616-1, ISO 7064 MOD 97-10).
    BankAccount,
    /// A telephone number (ITU-T E.164 or a national format).
    Phone,
    /// A number that a state assigns to a person: social security, tax or identity card.
    NationalNumber,
    /// A link that grants access to its holder or identifies a person (RFC 3986).
    Link,
    /// A password, key or token.
    Secret,
}

impl PiiKind {
    /// The replacement in a redacted keyword: a word that a search engine understands, in brackets that no detector
    /// reads across.
    pub fn placeholder(self) -> &'static str {
        match self {
            PiiKind::Email => "[email]",
            PiiKind::Card => "[card]",
            PiiKind::BankAccount => "[iban]",
            PiiKind::Phone => "[phone]",
            PiiKind::NationalNumber => "[number]",
            PiiKind::Link => "[link]",
            PiiKind::Secret => "[secret]",
        }
    }

    /// Its name for programs: the placeholder without brackets.
    pub fn name(self) -> &'static str {
        self.placeholder().trim_matches(['[', ']'])
    }
}
