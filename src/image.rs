//! The life of one image request: open the token, check the address, return the image from the cache or fetch it. Every
//! failure but overload gives the same `404`, so the response does not reveal which hosts this service can reach.

use std::sync::Arc;

use crate::clients::share::ShareKind;
use crate::clients::state::Client;
use crate::image_proxy::addresses::ImageAddress;
use crate::image_proxy::formats::{ImageError, ProxiedImage};
use crate::metrics::ImageOutcome;
use crate::problem::Problem;
use crate::state::AppState;
use crate::time::{self, Time};
use crate::tokens::image;
use crate::tokens::sealed::is_expired;

/// Returns the image that a token refers to.
///
/// # Errors
/// [`Problem::NotFound`], or [`Problem::Overloaded`] if a retry may succeed.
pub async fn handle(state: &Arc<AppState>, client: &Client, token: &[u8]) -> Result<ProxiedImage, Problem> {
    let (outcome, image) = match authorize(state, token, time::now()) {
        Ok((partner, address)) => cached_or_fetched(state, client, partner, address).await,
        Err(outcome) => (outcome, None),
    };
    state.metrics.count_image(outcome);
    let problem = if outcome == ImageOutcome::Crowded { Problem::Overloaded } else { Problem::NotFound };
    image.ok_or(problem)
}

/// The partner's fingerprint and the address, if the current configuration allows fetching it.
fn authorize(state: &AppState, token: &[u8], now: Time) -> Result<(u32, ImageAddress), ImageOutcome> {
    let image = image::open(state.keys.load().token_keys(), token).map_err(|_| ImageOutcome::Forged)?;
    if is_expired(image.issued, now, state.clicks.ttl) {
        return Err(ImageOutcome::Expired);
    }
    let partner = state.partner_by_fingerprint(image.partner).filter(|partner| partner.shows_images());
    let partner = partner.ok_or(ImageOutcome::Refused)?;
    let address = ImageAddress::new(&image.url, &partner.image_hosts).ok_or(ImageOutcome::Refused)?;
    Ok((image.partner, address))
}

async fn cached_or_fetched(
    state: &Arc<AppState>,
    client: &Client,
    partner: u32,
    address: ImageAddress,
) -> (ImageOutcome, Option<ProxiedImage>) {
    match state.images.cache.get(partner, address.url().as_str()) {
        Some(Ok(image)) => return (ImageOutcome::Cached, Some(image)),
        Some(Err(error)) => return (error.into(), None),
        None => {}
    }
    let Ok(permit) = state.limiter.take(client, ShareKind::Images, Some(&state.images.in_flight)) else {
        return (ImageOutcome::Crowded, None);
    };
    let shared = state.clone();
    // A task of its own: if the fetch ended with the client's connection, the image's host would see when the person left.
    let fetch = tokio::task::spawn(async move {
        let _permit = permit;
        let result = shared.images.client.fetch(&address).await;
        shared.images.cache.insert(partner, address.url().as_str(), result.clone());
        result
    });
    // Nothing cancels the task, so an error here is a panic within it.
    match fetch.await.unwrap_or(Err(ImageError::Failed)) {
        Ok(image) => (ImageOutcome::Fetched, Some(image)),
        Err(error) => (error.into(), None),
    }
}

impl From<ImageError> for ImageOutcome {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Refused => Self::Refused,
            ImageError::Failed => Self::Failed,
            ImageError::TimedOut => Self::TimedOut,
            ImageError::Crowded => Self::Crowded,
        }
    }
}
