//! Counting a search: exactly once, however it ends.

use crate::counts::cells::{Cell, SearchCell, SearchOutcome, Slice, SliceCell};
use crate::counts::people::Person;
use crate::fields::SixFields;
use crate::fields::browser::Browser;
use crate::mutants::leak;
use crate::name::ConfigName;
use crate::partner::Partner;
use crate::problem::PartnerFailure;
use crate::result_kind::ResultKind;
use crate::state::AppState;
use crate::time;

/// Counts a search when it is dropped, whatever ends the search: an answer, the last failure, or the process shutting
/// down before it ends. The outcome is `refused` until a partner was asked, and `failed` from then on.
pub(super) struct CountOnDrop<'a> {
    state: &'a AppState,
    code: ConfigName,
    slices: [Option<Slice>; 3],
    person: Person,
    partner: ConfigName,
    outcome: SearchOutcome,
    /// Partner and outcome if the current partner turns out not to have been asked.
    before: (ConfigName, SearchOutcome),
}

impl<'a> CountOnDrop<'a> {
    pub(super) fn new(state: &'a AppState, fields: &SixFields, person: Person) -> Self {
        Self {
            state,
            code: fields.code().name().clone(),
            slices: slices(fields),
            person,
            partner: ConfigName::unknown(),
            outcome: SearchOutcome::Refused,
            before: (ConfigName::unknown(), SearchOutcome::Refused),
        }
    }

    /// Notes that this partner is skipped. The search is counted under the first one if all are.
    pub(super) fn skipping(&mut self, partner: &Partner) {
        if self.partner == ConfigName::unknown() {
            self.partner = partner.name.clone();
        }
    }

    /// Notes that this partner is being asked.
    pub(super) fn asking(&mut self, partner: &Partner) {
        let partner = std::mem::replace(&mut self.partner, partner.name.clone());
        self.before = (partner, std::mem::replace(&mut self.outcome, SearchOutcome::Failed));
    }

    /// Notes that the partner gave no answer. A partner at its concurrency limit was not asked at all: the search is counted under the
    /// one that was asked before it, or under the first one if none was.
    pub(super) fn failed(&mut self, failure: PartnerFailure) {
        if failure == PartnerFailure::Crowded {
            let (partner, outcome) =
                std::mem::replace(&mut self.before, (ConfigName::unknown(), SearchOutcome::Refused));
            self.outcome = outcome;
            if partner != ConfigName::unknown() {
                self.partner = partner;
            }
        }
    }

    /// Notes how the search ended.
    pub(super) fn ended(&mut self, outcome: SearchOutcome) {
        self.outcome = outcome;
    }
}

impl Drop for CountOnDrop<'_> {
    fn drop(&mut self) {
        if self.outcome.was_asked() {
            // The totals of the slices are thus those of `searches` without `refused` and `robot`.
            let (day, values) = (time::now().day(), std::mem::take(&mut self.slices).into_iter().flatten());
            let cells = values.map(|value| SliceCell { day, partner: self.partner.clone(), value });
            self.state.slices.add(cells, self.person, self.state.k);
        }
        count(self.state, &self.partner, &self.code, self.outcome);
    }
}

/// Counts a search that was refused, under the first partner of its code.
pub fn count_refused(state: &AppState, code: &ConfigName) {
    count_unasked(state, code, SearchOutcome::Refused);
}

/// Counts a robot's search, under the first partner of its code.
pub fn count_robot(state: &AppState, code: &ConfigName) {
    count_unasked(state, code, SearchOutcome::Robot);
}

fn count_unasked(state: &AppState, code: &ConfigName, outcome: SearchOutcome) {
    let partner = state.route(code).and_then(|route| route.choices.first()).and_then(|choice| state.partner(choice));
    let partner = partner.map_or_else(ConfigName::unknown, |state| state.partner.name.clone());
    count(state, &partner, code, outcome);
}

/// The outcome of a search, by the kinds of its results.
pub(super) fn outcome(kinds: impl IntoIterator<Item = ResultKind>) -> SearchOutcome {
    let mut kinds = kinds.into_iter().peekable();
    if kinds.peek().is_none() {
        SearchOutcome::Empty
    } else if kinds.any(|kind| kind == ResultKind::Sponsored) {
        SearchOutcome::WithAds
    } else {
        SearchOutcome::Answered
    }
}

/// The slices that a search is counted in. The browser family `other` has no slice: in reports, `other` is the
/// remainder that is in no slice.
fn slices(fields: &SixFields) -> [Option<Slice>; 3] {
    let browser = Some(fields.browser()).filter(|browser| *browser != Browser::Other);
    [
        Some(Slice::Language(fields.language().clone())),
        browser.map(Slice::Browser),
        fields.keyword_group().cloned().map(Slice::KeywordGroup),
    ]
}

fn count(state: &AppState, partner: &ConfigName, code: &ConfigName, outcome: SearchOutcome) {
    let leaked = leak::keyword_as_name().and_then(|name| ConfigName::new(&name).ok());
    let code = leaked.as_ref().unwrap_or(code);
    let cell = SearchCell { hour: time::now().hour(), partner: partner.clone(), code: code.clone(), outcome };
    state.writer.add(Cell::Search(cell));
}
