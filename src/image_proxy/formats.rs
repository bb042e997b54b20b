//! A picture as it is shown: of a raster type, told by its first bytes, and nothing else of what its host
//! said. What the bytes hold beyond that is not looked at: metadata (Exif) stays in, and it is the browser
//! that bounds what a small file may unpack to, as it does for the pictures of any page.

use bytes::Bytes;

/// The raster types that are shown. None can hold script or refer to anything else, as SVG does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageFormat {
    /// `image/png`
    Png,
    /// `image/jpeg`
    Jpeg,
    /// `image/gif`
    Gif,
    /// `image/webp`
    Webp,
    /// `image/avif`
    Avif,
}

/// The longest list of brands that is looked through, in bytes; real ones have five or six of four bytes.
const BRANDS_BYTES: usize = 256;

impl ImageFormat {
    /// Tells the type by the first bytes (MIME Sniffing section 6.1; AV1 Image File Format section 6.1 with
    /// ISO/IEC 14496-12 section 4.3), whatever the host called it.
    #[must_use]
    pub fn told_by(bytes: &[u8]) -> Option<Self> {
        let at = |place: usize, mark: &[u8]| bytes.get(place..).is_some_and(|rest| rest.starts_with(mark));
        if at(0, b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if at(0, b"\xff\xd8\xff") {
            Some(Self::Jpeg)
        } else if at(0, b"GIF87a") || at(0, b"GIF89a") {
            Some(Self::Gif)
        } else if at(0, b"RIFF") && at(8, b"WEBPVP") {
            Some(Self::Webp)
        } else if at(4, b"ftyp") && is_avif(bytes) {
            Some(Self::Avif)
        } else {
            None
        }
    }

    /// Its media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Avif => "image/avif",
        }
    }
}

/// Whether the file type box, with which the file begins, names AVIF: as its major brand, or, past the
/// minor version, among the compatible ones.
fn is_avif(bytes: &[u8]) -> bool {
    let length = bytes.first_chunk().map_or(0, |length| u32::from_be_bytes(*length));
    let end = usize::try_from(length).unwrap_or(BRANDS_BYTES).min(BRANDS_BYTES).min(bytes.len());
    let brands = bytes.get(8..end).unwrap_or_default().chunks_exact(4).enumerate();
    brands.filter(|(place, _)| *place != 1).any(|(_, brand)| matches!(brand, b"avif" | b"avis"))
}

/// A picture.
#[derive(Debug, Clone)]
pub struct ProxiedImage {
    format: ImageFormat,
    bytes: Bytes,
}

impl ProxiedImage {
    /// Takes bytes that begin as a picture does.
    #[must_use]
    pub fn new(bytes: Bytes) -> Option<Self> {
        ImageFormat::told_by(&bytes).map(|format| Self { format, bytes })
    }

    /// Its type.
    #[must_use]
    pub fn format(&self) -> ImageFormat {
        self.format
    }

    /// Its bytes, as they came.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }
}

/// Why there is no picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageError {
    /// Its host's name leads to no public address.
    Refused,
    /// Its host is not reached, or answers with something else than a picture within bounds.
    Failed,
    /// Not whole within `image_time`.
    TimedOut,
    /// Not asked: too much is under way.
    Crowded,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_told_by_what_the_bytes_are() {
        for (bytes, format) in [
            (&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], Some(ImageFormat::Png)),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", Some(ImageFormat::Jpeg)),
            (b"GIF87a", Some(ImageFormat::Gif)),
            (b"GIF89a\x01\0", Some(ImageFormat::Gif)),
            (b"RIFF\x10\0\0\0WEBPVP8 ", Some(ImageFormat::Webp)),
            (b"\0\0\0\x1cftypavif\0\0\0\0mif1miafMA1B", Some(ImageFormat::Avif)),
            (b"\0\0\0\x18ftypmif1\0\0\0\0avifmiaf", Some(ImageFormat::Avif)),
            (b"\0\0\0\x18ftypmsf1\0\0\0\0avismiaf", Some(ImageFormat::Avif)),
            (b"\0\0\0\x14ftypmif1avifmiaf", None),
            (b"\0\0\0\x10ftypmif1\0\0\0\0avif", None),
            (b"\0\0\0\x18ftypisom\0\0\0\0isomiso2", None),
            (b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>", None),
            (b"<?xml version=\"1.0\"?><svg/>", None),
            (b"<!doctype html><title>x</title>", None),
            (b"\0\0\x01\0\x01\0\x10\x10", None),
            (b"BM\x36\0", None),
            (b"%PDF-1.7", None),
            (b"RIFF\x10\0\0\0WAVEfmt ", None),
            (b"\x89PNG\r\n\x1a", None),
            (b" GIF89a", None),
            (b"", None),
        ] {
            assert_eq!(ImageFormat::told_by(bytes), format, "{bytes:?}");
        }
    }
}
