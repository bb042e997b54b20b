//! The statement that is sent to a payee: one self-contained HTML page, and the same numbers as CSV.

use maud::html;

use crate::billing::csv_injection::escape;
use crate::billing::csv_text::into_text;
use crate::billing::settlement::booked_rate::BookedRate;
use crate::billing::settlement::minor_unit::amount_text;
use crate::billing::settlement::payout::{PayeePart, Payout, SignedCorrection};
use crate::billing::year_month::YearMonth;
use crate::chart;

/// The columns of the file.
const COLUMNS: [&str; 12] = [
    "payee",
    "month",
    "code",
    "currency",
    "revenue",
    "our_share",
    "payee_share",
    "payout",
    "status",
    "correction",
    "paid_currency",
    "paid",
];

/// What the statement says besides its numbers.
#[derive(Debug, Clone, Copy)]
pub struct PayoutHeading<'h> {
    /// Who sends it.
    pub sender: &'h str,
    /// Who receives it.
    pub payee: &'h str,
    /// The month.
    pub month: YearMonth,
    /// True if a number may still change.
    pub is_draft: bool,
}

impl PayoutHeading<'_> {
    fn status(&self) -> &'static str {
        if self.is_draft { "draft" } else { "final" }
    }
}

/// Returns the statement as CSV.
///
/// # Errors
/// Errors of the CSV writer, which do not occur in memory.
pub fn csv(heading: &PayoutHeading<'_>, payout: &Payout) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for part in &payout.parts {
        let PayeePart { code, currency, revenue, share, payee_share, payout, paid_in, paid, correction } = part;
        // Without the rate, what is paid is not known.
        let paid_currency = paid_in.unwrap_or(*currency);
        let paid = if paid_in.is_some() { *paid } else { Some(*payout) };
        let paid = paid.map_or(String::new(), |paid| amount_text(paid, paid_currency));
        let correction = correction.map_or(String::new(), |correction| correction.number.to_string());
        let [revenue, payout] = [revenue, payout].map(|amount| amount_text(*amount, *currency));
        let (payee, month) = (escape(heading.payee), heading.month.to_string());
        let (share, payee_share) = (share.to_string(), payee_share.to_string());
        let row = [
            &*payee,
            &month,
            code.as_str(),
            currency.as_str(),
            &revenue,
            &share,
            &payee_share,
            &payout,
            heading.status(),
            &correction,
            paid_currency.as_str(),
            &paid,
        ];
        writer.write_record(row)?;
    }
    into_text(writer)
}

/// Returns the statement as a page. None if a sum does not fit.
#[must_use]
pub fn page(heading: &PayoutHeading<'_>, payout: &Payout) -> Option<String> {
    let PayoutHeading { sender, payee, month, is_draft } = heading;
    let totals = payout.totals()?;
    let total = |(currency, sum)| format!("{} {}", amount_text(sum, currency), currency.as_str());
    let totals: Vec<String> = totals.into_iter().map(total).collect();
    let is_converted = payout.parts.iter().any(|part| part.paid_in.is_some());
    let row = |part: &PayeePart| {
        let amount = |amount| (amount_text(amount, part.currency), "");
        let code = (part.code.to_string(), "");
        let currency = (part.currency.as_str().to_owned(), "text");
        let (share, payee_share) = ((part.share.to_string(), ""), (part.payee_share.to_string(), ""));
        let mut cells = vec![code, currency, amount(part.revenue), share, payee_share, amount(part.payout)];
        if is_converted {
            let (paid_in, paid) = match part.paid_in {
                Some(paid_in) => (paid_in, part.paid),
                None => (part.currency, Some(part.payout)),
            };
            let paid = paid.map_or_else(|| "not known yet".to_owned(), |paid| amount_text(paid, paid_in));
            cells.push((format!("{paid} {}", paid_in.as_str()), ""));
        }
        cells
    };
    let rows: Vec<_> = payout.parts.iter().filter(|part| part.correction.is_none()).map(row).collect();
    let corrected = payout.parts.iter().filter_map(|part| Some((part.correction?, part)));
    let correction_row = |(correction, part): (SignedCorrection, &PayeePart)| {
        let name = format!("record {} of {}", correction.number, correction.day);
        let cells = row(part).into_iter().enumerate();
        // The first cell is the header of its row; the code is a text beside it.
        let cells = cells.map(|(nth, (text, class))| (text, if nth == 0 { "text" } else { class }));
        std::iter::once((name, "")).chain(cells).collect()
    };
    let corrections: Vec<_> = corrected.map(correction_row).collect();
    let mut records = payout.records.clone();
    records.sort_unstable();
    let records: Vec<String> = records.iter().map(ToString::to_string).collect();
    let draft = if *is_draft { "Draft of the " } else { "" };
    let title = format!("{draft}{} for {month}", if *is_draft { "payout statement" } else { "Payout statement" });
    let mut columns = vec!["Code", "Currency", "Revenue", "Our share", "Your share of it", "Payout"];
    if is_converted {
        columns.push("Paid");
    }
    let main = html! { div.letter {
        h1 { (title) }
        @if *is_draft { p.verdict { strong { "This is a draft, and the amounts may change: the month is not closed, or a payment is missing." } } }
        dl {
            dt { "For" } dd { (payee) }
            dt { "From" } dd { (sender) }
            dt { "Month" } dd { (month) }
            dt { "Payout" } dd { @if totals.is_empty() { "nothing" } @else { strong { (totals.join(", ")) } } }
        }
        (chart::table("Payout by code", &columns, &rows))
        @if !corrections.is_empty() {
            p { "The month was corrected after it had been closed. The payout above includes what that changed:" }
            (chart::table("Corrections by code", &[&["Correction"], &columns[..]].concat(), &corrections))
        }
        p { "The revenue is what the search partners state for the searches of each code. The payout is your share of our share of it, "
            "worked out exactly and rounded once for each search partner and currency to the smallest unit of the currency, half away "
            "from zero; a code's part of it can differ by one such unit from its own product." }
        @for (partner, BookedRate { settled, received }) in &payout.rates { p {
            "Amounts in " (settled.currency.as_str()) " are converted as the payments of " (partner) " for this month were booked: "
            (amount_text(received.amount, received.currency)) " " (received.currency.as_str()) " for "
            (amount_text(settled.amount, settled.currency)) " " (settled.currency.as_str()) "."
        } }
        @if !records.is_empty() { p { "The numbers come from closed and signed months, records " (records.join(", ")) " of our books." } }
    } };
    Some(chart::page(&title, &main))
}
