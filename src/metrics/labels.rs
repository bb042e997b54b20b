//! The closed lists that label requests.

use strum::VariantArray;

/// What the public listener was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, VariantArray)]
pub enum Route {
    /// `/search`.
    Search,
    /// `/click/…`.
    Click,
    /// `/image/…`.
    Image,
    /// `/visit`.
    Visit,
    /// Everything else: the home page, the privacy statement, assets and unknown paths.
    Other,
}

/// What a request said of visits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, VariantArray)]
pub enum VisitOutcome {
    /// It brought no stamp, and got a provisional one.
    Absent,
    /// What it brought is no stamp of ours; likewise.
    Invalid,
    /// It brought a stamp past its life; likewise.
    Ended,
    /// A provisional stamp came back: somebody new.
    Born,
    /// A stamp last active on an earlier day: somebody who came back.
    Returned,
    /// One of these two whose stamp had been counted on this day.
    Repeated,
    /// A stamp of today, or of a clock a day ahead.
    Today,
    /// A stamp of a clock further ahead, which is dated today from now on.
    Redated,
    /// Its client wants no stamp.
    Objected,
}

impl VisitOutcome {
    /// Its name as a label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Invalid => "invalid",
            Self::Ended => "ended",
            Self::Born => "born",
            Self::Returned => "returned",
            Self::Repeated => "repeated",
            Self::Today => "today",
            Self::Redated => "redated",
            Self::Objected => "objected",
        }
    }
}

/// What became of a request for an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, VariantArray)]
pub enum ImageOutcome {
    /// Fetched from its host.
    Fetched,
    /// Fetched a short while ago.
    Cached,
    /// Not an address that may be asked, a host without a public address, or a partner without images.
    Refused,
    /// No picture within bounds at its host, now or a short while ago.
    Failed,
    /// Not whole within `image_time`, likewise.
    TimedOut,
    /// Not asked: `images_in_flight` are under way.
    Crowded,
    /// The token is older than `click_ttl`.
    Expired,
    /// The token does not open.
    Forged,
}

impl ImageOutcome {
    /// Its name as a label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fetched => "fetched",
            Self::Cached => "cached",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Crowded => "crowded",
            Self::Expired => "expired",
            Self::Forged => "forged",
        }
    }
}

/// A table of the store whose sums over all days are published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, VariantArray)]
pub enum Stored {
    /// Clicks.
    Clicks,
    /// Searches.
    Searches,
    /// Visitors by day.
    Active,
    /// Toolbars without stamps by day.
    ActiveById,
    /// Visitors by age.
    Retention,
}

impl Stored {
    /// Its name: of its metric, and of the table that new counts are added to.
    #[must_use]
    pub fn table(self) -> &'static str {
        match self {
            Self::Clicks => "clicks",
            Self::Searches => "searches",
            Self::Active => "active",
            Self::ActiveById => "active_by_id",
            Self::Retention => "retention",
        }
    }

    /// The tables of the store that it sums up, each with the rows of it that belong here.
    #[must_use]
    pub fn sources(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Clicks => &[("clicks", "true"), ("clicks_daily", "true"), ("adjustments", "subject = 'clicks'")],
            Self::Searches => {
                &[("searches", "true"), ("searches_daily", "true"), ("adjustments", "subject = 'searches'")]
            }
            Self::Active => &[("active", "true")],
            Self::ActiveById => &[("active_by_id", "true")],
            Self::Retention => &[("retention", "true")],
        }
    }

    /// The columns that label its sums.
    #[must_use]
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Clicks => &["partner", "code", "kind", "outcome"],
            Self::Searches => &["partner", "code", "outcome"],
            Self::Active => &["code", "gap"],
            Self::ActiveById => &["code"],
            Self::Retention => &["age", "code"],
        }
    }

    pub(super) fn help(self) -> &'static str {
        match self {
            Self::Clicks => "Clicks in the store; read from it once a minute",
            Self::Searches => "Searches in the store; read from it once a minute",
            Self::Active => "Visitors by day, summed up, by days since the visit before; read from the store",
            Self::ActiveById => "Toolbars without stamps by day, summed up; approximate; read from the store",
            Self::Retention => "Visitors by their age in days, summed up over cohorts; read from the store",
        }
    }
}
