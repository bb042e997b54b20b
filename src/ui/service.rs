//! How the service presents itself: its name, and the files that its pages refer to.

use bytes::Bytes;

use crate::fields::language::Language;
use crate::privacy::identity::ServiceIdentity;
use crate::ui::assets::{Asset, FAVICON, ICON, ICON_16, ICON_64, PAGE_CSS};
use crate::ui::brand_colors::BrandColors;

/// The name of a service that has none of its own.
pub const DEFAULT_NAME: &str = "qsproxy";

/// The side of the square icons that are built in, in pixels.
const BUILT_IN_SIZES: [u32; 2] = [16, 64];

/// An image file of the operator's, read and recognized.
#[derive(Debug, Clone)]
pub struct Picture {
    /// Its format.
    pub format: PictureFormat,
    /// The file.
    pub bytes: Bytes,
}

/// The format of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureFormat {
    /// PNG, of this width and height in pixels.
    Png(u32, u32),
    /// SVG. As an image it neither runs scripts nor loads anything (SVG 2 section 2.2.2).
    Svg,
}

/// An icon in a description of the search engine.
#[derive(Debug)]
pub struct SizedIcon {
    /// Width and height in pixels.
    pub side: u32,
    /// The file.
    pub asset: Asset,
}

/// The service as its pages show it. A reload replaces it as a whole.
#[derive(Debug)]
pub struct Service {
    /// Its name, and who runs it.
    pub identity: ServiceIdentity,
    /// The colors of the service, if it has its own.
    pub colors: Option<BrandColors>,
    /// The languages that a page offers, default first.
    pub languages: Vec<Language>,
    /// The stylesheet of all pages.
    pub stylesheet: Asset,
    /// The icon that pages refer to.
    pub icon: Asset,
    /// The icons in descriptions of the search engine.
    pub sized_icons: Vec<SizedIcon>,
    /// Media type and content of `/favicon.ico`, which browsers request on their own.
    pub favicon: (&'static str, Bytes),
    /// The logo, in the header of all pages. Without one, the header has the name.
    pub logo: Option<Asset>,
}

impl Service {
    /// The service with its colors, its square icon and its logo, each if it has one of its own.
    #[must_use]
    pub fn new(
        identity: ServiceIdentity,
        colors: Option<BrandColors>,
        icon: Option<&Picture>,
        logo: Option<&Picture>,
    ) -> Self {
        let languages = Vec::new();
        let logo = logo.map(|logo| picture_asset("logo", logo));
        let Some(icon) = icon else {
            let built_in = BUILT_IN_SIZES.into_iter().zip([&ICON_16, &ICON_64]);
            let sized_icons = built_in.map(|(side, asset)| SizedIcon { side, asset: Asset::clone(asset) }).collect();
            let favicon = ("image/vnd.microsoft.icon", Bytes::from_static(FAVICON));
            let stylesheet = stylesheet(colors, &ICON);
            return Self { identity, colors, languages, stylesheet, icon: ICON.clone(), sized_icons, favicon, logo };
        };
        let asset = picture_asset("icon", icon);
        let sized_icons = match icon.format {
            PictureFormat::Png(side, _) => vec![SizedIcon { side, asset: asset.clone() }],
            PictureFormat::Svg => Vec::new(),
        };
        let favicon = (asset.media_type, asset.body.clone());
        let stylesheet = stylesheet(colors, &asset);
        Self { identity, colors, languages, stylesheet, icon: asset, sized_icons, favicon, logo }
    }

    /// The asset at a path.
    #[must_use]
    pub fn asset(&self, path: &str) -> Option<&Asset> {
        let sized = self.sized_icons.iter().map(|icon| &icon.asset);
        [&self.stylesheet, &self.icon].into_iter().chain(&self.logo).chain(sized).find(|asset| asset.path == path)
    }

    /// The title of a page: what it is about, then the service.
    #[must_use]
    pub fn title(&self, subject: &str) -> String {
        format!("{subject} – {}", self.identity.name)
    }
}

impl Default for Service {
    fn default() -> Self {
        Self::new(ServiceIdentity::named(DEFAULT_NAME), None, None, None)
    }
}

/// The stylesheet with the colors of the service, and with the icon before its name. The icon is no element of a page: the only image there
/// is the one that confirms a visit.
fn stylesheet(colors: Option<BrandColors>, icon: &Asset) -> Asset {
    let colors = colors.map(|colors| colors.css()).unwrap_or_default();
    let css = format!("{PAGE_CSS}.mark::before {{ background-image: url(\"{}\"); }}\n{colors}", icon.path);
    Asset::new("page", "css", "text/css; charset=utf-8", css.into())
}

fn picture_asset(name: &str, picture: &Picture) -> Asset {
    let (extension, media_type) = match picture.format {
        PictureFormat::Png(..) => ("png", "image/png"),
        PictureFormat::Svg => ("svg", "image/svg+xml"),
    };
    Asset::new(name, extension, media_type, picture.bytes.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::brand_colors::Rgb;

    #[test]
    fn every_file_is_found_at_its_path_and_changes_it_with_its_content() {
        let logo = Picture { format: PictureFormat::Svg, bytes: Bytes::from_static(b"<svg/>") };
        let icon = Picture { format: PictureFormat::Png(32, 32), bytes: Bytes::from_static(b"png") };
        let color = Rgb::parse("#123456").unwrap();
        let colors = BrandColors::new(color, color);
        let (plain, own) = (
            Service::default(),
            Service::new(ServiceIdentity::named("Finder"), Some(colors), Some(&icon), Some(&logo)),
        );
        assert_eq!((plain.sized_icons.len(), own.sized_icons.len()), (2, 1));
        assert!(own.stylesheet.body.ends_with(colors.css().as_bytes()));
        assert_ne!(plain.stylesheet.path, own.stylesheet.path);
        for asset in [&own.stylesheet, &own.icon, own.logo.as_ref().unwrap(), &own.sized_icons[0].asset] {
            assert_eq!(own.asset(&asset.path).unwrap().body, asset.body);
            assert!(plain.asset(&asset.path).is_none());
        }
        assert_eq!(own.favicon, ("image/png", icon.bytes));
        assert_eq!(own.title("x"), "x – Finder");
    }
}
