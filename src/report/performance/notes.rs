//! What a report of performance says beside its table.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use crate::billing::money::Currency;
use crate::report::performance::groups::ReportGroup;
use crate::report::performance::partner_data::PartnerData;
use crate::report::performance::request::{PerformanceRequest, ReportGrouping};
use crate::report::performance::sums::PerformanceSums;

/// The definitions of the columns.
const DEFINITIONS: &str = "Searches are those that a partner answered (with_ads, answered, empty). Coverage is with_ads ÷ searches, CTR is \
counted sponsored clicks ÷ searches with ads. RPM is revenue per 1,000 searches and EPC is revenue per counted click, both of the codes and \
days that the revenue belongs to.";

/// The definition of the margin.
const MARGIN: &str = "Cost is what requests to partners that are paid by request cost, by UTC day. Margin is revenue × our share of its month ([[partner]] share) − cost; it is absent where revenue is not told for every day and code of a row, or is in another currency than a cost.";

/// Groups that a note names at most.
const MAX_NAMED: usize = 5;

/// Returns the notes, a sentence or two each.
pub(super) fn notes(
    request: &PerformanceRequest<'_>,
    partners: &[PartnerData],
    groups: &[(&ReportGroup, PerformanceSums)],
) -> Vec<String> {
    let mut notes = vec![DEFINITIONS.to_owned()];
    notes.extend(zones(partners));
    notes.extend(incomplete(request, groups));
    notes.extend(stated(groups));
    let uncut: Vec<String> = partners
        .iter()
        .filter(|data| !data.ours.uncut_days.is_empty())
        .map(|data| data.partner.name.to_string())
        .collect();
    if !uncut.is_empty() {
        let partners = uncut.join(", ");
        notes.push(format!(
            "The hours of some days are rolled up, so that our days of {partners} are UTC days there, which its zone cannot be cut from."
        ));
    }
    let direct = partners.iter().filter(|data| data.partner.is_direct).map(|data| data.partner.name.to_string());
    let direct: Vec<String> = direct.collect();
    if !direct.is_empty() {
        let partners = direct.join(", ");
        notes.push(format!("The clicks of {partners} are not counted here (links = \"direct\")."));
    }
    notes.push(MARGIN.to_owned());
    notes.extend(groups.last().and_then(|(_, sums)| unsubtracted(sums)));
    if request.is_compared {
        notes.push(
            "Each day is compared with the day at the same place of the period before. A change is absent where one of both is not over, and \
             that of revenue also where a statement does not tell it for every day."
                .to_owned(),
        );
    }
    notes
}

/// Which costs of the whole period are subtracted from nothing.
fn unsubtracted(sums: &PerformanceSums) -> Option<String> {
    let is_other = |currency: &&Currency| sums.revenue.keys().any(|earned| *earned != Some(**currency));
    let other: Vec<&str> = sums.costs.keys().filter(is_other).map(Currency::as_str).collect();
    if sums.has_unpriced {
        return Some("Some of these requests have no price, so that their cost is not known.".to_owned());
    }
    (!other.is_empty()).then(|| {
        let currencies = other.join(", ");
        format!("Costs in {currencies} are not subtracted from revenue in another currency: its margin is absent.")
    })
}

/// In which zones the days are.
fn zones(partners: &[PartnerData]) -> Option<String> {
    let mut zones: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for data in partners {
        let zone =
            if data.partner.zone == TimeZone::UTC { "UTC" } else { data.partner.zone.iana_name().unwrap_or("UTC") };
        zones.entry(zone.to_owned()).or_default().push(data.partner.name.to_string());
    }
    let named: Vec<String> = zones.iter().map(|(zone, partners)| format!("{zone} ({})", partners.join(", "))).collect();
    (!named.is_empty()).then(|| format!("Days are in {}.", named.join("; ")))
}

/// The weeks, months and the period that are not complete.
fn incomplete(request: &PerformanceRequest<'_>, groups: &[(&ReportGroup, PerformanceSums)]) -> Option<String> {
    let is_interval = |group: &ReportGroup| match request.grouping {
        ReportGrouping::Day | ReportGrouping::Week | ReportGrouping::Month => true,
        ReportGrouping::Partner | ReportGrouping::Code => {
            (group.from, group.to) == (request.filter.from, request.filter.to)
        }
    };
    let short = groups.iter().filter(|(group, sums)| is_interval(group) && sums.days < group.of_days);
    let named: Vec<String> =
        short.map(|(group, sums)| format!("{}: {} of {} days", group.name, sums.days, group.of_days)).collect();
    let more = named.len().saturating_sub(MAX_NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let named: Vec<String> = named.into_iter().rev().take(MAX_NAMED).rev().collect();
    (!named.is_empty()).then(|| format!("Not complete: {}{more}.", named.join(", ")))
}

/// What is left out of the revenue.
fn stated(groups: &[(&ReportGroup, PerformanceSums)]) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some((total, sums)) = groups.last()
        && !sums.revenue.is_empty()
    {
        notes.push(format!("Revenue is told for {} of {} days.", sums.stated_days, total.of_days));
        if sums.revenue.values().any(|revenue| revenue.unmapped.is_some()) {
            notes.push("Revenue of codes that are in the tags of no [[code]] is in unmapped_revenue only.".to_owned());
        }
    }
    if groups.iter().any(|(_, sums)| sums.has_left_out) {
        notes.push(
            "Revenue that a statement tells for more days or codes than those of a row is not in that row, since it cannot be split.".to_owned(),
        );
    }
    notes
}
