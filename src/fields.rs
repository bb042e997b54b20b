//! The six fields of a search, a file each, and [`SixFields`], the only thing of a search that travels
//! past `door/` (CONTRACT section 1). There is no seventh field and no type here that could hold one. The keyword group
//! beside them is for a count alone: one of a closed list of names, which nothing that makes a request reads.

pub mod anonymous_id;
pub mod browser;
pub mod code;
pub mod keyword;
pub mod keyword_group;
pub mod language;
pub mod pii;
pub mod time;

use crate::fields::anonymous_id::AnonymousId;
use crate::fields::browser::Browser;
use crate::fields::code::{Code, Codes, RequestedCode};
use crate::fields::keyword::{Keyword, PersonalData};
use crate::fields::keyword_group::KeywordGroups;
use crate::fields::language::{Language, Languages};
use crate::fields::time::HourOfDay;

use crate::name::ConfigName;
use crate::time::Time;

/// What a partner may learn of one search, and the keyword group that it is counted in, which no partner learns. Each
/// part is a type that cannot hold anything else, and [`SixFields::read`] is the only way to come by one.
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

/// What a request says of the six fields: decoded, not yet judged.
#[derive(Default)]
pub struct RawFields<'a> {
    /// The parameter `q`.
    pub q: Vec<u8>,
    /// The parameter `lang`.
    pub lang: Option<Vec<u8>>,
    /// The header `Accept-Language`.
    pub accept_language: Option<&'a [u8]>,
    /// The header `User-Agent`.
    pub agent: &'a [u8],
    /// The parameter `id`.
    pub id: Vec<u8>,
    /// Whether the client objects to an ID (`Sec-GPC: 1`, `DNT: 1`).
    pub opts_out: bool,
    /// The parameter `code`.
    pub code: Option<Vec<u8>>,
}

/// How the six fields are read.
#[derive(Debug, Clone)]
pub struct FieldRules {
    /// The closed list of languages.
    pub languages: Languages,
    /// The closed list of codes.
    pub codes: Codes,
    /// What is done about personal data.
    pub personal_data: PersonalData,
    /// The groups that keywords are counted in.
    pub groups: KeywordGroups,
}

/// Why there are no six fields.
#[derive(Debug, PartialEq, Eq)]
pub enum FieldsRejection {
    /// The ID is longer than [`anonymous_id::ID_BYTES`].
    IdTooLong,
    /// The keyword is refused, of a search with this code.
    Keyword(keyword::KeywordRejection, Code),
}

impl SixFields {
    /// Reads them. The second value says that the code asked for is unknown and the default stands in.
    ///
    /// # Errors
    /// A [`FieldsRejection`] that names the rule.
    pub fn read(said: RawFields<'_>, rules: &FieldRules, now: Time) -> Result<(Self, bool), FieldsRejection> {
        let RawFields { q, lang, accept_language, agent, id, opts_out, code } = said;
        let (code, unknown_code) = match rules.codes.read(code.as_deref()) {
            RequestedCode::Known(code) => (code, false),
            RequestedCode::Unknown(code) => (code, true),
        };
        let anonymous_id = AnonymousId::parse(id).map_err(|_| FieldsRejection::IdTooLong)?;
        let keyword = match Keyword::read(&q, rules.personal_data) {
            Ok(keyword) => keyword,
            Err(rejection) => return Err(FieldsRejection::Keyword(rejection, code)),
        };
        let group = rules.groups.find(&keyword).cloned();
        let fields = Self {
            keyword,
            time: HourOfDay::of(now),
            language: rules.languages.read(lang.as_deref(), accept_language),
            browser: Browser::of(agent),
            anonymous_id: anonymous_id.filter(|_| !opts_out),
            code,
            group,
        };
        Ok((fields, unknown_code))
    }

    /// What is searched for.
    #[must_use]
    pub fn keyword(&self) -> &Keyword {
        &self.keyword
    }

    /// The UTC hour of the proxy's clock.
    #[must_use]
    pub fn time(&self) -> HourOfDay {
        self.time
    }

    /// One entry of the closed list.
    #[must_use]
    pub fn language(&self) -> &Language {
        &self.language
    }

    /// The browser's family.
    #[must_use]
    pub fn browser(&self) -> Browser {
        self.browser
    }

    /// The toolbar's ID, to be turned into a pseudonym for each partner; absent where the client said no.
    #[must_use]
    pub fn anonymous_id(&self) -> Option<&AnonymousId> {
        self.anonymous_id.as_ref()
    }

    /// The partner code.
    #[must_use]
    pub fn code(&self) -> &Code {
        &self.code
    }

    /// The keyword group that the search is counted in, if any. This is no field: no partner gets it, it is only
    /// counted.
    #[must_use]
    pub fn keyword_group(&self) -> Option<&ConfigName> {
        self.group.as_ref()
    }
}
