//! The six fields of a search, one file each, and [`SixFields`], the only part of a search that is used after `server/`
//! (`docs/http-api.md`).
//!
//! No type here can hold a seventh field. The keyword group is counted only: it is a name from a closed list, and nothing
//! that builds a partner request reads it.

pub mod anonymous_id;
pub mod browser;
pub mod code;
pub mod keyword;
pub mod keyword_group;
pub mod language;
pub mod pii;
pub mod time;

use serde::{Deserialize, Serialize};
use strum::VariantArray;

use crate::fields::anonymous_id::{AnonymousId, ReceivedId};
use crate::fields::browser::Browser;
use crate::fields::code::{Code, Codes, RequestedCode};
use crate::fields::keyword::{Keyword, KeywordChanges, KeywordRejection, PersonalData};
use crate::fields::keyword_group::KeywordGroups;
use crate::fields::language::{Language, Languages};
use crate::fields::time::HourOfDay;

use crate::mutants::fail_point::{FailPoint, fail_at};
use crate::name::ConfigName;
use crate::time::Time;

/// What a partner may learn about one search, and the keyword group, which no partner learns.
///
/// Each field has a type that cannot hold anything else, and [`SixFields::parse`] is the only constructor.
#[derive(Debug)]
pub struct SixFields {
    keyword: Keyword,
    time: HourOfDay,
    language: Language,
    browser: Browser,
    anonymous_id: Option<AnonymousId>,
    code: Code,
    group: Option<ConfigName>,
}

/// One of the six fields, by its key in the `send` table of a partner. The serialized form is stored in the versions of the privacy statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, VariantArray)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "docs/http-api.md, \"The six fields\", describes them")]
pub enum FieldName {
    Keyword,
    PartnerCode,
    Language,
    Browser,
    Time,
    AnonymousId,
}

/// The parts of a request that the six fields are parsed from: decoded, not validated.
#[derive(Default)]
pub struct RawFields<'a> {
    /// The parameter `q`.
    pub q: Vec<u8>,
    /// The parameter `lang`.
    pub lang: Option<Vec<u8>>,
    /// The header `Accept-Language`.
    pub accept_language: Option<&'a [u8]>,
    /// The header `User-Agent`.
    pub user_agent: &'a [u8],
    /// The parameter `id`.
    pub id: Vec<u8>,
    /// True if the client opts out of IDs (`Sec-GPC: 1` or `DNT: 1`).
    pub opts_out: bool,
    /// The parameter `code`.
    pub code: Option<Vec<u8>>,
}

/// The configuration that the six fields are parsed with.
#[derive(Debug, Clone)]
pub struct FieldRules {
    /// The closed list of languages.
    pub languages: Languages,
    /// The closed list of codes.
    pub codes: Codes,
    /// The policy for personal data.
    pub personal_data: PersonalData,
    /// The groups in which keywords are counted.
    pub groups: KeywordGroups,
}

/// The fields of a request, and what of it was not used.
#[derive(Debug)]
pub struct ParsedFields {
    /// The fields.
    pub fields: SixFields,
    /// The requested code is unknown; the default code is used instead.
    pub unknown_code: bool,
    /// The ID could be counted through; there is none instead.
    pub countable_id: bool,
    /// What was changed in the keyword.
    pub keyword_changes: KeywordChanges,
}

/// Why a search is rejected.
#[derive(Debug, PartialEq, Eq)]
pub enum FieldsRejection {
    /// The ID is longer than [`anonymous_id::MAX_ID_BYTES`].
    IdTooLong,
    /// The keyword is rejected. The code says under which code to count the search.
    Keyword(KeywordRejection, Code),
}

impl SixFields {
    /// Parses the fields.
    ///
    /// # Errors
    /// A [`FieldsRejection`], which names the violated rule and never contains input.
    pub fn parse(raw: RawFields<'_>, rules: &FieldRules, now: Time) -> Result<ParsedFields, FieldsRejection> {
        let RawFields { q, lang, accept_language, user_agent, id, opts_out, code } = raw;
        fail_at(FailPoint::Fields, || &q);
        let (code, unknown_code) = match rules.codes.resolve(code.as_deref()) {
            RequestedCode::Known(code) => (code, false),
            RequestedCode::Unknown(code) => (code, true),
        };
        let (anonymous_id, countable_id) = match AnonymousId::parse(id).map_err(|_| FieldsRejection::IdTooLong)? {
            ReceivedId::Usable(id) => (Some(id), false),
            ReceivedId::Absent => (None, false),
            ReceivedId::Countable => (None, true),
        };
        let (keyword, keyword_changes) = match Keyword::parse_with_changes(&q, rules.personal_data) {
            Ok(parsed) => parsed,
            Err(rejection) => return Err(FieldsRejection::Keyword(rejection, code)),
        };
        let group = rules.groups.find(&keyword).cloned();
        let fields = Self {
            keyword,
            time: HourOfDay::from_time(now),
            language: rules.languages.select(lang.as_deref(), accept_language),
            browser: Browser::from_user_agent(user_agent),
            anonymous_id: anonymous_id.filter(|_| !opts_out),
            code,
            group,
        };
        Ok(ParsedFields { fields, unknown_code, countable_id, keyword_changes })
    }

    /// The search terms.
    #[must_use]
    pub fn keyword(&self) -> &Keyword {
        &self.keyword
    }

    /// The UTC hour by the proxy's clock.
    #[must_use]
    pub fn time(&self) -> HourOfDay {
        self.time
    }

    /// An entry of the closed list.
    #[must_use]
    pub fn language(&self) -> &Language {
        &self.language
    }

    /// The browser family.
    #[must_use]
    pub fn browser(&self) -> Browser {
        self.browser
    }

    /// The toolbar's ID, from which a pseudonym is derived for each partner. None if the client sent none or opts out.
    #[must_use]
    pub fn anonymous_id(&self) -> Option<&AnonymousId> {
        self.anonymous_id.as_ref()
    }

    /// The partner code.
    #[must_use]
    pub fn code(&self) -> &Code {
        &self.code
    }

    /// The keyword group in which the search is counted, if any. Not one of the six fields: no partner receives it.
    #[must_use]
    pub fn keyword_group(&self) -> Option<&ConfigName> {
        self.group.as_ref()
    }
}
