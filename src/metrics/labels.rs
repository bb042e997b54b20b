//! Label values: the closed lists by which requests are counted.

use strum::VariantArray;

/// The kind of a request to the public listener.
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
    /// Any other path: the home page, the privacy statement, assets and unknown paths.
    Other,
}

/// The result of a request that could count a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, VariantArray)]
pub enum VisitOutcome {
    /// The request had no stamp and received a provisional one.
    Absent,
    /// The stamp was invalid and was replaced by a provisional one.
    Invalid,
    /// The stamp had expired and was replaced by a provisional one.
    Ended,
    /// A provisional stamp was returned: a new visitor.
    Born,
    /// The stamp was last active on an earlier day: a returning visitor.
    Returned,
    /// A new or returning visitor whose stamp had already been counted today.
    Repeated,
    /// The stamp is dated today, or tomorrow by a clock that is ahead.
    Today,
    /// The stamp was dated further in the future and was replaced by one dated today.
    Redated,
    /// The client objects to stamps.
    Objected,
    /// A new or returning visitor that was not counted, because its client is over its limits.
    Excess,
}

impl VisitOutcome {
    /// The label value.
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
            Self::Excess => "excess",
        }
    }
}

/// A limit of one client (`[limits.client]`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, VariantArray)]
pub enum ClientLimit {
    /// Open connections.
    Connections,
    /// Incomplete request heads and TLS handshakes.
    HeadsInFlight,
    /// Requests that are being answered.
    RequestsInFlight,
    /// Searches under way.
    SearchesInFlight,
    /// Requests to partners under way.
    PartnerRequestsInFlight,
    /// Images that are being fetched.
    ImagesInFlight,
    /// Bytes of answers that wait for the client.
    WaitingBytes,
    /// The rate of bytes received over HTTP/2.
    ReceivedBytes,
    /// The rate of requests.
    Requests,
    /// The rate of searches.
    Searches,
    /// The rate of counted clicks.
    Clicks,
    /// The rate of counted visits.
    Visits,
    /// The rate of new visitors.
    Births,
    /// The share of a partner's budget.
    Budget,
}

impl ClientLimit {
    /// The label value, which is also the name of the policy that a client is told.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connections => "connections",
            Self::HeadsInFlight => "heads_in_flight",
            Self::RequestsInFlight => "requests_in_flight",
            Self::SearchesInFlight => "searches_in_flight",
            Self::PartnerRequestsInFlight => "partner_requests_in_flight",
            Self::ImagesInFlight => "images_in_flight",
            Self::WaitingBytes => "waiting_bytes",
            Self::ReceivedBytes => "received_bytes",
            Self::Requests => "requests",
            Self::Searches => "searches",
            Self::Clicks => "clicks",
            Self::Visits => "visits",
            Self::Births => "births",
            Self::Budget => "budget",
        }
    }
}

/// Why the admin listener refused something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, VariantArray)]
pub enum AdminRefusal {
    /// A connection: the client has its share, and all of them are being answered.
    Connections,
    /// A connection was closed for a newer one.
    Evicted,
    /// A connection was closed at a deadline.
    Deadline,
    /// A request that named another host.
    Host,
    /// A request without the right token.
    Token,
    /// A request whose token was not compared: too many wrong ones came before.
    TokenRate,
    /// A request with another method than `GET` and `HEAD`.
    Method,
    /// A request by a page of another site.
    Site,
    /// A report, because others are being answered.
    Reports,
    /// A report that took too long.
    ReportTime,
}

impl AdminRefusal {
    /// The label value.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connections => "connections",
            Self::Evicted => "evicted",
            Self::Deadline => "deadline",
            Self::Host => "host",
            Self::Token => "token",
            Self::TokenRate => "token_rate",
            Self::Method => "method",
            Self::Site => "site",
            Self::Reports => "reports",
            Self::ReportTime => "report_time",
        }
    }
}

/// The state of a partner's circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, VariantArray)]
pub enum CircuitState {
    /// It is asked.
    Closed,
    /// It is skipped.
    Open,
    /// Probes are sent to it.
    HalfOpen,
}

impl CircuitState {
    /// The word in metrics and reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

/// The result of a request for an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, VariantArray)]
pub enum ImageOutcome {
    /// Fetched from its host.
    Fetched,
    /// Answered from the cache.
    Cached,
    /// The address is not allowed, its host has no public address, or the partner has no images.
    Refused,
    /// The host returned no image within the limits, now or a short time ago.
    Failed,
    /// Not complete within `image_time`, now or a short time ago.
    TimedOut,
    /// Not fetched because `images_in_flight` fetches were running.
    Crowded,
    /// The token is older than `click_ttl`.
    Expired,
    /// The token is not authentic.
    Forged,
}

impl ImageOutcome {
    /// The label value.
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

/// A table of the store whose totals over all days are published as a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, VariantArray)]
pub enum Stored {
    /// Clicks.
    Clicks,
    /// Searches.
    Searches,
    /// Visitors by day and by days since their previous visit.
    Active,
    /// Toolbars without stamps, by day.
    ActiveById,
    /// Visitors by days since their first visit.
    Retention,
}

impl Stored {
    /// The name of the metric and of the table to which new counts are added.
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

    /// The tables that are summed up, each with the SQL condition for the rows that belong to this metric.
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

    /// Whether it counts people. A scrape must not show a single one.
    #[must_use]
    pub fn is_people(self) -> bool {
        matches!(self, Self::Active | Self::ActiveById | Self::Retention)
    }

    /// The columns that are the labels of the metric. People are summed over codes and gaps: such a sum is large.
    #[must_use]
    pub fn labels(self) -> &'static [&'static str] {
        match self {
            Self::Clicks | Self::Searches => self.columns(),
            Self::Active | Self::ActiveById => &[],
            Self::Retention => &["age"],
        }
    }

    /// The key columns of the table, except for those of time.
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
            Self::Clicks => "Clicks in the store, read once a minute",
            Self::Searches => "Searches in the store, read once a minute",
            Self::Active => {
                "Daily visitors, summed over all days, rounded down to a multiple of k; read from the store once a minute"
            }
            Self::ActiveById => {
                "Daily toolbars without stamps, summed over all days, rounded down to a multiple of k; approximate; read from the store once a minute"
            }
            Self::Retention => {
                "Visitors by days since their first visit, summed over cohorts, rounded down to a multiple of k; read from the store once a minute"
            }
        }
    }
}
