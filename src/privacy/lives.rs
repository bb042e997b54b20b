//! How long what the service remembers lives, from the constants and the configuration that make it end.

use std::time::Duration;

use crate::clients::KEY_LIFETIME;
use crate::image_proxy::cache::IMAGE_TTL;
use crate::privacy::statement::PrivacyStatement;
use crate::storage::roll_up::MONTHS_BY_HOUR;
use crate::tokens::visit_stamp::{LIFETIME_MONTHS, MAX_ABSENCE_DAYS};

/// A click that was remembered just before a window began is forgotten when the next one ends.
const REPEAT_WINDOWS: u64 = 2;

/// How long each thing lives. Times are in seconds unless their names say otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lives {
    /// How many months counts by the hour stay by the hour.
    pub hourly_months: i32,
    /// How many months a stamp is valid.
    pub stamp_months: i32,
    /// How many days a browser keeps a stamp without a visit.
    pub stamp_absence_days: u32,
    /// How long a result link works.
    pub link: u64,
    /// How long it is remembered at most that a link was opened.
    pub opened_link: u64,
    /// How long the number of a network is remembered at most.
    pub network: u64,
    /// How long the number of a click is remembered at most; 0 if it is not.
    pub repeated_click: u64,
    /// How long an image is remembered at most.
    pub image: u64,
}

impl Lives {
    /// The lives under the configuration of a statement.
    #[must_use]
    pub fn of(statement: &PrivacyStatement) -> Self {
        let link = statement.click_ttl_seconds().unwrap_or(0);
        Self {
            hourly_months: MONTHS_BY_HOUR,
            stamp_months: LIFETIME_MONTHS,
            stamp_absence_days: MAX_ABSENCE_DAYS,
            link,
            opened_link: opened_link(link),
            network: KEY_LIFETIME.as_secs(),
            repeated_click: statement.repeat_seconds() * REPEAT_WINDOWS,
            image: IMAGE_TTL.as_secs(),
        }
    }
}

/// Two generations of clicked links are remembered, each as long as a link works.
fn opened_link(seconds: u64) -> u64 {
    Duration::from_secs(seconds).saturating_mul(2).as_secs()
}
