//! Metrics of the admin listener.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use strum::VariantArray as _;

use crate::metrics::labels::AdminRefusal;
use crate::metrics::register::metric;

/// Metrics of the admin listener.
#[derive(Debug)]
pub struct AdminMetrics {
    refusals: Vec<(AdminRefusal, Counter)>,
}

impl AdminMetrics {
    pub(super) fn register(r: &mut Registry) -> Self {
        let help = "Connections and requests that the admin listener refused, by reason";
        let family: Family<[(&'static str, &'static str); 1], Counter> = metric(r, "admin_refusals", help);
        let counter = |&refusal: &AdminRefusal| (refusal, family.get_or_create_owned(&[("reason", refusal.as_str())]));
        Self { refusals: AdminRefusal::VARIANTS.iter().map(counter).collect() }
    }

    /// Counts a refusal.
    pub fn count_refusal(&self, refusal: AdminRefusal) {
        if let Some((_, counter)) = self.refusals.iter().find(|(known, _)| *known == refusal) {
            counter.inc();
        }
    }
}
