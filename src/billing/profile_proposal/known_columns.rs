//! The names that columns have in the statements of known sources.

/// Keys of a profile with the folded names that their columns have in known statements, the most likely first.
pub(super) const KNOWN_COLUMNS: [(&str, &[&str]); 8] = [
    ("date", &["date", "day", "datestamp", "reporteddate", "timeperiod", "datum", "fecha", "data", "gregoriandate"]),
    ("hour", &["datahour", "hour", "stunde"]),
    (
        "code",
        &[
            "code",
            "tag",
            "typetag",
            "sourcetag",
            "customchannelid",
            "channel",
            "subid",
            "subid1",
            "adunitname",
            "partnercode",
            "campaignname",
            "campaign_id",
            "site",
        ],
    ),
    ("searches", &["searches", "queries", "adrequests", "requests", "pageviews", "impressions", "suchanfragen"]),
    ("clicks", &["clicks", "biddedclicks", "billableclicks", "klicks", "clics", "cliques"]),
    (
        "revenue",
        &[
            "revenue",
            "earnings",
            "estimatedearnings",
            "estimatedgrossrevenue",
            "estimatedrevenue",
            "est.grossrev",
            "revenueusd",
            "netrevenue",
            "amount",
            "money",
            "payout",
            "umsatz",
            "einnahmen",
            "cost",
        ],
    ),
    ("currency_column", &["currency", "currencycode", "currency_code", "wahrung"]),
    ("final", &["final", "isfinal", "status"]),
];

/// Folded names of columns that many statements are broken down by.
pub(super) const DIMENSIONS: [&str; 7] = ["country", "device", "market", "product", "platform", "region", "land"];
