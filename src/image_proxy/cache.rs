//! Pictures that were fetched a short while ago, in memory only and shared by all: what is in a result
//! list is in the next one, too. Bounded by bytes. It holds no user and no search; what it can tell one
//! user of another is, by the time that an answer takes, that somebody saw the same picture just now.

use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};
use moka::Expiry;
use moka::sync::Cache;

use crate::image_proxy::formats::{ImageError, ProxiedImage};

/// How long a picture is kept: about as long as a person goes back and forth between results. A day, as
/// browsers keep them, would show in its timing what was looked for all day.
const PICTURE_LASTS: Duration = Duration::from_secs(600);
/// How long it is kept in mind that there is none: long enough that a broken host is asked once and not
/// by every page, and short enough that one which is up again is soon seen.
const LOSS_LASTS: Duration = Duration::from_secs(30);
/// What an entry takes beside the picture's bytes, roughly.
const ENTRY_BYTES: usize = 256;

type Key = [u8; 32];
type CachedImage = Result<ProxiedImage, ImageError>;

/// The pictures, and what is known not to be there.
#[derive(Debug)]
pub struct ImageCache(Cache<Key, CachedImage>);

impl ImageCache {
    /// An empty album for at most this many bytes; 0 keeps nothing.
    #[must_use]
    pub fn new(bytes: u64) -> Self {
        let cache = Cache::builder().max_capacity(bytes).weigher(|_, kept| weight(kept)).expire_after(Lasting);
        Self(cache.build())
    }

    /// What is kept of the picture at this address, for the partner with this fingerprint.
    #[must_use]
    pub fn get(&self, partner: u32, address: &str) -> Option<CachedImage> {
        self.0.get(&key(partner, address))
    }

    /// Keeps what became of a fetch. That it was not made is no news of the picture.
    pub fn keep(&self, partner: u32, address: &str, kept: CachedImage) {
        match kept {
            Err(ImageError::Crowded) => {}
            Ok(_) | Err(ImageError::Refused | ImageError::Failed | ImageError::TimedOut) => {
                self.0.insert(key(partner, address), kept)
            }
        }
    }
}

/// The partner is part of the key, so that nobody is shown what another partner's `image_hosts` gave.
fn key(partner: u32, address: &str) -> Key {
    let digest = digest(&SHA256, &[&partner.to_be_bytes(), address.as_bytes()].concat());
    digest.as_ref().try_into().unwrap_or_default()
}

fn weight(kept: &CachedImage) -> u32 {
    let bytes = kept.as_ref().map_or(0, |picture| picture.bytes().len());
    u32::try_from(bytes.saturating_add(ENTRY_BYTES)).unwrap_or(u32::MAX)
}

struct Lasting;

impl Lasting {
    fn of(kept: &CachedImage) -> Option<Duration> {
        Some(if kept.is_ok() { PICTURE_LASTS } else { LOSS_LASTS })
    }
}

impl Expiry<Key, CachedImage> for Lasting {
    fn expire_after_create(&self, _: &Key, kept: &CachedImage, _: Instant) -> Option<Duration> {
        Self::of(kept)
    }

    /// Two fetches of one picture may end one after the other; the later one counts.
    fn expire_after_update(&self, _: &Key, kept: &CachedImage, _: Instant, _: Option<Duration>) -> Option<Duration> {
        Self::of(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gif(length: usize) -> ProxiedImage {
        let mut bytes = b"GIF89a".to_vec();
        bytes.resize(length, 0);
        ProxiedImage::new(bytes.into()).unwrap()
    }

    #[test]
    fn pictures_are_kept_by_partner_and_address() {
        let album = ImageCache::new(10_000);
        album.keep(1, "http://a.example/", Ok(gif(10)));
        assert_eq!(album.get(1, "http://a.example/").unwrap().unwrap().bytes().len(), 10);
        assert!(album.get(2, "http://a.example/").is_none() && album.get(1, "http://a.example/x").is_none());
    }

    #[test]
    fn a_loss_is_kept_and_a_crowd_is_not() {
        let album = ImageCache::new(10_000);
        album.keep(1, "http://a.example/", Err(ImageError::Failed));
        album.keep(1, "http://b.example/", Err(ImageError::Crowded));
        assert_eq!(album.get(1, "http://a.example/").unwrap().err(), Some(ImageError::Failed));
        assert!(album.get(1, "http://b.example/").is_none());
        assert!(Lasting::of(&Err(ImageError::Failed)) < Lasting::of(&Ok(gif(6))));
    }

    #[test]
    fn bytes_bound_it() {
        let album = ImageCache::new(10_000);
        for n in 0..100 {
            album.keep(1, &format!("http://a.example/{n}"), Ok(gif(1_000)));
        }
        album.0.run_pending_tasks();
        assert!(album.0.weighted_size() <= 10_000);
        let none = ImageCache::new(0);
        none.keep(1, "http://a.example/", Ok(gif(10)));
        none.0.run_pending_tasks();
        assert!(none.get(1, "http://a.example/").is_none());
    }
}
