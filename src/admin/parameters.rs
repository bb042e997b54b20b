//! Query parameters of reports and of the dashboard. An error message never repeats what was sent.

use jiff::Span;
use jiff::civil::Date;
use strum::VariantArray as _;

use crate::billing::year_month::YearMonth;
use crate::report::overview::{OverviewPeriod, default_months};
use crate::report::performance::ReportGrouping;
use crate::report::usage::CohortGrain;
use crate::report::{ReportFilter, has_begun};
use crate::time;

/// Decoded query parameters, all of them known.
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Decodes a query string (`application/x-www-form-urlencoded`).
    ///
    /// # Errors
    /// The query is malformed, or has a parameter twice, or one other than the `known` ones.
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
        let repeated = known.iter().find(|name| pairs.iter().filter(|(key, _)| key == *name).count() > 1);
        if let Some(name) = repeated {
            return Err(format!("{name}: given more than once"));
        }
        Ok(Self(pairs))
    }

    /// True if neither the first nor the last day is given.
    pub(super) fn has_no_days(&self) -> bool {
        self.get("from").is_none() && self.get("to").is_none()
    }

    /// The same days for the partner and the code of the parameters.
    pub(super) fn of_days(&self, days: ReportFilter) -> ReportFilter {
        let text = |key| self.get(key).map(str::to_owned);
        ReportFilter { partner: text("partner"), code: text("code"), ..days }
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

    /// What a row of the reports of performance and of costs is about, by default a day.
    ///
    /// # Errors
    /// `by` is something else.
    pub(super) fn grouping(&self) -> Result<ReportGrouping, String> {
        let names = || ReportGrouping::VARIANTS.iter().map(|known| known.as_str()).collect::<Vec<_>>().join(", ");
        match self.get("by") {
            None => Ok(ReportGrouping::Day),
            Some(name) => ReportGrouping::from_name(name).ok_or_else(|| format!("by: must be one of {}", names())),
        }
    }

    /// Whether the period before is reported, too.
    ///
    /// # Errors
    /// `compare` is neither `yes` nor `no`.
    pub(super) fn is_compared(&self) -> Result<bool, String> {
        match self.get("compare") {
            None | Some("no") => Ok(false),
            Some("yes") => Ok(true),
            Some(_) => Err("compare: must be yes or no".to_owned()),
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
        if !has_begun(from, time::now().day()) {
            return Err("from: this day has not begun".to_owned());
        }
        if from.until(to).is_ok_and(|span| span.get_days() >= max_days) {
            return Err(format!("from and to can span at most {max_days} days; use `qsproxy report` for more"));
        }
        Ok(self.of_days(ReportFilter { from, to, ..ReportFilter::default() }))
    }

    /// The months `from` and `to`, at most `max_months`; without them those that the overview shows by default.
    ///
    /// # Errors
    /// A parameter is invalid.
    pub(super) fn months(&self, max_months: i32) -> Result<OverviewPeriod, String> {
        let today = time::now();
        let month = |key: &str| {
            self.get(key).map(|text| YearMonth::parse(text).ok_or(format!("{key}: must be a month, YYYY-MM")))
        };
        let (default_from, to) = default_months(today.hour(), month("to").transpose()?);
        let from = month("from").transpose()?.unwrap_or(default_from);
        if from > to {
            return Err("from is after to; swap them".to_owned());
        }
        if !has_begun(from.first_day(), today.day()) {
            return Err("from: this month has not begun".to_owned());
        }
        let latest = from.first_day().saturating_add(Span::new().months(max_months - 1));
        if to.first_day() > latest {
            return Err(format!("from and to can span at most {max_months} months; use `qsproxy overview` for more"));
        }
        Ok(OverviewPeriod { from, to, with_earlier: self.get("from").is_none() })
    }

    fn date(&self, key: &str) -> Result<Date, String> {
        let text = self.get(key).unwrap_or_default();
        let date = text.parse::<Date>().ok().filter(|date| date.to_string() == text);
        date.ok_or_else(|| format!("{key}: must be a date, YYYY-MM-DD"))
    }
}

/// The filter for so many days up to the `last` one.
pub(super) fn last_days(last: Date, days: i32) -> ReportFilter {
    let from = last.checked_sub(Span::new().days(days - 1)).unwrap_or(last);
    ReportFilter { from, to: last, ..ReportFilter::default() }
}
