//! Which checks must catch which mutant.

use std::collections::BTreeSet;

use strum::VariantArray as _;

use qsproxy::mutants::Mutant;

use super::check::{Check, Part};
use super::runner::{Job, Outcome};

/// The environment variable that selects a mutant.
const SELECTED: &str = "QSPROXY_MUTANT";

/// Each mutant, and the checks that must fail on it.
const CAUGHT_BY: &[(Mutant, &[&str])] = &[
    (Mutant::LogsSearches, &["every_path::good_searches"]),
    (Mutant::LogsFailedRequests, &["every_path::failing_partners"]),
    (Mutant::LogsPanicMessages, &["panics::every_folder"]),
    (Mutant::StoresAddressHashes, &["every_path::refused_keywords", "store_equality::different_people"]),
    (Mutant::StoresAddressesAtStop, &["every_path::sigterm"]),
    (Mutant::StoresSerials, &["every_path::visits"]),
    (Mutant::StoresKeywords, &["every_path::good_searches", "store_equality::different_people"]),
    (Mutant::KeepsDeletedFile, &["every_path::good_searches"]),
    (Mutant::WritesTemporaryFiles, &["system_calls::files"]),
    (Mutant::KeepsKeywords, &["process::memory"]),
    (Mutant::AllowsCoreFiles, &["process::fatal_signals"]),
    (Mutant::ShowsKeywordInMetrics, &["every_path::redacted_keywords"]),
    (Mutant::PassesForwardedFor, &["outbound_equality::equal_requests", "every_path::redacted_keywords"]),
    (Mutant::SendsRawLanguage, &["outbound_equality::equal_requests"]),
    (Mutant::SendsRawAgent, &["outbound_equality::equal_requests"]),
    (Mutant::SendsMinutes, &["outbound_equality::hours"]),
    (Mutant::SendsRawIds, &["every_path::redacted_keywords"]),
    (Mutant::AcceptsCountableIds, &["outbound_equality::equal_requests"]),
    (Mutant::IgnoresObjections, &["outbound_equality::equal_requests"]),
    (Mutant::SharesPseudonyms, &["partner_side::pseudonyms_of_partners"]),
    (Mutant::KeepsPseudonyms, &["partner_side::pseudonyms_of_days"]),
    (Mutant::KeepsCookies, &["partner_side::cookies", "every_path::redacted_keywords"]),
    (Mutant::FollowsRedirects, &["partner_side::redirects"]),
    (Mutant::ReadsProxyVariables, &["partner_side::proxy_variables"]),
    (Mutant::ResumesTlsSessions, &["partner_side::tls_sessions"]),
    (Mutant::LogsTlsKeys, &["partner_side::tls_sessions"]),
    (Mutant::TiesConnectionsToClients, &["outbound_equality::connections"]),
    (Mutant::MarksRetries, &["partner_side::retries"]),
    (Mutant::ResolvesTargets, &["system_calls::files"]),
    (Mutant::AcceptsAnyHost, &["every_path::rejected_requests"]),
    (Mutant::IssuesTlsTickets, &["tls::tickets_and_certificates"]),
    (Mutant::SendsEtagByUser, &["own_answers::equal_answers"]),
    (Mutant::SendsRequestIds, &["own_answers::equal_answers"]),
    (Mutant::AsksForHints, &["own_answers::equal_answers"]),
    (Mutant::PassesPartnerHeaders, &["every_path::redacted_keywords"]),
    (Mutant::RepeatsInputInErrors, &["every_path::rejected_requests"]),
    (Mutant::ShowsOthersSearches, &["every_path::good_searches"]),
    (Mutant::SendsReferrers, &["own_answers::equal_answers"]),
    (Mutant::OmitsContentPolicy, &["own_answers::equal_answers"]),
    (Mutant::KeepsPings, &["html_partner::hostile_fragments"]),
    (Mutant::SealsKeywords, &["own_answers::token_lengths"]),
    (Mutant::StampsObjectors, &["own_answers::objections"]),
    (Mutant::CountsSearchesForK, &["small_cells::slices"]),
    (Mutant::WritesSmallSlices, &["small_cells::slices"]),
    (Mutant::WritesSlicesAtOnce, &["small_cells::slices"]),
    (Mutant::ShowsLiveMetrics, &["small_cells::metrics"]),
    (Mutant::DeliversSingleEvents, &["small_cells::postgres_batches"]),
];

/// What became of a mutant.
pub struct MutantOutcome {
    pub mutant: Mutant,
    pub caught_by: Vec<(Part, &'static str)>,
    /// Checks that should have caught it.
    pub missed_by: Vec<&'static str>,
    /// What the first of the checks found.
    pub finding: String,
}

impl MutantOutcome {
    pub fn is_caught(&self) -> bool {
        !self.caught_by.is_empty() && self.missed_by.is_empty()
    }
}

/// The mutants whose name contains one of these words.
pub fn selected(is_wanted: impl Fn(&str) -> bool) -> Vec<Mutant> {
    Mutant::VARIANTS.iter().copied().filter(|mutant| is_wanted(mutant.name())).collect()
}

/// One job for each mutant and each check that must catch it. Panics if a mutant or a check is missing from the table.
pub fn jobs<'a>(mutants: &[Mutant], checks: &'a [Check]) -> Vec<(Mutant, Job<'a>)> {
    let mut jobs = Vec::new();
    for mutant in mutants {
        let row = CAUGHT_BY.iter().find(|(known, _)| known == mutant);
        let (_, names) = row.unwrap_or_else(|| panic!("{} has no check: add it to mutants.rs", mutant.name()));
        for name in *names {
            let check = checks.iter().find(|check| check.name == *name);
            let check = check.unwrap_or_else(|| panic!("{}: there is no check {name}", mutant.name()));
            jobs.push((*mutant, Job { check, env_vars: vec![(SELECTED, mutant.name().to_owned())] }));
        }
    }
    jobs
}

/// What became of each mutant.
pub fn judge(mutants: &[Mutant], jobs: &[(Mutant, Part)], outcomes: &[Outcome]) -> Vec<MutantOutcome> {
    let judge_one = |mutant: &Mutant| {
        let of_mutant = || jobs.iter().zip(outcomes).filter(|((of, _), _)| of == mutant);
        let caught = || of_mutant().filter(|(_, outcome)| !outcome.passed && !outcome.is_inconclusive());
        MutantOutcome {
            mutant: *mutant,
            caught_by: caught().map(|((_, part), outcome)| (*part, outcome.check)).collect(),
            missed_by: of_mutant()
                .filter(|(_, outcome)| outcome.passed || outcome.is_inconclusive())
                .map(|(_, outcome)| outcome.check)
                .collect(),
            finding: caught().next().map_or_else(String::new, |(_, outcome)| outcome.finding().to_owned()),
        }
    };
    mutants.iter().map(judge_one).collect()
}

/// The parts that caught no mutant, of which nobody knows whether they see anything.
pub fn parts_without_mutant(outcomes: &[MutantOutcome]) -> Vec<Part> {
    let caught: BTreeSet<Part> =
        outcomes.iter().flat_map(|outcome| &outcome.caught_by).map(|(part, _)| *part).collect();
    Part::ALL.into_iter().filter(|part| !caught.contains(part)).collect()
}
