//! The life of one image: its token opened, its address judged, the picture found or fetched. Whatever
//! goes wrong, the answer is the same `404`: nobody learns from it which hosts this service can reach.

use std::sync::Arc;

use crate::image_proxy::addresses::ImageAddress;
use crate::image_proxy::formats::{ImageError, ProxiedImage};
use crate::metrics::ImageOutcome;
use crate::problem::Problem;
use crate::state::AppState;
use crate::time::{self, Time};
use crate::tokens::image;
use crate::tokens::sealed::is_expired;

/// Answers for one token.
///
/// # Errors
/// [`Problem::NotFound`], or [`Problem::Overloaded`] where a later try may go well.
pub async fn show(parts: &Arc<AppState>, token: &[u8]) -> Result<ProxiedImage, Problem> {
    let (outcome, picture) = match judge(parts, token, time::now()) {
        Ok((partner, address)) => find(parts, partner, address).await,
        Err(outcome) => (outcome, None),
    };
    parts.metrics.image(outcome);
    let missing = if outcome == ImageOutcome::Crowded { Problem::Overloaded } else { Problem::NotFound };
    picture.ok_or(missing)
}

/// The partner's fingerprint and the address to ask, as the running configuration allows it.
fn judge(parts: &AppState, token: &[u8], now: Time) -> Result<(u32, ImageAddress), ImageOutcome> {
    let image = image::open(parts.keys.load().token_keys(), token).map_err(|_| ImageOutcome::Forged)?;
    if is_expired(image.issued, now, parts.clicks.lifetime) {
        return Err(ImageOutcome::Expired);
    }
    let partner = parts.partner(image.partner).filter(|partner| partner.shows_images()).ok_or(ImageOutcome::Refused)?;
    let address = ImageAddress::new(&image.url, &partner.image_hosts).ok_or(ImageOutcome::Refused)?;
    Ok((image.partner, address))
}

async fn find(parts: &Arc<AppState>, partner: u32, address: ImageAddress) -> (ImageOutcome, Option<ProxiedImage>) {
    match parts.images.album.get(partner, address.url().as_str()) {
        Some(Ok(picture)) => return (ImageOutcome::Cached, Some(picture)),
        Some(Err(lost)) => return (lost.into(), None),
        None => {}
    }
    let Some(permit) = parts.images.in_flight.permit() else { return (ImageOutcome::Crowded, None) };
    let shared = parts.clone();
    // In a task of its own, so that the image's host does not see from a broken connection that a person left.
    let fetch = tokio::task::spawn(async move {
        let _permit = permit;
        let found = shared.images.client.fetch(&address).await;
        shared.images.album.keep(partner, address.url().as_str(), found.clone());
        found
    });
    // The task cannot be cancelled from outside, so this error is a panic within it.
    match fetch.await.unwrap_or(Err(ImageError::Failed)) {
        Ok(picture) => (ImageOutcome::Fetched, Some(picture)),
        Err(lost) => (lost.into(), None),
    }
}

impl From<ImageError> for ImageOutcome {
    fn from(lost: ImageError) -> Self {
        match lost {
            ImageError::Refused => Self::Refused,
            ImageError::Failed => Self::Failed,
            ImageError::TimedOut => Self::TimedOut,
            ImageError::Crowded => Self::Crowded,
        }
    }
}
