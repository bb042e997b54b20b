//! The list of the personal data that is recognized in keywords, as a page. It is made from the tables of the detectors.

use maud::{Markup, html};
use strum::VariantArray as _;

use crate::fields::pii::PiiKind;
use crate::fields::pii::coverage::{AnnouncedNumber, Figures, coverage};
use crate::privacy::fact::Policy;
use crate::privacy::statement::PrivacyStatement;
use crate::ui::i18n::personal_data_texts::PersonalDataTexts;
use crate::ui::i18n::punctuation::Punctuation;
use crate::ui::layout::{PageContent, frame};
use crate::ui::page_context::PageContext;
use crate::ui::page_role::PageRole;

/// The page, which says what the policy of the statement is.
#[must_use]
pub fn render(context: &PageContext, statement: &PrivacyStatement) -> String {
    let (texts, punctuation) = (&context.texts().personal_data, context.texts().punctuation);
    let policy = statement.personal_data_policy().unwrap_or(Policy::Off);
    let coverage = coverage();
    let bank_accounts: Vec<&str> = coverage.bank_accounts.iter().map(String::as_str).collect();
    let main = html! {
        h1 { (texts.title) }
        p { ((texts.policy)(policy)) }
        p { strong { (texts.no_guarantee) } }
        p { (texts.method) }
        (kinds(texts))
        (figures(texts, &coverage.measured))
        h2 { (texts.countries) }
        p { (texts.national_numbers) " " (names(texts, punctuation, &coverage.national_numbers)) (punctuation.full_stop) }
        p { (texts.national_numbers_alone) " " (names(texts, punctuation, &coverage.national_numbers_alone)) (punctuation.full_stop) }
        (folded(&(texts.bank_accounts)(bank_accounts.len()), &names(texts, punctuation, &bank_accounts), punctuation))
        (folded(
            &(texts.telephone_numbers)(coverage.telephone_numbers.len()),
            &names(texts, punctuation, &coverage.telephone_numbers),
            punctuation,
        ))
        (after_a_word(texts, punctuation, &coverage.after_a_word))
        h2 { (texts.kept) }
        p { (texts.kept_about) }
        ul { @for name in &coverage.kept { li { ((texts.number_name)(name)) } } }
        p { (texts.kept_otherwise) }
        p { a href=(context.search_box().url("/privacy")) { (context.texts().privacy.title) } }
    };
    let title = context.service.title(texts.title);
    frame(
        &context.service,
        context.texts(),
        context.search_box(),
        &PageContent {
            title,
            role: PageRole::Document("/privacy/personal-data"),
            below_search: None,
            main,
            after: None,
        },
    )
}

fn kinds(texts: &PersonalDataTexts) -> Markup {
    html! {
        h2 { (texts.kinds) }
        table {
            thead { tr { th scope="col" { (texts.placeholder) } th scope="col" { (texts.comprises) } } }
            tbody {
                @for kind in PiiKind::VARIANTS {
                    tr { td { code { (kind.placeholder()) } } td { ((texts.kind)(*kind)) } }
                }
            }
        }
    }
}

fn figures(texts: &PersonalDataTexts, figures: &[Figures]) -> Markup {
    html! {
        h2 { (texts.figures) }
        p { (texts.figures_about) }
        table {
            thead { tr { @for heading in texts.figure_columns { th scope="col" { (heading) } } } }
            tbody {
                @for figures in figures {
                    tr {
                        td { ((texts.part)(figures.part)) }
                        td { ((texts.of)(figures.taken_wrongly, figures.without_personal_data)) }
                        td { ((texts.of)(figures.missed, figures.with_personal_data)) }
                        td { ((texts.of)(figures.wrong_kind_or_extent, figures.with_personal_data)) }
                    }
                }
            }
        }
    }
}

fn after_a_word(texts: &PersonalDataTexts, punctuation: Punctuation, numbers: &[AnnouncedNumber]) -> Markup {
    html! {
        h2 { (texts.after_a_word) }
        p { (texts.after_a_word_about) }
        table {
            thead { tr { th scope="col" { (texts.number) } th scope="col" { (texts.issued_by) } } }
            tbody {
                @for number in numbers {
                    tr {
                        td { ((texts.number_name)(number.number)) }
                        td {
                            @match &number.countries {
                                Some(countries) => (names(texts, punctuation, countries)),
                                None => (texts.any_country),
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A list that takes much space, behind its summary.
fn folded(summary: &str, content: &str, punctuation: Punctuation) -> Markup {
    html! { details { summary { (summary) } p { (content) (punctuation.full_stop) } } }
}

/// The names of countries in alphabetical order, separated by commas.
fn names(texts: &PersonalDataTexts, punctuation: Punctuation, codes: &[&str]) -> String {
    let mut names: Vec<&str> = codes.iter().map(|code| (texts.country)(code)).collect();
    names.sort_by_cached_key(|name| sort_key(name));
    names.join(punctuation.comma)
}

/// The base letters of a name, so that `Ägypten` comes before `Albanien` (DIN 5007-1).
fn sort_key(name: &str) -> String {
    let decomposed = icu_normalizer::DecomposingNormalizerBorrowed::new_nfd().normalize(name);
    decomposed.chars().filter(|letter| letter.is_alphabetic()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::i18n::UiLanguage;

    /// What the page says in a language: countries by name, numbers by name.
    fn page(language: UiLanguage, policy: Policy) -> String {
        let facts = crate::privacy::fact::encode(&[crate::privacy::fact::Fact::PersonalData { policy }].into());
        let current =
            crate::storage::privacy_version::PrivacyVersion { number: 1, day: "2026-11-28".into(), statement: facts };
        let versions = crate::storage::privacy_version::PrivacyVersions { current, previous: None };
        let languages = crate::fields::language::Languages::new([language.texts().tag]).unwrap();
        let context = PageContext {
            service: std::sync::Arc::default(),
            language: languages.iter().next().unwrap().clone(),
            language_requested: false,
            code: None,
            theme: None,
        };
        render(&context, &PrivacyStatement::from_versions(&versions).unwrap())
    }

    fn escaped(text: &str) -> String {
        html! { (text) }.into_string()
    }

    #[test]
    fn every_kind_and_country_of_the_tables_is_on_the_page_in_every_language() {
        let coverage = coverage();
        for language in UiLanguage::VARIANTS {
            let (texts, page) = (&language.texts().personal_data, page(*language, Policy::Redact));
            for kind in PiiKind::VARIANTS {
                assert!(page.contains(&format!("<code>{}</code></td><td>{}", kind.placeholder(), (texts.kind)(*kind))));
            }
            let bank_accounts = coverage.bank_accounts.iter().map(String::as_str);
            let announced = coverage.after_a_word.iter().filter_map(|number| number.countries.as_ref()).flatten();
            let codes = [&coverage.national_numbers, &coverage.national_numbers_alone, &coverage.telephone_numbers];
            for code in codes.into_iter().flatten().chain(announced).copied().chain(bank_accounts) {
                let name = (texts.country)(code);
                assert!(name != code && page.contains(&escaped(name)), "{code} {name}");
            }
            for number in &coverage.after_a_word {
                let countries =
                    number.countries.as_ref().map(|codes| names(texts, language.texts().punctuation, codes));
                let countries = countries.as_deref().unwrap_or(texts.any_country);
                let name = (texts.number_name)(number.number);
                assert!(page.contains(&format!("<td>{}</td><td>{}</td>", escaped(name), escaped(countries))), "{name}");
            }
            for name in &coverage.kept {
                assert!(page.contains(&format!("<li>{}</li>", escaped((texts.number_name)(name)))), "{name}");
            }
        }
    }

    #[test]
    fn every_number_with_a_name_in_words_has_a_german_one() {
        let translate = UiLanguage::German.texts().personal_data.number_name;
        let coverage = coverage();
        for name in coverage.after_a_word.iter().map(|number| number.number).chain(coverage.kept.iter().copied()) {
            let is_english = name.split_whitespace().any(|word| {
                ["number", "card", "code", "licence", "insurance", "account", "address", "of", "and"].contains(&word)
            });
            assert!(!is_english || translate(name) != name, "{name}");
        }
    }

    #[test]
    fn the_page_says_what_is_configured() {
        for language in UiLanguage::VARIANTS {
            let texts = &language.texts().personal_data;
            let policies = [Policy::Redact, Policy::Refuse, Policy::Off];
            for policy in policies {
                let page = page(*language, policy);
                assert!(
                    policies.iter().all(|one| page.contains((texts.policy)(*one)) == (*one == policy)),
                    "{policy:?}"
                );
            }
        }
    }

    #[test]
    fn countries_are_in_alphabetical_order() {
        let texts = &UiLanguage::German.texts().personal_data;
        assert_eq!(
            names(texts, Punctuation::LATIN, &["AT", "AL", "EG", "NL", "DZ"]),
            "Ägypten, Albanien, Algerien, Niederlande, Österreich"
        );
    }
}
