//! Files that pages refer to. The path of an asset contains a hash of its content, so it can be cached forever, and
//! it is the same for all users. Text is compressed once, when the asset is made.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use data_encoding::HEXLOWER;

use crate::content_coding::brotli::BrotliEncoder;
use crate::content_coding::gzip::GzipEncoder;
use crate::content_coding::{CodingFailed, ContentCoding};

/// Hexadecimal digits of the content hash in an asset's path: 64 bits.
const ASSET_HASH_DIGITS: usize = 16;

/// A file that pages refer to.
#[derive(Debug, Clone)]
pub struct Asset {
    /// Path on the public listener.
    pub path: String,
    /// Media type.
    pub media_type: &'static str,
    /// Content.
    pub body: Bytes,
    /// The content in those codings that make it shorter.
    coded: Vec<(ContentCoding, Bytes)>,
}

impl Asset {
    /// An asset whose path consists of its name, a hash of its content, and an extension.
    #[must_use]
    pub fn new(name: &str, extension: &str, media_type: &'static str, body: Bytes) -> Self {
        let mut hash = HEXLOWER.encode(digest(&SHA256, &body).as_ref());
        hash.truncate(ASSET_HASH_DIGITS);
        let is_text = media_type.starts_with("text/") || media_type == "image/svg+xml";
        let coded = if is_text { shorter_codings(&body) } else { Vec::new() };
        Self { path: format!("/assets/{name}-{hash}.{extension}"), media_type, body, coded }
    }

    /// The codings in which there is this asset, beside identity. Of equal weights the first is best.
    #[must_use]
    pub fn codings(&self) -> Vec<ContentCoding> {
        self.coded.iter().map(|(coding, _)| *coding).collect()
    }

    /// The content in a coding, or as it is if it does not exist in that one.
    #[must_use]
    pub fn coded(&self, coding: ContentCoding) -> (ContentCoding, Bytes) {
        let coded = self.coded.iter().find(|(one, _)| *one == coding).cloned();
        coded.unwrap_or_else(|| (ContentCoding::Identity, self.body.clone()))
    }

    fn built_in(name: &str, extension: &str, media_type: &'static str, body: &'static [u8]) -> Self {
        Self::new(name, extension, media_type, Bytes::from_static(body))
    }
}

fn shorter_codings(body: &[u8]) -> Vec<(ContentCoding, Bytes)> {
    let coded = [(ContentCoding::Brotli, brotli(body)), (ContentCoding::Gzip, gzip(body))];
    let coded = coded.into_iter().filter_map(|(coding, coded)| Some((coding, Bytes::from(coded.ok()?))));
    coded.filter(|(_, coded)| coded.len() < body.len()).collect()
}

fn brotli(body: &[u8]) -> Result<Vec<u8>, CodingFailed> {
    let mut encoder = BrotliEncoder::best();
    encoder.push(body)?;
    encoder.finish(false)
}

fn gzip(body: &[u8]) -> Result<Vec<u8>, CodingFailed> {
    let (mut encoder, mut out) = (GzipEncoder::default(), Vec::new());
    encoder.push(body, &mut out)?;
    encoder.finish(&mut out)?;
    Ok(out)
}

/// The stylesheet, to which a service may add a color.
pub const PAGE_CSS: &str = include_str!("assets/page.css");

/// The icon as a vector image.
pub static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::built_in("icon", "svg", "image/svg+xml", include_bytes!("assets/icon.svg")));

/// The icon in 16 × 16 pixels. `scripts/icons` renders it and the next two from [`ICON`].
pub static ICON_16: LazyLock<Asset> =
    LazyLock::new(|| Asset::built_in("icon-16", "png", "image/png", include_bytes!("assets/icon-16.png")));

/// The icon in 64 × 64 pixels.
pub static ICON_64: LazyLock<Asset> =
    LazyLock::new(|| Asset::built_in("icon-64", "png", "image/png", include_bytes!("assets/icon-64.png")));

/// The icon for `/favicon.ico`, which browsers request on their own. Its path has no hash, so it is not cached.
pub const FAVICON: &[u8] = include_bytes!("assets/favicon.ico");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_depends_on_the_content() {
        assert!(ICON.path.starts_with("/assets/icon-") && ICON.path.ends_with(".svg"));
        assert_ne!(Asset::built_in("a", "css", "", b"x").path, Asset::built_in("a", "css", "", b"y").path);
    }
}
