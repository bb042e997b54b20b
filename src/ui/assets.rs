//! Static files that pages refer to. The path of an asset contains a hash of its content, so it can be cached forever, and
//! it is the same for all users.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;

/// Hexadecimal digits of the content hash in an asset's path: 64 bits.
const ASSET_HASH_DIGITS: usize = 16;

/// A static file.
#[derive(Debug)]
pub struct Asset {
    /// Path on the public listener.
    pub path: String,
    /// Media type.
    pub media_type: &'static str,
    /// Content.
    pub body: &'static [u8],
}

impl Asset {
    fn new(name: &str, extension: &str, media_type: &'static str, body: &'static [u8]) -> Self {
        let mut hash = HEXLOWER.encode(digest(&SHA256, body).as_ref());
        hash.truncate(ASSET_HASH_DIGITS);
        Self { path: format!("/assets/{name}-{hash}.{extension}"), media_type, body }
    }
}

/// The stylesheet.
pub static STYLESHEET: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("page", "css", "text/css; charset=utf-8", include_bytes!("assets/page.css")));

/// The icon as a vector image.
pub static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("icon", "svg", "image/svg+xml", include_bytes!("assets/icon.svg")));

/// The icon in 16 × 16 pixels. `scripts/icons` renders it and the next two from [`ICON`].
pub static ICON_16: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("icon-16", "png", "image/png", include_bytes!("assets/icon-16.png")));

/// The icon in 64 × 64 pixels.
pub static ICON_64: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("icon-64", "png", "image/png", include_bytes!("assets/icon-64.png")));

/// The icon for `/favicon.ico`, which browsers request on their own. Its path has no hash, so it is not cached.
pub const FAVICON: &[u8] = include_bytes!("assets/favicon.ico");

/// The asset at a path.
#[must_use]
pub fn find(path: &str) -> Option<&'static Asset> {
    [&STYLESHEET, &ICON, &ICON_16, &ICON_64].into_iter().map(|asset| &**asset).find(|asset| asset.path == path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_depends_on_the_content() {
        assert!(STYLESHEET.path.starts_with("/assets/page-") && STYLESHEET.path.ends_with(".css"));
        assert_ne!(Asset::new("a", "css", "", b"x").path, Asset::new("a", "css", "", b"y").path);
    }
}
