//! `[service]`: who runs the service and how it presents itself.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use bytes::Bytes;

use crate::config::paths;
use crate::config::shown_text::{CONTACT, WEB, text, url};
use crate::config::table_reader::TableReader;
use crate::config::toml_value::Located;
use crate::fields::language::Languages;
use crate::privacy::identity::ServiceIdentity;
use crate::ui::brand_colors::{BrandColors, MIN_CONTRAST, Rgb};
use crate::ui::opensearch::MAX_SHORT_NAME;
use crate::ui::service::{DEFAULT_NAME, Picture, PictureFormat, Service};

/// The longest operator and tagline, in characters: one line on a wide screen.
const MAX_TEXT: usize = 100;

/// The largest file of a logo or icon, in bytes: every page shows them, on telephones too.
const MAX_PICTURE_BYTES: u64 = 262_144;

/// The smallest and the largest icon, as the side of a square in pixels.
const ICON_SIDES: std::ops::RangeInclusive<u32> = 16..=512;

/// The signature of a PNG file with the head of its first chunk, whose content begins with width and height (PNG, Third
/// Edition, sections 5.2 and 11.2.1).
const PNG_START: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

/// Reads `[service]`. The pages offer these languages.
pub(super) fn read(mut table: TableReader<'_>, folder: &Path, languages: Option<&Languages>) -> Service {
    let name = text(&mut table, "name", MAX_SHORT_NAME).unwrap_or_else(|| DEFAULT_NAME.to_owned());
    let identity = ServiceIdentity {
        name,
        operator: text(&mut table, "operator", MAX_TEXT),
        contact_url: url(&mut table, "contact_url", CONTACT),
        imprint_url: url(&mut table, "imprint_url", WEB),
        home_url: url(&mut table, "home_url", WEB),
        tagline: text(&mut table, "tagline", MAX_TEXT),
    };
    let colors = colors(&mut table);
    let icon = table.string("icon").and_then(|file| {
        let picture = picture(&table, folder, &file)?;
        let is_square = matches!(picture.format, PictureFormat::Png(width, height) if width == height && ICON_SIDES.contains(&width));
        if !is_square {
            table.error_at(&file, "must be a square PNG image with a side of 16 to 512 pixels; 64 suits every browser");
        }
        is_square.then_some(picture)
    });
    let logo = table.string("logo").and_then(|file| picture(&table, folder, &file));
    table.finish();
    let languages = languages.map(|languages| languages.iter().cloned().collect()).unwrap_or_default();
    Service { languages, ..Service::new(identity, colors, icon.as_ref(), logo.as_ref()) }
}

/// `colour = "#rrggbb"` for all pages, or `colour = { light = …, dark = … }`. A color with too little contrast is used in a readable shade,
/// and `check` warns of it.
fn colors(table: &mut TableReader<'_>) -> Option<BrandColors> {
    let mut chosen = Vec::new();
    if table.is_table("colour") {
        let mut pair = table.optional_table("colour")?;
        for key in ["light", "dark"] {
            chosen.extend(pair.required_string(key).and_then(|text| color(&pair, &text)));
        }
        pair.finish();
    } else {
        let text = table.string("colour")?;
        chosen.extend(color(table, &text).map(|one| [one.clone(), one]).into_iter().flatten());
    }
    let [light, dark] = <[Located<Rgb>; 2]>::try_from(chosen).ok()?;
    let colors = BrandColors::new(light.value, dark.value);
    let contrasts = BrandColors::contrasts(light.value, dark.value);
    let pages = [("light", &light, colors.light), ("dark", &dark, colors.dark)].into_iter().zip(contrasts);
    // One color for both cannot suit both: it is lightened on dark pages, without a warning.
    let is_one_color = light.span == dark.span;
    for ((scheme, chosen, used), contrast) in pages {
        if contrast < MIN_CONTRAST && !(is_one_color && scheme == "dark") {
            table.warn_at(
                chosen,
                format!(
                    "has a contrast of {contrast:.1} to the background of {scheme} pages, and buttons need {MIN_CONTRAST} (WCAG 2.2); \
                     pages use {used}. Choose a {} color",
                    if scheme == "light" { "darker" } else { "lighter" }
                ),
            );
        }
    }
    Some(colors)
}

fn color(table: &TableReader<'_>, text: &Located<String>) -> Option<Located<Rgb>> {
    let color = Rgb::parse(&text.value);
    if color.is_none() {
        table.error_at(text, "must be a color such as \"#1a49b8\"");
    }
    color.map(|value| Located { value, span: text.span.clone(), key: text.key.clone() })
}

fn picture(table: &TableReader<'_>, folder: &Path, file: &Located<String>) -> Option<Picture> {
    let mut bytes = Vec::new();
    let path = paths::resolve(folder, &file.value);
    let read = File::open(path).and_then(|open| open.take(MAX_PICTURE_BYTES + 1).read_to_end(&mut bytes));
    if let Err(error) = read {
        table.error_at(file, format!("cannot be read: {error}"));
        return None;
    }
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_PICTURE_BYTES {
        table.error_at(file, format!("has more than {MAX_PICTURE_BYTES} bytes; every page shows it"));
        return None;
    }
    let Some(format) = picture_format(&bytes) else {
        table.error_at(file, "must be a PNG or an SVG file");
        return None;
    };
    Some(Picture { format, bytes: Bytes::from(bytes) })
}

fn picture_format(bytes: &[u8]) -> Option<PictureFormat> {
    if let Some(rest) = bytes.strip_prefix(PNG_START) {
        let (width, rest) = rest.split_first_chunk::<4>()?;
        let (height, _) = rest.split_first_chunk::<4>()?;
        return Some(PictureFormat::Png(u32::from_be_bytes(*width), u32::from_be_bytes(*height)));
    }
    let text = std::str::from_utf8(bytes).ok()?.trim_start_matches('\u{feff}').trim_start();
    let begins = ["<svg", "<?xml", "<!--"].iter().any(|start| text.starts_with(start));
    (begins && text.contains("<svg")).then_some(PictureFormat::Svg)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::diagnostic::Diagnostics;

    fn parse(text: &str, folder: &Path) -> (Service, String) {
        let diagnostics = Diagnostics::new(text);
        let service = read(TableReader::root(text, &diagnostics), folder, None);
        (service, diagnostics.sorted().iter().map(|error| format!("{error}\n")).collect())
    }

    fn png(width: u32, height: u32) -> Vec<u8> {
        [PNG_START, &width.to_be_bytes(), &height.to_be_bytes(), b"\x08\x06\0\0\0"].concat()
    }

    #[test]
    fn reads_every_key() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("icon.png"), png(64, 64)).unwrap();
        std::fs::write(folder.path().join("logo.svg"), "<?xml version=\"1.0\"?>\n<svg xmlns=\"x\"/>").unwrap();
        let text = "name = \" Finder \"\noperator = \"Müller & Söhne\"\ncontact_url = \"mailto:p@example.com\"\n\
                    imprint_url = \"https://example.com/imprint\"\nhome_url = \"http://example.com\"\ntagline = \"Finds\"\n\
                    colour = \"#A1b2C3\"\nicon = \"icon.png\"\nlogo = \"logo.svg\"\n";
        let (service, errors) = parse(text, folder.path());
        assert_eq!(errors, "");
        let identity = ServiceIdentity {
            name: "Finder".into(),
            operator: Some("Müller & Söhne".into()),
            contact_url: Some("mailto:p@example.com".into()),
            imprint_url: Some("https://example.com/imprint".into()),
            home_url: Some("http://example.com/".into()),
            tagline: Some("Finds".into()),
        };
        assert_eq!(
            (service.identity, service.colors.map(|colors| colors.dark.to_string())),
            (identity, Some("#a1b2c3".into()))
        );
        assert_eq!((service.icon.media_type, service.sized_icons[0].side), ("image/png", 64));
        assert_eq!(service.logo.unwrap().media_type, "image/svg+xml");
    }

    #[test]
    fn rejects_what_a_page_could_not_show() {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in [
            ("wide.png", png(64, 32)),
            ("tiny.png", png(8, 8)),
            ("page.html", b"<html>".to_vec()),
            ("large.svg", [b"<svg>".to_vec(), vec![b' '; 300_000]].concat()),
        ] {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        for (text, error) in [
            ("name = \"\"", "1 to 16 characters"),
            ("name = \"a name of 17 char\"", "1 to 16 characters"),
            ("name = \"a\\u202Eb\"", "invisible"),
            ("operator = \"a\\nb\"", "control character"),
            ("contact_url = \"privacy@example.com\"", "mailto:privacy@example.com"),
            ("contact_url = \"javascript:alert(1)\"", "must be an address"),
            ("imprint_url = \"mailto:p@example.com\"", "must be an address"),
            ("home_url = \"https://user:secret@example.com\"", "must be an address"),
            ("home_url = \"data:text/html,x\"", "must be an address"),
            ("colour = \"red\"", "must be a color"),
            ("colour = \"#12345g\"", "must be a color"),
            ("icon = \"wide.png\"", "square PNG"),
            ("icon = \"tiny.png\"", "16 to 512"),
            ("icon = \"none.png\"", "cannot be read"),
            ("logo = \"page.html\"", "PNG or an SVG"),
            ("logo = \"large.svg\"", "more than 262144 bytes"),
            ("motto = \"x\"", "unknown key"),
        ] {
            let errors = parse(text, folder.path()).1;
            assert!(errors.contains(error), "{text}: {errors}");
        }
    }
}
