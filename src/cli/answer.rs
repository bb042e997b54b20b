//! `explain --answer` and `preset --try`: shows how a file with a partner's answer is read, by the code that reads answers.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use strum::VariantArray as _;

use crate::answer::html::{LinkedResult, PageVerdict, Rewriter};
use crate::answer::json::{AnswerError, EntryFault, JsonAnswer, JsonResult, ListEntries};
use crate::answer::json_mapping::{EntryField, JsonMapping, ListMapping, WithoutList};
use crate::answer::marked_text::MarkedText;
use crate::cli::output::{CommandOutcome, print};
use crate::counts::cells::SearchOutcome;
use crate::partner::{AnswerFormat, Partner};
use crate::problem::PartnerFailure;
use crate::result_kind::ResultKind;
use crate::search::verdict::{json_outcome, link_collector, page_outcome, read_json};
use crate::work::BUDGET;

/// Bytes of a page that are rewritten at once, as in a search.
const CHUNK_BYTES: usize = 16_384;

/// Most entries left out that are shown, for each list.
const MAX_FAULTS_SHOWN: usize = 20;

/// How an answer is read: the report, and the outcome of the search with the reason in words.
struct AnswerReport {
    text: String,
    outcome: Result<SearchOutcome, PartnerFailure>,
    reason: String,
}

/// Prints how the file is read as an answer of this partner; answers over `max_bytes` are failures.
///
/// # Errors
/// The file cannot be read.
pub(super) fn show(partner: &Partner, file: &Path, max_bytes: usize) -> anyhow::Result<CommandOutcome> {
    let body = std::fs::read(file).with_context(|| format!("the answer {} cannot be read", file.display()))?;
    let format = match &partner.format {
        AnswerFormat::Json(_) => "json",
        AnswerFormat::Html(_) => "html",
    };
    let mut text =
        format!("{} bytes, read as an answer of the partner {} (format = \"{format}\").\n", body.len(), partner.name);
    let report = match &partner.format {
        _ if body.len() > max_bytes => AnswerReport {
            text: String::new(),
            outcome: Err(PartnerFailure::TooLong),
            reason: format!("it is longer than partner_decompressed_bytes = {max_bytes}"),
        },
        AnswerFormat::Json(mapping) => json_report(mapping, &body),
        AnswerFormat::Html(rules) => {
            let rewriter = link_collector(rules, None);
            let is_xhtml = file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("xhtml"));
            page_report(if is_xhtml { rewriter.for_xhtml() } else { rewriter }, &body)
        }
    };
    text.push_str(&report.text);
    let outcome = match report.outcome {
        Ok(outcome) => {
            line(&mut text, format_args!("\nThe search is counted as {}: {}.", outcome.as_str(), report.reason));
            CommandOutcome::Success
        }
        Err(failure) => {
            line(&mut text, format_args!("\nThe partner fails with reason {failure}: {}.", report.reason));
            line(
                &mut text,
                format_args!(
                    "The next partner of the code is asked; if none answers, the search is counted as failed."
                ),
            );
            CommandOutcome::ProblemFound
        }
    };
    print(&text)?;
    Ok(outcome)
}

/// Appends a line. Writing to a `String` cannot fail.
fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).ok();
    text.push('\n');
}

fn json_report(mapping: &JsonMapping, body: &[u8]) -> AnswerReport {
    let answer = read_json(body, None, mapping);
    let outcome = json_outcome(&answer);
    let mut text = String::new();
    if let Ok(answer) = &answer {
        for (list, entries) in mapping.lists.iter().zip(&answer.lists) {
            show_list(&mut text, list, entries);
        }
        show_results(&mut text, answer.results.iter().map(json_lines));
        show_faults(&mut text, mapping, answer);
    }
    let reason = match &answer {
        Err(error) => error_reason(*error, mapping, body),
        Ok(answer) => outcome.map_or_else(|_| not_understood(mapping, answer), success_reason),
    };
    AnswerReport { text, outcome, reason }
}

fn success_reason(outcome: SearchOutcome) -> String {
    let reason = match outcome {
        SearchOutcome::WithAds => "there are sponsored results",
        SearchOutcome::Answered => "there are results, none of them sponsored",
        SearchOutcome::Empty => "nothing was found",
        SearchOutcome::Failed | SearchOutcome::Refused | SearchOutcome::Robot => "there is no answer",
    };
    reason.to_owned()
}

fn not_understood(mapping: &JsonMapping, answer: &JsonAnswer) -> String {
    let (field, reason) = if answer.results.is_empty() {
        (EntryField::Url, "there are entries, and none has an address that a link may lead to")
    } else {
        (EntryField::Title, "no entry has a title, and there are texts that no pointer leads to")
    };
    let pointers = mapping.lists.iter().filter_map(|list| list.pointers.get(field));
    let pointers: Vec<String> = pointers.map(|pointer| format!("\"{pointer}\"")).collect();
    format!("{reason}; compare {} = {} with them", field.as_str(), pointers.join(", "))
}

fn error_reason(error: AnswerError, mapping: &JsonMapping, body: &[u8]) -> String {
    match error {
        AnswerError::Syntax(..) if body.trim_ascii_start().starts_with(b"<") => {
            "it is a page or XML, not JSON; a captcha or an error, unless this partner needs format = \"html\""
                .to_owned()
        }
        AnswerError::Syntax(row, column) => format!("it is not JSON, from line {row}, column {column} on"),
        AnswerError::Truncated if body.trim_ascii().is_empty() => "it is empty".to_owned(),
        AnswerError::Truncated => "it ends before the JSON does".to_owned(),
        AnswerError::NoDocument => {
            "the text that document points to is missing, or is not a document of that encoding and format".to_owned()
        }
        AnswerError::Reported => {
            let marks: Vec<String> = mapping.failure_if.iter().map(|mark| format!("\"{}\"", mark.at)).collect();
            format!("it has no results, and failure_if = {} is set", marks.join(", "))
        }
        AnswerError::NoList => {
            let lists: Vec<String> = mapping.lists.iter().map(|list| format!("\"{}\"", list.list)).collect();
            let is_required = mapping.lists.iter().any(|list| list.without_list == WithoutList::Failure);
            let advice = if is_required {
                ""
            } else {
                "; if the partner omits it when it finds nothing, add without_list = \"empty\""
            };
            format!("it lacks list = {}{advice}", lists.join(", "))
        }
    }
}

/// One list: how many entries it has, and in how many of them each pointer leads to a value.
fn show_list(text: &mut String, list: &ListMapping, entries: &ListEntries<'_>) {
    let pointer = list.list.to_string();
    let name = if pointer.is_empty() { "the document itself" } else { pointer.as_str() };
    if !entries.is_present {
        line(text, format_args!("\nList {name}: not in the answer"));
        return;
    }
    line(text, format_args!("\nList {name}: {}", count(entries.total, "entry", "entries")));
    let read = entries.total.saturating_sub(entries.over_limit);
    for &field in EntryField::VARIANTS {
        let Some(pointer) = list.pointers.get(field) else { continue };
        let found = entries.found.get(field.index()).copied().unwrap_or_default();
        let hint = match field {
            _ if found > 0 || read == 0 => "",
            EntryField::Title | EntryField::Url | EntryField::Snippet => ": compare the pointer with an entry",
            EntryField::Sponsored => ": right if none of these is an advertisement",
        };
        line(
            text,
            format_args!("  {:<9} {:<12} found in {found} of {read}{hint}", field.as_str(), pointer.to_string()),
        );
    }
}

fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// What is shown of a result: kind, title, target, display URL, snippet.
type ResultLines<'a> = (ResultKind, String, &'a str, &'a str, String);

fn json_lines(result: &JsonResult) -> ResultLines<'_> {
    let JsonResult { title, target, snippet, kind, .. } = result;
    (*kind, highlighted(title), &target.url, &target.display_url, highlighted(snippet))
}

/// The text, with `**` around what is highlighted: unlike a tag, it cannot be mistaken for a part of the text.
fn highlighted(text: &MarkedText) -> String {
    text.parts().map(|(part, is_marked)| if is_marked { format!("**{part}**") } else { part.to_owned() }).collect()
}

fn show_results<'a>(text: &mut String, results: impl ExactSizeIterator<Item = ResultLines<'a>>) {
    line(text, format_args!("\nResults: {}", results.len()));
    for (index, (kind, title, target, display_url, snippet)) in results.enumerate() {
        line(text, format_args!("{:>3}. {:<9} {title}", index + 1, kind.as_str()));
        line(text, format_args!("     {target}"));
        line(text, format_args!("     shown as {display_url}"));
        if !snippet.is_empty() {
            line(text, format_args!("     {snippet}"));
        }
    }
}

/// The entries left out, with their reasons and positions.
fn show_faults(text: &mut String, mapping: &JsonMapping, answer: &JsonAnswer) {
    let left_out: usize = EntryFault::VARIANTS.iter().map(|&fault| answer.left_out(fault)).sum();
    let over_limit = answer.over_limit();
    if left_out + over_limit == 0 {
        return;
    }
    line(text, format_args!("\nLeft out: {}", left_out + over_limit));
    for (list, entries) in mapping.lists.iter().zip(&answer.lists) {
        let in_list = match list.list.to_string() {
            pointer if pointer.is_empty() => String::new(),
            pointer => format!(" of {pointer}"),
        };
        let mut faults = entries.faults.clone();
        faults.sort_unstable_by_key(|(index, _)| *index);
        faults.truncate(MAX_FAULTS_SHOWN);
        let shown = faults.len();
        for (index, fault) in faults {
            line(text, format_args!("  entry {}{in_list}: {}, {}", index + 1, fault.as_str(), fault_reason(fault)));
        }
        let more = (entries.unreadable + entries.without_url + entries.invalid_url).saturating_sub(shown);
        if more > 0 {
            line(text, format_args!("  {more} more{in_list}"));
        }
    }
    if over_limit > 0 {
        line(text, format_args!("  the last {over_limit}: over_limit, max_results = {}", mapping.max_results));
    }
}

fn fault_reason(fault: EntryFault) -> &'static str {
    match fault {
        EntryFault::Unreadable => "it is no object with fields",
        EntryFault::NoUrl => "there is no text where url points",
        EntryFault::InvalidUrl => "no link may lead to its address: not http or https, without a host, or damaged",
    }
}

fn page_report(mut rewriter: Rewriter, body: &[u8]) -> AnswerReport {
    let too_long = |reason: &str| AnswerReport {
        text: String::new(),
        outcome: Err(PartnerFailure::TooLong),
        reason: reason.to_owned(),
    };
    let mut work = 0_u64;
    for chunk in body.chunks(CHUNK_BYTES) {
        if rewriter.push(chunk).is_err() {
            return too_long("its elements need more memory than a page may use");
        }
        work = work.saturating_add(rewriter.take_work());
        if work > BUDGET {
            return too_long("its elements need more work than an answer may cost");
        }
    }
    let (_, stats) = rewriter.finish();
    let outcome = page_outcome(&stats);
    let mut text = String::new();
    line(&mut text, format_args!("\nVerdict: {}", verdict(stats.verdict)));
    line(
        &mut text,
        format_args!(
            "Links: {} sponsored, {} organic, {} left out for their address",
            stats.sponsored, stats.organic, stats.dropped
        ),
    );
    let reason = match (outcome, stats.verdict) {
        (Ok(outcome), _) => success_reason(outcome),
        (Err(_), PageVerdict::Wall) => "it asks for something instead of answering, or reports an error".to_owned(),
        (Err(_), PageVerdict::Results | PageVerdict::Empty | PageVerdict::Unknown) => {
            "it has no results and does not say so; if its words do, add them to no_results".to_owned()
        }
    };
    show_results(&mut text, stats.into_results().iter().map(page_lines));
    AnswerReport { text, outcome, reason }
}

fn page_lines(result: &LinkedResult) -> ResultLines<'_> {
    let LinkedResult { title, target, display_url, kind } = result;
    (*kind, title.clone(), target, display_url, String::new())
}

fn verdict(verdict: PageVerdict) -> &'static str {
    match verdict {
        PageVerdict::Results => "results",
        PageVerdict::Empty => "no results",
        PageVerdict::Wall => "a wall: captcha, consent, login, a page for scripts, or an error",
        PageVerdict::Unknown => "unknown: neither results nor words that say that there are none",
    }
}
