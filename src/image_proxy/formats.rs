//! A proxied image: of a raster format recognized by its first bytes, whatever media type the host sent. The rest of the
//! file is not inspected. Metadata (Exif) stays in, and the browser bounds the decompressed size, as for any image.

use bytes::Bytes;

/// The supported raster formats. None of them can contain script or refer to other resources, as SVG can.
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

/// How many bytes of a file type box are searched for brands. Real boxes have five or six brands of four bytes.
const MAX_BRANDS_BYTES: usize = 256;

impl ImageFormat {
    /// Recognizes the format by the first bytes (WHATWG MIME Sniffing section 6.1; AV1 Image File Format section 6.1 with
    /// ISO/IEC 14496-12 section 4.3).
    #[must_use]
    pub fn sniff(bytes: &[u8]) -> Option<Self> {
        let at = |offset: usize, magic: &[u8]| bytes.get(offset..).is_some_and(|rest| rest.starts_with(magic));
        if at(0, b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if at(0, b"\xff\xd8\xff") {
            Some(Self::Jpeg)
        } else if at(0, b"GIF87a") || at(0, b"GIF89a") {
            Some(Self::Gif)
        } else if at(0, b"RIFF") && at(8, b"WEBPVP") {
            Some(Self::Webp)
        } else if at(4, b"ftyp") && has_avif_brand(bytes) {
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

/// Whether the file type box at the start of the file contains an AVIF brand: as the major brand or, after the minor
/// version, among the compatible brands.
fn has_avif_brand(bytes: &[u8]) -> bool {
    let box_size = bytes.first_chunk().map_or(0, |size| u32::from_be_bytes(*size));
    let end = usize::try_from(box_size).unwrap_or(MAX_BRANDS_BYTES).min(MAX_BRANDS_BYTES).min(bytes.len());
    let words = bytes.get(8..end).unwrap_or_default().chunks_exact(4).enumerate();
    words.filter(|(position, _)| *position != 1).any(|(_, brand)| matches!(brand, b"avif" | b"avis"))
}

/// An image of a supported format.
#[derive(Debug, Clone)]
pub struct ProxiedImage {
    format: ImageFormat,
    bytes: Bytes,
}

impl ProxiedImage {
    /// An image of these bytes, or `None` if their format is not supported.
    #[must_use]
    pub fn new(bytes: Bytes) -> Option<Self> {
        ImageFormat::sniff(&bytes).map(|format| Self { format, bytes })
    }

    /// The format.
    #[must_use]
    pub fn format(&self) -> ImageFormat {
        self.format
    }

    /// The file as the host sent it.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }
}

/// Why an image could not be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageError {
    /// The host's name resolves to no public address.
    Refused,
    /// The host is unreachable, or its response is not an image within the limits.
    Failed,
    /// The image was not complete within `image_time`.
    TimedOut,
    /// Not fetched: a concurrency limit is reached.
    Crowded,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognizes_formats_by_their_first_bytes() {
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
            assert_eq!(ImageFormat::sniff(bytes), format, "{bytes:?}");
        }
    }
}
