//! The clauses of the privacy statement as HTML.

use maud::{Markup, html};

use crate::privacy::channels::{self, ClosedListChoices};
use crate::privacy::clause::Clause;
use crate::privacy::fact::{Fact, Policy};
use crate::privacy::lives::Lives;
use crate::privacy::statement::{PartnerDisclosure, PrivacyStatement, RECENT_DAYS};
use crate::tokens::visit_stamp::VisitStamp;
use crate::ui::i18n::clause_texts::HiddenTextFigures;
use crate::ui::i18n::privacy_texts::PrivacyTexts;
use crate::ui::i18n::punctuation::Punctuation;
use crate::ui::layout::outward;
use crate::ui::page_context::PageContext;
use crate::visit::StampStatus;

/// What the content of a clause depends on.
#[derive(Debug)]
pub(super) struct ClauseSource<'s> {
    /// The page.
    pub(super) context: &'s PageContext,
    /// The statement.
    pub(super) statement: &'s PrivacyStatement,
    /// The stamp that the page's reader sent.
    pub(super) stamp: &'s StampStatus,
}

/// The content of a clause.
pub(super) fn content(clause: Clause, source: &ClauseSource<'_>) -> Markup {
    let ClauseSource { context, statement, stamp } = source;
    let privacy = &context.texts().privacy;
    let texts = &privacy.clauses;
    let lives = Lives::of(statement);
    let k = statement.small_count().unwrap_or(0);
    let text = match clause {
        Clause::Operator => {
            let identity = statement.identity();
            (texts.operator)(&identity.name, identity.operator.as_deref())
        }
        Clause::Contact => return contact(source),
        Clause::PartnerFields => return partners(privacy, statement, fields),
        Clause::PartnerLinks => return partners(privacy, statement, links),
        Clause::PartnerImages => return partner_images(source),
        Clause::PersonalData => return personal_data(source),
        Clause::Languages => return html! { (texts.languages) (list(context, statement.languages())) },
        Clause::KeywordGroups => return html! { (texts.keyword_groups) (list(context, statement.keyword_groups())) },
        Clause::SmallCount => (texts.small_count)(k),
        Clause::OwnStamp => stamp_text(privacy, stamp),
        Clause::Withdraw => return withdraw(source),
        Clause::TotalsKept => (texts.totals_kept)(lives.hourly_months),
        Clause::StampLife => (texts.stamp_life)(lives.stamp_months, lives.stamp_absence_days),
        Clause::LinkLife => (texts.link_life)(lives.link, lives.opened_link),
        Clause::NetworkLife => (texts.network_life)(lives.network),
        Clause::RepeatLife => (texts.repeat_life)(lives.repeated_click),
        Clause::ImageLife => (texts.image_life)(lives.image),
        Clause::AnswerSizes => (texts.answer_sizes)(statement.is_padded()).to_owned(),
        Clause::HiddenText => (texts.hidden_text)(hidden_text()),
        Clause::HiddenChoice => hidden_choice(privacy, statement),
        Clause::StorePlace => (texts.store_place)(statement.store(), k),
        Clause::Changes => (texts.changes)(RECENT_DAYS),
        Clause::SixFields => texts.six_fields.to_owned(),
        Clause::NothingRecorded => texts.nothing_recorded.to_owned(),
        Clause::NoKeystrokes => texts.no_keystrokes.to_owned(),
        Clause::NoVisitedSites => texts.no_visited_sites.to_owned(),
        Clause::NoScripts => texts.no_scripts.to_owned(),
        Clause::EveryPartner => texts.every_partner.to_owned(),
        Clause::FailOver => texts.fail_over.to_owned(),
        Clause::KeywordItself => texts.keyword_itself.to_owned(),
        Clause::CountableIds => texts.countable_ids.to_owned(),
        Clause::SearchesAndClicks => texts.searches_and_clicks.to_owned(),
        Clause::ExactHours => texts.exact_hours.to_owned(),
        Clause::NetworkLimits => texts.network_limits.to_owned(),
        Clause::RepeatedClicks => texts.repeated_clicks.to_owned(),
        Clause::Stamp => texts.stamp.to_owned(),
        Clause::StampRides => texts.stamp_rides.to_owned(),
        Clause::VisitTotals => texts.visit_totals.to_owned(),
        Clause::IdCounts => texts.id_counts.to_owned(),
        Clause::Redirect => texts.redirect.to_owned(),
        Clause::Destination => texts.destination.to_owned(),
        Clause::AdLinks => texts.ad_links.to_owned(),
        Clause::AddressHistory => texts.address_history.to_owned(),
        Clause::PostedSearch => texts.posted_search.to_owned(),
        Clause::Uninstall => texts.uninstall.to_owned(),
        Clause::GlobalPrivacyControl => texts.global_privacy_control.to_owned(),
        Clause::DoNotTrack => texts.do_not_track.to_owned(),
        Clause::StampMark => texts.stamp_mark.to_owned(),
        Clause::PseudonymKey => texts.pseudonym_key.to_owned(),
        Clause::SliceMemory => texts.slice_memory.to_owned(),
        Clause::KeywordMemory => texts.keyword_memory.to_owned(),
        Clause::NetworkObserver => texts.network_observer.to_owned(),
        Clause::OperatorCould => texts.operator_could.to_owned(),
        Clause::TwoPartners => texts.two_partners.to_owned(),
        Clause::HiddenTime => texts.hidden_time.to_owned(),
        Clause::KnownId => texts.known_id.to_owned(),
        Clause::LegalProcess => texts.legal_process.to_owned(),
        Clause::Sale => texts.sale.to_owned(),
        Clause::SharedMemory => texts.shared_memory.to_owned(),
    };
    html! { (text) }
}

fn contact(source: &ClauseSource<'_>) -> Markup {
    let texts = source.context.texts();
    let (clauses, identity) = (&texts.privacy.clauses, source.statement.identity());
    let links = [(identity.imprint_url, texts.imprint), (identity.home_url, clauses.website)];
    html! {
        @match identity.contact_url {
            Some(url) => { (clauses.contact) " " (outward(&url, url.trim_start_matches("mailto:"))) },
            None => (clauses.no_contact),
        }
        @for (url, text) in links { @if let Some(url) = url { " · " (outward(&url, text)) } }
    }
}

/// Something about each partner.
fn partners(
    texts: &PrivacyTexts,
    statement: &PrivacyStatement,
    content: impl Fn(&PrivacyTexts, &str, &PartnerDisclosure, Policy) -> Markup,
) -> Markup {
    let policy = statement.personal_data_policy().unwrap_or(Policy::Off);
    html! {
        @for (name, disclosure) in statement.partners() {
            (content(texts, statement.display_name(name), &disclosure, policy))
        }
    }
}

fn fields(texts: &PrivacyTexts, name: &str, disclosure: &PartnerDisclosure, policy: Policy) -> Markup {
    html! {
        h3 { ((texts.sent_to)(name)) }
        table {
            thead { tr { th scope="col" { (texts.parameter) } th scope="col" { (texts.content) } } }
            tbody {
                @for (field, parameter) in &disclosure.fields {
                    tr { td { code { (parameter) } } td { ((texts.field)(*field, policy)) } }
                }
                @if let Some(agent) = disclosure.agent {
                    tr { td { code { "User-Agent" } } td { ((texts.agent)(agent)) } }
                }
            }
        }
    }
}

fn links(texts: &PrivacyTexts, name: &str, disclosure: &PartnerDisclosure, _: Policy) -> Markup {
    let fact = disclosure.links.map(|links| Fact::Links { partner: name.to_owned(), links });
    html! { @if let Some(fact) = fact { p { ((texts.fact)(&fact)) } } }
}

fn partner_images(source: &ClauseSource<'_>) -> Markup {
    let texts = source.context.texts();
    let colon = texts.punctuation.colon;
    partners(&texts.privacy, source.statement, |texts, name, disclosure, _| {
        html! { @if disclosure.images { p { (name) (colon) (texts.images) } } }
    })
}

fn personal_data(source: &ClauseSource<'_>) -> Markup {
    let texts = source.context.texts();
    let policy = source.statement.personal_data_policy().unwrap_or(Policy::Off);
    let list = source.context.search_box().url("/privacy/personal-data");
    html! { ((texts.privacy.fact)(&Fact::PersonalData { policy })) " " a href=(list) { (texts.personal_data.link) } (texts.punctuation.full_stop) }
}

fn withdraw(source: &ClauseSource<'_>) -> Markup {
    let texts = &source.context.texts().privacy;
    html! {
        (texts.clauses.withdraw)
        form action=(source.context.search_box().url("/forget")) method="post" {
            button type="submit" { (texts.forget_button) }
        }
    }
}

fn stamp_text(texts: &PrivacyTexts, stamp: &StampStatus) -> String {
    let show = |stamp: &VisitStamp| (texts.stamp)(stamp);
    match stamp {
        StampStatus::Absent => texts.no_stamp.to_owned(),
        StampStatus::Invalid => texts.invalid_stamp.to_owned(),
        StampStatus::Valid(stamp) => show(stamp),
    }
}

fn hidden_text() -> HiddenTextFigures {
    HiddenTextFigures {
        look_alikes: channels::letters_with_look_alikes(),
        longest: channels::longest_keyword_whole_bits(),
    }
}

fn hidden_choice(texts: &PrivacyTexts, statement: &PrivacyStatement) -> String {
    let partners = statement.partners();
    let widths: Vec<(&str, u32)> = partners
        .iter()
        .map(|(name, disclosure)| {
            (statement.display_name(name), ClosedListChoices::of_disclosure(disclosure).whole_bits())
        })
        .collect();
    (texts.clauses.hidden_choice)(&widths)
}

/// Names separated by commas, followed by a full stop.
fn list<'s>(context: &PageContext, names: impl Iterator<Item = &'s str>) -> Markup {
    let Punctuation { comma, full_stop, .. } = context.texts().punctuation;
    html! {
        " "
        @for (index, name) in names.enumerate() { @if index > 0 { (comma) } code { (name) } }
        (full_stop)
    }
}
