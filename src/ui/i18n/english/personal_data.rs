//! The texts about personal data in keywords, in English.

use crate::fields::pii::PiiKind;
use crate::privacy::fact::Policy;
use crate::ui::i18n::country_names;
use crate::ui::i18n::personal_data_texts::PersonalDataTexts;
use crate::ui::i18n::ui_language::UiLanguage;

pub(super) const TEXTS: PersonalDataTexts = PersonalDataTexts {
    link: "Which kinds and countries are recognized, and how often that fails",
    title: "Personal data in searches",
    policy: |policy| match policy {
        Policy::Redact => {
            "Before we send your search to a partner, we look for personal data in it and replace what we recognize by a \
             placeholder. The partner gets the placeholder only."
        }
        Policy::Refuse => {
            "Before we send your search to a partner, we look for personal data in it. If we recognize any, we reject the \
             search and send nothing."
        }
        Policy::Off => {
            "This service is configured not to look for personal data: your search is sent with any that it contains. This \
             page lists what could be recognized."
        }
    },
    no_guarantee: "This is no guarantee. Programs recognize forms of numbers and words, not people: names, and anything that is \
                   not listed here, are sent as you type them, and some of what is listed is missed. Do not search for what \
                   nobody may know.",
    method: "We recognize personal data by its form, by its check digit or date where it has one, or by the word next to it. \
             Digits of every script are read. The countries and numbers below are read from the tables that this service uses.",
    kinds: "Kinds",
    placeholder: "Replaced by",
    comprises: "What, and how it is recognized",
    kind: |kind| match kind {
        PiiKind::Email => "Email addresses, also spelled out or with spaces, and Matrix IDs: by their form",
        PiiKind::Card => "Numbers of payment cards: by issuer and check digit, or after a word for one",
        PiiKind::BankAccount => "IBANs: by country, length and check digits, or after the word",
        PiiKind::Phone => {
            "Telephone numbers: with + or 00 and a country code, in the form of a country, or after a word for one"
        }
        PiiKind::NationalNumber => {
            "Numbers of people: tax, social insurance, health insurance, identity cards, passports, driving licences, bank \
             accounts without IBAN, dates of birth: by form and check digit or date, or after their word. Also streets with \
             house number and postal code, Internet addresses of version 6 that contain a device’s identifier, and any \
             Internet or hardware address after its word"
        }
        PiiKind::Link => "Links that contain a password, key, email address or long random part",
        PiiKind::Secret => {
            "Passwords after the word, keys and tokens of known form, private keys, and the seed phrases of wallets"
        }
    },
    countries: "Countries",
    national_numbers: "National numbers are recognized by form and check digit or date for:",
    national_numbers_alone: "Only if the number is the whole search:",
    bank_accounts: |count| format!("IBANs of {count} countries and territories"),
    telephone_numbers: |count| format!("Telephone numbers of {count} countries and territories"),
    after_a_word: "Recognized by the word next to them",
    after_a_word_about: "After its word, in the languages of its countries, a number is replaced whether its check digit is \
                         right or wrong. For numbers of any country the words are known in more than 30 languages.",
    number: "Number",
    issued_by: "Countries",
    any_country: "any",
    number_name: |name| match name {
        "caller" => "number of a caller",
        "steuer-ID" => "Steuer-ID",
        "emirates ID" => "Emirates ID",
        other => other,
    },
    kept: "What is not replaced",
    kept_about: "Numbers after words for:",
    kept_otherwise: "Also years, dates, amounts, service numbers, hashes, UUIDs, private Internet addresses, and hardware \
                     addresses without a word.",
    figures: "How often this is wrong",
    figures_about: "Measured on test searches with made-up data, all by one author. Real searches can give other figures. The \
                    figures that count are those of the searches that detection was never adjusted to. Inexact means: in part, or as \
                    another kind.",
    figure_columns: ["Test searches", "Replaced wrongly", "Missed", "Replaced inexactly"],
    part: |part| match part {
        "held_out" => "never adjusted to",
        _ => "adjusted to",
    },
    of: |count, all| format!("{count} of {all}"),
    country: |code| country_names::name(UiLanguage::English, code),
};
