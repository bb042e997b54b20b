//! The service's color, on light and on dark pages, with enough contrast to both.

/// The background of light pages and of dark ones, as in `assets/page.css`.
const PAPERS: [Rgb; 2] = [Rgb([0xff, 0xff, 0xff]), Rgb([0x17, 0x18, 0x1c])];

/// Text on the color is white or nearly black, whichever has more contrast.
const INKS: [Rgb; 2] = [Rgb([0xff, 0xff, 0xff]), Rgb([0x17, 0x18, 0x1c])];

/// The least contrast of a part of a page that has a meaning, such as a button, to what is beside it (WCAG 2.2, success criterion 1.4.11).
pub const MIN_CONTRAST: f64 = 3.0;

/// Steps in which a color is moved until it has enough contrast.
const STEPS: u8 = 40;

/// A color in sRGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rgb([u8; 3]);

impl Rgb {
    /// Parses `#rrggbb`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        let number =
            digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())??;
        let [_, parts @ ..] = number.to_be_bytes();
        Some(Self(parts))
    }

    /// Relative luminance, 0 to 1 (WCAG 2.2).
    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        let [red, green, blue] = self.0.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// The contrast to another color, 1 to 21 (WCAG 2.2).
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance() + 0.05, other.luminance() + 0.05);
        one.max(other) / one.min(other)
    }

    /// This color, mixed with white or black as little as gives enough contrast to a background.
    fn readable_on(self, paper: Self) -> Self {
        let end = if paper.luminance() > 0.5 { 0 } else { u8::MAX };
        let mixed = |step: u8| {
            let mix = |part: u8| {
                let (part, end, step) = (u32::from(part), u32::from(end), u32::from(step));
                u8::try_from((part * (u32::from(STEPS) - step) + end * step) / u32::from(STEPS)).unwrap_or(u8::MAX)
            };
            Self(self.0.map(mix))
        };
        (0..=STEPS).map(mixed).find(|color| color.contrast(paper) >= MIN_CONTRAST).unwrap_or(self)
    }
}

impl std::fmt::Display for Rgb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// The color on light and on dark pages, each with the color of text on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrandColors {
    /// On light pages.
    pub light: Rgb,
    /// On dark pages.
    pub dark: Rgb,
}

impl BrandColors {
    /// The colors as chosen, each moved as little as gives enough contrast to its pages.
    #[must_use]
    pub fn new(light: Rgb, dark: Rgb) -> Self {
        let [light_paper, dark_paper] = PAPERS;
        Self { light: light.readable_on(light_paper), dark: dark.readable_on(dark_paper) }
    }

    /// The contrast of chosen colors to light and to dark pages.
    #[must_use]
    pub fn contrasts(light: Rgb, dark: Rgb) -> [f64; 2] {
        let [light_paper, dark_paper] = PAPERS;
        [light.contrast(light_paper), dark.contrast(dark_paper)]
    }

    /// The rules that follow the stylesheet.
    #[must_use]
    pub fn css(&self) -> String {
        let rule = |color: Rgb| format!("--brand: {color}; --brand-ink: {};", ink_on(color));
        let (light, dark) = (rule(self.light), rule(self.dark));
        format!(
            ":root {{ {light} }}\n@media (prefers-color-scheme: dark) {{ :root:not(.light) {{ {dark} }} }}\n:root.dark {{ {dark} }}\n"
        )
    }
}

fn ink_on(color: Rgb) -> Rgb {
    let [first, second] = INKS;
    if color.contrast(first) >= color.contrast(second) { first } else { second }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn color(text: &str) -> Rgb {
        Rgb::parse(text).unwrap()
    }

    #[test]
    fn contrast_is_that_of_the_guidelines() {
        assert!((color("#000000").contrast(color("#ffffff")) - 21.0).abs() < 1e-9);
        assert!((color("#767676").contrast(color("#ffffff")) - 4.54).abs() < 0.01);
        assert_eq!(Rgb::parse("#12345g"), None);
        assert_eq!(Rgb::parse("#+12345"), None);
        assert_eq!(color("#A1b2C3").to_string(), "#a1b2c3");
    }

    proptest! {
        #[test]
        fn every_color_is_readable_on_its_pages_and_carries_readable_text(light: [u8; 3], dark: [u8; 3]) {
            let colors = BrandColors::new(Rgb(light), Rgb(dark));
            for (color, paper) in [colors.light, colors.dark].into_iter().zip(PAPERS) {
                prop_assert!(color.contrast(paper) >= MIN_CONTRAST);
                prop_assert!(ink_on(color).contrast(color) >= 4.2, "{color}");
            }
            let kept = BrandColors::contrasts(Rgb(light), Rgb(dark)).map(|contrast| contrast >= MIN_CONTRAST);
            prop_assert_eq!([colors.light == Rgb(light), colors.dark == Rgb(dark)], kept);
        }
    }
}
