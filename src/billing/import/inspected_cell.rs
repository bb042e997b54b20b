//! A cell of a file that is inspected without a profile.

/// A cell of a file that is inspected without a profile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct InspectedCell {
    /// The text.
    pub text: String,
    /// Whether it is a number or a date in the file, which the profile's formats do not apply to.
    pub is_typed: bool,
    /// The sign or code of the currency that a spreadsheet shows it with.
    pub currency: Option<String>,
}
