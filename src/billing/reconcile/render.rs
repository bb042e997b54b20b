//! Renders reconciled months as table rows, as CSV (RFC 4180) and as JSON (RFC 8259), all with the same numbers.

use serde_json::{Map, Number, Value as Json, json};
use strum::VariantArray as _;

use crate::billing::csv_injection::escape;
use crate::billing::csv_text::into_text;
use crate::billing::money::Currency;
use crate::billing::reconcile::reason::reason;
use crate::billing::reconcile::result::{
    ComparedDays, ReconciledCode, ReconciledPeriod, ReconciledRow, Reconciliation, SharedPeriod, Unmapped,
};
use crate::billing::tolerance::hundredths;
use crate::billing::year_month::YearMonth;
use crate::counts::cells::ClickOutcome;

/// What a reconciliation is about.
#[derive(Debug, Clone)]
pub struct Heading {
    /// The partner.
    pub partner: String,
    /// The month.
    pub month: YearMonth,
    /// The name of the partner's time zone.
    pub zone: String,
    /// Whether clicks of the partner are not counted here: its links lead directly to their targets.
    pub is_direct: bool,
    /// The currency of the partner's revenue.
    pub currency: Option<Currency>,
    /// Paid clicks of the month that were counted after it had been closed.
    pub adjustments: u64,
    /// The records whose archives have our hours, which were rolled up into UTC days since.
    pub archives: Vec<i64>,
}

/// Returns the column names of a table. The sponsored clicks that do not count follow `revenue`, one column for each outcome.
/// `uncertain` is there if the days share hours with others.
#[must_use]
pub fn columns(reconciliation: &Reconciliation) -> Vec<&'static str> {
    shared_columns().into_iter().chain(has_uncertain(reconciliation).then_some("uncertain")).collect()
}

/// The columns of tables and CSV.
fn shared_columns() -> Vec<&'static str> {
    let other_outcomes = ClickOutcome::VARIANTS.iter().skip(1).map(|outcome| outcome.as_str());
    let before = ["day", "status", "ours", "theirs", "difference", "per_cent", "revenue"];
    before.into_iter().chain(other_outcomes).chain(["organic", "searches", "their_searches"]).collect()
}

/// The columns that CSV has besides.
const CSV_COLUMNS: [&str; 13] = [
    "partner",
    "last",
    "uncertain",
    "code",
    "days",
    "compared_days",
    "compared_ours",
    "compared_theirs",
    "compared_difference",
    "compared_per_cent",
    "revenue_days",
    "differing_codes",
    "currency",
];

/// Returns a row for each period, and the month as the last row. A month without a statement has only the latter.
#[must_use]
pub fn rows(heading: &Heading, reconciliation: &Reconciliation) -> Vec<Vec<String>> {
    let has_uncertain = has_uncertain(reconciliation);
    let cells = |name: String, row: &ReconciledRow| -> Vec<String> {
        shared_cells(&name, row).into_iter().chain(has_uncertain.then(|| uncertain(row))).collect()
    };
    let periods = listed_periods(reconciliation).iter().map(|period| cells(period.to_string(), &period.row));
    periods.chain([cells(heading.month.to_string(), &reconciliation.month)]).collect()
}

/// The periods that are listed: none without a statement.
fn listed_periods(reconciliation: &Reconciliation) -> &[ReconciledPeriod] {
    if reconciliation.month.status.is_without_statement() { &[] } else { &reconciliation.periods }
}

fn has_uncertain(reconciliation: &Reconciliation) -> bool {
    let rows = reconciliation.periods.iter().map(|period| &period.row);
    rows.filter_map(|row| row.own).any(|own| own.uncertain > 0)
}

fn uncertain(row: &ReconciledRow) -> String {
    optional(row.own.map(|own| own.uncertain))
}

fn optional(n: Option<impl ToString>) -> String {
    n.map_or(String::new(), |n| n.to_string())
}

fn shared_cells(day: &str, row: &ReconciledRow) -> Vec<String> {
    let ReconciledRow { own, theirs, their_searches, revenue, status } = row;
    let before = [
        day.to_owned(),
        status.as_str().to_owned(),
        optional(row.ours()),
        optional(*theirs),
        optional(row.difference()),
        optional(row.per_cent().map(hundredths)),
        optional(*revenue),
    ];
    let other_outcomes =
        (1..ClickOutcome::VARIANTS.len()).map(|index| optional(own.and_then(|own| own.outcomes.get(index).copied())));
    let after =
        [optional(own.map(|own| own.organic)), optional(own.map(|own| own.searches)), optional(*their_searches)];
    before.into_iter().chain(other_outcomes).chain(after).collect()
}

/// Returns months as CSV: for each month its periods, their sum, its codes if there are several, and the unmapped rows.
///
/// # Errors
/// Errors of the CSV writer, which do not occur in memory.
pub fn csv<'m>(months: impl IntoIterator<Item = (&'m Heading, &'m Reconciliation)>) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(shared_columns().into_iter().chain(CSV_COLUMNS))?;
    for (heading, reconciliation) in months {
        for row in csv_rows(heading, reconciliation) {
            writer.write_record(&row)?;
        }
    }
    into_text(writer)
}

fn csv_rows(heading: &Heading, reconciliation: &Reconciliation) -> Vec<Vec<String>> {
    let month = heading.month.to_string();
    let row = |cells: Vec<String>, further: &dyn Fn(&str) -> String| -> Vec<String> {
        let further = CSV_COLUMNS.into_iter().map(|column| match column {
            "partner" => heading.partner.clone(),
            "currency" => heading.currency.map_or(String::new(), |currency| currency.as_str().to_owned()),
            _ => further(column),
        });
        cells.into_iter().chain(further).collect()
    };
    let mut rows = Vec::new();
    for period in listed_periods(reconciliation) {
        let further = |column: &str| match column {
            "last" => period.last.to_string(),
            "uncertain" => uncertain(&period.row),
            "differing_codes" => differing_codes(&period.codes),
            _ => String::new(),
        };
        rows.push(row(shared_cells(&period.first.to_string(), &period.row), &further));
    }
    rows.push(row(shared_cells(&month, &reconciliation.month), &|column| month_cell(reconciliation, column)));
    // The row of an only code would repeat the month.
    for code in reconciliation.codes.iter().filter(|_| reconciliation.codes.len() > 1) {
        let further = |column: &str| match column {
            "uncertain" => uncertain(&code.row),
            "code" => code.name.clone(),
            _ => String::new(),
        };
        rows.push(row(shared_cells(&month, &code.row), &further));
    }
    for unmapped in &reconciliation.unmapped {
        let further = |column: &str| match column {
            "last" => unmapped.last.to_string(),
            "code" => escape(&unmapped.code).into_owned(),
            _ => String::new(),
        };
        rows.push(row(unmapped_cells(unmapped), &further));
    }
    rows
}

fn month_cell(reconciliation: &Reconciliation, column: &str) -> String {
    let compared = reconciliation.compared.as_ref();
    let sum = compared.map(|compared| &compared.row);
    match column {
        "uncertain" => uncertain(&reconciliation.month),
        "days" => reconciliation.total_days.to_string(),
        "compared_days" => compared.map_or(0, |compared| compared.days).to_string(),
        "compared_ours" => optional(sum.and_then(ReconciledRow::ours)),
        "compared_theirs" => optional(sum.and_then(|sum| sum.theirs)),
        "compared_difference" => optional(sum.and_then(ReconciledRow::difference)),
        "compared_per_cent" => optional(sum.and_then(ReconciledRow::per_cent).map(hundredths)),
        "revenue_days" => reconciliation.revenue_days.to_string(),
        "differing_codes" => {
            let differing = reconciliation.codes.iter().filter(|code| code.row.status.is_out_of_tolerance());
            differing_codes(&differing.cloned().collect::<Vec<_>>())
        }
        _ => String::new(),
    }
}

/// As `news +50; main -50`: our clicks minus theirs.
fn differing_codes(codes: &[ReconciledCode]) -> String {
    let code = |ReconciledCode { name, row }: &ReconciledCode| {
        row.difference()
            .map_or(format!("{name} {}", row.status.as_str()), |difference| format!("{name} {difference:+}"))
    };
    codes.iter().map(code).collect::<Vec<_>>().join("; ")
}

/// The cells of an unmapped row. The status column contains the code, too.
fn unmapped_cells(Unmapped { day, code, clicks, revenue, .. }: &Unmapped) -> Vec<String> {
    let cell = |column: &str| match column {
        "day" => day.to_string(),
        "status" => escape(&format!("unmapped {code}")).into_owned(),
        "theirs" => optional(*clicks),
        "revenue" => optional(*revenue),
        _ => String::new(),
    };
    shared_columns().into_iter().map(cell).collect()
}

/// Returns a month as JSON: partner, zone, currency, its periods as `days`, their sum as `month`, `codes`, `unmapped` rows,
/// `shift`, and `archives`, the records whose archives have our hours.
#[must_use]
pub fn json(heading: &Heading, reconciliation: &Reconciliation) -> Json {
    let Heading { partner, zone, currency, .. } = heading;
    let day = |period: &ReconciledPeriod| {
        let mut object = row_object("day", &period.first.to_string(), &period.row);
        object.insert("last".to_owned(), period.last.to_string().into());
        object.insert("codes".to_owned(), code_objects(&period.codes));
        Json::Object(object)
    };
    let days: Vec<Json> = listed_periods(reconciliation).iter().map(day).collect();
    let unmapped = |Unmapped { day, last, code, clicks, revenue }: &Unmapped| {
        let mut row = json!({ "day": day.to_string(), "code": code, "theirs": clicks, "revenue": revenue.map(|money| money.to_string()) });
        if let Json::Object(row) = &mut row
            && last != day
        {
            row.insert("last".to_owned(), last.to_string().into());
        }
        row
    };
    let shared = |SharedPeriod { first, last, inside, outside }: &SharedPeriod| json!({ "day": first.to_string(), "last": last.to_string(), "inside": inside, "outside": outside });
    let shift = reconciliation.shift.map(|shift| json!({ "hours": shift.hours, "now": shift.now, "then": shift.then }));
    json!({
        "partner": partner,
        "zone": zone,
        "currency": currency.as_ref().map(Currency::as_str),
        "days": days,
        "month": month_object(heading, reconciliation),
        "codes": code_objects(&reconciliation.codes),
        "unmapped": reconciliation.unmapped.iter().map(unmapped).collect::<Vec<_>>(),
        "shared": reconciliation.shared.iter().map(shared).collect::<Vec<_>>(),
        "shift": shift,
        "archives": heading.archives,
        "reason": reason(&heading.partner, heading.month, reconciliation),
    })
}

fn month_object(heading: &Heading, reconciliation: &Reconciliation) -> Json {
    let mut sum = row_object("month", &heading.month.to_string(), &reconciliation.month);
    let compared = reconciliation.compared.as_ref().map(|ComparedDays { days, row }| {
        json!({ "days": days, "ours": row.ours(), "theirs": row.theirs, "difference": row.difference(),
                "per_cent": per_cent_number(row), "status": row.status.as_str(),
                "revenue": row.revenue.map(|revenue| revenue.to_string()),
                "uncertain": row.own.map(|own| own.uncertain) })
    });
    for (key, value) in [
        ("dispute", reconciliation.is_dispute.into()),
        ("adjustments", heading.adjustments.into()),
        ("days", reconciliation.total_days.into()),
        ("revenue_days", reconciliation.revenue_days.into()),
        ("compared", compared.unwrap_or(Json::Null)),
    ] {
        sum.insert(key.to_owned(), value);
    }
    Json::Object(sum)
}

fn code_objects(codes: &[ReconciledCode]) -> Json {
    codes.iter().map(|code| Json::Object(row_object("code", &code.name, &code.row))).collect()
}

/// Returns JSON as indented text with a final newline.
#[must_use]
pub fn json_text(json: &Json) -> String {
    format!("{json:#}\n")
}

fn row_object(key: &str, name: &str, row: &ReconciledRow) -> Map<String, Json> {
    let outcomes = row.own.map(|own| {
        let counts = ClickOutcome::VARIANTS.iter().zip(own.outcomes);
        counts.map(|(outcome, n)| (outcome.as_str().to_owned(), n.into())).collect::<Map<String, Json>>()
    });
    let members = [
        (key, name.into()),
        ("ours", row.ours().into()),
        ("theirs", row.theirs.into()),
        ("difference", row.difference().into()),
        ("per_cent", per_cent_number(row)),
        ("status", row.status.as_str().into()),
        ("revenue", row.revenue.map(|revenue| revenue.to_string()).into()),
        ("outcomes", outcomes.map_or(Json::Null, Json::Object)),
        ("organic", row.own.map(|own| own.organic).into()),
        ("searches", row.own.map(|own| own.searches).into()),
        ("their_searches", row.their_searches.into()),
        ("uncertain", row.own.map(|own| own.uncertain).into()),
    ];
    members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn per_cent_number(row: &ReconciledRow) -> Json {
    let number = row.per_cent().and_then(|share| hundredths(share).parse::<Number>().ok());
    number.map_or(Json::Null, Json::Number)
}
