//! Query parameters of reports and of the dashboard. An error message never repeats what was sent.

use jiff::Span;
use jiff::civil::Date;

use crate::report::ReportFilter;
use crate::report::usage::CohortGrain;

/// Decoded query parameters, all of them known.
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Decodes a query string (`application/x-www-form-urlencoded`).
    ///
    /// # Errors
    /// The query is malformed, or has a parameter other than the `known` ones.
    pub(super) fn parse(query: Option<&str>, known: &[&str]) -> Result<Self, String> {
        let pairs: Result<Vec<(String, String)>, _> = serde_urlencoded::from_str(query.unwrap_or_default());
        let list = if known.is_empty() {
            "there are none here".to_owned()
        } else {
            format!("the parameters are {}", known.join(", "))
        };
        let pairs = pairs.map_err(|_| format!("malformed query; {list}"))?;
        if pairs.iter().any(|(key, _)| !known.contains(&key.as_str())) {
            return Err(format!("unknown parameter; {list}"));
        }
        Ok(Self(pairs))
    }

    /// True if there is no parameter.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// The size of retention cohorts, by default a week.
    ///
    /// # Errors
    /// `by` is neither `week` nor `day`.
    pub(super) fn cohort_grain(&self) -> Result<CohortGrain, String> {
        match self.get("by") {
            None | Some("week") => Ok(CohortGrain::Week),
            Some("day") => Ok(CohortGrain::Day),
            Some(_) => Err("by: must be week or day".to_owned()),
        }
    }

    /// The filter that the parameters describe: at most `max_days` days.
    ///
    /// # Errors
    /// A parameter is missing or invalid.
    pub(super) fn filter(&self, max_days: i32) -> Result<ReportFilter, String> {
        let (from, to) = (self.date("from")?, self.date("to")?);
        if from > to {
            return Err("from is after to; swap them".to_owned());
        }
        if from.until(to).is_ok_and(|span| span.get_days() >= max_days) {
            return Err(format!("from and to can span at most {max_days} days; use `qsproxy report` for more"));
        }
        let text = |key| self.get(key).map(str::to_owned);
        Ok(ReportFilter { from, to, partner: text("partner"), code: text("code") })
    }

    fn date(&self, key: &str) -> Result<Date, String> {
        let text = self.get(key).unwrap_or_default();
        let date = text.parse::<Date>().ok().filter(|date| date.to_string() == text);
        date.ok_or_else(|| format!("{key}: must be a date, YYYY-MM-DD"))
    }
}

/// The filter for the last `days` days, today included.
pub(super) fn last_days(today: Date, days: i32) -> ReportFilter {
    let from = today.checked_sub(Span::new().days(days - 1)).unwrap_or(today);
    ReportFilter { from, to: today, ..ReportFilter::default() }
}
