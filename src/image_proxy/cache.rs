//! In-memory cache of recently fetched images and recent failures, shared by all users: an image on one results page is
//! likely on the next one, too. Bounded by bytes. It contains nothing about users or searches. By the response time, one
//! user can learn that somebody saw the same image a short while ago, and nothing more. Entries are removed by time, whether or not
//! anybody asks for an image.

use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};
use moka::Expiry;
use moka::sync::Cache;

use crate::image_proxy::formats::{ImageError, ProxiedImage};

/// TTL of an image: about as long as a person goes back and forth between results. With a TTL of a day, as browsers use,
/// response times would show what was searched for all day.
pub const IMAGE_TTL: Duration = Duration::from_secs(600);
/// TTL of a negative entry: long enough that a broken host is not contacted for every page, short enough that its
/// recovery is noticed soon.
const FAILURE_TTL: Duration = Duration::from_secs(30);
/// Approximate overhead of an entry in addition to the bytes of the image.
const ENTRY_OVERHEAD_BYTES: usize = 256;

type Key = [u8; 32];
type CachedImage = Result<ProxiedImage, ImageError>;

/// The cache.
#[derive(Debug)]
pub struct ImageCache(Cache<Key, CachedImage>);

impl ImageCache {
    /// An empty cache of at most this many bytes; 0 disables it.
    #[must_use]
    pub fn new(max_bytes: u64) -> Self {
        Self::with_expiry(max_bytes, TimeToLive)
    }

    fn with_expiry(max_bytes: u64, expiry: impl Expiry<Key, CachedImage> + Send + Sync + 'static) -> Self {
        let cache = Cache::builder().max_capacity(max_bytes).weigher(|_, entry| weight(entry)).expire_after(expiry);
        Self(cache.build())
    }

    /// Removes what has expired: the cache itself does so only when it is used. Called every second.
    pub fn forget_old(&self) {
        self.0.run_pending_tasks();
    }

    /// The cached result of fetching an address for the partner with this fingerprint.
    #[must_use]
    pub fn get(&self, partner: u32, address: &str) -> Option<CachedImage> {
        self.0.get(&key(partner, address))
    }

    /// Stores the result of a fetch. [`ImageError::Crowded`] is not stored: nothing was fetched.
    pub fn insert(&self, partner: u32, address: &str, result: CachedImage) {
        match result {
            Err(ImageError::Crowded) => {}
            Ok(_) | Err(ImageError::Refused | ImageError::Failed | ImageError::TimedOut) => {
                self.0.insert(key(partner, address), result)
            }
        }
    }
}

/// The partner is part of the key: an image from a host that only one partner's `image_hosts` allows must not be shown
/// for another partner.
fn key(partner: u32, address: &str) -> Key {
    let digest = digest(&SHA256, &[&partner.to_be_bytes(), address.as_bytes()].concat());
    digest.as_ref().try_into().unwrap_or_default()
}

fn weight(entry: &CachedImage) -> u32 {
    let bytes = entry.as_ref().map_or(0, |image| image.bytes().len());
    u32::try_from(bytes.saturating_add(ENTRY_OVERHEAD_BYTES)).unwrap_or(u32::MAX)
}

struct TimeToLive;

impl TimeToLive {
    fn of_entry(entry: &CachedImage) -> Option<Duration> {
        Some(if entry.is_ok() { IMAGE_TTL } else { FAILURE_TTL })
    }
}

impl Expiry<Key, CachedImage> for TimeToLive {
    fn expire_after_create(&self, _: &Key, entry: &CachedImage, _: Instant) -> Option<Duration> {
        Self::of_entry(entry)
    }

    /// Two fetches of one image may end one after the other; the later result determines the TTL.
    fn expire_after_update(&self, _: &Key, entry: &CachedImage, _: Instant, _: Option<Duration>) -> Option<Duration> {
        Self::of_entry(entry)
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
    fn entries_belong_to_one_partner_and_address() {
        let cache = ImageCache::new(10_000);
        cache.insert(1, "http://a.example/", Ok(gif(10)));
        assert_eq!(cache.get(1, "http://a.example/").unwrap().unwrap().bytes().len(), 10);
        assert!(cache.get(2, "http://a.example/").is_none() && cache.get(1, "http://a.example/x").is_none());
    }

    #[test]
    fn images_live_for_ten_minutes_and_failures_for_less() {
        let (key, now) = (Key::default(), Instant::now());
        let life = |entry: CachedImage| TimeToLive.expire_after_create(&key, &entry, now);
        assert_eq!(life(Ok(gif(6))), Some(Duration::from_secs(600)));
        assert_eq!(life(Err(ImageError::Failed)), Some(Duration::from_secs(30)));
    }

    #[test]
    fn failures_are_cached_and_overload_is_not() {
        let cache = ImageCache::new(10_000);
        cache.insert(1, "http://a.example/", Err(ImageError::Failed));
        cache.insert(1, "http://b.example/", Err(ImageError::Crowded));
        assert_eq!(cache.get(1, "http://a.example/").unwrap().err(), Some(ImageError::Failed));
        assert!(cache.get(1, "http://b.example/").is_none());
        assert!(TimeToLive::of_entry(&Err(ImageError::Failed)) < TimeToLive::of_entry(&Ok(gif(6))));
    }

    /// The same life for all entries.
    struct ShortLife(Duration);

    impl Expiry<Key, CachedImage> for ShortLife {
        fn expire_after_create(&self, _: &Key, _: &CachedImage, _: Instant) -> Option<Duration> {
            Some(self.0)
        }
    }

    #[test]
    fn images_leave_memory_when_they_expire_although_nobody_asks() {
        let life = Duration::from_millis(200);
        let cache = ImageCache::with_expiry(10_000_000, ShortLife(life));
        let images: Vec<ProxiedImage> = (0..100).map(|_| gif(10_000)).collect();
        for (n, image) in images.iter().enumerate() {
            cache.insert(1, &format!("http://a.example/{n}"), Ok(image.clone()));
        }
        cache.forget_old();
        let held = || images.iter().filter(|image| !image.bytes().is_unique()).count();
        assert_eq!(held(), 100);
        let start = crate::time::instant();
        while held() > 0 {
            assert!(start.elapsed() < Duration::from_secs(20), "{} of 100 in memory", held());
            std::thread::sleep(Duration::from_millis(20));
            cache.forget_old();
        }
        assert!(start.elapsed() > life / 2);
    }

    #[test]
    fn the_size_is_bounded() {
        let cache = ImageCache::new(10_000);
        for n in 0..100 {
            cache.insert(1, &format!("http://a.example/{n}"), Ok(gif(1_000)));
        }
        cache.0.run_pending_tasks();
        assert!(cache.0.weighted_size() <= 10_000);
        let disabled = ImageCache::new(0);
        disabled.insert(1, "http://a.example/", Ok(gif(10)));
        disabled.0.run_pending_tasks();
        assert!(disabled.get(1, "http://a.example/").is_none());
    }
}
