//! The mutants.
#![allow(clippy::disallowed_methods, reason = "the audit selects a mutant by an environment variable")]

use std::sync::OnceLock;

use strum::VariantArray;

/// The environment variable that names the mutant to run.
const SELECTED: &str = "QSPROXY_MUTANT";

macro_rules! mutants {
    ($($(#[doc = $doc:literal])+ $mutant:ident = $feature:tt,)+) => {
        /// A leak. Its name is its cargo feature.
        #[derive(Clone, Copy, PartialEq, Eq, VariantArray)]
        pub enum Mutant {
            $($(#[doc = $doc])+ $mutant,)+
        }

        impl Mutant {
            /// Its cargo feature.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$mutant => $feature,)+ }
            }

            /// What it does.
            #[must_use]
            pub fn description(self) -> &'static str {
                match self { $(Self::$mutant => concat!($($doc),+).trim_ascii(),)+ }
            }

            /// Whether it is built in.
            const fn is_built(self) -> bool {
                match self { $(Self::$mutant => cfg!(feature = $feature),)+ }
            }
        }
    };
}

mutants! {
    // Inputs: to standard error, to files, into memory.
    /// Prints the parameters of each search.
    LogsSearches = "mutant-logs-searches",
    /// Prints the request that a partner answered with an error.
    LogsFailedRequests = "mutant-logs-failed-requests",
    /// Prints the message of a panic.
    LogsPanicMessages = "mutant-logs-panic-messages",
    /// Writes a hash of each client's address to the data folder.
    StoresAddressHashes = "mutant-stores-address-hashes",
    /// Keeps the addresses of clients, and writes them when the process ends.
    StoresAddressesAtStop = "mutant-stores-addresses-at-stop",
    /// Writes the serials of visit stamps to the data folder.
    StoresSerials = "mutant-stores-serials",
    /// Counts searches under their keyword.
    StoresKeywords = "mutant-stores-keywords",
    /// Writes each search to a file that has been deleted.
    KeepsDeletedFile = "mutant-keeps-deleted-file",
    /// Writes each search to a temporary file, and deletes it.
    WritesTemporaryFiles = "mutant-writes-temporary-files",
    /// Keeps the keywords of all searches in memory.
    KeepsKeywords = "mutant-keeps-keywords",
    /// Lets the kernel write a core file.
    AllowsCoreFiles = "mutant-allows-core-files",
    /// Shows the last keyword in the metrics.
    ShowsKeywordInMetrics = "mutant-shows-keyword-in-metrics",
    // Proxy to partner.
    /// Passes X-Forwarded-For on to partners.
    PassesForwardedFor = "mutant-passes-forwarded-for",
    /// Sends the language as the client sent it.
    SendsRawLanguage = "mutant-sends-raw-language",
    /// Sends the agent as the client sent it.
    SendsRawAgent = "mutant-sends-raw-agent",
    /// Sends minutes with the hour.
    SendsMinutes = "mutant-sends-minutes",
    /// Sends the ID itself.
    SendsRawIds = "mutant-sends-raw-ids",
    /// Sends an ID that can be counted through.
    AcceptsCountableIds = "mutant-accepts-countable-ids",
    /// Sends an ID in spite of Sec-GPC and DNT.
    IgnoresObjections = "mutant-ignores-objections",
    /// Gives all partners the same pseudonym.
    SharesPseudonyms = "mutant-shares-pseudonyms",
    /// Gives a partner the same pseudonym on all days.
    KeepsPseudonyms = "mutant-keeps-pseudonyms",
    /// Keeps the cookies of partners and sends them with later requests.
    KeepsCookies = "mutant-keeps-cookies",
    /// Follows redirects of partners.
    FollowsRedirects = "mutant-follows-redirects",
    /// Asks partners through the proxy that the environment names.
    ReadsProxyVariables = "mutant-reads-proxy-variables",
    /// Resumes TLS sessions with partners.
    ResumesTlsSessions = "mutant-resumes-tls-sessions",
    /// Uses the connection to a partner for one client only.
    TiesConnectionsToClients = "mutant-ties-connections-to-clients",
    /// Marks a request that goes out a second time.
    MarksRetries = "mutant-marks-retries",
    /// Resolves the hosts of results.
    ResolvesTargets = "mutant-resolves-targets",
    /// Writes the TLS keys of connections to partners to the file that the environment names.
    LogsTlsKeys = "mutant-logs-tls-keys",
    // To clients.
    /// Answers requests for any host.
    AcceptsAnyHost = "mutant-accepts-any-host",
    /// Issues TLS session tickets to clients.
    IssuesTlsTickets = "mutant-issues-tls-tickets",
    /// Sends an ETag that differs between users.
    SendsEtagByUser = "mutant-sends-etag-by-user",
    /// Sends an ID for each request.
    SendsRequestIds = "mutant-sends-request-ids",
    /// Asks browsers for client hints.
    AsksForHints = "mutant-asks-for-hints",
    /// Passes a header of the partner on.
    PassesPartnerHeaders = "mutant-passes-partner-headers",
    /// Repeats in an error what was sent.
    RepeatsInputInErrors = "mutant-repeats-input-in-errors",
    /// Shows the last search of another user.
    ShowsOthersSearches = "mutant-shows-others-searches",
    /// Lets destinations see the address of the results page.
    SendsReferrers = "mutant-sends-referrers",
    /// Leaves out the content security policy.
    OmitsContentPolicy = "mutant-omits-content-policy",
    /// Keeps the ping attribute of a partner's links.
    KeepsPings = "mutant-keeps-pings",
    /// Seals the keyword into click tokens.
    SealsKeywords = "mutant-seals-keywords",
    /// Gives a stamp with a serial to those who object.
    StampsObjectors = "mutant-stamps-objectors",
    // Counts.
    /// Counts searches instead of people for k.
    CountsSearchesForK = "mutant-counts-searches-for-k",
    /// Writes a slice that fewer than k people had.
    WritesSmallSlices = "mutant-writes-small-slices",
    /// Writes a slice at the moment instead of the turn of an hour.
    WritesSlicesAtOnce = "mutant-writes-slices-at-once",
    /// Changes metrics at each request.
    ShowsLiveMetrics = "mutant-shows-live-metrics",
    /// Delivers each event to PostgreSQL by itself.
    DeliversSingleEvents = "mutant-delivers-single-events",
}

/// Whether this mutant is built in and selected.
#[must_use]
#[inline]
pub fn is_on(mutant: Mutant) -> bool {
    mutant.is_built() && selected() == Some(mutant)
}

/// Whether any mutant is built in and selected.
#[must_use]
#[inline]
pub(super) fn is_any_on() -> bool {
    cfg!(feature = "test-only") && selected().is_some()
}

fn selected() -> Option<Mutant> {
    static MUTANT: OnceLock<Option<Mutant>> = OnceLock::new();
    *MUTANT.get_or_init(|| {
        let name = std::env::var(SELECTED).ok()?;
        Mutant::VARIANTS.iter().copied().find(|mutant| mutant.name() == name)
    })
}
