//! The business counters of a configuration at zero.

use strum::VariantArray as _;

use crate::config::Config;
use crate::counts::cells::{Age, ClickOutcome, SearchOutcome};
use crate::metrics::{Metrics, Stored};
use crate::name::UNKNOWN;
use crate::result_kind::ResultKind;

/// Creates every series of the business counters that this configuration can produce, so that all exist from the start.
pub(super) fn create(config: &Config, metrics: &Metrics) {
    let create = |stored, labels: &[&str]| {
        let labels: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
        metrics.publish(stored, &labels, 0);
    };
    for route in &config.routes {
        let code = route.code.as_str();
        for partner in route.choices.iter().filter_map(|choice| config.partners.get(choice.partner)) {
            let partner = partner.name.as_str();
            for outcome in SearchOutcome::VARIANTS {
                create(Stored::Searches, &[partner, code, outcome.as_str()]);
            }
            for kind in ResultKind::VARIANTS {
                for outcome in ClickOutcome::VARIANTS {
                    create(Stored::Clicks, &[partner, code, kind.as_str(), outcome.as_str()]);
                }
            }
        }
    }
    create(Stored::Active, &[]);
    create(Stored::ActiveById, &[]);
    for age in Age::VARIANTS {
        create(Stored::Retention, &[&age.days().to_string()]);
    }
    create(Stored::Clicks, &[UNKNOWN, UNKNOWN, UNKNOWN, ClickOutcome::Forged.as_str()]);
}
