//! The color scheme of pages. Without one, a page follows the browser's (CSS Color Adjustment section 2.1).

use strum::VariantArray;

/// A color scheme that somebody chose. The links and forms of a page carry it on; no cookie does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, VariantArray)]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// Reads the parameter `theme`. Any other value is none.
    #[must_use]
    pub fn from_parameter(value: Option<&[u8]>) -> Option<Self> {
        Self::VARIANTS.iter().copied().find(|theme| Some(theme.as_str().as_bytes()) == value)
    }

    /// The value of the parameter, and the class of the root element.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}
