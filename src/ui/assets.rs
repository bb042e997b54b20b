//! Files that pages refer to. The path of an asset contains a hash of its content, so it can be cached forever, and
//! it is the same for all users.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use data_encoding::HEXLOWER;

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
}

impl Asset {
    /// An asset whose path consists of its name, a hash of its content, and an extension.
    #[must_use]
    pub fn new(name: &str, extension: &str, media_type: &'static str, body: Bytes) -> Self {
        let mut hash = HEXLOWER.encode(digest(&SHA256, &body).as_ref());
        hash.truncate(ASSET_HASH_DIGITS);
        Self { path: format!("/assets/{name}-{hash}.{extension}"), media_type, body }
    }

    fn built_in(name: &str, extension: &str, media_type: &'static str, body: &'static [u8]) -> Self {
        Self::new(name, extension, media_type, Bytes::from_static(body))
    }
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
